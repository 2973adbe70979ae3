package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DeleteRecordsRequest deletes the records of partitions up to an offset (API DeleteRecords, KIP-107).
type DeleteRecordsRequest struct {
	Version     int16
	Topics      map[string]*DeleteRecordsRequestTopic
	Timeout     time.Duration // whole milliseconds that leaders wait for their followers
	UnknownTags map[uint32][]byte
}

// DeleteRecordsRequestTopic is what to delete from the partitions of a topic.
type DeleteRecordsRequestTopic struct {
	PartitionOffsets map[int32]int64 // the first offset to keep, -1 for the high watermark
	UnknownTags      map[uint32][]byte
}

func (r *DeleteRecordsRequest) identity() identity { return request(KeyDeleteRecords, &r.Version) }

func (r *DeleteRecordsRequest) walk(c *wire.Codec) {
	sorted(c, &r.Topics, func(topic *string, t **DeleteRecordsRequestTopic) {
		c.String(topic)
		present(c, t)
	})
	c.Millis(&r.Timeout)
	c.Tags(&r.UnknownTags)
}

func (t *DeleteRecordsRequestTopic) walk(c *wire.Codec) {
	sorted(c, &t.PartitionOffsets, func(partition *int32, offset *int64) {
		c.Int32(partition)
		c.Int64(offset)
		c.Tags(nil)
	})
	c.Tags(&t.UnknownTags)
}

// DeleteRecordsResponse answers a DeleteRecordsRequest, partition by partition.
type DeleteRecordsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Topics       map[string]*DeleteRecordsResponseTopic
	UnknownTags  map[uint32][]byte
}

// DeleteRecordsResponseTopic is the outcome for the partitions of a topic.
type DeleteRecordsResponseTopic struct {
	Partitions  map[int32]*DeleteRecordsResponsePartition
	UnknownTags map[uint32][]byte
}

// DeleteRecordsResponsePartition is the outcome for one partition.
type DeleteRecordsResponsePartition struct {
	LowWatermark int64 // the first offset that is left, -1 with an error
	Err          KError
	UnknownTags  map[uint32][]byte
}

func (r *DeleteRecordsResponse) identity() identity { return response(KeyDeleteRecords, &r.Version) }

func (r *DeleteRecordsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	sorted(c, &r.Topics, func(topic *string, t **DeleteRecordsResponseTopic) {
		c.String(topic)
		present(c, t)
	})
	c.Tags(&r.UnknownTags)
}

func (t *DeleteRecordsResponseTopic) walk(c *wire.Codec) {
	sorted(c, &t.Partitions, func(partition *int32, p **DeleteRecordsResponsePartition) {
		c.Int32(partition)
		present(c, p)
	})
	c.Tags(&t.UnknownTags)
}

func (p *DeleteRecordsResponsePartition) walk(c *wire.Codec) {
	c.Int64(&p.LowWatermark)
	c.Int16((*int16)(&p.Err))
	c.Tags(&p.UnknownTags)
}

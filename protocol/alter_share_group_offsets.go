package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AlterShareGroupOffsetsRequest makes a share group without members start elsewhere in partitions (API
// AlterShareGroupOffsets, KIP-932).
type AlterShareGroupOffsetsRequest struct {
	Version     int16
	GroupID     string
	Topics      []AlterShareGroupOffsetsRequestTopic
	UnknownTags map[uint32][]byte
}

func (r *AlterShareGroupOffsetsRequest) identity() identity {
	return request(KeyAlterShareGroupOffsets, &r.Version)
}

func (r *AlterShareGroupOffsetsRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// AlterShareGroupOffsetsRequestTopic are partitions of a topic with their new offsets.
type AlterShareGroupOffsetsRequestTopic struct {
	TopicName   string
	Partitions  []AlterShareGroupOffsetsRequestPartition
	UnknownTags map[uint32][]byte
}

func (t *AlterShareGroupOffsetsRequestTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// AlterShareGroupOffsetsRequestPartition is where the group shall start in a partition.
type AlterShareGroupOffsetsRequestPartition struct {
	PartitionIndex int32
	StartOffset    int64
	UnknownTags    map[uint32][]byte
}

func (p *AlterShareGroupOffsetsRequestPartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.StartOffset)
	c.Tags(&p.UnknownTags)
}

// AlterShareGroupOffsetsResponse answers an AlterShareGroupOffsetsRequest, partition by partition. ErrorCode is
// ErrNonEmptyGroup if the group has members.
type AlterShareGroupOffsetsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	Responses    []AlterShareGroupOffsetsResponseTopic
	UnknownTags  map[uint32][]byte
}

func (r *AlterShareGroupOffsetsResponse) identity() identity {
	return response(KeyAlterShareGroupOffsets, &r.Version)
}

func (r *AlterShareGroupOffsetsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	values(c, &r.Responses)
	c.Tags(&r.UnknownTags)
}

// AlterShareGroupOffsetsResponseTopic is the answer for one topic.
type AlterShareGroupOffsetsResponseTopic struct {
	TopicName   string
	TopicID     Uuid
	Partitions  []AlterShareGroupOffsetsResponsePartition
	UnknownTags map[uint32][]byte
}

func (t *AlterShareGroupOffsetsResponseTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// AlterShareGroupOffsetsResponsePartition is the answer for one partition.
type AlterShareGroupOffsetsResponsePartition struct {
	PartitionIndex int32
	ErrorCode      KError
	ErrorMessage   *string
	UnknownTags    map[uint32][]byte
}

func (p *AlterShareGroupOffsetsResponsePartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	c.Tags(&p.UnknownTags)
}

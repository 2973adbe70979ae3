package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// OffsetForLeaderEpochRequest asks leaders where epochs of their partitions ended:
// how a consumer finds out that a log was truncated (API OffsetForLeaderEpoch, KIP-320).
type OffsetForLeaderEpochRequest struct {
	Version     int16
	ReplicaID   *int32 // v3, nil for a consumer
	Blocks      map[string]map[int32]*OffsetForLeaderEpochRequestBlock
	UnknownTags map[uint32][]byte
}

// OffsetForLeaderEpochRequestBlock is what is asked of a partition.
type OffsetForLeaderEpochRequestBlock struct {
	CurrentLeaderEpoch int32 // v2, that the leader must have, -1 for any
	LeaderEpoch        int32 // whose end is asked for
	UnknownTags        map[uint32][]byte
}

// AddBlock asks for the end of leaderEpoch in a partition whose leader has currentLeaderEpoch, -1 for any.
func (r *OffsetForLeaderEpochRequest) AddBlock(topic string, partition, currentLeaderEpoch, leaderEpoch int32) {
	putBlock(&r.Blocks, topic, partition, &OffsetForLeaderEpochRequestBlock{
		CurrentLeaderEpoch: currentLeaderEpoch, LeaderEpoch: leaderEpoch,
	})
}

func (r *OffsetForLeaderEpochRequest) identity() identity {
	return request(KeyOffsetForLeaderEpoch, &r.Version)
}

func (r *OffsetForLeaderEpochRequest) walk(c *wire.Codec) {
	if c.Version >= 3 {
		minusOneAsNil(c, &r.ReplicaID)
	}
	partitions(c, &r.Blocks)
	c.Tags(&r.UnknownTags)
}

func (b *OffsetForLeaderEpochRequestBlock) walk(c *wire.Codec) {
	switch {
	case c.Version >= 2:
		c.Int32(&b.CurrentLeaderEpoch)
	case c.Reading():
		b.CurrentLeaderEpoch = -1
	}
	c.Int32(&b.LeaderEpoch)
	c.Tags(&b.UnknownTags)
}

// OffsetForLeaderEpochResponse answers an OffsetForLeaderEpochRequest.
type OffsetForLeaderEpochResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds, v2
	Blocks       map[string]map[int32]*OffsetForLeaderEpochResponseBlock
	UnknownTags  map[uint32][]byte
}

// OffsetForLeaderEpochResponseBlock is the answer for one partition.
type OffsetForLeaderEpochResponseBlock struct {
	Err         KError
	LeaderEpoch int32 // v1, the last epoch not after the one asked for that has records, -1 if there is none
	EndOffset   int64 // the offset after that epoch's last record, -1 if there is none
	UnknownTags map[uint32][]byte
}

// GetBlock returns the answer for a partition, nil if there is none.
func (r *OffsetForLeaderEpochResponse) GetBlock(topic string, partition int32) *OffsetForLeaderEpochResponseBlock {
	return blockOf(r.Blocks, topic, partition)
}

func (r *OffsetForLeaderEpochResponse) identity() identity {
	return response(KeyOffsetForLeaderEpoch, &r.Version)
}

func (r *OffsetForLeaderEpochResponse) walk(c *wire.Codec) {
	if c.Version >= 2 {
		c.Millis(&r.ThrottleTime)
	}
	mapped(c, &r.Blocks, func(topic *string, blocks *map[int32]*OffsetForLeaderEpochResponseBlock) {
		c.String(topic)
		mapped(c, blocks, func(partition *int32, b **OffsetForLeaderEpochResponseBlock) {
			if c.Reading() {
				*b = new(OffsetForLeaderEpochResponseBlock)
			}
			(*b).walk(c, partition)
		})
		c.Tags(nil)
	})
	c.Tags(&r.UnknownTags)
}

// walk has the partition's number after the error code.
func (b *OffsetForLeaderEpochResponseBlock) walk(c *wire.Codec, partition *int32) {
	c.Int16((*int16)(&b.Err))
	c.Int32(partition)
	switch {
	case c.Version >= 1:
		c.Int32(&b.LeaderEpoch)
	case c.Reading():
		b.LeaderEpoch = -1
	}
	c.Int64(&b.EndOffset)
	c.Tags(&b.UnknownTags)
}

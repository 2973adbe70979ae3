package protocol

import (
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// OffsetRequest asks leaders for the offsets at moments in time (API ListOffsets).
type OffsetRequest struct {
	Version        int16
	IsolationLevel IsolationLevel // v2; with ReadCommitted the newest offset is the last stable one
	Timeout        time.Duration  // whole milliseconds, v10, for offsets that are in remote storage (KIP-1075)
	UnknownTags    map[uint32][]byte
	replica        *int32
	blocks         map[string]map[int32]*offsetRequestBlock
}

// NewOffsetRequest returns an empty request at the version that brokers of a Kafka version know, 6 at most.
func NewOffsetRequest(version KafkaVersion) *OffsetRequest {
	return &OffsetRequest{Version: versionFor(KeyListOffsets, version, 6)}
}

// SetReplicaID makes the request one of a broker; -2 is for debugging tools.
func (r *OffsetRequest) SetReplicaID(id int32) { r.replica = &id }

// ReplicaID returns what SetReplicaID set, -1 for a consumer.
func (r *OffsetRequest) ReplicaID() int32 {
	if r.replica != nil {
		return *r.replica
	}
	return -1
}

// AddBlock asks for the first offset of a partition whose record is not before
// timestamp, in milliseconds since the epoch: OffsetNewest and OffsetOldest are
// special. Version 0 alone gives up to maxOffsets offsets.
func (r *OffsetRequest) AddBlock(topic string, partitionID int32, timestamp int64, maxOffsets int32) {
	putBlock(&r.blocks, topic, partitionID, &offsetRequestBlock{
		leaderEpoch: -1, timestamp: timestamp, maxOffsets: maxOffsets,
	})
}

// OffsetPartition is what a ListOffsets request asks of a partition.
type OffsetPartition struct {
	Topic       string
	Partition   int32
	Timestamp   int64
	LeaderEpoch int32 // v4, -1 for any
	MaxOffsets  int32 // v0
}

// RequestedOffsets returns what a request asks for, by topic and partition.
func RequestedOffsets(r *OffsetRequest) []OffsetPartition {
	var all []OffsetPartition
	for topic, blocks := range r.blocks {
		for partition, b := range blocks {
			all = append(all, OffsetPartition{topic, partition, b.timestamp, b.leaderEpoch, b.maxOffsets})
		}
	}
	slices.SortFunc(all, func(a, b OffsetPartition) int {
		return comparePartitions(a.Topic, a.Partition, b.Topic, b.Partition)
	})
	return all
}

func (r *OffsetRequest) identity() identity { return request(KeyListOffsets, &r.Version) }

func (r *OffsetRequest) walk(c *wire.Codec) {
	minusOneAsNil(c, &r.replica)
	if c.Version >= 2 {
		c.Int8((*int8)(&r.IsolationLevel))
	}
	partitions(c, &r.blocks)
	if c.Version >= 10 {
		c.Millis(&r.Timeout)
	}
	c.Tags(&r.UnknownTags)
}

type offsetRequestBlock struct {
	leaderEpoch int32 // v4 (KIP-320)
	timestamp   int64
	maxOffsets  int32 // v0
	unknownTags map[uint32][]byte
}

func (b *offsetRequestBlock) walk(c *wire.Codec) {
	switch {
	case c.Version >= 4:
		c.Int32(&b.leaderEpoch)
	case c.Reading():
		b.leaderEpoch = -1
	}
	c.Int64(&b.timestamp)
	if c.Version == 0 {
		c.Int32(&b.maxOffsets)
	}
	c.Tags(&b.unknownTags)
}

// OffsetResponse answers an OffsetRequest.
type OffsetResponse struct {
	Version        int16
	ThrottleTimeMs int32 // milliseconds, v2
	Blocks         map[string]map[int32]*OffsetResponseBlock
	UnknownTags    map[uint32][]byte
}

// GetBlock returns the answer for a partition, nil if there is none.
func (r *OffsetResponse) GetBlock(topic string, partition int32) *OffsetResponseBlock {
	return blockOf(r.Blocks, topic, partition)
}

// AddTopicPartition sets the offset of a partition: for brokers that are played by tests.
func (r *OffsetResponse) AddTopicPartition(topic string, partition int32, offset int64) {
	putBlock(&r.Blocks, topic, partition, &OffsetResponseBlock{Offsets: []int64{offset}, Offset: offset})
}

func (r *OffsetResponse) identity() identity { return response(KeyListOffsets, &r.Version) }

func (r *OffsetResponse) walk(c *wire.Codec) {
	if c.Version >= 2 {
		c.Int32(&r.ThrottleTimeMs)
	}
	partitions(c, &r.Blocks)
	nilAsEmpty(c, &r.Blocks)
	c.Tags(&r.UnknownTags)
}

// OffsetResponseBlock is the answer for one partition.
type OffsetResponseBlock struct {
	Err         KError
	Offsets     []int64 // v0; later the one Offset
	Timestamp   int64   // v1, milliseconds since the epoch, of the record found; -1 for a special timestamp
	Offset      int64   // v1, -1 if there is no such record
	LeaderEpoch int32   // v4 (KIP-320)
	UnknownTags map[uint32][]byte
}

func (b *OffsetResponseBlock) walk(c *wire.Codec) {
	c.Int16((*int16)(&b.Err))
	if c.Version == 0 {
		c.Int64s(&b.Offsets)
		emptyAsNil(c, &b.Offsets)
		return
	}
	c.Int64(&b.Timestamp)
	c.Int64(&b.Offset)
	if c.Reading() {
		b.Offsets = []int64{b.Offset}
	}
	if c.Version >= 4 {
		c.Int32(&b.LeaderEpoch)
	}
	c.Tags(&b.UnknownTags)
}

package protocol

import (
	"errors"
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ReceiveTime is the timestamp of a committed offset that tells the broker to
// use the time at which it gets the request (v1 alone).
const ReceiveTime int64 = -1

// GroupGenerationUndefined is the generation with which offsets are committed
// by those who are no member of the group.
const GroupGenerationUndefined = -1

// offsetCommitTopicIDs is the first version of OffsetCommit with topic ids in place of names.
const offsetCommitTopicIDs = 10

// OffsetCommitRequest commits offsets of a group (API OffsetCommit).
type OffsetCommitRequest struct {
	ConsumerGroup           string
	ConsumerGroupGeneration int32   // v1, or the member's epoch (v9, KIP-848); GroupGenerationUndefined without membership
	ConsumerID              string  // v1, the member
	GroupInstanceId         *string // v7, static membership (KIP-345)
	RetentionTime           int64   // v2 to v4, milliseconds that the offsets are kept, -1 for the broker's setting
	Version                 int16
	// TopicIDs are the ids of the topics, which v10 sends in place of their names
	// (KIP-848). What is read at v10 has the ids' text for names.
	TopicIDs    map[string]Uuid
	UnknownTags map[uint32][]byte
	blocks      map[string]map[int32]*offsetCommitRequestBlock
}

// NewOffsetCommitRequest returns an empty request of a client that is no member
// of the group, at the version that brokers of a Kafka version know, 1 to 8.
// Where the version has a retention time (v2 to v4) it is retention in whole
// milliseconds, or the broker's setting if that is not above 0.
func NewOffsetCommitRequest(version KafkaVersion, retention time.Duration, group string) *OffsetCommitRequest {
	r := &OffsetCommitRequest{
		ConsumerGroup:           group,
		ConsumerGroupGeneration: GroupGenerationUndefined,
		Version:                 max(versionFor(KeyOffsetCommit, version, 8), 1),
	}
	if r.hasRetention() {
		r.RetentionTime = -1
		if retention > 0 {
			r.RetentionTime = retention.Milliseconds()
		}
	}
	return r
}

func (r *OffsetCommitRequest) hasRetention() bool { return r.Version >= 2 && r.Version <= 4 }

// AddBlock commits an offset, that of the next record to read, for a partition.
// The timestamp, in milliseconds since the epoch or ReceiveTime, is of v1 alone.
func (r *OffsetCommitRequest) AddBlock(topic string, partitionID int32, offset int64, timestamp int64, metadata string) {
	r.AddBlockWithLeaderEpoch(topic, partitionID, offset, 0, timestamp, metadata)
}

// AddBlockWithLeaderEpoch is AddBlock with the leader epoch of the last record
// that was read, -1 if it is not known (v6, KIP-320).
func (r *OffsetCommitRequest) AddBlockWithLeaderEpoch(
	topic string, partitionID int32, offset int64, leaderEpoch int32, timestamp int64, metadata string,
) {
	putBlock(&r.blocks, topic, partitionID, &offsetCommitRequestBlock{
		offset: offset, timestamp: timestamp, leaderEpoch: leaderEpoch, metadata: metadata,
	})
}

// Offset returns the offset and the metadata that the request has for a partition.
func (r *OffsetCommitRequest) Offset(topic string, partitionID int32) (int64, string, error) {
	b := blockOf(r.blocks, topic, partitionID)
	if b == nil {
		return 0, "", errors.New("no such offset")
	}
	return b.offset, b.metadata, nil
}

// OffsetCommitPartition is what an OffsetCommit request has for a partition.
type OffsetCommitPartition struct {
	Topic       string
	Partition   int32
	Offset      int64
	Timestamp   int64 // v1
	LeaderEpoch int32 // v6
	Metadata    string
}

// CommittedOffsets returns what a request commits, by topic and partition.
func CommittedOffsets(r *OffsetCommitRequest) []OffsetCommitPartition {
	var all []OffsetCommitPartition
	for topic, blocks := range r.blocks {
		for partition, b := range blocks {
			all = append(all, OffsetCommitPartition{topic, partition, b.offset, b.timestamp, b.leaderEpoch, b.metadata})
		}
	}
	slices.SortFunc(all, func(a, b OffsetCommitPartition) int {
		return comparePartitions(a.Topic, a.Partition, b.Topic, b.Partition)
	})
	return all
}

func (r *OffsetCommitRequest) identity() identity { return request(KeyOffsetCommit, &r.Version) }

func (r *OffsetCommitRequest) walk(c *wire.Codec) {
	c.String(&r.ConsumerGroup)
	if c.Version >= 1 {
		c.Int32(&r.ConsumerGroupGeneration)
		c.String(&r.ConsumerID)
	}
	if r.hasRetention() {
		c.Int64(&r.RetentionTime)
	}
	if c.Version >= 7 {
		c.NullString(&r.GroupInstanceId)
	}
	identifiedPartitions(c, offsetCommitTopicIDs, &r.blocks, &r.TopicIDs)
	c.Tags(&r.UnknownTags)
}

type offsetCommitRequestBlock struct {
	offset      int64
	timestamp   int64 // v1
	leaderEpoch int32 // v6
	metadata    string
	unknownTags map[uint32][]byte
}

func (b *offsetCommitRequestBlock) walk(c *wire.Codec) {
	c.Int64(&b.offset)
	if c.Version == 1 {
		c.Int64(&b.timestamp)
	}
	if c.Version >= 6 {
		c.Int32(&b.leaderEpoch)
	}
	c.String(&b.metadata)
	c.Tags(&b.unknownTags)
}

// OffsetCommitResponse answers an OffsetCommitRequest, partition by partition.
type OffsetCommitResponse struct {
	Version        int16
	ThrottleTimeMs int32                       // milliseconds, v3
	Errors         map[string]map[int32]KError // by topic and partition; ErrNoError is success
	TopicIDs       map[string]Uuid             // v10, as in the request
	UnknownTags    map[uint32][]byte
}

// AddError sets the outcome for a partition: for brokers that are played by tests.
func (r *OffsetCommitResponse) AddError(topic string, partition int32, kerror KError) {
	putCode(&r.Errors, topic, partition, kerror)
}

func (r *OffsetCommitResponse) identity() identity { return response(KeyOffsetCommit, &r.Version) }

func (r *OffsetCommitResponse) walk(c *wire.Codec) {
	if c.Version >= 3 {
		c.Int32(&r.ThrottleTimeMs)
	}
	partitionCodes(c, offsetCommitTopicIDs, &r.Errors, &r.TopicIDs)
	c.Tags(&r.UnknownTags)
}

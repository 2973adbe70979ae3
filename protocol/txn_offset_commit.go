package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// txnOffsetCommitTopicIDs is the first version of TxnOffsetCommit with topic ids in place of names.
const txnOffsetCommitTopicIDs = 6

// TxnOffsetCommitRequest commits a group's offsets in a transaction (API TxnOffsetCommit, KIP-98).
type TxnOffsetCommitRequest struct {
	Version         int16
	TransactionalID string
	GroupID         string
	ProducerID      int64
	ProducerEpoch   int16
	GenerationID    int32   // v3, of the group, or the member's epoch; -1 for no member (KIP-447)
	MemberID        string  // v3
	GroupInstanceID *string // v3, static membership (KIP-345)
	Topics          map[string][]*PartitionOffsetMetadata
	// TopicIDs are the ids of the topics, which v6 sends in place of their names
	// (KIP-848). What is read at v6 has the ids' text for names.
	TopicIDs    map[string]Uuid
	UnknownTags map[uint32][]byte
}

func (r *TxnOffsetCommitRequest) identity() identity { return request(KeyTxnOffsetCommit, &r.Version) }

func (r *TxnOffsetCommitRequest) walk(c *wire.Codec) {
	c.String(&r.TransactionalID)
	c.String(&r.GroupID)
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	if c.Version >= 3 {
		c.Int32(&r.GenerationID)
		c.String(&r.MemberID)
		c.NullString(&r.GroupInstanceID)
	}
	mapped(c, &r.Topics, func(topic *string, offsets *[]*PartitionOffsetMetadata) {
		topicKey(c, txnOffsetCommitTopicIDs, topic, &r.TopicIDs)
		structs(c, offsets)
		c.Tags(nil)
	})
	nilAsEmpty(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// PartitionOffsetMetadata is an offset to commit for a partition.
type PartitionOffsetMetadata struct {
	Partition   int32
	Offset      int64   // of the next record to read
	LeaderEpoch int32   // v2, of the last record that was read, -1 if it is not known (KIP-320)
	Metadata    *string // whatever the consumer wants to keep with the offset
	UnknownTags map[uint32][]byte
}

func (p *PartitionOffsetMetadata) walk(c *wire.Codec) {
	c.Int32(&p.Partition)
	c.Int64(&p.Offset)
	if c.Version >= 2 {
		c.Int32(&p.LeaderEpoch)
	}
	c.NullString(&p.Metadata)
	c.Tags(&p.UnknownTags)
}

// TxnOffsetCommitResponse answers a TxnOffsetCommitRequest, partition by partition.
type TxnOffsetCommitResponse struct {
	Version      int16
	ThrottleTime time.Duration                // whole milliseconds
	Topics       map[string][]*PartitionError // by topic; ErrNoError is success
	TopicIDs     map[string]Uuid              // v6, as in the request
	UnknownTags  map[uint32][]byte
}

func (r *TxnOffsetCommitResponse) identity() identity {
	return response(KeyTxnOffsetCommit, &r.Version)
}

func (r *TxnOffsetCommitResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	partitionErrors(c, txnOffsetCommitTopicIDs, &r.Topics, &r.TopicIDs)
	c.Tags(&r.UnknownTags)
}

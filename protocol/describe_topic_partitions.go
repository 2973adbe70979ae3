package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeTopicPartitionsRequest asks for the partitions of topics, a page at a time (API DescribeTopicPartitions,
// KIP-966). Unlike Metadata it creates no topic and tells the eligible leader replicas.
type DescribeTopicPartitionsRequest struct {
	Version                int16
	Topics                 []DescribeTopicPartitionsRequestTopic // all topics if there are none
	ResponsePartitionLimit int32                                 // partitions in a page, 2000 for Kafka's own clients
	Cursor                 *TopicPartitionsCursor                // where the page starts, nil for the first page
	UnknownTags            map[uint32][]byte
}

func (r *DescribeTopicPartitionsRequest) identity() identity {
	return request(KeyDescribeTopicPartitions, &r.Version)
}

func (r *DescribeTopicPartitionsRequest) walk(c *wire.Codec) {
	values(c, &r.Topics)
	c.Int32(&r.ResponsePartitionLimit)
	nullStruct(c, &r.Cursor)
	c.Tags(&r.UnknownTags)
}

// DescribeTopicPartitionsRequestTopic is a topic to describe.
type DescribeTopicPartitionsRequestTopic struct {
	Name        string
	UnknownTags map[uint32][]byte
}

func (t *DescribeTopicPartitionsRequestTopic) walk(c *wire.Codec) {
	c.String(&t.Name)
	c.Tags(&t.UnknownTags)
}

// TopicPartitionsCursor is the first partition of a page, by the order of topic names.
type TopicPartitionsCursor struct {
	TopicName      string
	PartitionIndex int32
	UnknownTags    map[uint32][]byte
}

func (p *TopicPartitionsCursor) walk(c *wire.Codec) {
	c.String(&p.TopicName)
	c.Int32(&p.PartitionIndex)
	c.Tags(&p.UnknownTags)
}

// DescribeTopicPartitionsResponse answers a DescribeTopicPartitionsRequest.
type DescribeTopicPartitionsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Topics       []DescribeTopicPartitionsResponseTopic
	NextCursor   *TopicPartitionsCursor // for the request of the next page, nil after the last one
	UnknownTags  map[uint32][]byte
}

func (r *DescribeTopicPartitionsResponse) identity() identity {
	return response(KeyDescribeTopicPartitions, &r.Version)
}

func (r *DescribeTopicPartitionsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Topics)
	nullStruct(c, &r.NextCursor)
	c.Tags(&r.UnknownTags)
}

// DescribeTopicPartitionsResponseTopic is a topic with those of its partitions that the page has.
type DescribeTopicPartitionsResponseTopic struct {
	ErrorCode  KError
	Name       *string
	TopicID    Uuid
	IsInternal bool
	Partitions []DescribeTopicPartitionsResponsePartition
	// TopicAuthorizedOperations has a bit for each operation that the client may do, by the number of the operation.
	TopicAuthorizedOperations int32
	UnknownTags               map[uint32][]byte
}

func (t *DescribeTopicPartitionsResponseTopic) walk(c *wire.Codec) {
	c.Int16((*int16)(&t.ErrorCode))
	c.NullString(&t.Name)
	t.TopicID.walk(c)
	c.Bool(&t.IsInternal)
	values(c, &t.Partitions)
	c.Int32(&t.TopicAuthorizedOperations)
	c.Tags(&t.UnknownTags)
}

// DescribeTopicPartitionsResponsePartition is a partition with its replicas, each by the id of its broker.
type DescribeTopicPartitionsResponsePartition struct {
	ErrorCode              KError
	PartitionIndex         int32
	LeaderID               int32 // -1 if there is none
	LeaderEpoch            int32 // -1 if unknown
	ReplicaNodes           []int32
	IsrNodes               []int32 // in sync with the leader
	EligibleLeaderReplicas []int32 // not in sync, but known to have all that is committed; nil if not told
	LastKnownElr           []int32 // what EligibleLeaderReplicas was before unclean shutdowns; nil if not told
	OfflineReplicas        []int32
	UnknownTags            map[uint32][]byte
}

func (p *DescribeTopicPartitionsResponsePartition) walk(c *wire.Codec) {
	c.Int16((*int16)(&p.ErrorCode))
	c.Int32(&p.PartitionIndex)
	c.Int32(&p.LeaderID)
	c.Int32(&p.LeaderEpoch)
	c.Int32s(&p.ReplicaNodes)
	c.Int32s(&p.IsrNodes)
	c.NullInt32s(&p.EligibleLeaderReplicas)
	c.NullInt32s(&p.LastKnownElr)
	c.Int32s(&p.OfflineReplicas)
	c.Tags(&p.UnknownTags)
}

package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeProducersRequest asks leaders for the producers that write to their
// partitions (API DescribeProducers, KIP-664).
type DescribeProducersRequest struct {
	Version     int16
	Topics      []DescribeProducersRequestTopic
	UnknownTags map[uint32][]byte
}

// DescribeProducersRequestTopic lists the partitions of a topic that are asked for.
type DescribeProducersRequestTopic struct {
	Name             string
	PartitionIndexes []int32
	UnknownTags      map[uint32][]byte
}

func (r *DescribeProducersRequest) identity() identity {
	return request(KeyDescribeProducers, &r.Version)
}

func (r *DescribeProducersRequest) walk(c *wire.Codec) {
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

func (t *DescribeProducersRequestTopic) walk(c *wire.Codec) {
	c.String(&t.Name)
	c.Int32s(&t.PartitionIndexes)
	c.Tags(&t.UnknownTags)
}

// DescribeProducersResponse answers a DescribeProducersRequest, partition by partition.
type DescribeProducersResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Topics       []DescribeProducersResponseTopic
	UnknownTags  map[uint32][]byte
}

// DescribeProducersResponseTopic is the answer for the partitions of a topic.
type DescribeProducersResponseTopic struct {
	Name        string
	Partitions  []DescribeProducersResponsePartition
	UnknownTags map[uint32][]byte
}

// DescribeProducersResponsePartition is the answer for one partition.
type DescribeProducersResponsePartition struct {
	PartitionIndex  int32
	ErrorCode       KError
	ErrorMessage    *string
	ActiveProducers []ProducerState
	UnknownTags     map[uint32][]byte
}

// ProducerState is what a leader knows of a producer with an id.
type ProducerState struct {
	ProducerID            int64
	ProducerEpoch         int32
	LastSequence          int32 // -1 if there is none
	LastTimestamp         int64 // milliseconds since the epoch, of the last batch, -1 if there is none
	CoordinatorEpoch      int32 // of the last transaction's coordinator
	CurrentTxnStartOffset int64 // of the open transaction, -1 if there is none
}

func (r *DescribeProducersResponse) identity() identity {
	return response(KeyDescribeProducers, &r.Version)
}

func (r *DescribeProducersResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

func (t *DescribeProducersResponseTopic) walk(c *wire.Codec) {
	c.String(&t.Name)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

func (p *DescribeProducersResponsePartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	values(c, &p.ActiveProducers)
	c.Tags(&p.UnknownTags)
}

func (s *ProducerState) walk(c *wire.Codec) {
	c.Int64(&s.ProducerID)
	c.Int32(&s.ProducerEpoch)
	c.Int32(&s.LastSequence)
	c.Int64(&s.LastTimestamp)
	c.Int32(&s.CoordinatorEpoch)
	c.Int64(&s.CurrentTxnStartOffset)
	c.Tags(nil)
}

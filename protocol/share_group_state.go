package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// The values of DeliveryState in a ShareGroupStateBatch.
const (
	DeliveryAvailable int8 = 0
	DeliveryAcked     int8 = 2
	DeliveryArchived  int8 = 4
)

// ShareGroupStateBatch is the state of a share-partition, which is a partition as a share group sees it: that of the
// offsets from the first to the last, both included. Share coordinators keep it in the topic __share_group_state.
type ShareGroupStateBatch struct {
	FirstOffset   int64
	LastOffset    int64
	DeliveryState int8 // DeliveryAvailable, DeliveryAcked or DeliveryArchived
	DeliveryCount int16
	UnknownTags   map[uint32][]byte
}

func (b *ShareGroupStateBatch) walk(c *wire.Codec) {
	c.Int64(&b.FirstOffset)
	c.Int64(&b.LastOffset)
	c.Int8(&b.DeliveryState)
	c.Int16(&b.DeliveryCount)
	c.Tags(&b.UnknownTags)
}

// ReadShareGroupStateTopic are the share-partitions of a topic to read the state or its summary of.
type ReadShareGroupStateTopic struct {
	TopicID     Uuid
	Partitions  []ReadShareGroupStatePartition
	UnknownTags map[uint32][]byte
}

func (t *ReadShareGroupStateTopic) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// ReadShareGroupStatePartition is a share-partition to read.
type ReadShareGroupStatePartition struct {
	Partition   int32
	LeaderEpoch int32 // of the partition's leader, which asks
	UnknownTags map[uint32][]byte
}

func (p *ReadShareGroupStatePartition) walk(c *wire.Codec) {
	c.Int32(&p.Partition)
	c.Int32(&p.LeaderEpoch)
	c.Tags(&p.UnknownTags)
}

// ShareGroupStateResult tells of the share-partitions of a topic whether their state was initialized, written or
// deleted.
type ShareGroupStateResult struct {
	TopicID     Uuid
	Partitions  []ShareGroupStatePartitionResult
	UnknownTags map[uint32][]byte
}

func (r *ShareGroupStateResult) walk(c *wire.Codec) {
	r.TopicID.walk(c)
	values(c, &r.Partitions)
	c.Tags(&r.UnknownTags)
}

// ShareGroupStatePartitionResult is the result for one share-partition.
type ShareGroupStatePartitionResult struct {
	Partition    int32
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *ShareGroupStatePartitionResult) walk(c *wire.Codec) {
	c.Int32(&r.Partition)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.Tags(&r.UnknownTags)
}

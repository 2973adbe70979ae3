package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// ReadShareGroupStateRequest asks a share coordinator for the state of share-partitions (API ReadShareGroupState,
// KIP-932). The partitions' leaders send it; it needs the right to act on the cluster.
type ReadShareGroupStateRequest struct {
	Version     int16
	GroupID     string
	Topics      []ReadShareGroupStateTopic
	UnknownTags map[uint32][]byte
}

func (r *ReadShareGroupStateRequest) identity() identity {
	return request(KeyReadShareGroupState, &r.Version)
}

func (r *ReadShareGroupStateRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// ReadShareGroupStateResponse answers a ReadShareGroupStateRequest.
type ReadShareGroupStateResponse struct {
	Version     int16
	Results     []ReadShareGroupStateResult
	UnknownTags map[uint32][]byte
}

func (r *ReadShareGroupStateResponse) identity() identity {
	return response(KeyReadShareGroupState, &r.Version)
}

func (r *ReadShareGroupStateResponse) walk(c *wire.Codec) {
	values(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

// ReadShareGroupStateResult are the states of the share-partitions of a topic.
type ReadShareGroupStateResult struct {
	TopicID     Uuid
	Partitions  []ReadShareGroupStatePartitionResult
	UnknownTags map[uint32][]byte
}

func (t *ReadShareGroupStateResult) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// ReadShareGroupStatePartitionResult is the state of one share-partition.
type ReadShareGroupStatePartitionResult struct {
	Partition    int32
	ErrorCode    KError
	ErrorMessage *string
	StateEpoch   int32
	StartOffset  int64 // -1 if it is still open
	StateBatches []ShareGroupStateBatch
	UnknownTags  map[uint32][]byte
}

func (r *ReadShareGroupStatePartitionResult) walk(c *wire.Codec) {
	c.Int32(&r.Partition)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.Int32(&r.StateEpoch)
	c.Int64(&r.StartOffset)
	values(c, &r.StateBatches)
	c.Tags(&r.UnknownTags)
}

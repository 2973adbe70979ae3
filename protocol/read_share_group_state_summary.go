package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// ReadShareGroupStateSummaryRequest asks a share coordinator where share-partitions start, without the state of what
// follows (API ReadShareGroupStateSummary, KIP-932). Group coordinators send it; it needs the right to act on the
// cluster.
type ReadShareGroupStateSummaryRequest struct {
	Version     int16
	GroupID     string
	Topics      []ReadShareGroupStateTopic
	UnknownTags map[uint32][]byte
}

func (r *ReadShareGroupStateSummaryRequest) identity() identity {
	return request(KeyReadShareGroupStateSummary, &r.Version)
}

func (r *ReadShareGroupStateSummaryRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// ReadShareGroupStateSummaryResponse answers a ReadShareGroupStateSummaryRequest.
type ReadShareGroupStateSummaryResponse struct {
	Version     int16
	Results     []ReadShareGroupStateSummaryResult
	UnknownTags map[uint32][]byte
}

func (r *ReadShareGroupStateSummaryResponse) identity() identity {
	return response(KeyReadShareGroupStateSummary, &r.Version)
}

func (r *ReadShareGroupStateSummaryResponse) walk(c *wire.Codec) {
	values(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

// ReadShareGroupStateSummaryResult are the summaries of the share-partitions of a topic.
type ReadShareGroupStateSummaryResult struct {
	TopicID     Uuid
	Partitions  []ReadShareGroupStateSummaryPartitionResult
	UnknownTags map[uint32][]byte
}

func (t *ReadShareGroupStateSummaryResult) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// ReadShareGroupStateSummaryPartitionResult is the summary of one share-partition.
type ReadShareGroupStateSummaryPartitionResult struct {
	Partition             int32
	ErrorCode             KError
	ErrorMessage          *string
	StateEpoch            int32
	LeaderEpoch           int32
	StartOffset           int64 // -1 if it is still open
	DeliveryCompleteCount int32 // v1, offsets from StartOffset on that are done with, -1 if unknown (KIP-1226)
	UnknownTags           map[uint32][]byte
}

func (r *ReadShareGroupStateSummaryPartitionResult) walk(c *wire.Codec) {
	c.Int32(&r.Partition)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.Int32(&r.StateEpoch)
	c.Int32(&r.LeaderEpoch)
	c.Int64(&r.StartOffset)
	switch {
	case c.Version >= 1:
		c.Int32(&r.DeliveryCompleteCount)
	case c.Reading():
		r.DeliveryCompleteCount = -1
	}
	c.Tags(&r.UnknownTags)
}

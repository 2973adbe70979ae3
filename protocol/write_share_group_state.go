package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// WriteShareGroupStateRequest has a share coordinator write what changed of the state of share-partitions (API
// WriteShareGroupState, KIP-932). The partitions' leaders send it; it needs the right to act on the cluster.
type WriteShareGroupStateRequest struct {
	Version     int16
	GroupID     string
	Topics      []WriteShareGroupStateTopic
	UnknownTags map[uint32][]byte
}

func (r *WriteShareGroupStateRequest) identity() identity {
	return request(KeyWriteShareGroupState, &r.Version)
}

func (r *WriteShareGroupStateRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// WriteShareGroupStateTopic are the share-partitions of a topic to write the state of.
type WriteShareGroupStateTopic struct {
	TopicID     Uuid
	Partitions  []WriteShareGroupStatePartition
	UnknownTags map[uint32][]byte
}

func (t *WriteShareGroupStateTopic) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// WriteShareGroupStatePartition is the state of a share-partition, as far as it changed.
type WriteShareGroupStatePartition struct {
	Partition             int32
	StateEpoch            int32
	LeaderEpoch           int32
	StartOffset           int64 // -1 if unchanged
	DeliveryCompleteCount int32 // v1, offsets from StartOffset on that are done with, -1 if unknown (KIP-1226)
	StateBatches          []ShareGroupStateBatch
	UnknownTags           map[uint32][]byte
}

func (p *WriteShareGroupStatePartition) walk(c *wire.Codec) {
	c.Int32(&p.Partition)
	c.Int32(&p.StateEpoch)
	c.Int32(&p.LeaderEpoch)
	c.Int64(&p.StartOffset)
	switch {
	case c.Version >= 1:
		c.Int32(&p.DeliveryCompleteCount)
	case c.Reading():
		p.DeliveryCompleteCount = -1
	}
	values(c, &p.StateBatches)
	c.Tags(&p.UnknownTags)
}

// WriteShareGroupStateResponse answers a WriteShareGroupStateRequest.
type WriteShareGroupStateResponse struct {
	Version     int16
	Results     []ShareGroupStateResult
	UnknownTags map[uint32][]byte
}

func (r *WriteShareGroupStateResponse) identity() identity {
	return response(KeyWriteShareGroupState, &r.Version)
}

func (r *WriteShareGroupStateResponse) walk(c *wire.Codec) {
	values(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

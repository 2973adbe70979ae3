package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// InitializeShareGroupStateRequest has a share coordinator keep the state of share-partitions from now on (API
// InitializeShareGroupState, KIP-932). Group coordinators send it; it needs the right to act on the cluster.
type InitializeShareGroupStateRequest struct {
	Version     int16
	GroupID     string
	Topics      []InitializeShareGroupStateTopic
	UnknownTags map[uint32][]byte
}

func (r *InitializeShareGroupStateRequest) identity() identity {
	return request(KeyInitializeShareGroupState, &r.Version)
}

func (r *InitializeShareGroupStateRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// InitializeShareGroupStateTopic are the share-partitions of a topic to initialize.
type InitializeShareGroupStateTopic struct {
	TopicID     Uuid
	Partitions  []InitializeShareGroupStatePartition
	UnknownTags map[uint32][]byte
}

func (t *InitializeShareGroupStateTopic) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// InitializeShareGroupStatePartition is a share-partition to initialize.
type InitializeShareGroupStatePartition struct {
	Partition   int32
	StateEpoch  int32 // rises each time that the state begins anew
	StartOffset int64 // the first offset in work, -1 to leave it open
	UnknownTags map[uint32][]byte
}

func (p *InitializeShareGroupStatePartition) walk(c *wire.Codec) {
	c.Int32(&p.Partition)
	c.Int32(&p.StateEpoch)
	c.Int64(&p.StartOffset)
	c.Tags(&p.UnknownTags)
}

// InitializeShareGroupStateResponse answers an InitializeShareGroupStateRequest.
type InitializeShareGroupStateResponse struct {
	Version     int16
	Results     []ShareGroupStateResult
	UnknownTags map[uint32][]byte
}

func (r *InitializeShareGroupStateResponse) identity() identity {
	return response(KeyInitializeShareGroupState, &r.Version)
}

func (r *InitializeShareGroupStateResponse) walk(c *wire.Codec) {
	values(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// DeleteShareGroupStateRequest has a share coordinator delete the state of share-partitions (API DeleteShareGroupState,
// KIP-932). Group coordinators send it; it needs the right to act on the cluster.
type DeleteShareGroupStateRequest struct {
	Version     int16
	GroupID     string
	Topics      []DeleteShareGroupStateTopic
	UnknownTags map[uint32][]byte
}

func (r *DeleteShareGroupStateRequest) identity() identity {
	return request(KeyDeleteShareGroupState, &r.Version)
}

func (r *DeleteShareGroupStateRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// DeleteShareGroupStateTopic are the share-partitions of a topic to delete the state of.
type DeleteShareGroupStateTopic struct {
	TopicID     Uuid
	Partitions  []DeleteShareGroupStatePartition
	UnknownTags map[uint32][]byte
}

func (t *DeleteShareGroupStateTopic) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// DeleteShareGroupStatePartition is a share-partition to delete the state of.
type DeleteShareGroupStatePartition struct {
	Partition   int32
	UnknownTags map[uint32][]byte
}

func (p *DeleteShareGroupStatePartition) walk(c *wire.Codec) {
	c.Int32(&p.Partition)
	c.Tags(&p.UnknownTags)
}

// DeleteShareGroupStateResponse answers a DeleteShareGroupStateRequest.
type DeleteShareGroupStateResponse struct {
	Version     int16
	Results     []ShareGroupStateResult
	UnknownTags map[uint32][]byte
}

func (r *DeleteShareGroupStateResponse) identity() identity {
	return response(KeyDeleteShareGroupState, &r.Version)
}

func (r *DeleteShareGroupStateResponse) walk(c *wire.Codec) {
	values(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

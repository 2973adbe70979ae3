package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// ElectionType tells which replica may become the leader.
type ElectionType int8

const (
	// PreferredElection elects the preferred replica, the first in the partition's list.
	PreferredElection ElectionType = 0
	// UncleanElection elects a replica that is alive even if it is not in sync, where there is no leader: records may
	// be lost.
	UncleanElection ElectionType = 1
)

// ElectLeadersRequest elects leaders of partitions (API ElectLeaders, KIP-183, KIP-460).
type ElectLeadersRequest struct {
	Version         int16
	Type            ElectionType // v1; v0 elects preferred replicas
	TopicPartitions map[string][]int32
	TimeoutMs       int32 // milliseconds that the controller waits for the elections
	AllPartitions   bool  // elects in the whole cluster; TopicPartitions is not written then
	UnknownTags     map[uint32][]byte
}

func (r *ElectLeadersRequest) identity() identity { return request(KeyElectLeaders, &r.Version) }

func (r *ElectLeadersRequest) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int8((*int8)(&r.Type))
	}
	walkSelection(c, &r.TopicPartitions, &r.AllPartitions)
	c.Int32(&r.TimeoutMs)
	c.Tags(&r.UnknownTags)
}

// walkSelection carries partitions by topic, or null for all. Without any the
// map reads as nil, as for all of them.
func walkSelection(c *wire.Codec, topics *map[string][]int32, all *bool) {
	selected := *topics
	switch {
	case c.Reading():
	case *all:
		selected = nil
	case selected == nil:
		selected = map[string][]int32{}
	}
	nullMapped(c, &selected, func(topic *string, partitions *[]int32) {
		c.String(topic)
		c.Int32s(partitions)
		c.Tags(nil)
	})
	if !c.Reading() {
		return
	}
	*all = selected == nil && c.Err() == nil
	if len(selected) == 0 {
		selected = nil
	}
	*topics = selected
}

// ElectLeadersResponse answers an ElectLeadersRequest. Where all partitions were
// asked for, those that needed no election are left out.
type ElectLeadersResponse struct {
	Version                int16
	ThrottleTimeMs         int32                                 // milliseconds
	ErrorCode              KError                                // v1, of the whole request
	ReplicaElectionResults map[string]map[int32]*PartitionResult // by topic and partition
	UnknownTags            map[uint32][]byte
}

func (r *ElectLeadersResponse) identity() identity { return response(KeyElectLeaders, &r.Version) }

func (r *ElectLeadersResponse) walk(c *wire.Codec) {
	c.Int32(&r.ThrottleTimeMs)
	if c.Version >= 1 {
		c.Int16((*int16)(&r.ErrorCode))
	}
	partitions(c, &r.ReplicaElectionResults)
	nilAsEmpty(c, &r.ReplicaElectionResults)
	c.Tags(&r.UnknownTags)
}

// PartitionResult tells how an election ended; ErrNoError is success, and
// ErrElectionNotNeeded if the leader already was the right one.
type PartitionResult struct {
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (p *PartitionResult) walk(c *wire.Codec) {
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	c.Tags(&p.UnknownTags)
}

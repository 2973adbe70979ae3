package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ShareGroupHeartbeatRequest joins a share group, keeps a member in it and tells what has changed of the member since
// its last heartbeat (API ShareGroupHeartbeat, KIP-932).
type ShareGroupHeartbeatRequest struct {
	Version              int16
	GroupID              string
	MemberID             string   // made up by the client, for as long as it lives
	MemberEpoch          int32    // 0 to join, -1 to leave, otherwise that of the last response
	RackID               *string  // nil if there is none, or unchanged
	SubscribedTopicNames []string // nil if unchanged
	UnknownTags          map[uint32][]byte
}

func (r *ShareGroupHeartbeatRequest) identity() identity {
	return request(KeyShareGroupHeartbeat, &r.Version)
}

func (r *ShareGroupHeartbeatRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.NullString(&r.RackID)
	c.NullStrings(&r.SubscribedTopicNames)
	c.Tags(&r.UnknownTags)
}

// ShareGroupHeartbeatResponse answers a ShareGroupHeartbeatRequest.
type ShareGroupHeartbeatResponse struct {
	Version           int16
	ThrottleTime      time.Duration // whole milliseconds
	ErrorCode         KError
	ErrorMessage      *string
	MemberID          *string
	MemberEpoch       int32
	HeartbeatInterval time.Duration         // whole milliseconds to the next heartbeat
	Assignment        *ShareGroupAssignment // nil if unchanged
	UnknownTags       map[uint32][]byte
}

func (r *ShareGroupHeartbeatResponse) identity() identity {
	return response(KeyShareGroupHeartbeat, &r.Version)
}

func (r *ShareGroupHeartbeatResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.NullString(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Millis(&r.HeartbeatInterval)
	nullStruct(c, &r.Assignment)
	c.Tags(&r.UnknownTags)
}

// ShareGroupAssignment is what a member of a share group may fetch. Several members may have one partition.
type ShareGroupAssignment struct {
	TopicPartitions []TopicIDPartitions
	UnknownTags     map[uint32][]byte
}

func (a *ShareGroupAssignment) walk(c *wire.Codec) {
	values(c, &a.TopicPartitions)
	c.Tags(&a.UnknownTags)
}

// TopicIDPartitions are partitions of a topic that goes by its id.
type TopicIDPartitions struct {
	TopicID     Uuid
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (t *TopicIDPartitions) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

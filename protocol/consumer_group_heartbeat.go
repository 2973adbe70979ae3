package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ConsumerGroupHeartbeatRequest joins a consumer group, stays in it, tells what
// changed, and leaves it (API ConsumerGroupHeartbeat, KIP-848).
type ConsumerGroupHeartbeatRequest struct {
	Version     int16
	GroupID     string
	MemberID    string  // v1 has it made by the client
	MemberEpoch int32   // 0 to join, -1 to leave, -2 to leave as a static member who comes back
	InstanceID  *string // static membership
	RackID      *string
	// RebalanceTimeoutMs is how many milliseconds the member may take to give up partitions; -1 if it has not changed.
	RebalanceTimeoutMs   int32
	SubscribedTopicNames []string // nil if they have not changed
	SubscribedTopicRegex *string  // v1, nil if it has not changed
	ServerAssignor       *string  // nil if it has not changed
	// TopicPartitions are the partitions that the member has; nil if they have not changed.
	TopicPartitions []ConsumerGroupHeartbeatTopicPartitions
	UnknownTags     map[uint32][]byte
}

// ConsumerGroupHeartbeatTopicPartitions are partitions of a topic that a member has or gets.
type ConsumerGroupHeartbeatTopicPartitions struct {
	TopicID     Uuid
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (r *ConsumerGroupHeartbeatRequest) identity() identity {
	return request(KeyConsumerGroupHeartbeat, &r.Version)
}

func (r *ConsumerGroupHeartbeatRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.NullString(&r.InstanceID)
	c.NullString(&r.RackID)
	c.Int32(&r.RebalanceTimeoutMs)
	c.NullStrings(&r.SubscribedTopicNames)
	if c.Version >= 1 {
		c.NullString(&r.SubscribedTopicRegex)
	}
	c.NullString(&r.ServerAssignor)
	nullValues(c, &r.TopicPartitions)
	c.Tags(&r.UnknownTags)
}

func (t *ConsumerGroupHeartbeatTopicPartitions) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

// ConsumerGroupHeartbeatResponse answers a ConsumerGroupHeartbeatRequest.
type ConsumerGroupHeartbeatResponse struct {
	Version             int16
	ThrottleTime        time.Duration // whole milliseconds
	ErrorCode           KError
	ErrorMessage        *string
	MemberID            *string
	MemberEpoch         int32
	HeartbeatIntervalMs int32 // milliseconds until the next heartbeat
	// Assignment is what the member has to have; nil if it has not changed.
	Assignment  *ConsumerGroupHeartbeatAssignment
	UnknownTags map[uint32][]byte
}

// ConsumerGroupHeartbeatAssignment is the assignment of a member.
type ConsumerGroupHeartbeatAssignment struct {
	TopicPartitions []ConsumerGroupHeartbeatTopicPartitions
	UnknownTags     map[uint32][]byte
}

func (r *ConsumerGroupHeartbeatResponse) identity() identity {
	return response(KeyConsumerGroupHeartbeat, &r.Version)
}

func (r *ConsumerGroupHeartbeatResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.NullString(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Int32(&r.HeartbeatIntervalMs)
	nullStruct(c, &r.Assignment)
	c.Tags(&r.UnknownTags)
}

func (a *ConsumerGroupHeartbeatAssignment) walk(c *wire.Codec) {
	values(c, &a.TopicPartitions)
	c.Tags(&a.UnknownTags)
}

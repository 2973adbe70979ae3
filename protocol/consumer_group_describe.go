package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ConsumerGroupDescribeRequest asks for the state and the members of groups of
// the consumer protocol (API ConsumerGroupDescribe, KIP-848).
type ConsumerGroupDescribeRequest struct {
	Version                     int16
	GroupIDs                    []string
	IncludeAuthorizedOperations bool
	UnknownTags                 map[uint32][]byte
}

// NewConsumerGroupDescribeRequest returns an empty request at the version that
// brokers of a Kafka version know, 1 at most.
func NewConsumerGroupDescribeRequest(version KafkaVersion) *ConsumerGroupDescribeRequest {
	return &ConsumerGroupDescribeRequest{Version: versionFor(KeyConsumerGroupDescribe, version, 1)}
}

func (r *ConsumerGroupDescribeRequest) identity() identity {
	return request(KeyConsumerGroupDescribe, &r.Version)
}

func (r *ConsumerGroupDescribeRequest) walk(c *wire.Codec) {
	c.Strings(&r.GroupIDs)
	c.Bool(&r.IncludeAuthorizedOperations)
	c.Tags(&r.UnknownTags)
}

// ConsumerGroupDescribeResponse answers a ConsumerGroupDescribeRequest, group by group.
type ConsumerGroupDescribeResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Groups       []ConsumerGroupDescription
	UnknownTags  map[uint32][]byte
}

func (r *ConsumerGroupDescribeResponse) identity() identity {
	return response(KeyConsumerGroupDescribe, &r.Version)
}

func (r *ConsumerGroupDescribeResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Groups)
	c.Tags(&r.UnknownTags)
}

// ConsumerGroupDescription is a group's state and its members.
type ConsumerGroupDescription struct {
	ErrorCode            KError
	ErrorMessage         *string
	GroupID              string
	GroupState           string
	GroupEpoch           int32
	AssignmentEpoch      int32
	AssignorName         string
	Members              []ConsumerGroupMemberDescription
	AuthorizedOperations int32 // bit by bit, -2147483648 if it was not asked for (KIP-430)
	UnknownTags          map[uint32][]byte
}

func (g *ConsumerGroupDescription) walk(c *wire.Codec) {
	c.Int16((*int16)(&g.ErrorCode))
	c.NullString(&g.ErrorMessage)
	c.String(&g.GroupID)
	c.String(&g.GroupState)
	c.Int32(&g.GroupEpoch)
	c.Int32(&g.AssignmentEpoch)
	c.String(&g.AssignorName)
	values(c, &g.Members)
	c.Int32(&g.AuthorizedOperations)
	c.Tags(&g.UnknownTags)
}

// ConsumerGroupMemberDescription is a member of a group.
type ConsumerGroupMemberDescription struct {
	MemberID             string
	InstanceID           *string // static membership
	RackID               *string
	MemberEpoch          int32
	ClientID             string
	ClientHost           string
	SubscribedTopicNames []string
	SubscribedTopicRegex *string
	Assignment           ConsumerGroupAssignment // what the member has
	TargetAssignment     ConsumerGroupAssignment // what it is to have
	MemberType           int8                    // v1, 0 for the classic protocol, 1 for consumer, -1 if not known
	UnknownTags          map[uint32][]byte
}

func (m *ConsumerGroupMemberDescription) walk(c *wire.Codec) {
	c.String(&m.MemberID)
	c.NullString(&m.InstanceID)
	c.NullString(&m.RackID)
	c.Int32(&m.MemberEpoch)
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Strings(&m.SubscribedTopicNames)
	c.NullString(&m.SubscribedTopicRegex)
	m.Assignment.walk(c)
	m.TargetAssignment.walk(c)
	switch {
	case c.Version >= 1:
		c.Int8(&m.MemberType)
	case c.Reading():
		m.MemberType = -1
	}
	c.Tags(&m.UnknownTags)
}

// ConsumerGroupAssignment is an assignment of a member.
type ConsumerGroupAssignment struct {
	TopicPartitions []ConsumerGroupTopicPartitions
	UnknownTags     map[uint32][]byte
}

func (a *ConsumerGroupAssignment) walk(c *wire.Codec) {
	values(c, &a.TopicPartitions)
	c.Tags(&a.UnknownTags)
}

// ConsumerGroupTopicPartitions are the partitions of a topic in an assignment.
type ConsumerGroupTopicPartitions struct {
	TopicID     Uuid
	TopicName   string
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (t *ConsumerGroupTopicPartitions) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	c.String(&t.TopicName)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

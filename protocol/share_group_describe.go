package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ShareGroupDescribeRequest asks for the state and the members of share groups (API ShareGroupDescribe, KIP-932).
type ShareGroupDescribeRequest struct {
	Version                     int16
	GroupIDs                    []string
	IncludeAuthorizedOperations bool
	UnknownTags                 map[uint32][]byte
}

func (r *ShareGroupDescribeRequest) identity() identity {
	return request(KeyShareGroupDescribe, &r.Version)
}

func (r *ShareGroupDescribeRequest) walk(c *wire.Codec) {
	c.Strings(&r.GroupIDs)
	c.Bool(&r.IncludeAuthorizedOperations)
	c.Tags(&r.UnknownTags)
}

// ShareGroupDescribeResponse answers a ShareGroupDescribeRequest, group by group.
type ShareGroupDescribeResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Groups       []DescribedShareGroup
	UnknownTags  map[uint32][]byte
}

func (r *ShareGroupDescribeResponse) identity() identity {
	return response(KeyShareGroupDescribe, &r.Version)
}

func (r *ShareGroupDescribeResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Groups)
	c.Tags(&r.UnknownTags)
}

// DescribedShareGroup is the state of a share group.
type DescribedShareGroup struct {
	ErrorCode       KError
	ErrorMessage    *string
	GroupID         string
	GroupState      string // "Empty", "Stable" or "Dead"; empty with an error
	GroupEpoch      int32  // rises when members or their subscriptions change
	AssignmentEpoch int32  // the group epoch that the assignment is made for
	AssignorName    string
	Members         []DescribedShareMember
	// AuthorizedOperations has a bit for each operation that the client may do, by the number of the operation;
	// the lowest number there is if they were not asked for.
	AuthorizedOperations int32
	UnknownTags          map[uint32][]byte
}

func (g *DescribedShareGroup) walk(c *wire.Codec) {
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

// DescribedShareMember is a member of a share group.
type DescribedShareMember struct {
	MemberID             string
	RackID               *string
	MemberEpoch          int32
	ClientID             string
	ClientHost           string
	SubscribedTopicNames []string
	Assignment           DescribedShareAssignment
	UnknownTags          map[uint32][]byte
}

func (m *DescribedShareMember) walk(c *wire.Codec) {
	c.String(&m.MemberID)
	c.NullString(&m.RackID)
	c.Int32(&m.MemberEpoch)
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Strings(&m.SubscribedTopicNames)
	m.Assignment.walk(c)
	c.Tags(&m.UnknownTags)
}

// DescribedShareAssignment is what a member has been assigned.
type DescribedShareAssignment struct {
	TopicPartitions []DescribedShareTopic
	UnknownTags     map[uint32][]byte
}

func (a *DescribedShareAssignment) walk(c *wire.Codec) {
	values(c, &a.TopicPartitions)
	c.Tags(&a.UnknownTags)
}

// DescribedShareTopic are the partitions of a topic that a member has been assigned.
type DescribedShareTopic struct {
	TopicID     Uuid
	TopicName   string
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (t *DescribedShareTopic) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	c.String(&t.TopicName)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// StreamsGroupDescribeRequest asks for the state, the topology and the members of streams groups (API
// StreamsGroupDescribe, KIP-1071).
type StreamsGroupDescribeRequest struct {
	Version                     int16
	GroupIDs                    []string
	IncludeAuthorizedOperations bool
	IncludeTopologyDescription  bool // v1 (KIP-1331)
	UnknownTags                 map[uint32][]byte
}

func (r *StreamsGroupDescribeRequest) identity() identity {
	return request(KeyStreamsGroupDescribe, &r.Version)
}

func (r *StreamsGroupDescribeRequest) walk(c *wire.Codec) {
	c.Strings(&r.GroupIDs)
	c.Bool(&r.IncludeAuthorizedOperations)
	if c.Version >= 1 {
		c.Bool(&r.IncludeTopologyDescription)
	}
	c.Tags(&r.UnknownTags)
}

// StreamsGroupDescribeResponse answers a StreamsGroupDescribeRequest, group by group.
type StreamsGroupDescribeResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Groups       []DescribedStreamsGroup
	UnknownTags  map[uint32][]byte
}

func (r *StreamsGroupDescribeResponse) identity() identity {
	return response(KeyStreamsGroupDescribe, &r.Version)
}

func (r *StreamsGroupDescribeResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Groups)
	c.Tags(&r.UnknownTags)
}

// The values of TopologyDescriptionStatus in a DescribedStreamsGroup.
const (
	TopologyDescriptionNotRequested int8 = 0
	TopologyDescriptionNotStored    int8 = 1 // the group has sent none
	TopologyDescriptionError        int8 = 2 // the broker could not get it; its log tells why
	TopologyDescriptionAvailable    int8 = 3
)

// DescribedStreamsGroup is the state of a streams group.
type DescribedStreamsGroup struct {
	ErrorCode       KError
	ErrorMessage    *string
	GroupID         string
	GroupState      string                    // empty with an error
	GroupEpoch      int32                     // rises when members or the topology change
	AssignmentEpoch int32                     // the group epoch that the assignment is made for
	Topology        *DescribedStreamsTopology // nil with an error
	Members         []DescribedStreamsMember
	// AuthorizedOperations has a bit for each operation that the client may do, by the number of the operation;
	// the lowest number there is if they were not asked for.
	AuthorizedOperations      int32
	TopologyDescription       *StreamsTopologyDescription // v1, with TopologyDescriptionAvailable only (KIP-1331)
	TopologyDescriptionStatus int8                        // v1, TopologyDescriptionNotRequested and so on
	AssignorName              *string                     // v1, of the next assignment, nil with an error (KIP-1357)
	UnknownTags               map[uint32][]byte
}

func (g *DescribedStreamsGroup) walk(c *wire.Codec) {
	c.Int16((*int16)(&g.ErrorCode))
	c.NullString(&g.ErrorMessage)
	c.String(&g.GroupID)
	c.String(&g.GroupState)
	c.Int32(&g.GroupEpoch)
	c.Int32(&g.AssignmentEpoch)
	nullStruct(c, &g.Topology)
	values(c, &g.Members)
	c.Int32(&g.AuthorizedOperations)
	if c.Version >= 1 {
		nullStruct(c, &g.TopologyDescription)
		c.Int8(&g.TopologyDescriptionStatus)
		c.NullString(&g.AssignorName)
	}
	c.Tags(&g.UnknownTags)
}

// DescribedStreamsTopology is the topology of a group, with numbers of partitions set and regular expressions resolved.
type DescribedStreamsTopology struct {
	Epoch         int32
	Subtopologies []DescribedStreamsSubtopology // nil while source topics are missing or do not fit
	UnknownTags   map[uint32][]byte
}

func (t *DescribedStreamsTopology) walk(c *wire.Codec) {
	c.Int32(&t.Epoch)
	nullValues(c, &t.Subtopologies)
	c.Tags(&t.UnknownTags)
}

// DescribedStreamsSubtopology is a part of a group's topology.
type DescribedStreamsSubtopology struct {
	SubtopologyID           string
	SourceTopics            []string
	RepartitionSinkTopics   []string
	StateChangelogTopics    []StreamsGroupTopicInfo
	RepartitionSourceTopics []StreamsGroupTopicInfo
	UnknownTags             map[uint32][]byte
}

func (s *DescribedStreamsSubtopology) walk(c *wire.Codec) {
	c.String(&s.SubtopologyID)
	c.Strings(&s.SourceTopics)
	c.Strings(&s.RepartitionSinkTopics)
	values(c, &s.StateChangelogTopics)
	values(c, &s.RepartitionSourceTopics)
	c.Tags(&s.UnknownTags)
}

// DescribedStreamsMember is a member of a streams group.
type DescribedStreamsMember struct {
	MemberID         string
	MemberEpoch      int32
	InstanceID       *string
	RackID           *string
	ClientID         string
	ClientHost       string
	TopologyEpoch    int32
	ProcessID        string
	UserEndpoint     *StreamsGroupEndpoint
	ClientTags       []StreamsGroupKeyValue
	TaskOffsets      []StreamsGroupTaskOffset
	TaskEndOffsets   []StreamsGroupTaskOffset
	Assignment       StreamsGroupAssignment // what the member has
	TargetAssignment StreamsGroupAssignment // what it shall have
	IsClassic        bool                   // a member of the classic protocol, not upgraded yet
	UnknownTags      map[uint32][]byte
}

func (m *DescribedStreamsMember) walk(c *wire.Codec) {
	c.String(&m.MemberID)
	c.Int32(&m.MemberEpoch)
	c.NullString(&m.InstanceID)
	c.NullString(&m.RackID)
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Int32(&m.TopologyEpoch)
	c.String(&m.ProcessID)
	nullStruct(c, &m.UserEndpoint)
	values(c, &m.ClientTags)
	values(c, &m.TaskOffsets)
	values(c, &m.TaskEndOffsets)
	m.Assignment.walk(c)
	m.TargetAssignment.walk(c)
	c.Bool(&m.IsClassic)
	c.Tags(&m.UnknownTags)
}

// StreamsGroupAssignment are tasks of a member.
type StreamsGroupAssignment struct {
	ActiveTasks  []StreamsGroupTaskIDs
	StandbyTasks []StreamsGroupTaskIDs
	WarmupTasks  []StreamsGroupTaskIDs
	UnknownTags  map[uint32][]byte
}

func (a *StreamsGroupAssignment) walk(c *wire.Codec) {
	values(c, &a.ActiveTasks)
	values(c, &a.StandbyTasks)
	values(c, &a.WarmupTasks)
	c.Tags(&a.UnknownTags)
}

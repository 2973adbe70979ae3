package protocol

import (
	"fmt"
	"math"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// StreamsGroupHeartbeatRequest joins a streams group, keeps a member in it and tells what has changed of the member
// since its last heartbeat (API StreamsGroupHeartbeat, KIP-1071). Nil stands for what has not changed.
type StreamsGroupHeartbeatRequest struct {
	Version                  int16
	GroupID                  string
	MemberID                 string // made up by the client, for as long as it lives
	MemberEpoch              int32  // 0 to join, -1 to leave, -2 to leave for a while with an InstanceID
	EndpointInformationEpoch int32  // the latest of a response
	InstanceID               *string
	RackID                   *string
	RebalanceTimeout         time.Duration            // whole milliseconds to give up tasks in; -1 ms if unchanged
	Topology                 *StreamsGroupTopology    // to join only
	ActiveTasks              []StreamsGroupTaskIDs    // that the member has
	StandbyTasks             []StreamsGroupTaskIDs    // that the member has
	WarmupTasks              []StreamsGroupTaskIDs    // that the member has
	ProcessID                *string                  // of the process, which may have several members
	UserEndpoint             *StreamsGroupEndpoint    // where the process answers interactive queries
	ClientTags               []StreamsGroupKeyValue   // for the placement of standby tasks
	TaskOffsets              []StreamsGroupTaskOffset // how far the state of tasks has been restored
	TaskEndOffsets           []StreamsGroupTaskOffset // where the changelogs of tasks end
	ShutdownApplication      bool                     // all members of the group shall end
	UnknownTags              map[uint32][]byte
}

func (r *StreamsGroupHeartbeatRequest) identity() identity {
	return request(KeyStreamsGroupHeartbeat, &r.Version)
}

func (r *StreamsGroupHeartbeatRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Int32(&r.EndpointInformationEpoch)
	c.NullString(&r.InstanceID)
	c.NullString(&r.RackID)
	c.Millis(&r.RebalanceTimeout)
	nullStruct(c, &r.Topology)
	nullValues(c, &r.ActiveTasks)
	nullValues(c, &r.StandbyTasks)
	nullValues(c, &r.WarmupTasks)
	c.NullString(&r.ProcessID)
	nullStruct(c, &r.UserEndpoint)
	nullValues(c, &r.ClientTags)
	nullValues(c, &r.TaskOffsets)
	nullValues(c, &r.TaskEndOffsets)
	c.Bool(&r.ShutdownApplication)
	c.Tags(&r.UnknownTags)
}

// StreamsGroupTopology is what a streams application does, as the broker needs it to create topics and assign tasks.
type StreamsGroupTopology struct {
	Epoch         int32 // rises when the application changes
	Subtopologies []StreamsGroupSubtopology
	UnknownTags   map[uint32][]byte
}

func (t *StreamsGroupTopology) walk(c *wire.Codec) {
	c.Int32(&t.Epoch)
	values(c, &t.Subtopologies)
	c.Tags(&t.UnknownTags)
}

// StreamsGroupSubtopology is a part of a topology that runs as one task for each partition of its source topics.
type StreamsGroupSubtopology struct {
	SubtopologyID           string
	SourceTopics            []string
	SourceTopicRegex        []string
	StateChangelogTopics    []StreamsGroupTopicInfo // the broker creates them
	RepartitionSinkTopics   []string
	RepartitionSourceTopics []StreamsGroupTopicInfo // the broker creates them
	CopartitionGroups       []StreamsGroupCopartitionGroup
	UnknownTags             map[uint32][]byte
}

func (s *StreamsGroupSubtopology) walk(c *wire.Codec) {
	c.String(&s.SubtopologyID)
	c.Strings(&s.SourceTopics)
	c.Strings(&s.SourceTopicRegex)
	values(c, &s.StateChangelogTopics)
	c.Strings(&s.RepartitionSinkTopics)
	values(c, &s.RepartitionSourceTopics)
	values(c, &s.CopartitionGroups)
	c.Tags(&s.UnknownTags)
}

// StreamsGroupCopartitionGroup are topics that must have as many partitions as each other, by their indexes in the lists
// of the subtopology.
type StreamsGroupCopartitionGroup struct {
	SourceTopics            []int16
	SourceTopicRegex        []int16
	RepartitionSourceTopics []int16
	UnknownTags             map[uint32][]byte
}

func (g *StreamsGroupCopartitionGroup) walk(c *wire.Codec) {
	c.Int16s(&g.SourceTopics)
	c.Int16s(&g.SourceTopicRegex)
	c.Int16s(&g.RepartitionSourceTopics)
	c.Tags(&g.UnknownTags)
}

// The values of StatusCode in a StreamsGroupStatus.
const (
	StreamsStaleTopology          int8 = 0 // the member has an older topology than the group
	StreamsMissingSourceTopics    int8 = 1
	StreamsIncorrectlyPartitioned int8 = 2 // topics of a copartition group differ, or a changelog does not fit
	StreamsMissingInternalTopics  int8 = 3 // the coordinator tries to create them
	StreamsShutdownApplication    int8 = 4 // a member has asked for the end of all
	StreamsAssignmentDelayed      int8 = 5 // there is no assignment yet
	StreamsMissingClientTags      int8 = 6 // v1, tags that the placement of standby tasks needs
)

// StreamsGroupHeartbeatResponse answers a StreamsGroupHeartbeatRequest. Nil stands for what has not changed.
type StreamsGroupHeartbeatResponse struct {
	Version           int16
	ThrottleTime      time.Duration // whole milliseconds
	ErrorCode         KError
	ErrorMessage      *string
	MemberID          string
	MemberEpoch       int32
	HeartbeatInterval time.Duration // whole milliseconds to the next heartbeat
	// AcceptableRecoveryLag is by how many offsets a member may be behind and still get an active task, -1 if the broker
	// does not tell. In v0 it is a 32-bit number.
	AcceptableRecoveryLag       int64
	TaskOffsetInterval          time.Duration // whole milliseconds from one report of task offsets to the next
	Status                      []StreamsGroupStatus
	ActiveTasks                 []StreamsGroupTaskIDs
	StandbyTasks                []StreamsGroupTaskIDs
	WarmupTasks                 []StreamsGroupTaskIDs
	TopologyDescriptionRequired bool // v1, a StreamsGroupTopologyDescriptionUpdateRequest is due (KIP-1331)
	EndpointInformationEpoch    int32
	PartitionsByUserEndpoint    []StreamsGroupEndpointPartitions // of all members, several entries to an endpoint
	UnknownTags                 map[uint32][]byte
}

func (r *StreamsGroupHeartbeatResponse) identity() identity {
	return response(KeyStreamsGroupHeartbeat, &r.Version)
}

func (r *StreamsGroupHeartbeatResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Millis(&r.HeartbeatInterval)
	r.walkLag(c)
	nullValues(c, &r.Status)
	nullValues(c, &r.ActiveTasks)
	nullValues(c, &r.StandbyTasks)
	nullValues(c, &r.WarmupTasks)
	if c.Version >= 1 {
		c.Bool(&r.TopologyDescriptionRequired)
	}
	c.Int32(&r.EndpointInformationEpoch)
	nullValues(c, &r.PartitionsByUserEndpoint)
	c.Tags(&r.UnknownTags)
}

// walkLag carries the acceptable lag on that side of the interval on which the version has it.
func (r *StreamsGroupHeartbeatResponse) walkLag(c *wire.Codec) {
	if c.Version >= 1 {
		c.Millis(&r.TaskOffsetInterval)
		c.Int64(&r.AcceptableRecoveryLag)
		return
	}
	lag := int32(r.AcceptableRecoveryLag)
	if !c.Reading() && int64(lag) != r.AcceptableRecoveryLag {
		c.Fail(fmt.Errorf("%w: a lag of %d, at most %d", wire.ErrTooLong, r.AcceptableRecoveryLag, math.MaxInt32))
	}
	c.Int32(&lag)
	if c.Reading() {
		r.AcceptableRecoveryLag = int64(lag)
	}
	c.Millis(&r.TaskOffsetInterval)
}

// StreamsGroupStatus is a state that a member is told of, such as StreamsMissingSourceTopics.
type StreamsGroupStatus struct {
	StatusCode   int8
	StatusDetail string
	UnknownTags  map[uint32][]byte
}

func (s *StreamsGroupStatus) walk(c *wire.Codec) {
	c.Int8(&s.StatusCode)
	c.String(&s.StatusDetail)
	c.Tags(&s.UnknownTags)
}

// StreamsGroupEndpointPartitions are the partitions whose state a process has, for interactive queries.
type StreamsGroupEndpointPartitions struct {
	UserEndpoint      StreamsGroupEndpoint
	ActivePartitions  []StreamsGroupTopicPartitions // of active tasks
	StandbyPartitions []StreamsGroupTopicPartitions // of standby and warm-up tasks
	UnknownTags       map[uint32][]byte
}

func (p *StreamsGroupEndpointPartitions) walk(c *wire.Codec) {
	p.UserEndpoint.walk(c)
	values(c, &p.ActivePartitions)
	values(c, &p.StandbyPartitions)
	c.Tags(&p.UnknownTags)
}

// StreamsGroupTopicPartitions are partitions of a source topic.
type StreamsGroupTopicPartitions struct {
	Topic       string
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (t *StreamsGroupTopicPartitions) walk(c *wire.Codec) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

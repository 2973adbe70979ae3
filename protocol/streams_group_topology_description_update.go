package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// StreamsGroupTopologyDescriptionUpdateRequest gives the broker the whole graph of a streams application, for people to
// look at (API StreamsGroupTopologyDescriptionUpdate, KIP-1331).
type StreamsGroupTopologyDescriptionUpdateRequest struct {
	Version             int16
	GroupID             string
	MemberID            string // must still be in the group: otherwise the answer is ErrUnknownMemberId
	TopologyEpoch       int32
	TopologyDescription StreamsTopologyDescription
	UnknownTags         map[uint32][]byte
}

func (r *StreamsGroupTopologyDescriptionUpdateRequest) identity() identity {
	return request(KeyStreamsGroupTopologyDescriptionUpdate, &r.Version)
}

func (r *StreamsGroupTopologyDescriptionUpdateRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.TopologyEpoch)
	r.TopologyDescription.walk(c)
	c.Tags(&r.UnknownTags)
}

// StreamsTopologyDescription is the graph of a streams application.
type StreamsTopologyDescription struct {
	Subtopologies []StreamsTopologySubtopology
	GlobalStores  []StreamsTopologyGlobalStore
	UnknownTags   map[uint32][]byte
}

func (d *StreamsTopologyDescription) walk(c *wire.Codec) {
	values(c, &d.Subtopologies)
	values(c, &d.GlobalStores)
	c.Tags(&d.UnknownTags)
}

// StreamsTopologySubtopology is a part of the graph that has no edge to the others.
type StreamsTopologySubtopology struct {
	SubtopologyID string
	Nodes         []StreamsTopologyNode
	UnknownTags   map[uint32][]byte
}

func (s *StreamsTopologySubtopology) walk(c *wire.Codec) {
	c.String(&s.SubtopologyID)
	values(c, &s.Nodes)
	c.Tags(&s.UnknownTags)
}

// The values of NodeType in a StreamsTopologyNode.
const (
	TopologyNodeSource    int8 = 1
	TopologyNodeProcessor int8 = 2
	TopologyNodeSink      int8 = 3
)

// StreamsTopologyNode is a node of the graph.
type StreamsTopologyNode struct {
	Name         string
	NodeType     int8     // TopologyNodeSource and so on
	SourceTopics []string // of a source; none if they are found at run time
	SinkTopic    *string  // of a sink; nil if it is found at run time
	Stores       []string // of a processor, the names of its state stores
	Successors   []string // the names of the nodes that follow
	UnknownTags  map[uint32][]byte
}

func (n *StreamsTopologyNode) walk(c *wire.Codec) {
	c.String(&n.Name)
	c.Int8(&n.NodeType)
	c.Strings(&n.SourceTopics)
	c.NullString(&n.SinkTopic)
	c.Strings(&n.Stores)
	c.Strings(&n.Successors)
	c.Tags(&n.UnknownTags)
}

// StreamsTopologyGlobalStore is a state store that every process has whole.
type StreamsTopologyGlobalStore struct {
	Source      StreamsTopologyNode
	Processor   StreamsTopologyNode
	UnknownTags map[uint32][]byte
}

func (s *StreamsTopologyGlobalStore) walk(c *wire.Codec) {
	s.Source.walk(c)
	s.Processor.walk(c)
	c.Tags(&s.UnknownTags)
}

// StreamsGroupTopologyDescriptionUpdateResponse answers a StreamsGroupTopologyDescriptionUpdateRequest.
type StreamsGroupTopologyDescriptionUpdateResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *StreamsGroupTopologyDescriptionUpdateResponse) identity() identity {
	return response(KeyStreamsGroupTopologyDescriptionUpdate, &r.Version)
}

func (r *StreamsGroupTopologyDescriptionUpdateResponse) walk(c *wire.Codec) {
	walkOutcome(c, &r.ThrottleTime, &r.ErrorCode, &r.ErrorMessage, &r.UnknownTags)
}

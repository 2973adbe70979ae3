package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// StreamsGroupTaskIDs are tasks of a subtopology, one for each of the partitions (KIP-1071).
type StreamsGroupTaskIDs struct {
	SubtopologyID string
	Partitions    []int32
	UnknownTags   map[uint32][]byte
}

func (t *StreamsGroupTaskIDs) walk(c *wire.Codec) {
	c.String(&t.SubtopologyID)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

// StreamsGroupTaskOffset is the sum of a task's offsets in its changelogs (KIP-1071).
type StreamsGroupTaskOffset struct {
	SubtopologyID string
	Partition     int32
	Offset        int64
	UnknownTags   map[uint32][]byte
}

func (t *StreamsGroupTaskOffset) walk(c *wire.Codec) {
	c.String(&t.SubtopologyID)
	c.Int32(&t.Partition)
	c.Int64(&t.Offset)
	c.Tags(&t.UnknownTags)
}

// StreamsGroupEndpoint is where a process of a streams application answers interactive queries.
type StreamsGroupEndpoint struct {
	Host        string
	Port        uint16
	UnknownTags map[uint32][]byte
}

func (e *StreamsGroupEndpoint) walk(c *wire.Codec) {
	c.String(&e.Host)
	c.Uint16(&e.Port)
	c.Tags(&e.UnknownTags)
}

// StreamsGroupKeyValue is a tag of a client, or an entry of a topic's configuration.
type StreamsGroupKeyValue struct {
	Key         string
	Value       string
	UnknownTags map[uint32][]byte
}

func (p *StreamsGroupKeyValue) walk(c *wire.Codec) {
	c.String(&p.Key)
	c.String(&p.Value)
	c.Tags(&p.UnknownTags)
}

// StreamsGroupTopicInfo is a topic that belongs to a streams application.
type StreamsGroupTopicInfo struct {
	Name              string
	Partitions        int32 // 0 for as many as it takes, as always for changelogs
	ReplicationFactor int16 // 0 for the broker's default
	TopicConfigs      []StreamsGroupKeyValue
	UnknownTags       map[uint32][]byte
}

func (t *StreamsGroupTopicInfo) walk(c *wire.Codec) {
	c.String(&t.Name)
	c.Int32(&t.Partitions)
	c.Int16(&t.ReplicationFactor)
	values(c, &t.TopicConfigs)
	c.Tags(&t.UnknownTags)
}

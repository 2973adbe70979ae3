package protocol

import (
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DeleteTopicsRequest deletes topics (API DeleteTopics, KIP-4).
type DeleteTopicsRequest struct {
	Version int16
	Topics  []string
	Timeout time.Duration // whole milliseconds that the controller waits for the topics to be gone
	// TopicIDs are the ids of Topics, index by index (v6, KIP-516); a topic that
	// goes by its id alone has no name, or no element in Topics at all.
	TopicIDs    []Uuid
	UnknownTags map[uint32][]byte
}

// NewDeleteTopicsRequest returns a request at the version that brokers of a Kafka version know.
func NewDeleteTopicsRequest(version KafkaVersion, topics []string, timeout time.Duration) *DeleteTopicsRequest {
	return &DeleteTopicsRequest{Version: versionFor(KeyDeleteTopics, version, 6), Topics: topics, Timeout: timeout}
}

func (r *DeleteTopicsRequest) identity() identity { return request(KeyDeleteTopics, &r.Version) }

func (r *DeleteTopicsRequest) walk(c *wire.Codec) {
	if c.Version >= 6 {
		r.walkStates(c)
	} else {
		c.Strings(&r.Topics)
	}
	c.Millis(&r.Timeout)
	c.Tags(&r.UnknownTags)
}

func (r *DeleteTopicsRequest) walkStates(c *wire.Codec) {
	n := c.ArrayLength(max(len(r.Topics), len(r.TopicIDs)), 18)
	if c.Reading() {
		r.Topics, r.TopicIDs = slices.Grow[[]string](nil, max(n, 0)), nil
	}
	for i := 0; i < n && c.Err() == nil; i++ {
		name, id := namedTopic(r.Topics, r.TopicIDs, i)
		nameOrNull(c, &name, id)
		c.UUID((*[16]byte)(&id))
		c.Tags(nil)
		addNamedTopic(c, &r.Topics, &r.TopicIDs, name, id)
	}
}

// DeleteTopicsResponse answers a DeleteTopicsRequest, topic by topic. A topic that
// the broker names by its id alone goes by the id's text.
type DeleteTopicsResponse struct {
	Version            int16
	ThrottleTime       time.Duration // whole milliseconds, v1
	TopicErrorCodes    map[string]KError
	TopicErrorMessages map[string]*string // v5
	TopicIDs           map[string]Uuid    // v6 (KIP-516)
	UnknownTags        map[uint32][]byte
}

func (r *DeleteTopicsResponse) identity() identity { return response(KeyDeleteTopics, &r.Version) }

func (r *DeleteTopicsResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Millis(&r.ThrottleTime)
	}
	if c.Reading() {
		r.resetMaps(c.Version)
	}
	mapped(c, &r.TopicErrorCodes, func(topic *string, code *KError) { r.walkTopic(c, topic, code) })
	nilAsEmpty(c, &r.TopicErrorCodes)
	c.Tags(&r.UnknownTags)
}

func (r *DeleteTopicsResponse) resetMaps(version int16) {
	r.TopicErrorMessages, r.TopicIDs = nil, nil
	if version >= 5 {
		r.TopicErrorMessages = make(map[string]*string)
	}
	if version >= 6 {
		r.TopicIDs = make(map[string]Uuid)
	}
}

func (r *DeleteTopicsResponse) walkTopic(c *wire.Codec, topic *string, code *KError) {
	id, message := r.TopicIDs[*topic], r.TopicErrorMessages[*topic]
	if c.Version >= 6 {
		idOrName(c, topic, &id)
	} else {
		c.String(topic)
	}
	c.Int16((*int16)(code))
	if c.Version >= 5 {
		c.NullString(&message)
	}
	c.Tags(nil)
	if !c.Reading() || c.Err() != nil {
		return
	}
	if c.Version >= 5 {
		r.TopicErrorMessages[*topic] = message
	}
	if c.Version >= 6 {
		r.TopicIDs[*topic] = id
	}
}

// idOrName carries a name that is null where the id's text stands for it, and the id.
func idOrName(c *wire.Codec, topic *string, id *Uuid) {
	name := *topic
	if *id != (Uuid{}) && name == id.String() {
		name = ""
	}
	nameOrNull(c, &name, *id)
	id.walk(c)
	if !c.Reading() {
		return
	}
	*topic = name
	if name == "" && *id != (Uuid{}) {
		*topic = id.String()
	}
}

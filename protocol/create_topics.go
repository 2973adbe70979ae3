package protocol

import (
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// CreateTopicsRequest creates topics (API CreateTopics, KIP-4).
type CreateTopicsRequest struct {
	Version      int16
	TopicDetails map[string]*TopicDetail // by name
	Timeout      time.Duration           // whole milliseconds that the controller waits for the topics to exist
	ValidateOnly bool                    // v1, nothing is created
	UnknownTags  map[uint32][]byte
}

// NewCreateTopicsRequest returns a request at the version that brokers of a Kafka version know.
func NewCreateTopicsRequest(version KafkaVersion, topicDetails map[string]*TopicDetail, timeout time.Duration, validateOnly bool) *CreateTopicsRequest {
	return &CreateTopicsRequest{
		Version:      versionFor(KeyCreateTopics, version, 7),
		TopicDetails: topicDetails,
		Timeout:      timeout,
		ValidateOnly: validateOnly,
	}
}

func (r *CreateTopicsRequest) identity() identity { return request(KeyCreateTopics, &r.Version) }

func (r *CreateTopicsRequest) walk(c *wire.Codec) {
	mapped(c, &r.TopicDetails, func(name *string, detail **TopicDetail) {
		c.String(name)
		present(c, detail)
	})
	nilAsEmpty(c, &r.TopicDetails)
	c.Millis(&r.Timeout)
	if c.Version >= 1 {
		c.Bool(&r.ValidateOnly)
	}
	c.Tags(&r.UnknownTags)
}

// TopicDetail describes a topic to create.
type TopicDetail struct {
	NumPartitions     int32              // -1 for the broker's default (v4, KIP-464), or with ReplicaAssignment
	ReplicationFactor int16              // -1 for the broker's default (v4, KIP-464), or with ReplicaAssignment
	ReplicaAssignment map[int32][]int32  // the brokers of each partition, the preferred leader first; empty to let Kafka choose
	ConfigEntries     map[string]*string // nil values are null
	UnknownTags       map[uint32][]byte
}

func (t *TopicDetail) walk(c *wire.Codec) {
	c.Int32(&t.NumPartitions)
	c.Int16(&t.ReplicationFactor)
	mapped(c, &t.ReplicaAssignment, func(partition *int32, replicas *[]int32) {
		c.Int32(partition)
		c.Int32s(replicas)
		c.Tags(nil)
	})
	mapped(c, &t.ConfigEntries, func(key *string, value **string) {
		c.String(key)
		c.NullString(value)
		c.Tags(nil)
	})
	c.Tags(&t.UnknownTags)
}

// CreateTopicsResponse answers a CreateTopicsRequest, topic by topic.
type CreateTopicsResponse struct {
	Version      int16
	ThrottleTime time.Duration                    // whole milliseconds, v2
	TopicErrors  map[string]*TopicError           // by name; ErrNoError is success
	TopicResults map[string]*CreatableTopicResult // by name, v5
	UnknownTags  map[uint32][]byte
}

func (r *CreateTopicsResponse) identity() identity { return response(KeyCreateTopics, &r.Version) }

func (r *CreateTopicsResponse) walk(c *wire.Codec) {
	if c.Version >= 2 {
		c.Millis(&r.ThrottleTime)
	}
	if c.Reading() {
		r.TopicResults = nil
		if c.Version >= 5 {
			r.TopicResults = make(map[string]*CreatableTopicResult)
		}
	}
	mapped(c, &r.TopicErrors, func(topic *string, e **TopicError) {
		if c.Reading() {
			*e = new(TopicError)
		}
		r.walkTopic(c, topic, *e)
	})
	nilAsEmpty(c, &r.TopicErrors)
	c.Tags(&r.UnknownTags)
}

func (r *CreateTopicsResponse) walkTopic(c *wire.Codec, topic *string, e *TopicError) {
	c.String(topic)
	if c.Version < 5 {
		e.walk(c)
		return
	}
	result := r.TopicResults[*topic]
	switch {
	case c.Reading():
		result = new(CreatableTopicResult)
		r.TopicResults[*topic] = result
	case result == nil:
		c.Fail(fmt.Errorf("expected TopicResult for topic, %s, for V5 protocol", *topic))
		return
	}
	if c.Version >= 7 {
		result.TopicID.walk(c)
	}
	e.walk(c)
	result.walk(c)
}

// TopicError is why a topic was not created.
type TopicError struct {
	Err    KError
	ErrMsg *string // v1
}

// Error returns the code's text, followed by the broker's message if there is one.
func (t *TopicError) Error() string { return codeAndMessage(t.Err, t.ErrMsg) }

// Unwrap returns the code.
func (t *TopicError) Unwrap() error { return t.Err }

func codeAndMessage(code KError, message *string) string {
	if message == nil {
		return code.Error()
	}
	return code.Error() + " - " + *message
}

func (t *TopicError) walk(c *wire.Codec) {
	c.Int16((*int16)(&t.Err))
	if c.Version >= 1 {
		c.NullString(&t.ErrMsg)
	}
}

// CreatableTopicResult is what a topic was created with (v5, KIP-525).
type CreatableTopicResult struct {
	TopicID              Uuid                              // v7 (KIP-516)
	TopicConfigErrorCode KError                            // why Configs is nil
	NumPartitions        int32                             // -1 if not told
	ReplicationFactor    int16                             // -1 if not told
	Configs              map[string]*CreatableTopicConfigs // by name; nil if not told
	UnknownTags          map[uint32][]byte
}

func (r *CreatableTopicResult) walk(c *wire.Codec) {
	c.Int32(&r.NumPartitions)
	c.Int16(&r.ReplicationFactor)
	nullMapped(c, &r.Configs, func(name *string, config **CreatableTopicConfigs) {
		c.String(name)
		present(c, config)
	})
	if c.Reading() {
		r.TopicConfigErrorCode = ErrNoError
	}
	c.Tags(&r.UnknownTags, wire.Tag{
		ID: 0, Set: r.TopicConfigErrorCode != ErrNoError,
		Walk: func(c *wire.Codec) { c.Int16((*int16)(&r.TopicConfigErrorCode)) },
	})
}

// CreatableTopicConfigs is a configuration entry of a created topic.
type CreatableTopicConfigs struct {
	Value        *string // nil if it is sensitive
	ReadOnly     bool
	ConfigSource ConfigSource
	IsSensitive  bool
	UnknownTags  map[uint32][]byte
}

func (v *CreatableTopicConfigs) walk(c *wire.Codec) {
	c.NullString(&v.Value)
	c.Bool(&v.ReadOnly)
	c.Int8((*int8)(&v.ConfigSource))
	c.Bool(&v.IsSensitive)
	c.Tags(&v.UnknownTags)
}

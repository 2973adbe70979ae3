package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DeleteShareGroupOffsetsRequest makes a share group without members forget where it is in topics (API
// DeleteShareGroupOffsets, KIP-932).
type DeleteShareGroupOffsetsRequest struct {
	Version     int16
	GroupID     string
	Topics      []DeleteShareGroupOffsetsRequestTopic
	UnknownTags map[uint32][]byte
}

func (r *DeleteShareGroupOffsetsRequest) identity() identity {
	return request(KeyDeleteShareGroupOffsets, &r.Version)
}

func (r *DeleteShareGroupOffsetsRequest) walk(c *wire.Codec) {
	c.String(&r.GroupID)
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// DeleteShareGroupOffsetsRequestTopic is a topic to forget.
type DeleteShareGroupOffsetsRequestTopic struct {
	TopicName   string
	UnknownTags map[uint32][]byte
}

func (t *DeleteShareGroupOffsetsRequestTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	c.Tags(&t.UnknownTags)
}

// DeleteShareGroupOffsetsResponse answers a DeleteShareGroupOffsetsRequest, topic by topic. ErrorCode is
// ErrNonEmptyGroup if the group has members.
type DeleteShareGroupOffsetsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	Responses    []DeleteShareGroupOffsetsResponseTopic
	UnknownTags  map[uint32][]byte
}

func (r *DeleteShareGroupOffsetsResponse) identity() identity {
	return response(KeyDeleteShareGroupOffsets, &r.Version)
}

func (r *DeleteShareGroupOffsetsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	values(c, &r.Responses)
	c.Tags(&r.UnknownTags)
}

// DeleteShareGroupOffsetsResponseTopic is the answer for one topic.
type DeleteShareGroupOffsetsResponseTopic struct {
	TopicName    string
	TopicID      Uuid
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (t *DeleteShareGroupOffsetsResponseTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	t.TopicID.walk(c)
	c.Int16((*int16)(&t.ErrorCode))
	c.NullString(&t.ErrorMessage)
	c.Tags(&t.UnknownTags)
}

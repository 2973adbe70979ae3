package protocol

import (
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// CreatePartitionsRequest adds partitions to topics (API CreatePartitions, KIP-195).
type CreatePartitionsRequest struct {
	Version         int16
	TopicPartitions map[string]*TopicPartition // by topic
	Timeout         time.Duration              // whole milliseconds that the controller waits for the partitions to exist
	ValidateOnly    bool                       // nothing is created
	UnknownTags     map[uint32][]byte
}

func (r *CreatePartitionsRequest) identity() identity {
	return request(KeyCreatePartitions, &r.Version)
}

func (r *CreatePartitionsRequest) walk(c *wire.Codec) {
	mapped(c, &r.TopicPartitions, func(topic *string, p **TopicPartition) {
		c.String(topic)
		present(c, p)
	})
	nilAsEmpty(c, &r.TopicPartitions)
	c.Millis(&r.Timeout)
	c.Bool(&r.ValidateOnly)
	c.Tags(&r.UnknownTags)
}

// TopicPartition is how many partitions a topic is to have.
type TopicPartition struct {
	Count       int32     // of all partitions, those that exist included
	Assignment  [][]int32 // the brokers of each new partition, the preferred leader first; empty to let Kafka choose
	UnknownTags map[uint32][]byte
}

func (t *TopicPartition) walk(c *wire.Codec) {
	c.Int32(&t.Count)
	n := len(t.Assignment)
	if n == 0 {
		n = -1
	}
	n = c.ArrayLength(n, 2)
	if c.Reading() {
		t.Assignment = slices.Grow[[][]int32](nil, max(n, 0))[:max(n, 0)]
	}
	for i := range t.Assignment {
		c.Int32s(&t.Assignment[i])
		c.Tags(nil)
	}
	c.Tags(&t.UnknownTags)
}

// CreatePartitionsResponse answers a CreatePartitionsRequest, topic by topic.
type CreatePartitionsResponse struct {
	Version              int16
	ThrottleTime         time.Duration                   // whole milliseconds
	TopicPartitionErrors map[string]*TopicPartitionError // by topic; ErrNoError is success
	UnknownTags          map[uint32][]byte
}

func (r *CreatePartitionsResponse) identity() identity {
	return response(KeyCreatePartitions, &r.Version)
}

func (r *CreatePartitionsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	mapped(c, &r.TopicPartitionErrors, func(topic *string, e **TopicPartitionError) {
		c.String(topic)
		present(c, e)
	})
	nilAsEmpty(c, &r.TopicPartitionErrors)
	c.Tags(&r.UnknownTags)
}

// TopicPartitionError is why a topic got no more partitions.
type TopicPartitionError struct {
	Err         KError
	ErrMsg      *string
	UnknownTags map[uint32][]byte
}

// Error returns the code's text, followed by the broker's message if there is one.
func (t *TopicPartitionError) Error() string { return codeAndMessage(t.Err, t.ErrMsg) }

// Unwrap returns the code.
func (t *TopicPartitionError) Unwrap() error { return t.Err }

func (t *TopicPartitionError) walk(c *wire.Codec) {
	c.Int16((*int16)(&t.Err))
	c.NullString(&t.ErrMsg)
	c.Tags(&t.UnknownTags)
}

package sarama

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ProducerMessage is a message to send. Between Input and Successes or Errors it belongs to the producer: leave it and what
// its fields point to alone.
type ProducerMessage struct {
	// Topic is the topic to send to.
	Topic string
	// Key chooses the partition, for most partitioners, and is what compaction goes by; nil is null.
	Key Encoder
	// Value is the content; nil is null, which deletes the key from a compacted topic.
	Value Encoder

	// Headers go with the record as they are (Kafka 0.11, KIP-82).
	Headers []RecordHeader

	// Metadata is yours: it is not sent, and still there when the message comes back.
	Metadata any

	// Offset is set on success to the record's offset, unless Config.Producer.RequiredAcks is NoResponse.
	Offset int64
	// Partition is set to the partition that the message was sent to; NewManualPartitioner takes it as the choice.
	Partition int32
	size      int32 // at most, encoded; here where it takes no memory of its own
	// Timestamp is when the record was made, to the millisecond (Kafka 0.10, KIP-32); a zero one is set to the time of
	// sending. On success in a topic with message.timestamp.type=LogAppendTime it is set to the broker's time.
	Timestamp time.Time

	extra  *messageExtra // what few messages have
	waiter *sendWaiter   // of the SyncProducer's caller
}

// messageExtra is what few messages have. It never changes: messages are copied, with the pointer to it.
type messageExtra struct {
	ctx        context.Context // nil: none
	index      int             // of the message in its caller's list
	encoded    bool            // key and value are set
	key, value []byte          // that encoders of the user's gave
	before     *messageExtra   // what the message had when it came
}

// SetContext has the message fail, with the cause of ctx, if ctx ends before the message is sent. Once it was sent, ctx is not
// looked at any more: see Config.Producer.DeliveryTimeout for what limits its retries. The context stays with the message when
// that comes back; a nil one takes it away.
func (m *ProducerMessage) SetContext(ctx context.Context) {
	m.extra = nil
	if ctx != nil {
		m.extra = &messageExtra{ctx: ctx}
	}
}

// Context returns the context of SetContext, or context.Background().
func (m *ProducerMessage) Context() context.Context {
	if m.extra == nil || m.extra.ctx == nil {
		return context.Background()
	}
	return m.extra.ctx
}

// ended returns why the message's context has ended, nil if it has not.
func (m *ProducerMessage) ended() error {
	if m.extra == nil || m.extra.ctx == nil || m.extra.ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("not sent, its context has ended: %w", contextError(m.extra.ctx))
}

// contextError is why ctx has ended: its error, and its cause.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// isCustom tells whether key or value is of a type of the user's.
func (m *ProducerMessage) isCustom() bool { return !isPlain(m.Key) || !isPlain(m.Value) }

// encodeCustom has encoders of the user's give their bytes, while no lock of a partition is held.
func (m *ProducerMessage) encodeCustom() error {
	key, err := encoded(m.Key)
	if err != nil {
		return err
	}
	value, err := encoded(m.Value)
	if err != nil {
		return err
	}
	extra := &messageExtra{encoded: true, key: key, value: value, before: m.extra}
	if m.extra != nil {
		extra.ctx, extra.index = m.extra.ctx, m.extra.index
	}
	m.extra = extra
	return nil
}

// returned makes the message what it was when it came.
func (m *ProducerMessage) returned() {
	if m.extra != nil && m.extra.encoded {
		m.extra = m.extra.before
	}
}

// bytes returns key and value, to read only. encodeCustom has been called if need be.
func (m *ProducerMessage) bytes() (key, value []byte) {
	if m.extra != nil && m.extra.encoded {
		return m.extra.key, m.extra.value
	}
	return plainBytes(m.Key), plainBytes(m.Value)
}

func isPlain(e Encoder) bool {
	switch e.(type) {
	case nil, ByteEncoder, StringEncoder:
		return true
	default:
		return false
	}
}

func plainBytes(e Encoder) []byte {
	switch e := e.(type) {
	case ByteEncoder:
		return e
	case StringEncoder:
		return stringBytes(e)
	default:
		return nil
	}
}

// encoded returns what an encoder gives, to read only; a nil one is null.
func encoded(e Encoder) ([]byte, error) {
	if isPlain(e) {
		return plainBytes(e), nil
	}
	return e.Encode()
}

const (
	// recordOverhead is the most that a record of message format 2 has besides key, value and headers: five varints of 32
	// bits (length, offset delta, sizes of key and value, count of headers), one of 64 bits (timestamp) and attributes.
	recordOverhead = 5*binary.MaxVarintLen32 + binary.MaxVarintLen64 + 1
	// messageOverhead is what a message of formats 0 and 1 has besides key and value: offset, size, CRC, magic,
	// attributes, two lengths.
	messageOverhead = 26
	// headerOverhead is the most that a header has besides its key and value.
	headerOverhead = 2 * binary.MaxVarintLen32
)

// ByteSize returns the most bytes that the message takes uncompressed in the given message format: 2 is that of Kafka 0.11
// and later, 0 and 1 those before, without headers.
func (m *ProducerMessage) ByteSize(version int) int {
	size := 0
	if m.Key != nil {
		size += m.Key.Length()
	}
	if m.Value != nil {
		size += m.Value.Length()
	}
	return m.sizeAround(version) + size
}

// sizeAround is ByteSize without key and value.
func (m *ProducerMessage) sizeAround(version int) int {
	if version < 2 {
		return messageOverhead
	}
	size := recordOverhead
	for i := range m.Headers {
		size += headerOverhead + len(m.Headers[i].Key) + len(m.Headers[i].Value)
	}
	return size
}

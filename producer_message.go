package sarama

import (
	"encoding/binary"
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

	custom *customBytes // key and value, if they are of types of the user's
	waiter *sendWaiter  // of the SyncProducer's caller
}

// customBytes are a key and a value that encoders of the user's gave.
type customBytes struct {
	key, value []byte
}

// encodeCustom has encoders of the user's give their bytes, while no lock of a partition is held.
func (m *ProducerMessage) encodeCustom() error {
	m.custom = nil
	if isPlain(m.Key) && isPlain(m.Value) {
		return nil
	}
	key, err := encoded(m.Key)
	if err != nil {
		return err
	}
	value, err := encoded(m.Value)
	if err != nil {
		return err
	}
	m.custom = &customBytes{key, value}
	return nil
}

// bytes returns key and value, to read only. encodeCustom has been called.
func (m *ProducerMessage) bytes() (key, value []byte) {
	if m.custom != nil {
		return m.custom.key, m.custom.value
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
	size := messageOverhead
	if version >= 2 {
		size = recordOverhead
		for i := range m.Headers {
			size += headerOverhead + len(m.Headers[i].Key) + len(m.Headers[i].Value)
		}
	}
	if m.Key != nil {
		size += m.Key.Length()
	}
	if m.Value != nil {
		size += m.Value.Length()
	}
	return size
}

// ProducerError is a message that could not be delivered, and why.
type ProducerError struct {
	// Msg is the message, yours again.
	Msg *ProducerMessage
	// Err is the last reason, retries included.
	Err error
}

// Error implements error.
func (pe ProducerError) Error() string {
	return fmt.Sprintf("kafka: Failed to produce message to topic %s: %s", pe.Msg.Topic, pe.Err)
}

// Unwrap returns the reason.
func (pe ProducerError) Unwrap() error { return pe.Err }

// ProducerErrors are the messages that were not delivered when a producer was closed, or of one SendMessages.
type ProducerErrors []*ProducerError

// Error implements error. It gives the number; the reasons are in the elements.
func (pe ProducerErrors) Error() string {
	return fmt.Sprintf("kafka: Failed to deliver %d messages.", len(pe))
}

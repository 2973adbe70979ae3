package sarama

import (
	"fmt"
	"time"
)

// ConsumerMessage is a record that was read.
type ConsumerMessage struct {
	// Headers are the record's, in the order of the producer (Kafka 0.11, KIP-82).
	Headers []*RecordHeader
	// Timestamp is when the record was made, or appended, as the topic's message.timestamp.type says (Kafka 0.10, KIP-32).
	Timestamp time.Time
	// BlockTimestamp is the greatest timestamp of the compressed set that the record came in (formats 0 and 1 only).
	BlockTimestamp time.Time

	// Key and Value are the record's; nil is null. They are yours to keep.
	Key, Value []byte
	// Topic, Partition and Offset are the record's place.
	Topic     string
	Partition int32
	epoch     int32 // of the leader that wrote the record (KIP-320), plus one; 0: not known. It fills a gap
	Offset    int64
}

// leaderEpoch returns the epoch of the leader that wrote the record, -1 if it is not known.
func (m *ConsumerMessage) leaderEpoch() int32 { return m.epoch - 1 }

// ConsumerError is what went wrong in one partition.
type ConsumerError struct {
	// Topic and Partition are where; a consumer group's own errors have no topic and partition -1.
	Topic     string
	Partition int32
	// Err is the reason.
	Err error
}

// Error implements error.
func (ce ConsumerError) Error() string {
	return fmt.Sprintf("kafka: error while consuming %s/%d: %s", ce.Topic, ce.Partition, ce.Err)
}

// Unwrap returns the reason.
func (ce ConsumerError) Unwrap() error { return ce.Err }

// ConsumerErrors are the errors of a partition that nobody had read when it was closed.
type ConsumerErrors []*ConsumerError

// Error implements error. It gives the number; the reasons are in the elements.
func (ce ConsumerErrors) Error() string {
	return fmt.Sprintf("kafka: %d errors while consuming", len(ce))
}

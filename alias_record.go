package sarama

import "github.com/seed20e6684a/sarama/protocol"

// Encoder gives the bytes of a key or a value. A nil Encoder is null.
type Encoder = protocol.Encoder

// StringEncoder is a string that can be a key or a value.
type StringEncoder = protocol.StringEncoder

// ByteEncoder is bytes that can be a key or a value. A nil ByteEncoder is null, too.
type ByteEncoder = protocol.ByteEncoder

// RecordHeader is a header of a record (KIP-82). Keys need not be unique; a nil value is null.
type RecordHeader = protocol.RecordHeader

// Record is one record of a batch of format v2.
type Record = protocol.Record

// RecordBatch is a batch of records of format v2 (Kafka 0.11, KIP-98).
type RecordBatch = protocol.RecordBatch

// Records are the records of a partition: a message set of the formats before Kafka 0.11, or a batch.
type Records = protocol.Records

// MessageSet is a sequence of messages of the formats before Kafka 0.11.
type MessageSet = protocol.MessageSet

// MessageBlock is a message with its offset in the log.
type MessageBlock = protocol.MessageBlock

// Message is a message of format v0 or v1, one of a MessageSet: a record by its older name, or a compressed set of them.
type Message = protocol.SetMessage

// Timestamp is a moment as records carry it: whole milliseconds since 1970, none for the zero time.
type Timestamp = protocol.Timestamp

// ControlRecord is the marker of a transaction's end in a partition (KIP-98). Applications do not see it.
type ControlRecord = protocol.ControlRecord

// ControlRecordType tells how a transaction ended.
type ControlRecordType = protocol.ControlRecordType

const (
	// ControlRecordAbort is the marker of an aborted transaction.
	ControlRecordAbort = protocol.ControlRecordAbort
	// ControlRecordCommit is the marker of a committed transaction.
	ControlRecordCommit = protocol.ControlRecordCommit
	// ControlRecordUnknown is a control record of another kind.
	ControlRecordUnknown = protocol.ControlRecordUnknown
)

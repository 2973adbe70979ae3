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

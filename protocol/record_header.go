package protocol

// RecordHeader is a header of a record (KIP-82). Keys need not be unique; a nil value is null.
type RecordHeader struct {
	Key   []byte
	Value []byte
}

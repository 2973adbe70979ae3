package protocol

// Encoder gives the bytes of a key or a value. A nil Encoder is null.
type Encoder interface {
	// Encode returns the bytes, which the library does not change. It may be called more than once.
	Encode() ([]byte, error)
	// Length returns how many bytes Encode returns.
	Length() int
}

// StringEncoder is a string that can be a key or a value.
type StringEncoder string

// Encode implements Encoder.
func (s StringEncoder) Encode() ([]byte, error) { return []byte(s), nil }

// Length implements Encoder.
func (s StringEncoder) Length() int { return len(s) }

// ByteEncoder is bytes that can be a key or a value. A nil ByteEncoder is null, too.
type ByteEncoder []byte

// Encode implements Encoder.
func (b ByteEncoder) Encode() ([]byte, error) { return b, nil }

// Length implements Encoder.
func (b ByteEncoder) Length() int { return len(b) }

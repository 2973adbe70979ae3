package protocol

import "fmt"

// CompressionCodec tells how the records of a batch are compressed. As text, such as in JSON, it is one of "none",
// "gzip", "snappy", "lz4" and "zstd".
type CompressionCodec int8

const (
	// CompressionNone leaves records as they are.
	CompressionNone CompressionCodec = iota
	// CompressionGZIP is gzip, levels 1 to 9; 0 does not compress, and -3 to -1 are the Go library's own.
	CompressionGZIP
	// CompressionSnappy is snappy, which has no levels.
	CompressionSnappy
	// CompressionLZ4 is lz4 (Kafka 0.10), levels 0 (fastest) to 17; those above 9 are as 9.
	CompressionLZ4
	// CompressionZSTD is zstd (Kafka 2.1, KIP-110), levels -131072 to 22, in four steps of speed.
	CompressionZSTD
)

// CompressionLevelDefault stands for each codec's own default level.
const CompressionLevelDefault = -1000

var codecNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

// String returns the name of the codec.
func (cc CompressionCodec) String() string {
	if cc < 0 || int(cc) >= len(codecNames) {
		return fmt.Sprintf("CompressionCodec(%d)", int8(cc))
	}
	return codecNames[cc]
}

// MarshalText returns the name of the codec.
func (cc CompressionCodec) MarshalText() ([]byte, error) { return []byte(cc.String()), nil }

// UnmarshalText reads the name of a codec.
func (cc *CompressionCodec) UnmarshalText(text []byte) error {
	for i, name := range codecNames {
		if name == string(text) {
			*cc = CompressionCodec(i)
			return nil
		}
	}
	return fmt.Errorf("cannot parse %q as a compression codec", text)
}

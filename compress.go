package sarama

import "github.com/seed20e6684a/sarama/protocol"

// CompressionCodec tells how the records of a batch are compressed. As text, such as in JSON, it is one of "none",
// "gzip", "snappy", "lz4" and "zstd".
type CompressionCodec = protocol.CompressionCodec

const (
	// CompressionNone leaves records as they are.
	CompressionNone = protocol.CompressionNone
	// CompressionGZIP is gzip, levels 1 to 9; 0 does not compress, and -3 to -1 are the Go library's own.
	CompressionGZIP = protocol.CompressionGZIP
	// CompressionSnappy is snappy, which has no levels.
	CompressionSnappy = protocol.CompressionSnappy
	// CompressionLZ4 is lz4 (Kafka 0.10), levels 0 (fastest) to 17; those above 9 are as 9.
	CompressionLZ4 = protocol.CompressionLZ4
	// CompressionZSTD is zstd (Kafka 2.1, KIP-110), levels -131072 to 22, in four steps of speed.
	CompressionZSTD = protocol.CompressionZSTD
)

// CompressionLevelDefault stands for each codec's own default level.
const CompressionLevelDefault = protocol.CompressionLevelDefault

// ZstdEncoderParams is a level of zstd. Nothing takes it: set Config.Producer.CompressionLevel.
type ZstdEncoderParams struct {
	Level int
}

// ZstdDecoderParams has no parameters. Nothing takes it.
type ZstdDecoderParams struct{}

// The user assigns the limit at any time before the first client: decoders read it where it is.
func init() { protocol.LimitDecompression(&MaxDecompressedBatchSize) }

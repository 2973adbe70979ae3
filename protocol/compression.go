package protocol

import (
	"errors"
	"fmt"

	"github.com/seed20e6684a/sarama/internal/compress"
)

// decompressionLimit is where the limit for [Unmarshal] is kept; nil is none.
var decompressionLimit *int32

// LimitDecompression makes [Unmarshal] read limit each time it meets a compressed batch: the most bytes that the batch
// may grow to, 0 for DefaultDecompressionLimit, negative for no limit. It is to be called before the first message is read.
func LimitDecompression(limit *int32) { decompressionLimit = limit }

func currentLimit() int {
	if decompressionLimit == nil {
		return 0
	}
	if *decompressionLimit == 0 {
		return DefaultDecompressionLimit
	}
	return max(int(*decompressionLimit), 0)
}

// DefaultDecompressionLimit is what a batch may grow to, in bytes, if the user does not say: brokers bound what it takes compressed
// alone, of which a few KiB can become many GiB.
const DefaultDecompressionLimit = 256 << 20

// CheckCompressionLevel tells whether a codec has a level: gzip -3 to 9 as Go's library counts them, lz4 0 to 17 (above
// 9 is as 9), zstd -131072 to 22. [CompressionLevelDefault] is a level of each codec; none and snappy take any.
func CheckCompressionLevel(codec CompressionCodec, level int) error {
	return compressionError(compress.CheckLevel(int8(codec), level), codec)
}

// AppendCompressed appends src, compressed, to dst; the two must not overlap. An error is a [PacketEncodingError].
func AppendCompressed(dst, src []byte, codec CompressionCodec, level int) ([]byte, error) {
	dst, err := compress.Append(dst, src, int8(codec), level)
	return dst, compressionError(err, codec)
}

func compressionError(err error, codec CompressionCodec) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, compress.ErrCodec):
		return PacketEncodingError{Info: fmt.Sprintf("unsupported compression codec (%d)", codec)}
	default:
		return PacketEncodingError{Info: err.Error()}
	}
}

// AppendDecompressed appends src, decompressed, to dst; the two must not overlap. With a limit above 0 it stops with
// [ErrDecompressedBatchTooLarge] where more bytes than that would come; other errors are a [PacketDecodingError].
func AppendDecompressed(dst, src []byte, codec CompressionCodec, limit int) ([]byte, error) {
	dst, err := compress.Decompress(dst, src, int8(codec), limit)
	switch {
	case err == nil:
		return dst, nil
	case errors.Is(err, compress.ErrTooLarge):
		return dst, fmt.Errorf("%w: %s batch decompressed to more than %d bytes", ErrDecompressedBatchTooLarge, codec, limit)
	case errors.Is(err, compress.ErrCodec):
		return dst, PacketDecodingError{Info: fmt.Sprintf("invalid compression specified (%d)", codec)}
	default:
		return dst, PacketDecodingError{Info: err.Error()}
	}
}

// DecompressedSizeHint returns a capacity that src most likely fits in once decompressed. It is at most a small multiple
// of src's size, whatever src declares.
func DecompressedSizeHint(src []byte, codec CompressionCodec) int {
	return compress.SizeHint(src, int8(codec))
}

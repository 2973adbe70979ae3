// Package compress packs and unpacks the records of Kafka's batches: gzip, snappy, lz4 and zstd, each as Kafka's Java
// client reads and writes it.
//
// Encoders and decoders are kept for the next call, at most one per processor and level; the package has no goroutine.
// Sizes that data declares of itself are hints: memory grows as data really comes, and never beyond a caller's limit.
package compress

import (
	"errors"
	"fmt"
)

// The codecs, by Kafka's numbers.
const (
	None   int8 = 0
	Gzip   int8 = 1
	Snappy int8 = 2
	LZ4    int8 = 3
	Zstd   int8 = 4
)

// LevelDefault stands for a codec's default level.
const LevelDefault = -1000

var (
	// ErrTooLarge says that the unpacked data would exceed the limit.
	ErrTooLarge = errors.New("unpacked data is larger than the limit")
	// ErrCodec says that there is no codec of that number.
	ErrCodec = errors.New("unknown compression codec")
	// ErrLevel says that a codec does not have that level.
	ErrLevel = errors.New("compression level out of range")

	errCorrupt = errors.New("corrupt data")
)

// slack is room beyond the unpacked data: a reader that needs one more read to see the end has it, and zstd's decoder
// may take its faster loop.
const slack = 16

// CheckLevel tells whether a codec has a level. LevelDefault is one of each; codecs without levels take any.
func CheckLevel(codec int8, level int) error {
	lowest, highest := level, level
	switch codec {
	case None, Snappy:
	case Gzip:
		lowest, highest = gzipLowest, gzipHighest
	case LZ4:
		lowest, highest = lz4Lowest, lz4Highest
	case Zstd:
		lowest, highest = zstdLowest, zstdHighest
	default:
		return fmt.Errorf("%w (%d)", ErrCodec, codec)
	}
	if level != LevelDefault && (level < lowest || level > highest) {
		return fmt.Errorf("%w: %s has %d to %d, not %d", ErrLevel, nameOf(codec), lowest, highest, level)
	}
	return nil
}

func nameOf(codec int8) string { return [...]string{"none", "gzip", "snappy", "lz4", "zstd"}[codec] }

// Append appends src, packed, to dst. The two must not overlap.
func Append(dst, src []byte, codec int8, level int) ([]byte, error) {
	if err := CheckLevel(codec, level); err != nil {
		return dst, err
	}
	switch codec {
	case Gzip:
		return appendGzip(dst, src, level)
	case Snappy:
		return appendSnappy(dst, src), nil
	case LZ4:
		return appendLZ4(dst, src, level)
	case Zstd:
		return appendZstd(dst, src, level)
	default:
		return append(dst, src...), nil
	}
}

// Decompress appends src, unpacked, to dst. The two must not overlap. With a limit above 0 it appends at most that many
// bytes; data beyond is ErrTooLarge. On an error it returns dst as it was.
func Decompress(dst, src []byte, codec int8, limit int) ([]byte, error) {
	unpack := decompressNone
	switch codec {
	case None:
	case Gzip:
		unpack = decompressGzip
	case Snappy:
		unpack = decompressSnappy
	case LZ4:
		unpack = decompressLZ4
	case Zstd:
		unpack = decompressZstd
	default:
		return dst, fmt.Errorf("%w (%d)", ErrCodec, codec)
	}
	out, err := unpack(dst, src, limit)
	if err != nil {
		return dst, fmt.Errorf("%s: %w", nameOf(codec), err)
	}
	return out, nil
}

func decompressNone(dst, src []byte, limit int) ([]byte, error) {
	if limit > 0 && len(src) > limit {
		return dst, ErrTooLarge
	}
	return append(dst, src...), nil
}

// SizeHint returns a capacity that the unpacked src most likely fits in, a few bytes more than it takes, as far as the
// format tells; or a guess. It is a small multiple of src's size at most, whatever src declares.
func SizeHint(src []byte, codec int8) int {
	n := 0
	switch codec {
	case Gzip:
		n = gzipSize(src)
	case Snappy:
		n = snappySize(src)
	case LZ4:
		n = lz4Size(src)
	case Zstd:
		n = zstdSize(src)
	default:
		n = len(src)
	}
	return min(n, believable(src)) + slack
}

// believable is how much memory a size that src declares is worth before any of the data has come.
func believable(src []byte) int { return 32*len(src) + 4096 }

// firstRoom is how much to set aside before unpacking src.
func firstRoom(src []byte, codec int8, limit int) int {
	n := SizeHint(src, codec)
	if limit > 0 {
		n = min(n, limit+slack)
	}
	return n
}

// room returns dst with capacity for n more bytes.
func room(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(make([]byte, 0, len(dst)+n), dst...)
}

// moreRoom is room that grows in steps, for data whose end is not in sight; start is where dst's new part begins.
func moreRoom(dst []byte, n, start, limit int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	had := len(dst) - start
	step := max(n, had, 4096)
	if limit > 0 {
		step = max(n, min(step, limit+slack-had))
	}
	return room(dst, step)
}

// left is how many bytes the limit allows beyond dst's from start on.
func left(dst []byte, start, limit int) int {
	if limit <= 0 {
		return int(^uint(0) >> 1)
	}
	return limit - (len(dst) - start)
}

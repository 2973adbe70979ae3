package compress

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/s2"
)

// xerialHeader is how Java's snappy streams begin, which Kafka's clients and brokers write and read: a magic, and the version
// of the format and the oldest that it is compatible with, both 1. Blocks follow, each after its size in four bytes.
var xerialHeader = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}

const (
	xerialMagic = 8
	snappyBlock = 32 << 10
	// snappyRatio is what snappy may pack one byte of: three bytes can stand for 64.
	snappyRatio = 22
)

func appendSnappy(dst, src []byte) []byte {
	dst = append(dst, xerialHeader...)
	for len(src) > 0 {
		block := src[:min(len(src), snappyBlock)]
		src = src[len(block):]
		dst = moreRoom(dst, 4+s2.MaxEncodedLen(len(block)), 0, 0)
		at := len(dst)
		packed := s2.EncodeSnappy(dst[at+4:cap(dst)], block)
		dst = dst[:at+4+len(packed)]
		binary.BigEndian.PutUint32(dst[at:], uint32(len(packed)))
	}
	return dst
}

// decompressSnappy reads one bare block, as librdkafka and other C clients write it, or a stream of them.
func decompressSnappy(dst, src []byte, limit int) ([]byte, error) {
	start := len(dst)
	dst = room(dst, firstRoom(src, Snappy, limit))
	if !bytes.HasPrefix(src, xerialHeader[:xerialMagic]) {
		return appendSnappyBlock(dst, src, start, limit)
	}
	if len(src) < len(xerialHeader) {
		return dst, fmt.Errorf("%w: %d bytes of a header", errCorrupt, len(src))
	}
	for rest := src[len(xerialHeader):]; len(rest) > 0; {
		block, err := cutSnappyBlock(&rest)
		if err == nil {
			dst, err = appendSnappyBlock(dst, block, start, limit)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func cutSnappyBlock(rest *[]byte) ([]byte, error) {
	b := *rest
	if len(b) < 4 {
		return nil, fmt.Errorf("%w: %d bytes of a block's size", errCorrupt, len(b))
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, fmt.Errorf("%w: a block of %d bytes where %d are left", errCorrupt, n, len(b)-4)
	}
	*rest = b[4+n:]
	return b[4 : 4+n], nil
}

func appendSnappyBlock(dst, block []byte, start, limit int) ([]byte, error) {
	n, err := s2.DecodedLen(block)
	switch {
	case err != nil:
		return dst, err
	case n > snappyRatio*len(block):
		return dst, fmt.Errorf("%w: %d bytes cannot hold %d", errCorrupt, len(block), n)
	case n > left(dst, start, limit):
		return dst, ErrTooLarge
	}
	dst = moreRoom(dst, n, start, limit)
	end := len(dst) + n
	if _, err := s2.Decode(dst[len(dst):end:end], block); err != nil {
		return dst, err
	}
	return dst[:end], nil
}

func snappySize(src []byte) int {
	if !bytes.HasPrefix(src, xerialHeader[:xerialMagic]) {
		n, _ := s2.DecodedLen(src) // 0 with an error
		return n
	}
	total := 0
	for rest := src[min(len(xerialHeader), len(src)):]; len(rest) > 0; {
		block, err := cutSnappyBlock(&rest)
		if err != nil {
			break
		}
		n, _ := s2.DecodedLen(block)
		total += min(n, snappyRatio*len(block))
	}
	return total
}

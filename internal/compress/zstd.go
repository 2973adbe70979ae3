package compress

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// zstdLowest and zstdHighest are Kafka's; the library has four speeds for them.
	zstdLowest  = -(128 << 10)
	zstdHighest = 22

	zstdBlock = 128 << 10 // a block never unpacks to more
)

// zstdEncoders are the free encoders of each speed.
var zstdEncoders = func() (lists [zstd.SpeedBestCompression + 1]freeList[*zstd.Encoder]) {
	for i := range lists {
		lists[i] = newFreeList(func() *zstd.Encoder {
			e, err := zstd.NewWriter(nil,
				zstd.WithEncoderLevel(zstd.EncoderLevel(i)),
				zstd.WithEncoderConcurrency(1),
				zstd.WithZeroFrames(true),  // nothing is a frame, too
				zstd.WithEncoderCRC(false), // the batch around has a checksum
			)
			if err != nil {
				panic(err) // the options are valid
			}
			return e
		})
	}
	return lists
}()

func appendZstd(dst, src []byte, level int) ([]byte, error) {
	speed := zstd.SpeedDefault
	if level != LevelDefault {
		speed = zstd.EncoderLevelFromZstd(level)
	}
	e := zstdEncoders[speed].get()
	dst = e.EncodeAll(src, dst)
	zstdEncoders[speed].put(e)
	return dst, nil
}

// zstdDecoder is one for all: it decodes as many at a time as there are processors, and never beyond the capacity of
// what it is given.
var zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(err) // the options are valid
	}
	return d
})

func decompressZstd(dst, src []byte, limit int) ([]byte, error) {
	m, err := measureZstd(src)
	if err != nil {
		return dst, err
	}
	if m.declared > left(dst, len(dst), limit) {
		return dst, ErrTooLarge
	}
	if m.declared > believable(src) {
		// The decoder would not start without all the memory that the frames say they take. Without their saying so, it
		// goes as far as there is room.
		src = undeclareZstd(src)
	}
	full := m.most + slack
	if limit > 0 {
		full = min(full, limit+zstdBlock+slack) // a block beyond the limit tells that there is more
	}
	start := len(dst)
	dst = room(dst, min(firstRoom(src, Zstd, limit), full))
	for {
		had := cap(dst) - start
		out, err := zstdDecoder().DecodeAll(src, dst[start:start])
		switch {
		case limit > 0 && len(out) > limit:
			return dst, ErrTooLarge
		case err == nil && len(out) <= had:
			return dst[:start+len(out)], nil
		case err == nil:
			return append(dst, out...), nil // a block that is not packed has made room of its own
		case had >= full, !errors.Is(err, zstd.ErrDecoderSizeExceeded) && len(out)+zstdBlock+slack < had:
			return dst, err
		}
		// The decoder may have stopped for want of room, which it has no single error for. It gets four times as much, so
		// that decoding again costs a third of the whole at most.
		dst = room(dst, min(4*had+zstdBlock, full))
	}
}

// zstdMeasure is what frames tell about their data before it is decoded.
type zstdMeasure struct {
	declared int // bytes, of the frames that say so
	most     int // bytes that all the frames can hold at most
}

func measureZstd(src []byte) (zstdMeasure, error) {
	var m zstdMeasure
	var h zstd.Header
	for {
		frame, most, err := nextZstdFrame(&src, &h)
		if frame == nil || err != nil {
			return m, err
		}
		if h.HasFCS {
			if h.FrameContentSize > uint64(most) {
				return m, fmt.Errorf("%w: a frame of %d bytes has blocks for %d at most", errCorrupt, h.FrameContentSize, most)
			}
			most = int(h.FrameContentSize)
			m.declared += most
		}
		m.most += most
	}
}

// nextZstdFrame cuts off the next frame with data: its header, all its bytes, and how many its blocks can hold at most.
// At the end it is nil.
func nextZstdFrame(src *[]byte, h *zstd.Header) (frame []byte, most int, err error) {
	for len(*src) > 0 {
		if err := h.Decode(*src); err != nil {
			return nil, 0, ended(err)
		}
		if h.Skippable {
			n := uint64(h.HeaderSize) + uint64(h.SkippableSize)
			if n > uint64(len(*src)) {
				return nil, 0, io.ErrUnexpectedEOF
			}
			*src = (*src)[n:]
			continue
		}
		if h.DictionaryID != 0 {
			return nil, 0, fmt.Errorf("%w: a frame that needs a dictionary", errCorrupt)
		}
		size, most, err := walkZstdBlocks(*src, h)
		if err != nil {
			return nil, 0, err
		}
		frame, *src = (*src)[:size], (*src)[size:]
		return frame, most, nil
	}
	return nil, 0, nil
}

// walkZstdBlocks goes from one block's header to the next, up to the frame's end.
func walkZstdBlocks(src []byte, h *zstd.Header) (size, most int, err error) {
	at := h.HeaderSize
	for last := false; !last; {
		if at+3 > len(src) {
			return 0, 0, io.ErrUnexpectedEOF
		}
		header := int(src[at]) | int(src[at+1])<<8 | int(src[at+2])<<16
		last = header&1 != 0
		n := header >> 3
		at += 3
		switch header >> 1 & 3 {
		case 0: // raw
			at += n
			most += n
		case 1: // one byte, many times
			at++
			most += n
		default:
			at += n
			most += zstdBlock
		}
	}
	if h.HasCheckSum {
		at += 4
	}
	if at > len(src) {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return at, most, nil
}

// undeclareZstd copies frames, which have been measured, without the sizes of their content.
func undeclareZstd(src []byte) []byte {
	const checksum = 4 // the flag that stays in the descriptor
	out := make([]byte, 0, len(src)+16)
	var h zstd.Header
	for {
		frame, _, err := nextZstdFrame(&src, &h)
		switch {
		case frame == nil || err != nil:
			return out
		case !h.HasFCS:
			out = append(out, frame...)
			continue
		}
		window := h.WindowSize
		if h.SingleSegment {
			window = h.FrameContentSize
		}
		log := max(bits.Len64(max(window, 1)-1), 10)
		out = append(out, frame[:4]...)
		out = append(out, frame[4]&checksum, byte(log-10)<<3)
		out = append(out, frame[h.HeaderSize:]...)
	}
}

// zstdSize is the declared size, or for frames without one (Java streams them) a usual ratio.
func zstdSize(src []byte) int {
	m, err := measureZstd(src)
	if err != nil {
		return 0
	}
	if m.declared == m.most {
		return m.declared
	}
	return min(m.most, m.declared+8*len(src))
}

package compress

import (
	"encoding/binary"
	"fmt"

	"github.com/pierrec/lz4/v4"
)

const (
	lz4Lowest = 0
	// lz4Highest is Kafka's; the library ends at 9, which stands for all above.
	lz4Highest = 17
	lz4Deepest = 9

	lz4Block = 64 << 10
	lz4Raw   = 1 << 31 // in a block's size: the block is not packed
	// lz4Ratio is what lz4 may pack one byte of: a byte of a match's length counts up to 255.
	lz4Ratio = 255

	lz4Magic         = 0x184D2204
	lz4SkippableMask = 0xFFFFFFF0
	lz4Skippable     = 0x184D2A50
)

// lz4Header begins every frame that is written: blocks of 64 KiB that do not depend on each other, no checksums beside
// the header's own, its last byte. Kafka's batches have a checksum already. Java reads no other kind of blocks.
var lz4Header = []byte{0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82}

// lz4Packer is an encoder: of the level that it is set to, or the fast one.
type lz4Packer struct {
	fast *lz4.Compressor
	high *lz4.CompressorHC
}

func (p lz4Packer) pack(src, dst []byte) (int, error) {
	if p.fast != nil {
		return p.fast.CompressBlock(src, dst)
	}
	return p.high.CompressBlock(src, dst)
}

var (
	lz4Fast = newFreeList(func() lz4Packer { return lz4Packer{fast: new(lz4.Compressor)} })
	lz4High = newFreeList(func() lz4Packer { return lz4Packer{high: new(lz4.CompressorHC)} })
)

func appendLZ4(dst, src []byte, level int) ([]byte, error) {
	list := lz4Fast
	if level > 0 {
		list = lz4High
	}
	p := list.get()
	defer list.put(p)
	if level > 0 {
		p.high.Level = lz4.Level1 << (min(level, lz4Deepest) - 1)
	}
	dst = append(dst, lz4Header...)
	for len(src) > 0 {
		block := src[:min(len(src), lz4Block)]
		src = src[len(block):]
		dst = moreRoom(dst, 4+lz4.CompressBlockBound(len(block)), 0, 0)
		at := len(dst)
		n, err := p.pack(block, dst[at+4:cap(dst)])
		if err != nil {
			return dst, fmt.Errorf("lz4: %w", err)
		}
		size := uint32(n)
		if n == 0 || n >= len(block) {
			n = copy(dst[at+4:cap(dst)], block)
			size = uint32(n) | lz4Raw
		}
		dst = dst[:at+4+n]
		binary.LittleEndian.PutUint32(dst[at:], size)
	}
	return append(dst, 0, 0, 0, 0), nil
}

// lz4Frame is a frame that is being read.
type lz4Frame struct {
	rest            []byte
	blockMax        int
	linked          bool // blocks refer to the ones before
	blockChecksum   bool
	contentChecksum bool
}

// open reads a frame's header. Its checksum is passed over, and so are those of the blocks and of the content: the batch
// around has one, and early Java clients computed the header's wrongly (KAFKA-3160).
func (f *lz4Frame) open(src []byte) error {
	if len(src) < len(lz4Header) {
		return fmt.Errorf("%w: %d bytes of a header", errCorrupt, len(src))
	}
	flags, descriptor := src[4], src[5]
	size := descriptor >> 4 & 7
	switch {
	case binary.LittleEndian.Uint32(src) != lz4Magic:
		return fmt.Errorf("%w: not an lz4 frame", errCorrupt)
	case flags>>6 != 1 || flags&3 != 0 || descriptor&0x8f != 0 || size < 4:
		return fmt.Errorf("%w: unknown frame descriptor %#x %#x", errCorrupt, flags, descriptor)
	}
	header := len(lz4Header)
	if flags&0x08 != 0 {
		header += 8 // the content's size
	}
	if len(src) < header {
		return fmt.Errorf("%w: %d bytes of a header", errCorrupt, len(src))
	}
	*f = lz4Frame{
		rest: src[header:], blockMax: 1 << (8 + 2*size),
		linked: flags&0x20 == 0, blockChecksum: flags&0x10 != 0, contentChecksum: flags&0x04 != 0,
	}
	return nil
}

// next cuts off the next block; at the frame's end it is nil.
func (f *lz4Frame) next() (block []byte, raw bool, err error) {
	if len(f.rest) < 4 {
		return nil, false, fmt.Errorf("%w: no end of the frame", errCorrupt)
	}
	size := binary.LittleEndian.Uint32(f.rest)
	f.rest = f.rest[4:]
	if size == 0 {
		return nil, false, f.skip(f.contentChecksum)
	}
	raw = size&lz4Raw != 0
	n := int(size &^ lz4Raw)
	if n == 0 || n > f.blockMax || n > len(f.rest) {
		return nil, false, fmt.Errorf("%w: a block of %d bytes where %d are left", errCorrupt, n, len(f.rest))
	}
	block = f.rest[:n]
	f.rest = f.rest[n:]
	return block, raw, f.skip(f.blockChecksum)
}

func (f *lz4Frame) skip(checksum bool) error {
	switch {
	case !checksum:
	case len(f.rest) < 4:
		return fmt.Errorf("%w: no checksum", errCorrupt)
	default:
		f.rest = f.rest[4:]
	}
	return nil
}

func decompressLZ4(dst, src []byte, limit int) ([]byte, error) {
	start := len(dst)
	dst = room(dst, firstRoom(src, LZ4, limit))
	for len(src) > 0 {
		if after, ok := skipLZ4(src); ok {
			src = after
			continue
		}
		var f lz4Frame
		if err := f.open(src); err != nil {
			return dst, err
		}
		var err error
		if dst, err = f.unpack(dst, start, limit); err != nil {
			return dst, err
		}
		src = f.rest
	}
	return dst, nil
}

// skipLZ4 passes over a frame that holds no data.
func skipLZ4(src []byte) ([]byte, bool) {
	if len(src) < 8 || binary.LittleEndian.Uint32(src)&lz4SkippableMask != lz4Skippable {
		return src, false
	}
	n := binary.LittleEndian.Uint32(src[4:])
	if uint64(n) > uint64(len(src)-8) {
		return src, false
	}
	return src[8+n:], true
}

func (f *lz4Frame) unpack(dst []byte, start, limit int) ([]byte, error) {
	frameAt := len(dst)
	for {
		block, raw, err := f.next()
		if block == nil || err != nil {
			return dst, err
		}
		if raw {
			if len(block) > left(dst, start, limit) {
				return dst, ErrTooLarge
			}
			dst = append(moreRoom(dst, len(block), start, limit), block...)
			continue
		}
		most := min(f.blockMax, lz4Ratio*len(block))
		allowed := left(dst, start, limit)
		if most > min(cap(dst)-len(dst), allowed) {
			// The block may not fit. How much it holds is told by a walk through it.
			most = lz4BlockSize(block)
			switch {
			case most < 0 || most > f.blockMax:
				return dst, fmt.Errorf("%w: in a block", errCorrupt)
			case most > allowed:
				return dst, ErrTooLarge
			}
			dst = moreRoom(dst, most, start, limit)
		}
		var window []byte
		if f.linked {
			window = dst[max(frameAt, len(dst)-lz4Block):]
		}
		at := len(dst)
		n, err := lz4.UncompressBlockWithDict(block, dst[at:at+most:at+most], window)
		if err != nil {
			return dst, err
		}
		dst = dst[:at+n]
	}
}

// lz4BlockSize is how many bytes a block unpacks to, -1 if it is none.
func lz4BlockSize(b []byte) int {
	total := 0
	for i := 0; i < len(b); {
		token := b[i]
		n, next := lz4Length(b, i+1, int(token>>4))
		total += n
		i = next + n
		if i >= len(b) {
			if i > len(b) {
				return -1
			}
			break // the last sequence has no match
		}
		if n, i = lz4Length(b, i+2, int(token&15)); i > len(b) {
			return -1
		}
		total += n + 4
	}
	return total
}

// lz4Length reads the bytes that a length of 15 goes on with; next is beyond b if they are cut off.
func lz4Length(b []byte, i, n int) (length, next int) {
	if n < 15 {
		return n, i
	}
	for i < len(b) {
		c := b[i]
		i++
		n += int(c)
		if c != 255 {
			return n, i
		}
	}
	return n, len(b) + 1
}

// lz4Size walks over the blocks: all but the last of a frame are as large as the frame says blocks are.
func lz4Size(src []byte) int {
	total := 0
	for len(src) > 0 {
		if after, ok := skipLZ4(src); ok {
			src = after
			continue
		}
		var f lz4Frame
		if f.open(src) != nil {
			break
		}
		total += f.size()
		src = f.rest
	}
	return total
}

func (f *lz4Frame) size() int {
	total := 0
	var last []byte
	for {
		block, raw, err := f.next()
		if last != nil {
			if block == nil {
				total += max(lz4BlockSize(last), 0)
			} else {
				total += min(f.blockMax, lz4Ratio*len(last))
			}
			last = nil
		}
		switch {
		case err != nil:
			f.rest = nil
			return total
		case block == nil:
			return total
		case raw:
			total += len(block)
		default:
			last = block
		}
	}
}

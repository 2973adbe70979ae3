package protocol

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/seed20e6684a/sarama/internal/memory"
)

// setEntry is a message of format v0 or v1 in a message set, in the memory that it was read from.
type setEntry struct {
	offset     int64
	length     int32
	crc        uint32
	magic      int8
	attributes int8
	timestamp  int64 // -1 with v0
	key, value []byte
	checked    []byte // what the CRC is of
}

func (e *setEntry) codec() CompressionCodec { return CompressionCodec(e.attributes & codecMask) }

func (e *setEntry) verify() error {
	if crc := crc32.ChecksumIEEE(e.checked); crc != e.crc {
		return crcError(e.crc, crc)
	}
	return nil
}

// setMessageMin is the length of a message of format v0 without key and value.
const setMessageMin = 14

// readSetEntry reads the message that b begins with, but does not look at its CRC. [ErrInsufficientData] says that b
// ends within it; other errors are a [PacketDecodingError].
func readSetEntry(b []byte) (e setEntry, rest []byte, err error) {
	if len(b) < lengthEnd {
		return e, b, ErrInsufficientData
	}
	e.offset = int64(binary.BigEndian.Uint64(b))
	e.length = int32(binary.BigEndian.Uint32(b[lengthOffset:]))
	switch {
	case e.length < setMessageMin:
		return e, b, PacketDecodingError{Info: fmt.Sprintf("message of length %d", e.length)}
	case int64(e.length) > int64(len(b)-lengthEnd):
		return e, b, ErrInsufficientData
	}
	end := lengthEnd + int(e.length)
	m := b[lengthEnd:end:end]
	e.crc = binary.BigEndian.Uint32(m)
	e.checked = m[4:]
	e.magic, e.attributes = int8(m[4]), int8(m[5])
	e.timestamp = -1
	m = m[6:]
	switch {
	case e.magic == 1 && len(m) >= 16:
		e.timestamp = int64(binary.BigEndian.Uint64(m))
		m = m[8:]
	case e.magic != 0:
		return e, b, PacketDecodingError{Info: fmt.Sprintf("unknown magic byte (%v)", e.magic)}
	}
	var ok bool
	if e.key, m, ok = cutLongBytes(m); ok {
		e.value, m, ok = cutLongBytes(m)
	}
	if !ok || len(m) != 0 {
		return e, b, PacketDecodingError{Info: "message's fields do not fit its length"}
	}
	return e, b[end:], nil
}

// cutLongBytes cuts off bytes after their length of four bytes, nil for -1.
func cutLongBytes(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, b, false
	}
	n := int32(binary.BigEndian.Uint32(b))
	b = b[4:]
	switch {
	case n == -1:
		return nil, b, true
	case n < 0 || int64(n) > int64(len(b)):
		return nil, b, false
	}
	return b[:n:n], b[n:], true
}

// SetRecord is a message of format v0 or v1 as a consumer sees it.
type SetRecord struct {
	Offset        int64
	Timestamp     int64 // milliseconds since 1970, -1 for none
	LogAppendTime bool  // Timestamp is when the broker appended the message
	Key           []byte
	Value         []byte
}

// SetReader reads one message of format v0 or v1, or the many of a compressed set.
type SetReader struct {
	outer   setEntry
	inner   []byte // of a compressed set: the messages not read yet
	base    int64  // what the offsets within are relative to
	pending bool   // the outer message is one itself, and not read yet
}

// Reset starts over with the data of a batch of [BatchReader] whose magic is 0 or 1. A compressed set is decompressed into
// memory of its own; limit is the most bytes that it may grow to, 0 for no limit. The batch's CRC is not verified.
func (s *SetReader) Reset(data []byte, limit int) error {
	*s = SetReader{}
	e, _, err := readSetEntry(data)
	if err != nil {
		return err
	}
	s.outer = e
	if e.codec() == CompressionNone {
		s.pending = true
		return nil
	}
	room := DecompressedSizeHint(e.value, e.codec())
	if limit > 0 {
		room = min(room, limit)
	}
	inner, err := AppendDecompressed(memory.Uncleared(room)[:0], e.value, e.codec(), limit)
	if err != nil {
		return fmt.Errorf("message set at offset %d: %w", e.offset, err)
	}
	s.inner = inner
	if e.magic == 0 {
		return nil
	}
	// The set has the offset of its last message, and within it they count from 0 (KIP-31).
	last := int64(0)
	for rest := inner; len(rest) > 0; {
		var inside setEntry
		if inside, rest, err = readSetEntry(rest); err != nil {
			return s.damaged(err)
		}
		last = inside.offset
	}
	s.base = e.offset - last
	return nil
}

// Next reads the next message into m and reports whether there is one. Key and value share memory with the data or with
// what was decompressed. Messages within a set have their CRC verified. The error is a [PacketDecodingError].
func (s *SetReader) Next(m *SetRecord) (bool, error) {
	if s.pending {
		s.pending = false
		e := &s.outer
		*m = SetRecord{e.offset, e.timestamp, e.attributes&logAppendTimeMask != 0, e.key, e.value}
		return true, nil
	}
	if len(s.inner) == 0 {
		return false, nil
	}
	e, rest, err := readSetEntry(s.inner)
	if err == nil {
		err = e.verify()
	}
	if err == nil && e.codec() != CompressionNone {
		err = errNestedSet
	}
	if err != nil {
		return false, s.damaged(err)
	}
	s.inner = rest
	*m = SetRecord{s.base + e.offset, e.timestamp, e.attributes&logAppendTimeMask != 0, e.key, e.value}
	if s.outer.magic > 0 && s.outer.attributes&logAppendTimeMask != 0 {
		m.Timestamp, m.LogAppendTime = s.outer.timestamp, true
	}
	return true, nil
}

// errNestedSet refuses what Kafka does not know, and what would let sets unpack without end.
var errNestedSet = PacketDecodingError{Info: "compressed message set within a compressed message set"}

// damaged ends a set whose content is wrong. It was sent as a whole, so that too few bytes are no cut.
func (s *SetReader) damaged(err error) error {
	s.inner = nil
	return PacketDecodingError{Info: fmt.Sprintf("message set at offset %d: %v", s.outer.offset, err)}
}

// SetMessageSize returns how many bytes [AppendSetMessage] appends.
func SetMessageSize(version int8, key, value []byte) int {
	n := lengthEnd + setMessageMin + len(key) + len(value)
	if version > 0 {
		n += 8
	}
	return n
}

// AppendSetMessage appends a message of format v0 or v1, for brokers before Kafka 0.11. Only v1 has the timestamp, in
// milliseconds since 1970. A nil key or value is null.
func AppendSetMessage(dst []byte, version int8, offset, timestampMs int64, key, value []byte) []byte {
	return appendSetMessage(dst, version, 0, offset, timestampMs, key, value)
}

func appendSetMessage(dst []byte, version, attributes int8, offset, timestampMs int64, key, value []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, SetMessageSize(version, key, value))
	dst = append(dst, make([]byte, magicOffset)...)
	dst = append(dst, byte(version), byte(attributes))
	if version > 0 {
		dst = binary.BigEndian.AppendUint64(dst, uint64(timestampMs))
	}
	dst = appendLongBytes(dst, key)
	dst = appendLongBytes(dst, value)
	finishSetMessage(dst[at:], offset)
	return dst
}

func appendLongBytes(dst, b []byte) []byte {
	if b == nil {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, b...)
}

func finishSetMessage(m []byte, offset int64) {
	binary.BigEndian.PutUint64(m, uint64(offset))
	binary.BigEndian.PutUint32(m[lengthOffset:], uint32(len(m)-lengthEnd))
	binary.BigEndian.PutUint32(m[lengthEnd:], crc32.ChecksumIEEE(m[magicOffset:]))
}

// AppendCompressedSet appends a message of format v0 or v1 whose value is a message set, compressed. Within the set of v1
// offsets count from 0, and offset is that of the last one; with v0 brokers assign them all. The timestamp of v1 is the
// latest of the set's. An error is a [PacketEncodingError].
func AppendCompressedSet(dst []byte, version int8, offset, timestampMs int64, set []byte, codec CompressionCodec, level int) ([]byte, error) {
	at := len(dst)
	dst = appendSetMessage(dst, version, int8(codec)&codecMask, offset, timestampMs, nil, nil)
	valueAt := len(dst)
	dst, err := AppendCompressed(dst, set, codec, level)
	if err != nil {
		return dst[:at], err
	}
	if version == 0 && codec == CompressionLZ4 {
		breakLZ4Header(dst[valueAt:])
	}
	binary.BigEndian.PutUint32(dst[valueAt-4:], uint32(len(dst)-valueAt))
	finishSetMessage(dst[at:], offset)
	return dst, nil
}

// breakLZ4Header writes the checksum of an lz4 header as Kafka before 0.10 computed it, over four bytes too many: with
// format v0, brokers of that time refuse the right one (KAFKA-3160). The header is always the same.
func breakLZ4Header(frame []byte) { frame[6] = 0x1a }

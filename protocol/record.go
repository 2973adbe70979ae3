package protocol

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"time"
)

// Record is one record of a batch of format v2.
type Record struct {
	Headers []*RecordHeader

	Attributes     int8          // none are known
	TimestampDelta time.Duration // from the batch's FirstTimestamp, whole milliseconds
	OffsetDelta    int64         // from the batch's FirstOffset
	Key            []byte        // nil is null
	Value          []byte        // nil is null
}

func (r *Record) append(dst []byte) []byte {
	var few [8]RecordHeader
	return appendRecord(dst, r.Attributes, r.OffsetDelta, r.timestampMillis(), r.Key, r.Value, r.headers(few[:0]))
}

// size is how many bytes append appends.
func (r *Record) size() int {
	var few [8]RecordHeader
	n := recordBodySize(r.OffsetDelta, r.timestampMillis(), r.Key, r.Value, r.headers(few[:0]))
	return varintSize(int64(n)) + n
}

func (r *Record) timestampMillis() int64 { return int64(r.TimestampDelta / time.Millisecond) }

func (r *Record) headers(dst []RecordHeader) []RecordHeader {
	for _, h := range r.Headers {
		dst = append(dst, *h)
	}
	return dst
}

// decode reads a record whose keys, values and headers share b's memory.
func (r *Record) decode(b []byte) ([]byte, error) {
	var v RecordView
	rest, err := ReadRecord(b, &v)
	if err != nil {
		return rest, err
	}
	*r = Record{
		Attributes:     v.Attributes,
		TimestampDelta: time.Duration(v.TimestampDelta) * time.Millisecond,
		OffsetDelta:    v.OffsetDelta,
		Key:            v.Key,
		Value:          v.Value,
		Headers:        []*RecordHeader{},
	}
	if v.NumHeaders == 0 {
		return rest, nil
	}
	block, err := v.AppendHeaders(make([]RecordHeader, 0, v.NumHeaders))
	if err != nil {
		return rest, err
	}
	r.Headers = make([]*RecordHeader, len(block))
	for i := range block {
		r.Headers[i] = &block[i]
	}
	return rest, nil
}

// AppendRecord appends one record of format v2. A nil key or value is null. Brokers refuse a header whose key is null,
// so a nil one is written as empty.
func AppendRecord(dst []byte, offsetDelta int32, timestampDelta int64, key, value []byte, headers []RecordHeader) []byte {
	return appendRecord(dst, 0, int64(offsetDelta), timestampDelta, key, value, headers)
}

// RecordSize returns how many bytes [AppendRecord] appends.
func RecordSize(offsetDelta int32, timestampDelta int64, key, value []byte, headers []RecordHeader) int {
	n := recordBodySize(int64(offsetDelta), timestampDelta, key, value, headers)
	return varintSize(int64(n)) + n
}

// recordBodySize is the size of what follows a record's length.
func recordBodySize(offsetDelta, timestampDelta int64, key, value []byte, headers []RecordHeader) int {
	n := 1 + varintSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value) +
		varintSize(int64(len(headers)))
	for i := range headers {
		n += varintSize(int64(len(headers[i].Key))) + len(headers[i].Key) + bytesSize(headers[i].Value)
	}
	return n
}

func appendRecord(dst []byte, attributes int8, offsetDelta, timestampDelta int64, key, value []byte, headers []RecordHeader) []byte {
	size := recordBodySize(offsetDelta, timestampDelta, key, value, headers)
	need := varintSize(int64(size)) + size
	at := len(dst)
	if cap(dst)-at < need {
		dst = slices.Grow(dst, need)
	}
	dst = dst[:at+need]
	b := dst[at:]
	n := putVarint(b, int64(size))
	b[n] = byte(attributes)
	n++
	n += putVarint(b[n:], timestampDelta)
	n += putVarint(b[n:], offsetDelta)
	n += putBytes(b[n:], key)
	n += putBytes(b[n:], value)
	n += putVarint(b[n:], int64(len(headers)))
	for i := range headers {
		n += putVarint(b[n:], int64(len(headers[i].Key)))
		n += copy(b[n:], headers[i].Key)
		n += putBytes(b[n:], headers[i].Value)
	}
	return dst
}

// varintSize is the size of a number in zigzag groups of seven bits.
func varintSize(v int64) int {
	u := uint64(v<<1) ^ uint64(v>>63)
	return int(9*uint(bits.Len64(u|1))+64) / 64
}

// bytesSize is the size of bytes after their length, null's being -1.
func bytesSize(b []byte) int {
	if b == nil {
		return 1
	}
	return varintSize(int64(len(b))) + len(b)
}

// putVarint writes a number in zigzag groups of seven bits and returns how many bytes it took.
func putVarint(b []byte, v int64) int {
	u := uint64(v<<1) ^ uint64(v>>63)
	n := 0
	for u >= 0x80 {
		b[n] = byte(u) | 0x80
		u >>= 7
		n++
	}
	b[n] = byte(u)
	return n + 1
}

func putBytes(b, value []byte) int {
	if value == nil {
		b[0] = 1 // -1
		return 1
	}
	n := putVarint(b, int64(len(value)))
	return n + copy(b[n:], value)
}

// RecordView is a record of format v2 in the memory that it was read from.
type RecordView struct {
	Attributes     int8
	TimestampDelta int64 // milliseconds, from the batch's first timestamp
	OffsetDelta    int64 // from the batch's base offset
	Key            []byte
	Value          []byte
	NumHeaders     int
	headers        []byte
}

// ReadRecord reads the record that b begins with. Key, value and headers share b's memory; null is nil. The error is
// [ErrInsufficientData] if b ends within the record, and a [PacketDecodingError] if the record is none.
func ReadRecord(b []byte, v *RecordView) (rest []byte, err error) {
	u, at := longUvarint(b, 0)
	if at < 0 {
		return b, lengthError(b)
	}
	size := unzigzag(u)
	if size > int64(len(b)-at) {
		return b, ErrInsufficientData
	}
	if size < recordMin-1 {
		return b, errRecord
	}
	end := at + int(size)
	body := b[:end:end]
	v.Attributes = int8(body[at])
	// A number that is not there leaves the index negative, which sticks.
	// One byte is looked at in place: what is one call less counts here.
	if at++; body[at] < 0x80 {
		u, at = uint64(body[at]), at+1
	} else {
		u, at = longUvarint(body, at)
	}
	v.TimestampDelta = unzigzag(u)
	if uint(at) < uint(len(body)) && body[at] < 0x80 {
		u, at = uint64(body[at]), at+1
	} else {
		u, at = longUvarint(body, at)
	}
	v.OffsetDelta = unzigzag(u)
	v.Key, at = varBytes(body, at)
	v.Value, at = varBytes(body, at)
	if uint(at) < uint(len(body)) && body[at] < 0x80 {
		u, at = uint64(body[at]), at+1
	} else {
		u, at = longUvarint(body, at)
	}
	headers := unzigzag(u)
	// A header takes two bytes at least. Without any the record ends here.
	if at < 0 || headers < 0 || headers > int64(end-at)/2 || headers == 0 && at != end {
		return b, errRecord
	}
	v.NumHeaders = int(headers)
	v.headers = body[at:]
	return b[end:], nil
}

// errRecord tells that the fields of a record do not add up to its length.
var errRecord error = PacketDecodingError{Info: "record's fields do not fit its length"}

// lengthError tells why b does not begin with a record's length.
func lengthError(b []byte) error {
	if _, n := binary.Uvarint(b); n == 0 {
		return ErrInsufficientData
	}
	return errRecord
}

// AppendHeaders appends the record's headers, in the memory that it was read from. The error is a [PacketDecodingError].
func (v *RecordView) AppendHeaders(dst []RecordHeader) ([]RecordHeader, error) {
	at := 0
	for range v.NumHeaders {
		var h RecordHeader
		h.Key, at = varBytes(v.headers, at)
		h.Value, at = varBytes(v.headers, at)
		if at < 0 {
			return dst, errRecord
		}
		dst = append(dst, h)
	}
	if at != len(v.headers) {
		return dst, errRecord
	}
	return dst, nil
}

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// longUvarint reads a number in groups of seven bits from b at an index and returns the index behind it, or a negative
// one if there is none, or the index was negative.
func longUvarint(b []byte, at int) (u uint64, next int) {
	if at < 0 || at >= len(b) {
		return 0, -1
	}
	if at+1 < len(b) && b[at] >= 0x80 && b[at+1] < 0x80 {
		return uint64(b[at]&0x7f) | uint64(b[at+1])<<7, at + 2
	}
	u, n := binary.Uvarint(b[at:])
	if n <= 0 {
		return 0, -1
	}
	return u, at + n
}

// varBytes reads bytes after their length, nil for null, as longUvarint does a number.
func varBytes(b []byte, at int) (value []byte, next int) {
	var u uint64
	if uint(at) < uint(len(b)) && b[at] < 0x80 {
		u, at = uint64(b[at]), at+1
	} else if u, at = longUvarint(b, at); at < 0 {
		return nil, -1
	}
	switch {
	case u == 1: // -1
		return nil, at
	case u&1 != 0 || u>>1 > uint64(len(b)-at):
		return nil, -1
	}
	end := at + int(u>>1)
	return b[at:end:end], end
}

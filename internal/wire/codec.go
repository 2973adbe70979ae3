// Package wire carries fields across the wire in either direction.
//
// A message describes its layout once, as a walk over its fields; the [Codec]
// reads or writes each field that the walk names, so that encoding and decoding
// cannot drift apart. The package knows primitive types, their flexible and
// their older encodings, and tagged fields. It knows no message.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Causes of a failed walk; errors of [Codec.Err] wrap one of them, or what the walk
// itself passed to [Codec.Fail].
var (
	// ErrShort says that the message ends before its last field.
	ErrShort = errors.New("message ends early")
	// ErrTrailing says that bytes are left after the last field.
	ErrTrailing = errors.New("bytes left after the message")
	// ErrLength says that a length is negative, or larger than the bytes left.
	ErrLength = errors.New("invalid length")
	// ErrTooLong says that a value does not fit the length its encoding has room for.
	ErrTooLong = errors.New("value too long for its encoding")
)

// A Codec carries one message, field by field. The first error sticks: from
// then on reads yield zero values and writes are lost, so that a walk needs no
// checks of its own. It is used by one goroutine at a time.
type Codec struct {
	// Version is the version of the message's layout. Walks read it.
	Version int16
	// Opaque asks walks to leave record data undecoded. Walks read it.
	Opaque bool

	flexible bool
	reading  bool
	off      int    // the next byte of buf to read or write
	buf      []byte // what is read; or, up to its capacity, what is written
	err      error
	int32s   []int32 // memory for the next arrays that are read
}

// ResetRead makes c read b, a message body of the given version. Flexible says
// whether that version uses the compact encodings and tagged fields of KIP-482.
func (c *Codec) ResetRead(b []byte, version int16, flexible bool) {
	*c = Codec{buf: b, Version: version, flexible: flexible, reading: true}
}

// ResetWrite makes c append a message body to dst.
func (c *Codec) ResetWrite(dst []byte, version int16, flexible bool) {
	*c = Codec{buf: dst[:cap(dst)], off: len(dst), Version: version, flexible: flexible}
}

// Reading reports whether c reads; otherwise it writes.
func (c *Codec) Reading() bool { return c.reading }

// Flexible reports whether c uses the encodings of flexible versions.
func (c *Codec) Flexible() bool { return c.flexible }

// Err returns the first error, or nil.
func (c *Codec) Err() error { return c.err }

// Downgrade continues in the layout of version 0 and in the older encodings: for
// the one answer that a broker gives at version 0 whatever was asked (KIP-511).
func (c *Codec) Downgrade() { c.Version, c.flexible = 0, false }

// Left returns how many bytes are still to be read.
func (c *Codec) Left() int { return len(c.buf) - c.off }

// Written returns what has been written so far, behind what ResetWrite was given.
func (c *Codec) Written() []byte { return c.buf[:c.off] }

// End returns the first error of a finished read, bytes left over being one.
func (c *Codec) End() error {
	if c.err == nil && c.off != len(c.buf) {
		return fmt.Errorf("%w: %d at offset %d", ErrTrailing, len(c.buf)-c.off, c.off)
	}
	return c.err
}

// Fail ends the walk with an error, unless an earlier one has.
func (c *Codec) Fail(err error) {
	if c.err == nil {
		c.err = fmt.Errorf("%w at offset %d", err, c.off)
	}
	if c.reading {
		c.off = len(c.buf)
	}
}

var zeros [16]byte

// span returns the next n bytes, to read from or to write to. A reader that
// runs out gets zeros, at most 16 of them.
func (c *Codec) span(n int) []byte {
	end := c.off + n
	if end > len(c.buf) {
		return c.more(n)
	}
	b := c.buf[c.off:end:end]
	c.off = end
	return b
}

func (c *Codec) more(n int) []byte {
	if c.reading {
		c.Fail(ErrShort)
		return zeros[:min(n, len(zeros))]
	}
	c.grow(n)
	return c.span(n)
}

func (c *Codec) grow(n int) {
	c.buf = append(c.buf, make([]byte, n+len(c.buf)+64)...)
	c.buf = c.buf[:cap(c.buf)]
}

// Int8 carries one byte.
func (c *Codec) Int8(v *int8) {
	if b := c.span(1); c.reading {
		*v = int8(b[0])
	} else {
		b[0] = byte(*v)
	}
}

// Bool carries a byte that is 0 or 1; any other value reads as true.
func (c *Codec) Bool(v *bool) {
	b := c.span(1)
	switch {
	case c.reading:
		*v = b[0] != 0
	case *v:
		b[0] = 1
	default:
		b[0] = 0
	}
}

// Int16 carries two bytes.
func (c *Codec) Int16(v *int16) {
	if b := c.span(2); c.reading {
		*v = int16(binary.BigEndian.Uint16(b))
	} else {
		binary.BigEndian.PutUint16(b, uint16(*v))
	}
}

// Uint16 carries two bytes without sign.
func (c *Codec) Uint16(v *uint16) {
	if b := c.span(2); c.reading {
		*v = binary.BigEndian.Uint16(b)
	} else {
		binary.BigEndian.PutUint16(b, *v)
	}
}

// Int32 carries four bytes.
func (c *Codec) Int32(v *int32) {
	if b := c.span(4); c.reading {
		*v = int32(binary.BigEndian.Uint32(b))
	} else {
		binary.BigEndian.PutUint32(b, uint32(*v))
	}
}

// Uint32 carries four bytes without sign.
func (c *Codec) Uint32(v *uint32) {
	if b := c.span(4); c.reading {
		*v = binary.BigEndian.Uint32(b)
	} else {
		binary.BigEndian.PutUint32(b, *v)
	}
}

// Int64 carries eight bytes.
func (c *Codec) Int64(v *int64) {
	if b := c.span(8); c.reading {
		*v = int64(binary.BigEndian.Uint64(b))
	} else {
		binary.BigEndian.PutUint64(b, uint64(*v))
	}
}

// Float64 carries eight bytes, IEEE 754.
func (c *Codec) Float64(v *float64) {
	if b := c.span(8); c.reading {
		*v = math.Float64frombits(binary.BigEndian.Uint64(b))
	} else {
		binary.BigEndian.PutUint64(b, math.Float64bits(*v))
	}
}

// UUID carries 16 bytes.
func (c *Codec) UUID(v *[16]byte) {
	if b := c.span(16); c.reading {
		copy(v[:], b)
	} else {
		copy(b, v[:])
	}
}

// uvarint carries an unsigned number in groups of seven bits, at most 32 bits of it.
func (c *Codec) uvarint(v uint32) uint32 {
	if !c.reading {
		c.putUvarint(v)
		return 0
	}
	if c.off < len(c.buf) && c.buf[c.off] < 0x80 {
		v = uint32(c.buf[c.off])
		c.off++
		return v
	}
	x, n := binary.Uvarint(c.buf[c.off:])
	switch {
	case n == 0:
		c.Fail(ErrShort)
		return 0
	case n < 0 || x > math.MaxUint32:
		c.Fail(ErrLength)
		return 0
	}
	c.off += n
	return uint32(x)
}

func (c *Codec) putUvarint(v uint32) {
	for v >= 0x80 {
		c.span(1)[0] = byte(v) | 0x80
		v >>= 7
	}
	if c.off == len(c.buf) {
		c.grow(1)
	}
	c.buf[c.off] = byte(v)
	c.off++
}

// length carries a count, -1 for null: in width bytes (2 or 4) in the older
// encodings, as count+1 in a varint in the flexible ones.
func (c *Codec) length(n, width int) int {
	switch {
	case c.flexible && !c.reading:
		c.putUvarint(uint32(n + 1))
		return n
	case c.flexible:
		n = int(int64(c.uvarint(0)) - 1)
	case width == 2:
		v := int16(n)
		c.Int16(&v)
		n = int(v)
	default:
		v := int32(n)
		c.Int32(&v)
		n = int(v)
	}
	if n < -1 {
		c.Fail(ErrLength)
		return -1
	}
	return n
}

// payload returns the n bytes of a value whose length was read, nil if they are not there.
func (c *Codec) payload(n int) []byte {
	if n > c.Left() {
		c.Fail(ErrShort)
		return nil
	}
	return c.span(n)
}

// String carries a string. Null reads as empty.
func (c *Codec) String(v *string) {
	if !c.reading {
		c.putString(*v)
		return
	}
	if n := c.length(0, 2); n <= 0 {
		*v = ""
	} else if b := c.payload(n); *v != string(b) { // else no memory is needed for it
		*v = string(b)
	}
}

func (c *Codec) putString(s string) {
	if len(s) > math.MaxInt16 {
		c.Fail(fmt.Errorf("%w: string of %d bytes", ErrTooLong, len(s)))
		return
	}
	c.length(len(s), 2)
	copy(c.span(len(s)), s)
}

// NullString carries a string or null, as nil.
func (c *Codec) NullString(v **string) {
	if !c.reading {
		if *v == nil {
			c.length(-1, 2)
		} else {
			c.putString(**v)
		}
		return
	}
	*v = nil
	if n := c.length(0, 2); n >= 0 && c.err == nil {
		s := string(c.payload(n))
		*v = &s
	}
}

// EmptyAsNull carries a nullable string that the struct holds as a plain one:
// empty is written as null, and null reads as empty.
func (c *Codec) EmptyAsNull(v *string) {
	if !c.reading && *v == "" {
		c.length(-1, 2)
		return
	}
	c.String(v)
}

// Bytes carries bytes, copied out of the message. Null and empty read as nil.
func (c *Codec) Bytes(v *[]byte) {
	if !c.reading {
		c.putBytes(*v)
		return
	}
	*v = nil
	if n := c.length(0, 4); n > 0 {
		*v = append([]byte(nil), c.payload(n)...)
	}
}

// NullBytes carries bytes or null, as nil; empty bytes read as an empty slice.
func (c *Codec) NullBytes(v *[]byte) {
	if !c.reading {
		if *v == nil {
			c.length(-1, 4)
		} else {
			c.putBytes(*v)
		}
		return
	}
	*v = nil
	if n := c.length(0, 4); n >= 0 && c.err == nil {
		*v = append([]byte{}, c.payload(n)...)
	}
}

// Alias carries bytes or null, as nil, like NullBytes; what is read is a part of
// the message's own buffer and not a copy.
func (c *Codec) Alias(v *[]byte) {
	if !c.reading {
		c.NullBytes(v)
		return
	}
	*v = nil
	if n := c.length(0, 4); n >= 0 && c.err == nil {
		*v = c.payload(n)
	}
}

func (c *Codec) putBytes(b []byte) {
	if int64(len(b)) > math.MaxInt32 {
		c.Fail(fmt.Errorf("%w: %d bytes", ErrTooLong, len(b)))
		return
	}
	c.length(len(b), 4)
	copy(c.span(len(b)), b)
}

// Append writes bytes behind their length as a function appends them to what is written; size is how many they are most
// likely, so that they need not be moved. What fails is the walk.
func (c *Codec) Append(size int, write func(dst []byte) ([]byte, error)) {
	if c.err != nil {
		return
	}
	at, width := c.off, 4
	if c.flexible {
		width = uvarintSize(uint32(size + 1))
	}
	if need := width + size; need > len(c.buf)-at {
		c.grow(need)
	}
	dst, err := write(c.buf[:at+width])
	c.buf = dst[:cap(dst)]
	switch n := len(dst) - at - width; {
	case err != nil:
		c.Fail(err)
	case int64(n) >= math.MaxInt32:
		c.Fail(fmt.Errorf("%w: %d bytes", ErrTooLong, n))
	case c.flexible && uvarintSize(uint32(n+1)) != width:
		moved := uvarintSize(uint32(n + 1))
		if moved > width {
			c.off = len(dst)
			c.span(moved - width)
		}
		copy(c.buf[at+moved:], c.buf[at+width:at+width+n])
		width = moved
		fallthrough
	default:
		c.off = at
		c.length(n, 4)
		c.off = at + width + n
	}
}

func uvarintSize(v uint32) int { return max((bits.Len32(v)+6)/7, 1) }

// Rest carries all the bytes up to the end of the message, without a length.
func (c *Codec) Rest(v *[]byte) {
	if c.reading {
		*v = append([]byte(nil), c.span(c.Left())...)
		return
	}
	copy(c.span(len(*v)), *v)
}

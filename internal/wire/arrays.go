package wire

import (
	"encoding/binary"
	"time"
)

// ArrayLength carries the number of elements of an array, -1 for null. Each
// element takes at least size bytes: a count that the bytes left cannot hold is an error.
func (c *Codec) ArrayLength(n, size int) int {
	n = c.length(n, 4)
	if c.reading && int64(n)*int64(size) > int64(c.Left()) {
		c.Fail(ErrLength)
	}
	if c.err != nil {
		return 0
	}
	return n
}

// Int32s carries an array of 32-bit numbers. Null and empty read as an empty slice.
func (c *Codec) Int32s(v *[]int32) {
	n := c.ArrayLength(len(*v), 4)
	if c.reading {
		*v = c.newInt32s(max(n, 0))
	}
	c.eachInt32(*v)
}

// NullInt32s carries an array of 32-bit numbers or null, as nil.
func (c *Codec) NullInt32s(v *[]int32) {
	n := c.ArrayLength(lengthOrNull(*v == nil, len(*v)), 4)
	if c.reading {
		*v = nil
		if n >= 0 && c.err == nil {
			*v = c.newInt32s(n)
		}
	}
	c.eachInt32(*v)
}

// newInt32s returns an array, of memory that is set aside for several: replicas come three and three, by the thousand.
func (c *Codec) newInt32s(n int) []int32 {
	const block = 128
	if n == 0 || n > block/8 || c.err != nil {
		return make([]int32, n)
	}
	if n > len(c.int32s) {
		c.int32s = make([]int32, min(block, n+c.Left()/16))
	}
	v := c.int32s[:n:n]
	c.int32s = c.int32s[n:]
	return v
}

func (c *Codec) eachInt32(v []int32) {
	if c.err != nil {
		return
	}
	b := c.span(4 * len(v))
	if c.reading {
		for i := range v {
			v[i] = int32(binary.BigEndian.Uint32(b[4*i:]))
		}
		return
	}
	for i, n := range v {
		binary.BigEndian.PutUint32(b[4*i:], uint32(n))
	}
}

// Int64s carries an array of 64-bit numbers. Null and empty read as an empty slice.
func (c *Codec) Int64s(v *[]int64) {
	n := c.ArrayLength(len(*v), 8)
	if c.reading {
		*v = make([]int64, max(n, 0))
	}
	for i := range *v {
		c.Int64(&(*v)[i])
	}
}

// Int16s carries an array of 16-bit numbers. Null and empty read as nil.
func (c *Codec) Int16s(v *[]int16) {
	n := c.ArrayLength(len(*v), 2)
	if c.reading {
		*v = nil
		if n > 0 {
			*v = make([]int16, n)
		}
	}
	for i := range *v {
		c.Int16(&(*v)[i])
	}
}

// Int8s carries an array of bytes with sign. Null and empty read as nil.
func (c *Codec) Int8s(v *[]int8) {
	n := c.ArrayLength(len(*v), 1)
	if c.reading {
		*v = nil
		if n > 0 {
			*v = make([]int8, n)
		}
	}
	for i := range *v {
		c.Int8(&(*v)[i])
	}
}

// Strings carries an array of strings. Null and empty read as nil.
func (c *Codec) Strings(v *[]string) {
	n := c.ArrayLength(len(*v), 1)
	c.strings(v, max(n, 0), n > 0)
}

// NullStrings carries an array of strings or null, as nil.
func (c *Codec) NullStrings(v *[]string) {
	n := c.ArrayLength(lengthOrNull(*v == nil, len(*v)), 1)
	c.strings(v, max(n, 0), n >= 0)
}

func (c *Codec) strings(v *[]string, n int, set bool) {
	if !c.reading {
		for i := range *v {
			c.String(&(*v)[i])
		}
		return
	}
	*v = nil
	if !set || c.err != nil {
		return
	}
	*v = make([]string, n)
	for i := range *v {
		c.String(&(*v)[i])
	}
}

// UUIDs carries an array of 16-byte identifiers. Null and empty read as nil.
func (c *Codec) UUIDs(v *[][16]byte) {
	n := c.ArrayLength(len(*v), 16)
	if c.reading {
		*v = nil
		if n > 0 {
			*v = make([][16]byte, n)
		}
	}
	for i := range *v {
		c.UUID(&(*v)[i])
	}
}

func lengthOrNull(null bool, n int) int {
	if null {
		return -1
	}
	return n
}

// Millis carries a duration as a 32-bit count of milliseconds.
func (c *Codec) Millis(d *time.Duration) {
	ms := int32(*d / time.Millisecond)
	c.Int32(&ms)
	if c.reading {
		*d = time.Duration(ms) * time.Millisecond
	}
}

// LongMillis carries a duration as a 64-bit count of milliseconds.
func (c *Codec) LongMillis(d *time.Duration) {
	ms := int64(*d / time.Millisecond)
	c.Int64(&ms)
	if c.reading {
		*d = time.Duration(ms) * time.Millisecond
	}
}

// Time carries a moment as milliseconds since the epoch, -1 for the zero time.
func (c *Codec) Time(t *time.Time) {
	ms := int64(-1)
	if !t.IsZero() {
		ms = t.UnixMilli()
	}
	c.Int64(&ms)
	if c.reading {
		*t = time.Time{}
		if ms >= 0 {
			*t = time.UnixMilli(ms)
		}
	}
}

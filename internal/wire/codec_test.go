package wire

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// field is a walk over one field, made for a value to write or to read into.
type field func(c *Codec)

// write returns what a walk writes.
func write(t *testing.T, flexible bool, walk field) []byte {
	t.Helper()
	var c Codec
	c.ResetWrite(nil, 0, flexible)
	walk(&c)
	require.NoError(t, c.Err())
	return c.Written()
}

// read has a walk read the whole of b.
func read(b []byte, flexible bool, walk field) error {
	var c Codec
	c.ResetRead(b, 0, flexible)
	walk(&c)
	return c.End()
}

// example is a value with its bytes in the older and in the flexible encodings.
type example struct {
	name            string
	older, flexible string
	same            func(t *testing.T, older []byte, flexible bool) // writes and reads, and compares
}

// ex makes an example of a value that a method of Codec carries; reads tells what is read back, where that differs.
func ex[T any](name string, carry func(*Codec, *T), value T, older, flexible string, reads ...T) example {
	want := value
	if len(reads) > 0 {
		want = reads[0]
	}
	return example{name, older, flexible, func(t *testing.T, b []byte, flexible bool) {
		t.Helper()
		v := value
		require.Equal(t, b, write(t, flexible, func(c *Codec) { carry(c, &v) }))
		var got T
		require.NoError(t, read(b, flexible, func(c *Codec) { carry(c, &got) }))
		require.Equal(t, want, got)
		for n := range b {
			err := read(b[:n:n], flexible, func(c *Codec) { carry(c, &got) })
			require.Error(t, err, "%d of %d bytes", n, len(b))
			require.True(t, isCause(err), "%v", err)
		}
		require.ErrorIs(t, read(append(bytes.Clone(b), 0), flexible, func(c *Codec) { carry(c, &got) }), ErrTrailing)
	}}
}

func isCause(err error) bool {
	return errors.Is(err, ErrShort) || errors.Is(err, ErrLength)
}

func ptr[T any](v T) *T { return &v }

func examples() []example {
	long := strings.Repeat("x", 200)
	return []example{
		ex("byte", (*Codec).Int8, -2, "\xfe", "\xfe"),
		ex("true", (*Codec).Bool, true, "\x01", "\x01"),
		ex("false", (*Codec).Bool, false, "\x00", "\x00"),
		ex("int16", (*Codec).Int16, -2, "\xff\xfe", "\xff\xfe"),
		ex("uint16", (*Codec).Uint16, 9093, "\x23\x85", "\x23\x85"),
		ex("int32", (*Codec).Int32, math.MinInt32, "\x80\x00\x00\x00", "\x80\x00\x00\x00"),
		ex("uint32", (*Codec).Uint32, math.MaxUint32, "\xff\xff\xff\xff", "\xff\xff\xff\xff"),
		ex("int64", (*Codec).Int64, 258, "\x00\x00\x00\x00\x00\x00\x01\x02", "\x00\x00\x00\x00\x00\x00\x01\x02"),
		ex("float64", (*Codec).Float64, -2, "\xc0\x00\x00\x00\x00\x00\x00\x00", "\xc0\x00\x00\x00\x00\x00\x00\x00"),
		ex("uuid", (*Codec).UUID, [16]byte([]byte("0123456789abcdef")), "0123456789abcdef", "0123456789abcdef"),

		ex("string", (*Codec).String, "ab", "\x00\x02ab", "\x03ab"),
		ex("empty string", (*Codec).String, "", "\x00\x00", "\x01"),
		ex("long string", (*Codec).String, long, "\x00\xc8"+long, "\xc9\x01"+long),
		ex("string or null", (*Codec).NullString, ptr("ab"), "\x00\x02ab", "\x03ab"),
		ex("empty, not null", (*Codec).NullString, ptr(""), "\x00\x00", "\x01"),
		ex("null string", (*Codec).NullString, nil, "\xff\xff", "\x00"),
		ex("empty as null", (*Codec).EmptyAsNull, "", "\xff\xff", "\x00"),
		ex("plain for nullable", (*Codec).EmptyAsNull, "ab", "\x00\x02ab", "\x03ab"),

		ex("bytes", (*Codec).Bytes, []byte("ab"), "\x00\x00\x00\x02ab", "\x03ab"),
		ex("empty bytes", (*Codec).Bytes, []byte{}, "\x00\x00\x00\x00", "\x01", nil),
		ex("bytes or null", (*Codec).NullBytes, []byte("ab"), "\x00\x00\x00\x02ab", "\x03ab"),
		ex("empty bytes, not null", (*Codec).NullBytes, []byte{}, "\x00\x00\x00\x00", "\x01"),
		ex("null bytes", (*Codec).NullBytes, nil, "\xff\xff\xff\xff", "\x00"),
		ex("alias", (*Codec).Alias, []byte("ab"), "\x00\x00\x00\x02ab", "\x03ab"),
		ex("null alias", (*Codec).Alias, nil, "\xff\xff\xff\xff", "\x00"),

		ex("int32s", (*Codec).Int32s, []int32{1, -1},
			"\x00\x00\x00\x02\x00\x00\x00\x01\xff\xff\xff\xff", "\x03\x00\x00\x00\x01\xff\xff\xff\xff"),
		ex("no int32s", (*Codec).Int32s, nil, "\x00\x00\x00\x00", "\x01", []int32{}),
		ex("int32s or null", (*Codec).NullInt32s, []int32{258}, "\x00\x00\x00\x01\x00\x00\x01\x02", "\x02\x00\x00\x01\x02"),
		ex("null int32s", (*Codec).NullInt32s, nil, "\xff\xff\xff\xff", "\x00"),
		ex("no int32s, not null", (*Codec).NullInt32s, []int32{}, "\x00\x00\x00\x00", "\x01"),
		ex("int64s", (*Codec).Int64s, []int64{258},
			"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01\x02", "\x02\x00\x00\x00\x00\x00\x00\x01\x02"),
		ex("no int64s", (*Codec).Int64s, nil, "\x00\x00\x00\x00", "\x01", []int64{}),
		ex("int16s", (*Codec).Int16s, []int16{258, -1}, "\x00\x00\x00\x02\x01\x02\xff\xff", "\x03\x01\x02\xff\xff"),
		ex("no int16s", (*Codec).Int16s, []int16{}, "\x00\x00\x00\x00", "\x01", nil),
		ex("int8s", (*Codec).Int8s, []int8{-1}, "\x00\x00\x00\x01\xff", "\x02\xff"),
		ex("strings", (*Codec).Strings, []string{"ab", ""}, "\x00\x00\x00\x02\x00\x02ab\x00\x00", "\x03\x03ab\x01"),
		ex("no strings", (*Codec).Strings, []string{}, "\x00\x00\x00\x00", "\x01", nil),
		ex("strings or null", (*Codec).NullStrings, []string{"a"}, "\x00\x00\x00\x01\x00\x01a", "\x02\x02a"),
		ex("no strings, not null", (*Codec).NullStrings, []string{}, "\x00\x00\x00\x00", "\x01"),
		ex("null strings", (*Codec).NullStrings, nil, "\xff\xff\xff\xff", "\x00"),
		ex("uuids", (*Codec).UUIDs, [][16]byte{{15: 1}},
			"\x00\x00\x00\x01"+strings.Repeat("\x00", 15)+"\x01", "\x02"+strings.Repeat("\x00", 15)+"\x01"),

		ex("milliseconds", (*Codec).Millis, 258*time.Millisecond+999,
			"\x00\x00\x01\x02", "\x00\x00\x01\x02", 258*time.Millisecond),
		ex("long milliseconds", (*Codec).LongMillis, -time.Millisecond,
			"\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff"),
		ex("time", (*Codec).Time, time.UnixMilli(258),
			"\x00\x00\x00\x00\x00\x00\x01\x02", "\x00\x00\x00\x00\x00\x00\x01\x02"),
		ex("no time", (*Codec).Time, time.Time{}, "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff"),
	}
}

func TestFields(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			e.same(t, []byte(e.older), false)
			e.same(t, []byte(e.flexible), true)
		})
	}
}

func TestNullReadsAsEmptyWhereItHasNoPlace(t *testing.T) {
	for _, flexible := range []bool{false, true} {
		null := map[bool]string{false: "\xff\xff\xff\xff", true: "\x00"}[flexible]
		s, b, n, list := "x", []byte("x"), []int32{1}, []string{"x"}
		require.NoError(t, read([]byte(null[:min(len(null), 2)]), flexible, func(c *Codec) { c.String(&s) }))
		require.Empty(t, s)
		require.NoError(t, read([]byte(null), flexible, func(c *Codec) { c.Bytes(&b) }))
		require.Nil(t, b)
		require.NoError(t, read([]byte(null), flexible, func(c *Codec) { c.Int32s(&n) }))
		require.Equal(t, []int32{}, n)
		require.NoError(t, read([]byte(null), flexible, func(c *Codec) { c.Strings(&list) }))
		require.Nil(t, list)
	}
}

func TestAnyOtherByteIsTrue(t *testing.T) {
	var v bool
	require.NoError(t, read([]byte{0x80}, false, func(c *Codec) { c.Bool(&v) }))
	require.True(t, v)
}

func TestAliasSharesTheMessagesMemory(t *testing.T) {
	b := []byte("\x00\x00\x00\x02ab")
	var shared, copied []byte
	require.NoError(t, read(b, false, func(c *Codec) { c.Alias(&shared) }))
	require.NoError(t, read(b, false, func(c *Codec) { c.Bytes(&copied) }))
	b[4] = 'z'
	require.Equal(t, "zb", string(shared))
	require.Equal(t, "ab", string(copied))
	require.Equal(t, 2, cap(shared), "appending must not write over what follows in the message")
}

// TestAppend: bytes land behind their length whatever was thought to be their size, and whatever room there is.
func TestAppend(t *testing.T) {
	for _, flexible := range []bool{false, true} {
		for _, n := range []int{0, 1, 126, 127, 128, 20000} {
			for _, size := range []int{0, 1, 126, 127, 128, 20000} {
				for _, room := range []int{0, 10, 300} {
					data := bytes.Repeat([]byte{'x'}, n)
					var c Codec
					c.ResetWrite(make([]byte, 0, room), 0, flexible)
					c.Append(size, func(dst []byte) ([]byte, error) { return append(dst, data...), nil })
					c.Append(0, func(dst []byte) ([]byte, error) { return append(dst, "end"...), nil })
					require.NoError(t, c.Err())
					want := write(t, flexible, func(c *Codec) {
						end := []byte("end")
						c.Bytes(&data)
						c.Bytes(&end)
					})
					require.Equal(t, want, c.Written(), "%d bytes, %d expected, room for %d", n, size, room)
				}
			}
		}
	}
	var c Codec
	c.ResetWrite(nil, 0, true)
	c.Append(0, func(dst []byte) ([]byte, error) { return dst, ErrTooLong })
	require.ErrorIs(t, c.Err(), ErrTooLong)
}

func TestRest(t *testing.T) {
	var head int8
	rest := []byte("abc")
	walk := func(c *Codec) { c.Int8(&head); c.Rest(&rest) }
	b := write(t, true, walk)
	require.Equal(t, "\x00abc", string(b))
	rest = nil
	require.NoError(t, read(b, true, walk))
	require.Equal(t, "abc", string(rest))
}

// TestGrowth writes fields over every boundary of a buffer that starts with room for n bytes.
func TestGrowth(t *testing.T) {
	want := "\x00\x00\x00\x07" + "\x00\x05hello" + "\x00\x00\x00\x03abc" + "\xff"
	for n := range len(want) + 4 {
		number, text, data, last := int32(7), "hello", []byte("abc"), int8(-1)
		dst := append(make([]byte, 0, n+4), "head"...)
		var c Codec
		c.ResetWrite(dst, 0, false)
		c.Int32(&number)
		c.String(&text)
		c.Bytes(&data)
		c.Int8(&last)
		require.NoError(t, c.Err())
		require.Equal(t, "head"+want, string(c.Written()), "room for %d bytes", n)
		require.Equal(t, "head", string(dst))
	}
}

func TestWritingReusesTheBuffer(t *testing.T) {
	dst := make([]byte, 0, 64)
	c := new(Codec)
	number := int64(1)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c.ResetWrite(dst, 0, true)
		for range 8 {
			c.Int64(&number)
		}
	}))
	require.Same(t, &dst[:1][0], &c.Written()[0])
}

// TestTheFirstErrorSticks: what is read after it is zero, and the error tells where it was.
func TestTheFirstErrorSticks(t *testing.T) {
	var c Codec
	c.ResetRead([]byte{0, 1, 0, 0, 0, 9}, 0, false)
	first, second, third, text := int16(0), int64(5), int32(6), "left"
	c.Int16(&first)
	c.Int64(&second)
	c.Int32(&third)
	c.String(&text)
	c.Fail(ErrLength)
	require.Equal(t, int16(1), first)
	require.Zero(t, second)
	require.Zero(t, third)
	require.Empty(t, text)
	require.ErrorIs(t, c.Err(), ErrShort)
	require.NotErrorIs(t, c.End(), ErrLength)
	require.ErrorContains(t, c.Err(), "offset 2")
	require.Zero(t, c.Left())
}

func TestLengthsThatTheBytesLeftCannotHold(t *testing.T) {
	var s string
	var b []byte
	var n32 []int32
	var n64 []int64
	var ids [][16]byte
	var list []string
	for name, walk := range map[string]field{
		"string":  func(c *Codec) { c.String(&s) },
		"bytes":   func(c *Codec) { c.Bytes(&b) },
		"alias":   func(c *Codec) { c.Alias(&b) },
		"int32s":  func(c *Codec) { c.Int32s(&n32) },
		"int64s":  func(c *Codec) { c.Int64s(&n64) },
		"uuids":   func(c *Codec) { c.UUIDs(&ids) },
		"strings": func(c *Codec) { c.Strings(&list) },
	} {
		for _, lie := range [][]byte{
			{0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4},       // in the older encodings
			{0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3, 4}, // in the flexible ones
		} {
			flexible := lie[0] == 0xff
			before := allocated()
			err := read(lie, flexible, walk)
			used := allocated() - before
			require.Error(t, err, name)
			require.True(t, isCause(err), "%s: %v", name, err)
			require.Less(t, used, uint64(16<<10), "bytes set aside for %s", name)
			require.Empty(t, s)
			require.Empty(t, b)
			require.Empty(t, n32)
			require.Empty(t, n64)
			require.Empty(t, ids)
			require.Empty(t, list)
		}
	}
}

func allocated() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.TotalAlloc
}

func TestNegativeLengths(t *testing.T) {
	var s string
	var b []byte
	var n []int32
	for name, walk := range map[string]field{
		"\xff\xfe":         func(c *Codec) { c.String(&s) },
		"\x80\x00\x00\x00": func(c *Codec) { c.Bytes(&b) },
		"\xff\xff\xff\xfe": func(c *Codec) { c.NullInt32s(&n) },
	} {
		require.ErrorIs(t, read([]byte(name), false, walk), ErrLength, "%x: only -1 stands for null", name)
	}
}

func TestVarints(t *testing.T) {
	for _, c := range []struct {
		bytes string
		want  uint32
		err   error
	}{
		{"\x00", 0, nil},
		{"\x7f", 127, nil},
		{"\x80\x01", 128, nil},
		{"\xff\xff\xff\xff\x0f", math.MaxUint32, nil},
		{"", 0, ErrShort},
		{"\x80", 0, ErrShort},
		{"\xff\xff\xff\xff\x1f", 0, ErrLength}, // 33 bits
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, ErrLength}, // more than 64 bits
	} {
		var codec Codec
		codec.ResetRead([]byte(c.bytes), 0, true)
		got := codec.uvarint(0)
		if c.err != nil {
			require.ErrorIs(t, codec.End(), c.err, "%x", c.bytes)
			require.Zero(t, got)
			continue
		}
		require.NoError(t, codec.End(), "%x", c.bytes)
		require.Equal(t, c.want, got)
		require.Equal(t, c.bytes, string(write(t, true, func(w *Codec) { w.uvarint(c.want) })))
	}
}

func TestStringsThatAreTooLong(t *testing.T) {
	for _, flexible := range []bool{false, true} {
		longest, longer := strings.Repeat("x", math.MaxInt16), strings.Repeat("x", math.MaxInt16+1)
		var c Codec
		c.ResetWrite(nil, 0, flexible)
		c.String(&longest)
		require.NoError(t, c.Err())
		c.String(&longer)
		require.ErrorIs(t, c.Err(), ErrTooLong)
	}
}

func TestDowngrade(t *testing.T) {
	var c Codec
	c.ResetRead([]byte("\x00\x01a"), 3, true)
	require.True(t, c.Flexible())
	require.True(t, c.Reading())
	c.Downgrade()
	require.False(t, c.Flexible())
	require.Zero(t, c.Version)
	var s string
	c.String(&s)
	require.NoError(t, c.End())
	require.Equal(t, "a", s)
}

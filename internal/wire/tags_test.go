package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tagged is a struct with a plain field and tagged ones, of numbers that leave room for those that it does not know.
type tagged struct {
	Plain   int8
	Text    string  // tag 1
	Numbers []int32 // tag 5
	Inner   *tagged // tag 9
	Unknown map[uint32][]byte
}

func (s *tagged) walk(c *Codec) {
	c.Int8(&s.Plain)
	c.Tags(&s.Unknown,
		Tag{ID: 1, Set: s.Text != "", Walk: func(c *Codec) { c.String(&s.Text) }},
		Tag{ID: 5, Set: len(s.Numbers) > 0, Walk: func(c *Codec) { c.Int32s(&s.Numbers) }},
		Tag{ID: 9, Set: s.Inner != nil, Walk: func(c *Codec) {
			if c.Reading() {
				s.Inner = new(tagged)
			}
			s.Inner.walk(c)
		}},
	)
}

func TestTags(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, e := range map[string]struct {
		of    tagged
		bytes string
	}{
		"none":   {tagged{Plain: 7}, "\x07\x00"},
		"one":    {tagged{Text: "ab"}, "\x00\x01" + "\x01\x03\x03ab"},
		"two":    {tagged{Text: "ab", Numbers: []int32{2}}, "\x00\x02" + "\x01\x03\x03ab" + "\x05\x05\x02\x00\x00\x00\x02"},
		"nested": {tagged{Inner: &tagged{Plain: 3, Text: "a"}}, "\x00\x01" + "\x09\x06" + "\x03\x01\x01\x02\x02a"},
		"long": {tagged{Text: long, Numbers: []int32{2}}, "\x00\x02" + "\x01\xae\x02" + "\xad\x02" + long +
			"\x05\x05\x02\x00\x00\x00\x02"},
		"unknown": {tagged{Unknown: map[uint32][]byte{300: []byte("ab"), 2: {}}}, "\x00\x02" + "\x02\x00" + "\xac\x02\x02ab"},
		"merged in order": {
			tagged{Text: "t", Numbers: []int32{2}, Unknown: map[uint32][]byte{0: []byte("u"), 3: []byte("vw"), 200: {0}}},
			"\x00\x05" + "\x00\x01u" + "\x01\x02\x02t" + "\x03\x02vw" + "\x05\x05\x02\x00\x00\x00\x02" + "\xc8\x01\x01\x00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, e.bytes, string(write(t, true, e.of.walk)))
			var got tagged
			require.NoError(t, read([]byte(e.bytes), true, got.walk))
			require.Equal(t, e.of, got)
			for n := range e.bytes {
				var part tagged
				require.Error(t, read([]byte(e.bytes[:n]), true, part.walk), "%d bytes", n)
			}
			require.Equal(t, []byte{byte(e.of.Plain)}, write(t, false, e.of.walk), "older versions have no tags")
		})
	}
}

// TestTagsGrow moves a tagged field's body for its size, at each state of the buffer.
func TestTagsGrow(t *testing.T) {
	for _, size := range []int{0, 1, 124, 125, 126, 127, 128, 16380, 16384} {
		in := tagged{
			Plain: 1, Inner: &tagged{Text: strings.Repeat("y", size)},
			Unknown: map[uint32][]byte{7: bytes.Repeat([]byte{9}, size)},
		}
		for room := range 6 {
			var c Codec
			c.ResetWrite(make([]byte, 0, size+room), 0, true)
			in.walk(&c)
			require.NoError(t, c.Err())
			var out tagged
			require.NoError(t, read(c.Written(), true, out.walk))
			out.Unknown[7] = append([]byte{}, out.Unknown[7]...)
			require.Equal(t, in, out, "size %d", size)
		}
	}
}

func TestUnknownTagsAreForgottenBetweenMessages(t *testing.T) {
	got := tagged{Unknown: map[uint32][]byte{3: []byte("old")}}
	require.NoError(t, read([]byte("\x00\x00"), true, got.walk))
	require.Nil(t, got.Unknown)
}

func TestUnknownTagsOutliveTheMessage(t *testing.T) {
	b := []byte("\x00\x01\x03\x02ab")
	var got tagged
	require.NoError(t, read(b, true, got.walk))
	clear(b)
	require.Equal(t, map[uint32][]byte{3: []byte("ab")}, got.Unknown)
}

func TestTagsWithoutAPlaceAreDropped(t *testing.T) {
	require.NoError(t, read([]byte("\x01\x03\x02ab"), true, func(c *Codec) { c.Tags(nil) }))
	require.Equal(t, "\x00", string(write(t, true, func(c *Codec) { c.Tags(nil) })))
}

func TestTagsThatDoNotFit(t *testing.T) {
	for name, b := range map[string]string{
		"a field ends before its size":    "\x00\x01" + "\x01\x04\x03abc",
		"a field goes on behind its size": "\x00\x01" + "\x01\x02\x03ab",
		"a size is larger than the bytes": "\x00\x01" + "\x03\x7fab",
		"a size of more than 32 bits":     "\x00\x01" + "\x03\xff\xff\xff\xff\x7f",
		"more fields than bytes":          "\x00\xff\xff\xff\xff\x0f" + "\x03\x00",
		"a size of nearly 32 bits":        "\x00\x01" + "\x03\xff\xff\xff\xff\x0f",
		"a field of a field is too long":  "\x00\x01" + "\x09\x03" + "\x00\x01\x01\x02\x02a",
	} {
		t.Run(name, func(t *testing.T) {
			var c Codec
			c.ResetRead([]byte(b), 0, true)
			var got tagged
			got.walk(&c)
			require.Error(t, c.Err())
			require.Zero(t, c.Left(), "nothing is read behind an error")
		})
	}
}

func TestNoTags(t *testing.T) {
	for _, e := range []struct {
		name     string
		bytes    string
		flexible bool
		want     bool
		left     int
	}{
		{"none", "\x00", true, true, 0},
		{"some", "\x01\x03\x00", true, false, 3},
		{"the end of the message", "", true, false, 0},
		{"an older version", "\x00", false, false, 1},
	} {
		var c Codec
		c.ResetRead([]byte(e.bytes), 0, e.flexible)
		unknown := map[uint32][]byte{1: nil}
		require.Equal(t, e.want, c.NoTags(&unknown), e.name)
		require.Equal(t, e.left, c.Left(), e.name)
		require.Equal(t, e.want, unknown == nil, e.name)
	}
	var c Codec
	c.ResetWrite(nil, 0, true)
	var unknown map[uint32][]byte
	require.False(t, c.NoTags(&unknown), "a writer has to write their number")
}

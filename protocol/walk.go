package protocol

import (
	"unsafe"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// walks is a pointer to a struct that describes its own layout.
type walks[T any] interface {
	*T
	walk(*wire.Codec)
}

// structs carries an array of structs that the API holds as pointers. Null and
// empty read as an empty slice; emptyAsNil is for fields that want nil.
func structs[T any, P walks[T]](c *wire.Codec, s *[]*T) {
	n := c.ArrayLength(len(*s), 1)
	pointers[T, P](c, s, max(n, 0), true)
}

// nullStructs is structs for an array that may be null, as nil.
func nullStructs[T any, P walks[T]](c *wire.Codec, s *[]*T) {
	n := c.ArrayLength(lengthOf(*s), 1)
	pointers[T, P](c, s, n, n >= 0)
}

func pointers[T any, P walks[T]](c *wire.Codec, s *[]*T, n int, set bool) {
	if !c.Reading() {
		for _, e := range *s {
			P(e).walk(c)
		}
		return
	}
	*s = nil
	if !set || c.Err() != nil {
		return
	}
	*s = []*T{}
	if n > 0 {
		*s = make([]*T, 0, room[T, P](c, n))
	}
	for n > 0 && c.Err() == nil {
		block := make([]T, room[T, P](c, n)) // one allocation for many elements
		for i := range block {
			P(&block[i]).walk(c)
			*s = append(*s, &block[i])
		}
		n -= len(block)
	}
}

// values carries an array of structs that the API holds by value. Null and
// empty read as an empty slice; emptyAsNil is for fields that want nil.
func values[T any, P walks[T]](c *wire.Codec, s *[]T) {
	n := c.ArrayLength(len(*s), 1)
	elements[T, P](c, s, max(n, 0), true)
}

// nullValues is values for an array that may be null, as nil.
func nullValues[T any, P walks[T]](c *wire.Codec, s *[]T) {
	n := c.ArrayLength(lengthOf(*s), 1)
	elements[T, P](c, s, n, n >= 0)
}

func elements[T any, P walks[T]](c *wire.Codec, s *[]T, n int, set bool) {
	if !c.Reading() {
		for i := range *s {
			P(&(*s)[i]).walk(c)
		}
		return
	}
	*s = nil
	if !set || c.Err() != nil {
		return
	}
	*s = []T{}
	if n > 0 {
		*s = make([]T, 0, room[T, P](c, n))
	}
	for ; n > 0 && c.Err() == nil; n-- {
		var zero T
		*s = append(*s, zero)
		P(&(*s)[len(*s)-1]).walk(c)
	}
}

// nullStruct carries a struct that may be null, as nil (a byte says which, KIP-893).
func nullStruct[T any, P walks[T]](c *wire.Codec, p **T) {
	mark := int8(1)
	if *p == nil {
		mark = -1
	}
	c.Int8(&mark)
	if c.Reading() {
		*p = nil
		if mark >= 0 && c.Err() == nil {
			*p = new(T)
		}
	}
	if *p != nil {
		P(*p).walk(c)
	}
}

// mapped carries a map as an array of entries; entry walks a key and its value.
// The variables that entry gets are reused from one entry to the next.
// Null and empty read as a nil map; nilAsEmpty is for fields that want one.
func mapped[K comparable, V any](c *wire.Codec, m *map[K]V, entry func(*K, *V)) {
	n := c.ArrayLength(len(*m), 1)
	entries(c, m, n, n > 0, entry)
}

// nullMapped is mapped for an array that may be null, as a nil map.
func nullMapped[K comparable, V any](c *wire.Codec, m *map[K]V, entry func(*K, *V)) {
	n := len(*m)
	if *m == nil {
		n = -1
	}
	n = c.ArrayLength(n, 1)
	entries(c, m, n, n >= 0, entry)
}

func entries[K comparable, V any](c *wire.Codec, m *map[K]V, n int, set bool, entry func(*K, *V)) {
	var k K
	var v V
	if !c.Reading() {
		for k, v = range *m {
			entry(&k, &v)
		}
		return
	}
	*m = nil
	if set && c.Err() == nil {
		*m = make(map[K]V, min(n, c.Left()/mapEntry+1))
	}
	for ; n > 0 && c.Err() == nil; n-- {
		var noKey K
		var noValue V
		k, v = noKey, noValue
		entry(&k, &v)
		if c.Err() == nil {
			(*m)[k] = v
		}
	}
}

// partitions carries what the API holds as map[topic]map[partition]*T, T's walk
// being what follows the partition's number.
func partitions[T any, P walks[T]](c *wire.Codec, m *map[string]map[int32]*T) {
	mapped(c, m, func(topic *string, blocks *map[int32]*T) {
		c.String(topic)
		partitionMap[T, P](c, blocks)
		c.Tags(nil)
	})
}

// partitionMap carries a topic's partitions, each by its number and T's walk.
func partitionMap[T any, P walks[T]](c *wire.Codec, m *map[int32]*T) {
	n := c.ArrayLength(len(*m), 4)
	if !c.Reading() {
		for partition, block := range *m {
			c.Int32(&partition)
			P(block).walk(c)
		}
		return
	}
	*m = make(map[int32]*T, max(n, 0))
	for n > 0 && c.Err() == nil {
		blocks := make([]T, room[T, P](c, n))
		for i := range blocks {
			var partition int32
			c.Int32(&partition)
			P(&blocks[i]).walk(c)
			if c.Err() != nil {
				return
			}
			(*m)[partition] = &blocks[i]
		}
		n -= len(blocks)
	}
}

// emptyAsNil makes an empty slice that was read nil, for fields that the API has so.
func emptyAsNil[T any](c *wire.Codec, s *[]T) {
	if c.Reading() && len(*s) == 0 {
		*s = nil
	}
}

// nilAsEmpty makes a nil map that was read an empty one, for fields that the API has so.
func nilAsEmpty[K comparable, V any](c *wire.Codec, m *map[K]V) {
	if c.Reading() && *m == nil {
		*m = map[K]V{}
	}
}

// octet carries a number that the API holds in a type wider than its byte on the wire.
func octet[T ~int](c *wire.Codec, v *T) {
	b := int8(*v)
	c.Int8(&b)
	if c.Reading() {
		*v = T(b)
	}
}

// octets carries an array of bytes with sign. Null and empty read as nil.
func octets[T ~int8](c *wire.Codec, s *[]T) {
	n := c.ArrayLength(len(*s), 1)
	if c.Reading() {
		*s = nil
		if n > 0 {
			*s = make([]T, n)
		}
	}
	for i, e := range *s {
		b := int8(e)
		c.Int8(&b)
		(*s)[i] = T(b)
	}
}

// mapEntry is how many bytes the entries of maps are expected to take each, or more: their keys differ.
const mapEntry = 4

// room tells for how many of n elements memory is set aside before they are read: for as many as the bytes left can hold
// if each is as small as it can be. What a peer claims beyond that costs nothing.
func room[T any, P walks[T]](c *wire.Codec, n int) int {
	var t T
	size := int(unsafe.Sizeof(t))
	if n <= 4*c.Left()/max(size, 1) {
		return n
	}
	return max(min(n, c.Left()/smallest[T, P](c)), 1)
}

// smallest is how many bytes an element takes that has nothing but zeros, nulls and empty arrays.
func smallest[T any, P walks[T]](c *wire.Codec) int {
	var w wire.Codec
	var buf [256]byte
	w.ResetWrite(buf[:0], c.Version, c.Flexible())
	P(new(T)).walk(&w)
	return max(len(w.Written()), 1)
}

func lengthOf[T any](s []T) int {
	if s == nil {
		return -1
	}
	return len(s)
}

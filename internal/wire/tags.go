package wire

import (
	"fmt"
	"maps"
	"slices"
)

// A Tag is a tagged field that a walk knows. Walk carries its value; Set says
// whether it has one worth writing (a field at its default is left out).
type Tag struct {
	ID   uint32
	Set  bool
	Walk func(*Codec)
}

// Tags ends a struct of a flexible version with its tagged fields: known ones
// in the order of their numbers, and what else was read, kept in unknown (which
// may be nil: then they are dropped). Older versions have none.
func (c *Codec) Tags(unknown *map[uint32][]byte, known ...Tag) {
	switch {
	case !c.flexible || c.err != nil:
	case !c.reading && len(known) == 0 && (unknown == nil || len(*unknown) == 0):
		c.putUvarint(0)
	case c.reading:
		if unknown != nil {
			*unknown = nil
		}
		for n := c.uvarint(0); n > 0 && c.err == nil; n-- {
			c.readTag(unknown, known)
		}
	case unknown == nil || len(*unknown) == 0:
		c.writeKnown(known)
	default:
		c.writeMerged(*unknown, known)
	}
}

// NoTags steps over the tagged fields of a struct that is read if there are none,
// and reports whether it did. Structs that are read by the hundred ask it before
// they set up what Tags needs.
func (c *Codec) NoTags(unknown *map[uint32][]byte) bool {
	if !c.reading || !c.flexible || c.off >= len(c.buf) || c.buf[c.off] != 0 {
		return false
	}
	c.off++
	*unknown = nil
	return true
}

func (c *Codec) readTag(unknown *map[uint32][]byte, known []Tag) {
	id, claimed := c.uvarint(0), c.uvarint(0)
	if int64(claimed) > int64(c.Left()) {
		c.Fail(ErrShort)
		return
	}
	size := int(claimed)
	for i := range known {
		if known[i].ID == id {
			c.within(size, known[i].Walk)
			return
		}
	}
	body := c.span(size)
	if unknown == nil || c.err != nil {
		return
	}
	if *unknown == nil {
		*unknown = make(map[uint32][]byte)
	}
	(*unknown)[id] = append([]byte{}, body...)
}

// within reads a field that must take exactly size bytes.
func (c *Codec) within(size int, walk func(*Codec)) {
	whole, end := c.buf, c.off+size
	c.buf = whole[:end]
	walk(c)
	if c.err == nil && c.off != end {
		c.Fail(fmt.Errorf("%w in a tagged field", ErrTrailing))
	}
	c.buf = whole
	if c.err != nil {
		c.off = len(whole)
	}
}

func (c *Codec) writeKnown(known []Tag) {
	n := uint32(0)
	for i := range known {
		if known[i].Set {
			n++
		}
	}
	c.uvarint(n)
	for i := range known {
		if known[i].Set {
			c.writeTag(known[i].ID, known[i].Walk)
		}
	}
}

// writeMerged writes known and unknown tags in one ascending order, as Kafka requires.
func (c *Codec) writeMerged(unknown map[uint32][]byte, known []Tag) {
	all := make([]Tag, 0, len(known)+len(unknown))
	for _, id := range slices.Sorted(maps.Keys(unknown)) {
		body := unknown[id]
		all = append(all, Tag{id, true, func(c *Codec) { copy(c.span(len(body)), body) }})
	}
	for _, t := range known {
		if t.Set {
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b Tag) int { return int(a.ID) - int(b.ID) })
	c.writeKnown(all)
}

// writeTag writes the body one byte behind its size, and moves it where the size takes more.
func (c *Codec) writeTag(id uint32, walk func(*Codec)) {
	c.uvarint(id)
	sizeAt := c.off
	c.span(1)
	walk(c)
	if c.err != nil {
		return
	}
	size := c.off - sizeAt - 1
	width := 1
	for v := size; v >= 0x80; v >>= 7 {
		width++
	}
	if width > 1 {
		c.span(width - 1)
		copy(c.buf[sizeAt+width:], c.buf[sizeAt+1:sizeAt+1+size])
	}
	end := c.off
	c.off = sizeAt
	c.uvarint(uint32(size))
	c.off = end
}

package protocol

import (
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// opaqueEntry is a pointer to a partition with its topic, one of a list that
// keeps the order of the wire and leaves records undecoded.
type opaqueEntry[T any] interface {
	*T
	sameTopic(*T) bool
	// sibling is an entry of the same topic that has nothing else.
	sibling() T
	walkTopic(*wire.Codec)
	walkPartition(*wire.Codec)
	// allot sets aside what entries that are about to be read need besides.
	allot(entries []T)
}

// opaqueTopics carries such a list as an array of topics, each with an array of
// partitions. Entries of one topic stand side by side; a topic without partitions is dropped.
func opaqueTopics[T any, P opaqueEntry[T]](c *wire.Codec, list *[]T) {
	if c.Reading() {
		readOpaque[T, P](c, list)
		return
	}
	topics := 0
	for i := range *list {
		if i == 0 || !P(&(*list)[i]).sameTopic(&(*list)[i-1]) {
			topics++
		}
	}
	c.ArrayLength(topics, 1)
	for rest := *list; len(rest) > 0; {
		n := 1
		for n < len(rest) && P(&rest[n]).sameTopic(&rest[0]) {
			n++
		}
		P(&rest[0]).walkTopic(c)
		c.ArrayLength(n, 4)
		for i := range n {
			P(&rest[i]).walkPartition(c)
		}
		c.Tags(nil)
		rest = rest[n:]
	}
}

// smallestOpaque is how many bytes a partition takes at least: its number and its records' length.
const smallestOpaque = 5

func readOpaque[T any, P opaqueEntry[T]](c *wire.Codec, list *[]T) {
	if *list = (*list)[:0]; *list == nil {
		*list = []T{} // which tells that there were none
	}
	for topics := c.ArrayLength(0, 1); topics > 0 && c.Err() == nil; topics-- {
		// The topic is read where another was before: most likely the same, whose name is kept then.
		at := len(*list)
		*list = slices.Grow(*list, 1)
		named := &(*list)[:at+1][at]
		P(named).walkTopic(c)
		blank := P(named).sibling()
		n := c.ArrayLength(0, 4)
		for n > 0 && c.Err() == nil {
			at, some := len(*list), min(n, c.Left()/smallestOpaque+1)
			*list = slices.Grow(*list, some)[:at+some]
			entries := (*list)[at:]
			for i := range entries {
				entries[i] = blank
			}
			P(&entries[0]).allot(entries)
			for i := range entries {
				P(&entries[i]).walkPartition(c)
			}
			n -= some
		}
		c.Tags(nil)
	}
}

// walkOpaqueTopic carries what names a topic: its name, or from version since on its id.
func walkOpaqueTopic(c *wire.Codec, since int16, name *string, id *Uuid) {
	if c.Version < since {
		c.String(name)
	} else {
		c.UUID((*[16]byte)(id))
	}
	if !c.Reading() {
		return
	}
	if c.Version < since {
		*id = Uuid{}
	} else {
		*name = ""
	}
}

// present carries the value of a tagged field that the API holds as a pointer, nil if it is left out.
func present[T any, P walks[T]](c *wire.Codec, p **T) {
	if c.Reading() {
		*p = new(T)
	}
	P(*p).walk(c)
}

package protocol

import (
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// opaqueEntry is a pointer to a partition with its topic, one of a list that
// keeps the order of the wire and leaves records undecoded.
type opaqueEntry[T any] interface {
	*T
	// place is where the entry has what it is about.
	place() (topic *string, id *Uuid, partition *int32)
	// walkPartition carries what comes behind the partition's number.
	walkPartition(*wire.Codec)
	// allot sets aside what entries that are about to be read need besides.
	allot(entries []T)
}

func sameTopic[T any, P opaqueEntry[T]](a, b *T) bool {
	nameA, idA, _ := P(a).place()
	nameB, idB, _ := P(b).place()
	return *nameA == *nameB && *idA == *idB
}

// entryOf finds a partition's entry, nil if there is none.
func entryOf[T any, P opaqueEntry[T]](list []T, topic string, partition int32) *T {
	for i := range list {
		if name, id, at := P(&list[i]).place(); *at == partition && topicOf(*name, *id) == topic {
			return &list[i]
		}
	}
	return nil
}

// opaqueTopics carries such a list as an array of topics, which have ids from version since on, each with an array of
// partitions. Entries of one topic stand side by side; a topic without partitions is dropped.
func opaqueTopics[T any, P opaqueEntry[T]](c *wire.Codec, since int16, list *[]T) {
	if c.Reading() {
		readOpaque[T, P](c, since, list)
		return
	}
	topics := 0
	for i := range *list {
		if i == 0 || !sameTopic[T, P](&(*list)[i], &(*list)[i-1]) {
			topics++
		}
	}
	c.ArrayLength(topics, 1)
	for rest := *list; len(rest) > 0; {
		n := 1
		for n < len(rest) && sameTopic[T, P](&rest[n], &rest[0]) {
			n++
		}
		name, id, _ := P(&rest[0]).place()
		opaqueTopic(c, since, name, id)
		c.ArrayLength(n, 4)
		for i := range n {
			entry := P(&rest[i])
			_, _, partition := entry.place()
			c.Int32(partition)
			entry.walkPartition(c)
		}
		c.Tags(nil)
		rest = rest[n:]
	}
}

// opaqueTopic carries what names a topic: its name, or its id.
func opaqueTopic(c *wire.Codec, since int16, name *string, id *Uuid) {
	if c.Version < since {
		c.String(name)
	} else {
		c.UUID((*[16]byte)(id))
	}
}

// smallestOpaque is how many bytes a partition takes at least: its number and its records' length.
const smallestOpaque = 5

func readOpaque[T any, P opaqueEntry[T]](c *wire.Codec, since int16, list *[]T) {
	if *list = (*list)[:0]; *list == nil {
		*list = []T{} // which tells that there were none
	}
	for topics := c.ArrayLength(0, 1); topics > 0 && c.Err() == nil; topics-- {
		// The name is read where another was before, most likely the same, which is kept then.
		at := len(*list)
		*list = slices.Grow(*list, 1)
		former, _, _ := P(&(*list)[:at+1][at]).place()
		topic, topicID := *former, Uuid{}
		opaqueTopic(c, since, &topic, &topicID)
		if c.Version >= since {
			topic = ""
		}
		n := c.ArrayLength(0, 4)
		for n > 0 && c.Err() == nil {
			at, some := len(*list), min(n, c.Left()/smallestOpaque+1)
			*list = slices.Grow(*list, some)[:at+some]
			entries := (*list)[at:]
			clear(entries)
			P(&entries[0]).allot(entries)
			for i := range entries {
				entry := P(&entries[i])
				name, id, partition := entry.place()
				*name, *id = topic, topicID
				c.Int32(partition)
				entry.walkPartition(c)
			}
			n -= some
		}
		c.Tags(nil)
	}
}

// answeredPartitions is identifiedPartitions for the responses that UnmarshalOpaque reads as a list.
func answeredPartitions[T any, P walks[T], E any, L opaqueEntry[E]](
	c *wire.Codec, since int16, blocks *map[string]map[int32]*T, ids *map[string]Uuid, list *[]E,
) {
	if c.Reading() {
		if *blocks = nil; !c.Opaque {
			*list = nil
		}
	}
	if c.Opaque || *list != nil {
		opaqueTopics[E, L](c, since, list)
		return
	}
	identifiedPartitions[T, P](c, since, blocks, ids)
	nilAsEmpty(c, blocks)
}

// present carries the value of a tagged field that the API holds as a pointer, nil if it is left out.
func present[T any, P walks[T]](c *wire.Codec, p **T) {
	if c.Reading() {
		*p = new(T)
	}
	P(*p).walk(c)
}

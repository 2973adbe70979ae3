package protocol

import (
	"cmp"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// topicKey carries what names a topic: its name, or from version since on its
// id (KIP-516). A topic known by its id alone goes by the id's text.
func topicKey(c *wire.Codec, since int16, name *string, ids *map[string]Uuid) {
	if c.Version < since {
		c.String(name)
		return
	}
	id := (*ids)[*name]
	c.UUID((*[16]byte)(&id))
	if !c.Reading() || c.Err() != nil {
		return
	}
	*name = id.String()
	setTopicID(ids, *name, id)
}

// topicOf is what a topic goes by: its name, or the text of its id if that alone is known.
func topicOf(name string, id Uuid) string {
	if id != (Uuid{}) {
		return id.String()
	}
	return name
}

func setTopicID(ids *map[string]Uuid, topic string, id Uuid) {
	if *ids == nil {
		*ids = make(map[string]Uuid)
	}
	(*ids)[topic] = id
}

// identifiedPartitions is partitions for the APIs whose topics have ids from version since on.
func identifiedPartitions[T any, P walks[T]](c *wire.Codec, since int16, m *map[string]map[int32]*T, ids *map[string]Uuid) {
	mapped(c, m, func(topic *string, blocks *map[int32]*T) {
		topicKey(c, since, topic, ids)
		partitionMap[T, P](c, blocks)
		c.Tags(nil)
	})
}

// blockOf finds a partition's entry, nil if there is none.
func blockOf[T any](m map[string]map[int32]*T, topic string, partition int32) *T {
	return m[topic][partition]
}

// putBlock stores a partition's entry, making the maps that lack.
func putBlock[T any](m *map[string]map[int32]*T, topic string, partition int32, block *T) {
	if *m == nil {
		*m = make(map[string]map[int32]*T)
	}
	if (*m)[topic] == nil {
		(*m)[topic] = make(map[int32]*T)
	}
	(*m)[topic][partition] = block
}

// versionFor is the version of an API for brokers of a Kafka version, at most limit and at least 0.
func versionFor(key int16, kafka KafkaVersion, limit int16) int16 {
	return max(min(MaxVersionFor(key, kafka), limit), 0)
}

func comparePartitions(topicA string, a int32, topicB string, b int32) int {
	return cmp.Or(cmp.Compare(topicA, topicB), cmp.Compare(a, b))
}

// namedTopic returns the i-th of topics whose names and ids lie in two lists, either of which may be shorter.
func namedTopic(names []string, ids []Uuid, i int) (name string, id Uuid) {
	if i < len(names) {
		name = names[i]
	}
	if i < len(ids) {
		id = ids[i]
	}
	return name, id
}

// addNamedTopic appends a topic that was read; the list of ids ends with the last that there is.
func addNamedTopic(c *wire.Codec, names *[]string, ids *[]Uuid, name string, id Uuid) {
	if !c.Reading() || c.Err() != nil {
		return
	}
	*names = append(*names, name)
	if id != (Uuid{}) {
		*ids = append(append(*ids, make([]Uuid, len(*names)-1-len(*ids))...), id)
	}
}

// nameOrNull carries a nullable topic name: an empty one is null if the topic has an id.
func nameOrNull(c *wire.Codec, name *string, id Uuid) {
	if c.Reading() || id != (Uuid{}) {
		c.EmptyAsNull(name)
	} else {
		c.String(name)
	}
}

package protocol

import (
	"cmp"
	"maps"
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// partitionLists carries partitions by topic, where nothing else is told of them.
func partitionLists(c *wire.Codec, m *map[string][]int32) {
	mapped(c, m, func(topic *string, partitions *[]int32) {
		c.String(topic)
		c.Int32s(partitions)
		c.Tags(nil)
	})
}

// partitionErrors carries the outcome for partitions by topic, in the order of
// the wire; topics have ids from version since on.
func partitionErrors(c *wire.Codec, since int16, m *map[string][]*PartitionError, ids *map[string]Uuid) {
	mapped(c, m, func(topic *string, errors *[]*PartitionError) {
		topicKey(c, since, topic, ids)
		structs(c, errors)
		c.Tags(nil)
	})
	nilAsEmpty(c, m)
}

// partitionCodes is partitionErrors for what the API holds as maps by partition.
func partitionCodes(c *wire.Codec, since int16, m *map[string]map[int32]KError, ids *map[string]Uuid) {
	mapped(c, m, func(topic *string, codes *map[int32]KError) {
		topicKey(c, since, topic, ids)
		mapped(c, codes, func(partition *int32, code *KError) {
			c.Int32(partition)
			c.Int16((*int16)(code))
			c.Tags(nil)
		})
		nilAsEmpty(c, codes)
		c.Tags(nil)
	})
}

// putCode stores a partition's code, making the maps that lack.
func putCode(m *map[string]map[int32]KError, topic string, partition int32, code KError) {
	if *m == nil {
		*m = make(map[string]map[int32]KError)
	}
	if (*m)[topic] == nil {
		(*m)[topic] = make(map[int32]KError)
	}
	(*m)[topic][partition] = code
}

// addPartition appends a partition to its topic's list, making the map that lacks.
func addPartition(m *map[string][]int32, topic string, partition int32) {
	if *m == nil {
		*m = make(map[string][]int32)
	}
	(*m)[topic] = append((*m)[topic], partition)
}

// sorted is mapped for what has always been written in the order of the keys.
func sorted[K cmp.Ordered, V any](c *wire.Codec, m *map[K]V, entry func(*K, *V)) {
	if c.Reading() {
		mapped(c, m, entry)
		return
	}
	c.ArrayLength(len(*m), 1)
	for _, k := range slices.Sorted(maps.Keys(*m)) {
		v := (*m)[k]
		entry(&k, &v)
	}
}

// noTopicIDs is the version from which on topics have ids, where none has them.
const noTopicIDs = never

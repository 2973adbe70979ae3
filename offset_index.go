package sarama

import "maps"

const (
	// indexedTopics is among how many topics comparing names one by one is faster than a map.
	indexedTopics = 8
	// indexedPartitions is up to which partition there is an entry for each one of a topic.
	indexedPartitions = 4096
)

// offsetIndex finds partitions' managers for those who mark records, each of which asks for one. It does not change.
type offsetIndex struct {
	topics []topicOffsets // of up to indexedTopics
	all    map[topicPartition]*partitionOffsetManager
}

// topicOffsets has the managers of a topic at their partitions' places; nil: look in all.
type topicOffsets struct {
	topic string
	poms  []*partitionOffsetManager
}

func indexOffsets(poms map[topicPartition]*partitionOffsetManager) *offsetIndex {
	x := &offsetIndex{all: maps.Clone(poms)}
	for tp, pom := range poms {
		if tp.partition < 0 || tp.partition >= indexedPartitions {
			continue
		}
		t := x.topic(tp.topic)
		if t == nil {
			if len(x.topics) == indexedTopics {
				continue
			}
			x.topics = append(x.topics, topicOffsets{topic: tp.topic})
			t = &x.topics[len(x.topics)-1]
		}
		if missing := int(tp.partition) + 1 - len(t.poms); missing > 0 {
			t.poms = append(t.poms, make([]*partitionOffsetManager, missing)...)
		}
		t.poms[tp.partition] = pom
	}
	return x
}

func (x *offsetIndex) topic(name string) *topicOffsets {
	for i := range x.topics {
		if x.topics[i].topic == name {
			return &x.topics[i]
		}
	}
	return nil
}

func (x *offsetIndex) find(tp topicPartition) *partitionOffsetManager {
	if t := x.topic(tp.topic); t != nil && uint32(tp.partition) < uint32(len(t.poms)) {
		if pom := t.poms[tp.partition]; pom != nil {
			return pom
		}
	}
	return x.all[tp]
}

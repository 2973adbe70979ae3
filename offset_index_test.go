package sarama

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOffsetIndexFindsEachPartition(t *testing.T) {
	poms := make(map[topicPartition]*partitionOffsetManager)
	for i := range 3 * indexedTopics {
		for _, partition := range []int32{0, 1, 7, indexedPartitions - 1, indexedPartitions, math.MaxInt32, -1} {
			tp := topicPartition{fmt.Sprint("topic-", i), partition}
			poms[tp] = &partitionOffsetManager{topicPartition: tp}
		}
	}
	asked := topicPartition{"topic-0", 3}
	poms[asked] = nil // its offset has not come yet
	index := indexOffsets(poms)
	for tp, pom := range poms {
		assert.Same(t, pom, index.find(tp), tp)
	}
	for _, none := range []topicPartition{
		asked, {"topic-0", 2}, {"topic-0", indexedPartitions + 1}, {"topic-0", math.MinInt32}, {"topic", 0}, {"", 0},
	} {
		assert.Nil(t, index.find(none), none)
	}
	assert.Nil(t, indexOffsets(nil).find(asked))
}

func BenchmarkMarkMessage(b *testing.B) {
	om := &offsetManager{conf: NewConfig(), poms: make(map[topicPartition]*partitionOffsetManager)}
	for partition := range int32(8) {
		tp := topicPartition{"some.topic.of.eight.parts", partition}
		om.poms[tp] = newPartitionOffsetManager(om, tp, committedOffset{offset: -1})
	}
	session := &consumerGroupSession{offsets: om}
	msg := &ConsumerMessage{Topic: "some.topic.of.eight.parts", Partition: 5}
	b.ReportAllocs()
	for b.Loop() {
		session.MarkMessage(msg, "")
		msg.Offset++
	}
}

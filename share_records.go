package sarama

import (
	"maps"
	"math"
	"slices"

	"github.com/seed20e6684a/sarama/protocol"
)

// mostAcquired is more than a broker gives out at once.
const mostAcquired = 1 << 20

// plausible tells whether what an answer claims to have given out can be gone through, and counted beyond.
func plausible(ranges []protocol.ShareAcquiredRecords) bool {
	left := int64(mostAcquired)
	for _, r := range ranges {
		if r.FirstOffset < 0 || r.LastOffset < r.FirstOffset || r.LastOffset == math.MaxInt64 || r.LastOffset-r.FirstOffset >= left {
			return false
		}
		left -= r.LastOffset - r.FirstOffset + 1
	}
	return true
}

// acquiredOffsets are what a fetch has acquired, gone through in order.
type acquiredOffsets struct {
	ranges []protocol.ShareAcquiredRecords
}

// pass comes to a record: it tells whether it was acquired, how often it has been given out, and which acquired offsets before it
// have no record.
func (a *acquiredOffsets) pass(offset int64) (count int16, gaps []int64, ok bool) {
	for len(a.ranges) > 0 {
		r := &a.ranges[0]
		if offset < r.FirstOffset {
			return 0, gaps, false
		}
		for ; r.FirstOffset < offset && r.FirstOffset <= r.LastOffset; r.FirstOffset++ {
			gaps = append(gaps, r.FirstOffset)
		}
		if r.FirstOffset > r.LastOffset {
			a.ranges = a.ranges[1:]
			continue
		}
		count = r.DeliveryCount
		r.FirstOffset++
		return count, gaps, true
	}
	return 0, gaps, false
}

// rest returns the acquired offsets that no record was come to for.
func (a *acquiredOffsets) rest() (offsets []int64) {
	for _, r := range a.ranges {
		for offset := r.FirstOffset; offset <= r.LastOffset; offset++ {
			offsets = append(offsets, offset)
		}
	}
	a.ranges = nil
	return offsets
}

// shareTopics puts partitions and acknowledgements into the form of requests.
func shareTopics(partitions map[topicPartition]Uuid, acks map[topicPartition]*shareAcks) []protocol.ShareTopic {
	topics := make(map[Uuid][]protocol.SharePartition)
	for tp, id := range partitions {
		topics[id] = append(topics[id], protocol.SharePartition{PartitionIndex: tp.partition})
	}
	for tp, a := range acks {
		topics[a.id] = append(topics[a.id], protocol.SharePartition{
			PartitionIndex: tp.partition, AcknowledgementBatches: acknowledgements(a.kinds),
		})
	}
	var all []protocol.ShareTopic
	for id, partitions := range topics {
		all = append(all, protocol.ShareTopic{TopicID: id, Partitions: partitions})
	}
	return all
}

// acknowledgements are batches of offsets that follow one another, each of one kind.
func acknowledgements(kinds map[int64]int8) []protocol.ShareAcknowledgementBatch {
	var batches []protocol.ShareAcknowledgementBatch
	for _, offset := range slices.Sorted(maps.Keys(kinds)) {
		kind := kinds[offset]
		if n := len(batches); n > 0 && batches[n-1].LastOffset == offset-1 && batches[n-1].AcknowledgeTypes[0] == kind {
			batches[n-1].LastOffset = offset
			continue
		}
		batches = append(batches, protocol.ShareAcknowledgementBatch{
			FirstOffset: offset, LastOffset: offset, AcknowledgeTypes: []int8{kind},
		})
	}
	return batches
}

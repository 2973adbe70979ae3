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
	gaps = a.before(offset)
	if len(a.ranges) == 0 || offset < a.ranges[0].FirstOffset {
		return 0, gaps, false
	}
	r := &a.ranges[0]
	r.FirstOffset++
	return r.DeliveryCount, gaps, true
}

// before returns the acquired offsets up to one, without it, that no record was come to for.
func (a *acquiredOffsets) before(end int64) (offsets []int64) {
	for len(a.ranges) > 0 {
		r := &a.ranges[0]
		for ; r.FirstOffset < end && r.FirstOffset <= r.LastOffset; r.FirstOffset++ {
			offsets = append(offsets, r.FirstOffset)
		}
		if r.FirstOffset <= r.LastOffset {
			break
		}
		a.ranges = a.ranges[1:]
	}
	return offsets
}

// rest returns the acquired offsets that no record was come to for.
func (a *acquiredOffsets) rest() []int64 { return a.before(math.MaxInt64) }

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

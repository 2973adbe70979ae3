package sarama

import (
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedOffsets keeps the offsets of groups, for scripted brokers that are their coordinators.
type scriptedOffsets struct {
	mu        sync.Mutex // guards what follows
	committed map[string]map[topicPartition]committedOffset
	history   []protocol.OffsetCommitPartition // as committed, in order
	// refuse, if set, chooses the error code of a commit; ErrNoError: it is committed.
	refuse func(r *scriptedRequest, tp topicPartition) KError
}

func newScriptedOffsets(brokers ...*scriptedBroker) *scriptedOffsets {
	o := &scriptedOffsets{committed: make(map[string]map[topicPartition]committedOffset)}
	for _, b := range brokers {
		b.on(protocol.KeyOffsetCommit, o.commit)
		b.on(protocol.KeyOffsetFetch, o.fetch)
	}
	return o
}

// set commits an offset.
func (o *scriptedOffsets) set(group, topic string, partition int32, what committedOffset) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.setLocked(group, topicPartition{topic, partition}, what)
}

func (o *scriptedOffsets) setLocked(group string, tp topicPartition, what committedOffset) {
	if o.committed[group] == nil {
		o.committed[group] = make(map[topicPartition]committedOffset)
	}
	o.committed[group][tp] = what
}

// get returns what is committed.
func (o *scriptedOffsets) get(group, topic string, partition int32) committedOffset {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.getLocked(group, topicPartition{topic, partition})
}

func (o *scriptedOffsets) getLocked(group string, tp topicPartition) committedOffset {
	if what, ok := o.committed[group][tp]; ok {
		return what
	}
	return committedOffset{offset: -1, leaderEpoch: -1}
}

// commits returns how many offsets were committed.
func (o *scriptedOffsets) commits() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.history)
}

// refusing sets refuse.
func (o *scriptedOffsets) refusing(refuse func(r *scriptedRequest, tp topicPartition) KError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuse = refuse
}

func (o *scriptedOffsets) commit(r *scriptedRequest) protocol.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	request := r.Body.(*OffsetCommitRequest)
	response := new(OffsetCommitResponse)
	for _, p := range protocol.CommittedOffsets(request) {
		tp, code := topicPartition{p.Topic, p.Partition}, ErrNoError
		if o.refuse != nil {
			code = o.refuse(r, tp)
		}
		if code == ErrNoError {
			o.setLocked(request.ConsumerGroup, tp, committedOffset{p.Offset, p.LeaderEpoch, p.Metadata})
			o.history = append(o.history, p)
		}
		response.AddError(p.Topic, p.Partition, code)
	}
	return response
}

func (o *scriptedOffsets) fetch(r *scriptedRequest) protocol.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	response := &OffsetFetchResponse{Version: r.Version}
	for _, group := range protocol.OffsetFetchGroups(r.Body.(*OffsetFetchRequest)) {
		for topic, partitions := range group.Partitions {
			for _, p := range partitions {
				what := o.getLocked(group.GroupId, topicPartition{topic, p})
				response.AddGroupBlock(group.GroupId, topic, p, &OffsetFetchResponseBlock{
					Offset: what.offset, LeaderEpoch: what.leaderEpoch, Metadata: what.metadata,
				})
			}
		}
	}
	return response
}

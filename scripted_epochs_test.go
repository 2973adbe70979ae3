package sarama

import (
	"slices"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedEpochs is the coordinator of one group of the consumer protocol (KIP-848), on scripted brokers: it deals the
// partitions of one topic, and gives a member what nobody else has.
type scriptedEpochs struct {
	topic      Uuid
	partitions int32

	mu      sync.Mutex // guards what follows
	epoch   int32
	members map[string]*scriptedEpochMember
	refuse  KError // what the next heartbeats are answered with
	left    []int32
	full    []*ConsumerGroupHeartbeatRequest // the heartbeats that say all
}

type scriptedEpochMember struct {
	epoch int32
	owned []int32
	told  []int32 // the last assignment
	fresh bool    // it has not been told
}

func newScriptedEpochs(topic Uuid, partitions int32, brokers ...*scriptedBroker) *scriptedEpochs {
	e := &scriptedEpochs{topic: topic, partitions: partitions, members: make(map[string]*scriptedEpochMember)}
	for _, b := range brokers {
		b.on(protocol.KeyConsumerGroupHeartbeat, e.heartbeat)
	}
	return e
}

func (e *scriptedEpochs) refusing(code KError) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuse = code
}

func (e *scriptedEpochs) heartbeat(r *scriptedRequest) protocol.Message {
	request := r.Body.(*ConsumerGroupHeartbeatRequest)
	e.mu.Lock()
	defer e.mu.Unlock()
	answer := &ConsumerGroupHeartbeatResponse{HeartbeatIntervalMs: int32(3 * time.Second / time.Millisecond)}
	if request.RebalanceTimeoutMs >= 0 {
		e.full = append(e.full, request)
	}
	if e.refuse != ErrNoError {
		said := "the coordinator's words"
		answer.ErrorCode, answer.ErrorMessage = e.refuse, &said
		return answer
	}
	m := e.members[request.MemberID]
	switch {
	case request.MemberEpoch < 0:
		e.left = append(e.left, request.MemberEpoch)
		delete(e.members, request.MemberID)
		e.epoch++
		return answer
	case request.MemberEpoch == 0:
		m = &scriptedEpochMember{fresh: true}
		e.members[request.MemberID] = m
		e.epoch++
	case m == nil:
		answer.ErrorCode = ErrUnknownMemberId
		return answer
	case m.epoch != request.MemberEpoch:
		answer.ErrorCode = ErrFencedMemberEpoch
		return answer
	}
	if request.TopicPartitions != nil {
		m.owned = nil
		for _, of := range request.TopicPartitions {
			m.owned = append(m.owned, of.Partitions...)
		}
	}
	e.assignLocked(request.MemberID, m, answer)
	answer.MemberID, answer.MemberEpoch = &request.MemberID, m.epoch
	return answer
}

// assignLocked gives a member what is its own and nobody else's any more.
func (e *scriptedEpochs) assignLocked(id string, m *scriptedEpochMember, answer *ConsumerGroupHeartbeatResponse) {
	ids := keysOf(e.members)
	place := int32(slices.Index(ids, id))
	var assigned []int32
	holds := false // something that is not its own
	for p := range e.partitions {
		mine := p%int32(len(ids)) == place
		taken := false
		for other, o := range e.members {
			taken = taken || other != id && (slices.Contains(o.owned, p) || slices.Contains(o.told, p))
		}
		has := slices.Contains(m.owned, p)
		if mine && (has || !taken) {
			assigned = append(assigned, p)
		}
		holds = holds || has && !mine
	}
	if !holds || m.epoch == 0 {
		m.epoch = e.epoch
	}
	if !m.fresh && slices.Equal(assigned, m.told) {
		return
	}
	m.fresh, m.told = false, assigned
	answer.Assignment = &ConsumerGroupHeartbeatAssignment{}
	if len(assigned) > 0 {
		answer.Assignment.TopicPartitions = []ConsumerGroupHeartbeatTopicPartitions{{TopicID: e.topic, Partitions: assigned}}
	}
}

// check has offsets refused that are not of a member's epoch, as scriptedOffsets.refuse.
func (e *scriptedEpochs) check(r *scriptedRequest, _ topicPartition) KError {
	request := r.Body.(*OffsetCommitRequest)
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.members[request.ConsumerID]
	switch {
	case m == nil:
		return ErrUnknownMemberId
	case m.epoch != request.ConsumerGroupGeneration:
		return ErrStaleMemberEpoch
	}
	return ErrNoError
}

// expel takes all members out.
func (e *scriptedEpochs) expel() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.members)
	e.epoch++
}

package sarama

import (
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedShare is one share group of scripted brokers, with the records of scripted logs.
type scriptedShare struct {
	logs *scriptedLogs
	id   Uuid

	mu       sync.Mutex // guards what follows; taken after that of logs
	state    map[topicPartition]map[int64]*scriptedShareRecord
	sessions map[string]int32 // by broker and member: the next epoch
	members  map[string]int32 // epochs
	gaps     map[int64]bool   // offsets without a record, in all partitions
	damaged  map[int64]bool   // base offsets of batches that are not as they were written
	// fault chooses the error code of a request; ErrNoError: none.
	fault func(r *scriptedRequest) KError
}

type scriptedShareRecord struct {
	holder string // who has acquired it; empty: nobody
	count  int16
	kind   int8 // AcknowledgeAccept, AcknowledgeReject or AcknowledgeGap, when done
	done   bool
	renews int
}

func newScriptedShare(logs *scriptedLogs, brokers ...*scriptedBroker) *scriptedShare {
	s := &scriptedShare{
		logs: logs, id: Uuid{logs.topicID}, state: make(map[topicPartition]map[int64]*scriptedShareRecord),
		sessions: make(map[string]int32), members: make(map[string]int32), gaps: make(map[int64]bool),
	}
	for _, b := range brokers {
		b.on(protocol.KeyShareGroupHeartbeat, s.heartbeat)
		b.on(protocol.KeyShareFetch, s.fetch)
		b.on(protocol.KeyShareAcknowledge, s.acknowledge)
	}
	return s
}

func (s *scriptedShare) failing(fault func(r *scriptedRequest) KError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *scriptedShare) faultLocked(r *scriptedRequest) KError {
	if s.fault == nil {
		return ErrNoError
	}
	return s.fault(r)
}

func (s *scriptedShare) heartbeat(r *scriptedRequest) protocol.Message {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	request := r.Body.(*ShareGroupHeartbeatRequest)
	response := &ShareGroupHeartbeatResponse{HeartbeatInterval: time.Second}
	if response.ErrorCode = s.faultLocked(r); response.ErrorCode != ErrNoError {
		delete(s.members, request.MemberID)
		said := "as the script has it"
		response.ErrorMessage = &said
		return response
	}
	if epoch, known := s.members[request.MemberID]; request.MemberEpoch > 0 && (!known || epoch != request.MemberEpoch) {
		response.ErrorCode = ErrUnknownMemberId
		return response
	}
	switch request.MemberEpoch {
	case -1:
		delete(s.members, request.MemberID)
		response.MemberEpoch = -1
	case 0:
		s.members[request.MemberID] = 1
		response.MemberEpoch = 1
		topic := protocol.TopicIDPartitions{TopicID: s.id}
		for p := range int32(len(s.logs.leaders)) {
			topic.Partitions = append(topic.Partitions, p)
		}
		response.Assignment = &ShareGroupAssignment{TopicPartitions: []protocol.TopicIDPartitions{topic}}
	default:
		response.MemberEpoch = request.MemberEpoch
	}
	return response
}

// sessionLocked checks a request's epoch.
func (s *scriptedShare) sessionLocked(r *scriptedRequest, member string, epoch int32) KError {
	key := r.Broker.addr() + " " + member
	next, known := s.sessions[key]
	switch {
	case epoch == 0:
		s.sessions[key] = 1
		return ErrNoError
	case !known:
		return ErrShareSessionNotFound
	case epoch == -1:
		delete(s.sessions, key)
		return ErrNoError
	case epoch != next:
		return ErrInvalidShareSessionEpoch
	}
	s.sessions[key]++
	return ErrNoError
}

func (s *scriptedShare) recordLocked(tp topicPartition, offset int64) *scriptedShareRecord {
	if s.state[tp] == nil {
		s.state[tp] = make(map[int64]*scriptedShareRecord)
	}
	if s.state[tp][offset] == nil {
		s.state[tp][offset] = new(scriptedShareRecord)
	}
	return s.state[tp][offset]
}

// take acknowledges what a request says, for a partition.
func (s *scriptedShare) takeLocked(tp topicPartition, member string, batches []protocol.ShareAcknowledgementBatch) KError {
	for _, b := range batches {
		for offset := b.FirstOffset; offset <= b.LastOffset; offset++ {
			record := s.recordLocked(tp, offset)
			if record.holder != member || record.done {
				return ErrInvalidRecordState
			}
			switch kind := b.AcknowledgeTypes[0]; kind {
			case protocol.AcknowledgeRenew:
				record.renews++
			case protocol.AcknowledgeRelease:
				record.holder = ""
			default:
				record.done, record.kind = true, kind
			}
		}
	}
	return ErrNoError
}

func (s *scriptedShare) acknowledge(r *scriptedRequest) protocol.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := r.Body.(*ShareAcknowledgeRequest)
	response := &protocol.ShareAcknowledgeResponse{}
	if response.ErrorCode = s.faultLocked(r); response.ErrorCode != ErrNoError {
		return response
	}
	if response.ErrorCode = s.sessionLocked(r, *request.MemberID, request.ShareSessionEpoch); response.ErrorCode != ErrNoError {
		return response
	}
	for _, topic := range request.Topics {
		answer := protocol.ShareAcknowledgeTopicResponse{TopicID: topic.TopicID}
		for _, p := range topic.Partitions {
			code := s.takeLocked(topicPartition{s.logs.topic, p.PartitionIndex}, *request.MemberID, p.AcknowledgementBatches)
			answer.Partitions = append(answer.Partitions, protocol.ShareAcknowledgePartitionResponse{PartitionIndex: p.PartitionIndex, ErrorCode: code})
		}
		response.Responses = append(response.Responses, answer)
	}
	if request.ShareSessionEpoch == -1 {
		s.releaseLocked(*request.MemberID)
	}
	return response
}

// release makes what a member has acquired available.
func (s *scriptedShare) releaseLocked(member string) {
	for _, records := range s.state {
		for _, record := range records {
			if record.holder == member && !record.done {
				record.holder = ""
			}
		}
	}
}

// expire ends all locks.
func (s *scriptedShare) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, records := range s.state {
		for _, record := range records {
			record.holder = ""
		}
	}
}

func (s *scriptedShare) fetch(r *scriptedRequest) protocol.Message {
	request := r.Body.(*ShareFetchRequest)
	response := &ShareFetchResponse{AcquisitionLockTimeout: 30 * time.Second}
	for deadline := time.Now().Add(request.MaxWait); ; time.Sleep(20 * time.Millisecond) {
		s.logs.mu.Lock()
		s.mu.Lock()
		if response.Responses == nil {
			if response.ErrorCode = s.faultLocked(r); response.ErrorCode == ErrNoError {
				response.ErrorCode = s.sessionLocked(r, *request.MemberID, request.ShareSessionEpoch)
			}
		}
		topic := protocol.ShareFetchTopicResponse{TopicID: s.id}
		if response.ErrorCode == ErrNoError {
			for p := range int32(len(s.logs.leaders)) {
				if answer, any := s.acquireLocked(r.Broker, p, *request.MemberID, int(request.MaxRecords)); any {
					topic.Partitions = append(topic.Partitions, answer)
				}
			}
		}
		s.mu.Unlock()
		s.logs.mu.Unlock()
		response.Responses = []protocol.ShareFetchTopicResponse{topic}
		if response.ErrorCode != ErrNoError || len(topic.Partitions) > 0 || time.Now().After(deadline) {
			return response
		}
		select {
		case <-r.Broker.stopped:
			return r.cut()
		default:
		}
	}
}

// acquireLocked gives a member records of a partition, in batches of five.
func (s *scriptedShare) acquireLocked(b *scriptedBroker, partition int32, member string, most int) (p protocol.ShareFetchPartitionResponse, any bool) {
	p.PartitionIndex = partition
	if s.logs.leaders[partition] != b.address.ID {
		return p, false
	}
	tp := topicPartition{s.logs.topic, partition}
	values := s.logs.logs[partition].values
	for base := 0; base < len(values) && most > 0; base += 5 {
		var records []byte
		fresh, n := false, int32(0)
		end := min(base+5, len(values))
		for offset := base; offset < end; offset++ {
			record := s.recordLocked(tp, int64(offset))
			if record.holder == "" && !record.done {
				fresh = true
				record.holder = member
				record.count++
				most--
				p.AcquiredRecords = append(p.AcquiredRecords, protocol.ShareAcquiredRecords{
					FirstOffset: int64(offset), LastOffset: int64(offset), DeliveryCount: record.count,
				})
			}
			if !s.gaps[int64(offset)] {
				records = protocol.AppendRecord(records, int32(offset-base), 0, nil, []byte(values[offset]), nil)
				n++
			}
		}
		if !fresh {
			continue
		}
		batch := append(make([]byte, protocol.RecordBatchOverhead), records...)
		h := protocol.BatchHeader{BaseOffset: int64(base), LastOffsetDelta: int32(end - base - 1), NumRecords: n, ProducerID: -1}
		h.Put(batch)
		if s.damaged[h.BaseOffset] {
			batch[len(batch)-1] ^= 1
		}
		p.Records = append(p.Records, batch...)
		any = true
	}
	return p, any
}

// records returns what became of a partition's records.
func (s *scriptedShare) records(partition int32) map[int64]scriptedShareRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[int64]scriptedShareRecord)
	for offset, record := range s.state[topicPartition{s.logs.topic, partition}] {
		all[offset] = *record
	}
	return all
}

// size returns how many members there are.
func (s *scriptedShare) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.members)
}

package sarama

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedTxns is a coordinator of transactions and groups, as Kafka's is: it keeps the state of one transactional id, whichever
// broker answers for it, fences old epochs, and completes a transaction some time after its end is decided.
type scriptedTxns struct {
	t       testing.TB
	logs    *scriptedLogs
	id      string
	brokers []*scriptedBroker
	rnd     *rand.Rand
	// fault chooses an error code in place of an action; nil: there is none. It is called with mu held.
	fault func() KError
	// slow is how long the completion of a transaction takes at most.
	slow time.Duration

	mu        sync.Mutex // guards what follows, before logs.mu
	level     int16      // of transaction.version
	at        int        // which of brokers is the coordinator
	producer  int64      // 0: none yet
	epoch     int16
	lastEpoch int16 // before the last raise; -1: nobody may go on with that
	state     txnState
	commit    bool // what is being completed, or was
	ready     time.Time
	parts     map[topicPartition]bool
	groups    map[string]bool
	pending   map[topicPartition]int64 // offsets in the transaction
	offsets   map[topicPartition]int64 // that are committed
	ends      int                      // transactions that have been completed
	byVersion [3]int                   // ends by version
}

type txnState uint8

const (
	txnEmpty txnState = iota
	txnOngoing
	txnPrepared
	txnCompleted
)

// newScriptedTxns makes brokers, those of logs, coordinators of a transactional id and of all groups.
func newScriptedTxns(t testing.TB, logs *scriptedLogs, id string, rnd *rand.Rand, brokers ...*scriptedBroker) *scriptedTxns {
	x := &scriptedTxns{t: t, logs: logs, id: id, brokers: brokers, rnd: rnd, lastEpoch: -1, offsets: make(map[topicPartition]int64)}
	logs.txns = x
	x.clear()
	x.place()
	for _, b := range brokers {
		b.on(protocol.KeyApiVersions, x.versions)
		b.on(protocol.KeyInitProducerId, x.init)
		b.on(protocol.KeyAddPartitionsToTxn, x.addPartitions)
		b.on(protocol.KeyAddOffsetsToTxn, x.addOffsets)
		b.on(protocol.KeyTxnOffsetCommit, x.commitOffsets)
		b.on(protocol.KeyEndTxn, x.end)
	}
	return x
}

func (x *scriptedTxns) clear() {
	x.parts, x.groups, x.pending = make(map[topicPartition]bool), make(map[string]bool), make(map[topicPartition]int64)
}

func (x *scriptedTxns) place() {
	x.logs.cluster.setCoordinator(x.id, x.brokers[x.at])
	x.logs.cluster.setCoordinator("group", x.brokers[x.at])
}

func (x *scriptedTxns) versions(*scriptedRequest) protocol.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	response := allAPIVersions()
	response.FinalizedFeaturesEpoch = 1
	if x.level > 0 {
		response.FinalizedFeatures = []protocol.FinalizedFeatureKey{{Name: "transaction.version", MaxVersionLevel: x.level}}
	}
	return response
}

// setLevel changes the feature, as an upgrade does, and ends all connections.
func (x *scriptedTxns) setLevel(level int16) {
	x.mu.Lock()
	x.level = level
	x.mu.Unlock()
	for _, b := range x.brokers {
		b.cut()
	}
}

// refuse returns why a request is not acted on. The caller holds mu.
func (x *scriptedTxns) refuse(r *scriptedRequest) KError {
	x.settle(false)
	if x.brokers[x.at] != r.Broker {
		return ErrNotCoordinatorForConsumer
	}
	if x.fault == nil {
		return ErrNoError
	}
	code := x.fault()
	if code == ErrNotCoordinatorForConsumer {
		x.at = (x.at + 1) % len(x.brokers)
		x.place()
	}
	return code
}

// settle completes a transaction whose end is decided, if it is time, or in any case. The caller holds mu.
func (x *scriptedTxns) settle(now bool) {
	if x.state != txnPrepared || !now && time.Now().Before(x.ready) {
		return
	}
	x.logs.mu.Lock()
	defer x.logs.mu.Unlock()
	x.mark()
}

// mark writes the markers. The caller holds mu and logs.mu.
func (x *scriptedTxns) mark() {
	for tp := range x.parts {
		x.logs.logs[tp.partition].mark(x.producer, x.epoch, x.commit)
	}
	if x.commit {
		for tp, offset := range x.pending {
			x.offsets[tp] = offset
		}
	}
	x.clear()
	x.state = txnCompleted
	x.ends++
}

// known returns an error unless the producer is the one that has the transactional id. The caller holds mu.
func (x *scriptedTxns) known(id int64, epoch int16) KError {
	switch {
	case id != x.producer:
		return ErrInvalidProducerIDMapping
	case epoch != x.epoch:
		return ErrProducerFenced
	}
	return ErrNoError
}

func (x *scriptedTxns) init(r *scriptedRequest) protocol.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	request := r.Body.(*InitProducerIDRequest)
	failed := func(code KError) protocol.Message {
		return &InitProducerIDResponse{Err: code, ProducerID: -1, ProducerEpoch: -1}
	}
	if code := x.refuse(r); code != ErrNoError {
		return failed(code)
	}
	own := request.ProducerID >= 0
	switch {
	case own && (request.ProducerID != x.producer || request.ProducerEpoch != x.epoch && request.ProducerEpoch != x.lastEpoch):
		return failed(ErrProducerFenced)
	case x.state == txnPrepared:
		return failed(ErrConcurrentTransactions)
	case x.state == txnOngoing:
		x.epoch, x.lastEpoch = x.epoch+1, -1
		x.decide(false)
		return failed(ErrConcurrentTransactions)
	case own && request.ProducerEpoch == x.lastEpoch: // asked again
	case x.producer == 0:
		x.producer = 1000
	default:
		last := x.epoch
		x.epoch++
		if x.lastEpoch = -1; own {
			x.lastEpoch = last
		}
	}
	x.state = txnEmpty
	return &InitProducerIDResponse{ProducerID: x.producer, ProducerEpoch: x.epoch}
}

// decide ends the transaction; it will be completed. The caller holds mu.
func (x *scriptedTxns) decide(commit bool) {
	x.state, x.commit = txnPrepared, commit
	x.ready = time.Now()
	if x.slow > 0 {
		x.ready = x.ready.Add(time.Duration(x.rnd.Int64N(int64(x.slow))))
	}
}

// extend makes the transaction, if there is one or can be, have something more. The caller holds mu.
func (x *scriptedTxns) extend(id int64, epoch int16) KError {
	if code := x.known(id, epoch); code != ErrNoError {
		return code
	}
	if x.state == txnPrepared {
		return ErrConcurrentTransactions
	}
	x.state = txnOngoing
	return ErrNoError
}

func (x *scriptedTxns) addPartitions(r *scriptedRequest) protocol.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	request := r.Body.(*AddPartitionsToTxnRequest)
	code := x.refuse(r)
	if code == ErrNoError {
		code = x.extend(request.ProducerID, request.ProducerEpoch)
	}
	response := &AddPartitionsToTxnResponse{Errors: make(map[string][]*PartitionError)}
	for topic, partitions := range request.TopicPartitions {
		for _, p := range partitions {
			if code == ErrNoError {
				x.parts[topicPartition{topic, p}] = true
			}
			response.Errors[topic] = append(response.Errors[topic], &PartitionError{Partition: p, Err: code})
		}
	}
	return response
}

func (x *scriptedTxns) addOffsets(r *scriptedRequest) protocol.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	request := r.Body.(*AddOffsetsToTxnRequest)
	code := x.refuse(r)
	if code == ErrNoError {
		code = x.extend(request.ProducerID, request.ProducerEpoch)
	}
	if code == ErrNoError {
		x.groups[request.GroupID] = true
	}
	return &AddOffsetsToTxnResponse{Err: code}
}

func (x *scriptedTxns) commitOffsets(r *scriptedRequest) protocol.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	request := r.Body.(*TxnOffsetCommitRequest)
	code := x.refuse(r)
	if code == ErrNoError && request.Version > maxTxnOffsetCommitExplicit {
		if code = x.extend(request.ProducerID, request.ProducerEpoch); code == ErrNoError {
			x.groups[request.GroupID] = true
		}
	}
	if code == ErrNoError && !x.groups[request.GroupID] {
		x.t.Errorf("offsets of group %s, which the transaction does not have", request.GroupID)
		code = ErrInvalidTxnState
	}
	response := &TxnOffsetCommitResponse{Topics: make(map[string][]*PartitionError)}
	for topic, offsets := range request.Topics {
		for _, o := range offsets {
			if code == ErrNoError {
				x.pending[topicPartition{topic, o.Partition}] = o.Offset
			}
			response.Topics[topic] = append(response.Topics[topic], &PartitionError{Partition: o.Partition, Err: code})
		}
	}
	return response
}

func (x *scriptedTxns) end(r *scriptedRequest) protocol.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	request := r.Body.(*EndTxnRequest)
	code := x.refuse(r)
	if code == ErrNoError {
		code = x.endLocked(request, request.Version > maxEndTxnExplicit)
	}
	if code != ErrNoError {
		return &EndTxnResponse{Err: code, ProducerID: -1, ProducerEpoch: -1}
	}
	return &EndTxnResponse{ProducerID: x.producer, ProducerEpoch: x.epoch}
}

func (x *scriptedTxns) endLocked(request *EndTxnRequest, raises bool) KError {
	again := raises && x.lastEpoch >= 0 && request.ProducerEpoch == x.lastEpoch && request.ProducerID == x.producer
	if !again {
		if code := x.known(request.ProducerID, request.ProducerEpoch); code != ErrNoError {
			return code
		}
	}
	commit := request.TransactionResult
	switch x.state {
	case txnOngoing:
		if again {
			return ErrProducerFenced
		}
	case txnPrepared:
		return ErrConcurrentTransactions
	case txnCompleted:
		if x.commit == commit && (again || !raises) {
			return ErrNoError
		}
		if commit || again || !raises {
			return ErrInvalidTxnState
		}
	case txnEmpty:
		if commit || !raises {
			return ErrInvalidTxnState
		}
	}
	x.byVersion[1]++
	if raises {
		x.byVersion[1]--
		x.byVersion[2]++
		x.epoch, x.lastEpoch = x.epoch+1, x.epoch
	}
	x.decide(commit)
	return ErrNoError
}

// mayWrite is asked by a partition's leader for a batch of a transaction. The caller holds logs.mu.
func (x *scriptedTxns) mayWrite(h *protocol.BatchHeader, tp topicPartition, adds bool) KError {
	x.logs.mu.Unlock() // that of the coordinator comes first
	x.mu.Lock()
	x.logs.mu.Lock()
	defer x.mu.Unlock()
	if x.state == txnPrepared && !time.Now().Before(x.ready) {
		x.mark()
	}
	if h.ProducerID != x.producer || h.ProducerEpoch != x.epoch {
		return ErrInvalidProducerEpoch
	}
	if adds {
		code := x.extend(h.ProducerID, h.ProducerEpoch)
		if code == ErrNoError {
			x.parts[tp] = true
		}
		return code
	}
	if x.state != txnOngoing || !x.parts[tp] {
		x.t.Errorf("a batch for %v, which the transaction does not have", tp)
		return ErrInvalidTxnState
	}
	return ErrNoError
}

// fence has another producer take the transactional id.
func (x *scriptedTxns) fence() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.epoch, x.lastEpoch = x.epoch+1, -1
	if x.state == txnOngoing {
		x.decide(false)
		x.settle(true)
	}
	x.state = txnEmpty
}

package sarama

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedFetches lets consumers read scripted logs, with fetch sessions, as Kafka does.
type scriptedFetches struct {
	logs *scriptedLogs
	// fault chooses what goes wrong with a partition of a fetch; nil: nothing does. It is called with the logs' mu held.
	fault func() scriptedFault
	// perFetch is how many records a partition gives at once.
	perFetch int
	// prefer is the replica that leaders send consumers to; 0: they do not.
	prefer int32
	// sessions tells whether the brokers keep fetch sessions.
	sessions bool

	mu      sync.Mutex // guards what follows
	asked   map[int32]map[topicPartition]protocol.FetchPartition
	epochs  map[int32]int32
	nextID  int32
	fetches int
	sizes   []int // of partitions asked for, by fetch
}

func newScriptedFetches(logs *scriptedLogs, brokers ...*scriptedBroker) *scriptedFetches {
	f := &scriptedFetches{
		logs: logs, perFetch: 7, sessions: true,
		asked: make(map[int32]map[topicPartition]protocol.FetchPartition), epochs: make(map[int32]int32),
	}
	for _, b := range brokers {
		b.on(protocol.KeyFetch, f.fetch)
		b.on(protocol.KeyListOffsets, f.offsets)
	}
	return f
}

// offsets answers ListOffsets.
func (f *scriptedFetches) offsets(r *scriptedRequest) protocol.Message {
	f.logs.mu.Lock()
	defer f.logs.mu.Unlock()
	response := &OffsetResponse{Blocks: make(map[string]map[int32]*OffsetResponseBlock)}
	for _, asked := range protocol.RequestedOffsets(r.Body.(*OffsetRequest)) {
		block := &OffsetResponseBlock{Timestamp: -1}
		switch {
		case f.logs.leaders[asked.Partition] != r.Broker.address.ID:
			block.Err, block.Offset = ErrNotLeaderForPartition, -1
		case asked.Timestamp == OffsetNewest:
			block.Offset = int64(len(f.logs.logs[asked.Partition].values))
		}
		block.Offsets = []int64{block.Offset}
		if response.Blocks[asked.Topic] == nil {
			response.Blocks[asked.Topic] = make(map[int32]*OffsetResponseBlock)
		}
		response.Blocks[asked.Topic][asked.Partition] = block
	}
	return response
}

// fetch answers Fetch: at once if there is anything to tell, else when the request's patience is over.
func (f *scriptedFetches) fetch(r *scriptedRequest) protocol.Message {
	request := r.Body.(*FetchRequest)
	asked, id, code := f.session(request)
	if code != ErrNoError {
		return &FetchResponse{ErrorCode: int16(code)}
	}
	deadline := time.NewTimer(time.Duration(request.MaxWaitTime) * time.Millisecond)
	defer deadline.Stop()
	retry := time.NewTicker(time.Millisecond)
	defer retry.Stop()
	for {
		response, cut := f.answer(r.Broker.address.ID, asked)
		if cut {
			return r.cut()
		}
		response.SessionID, response.TopicIDs = id, request.TopicIDs
		if len(response.Blocks) > 0 {
			return response
		}
		select {
		case <-retry.C:
		case <-deadline.C:
			return response
		case <-r.Broker.stopped:
			return r.cut()
		}
	}
}

// session returns the partitions that a request is for.
func (f *scriptedFetches) session(r *FetchRequest) (map[topicPartition]protocol.FetchPartition, int32, KError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fetches++
	given := make(map[topicPartition]protocol.FetchPartition)
	for _, p := range protocol.RequestedPartitions(r) {
		given[topicPartition{p.Topic, p.Partition}] = p
	}
	f.sizes = append(f.sizes, len(given))
	if !f.sessions || r.Version < 7 || r.SessionEpoch < 0 {
		return given, 0, ErrNoError
	}
	id := r.SessionID
	if r.SessionEpoch == 0 {
		f.nextID++
		id = f.nextID
		f.asked[id] = given
		f.epochs[id] = 1
		return given, id, ErrNoError
	}
	known := f.asked[id]
	switch {
	case known == nil:
		return nil, 0, ErrFetchSessionIDNotFound
	case f.epochs[id] != r.SessionEpoch:
		return nil, 0, ErrInvalidFetchSessionEpoch
	}
	f.epochs[id]++
	for tp, p := range given {
		known[tp] = p
	}
	for topic, partitions := range protocol.ForgottenPartitions(r) {
		for _, p := range partitions {
			delete(known, topicPartition{topic, p})
		}
	}
	return known, id, ErrNoError
}

func (f *scriptedFetches) answer(broker int32, asked map[topicPartition]protocol.FetchPartition) (*FetchResponse, bool) {
	f.logs.mu.Lock()
	defer f.logs.mu.Unlock()
	response := &FetchResponse{}
	for tp, p := range asked {
		log := f.logs.logs[tp.partition]
		end := int64(len(log.values))
		fail := func(code KError) {
			response.AddError(tp.topic, tp.partition, code)
			response.GetBlock(tp.topic, tp.partition).HighWaterMarkOffset = -1
		}
		if f.logs.leaders[tp.partition] != broker && f.prefer != broker {
			fail(ErrNotLeaderForPartition)
			continue
		}
		if f.prefer > 0 && f.prefer != broker { // as Kafka: the leader gives no records then
			response.AddError(tp.topic, tp.partition, ErrNoError)
			response.GetBlock(tp.topic, tp.partition).PreferredReadReplica = f.prefer
			response.GetBlock(tp.topic, tp.partition).HighWaterMarkOffset = end
			continue
		}
		if p.Offset > end {
			fail(ErrOffsetOutOfRange)
			continue
		}
		if p.Offset == end {
			continue
		}
		if f.fault != nil {
			fault := f.fault()
			if fault.move {
				f.logs.moveLocked(tp.partition, broker)
			}
			if fault.cut {
				return nil, true
			}
			if fault.code != ErrNoError {
				fail(fault.code)
				continue
			}
		}
		for offset := p.Offset; offset < min(end, p.Offset+int64(f.perFetch)); offset++ {
			response.AddRecord(tp.topic, tp.partition, nil, StringEncoder(log.values[offset]), offset)
		}
		response.SetLastOffsetDelta(tp.topic, tp.partition, int32(min(end, p.Offset+int64(f.perFetch))-1))
		response.GetBlock(tp.topic, tp.partition).HighWaterMarkOffset = end
	}
	return response, false
}

// fetchFaults returns faults for a part of the partitions fetched, n of them at most.
func fetchFaults(rnd *rand.Rand, n int, part float64) func() scriptedFault {
	kinds := []scriptedFault{
		{code: ErrNotLeaderForPartition, move: true}, {code: ErrLeaderNotAvailable}, {code: ErrUnknown}, {code: ErrReplicaNotAvailable},
		{cut: true}, {cut: true, move: true}, {move: true}, {code: ErrFencedLeaderEpoch},
	}
	return func() scriptedFault {
		if n == 0 || rnd.Float64() >= part {
			return scriptedFault{}
		}
		n--
		return kinds[rnd.IntN(len(kinds))]
	}
}

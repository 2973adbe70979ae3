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
	// sessions tells whether the brokers keep fetch sessions.
	sessions bool
	// hints has answers name the next leader.
	hints bool
	// codec is what batches are compressed with.
	codec CompressionCodec

	mu      sync.Mutex // guards what follows
	prefer  int32      // the replica to read from in the place of the leader; 0: none
	asked   map[int32]map[fetchKey]protocol.FetchPartition
	epochs  map[int32]int32
	nextID  int32
	fetches int
	sizes   []int // of partitions asked for, by fetch
}

// fetchKey is a partition in a fetch session. A topic that is made anew has another id, and is another one.
type fetchKey struct {
	topicPartition
	id Uuid
}

func newScriptedFetches(logs *scriptedLogs, brokers ...*scriptedBroker) *scriptedFetches {
	f := &scriptedFetches{
		logs: logs, perFetch: 7, sessions: true,
		asked: make(map[int32]map[fetchKey]protocol.FetchPartition), epochs: make(map[int32]int32),
	}
	logs.perMove = 1
	for _, b := range brokers {
		b.on(protocol.KeyFetch, f.fetch)
		b.on(protocol.KeyListOffsets, f.offsets)
		b.on(protocol.KeyOffsetForLeaderEpoch, f.epochEnds)
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
		case asked.Timestamp >= 0:
			// A record's time is its offset, in seconds.
			if block.Offset = (asked.Timestamp + 999) / 1000; block.Offset >= int64(len(f.logs.logs[asked.Partition].values)) {
				block.Offset = -1
			}
		}
		block.Offsets = []int64{block.Offset}
		if response.Blocks[asked.Topic] == nil {
			response.Blocks[asked.Topic] = make(map[int32]*OffsetResponseBlock)
		}
		response.Blocks[asked.Topic][asked.Partition] = block
	}
	return response
}

// epochEnds answers OffsetForLeaderEpoch.
func (f *scriptedFetches) epochEnds(r *scriptedRequest) protocol.Message {
	f.logs.mu.Lock()
	defer f.logs.mu.Unlock()
	response := &OffsetForLeaderEpochResponse{Blocks: make(map[string]map[int32]*OffsetForLeaderEpochResponseBlock)}
	for topic, partitions := range r.Body.(*OffsetForLeaderEpochRequest).Blocks {
		response.Blocks[topic] = make(map[int32]*OffsetForLeaderEpochResponseBlock)
		for p, asked := range partitions {
			block := &OffsetForLeaderEpochResponseBlock{LeaderEpoch: -1, EndOffset: -1}
			switch {
			case f.logs.leaders[p] != r.Broker.address.ID:
				block.Err = ErrNotLeaderForPartition
			case asked.CurrentLeaderEpoch < f.logs.epoch:
				block.Err = ErrFencedLeaderEpoch
			default:
				block.LeaderEpoch, block.EndOffset = f.logs.logs[p].endOf(asked.LeaderEpoch)
			}
			response.Blocks[topic][p] = block
		}
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
		response.SessionID = id
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
func (f *scriptedFetches) session(r *FetchRequest) (map[fetchKey]protocol.FetchPartition, int32, KError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fetches++
	given := make(map[fetchKey]protocol.FetchPartition)
	for _, p := range protocol.RequestedPartitions(r) {
		given[fetchKey{topicPartition{p.Topic, p.Partition}, r.TopicIDs[p.Topic]}] = p
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
			delete(known, fetchKey{topicPartition{topic, p}, r.TopicIDs[topic]})
		}
	}
	return known, id, ErrNoError
}

func (f *scriptedFetches) answer(broker int32, asked map[fetchKey]protocol.FetchPartition) (*FetchResponse, bool) {
	f.logs.mu.Lock()
	defer f.logs.mu.Unlock()
	f.mu.Lock()
	prefer := f.prefer
	f.mu.Unlock()
	response := &FetchResponse{TopicIDs: make(map[string]Uuid)}
	for tp, p := range asked {
		if tp.id != (Uuid{}) && tp.id[0] != f.logs.topicID {
			tp.topic += "(old)"
			response.TopicIDs[tp.topic] = tp.id
			response.AddError(tp.topic, tp.partition, ErrUnknownTopicID)
			continue
		}
		response.TopicIDs[tp.topic] = tp.id
		log := f.logs.logs[tp.partition]
		end := int64(len(log.values))
		fail := func(code KError) {
			response.AddError(tp.topic, tp.partition, code)
			response.GetBlock(tp.topic, tp.partition).HighWaterMarkOffset = -1
		}
		leads := f.logs.leaders[tp.partition] == broker
		if !leads && prefer != broker {
			fail(ErrNotLeaderForPartition)
			if f.hints {
				response.GetBlock(tp.topic, tp.partition).CurrentLeader =
					&FetchResponseCurrentLeader{LeaderID: f.logs.leaders[tp.partition], LeaderEpoch: f.logs.epoch}
			}
			continue
		}
		if leads && prefer != 0 {
			fail(ErrNoError)
			block := response.GetBlock(tp.topic, tp.partition)
			block.PreferredReadReplica, block.HighWaterMarkOffset = prefer, end
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
		epoch, until := log.epochOf(p.Offset)
		until = min(until, p.Offset+int64(f.perFetch))
		for offset := p.Offset; offset < until; offset++ {
			response.AddRecord(tp.topic, tp.partition, nil, StringEncoder(log.values[offset]), offset)
		}
		response.SetLastOffsetDelta(tp.topic, tp.partition, int32(until-1))
		block := response.GetBlock(tp.topic, tp.partition)
		block.HighWaterMarkOffset = end
		block.RecordsSet[0].RecordBatch.Codec = f.codec
		block.RecordsSet[0].RecordBatch.PartitionLeaderEpoch = epoch
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

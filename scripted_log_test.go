package sarama

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedLogs are the partitions of scripted brokers: they append what leaders are sent, as Kafka does, sequences of
// idempotent producers included, and fail as fault says.
type scriptedLogs struct {
	t       testing.TB
	cluster *scriptedCluster
	topic   string
	// partitions is how many there were at first.
	partitions int32
	// fault chooses what goes wrong with a batch; nil: nothing does. It is called with mu held.
	fault func() scriptedFault
	// delay is how long a request takes; nil: no time. It is called with mu held.
	delay func() time.Duration
	// limit is the largest batch that is appended, in bytes; 0: any is.
	limit int

	mu      sync.Mutex // guards what follows
	leaders map[int32]int32
	logs    map[int32]*scriptedLog
	nextID  int64
	topicID byte
	epoch   int32 // of all leaders
	perMove int32 // what it grows by when a leader moves
	hints   bool  // who does not lead tells who does (KIP-951)
	gone    bool  // the topic is out of sight

	txns *scriptedTxns // nil: batches of transactions fail the test
}

// scriptedFault is what goes wrong with a batch.
type scriptedFault struct {
	appended bool   // before it goes wrong
	code     KError // what the answer says
	cut      bool   // there is no answer: the connection ends
	move     bool   // another broker becomes the leader
}

// scriptedLog is one partition. Its offsets are the values' indices: markers of transactions take none.
type scriptedLog struct {
	values    []string
	starts    []scriptedAppend // of leaders' epochs, which sequence holds
	open      map[int64][]int  // indices of values in a transaction of a producer that has not ended
	hidden    map[int]bool     // indices of values that are not committed
	producers map[int64]*scriptedProducer
}

func newScriptedLog(epoch int32) *scriptedLog {
	return &scriptedLog{starts: []scriptedAppend{{epoch, 0}}, open: make(map[int64][]int), hidden: make(map[int]bool), producers: make(map[int64]*scriptedProducer)}
}

// scriptedProducer is what a partition knows of an idempotent producer.
type scriptedProducer struct {
	epoch int16
	next  int32 // sequence
	last  []scriptedAppend
}

type scriptedAppend struct {
	sequence int32
	offset   int64
}

// newScriptedLogs gives brokers a topic, whose partitions they lead in turn.
func newScriptedLogs(t testing.TB, cluster *scriptedCluster, topic string, partitions int32, brokers ...*scriptedBroker) *scriptedLogs {
	l := &scriptedLogs{t: t, cluster: cluster, topic: topic, partitions: partitions, leaders: make(map[int32]int32), logs: make(map[int32]*scriptedLog), nextID: 100, topicID: 1, epoch: 1}
	for p := range partitions {
		l.leaders[p] = brokers[int(p)%len(brokers)].address.ID
		l.logs[p] = newScriptedLog(l.epoch)
	}
	l.announce()
	for _, b := range brokers {
		b.on(protocol.KeyProduce, l.produce)
		b.on(protocol.KeyInitProducerId, l.initProducerID)
	}
	return l
}

// announce makes the leaders known. The caller holds mu, or has l for itself.
func (l *scriptedLogs) announce() {
	var partitions []*PartitionMetadata
	for p := range int32(len(l.leaders)) {
		partitions = append(partitions, ledBy(p, l.leaders[p], l.epoch))
	}
	l.cluster.setTopic(l.topic, l.topicID, partitions...)
}

// moveLocked makes another broker than from the leader.
func (l *scriptedLogs) moveLocked(partition, from int32) {
	for id := range l.cluster.brokerIDs() {
		if id != from {
			l.leaders[partition] = id
		}
	}
	l.begunLocked(partition)
}

// begunLocked notes that another leader writes from now on, and makes that known.
func (l *scriptedLogs) begunLocked(partition int32) {
	l.epoch += l.perMove
	log := l.logs[partition]
	for len(log.starts) > 0 && log.starts[len(log.starts)-1].offset >= int64(len(log.values)) {
		log.starts = log.starts[:len(log.starts)-1]
	}
	log.starts = append(log.starts, scriptedAppend{l.epoch, int64(len(log.values))})
	l.announce()
}

// cut makes another broker the leader, which does not have all: it has a number of values alone.
func (l *scriptedLogs) cut(partition, leader int32, length int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaders[partition] = leader
	l.logs[partition].values = l.logs[partition].values[:length]
	l.begunLocked(partition)
}

// epochOf returns the epoch in which a value was written, and where that ended.
func (log *scriptedLog) epochOf(offset int64) (epoch int32, end int64) {
	end = int64(len(log.values))
	for i := len(log.starts) - 1; i >= 0; i-- {
		if log.starts[i].offset <= offset {
			return log.starts[i].sequence, end
		}
		end = log.starts[i].offset
	}
	return -1, -1
}

// endOf returns the last epoch that is not after one, and where it ended.
func (log *scriptedLog) endOf(epoch int32) (int32, int64) {
	end := int64(len(log.values))
	for i := len(log.starts) - 1; i >= 0; i-- {
		if log.starts[i].sequence <= epoch {
			return log.starts[i].sequence, end
		}
		end = log.starts[i].offset
	}
	return -1, -1
}

// move makes a broker the leader.
func (l *scriptedLogs) move(partition, leader int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaders[partition] = leader
	l.begunLocked(partition)
}

// add appends values to a partition, as if they had been produced.
func (l *scriptedLogs) add(partition int32, values ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logs[partition].values = append(l.logs[partition].values, values...)
}

func (l *scriptedLogs) initProducerID(*scriptedRequest) protocol.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nextID++
	return &protocol.InitProducerIDResponse{ProducerID: l.nextID}
}

// committed are the values that are not of a transaction that is open or aborted.
func (l *scriptedLogs) committed(partition int32) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var values []string
	log := l.logs[partition]
	for i, v := range log.values {
		if !log.hidden[i] {
			values = append(values, v)
		}
	}
	return values
}

// mark ends a producer's transaction in the partition, as the coordinator has it.
func (log *scriptedLog) mark(producer int64, epoch int16, commit bool) {
	for _, i := range log.open[producer] {
		if commit {
			delete(log.hidden, i)
		}
	}
	delete(log.open, producer)
	if p := log.producers[producer]; p == nil || p.epoch != epoch {
		log.producers[producer] = &scriptedProducer{epoch: epoch}
	}
}

// setGone takes the topic out of sight, or brings it back: the same, or another one of that name.
func (l *scriptedLogs) setGone(gone, another bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = gone
	if another {
		l.topicID++
		for p := range l.logs {
			l.logs[p] = newScriptedLog(l.epoch)
		}
	}
	if gone {
		l.cluster.deleteTopic(l.topic)
		return
	}
	l.announce()
}

func (l *scriptedLogs) values(partition int32) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.logs[partition].values...)
}

func (l *scriptedLogs) produce(r *scriptedRequest) protocol.Message {
	if l.delay != nil {
		l.mu.Lock()
		timer := time.NewTimer(l.delay())
		l.mu.Unlock()
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Broker.stopped:
			return r.cut()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	request := r.Body.(*ProduceRequest)
	response := &ProduceResponse{}
	for _, part := range protocol.ProducedPartitions(request) {
		block, cut := l.append(r, &part, response)
		if cut {
			return r.cut()
		}
		topic := part.Topic
		if r.Version > lastNamedVersion {
			topic = part.TopicID.String()
			response.TopicIDs = map[string]Uuid{topic: part.TopicID}
		}
		if response.Blocks == nil {
			response.Blocks = map[string]map[int32]*ProduceResponseBlock{}
		}
		if response.Blocks[topic] == nil {
			response.Blocks[topic] = map[int32]*ProduceResponseBlock{}
		}
		if response.Blocks[topic][part.Partition] != nil {
			l.t.Errorf("a request has partition %d twice", part.Partition)
		}
		response.Blocks[topic][part.Partition] = block
	}
	if request.RequiredAcks == NoResponse {
		return nil
	}
	return response
}

// append appends a batch, and returns the answer for it, or that there is none.
func (l *scriptedLogs) append(r *scriptedRequest, part *protocol.ProducePartition, response *ProduceResponse) (block *ProduceResponseBlock, cut bool) {
	broker := r.Broker.address.ID
	if l.gone || r.Version > lastNamedVersion && part.TopicID != (Uuid{l.topicID}) {
		code := ErrUnknownTopicOrPartition
		if r.Version > lastNamedVersion {
			code = ErrUnknownTopicID
		}
		return &ProduceResponseBlock{Err: code, Offset: -1}, false
	}
	if leader := l.leaders[part.Partition]; leader != broker {
		block := &ProduceResponseBlock{Err: ErrNotLeaderForPartition, Offset: -1}
		if l.hints && r.Version >= 10 {
			at := l.cluster.address(leader)
			block.CurrentLeader = &protocol.ProduceResponseCurrentLeader{LeaderID: leader, LeaderEpoch: l.epoch}
			response.NodeEndpoints = []*protocol.ProduceResponseNodeEndpoint{{NodeID: leader, Host: at.Host, Port: at.Port}}
		}
		return block, false
	}
	if l.limit > 0 && len(part.Records) > l.limit {
		return &ProduceResponseBlock{Err: ErrMessageSizeTooLarge, Offset: -1}, false
	}
	var f scriptedFault
	if l.fault != nil {
		f = l.fault()
	}
	failed := f.code != ErrNoError || f.cut
	if f.move {
		l.moveLocked(part.Partition, broker)
	}
	block = &ProduceResponseBlock{Err: f.code, Offset: -1}
	if !failed || f.appended {
		offset, code := l.write(r, part)
		if !failed {
			block.Err, block.Offset = code, offset
		}
	}
	return block, f.cut
}

// write has the coordinator agree to a batch of a transaction, and appends it.
func (l *scriptedLogs) write(r *scriptedRequest, part *protocol.ProducePartition) (offset int64, code KError) {
	header, err := protocol.ReadBatchHeader(part.Records)
	if err == nil && header.Attributes&transactionalBatch != 0 {
		if l.txns == nil {
			l.t.Error("a batch of a transaction")
		} else if code := l.txns.mayWrite(&header, topicPartition{l.topic, part.Partition}, r.Version > maxProduceExplicit); code != ErrNoError {
			return -1, code
		}
	}
	return l.logs[part.Partition].append(l.t, part.Records)
}

func (log *scriptedLog) append(t testing.TB, batch []byte) (offset int64, code KError) {
	header, err := protocol.ReadBatchHeader(batch)
	if err != nil {
		t.Errorf("a batch: %v", err)
		return -1, ErrInvalidMessage
	}
	if header.ProducerID >= 0 {
		if offset, code, done := log.sequence(&header); done {
			return offset, code
		}
	}
	offset = int64(len(log.values))
	if header.ProducerID >= 0 {
		log.producers[header.ProducerID].appended(&header, offset)
	}
	rest := batch[protocol.RecordBatchOverhead:]
	for range header.NumRecords {
		var record protocol.RecordView
		if rest, err = protocol.ReadRecord(rest, &record); err != nil {
			t.Errorf("a record: %v", err)
			return -1, ErrInvalidMessage
		}
		if header.Attributes&transactionalBatch != 0 {
			log.open[header.ProducerID] = append(log.open[header.ProducerID], len(log.values))
			log.hidden[len(log.values)] = true
		}
		log.values = append(log.values, string(record.Value))
	}
	return offset, ErrNoError
}

// sequence checks an idempotent producer's batch; done tells that it must not be appended.
func (log *scriptedLog) sequence(h *protocol.BatchHeader) (offset int64, code KError, done bool) {
	p := log.producers[h.ProducerID]
	switch {
	case p == nil: // any sequence will do, since what came before may have been deleted
		log.producers[h.ProducerID] = &scriptedProducer{epoch: h.ProducerEpoch}
		return 0, ErrNoError, false
	case h.ProducerEpoch > p.epoch:
		if h.BaseSequence != 0 {
			return -1, ErrOutOfOrderSequenceNumber, true
		}
		log.producers[h.ProducerID] = &scriptedProducer{epoch: h.ProducerEpoch}
		return 0, ErrNoError, false
	case h.ProducerEpoch < p.epoch:
		return -1, ErrInvalidProducerEpoch, true
	}
	for _, a := range p.last {
		if a.sequence == h.BaseSequence {
			return a.offset, ErrNoError, true // as Kafka: a duplicate is acknowledged as what it is one of
		}
	}
	switch {
	case h.BaseSequence < p.next:
		return -1, ErrDuplicateSequenceNumber, true
	case h.BaseSequence > p.next:
		return -1, ErrOutOfOrderSequenceNumber, true
	}
	return 0, ErrNoError, false
}

func (p *scriptedProducer) appended(h *protocol.BatchHeader, offset int64) {
	p.next = h.BaseSequence + h.NumRecords
	p.last = append(p.last, scriptedAppend{h.BaseSequence, offset})
	if len(p.last) > 5 {
		p.last = p.last[1:]
	}
}

func (c *scriptedCluster) address(id int32) *protocol.BrokerAddress {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.brokers {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// brokerIDs are the ids of the cluster's brokers.
func (c *scriptedCluster) brokerIDs() map[int32]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := make(map[int32]bool)
	for _, b := range c.brokers {
		ids[b.ID] = true
	}
	return ids
}

// randomFaults returns faults for a part of all batches, n of them at most.
func randomFaults(rnd *rand.Rand, n int, part float64) func() scriptedFault {
	kinds := []scriptedFault{
		{code: ErrNotEnoughReplicas},
		{code: ErrNotEnoughReplicasAfterAppend, appended: true},
		{code: ErrRequestTimedOut},
		{code: ErrRequestTimedOut, appended: true},
		{code: ErrNotLeaderForPartition, move: true},
		{code: ErrLeaderNotAvailable},
		{cut: true},
		{cut: true, appended: true},
		{cut: true, appended: true, move: true},
		{move: true},
	}
	return func() scriptedFault {
		if n == 0 || rnd.Float64() >= part {
			return scriptedFault{}
		}
		n--
		return kinds[rnd.IntN(len(kinds))]
	}
}

// numbered is a message's value.
func numbered(i int) string { return fmt.Sprintf("%06d", i) }

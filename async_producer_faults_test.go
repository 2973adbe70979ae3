package sarama

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The simulation runs producers in virtual time against scripted brokers, with faults that a seed chooses. The environment
// says which seeds:
//
//	SARAMA_SEED=7       only this one, of each simulation: what a failure tells to rerun it with
//	SARAMA_SEEDS=10000  that many of each simulation, in place of a few
const (
	seedVariable  = "SARAMA_SEED"
	seedsVariable = "SARAMA_SEEDS"
)

// eachSeed runs a simulation for many seeds, as many as there are processors at a time. The seeds in failed, with which it
// failed once, always run.
func eachSeed(t *testing.T, few int, failed []uint64, simulate func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand)) {
	seeds := slices.Clone(failed)
	if one := os.Getenv(seedVariable); one != "" {
		seed, err := strconv.ParseUint(one, 10, 64)
		require.NoError(t, err)
		seeds, few = []uint64{seed}, 0
	} else if many := os.Getenv(seedsVariable); many != "" {
		n, err := strconv.Atoi(many)
		require.NoError(t, err)
		few = n
	}
	for seed := range uint64(few) {
		seeds = append(seeds, seed)
	}
	began := time.Now()
	t.Run("seeds", func(t *testing.T) {
		workers := flag.Lookup("test.parallel").Value.(flag.Getter).Get().(int)
		for w := range workers {
			t.Run(fmt.Sprint("worker ", w), func(t *testing.T) {
				t.Parallel()
				for i := w; i < len(seeds) && !t.Failed(); i += workers {
					runSeed(t, seeds[i], simulate)
				}
			})
		}
	})
	t.Logf("%d seeds, %.0f in a minute", len(seeds), float64(len(seeds))/time.Since(began).Minutes())
}

func runSeed(t *testing.T, seed uint64, simulate func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand)) {
	defer func() {
		if t.Failed() {
			t.Logf("rerun with %s=%d", seedVariable, seed)
		}
	}()
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		simulate(t, net, rand.New(rand.NewPCG(seed, 1)))
	})
}

// fork returns a source for another goroutine.
func fork(rnd *rand.Rand) *rand.Rand { return rand.New(rand.NewPCG(rnd.Uint64(), 2)) }

// producing is a producer with a cluster of two scripted brokers that lead the partitions of one topic.
type producing struct {
	net  *scriptedNetwork
	logs *scriptedLogs
	conf *Config
	addr string

	brokers []*scriptedBroker
}

func newProducing(t *testing.T, net *scriptedNetwork, partitions int32) *producing {
	b1, b2 := net.broker(1), net.broker(2)
	cluster := newScriptedCluster(b1, b2)
	conf := net.config()
	conf.Version = V2_8_0_0
	conf.Producer.Partitioner = NewManualPartitioner
	conf.Producer.RequiredAcks = WaitForAll
	conf.Producer.Return.Successes = true
	conf.Producer.Retry.Max = 1000
	logs := newScriptedLogs(t, cluster, "orders", partitions, b1, b2)
	return &producing{net: net, logs: logs, conf: conf, addr: b1.addr(), brokers: []*scriptedBroker{b1, b2}}
}

// vary has a seed choose settings that should make no difference.
func (p *producing) vary(rnd *rand.Rand) {
	p.conf.Version = []KafkaVersion{V0_11_0_0, V2_8_0_0, V3_9_0_0, V4_1_0_0}[rnd.IntN(4)]
	p.conf.Net.MaxOpenRequests = 1 + rnd.IntN(5)
	p.conf.Net.ReadTimeout = 2 * time.Second
	p.conf.Producer.MaxMessageBytes = 300 + rnd.IntN(2000)
	p.conf.Producer.Flush.Frequency = []time.Duration{0, 0, 3 * time.Millisecond}[rnd.IntN(3)]
	p.logs.hints = rnd.IntN(2) == 0
	p.logs.perMove = 1
	delays := fork(rnd)
	p.logs.delay = func() time.Duration { return time.Duration(delays.IntN(5)) * time.Millisecond }
}

// disturb has things go wrong, n of them: between client and brokers, and in the brokers. A broker that is gone comes back
// within 12 seconds, a topic that is out of sight within one.
func (p *producing) disturb(rnd *rand.Rand, n int) {
	var mu sync.Mutex // brokers run at the same time
	rnd = fork(rnd)
	chance := func(part float64) bool {
		if n == 0 || rnd.Float64() >= part {
			return false
		}
		n--
		return true
	}
	fault := randomFaults(rnd, -1, 1)
	p.logs.fault = func() scriptedFault {
		mu.Lock()
		defer mu.Unlock()
		if !chance(0.2) {
			return scriptedFault{}
		}
		return fault()
	}
	for _, b := range p.brokers {
		b.setMishap(func(int16) mishap {
			m, act := p.chooseMishap(&mu, rnd, b, chance)
			act() // without mu: what it locks is held by those who ask for a fault
			return m
		})
	}
}

// chooseMishap chooses what goes wrong with a request, which may be more than a mishap: that is for act to do.
func (p *producing) chooseMishap(mu *sync.Mutex, rnd *rand.Rand, b *scriptedBroker, chance func(float64) bool) (m mishap, act func()) {
	mu.Lock()
	defer mu.Unlock()
	switch {
	case chance(0.005):
		back := time.Duration(rnd.IntN(12_000)) * time.Millisecond
		return noMishap, func() {
			b.setDown(true)
			time.AfterFunc(back, func() { b.setDown(false) })
		}
	case chance(0.002):
		back := time.Duration(rnd.IntN(1000)) * time.Millisecond
		return noMishap, func() {
			p.logs.setGone(true, false)
			time.AfterFunc(back, func() { p.logs.setGone(false, false) })
		}
	case chance(0.1):
		return mishap(1 + rnd.IntN(int(mishaps)-1)), func() {}
	}
	return noMishap, func() {}
}

// outcome is what became of the messages of a run.
type outcome struct {
	succeeded, failed []*ProducerMessage
	errs              []error
	unwritten         []*ProducerMessage // of failed: those that are said not to be in the log
}

// run sends n messages round robin over the partitions, closes the producer, and returns their outcomes.
func (p *producing) run(t *testing.T, n int) outcome {
	t.Helper()
	return p.runDisturbed(t, n, func() {})
}

func (p *producing) runDisturbed(t *testing.T, n int, disturb func()) outcome {
	t.Helper()
	producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
	require.NoError(t, err)
	disturb()
	done := make(chan outcome)
	go func() { done <- collect(producer) }()
	partitions := int(p.logs.partitions)
	for i := range n {
		producer.Input() <- &ProducerMessage{
			Topic: "orders", Partition: int32(i % partitions), Value: StringEncoder(numbered(i / partitions)), Metadata: i,
		}
	}
	producer.AsyncClose()
	return <-done
}

func collect(producer AsyncProducer) outcome {
	var o outcome
	successes, errs := producer.Successes(), producer.Errors()
	for successes != nil || errs != nil {
		select {
		case msg, ok := <-successes:
			if !ok {
				successes = nil
				continue
			}
			o.succeeded = append(o.succeeded, msg)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			o.failed, o.errs = append(o.failed, err.Msg), append(o.errs, err.Err)
			if !err.PossiblyWritten {
				o.unwritten = append(o.unwritten, err.Msg)
			}
		}
	}
	return o
}

// simulated is the number of a seed's messages.
func simulated(rnd *rand.Rand) (partitions, perPartition int) {
	return 1 + rnd.IntN(3), 10 + rnd.IntN(40)
}

// TestIdempotentProducerWritesEachMessageOnceInOrder is the promise of idempotence, with up to five requests in flight:
// whatever fails, nothing is lost, nothing comes twice, and nothing overtakes.
func TestIdempotentProducerWritesEachMessageOnceInOrder(t *testing.T) {
	eachSeed(t, 300, nil, func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand) {
		partitions, n := simulated(rnd)
		p := newProducing(t, net, int32(partitions))
		p.conf.Producer.Idempotent = true
		p.vary(rnd)
		o := p.runDisturbed(t, n*partitions, func() { p.disturb(rnd, 40) })
		require.Empty(t, o.errs)
		require.Len(t, o.succeeded, n*partitions)
		for partition := range int32(partitions) {
			p.requireEachOnce(t, partition, n)
		}
		for _, msg := range o.succeeded {
			require.Equal(t, string(msg.Value.(StringEncoder)), p.logs.values(msg.Partition)[msg.Offset])
		}
	})
}

func (p *producing) requireEachOnce(t *testing.T, partition int32, n int) {
	t.Helper()
	var want []string
	for i := range n {
		want = append(want, numbered(i))
	}
	require.Equal(t, want, p.logs.values(partition), "partition %d", partition)
}

// TestProducerKeepsOrderWithoutIdempotence: what was written without an answer comes twice, but what is new never comes
// behind what was sent after it.
func TestProducerKeepsOrderWithoutIdempotence(t *testing.T) {
	eachSeed(t, 300, nil, func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand) {
		partitions, n := simulated(rnd)
		p := newProducing(t, net, int32(partitions))
		p.vary(rnd)
		o := p.runDisturbed(t, n*partitions, func() { p.disturb(rnd, 40) })
		require.Empty(t, o.errs)
		require.Len(t, o.succeeded, n*partitions)
		for partition := range int32(partitions) {
			var firsts []string
			for _, v := range p.logs.values(partition) {
				if !slices.Contains(firsts, v) {
					firsts = append(firsts, v)
				}
			}
			require.Len(t, firsts, n)
			require.True(t, slices.IsSorted(firsts), "partition %d: %v", partition, firsts)
		}
	})
}

// TestEachMessageHasOneOutcome: with few retries some messages fail, but each comes back exactly once, what is said to be
// written is, and what is said not to be is not.
func TestEachMessageHasOneOutcome(t *testing.T) {
	eachSeed(t, 300, nil, func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand) {
		partitions, n := simulated(rnd)
		p := newProducing(t, net, int32(partitions))
		p.conf.Producer.Idempotent = rnd.IntN(2) == 0
		p.vary(rnd)
		p.conf.Producer.Retry.Max = 1 + rnd.IntN(2)
		o := p.runDisturbed(t, n*partitions, func() { p.disturb(rnd, -1) })
		seen := make(map[int]bool)
		for _, msg := range slices.Concat(o.succeeded, o.failed) {
			require.False(t, seen[msg.Metadata.(int)], "message %v came back twice", msg.Metadata)
			seen[msg.Metadata.(int)] = true
		}
		require.Len(t, seen, n*partitions)
		for _, msg := range o.succeeded {
			require.Equal(t, string(msg.Value.(StringEncoder)), p.logs.values(msg.Partition)[msg.Offset])
		}
		for _, msg := range o.unwritten {
			require.NotContains(t, p.logs.values(msg.Partition), string(msg.Value.(StringEncoder)), "partition %d", msg.Partition)
		}
		for partition := range int32(partitions) {
			values := p.logs.values(partition)
			if p.conf.Producer.Idempotent {
				require.True(t, slices.IsSorted(values), "partition %d: %v", partition, values)
				require.Len(t, slices.Compact(slices.Clone(values)), len(values))
			}
		}
	})
}

// transactions is a transactional producer whose user does with errors what they say.
type transactions struct {
	*producing
	txns     *scriptedTxns
	producer AsyncProducer
	rnd      *rand.Rand

	committed map[int32][]string // by partition
	offset    int64              // the last that is committed
	errs      []error
}

func newTransactions(t *testing.T, net *scriptedNetwork, rnd *rand.Rand, partitions int32) *transactions {
	p := newProducing(t, net, partitions)
	p.conf.Producer.Idempotent = true
	p.conf.Producer.Transaction.ID = "txn"
	p.conf.Net.MaxOpenRequests = 1
	txns := newScriptedTxns(t, p.logs, "txn", fork(rnd), p.brokers...)
	return &transactions{producing: p, txns: txns, rnd: rnd, committed: make(map[int32][]string), offset: -1}
}

func (x *transactions) start(t *testing.T) {
	var err error
	x.producer, err = NewAsyncProducer([]string{x.addr}, x.conf)
	require.NoError(t, err)
}

// transact does one transaction of n messages, and commits it if it can.
func (x *transactions) transact(t *testing.T, name string, n int, commit bool) {
	require.NoError(t, x.producer.BeginTxn())
	sent := make(map[int32][]string)
	for i := range n {
		partition := int32(x.rnd.IntN(int(x.logs.partitions)))
		value := name + numbered(i)
		sent[partition] = append(sent[partition], value)
		x.producer.Input() <- &ProducerMessage{Topic: "orders", Partition: partition, Value: StringEncoder(value)}
	}
	offset, refused := int64(-1), false
	if x.rnd.IntN(2) == 0 {
		offset = x.rnd.Int64N(1000)
		offsets := map[string][]*PartitionOffsetMetadata{"input": {{Partition: 0, Offset: offset}}}
		if err := x.producer.AddOffsetsToTxn(offsets, "group"); err != nil { // a message has failed before
			require.ErrorIs(t, err, ErrTxnMustAbort)
			refused = true
			x.errs = append(x.errs, err)
		}
	}
	if !x.end(t, commit) {
		return
	}
	require.False(t, refused, "a transaction without its offsets is committed")
	for partition, values := range sent {
		x.committed[partition] = append(x.committed[partition], values...)
	}
	if offset >= 0 {
		x.offset = offset
	}
}

// end ends a transaction, and tells whether it is committed.
func (x *transactions) end(t *testing.T, commit bool) bool {
	for range 1000 {
		err := x.producer.AbortTxn
		if commit {
			err = x.producer.CommitTxn
		}
		switch err := err(); {
		case err == nil:
			return commit
		case errors.Is(err, ErrTxnAlreadyCommitted):
			return true
		case errors.Is(err, ErrTxnRetriable):
			require.NotErrorIs(t, err, ErrTxnFatal)
			commit = commit && x.rnd.IntN(3) > 0 // one may change one's mind
			x.errs = append(x.errs, err)
		case errors.Is(err, ErrTxnMustAbort):
			require.True(t, commit, "an abort must be aborted: %v", err)
			require.NotZero(t, x.producer.TxnStatus()&ProducerTxnFlagAbortableError)
			commit = false
			x.errs = append(x.errs, err)
		default:
			require.NoError(t, err)
		}
	}
	t.Fatal("no end of the transaction")
	return false
}

// finish closes the producer and requires that what is committed is there, and nothing else is to be seen.
func (x *transactions) finish(t *testing.T) {
	x.producer.AsyncClose()
	for range collectLate(x.producer) {
	}
	x.txns.mu.Lock()
	x.txns.settle(true)
	offset, ok := x.txns.offsets[topicPartition{"input", 0}]
	x.txns.mu.Unlock()
	require.Equal(t, x.offset >= 0, ok)
	if ok {
		require.Equal(t, x.offset, offset)
	}
	for partition := range x.logs.partitions {
		require.Equal(t, x.committed[partition], x.logs.committed(partition), "partition %d", partition)
		require.Empty(t, x.logs.logs[partition].open)
	}
}

// collectLate returns what a producer that is being closed still gives back.
func collectLate(producer AsyncProducer) []*ProducerMessage {
	o := collect(producer)
	return append(o.succeeded, o.failed...)
}

// drain takes what a producer gives back while it runs.
func (x *transactions) drain() {
	go func() {
		for range x.producer.Successes() {
		}
	}()
	go func() {
		for range x.producer.Errors() {
		}
	}()
}

// TestTransactionsAreWholeOrUnseen: whatever fails, and while the cluster goes from one version of transactions to the other,
// what is committed is seen, whole, once and in order, with its offsets; what is aborted is not; and no error ends a producer.
func TestTransactionsAreWholeOrUnseen(t *testing.T) {
	// 15: aborted while the one before was being completed; 29, 64: an abort after a commit of which only the raise of the epoch had
	// failed; 144, 223: a batch lost while its transaction was being aborted left a gap in the next one's sequence.
	eachSeed(t, 300, []uint64{15, 29, 64, 144, 223}, func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand) {
		x := newTransactions(t, net, rnd, 1+rnd.Int32N(3))
		x.vary(rnd)
		x.conf.Version = []KafkaVersion{V2_5_0_0, V2_8_0_0, V4_0_0_0, V4_1_0_0}[rnd.IntN(4)]
		x.conf.Producer.Transaction.Retry.Max = []int{1, 3, 1000}[rnd.IntN(3)]
		x.conf.Producer.Retry.Max = []int{1, 3, 1000}[rnd.IntN(3)]
		x.txns.level = []int16{0, 1, 2, 2}[rnd.IntN(4)]
		x.txns.slow = time.Duration(rnd.IntN(100)) * time.Millisecond
		x.start(t)
		x.drain()
		x.disturb(rnd, 30)
		x.disturbCoordinator(rnd, 10)
		for txn := range 6 {
			if rnd.IntN(6) == 0 {
				x.txns.setLevel(int16(rnd.IntN(3)))
			}
			x.transact(t, fmt.Sprintf("%02d-", txn), rnd.IntN(20), rnd.IntN(4) > 0)
		}
		x.finish(t)
		for _, err := range x.errs {
			require.NotErrorIs(t, err, ErrInvalidProducerEpoch, "nobody has taken over")
			require.NotErrorIs(t, err, ErrOutOfOrderSequenceNumber, "nothing was skipped")
		}
	})
}

// disturbCoordinator has the coordinator refuse requests, n times, and move.
func (x *transactions) disturbCoordinator(rnd *rand.Rand, n int) {
	rnd = fork(rnd)
	codes := []KError{
		ErrConsumerCoordinatorNotAvailable, ErrOffsetsLoadInProgress, ErrConcurrentTransactions, ErrNotCoordinatorForConsumer,
	}
	x.txns.fault = func() KError {
		if n == 0 || rnd.IntN(10) > 0 {
			return ErrNoError
		}
		n--
		return codes[rnd.IntN(len(codes))]
	}
}

package functional_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// flow is records on their way to a topic while the test does something to its brokers.
type flow struct {
	t            *testing.T
	topic        string
	n            int
	acknowledged []atomic.Int64 // by partition
	hurried      chan struct{}  // closed when records need no longer be held back for disturbances to come
	done         chan struct{}  // what follows is complete
	sent         sent
	gaps         []time.Duration // by partition: the longest time between two acknowledgements
}

const (
	tick     = 5 * time.Millisecond
	fraction = 4000 // of what is left, sent at each tick
)

// startFlow begins to send n records round robin to the partitions of a topic. Until finish is called they are held back so
// that some are always left, however long the test takes, and on their way at any time.
func startFlow(t *testing.T, c cluster.Cluster, conf *sarama.Config, topic string, partitions, n int) *flow {
	t.Helper()
	producer, err := sarama.NewAsyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	f := &flow{
		t: t, topic: topic, n: n, acknowledged: make([]atomic.Int64, partitions),
		hurried: make(chan struct{}), done: make(chan struct{}), gaps: make([]time.Duration, partitions),
	}
	go f.feed(producer)
	go f.collect(producer)
	return f
}

func (f *flow) feed(producer sarama.AsyncProducer) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	partitions := len(f.acknowledged)
	quota := 0
	for i := range f.n {
		if quota == 0 {
			quota = f.allowance(ticker.C, f.n-i)
		}
		quota--
		producer.Input() <- &sarama.ProducerMessage{
			Topic: f.topic, Partition: int32(i % partitions), Value: sarama.StringEncoder(value(i / partitions)),
		}
	}
	producer.AsyncClose()
}

// allowance returns, at the next tick, how many of the records left to send now: a share of them, at least one; all of them
// once the disturbances are over.
func (f *flow) allowance(next <-chan time.Time, left int) int {
	select {
	case <-next:
		return left/fraction + 1
	case <-f.hurried:
		return left
	}
}

func (f *flow) collect(producer sarama.AsyncProducer) {
	defer close(f.done)
	last := make([]time.Time, len(f.acknowledged))
	f.sent = gather(producer, func(msg *sarama.ProducerMessage) {
		p, now := msg.Partition, time.Now()
		if !last[p].IsZero() {
			f.gaps[p] = max(f.gaps[p], now.Sub(last[p]))
		}
		last[p] = now
		f.acknowledged[p].Add(1)
	})
}

// awaitProgress returns when n more records of a partition are acknowledged.
func (f *flow) awaitProgress(partition int32, n int64) {
	f.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for goal := f.acknowledged[partition].Load() + n; f.acknowledged[partition].Load() < goal; {
		select {
		case <-ticker.C:
		case <-f.done:
			f.t.Fatalf("the records came to an end before their time: %d acknowledged, errors: %v", f.sent.successes, f.sent.errs)
		case <-limit.C:
			f.t.Fatalf("partition %d: %d records acknowledged, %d expected, none for %v",
				partition, f.acknowledged[partition].Load(), goal, patience)
		}
	}
}

// finish sends the rest at once and returns when all is settled. No record may have failed.
func (f *flow) finish() {
	f.t.Helper()
	close(f.hurried)
	<-f.done
	f.t.Logf("%d records acknowledged; longest time without, by partition: %v", f.sent.successes, f.gaps)
	require.Empty(f.t, f.sent.errs)
	require.Equal(f.t, f.n, f.sent.successes)
}

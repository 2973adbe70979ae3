package functional_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/protocol"
)

// ledger is what became of transactions, written by the one goroutine that runs them.
type ledger struct {
	committed [partitions][]string // the values, by partition
	commits   int
	forced    int // transactions that had to be aborted for an error
	err       error
}

// run does transactions of 30 records, two of three committed, until stop is closed. An error that calls for an abort is
// answered with one; any other that the producer does not get over by itself ends the run.
func (l *ledger) run(producer sarama.SyncProducer, topic string, ended *atomic.Int64, stop <-chan struct{}) {
	for txn := 0; l.err == nil; txn++ {
		select {
		case <-stop:
			return
		default:
		}
		l.err = l.transact(producer, topic, txn)
		ended.Add(1)
	}
}

func (l *ledger) transact(producer sarama.SyncProducer, topic string, txn int) error {
	if err := producer.BeginTxn(); err != nil {
		return fmt.Errorf("transaction %d: begin: %w", txn, err)
	}
	batch := batchOf(topic, txn)
	err := producer.SendMessages(batch)
	commit := err == nil && txn%3 != 0
	if commit {
		err = producer.CommitTxn()
	}
	switch {
	case err != nil && producer.TxnStatus()&sarama.ProducerTxnFlagAbortableError == 0:
		return fmt.Errorf("transaction %d, state %v: %w", txn, producer.TxnStatus(), err)
	case err != nil:
		l.forced++
		fallthrough
	case !commit:
		if failed := producer.AbortTxn(); failed != nil {
			return fmt.Errorf("transaction %d: abort: %w", txn, errors.Join(failed, err))
		}
	default:
		l.note(batch)
	}
	return nil
}

// TestTransactionsThroughKills kills the coordinator of the transactions and a partition's leader, twice each, while
// transactions run: who reads what is committed sees the committed ones whole and in order, and nothing else.
func TestTransactionsThroughKills(t *testing.T) {
	s := newStage(t).idempotent()
	const id = "through-kills"
	s.conf.Producer.Transaction.ID = id
	s.conf.Producer.Transaction.Retry.Max = 600
	producer, err := sarama.NewSyncProducer(s.c.Addrs(), s.conf)
	require.NoError(t, err)
	var l ledger
	var ended atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		l.run(producer, s.topic, &ended, stop)
	}()
	await := func(n int64) {
		t.Helper()
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		limit := time.NewTimer(patience)
		defer limit.Stop()
		for goal := ended.Load() + n; ended.Load() < goal; {
			select {
			case <-ticker.C:
			case <-done:
				t.Fatalf("no more transactions after %d: %v", ended.Load(), l.err)
			case <-limit.C:
				t.Fatalf("%d transactions, not %d, after %v", ended.Load(), goal, patience)
			}
		}
	}
	for outage := range 4 {
		await(10)
		victim := s.leader()
		if outage%2 == 0 {
			victim = s.c.Broker(s.c.Coordinator(t, protocol.CoordinatorTransaction, id))
		}
		began := time.Now()
		victim.Kill()
		await(3)
		t.Logf("outage %d: broker %d; three transactions have ended %v after", outage, victim.ID(), time.Since(began).Round(time.Millisecond))
		victim.Restart()
		s.c.AwaitInSync(t, s.topic)
	}
	await(10)
	close(stop)
	<-done
	require.NoError(t, l.err)
	require.NoError(t, producer.Close())
	t.Logf("%d transactions, %d committed, %d aborted for an error", ended.Load(), l.commits, l.forced)
	s.requireCommitted(&l)
}

// requireCommitted reads with isolation up to the end of each partition.
func (s *stage) requireCommitted(l *ledger) {
	s.t.Helper()
	s.requireCommittedOn(s.c, l)
}

func (s *stage) requireCommittedOn(c cluster.Cluster, l *ledger) {
	s.t.Helper()
	conf := *s.conf
	conf.Producer.Transaction.ID = ""
	conf.Consumer.IsolationLevel = sarama.ReadCommitted
	for p, r := range read(s.t, c, &conf, s.topic, partitions, len(l.committed[0])) {
		require.Equal(s.t, l.committed[p], r.values)
	}
	s.requireNothingAfter(c, &conf, l.committed)
}

// requireNothingAfter writes one more record to each partition, which must be what is read after what is expected.
func (s *stage) requireNothingAfter(c cluster.Cluster, conf *sarama.Config, expected [partitions][]string) {
	s.t.Helper()
	producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
	require.NoError(s.t, err)
	for p := range int32(partitions) {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: s.topic, Partition: p, Value: sarama.StringEncoder("last")})
		require.NoError(s.t, err)
	}
	require.NoError(s.t, producer.Close())
	for _, r := range read(s.t, c, conf, s.topic, partitions, len(expected[0])+1) {
		require.Equal(s.t, "last", r.values[len(expected[0])])
	}
}

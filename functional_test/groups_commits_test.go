package functional_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// commitTimes commits each record by itself, and keeps how long that takes, and when it was last done, by partition.
type commitTimes struct {
	mu   sync.Mutex // guards what follows
	last map[int32]time.Time
	commitsSeen
}

// commitsSeen is what was noted of commits.
type commitsSeen struct {
	commits  int
	failures []error
	longest  time.Duration
	silence  time.Duration // the longest time in which nothing of a partition was committed that stayed
}

// Setup implements sarama.ConsumerGroupHandler.
func (*commitTimes) Setup(sarama.ConsumerGroupSession) error { return nil }

// Cleanup implements sarama.ConsumerGroupHandler.
func (*commitTimes) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (h *commitTimes) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.last, claim.Partition())
	}()
	ended := claim.(sarama.ContextConsumerGroupClaim).Context()
	for msg := range claim.Messages() {
		s.MarkMessage(msg, "")
		began := time.Now()
		err := s.(sarama.ContextConsumerGroupSession).CommitContext(context.Background())
		h.note(claim.Partition(), time.Since(began), err, ended.Err() != nil)
	}
	return nil
}

func (h *commitTimes) note(partition int32, took time.Duration, err error, revoked bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.failures = append(h.failures, err)
		return
	}
	h.commits++
	h.longest = max(h.longest, took)
	if last, ok := h.last[partition]; ok && !revoked {
		h.silence = max(h.silence, time.Since(last))
	}
	h.last[partition] = time.Now()
}

// start begins anew.
func (h *commitTimes) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commitsSeen = commitsSeen{}
}

// seen returns what was noted since start.
func (h *commitTimes) seen() commitsSeen {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.commitsSeen
}

// TestCommitsInARebalance: while one member keeps the others waiting, which takes note of a rebalance by its rare heartbeats
// only, what the others have is consumed, and committed, as ever.
func TestCommitsInARebalance(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		for _, a := range assignments() {
			if a.still && c.Version().IsAtLeast(a.since) {
				t.Run(a.name, func(t *testing.T) { commitInRebalance(t, c, a) })
			}
		}
	})
}

func commitInRebalance(t *testing.T, c cluster.Cluster, a assignment) {
	const (
		partitions = 6
		rare       = 4 * time.Second
		soon       = time.Second // for a commit, on a machine that has others to do
	)
	topic := c.NewTopic(t, partitions)
	group := "commits-" + topic
	times := &commitTimes{last: make(map[int32]time.Time)}
	conf := config(c)
	conf.Consumer.Return.Errors = false
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Offsets.AutoCommit.Enable = false
	conf.Consumer.Group.Session.Timeout = 20 * time.Second
	conf.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
	a.set(conf)
	member, err := sarama.NewConsumerGroup(c.Addrs(), group, conf)
	require.NoError(t, err)
	ran := make(chan error, 1)
	go func() { ran <- member.(sarama.ManagedConsumerGroup).Run(t.Context(), []string{topic}, times) }()
	slow := startMember(t, c, group, newLedgerOfGroup(), func(conf *sarama.Config) {
		a.set(conf)
		conf.Consumer.Group.Session.Timeout = 20 * time.Second
		conf.Consumer.Group.Heartbeat.Interval = rare
	}, topic)
	require.Eventually(t, func() bool { return len(slow.claims()) == partitions/2 }, patience, 10*time.Millisecond)
	stop := trickle(t, c, topic, partitions)
	ledger := newLedgerOfGroup()
	var rebalance time.Duration
	for range 3 { // the slow one's heartbeat may come at the right moment
		times.start()
		require.Eventually(t, func() bool { return times.seen().commits > 0 }, patience, 10*time.Millisecond)
		times.start()
		began := time.Now()
		third := startMember(t, c, group, ledger, func(conf *sarama.Config) {
			a.set(conf)
			conf.Consumer.Group.Session.Timeout = 20 * time.Second
		}, topic)
		require.Eventually(t, func() bool { return len(third.claims()) == partitions/3 }, patience, 10*time.Millisecond)
		took := time.Since(began)
		rebalance = max(rebalance, took)
		seen := times.seen()
		t.Logf("three members share after %v; meanwhile %d commits, %d failures, the longest took %v, the longest silence of a partition was %v",
			took.Round(time.Millisecond), seen.commits, len(seen.failures), seen.longest.Round(time.Millisecond),
			seen.silence.Round(time.Millisecond))
		require.NoError(t, errors.Join(seen.failures...))
		if took > soon {
			require.Positive(t, seen.commits)
		}
		require.Less(t, seen.longest, soon)
		require.Less(t, seen.silence, 2*soon)
		third.close()
		require.Eventually(t, func() bool { return len(slow.claims()) == partitions/2 }, patience, 10*time.Millisecond)
	}
	if a.name == "cooperative" {
		require.Greater(t, rebalance, rare/2, "the slow member has not kept the others waiting")
	}
	stop()
	require.NoError(t, member.Close())
	require.NoError(t, <-ran)
}

// trickle sends a record to each partition a hundred times a second until it is stopped.
func trickle(t *testing.T, c cluster.Cluster, topic string, partitions int32) (stop func()) {
	t.Helper()
	conf := config(c)
	conf.Producer.Return.Successes = false
	producer, err := sarama.NewAsyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for err := range producer.Errors() {
			t.Errorf("produce: %v", err)
		}
	}()
	go func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for i := 0; ; i++ {
			select {
			case <-ticker.C:
			case <-stopped:
				producer.AsyncClose()
				return
			}
			for p := range partitions {
				producer.Input() <- &sarama.ProducerMessage{Topic: topic, Partition: p, Value: sarama.StringEncoder(fmt.Sprint("value ", i))}
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(stopped)
		<-ended
	})
}

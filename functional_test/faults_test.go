package functional_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// stage is a topic on three brokers whose first partition's leader gets into trouble while records flow.
type stage struct {
	t     *testing.T
	c     *cluster.Real
	topic string
	conf  *sarama.Config
}

const partitions = 3

func newStage(t *testing.T) *stage {
	t.Helper()
	c := cluster.Start(t, cluster.Options{Brokers: 3})
	s := &stage{t: t, c: c, topic: c.NewTopic(t, partitions), conf: config(c)}
	c.AwaitInSync(t, s.topic)
	s.conf.Producer.Retry.Max = 600 // with the backoff, longer than a broker is away on a busy machine
	s.conf.Producer.Retry.Backoff = 100 * time.Millisecond
	s.conf.Producer.Flush.Frequency = time.Millisecond
	s.conf.Net.ReadTimeout = 5 * time.Second
	s.conf.Consumer.Retry.Backoff = 200 * time.Millisecond
	return s
}

// idempotent has the producer send each record once, with as many requests on their way as that allows.
func (s *stage) idempotent() *stage {
	s.conf.Producer.Idempotent = true
	s.conf.Net.MaxOpenRequests = 5
	return s
}

// leader returns the first partition's.
func (s *stage) leader() *cluster.Broker { return s.c.Broker(s.c.Leader(s.t, s.topic, 0)) }

// awaitOther returns when another broker leads the first partition and records flow to it.
func (s *stage) awaitOther(old *cluster.Broker, f *flow) {
	s.t.Helper()
	began := time.Now()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for s.c.Leader(s.t, s.topic, 0) == old.ID() {
		select {
		case <-ticker.C:
		case <-s.t.Context().Done():
			s.t.Fatal("the test ended")
		}
		require.Less(s.t, time.Since(began), patience, "no other leader")
	}
	elected := time.Since(began)
	f.awaitProgress(0, 100)
	s.t.Logf("broker %d is away; another leads after %v and acknowledges after %v", old.ID(),
		elected.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

// killThrice kills the leader three times while records flow; the second time it is back before another takes over.
func (s *stage) killThrice(f *flow) {
	s.t.Helper()
	for outage := range 3 {
		f.awaitProgress(0, 500)
		leader := s.leader()
		leader.Kill()
		if outage != 1 {
			s.awaitOther(leader, f)
		}
		leader.Restart()
		s.c.AwaitInSync(s.t, s.topic)
		f.awaitProgress(0, 100)
	}
}

func (s *stage) requireAllOnce(n int) {
	s.t.Helper()
	for _, r := range read(s.t, s.c, s.conf, s.topic, partitions, n/partitions) {
		requireEachOnce(s.t, r.values, n/partitions)
	}
	s.requireEnd(n / partitions)
}

// requireEnd requires that no partition holds more than n records.
func (s *stage) requireEnd(n int) {
	s.t.Helper()
	client, err := sarama.NewClient(s.c.Addrs(), s.conf)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, client.Close()) }()
	for p := range int32(partitions) {
		end, err := client.GetOffset(s.topic, p, sarama.OffsetNewest)
		require.NoError(s.t, err)
		require.EqualValues(s.t, n, end, "partition %d", p)
	}
}

// TestLeaderKilledIdempotent: three times the leader is killed with kill -9 and restarted during 200,000 records; nothing is
// lost, nothing comes twice, nothing out of order, no error reaches the user; and who reads along sees just that.
func TestLeaderKilledIdempotent(t *testing.T) {
	const n = 66_666 * partitions
	s := newStage(t).idempotent()
	along := readAlong(t, s.c, s.conf, s.topic, partitions, n/partitions)
	f := startFlow(t, s.c, s.conf, s.topic, partitions, n)
	s.killThrice(f)
	f.finish()
	s.requireAllOnce(n)
	for _, r := range along() {
		requireEachOnce(t, r.values, n/partitions)
	}
}

// TestLeaderKilled is the same without idempotence: what was written without an answer comes twice, but nothing is lost, and
// what is new never comes behind what was sent after it.
func TestLeaderKilled(t *testing.T) {
	const n = 66_666 * partitions
	s := newStage(t)
	f := startFlow(t, s.c, s.conf, s.topic, partitions, n)
	s.killThrice(f)
	f.finish()
	requireFirstsInOrder(t, s.c, s.conf, s.topic, partitions, n)
}

// requireFirstsInOrder requires that each record is there, the first times of them in order.
func requireFirstsInOrder(t *testing.T, c cluster.Cluster, conf *sarama.Config, topic string, partitions, n int) {
	t.Helper()
	client, err := sarama.NewClient(c.Addrs(), conf)
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	for p := range partitions {
		end, err := client.GetOffset(topic, int32(p), sarama.OffsetNewest)
		require.NoError(t, err)
		consumer, err := sarama.NewConsumerFromClient(client)
		require.NoError(t, err)
		pc, err := consumer.ConsumePartition(topic, int32(p), sarama.OffsetOldest)
		require.NoError(t, err)
		var r reader
		require.NoError(t, r.fill(pc, int(end)))
		require.NoError(t, consumer.Close())
		seen := make(map[string]bool)
		var firsts []string
		for _, v := range r.values {
			if !seen[v] {
				seen[v] = true
				firsts = append(firsts, v)
			}
		}
		t.Logf("partition %d: %d records came twice", p, len(r.values)-len(firsts))
		require.True(t, slices.IsSorted(firsts))
		require.Len(t, firsts, (n-p+partitions-1)/partitions)
	}
}

// TestLeaderPaused has the leader stop in its tracks, connections open, until another has taken over. When it goes on it
// still holds what it was sent, and must not write it.
func TestLeaderPaused(t *testing.T) {
	const n = 20_000 * partitions
	s := newStage(t).idempotent()
	along := readAlong(t, s.c, s.conf, s.topic, partitions, n/partitions)
	f := startFlow(t, s.c, s.conf, s.topic, partitions, n)
	for range 2 {
		f.awaitProgress(0, 500)
		leader := s.leader()
		leader.Pause()
		s.awaitOther(leader, f)
		leader.Resume()
		s.c.AwaitInSync(t, s.topic)
	}
	f.finish()
	s.requireAllOnce(n)
	for _, r := range along() {
		requireEachOnce(t, r.values, n/partitions)
	}
}

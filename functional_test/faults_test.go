package functional_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// outages disturbs the leader of a topic's first partition each time a third of the records is acknowledged.
type outages struct {
	t       *testing.T
	c       *cluster.Real
	topic   string
	next    int
	every   int
	left    int
	disturb func(*cluster.Broker)
	count   int
}

func newOutages(t *testing.T, c *cluster.Real, topic string, n int, disturb func(*cluster.Broker)) *outages {
	return &outages{t: t, c: c, topic: topic, next: n / 8, every: n / 4, left: 3, disturb: disturb}
}

func (o *outages) at(acknowledged int) {
	if o.left == 0 || acknowledged < o.next {
		return
	}
	o.left--
	o.next += o.every
	leader := o.c.Leader(o.t, o.topic, 0)
	began := time.Now()
	o.disturb(o.c.Broker(leader))
	o.count++
	o.t.Logf("outage %d: broker %d, after %d records, for %v", o.count, leader, acknowledged, time.Since(began).Round(time.Millisecond))
}

func kill(b *cluster.Broker) {
	b.Kill()
	b.Restart()
}

// outlast is a configuration that tries for longer than a broker is away.
func outlast(c cluster.Cluster) *sarama.Config {
	conf := config(c)
	conf.Producer.Retry.Max = 600
	conf.Producer.Retry.Backoff = 100 * time.Millisecond
	conf.Producer.Flush.Frequency = time.Millisecond
	conf.Net.ReadTimeout = 5 * time.Second
	conf.Consumer.Retry.Backoff = 200 * time.Millisecond
	return conf
}

// TestLeaderKilledIdempotent: three times the leader is killed with kill -9 and restarted during 200,000 records; nothing is
// lost, nothing comes twice, nothing out of order, no error reaches the user; and who reads along sees just that.
func TestLeaderKilledIdempotent(t *testing.T) {
	const n, partitions = 200_000, 3
	c := cluster.Start(t, cluster.Options{Brokers: 3})
	topic := c.NewTopic(t, partitions)
	c.AwaitInSync(t, topic)
	conf := outlast(c)
	conf.Producer.Idempotent = true
	conf.Net.MaxOpenRequests = 5
	along := readAlong(t, c, conf, topic, partitions, n/partitions)
	o := newOutages(t, c, topic, n, kill)
	began := time.Now()
	s := send(t, c, conf, topic, partitions, n, o.at)
	t.Logf("%d records in %v, %d outages", s.successes, time.Since(began).Round(time.Millisecond), o.count)
	require.Empty(t, s.errs)
	require.Equal(t, n, s.successes)
	require.Equal(t, 3, o.count)
	for _, r := range read(t, c, conf, topic, partitions, n/partitions) {
		requireEachOnce(t, r.values, n/partitions)
	}
	for _, r := range along() {
		requireEachOnce(t, r.values, n/partitions)
	}
}

// TestLeaderKilled is the same without idempotence: what was written without an answer comes twice, but nothing is lost, and
// what is new never comes behind what was sent after it.
func TestLeaderKilled(t *testing.T) {
	const n, partitions = 100_000, 3
	c := cluster.Start(t, cluster.Options{Brokers: 3})
	topic := c.NewTopic(t, partitions)
	c.AwaitInSync(t, topic)
	conf := outlast(c)
	o := newOutages(t, c, topic, n, kill)
	s := send(t, c, conf, topic, partitions, n, o.at)
	require.Empty(t, s.errs)
	require.Equal(t, n, s.successes)
	requireFirstsInOrder(t, c, conf, topic, partitions, n)
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

// TestLeaderPaused has the leader stop in its tracks, connections open, for longer than the cluster waits for it.
func TestLeaderPaused(t *testing.T) {
	const n, partitions = 60_000, 3
	c := cluster.Start(t, cluster.Options{Brokers: 3})
	topic := c.NewTopic(t, partitions)
	c.AwaitInSync(t, topic)
	conf := outlast(c)
	conf.Producer.Idempotent = true
	conf.Net.MaxOpenRequests = 5
	o := newOutages(t, c, topic, n, func(b *cluster.Broker) {
		b.Pause()
		timer := time.NewTimer(6 * time.Second) // the cluster has elected another leader by then
		<-timer.C
		b.Resume()
	})
	o.left = 1
	s := send(t, c, conf, topic, partitions, n, o.at)
	require.Empty(t, s.errs)
	require.Equal(t, n, s.successes)
	for _, r := range read(t, c, conf, topic, partitions, n/partitions) {
		requireEachOnce(t, r.values, n/partitions)
	}
}

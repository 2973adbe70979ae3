package functional_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// assignment is a way in which a group shares partitions.
type assignment struct {
	name string
	// still tells that what does not move goes on in a rebalance.
	still bool
	since sarama.KafkaVersion
	set   func(*sarama.Config)
	java  []string // the same, as properties of the Java client
}

func assignments() []assignment {
	strategy := func(make func() sarama.BalanceStrategy) func(*sarama.Config) {
		return func(conf *sarama.Config) {
			conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{make()}
		}
	}
	const assignors = "partition.assignment.strategy=org.apache.kafka.clients.consumer."
	return []assignment{
		{"range", false, sarama.V0_10_2_0, strategy(sarama.NewBalanceStrategyRange), []string{assignors + "RangeAssignor"}},
		{"roundrobin", false, sarama.V0_10_2_0, strategy(sarama.NewBalanceStrategyRoundRobin), []string{assignors + "RoundRobinAssignor"}},
		{"sticky", false, sarama.V0_11_0_0, strategy(sarama.NewBalanceStrategySticky), []string{assignors + "StickyAssignor"}},
		{"cooperative", true, sarama.V2_4_0_0, strategy(sarama.NewBalanceStrategyCooperativeSticky), []string{assignors + "CooperativeStickyAssignor"}},
		{"consumer protocol", true, sarama.V4_0_0_0, func(conf *sarama.Config) {
			conf.Consumer.Group.Protocol = sarama.ConsumerGroupProtocolConsumer
		}, []string{"group.protocol=consumer"}},
	}
}

// eachAssignment runs a test for each that the cluster has.
func eachAssignment(t *testing.T, test func(t *testing.T, c cluster.Cluster, a assignment)) {
	t.Helper()
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		for _, a := range assignments() {
			if !c.Version().IsAtLeast(a.since) {
				continue
			}
			t.Run(a.name, func(t *testing.T) { test(t, c, a) })
		}
	})
}

// ledgerOfGroup is what the members of a group have read.
type ledgerOfGroup struct {
	mu   sync.Mutex
	seen map[string]int
	news chan struct{} // holds a token when there is more
}

func newLedgerOfGroup() *ledgerOfGroup {
	return &ledgerOfGroup{seen: make(map[string]int), news: make(chan struct{}, 1)}
}

func (l *ledgerOfGroup) add(value string) {
	l.mu.Lock()
	l.seen[value]++
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (l *ledgerOfGroup) count() (values, twice int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.seen {
		if n > 1 {
			twice++
		}
	}
	return len(l.seen), twice
}

// await returns when n values were read.
func (l *ledgerOfGroup) await(t *testing.T, n int) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if got, _ := l.count(); got >= n {
			return
		}
		select {
		case <-l.news:
		case <-limit.C:
			got, _ := l.count()
			t.Fatalf("%d of %d records read", got, n)
		}
	}
}

// groupMember consumes in a loop.
type groupMember struct {
	t      *testing.T
	group  sarama.ConsumerGroup
	ledger *ledgerOfGroup
	done   chan struct{}
	cancel context.CancelFunc

	mu       sync.Mutex // guards what follows
	session  sarama.ConsumerGroupSession
	sessions int
	ended    map[int32]int // claims, by partition
	errs     []error
}

func (m *groupMember) Setup(s sarama.ConsumerGroupSession) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = s
	m.sessions++
	return nil
}

func (m *groupMember) Cleanup(sarama.ConsumerGroupSession) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = nil
	return nil
}

func (m *groupMember) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		m.ledger.add(fmt.Sprintf("%s/%d/%s", msg.Topic, msg.Partition, msg.Value))
		s.MarkMessage(msg, "")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended[claim.Partition()]++
	return nil
}

func startMember(t *testing.T, c cluster.Cluster, group string, ledger *ledgerOfGroup, set func(*sarama.Config), topics ...string) *groupMember {
	t.Helper()
	conf := config(c)
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Offsets.AutoCommit.Interval = 200 * time.Millisecond
	conf.Consumer.Group.Session.Timeout = 6 * time.Second
	conf.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	conf.Consumer.Return.Errors = true
	set(conf)
	m := &groupMember{t: t, ledger: ledger, done: make(chan struct{}), ended: make(map[int32]int)}
	var err error
	m.group, err = sarama.NewConsumerGroup(c.Addrs(), group, conf)
	require.NoError(t, err)
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(context.Background())
	t.Cleanup(m.close)
	go func() {
		for err := range m.group.Errors() {
			t.Logf("group: %v", err)
		}
	}()
	go func() {
		defer close(m.done)
		for ctx.Err() == nil {
			err := m.group.Consume(ctx, topics, m)
			if errors.Is(err, sarama.ErrClosedConsumerGroup) {
				return
			}
			if err != nil {
				m.mu.Lock()
				m.errs = append(m.errs, err)
				m.mu.Unlock()
			}
		}
	}()
	return m
}

// close has the member leave.
func (m *groupMember) close() {
	if err := m.group.Close(); err != nil {
		m.t.Errorf("close: %v", err)
	}
	m.cancel()
	<-m.done
}

func (m *groupMember) claims() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	if m.session != nil {
		for topic, partitions := range m.session.Claims() {
			for _, p := range partitions {
				all = append(all, fmt.Sprintf("%s/%d", topic, p))
			}
		}
	}
	slices.Sort(all)
	return all
}

// awaitShares returns when members own n partitions together, each once, as evenly as that goes.
func awaitShares(t *testing.T, n int, members ...*groupMember) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		owners := make(map[string]int)
		even := true
		var shares [][]string
		for _, m := range members {
			share := m.claims()
			shares = append(shares, share)
			for _, p := range share {
				owners[p]++
			}
			even = even && len(share) >= n/len(members) && len(share) <= (n+len(members)-1)/len(members)
		}
		once := len(owners) == n
		for _, k := range owners {
			once = once && k == 1
		}
		if once && even {
			return
		}
		select {
		case <-ticker.C:
		case <-limit.C:
			t.Fatalf("shares: %v", shares)
		}
	}
}

// produceEach sends n records to each partition of a topic.
func produceEach(t *testing.T, c cluster.Cluster, topic string, partitions, first, n int) {
	t.Helper()
	conf := config(c)
	conf.Producer.Return.Successes = true
	conf.Producer.RequiredAcks = sarama.WaitForAll
	producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	var batch []*sarama.ProducerMessage
	for p := range partitions {
		for i := first; i < first+n; i++ {
			batch = append(batch, &sarama.ProducerMessage{Topic: topic, Partition: int32(p), Value: sarama.StringEncoder(fmt.Sprint("value ", i))})
		}
	}
	require.NoError(t, producer.SendMessages(batch))
	require.NoError(t, producer.Close())
}

// TestGroupsShareAndMove: members come and go, each partition is owned once, nothing is left out, and with the cooperative
// and the consumer protocol no claim ends that does not move.
func TestGroupsShareAndMove(t *testing.T) {
	const partitions, n = 6, 200
	eachAssignment(t, func(t *testing.T, c cluster.Cluster, a assignment) {
		topic := c.NewTopic(t, partitions)
		group := "share-" + topic
		ledger := newLedgerOfGroup()
		produceEach(t, c, topic, partitions, 0, n)
		began := time.Now()
		first := startMember(t, c, group, ledger, a.set, topic)
		awaitShares(t, partitions, first)
		ledger.await(t, partitions*n)
		t.Logf("one member has read all after %v", time.Since(began).Round(time.Millisecond))

		began = time.Now()
		second := startMember(t, c, group, ledger, a.set, topic)
		awaitShares(t, partitions, first, second)
		t.Logf("two members share after %v", time.Since(began).Round(time.Millisecond))
		third := startMember(t, c, group, ledger, a.set, topic)
		awaitShares(t, partitions, first, second, third)
		produceEach(t, c, topic, partitions, n, n)
		ledger.await(t, 2*partitions*n)
		if a.still {
			kept := first.claims()
			require.Equal(t, 1, first.sessions)
			require.Len(t, first.ended, partitions-len(kept), "only what has moved has ended")
		}
		third.close()
		awaitShares(t, partitions, first, second)
		second.close()
		awaitShares(t, partitions, first)
		produceEach(t, c, topic, partitions, 2*n, n)
		ledger.await(t, 3*partitions*n)
		_, twice := ledger.count()
		t.Logf("%d of %d records came twice", twice, 3*partitions*n)
		require.LessOrEqual(t, twice, partitions*n/10, "what was read is committed before it moves")
		for _, m := range []*groupMember{first, second, third} {
			require.Empty(t, m.errs)
		}
	})
}

// TestGroupsByPattern: topics that match are read, those that come later too, from their start.
func TestGroupsByPattern(t *testing.T) {
	eachAssignment(t, func(t *testing.T, c cluster.Cluster, a assignment) {
		topic := c.NewTopic(t, 2)
		ledger := newLedgerOfGroup()
		produceEach(t, c, topic, 2, 0, 10)
		m := startMember(t, c, "pattern-"+topic, ledger, func(conf *sarama.Config) {
			a.set(conf)
			conf.Metadata.RefreshFrequency = 500 * time.Millisecond
		}, "^"+strings.ReplaceAll(topic, ".", "\\.")+".*")
		awaitShares(t, 2, m)
		ledger.await(t, 20)
		c.CreateTopic(t, topic+"-later", sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: int16(min(3, len(c.Addrs())))})
		produceEach(t, c, topic+"-later", 1, 0, 10)
		ledger.await(t, 30)
		awaitShares(t, 3, m)
	})
}

// TestStaticMembersComeBack to what they had.
func TestStaticMembersComeBack(t *testing.T) {
	const partitions = 4
	eachAssignment(t, func(t *testing.T, c cluster.Cluster, a assignment) {
		topic := c.NewTopic(t, partitions)
		ledger := newLedgerOfGroup()
		static := func(id string) func(*sarama.Config) {
			return func(conf *sarama.Config) {
				a.set(conf)
				conf.Consumer.Group.InstanceId = id
			}
		}
		first := startMember(t, c, "static-"+topic, ledger, static("one"), topic)
		second := startMember(t, c, "static-"+topic, ledger, static("two"), topic)
		awaitShares(t, partitions, first, second)
		mine, sessions := first.claims(), second.sessions
		first.close()
		first = startMember(t, c, "static-"+topic, ledger, static("one"), topic)
		awaitShares(t, partitions, first, second)
		require.Equal(t, mine, first.claims())
		if c.Kind() != cluster.KindEmbedded { // which shares anew when what a static member tells has changed
			require.Equal(t, sessions, second.sessions, "the other did not notice")
		}
	})
}

// TestGroupsWithJava: Kafka's own consumer is a member of the same group.
func TestGroupsWithJava(t *testing.T) {
	const partitions, n = 6, 50
	eachAssignment(t, func(t *testing.T, c cluster.Cluster, a assignment) {
		topic := c.NewTopic(t, partitions)
		group := "java-" + topic
		ledger := newLedgerOfGroup()
		ours := startMember(t, c, group, ledger, a.set, topic)
		awaitShares(t, partitions, ours)
		lines := make(chan []string, 1)
		go func() {
			args := []string{"--bootstrap-server", strings.Join(c.Addrs(), ","), "--topic", topic, "--group", group,
				"--max-messages", fmt.Sprint(partitions / 2 * n), "--timeout-ms", "60000",
				"--formatter-property", "print.partition=true", "--formatter-property", "key.separator=/"}
			for _, property := range append([]string{"auto.offset.reset=earliest"}, a.java...) {
				args = append(args, "--command-property", property)
			}
			out := cluster.Tool(t, "", "org.apache.kafka.tools.consumer.ConsoleConsumer", args...)
			lines <- strings.Split(strings.TrimSpace(out), "\n")
		}()
		limit := time.NewTimer(patience)
		defer limit.Stop()
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for len(ours.claims()) != partitions/2 {
			select {
			case <-ticker.C:
			case <-limit.C:
				t.Fatalf("ours: %v", ours.claims())
			}
		}
		produceEach(t, c, topic, partitions, 0, n)
		ledger.await(t, partitions/2*n)
		theirs := <-lines
		for _, line := range theirs {
			partition, value, _ := strings.Cut(line, "/")
			ledger.add(topic + "/" + strings.TrimPrefix(partition, "Partition:") + "/" + value)
		}
		got, twice := ledger.count()
		require.Equal(t, partitions*n, got)
		require.Zero(t, twice)
		awaitShares(t, partitions, ours)
		require.Empty(t, ours.errs)
	})
}

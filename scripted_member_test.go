package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// grouping is members of a group, with a cluster of two scripted brokers.
type grouping struct {
	*consuming
	cluster *scriptedCluster
	group   *scriptedGroup
	offsets *scriptedOffsets
	members []*testMember
}

func newGrouping(t *testing.T, net *scriptedNetwork, partitions int32) *grouping {
	c := newConsuming(t, net, partitions)
	c.conf.Consumer.Return.Errors = false
	c.conf.Version = V3_5_0_0
	c.conf.Consumer.Offsets.Initial = OffsetOldest
	g := &grouping{consuming: c, cluster: c.logs.cluster, group: newScriptedGroup(c.brokers...), offsets: newScriptedOffsets(c.brokers...)}
	g.cluster.setCoordinator("g", c.brokers[0])
	g.offsets.refusing(g.group.refuse)
	t.Cleanup(g.group.stop)
	return g
}

// testMember calls Consume in a loop and keeps what it is told.
type testMember struct {
	t      *testing.T
	group  ConsumerGroup
	cancel context.CancelFunc
	done   chan struct{}
	// hold, if set, has a handler wait before it processes a message.
	hold func(claim ConsumerGroupClaim, msg *ConsumerMessage)
	// dallying has ConsumeClaim return only when it ends.
	dallying chan struct{}

	mu       sync.Mutex // guards what follows
	events   []string
	got      map[topicPartition][]int64
	starts   map[topicPartition]int
	causes   []error
	results  []error
	sessions []ConsumerGroupSession
}

func (m *testMember) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, fmt.Sprintf(format, args...))
}

func (m *testMember) Setup(s ConsumerGroupSession) error {
	m.note("setup")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions = append(m.sessions, s)
	return nil
}

func (m *testMember) Cleanup(s ConsumerGroupSession) error {
	m.note("cleanup")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.causes = append(m.causes, context.Cause(s.Context()))
	return nil
}

func (m *testMember) ConsumeClaim(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
	tp := topicPartition{claim.Topic(), claim.Partition()}
	m.note("claim %v from %d", tp, claim.InitialOffset())
	defer m.note("end %v", tp)
	m.mu.Lock()
	m.starts[tp]++
	m.mu.Unlock()
	for msg := range claim.Messages() {
		if m.hold != nil {
			m.hold(claim, msg)
		}
		m.mu.Lock()
		m.got[tp] = append(m.got[tp], msg.Offset)
		m.mu.Unlock()
		s.MarkMessage(msg, "")
	}
	if m.dallying != nil {
		<-m.dallying
	}
	return nil
}

// member adds a member that consumes topics.
func (g *grouping) member(change func(*Config, *testMember), topics ...string) *testMember {
	g.t.Helper()
	conf := *g.conf
	m := &testMember{t: g.t, done: make(chan struct{}), got: make(map[topicPartition][]int64), starts: make(map[topicPartition]int)}
	if change != nil {
		change(&conf, m)
	}
	if len(topics) == 0 {
		topics = []string{"orders"}
	}
	var err error
	m.group, err = NewConsumerGroup(addresses(g.brokers), "g", &conf)
	require.NoError(g.t, err)
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(context.Background())
	go func() {
		defer close(m.done)
		for ctx.Err() == nil {
			err := m.group.Consume(ctx, topics, m)
			m.mu.Lock()
			m.results = append(m.results, err)
			m.mu.Unlock()
			if errors.Is(err, ErrClosedConsumerGroup) {
				return
			}
			if err != nil && wait(ctx, time.Second) != nil {
				return
			}
		}
	}()
	g.members = append(g.members, m)
	return m
}

// cooperative has a member stay with what it has in a rebalance.
func cooperative(conf *Config, _ *testMember) {
	conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{NewBalanceStrategyCooperativeSticky()}
}

// close has a member leave.
func (m *testMember) close() {
	m.t.Helper()
	require.NoError(m.t, m.group.Close())
	m.cancel()
	<-m.done
}

// after lets time pass.
func after(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

func (m *testMember) claims() map[string][]int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sessions) == 0 {
		return nil
	}
	return m.sessions[len(m.sessions)-1].Claims()
}

func (m *testMember) log() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.events...)
}

// owners requires that each partition of orders is owned once, and returns how many each member has.
func (g *grouping) owners(partitions int32) []int {
	g.t.Helper()
	owned := make(map[int32]int)
	var shares []int
	for _, m := range g.members {
		share := m.claims()["orders"]
		shares = append(shares, len(share))
		for _, p := range share {
			owned[p]++
		}
	}
	for p := range partitions {
		require.Equal(g.t, 1, owned[p], "partition %d", p)
	}
	return shares
}

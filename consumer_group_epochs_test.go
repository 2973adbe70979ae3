package sarama

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// epochGrouping is members of a group of the consumer protocol.
func epochGrouping(t *testing.T, net *scriptedNetwork, partitions int32) (*grouping, *scriptedEpochs) {
	g := newGrouping(t, net, partitions)
	g.conf.Version = V4_0_0_0
	g.conf.Consumer.Group.Protocol = ConsumerGroupProtocolConsumer
	e := newScriptedEpochs(Uuid{1}, partitions, g.brokers...)
	g.offsets.refusing(e.check)
	return g, e
}

// TestEpochClaimsGoOn when members come and go, in one session each, and commits go with the members' epochs.
func TestEpochClaimsGoOn(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 4)
		for p := range int32(4) {
			g.fill(p, 10)
		}
		first := g.member(nil)
		after(5 * time.Second)
		require.Equal(t, []int{4}, g.owners(4))
		require.Equal(t, []string{"orders"}, e.full[0].SubscribedTopicNames)
		require.Nil(t, e.full[0].SubscribedTopicRegex)
		require.EqualValues(t, 60000, e.full[0].RebalanceTimeoutMs)
		epoch := first.sessions[0].GenerationID()
		second := g.member(nil)
		after(20 * time.Second)
		require.Equal(t, []int{2, 2}, g.owners(4))
		require.Len(t, first.sessions, 1)
		require.Greater(t, first.sessions[0].GenerationID(), epoch)
		for tp, n := range first.starts {
			require.Equal(t, 1, n, "%v", tp)
		}
		require.Len(t, first.log(), 1+4+2, "setup, four claims, two of them ended")
		require.Empty(t, second.got, "what was read is committed")
		for p := range int32(4) {
			g.fill(p, 10)
		}
		after(5 * time.Second)
		second.close()
		require.Equal(t, []int32{epochToLeave}, e.left)
		g.members = g.members[:1]
		after(20 * time.Second)
		require.Equal(t, []int{4}, g.owners(4))
		first.close()
		for p := range int32(4) {
			require.EqualValues(t, 20, g.offsets.get("g", "orders", p).offset)
		}
		require.Len(t, e.full, 2, "one for each member")
	})
}

func TestExpelledEpochMembersJoinAgain(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 2)
		m := g.member(nil)
		after(10 * time.Second)
		e.expel()
		after(3*time.Second + time.Millisecond) // one heartbeat
		require.Equal(t, []error{ErrUnknownMemberId}, m.causes)
		after(10 * time.Second)
		require.Equal(t, []int{2}, g.owners(2))
		require.Equal(t, m.sessions[0].MemberID(), m.sessions[1].MemberID())
		require.Equal(t, []error{nil}, m.results)
		m.close()
	})
}

func TestEpochMembersSayAllToANewCoordinator(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 2)
		m := g.member(func(conf *Config, _ *testMember) { conf.Consumer.Group.InstanceId = "one" })
		after(5 * time.Second)
		e.refusing(ErrNotCoordinatorForConsumer)
		after(10 * time.Second)
		e.refusing(ErrNoError)
		after(10 * time.Second)
		require.Len(t, m.sessions, 1)
		require.Empty(t, m.causes)
		last := e.full[len(e.full)-1]
		require.Positive(t, last.MemberEpoch)
		require.Equal(t, []ConsumerGroupHeartbeatTopicPartitions{{TopicID: Uuid{1}, Partitions: []int32{0, 1}}}, last.TopicPartitions)
		m.close()
		require.Equal(t, []int32{epochToLeaveStatic}, e.left)
	})
}

func TestEpochMembersFailToJoin(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 1)
		g.conf.Consumer.Group.RemoteAssignor = "none-such"
		g.conf.RackID = "r1"
		group, err := NewConsumerGroup(addresses(g.brokers), "g", g.conf)
		require.NoError(t, err)
		m := &testMember{}
		for _, code := range []KError{ErrUnsupportedAssignor, ErrGroupAuthorizationFailed, ErrUnreleasedInstanceID} {
			e.refusing(code)
			err := group.Consume(context.Background(), []string{"orders", "^or.*$"}, m)
			require.ErrorIs(t, err, code)
			require.ErrorContains(t, err, "joining group g: broker b1:9092: ")
			require.ErrorContains(t, err, code.Error()+": the coordinator's words; ")
			require.ErrorContains(t, err, groupAdvice[code])
		}
		e.refusing(ErrOffsetsLoadInProgress)
		require.Equal(t, ErrOffsetsLoadInProgress, group.Consume(context.Background(), []string{"orders", "^or.*$"}, m), "callers compare with ==")
		require.Equal(t, "none-such", *e.full[0].ServerAssignor)
		require.Equal(t, "or.*", *e.full[0].SubscribedTopicRegex)
		require.Equal(t, "r1", *e.full[0].RackID)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.NoError(t, group.Consume(ctx, []string{"orders"}, m))
		e.refusing(ErrNoError)
		require.NoError(t, group.Close())
	})
}

// TestExpelledEpochMembersEndAtOnce, also while one of their claims is slow to give a partition up: the others are somebody else's.
func TestExpelledEpochMembersEndAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 2)
		dallying := make(chan struct{})
		first := g.member(func(_ *Config, m *testMember) { m.dallying = dallying })
		after(5 * time.Second)
		second := g.member(nil)
		after(5 * time.Second)
		session := first.sessions[0].Context()
		require.NoError(t, session.Err())
		e.expel()
		after(3*time.Second + time.Millisecond) // one heartbeat
		require.Equal(t, ErrUnknownMemberId, context.Cause(session))
		close(dallying)
		after(20 * time.Second)
		require.Equal(t, []int{1, 1}, g.owners(2))
		require.Equal(t, []error{nil}, first.results)
		first.close()
		second.close()
	})
}

// TestEpochMemberRevokedTooLate leaves the group.
func TestEpochMemberRevokedTooLate(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 2)
		dallying := make(chan struct{})
		first := g.member(func(conf *Config, m *testMember) {
			conf.Consumer.Group.Rebalance.Timeout = 30 * time.Second
			m.dallying = dallying
		})
		after(5 * time.Second)
		second := g.member(nil)
		after(60 * time.Second)
		require.Equal(t, map[string][]int32{"orders": {0, 1}}, second.claims())
		require.Equal(t, []int32{epochToLeave}, e.left)
		close(dallying)
		after(20 * time.Second)
		require.Equal(t, []error{ErrRebalanceTimedOut}, first.results)
		require.Equal(t, []int{1, 1}, g.owners(2))
		first.close()
		second.close()
	})
}

// TestSessionsHearOfEpochsInTheirOrder, also of one that is raised while the session is told of the present one: offsets that are
// committed in an earlier one are refused until the next is raised.
func TestSessionsHearOfEpochsInTheirOrder(t *testing.T) {
	h := &epochHeartbeats{member: epochMember{id: "m", epoch: 1}, assigned: make(chan topicClaims, 1), actions: make(chan memberAction, 1)}
	h.take(new(ConsumerGroupHeartbeatResponse))
	raised := make(chan struct{})
	var heard []int32 // guarded by what keeps the order
	h.tell(func(is membership) {
		if is.generation == 1 {
			go func() {
				defer close(raised)
				h.member.epoch = 2
				h.take(new(ConsumerGroupHeartbeatResponse))
			}()
			for range 1000 {
				runtime.Gosched() // it has every chance to come between
			}
		}
		heard = append(heard, is.generation)
	}, nil)
	<-raised
	require.Equal(t, []int32{1, 2}, heard)
}

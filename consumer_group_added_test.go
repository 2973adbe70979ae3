package sarama

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestClaimsGoOnWhileOffsetsOfOthersAreAskedFor: where the coordinator goes away between the assignment and the offsets, what is added
// begins when it is back, and what a member has goes on.
func TestClaimsGoOnWhileOffsetsOfOthersAreAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		first, second := g.member(cooperative), g.member(cooperative)
		after(20 * time.Second)
		require.Equal(t, []int{1, 1}, g.owners(2))
		sessions := len(first.sessions)
		asked := 0
		for _, b := range g.brokers {
			b.on(protocol.KeyOffsetFetch, func(r *scriptedRequest) protocol.Message {
				if asked++; asked <= 10 {
					return r.cut()
				}
				return g.offsets.fetch(r)
			})
		}
		second.close()
		after(30 * time.Second)
		g.members = g.members[:1]
		require.Equal(t, []int{2}, g.owners(2))
		require.Empty(t, first.failures())
		require.Len(t, first.sessions, sessions)
		first.close()
	})
}

// TestTransactionDoesNotEndTheSessionOfAMemberThatGivesUpClaims: others get what it gives up, and it waits then.
func TestTransactionDoesNotEndTheSessionOfAMemberThatGivesUpClaims(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, _ := epochGrouping(t, net, 6)
		g.conf.Consumer.IsolationLevel = ReadCommitted
		for range 3 {
			g.member(nil)
		}
		after(60 * time.Second)
		require.Equal(t, []int{2, 2, 2}, g.owners(6))
		i := slices.IndexFunc(g.members, func(m *testMember) bool { return slices.Equal(m.claims()["orders"], []int32{2, 5}) })
		gone := g.members[i]
		g.members = slices.Delete(g.members, i, i+1)
		g.unstable(5, 40*time.Second) // goes to the member that gives up 4
		gone.close()
		after(35 * time.Second)
		for _, m := range g.members {
			require.Empty(t, m.failures())
		}
		after(30 * time.Second)
		require.Equal(t, []int{3, 3}, g.owners(6))
		for _, m := range g.members {
			require.Empty(t, m.failures())
			require.Len(t, m.sessions, 1)
			m.close()
		}
	})
}

// TestRebalanceBesidesATransaction that a member waits for leaves its session as it is.
func TestRebalanceBesidesATransaction(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 4)
		g.conf.Consumer.IsolationLevel = ReadCommitted
		first, second := g.member(cooperative), g.member(cooperative)
		after(20 * time.Second)
		require.Equal(t, []int{2, 2}, g.owners(4))
		sessions := len(first.sessions)
		g.unstable(second.claims()["orders"][0], time.Minute)
		second.close()
		after(20 * time.Second)
		g.members = g.members[:1]
		g.member(cooperative)
		after(2 * time.Minute)
		require.Equal(t, []int{2, 2}, g.owners(4))
		require.Empty(t, first.failures())
		require.Len(t, first.sessions, sessions)
		for _, m := range g.members {
			m.close()
		}
	})
}

// TestClaimsAreGivenUpWhileTheNamesOfOthersAreLookedFor at a broker that stands still.
func TestClaimsAreGivenUpWhileTheNamesOfOthersAreLookedFor(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, _ := epochGrouping(t, net, 2)
		m := g.member(nil)
		after(10 * time.Second)
		require.Equal(t, []int{2}, g.owners(2))
		for _, b := range g.brokers {
			b.on(protocol.KeyMetadata, hang)
			sound := b.handlers[protocol.KeyConsumerGroupHeartbeat]
			b.on(protocol.KeyConsumerGroupHeartbeat, func(r *scriptedRequest) protocol.Message {
				response := sound(r).(*ConsumerGroupHeartbeatResponse)
				response.Assignment = &protocol.ConsumerGroupHeartbeatAssignment{TopicPartitions: topicClaims{
					{TopicID: Uuid{1}, Partitions: []int32{0}}, {TopicID: Uuid{9}, Partitions: []int32{0}},
				}}
				return response
			})
		}
		after(g.conf.Consumer.Group.Session.Timeout)
		require.Equal(t, map[string][]int32{"orders": {0}}, m.claims())
		for _, b := range g.brokers {
			b.on(protocol.KeyMetadata, g.logs.cluster.metadata)
		}
		m.close()
	})
}

package sarama

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestHeartbeatsHaveABackoffFunction: those that a coordinator refuses for now are sent again as Metadata.Retry says, of either
// protocol.
func TestHeartbeatsHaveABackoffFunction(t *testing.T) {
	refusals := map[int16]protocol.Message{
		protocol.KeyHeartbeat:              &HeartbeatResponse{Err: ErrNotCoordinatorForConsumer},
		protocol.KeyConsumerGroupHeartbeat: &ConsumerGroupHeartbeatResponse{ErrorCode: ErrNotCoordinatorForConsumer},
	}
	for key, refusal := range refusals {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			var g *grouping
			if key == protocol.KeyHeartbeat {
				g = newGrouping(t, net, 1)
			} else {
				g, _ = epochGrouping(t, net, 1)
			}
			var calls []int
			g.conf.Metadata.Retry.BackoffFunc = func(retries, most int) time.Duration {
				calls = append(calls, retries)
				require.Equal(t, 3, most)
				return time.Duration(retries+1) * 100 * time.Millisecond
			}
			m := g.member(nil)
			after(5 * time.Second)
			sound := g.brokers[0].handlers[key]
			for _, failures := range []int{5, 1} {
				calls = nil
				var beats []time.Time
				g.brokers[0].on(key, func(r *scriptedRequest) protocol.Message {
					if beats = append(beats, time.Now()); len(beats) <= failures {
						return refusal
					}
					return sound(r)
				})
				after(6 * time.Second)
				require.Equal(t, []int{0, 1, 2, 2, 2}[:failures], calls)
				for i, retries := range calls {
					require.Equal(t, time.Duration(retries+1)*100*time.Millisecond, beats[i+1].Sub(beats[i]))
				}
			}
			require.Len(t, m.sessions, 1, "the session goes on")
			m.close()
		})
	}
}

// TestHeartbeatsDoNotWaitForBrokersThatStandStill: the coordinator lives, and would give the member up.
func TestHeartbeatsDoNotWaitForBrokersThatStandStill(t *testing.T) {
	for _, key := range []int16{protocol.KeyHeartbeat, protocol.KeyConsumerGroupHeartbeat} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			var g *grouping
			if key == protocol.KeyHeartbeat {
				g = newGrouping(t, net, 2)
			} else {
				g, _ = epochGrouping(t, net, 2)
			}
			m := g.member(nil)
			after(5 * time.Second)
			g.brokers[1].on(protocol.KeyFindCoordinator, hang)
			g.brokers[0].first(key, (*scriptedRequest).cut)
			sound, last, longest := g.brokers[0].handlers[key], time.Now(), time.Duration(0)
			g.brokers[0].on(key, func(r *scriptedRequest) protocol.Message {
				last, longest = time.Now(), max(longest, time.Since(last))
				return sound(r)
			})
			after(time.Minute)
			require.NotEmpty(t, g.brokers[1].received(protocol.KeyFindCoordinator))
			require.Less(t, longest, g.conf.Consumer.Group.Session.Timeout)
			require.Len(t, m.sessions, 1, "the session goes on")
			m.close()
		})
	}
}

// TestCommitsDoNotWaitForBrokersThatStandStill either.
func TestCommitsDoNotWaitForBrokersThatStandStill(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		m := g.member(nil)
		after(5 * time.Second)
		g.brokers[1].on(protocol.KeyFindCoordinator, hang)
		g.brokers[0].first(protocol.KeyOffsetCommit, (*scriptedRequest).cut)
		g.fill(0, 10)
		after(6 * time.Second)
		require.NotEmpty(t, g.brokers[1].received(protocol.KeyFindCoordinator))
		require.EqualValues(t, 10, g.offsets.get("g", "orders", 0).offset)
		m.close()
	})
}

// TestJoinsDoNotLookForTheCoordinatorThatAnswers: it has said that there is another rebalance, for which others wait.
func TestJoinsDoNotLookForTheCoordinatorThatAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.conf.Consumer.Group.Rebalance.Timeout = 5 * time.Second
		m := g.member(cooperative)
		after(5 * time.Second)
		looks := func() int {
			return len(g.brokers[0].received(protocol.KeyFindCoordinator)) + len(g.brokers[1].received(protocol.KeyFindCoordinator))
		}
		before, syncs := looks(), len(g.brokers[0].received(protocol.KeySyncGroup))
		g.brokers[0].first(protocol.KeySyncGroup, answer(&SyncGroupResponse{Err: ErrRebalanceInProgress}))
		g.group.idle("idle", 5*time.Second)
		after(20 * time.Second)
		require.Len(t, g.brokers[0].received(protocol.KeySyncGroup), syncs+2)
		require.Equal(t, before, looks())
		require.Len(t, m.sessions, 1)
		m.close()
	})
}

// TestLeadersDoNotWaitForBrokersThatStandStill with the assignment, for which all others wait: what was heard of the topics before
// has to do.
func TestLeadersDoNotWaitForBrokersThatStandStill(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.conf.Consumer.Group.Rebalance.Timeout = 5 * time.Second
		m := g.member(cooperative)
		after(5 * time.Second)
		g.brokers[1].on(protocol.KeyMetadata, hang)
		for asked := len(g.brokers[1].received(protocol.KeyMetadata)); len(g.brokers[1].received(protocol.KeyMetadata)) == asked; {
			g.group.idle("idle", 5*time.Second) // begins a rebalance, in which any broker may be asked
			after(20 * time.Second)
		}
		after(40 * time.Second)
		require.Len(t, m.sessions, 1, "it is a member still")
		require.Equal(t, []int{2}, g.owners(2))
		m.close()
	})
}

// TestClaimsOutliveALookForTopics that fails, or that a broker does not answer: the member joins again with the topics of before.
func TestClaimsOutliveALookForTopics(t *testing.T) {
	for name, fault := range map[string]scriptedHandler{"cut": (*scriptedRequest).cut, "hang": hang} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 2)
				g.conf.Consumer.Group.Rebalance.Timeout = 20 * time.Second
				m := g.member(cooperative, "^ord.*")
				after(5 * time.Second)
				looks := 0
				g.brokers[1].on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
					if len(r.Body.(*MetadataRequest).Topics) > 0 {
						return g.cluster.metadata(r)
					}
					looks++
					return fault(r)
				})
				for looks == 0 {
					g.group.idle("idle", 20*time.Second) // begins a rebalance, in which any broker may be asked
					after(40 * time.Second)
				}
				after(40 * time.Second)
				require.Empty(t, m.failures())
				require.Len(t, m.sessions, 1, "it is a member still")
				require.Equal(t, []int{2}, g.owners(2))
				m.close()
			})
		})
	}
}

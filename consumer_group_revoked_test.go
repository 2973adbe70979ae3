package sarama

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLastCommitOfARevokedClaimIsTold, if it fails: nobody tries again.
func TestLastCommitOfARevokedClaimIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 4)
		g.conf.Consumer.Return.Errors = true
		g.conf.Consumer.Offsets.AutoCommit.Interval = time.Hour
		for p := range int32(4) {
			g.fill(p, 5)
		}
		first := g.member(cooperative)
		after(5 * time.Second)
		g.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrOffsetMetadataTooLarge })
		second := g.member(cooperative)
		after(20 * time.Second)
		require.Equal(t, []int{2, 2}, g.owners(4))
		for range 2 {
			select {
			case err := <-first.group.Errors():
				var placed *ConsumerError
				require.ErrorAs(t, err, &placed)
				require.ErrorIs(t, err, ErrOffsetMetadataTooLarge)
				require.Contains(t, second.claims()["orders"], placed.Partition)
			default:
				require.Fail(t, "nothing is told")
			}
		}
		g.offsets.refusing(g.group.refuse)
		second.close()
		first.close()
	})
}

// TestShutdownDuringTheLastCommitOfARevokedClaim: it is made when the session ends.
func TestShutdownDuringTheLastCommitOfARevokedClaim(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 4)
		g.conf.Consumer.Offsets.AutoCommit.Interval = time.Hour
		for p := range int32(4) {
			g.fill(p, 5)
		}
		first := g.member(cooperative)
		after(5 * time.Second)
		refused := 0
		g.offsets.refusing(func(r *scriptedRequest, tp topicPartition) KError {
			if refused == 2 { // both that the second member gets
				return g.group.refuse(r, tp)
			}
			refused++
			first.cancel()
			return ErrOffsetsLoadInProgress
		})
		second := g.member(cooperative)
		after(20 * time.Second)
		<-first.done
		require.Equal(t, 2, refused)
		for p := range int32(4) {
			require.EqualValues(t, 5, g.offsets.get("g", "orders", p).offset, "partition %d", p)
		}
		first.close()
		second.close()
	})
}

// TestLastCommitWaitsForTheCoordinator, when the member joins again: nobody else can have the partitions before, and would process
// again what is not committed.
func TestLastCommitWaitsForTheCoordinator(t *testing.T) {
	for name, change := range map[string]func(*Config, *testMember){"range": nil, "cooperative": cooperative} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 2)
				g.conf.Consumer.Offsets.AutoCommit.Interval = time.Hour
				for p := range int32(2) {
					g.fill(p, 5)
				}
				first := g.member(change)
				after(5 * time.Second)
				back := time.Now().Add(15 * time.Second)
				g.offsets.refusing(func(r *scriptedRequest, tp topicPartition) KError {
					if time.Now().Before(back) {
						return ErrNotCoordinatorForConsumer
					}
					return g.group.refuse(r, tp)
				})
				second := g.member(change)
				after(40 * time.Second)
				require.Equal(t, []int{1, 1}, g.owners(2))
				require.Empty(t, second.got, "nothing comes again")
				first.close()
				second.close()
			})
		})
	}
}

// TestShutdownDoesNotWaitForTheCoordinator, neither from its beginning nor when it comes while the last commit waits.
func TestShutdownDoesNotWaitForTheCoordinator(t *testing.T) {
	for name, rebalance := range map[string]bool{"a shutdown": false, "a rebalance and a shutdown": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 2)
				g.conf.Consumer.Offsets.AutoCommit.Interval = time.Hour
				g.fill(0, 5)
				m := g.member(nil)
				after(5 * time.Second)
				g.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrNotCoordinatorForConsumer })
				if rebalance {
					g.group.idle("idle", time.Hour)
					after(10 * time.Second)
				}
				began := time.Now()
				m.close()
				require.Less(t, time.Since(began), 2*time.Second)
			})
		})
	}
}

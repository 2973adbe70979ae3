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

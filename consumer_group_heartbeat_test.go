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

package sarama

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRetryBudgetIsGivenBack by messages whose context ends while they wait for a leader.
func TestRetryBudgetIsGivenBack(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.MaxBufferLength = leastRetryBufferLength
		p.logs.cluster.setTopic("orders", 1, ledBy(0, -1, 1))
		p.conf.Producer.Partitioner = func(topic string) Partitioner { return consistent{NewManualPartitioner(topic)} }
		producer := p.startExtended(t)
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 4 {
			msg := toOrders(numbered(i))
			if i%2 == 0 {
				msg.SetContext(ctx)
			}
			producer.Input() <- msg
		}
		<-time.After(2 * time.Second) // some tries are over
		cancel()
		for range 2 {
			require.ErrorIs(t, (<-producer.Errors()).Err, context.Canceled)
		}
		p.logs.cluster.setTopic("orders", 1, ledBy(0, 1, 1))
		for range 2 {
			<-producer.Successes()
		}
		budget := producer.(*asyncProducer).retries
		require.Zero(t, budget.messages)
		require.Zero(t, budget.bytes)
		require.NoError(t, producer.Close())
	})
}

// consistent is a partitioner that chooses among all partitions, those without a leader too.
type consistent struct{ Partitioner }

func (consistent) RequiresConsistency() bool { return true }

// TestNoRetriesNoReordering: what is refused as too large is not sent again behind what was sent after it.
func TestNoRetriesNoReordering(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.Max = 0
		p.conf.Net.MaxOpenRequests = 5
		p.conf.Producer.Flush.Messages = 2
		p.logs.limit = 400
		release := p.stall(net)
		producer := p.startExtended(t)
		large := strings.Repeat("x", 200)
		for _, value := range []string{large + "0", large + "1", "2", "3"} {
			producer.Input() <- toOrders(value)
			synctest.Wait()
		}
		release()
		var failed []string
		for range 4 {
			select {
			case <-producer.Successes():
			case err := <-producer.Errors():
				require.Equal(t, ErrMessageSizeTooLarge, err.Err)
				failed = append(failed, string(err.Msg.Value.(StringEncoder)))
			}
		}
		require.Equal(t, []string{large + "0", large + "1"}, failed)
		require.Equal(t, []string{"2", "3"}, p.logs.values(0))
		require.NoError(t, producer.Close())
	})
}

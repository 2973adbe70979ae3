package sarama

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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

type consistent struct{ Partitioner }

func (consistent) RequiresConsistency() bool { return true }

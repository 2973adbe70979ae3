//go:build !race

package sarama

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatComesWhileClosingHasAnOutcome: what Input takes while the producer closes comes back like all else. A send that meets the
// close of its channel panics, as it does with sarama; the race detector reports it, too, so that this test is for builds without.
func TestWhatComesWhileClosingHasAnOutcome(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		client, err := NewClient([]string{p.addr}, p.conf)
		require.NoError(t, err)
		for range 500 {
			producer, err := NewAsyncProducerFromClient(client)
			require.NoError(t, err)
			taken := make(chan int)
			go func() {
				n := 0
				defer func() {
					_ = recover() // Input is closed
					taken <- n
				}()
				for {
					producer.Input() <- toOrders("x")
					n++
				}
			}()
			outcomes := make(chan outcome)
			go func() { outcomes <- collect(producer) }()
			producer.AsyncClose()
			n, o := <-taken, <-outcomes
			require.Equal(t, n, len(o.succeeded)+len(o.failed))
		}
		require.NoError(t, client.Close())
	})
}

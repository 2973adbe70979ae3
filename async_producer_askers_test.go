package sarama

import (
	"context"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// requireNoProducerGoroutines requires that nothing of any producer runs, and of no goroutine that one has started.
func requireNoProducerGoroutines(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		for _, of := range []string{"asyncProducer)", "topicProducer)", "partitionProducer)", "brokerProducer)"} {
			require.NotContains(t, stack, "sarama.(*"+of)
		}
	}
}

// TestCloseContextWaitsForNoCoordinator: one that does not answer, behind a client that goes on, holds nobody up.
func TestCloseContextWaitsForNoCoordinator(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		x := newTransactions(t, net, rand.New(rand.NewPCG(1, 1)), 1)
		client, err := NewClient([]string{x.addr}, x.conf)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, client.Close()) })
		producer, err := NewAsyncProducerFromClient(client)
		require.NoError(t, err)
		require.NoError(t, producer.BeginTxn())
		for _, b := range x.brokers {
			b.on(protocol.KeyAddPartitionsToTxn, hang)
		}
		producer.Input() <- toOrders("a")
		synctest.Wait()
		require.Equal(t, 1, x.received(protocol.KeyAddPartitionsToTxn))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, producer.(ExtendedAsyncProducer).CloseContext(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		synctest.Wait()
		requireNoProducerGoroutines(t)
	})
}

// TestNothingOfAProducerOutlivesClose: what it has asked a client that goes on, and waits for in vain, is given up.
func TestNothingOfAProducerOutlivesClose(t *testing.T) {
	for name, prepare := range map[string]func(p *producing) (topic string){
		"looking for partitions": func(*producing) string { return "nowhere" },
		"looking for a leader": func(p *producing) string {
			for _, b := range p.brokers {
				b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
					response := new(ProduceResponse)
					response.AddTopicPartition("orders", 0, ErrNotLeaderForPartition)
					return response
				})
			}
			return "orders"
		},
	} {
		for _, giveUp := range []bool{false, true} {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				if !giveUp {
					p.conf.Producer.DeliveryTimeout = time.Second
				}
				client, err := NewClient([]string{p.addr}, p.conf)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, client.Close()) })
				producer, err := NewAsyncProducerFromClient(client)
				require.NoError(t, err)
				topic := prepare(p)
				for _, b := range p.brokers {
					b.on(protocol.KeyMetadata, hang)
				}
				producer.Input() <- &ProducerMessage{Topic: topic, Value: StringEncoder("x")}
				after(500 * time.Millisecond)
				begin := time.Now()
				if giveUp {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					err = producer.(ExtendedAsyncProducer).CloseContext(ctx)
					cancel()
					require.ErrorIs(t, err, context.DeadlineExceeded, name)
				} else {
					err = producer.Close()
				}
				require.LessOrEqual(t, time.Since(begin), time.Second, name)
				var failed ProducerErrors
				require.ErrorAs(t, err, &failed, name)
				require.Len(t, failed, 1)
				if giveUp {
					require.ErrorIs(t, failed[0], ErrShuttingDown)
				} else {
					require.ErrorIs(t, failed[0], ErrDeliveryTimeout)
				}
				synctest.Wait() // for those who have nothing to do but return
				requireNoProducerGoroutines(t)
				require.False(t, client.Closed())
			})
		}
	}
}

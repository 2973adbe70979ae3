package sarama

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// slowMetadata has answers about topics take a second.
func (p *producing) slowMetadata() {
	for _, b := range p.brokers {
		b.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
			timer := time.NewTimer(time.Second)
			defer timer.Stop()
			select {
			case <-timer.C:
				return p.logs.cluster.metadata(r)
			case <-r.Broker.stopped:
				return r.cut()
			}
		})
	}
}

// TestCloseSendsWhatWaitsForMetadata, whatever Config.Producer.Flush waits for; so do the tests below.
func TestCloseSendsWhatWaitsForMetadata(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Metadata.Full = false // nothing is known of the topic at first
		p.conf.Producer.Flush.Messages = 1000
		p.slowMetadata()
		producer := p.startExtended(t)
		producer.Input() <- toOrders("a")
		began := time.Now()
		require.NoError(t, producer.Close())
		require.Equal(t, time.Second, time.Since(began))
		require.Equal(t, []string{"a"}, p.logs.values(0))
	})
}

func TestCloseSendsWhatFollowsABatchThatMoves(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Flush.Messages = 2
		release := p.stall(net)
		producer := p.startExtended(t)
		for _, value := range []string{"a", "b"} {
			producer.Input() <- toOrders(value)
		}
		synctest.Wait() // the two are on their way
		producer.Input() <- toOrders("c")
		synctest.Wait()
		producer.AsyncClose()
		synctest.Wait()
		p.logs.move(0, 2) // to a broker that nothing was sent to yet
		release()
		require.NoError(t, producer.Close())
		require.Equal(t, []string{"a", "b", "c"}, p.logs.values(0))
	})
}

func TestCommitSendsWhatWaitsForABatch(t *testing.T) {
	inTransaction(t, 0, func(t *testing.T, x *transactions) {
		x.close(t)
		x.conf.Net.MaxOpenRequests = 5
		x.conf.Producer.Flush.Messages = 1000
		x.start(t)
		release := x.stall(x.net)
		require.NoError(t, x.producer.BeginTxn())
		x.drain()
		x.producer.Input() <- toOrders("a")
		synctest.Wait() // it is on its way: the first batch of a producer goes alone
		x.producer.Input() <- toOrders("b")
		synctest.Wait()
		var committing sync.WaitGroup
		committing.Go(func() { require.NoError(t, x.producer.CommitTxn()) })
		synctest.Wait()
		release()
		committing.Wait()
		require.Equal(t, []string{"a", "b"}, x.logs.values(0))
		x.producer.AsyncClose()
	})
}

// TestFullMemoryLetsNothingLinger: who waits for room would wait for messages that cannot come.
func TestFullMemoryLetsNothingLinger(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Flush.Messages = 2
		release := p.stall(net)
		producer := p.startExtended(t)
		producer.Input() <- toOrders("a")
		producer.Input() <- toOrders("b")
		synctest.Wait()                              // the two are on their way
		producer.(*asyncProducer).ledger.setLimit(1) // the next fills it
		producer.Input() <- toOrders("c")
		synctest.Wait()
		release()
		for range 3 {
			<-producer.Successes()
		}
		require.Equal(t, []string{"a", "b", "c"}, p.logs.values(0))
		require.NoError(t, producer.Close())
	})
}

// TestCloseContextWaitsForNoWrite: a broker that does not read, behind a client that goes on, holds nobody up.
func TestCloseContextWaitsForNoWrite(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.Max = 0 // several batches of a partition are sent
		p.stall(net)
		client, err := NewClient([]string{p.addr}, p.conf)
		require.NoError(t, err)
		made, err := NewAsyncProducerFromClient(client)
		require.NoError(t, err)
		producer := made.(ExtendedAsyncProducer)
		for range 3 {
			producer.Input() <- toOrders("a")
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, producer.CloseContext(ctx), context.DeadlineExceeded)
		require.Equal(t, 100*time.Millisecond, time.Since(began))
		require.NoError(t, client.Close())
	})
}

// TestClientClosedBeforeItsProducer: there is nobody to ask any more, however often a batch may be tried.
func TestClientClosedBeforeItsProducer(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.Max = 1 << 30
		client, err := NewClient([]string{p.addr}, p.conf)
		require.NoError(t, err)
		producer, err := NewAsyncProducerFromClient(client)
		require.NoError(t, err)
		p.stall(net)
		producer.Input() <- toOrders("a")
		synctest.Wait()
		require.NoError(t, client.Close())
		began := time.Now()
		require.ErrorIs(t, (<-producer.Errors()).Err, ErrClosedClient)
		require.LessOrEqual(t, time.Since(began), time.Second)
		require.NoError(t, producer.Close())
	})
}

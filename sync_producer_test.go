package sarama

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// deafDialer connects to all brokers but one, whose host does not answer.
type deafDialer struct {
	*scriptedNetwork
	deaf string
}

func (d *deafDialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if addr == d.deaf {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return d.scriptedNetwork.DialContext(ctx, network, addr)
}

// TestSendMessageContextWaitsForNoConnection longer than its context allows.
func TestSendMessageContextWaitsForNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		p.conf.Net.Proxy.Dialer = &deafDialer{net, p.brokers[1].addr()}
		producer := p.startSync(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		msg := toOrders("a")
		msg.Partition = 1
		began := time.Now()
		_, _, err := producer.SendMessageContext(ctx, msg)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		ctx, stop := context.WithCancel(t.Context())
		stop()
		require.Error(t, producer.CloseContext(ctx))
	})
}

func TestDeliveryTimeoutOfASyncProducerWaitsForNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		p.conf.Net.Proxy.Dialer = &deafDialer{net, p.brokers[1].addr()}
		p.conf.Producer.DeliveryTimeout = time.Second
		producer := p.startSync(t)
		msg := toOrders("a")
		msg.Partition = 1
		began := time.Now()
		_, _, err := producer.SendMessage(msg)
		require.ErrorIs(t, err, ErrDeliveryTimeout)
		require.LessOrEqual(t, time.Since(began), 2*time.Second)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_ = producer.CloseContext(ctx)
	})
}

// TestOneMessageTwice: a message that is in the list twice is sent twice.
func TestOneMessageTwice(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		producer := p.startSync(t)
		msg := toOrders("a")
		require.NoError(t, producer.SendMessages([]*ProducerMessage{msg, msg}))
		require.Equal(t, []string{"a", "a"}, p.logs.values(0))
		require.NoError(t, producer.Close())
	})
}

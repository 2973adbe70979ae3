package sarama

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/proxy"
)

// lockingDialer is a user's dialer with a lock for each connection, over its Read and its Write: so has many a wrapper that counts, or
// makes faults.
type lockingDialer struct {
	*scriptedNetwork
	locks []chan struct{}
}

type lockingConn struct {
	net.Conn
	lock chan struct{} // not a mutex: a bubble's time does not pass while somebody waits for one
}

func (d *lockingDialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := d.scriptedNetwork.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	lock := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.locks = append(d.locks, lock)
	return &lockingConn{nc, lock}, nil
}

// held returns how many locks are held while nothing goes on.
func (d *lockingDialer) held() (held int) {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, lock := range d.locks {
		held += len(lock)
	}
	return held
}

func (c *lockingConn) Read(b []byte) (int, error) {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	return c.Conn.Read(b)
}

func (c *lockingConn) Write(b []byte) (int, error) {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	return c.Conn.Write(b)
}

// SetReadDeadline is as on a socket: that the other end is gone is no error.
func (c *lockingConn) SetReadDeadline(at time.Time) error {
	_ = c.Conn.SetReadDeadline(at)
	return nil
}

// Programs written for sarama have dialers whose connections hold up others while they are read. That must not last.
func TestConnectionsOfUsersAreNotReadForNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		dialer := &lockingDialer{scriptedNetwork: net}
		p.conf.Net.Proxy.Dialer = dialer
		producer := p.startSync(t)
		for n := range 6 {
			msg := toOrders("a")
			msg.Partition = int32(n % 2)
			_, _, err := producer.SendMessage(msg)
			require.NoError(t, err)
			require.Zero(t, dialer.held())
			time.Sleep(time.Duration(n) * time.Second)
		}
		require.Equal(t, []string{"a", "a", "a"}, p.logs.values(0))
		require.Equal(t, []string{"a", "a", "a"}, p.logs.values(1))
		require.NoError(t, producer.Close())
		require.Zero(t, dialer.held())
	})
}

// What is not read is looked at before it is relied on: a broker that has closed idle connections costs no request, and no retry.
func TestConnectionsOfUsersThatWereLostWhileIdle(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		dialer := &lockingDialer{scriptedNetwork: net}
		p.conf.Net.Proxy.Dialer = dialer
		p.conf.Producer.Retry.Max = 0
		producer := p.startSync(t)
		for range 3 {
			_, _, err := producer.SendMessage(toOrders("a"))
			require.NoError(t, err)
			time.Sleep(10 * time.Minute)
			p.brokers[0].cut()
		}
		require.Equal(t, []string{"a", "a", "a"}, p.logs.values(0))
		require.NoError(t, producer.Close())

		b := NewBroker(p.brokers[0].addr())
		require.NoError(t, b.Open(p.conf))
		for range 3 {
			_, err := b.GetMetadata(&MetadataRequest{})
			require.NoError(t, err)
			p.brokers[0].cut()
			time.Sleep(10 * time.Minute)
			require.Zero(t, dialer.held())
		}
		require.NoError(t, b.Close())
	})
}

func TestWhichConnectionsAreAlwaysRead(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	require.True(t, alwaysReadable(near))
	require.True(t, alwaysReadable(&net.TCPConn{}))
	require.True(t, alwaysReadable(tls.Client(near, &tls.Config{MinVersion: tls.VersionTLS12})))
	require.False(t, alwaysReadable(&lockingConn{Conn: near}))
	require.False(t, alwaysReadable(struct{ net.Conn }{near}))
	require.False(t, alwaysReadable(tls.Client(&lockingConn{Conn: near}, &tls.Config{MinVersion: tls.VersionTLS12})))
	require.True(t, alwaysReadable(throughSOCKS(t)))
}

// throughSOCKS returns what the dialer of golang.org/x/net/proxy makes.
func throughSOCKS(t *testing.T) net.Conn {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	answered := make(chan error, 1)
	go func() {
		nc, err := listener.Accept()
		if err == nil {
			defer nc.Close()
			// No authentication; then connected, to 0.0.0.0:0 (RFC 1928).
			for _, answer := range []string{"\x05\x00", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"} {
				if _, err = nc.Read(make([]byte, 100)); err == nil {
					_, err = nc.Write([]byte(answer))
				}
			}
		}
		answered <- err
	}()
	dialer, err := proxy.SOCKS5("tcp", listener.Addr().String(), nil, proxy.Direct)
	require.NoError(t, err)
	nc, err := dialer.(proxy.ContextDialer).DialContext(t.Context(), "tcp", "b1:9092")
	require.NoError(t, err)
	require.NoError(t, <-answered)
	require.NoError(t, nc.Close())
	return nc
}

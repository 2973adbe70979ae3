package sarama

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// openBroker opens a broker of a network and closes it at the end of the test.
func openBroker(t *testing.T, conf *Config, to *scriptedBroker) *Broker {
	t.Helper()
	b := newBrokerAt(to.address)
	require.NoError(t, b.Open(conf))
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// oneBroker is a network with one broker that answers about a cluster of itself, open.
func oneBroker(t *testing.T) (*scriptedNetwork, *scriptedBroker, *Broker) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	newScriptedCluster(far)
	return network, far, openBroker(t, network.config(), far)
}

func TestBrokerOpensAndCloses(t *testing.T) {
	far := listenScripted(t, 1)
	newScriptedCluster(far)
	b := NewBroker(far.addr())
	require.EqualValues(t, -1, b.ID())
	require.Equal(t, far.addr(), b.Addr())
	require.Empty(t, b.Rack())

	connected, err := b.Connected()
	require.False(t, connected)
	require.NoError(t, err)
	require.Equal(t, ErrNotConnected, b.Close())
	_, err = b.GetMetadata(&MetadataRequest{})
	require.Equal(t, ErrNotConnected, err)

	require.NoError(t, b.Open(nil))
	require.Equal(t, ErrAlreadyConnected, b.Open(nil))
	connected, err = b.Connected()
	require.True(t, connected)
	require.NoError(t, err)
	_, secure := b.TLSConnectionState()
	require.False(t, secure)
	metadata, err := b.GetMetadata(&MetadataRequest{Version: 1})
	require.NoError(t, err)
	require.Equal(t, far.addr(), metadata.Brokers[0].Addr())
	require.Zero(t, b.ResponseSize())

	require.NoError(t, b.Close())
	require.Equal(t, ErrNotConnected, b.Close())
	connected, err = b.Connected()
	require.False(t, connected)
	require.NoError(t, err)
	require.NoError(t, b.Open(nil))
	require.NoError(t, b.Close(), "on the way to be connected")
}

func TestBrokerThatRefusesConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())

	b := NewBroker(addr)
	require.NoError(t, b.Open(nil))
	_, err = b.Heartbeat(&HeartbeatRequest{})
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	var named *BrokerError
	require.ErrorAs(t, err, &named)
	require.Equal(t, addr, named.Addr)
	require.True(t, unsent(err))
	connected, err := b.Connected()
	require.False(t, connected)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.Equal(t, ErrNotConnected, b.Close())
	require.NoError(t, b.Open(nil), "a failed attempt does not need Close")
	_ = b.Close()
}

func TestBrokerRefusesAnInvalidConfig(t *testing.T) {
	b := NewBroker("127.0.0.1:1")
	conf := NewConfig()
	conf.Net.MaxOpenRequests = 0
	var invalid ConfigurationError
	require.ErrorAs(t, b.Open(conf), &invalid)
	require.Equal(t, ErrNotConnected, b.Close())
}

// stuckDialer dials until its context ends, or, without one, until it is released.
type stuckDialer struct{ release chan struct{} }

func (d stuckDialer) Dial(string, string) (net.Conn, error) {
	<-d.release
	near, far := net.Pipe()
	_ = far.Close()
	return near, nil
}

type stuckContextDialer struct{ stuckDialer }

func (d stuckContextDialer) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCloseWhileConnecting(t *testing.T) {
	for _, withContext := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			dialer := stuckDialer{make(chan struct{})}
			conf := NewConfig()
			conf.Net.Proxy.Enable = true
			conf.Net.Proxy.Dialer = dialer
			if withContext {
				conf.Net.Proxy.Dialer = stuckContextDialer{dialer}
			}
			b := NewBroker("b1:9092")
			require.NoError(t, b.Open(conf))
			waiting := make(chan error, 1)
			go func() {
				_, err := b.Heartbeat(&HeartbeatRequest{})
				waiting <- err
			}()
			synctest.Wait()
			require.NoError(t, b.Close())
			require.ErrorIs(t, <-waiting, ErrNotConnected)
			close(dialer.release)
		})
	}
}

func TestDialTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialer := stuckDialer{make(chan struct{})}
		conf := NewConfig()
		conf.Net.DialTimeout = 7 * time.Second
		conf.Net.Proxy.Enable = true
		conf.Net.Proxy.Dialer = dialer
		start := time.Now()
		b := NewBroker("b1:9092")
		require.NoError(t, b.Open(conf))
		_, err := b.Connected()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 7*time.Second, time.Since(start))
		close(dialer.release)
	})
}

func TestBrokerReconnectsAfterAnIdleConnectionIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, far, b := oneBroker(t)
		_, err := b.GetMetadata(&MetadataRequest{})
		require.NoError(t, err)
		far.cut()
		synctest.Wait()
		connected, err := b.Connected()
		require.False(t, connected)
		require.ErrorIs(t, err, io.EOF)
		_, err = b.GetMetadata(&MetadataRequest{})
		require.NoError(t, err)
		require.Len(t, network.dialed(), 2)

		far.setDown(true)
		synctest.Wait()
		require.NoError(t, b.Close(), "nobody was told that it is gone")
		far.setDown(false)
	})
}

func TestBrokerTellsOfALostRequestAndOpensAgain(t *testing.T) {
	network, far, b := oneBroker(t)
	far.on(protocol.KeyHeartbeat, (*scriptedRequest).cut)
	_, err := b.GetMetadata(&MetadataRequest{})
	require.NoError(t, err)
	_, err = b.Heartbeat(&HeartbeatRequest{GroupId: "g"})
	require.ErrorIs(t, err, io.EOF)
	require.EqualError(t, err, "broker b1:9092: Heartbeat v0: request sent: EOF")
	require.False(t, unsent(err))

	_, err = b.GetMetadata(&MetadataRequest{})
	require.ErrorIs(t, err, io.EOF, "it stays closed until somebody opens it")
	require.True(t, unsent(err))
	connected, err := b.Connected()
	require.False(t, connected)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, ErrNotConnected, b.Close())

	require.NoError(t, b.Open(network.config()))
	_, err = b.GetMetadata(&MetadataRequest{})
	require.NoError(t, err)
}

func TestCloseEndsRequestsUnderWay(t *testing.T) {
	_, far, b := oneBroker(t)
	asked := make(chan struct{})
	far.on(protocol.KeyHeartbeat, func(r *scriptedRequest) protocol.Message {
		close(asked)
		return hang(r)
	})
	waiting := make(chan error, 1)
	go func() {
		_, err := b.Heartbeat(&HeartbeatRequest{})
		waiting <- err
	}()
	<-asked
	require.Equal(t, 1, b.ResponseSize())
	require.NoError(t, b.Close())
	require.ErrorIs(t, <-waiting, net.ErrClosed)
}

func TestCallEndsWithItsContext(t *testing.T) {
	_, far, b := oneBroker(t)
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	far.on(protocol.KeyHeartbeat, func(r *scriptedRequest) protocol.Message {
		cancel(reason)
		return hang(r)
	})
	err := b.call(ctx, &HeartbeatRequest{}, new(HeartbeatResponse))
	require.ErrorIs(t, err, reason)
	require.False(t, unsent(err))
}

func TestThrottleDelaysWhatFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{ThrottleTime: 5000}, &HeartbeatResponse{}))
		conf := network.config()
		conf.Version = V2_8_0_0
		conf.MetricRegistry = metrics.NewRegistry()
		b := openBroker(t, conf, far)
		start := time.Now()
		_, err := b.Heartbeat(&HeartbeatRequest{Version: 2})
		require.NoError(t, err)
		require.Zero(t, time.Since(start))

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err = b.call(ctx, &HeartbeatRequest{Version: 2}, new(HeartbeatResponse))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, unsent(err))

		_, err = b.Heartbeat(&HeartbeatRequest{Version: 2})
		require.NoError(t, err)
		require.Equal(t, 5*time.Second, time.Since(start))
		_, err = b.Heartbeat(&HeartbeatRequest{Version: 2})
		require.NoError(t, err)
		require.Equal(t, 5*time.Second, time.Since(start))
		times := conf.MetricRegistry.Get("throttle-time-in-ms-for-broker-1").(metrics.Histogram)
		require.EqualValues(t, 1, times.Count())
		require.EqualValues(t, 5000, times.Max())
	})
}

func TestThrottleOfBrokersBeforeKafka2IsTheirsToObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{ThrottleTime: 5000}))
		b := openBroker(t, network.config(), far)
		start := time.Now()
		for range 2 {
			_, err := b.Heartbeat(&HeartbeatRequest{Version: 1})
			require.NoError(t, err)
		}
		require.Zero(t, time.Since(start))
	})
}

func TestCloseEndsTheWaitOfAThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newScriptedNetwork(t)
		far := network.broker(1)
		far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{ThrottleTime: 5000}))
		b := openBroker(t, network.config(), far)
		_, err := b.Heartbeat(&HeartbeatRequest{Version: 2})
		require.NoError(t, err)
		waiting := make(chan error, 1)
		go func() {
			_, err := b.Heartbeat(&HeartbeatRequest{Version: 2})
			waiting <- err
		}()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, b.Close())
		require.ErrorIs(t, <-waiting, ErrNotConnected)
		require.Zero(t, time.Since(start))
	})
}

// TestThrottleTimeIsFound goes through all responses: each that has a throttle time has it in a field that is known here.
func TestThrottleTimeIsFound(t *testing.T) {
	without := map[int16]bool{}
	for _, api := range protocol.APIs() {
		response, err := protocol.NewResponse(api.Key, api.MaxVersion)
		require.NoError(t, err)
		if !setThrottleTime(response, 1500*time.Millisecond) {
			without[api.Key] = true
			continue
		}
		require.Equal(t, 1500*time.Millisecond, throttleTimeOf(response), api.Name)
	}
	require.Equal(t, map[int16]bool{
		protocol.KeySaslHandshake: true, protocol.KeySaslAuthenticate: true, protocol.KeyWriteTxnMarkers: true,
		protocol.KeyDescribeQuorum: true, protocol.KeyInitializeShareGroupState: true, protocol.KeyReadShareGroupState: true,
		protocol.KeyWriteShareGroupState: true, protocol.KeyDeleteShareGroupState: true, protocol.KeyReadShareGroupStateSummary: true,
	}, without)
}

func TestBrokerMetrics(t *testing.T) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{}))
	far.on(protocol.KeyFetch, answer(&FetchResponse{}))
	conf := network.config()
	conf.MetricRegistry = metrics.NewRegistry()
	own := newMeter() // stays when the broker is closed
	require.NoError(t, conf.MetricRegistry.Register("request-rate", own))
	b := openBroker(t, conf, far)
	for range 3 {
		_, err := b.Heartbeat(&HeartbeatRequest{GroupId: "g"})
		require.NoError(t, err)
	}
	_, err := b.Fetch(&FetchRequest{Version: 4})
	require.NoError(t, err)

	for _, suffix := range []string{"", "-for-broker-1"} {
		get := func(name string) any { return conf.MetricRegistry.Get(name + suffix) }
		require.EqualValues(t, 5, get("request-rate").(metrics.Meter).Count(), "ApiVersions, too")
		require.EqualValues(t, 5, get("response-rate").(metrics.Meter).Count())
		require.EqualValues(t, 5, get("request-latency-in-ms").(metrics.Histogram).Count())
		require.EqualValues(t, 0, get("requests-in-flight").(metrics.Counter).Count())
		require.EqualValues(t, 3, get("protocol-requests-rate-12").(metrics.Meter).Count())
		require.EqualValues(t, 1, get("consumer-fetch-rate").(metrics.Meter).Count())
		require.EqualValues(t, 10, get("response-size").(metrics.Histogram).Min(), "size, id, code")
		sent := get("request-size").(metrics.Histogram)
		require.EqualValues(t, sent.Sum(), get("outgoing-byte-rate").(metrics.Meter).Count())
		received := get("response-size").(metrics.Histogram)
		require.EqualValues(t, received.Sum(), get("incoming-byte-rate").(metrics.Meter).Count())
	}
	require.NoError(t, b.Close())
	conf.MetricRegistry.Each(func(name string, _ any) { require.Equal(t, "request-rate", name) })
}

package sarama

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// collector is what brokers do with telemetry: it answers as it is told, and keeps what comes.
type collector struct {
	mu           sync.Mutex // guards what follows
	subscription GetTelemetrySubscriptionsResponse
	refusals     []KError // of the next subscriptions
	codes        []KError // of the next pushes
	throttle     time.Duration
	asked        []telemetrySeen[*GetTelemetrySubscriptionsRequest]
	pushed       []telemetrySeen[*PushTelemetryRequest]
}

type telemetrySeen[R any] struct {
	at      time.Time
	broker  int32
	request R
}

var testInstance = Uuid{1, 2, 3}

func newCollector(brokers ...*scriptedBroker) *collector {
	c := &collector{subscription: GetTelemetrySubscriptionsResponse{
		ClientInstanceID: testInstance, SubscriptionID: 7, PushInterval: 10 * time.Second, TelemetryMaxBytes: 1 << 20,
		AcceptedCompressionTypes: []CompressionCodec{CompressionZSTD, CompressionGZIP}, RequestedMetrics: []string{""},
	}}
	for _, b := range brokers {
		b.on(protocol.KeyGetTelemetrySubscriptions, c.ask)
		b.on(protocol.KeyPushTelemetry, c.push)
	}
	return c
}

// change changes the subscription.
func (c *collector) change(change func(*GetTelemetrySubscriptionsResponse)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.subscription)
}

// refuse has the next push refused.
func (c *collector) refuse(code KError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes = []KError{code}
}

func nextCode(codes *[]KError) (code KError) {
	if len(*codes) > 0 {
		code, *codes = (*codes)[0], (*codes)[1:]
	}
	return code
}

func (c *collector) ask(r *scriptedRequest) protocol.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, telemetrySeen[*GetTelemetrySubscriptionsRequest]{
		time.Now(), r.Broker.address.ID, r.Body.(*GetTelemetrySubscriptionsRequest),
	})
	if code := nextCode(&c.refusals); code != ErrNoError {
		return &GetTelemetrySubscriptionsResponse{ErrorCode: code}
	}
	answer := c.subscription
	return &answer
}

func (c *collector) push(r *scriptedRequest) protocol.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	request := r.Body.(*PushTelemetryRequest)
	c.pushed = append(c.pushed, telemetrySeen[*PushTelemetryRequest]{time.Now(), r.Broker.address.ID, request})
	code := nextCode(&c.codes)
	if code == ErrNoError && request.SubscriptionID != c.subscription.SubscriptionID {
		code = ErrUnknownSubscriptionID
	}
	return &PushTelemetryResponse{ErrorCode: code, ThrottleTime: c.throttle}
}

func (c *collector) pushes() []telemetrySeen[*PushTelemetryRequest] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]telemetrySeen[*PushTelemetryRequest](nil), c.pushed...)
}

func (c *collector) subscriptions() []telemetrySeen[*GetTelemetrySubscriptionsRequest] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]telemetrySeen[*GetTelemetrySubscriptionsRequest](nil), c.asked...)
}

func telemetryConfig(net *scriptedNetwork) *Config {
	conf := net.config()
	conf.Version = V3_7_0_0
	conf.Telemetry.Enable = true
	return conf
}

// watched is a client of one broker that is a consumer, too, so that there is something to push.
func watched(t *testing.T, net *scriptedNetwork) (*client, *scriptedBroker, *collector) {
	t.Helper()
	b := net.broker(1)
	newScriptedCluster(b)
	col := newCollector(b)
	c := testClient(t, telemetryConfig(net), b)
	c.meter().hasConsumer()
	synctest.Wait()
	return c, b, col
}

const (
	connectionsTotal = "org.apache.kafka.consumer.connection.creation.total"
	connectionsRate  = "org.apache.kafka.consumer.connection.creation.rate"
)

func TestTelemetryIsOffUnlessEnabled(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		col := newCollector(b)
		conf := net.config()
		conf.Version = V4_0_0_0
		c := testClient(t, conf, b)
		_, err := c.Broker(1)
		require.NoError(t, err)
		after(time.Hour)
		require.Nil(t, c.meter())
		require.Nil(t, meterOf(c))
		_, err = c.ClientInstanceID(t.Context())
		require.ErrorContains(t, err, "Telemetry.Enable")
		require.NoError(t, c.Close())
		require.Empty(t, col.subscriptions())
		require.Empty(t, col.pushes())
	})
}

func TestTelemetryNeedsAVersion(t *testing.T) {
	conf := NewConfig()
	conf.Telemetry.Enable = true
	conf.Version = V3_6_0_0
	require.ErrorContains(t, conf.Validate(), "Telemetry.Enable requires Version >= V3_7_0_0")
	conf.Version = V3_7_0_0
	require.NoError(t, conf.Validate())
}

func TestTelemetryIsPushed(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, _, col := watched(t, net)
		begin := time.Now()
		require.Len(t, col.subscriptions(), 1, "at once")
		require.Zero(t, col.subscriptions()[0].request.ClientInstanceID)
		id, err := TelemetryClient(c).ClientInstanceID(t.Context())
		require.NoError(t, err)
		require.Equal(t, testInstance, id)

		after(time.Minute)
		pushes := col.pushes()
		first := pushes[0].at.Sub(begin)
		require.GreaterOrEqual(t, first, 5*time.Second)
		require.LessOrEqual(t, first, 15*time.Second)
		for i, push := range pushes {
			require.Equal(t, first+time.Duration(i)*10*time.Second, push.at.Sub(begin))
			require.Equal(t, testInstance, push.request.ClientInstanceID)
			require.EqualValues(t, 7, push.request.SubscriptionID)
			require.Equal(t, CompressionZSTD, push.request.CompressionType)
			require.False(t, push.request.Terminating)
			require.Contains(t, decodePush(t, push.request).points, connectionsTotal)
		}
		require.NoError(t, c.Close())
		require.Len(t, col.pushes(), len(pushes)+1)
		require.True(t, col.pushes()[len(pushes)].request.Terminating)
		require.Len(t, col.subscriptions(), 1)
		id, err = c.ClientInstanceID(t.Context())
		require.NoError(t, err, "it is known")
		require.Equal(t, testInstance, id)
	})
}

// Clients that start together do not push together.
func TestFirstPushesSpread(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		col := newCollector(b)
		var clients []*client
		for range 20 {
			clients = append(clients, testClient(t, telemetryConfig(net), b))
		}
		after(15 * time.Second)
		seen := map[time.Time]bool{}
		for _, push := range col.pushes() {
			seen[push.at] = true
		}
		require.Greater(t, len(seen), 10)
		for _, c := range clients {
			require.NoError(t, c.Close())
		}
	})
}

func TestChangedSubscriptionIsAskedForAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, _, col := watched(t, net)
		after(15 * time.Second)
		count := len(col.pushes())
		col.change(func(s *GetTelemetrySubscriptionsResponse) {
			s.SubscriptionID, s.PushInterval, s.RequestedMetrics = 8, time.Minute, []string{"none.such", connectionsRate}
			s.ClientInstanceID = Uuid{9} // not given again
			s.AcceptedCompressionTypes = nil
		})
		after(10 * time.Second)
		stale := col.pushes()[count]
		require.Len(t, col.pushes(), count+1)
		require.Len(t, col.subscriptions(), 2)
		require.Equal(t, stale.at, col.subscriptions()[1].at)
		require.Equal(t, testInstance, col.subscriptions()[1].request.ClientInstanceID)

		after(90 * time.Second)
		next := col.pushes()[count+1]
		require.GreaterOrEqual(t, next.at.Sub(stale.at), 30*time.Second)
		require.LessOrEqual(t, next.at.Sub(stale.at), 90*time.Second)
		require.EqualValues(t, 8, next.request.SubscriptionID)
		require.Equal(t, testInstance, next.request.ClientInstanceID)
		require.Equal(t, CompressionNone, next.request.CompressionType)
		points := decodePush(t, next.request).points
		require.Len(t, points, 1, "nothing else is subscribed to")
		require.Contains(t, points, connectionsRate)
		require.NoError(t, c.Close())
	})
}

// Sums of differences hold what no broker has taken until one does.
func TestThrottledPushWaitsAndLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, b, col := watched(t, net)
		col.change(func(s *GetTelemetrySubscriptionsResponse) { s.SubscriptionID, s.DeltaTemporality = 9, true })
		after(30 * time.Second) // the subscription has changed, and a push has been taken
		col.refuse(ErrThrottlingQuotaExceeded)
		count, asked := len(col.pushes()), len(col.subscriptions())
		reconnect(t, c, b)
		after(20 * time.Second)
		pushes := col.pushes()
		require.Len(t, pushes, count+2)
		require.Equal(t, 10*time.Second, pushes[count+1].at.Sub(pushes[count].at))
		require.Len(t, col.subscriptions(), asked, "the subscription is as it was")
		refused, taken := decodePush(t, pushes[count].request), decodePush(t, pushes[count+1].request)
		require.EqualValues(t, 1, refused.value(t, connectionsTotal))
		require.EqualValues(t, 1, taken.value(t, connectionsTotal))
		require.Equal(t, "delta", taken.kinds[connectionsTotal])
		require.Equal(t, refused.points[connectionsTotal][0].start, taken.points[connectionsTotal][0].start)

		col.mu.Lock()
		col.throttle = 25 * time.Second
		col.mu.Unlock()
		after(40 * time.Second)
		pushes = col.pushes()[count+2:]
		require.Len(t, pushes, 2)
		require.Equal(t, 25*time.Second, pushes[1].at.Sub(pushes[0].at), "the throttle time is longer than the interval")
		require.Zero(t, decodePush(t, pushes[0].request).value(t, connectionsTotal))
		require.NoError(t, c.Close())
	})
}

// reconnect has the client lose its connection and make another, for something else than telemetry.
func reconnect(t *testing.T, c *client, b *scriptedBroker) {
	t.Helper()
	b.cut()
	b.awaitNobody()
	synctest.Wait()
	require.NoError(t, c.RefreshMetadata())
	synctest.Wait()
}

func TestCumulativeSumsGrow(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, b, col := watched(t, net)
		after(15 * time.Second)
		before := decodePush(t, col.pushes()[0].request)
		require.Equal(t, "cumulative", before.kinds[connectionsTotal])
		reconnect(t, c, b)
		after(20 * time.Second)
		pushes := col.pushes()
		last := decodePush(t, pushes[len(pushes)-1].request)
		require.EqualValues(t, before.value(t, connectionsTotal)+1, last.value(t, connectionsTotal))
		require.Equal(t, before.points[connectionsTotal][0].start, last.points[connectionsTotal][0].start)
		require.Greater(t, last.points[connectionsTotal][0].at, before.points[connectionsTotal][0].at)
		require.NoError(t, c.Close())
	})
}

func TestTooLargePushBecomesSmaller(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, _, col := watched(t, net)
		col.refuse(ErrTelemetryTooLarge)
		after(41 * time.Second)
		pushes, asked := col.pushes(), col.subscriptions()
		require.Len(t, asked, 2, "the limit may be another")
		require.Equal(t, 10*time.Second, asked[1].at.Sub(pushes[0].at))
		count := func(p *pushedMetrics) (n int) {
			for _, points := range p.points {
				n += len(points)
			}
			return n
		}
		whole, half := decodePush(t, pushes[0].request), decodePush(t, pushes[1].request)
		require.Equal(t, count(whole)/2, count(half))
		require.Contains(t, half.points, connectionsTotal, "the first ones stay")
		require.Positive(t, half.value(t, connectionsTotal), "nothing is lost")

		// Where the limit is another it counts alone.
		col.refuse(ErrTelemetryTooLarge)
		col.change(func(s *GetTelemetrySubscriptionsResponse) { s.TelemetryMaxBytes /= 2 })
		before := len(pushes)
		after(60 * time.Second)
		pushes = col.pushes()
		require.Equal(t, count(half), count(decodePush(t, pushes[before].request)))
		require.GreaterOrEqual(t, count(decodePush(t, pushes[before+1].request)), count(whole))
		require.NoError(t, c.Close())
	})
}

func TestPushKeepsToItsLimit(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		col := newCollector(b)
		const limit = 260
		col.change(func(s *GetTelemetrySubscriptionsResponse) {
			s.TelemetryMaxBytes, s.AcceptedCompressionTypes = limit, nil
		})
		c := testClient(t, telemetryConfig(net), b)
		c.meter().hasConsumer()
		after(16 * time.Second)
		push := col.pushes()[0].request
		require.LessOrEqual(t, len(push.Metrics), limit)
		require.Contains(t, decodePush(t, push).points, connectionsTotal)
		col.change(func(s *GetTelemetrySubscriptionsResponse) { s.SubscriptionID, s.TelemetryMaxBytes = 8, 10 })
		after(time.Minute)
		pushes := col.pushes()
		require.Empty(t, pushes[len(pushes)-1].request.Metrics, "nothing fits, but the client is heard of")
		require.NoError(t, c.Close())
	})
}

func TestPushMovesToAnotherBroker(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		newScriptedCluster(b1, b2)
		col := newCollector(b1, b2)
		c := testClient(t, telemetryConfig(net), b1, b2)
		after(35 * time.Second)
		pushes := col.pushes()
		last := pushes[len(pushes)-1]
		for _, push := range pushes {
			require.Equal(t, last.broker, push.broker, "one broker as long as that answers")
		}
		failed, other := b1, b2
		if last.broker == 2 {
			failed, other = b2, b1
		}
		failed.setDown(true)
		after(20 * time.Second)
		moved := col.pushes()[len(pushes):]
		require.NotEmpty(t, moved)
		for _, push := range moved {
			require.Equal(t, other.address.ID, push.broker)
			require.Equal(t, testInstance, push.request.ClientInstanceID)
			require.EqualValues(t, 7, push.request.SubscriptionID)
		}
		require.Equal(t, 10*time.Second, moved[0].at.Sub(last.at), "it is not late for that")
		require.Len(t, col.subscriptions(), 1, "the subscription is the cluster's")

		other.setDown(true)
		after(10 * time.Minute)
		dials := len(net.dialed())
		after(10 * time.Minute)
		require.LessOrEqual(t, len(net.dialed())-dials, 60, "a dead cluster is not dialled without end")
		before := len(col.pushes())
		failed.setDown(false)
		after(11 * time.Minute)
		require.Greater(t, len(col.pushes()), before)
		require.NoError(t, c.Close())
	})
}

func TestLastPushIsWaitedForASecondAtMost(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, b, col := watched(t, net)
		after(15 * time.Second)
		require.NotEmpty(t, col.pushes())
		b.on(protocol.KeyPushTelemetry, hang)
		begin := time.Now()
		require.NoError(t, c.Close())
		require.Equal(t, time.Second, time.Since(begin))
		require.ErrorIs(t, c.Close(), ErrClosedClient)
		last := b.received(protocol.KeyPushTelemetry)
		require.True(t, last[len(last)-1].Body.(*PushTelemetryRequest).Terminating)
	})
}

func TestCloseDuringAPushIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, b, _ := watched(t, net)
		b.on(protocol.KeyPushTelemetry, hang)
		after(16 * time.Second)
		require.Len(t, b.received(protocol.KeyPushTelemetry), 1)
		begin := time.Now()
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() { _ = c.Close() })
		}
		closers.Wait()
		require.LessOrEqual(t, time.Since(begin), time.Second)
	})
}

func TestCloseWithoutASubscriptionPushesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		b.on(protocol.KeyGetTelemetrySubscriptions, hang)
		c := testClient(t, telemetryConfig(net), b)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.ClientInstanceID(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		waiting := make(chan error, 1)
		go func() {
			_, err := c.ClientInstanceID(context.Background())
			waiting <- err
		}()
		begin := time.Now()
		require.NoError(t, c.Close())
		require.LessOrEqual(t, time.Since(begin), time.Second)
		require.ErrorIs(t, <-waiting, ErrClosedClient)
		require.Empty(t, b.received(protocol.KeyPushTelemetry))
	})
}

func TestRefusalsEndTelemetry(t *testing.T) {
	for _, code := range []KError{ErrInvalidRequest, ErrInvalidRecord, ErrUnsupportedVersion, ErrClusterAuthorizationFailed} {
		for _, first := range []bool{true, false} {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				var mu sync.Mutex
				var logged bytes.Buffer
				captureLog(t, &lockedWriter{&mu, &logged})
				b := net.broker(1)
				newScriptedCluster(b)
				col := newCollector(b)
				if first {
					col.refusals = []KError{code}
				} else {
					col.refuse(code)
				}
				c := testClient(t, telemetryConfig(net), b)
				after(time.Hour)
				require.Len(t, col.subscriptions(), 1)
				id, err := c.ClientInstanceID(t.Context())
				if first {
					require.Empty(t, col.pushes())
					require.ErrorIs(t, err, code)
					require.ErrorContains(t, err, "b1:9092")
				} else {
					require.Len(t, col.pushes(), 1)
					require.NoError(t, err)
					require.Equal(t, testInstance, id)
				}
				require.NoError(t, c.Close())
				require.LessOrEqual(t, len(col.pushes()), 1, "no last push, either")
				mu.Lock()
				defer mu.Unlock()
				require.Equal(t, 1, strings.Count(logged.String(), "client/telemetry no more metrics are pushed"))
			})
		}
	}
}

func TestClustersWithoutTelemetryAreLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var mu sync.Mutex
		var logged bytes.Buffer
		captureLog(t, &lockedWriter{&mu, &logged})
		b1, b2 := net.broker(1), net.broker(2)
		newScriptedCluster(b1, b2)
		lacks := func(*scriptedRequest) protocol.Message {
			all := allAPIVersions()
			kept := all.ApiKeys[:0]
			for _, key := range all.ApiKeys {
				if key.ApiKey != protocol.KeyGetTelemetrySubscriptions && key.ApiKey != protocol.KeyPushTelemetry {
					kept = append(kept, key)
				}
			}
			all.ApiKeys = kept
			return all
		}
		b1.on(protocol.KeyApiVersions, lacks)
		b2.on(protocol.KeyApiVersions, lacks)
		c := testClient(t, telemetryConfig(net), b1, b2)
		after(time.Hour)
		mu.Lock()
		lines := strings.Count(logged.String(), "client/telemetry")
		mu.Unlock()
		require.LessOrEqual(t, lines, 14, "one in five minutes")
		require.Positive(t, lines)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.ClientInstanceID(ctx)
		require.ErrorIs(t, err, ErrUnsupportedVersion)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		col := newCollector(b1, b2) // both are brought up to date
		for _, b := range []*scriptedBroker{b1, b2} {
			b.on(protocol.KeyApiVersions, func(*scriptedRequest) protocol.Message { return allAPIVersions() })
			b.cut()
		}
		after(10 * time.Minute)
		require.NotEmpty(t, col.pushes())
		require.NoError(t, c.Close())
	})
}

func TestNoMetricsMeansToAskAgain(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		col := newCollector(b)
		col.change(func(s *GetTelemetrySubscriptionsResponse) { s.RequestedMetrics = nil })
		c := testClient(t, telemetryConfig(net), b)
		after(35 * time.Second)
		require.Empty(t, col.pushes())
		asked := col.subscriptions()
		require.Len(t, asked, 4)
		require.Equal(t, 10*time.Second, asked[2].at.Sub(asked[1].at))
		require.Equal(t, testInstance, asked[3].request.ClientInstanceID)
		col.change(func(s *GetTelemetrySubscriptionsResponse) { s.RequestedMetrics = []string{"*"} })
		after(26 * time.Second)
		require.NotEmpty(t, col.pushes())
		require.NoError(t, c.Close())
	})
}

func TestRefusedCodecIsNotUsedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c, _, col := watched(t, net)
		col.refuse(ErrUnsupportedCompressionType)
		after(31 * time.Second)
		pushes := col.pushes()
		require.Equal(t, CompressionZSTD, pushes[0].request.CompressionType)
		require.Equal(t, CompressionGZIP, pushes[1].request.CompressionType)
		require.Equal(t, pushes[0].at, col.subscriptions()[1].at)
		require.NotEmpty(t, decodePush(t, pushes[1].request).points)
		require.NoError(t, c.Close())
	})
}

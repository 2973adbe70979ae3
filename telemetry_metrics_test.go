package sarama

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestMembersAndProducersAreMeasured(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		col := newCollector(g.brokers...)
		g.conf.Version, g.conf.Telemetry.Enable, g.conf.RackID = V3_7_0_0, true, "rack-1"
		g.conf.Consumer.Offsets.AutoCommit.Interval = 500 * time.Millisecond
		g.fill(0, 30)
		m := g.member(func(conf *Config, _ *testMember) { conf.Consumer.Group.InstanceId = "instance-1" })
		after(16 * time.Second)
		p := decodePush(t, col.pushes()[0].request)
		require.Equal(t, map[string]string{
			"client_rack": "rack-1", "group_id": "g", "group_instance_id": "instance-1", "group_member_id": m.sessions[0].MemberID(),
		}, p.resource)
		for _, of := range []string{"coordinator.commit.latency", "coordinator.rebalance.latency", "fetch.manager.fetch.latency"} {
			average, most := p.value(t, consumerTelemetry+of+".avg"), p.value(t, consumerTelemetry+of+".max")
			require.LessOrEqual(t, average, most, of)
			require.Equal(t, "gauge", p.kinds[consumerTelemetry+of+".avg"])
		}
		require.InDelta(t, 500, p.value(t, consumerTelemetry+"fetch.manager.fetch.latency.max"), 50, "milliseconds of MaxWaitTime")
		require.EqualValues(t, 2, p.value(t, consumerTelemetry+"coordinator.assigned.partitions"))
		require.Equal(t, "cumulative", p.kinds[consumerTelemetry+"coordinator.rebalance.latency.total"])
		require.Positive(t, p.value(t, connectionsRate))
		nodes := map[string]bool{}
		for _, point := range p.points[consumerTelemetry+"node.request.latency.avg"] {
			nodes[point.attributes["node_id"]] = true
		}
		require.Contains(t, nodes, "node-1")
		for name := range p.points {
			require.NotContains(t, name, producerTelemetry)
		}
		m.close()
		pushes := col.pushes()
		last := decodePush(t, pushes[len(pushes)-1].request)
		require.True(t, pushes[len(pushes)-1].request.Terminating)
		require.Equal(t, "g", last.resource["group_id"], "of the group that is gone")
		require.Zero(t, last.value(t, consumerTelemetry+"coordinator.assigned.partitions"))
	})
}

func TestProducersAreMeasured(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		logs := newScriptedLogs(t, newScriptedCluster(b), "orders", 1, b)
		col := newCollector(b)
		b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
			answer := logs.produce(r)
			answer.(*ProduceResponse).ThrottleTime = 30 * time.Millisecond
			return answer
		})
		conf := telemetryConfig(net)
		conf.Producer.Return.Successes = true
		conf.Producer.Flush.Frequency = 200 * time.Millisecond
		conf.Producer.Flush.Messages = 1000
		p, err := NewSyncProducer([]string{b.addr()}, conf)
		require.NoError(t, err)
		for range 3 {
			_, _, err = p.SendMessage(&ProducerMessage{Topic: "orders", Value: StringEncoder("x")})
			require.NoError(t, err)
		}
		require.NoError(t, p.Close())
		pushes := col.pushes()
		require.Len(t, pushes, 1, "the last one")
		push := decodePush(t, pushes[0].request)
		require.Empty(t, push.resource)
		require.InDelta(t, 200, push.value(t, producerTelemetry+"record.queue.time.avg"), 5)
		require.InDelta(t, 200, push.value(t, producerTelemetry+"record.queue.time.max"), 5)
		require.EqualValues(t, 30, push.value(t, producerTelemetry+"produce.throttle.time.avg"))
		require.EqualValues(t, 30, push.value(t, producerTelemetry+"produce.throttle.time.max"))
		require.Equal(t, map[string]string{"node_id": "node-1"}, push.points[producerTelemetry+"node.request.latency.max"][0].attributes)
		require.EqualValues(t, 2, push.value(t, producerTelemetry+"connection.creation.total"), "of the seed and of the broker")
		require.NotContains(t, push.points, connectionsTotal)
	})
}

func TestWindowsGoOnWhenTheyAreGivenBack(t *testing.T) {
	m := newTelemetryMeter()
	m.throttled(2 * time.Millisecond)
	m.answered(1, false, 4*time.Millisecond)
	m.connected(true)
	lost := m.take()
	m.throttled(6 * time.Millisecond)
	m.answered(1, false, 8*time.Millisecond)
	m.answered(2, true, time.Millisecond)
	m.connected(false)
	m.giveBack(lost)
	w := m.take()
	require.Equal(t, latency{2, 8 * time.Millisecond, 6 * time.Millisecond}, w.throttled)
	require.Equal(t, latency{2, 12 * time.Millisecond, 8 * time.Millisecond}, w.nodes[1].shared)
	require.Equal(t, latency{1, time.Millisecond, time.Millisecond}, w.nodes[2].reading)
	require.Equal(t, telemetryTotals{connections: 1, readingConnections: 1}, w.totals)
	require.Equal(t, lost.since, w.since)
	m.settle(w)
	require.Equal(t, w.totals, m.before)
	require.Zero(t, m.take().throttled.count)
}

// Where telemetry is off, nothing is measured: not even the clock is looked at.
func TestNilMeterCountsNothing(t *testing.T) {
	var m *telemetryMeter
	require.Zero(t, m.now())
	require.Zero(t, testing.AllocsPerRun(100, func() {
		begin := m.now()
		m.fetched(begin)
		m.committed(begin)
		m.rebalanced(begin)
		m.throttled(time.Second)
		m.sent(nil)
		m.connected(true)
		m.hasConsumer()
		m.hasProducer("")
		m.hasMember(nil)
	}))
}

func TestTelemetryPlan(t *testing.T) {
	subscription := &GetTelemetrySubscriptionsResponse{
		ClientInstanceID: testInstance, PushInterval: time.Minute, RequestedMetrics: []string{""},
	}
	subscribed := func() *telemetryPlan {
		p := &telemetryPlan{most: -1}
		p.subscribed(subscription, 1.25)
		return p
	}
	p := subscribed()
	require.Equal(t, telemetryPushes, p.phase)
	require.Equal(t, 75*time.Second, p.wait)
	for _, c := range []struct {
		code  KError
		phase telemetryPhase
		wait  time.Duration
		most  int
	}{
		{ErrNoError, telemetryPushes, time.Minute, -1},
		{ErrThrottlingQuotaExceeded, telemetryPushes, time.Minute, -1},
		{ErrTelemetryTooLarge, telemetrySubscribes, time.Minute, 5},
		{ErrUnknownSubscriptionID, telemetrySubscribes, 0, -1},
		{ErrUnsupportedCompressionType, telemetrySubscribes, 0, -1},
	} {
		p := subscribed()
		p.pushed(&PushTelemetryResponse{ErrorCode: c.code}, 11, CompressionGZIP)
		require.Equal(t, c.phase, p.phase, c.code)
		require.Equal(t, c.wait, p.wait, c.code)
		require.Equal(t, c.most, p.most, c.code)
	}
	for limit, most := range map[int32]int{0: 5, 1000: -1} { // where the limit is the same, it is not what was too large
		p := subscribed()
		p.pushed(&PushTelemetryResponse{ErrorCode: ErrTelemetryTooLarge}, 11, CompressionGZIP)
		again := *subscription
		again.TelemetryMaxBytes = limit
		p.subscribed(&again, 1)
		require.Equal(t, most, p.most)
		p.subscribed(&again, 1)
		require.Equal(t, -1, p.most, "a subscription that has changed later")
	}
	for _, code := range []KError{ErrInvalidRequest, ErrInvalidRecord, ErrUnsupportedVersion, ErrUnknown} {
		p := subscribed()
		p.pushed(&PushTelemetryResponse{ErrorCode: code}, 11, CompressionNone)
		require.Equal(t, telemetryStopped, p.phase)
		require.Equal(t, code, p.err)
	}
	// A broker that is never content is not asked without end.
	p = subscribed()
	outdated := &GetTelemetrySubscriptionsResponse{ErrorCode: ErrUnknownSubscriptionID}
	p.pushed(&PushTelemetryResponse{ErrorCode: ErrUnknownSubscriptionID}, 1, CompressionNone)
	p.subscribed(outdated, 1)
	require.Equal(t, time.Minute, p.wait)
	p.subscribed(subscription, 1)
	p.pushed(&PushTelemetryResponse{ErrorCode: ErrUnknownSubscriptionID, ThrottleTime: time.Second}, 1, CompressionNone)
	require.Equal(t, time.Second, p.wait)

	p = &telemetryPlan{}
	p.subscribed(&GetTelemetrySubscriptionsResponse{ErrorCode: ErrThrottlingQuotaExceeded}, 1)
	require.Equal(t, defaultPushInterval, p.wait)
	require.Equal(t, telemetrySubscribes, p.phase)
	p.subscribed(&GetTelemetrySubscriptionsResponse{PushInterval: time.Second, RequestedMetrics: []string{""}}, 1)
	require.ErrorIs(t, p.err, errNoClientInstanceID)
}

func TestTelemetryPlanBacksOff(t *testing.T) {
	backoff := func(retries, _ int) time.Duration { return time.Duration(retries+1) * time.Second }
	failure := errors.New("a broker is gone")
	p := &telemetryPlan{}
	for _, want := range []time.Duration{0, time.Second, 2 * time.Second} {
		p.failed(failure, backoff)
		require.Equal(t, want, p.wait)
		require.Equal(t, telemetrySubscribes, p.phase)
	}
	p.subscribed(&GetTelemetrySubscriptionsResponse{
		ClientInstanceID: testInstance, PushInterval: time.Millisecond, RequestedMetrics: []string{"a."},
	}, 1)
	require.Equal(t, minPushInterval, p.wait)
	p.subscription.PushInterval = 90 * time.Second
	for _, want := range []time.Duration{0, 90 * time.Second, 90 * time.Second} {
		p.failed(failure, backoff)
		require.Equal(t, want, p.wait)
		require.Equal(t, telemetryPushes, p.phase)
	}
	p.failed(ErrUnsupportedVersion, backoff)
	require.Equal(t, defaultPushInterval, p.wait)
	p.subscription.PushInterval = 0
	require.Equal(t, defaultPushInterval, p.interval())
}

func TestSubscribedMetricsArePrefixes(t *testing.T) {
	p := &telemetryPlan{subscription: &GetTelemetrySubscriptionsResponse{}}
	for _, c := range []struct {
		requested []string
		want      bool
	}{
		{nil, false}, {[]string{""}, true}, {[]string{"*"}, true}, {[]string{"a.b."}, true}, {[]string{"a.b.c"}, true},
		{[]string{"a.b.c.d"}, false}, {[]string{"b."}, false}, {[]string{"b.", "a"}, true},
	} {
		p.subscription.RequestedMetrics = c.requested
		require.Equal(t, c.want, p.wants("a.b.c"), "%q", c.requested)
	}
}

func TestCodecOfPushes(t *testing.T) {
	p := &telemetryPlan{subscription: &GetTelemetrySubscriptionsResponse{}}
	data := []byte("some text, some text, some text, some text")
	for _, c := range []struct {
		accepted, refused []CompressionCodec
		want              CompressionCodec
	}{
		{nil, nil, CompressionNone},
		{[]CompressionCodec{9, CompressionLZ4, CompressionGZIP}, nil, CompressionLZ4},
		{[]CompressionCodec{CompressionLZ4, CompressionGZIP}, []CompressionCodec{CompressionLZ4}, CompressionGZIP},
		{[]CompressionCodec{CompressionSnappy}, []CompressionCodec{CompressionSnappy}, CompressionNone},
		{[]CompressionCodec{CompressionNone, CompressionGZIP}, nil, CompressionNone},
		{[]CompressionCodec{-1, 5}, nil, CompressionNone},
	} {
		p.subscription.AcceptedCompressionTypes, p.refused = c.accepted, c.refused
		packed, codec := p.pack(data)
		require.Equal(t, c.want, codec)
		plain, err := protocol.AppendDecompressed(nil, packed, codec, 1000)
		require.NoError(t, err)
		require.Equal(t, data, plain)
		_, codec = p.pack(nil)
		require.Equal(t, CompressionNone, codec)
	}
}

// telemetryOff is all that is done for telemetry, around a request and its batches, where it is off.
func telemetryOff(m *telemetryMeter, batches []sentBatch) {
	m.connected(false)
	m.sent(batches)
	m.throttled(time.Second)
	m.fetched(m.now())
	m.committed(m.now())
}

func TestTelemetryThatIsOffCostsNothing(t *testing.T) {
	batches := make([]sentBatch, 3)
	require.Zero(t, testing.AllocsPerRun(100, func() { telemetryOff(nil, batches) }))
	require.True(t, (*telemetryMeter)(nil).now().IsZero(), "nobody asks for the time")
}

func BenchmarkTelemetry(b *testing.B) {
	batches := []sentBatch{{recordBatch: &recordBatch{since: time.Now().UnixMilli()}}}
	for name, m := range map[string]*telemetryMeter{"off": nil, "on": newTelemetryMeter()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				telemetryOff(m, batches)
			}
		})
	}
}

package otelsarama_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/kafkatest"
	otelsarama "github.com/seed20e6684a/sarama/otel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collected is a Telemetry and what it made.
type collected struct {
	*otelsarama.Telemetry
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	tracer trace.Tracer
}

func collect(t *testing.T, opts ...otelsarama.Option) collected {
	t.Helper()
	c := collected{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(c.spans))
	c.tracer = tracers.Tracer("test")
	var err error
	c.Telemetry, err = otelsarama.New(append(opts, otelsarama.WithTracerProvider(tracers),
		otelsarama.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(c.reader))))...)
	require.NoError(t, err)
	return c
}

// span returns the only span of a name.
func (c collected) span(t *testing.T, name string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, span := range c.spans.GetSpans() {
		if span.Name == name {
			found = append(found, span)
		}
	}
	require.Len(t, found, 1, name)
	return found[0]
}

// counts returns sums, and how many durations there are, by instrument and error.type.
func (c collected) counts(t *testing.T) map[string]map[string]int {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, c.reader.Collect(t.Context(), &data))
	counts := make(map[string]map[string]int)
	add := func(name string, set attribute.Set, n int) {
		if counts[name] == nil {
			counts[name] = make(map[string]int)
		}
		kind, _ := set.Value("error.type")
		counts[name][kind.AsString()] += n
		system, _ := set.Value("messaging.system")
		require.Equal(t, "kafka", system.AsString())
	}
	for _, ofScope := range data.ScopeMetrics {
		for _, m := range ofScope.Metrics {
			switch points := m.Data.(type) {
			case metricdata.Sum[int64]:
				require.Equal(t, "{message}", m.Unit)
				for _, point := range points.DataPoints {
					add(m.Name, point.Attributes, int(point.Value))
				}
			case metricdata.Histogram[float64]:
				require.Equal(t, "s", m.Unit)
				for _, point := range points.DataPoints {
					add(m.Name, point.Attributes, int(point.Count))
				}
			default:
				require.Fail(t, "another kind of metric", "%s is a %T", m.Name, m.Data)
			}
		}
	}
	return counts
}

func attributes(span tracetest.SpanStub) map[string]any {
	values := make(map[string]any)
	for _, a := range span.Attributes {
		values[string(a.Key)] = a.Value.AsInterface()
	}
	return values
}

// A record is one trace from the operation that sends it to what a member of a group makes of it.
func TestARecordIsOneTrace(t *testing.T) {
	cluster := kafkatest.NewCluster(t, kafkatest.Topics("orders", 1), kafkatest.Brokers(1))
	c := collect(t)
	config := cluster.Config()
	config.ClientID = "shop"
	c.Instrument(config)
	producer, err := sarama.NewSyncProducer(cluster.Addrs(), config)
	require.NoError(t, err)
	ctx, checkout := c.tracer.Start(t.Context(), "checkout")
	message := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("order")}
	message.SetContext(ctx)
	_, offset, err := producer.SendMessage(message)
	require.NoError(t, err)
	checkout.End()
	require.NoError(t, producer.Close())

	group, err := sarama.NewConsumerGroup(cluster.Addrs(), "billing", cluster.Config())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	require.NoError(t, group.Consume(ctx, []string{"orders"}, c.NewHandler("billing",
		func(ctx context.Context, msg *sarama.ConsumerMessage) error {
			_, bill := c.tracer.Start(ctx, "bill")
			bill.End()
			cancel()
			return nil
		})))
	require.NoError(t, group.Close())
	require.Equal(t, map[int32]int64{0: 1}, cluster.Committed("billing", "orders"))

	send, process := c.span(t, "send orders"), c.span(t, "process orders")
	require.Equal(t, c.span(t, "checkout").SpanContext.SpanID(), send.Parent.SpanID())
	require.Equal(t, send.SpanContext.SpanID(), process.Parent.SpanID())
	require.Equal(t, process.SpanContext.SpanID(), c.span(t, "bill").Parent.SpanID())
	require.Equal(t, trace.SpanKindProducer, send.SpanKind)
	require.Equal(t, trace.SpanKindConsumer, process.SpanKind)
	require.Equal(t, map[string]any{
		"messaging.system": "kafka", "messaging.operation.name": "send", "messaging.operation.type": "send",
		"messaging.destination.name": "orders", "messaging.client.id": "shop", "messaging.message.body.size": int64(5),
		"messaging.destination.partition.id": "0", "messaging.kafka.offset": offset,
	}, attributes(send))
	require.Equal(t, map[string]any{
		"messaging.system": "kafka", "messaging.operation.name": "process", "messaging.operation.type": "process",
		"messaging.destination.name": "orders", "messaging.consumer.group.name": "billing", "messaging.message.body.size": int64(5),
		"messaging.destination.partition.id": "0", "messaging.kafka.offset": offset,
	}, attributes(process))
	once := map[string]int{"": 1}
	require.Equal(t, map[string]map[string]int{
		"messaging.client.sent.messages": once, "messaging.client.operation.duration": once,
		"messaging.client.consumed.messages": once, "messaging.process.duration": once,
	}, c.counts(t))
}

func TestHandlerKeepsTheRulesOfGroups(t *testing.T) {
	kafkatest.Exercise(t, func() sarama.ConsumerGroupHandler {
		return collect(t).NewHandler("g", func(context.Context, *sarama.ConsumerMessage) error { return nil })
	})
}

// instrumented returns the interceptor that Instrument adds.
func (c collected) instrumented(version sarama.KafkaVersion) sarama.ProducerAcknowledgementInterceptor {
	config := sarama.NewConfig()
	config.Version = version
	c.Instrument(config)
	return config.Producer.Interceptors[0].(sarama.ProducerAcknowledgementInterceptor)
}

func TestWhatFailsToBeSent(t *testing.T) {
	c := collect(t)
	interceptor := c.instrumented(sarama.V2_8_0_0)
	for _, failure := range []error{sarama.ErrNotLeaderForPartition, sarama.ErrOutOfBrokers} {
		message := &sarama.ProducerMessage{Topic: "orders"}
		interceptor.OnSend(message)
		interceptor.OnAcknowledgement(message, sarama.Wrap(failure, errors.New("reason")))
		interceptor.OnAcknowledgement(message, sarama.ErrShuttingDown) // it has no span any more
	}
	spans := c.spans.GetSpans()
	require.Len(t, spans, 2)
	for _, span := range spans {
		require.Equal(t, codes.Error, span.Status.Code)
		require.Equal(t, true, attributes(span)["messaging.kafka.message.tombstone"])
	}
	require.Equal(t, "NOT_LEADER_OR_FOLLOWER", attributes(spans[0])["error.type"])
	require.Equal(t, 1, c.counts(t)["messaging.client.sent.messages"]["NOT_LEADER_OR_FOLLOWER"])
}

func TestHeadersOfMessages(t *testing.T) {
	c := collect(t)
	interceptor := c.instrumented(sarama.V2_8_0_0)
	const trace1 = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	shared := []sarama.RecordHeader{
		{Key: []byte("Traceparent"), Value: []byte(trace1)}, {Key: []byte("kind"), Value: []byte("order")},
		{Key: []byte("tracestate"), Value: []byte("vendor=1")},
	}
	forwarded := &sarama.ProducerMessage{Topic: "orders", Headers: shared}
	interceptor.OnSend(forwarded)
	require.Equal(t, trace1, string(shared[0].Value), "others may have that slice, too")
	require.Equal(t, "kind", string(forwarded.Headers[0].Key))
	require.Len(t, forwarded.Headers, 3)
	interceptor.OnAcknowledgement(forwarded, nil)
	require.Equal(t, "b7ad6b7169203331", c.spans.GetSpans()[0].Parent.SpanID().String(), "it stays in its trace")

	ctx, _ := c.tracer.Start(t.Context(), "other")
	replaced := &sarama.ProducerMessage{Topic: "orders", Headers: shared}
	replaced.SetContext(ctx)
	interceptor.OnSend(replaced)
	interceptor.OnAcknowledgement(replaced, nil)
	require.Len(t, replaced.Headers, 2, "the state of another trace is gone")
	require.Equal(t, trace.SpanContextFromContext(ctx).TraceID(), c.spans.GetSpans()[1].SpanContext.TraceID())

	old := &sarama.ProducerMessage{Topic: "orders"}
	c.instrumented(sarama.V0_10_2_0).OnSend(old)
	require.Empty(t, old.Headers, "records had no headers then")
}

// received is a record of a sender's span.
func (c collected) received(t *testing.T) (*sarama.ConsumerMessage, trace.SpanContext) {
	t.Helper()
	interceptor := c.instrumented(sarama.V2_8_0_0)
	message := &sarama.ProducerMessage{Topic: "orders"}
	interceptor.OnSend(message)
	interceptor.OnAcknowledgement(message, nil)
	record := &sarama.ConsumerMessage{Topic: "orders", Headers: []*sarama.RecordHeader{nil}}
	for i := range message.Headers {
		record.Headers = append(record.Headers, &message.Headers[i])
	}
	sender := c.span(t, "send orders").SpanContext
	return record, sender
}

func TestParentsAndLinks(t *testing.T) {
	for _, linked := range []bool{false, true} {
		var opts []otelsarama.Option
		if linked {
			opts = append(opts, otelsarama.WithLinks())
		}
		c := collect(t, opts...)
		record, sender := c.received(t)
		ctx, poll := c.tracer.Start(t.Context(), "poll")
		_, end := c.StartProcess(ctx, record, "")
		end(nil)
		process := c.span(t, "process orders")
		parent, link := sender, poll.SpanContext()
		if linked {
			parent, link = link, parent
		}
		require.Equal(t, parent.SpanID(), process.Parent.SpanID())
		require.Equal(t, parent.TraceID(), process.SpanContext.TraceID())
		require.Len(t, process.Links, 1)
		require.Equal(t, link.SpanID(), process.Links[0].SpanContext.SpanID())
		require.NotContains(t, attributes(process), "messaging.consumer.group.name")
	}
}

func TestARecordWithoutATraceBeginsOne(t *testing.T) {
	c := collect(t)
	_, end := c.StartProcess(t.Context(), &sarama.ConsumerMessage{Topic: "orders"}, "g")
	end(nil)
	process := c.span(t, "process orders")
	require.False(t, process.Parent.IsValid())
	require.Empty(t, process.Links)
}

func TestWhatFailsToBeProcessed(t *testing.T) {
	c := collect(t)
	refused := errors.New("refused")
	handle := c.Handle("g", func(_ context.Context, msg *sarama.ConsumerMessage) error {
		if msg.Offset == 1 {
			panic("no")
		}
		return refused
	})
	require.ErrorIs(t, handle(t.Context(), &sarama.ConsumerMessage{Topic: "orders"}), refused)
	require.PanicsWithValue(t, "no", func() { _ = handle(t.Context(), &sarama.ConsumerMessage{Topic: "orders", Offset: 1}) })
	spans := c.spans.GetSpans()
	require.Len(t, spans, 2)
	for _, span := range spans {
		require.Equal(t, codes.Error, span.Status.Code)
	}
	require.Equal(t, map[string]int{"*errors.errorString": 1, "otelsarama.panicked": 1},
		c.counts(t)["messaging.process.duration"])
}

package otelsarama_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/seed20e6684a/sarama"
	otelsarama "github.com/seed20e6684a/sarama/otel"
)

// discarded takes spans that were recorded, and costs nothing itself.
type discarded struct{}

func (discarded) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discarded) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discarded) Shutdown(context.Context) error                  { return nil }
func (discarded) ForceFlush(context.Context) error                { return nil }

// setups are what a program may have set up.
var setups = []struct {
	name   string
	tracer trace.TracerProvider
	meter  metric.MeterProvider
	free   bool // of memory per record
}{
	{"nothing", nooptrace.NewTracerProvider(), noopmetric.NewMeterProvider(), true},
	{"metrics", nooptrace.NewTracerProvider(), sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())), true},
	{"not-sampled", sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()), sdktrace.WithSpanProcessor(discarded{})), noopmetric.NewMeterProvider(), false},
	{"recorded", sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(discarded{})), noopmetric.NewMeterProvider(), false},
	{"both", sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(discarded{})), sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())), false},
}

// sender returns what is done to a message from its sending to its acknowledgement.
func sender(t testing.TB, telemetry *otelsarama.Telemetry) func() {
	t.Helper()
	config := sarama.NewConfig()
	telemetry.Instrument(config)
	interceptor := config.Producer.Interceptors[0].(sarama.ProducerAcknowledgementInterceptor)
	message := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("value")}
	return func() {
		message.Headers = nil
		interceptor.OnSend(message)
		interceptor.OnAcknowledgement(message, nil)
	}
}

// processor returns what is done to a record.
func processor(t testing.TB, telemetry *otelsarama.Telemetry) func() {
	t.Helper()
	handle := telemetry.Handle("billing", func(context.Context, *sarama.ConsumerMessage) error { return nil })
	record := &sarama.ConsumerMessage{Topic: "orders", Partition: 3, Value: []byte("value"), Headers: []*sarama.RecordHeader{{Key: []byte("kind"), Value: []byte("order")}}}
	ctx := t.Context()
	return func() {
		if err := handle(ctx, record); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkSend(b *testing.B)    { benchmark(b, sender) }
func BenchmarkProcess(b *testing.B) { benchmark(b, processor) }

func benchmark(b *testing.B, of func(testing.TB, *otelsarama.Telemetry) func()) {
	for _, setup := range setups {
		b.Run(setup.name, func(b *testing.B) {
			telemetry, err := otelsarama.New(otelsarama.WithTracerProvider(setup.tracer), otelsarama.WithMeterProvider(setup.meter))
			require.NoError(b, err)
			do := of(b, telemetry)
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
		})
	}
}

func TestRecordsCostNoMemoryWhereNoSpansAre(t *testing.T) {
	for _, setup := range setups {
		if !setup.free {
			continue
		}
		telemetry, err := otelsarama.New(otelsarama.WithTracerProvider(setup.tracer), otelsarama.WithMeterProvider(setup.meter))
		require.NoError(t, err)
		for name, do := range map[string]func(){"send": sender(t, telemetry), "process": processor(t, telemetry)} {
			require.Zero(t, testing.AllocsPerRun(1000, do), "%s, %s", setup.name, name)
		}
	}
}

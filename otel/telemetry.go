// Package otelsarama makes OpenTelemetry spans and metrics of what sarama's clients send and read, by the semantic conventions for
// messaging and Kafka. A producer's span lasts from the message to its acknowledgement and travels in the record's headers; what
// processes the record goes on from it.
//
//	telemetry, err := otelsarama.New()
//	telemetry.Instrument(config)                                  // producers
//	handler := telemetry.NewHandler("billing", bill)              // members of a group
//	ctx, end := telemetry.StartProcess(ctx, msg, "billing")       // loops of your own
package otelsarama

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/protocol"
)

// scope names the instrumentation in spans and metrics.
const scope = "github.com/seed20e6684a/sarama/otel"

// Telemetry makes spans and metrics. It is for concurrent use by any number of clients.
type Telemetry struct {
	tracer     trace.Tracer
	untraced   bool // the tracer is OpenTelemetry's no-op: contexts go on as they are
	propagator propagation.TextMapPropagator
	fields     []string // the propagator's
	linked     bool
	sent       metric.Int64Counter
	consumed   metric.Int64Counter
	operation  metric.Float64Histogram
	processed  metric.Float64Histogram
	kinds      kinds[processKey]
}

func (t *Telemetry) measuresSent(ctx context.Context) bool {
	return t.sent.Enabled(ctx) || t.operation.Enabled(ctx)
}

func (t *Telemetry) measuresProcessed(ctx context.Context) bool {
	return t.consumed.Enabled(ctx) || t.processed.Enabled(ctx)
}

// Option changes what New returns.
type Option func(*options)

type options struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
	linked     bool
}

// WithTracerProvider says where spans go. Default: OpenTelemetry's global provider.
func WithTracerProvider(p trace.TracerProvider) Option { return func(o *options) { o.tracers = p } }

// WithMeterProvider says where metrics go. Default: OpenTelemetry's global provider.
func WithMeterProvider(p metric.MeterProvider) Option { return func(o *options) { o.meters = p } }

// WithPropagator says how a span's context is written to headers and read from them. Default: W3C Trace Context and Baggage.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return func(o *options) { o.propagator = p }
}

// WithLinks has spans of processing begin in the context that they are given, with a link to the span that sent the record.
// Default: false, they are children of the span that sent the record, and linked to that of the context if it has one.
func WithLinks() Option { return func(o *options) { o.linked = true } }

// New returns what makes spans and metrics. The error is the meter provider's.
func New(opts ...Option) (*Telemetry, error) {
	o := options{
		tracers:    otel.GetTracerProvider(),
		meters:     otel.GetMeterProvider(),
		propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
	for _, opt := range opts {
		opt(&o)
	}
	t := &Telemetry{
		tracer:     o.tracers.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)),
		propagator: o.propagator,
		fields:     o.propagator.Fields(),
		linked:     o.linked,
	}
	_, t.untraced = t.tracer.(noop.Tracer)
	return t, t.makeInstruments(o.meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL)))
}

func (t *Telemetry) makeInstruments(meter metric.Meter) error {
	seconds := metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
	var errs [4]error
	t.sent, errs[0] = meter.Int64Counter("messaging.client.sent.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that the producer was given and that were sent, or failed."))
	t.consumed, errs[1] = meter.Int64Counter("messaging.client.consumed.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that the application was given."))
	t.operation, errs[2] = meter.Float64Histogram("messaging.client.operation.duration", metric.WithUnit("s"), seconds,
		metric.WithDescription("Time from a message that the producer is given to its acknowledgement or failure."))
	t.processed, errs[3] = meter.Float64Histogram("messaging.process.duration", metric.WithUnit("s"), seconds,
		metric.WithDescription("Time to process a message."))
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("making instruments: %w", err)
	}
	return nil
}

// errorType names the kind of an error for spans and metrics, with few values: what a broker answered by Kafka's name for it, else the
// innermost error's type.
func errorType(err error) attribute.KeyValue {
	var answer sarama.KError
	if errors.As(err, &answer) {
		return semconv.ErrorTypeKey.String(protocol.ErrorName(answer))
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return semconv.ErrorTypeKey.String(fmt.Sprintf("%T", err))
		}
		err = inner
	}
}

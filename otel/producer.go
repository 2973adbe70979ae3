package otelsarama

import (
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed20e6684a/sarama"
)

// Instrument adds what makes spans and metrics to the producers of a configuration, after the interceptors that it has. Call it
// once, before the producer is made.
func (t *Telemetry) Instrument(config *sarama.Config) {
	config.Producer.Interceptors = append(config.Producer.Interceptors, &producerInterceptor{
		t: t, clientID: config.ClientID, headers: config.Version.IsAtLeast(sarama.V0_11_0_0),
	})
}

// producerInterceptor makes a span of each message, from OnSend to OnAcknowledgement.
type producerInterceptor struct {
	t        *Telemetry
	clientID string
	headers  bool     // the protocol's version has them
	pending  sync.Map // sending, by *sarama.ProducerMessage
}

// sending is a message that is on its way.
type sending struct {
	span  trace.Span
	begin time.Time
}

var _ sarama.ProducerAcknowledgementInterceptor = (*producerInterceptor)(nil)

// OnSend implements sarama.ProducerInterceptor. The span is a child of that in the message's context (SetContext), else of that
// which its headers tell of: a record that is sent on stays in its trace.
func (p *producerInterceptor) OnSend(msg *sarama.ProducerMessage) {
	attributes := p.common(msg.Topic)
	if msg.Value == nil {
		attributes = append(attributes, semconv.MessagingKafkaMessageTombstone(true))
	} else {
		attributes = append(attributes, semconv.MessagingMessageBodySize(msg.Value.Length()))
	}
	headers := &producedHeaders{msg: msg}
	ctx := msg.Context()
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = p.t.propagator.Extract(ctx, headers)
	}
	begin := time.Now()
	ctx, span := p.t.tracer.Start(ctx, "send "+msg.Topic, trace.WithTimestamp(begin),
		trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(attributes...))
	if p.headers {
		if span.SpanContext().IsValid() {
			headers.remove(p.t.propagator.Fields())
		}
		p.t.propagator.Inject(ctx, headers)
	}
	p.pending.Store(msg, sending{span, begin})
}

// OnAcknowledgement implements sarama.ProducerAcknowledgementInterceptor.
func (p *producerInterceptor) OnAcknowledgement(msg *sarama.ProducerMessage, err error) {
	found, ok := p.pending.LoadAndDelete(msg)
	if !ok {
		return // it failed before OnSend
	}
	s := found.(sending)
	attributes := p.common(msg.Topic)
	if err != nil {
		kind := errorType(err)
		attributes = append(attributes, kind)
		s.span.SetAttributes(kind)
		s.span.RecordError(err)
		s.span.SetStatus(codes.Error, err.Error())
	} else {
		s.span.SetAttributes(semconv.MessagingDestinationPartitionID(strconv.Itoa(int(msg.Partition))),
			semconv.MessagingKafkaOffset(int(msg.Offset)))
	}
	end := time.Now()
	s.span.End(trace.WithTimestamp(end))
	set := metric.WithAttributeSet(attribute.NewSet(attributes...))
	p.t.sent.Add(msg.Context(), 1, set)
	p.t.operation.Record(msg.Context(), end.Sub(s.begin).Seconds(), set)
}

// common are the attributes that spans and metrics share.
func (p *producerInterceptor) common(topic string) []attribute.KeyValue {
	return append(make([]attribute.KeyValue, 0, 8),
		semconv.MessagingSystemKafka,
		semconv.MessagingOperationName("send"),
		semconv.MessagingOperationTypeSend,
		semconv.MessagingDestinationName(topic),
		semconv.MessagingClientID(p.clientID))
}

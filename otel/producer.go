package otelsarama

import (
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed20e6684a/sarama"
)

// Instrument adds what makes spans and metrics to the producers of a configuration, after the interceptors that it has. Call it
// once, before the producer is made.
func (t *Telemetry) Instrument(config *sarama.Config) {
	config.Producer.Interceptors = append(config.Producer.Interceptors, &producerInterceptor{
		t: t, clientID: config.ClientID, headers: config.Version.IsAtLeast(sarama.V0_11_0_0), pending: make(map[*sarama.ProducerMessage]sending),
	})
}

// producerInterceptor makes a span of each message, from OnSend to OnAcknowledgement.
type producerInterceptor struct {
	t        *Telemetry
	clientID string
	headers  bool // the protocol's version has them
	kinds    kinds[string]

	mu      sync.Mutex // guards pending
	pending map[*sarama.ProducerMessage]sending
}

// sending is a message that is on its way.
type sending struct {
	kind     *kind
	span     trace.Span // nil if it is not recorded
	measured bool
	begin    time.Time
}

var _ sarama.ProducerAcknowledgementInterceptor = (*producerInterceptor)(nil)

// OnSend implements sarama.ProducerInterceptor. The span is a child of that in the message's context (SetContext), else of that
// which its headers tell of: a record that is sent on stays in its trace.
func (p *producerInterceptor) OnSend(msg *sarama.ProducerMessage) {
	s := sending{kind: p.kinds.of(msg.Topic, p.newKind), measured: p.t.measuresSent(msg.Context())}
	if s.measured {
		s.begin = time.Now()
	}
	s.span = p.start(msg, s.kind)
	if s.span == nil && !s.measured {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending[msg] = s
}

// start begins a message's span, and has its headers tell of it. It returns nil if the span is not recorded.
func (p *producerInterceptor) start(msg *sarama.ProducerMessage, k *kind) trace.Span {
	headers := producedCarriers.Get().(*producedHeaders)
	*headers = producedHeaders{msg: msg}
	defer func() {
		*headers = producedHeaders{}
		producedCarriers.Put(headers)
	}()
	ctx := msg.Context()
	if len(msg.Headers) > 0 && !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = p.t.propagator.Extract(ctx, headers)
	}
	var span trace.Span
	if !p.t.untraced {
		ctx, span = p.t.tracer.Start(ctx, k.name, k.start...)
	}
	if p.headers {
		if trace.SpanContextFromContext(ctx).IsValid() {
			headers.remove(p.t.fields)
		}
		p.t.propagator.Inject(ctx, headers)
	}
	if span == nil || !span.IsRecording() {
		return nil
	}
	if msg.Value == nil {
		span.SetAttributes(semconv.MessagingKafkaMessageTombstone(true))
	} else {
		span.SetAttributes(semconv.MessagingMessageBodySize(msg.Value.Length()))
	}
	return span
}

// OnAcknowledgement implements sarama.ProducerAcknowledgementInterceptor.
func (p *producerInterceptor) OnAcknowledgement(msg *sarama.ProducerMessage, err error) {
	p.mu.Lock()
	s, ok := p.pending[msg]
	delete(p.pending, msg)
	p.mu.Unlock()
	if !ok {
		return // it failed before OnSend, or nobody wants to know
	}
	if s.span != nil {
		if err != nil {
			s.span.SetAttributes(errorType(err))
			s.span.RecordError(err)
			s.span.SetStatus(codes.Error, err.Error())
		} else {
			s.span.SetAttributes(semconv.MessagingDestinationPartitionID(strconv.Itoa(int(msg.Partition))),
				semconv.MessagingKafkaOffset(int(msg.Offset)))
		}
		s.span.End()
	}
	if s.measured {
		m := s.kind.measurement(err)
		p.t.sent.Add(msg.Context(), 1, m.add...)
		p.t.operation.Record(msg.Context(), time.Since(s.begin).Seconds(), m.record...)
	}
}

func (p *producerInterceptor) newKind(topic string) *kind {
	return newKind("send "+topic, trace.SpanKindProducer, []attribute.KeyValue{
		semconv.MessagingSystemKafka,
		semconv.MessagingOperationName("send"),
		semconv.MessagingOperationTypeSend,
		semconv.MessagingDestinationName(topic),
		semconv.MessagingClientID(p.clientID),
	})
}

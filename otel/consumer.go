package otelsarama

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed20e6684a/sarama"
)

// StartProcess begins the span in which a record is processed; group is the consumer's, or empty. Pass the context on, and call
// end once with what became of it. The span is a child of that which sent the record, unless WithLinks says otherwise.
func (t *Telemetry) StartProcess(ctx context.Context, msg *sarama.ConsumerMessage, group string) (_ context.Context, end func(error)) {
	p := t.process(ctx, msg, group)
	if p.span == nil && !p.measured {
		return p.ctx, endNothing
	}
	return p.ctx, p.end
}

func endNothing(error) {}

// Handle wraps what processes a record in a span, for sarama.KeyedHandlerConfig.Handle and others of that form. A panic ends the
// span as an error and goes on.
func (t *Telemetry) Handle(group string, handle func(context.Context, *sarama.ConsumerMessage) error) func(context.Context, *sarama.ConsumerMessage) error {
	return func(ctx context.Context, msg *sarama.ConsumerMessage) (err error) {
		p := t.process(ctx, msg, group)
		returned := false
		defer func() {
			if !returned {
				err = errPanicked
			}
			p.end(err)
		}()
		err = handle(p.ctx, msg)
		returned = true
		return err
	}
}

// processing is a record that is being processed.
type processing struct {
	t        *Telemetry
	kind     *kind
	ctx      context.Context //nolint:containedctx // the span's, for its end
	span     trace.Span      // nil if it is not recorded
	measured bool
	begin    time.Time
}

// processKey is what records have in common.
type processKey struct {
	topic     string
	partition int32
	group     string
}

// process begins the processing of a record.
func (t *Telemetry) process(ctx context.Context, msg *sarama.ConsumerMessage, group string) processing {
	p := processing{
		t: t, ctx: ctx, kind: t.kinds.of(processKey{msg.Topic, msg.Partition, group}, newProcessKind), measured: t.measuresProcessed(ctx),
	}
	if p.measured {
		p.begin = time.Now()
	}
	start := p.kind.start
	if here, sender := trace.SpanContextFromContext(ctx), p.extract(msg.Headers); !sender.Equal(here) {
		link := here
		if t.linked {
			link, p.ctx = sender, trace.ContextWithSpanContext(p.ctx, here)
		}
		if link.IsValid() {
			start = append(start[:len(start):len(start)], trace.WithLinks(trace.Link{SpanContext: link}))
		}
	}
	if t.untraced {
		return p
	}
	var span trace.Span
	p.ctx, span = t.tracer.Start(p.ctx, p.kind.name, start...)
	if !span.IsRecording() {
		return p
	}
	p.span = span
	span.SetAttributes(semconv.MessagingKafkaOffset(int(msg.Offset)), semconv.MessagingMessageBodySize(len(msg.Value)))
	if msg.Value == nil {
		span.SetAttributes(semconv.MessagingKafkaMessageTombstone(true))
	}
	return p
}

// extract takes in what a record's headers tell, and returns the span that its sender was in.
func (p *processing) extract(headers []*sarama.RecordHeader) trace.SpanContext {
	if len(headers) > 0 {
		carrier := consumedCarriers.Get().(*consumedHeaders)
		*carrier = headers
		p.ctx = p.t.propagator.Extract(p.ctx, carrier)
		*carrier = nil
		consumedCarriers.Put(carrier)
	}
	return trace.SpanContextFromContext(p.ctx)
}

// end tells what became of the record.
func (p *processing) end(err error) {
	if p.span != nil {
		if err != nil {
			p.span.SetAttributes(errorType(err))
			p.span.RecordError(err)
			p.span.SetStatus(codes.Error, err.Error())
		}
		p.span.End()
	}
	if p.measured {
		m := p.kind.measurement(err)
		p.t.consumed.Add(p.ctx, 1, m.add...)
		p.t.processed.Record(p.ctx, time.Since(p.begin).Seconds(), m.record...)
	}
}

func newProcessKind(of processKey) *kind {
	attributes := []attribute.KeyValue{
		semconv.MessagingSystemKafka,
		semconv.MessagingOperationName("process"),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingDestinationName(of.topic),
		semconv.MessagingDestinationPartitionID(strconv.Itoa(int(of.partition))),
	}
	if of.group != "" {
		attributes = append(attributes, semconv.MessagingConsumerGroupName(of.group))
	}
	return newKind("process "+of.topic, trace.SpanKindConsumer, attributes)
}

// panicked is what the span of a record tells whose processing panicked, or ended its goroutine.
type panicked struct{}

func (panicked) Error() string { return "processing did not return" }

var errPanicked = panicked{}

// NewHandler returns a handler that processes each partition's records one after another, each in a span, and marks them. An error
// ends the session, and the record comes again. For concurrency, retries and dead letters give Handle to sarama's handlers.
func (t *Telemetry) NewHandler(group string, handle func(context.Context, *sarama.ConsumerMessage) error) sarama.ConsumerGroupHandler {
	return handler{t.Handle(group, handle)}
}

type handler struct {
	handle func(context.Context, *sarama.ConsumerMessage) error
}

// Setup implements sarama.ConsumerGroupHandler.
func (handler) Setup(sarama.ConsumerGroupSession) error { return nil }

// Cleanup implements sarama.ConsumerGroupHandler.
func (handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (h handler) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	ctx := s.Context()
	if c, ok := claim.(sarama.ContextConsumerGroupClaim); ok {
		ctx = c.Context()
	}
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok || ctx.Err() != nil {
				return nil
			}
			if err := h.handle(ctx, msg); err != nil {
				return fmt.Errorf("processing %s/%d@%d: %w", msg.Topic, msg.Partition, msg.Offset, err)
			}
			s.MarkMessage(msg, "")
		case <-ctx.Done():
			return nil
		}
	}
}

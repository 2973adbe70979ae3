package otelsarama

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed20e6684a/sarama"
)

// StartProcess begins the span in which a record is processed; group is the consumer's, or empty. Pass the context on, and call
// end once with what became of it. The span is a child of that which sent the record, unless WithLinks says otherwise.
func (t *Telemetry) StartProcess(ctx context.Context, msg *sarama.ConsumerMessage, group string) (_ context.Context, end func(error)) {
	common := processed(msg, group)
	attributes := append(common[:len(common):len(common)],
		semconv.MessagingKafkaOffset(int(msg.Offset)), semconv.MessagingMessageBodySize(len(msg.Value)))
	if msg.Value == nil {
		attributes = append(attributes, semconv.MessagingKafkaMessageTombstone(true))
	}
	begin := time.Now()
	opts := []trace.SpanStartOption{
		trace.WithTimestamp(begin), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(attributes...),
	}
	here := trace.SpanContextFromContext(ctx)
	ctx = t.propagator.Extract(ctx, consumedHeaders(msg.Headers))
	if sender := trace.SpanContextFromContext(ctx); !sender.Equal(here) {
		link := here
		if t.linked {
			link, ctx = sender, trace.ContextWithSpanContext(ctx, here)
		}
		if link.IsValid() {
			opts = append(opts, trace.WithLinks(trace.Link{SpanContext: link}))
		}
	}
	ctx, span := t.tracer.Start(ctx, "process "+msg.Topic, opts...)
	return ctx, func(err error) {
		if err != nil {
			kind := errorType(err)
			common = append(common, kind)
			span.SetAttributes(kind)
			span.RecordError(err)
			span.SetStatus(codes.Error, err.Error())
		}
		finish := time.Now()
		span.End(trace.WithTimestamp(finish))
		set := metric.WithAttributeSet(attribute.NewSet(common...))
		t.consumed.Add(ctx, 1, set)
		t.process.Record(ctx, finish.Sub(begin).Seconds(), set)
	}
}

// Handle wraps what processes a record in a span, for sarama.KeyedHandlerConfig.Handle and others of that form. A panic ends the
// span as an error and goes on.
func (t *Telemetry) Handle(group string, handle func(context.Context, *sarama.ConsumerMessage) error) func(context.Context, *sarama.ConsumerMessage) error {
	return func(ctx context.Context, msg *sarama.ConsumerMessage) (err error) {
		ctx, end := t.StartProcess(ctx, msg, group)
		returned := false
		defer func() {
			if !returned {
				err = errPanicked
			}
			end(err)
		}()
		err = handle(ctx, msg)
		returned = true
		return err
	}
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

// processed are the attributes that spans and metrics of processing share.
func processed(msg *sarama.ConsumerMessage, group string) []attribute.KeyValue {
	attributes := append(make([]attribute.KeyValue, 0, 8),
		semconv.MessagingSystemKafka,
		semconv.MessagingOperationName("process"),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingDestinationName(msg.Topic),
		semconv.MessagingDestinationPartitionID(strconv.Itoa(int(msg.Partition))))
	if group != "" {
		attributes = append(attributes, semconv.MessagingConsumerGroupName(group))
	}
	return attributes
}

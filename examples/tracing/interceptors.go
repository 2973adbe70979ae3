package main

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed20e6684a/sarama"
)

// propagator puts spans into headers and takes them out: W3C Trace Context.
var propagator = propagation.TraceContext{}

// producerTracing makes a span of each message, from OnSend to OnAcknowledgement.
type producerTracing struct {
	tracer trace.Tracer
	spans  sync.Map // of messages that are on their way, by *sarama.ProducerMessage
}

func newProducerTracing(tracer trace.Tracer) *producerTracing {
	return &producerTracing{tracer: tracer}
}

// OnSend implements sarama.ProducerInterceptor.
func (t *producerTracing) OnSend(msg *sarama.ProducerMessage) {
	ctx, span := t.tracer.Start(msg.Context(), "send "+msg.Topic, trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(messaging(msg.Topic, "send")...))
	propagator.Inject(ctx, (*producedHeaders)(&msg.Headers))
	t.spans.Store(msg, span)
}

// OnAcknowledgement implements sarama.ProducerAcknowledgementInterceptor.
func (t *producerTracing) OnAcknowledgement(msg *sarama.ProducerMessage, err error) {
	found, ok := t.spans.LoadAndDelete(msg)
	if !ok {
		return // refused before OnSend
	}
	span := found.(trace.Span)
	defer span.End()
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
		return
	}
	span.SetAttributes(place(msg.Partition, msg.Offset)...)
}

// consumerTracing makes a span of each message that is read, a child of the one in its headers, and puts its own there: what
// processes the message goes on from that.
type consumerTracing struct {
	tracer trace.Tracer
}

// OnConsume implements sarama.ConsumerInterceptor.
func (t consumerTracing) OnConsume(msg *sarama.ConsumerMessage) {
	headers := (*consumedHeaders)(&msg.Headers)
	ctx := propagator.Extract(context.Background(), headers)
	ctx, span := t.tracer.Start(ctx, "receive "+msg.Topic, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(append(messaging(msg.Topic, "receive"), place(msg.Partition, msg.Offset)...)...))
	propagator.Inject(ctx, headers)
	span.End()
}

// messaging are attributes by OpenTelemetry's semantic conventions for Kafka.
func messaging(topic, operation string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("messaging.system", "kafka"),
		attribute.String("messaging.destination.name", topic),
		attribute.String("messaging.operation.name", operation),
	}
}

func place(partition int32, offset int64) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.Int("messaging.destination.partition.id", int(partition)),
		attribute.Int64("messaging.kafka.offset", offset),
	}
}

// producedHeaders lets the propagator write a message's headers.
type producedHeaders []sarama.RecordHeader

// Get implements propagation.TextMapCarrier.
func (h *producedHeaders) Get(key string) string {
	for _, header := range *h {
		if string(header.Key) == key {
			return string(header.Value)
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier.
func (h *producedHeaders) Set(key, value string) {
	for i := range *h {
		if string((*h)[i].Key) == key {
			(*h)[i].Value = []byte(value)
			return
		}
	}
	*h = append(*h, sarama.RecordHeader{Key: []byte(key), Value: []byte(value)})
}

// Keys implements propagation.TextMapCarrier.
func (h *producedHeaders) Keys() []string {
	keys := make([]string, len(*h))
	for i, header := range *h {
		keys[i] = string(header.Key)
	}
	return keys
}

// consumedHeaders is producedHeaders for what is read.
type consumedHeaders []*sarama.RecordHeader

// Get implements propagation.TextMapCarrier.
func (h *consumedHeaders) Get(key string) string {
	for _, header := range *h {
		if string(header.Key) == key {
			return string(header.Value)
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier.
func (h *consumedHeaders) Set(key, value string) {
	for i, header := range *h {
		if string(header.Key) == key {
			(*h)[i] = &sarama.RecordHeader{Key: header.Key, Value: []byte(value)}
			return
		}
	}
	*h = append(*h, &sarama.RecordHeader{Key: []byte(key), Value: []byte(value)})
}

// Keys implements propagation.TextMapCarrier.
func (h *consumedHeaders) Keys() []string {
	keys := make([]string, len(*h))
	for i, header := range *h {
		keys[i] = string(header.Key)
	}
	return keys
}

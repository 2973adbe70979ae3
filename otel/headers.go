package otelsarama

import (
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/propagation"

	"github.com/seed20e6684a/sarama"
)

var (
	_ propagation.TextMapCarrier = (*producedHeaders)(nil)
	_ propagation.TextMapCarrier = (*consumedHeaders)(nil)
)

// Carriers are handed to propagators as interfaces, so each would cost memory.
var (
	producedCarriers = sync.Pool{New: func() any { return new(producedHeaders) }}
	consumedCarriers = sync.Pool{New: func() any { return new(consumedHeaders) }}
)

// producedHeaders lets a propagator write a message's headers. What was written before, by whoever sent the message or the record
// that it was made from, is replaced; the caller's slice stays as it is.
type producedHeaders struct {
	msg *sarama.ProducerMessage
	own bool // its slice is not the caller's
}

// Get implements propagation.TextMapCarrier.
func (h *producedHeaders) Get(key string) string {
	for i := len(h.msg.Headers) - 1; i >= 0; i-- {
		if strings.EqualFold(string(h.msg.Headers[i].Key), key) {
			return string(h.msg.Headers[i].Value)
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier.
func (h *producedHeaders) Set(key, value string) {
	h.remove([]string{key})
	h.msg.Headers = append(h.msg.Headers, sarama.RecordHeader{Key: []byte(key), Value: []byte(value)})
}

// remove takes headers out, in a slice of the message's own: messages may share one.
func (h *producedHeaders) remove(keys []string) {
	if !h.own {
		h.msg.Headers = append(make([]sarama.RecordHeader, 0, len(h.msg.Headers)+3), h.msg.Headers...)
		h.own = true
	}
	h.msg.Headers = slices.DeleteFunc(h.msg.Headers, func(header sarama.RecordHeader) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, string(header.Key)) })
	})
}

// Keys implements propagation.TextMapCarrier.
func (h *producedHeaders) Keys() []string {
	keys := make([]string, len(h.msg.Headers))
	for i, header := range h.msg.Headers {
		keys[i] = string(header.Key)
	}
	return keys
}

// consumedHeaders lets a propagator read a record's headers.
type consumedHeaders []*sarama.RecordHeader

// Get implements propagation.TextMapCarrier. The last of a key counts.
func (h *consumedHeaders) Get(key string) string {
	for _, header := range slices.Backward(*h) {
		if header != nil && strings.EqualFold(string(header.Key), key) {
			return string(header.Value)
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier. Records that were read are left as they are.
func (h *consumedHeaders) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (h *consumedHeaders) Keys() []string {
	keys := make([]string, 0, len(*h))
	for _, header := range *h {
		if header != nil {
			keys = append(keys, string(header.Key))
		}
	}
	return keys
}

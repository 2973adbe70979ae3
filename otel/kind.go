package otelsarama

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// kind is what all messages have in common that are sent to a topic, or read from a partition: made once, so that a message costs no
// memory of its own where its span is not recorded.
type kind struct {
	name       string // of spans
	attributes []attribute.KeyValue
	start      []trace.SpanStartOption
	good       measurement // of those that succeed
}

// measurement is one set of attributes as counters and histograms want it.
type measurement struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

func newKind(name string, spanKind trace.SpanKind, attributes []attribute.KeyValue) *kind {
	return &kind{
		name:       name,
		attributes: attributes,
		start:      []trace.SpanStartOption{trace.WithSpanKind(spanKind), trace.WithAttributes(attributes...)},
		good:       newMeasurement(attributes),
	}
}

func newMeasurement(attributes []attribute.KeyValue) measurement {
	set := metric.WithAttributeSet(attribute.NewSet(attributes...)) // which sorts what it is given
	return measurement{[]metric.AddOption{set}, []metric.RecordOption{set}}
}

// measurement is that of a message with a fate.
func (k *kind) measurement(err error) measurement {
	if err == nil {
		return k.good
	}
	return newMeasurement(append(slices.Clone(k.attributes), errorType(err)))
}

// kinds are those that were seen. It is for concurrent use.
type kinds[K comparable] struct {
	mu    sync.RWMutex // guards known
	known map[K]*kind
}

// of returns a kind, and makes it if it is new.
func (k *kinds[K]) of(key K, make func(K) *kind) *kind {
	k.mu.RLock()
	found := k.known[key]
	k.mu.RUnlock()
	if found != nil {
		return found
	}
	return k.add(key, make(key))
}

func (k *kinds[K]) add(key K, made *kind) *kind {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.known[key]; found != nil {
		return found
	}
	if k.known == nil {
		k.known = make(map[K]*kind)
	}
	k.known[key] = made
	return made
}

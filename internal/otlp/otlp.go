// Package otlp writes metrics as OpenTelemetry's MetricsData (opentelemetry.proto.metrics.v1) in protobuf: of one resource and
// one scope, gauges and growing sums of floating-point numbers, and no more. It reads nothing.
package otlp

import (
	"encoding/binary"
	"math"
	"slices"
)

// Kind is what the numbers of a metric mean.
type Kind uint8

const (
	// Gauge is a value of its own at each point.
	Gauge Kind = iota
	// Delta is a sum that only grows, of which a point has what came since its Start.
	Delta
	// Cumulative is a sum that only grows, of which a point has all since its Start, which is the same for all points.
	Cumulative
)

// Attribute is a name and a value.
type Attribute struct {
	Key, Value string
}

// Point is one number of a metric. Times are nanoseconds since the Unix epoch; a Start of 0 is left out.
type Point struct {
	Start, Time uint64
	Attributes  []Attribute
	Value       float64
}

// Metric is a metric with its points.
type Metric struct {
	Name   string
	Kind   Kind
	Points []Point
}

// Resource is what metrics are of.
type Resource struct {
	Attributes []Attribute
	Scope      string // what has measured; empty is left out
	Metrics    []Metric
}

// Numbers of fields, by message.
const (
	dataResourceMetrics = 1 // MetricsData

	resourceMetricsResource = 1 // ResourceMetrics
	resourceMetricsScopes   = 2

	resourceAttributes = 1 // Resource

	scopeMetricsScope   = 1 // ScopeMetrics
	scopeMetricsMetrics = 2

	scopeName = 1 // InstrumentationScope

	metricName  = 1 // Metric
	metricGauge = 5
	metricSum   = 7

	dataPoints     = 1 // Gauge and Sum
	sumTemporality = 2 // Sum
	sumMonotonic   = 3

	pointStart      = 2 // NumberDataPoint
	pointTime       = 3
	pointDouble     = 4
	pointAttributes = 7

	keyValueKey   = 1 // KeyValue
	keyValueValue = 2

	anyString = 1 // AnyValue
)

// Values of AggregationTemporality.
const (
	temporalityDelta      = 1
	temporalityCumulative = 2
)

// Types of protobuf's fields.
const (
	typeVarint  = 0
	typeFixed64 = 1
	typeBytes   = 2
)

// Append appends a MetricsData of one resource to dst. Without a metric it appends nothing, which is a MetricsData, too.
func Append(dst []byte, r *Resource) []byte {
	if len(r.Metrics) == 0 {
		return dst
	}
	return message(dst, dataResourceMetrics, func(dst []byte) []byte {
		dst = message(dst, resourceMetricsResource, func(dst []byte) []byte {
			return attributes(dst, resourceAttributes, r.Attributes)
		})
		return message(dst, resourceMetricsScopes, func(dst []byte) []byte { return scopeMetrics(dst, r) })
	})
}

func scopeMetrics(dst []byte, r *Resource) []byte {
	if r.Scope != "" {
		dst = message(dst, scopeMetricsScope, func(dst []byte) []byte { return text(dst, scopeName, r.Scope) })
	}
	for i := range r.Metrics {
		dst = message(dst, scopeMetricsMetrics, func(dst []byte) []byte { return metric(dst, &r.Metrics[i]) })
	}
	return dst
}

func metric(dst []byte, m *Metric) []byte {
	dst = text(dst, metricName, m.Name)
	field := metricSum
	if m.Kind == Gauge {
		field = metricGauge
	}
	return message(dst, field, func(dst []byte) []byte {
		for i := range m.Points {
			dst = message(dst, dataPoints, func(dst []byte) []byte { return point(dst, &m.Points[i]) })
		}
		switch m.Kind {
		case Delta:
			dst = number(dst, sumTemporality, temporalityDelta)
		case Cumulative:
			dst = number(dst, sumTemporality, temporalityCumulative)
		default:
			return dst
		}
		return number(dst, sumMonotonic, 1)
	})
}

func point(dst []byte, p *Point) []byte {
	if p.Start != 0 {
		dst = fixed(dst, pointStart, p.Start)
	}
	dst = fixed(dst, pointTime, p.Time)
	dst = fixed(dst, pointDouble, math.Float64bits(p.Value)) // also 0: it is one of several kinds of value
	return attributes(dst, pointAttributes, p.Attributes)
}

func attributes(dst []byte, field int, all []Attribute) []byte {
	for _, a := range all {
		dst = message(dst, field, func(dst []byte) []byte {
			dst = text(dst, keyValueKey, a.Key)
			return message(dst, keyValueValue, func(dst []byte) []byte { return text(dst, anyString, a.Value) })
		})
	}
	return dst
}

// message appends a field that is a message: its size, which stands before it, is known only after it.
func message(dst []byte, field int, content func([]byte) []byte) []byte {
	dst = key(dst, field, typeBytes)
	start := len(dst)
	dst = content(dst)
	var size [binary.MaxVarintLen64]byte
	return slices.Insert(dst, start, size[:binary.PutUvarint(size[:], uint64(len(dst)-start))]...)
}

func text(dst []byte, field int, s string) []byte {
	dst = binary.AppendUvarint(key(dst, field, typeBytes), uint64(len(s)))
	return append(dst, s...)
}

func number(dst []byte, field int, n uint64) []byte {
	return binary.AppendUvarint(key(dst, field, typeVarint), n)
}

func fixed(dst []byte, field int, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(key(dst, field, typeFixed64), n)
}

func key(dst []byte, field, kind int) []byte { return binary.AppendUvarint(dst, uint64(field<<3|kind)) }

package otlp

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The bytes were written by hand from the .proto files; functional_test reads more with OpenTelemetry's own decoder.
func TestBytesAreThoseOfProtobuf(t *testing.T) {
	got := Append(nil, &Resource{
		Attributes: []Attribute{{"k", "v"}},
		Scope:      "s",
		Metrics:    []Metric{{Name: "m", Kind: Delta, Points: []Point{{Start: 1, Time: 2, Value: 1, Attributes: []Attribute{{"a", ""}}}}}},
	})
	want := []byte{
		0x0a, 68, // MetricsData.resource_metrics
		0x0a, 10, // ResourceMetrics.resource
		0x0a, 8, 0x0a, 1, 'k', 0x12, 3, 0x0a, 1, 'v', // Resource.attributes
		0x12, 54, // ResourceMetrics.scope_metrics
		0x0a, 3, 0x0a, 1, 's', // ScopeMetrics.scope
		0x12, 47, // ScopeMetrics.metrics
		0x0a, 1, 'm', // Metric.name
		0x3a, 42, // Metric.sum
		0x0a, 36, // Sum.data_points
		0x11, 1, 0, 0, 0, 0, 0, 0, 0, // start_time_unix_nano
		0x19, 2, 0, 0, 0, 0, 0, 0, 0, // time_unix_nano
		0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, // as_double
		0x3a, 7, 0x0a, 1, 'a', 0x12, 2, 0x0a, 0, // attributes
		0x10, 1, // Sum.aggregation_temporality
		0x18, 1, // Sum.is_monotonic
	}
	require.Equal(t, want, got)
}

func TestNothingIsAnEmptyMessage(t *testing.T) {
	require.Empty(t, Append(nil, &Resource{Attributes: []Attribute{{"k", "v"}}}))
}

func TestSizesBeyondOneByte(t *testing.T) {
	many := &Resource{}
	for range 300 {
		many.Metrics = append(many.Metrics, Metric{Name: "org.apache.kafka.producer.some.metric", Points: []Point{{Time: 7}}})
	}
	one := len(Append(nil, &Resource{Metrics: many.Metrics[:1]}))
	all := Append([]byte("before"), many)
	require.Equal(t, "before", string(all[:6]))
	require.Greater(t, len(all), 300*(one-10))
}

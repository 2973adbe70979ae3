package sarama

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// pushedPoint is a data point as a broker's plugin sees it.
type pushedPoint struct {
	value      float64
	start, at  uint64
	attributes map[string]string
}

// pushedMetrics is what one push holds.
type pushedMetrics struct {
	resource map[string]string
	points   map[string][]pushedPoint
	kinds    map[string]string // gauge, delta or cumulative
}

// value is that of the metric's one point.
func (p *pushedMetrics) value(t testing.TB, name string) float64 {
	t.Helper()
	require.Len(t, p.points[name], 1, name)
	return p.points[name][0].value
}

// decodePush reads a push's metrics.
func decodePush(t testing.TB, push *PushTelemetryRequest) *pushedMetrics {
	t.Helper()
	data, err := protocol.AppendDecompressed(nil, push.Metrics, push.CompressionType, 1<<20)
	require.NoError(t, err)
	p := &pushedMetrics{resource: map[string]string{}, points: map[string][]pushedPoint{}, kinds: map[string]string{}}
	for _, resource := range fieldsOf(t, data)[1] {
		of := fieldsOf(t, resource.bytes)
		for _, r := range of[1] {
			p.resource = attributesOf(t, fieldsOf(t, r.bytes)[1])
		}
		for _, scope := range of[2] {
			for _, metric := range fieldsOf(t, scope.bytes)[2] {
				p.add(t, fieldsOf(t, metric.bytes))
			}
		}
	}
	return p
}

func (p *pushedMetrics) add(t testing.TB, metric map[uint64][]protoField) {
	name := string(metric[1][0].bytes)
	require.NotContains(t, p.points, name, "each metric comes once")
	kind, data := "gauge", metric[5]
	if len(data) == 0 {
		data = metric[7]
		sum := fieldsOf(t, data[0].bytes)
		require.EqualValues(t, 1, sum[3][0].number, "it is monotonic")
		kind = map[uint64]string{1: "delta", 2: "cumulative"}[sum[2][0].number]
	}
	p.kinds[name] = kind
	for _, point := range fieldsOf(t, data[0].bytes)[1] {
		f := fieldsOf(t, point.bytes)
		decoded := pushedPoint{
			value: math.Float64frombits(f[4][0].number), at: f[3][0].number, attributes: attributesOf(t, f[7]),
		}
		if len(f[2]) > 0 {
			decoded.start = f[2][0].number
		}
		p.points[name] = append(p.points[name], decoded)
	}
}

func attributesOf(t testing.TB, fields []protoField) map[string]string {
	attributes := map[string]string{}
	for _, field := range fields {
		pair := fieldsOf(t, field.bytes)
		attributes[string(pair[1][0].bytes)] = string(fieldsOf(t, pair[2][0].bytes)[1][0].bytes)
	}
	return attributes
}

// protoField is a field of a protobuf message: a number, or bytes.
type protoField struct {
	number uint64
	bytes  []byte
}

// fieldsOf reads a message of varints, fixed numbers of eight bytes, and bytes.
func fieldsOf(t testing.TB, data []byte) map[uint64][]protoField {
	t.Helper()
	fields := map[uint64][]protoField{}
	varint := func() uint64 {
		v, n := binary.Uvarint(data)
		require.Positive(t, n)
		data = data[n:]
		return v
	}
	for len(data) > 0 {
		key := varint()
		var field protoField
		switch key & 7 {
		case 0:
			field.number = varint()
		case 1:
			field.number = binary.LittleEndian.Uint64(data)
			data = data[8:]
		case 2:
			n := varint()
			require.LessOrEqual(t, n, uint64(len(data)))
			field.bytes, data = data[:n], data[n:]
		default:
			require.Fail(t, "an unknown type of field")
		}
		fields[key>>3] = append(fields[key>>3], field)
	}
	return fields
}

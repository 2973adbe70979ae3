package sarama

import (
	"strconv"
	"sync"
	"time"

	"github.com/rcrowley/go-metrics"

	"github.com/seed20e6684a/sarama/protocol"
)

// brokerMetrics feeds the metrics of one connection, once per request and answer: those of all brokers, and those of its
// own broker if its id is known. nil collects nothing. It is a conn.Observer.
type brokerMetrics struct {
	scope    *metricScope
	id       int32
	sets     []brokerMetricSet
	throttle metrics.Histogram

	mu       sync.Mutex // guards requests
	requests map[int16][]metrics.Meter
}

// brokerMetricSet is the metrics of one broker, or of all together.
type brokerMetricSet struct {
	incomingBytes, outgoingBytes, requestRate, responseRate, fetchRate metrics.Meter
	requestSize, responseSize, latency                                 metrics.Histogram
	inFlight                                                           metrics.Counter
}

func newBrokerMetrics(registry metrics.Registry, id int32) *brokerMetrics {
	m := &brokerMetrics{
		scope: newMetricScope(registry), id: id,
		throttle: metrics.NilHistogram{}, requests: map[int16][]metrics.Meter{},
	}
	if !m.scope.enabled() {
		return nil
	}
	for _, name := range m.names() {
		m.sets = append(m.sets, brokerMetricSet{
			incomingBytes: m.scope.meter(name("incoming-byte-rate")),
			outgoingBytes: m.scope.meter(name("outgoing-byte-rate")),
			requestRate:   m.scope.meter(name("request-rate")),
			responseRate:  m.scope.meter(name("response-rate")),
			fetchRate:     m.scope.meter(name("consumer-fetch-rate")),
			requestSize:   m.scope.histogram(name("request-size")),
			responseSize:  m.scope.histogram(name("response-size")),
			latency:       m.scope.histogram(name("request-latency-in-ms")),
			inFlight:      m.scope.counter(name("requests-in-flight")),
		})
	}
	if id >= 0 {
		m.throttle = m.scope.histogram(metricForBroker("throttle-time-in-ms", id))
	}
	return m
}

// names are how the metrics of each set are called. Brokers without an id, which are asked for metadata only, would share
// one set.
func (m *brokerMetrics) names() []func(string) string {
	all := []func(string) string{func(name string) string { return name }}
	if m.id >= 0 {
		all = append(all, func(name string) string { return metricForBroker(name, m.id) })
	}
	return all
}

// Sent implements conn.Observer.
func (m *brokerMetrics) Sent(bytes int) {
	for i := range m.sets {
		s := &m.sets[i]
		s.requestRate.Mark(1)
		s.outgoingBytes.Mark(int64(bytes))
		s.requestSize.Update(int64(bytes))
	}
}

// Received implements conn.Observer.
func (m *brokerMetrics) Received(bytes int, latency time.Duration) {
	for i := range m.sets {
		s := &m.sets[i]
		s.responseRate.Mark(1)
		s.incomingBytes.Mark(int64(bytes))
		s.responseSize.Update(int64(bytes))
		s.latency.Update(latency.Milliseconds())
	}
}

// InFlight implements conn.Observer.
func (m *brokerMetrics) InFlight(delta int) {
	for i := range m.sets {
		m.sets[i].inFlight.Inc(int64(delta))
	}
}

// request counts a request of an API.
func (m *brokerMetrics) request(key int16) {
	if m == nil {
		return
	}
	for _, rate := range m.ratesOf(key) {
		rate.Mark(1)
	}
	if key != protocol.KeyFetch {
		return
	}
	for i := range m.sets {
		m.sets[i].fetchRate.Mark(1)
	}
}

func (m *brokerMetrics) ratesOf(key int16) []metrics.Meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	rates, ok := m.requests[key]
	if !ok {
		for _, name := range m.names() {
			rates = append(rates, m.scope.meter(name("protocol-requests-rate-"+strconv.Itoa(int(key)))))
		}
		m.requests[key] = rates
	}
	return rates
}

func (m *brokerMetrics) throttled(d time.Duration) {
	if m != nil {
		m.throttle.Update(d.Milliseconds())
	}
}

func (m *brokerMetrics) close() {
	if m != nil {
		m.scope.close()
	}
}

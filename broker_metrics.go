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
	throttle histogram

	mu       sync.Mutex // guards requests
	requests map[int16][]rate
}

// brokerMetricSet is the metrics of one broker, or of all together.
type brokerMetricSet struct {
	incomingBytes, outgoingBytes, requestRate, responseRate, fetchRate rate
	requestSize, responseSize, latency                                 histogram
	inFlight                                                           metrics.Counter
}

func newBrokerMetrics(registry metrics.Registry, id int32) *brokerMetrics {
	m := &brokerMetrics{
		scope: newMetricScope(registry), id: id,
		throttle: histogram{Histogram: metrics.NilHistogram{}}, requests: map[int16][]rate{},
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
	now := instantNow()
	for i := range m.sets {
		s := &m.sets[i]
		s.requestRate.mark(now, 1)
		s.outgoingBytes.mark(now, int64(bytes))
		s.requestSize.update(now, int64(bytes))
	}
}

// Received implements conn.Observer.
func (m *brokerMetrics) Received(bytes int, latency time.Duration) {
	now := instantNow()
	for i := range m.sets {
		s := &m.sets[i]
		s.responseRate.mark(now, 1)
		s.incomingBytes.mark(now, int64(bytes))
		s.responseSize.update(now, int64(bytes))
		s.latency.update(now, latency.Milliseconds())
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
	now := instantNow()
	for _, r := range m.ratesOf(key) {
		r.mark(now, 1)
	}
	if key != protocol.KeyFetch {
		return
	}
	for i := range m.sets {
		m.sets[i].fetchRate.mark(now, 1)
	}
}

func (m *brokerMetrics) ratesOf(key int16) []rate {
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

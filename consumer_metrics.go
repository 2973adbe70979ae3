package sarama

import (
	"sync"

	"github.com/rcrowley/go-metrics"
)

// consumerMetrics feeds a consumer's metrics, once per fetch and partition.
type consumerMetrics struct {
	scope        *metricScope
	batchSize    metrics.Histogram
	responseSize metrics.Histogram

	mu     sync.Mutex // guards topics
	topics map[string]metrics.Meter
}

func newConsumerMetrics(conf *Config) *consumerMetrics {
	scope := newMetricScope(conf.MetricRegistry)
	return &consumerMetrics{
		scope:        scope,
		batchSize:    scope.histogram("consumer-batch-size"),
		responseSize: scope.histogram("consumer-fetch-response-size"),
		topics:       make(map[string]metrics.Meter),
	}
}

// fetched takes note of a fetch for partitions of topics.
func (m *consumerMetrics) fetched(topics map[string]struct{}) {
	if !m.scope.enabled() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for topic := range topics {
		meter := m.topics[topic]
		if meter == nil {
			meter = m.scope.meter(metricForTopic("consumer-fetch-rate", topic))
			m.topics[topic] = meter
		}
		meter.Mark(1)
	}
}

func (m *consumerMetrics) close() { m.scope.close() }

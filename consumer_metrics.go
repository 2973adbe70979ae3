package sarama

import "sync"

// consumerMetrics feeds a consumer's metrics, once per fetch and partition.
type consumerMetrics struct {
	scope        *metricScope
	batchSize    histogram
	responseSize histogram

	mu     sync.Mutex // guards topics
	topics map[string]rate
}

func newConsumerMetrics(conf *Config) *consumerMetrics {
	scope := newMetricScope(conf.MetricRegistry)
	return &consumerMetrics{
		scope:        scope,
		batchSize:    scope.histogram("consumer-batch-size"),
		responseSize: scope.histogram("consumer-fetch-response-size"),
		topics:       make(map[string]rate),
	}
}

// fetched takes note of a fetch for partitions of topics.
func (m *consumerMetrics) fetched(topics map[string]struct{}) {
	if !m.scope.enabled() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := instantNow()
	for topic := range topics {
		fetches, known := m.topics[topic]
		if !known {
			fetches = m.scope.meter(metricForTopic("consumer-fetch-rate", topic))
			m.topics[topic] = fetches
		}
		fetches.mark(now, 1)
	}
}

func (m *consumerMetrics) close() { m.scope.close() }

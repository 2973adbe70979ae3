package sarama

import "sync"

// producerMetrics feeds a producer's metrics, once per request and topic.
type producerMetrics struct {
	scope *metricScope
	all   topicProduceMetrics

	mu     sync.Mutex // guards topics
	topics map[string]*topicProduceMetrics
}

// topicProduceMetrics are the metrics of one topic, or of all together.
type topicProduceMetrics struct {
	batchSize, recordsPerRequest, compressionRatio histogram
	recordSendRate                                 rate
}

func newProducerMetrics(conf *Config) *producerMetrics {
	m := &producerMetrics{scope: newMetricScope(conf.MetricRegistry), topics: make(map[string]*topicProduceMetrics)}
	m.all = m.named(func(name string) string { return name })
	return m
}

func (m *producerMetrics) named(name func(string) string) topicProduceMetrics {
	return topicProduceMetrics{
		batchSize:         m.scope.histogram(name("batch-size")),
		recordsPerRequest: m.scope.histogram(name("records-per-request")),
		compressionRatio:  m.scope.histogram(name("compression-ratio")),
		recordSendRate:    m.scope.meter(name("record-send-rate")),
	}
}

func (m *producerMetrics) of(topic string) *topicProduceMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.topics[topic]
	if t == nil {
		named := m.named(func(name string) string { return metricForTopic(name, topic) })
		t = &named
		m.topics[topic] = t
	}
	return t
}

// sent takes note of a request whose batches stand by topic.
func (m *producerMetrics) sent(pb *produceBatches) {
	if !m.scope.enabled() {
		return
	}
	now := instantNow()
	var topic *topicProducer
	var t *topicProduceMetrics
	ofTopic := 0
	for _, b := range pb.batches {
		if b.from.topic != topic {
			t.requested(now, ofTopic)
			topic, ofTopic = b.from.topic, 0
			t = m.of(topic.topic)
		}
		ofTopic += len(b.msgs)
		m.all.batch(now, b.recordBatch, pb.loop.parent.format.codec)
		t.batch(now, b.recordBatch, pb.loop.parent.format.codec)
	}
	t.requested(now, ofTopic)
	m.all.requested(now, pb.messages)
}

func (t *topicProduceMetrics) batch(now instant, b *recordBatch, codec CompressionCodec) {
	t.batchSize.update(now, int64(len(b.payload)))
	if codec != CompressionNone {
		t.compressionRatio.update(now, int64(100*float64(b.rawSize)/float64(len(b.payload))))
	}
}

func (t *topicProduceMetrics) requested(now instant, records int) {
	if t == nil {
		return
	}
	t.recordSendRate.mark(now, int64(records))
	t.recordsPerRequest.update(now, int64(records))
}

func (m *producerMetrics) close() { m.scope.close() }

package sarama

import (
	"sync"
	"time"
)

// telemetryMeter counts, for the telemetry of one client, what its producers, consumers and connections do: once per request
// or batch. nil, which is where telemetry is off, counts nothing and looks at no clock.
type telemetryMeter struct {
	start time.Time

	mu            sync.Mutex // guards what follows
	window        telemetryWindow
	before        telemetryTotals // of all windows that were pushed
	produces      bool            // the client has, or has had, a producer
	consumes      bool            // a consumer
	transactional string          // the id of its producers
	groups        []*consumerGroup
}

// telemetryWindow is what was counted from one push to the next.
type telemetryWindow struct {
	since  time.Time
	totals telemetryTotals
	nodes  map[int32]*nodeLatency

	throttled latency // by quotas, of produce requests
	queued    latency // of batches, from their first record to the request
	fetched   latency // of fetches
	committed latency // of commits
	rebalance latency
}

// telemetryTotals are what is pushed as sums that grow.
type telemetryTotals struct {
	connections        int64 // that all use
	readingConnections int64 // that a consumer has for itself
	rebalance          time.Duration
}

func (t telemetryTotals) plus(other telemetryTotals) telemetryTotals {
	return telemetryTotals{
		connections:        t.connections + other.connections,
		readingConnections: t.readingConnections + other.readingConnections,
		rebalance:          t.rebalance + other.rebalance,
	}
}

// nodeLatency is how long one broker takes over requests, on connections that all use and on a consumer's own.
type nodeLatency struct{ shared, reading latency }

// latency is how long something took.
type latency struct {
	count    int64
	sum, max time.Duration
}

func (l *latency) add(d time.Duration) { l.merge(latency{1, d, d}) }

func (l *latency) merge(other latency) {
	l.count += other.count
	l.sum += other.sum
	l.max = max(l.max, other.max)
}

func newTelemetryMeter() *telemetryMeter {
	now := time.Now()
	return &telemetryMeter{start: now, window: telemetryWindow{since: now, nodes: make(map[int32]*nodeLatency)}}
}

// meterOf returns what counts for a client's telemetry: nil if that is off, or cannot be seen behind a Client of the user's.
func meterOf(c Client) *telemetryMeter {
	switch c := c.(type) {
	case *client:
		return c.meter()
	case *nopCloserClient:
		return meterOf(c.clusterClient)
	default:
		return nil
	}
}

// now is the time to begin a measurement with.
func (m *telemetryMeter) now() (begin time.Time) {
	if m != nil {
		begin = time.Now()
	}
	return begin
}

// add counts what took from begin until now.
func (m *telemetryMeter) add(begin time.Time, which func(*telemetryWindow) *latency) {
	if m != nil {
		m.addFor(time.Since(begin), which)
	}
}

func (m *telemetryMeter) addFor(d time.Duration, which func(*telemetryWindow) *latency) {
	m.mu.Lock()
	defer m.mu.Unlock()
	which(&m.window).add(max(d, 0))
}

// fetched counts an answer to a fetch.
func (m *telemetryMeter) fetched(begin time.Time) {
	m.add(begin, func(w *telemetryWindow) *latency { return &w.fetched })
}

// committed counts an answer to a commit.
func (m *telemetryMeter) committed(begin time.Time) {
	m.add(begin, func(w *telemetryWindow) *latency { return &w.committed })
}

// throttled counts an answer to a produce request by how long that was throttled.
func (m *telemetryMeter) throttled(d time.Duration) {
	if m != nil {
		m.addFor(d, func(w *telemetryWindow) *latency { return &w.throttled })
	}
}

// sent counts the batches of a request by how long they have waited for it.
func (m *telemetryMeter) sent(batches []sentBatch) {
	if m == nil {
		return
	}
	now := time.Now().UnixMilli()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range batches {
		m.window.queued.add(time.Duration(max(now-b.since, 0)) * time.Millisecond)
	}
}

// rebalanced counts a rebalance that the client took part in.
func (m *telemetryMeter) rebalanced(begin time.Time) {
	if m == nil {
		return
	}
	d := time.Since(begin)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.window.rebalance.add(d)
	m.window.totals.rebalance += d
}

// connected counts a connection.
func (m *telemetryMeter) connected(reading bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if reading {
		m.window.totals.readingConnections++
	} else {
		m.window.totals.connections++
	}
}

// answered counts an answer of a broker.
func (m *telemetryMeter) answered(broker int32, reading bool, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.window.nodes[broker]
	if node == nil {
		node = new(nodeLatency)
		m.window.nodes[broker] = node
	}
	if reading {
		node.reading.add(d)
	} else {
		node.shared.add(d)
	}
}

// hasProducer notes a producer, by its transactional id if it has one.
func (m *telemetryMeter) hasProducer(transactionalID string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.produces, m.transactional = true, transactionalID // which is of the configuration, and so the same for all
}

// hasConsumer notes a consumer.
func (m *telemetryMeter) hasConsumer() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.consumes = true
}

// hasMember notes a member of a group. The last one stays when it is gone, for the last push.
func (m *telemetryMeter) hasMember(g *consumerGroup) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.groups[:0]
	for _, other := range m.groups {
		if other.closing.Err() == nil {
			kept = append(kept, other)
		}
	}
	clear(m.groups[len(kept):])
	m.groups = append(kept, g)
}

// take ends the window, and begins another.
func (m *telemetryMeter) take() *telemetryWindow {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.window
	m.window = telemetryWindow{since: time.Now(), nodes: make(map[int32]*nodeLatency, len(taken.nodes))}
	return &taken
}

// settle is for a window that was pushed: its sums are told.
func (m *telemetryMeter) settle(w *telemetryWindow) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = m.before.plus(w.totals)
}

// giveBack is for a window that no broker has taken: it becomes a part of the next.
func (m *telemetryMeter) giveBack(w *telemetryWindow) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := &m.window
	next.since = w.since
	next.totals = next.totals.plus(w.totals)
	for id, node := range w.nodes {
		if now := next.nodes[id]; now != nil {
			now.shared.merge(node.shared)
			now.reading.merge(node.reading)
		} else {
			next.nodes[id] = node
		}
	}
	next.throttled.merge(w.throttled)
	next.queued.merge(w.queued)
	next.fetched.merge(w.fetched)
	next.committed.merge(w.committed)
	next.rebalance.merge(w.rebalance)
}

// linkObserver is a conn.Observer for a connection's metrics and for telemetry.
type linkObserver struct {
	metrics *brokerMetrics // nil: none
	meter   *telemetryMeter
	broker  int32
	reading bool
}

// Sent implements conn.Observer.
func (o *linkObserver) Sent(bytes int) {
	if o.metrics != nil {
		o.metrics.Sent(bytes)
	}
}

// Received implements conn.Observer. Brokers without an id are those that the client started from, whose real one is not known.
func (o *linkObserver) Received(bytes int, latency time.Duration) {
	if o.metrics != nil {
		o.metrics.Received(bytes, latency)
	}
	if o.broker >= 0 {
		o.meter.answered(o.broker, o.reading, latency)
	}
}

// InFlight implements conn.Observer.
func (o *linkObserver) InFlight(delta int) {
	if o.metrics != nil {
		o.metrics.InFlight(delta)
	}
}

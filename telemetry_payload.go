package sarama

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seed20e6684a/sarama/internal/otlp"
)

// Beginnings of names of metrics: Kafka's own, with dots for all that divides words (KIP-714).
const (
	producerTelemetry = "org.apache.kafka.producer."
	consumerTelemetry = "org.apache.kafka.consumer."
)

// telemetryPayload gathers the metrics of a push.
type telemetryPayload struct {
	meter   *telemetryMeter
	window  *telemetryWindow
	before  telemetryTotals
	plan    *telemetryPlan
	now     time.Time
	metrics []otlp.Metric
}

// collect returns the metrics of a window that are subscribed to, those of single brokers last. What was not measured is left
// out.
func (m *telemetryMeter) collect(w *telemetryWindow, plan *telemetryPlan) []otlp.Metric {
	m.mu.Lock()
	p := &telemetryPayload{meter: m, window: w, before: m.before, plan: plan, now: time.Now()}
	produces, consumes, groups := m.produces, m.consumes, slices.Clone(m.groups)
	m.mu.Unlock()
	if produces {
		p.connections(producerTelemetry, w.totals.connections, p.before.connections)
		p.latency(producerTelemetry+"produce.throttle.time", w.throttled)
		p.latency(producerTelemetry+"record.queue.time", w.queued)
	}
	if consumes {
		p.connections(consumerTelemetry, w.totals.connections+w.totals.readingConnections,
			p.before.connections+p.before.readingConnections)
		p.latency(consumerTelemetry+"fetch.manager.fetch.latency", w.fetched)
		p.latency(consumerTelemetry+"coordinator.commit.latency", w.committed)
		p.group(groups)
	}
	if produces {
		p.nodes(producerTelemetry, func(n *nodeLatency) latency { return n.shared })
	}
	if consumes {
		p.nodes(consumerTelemetry, func(n *nodeLatency) latency {
			both := n.shared
			both.merge(n.reading)
			return both
		})
	}
	return p.metrics
}

func (p *telemetryPayload) connections(role string, inWindow, before int64) {
	p.sum(role+"connection.creation.total", float64(inWindow), float64(before))
	if elapsed := p.now.Sub(p.window.since).Seconds(); elapsed > 0 {
		p.gauge(role+"connection.creation.rate", float64(inWindow)/elapsed)
	}
}

func (p *telemetryPayload) group(groups []*consumerGroup) {
	if len(groups) == 0 {
		return
	}
	assigned := 0
	for _, g := range groups {
		if session := g.claims.session.Load(); session != nil && session.ctx.Err() == nil {
			for _, partitions := range session.Claims() {
				assigned += len(partitions)
			}
		}
	}
	p.gauge(consumerTelemetry+"coordinator.assigned.partitions", float64(assigned))
	p.latency(consumerTelemetry+"coordinator.rebalance.latency", p.window.rebalance)
	p.sum(consumerTelemetry+"coordinator.rebalance.latency.total", inMillis(p.window.totals.rebalance), inMillis(p.before.rebalance))
}

// nodes adds what is measured of each broker, by its id as Kafka's own clients write it.
func (p *telemetryPayload) nodes(role string, of func(*nodeLatency) latency) {
	for _, id := range slices.Sorted(maps.Keys(p.window.nodes)) {
		node := otlp.Attribute{Key: "node_id", Value: "node-" + strconv.Itoa(int(id))}
		p.latency(role+"node.request.latency", of(p.window.nodes[id]), node)
	}
}

// latency adds an average and a maximum, in milliseconds.
func (p *telemetryPayload) latency(name string, l latency, attributes ...otlp.Attribute) {
	if l.count == 0 {
		return
	}
	p.gauge(name+".avg", inMillis(l.sum)/float64(l.count), attributes...)
	p.gauge(name+".max", inMillis(l.max), attributes...)
}

func (p *telemetryPayload) gauge(name string, value float64, attributes ...otlp.Attribute) {
	p.add(name, otlp.Gauge, otlp.Point{Time: nanos(p.now), Attributes: attributes, Value: value})
}

// sum adds what has grown, as the subscription wants it: by how much since the last push, or altogether.
func (p *telemetryPayload) sum(name string, inWindow, before float64) {
	if p.plan.subscription.DeltaTemporality {
		p.add(name, otlp.Delta, otlp.Point{Start: nanos(p.window.since), Time: nanos(p.now), Value: inWindow})
		return
	}
	p.add(name, otlp.Cumulative, otlp.Point{Start: nanos(p.meter.start), Time: nanos(p.now), Value: before + inWindow})
}

func (p *telemetryPayload) add(name string, kind otlp.Kind, point otlp.Point) {
	if !p.plan.wants(name) {
		return
	}
	if i := slices.IndexFunc(p.metrics, func(m otlp.Metric) bool { return m.Name == name }); i >= 0 {
		p.metrics[i].Points = append(p.metrics[i].Points, point)
		return
	}
	p.metrics = append(p.metrics, otlp.Metric{Name: name, Kind: kind, Points: []otlp.Point{point}})
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func nanos(t time.Time) uint64 { return uint64(t.UnixNano()) }

// firstPoints returns the first n data points of metrics.
func firstPoints(metrics []otlp.Metric, n int) []otlp.Metric {
	var first []otlp.Metric
	for _, m := range metrics {
		if n <= 0 {
			break
		}
		m.Points = m.Points[:min(n, len(m.Points))]
		n -= len(m.Points)
		first = append(first, m)
	}
	return first
}

func countPoints(metrics []otlp.Metric) (n int) {
	for _, m := range metrics {
		n += len(m.Points)
	}
	return n
}

// resource is what the metrics are of, in Kafka's words (KIP-714). Of groups nothing is said if there are several.
func (m *telemetryMeter) resource(rack string) []otlp.Attribute {
	m.mu.Lock()
	groups := slices.Clone(m.groups)
	named := map[string]string{"client_rack": rack, "transactional_id": m.transactional}
	m.mu.Unlock()
	if len(groups) == 1 {
		g := groups[0]
		named["group_id"] = g.id
		if g.instanceID != nil {
			named["group_instance_id"] = *g.instanceID
		}
		if session := g.claims.session.Load(); session != nil {
			named["group_member_id"] = session.MemberID()
		}
	}
	var attributes []otlp.Attribute
	for key, value := range named {
		if value != "" {
			attributes = append(attributes, otlp.Attribute{Key: key, Value: value})
		}
	}
	slices.SortFunc(attributes, func(a, b otlp.Attribute) int { return cmp.Compare(a.Key, b.Key) })
	return attributes
}

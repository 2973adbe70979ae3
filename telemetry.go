package sarama

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/internal/otlp"
)

// TelemetryClient is a Client that pushes metrics to its cluster, if Config.Telemetry.Enable is true (KIP-714): those of NewClient
// implement it.
type TelemetryClient interface {
	Client

	// ClientInstanceID returns the id by which the cluster's operators know the client's metrics. It waits until a broker has
	// given it, or ctx ends. It returns a ConfigurationError if Config.Telemetry.Enable is false, the broker's error if the
	// cluster has refused, and ErrClosedClient if the client was closed before it had an id.
	ClientInstanceID(ctx context.Context) (Uuid, error)
}

const (
	// telemetryGoodbye is how long Close waits for the last push.
	telemetryGoodbye = time.Second
	// telemetryScope is what OpenTelemetry calls the measuring instrument.
	telemetryScope = modulePath
)

// errTelemetryEnds is why the last push was given up.
var errTelemetryEnds = errors.New("kafka: the client is being closed")

// telemetry pushes a client's metrics to one broker, as long as that answers.
type telemetry struct {
	client  *client
	conf    *Config
	meter   *telemetryMeter
	backoff backoffFunc

	running bool // set before the client is anybody's
	end     sync.Once
	ending  chan struct{} // closed when Close begins
	ended   chan struct{} // closed when run is over
	ctx     context.Context
	cancel  context.CancelCauseFunc

	// What follows is run's own.
	plan   telemetryPlan
	broker *Broker // nil: to be chosen
	avoid  *Broker // the last that failed

	mu      sync.Mutex // guards what follows
	id      Uuid
	failure error         // why there is no id yet
	settled chan struct{} // closed when there is an id, or will be none
}

func newTelemetry(c *client) *telemetry {
	t := &telemetry{
		client: c, conf: c.conf, meter: newTelemetryMeter(), plan: telemetryPlan{most: -1},
		backoff: NewExponentialBackoff(time.Second, defaultPushInterval),
		ending:  make(chan struct{}), ended: make(chan struct{}), settled: make(chan struct{}),
	}
	t.ctx, t.cancel = context.WithCancelCause(c.ctx)
	return t
}

// meter is what counts for the client's telemetry, nil if that is off.
func (c *client) meter() *telemetryMeter {
	if c.telemetry == nil {
		return nil
	}
	return c.telemetry.meter
}

// ClientInstanceID implements TelemetryClient.
func (c *client) ClientInstanceID(ctx context.Context) (Uuid, error) {
	t := c.telemetry
	if t == nil {
		return Uuid{}, ConfigurationError("Telemetry.Enable must be true for the client to have an instance id")
	}
	select {
	case <-t.settled:
		return t.identity()
	default:
	}
	select {
	case <-t.settled:
		return t.identity()
	case <-c.ctx.Done():
		return Uuid{}, ErrClosedClient
	case <-ctx.Done():
		_, failure := t.identity()
		return Uuid{}, fmt.Errorf("client instance id: %w", errors.Join(contextError(ctx), failure))
	}
}

func (t *telemetry) identity() (Uuid, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id, t.failure
}

// begin starts run, unless the client is closed.
func (t *telemetry) begin() { t.running = t.client.start(t.run) }

// finish has run push for the last time and waits until it has ended, telemetryGoodbye at most.
func (t *telemetry) finish() {
	if t == nil || !t.running {
		return
	}
	t.end.Do(func() { close(t.ending) })
	timer := time.AfterFunc(telemetryGoodbye, func() { t.cancel(errTelemetryEnds) })
	defer timer.Stop()
	<-t.ended
}

// run is one per client; it owns the plan, and ends with Close, or when the cluster wants no telemetry.
func (t *telemetry) run() {
	defer close(t.ended)
	defer t.cancel(errTelemetryEnds)
	for t.plan.phase != telemetryStopped {
		if !t.pause(t.plan.wait) {
			if t.plan.phase == telemetryPushes && t.choose(true) != nil {
				t.push(true)
			}
			return
		}
		if t.choose(false) == nil {
			t.failed(nil, ErrOutOfBrokers)
			continue
		}
		if t.plan.phase == telemetrySubscribes {
			t.subscribe()
		} else {
			t.push(false)
		}
	}
	t.conf.log().Printf("client/telemetry no more metrics are pushed: %v\n", t.plan.err)
}

// pause waits; it returns false when Close has begun.
func (t *telemetry) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.ending:
		return false
	default:
	}
	select {
	case <-timer.C:
		return true
	case <-t.ending:
	case <-t.ctx.Done():
	}
	return false
}

// choose sets and returns the broker to ask: the last one, as long as it is connected, else one that is; if none is and that
// is not required, one that is connected to. nil: there is none.
func (t *telemetry) choose(connected bool) *Broker {
	if t.broker != nil && t.broker.isOpen() {
		return t.broker
	}
	open, others := make(map[int32]*Broker), make(map[int32]*Broker)
	for id, broker := range t.client.view.Load().brokers {
		if broker == t.avoid {
			continue
		}
		others[id] = broker
		if _, is := broker.load(); is {
			open[id] = broker
		}
	}
	t.broker = leastLoaded(open)
	if t.broker != nil || connected {
		return t.broker
	}
	if t.broker = leastLoaded(others); t.broker != nil {
		t.client.connect(t.broker)
	} else {
		t.broker = t.client.LeastLoadedBroker()
	}
	return t.broker
}

// failed goes on after a request without an answer, with another broker.
func (t *telemetry) failed(broker *Broker, err error) {
	t.conf.debugLog().Printf("client/telemetry %v\n", err)
	t.broker, t.avoid = nil, broker
	t.plan.failed(err, t.backoff)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.id == (Uuid{}) {
		t.failure = err
	}
}

// subscribe asks what is to be pushed.
func (t *telemetry) subscribe() {
	request := &GetTelemetrySubscriptionsRequest{ClientInstanceID: t.plan.id}
	answer, err := askContext[GetTelemetrySubscriptionsResponse](t.ctx, t.broker, request)
	if err != nil {
		t.failed(t.broker, err)
		return
	}
	before := t.plan.id
	t.plan.subscribed(answer, 0.5+rand.Float64())
	if t.plan.phase == telemetryStopped {
		t.plan.err = brokerError(t.broker, t.plan.err)
	}
	if before == (Uuid{}) && (t.plan.id != before || t.plan.phase == telemetryStopped) {
		t.mu.Lock()
		t.id, t.failure = t.plan.id, t.plan.err
		t.mu.Unlock()
		close(t.settled)
	}
	t.conf.debugLog().Printf("client/telemetry instance %v has subscription %d: %q every %v (%v)\n",
		t.plan.id, answer.SubscriptionID, answer.RequestedMetrics, answer.PushInterval, answer.ErrorCode)
}

// push pushes what was measured since the last push. A push whose answer is lost counts as taken: were it a part of the next
// one, sums of differences might have it twice.
func (t *telemetry) push(terminating bool) {
	window := t.meter.take()
	request, points := t.request(window)
	request.Terminating = terminating
	answer, err := askContext[PushTelemetryResponse](t.ctx, t.broker, request)
	if err == nil && answer.ErrorCode == ErrNoError || err != nil && !unsent(err) {
		t.meter.settle(window)
	} else {
		t.meter.giveBack(window)
	}
	if err != nil {
		t.failed(t.broker, err)
		return
	}
	t.plan.pushed(answer, points, request.CompressionType)
	if t.plan.phase == telemetryStopped {
		t.plan.err = brokerError(t.broker, t.plan.err)
	}
}

// request makes a push, with as many data points as the broker takes.
func (t *telemetry) request(window *telemetryWindow) (request *PushTelemetryRequest, points int) {
	metrics := t.meter.collect(window, &t.plan)
	resource := &otlp.Resource{Attributes: t.meter.resource(t.conf.RackID), Scope: telemetryScope}
	if points = countPoints(metrics); t.plan.most >= 0 {
		points = min(points, t.plan.most)
	}
	request = &PushTelemetryRequest{ClientInstanceID: t.plan.id, SubscriptionID: t.plan.subscription.SubscriptionID}
	limit := int(t.plan.subscription.TelemetryMaxBytes)
	for ; ; points /= 2 {
		resource.Metrics = firstPoints(metrics, points)
		request.Metrics, request.CompressionType = t.plan.pack(otlp.Append(nil, resource))
		if limit <= 0 || len(request.Metrics) <= limit {
			return request, points
		}
	}
}

package sarama

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rcrowley/go-metrics"
)

// metricForBroker names a metric of one broker. The id stands for it, since addresses have dots and colons, which
// reporters take for their own.
func metricForBroker(name string, id int32) string {
	return name + "-for-broker-" + strconv.Itoa(int(id))
}

// metricForTopic names a metric of one topic. Dots become underscores, since reporters take them for levels.
func metricForTopic(name, topic string) string {
	return name + "-for-topic-" + strings.ReplaceAll(topic, ".", "_")
}

// metricScope is the metrics of one owner, such as a broker or a producer: made when they are first asked for and taken
// out of the registry by close, unless another scope still uses them or they were there before. It is for concurrent use;
// keep what its methods return rather than asking for each event.
type metricScope struct {
	registry metrics.Registry // nil: nothing is collected

	mu     sync.Mutex // guards what follows
	held   map[string]any
	closed bool
}

// newMetricScope returns a scope of r. With a nil r, or metrics.UseNilMetrics, it collects nothing, at no cost.
func newMetricScope(r metrics.Registry) *metricScope {
	if metrics.UseNilMetrics || r == nil {
		return &metricScope{}
	}
	return &metricScope{registry: r, held: map[string]any{}}
}

// enabled tells whether anything is collected; if not, what leads to metrics can be left out.
func (s *metricScope) enabled() bool { return s.registry != nil }

// meter returns the rate of that name.
func (s *metricScope) meter(name string) rate {
	m := hold[metrics.Meter](s, name, metrics.NilMeter{}, func() metrics.Meter { return newMeter() })
	own, _ := m.(*meter)
	return rate{m, own}
}

// histogram returns the histogram of that name.
func (s *metricScope) histogram(name string) histogram {
	h := hold[metrics.Histogram](s, name, metrics.NilHistogram{}, func() metrics.Histogram {
		return metrics.NewHistogram(newDecaySample())
	})
	own, _ := h.Sample().(*decaySample)
	return histogram{h, own}
}

// counter returns the counter of that name.
func (s *metricScope) counter(name string) metrics.Counter {
	return hold[metrics.Counter](s, name, metrics.NilCounter{}, metrics.NewCounter)
}

// close takes the scope's metrics out of the registry. What they are asked to collect later is lost; metrics asked for
// later collect nothing.
func (s *metricScope) close() {
	s.mu.Lock()
	held := s.held
	s.held, s.closed = nil, true
	s.mu.Unlock()
	for name := range held {
		registered.release(s, name)
	}
}

// instant is a time, as what has passed since clockStart. It is read once for all metrics that something is told to: reading it
// takes longer than to count.
type instant time.Duration

var clockStart = time.Now()

func instantNow() instant { return instant(time.Since(clockStart)) }

// since returns what has passed since an earlier instant.
func (t instant) since(earlier instant) time.Duration { return time.Duration(t - earlier) }

// rate is a meter of a registry, which may be its user's.
type rate struct {
	metrics.Meter
	own *meter // it, if the library made it
}

// mark counts n events.
func (r rate) mark(now instant, n int64) {
	if r.own != nil {
		r.own.mark(now, n)
	} else {
		r.Mark(n)
	}
}

// histogram is a histogram of a registry, which may be its user's.
type histogram struct {
	metrics.Histogram
	own *decaySample // of it, if the library made it
}

// update samples a value.
func (h histogram) update(now instant, v int64) {
	if h.own != nil {
		h.own.update(now, v)
	} else {
		h.Update(v)
	}
}

// hold returns the scope's metric of a name, none if nothing is collected or another kind of metric has the name.
func hold[M any](s *metricScope, name string, none M, make func() M) M {
	if !s.enabled() {
		return none
	}
	found := s.find(name, func(made func()) any {
		return func() M {
			made()
			return make()
		}
	})
	if metric, ok := found.(M); ok {
		return metric
	}
	if found != nil {
		Logger.Printf("metrics: %s is a %T of the registry already, it is not collected\n", name, found)
	}
	return none
}

// find returns what is registered by a name and takes note of its use, nil after close.
func (s *metricScope) find(name string, constructor func(made func()) any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	found, ok := s.held[name]
	if !ok {
		found = registered.acquire(s, name, constructor)
		s.held[name] = found
	}
	return found
}

// registered counts who uses what in each registry, over all scopes.
var registered = usedMetrics{uses: map[metricKey]metricUse{}}

type usedMetrics struct {
	// mu guards uses. It is held while the registry is asked, so that a metric which one scope takes out at that moment
	// is not what another gets.
	mu   sync.Mutex
	uses map[metricKey]metricUse
}

type metricKey struct {
	registry any
	name     string
}

type metricUse struct {
	scopes int
	ours   bool // the library registered it, not its user
}

func keyOf(s *metricScope, name string) metricKey {
	if reflect.TypeOf(s.registry).Comparable() {
		return metricKey{s.registry, name}
	}
	return metricKey{s, name} // such a registry cannot be told from others: each scope is by itself
}

// acquire gets or registers a metric; constructor is given what tells that it was called.
func (u *usedMetrics) acquire(s *metricScope, name string, constructor func(made func()) any) any {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := keyOf(s, name)
	use := u.uses[key]
	metric := s.registry.GetOrRegister(name, constructor(func() { use.ours = true }))
	use.scopes++
	u.uses[key] = use
	return metric
}

func (u *usedMetrics) release(s *metricScope, name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := keyOf(s, name)
	use := u.uses[key]
	use.scopes--
	if use.scopes > 0 {
		u.uses[key] = use
		return
	}
	delete(u.uses, key)
	if use.ours {
		s.registry.Unregister(name)
	}
}

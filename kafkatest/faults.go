package kafkatest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/protocol"
)

// When says which requests of a type a fault befalls. Without any it is the next one.
type When func(*when)

type when struct {
	times      int
	topic      string
	partitions []int32
	group      string
	brokers    []int32
}

// Times has a fault befall the next n requests. With n below 0 it does until it is removed.
func Times(n int) When { return func(w *when) { w.times = n } }

// Topic restricts Fail to a topic, and to partitions if there are any; other partitions of the same request succeed.
func Topic(topic string, partitions ...int32) When {
	return func(w *when) { w.topic, w.partitions = topic, partitions }
}

// Group restricts Fail to a consumer group.
func Group(group string) When { return func(w *when) { w.group = group } }

// OfBroker restricts a fault to some brokers.
func OfBroker(brokers ...int32) When { return func(w *when) { w.brokers = brokers } }

// Fault is what Fail, Delay and Cut have set up.
type Fault struct {
	hits   func() int
	wait   func(context.Context, int) error
	remove func()
}

// Hits returns how many requests it has befallen.
func (f *Fault) Hits() int { return f.hits() }

// Wait waits until it has befallen n requests, or until ctx ends; it returns ctx's error then.
func (f *Fault) Wait(ctx context.Context, n int) error { return f.wait(ctx, n) }

// Remove ends it.
func (f *Fault) Remove() { f.remove() }

func newWhen(conditions []When) *when {
	w := &when{times: 1}
	for _, condition := range conditions {
		condition(w)
	}
	return w
}

// Fail has requests of a type, that of new(sarama.ProduceRequest) for example, answered with an error. They are not carried
// out.
func (c *Cluster) Fail(request protocol.Message, err sarama.KError, conditions ...When) *Fault {
	c.t.Helper()
	w := newWhen(conditions)
	code := kerr.ErrorForCode(int16(err))
	failure, ok := code.(*kerr.Error)
	if !ok {
		c.t.Fatalf("kafkatest: %v is no error to fail with", err)
	}
	handle := c.fake.Fault(kfake.Fault{
		Keys: []kmsg.Key{kmsg.Key(protocol.KeyOf(request))}, Nodes: w.brokers,
		Topic: w.topic, Partitions: w.partitions, Group: w.group, Err: failure, Count: w.times,
	})
	return &Fault{hits: handle.Hits, wait: handle.Wait, remove: handle.Remove}
}

// Delay has requests of a type carried out and answered later by d. Requests after them on the same connection wait as well.
func (c *Cluster) Delay(request protocol.Message, d time.Duration, conditions ...When) *Fault {
	c.t.Helper()
	return c.control(request, conditions, func(ending <-chan struct{}) (bool, error) {
		c.fake.SleepControl(func() {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ending:
			}
		})
		return false, nil
	})
}

// Cut has the connection closed on which a request of a type comes, before that is carried out.
func (c *Cluster) Cut(request protocol.Message, conditions ...When) *Fault {
	c.t.Helper()
	return c.control(request, conditions, func(<-chan struct{}) (bool, error) { return true, errCut })
}

// errCut closes a connection.
var errCut = kerr.NetworkException

// control has do called for requests. What it returns is whether the request is dealt with, and if an error, that its
// connection is to be closed.
func (c *Cluster) control(request protocol.Message, conditions []When, do func(ending <-chan struct{}) (bool, error)) *Fault {
	c.t.Helper()
	w := newWhen(conditions)
	if w.topic != "" || w.group != "" {
		c.t.Fatalf("kafkatest: Topic and Group are conditions of Fail alone")
	}
	f := &controlled{when: w, more: make(chan struct{}), ending: make(chan struct{})}
	c.t.Cleanup(f.end)
	c.fake.ControlKey(protocol.KeyOf(request), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if !f.take(c.fake.CurrentNode()) {
			return nil, nil, false
		}
		done, err := do(f.ending)
		return nil, err, done
	})
	count := func() int {
		n, _ := f.hits()
		return n
	}
	return &Fault{hits: count, wait: f.wait, remove: f.end}
}

// controlled counts the requests that a fault befalls.
type controlled struct {
	when   *when
	ending chan struct{} // closed when it is over

	mu    sync.Mutex // guards what follows
	n     int
	more  chan struct{} // closed when n grows
	ended bool
}

func (f *controlled) take(broker int32) bool {
	if len(f.when.brokers) > 0 && !slices.Contains(f.when.brokers, broker) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.when.times >= 0 && f.n >= f.when.times {
		return false
	}
	f.n++
	close(f.more)
	f.more = make(chan struct{})
	return true
}

// hits returns how many requests it has befallen, and what is closed when there is one more.
func (f *controlled) hits() (n int, more <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n, f.more
}

func (f *controlled) wait(ctx context.Context, n int) error {
	for {
		hits, more := f.hits()
		if hits >= n {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *controlled) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ended {
		f.ended = true
		close(f.ending)
	}
}

// Rebalance has a group rebalance: the next heartbeat of a member tells it to join again, and the others follow.
func (c *Cluster) Rebalance(group string) *Fault {
	c.t.Helper()
	return c.Fail(new(sarama.HeartbeatRequest), sarama.ErrRebalanceInProgress, Group(group))
}

package sarama

import (
	"context"
	"fmt"
	"sync"
)

// KeyedHandlerConfig is what NewKeyedHandler needs.
type KeyedHandlerConfig struct {
	// Handle processes a record. Records of one key are processed one after another, in order, others and those without a key
	// at the same time. ctx ends when the partition is taken away: the record may be finished all the same, within
	// Config.Consumer.Group.Rebalance.Timeout. An error ends the session; the record is not marked, so that it comes again.
	Handle func(ctx context.Context, msg *ConsumerMessage) error
	// Workers is how many records of one partition are processed at a time. Default: 16.
	Workers int
	// Ahead is how many records of one partition, from the first that is not processed on, may be read: those that wait for
	// their key, and those behind it that are processed already. Default: 16 times Workers.
	Ahead int
}

// NewKeyedHandler returns a handler that processes each partition's records concurrently, in order of each key. What is committed
// never passes a record that is not processed; so after a crash up to Ahead records of a partition come again.
//
// When a partition is taken away, what is being processed is waited for, and what waits is left to the next owner: no two
// members process one key's records at the same time, and their order stays.
func NewKeyedHandler(conf KeyedHandlerConfig) (ConsumerGroupHandler, error) {
	if conf.Handle == nil {
		return nil, ConfigurationError("KeyedHandlerConfig.Handle must not be nil")
	}
	if conf.Workers < 0 || conf.Ahead < 0 {
		return nil, ConfigurationError("KeyedHandlerConfig.Workers and Ahead must be >= 0")
	}
	if conf.Workers == 0 {
		conf.Workers = 16
	}
	if conf.Ahead == 0 {
		conf.Ahead = 16 * conf.Workers
	}
	return &keyedHandler{conf}, nil
}

type keyedHandler struct {
	conf KeyedHandlerConfig
}

// Setup implements ConsumerGroupHandler.
func (*keyedHandler) Setup(ConsumerGroupSession) error { return nil }

// Cleanup implements ConsumerGroupHandler.
func (*keyedHandler) Cleanup(ConsumerGroupSession) error { return nil }

// ConsumeClaim implements ConsumerGroupHandler.
func (h *keyedHandler) ConsumeClaim(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
	ctx := claimContext(s, claim)
	run := &keyedRun{
		handler: h, session: s, ctx: ctx,
		room:   make(chan struct{}, h.conf.Ahead),
		ready:  make(chan *ConsumerMessage, h.conf.Ahead),
		stop:   make(chan struct{}),
		queues: make(map[string][]*ConsumerMessage),
	}
	var workers sync.WaitGroup
	for range h.conf.Workers {
		workers.Add(1)
		go withRecover(func() {
			defer workers.Done()
			defer run.end(nil) // it has ended already, unless Handle has panicked and there is a PanicHandler
			run.work()
		})
	}
	run.dispatch(claim.Messages())
	run.end(nil)
	workers.Wait()
	return run.err
}

// keyedRun is one claim being processed.
type keyedRun struct {
	handler *keyedHandler
	session ConsumerGroupSession
	ctx     context.Context
	tracker markTracker
	room    chan struct{}         // an element for each record that the tracker has
	ready   chan *ConsumerMessage // whose turn has come; it has room for all that is read
	stop    chan struct{}         // closed when no more is to be begun

	mu     sync.Mutex                    // guards what follows
	queues map[string][]*ConsumerMessage // of keys with a record that is ready or being processed: those behind it
	ended  bool
	err    error
}

// dispatch reads records until there are no more, or no more is to be begun.
func (r *keyedRun) dispatch(messages <-chan *ConsumerMessage) {
	for {
		select {
		case r.room <- struct{}{}:
		case <-r.ctx.Done():
			return
		case <-r.stop:
			return
		}
		select {
		case msg, ok := <-messages:
			if !ok {
				return
			}
			r.tracker.given(msg)
			if r.first(msg) {
				r.ready <- msg
			}
		case <-r.stop:
			return
		}
	}
}

// first puts a record behind those of its key, and tells whether it is the first of them.
func (r *keyedRun) first(msg *ConsumerMessage) bool {
	if msg.Key == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	queue, busy := r.queues[string(msg.Key)]
	if busy {
		r.queues[string(msg.Key)] = append(queue, msg)
	} else {
		r.queues[string(msg.Key)] = nil
	}
	return !busy
}

// next returns the record whose turn it is after another one of its key; nil: there is none.
func (r *keyedRun) next(msg *ConsumerMessage) *ConsumerMessage {
	if msg.Key == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	queue := r.queues[string(msg.Key)]
	if len(queue) == 0 {
		delete(r.queues, string(msg.Key))
		return nil
	}
	r.queues[string(msg.Key)] = queue[1:]
	return queue[0]
}

// work is one per worker; it owns the record that it processes, and ends when no more is to be begun.
func (r *keyedRun) work() {
	for {
		select {
		case <-r.stop:
			return
		default:
		}
		select {
		case <-r.stop:
			return
		case msg := <-r.ready:
			if !r.process(msg) {
				return
			}
		}
	}
}

// process processes a record, and makes the next one of its key ready.
func (r *keyedRun) process(msg *ConsumerMessage) bool {
	if err := r.handler.conf.Handle(r.ctx, msg); err != nil {
		r.end(fmt.Errorf("processing offset %d: %w", msg.Offset, err))
		return false
	}
	last, n := r.tracker.done(msg, "")
	if n > 0 {
		r.session.MarkMessage(last.msg, "")
	}
	for range n {
		<-r.room
	}
	if next := r.next(msg); next != nil {
		r.ready <- next
	}
	return true
}

// end has no more begun. A failure that the end of the claim has brought about is none.
func (r *keyedRun) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && !ofItsEnd(r.ctx, err) {
		r.err = err
	}
	if !r.ended {
		r.ended = true
		close(r.stop)
	}
}

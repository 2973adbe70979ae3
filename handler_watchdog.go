package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClaimStalled is the cause of a claim's context that a watchdog has ended.
var ErrClaimStalled = errors.New("kafka: claim made no progress")

// ClaimStalledError is what a watchdog reports.
type ClaimStalledError struct {
	Topic     string
	Partition int32
	// Offset is that of the first record that was given to ConsumeClaim and is not marked; or of the one that it does not take.
	Offset int64
	// For is how long nothing was taken or marked.
	For time.Duration
}

// Error implements error.
func (err *ClaimStalledError) Error() string {
	return fmt.Sprintf("kafka: claim %s/%d made no progress at offset %d for %v", err.Topic, err.Partition, err.Offset, err.For)
}

// Is tells that it is ErrClaimStalled.
func (err *ClaimStalledError) Is(target error) bool { return target == ErrClaimStalled }

// NewWatchdogHandler returns a handler that looks after handler's claims. When one of them has records, and neither takes nor marks
// any for as long as timeout, report is told, from a goroutine of its own; the claim's context ends with ErrClaimStalled, and its
// Messages end. When its ConsumeClaim returns then, it is called anew, and gets again what it had not marked. Other claims notice
// nothing. A ConsumeClaim that does not return is reported again after each timeout.
//
// The claims that handler gets are ContextConsumerGroupClaims, and the session a ContextConsumerGroupSession.
func NewWatchdogHandler(handler ConsumerGroupHandler, timeout time.Duration, report func(*ClaimStalledError)) (ConsumerGroupHandler, error) {
	if timeout <= 0 {
		return nil, ConfigurationError("the timeout of NewWatchdogHandler must be > 0")
	}
	if report == nil {
		report = func(err *ClaimStalledError) { Logger.Println(err) }
	}
	return &watchdogHandler{handler, timeout, report}, nil
}

type watchdogHandler struct {
	ConsumerGroupHandler
	timeout time.Duration
	report  func(*ClaimStalledError)
}

// ConsumeClaim implements ConsumerGroupHandler.
func (h *watchdogHandler) ConsumeClaim(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
	var again []*ConsumerMessage
	ctx := claimContext(s, claim)
	for {
		w := h.newRun(ctx, claim, again)
		go withRecover(func() { // one per call; ends when the handler returns
			var err error
			defer func() { w.returned <- err }() // also when it panics, for which there may be a PanicHandler
			err = h.ConsumerGroupHandler.ConsumeClaim(&watchedSession{s, w}, &watchedClaim{claim, w.messages, w.ctx})
		})
		stalled, err := w.watch()
		w.cancel(nil)
		if !stalled {
			return err
		}
		if ctx.Err() != nil {
			return nil // what is left is for the next owner
		}
		again = w.unmarked()
	}
}

// watchedRun is one call of ConsumeClaim.
type watchedRun struct {
	handler  *watchdogHandler
	claim    ConsumerGroupClaim
	messages chan *ConsumerMessage
	ctx      context.Context
	cancel   context.CancelCauseFunc
	moved    chan struct{} // holds a token when something was marked
	returned chan error
	tracker  markTracker

	// What follows is watch's own.
	again   []*ConsumerMessage      // that come before those of the claim
	source  <-chan *ConsumerMessage // nil: it has ended
	open    chan *ConsumerMessage   // messages; nil: closed
	waiting *ConsumerMessage        // to be taken; nil: there is none
	stalled bool

	mu   sync.Mutex // guards over
	over bool       // marks are those of a call that was given up
}

func (h *watchdogHandler) newRun(ctx context.Context, claim ConsumerGroupClaim, again []*ConsumerMessage) *watchedRun {
	w := &watchedRun{
		handler: h, claim: claim, again: again, source: claim.Messages(),
		messages: make(chan *ConsumerMessage), moved: make(chan struct{}, 1), returned: make(chan error, 1),
	}
	w.open = w.messages
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	return w
}

// watch passes messages on until the handler returns, and tells whether it had stalled before.
func (w *watchedRun) watch() (stalled bool, err error) {
	timer := time.NewTimer(w.handler.timeout)
	defer timer.Stop()
	for {
		take, give, ended := w.arms()
		select {
		case msg, ok := <-take:
			if !ok {
				w.closeMessages()
				break
			}
			w.wait(msg)
		case give <- w.waiting:
			w.waiting = nil
		case <-w.moved:
		case <-ended:
			w.closeMessages() // what is not taken is for the next owner
			continue
		case err := <-w.returned:
			if w.open != nil {
				w.closeMessages() // a goroutine of the handler may range over it
			}
			return w.stalled, err
		case <-timer.C:
			w.look()
		}
		timer.Reset(w.handler.timeout)
	}
}

// arms returns what is to be waited for: a message to take, or its being given, and the claim's end.
func (w *watchedRun) arms() (take <-chan *ConsumerMessage, give chan<- *ConsumerMessage, ended <-chan struct{}) {
	if w.open == nil {
		return nil, nil, nil
	}
	if w.waiting == nil && len(w.again) > 0 {
		w.wait(w.again[0])
		w.again = w.again[1:]
	}
	if w.waiting == nil {
		return w.source, nil, w.ctx.Done()
	}
	return nil, w.open, w.ctx.Done()
}

// wait has a message wait to be taken.
func (w *watchedRun) wait(msg *ConsumerMessage) {
	w.waiting = msg
	w.tracker.given(msg) // before it can be marked
}

func (w *watchedRun) closeMessages() {
	close(w.open)
	w.open, w.source = nil, nil
}

// look reports a call that has records and has done nothing with them for a while, and ends it.
func (w *watchedRun) look() {
	left := w.unmarked()
	if len(left) == 0 {
		return
	}
	w.handler.report(&ClaimStalledError{w.claim.Topic(), w.claim.Partition(), left[0].Offset, w.handler.timeout})
	if w.stalled || w.open == nil {
		return
	}
	w.stalled = true
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.cancel(ErrClaimStalled)
	w.closeMessages()
}

// unmarked returns the records that were given and not marked.
func (w *watchedRun) unmarked() []*ConsumerMessage {
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	var left []*ConsumerMessage
	for _, r := range w.tracker.pending {
		left = append(left, r.msg)
	}
	return append(left, w.again...)
}

// marked takes note of a mark, and tells whether it counts.
func (w *watchedRun) marked(topic string, partition int32, offset int64) bool {
	if topic != w.claim.Topic() || partition != w.claim.Partition() {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	w.tracker.doneBefore(offset, "")
	select {
	case w.moved <- struct{}{}:
	default:
	}
	return true
}

// watchedSession takes note of marks.
type watchedSession struct {
	ConsumerGroupSession
	run *watchedRun
}

// MarkMessage implements ConsumerGroupSession.
func (s *watchedSession) MarkMessage(msg *ConsumerMessage, metadata string) {
	if s.run.marked(msg.Topic, msg.Partition, msg.Offset+1) {
		s.ConsumerGroupSession.MarkMessage(msg, metadata)
	}
}

// MarkOffset implements ConsumerGroupSession.
func (s *watchedSession) MarkOffset(topic string, partition int32, offset int64, metadata string) {
	if s.run.marked(topic, partition, offset) {
		s.ConsumerGroupSession.MarkOffset(topic, partition, offset, metadata)
	}
}

// CommitContext implements ContextConsumerGroupSession.
func (s *watchedSession) CommitContext(ctx context.Context) error {
	return commitContext(ctx, s.ConsumerGroupSession)
}

func (s *watchedSession) groupInstanceID() *string { return instanceOf(s.ConsumerGroupSession) }

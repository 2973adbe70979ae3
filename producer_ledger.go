package sarama

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
)

// cacheLine is how many bytes processors fetch at a time: what is nearer to what others write is slow to read.
const cacheLine = 128

// producerLedger counts what a producer has taken and not yet given back: messages, so that Close and the end of a
// transaction can wait for them, and the memory they take, so that it is bounded.
type producerLedger struct {
	over atomic.Bool // bytes have reached limit
	_    [cacheLine]byte

	mu       sync.Mutex // guards what follows
	limit    int        // bytes above which no more is taken
	messages int
	bytes    int
	closed   bool          // nothing enters any more
	idle     chan struct{} // closed when no message is left; nil while nobody waits
	room     chan struct{} // closed when there is less than limit; nil while nobody waits
}

func newProducerLedger(limit int) *producerLedger {
	return &producerLedger{limit: limit}
}

// enter counts one who is about to hand over a message, until done. It returns false when the producer has closed.
func (l *producerLedger) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.messages++
	return true
}

// add counts messages and bytes, and tells whether the limit is reached.
func (l *producerLedger) add(messages, bytes int) (full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages += messages
	l.bytes += bytes
	return l.measureLocked()
}

// measureLocked tells whether the limit is reached.
func (l *producerLedger) measureLocked() (full bool) {
	if full = l.bytes >= l.limit; full != l.over.Load() {
		l.over.Store(full)
	}
	return full
}

func (l *producerLedger) done(messages, bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages -= messages
	l.bytes -= bytes
	l.tellLocked()
}

// tellLocked wakes those whose wait is over.
func (l *producerLedger) tellLocked() {
	if l.messages == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
	if !l.measureLocked() && l.room != nil {
		close(l.room)
		l.room = nil
	}
}

// unlimit takes the limit away: nobody waits for room any more.
func (l *producerLedger) unlimit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = math.MaxInt
	l.tellLocked()
}

// isFull is for those who look all the time: it waits for nobody.
func (l *producerLedger) isFull() bool { return l.over.Load() }

// full returns nil if there is room, else what is closed when there is.
func (l *producerLedger) full() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes < l.limit {
		return nil
	}
	if l.room == nil {
		l.room = make(chan struct{})
	}
	return l.room
}

// closeIdle has nothing enter any more if no message is left, and tells whether it has.
func (l *producerLedger) closeIdle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = l.messages == 0
	return l.closed
}

// wait returns nil as soon as no message is left, or the cause of ctx if that ends first.
func (l *producerLedger) wait(ctx context.Context) error {
	l.mu.Lock()
	if l.messages == 0 {
		l.mu.Unlock()
		return nil
	}
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	idle := l.idle
	l.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

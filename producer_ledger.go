package sarama

import (
	"context"
	"sync"
)

// producerLedger counts what a producer has taken and not yet given back: messages, so that Close and the end of a
// transaction can wait for them, and the memory they take, so that it is bounded.
type producerLedger struct {
	limit int           // bytes above which no more is taken
	freed chan struct{} // holds a token after memory was given back while the limit was exceeded

	mu       sync.Mutex // guards what follows
	messages int
	bytes    int
	idle     chan struct{} // closed when no message is left; nil while nobody waits
}

func newProducerLedger(limit int) *producerLedger {
	return &producerLedger{limit: limit, freed: make(chan struct{}, 1)}
}

func (l *producerLedger) add(messages, bytes int) {
	l.mu.Lock()
	l.messages += messages
	l.bytes += bytes
	l.mu.Unlock()
}

func (l *producerLedger) done(messages, bytes int) {
	l.mu.Lock()
	wasFull := l.bytes >= l.limit
	l.messages -= messages
	l.bytes -= bytes
	freed := wasFull && l.bytes < l.limit
	if l.messages == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
	l.mu.Unlock()
	if freed {
		select {
		case l.freed <- struct{}{}:
		default:
		}
	}
}

// full tells whether the limit is reached.
func (l *producerLedger) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes >= l.limit
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

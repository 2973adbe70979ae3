package sarama

import (
	"sync"
	"time"

	"github.com/eapache/go-resiliency/breaker"
)

const (
	breakerFailures = 3
	breakerRest     = 10 * time.Second
)

// metadataBreaker stands in front of requests for metadata: after three failures, each within ten seconds of the one before,
// it lets none through for ten seconds, so that a producer with many messages for a topic that is gone does not drown the
// cluster in them. Then one failure is enough, and one success ends that. It is what breaker.Breaker of go-resiliency does,
// and its error is theirs, but no goroutine of it waits for the end of the ten seconds.
type metadataBreaker struct {
	mu       sync.Mutex // guards what follows
	failures int        // in a row
	last     time.Time  // failure
}

// run calls ask and returns its error, or returns breaker.ErrBreakerOpen.
func (b *metadataBreaker) run(ask func() error) error {
	if b.isOpen() {
		return breaker.ErrBreakerOpen
	}
	err := ask()
	b.note(err)
	return err
}

func (b *metadataBreaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures >= breakerFailures && time.Since(b.last) < breakerRest
}

func (b *metadataBreaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.failures = 0
		return
	case b.failures < breakerFailures && time.Since(b.last) >= breakerRest:
		b.failures = 0
	}
	b.failures++
	b.last = time.Now()
}

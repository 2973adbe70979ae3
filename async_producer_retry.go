package sarama

import (
	"sync"
	"time"
)

// Least values of Config.Producer.Retry.MaxBufferLength and MaxBufferBytes that leave retries useful; what is set below is
// raised to them.
const (
	leastRetryBufferLength = 4 << 10
	leastRetryBufferBytes  = 32 << 20
)

// retryBudget bounds what waits to be sent again, if the Config asks for it.
type retryBudget struct {
	maxMessages, maxBytes int // 0: no limit

	mu              sync.Mutex // guards what follows
	messages, bytes int
}

func newRetryBudget(conf *Config) *retryBudget {
	budget := &retryBudget{}
	if n := conf.Producer.Retry.MaxBufferLength; n > 0 {
		budget.maxMessages = max(n, leastRetryBufferLength)
	}
	if n := conf.Producer.Retry.MaxBufferBytes; n > 0 {
		budget.maxBytes = int(max(n, leastRetryBufferBytes))
	}
	return budget
}

// reserve makes room for a batch until release, or returns ErrProducerRetryBufferOverflow.
func (r *retryBudget) reserve(b *recordBatch) error {
	if b.reserved || r.maxMessages == 0 && r.maxBytes == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	messages, bytes := r.messages+len(b.msgs), r.bytes+b.charge
	if r.maxMessages > 0 && messages > r.maxMessages || r.maxBytes > 0 && bytes > r.maxBytes {
		return ErrProducerRetryBufferOverflow
	}
	r.messages, r.bytes, b.reserved = messages, bytes, true
	return nil
}

func (r *retryBudget) release(b *recordBatch) {
	if !b.reserved {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages -= len(b.msgs)
	r.bytes -= b.charge
	b.reserved = false
}

// backoff is how long to wait before a batch that was tried before is sent again.
func (p *asyncProducer) backoff(retries int) time.Duration {
	retry := &p.conf.Producer.Retry
	return backoffOf(retry.Backoff, retry.BackoffFunc)(retries, retry.Max)
}

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

// retryShare is what a batch has of the budget: what it held when that was reserved, of which messages may have been given back
// since.
type retryShare struct{ messages, bytes int }

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
	if b.reserved != (retryShare{}) || r.maxMessages == 0 && r.maxBytes == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	share := retryShare{len(b.msgs), b.charge}
	if r.maxMessages > 0 && r.messages+share.messages > r.maxMessages || r.maxBytes > 0 && r.bytes+share.bytes > r.maxBytes {
		return ErrProducerRetryBufferOverflow
	}
	r.messages += share.messages
	r.bytes += share.bytes
	b.reserved = share
	return nil
}

func (r *retryBudget) release(b *recordBatch) {
	if b.reserved == (retryShare{}) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages -= b.reserved.messages
	r.bytes -= b.reserved.bytes
	b.reserved = retryShare{}
}

// backoff is how long to wait before a batch that was tried before is sent again.
func (p *asyncProducer) backoff(retries int) time.Duration {
	retry := &p.conf.Producer.Retry
	return backoffOf(retry.Backoff, retry.BackoffFunc)(retries, retry.Max)
}

package sarama

import (
	"context"
	"sync/atomic"
)

// Flush implements ExtendedAsyncProducer and ExtendedSyncProducer.
func (p *asyncProducer) Flush(ctx context.Context) error {
	mark := &flushMark{reached: make(chan struct{})}
	mark.left.Store(1) // nothing is reached until all partitions were seen
	err := p.inOrderContext(ctx, func() {
		for _, tp := range p.topics {
			mark.spread(tp)
		}
		mark.done()
	})
	if err != nil {
		return err
	}
	p.brokers.flush(false)
	select {
	case <-mark.reached:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

// flushMark is left with all batches that a Flush waits for.
type flushMark struct {
	left    atomic.Int64
	reached chan struct{} // closed when none is left
}

// done tells that one of what the mark was left with is settled.
func (m *flushMark) done() {
	if m.left.Add(-1) == 0 {
		close(m.reached)
	}
}

// spread leaves the mark with all that a topic has. The caller holds the producer's mu, and has appended what was gathered.
func (m *flushMark) spread(tp *topicProducer) {
	if len(tp.parked) > 0 {
		m.left.Add(1)
		tp.flushes = append(tp.flushes, m)
	}
	for _, pp := range tp.partitions {
		pp.mark(m)
	}
}

// mark leaves a Flush's mark with all batches that are not settled, and has them sent.
func (pp *partitionProducer) mark(m *flushMark) {
	pp.mu.Lock()
	defer pp.mu.Unlock()
	if pp.open != nil {
		pp.seal()
	}
	for _, b := range pp.queue {
		if !b.orphan {
			m.left.Add(1)
			b.flushes = append(b.flushes, m)
		}
	}
	if bp := pp.schedule(0, 0); bp != nil {
		bp.signal()
	}
}

package sarama

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Flush implements ExtendedAsyncProducer and ExtendedSyncProducer.
func (p *asyncProducer) Flush(ctx context.Context) error {
	mark := newFlushMark()
	err := p.inOrderContext(ctx, func() { p.flushHeld(mark) })
	if err == nil {
		select {
		case <-mark.reached:
			return nil
		case <-ctx.Done():
			err = contextError(ctx)
		}
	}
	return fmt.Errorf("flushing the producer: %w", err)
}

// flushMark is left with all batches that a Flush waits for.
type flushMark struct {
	left    atomic.Int64
	reached chan struct{} // closed when none is left
}

func newFlushMark() *flushMark {
	m := &flushMark{reached: make(chan struct{})}
	m.left.Store(1) // nothing is reached until all partitions were seen
	return m
}

// flushHeld has all sent that the producer holds, and leaves a new mark with it: also with what is not on any broker's lists,
// since it waits for metadata, for a leader, or for the batch before it. The caller holds mu, and has appended what was gathered.
func (p *asyncProducer) flushHeld(m *flushMark) {
	for _, tp := range p.topics {
		m.spread(tp)
	}
	m.done()
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

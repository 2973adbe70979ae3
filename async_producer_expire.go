package sarama

import (
	"errors"
	"math"
	"slices"
	"time"
)

// endOfTime is later than any batch.
const endOfTime = math.MaxInt64

// expire runs once per producer with a DeliveryTimeout. It has messages fail that were not delivered in that time (KIP-91), and
// ends when all is settled.
func (p *asyncProducer) expire() {
	timer := time.NewTimer(p.conf.Producer.DeliveryTimeout)
	defer timer.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-timer.C:
			timer.Reset(p.expireDue())
		}
	}
}

// expireDue has those fail whose time is over, and returns when to look again.
func (p *asyncProducer) expireDue() time.Duration {
	timeout := p.conf.Producer.DeliveryTimeout.Milliseconds()
	now := time.Now().UnixMilli()
	limit := now - timeout
	oldest := now
	p.mu.Lock()
	for _, tp := range p.topics {
		oldest = min(oldest, tp.expireParked(limit))
	}
	partitions := p.partitionsLocked()
	p.mu.Unlock()
	for _, pp := range partitions {
		oldest = min(oldest, pp.giveUp(limit, func(b *recordBatch) error { return Wrap(ErrDeliveryTimeout, pp.whyNotYet(b)) }))
	}
	return time.Duration(oldest-limit) * time.Millisecond
}

// errUnanswered is why a batch is not delivered yet that has failed in no request, and is in one.
var errUnanswered = errors.New("its request is not answered yet")

// whyNotYet is why a batch is not delivered, as far as that is known. The caller holds mu.
func (pp *partitionProducer) whyNotYet(b *recordBatch) error {
	if b.reason == nil && b.flying && pp.broker != nil {
		return brokerError(pp.broker.broker, errUnanswered)
	}
	return b.reason
}

// expireParked has messages fail that were parked at limit or before, and returns when the oldest other was parked. The caller
// holds the producer's mu.
func (tp *topicProducer) expireParked(limit int64) (oldest int64) {
	due := 0
	for due < len(tp.parked) && tp.parked[due].since <= limit {
		tp.parent.ledger.done(0, tp.parked[due].charge)
		tp.parent.fail(tp.parked[due].ProducerMessage, Wrap(ErrDeliveryTimeout, ErrLeaderNotAvailable))
		due++
	}
	tp.parked = slices.Delete(tp.parked, 0, due)
	if len(tp.parked) == 0 {
		tp.unparked()
		return endOfTime
	}
	return tp.parked[0].since
}

// unparked notes that no parked message is left.
func (tp *topicProducer) unparked() {
	for _, mark := range tp.flushes {
		mark.done()
	}
	tp.parked, tp.flushes = nil, nil
}

// giveUp has all batches fail that came at limit or before, and returns when the oldest other came. What is on its way is
// settled at once, too: its answer is waited for, but changes nothing for its messages.
func (pp *partitionProducer) giveUp(limit int64, reason func(*recordBatch) error) (oldest int64) {
	oldest = endOfTime
	var failed []*recordBatch
	pp.mu.Lock()
	if pp.open != nil && pp.open.since <= limit {
		pp.seal()
	}
	for _, b := range slices.Backward(slices.Clone(pp.queue)) { // from the end, so that sequence numbers can be taken back
		switch {
		case b.orphan:
		case b.since > limit:
			oldest = min(oldest, b.since)
		case b.flying && pp.parent.txn != nil && limit != endOfTime:
			b.doomed = reason(b) // the transaction must not end while a request of its is on its way
		case b.flying:
			failed = append(failed, b.leave(reason(b)))
		default:
			b.err = reason(b)
			pp.discard(b)
			failed = append(failed, b)
		}
	}
	if pp.open != nil {
		oldest = min(oldest, pp.open.since)
	}
	wake := pp.schedule(0, 0)
	pp.mu.Unlock()
	if wake != nil {
		wake.signal()
	}
	for _, b := range slices.Backward(failed) {
		pp.parent.settle(b)
	}
	return oldest
}

// leave returns a batch that gives back the messages of one that is on its way; that one is an orphan then: nobody waits for
// it, but its memory is in use until its answer comes.
func (b *recordBatch) leave(err error) *recordBatch {
	b.orphan = true
	left := &recordBatch{msgs: slices.Clone(b.msgs), err: err, doubtful: true, routed: true, flushes: b.flushes}
	b.flushes = nil
	return left
}

// dropEnded has messages fail whose context has ended before they were sent. When it returns they have, also those that another
// call had found just before.
func (pp *partitionProducer) dropEnded() {
	pp.dropping.Lock()
	defer pp.dropping.Unlock()
	p := pp.parent
	var dropped []*recordBatch
	pp.mu.Lock()
	if pp.open != nil {
		if dropped = pp.open.dropEnded(&p.format, dropped); len(pp.open.msgs) == 0 {
			dropped = append(dropped, pp.open)
			pp.open = nil
		}
	}
	for _, b := range slices.Clone(pp.queue) {
		if b.tried {
			continue
		}
		if dropped = b.dropEnded(&p.format, dropped); len(b.msgs) == 0 {
			pp.remove(b)
			dropped = append(dropped, b)
		}
	}
	pp.mu.Unlock()
	for _, b := range dropped {
		p.settle(b)
	}
}

// dropEnded takes messages whose context has ended out of a batch that was never sent, and appends them to dropped, each as a
// batch of its own.
func (b *recordBatch) dropEnded(f *batchFormat, dropped []*recordBatch) []*recordBatch {
	if b.contexts == nil || !slices.ContainsFunc(b.msgs, func(msg *ProducerMessage) bool { return msg.ended() != nil }) {
		return dropped
	}
	msgs, since := b.msgs, b.since
	now := b.firstTimestamp
	b.msgs, b.buf, b.charge = b.msgs[:0], b.buf[:0], 0
	for _, msg := range msgs {
		charge := int(msg.size) + messageMemory
		if err := msg.ended(); err != nil {
			dropped = append(dropped, &recordBatch{msgs: []*ProducerMessage{msg}, err: err, routed: true, charge: charge})
			continue
		}
		b.append(f, msg, now)
		b.charge += charge
	}
	clear(msgs[len(b.msgs):])
	b.since = since
	return dropped
}

// dropEnded has parked messages fail whose context has ended. The caller holds the producer's mu.
func (tp *topicProducer) dropEnded() {
	tp.parked = slices.DeleteFunc(tp.parked, func(m parkedMessage) bool {
		err := m.ended()
		if err != nil {
			tp.parent.ledger.done(0, m.charge)
			tp.parent.fail(m.ProducerMessage, err)
		}
		return err != nil
	})
	if len(tp.parked) == 0 {
		tp.unparked()
	}
}

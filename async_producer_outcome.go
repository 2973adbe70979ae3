package sarama

import (
	"runtime"
	"sync"
)

// outcomeQueue holds settled batches until their messages have been given back. It is as long as it has to be: the memory
// of its batches counts against the producer's.
type outcomeQueue struct {
	more    chan struct{} // holds a token when there is something to take, or the end to notice
	drained chan struct{} // closed when all has been given back after close

	mu     sync.Mutex // guards what follows
	queue  []*recordBatch
	role   bool // somebody gives batches back
	closed bool
}

func newOutcomeQueue() *outcomeQueue {
	return &outcomeQueue{more: make(chan struct{}, 1), drained: make(chan struct{})}
}

func (q *outcomeQueue) add(b *recordBatch) {
	q.mu.Lock()
	q.queue = append(q.queue, b)
	first := len(q.queue) == 1 && !q.role
	q.mu.Unlock()
	if first {
		q.signal()
	}
}

// enter has the caller be who gives batches back, until leave, unless others are before it.
func (q *outcomeQueue) enter() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.role || len(q.queue) > 0 {
		return false
	}
	q.role = true
	return true
}

func (q *outcomeQueue) leave() {
	q.mu.Lock()
	q.role = false
	more := len(q.queue) > 0 || q.closed
	q.mu.Unlock()
	if more {
		q.signal()
	}
}

func (q *outcomeQueue) signal() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// close ends the deliverer when nothing is left.
func (q *outcomeQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

// take returns all that is there, in exchange for an empty slice, and whether there may be more. The caller gives it back, and
// then leaves.
func (q *outcomeQueue) take(empty []*recordBatch) ([]*recordBatch, bool) {
	for {
		q.mu.Lock()
		switch {
		case q.role:
		case len(q.queue) > 0:
			all := q.queue
			q.queue, q.role = empty, true
			q.mu.Unlock()
			return all, true
		case q.closed:
			q.mu.Unlock()
			return nil, false
		}
		q.mu.Unlock()
		<-q.more
	}
}

// deliver runs once per producer. It gives each message back, and ends when the queue is closed and empty.
func (p *asyncProducer) deliver() {
	defer close(p.outcomes.drained)
	var batches []*recordBatch
	for {
		var more bool
		if batches, more = p.outcomes.take(batches[:0]); !more {
			return
		}
		for i, b := range batches {
			p.giveBack(b)
			batches[i] = nil
		}
		p.outcomes.leave()
	}
}

// fewOutcomes is for how many messages it does not pay to have another goroutine give them back.
const fewOutcomes = 32

// handBack gives the messages of a batch back: here if that does not take long, else by deliver. It does not wait.
func (p *asyncProducer) handBack(b *recordBatch) {
	if b.err != nil || len(p.acks) > 0 || len(b.msgs) > fewOutcomes || !p.outcomes.enter() {
		p.outcomes.add(b)
		return
	}
	if p.conf.Producer.Return.Successes && cap(p.successes)-len(p.successes) < len(b.msgs) {
		p.outcomes.add(b)
	} else {
		p.giveBack(b)
	}
	p.outcomes.leave()
}

// giveBack gives each message of a batch back, once, and then the batch's memory.
func (p *asyncProducer) giveBack(b *recordBatch) {
	if len(p.acks) > 0 {
		p.acknowledge(b)
	}
	switch {
	case b.err != nil:
		for i := range b.msgs {
			p.giveBackFailed(b, i)
		}
	case p.conf.Producer.Return.Successes:
		for _, msg := range b.msgs {
			if b.extras {
				msg.returned()
			}
			p.yieldToReader()
			p.successes <- msg
		}
	}
	p.release(b, len(b.msgs))
}

// acknowledge tells the interceptors what became of the messages of a batch.
func (p *asyncProducer) acknowledge(b *recordBatch) {
	for _, msg := range b.msgs {
		interceptAcknowledgement(p.acks, msg, b.err)
	}
}

// release gives back the memory of a batch, of which so many messages have been given back.
func (p *asyncProducer) release(b *recordBatch, messages int) {
	charge := b.charge
	b.recycle()
	p.ledger.done(messages, charge)
}

// yieldToReader lets the user's goroutine take a good part of what is in Successes when that is full. To send one message for
// each that is taken would have both fight over the channel's lock, and wake each other, for each message.
func (p *asyncProducer) yieldToReader() {
	if len(p.successes) < cap(p.successes) {
		return
	}
	for range 8 {
		runtime.Gosched()
		if len(p.successes) <= cap(p.successes)/4 {
			return
		}
	}
}

func (p *asyncProducer) giveBackFailed(b *recordBatch, i int) {
	b.msgs[i].returned()
	failed := b.failure(b.msgs[i], i)
	if p.conf.Producer.Return.Errors {
		p.errors <- failed
		return
	}
	p.conf.log().Println(failed)
}

// failure is what the batch's i-th message, or the one that stands for it, is given back with.
func (b *recordBatch) failure(msg *ProducerMessage, i int) *ProducerError {
	return &ProducerError{Msg: msg, Err: b.err, PossiblyWritten: b.doubtful, routed: b.routed, said: b.refusal.said(i)}
}

// settle gives back the messages of a batch: to those who wait for them, or through the channels.
func (p *asyncProducer) settle(b *recordBatch) {
	if b.err != nil && p.txn != nil && len(b.msgs) > 0 {
		b.err = p.txn.recordsFailed(b.err, b.msgs[0])
	}
	b.unwatch()
	flushes := b.flushes
	if p.synchronous {
		p.answer(b)
	} else {
		p.handBack(b)
	}
	for _, mark := range flushes {
		mark.done()
	}
}

// answer gives back the messages of a batch to those who wait for them.
func (p *asyncProducer) answer(b *recordBatch) {
	if len(p.acks) > 0 {
		p.acknowledge(b)
	}
	for i, msg := range b.msgs {
		msg.returned()
		msg.waiter.settle(b, i)
	}
	p.release(b, len(b.msgs))
}

// fail gives back a message that never got into a batch.
func (p *asyncProducer) fail(msg *ProducerMessage, err error) {
	p.settle(&recordBatch{msgs: []*ProducerMessage{msg}, err: err})
}

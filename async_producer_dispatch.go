package sarama

import (
	"fmt"
	"slices"
	"time"
)

// dispatcher runs once per producer. It takes messages from Input, as many as wait there at once, and gives them to their
// partitions. It ends when Input is closed.
func (p *asyncProducer) dispatcher() {
	for {
		p.awaitMemory()
		select {
		case msg, ok := <-p.input:
			if !ok {
				return
			}
			p.dispatch(msg)
		case r := <-p.resolved:
			p.takeResolution(r)
		}
	}
}

// awaitMemory returns when the producer holds less than it may.
func (p *asyncProducer) awaitMemory() {
	for room := p.ledger.full(); room != nil; room = p.ledger.full() {
		p.brokers.flush()
		select {
		case <-room:
		case r := <-p.resolved:
			p.takeResolution(r)
		}
	}
}

// dispatch takes a message, and all that wait behind it: first out of the channel, without a pause in which its lock would
// be fought over with those who send, then to their partitions.
func (p *asyncProducer) dispatch(msg *ProducerMessage) {
	chunk := append(p.chunk[:0], msg)
	for range len(p.input) {
		chunk = append(chunk, <-p.input)
	}
	p.chunk = chunk
	p.ledger.add(len(chunk), 0)
	for left := chunk; len(left) > 0; {
		left = left[p.dispatchSome(left):]
		if len(left) > 0 {
			p.awaitMemory()
		}
	}
	clear(chunk)
}

// dispatchSome gives the first of some messages to their partitions. It returns how many.
func (p *asyncProducer) dispatchSome(msgs []*ProducerMessage) (n int) {
	p.mu.Lock()
	p.uncounted = 0
	n = p.appendSome(msgs)
	due, uncounted := p.takeWoken(), p.uncounted
	p.mu.Unlock()
	p.sendSoon(due)
	if uncounted > 0 {
		p.ledger.done(uncounted, 0)
	}
	return n
}

const (
	acceptGroup = 16      // messages that are taken without a look at their size
	acceptBytes = 1 << 20 // after which others, and the producer's memory, have their turn
)

// appendSome gives the first of some messages to their partitions. It returns how many. The caller holds mu.
func (p *asyncProducer) appendSome(msgs []*ProducerMessage) (n int) {
	p.turn++
	p.taken = 0
	now := time.Now().UnixMilli()
	for n < len(msgs) && p.taken < acceptBytes {
		group := msgs[n:min(n+acceptGroup, len(msgs))]
		p.forEach(group, p.accepts)
		n += len(group)
	}
	p.appendGathered(now, now)
	return n
}

// forEach calls do for each message, and has one fail for which a callback of the user's panics in it.
func (p *asyncProducer) forEach(msgs []*ProducerMessage, do func(*ProducerMessage)) {
	for done := 0; done < len(msgs); {
		done += p.forMost(msgs[done:], do)
	}
}

// forMost is forEach as far as the first panic. It returns how many messages it has seen to.
func (p *asyncProducer) forMost(msgs []*ProducerMessage, do func(*ProducerMessage)) (done int) {
	defer func() {
		if reason := recover(); reason != nil {
			p.fail(msgs[done], newCallbackPanic(reason))
			done++
		}
	}()
	for ; done < len(msgs); done++ {
		do(msgs[done])
	}
	return done
}

// accept sends a message on its way to its partition, or to Errors. What is no message it counts.
func (p *asyncProducer) accept(msg *ProducerMessage) {
	if msg == nil {
		p.conf.log().Println("Something tried to send a nil message, it was ignored.")
		p.uncounted++
		return
	}
	if do, ok := msg.Metadata.(order); ok {
		now := time.Now().UnixMilli()
		p.appendGathered(now, now)
		do()
		p.uncounted++
		return
	}
	if err := p.prepare(msg); err != nil {
		p.fail(msg, err)
		return
	}
	tp, err := p.topicOf(msg)
	if err != nil {
		p.fail(msg, err)
		return
	}
	tp.route(msg)
}

// prepare has the interceptors see a message, and refuses it if it can not be sent.
func (p *asyncProducer) prepare(msg *ProducerMessage) error {
	if p.shuttingDown {
		return ErrShuttingDown
	}
	if p.txn != nil {
		if err := p.txn.mayProduce(); err != nil {
			return err
		}
	}
	if len(p.conf.Producer.Interceptors) > 0 {
		interceptSend(p.conf.Producer.Interceptors, p.conf.Producer.FailOnInterceptorPanic, msg)
	}
	if msg.extra != nil {
		if err := msg.ended(); err != nil {
			return err
		}
	}
	if p.format.magic < 2 && msg.Headers != nil {
		return ConfigurationError("Producing headers requires Kafka at least v0.11")
	}
	return p.sized(msg, msg.ByteSize(int(p.format.magic)))
}

// sized takes note of a message's size, or refuses it.
func (p *asyncProducer) sized(msg *ProducerMessage, size int) error {
	if size > p.conf.Producer.MaxMessageBytes {
		return ConfigurationError(fmt.Sprintf("Attempt to produce message larger than configured Producer.MaxMessageBytes: %d > %d",
			size, p.conf.Producer.MaxMessageBytes))
	}
	msg.size = int32(size)
	return nil
}

// encodeCustom has encoders of the user's give their bytes. Their number is what counts, whatever Length said.
func (p *asyncProducer) encodeCustom(msg *ProducerMessage) error {
	if err := msg.encodeCustom(); err != nil {
		return err
	}
	key, value := msg.bytes()
	return p.sized(msg, msg.sizeAround(int(p.format.magic))+len(key)+len(value))
}

// topicOf returns the producer's part for a message's topic.
func (p *asyncProducer) topicOf(msg *ProducerMessage) (*topicProducer, error) {
	if p.last != nil && p.last.topic == msg.Topic {
		return p.last, nil
	}
	tp := p.topics[msg.Topic]
	if tp == nil {
		if !legalTopic(msg.Topic) {
			return nil, ErrInvalidTopic
		}
		tp = newTopicProducer(p, msg.Topic)
		p.topics[msg.Topic] = tp
	}
	p.last = tp
	return tp, nil
}

// longestTopic is how many characters a topic's name may have.
const longestTopic = 249

// legalTopic tells whether a topic may have the name.
func legalTopic(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > longestTopic {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// appendGathered gives each partition what was gathered for it: messages that came at since, or later.
func (p *asyncProducer) appendGathered(now, since int64) {
	if len(p.touched) == 0 {
		return
	}
	p.ledger.add(0, p.charge) // for all at once: its lock is fought over with those who give messages back
	p.charge = 0
	for _, pp := range p.touched {
		if bp := pp.append(pp.gathered, now, since); bp != nil && !slices.Contains(p.woken, bp) {
			p.woken = append(p.woken, bp)
		}
		clear(pp.gathered)
		pp.gathered = pp.gathered[:0]
	}
	p.touched = p.touched[:0]
}

// takeWoken returns the brokers that have got something to send, for the dispatcher. The caller holds mu.
func (p *asyncProducer) takeWoken() []*brokerProducer {
	p.due, p.woken = p.woken, p.due[:0]
	return p.due
}

// sendSoon has brokers send what they have got.
func (p *asyncProducer) sendSoon(due []*brokerProducer) {
	for _, bp := range due {
		if bp.isPrompt() {
			bp.sendHere(false)
		} else {
			bp.signal()
		}
	}
}

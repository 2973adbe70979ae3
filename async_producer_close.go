package sarama

import (
	"context"
	"errors"
	"fmt"
)

// AsyncClose implements AsyncProducer.
func (p *asyncProducer) AsyncClose() {
	p.closed.Do(func() {
		close(p.closing)
		go withRecover(p.shutdown)
	})
}

// Close implements AsyncProducer.
func (p *asyncProducer) Close() error { return p.CloseContext(context.Background()) }

// CloseContext implements ExtendedAsyncProducer.
func (p *asyncProducer) CloseContext(ctx context.Context) error {
	p.AsyncClose()
	stop := p.giveUpWith(ctx)
	delivered := make(chan struct{})
	go withRecover(func() {
		defer close(delivered)
		for range p.successes {
		}
	})
	var failed ProducerErrors
	for err := range p.errors {
		failed = append(failed, err)
	}
	<-p.ended
	<-delivered
	switch given := stop(); {
	case given != nil && len(failed) > 0:
		return fmt.Errorf("closing the producer: %w", errors.Join(given, failed))
	case given != nil:
		return fmt.Errorf("closing the producer: %w", given)
	case len(failed) > 0:
		return failed
	}
	return nil
}

// giveUpWith gives up all that is left as soon as ctx ends. What it returns ends that, and tells why it gave up, if it did.
func (p *asyncProducer) giveUpWith(ctx context.Context) (stop func() error) {
	given := runAfter(ctx, func() { p.giveUp(contextError(ctx)) })
	return func() error {
		if given() {
			return contextError(ctx)
		}
		return nil
	}
}

// shutdown runs once per producer, from AsyncClose until all messages have their outcome and all goroutines have ended.
func (p *asyncProducer) shutdown() {
	defer close(p.ended)
	p.conf.log().Println("Producer shutting down.")
	p.inOrder(func() {
		p.shuttingDown = true
		p.flushHeld(newFlushMark())
	})
	for _ = p.ledger.wait(context.Background()); !p.ledger.closeIdle(); {
		_ = p.ledger.wait(context.Background()) // somebody has come in between, and will be refused
	}
	p.cancel(ErrShuttingDown)
	p.brokers.close()
	if err := p.client.Close(); err != nil {
		p.conf.log().Println("producer/shutdown failed to close the embedded client:", err)
	}
	close(p.input)
	p.running.Wait() // what has come into Input since is refused
	// After it has given up it does not wait for a user's own client, whose calls may go on for as long as they like.
	if !p.hasGivenUp() || !outlastsContext(p.client) {
		p.askers.Wait()
	}
	p.outcomes.close()
	<-p.outcomes.drained
	if !p.hasGivenUp() { // else a loop may be writing to a broker that reads nothing
		p.brokers.running.Wait()
	}
	close(p.errors)
	close(p.successes)
	p.meter.close()
}

func (p *asyncProducer) hasGivenUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.givenUp != nil
}

// giveUp has all messages fail that are not delivered yet. The answers to those that are on their way are waited for by nobody.
func (p *asyncProducer) giveUp(cause error) {
	err := Wrap(ErrShuttingDown, cause)
	p.cancel(err)
	p.ledger.unlimit()
	p.mu.Lock()
	p.shuttingDown, p.givenUp = true, err
	for _, tp := range p.topics {
		for _, m := range tp.parked {
			p.ledger.done(0, m.charge)
			p.fail(m.ProducerMessage, err)
		}
		tp.unparked()
	}
	partitions := p.partitionsLocked()
	p.mu.Unlock()
	for _, pp := range partitions {
		pp.giveUp(endOfTime, func(*recordBatch) error { return err })
	}
}

// partitionsLocked returns all partitions in use.
func (p *asyncProducer) partitionsLocked() []*partitionProducer {
	var all []*partitionProducer
	for _, tp := range p.topics {
		for _, pp := range tp.partitions {
			all = append(all, pp)
		}
	}
	return all
}

// order is what the dispatcher does in the place of sending the message that has it for Metadata.
type order func()

// inOrder runs fn, which sees to the messages that went into Input before, and to none that come later.
func (p *asyncProducer) inOrder(fn func()) { _ = p.inOrderContext(context.Background(), fn) }

// inOrderContext is inOrder, unless ctx ends before; then fn may run later or never. When the producer has closed there is
// nothing to see to, and fn runs at once.
func (p *asyncProducer) inOrderContext(ctx context.Context, fn func()) error {
	if p.synchronous || !p.ledger.enter() { // entering, too, keeps all from seeming settled until fn has run
		p.mu.Lock()
		defer p.mu.Unlock()
		fn()
		return nil
	}
	done := make(chan struct{})
	msg := &ProducerMessage{Metadata: order(func() {
		defer p.ledger.done(1, 0)
		defer close(done)
		fn()
	})}
	select {
	case p.input <- msg:
	case <-ctx.Done():
		p.ledger.done(1, 0)
		return contextError(ctx)
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

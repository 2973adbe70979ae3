package sarama

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eapache/go-resiliency/breaker"
)

// startRecovery has a goroutine mend what keeps the partition from sending, once everything in flight has come back, if
// there is anything to send. The caller holds mu.
func (pp *partitionProducer) startRecovery() {
	if pp.recovers || pp.inFlight > 0 || !pp.hasRecords() {
		return
	}
	pp.recovers = true
	pp.parent.ask(pp.recover)
}

// recover runs at most once at a time per partition, while trouble keeps it from sending. It ends when the partition's
// batches can be sent again, or have all failed.
func (pp *partitionProducer) recover() {
	for {
		todo, pause := pp.diagnose()
		_ = wait(pp.parent.ctx, pause)
		if todo&needsTxn != 0 && !pp.enlist() {
			return
		}
		err := pp.mend(todo)
		if err == nil || !pp.unmended(err) {
			return
		}
	}
}

// enlist makes the partition part of the transaction. If that fails, all that the partition has fails, and it returns false.
func (pp *partitionProducer) enlist() bool {
	number, err := pp.parent.txn.enlist(topicPartition{pp.topic.topic, pp.partition})
	pp.mu.Lock()
	if err == nil {
		pp.enlisted = number
		pp.mu.Unlock()
		return true
	}
	if pp.open != nil {
		pp.seal()
	}
	failed := slices.Clone(pp.queue)
	for _, b := range slices.Backward(failed) {
		b.err = err
		pp.discard(b)
	}
	pp.trouble, pp.recovers = pp.trouble&^mustSettle, false
	pp.mu.Unlock()
	for _, b := range failed {
		pp.parent.settle(b)
	}
	return false
}

// diagnose returns what has to be done, and how long to wait before, by how many tries the oldest batch has had.
func (pp *partitionProducer) diagnose() (todo trouble, pause time.Duration) {
	pp.mu.Lock()
	defer pp.mu.Unlock()
	retries, turns := 0, 0
	if len(pp.queue) > 0 {
		retries, turns = pp.queue[0].retries, pp.queue[0].turns
	}
	if pp.trouble&needsBackoff != 0 {
		pause = pp.parent.backoff(retries)
	}
	if pp.trouble&needsTurn != 0 {
		pause = max(pause, pp.parent.txn.turnBackoff(turns))
	}
	return pp.trouble, pause
}

// mend does what diagnose has found, and has the partition's batches sent.
func (pp *partitionProducer) mend(todo trouble) error {
	p := pp.parent
	identity := noIdentity
	if todo&needsIdentity != 0 && p.keeper != nil {
		pp.parent.conf.log().Printf("producer/txnmanager rolling over epoch due to publish failure on %s/%d", logTopic(pp.topic.topic), logPartition(pp.partition))
		var err error
		if identity, err = p.keeper.after(p.ctx, pp.currentIdentity()); err != nil {
			return err
		}
	}
	broker := (*Broker)(nil)
	if todo&followsHint != 0 && todo&needsLeader == 0 {
		if broker = pp.hintedLeader(); broker == nil {
			todo |= needsLeader
		}
	}
	if todo&needsLeader != 0 {
		var err error
		if broker, err = pp.findLeader(); err != nil {
			return err
		}
	}
	pp.resume(broker, identity)
	return nil
}

// hintedLeader is the leader that an answer told of, nil if that is none but the one that denies it.
func (pp *partitionProducer) hintedLeader() *Broker {
	leader, _, err := pp.parent.client.leaderOf(pp.topic.topic, pp.partition)
	pp.mu.Lock()
	defer pp.mu.Unlock()
	if err != nil || pp.broker != nil && pp.broker.broker == leader {
		return nil
	}
	return leader
}

func (pp *partitionProducer) currentIdentity() producerIdentity {
	pp.mu.Lock()
	defer pp.mu.Unlock()
	return pp.identity
}

// findLeader asks for the topic's metadata, unless the breaker finds that this was asked too often in vain, and returns the
// partition's leader by what is known then.
func (pp *partitionProducer) findLeader() (*Broker, error) {
	client, topic, ctx := pp.parent.client, pp.topic, pp.parent.ctx
	err := topic.breaker.run(func() error { return client.refreshMetadata(ctx, topic.topic) })
	if err != nil && !errors.Is(err, breaker.ErrBreakerOpen) {
		return nil, err
	}
	leader, _, leaderErr := client.leader(ctx, topic.topic, pp.partition)
	if leaderErr != nil {
		return nil, errors.Join(leaderErr, err)
	}
	return leader, nil
}

// resume ends the trouble: broker, if not nil, is the leader to send to, and identity, if there is one, starts the
// sequence anew.
func (pp *partitionProducer) resume(broker *Broker, identity producerIdentity) {
	p := pp.parent
	var old, next *brokerProducer
	if broker != nil {
		next = p.brokers.acquire(p, broker)
	}
	pp.mu.Lock()
	if identity != noIdentity {
		pp.renumber(identity)
	}
	if p.conf.Producer.Idempotent && !pp.sameTopic() {
		pp.known = noIdentity.id
		pp.renumber(pp.identity)
	}
	if next != nil {
		old, pp.broker, pp.listed = pp.broker, next, unlisted
	}
	pp.trouble, pp.recovers, pp.skipped = 0, false, true
	wake := pp.schedule(0, 0)
	pp.mu.Unlock()
	if next != nil && next != old {
		pp.parent.conf.log().Printf("producer/leader/%s/%d selected broker %d\n", logTopic(pp.topic.topic), logPartition(pp.partition), logBroker{broker})
	}
	if old != nil {
		p.brokers.release(old)
	}
	if wake != nil {
		wake.signal()
	}
}

// unmended counts a try that did not get as far as a request against all that waits, and has those fail that have had
// all their tries, or all of it if the client is closed or the producer gives up. It returns false if nothing is left to send.
func (pp *partitionProducer) unmended(err error) bool {
	p := pp.parent
	pp.mu.Lock()
	if pp.open != nil {
		pp.seal()
	}
	pp.trouble |= needsBackoff | needsLeader
	closed := errors.Is(err, ErrClosedClient)
	if p.ctx.Err() != nil {
		closed, err = true, context.Cause(p.ctx)
	}
	var failed []*recordBatch
	for i := len(pp.queue) - 1; i >= 0; i-- { // from the end, so that sequence numbers can be taken back
		b := pp.queue[i]
		v := verdict{action: failBatch, err: err}
		if !closed {
			v = pp.countRetry(b, verdict{action: retryBatch, err: err})
		}
		if v.action == failBatch {
			b.err = v.err
			pp.discard(b)
			failed = append(failed, b)
		}
	}
	left := len(pp.queue) > 0
	pp.recovers = left
	pp.mu.Unlock()
	if len(failed) > 0 {
		pp.parent.conf.log().Printf("producer/leader/%s/%d no leader to send to, %d batches failed: %v\n", logTopic(pp.topic.topic), logPartition(pp.partition), len(failed), err)
	}
	for i := len(failed) - 1; i >= 0; i-- {
		p.settle(failed[i])
	}
	return left
}

package sarama

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// partitionProducer holds what one partition has to send: an open batch that messages are appended to, and a queue of
// batches that are sealed and not settled, in the order in which they must be written. A batch that fails keeps its place:
// those in flight are the first ones of the queue, but after a failure, when nothing more is sent until all of them have
// come back.
type partitionProducer struct {
	parent    *asyncProducer
	topic     *topicProducer
	partition int32
	gathered  []*ProducerMessage // of the producer's turn, to be appended; belongs to whoever holds the producer's mu
	dropping  sync.Mutex         // held until those that dropEnded has found have their outcome

	mu       sync.Mutex // guards what follows
	open     *recordBatch
	queue    []*recordBatch
	inFlight int    // batches of queue that are part of a request
	size     int    // of the last batch sealed: what the next one may need
	opened   uint64 // batches, and sealed

	broker                *brokerProducer // of the leader; nil until it is known
	listed                listing         // where broker has it in its lists
	arrived, arrivedBytes int             // messages that broker has not counted for Flush.Messages and Flush.Bytes yet
	counted               uint64          // the flush of broker that those of open were counted for; 0: none were
	skipped               bool            // broker would have sent its records, had not too many been in flight
	request               uint64          // the last one that a batch was taken for

	trouble  trouble // why nothing is sent, until what is in flight has come back and recover has run
	recovers bool    // recover runs

	enlisted uint64           // the transaction that has the partition
	identity producerIdentity // that the sequence belongs to
	sequence int32            // of the next batch
	known    int64            // the producer id of which the leader has acknowledged something
	topicID  Uuid             // of the topic that the sequence belongs to
}

// trouble tells what has to be done before a partition's batches can be sent again.
type trouble uint8

const (
	mustSettle    trouble = 1 << iota // wait until nothing is in flight, then go on
	needsBackoff                      // wait Config.Producer.Retry.Backoff
	needsLeader                       // look up the leader
	needsIdentity                     // the sequence is broken: start anew with another identity
	needsTxn                          // the transaction does not have the partition yet, or has failed
	needsTurn                         // the coordinator still completes the transaction before
	followsHint                       // an answer told who the leader is
)

// listing tells in which list of its broker a partition is.
type listing uint8

const (
	unlisted listing = iota
	lingering
	urgent
)

func newPartitionProducer(tp *topicProducer, partition int32) *partitionProducer {
	pp := &partitionProducer{
		parent: tp.parent, topic: tp, partition: partition, size: 1,
		trouble: needsLeader, identity: noIdentity, known: noIdentity.id,
	}
	if leader, _, err := tp.parent.client.leaderOf(tp.topic, partition); err == nil {
		if pp.broker = tp.parent.brokers.acquire(tp.parent, leader); pp.broker != nil {
			pp.trouble = 0
		}
	}
	return pp
}

// append encodes messages, which came at since or later, into the open batch. It returns the broker's loop if that has to be woken.
func (pp *partitionProducer) append(msgs []*ProducerMessage, now, since int64) *brokerProducer {
	p := pp.parent
	bytes := 0
	pp.mu.Lock()
	defer pp.mu.Unlock()
	for _, msg := range msgs {
		size := int(msg.size)
		bytes += size
		if pp.open == nil {
			pp.open = newRecordBatch(pp.size)
		} else if !pp.open.fits(&p.format, size) {
			pp.seal()
			pp.open = newRecordBatch(pp.size)
		}
		pp.open.append(&p.format, msg, now)
		pp.open.charge += size + messageMemory
		if msg.extra != nil {
			pp.watch(msg)
		}
	}
	pp.open.since = min(pp.open.since, since)
	return pp.schedule(len(msgs), bytes)
}

// watch has a message of the open batch fail if its context ends before it is sent. The caller holds mu.
func (pp *partitionProducer) watch(msg *ProducerMessage) {
	ctx := msg.extra.ctx
	if ctx == nil || ctx.Done() == nil || ctx.Done() == pp.open.watched {
		return
	}
	pp.open.watched = ctx.Done()
	pp.open.contexts = append(pp.open.contexts, context.AfterFunc(ctx, func() { withRecover(pp.dropEnded) }))
}

// seal ends the open batch. The caller holds mu.
func (pp *partitionProducer) seal() {
	pp.size = len(pp.open.buf)
	pp.opened++
	pp.counted = 0
	pp.queue = append(pp.queue, pp.open)
	pp.open = nil
}

// hasRecords tells whether there is anything to send. The caller holds mu.
func (pp *partitionProducer) hasRecords() bool {
	return pp.open != nil || len(pp.queue) > pp.inFlight
}

// maySend tells whether another request may take a batch. The caller holds mu.
//
// A leader that knows nothing of a producer takes any sequence for its first: were there a second batch in flight when the
// first fails for now, that would be written before it.
func (pp *partitionProducer) maySend() bool {
	if pp.trouble != 0 || pp.inFlight > 0 && pp.identity.id != pp.known {
		return false
	}
	return pp.inFlight < pp.parent.brokers.perPartition
}

// checkTxn notes if the partition has to become part of the transaction, or if that has failed. The caller holds mu.
func (pp *partitionProducer) checkTxn() {
	if txn := pp.parent.txn; txn != nil && pp.enlisted != txn.number.Load() {
		pp.trouble |= needsTxn
	}
}

// schedule puts the partition, to which messages may have been added, on its broker's lists, or sees to what keeps it from
// there. It returns the broker's loop if that has to be woken. The caller holds mu.
func (pp *partitionProducer) schedule(messages, bytes int) *brokerProducer {
	if pp.trouble == mustSettle && pp.inFlight == 0 {
		pp.trouble, pp.skipped = 0, true
	}
	pp.arrived, pp.arrivedBytes = pp.arrived+messages, pp.arrivedBytes+bytes
	pp.checkTxn()
	switch {
	case pp.trouble != 0:
		pp.startRecovery()
		return nil
	case !pp.hasRecords():
		return nil
	case !pp.maySend():
		pp.skipped = pp.skipped || len(pp.queue) > pp.inFlight
		return nil
	}
	where := lingering
	if pp.skipped || len(pp.queue) > pp.inFlight {
		where = urgent
	}
	if pp.broker.enlist(pp, where) {
		return pp.broker
	}
	return nil
}

// take hands the next batch to a request of broker, nil if there is none for now; full tells that it does not fit.
func (pp *partitionProducer) take(broker *brokerProducer, from listing, room requestRoom) (b *recordBatch, full bool) {
	pp.mu.Lock()
	defer pp.mu.Unlock()
	if pp.broker != broker || pp.listed != from || pp.request == room.request {
		return nil, false // the list had it for a reason that is gone; there is another entry, or nothing to send
	}
	if pp.checkTxn(); !pp.maySend() {
		pp.listed, pp.skipped = unlisted, true
		if pp.trouble != 0 {
			pp.startRecovery()
		}
		return nil, false
	}
	if len(pp.queue) == pp.inFlight {
		if pp.open == nil {
			pp.listed = unlisted
			return nil, false
		}
		pp.seal()
	}
	b = pp.queue[pp.inFlight] // what is in flight stands before what waits
	if len(b.buf) > room.bytes || len(b.msgs) > room.messages {
		return nil, true
	}
	if !pp.sequenced(b) {
		pp.listed = unlisted
		return nil, false
	}
	pp.inFlight++
	b.tried, b.flying = true, true
	b.unwatch()
	pp.request = room.request
	pp.listed, pp.skipped = unlisted, false
	return b, false
}

// sequenced gives the batch its sequence if it needs one; it returns false if it has to wait for that. The caller holds mu.
func (pp *partitionProducer) sequenced(b *recordBatch) bool {
	if b.sequenced || !pp.parent.conf.Producer.Idempotent {
		return true
	}
	current := pp.parent.identity()
	if pp.identity != current {
		if pp.inFlight > 0 {
			pp.skipped = true // the new identity can only follow when the old one's batches are settled
			return false
		}
		pp.identity, pp.sequence = current, 0
	}
	if !pp.sameTopic() {
		if pp.inFlight > 0 {
			pp.skipped = true
			return false
		}
		pp.sequence, pp.known = 0, noIdentity.id
	}
	b.assign(pp.identity, pp.sequence)
	pp.sequence = sequenceAfter(pp.sequence, len(b.msgs))
	return true
}

// sameTopic returns false if the topic is another one of the same name, which knows nothing of the sequence (KIP-516). One that
// has merely been out of sight is the same. The caller holds mu, and is done with the old topic when nothing is in flight.
func (pp *partitionProducer) sameTopic() bool {
	id, known := pp.parent.client.topicID(pp.topic.topic)
	if !known || id == pp.topicID {
		return true
	}
	first := pp.topicID == Uuid{}
	if pp.inFlight == 0 || first {
		pp.topicID = id
	}
	return first
}

// batchAnswer is what came of a batch that was in flight.
type batchAnswer struct {
	block       *ProduceResponseBlock // nil if there is none
	err         error                 // why there is none; nil if none was asked for (NoResponse)
	unencodable bool                  // the batch was not sent: err will not go away
	hinted      bool                  // the answer tells of another leader
}

func (a batchAnswer) judge(t attempt) verdict {
	switch {
	case a.unencodable:
		return verdict{action: failBatch, err: a.err}
	case a.err != nil:
		return judgeFailure(a.err)
	case a.block == nil:
		return verdict{}
	default:
		return judgeAnswer(a.block.Err, t)
	}
}

// answered settles a batch that was in flight, or takes it back for another try.
func (pp *partitionProducer) answered(b *recordBatch, a batchAnswer) {
	pp.mu.Lock()
	pp.inFlight--
	b.flying = false
	v := pp.judge(b, a)
	settled := pp.execute(b, v)
	wake := pp.schedule(0, 0)
	leader := pp.broker.broker
	pp.mu.Unlock()
	if wake != nil {
		wake.signal()
	}
	if v.action == retryBatch && !v.collateral {
		pp.parent.conf.log().Printf("producer/broker/%d state change to [retrying] on %s/%d because %v\n",
			logBroker{leader}, logTopic(pp.topic.topic), logPartition(pp.partition), v.err)
	}
	if settled {
		pp.conclude(b, a)
	}
}

// judge decides what becomes of a batch that was in flight. The caller holds mu.
func (pp *partitionProducer) judge(b *recordBatch, a batchAnswer) verdict {
	p := pp.parent
	v := a.judge(attempt{
		messages: len(b.msgs), retries: b.retries, first: pp.queue[0] == b, doubtful: b.doubtful, hinted: a.hinted,
		followed:   pp.inFlight > 0 && !p.conf.Producer.Idempotent, // there are no retries that order would have to outlive
		idempotent: p.conf.Producer.Idempotent, transactional: p.txn != nil,
	})
	b.doubtful = b.doubtful || v.doubtful
	switch again := v.action == retryBatch || v.action == splitBatch; {
	case again && (b.orphan || b.doomed != nil):
		v.action, v.err = failBatch, b.doomed
	case v.action == retryBatch:
		v = pp.countRetry(b, v)
	case v.action == settleBatch && b.sequenced:
		pp.known = b.identity.id
	}
	return v
}

// conclude gives back what is left of a batch that is settled, and belongs to nobody else.
func (pp *partitionProducer) conclude(b *recordBatch, a batchAnswer) {
	if b.orphan {
		pp.parent.release(b, 0) // its messages are their owners' already
		return
	}
	switch {
	case a.block == nil:
	case b.err == nil && a.block.Err == ErrNoError:
		b.acknowledge(a.block.Offset, a.block.Timestamp)
	case errors.Is(b.err, a.block.Err):
		b.refusal = newBatchRefusal(a.block, len(b.msgs))
	}
	pp.parent.settle(b)
}

// execute does with a batch what was decided, and tells whether it is settled. The caller holds mu.
func (pp *partitionProducer) execute(b *recordBatch, v verdict) bool {
	switch v.action {
	case splitBatch:
		pp.split(b)
		pp.trouble |= mustSettle
		return false
	case retryBatch:
		pp.trouble |= v.trouble | mustSettle
		return false
	case failBatch:
		b.err = v.err
		pp.trouble |= v.trouble & (needsBackoff | needsLeader | followsHint) // what follows is not to fail alike
		pp.discard(b)
		return true
	default:
		pp.remove(b)
		return true
	}
}

// countRetry turns a retry into a failure when the batch has had all its tries. The caller holds mu.
func (pp *partitionProducer) countRetry(b *recordBatch, v verdict) verdict {
	b.reason = v.err
	if v.collateral {
		return v
	}
	tries, most := &b.retries, pp.parent.conf.Producer.Retry.Max
	if v.trouble == needsTurn {
		tries, most = &b.turns, pp.parent.conf.Producer.Transaction.Retry.Max
	}
	if *tries >= most {
		v.action = failBatch
		return v
	}
	*tries++
	if err := pp.parent.retries.reserve(b); err != nil {
		v.action, v.err = failBatch, err
	}
	return v
}

// remove takes a settled batch out of the queue. The caller holds mu.
func (pp *partitionProducer) remove(b *recordBatch) {
	i := slices.Index(pp.queue, b)
	pp.queue = slices.Delete(pp.queue, i, i+1)
	pp.parent.retries.release(b)
}

// discard takes out of the queue a batch that has failed for good, and sees to the sequence of what follows. The caller
// holds mu.
func (pp *partitionProducer) discard(b *recordBatch) {
	pp.remove(b)
	switch {
	case !b.sequenced || b.identity != pp.identity:
	case !b.doubtful && sequenceAfter(b.sequence, len(b.msgs)) == pp.sequence:
		pp.sequence = b.sequence
	case pp.parent.txn != nil:
		pp.trouble |= needsTxn | mustSettle // has failed with this batch, so that what follows it fails, too
	case b.doubtful:
		// The broker may have it, and then also what follows, sent already and not answered: that must be sent as it was, or it
		// might come twice. If the broker does not have it, it says so of the first that follows (OUT_OF_ORDER_SEQUENCE).
	default:
		pp.trouble |= needsIdentity | mustSettle // the broker has none of what follows, without this batch
	}
}

// split replaces a batch that is too large for the broker by two halves. The caller holds mu.
func (pp *partitionProducer) split(b *recordBatch) {
	i := slices.Index(pp.queue, b)
	halves := b.halve(&pp.parent.format)
	pp.parent.retries.release(b)
	pp.queue = slices.Replace(pp.queue, i, i+1, halves...)
	if !b.sequenced {
		return
	}
	// The halves take the numbers of the whole.
	sequence := b.sequence
	for _, half := range halves {
		half.assign(b.identity, sequence)
		sequence = sequenceAfter(sequence, len(half.msgs))
	}
}

// renumber starts the partition's sequence anew with an identity. The caller holds mu, and nothing is in flight.
func (pp *partitionProducer) renumber(identity producerIdentity) {
	pp.identity, pp.sequence = identity, 0
	for _, b := range pp.queue {
		if b.sequenced {
			b.doubtful = false // the broker would not have found the sequence broken
			b.assign(identity, pp.sequence)
			pp.sequence = sequenceAfter(pp.sequence, len(b.msgs))
		}
	}
}

// part is the batch as a request carries it.
func (pp *partitionProducer) part(b *recordBatch, id Uuid) protocol.ProducePartition {
	return protocol.ProducePartition{Topic: pp.topic.topic, TopicID: id, Partition: pp.partition, Records: b.payload}
}

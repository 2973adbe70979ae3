package sarama

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// ExtendedAsyncProducer is what the values that NewAsyncProducer and NewAsyncProducerFromClient return are besides AsyncProducer:
//
//	err := producer.(sarama.ExtendedAsyncProducer).Flush(ctx)
type ExtendedAsyncProducer interface {
	AsyncProducer

	// Flush has everything sent that went into Input before, without regard for Config.Producer.Flush, and returns when all of
	// that is acknowledged or has failed: read Successes and Errors for which of the two. What comes into Input meanwhile is not
	// waited for. It returns the reason if ctx ends before.
	Flush(ctx context.Context) error

	// TrySend puts a message into Input if that takes it at once; ErrInputFull says that it does not, and ErrShuttingDown that
	// the producer is closed. Unlike a send to Input it may be called while, and after, another goroutine closes the producer.
	TrySend(msg *ProducerMessage) error

	// SendContext puts a message into Input, and waits until that takes it. It returns the reason if ctx ends before, or
	// ErrShuttingDown, as TrySend does; the message is yours then. The message's outcome comes through Successes or Errors. See
	// ProducerMessage.SetContext for a context of the message's own.
	SendContext(ctx context.Context, msg *ProducerMessage) error

	// CloseContext is Close. If ctx ends before all is settled, all that is left fails with ErrShuttingDown and the reason;
	// ProducerError.PossiblyWritten tells what was on its way. The error is the reason of ctx then, and also ProducerErrors.
	CloseContext(ctx context.Context) error
}

// ExtendedSyncProducer is what the values that NewSyncProducer and NewSyncProducerFromClient return are besides SyncProducer.
type ExtendedSyncProducer interface {
	SyncProducer

	// SendMessageContext is SendMessage until ctx ends. A message that is not sent by then is not sent any more. One that is on
	// its way then may be written nevertheless, which the error, a *ProducerError, tells by PossiblyWritten; leave the bytes of
	// its key and value alone. ctx takes the place of the message's own context.
	SendMessageContext(ctx context.Context, msg *ProducerMessage) (partition int32, offset int64, err error)

	// SendMessagesContext is SendMessageContext for several messages. The results are those of msgs, in their order; the error,
	// if any has failed, is ProducerErrors.
	SendMessagesContext(ctx context.Context, msgs []*ProducerMessage) ([]SendResult, error)

	// Flush has everything sent that was given to SendMessage and SendMessages before, without regard for Config.Producer.Flush,
	// and returns when all of that is acknowledged or has failed. It returns the reason if ctx ends before.
	Flush(ctx context.Context) error

	// CloseContext is Close. If ctx ends before all is settled, all that is left fails with ErrShuttingDown and the reason;
	// the error is the reason of ctx then.
	CloseContext(ctx context.Context) error
}

var (
	_ ExtendedAsyncProducer = (*asyncProducer)(nil)
	_ ExtendedSyncProducer  = (*syncProducer)(nil)
)

// SendResult is what became of one message of SendMessagesContext.
type SendResult struct {
	// Partition and Offset are where the record was put; -1 if it failed.
	Partition int32
	Offset    int64
	// Timestamp is the record's: the message's own, or the broker's where the topic has message.timestamp.type=LogAppendTime.
	Timestamp time.Time
	// Err is nil on success, or a *ProducerError.
	Err error
}

// TrySend implements ExtendedAsyncProducer.
func (p *asyncProducer) TrySend(msg *ProducerMessage) error {
	if err := p.enter(msg); err != nil {
		return err
	}
	defer p.ledger.done(1, 0)
	select {
	case p.input <- msg:
		return nil
	default:
		return ErrInputFull
	}
}

// SendContext implements ExtendedAsyncProducer.
func (p *asyncProducer) SendContext(ctx context.Context, msg *ProducerMessage) error {
	if err := p.enter(msg); err != nil {
		return err
	}
	defer p.ledger.done(1, 0)
	if ctx.Err() == nil {
		select {
		case p.input <- msg:
			return nil
		case <-p.closing:
			return ErrShuttingDown
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("handing a message of topic %s to the producer: %w", msg.Topic, contextError(ctx))
}

// enter keeps Input open until the ledger's done.
func (p *asyncProducer) enter(msg *ProducerMessage) error {
	switch {
	case msg == nil:
		return ErrNilMessage
	case p.synchronous || isClosed(p.closing) || !p.ledger.enter():
		return ErrShuttingDown
	}
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// SendMessageContext implements ExtendedSyncProducer.
func (sp *syncProducer) SendMessageContext(ctx context.Context, msg *ProducerMessage) (partition int32, offset int64, err error) {
	results, _ := sp.SendMessagesContext(ctx, []*ProducerMessage{msg})
	return results[0].Partition, results[0].Offset, results[0].Err
}

// SendMessagesContext implements ExtendedSyncProducer.
func (sp *syncProducer) SendMessagesContext(ctx context.Context, msgs []*ProducerMessage) ([]SendResult, error) {
	call := newContextCall(ctx, msgs)
	if len(call.copies) > 0 {
		sp.run(ctx, call)
	}
	return call.finish()
}

// run sends the messages of a call, and returns when all have their outcome, or ctx has ended.
func (sp *syncProducer) run(ctx context.Context, call *contextCall) {
	left := make([]*ProducerMessage, len(call.copies))
	for i := range call.copies {
		left[i] = &call.copies[i]
	}
	call.waiter.left.Store(int64(len(left)))
	sp.ledger.add(len(left), 0)
	for len(left) > 0 {
		if err := sp.awaitRoom(ctx); err != nil {
			for _, msg := range left {
				sp.fail(msg, err)
			}
			break
		}
		left = left[sp.sendSome(left, ctx.Done() == nil):]
	}
	select {
	case <-call.waiter.done:
		return
	case <-ctx.Done():
	}
	sp.dropEnded(call)
	call.abandon(fmt.Errorf("sent, and not acknowledged yet: %w", contextError(ctx)))
}

// dropEnded has those messages of a call fail that were not sent; its context has ended.
func (sp *syncProducer) dropEnded(call *contextCall) {
	var partitions []*partitionProducer
	seen := make(map[string]bool)
	sp.mu.Lock()
	for i := range call.copies {
		topic := call.topics[i]
		if seen[topic] {
			continue
		}
		seen[topic] = true
		if tp := sp.topics[topic]; tp != nil {
			tp.dropEnded()
			for _, pp := range tp.partitions {
				partitions = append(partitions, pp)
			}
		}
	}
	sp.mu.Unlock()
	for _, pp := range partitions {
		pp.dropEnded()
	}
}

// CloseContext implements ExtendedSyncProducer.
func (sp *syncProducer) CloseContext(ctx context.Context) error {
	sp.AsyncClose()
	stop := sp.giveUpWith(ctx)
	<-sp.ended
	if err := stop(); err != nil {
		return fmt.Errorf("closing the producer: %w", err)
	}
	return nil
}

// contextCall is a call of SendMessagesContext. The producer has copies of its messages, so that the caller may have his own
// back while those are on their way.
type contextCall struct {
	waiter  *sendWaiter
	copies  []ProducerMessage
	topics  []string           // of copies, when they came
	origins []*ProducerMessage // of copies

	mu        sync.Mutex // guards what follows
	abandoned bool       // the caller has gone
	settled   []bool     // of copies
	msgs      []*ProducerMessage
	results   []SendResult
	places    []int // of copies, in msgs and results
}

func newContextCall(ctx context.Context, msgs []*ProducerMessage) *contextCall {
	c := &contextCall{
		msgs: msgs, results: make([]SendResult, len(msgs)), settled: make([]bool, 0, len(msgs)),
		copies: make([]ProducerMessage, 0, len(msgs)), places: make([]int, 0, len(msgs)),
	}
	c.waiter = &sendWaiter{done: make(chan struct{}, 1), call: c}
	extras := make([]messageExtra, len(msgs))
	for i, msg := range msgs {
		if msg == nil {
			c.results[i] = SendResult{Partition: -1, Offset: -1, Err: &ProducerError{Err: ErrNilMessage}}
			continue
		}
		extras[i] = messageExtra{ctx: ctx, index: len(c.copies)}
		c.copies = append(c.copies, *msg)
		last := &c.copies[len(c.copies)-1]
		last.extra, last.waiter = &extras[i], c.waiter
		c.places = append(c.places, i)
		c.topics = append(c.topics, msg.Topic)
		c.origins = append(c.origins, msg)
		c.settled = append(c.settled, false)
	}
	return c
}

// settle takes the outcome of a copy, which is the i-th message of a batch.
func (c *contextCall) settle(b *recordBatch, i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.abandoned {
		return
	}
	msg := b.msgs[i]
	index := msg.extra.index
	origin := c.origins[index]
	extra := origin.extra
	*origin = *msg
	origin.extra, origin.waiter = extra, nil
	c.settled[index] = true
	r := &c.results[c.places[index]]
	if b.err != nil {
		*r = SendResult{Partition: -1, Offset: -1, Err: b.failure(origin, i)}
		return
	}
	*r = SendResult{Partition: msg.Partition, Offset: msg.Offset, Timestamp: msg.Timestamp}
}

// abandon has the call end: what has no outcome yet is on its way.
func (c *contextCall) abandon(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandoned = true
	for i, done := range c.settled {
		if !done {
			failed := &ProducerError{Msg: c.origins[i], Err: err, PossiblyWritten: true}
			c.results[c.places[i]] = SendResult{Partition: -1, Offset: -1, Err: failed}
		}
	}
}

// finish returns what SendMessagesContext returns.
func (c *contextCall) finish() ([]SendResult, error) {
	var failed ProducerErrors
	for _, r := range c.results {
		if err, ok := r.Err.(*ProducerError); ok {
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		return c.results, failed
	}
	return c.results, nil
}

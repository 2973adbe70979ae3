package sarama

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// SyncProducer sends messages and returns when their outcome is known. It may be used by many goroutines at once: what
// they send goes out together. Messages that one goroutine sends to a partition keep their order.
//
// It needs a Config with Producer.Return.Successes and Producer.Return.Errors true. Close it, or its goroutines stay.
type SyncProducer interface {
	// SendMessage sends a message and returns where it was put, or why it was not, after all retries; partition and offset
	// are -1 then.
	SendMessage(msg *ProducerMessage) (partition int32, offset int64, err error)

	// SendMessages sends messages and returns when all have their outcome. Each succeeds or fails by itself; the error, if
	// any failed, is ProducerErrors.
	SendMessages(msgs []*ProducerMessage) error

	// Close waits until what is being sent has its outcome. Close the producer before its client.
	Close() error

	// TxnStatus returns the state of the transaction.
	TxnStatus() ProducerTxnStatusFlag

	// IsTransactional tells whether Config.Producer.Transaction.ID is set.
	IsTransactional() bool

	// BeginTxn starts a transaction: from then on messages may be sent.
	BeginTxn() error

	// CommitTxn commits the transaction.
	CommitTxn() error

	// AbortTxn aborts the transaction.
	AbortTxn() error

	// AddOffsetsToTxn makes the offsets of a consumer group a part of the transaction; they are the next ones to consume.
	AddOffsetsToTxn(offsets map[string][]*PartitionOffsetMetadata, groupId string) error

	// AddOffsetsToTxnWithGroupMetadata is AddOffsetsToTxn for a member of a group, so that the broker can refuse a member
	// that is not in the group's generation any more (KIP-447).
	AddOffsetsToTxnWithGroupMetadata(offsets map[string][]*PartitionOffsetMetadata, groupMetadata *ConsumerGroupMetadata) error

	// AddMessageToTxn is AddOffsetsToTxn for the offset after msg.
	AddMessageToTxn(msg *ConsumerMessage, groupId string, metadata *string) error

	// AddMessageToTxnWithGroupMetadata is AddOffsetsToTxnWithGroupMetadata for the offset after msg.
	AddMessageToTxnWithGroupMetadata(msg *ConsumerMessage, groupMetadata *ConsumerGroupMetadata, metadata *string) error
}

// syncProducer gives messages to the pipeline from the goroutines of its callers, past Input and Successes.
type syncProducer struct {
	*asyncProducer
	waiters sync.Pool // its own, since channels of a bubble of testing/synctest must not leave that
}

// NewSyncProducer connects to the cluster that addrs (host:port) belong to, and returns a producer. A nil config is
// NewConfig() with Producer.Return.Successes.
func NewSyncProducer(addrs []string, config *Config) (SyncProducer, error) {
	if config == nil {
		config = NewConfig()
		config.Producer.Return.Successes = true
	}
	if err := verifyReturns(config); err != nil {
		return nil, err
	}
	client, err := NewClient(addrs, config)
	if err != nil {
		return nil, err
	}
	p, err := startSyncProducer(client)
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	return p, nil
}

// NewSyncProducerFromClient returns a producer that uses a client, which stays yours to close, after the producer.
func NewSyncProducerFromClient(client Client) (SyncProducer, error) {
	if err := verifyReturns(client.Config()); err != nil {
		return nil, err
	}
	p, err := startSyncProducer(newNopCloserClient(client))
	if err != nil {
		return nil, err
	}
	return p, nil
}

func startSyncProducer(client Client) (*syncProducer, error) {
	p, err := newAsyncProducer(client)
	if err != nil {
		return nil, err
	}
	p.synchronous = true
	p.start()
	return &syncProducer{asyncProducer: p}, nil
}

func verifyReturns(config *Config) error {
	switch {
	case !config.Producer.Return.Errors:
		return ConfigurationError("Producer.Return.Errors must be true to be used in a SyncProducer")
	case !config.Producer.Return.Successes:
		return ConfigurationError("Producer.Return.Successes must be true to be used in a SyncProducer")
	}
	return nil
}

// SendMessage implements SyncProducer.
func (sp *syncProducer) SendMessage(msg *ProducerMessage) (partition int32, offset int64, err error) {
	if msg == nil {
		return -1, -1, ErrNilMessage
	}
	w := sp.waiter()
	sp.send(w, msg)
	err = w.err
	sp.release(w)
	if err != nil {
		return -1, -1, err
	}
	return msg.Partition, msg.Offset, nil
}

// SendMessages implements SyncProducer.
func (sp *syncProducer) SendMessages(msgs []*ProducerMessage) error {
	var failed ProducerErrors
	if slices.Contains(msgs, nil) {
		n := len(msgs)
		msgs = slices.DeleteFunc(slices.Clone(msgs), func(msg *ProducerMessage) bool { return msg == nil })
		for range n - len(msgs) {
			failed = append(failed, &ProducerError{Err: ErrNilMessage})
		}
	}
	if len(msgs) > 0 {
		w := sp.waiter()
		sp.send(w, msgs...)
		failed = append(failed, w.failed...)
		sp.release(w)
	}
	if len(failed) > 0 {
		return failed
	}
	return nil
}

// send gives messages to their partitions and waits until all have their outcome.
func (sp *syncProducer) send(w *sendWaiter, msgs ...*ProducerMessage) {
	for _, msg := range msgs {
		msg.waiter = w
	}
	w.left.Store(int64(len(msgs)))
	full := sp.ledger.add(len(msgs), 0)
	for left := msgs; len(left) > 0; {
		if full {
			_ = sp.awaitRoom(context.Background())
		}
		left = left[sp.sendSome(left, true):]
		full = len(left) > 0
	}
	<-w.done
	for _, msg := range msgs {
		msg.waiter = nil // not before all are settled: one may be in the list twice
	}
}

// awaitRoom returns when the producer holds less than it may, or with the reason why ctx ended before.
func (sp *syncProducer) awaitRoom(ctx context.Context) error {
	for room := sp.ledger.full(); room != nil; room = sp.ledger.full() {
		sp.brokers.flush()
		select {
		case <-room:
		case <-ctx.Done():
			return contextError(ctx)
		}
	}
	return nil
}

// sendSome sends the first of messages on their way, and returns how many. With unlimited time it sends by itself, which may take
// until there is a connection, and if those are all it waits for the answer and reads that; else it leaves waiting to the loops.
func (sp *syncProducer) sendSome(msgs []*ProducerMessage, unlimited bool) int {
	var buf [4]*brokerProducer
	woken, n := sp.takeSome(buf[:0], msgs)
	if !unlimited || sp.conf.Producer.DeliveryTimeout > 0 {
		sp.sendSoon(woken)
		return n
	}
	attend := n == len(msgs) && len(woken) == 1 // who waits for several brokers would have one wait for the other
	for _, bp := range woken {
		if attended := bp.sendHere(attend); attended != nil {
			attended.Attend()
		}
	}
	return n
}

// takeSome gives the first of messages to their partitions; it returns the brokers that have something to send, and how
// many messages it has seen to.
func (sp *syncProducer) takeSome(woken []*brokerProducer, msgs []*ProducerMessage) ([]*brokerProducer, int) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	n := sp.appendSome(msgs)
	woken = append(woken, sp.woken...)
	sp.woken = sp.woken[:0]
	return woken, n
}

// Close implements SyncProducer.
func (sp *syncProducer) Close() error { return sp.CloseContext(context.Background()) }

// sendWaiter waits for the outcomes of the messages of one call.
type sendWaiter struct {
	left atomic.Int64
	done chan struct{} // holds a token when none is left
	call *contextCall  // that has it, if it is one of those

	mu     sync.Mutex // guards what follows until done
	err    error
	failed ProducerErrors
}

// settle tells the outcome of one message, of a batch that is settled.
func (w *sendWaiter) settle(b *recordBatch, i int) {
	switch {
	case w.call != nil:
		w.call.settle(b, i)
	case b.err != nil:
		w.mu.Lock()
		w.err = b.err
		w.failed = append(w.failed, b.failure(b.msgs[i], i))
		w.mu.Unlock()
	}
	if w.left.Add(-1) == 0 {
		w.done <- struct{}{}
	}
}

// waiter returns a waiter, a used one if there is one.
func (sp *syncProducer) waiter() *sendWaiter {
	if w, ok := sp.waiters.Get().(*sendWaiter); ok {
		return w
	}
	return &sendWaiter{done: make(chan struct{}, 1)}
}

// release is for when nobody has a message of the waiter any more.
func (sp *syncProducer) release(w *sendWaiter) {
	w.err, w.failed = nil, nil
	sp.waiters.Put(w)
}

package sarama

import (
	"sync"
	"sync/atomic"
	"time"
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
	return &syncProducer{p}, nil
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
	w := waiters.Get().(*sendWaiter)
	sp.send(w, msg)
	err = w.err
	w.release()
	if err != nil {
		return -1, -1, err
	}
	return msg.Partition, msg.Offset, nil
}

// SendMessages implements SyncProducer.
func (sp *syncProducer) SendMessages(msgs []*ProducerMessage) error {
	if len(msgs) == 0 {
		return nil
	}
	w := waiters.Get().(*sendWaiter)
	sp.send(w, msgs...)
	failed := w.failed
	w.release()
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
	sp.ledger.add(len(msgs), 0)
	var buf [4]*brokerProducer
	woken := sp.appendAll(buf[:0], msgs)
	for _, bp := range woken {
		// Who waits for one broker may as well read its answer; who waits for several would have the others wait.
		if attended := bp.sendHere(len(woken) == 1); attended != nil {
			attended.Attend()
		}
	}
	<-w.done
}

// appendAll gives messages to their partitions, and returns the brokers that have something to send.
func (sp *syncProducer) appendAll(woken []*brokerProducer, msgs []*ProducerMessage) []*brokerProducer {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.turn++
	for _, msg := range msgs {
		sp.accept(msg)
	}
	sp.appendGathered(time.Now().UnixMilli())
	woken = append(woken, sp.woken...)
	sp.woken = sp.woken[:0]
	return woken
}

// Close implements SyncProducer.
func (sp *syncProducer) Close() error {
	sp.AsyncClose()
	<-sp.ended
	return nil
}

// sendWaiter waits for the outcomes of the messages of one call.
type sendWaiter struct {
	left atomic.Int64
	done chan struct{} // holds a token when none is left

	mu     sync.Mutex // guards what follows until done
	err    error
	failed ProducerErrors
}

var waiters = sync.Pool{New: func() any { return &sendWaiter{done: make(chan struct{}, 1)} }}

// settle tells the outcome of one message.
func (w *sendWaiter) settle(msg *ProducerMessage, err error) {
	msg.waiter = nil
	if err != nil {
		w.mu.Lock()
		w.err = err
		w.failed = append(w.failed, &ProducerError{Msg: msg, Err: err})
		w.mu.Unlock()
	}
	if w.left.Add(-1) == 0 {
		w.done <- struct{}{}
	}
}

// release is for when nobody has a message of the waiter any more.
func (w *sendWaiter) release() {
	w.err, w.failed = nil, nil
	waiters.Put(w)
}

package mocks

import (
	"time"

	"github.com/seed20e6684a/sarama"
)

// readerPatience is how long Close waits for somebody to take an outcome that finds no room.
const readerPatience = time.Second

// AsyncProducer is a sarama.AsyncProducer for tests. Set what it is to expect before messages are sent.
type AsyncProducer struct {
	producer  *producer
	returns   struct{ successes, errors bool }
	input     chan *sarama.ProducerMessage
	successes outlet[*sarama.ProducerMessage]
	errors    outlet[*sarama.ProducerError]
	closed    chan struct{} // all is settled
	closing   chan struct{} // closed by Close
	*TopicConfig
}

// NewAsyncProducer returns a producer that reports to t, usually a *testing.T. Of the configuration, NewConfig's if it is
// nil, it respects ChannelBufferSize, Producer.Partitioner, Producer.Return and Producer.Transaction.ID; one that is not valid
// fails the test.
func NewAsyncProducer(t ErrorReporter, config *sarama.Config) *AsyncProducer {
	config = checkedConfig(t, config)
	size := max(config.ChannelBufferSize, 0)
	topics := NewTopicConfig()
	mp := &AsyncProducer{
		producer:    newProducer(t, config, topics),
		input:       make(chan *sarama.ProducerMessage, size),
		successes:   outlet[*sarama.ProducerMessage]{ch: make(chan *sarama.ProducerMessage, size)},
		errors:      outlet[*sarama.ProducerError]{ch: make(chan *sarama.ProducerError, size)},
		closed:      make(chan struct{}),
		closing:     make(chan struct{}),
		TopicConfig: topics,
	}
	mp.returns.successes, mp.returns.errors = config.Producer.Return.Successes, config.Producer.Return.Errors
	go mp.run()
	return mp
}

// run settles messages. One per producer; owns Successes and Errors; ends when Input is closed and empty.
func (mp *AsyncProducer) run() {
	defer close(mp.closed)
	defer close(mp.errors.ch)
	defer close(mp.successes.ch)
	for msg := range mp.input {
		mp.settle(msg)
	}
	mp.producer.expected.reportLeft(mp.producer.t)
}

// settle gives a message exactly one outcome.
func (mp *AsyncProducer) settle(msg *sarama.ProducerMessage) {
	if !mp.producer.begun() {
		mp.fail(msg, errNotInTransaction, false)
		return
	}
	next := mp.producer.expected.take(1)
	if next == nil {
		mp.producer.t.Errorf("No more expectation set on this mock producer to handle the input message."+
			" It is for topic %s.", msg.Topic)
		mp.fail(msg, errOutOfExpectations, false)
		return
	}
	if met, err := mp.producer.produce(msg, next[0]); err != nil {
		mp.fail(msg, err, met)
		return
	}
	if mp.returns.successes {
		mp.successes.give(msg, mp.closing)
	}
}

// fail gives a message back. What is not as expected sarama's mock tells whatever the configuration says: tests look for it.
func (mp *AsyncProducer) fail(msg *sarama.ProducerMessage, err error, expected bool) {
	failed := &sarama.ProducerError{Msg: msg, Err: err}
	switch {
	case mp.returns.errors:
		mp.errors.give(failed, mp.closing)
	case !expected:
		mp.errors.offer(failed)
	}
}

// outlet is where outcomes are given to the test.
type outlet[T any] struct {
	ch     chan T
	unread bool // nobody has read for a while since Close
}

// offer gives an outcome if there is room.
func (o *outlet[T]) offer(outcome T) bool {
	select {
	case o.ch <- outcome:
		return true
	default:
		return false
	}
}

// give waits for room, for ever until Close, and then as long as somebody reads.
func (o *outlet[T]) give(outcome T, closing <-chan struct{}) {
	if o.offer(outcome) {
		return
	}
	select {
	case o.ch <- outcome:
		return
	case <-closing:
	}
	if o.unread {
		return
	}
	timer := time.NewTimer(readerPatience)
	defer timer.Stop()
	select {
	case o.ch <- outcome:
	case <-timer.C:
		o.unread = true
	}
}

// AsyncClose ends the producer when all that is in Input is settled; Successes and Errors are closed then. What is still
// expected then fails the test. Closing a second time panics, as sarama's mock does and as tests expect that check for it.
func (mp *AsyncProducer) AsyncClose() {
	close(mp.input)
}

// Close is AsyncClose and waits until the producer has ended. What Successes and Errors hold can still be read; outcomes
// beyond their capacity are lost if nobody reads for a second. It returns nil.
func (mp *AsyncProducer) Close() error {
	mp.AsyncClose()
	close(mp.closing)
	<-mp.closed
	return nil
}

// Input takes the messages.
func (mp *AsyncProducer) Input() chan<- *sarama.ProducerMessage { return mp.input }

// Successes gives the messages that were sent, if Producer.Return.Successes is set. The first has offset 1.
func (mp *AsyncProducer) Successes() <-chan *sarama.ProducerMessage { return mp.successes.ch }

// Errors gives the messages that failed, if Producer.Return.Errors is set, and those of which something was not as expected.
func (mp *AsyncProducer) Errors() <-chan *sarama.ProducerError { return mp.errors.ch }

// IsTransactional tells whether the configuration has a Producer.Transaction.ID.
func (mp *AsyncProducer) IsTransactional() bool { return mp.producer.txn.transactional }

// BeginTxn begins a transaction.
func (mp *AsyncProducer) BeginTxn() error {
	return mp.producer.txn.set(sarama.ProducerTxnFlagInTransaction)
}

// CommitTxn ends the transaction.
func (mp *AsyncProducer) CommitTxn() error { return mp.producer.txn.set(sarama.ProducerTxnFlagReady) }

// AbortTxn ends the transaction.
func (mp *AsyncProducer) AbortTxn() error { return mp.producer.txn.set(sarama.ProducerTxnFlagReady) }

// TxnStatus returns ProducerTxnFlagInTransaction after BeginTxn, else ProducerTxnFlagReady.
func (mp *AsyncProducer) TxnStatus() sarama.ProducerTxnStatusFlag { return mp.producer.txn.TxnStatus() }

// AddOffsetsToTxn does nothing.
func (mp *AsyncProducer) AddOffsetsToTxn(_ map[string][]*sarama.PartitionOffsetMetadata, _ string) error {
	return nil
}

// AddOffsetsToTxnWithGroupMetadata does nothing.
func (mp *AsyncProducer) AddOffsetsToTxnWithGroupMetadata(
	_ map[string][]*sarama.PartitionOffsetMetadata, _ *sarama.ConsumerGroupMetadata,
) error {
	return nil
}

// AddMessageToTxn does nothing.
func (mp *AsyncProducer) AddMessageToTxn(_ *sarama.ConsumerMessage, _ string, _ *string) error {
	return nil
}

// AddMessageToTxnWithGroupMetadata does nothing.
func (mp *AsyncProducer) AddMessageToTxnWithGroupMetadata(
	_ *sarama.ConsumerMessage, _ *sarama.ConsumerGroupMetadata, _ *string,
) error {
	return nil
}

// ExpectInputWithMessageCheckerFunctionAndSucceed expects a message that the checker accepts, and sends it to Successes. With an error of the
// checker the message fails, and so does the test.
func (mp *AsyncProducer) ExpectInputWithMessageCheckerFunctionAndSucceed(cf MessageChecker) *AsyncProducer {
	return mp.expect("ExpectInputWithMessageCheckerFunctionAndSucceed", cf, nil)
}

// ExpectInputWithMessageCheckerFunctionAndFail expects a message that the checker accepts, and sends it to Errors with err. With an error of the
// checker the message fails with that, and so does the test.
func (mp *AsyncProducer) ExpectInputWithMessageCheckerFunctionAndFail(cf MessageChecker, err error) *AsyncProducer {
	return mp.expect("ExpectInputWithMessageCheckerFunctionAndFail", cf, err)
}

// ExpectInputWithCheckerFunctionAndSucceed is ExpectInputWithMessageCheckerFunctionAndSucceed for a
// checker of the value.
func (mp *AsyncProducer) ExpectInputWithCheckerFunctionAndSucceed(cf ValueChecker) *AsyncProducer {
	return mp.expect("ExpectInputWithCheckerFunctionAndSucceed", messageChecker(cf), nil)
}

// ExpectInputWithCheckerFunctionAndFail is ExpectInputWithMessageCheckerFunctionAndFail for a
// checker of the value.
func (mp *AsyncProducer) ExpectInputWithCheckerFunctionAndFail(cf ValueChecker, err error) *AsyncProducer {
	return mp.expect("ExpectInputWithCheckerFunctionAndFail", messageChecker(cf), err)
}

// ExpectInputAndSucceed expects a message, and sends it to Successes.
func (mp *AsyncProducer) ExpectInputAndSucceed() *AsyncProducer {
	return mp.expect("ExpectInputAndSucceed", nil, nil)
}

// ExpectInputAndFail expects a message, and sends it to Errors with err.
func (mp *AsyncProducer) ExpectInputAndFail(err error) *AsyncProducer {
	return mp.expect("ExpectInputAndFail", nil, err)
}

// expect is called by the exported methods alone, since it looks for their caller.
func (mp *AsyncProducer) expect(method string, check MessageChecker, result error) *AsyncProducer {
	mp.producer.expected.add(method, check, result)
	return mp
}

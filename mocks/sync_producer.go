package mocks

import (
	"sync"

	"github.com/seed20e6684a/sarama"
)

// SyncProducer is a sarama.SyncProducer for tests. Set what it is to expect before messages are sent.
type SyncProducer struct {
	sending  sync.Mutex // one call at a time
	producer *producer
	*TopicConfig
}

// NewSyncProducer returns a producer that reports to t, usually a *testing.T. Of the configuration, NewConfig's if it is nil,
// it respects Producer.Partitioner and Producer.Transaction.ID; one that is not valid fails the test.
func NewSyncProducer(t ErrorReporter, config *sarama.Config) *SyncProducer {
	config = checkedConfig(t, config)
	topics := NewTopicConfig()
	return &SyncProducer{producer: newProducer(t, config, topics), TopicConfig: topics}
}

// SendMessage does what is expected next. The first message that is sent has offset 1; one that fails returns -1 and -1.
func (sp *SyncProducer) SendMessage(msg *sarama.ProducerMessage) (partition int32, offset int64, err error) {
	sp.sending.Lock()
	defer sp.sending.Unlock()
	if !sp.producer.begun() {
		return -1, -1, errNotInTransaction
	}
	next := sp.producer.expected.take(1)
	if next == nil {
		sp.producer.t.Errorf("No more expectation set on this mock producer to handle the input message."+
			" It is for topic %s.", msg.Topic)
		return -1, -1, errOutOfExpectations
	}
	if _, err := sp.producer.produce(msg, next[0]); err != nil {
		return -1, -1, err
	}
	return msg.Partition, msg.Offset, nil
}

// SendMessages takes one expectation for each message, or none if there are less. It stops at the first message that fails
// and returns its error.
func (sp *SyncProducer) SendMessages(msgs []*sarama.ProducerMessage) error {
	sp.sending.Lock()
	defer sp.sending.Unlock()
	if !sp.producer.begun() {
		return errNotInTransaction
	}
	next := sp.producer.expected.take(len(msgs))
	if next == nil && len(msgs) > 0 {
		sp.producer.t.Errorf("Insufficient expectations set on this mock producer to handle the input messages."+
			" There are %d.", len(msgs))
		return errOutOfExpectations
	}
	for i, msg := range msgs {
		if _, err := sp.producer.produce(msg, next[i]); err != nil {
			return err
		}
	}
	return nil
}

// Close fails the test if something is still expected. It returns nil.
func (sp *SyncProducer) Close() error {
	sp.producer.expected.reportLeft(sp.producer.t)
	return nil
}

// IsTransactional tells whether the configuration has a Producer.Transaction.ID.
func (sp *SyncProducer) IsTransactional() bool { return sp.producer.txn.transactional }

// BeginTxn begins a transaction.
func (sp *SyncProducer) BeginTxn() error {
	return sp.producer.txn.set(sarama.ProducerTxnFlagInTransaction)
}

// CommitTxn ends the transaction.
func (sp *SyncProducer) CommitTxn() error { return sp.producer.txn.set(sarama.ProducerTxnFlagReady) }

// AbortTxn ends the transaction.
func (sp *SyncProducer) AbortTxn() error { return sp.producer.txn.set(sarama.ProducerTxnFlagReady) }

// TxnStatus returns ProducerTxnFlagInTransaction after BeginTxn, else ProducerTxnFlagReady.
func (sp *SyncProducer) TxnStatus() sarama.ProducerTxnStatusFlag { return sp.producer.txn.TxnStatus() }

// AddOffsetsToTxn does nothing.
func (sp *SyncProducer) AddOffsetsToTxn(_ map[string][]*sarama.PartitionOffsetMetadata, _ string) error {
	return nil
}

// AddOffsetsToTxnWithGroupMetadata does nothing.
func (sp *SyncProducer) AddOffsetsToTxnWithGroupMetadata(
	_ map[string][]*sarama.PartitionOffsetMetadata, _ *sarama.ConsumerGroupMetadata,
) error {
	return nil
}

// AddMessageToTxn does nothing.
func (sp *SyncProducer) AddMessageToTxn(_ *sarama.ConsumerMessage, _ string, _ *string) error {
	return nil
}

// AddMessageToTxnWithGroupMetadata does nothing.
func (sp *SyncProducer) AddMessageToTxnWithGroupMetadata(
	_ *sarama.ConsumerMessage, _ *sarama.ConsumerGroupMetadata, _ *string,
) error {
	return nil
}

// ExpectSendMessageWithMessageCheckerFunctionAndSucceed expects a message that the checker accepts, and sends it. With an error of the
// checker the message fails, and so does the test.
func (sp *SyncProducer) ExpectSendMessageWithMessageCheckerFunctionAndSucceed(cf MessageChecker) *SyncProducer {
	return sp.expect("ExpectSendMessageWithMessageCheckerFunctionAndSucceed", cf, nil)
}

// ExpectSendMessageWithMessageCheckerFunctionAndFail expects a message that the checker accepts, and fails it with err. With an error of the
// checker the message fails with that, and so does the test.
func (sp *SyncProducer) ExpectSendMessageWithMessageCheckerFunctionAndFail(cf MessageChecker, err error) *SyncProducer {
	return sp.expect("ExpectSendMessageWithMessageCheckerFunctionAndFail", cf, err)
}

// ExpectSendMessageWithCheckerFunctionAndSucceed is ExpectSendMessageWithMessageCheckerFunctionAndSucceed for a
// checker of the value.
func (sp *SyncProducer) ExpectSendMessageWithCheckerFunctionAndSucceed(cf ValueChecker) *SyncProducer {
	return sp.expect("ExpectSendMessageWithCheckerFunctionAndSucceed", messageChecker(cf), nil)
}

// ExpectSendMessageWithCheckerFunctionAndFail is ExpectSendMessageWithMessageCheckerFunctionAndFail for a
// checker of the value.
func (sp *SyncProducer) ExpectSendMessageWithCheckerFunctionAndFail(cf ValueChecker, err error) *SyncProducer {
	return sp.expect("ExpectSendMessageWithCheckerFunctionAndFail", messageChecker(cf), err)
}

// ExpectSendMessageAndSucceed expects a message, and sends it.
func (sp *SyncProducer) ExpectSendMessageAndSucceed() *SyncProducer {
	return sp.expect("ExpectSendMessageAndSucceed", nil, nil)
}

// ExpectSendMessageAndFail expects a message, and fails it with err.
func (sp *SyncProducer) ExpectSendMessageAndFail(err error) *SyncProducer {
	return sp.expect("ExpectSendMessageAndFail", nil, err)
}

// expect is called by the exported methods alone, since it looks for their caller.
func (sp *SyncProducer) expect(method string, check MessageChecker, result error) *SyncProducer {
	sp.producer.expected.add(method, check, result)
	return sp
}

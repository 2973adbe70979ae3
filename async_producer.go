package sarama

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrProducerRetryBufferOverflow is the outcome of messages whose retry would exceed Config.Producer.Retry.MaxBufferLength or
// MaxBufferBytes.
var ErrProducerRetryBufferOverflow = errors.New("retry buffer full: message discarded to prevent buffer overflow")

// AsyncProducer sends messages in the background. Each message that goes into Input comes back once: through Successes if
// Config.Producer.Return.Successes is set, or through Errors if Return.Errors is. Read both, or the producer stops when
// their buffers are full. Messages of a partition keep their order, over retries and changes of the leader too.
//
// Close it, or what is buffered is lost and its goroutines stay.
type AsyncProducer interface {
	// AsyncClose has the producer send what it holds and then close Successes and Errors; go on reading both until then.
	AsyncClose()

	// Close is AsyncClose, and waits for the end while it reads Successes and Errors itself; it returns the errors as
	// ProducerErrors. Close the producer before its client.
	Close() error

	// Input takes the messages. It blocks while too much waits to be sent.
	Input() chan<- *ProducerMessage

	// Successes gives back what was acknowledged, if Config.Producer.Return.Successes is true.
	Successes() <-chan *ProducerMessage

	// Errors gives back what failed after all retries, if Config.Producer.Return.Errors is true; otherwise it is logged.
	Errors() <-chan *ProducerError

	// IsTransactional tells whether Config.Producer.Transaction.ID is set.
	IsTransactional() bool

	// TxnStatus returns the state of the transaction.
	TxnStatus() ProducerTxnStatusFlag

	// BeginTxn starts a transaction: from then on messages may be sent.
	BeginTxn() error

	// CommitTxn waits for all messages of the transaction, then commits it.
	CommitTxn() error

	// AbortTxn waits for all messages of the transaction, then aborts it.
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

// producerMemory is how many bytes of messages a producer holds before it takes no more.
const producerMemory = 64 << 20

// messageMemory is about what a message takes besides key, value and headers, which are held twice: as they came, and encoded.
const messageMemory = 200

// asyncProducer is both producers' inside: messages go through topics to partitions, whose batches their brokers' loops
// send.
type asyncProducer struct {
	client clusterClient
	conf   *Config
	format batchFormat
	keeper *identityKeeper // nil unless idempotent without transactions
	txn    *transactionManager
	meter  *producerMetrics

	input     chan *ProducerMessage
	successes chan *ProducerMessage
	errors    chan *ProducerError
	resolved  chan resolution
	chunk     []*ProducerMessage // the dispatcher's own: messages that it has taken at once
	spaced    spacing

	ledger   *producerLedger
	retries  *retryBudget
	outcomes *outcomeQueue
	brokers  *brokerProducers

	synchronous bool // callers wait for their messages: nothing goes through Input, Successes and Errors

	ctx    context.Context // ends when everything is settled
	cancel context.CancelFunc
	closed sync.Once
	ended  chan struct{} // closed when nothing of the producer runs any more

	mu           sync.Mutex // guards what follows, and calls of partitioners
	topics       map[string]*topicProducer
	last         *topicProducer
	touched      []*partitionProducer // that messages were gathered for, to be appended to them
	woken        []*brokerProducer    // that have got something to send since the last wake
	turn         uint64               // counts the times that waiting messages were taken; metadata is looked at once in each
	shuttingDown bool
}

// NewAsyncProducer connects to the cluster that addrs (host:port) belong to, and returns a producer. A nil conf is NewConfig().
func NewAsyncProducer(addrs []string, conf *Config) (AsyncProducer, error) {
	client, err := NewClient(addrs, conf)
	if err != nil {
		return nil, err
	}
	p, err := startAsyncProducer(client)
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	return p, nil
}

// NewAsyncProducerFromClient returns a producer that uses a client, which stays yours to close, after the producer.
func NewAsyncProducerFromClient(client Client) (AsyncProducer, error) {
	p, err := startAsyncProducer(newNopCloserClient(client))
	if err != nil {
		return nil, err
	}
	return p, nil
}

func startAsyncProducer(client Client) (*asyncProducer, error) {
	p, err := newAsyncProducer(client)
	if err != nil {
		return nil, err
	}
	p.start()
	return p, nil
}

func (p *asyncProducer) start() {
	go withRecover(p.dispatcher)
	go withRecover(p.deliver)
}

func newAsyncProducer(client Client) (*asyncProducer, error) {
	if client.Closed() {
		return nil, ErrClosedClient
	}
	conf := client.Config()
	var spaced spacing
	p := &asyncProducer{
		client:    internalsOf(client),
		conf:      conf,
		format:    newBatchFormat(conf),
		meter:     newProducerMetrics(conf),
		input:     spaceOut[ProducerMessage](&spaced, conf.ChannelBufferSize),
		successes: spaceOut[ProducerMessage](&spaced, conf.ChannelBufferSize),
		errors:    spaceOut[ProducerError](&spaced, conf.ChannelBufferSize),
		resolved:  make(chan resolution),
		ledger:    newProducerLedger(producerMemory),
		retries:   newRetryBudget(conf),
		outcomes:  newOutcomeQueue(),
		brokers:   newBrokerProducers(conf),
		ended:     make(chan struct{}),
		topics:    make(map[string]*topicProducer),
	}
	p.spaced = spaced
	p.ctx, p.cancel = context.WithCancel(context.Background())
	var err error
	switch {
	case conf.Producer.Transaction.ID != "":
		p.txn, err = newTransactionManager(p.ctx, p.client)
	case conf.Producer.Idempotent:
		p.keeper, err = newIdentityKeeper(p.ctx, p.client)
	}
	if err != nil {
		p.cancel()
		p.meter.close()
		return nil, err
	}
	return p, nil
}

func (p *asyncProducer) Input() chan<- *ProducerMessage     { return p.input }
func (p *asyncProducer) Successes() <-chan *ProducerMessage { return p.successes }
func (p *asyncProducer) Errors() <-chan *ProducerError      { return p.errors }

// Close implements AsyncProducer.
func (p *asyncProducer) Close() error {
	p.AsyncClose()
	go withRecover(func() {
		for range p.successes {
		}
	})
	var failed ProducerErrors
	for err := range p.errors {
		failed = append(failed, err)
	}
	<-p.ended
	if len(failed) > 0 {
		return failed
	}
	return nil
}

// identity is what new batches are sent by.
func (p *asyncProducer) identity() producerIdentity {
	switch {
	case p.txn != nil:
		return p.txn.identity()
	case p.keeper != nil:
		return p.keeper.identity()
	default:
		return noIdentity
	}
}

// AsyncClose implements AsyncProducer.
func (p *asyncProducer) AsyncClose() {
	p.closed.Do(func() { go withRecover(p.shutdown) })
}

// shutdown runs once per producer, from AsyncClose until all messages have their outcome and all goroutines have ended.
func (p *asyncProducer) shutdown() {
	defer close(p.ended)
	Logger.Println("Producer shutting down.")
	p.inOrder(func() { p.shuttingDown = true })
	p.brokers.flush(true)
	_ = p.ledger.wait(context.Background())
	p.brokers.close()
	p.cancel()
	if err := p.client.Close(); err != nil {
		Logger.Println("producer/shutdown failed to close the embedded client:", err)
	}
	close(p.input)
	p.outcomes.close()
	<-p.outcomes.drained
	close(p.errors)
	close(p.successes)
	p.meter.close()
}

// order is what the dispatcher does in the place of sending the message that has it for Metadata.
type order func()

// inOrder runs fn, which sees to the messages that went into Input before, and to none that come later.
func (p *asyncProducer) inOrder(fn func()) {
	if p.synchronous {
		p.mu.Lock()
		defer p.mu.Unlock()
		fn()
		return
	}
	done := make(chan struct{})
	p.ledger.add(1, 0) // nothing may seem settled until then
	p.input <- &ProducerMessage{Metadata: order(func() {
		defer close(done)
		fn()
	})}
	<-done
	p.ledger.done(1, 0)
}

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

// takeResolution sends messages that waited for metadata on their way.
func (p *asyncProducer) takeResolution(r resolution) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unpark(r)
	p.appendGathered(time.Now().UnixMilli())
	p.wake()
}

// awaitMemory returns when the producer holds less than it may.
func (p *asyncProducer) awaitMemory() {
	if !p.ledger.full() {
		return
	}
	p.brokers.flush(false)
	for p.ledger.full() {
		select {
		case <-p.ledger.freed:
		case r := <-p.resolved:
			p.takeResolution(r)
			p.brokers.flush(false)
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
	uncounted := 0
	now := time.Now().UnixMilli()
	p.mu.Lock()
	p.turn++
	for i, msg := range chunk {
		if !p.accept(msg) {
			uncounted++
		}
		chunk[i] = nil
	}
	p.appendGathered(now)
	p.wake()
	p.mu.Unlock()
	if uncounted > 0 {
		p.ledger.done(uncounted, 0)
	}
}

// accept sends a message on its way to its partition, or to Errors. It returns false for what is no message.
func (p *asyncProducer) accept(msg *ProducerMessage) bool {
	if msg == nil {
		Logger.Println("Something tried to send a nil message, it was ignored.")
		return false
	}
	if do, ok := msg.Metadata.(order); ok {
		p.appendGathered(time.Now().UnixMilli())
		do()
		return false
	}
	if err := p.prepare(msg); err != nil {
		p.fail(msg, err)
		return true
	}
	p.topicOf(msg).route(msg)
	return true
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
		interceptSend(p.conf.Producer.Interceptors, msg)
	}
	if p.format.magic < 2 && msg.Headers != nil {
		return ConfigurationError("Producing headers requires Kafka at least v0.11")
	}
	size := msg.ByteSize(int(p.format.magic))
	if size > p.conf.Producer.MaxMessageBytes {
		return ConfigurationError(fmt.Sprintf("Attempt to produce message larger than configured Producer.MaxMessageBytes: %d > %d",
			size, p.conf.Producer.MaxMessageBytes))
	}
	msg.size = int32(size)
	return nil
}

// topicOf returns the producer's part for a message's topic.
func (p *asyncProducer) topicOf(msg *ProducerMessage) *topicProducer {
	if p.last != nil && p.last.topic == msg.Topic {
		return p.last
	}
	tp := p.topics[msg.Topic]
	if tp == nil {
		tp = newTopicProducer(p, msg.Topic)
		p.topics[msg.Topic] = tp
	}
	p.last = tp
	return tp
}

// appendGathered gives each partition what was gathered for it.
func (p *asyncProducer) appendGathered(now int64) {
	for _, pp := range p.touched {
		if bp := pp.append(pp.gathered, now); bp != nil && !slices.Contains(p.woken, bp) {
			p.woken = append(p.woken, bp)
		}
		clear(pp.gathered)
		pp.gathered = pp.gathered[:0]
	}
	p.touched = p.touched[:0]
}

// wake has the brokers send that have got something to send.
func (p *asyncProducer) wake() {
	for _, bp := range p.woken {
		bp.signal()
	}
	p.woken = p.woken[:0]
}

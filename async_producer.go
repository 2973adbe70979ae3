package sarama

import (
	"context"
	"errors"
	"math"
	"sync"
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

// producerMemory is how many bytes of messages a producer holds before it takes no more, unless Producer.MaxBufferBytes is set.
const producerMemory = 32 << 20

// producerMemoryOf is what a producer holds by its Config.
func producerMemoryOf(conf *Config) int {
	if most := conf.Producer.MaxBufferBytes; most > 0 {
		return int(min(most, math.MaxInt))
	}
	return producerMemory
}

// messageMemory is about what a message takes besides its encoded form.
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
	told   *telemetryMeter // nil without telemetry

	input     chan *ProducerMessage
	successes chan *ProducerMessage
	errors    chan *ProducerError
	resolved  chan resolution
	chunk     []*ProducerMessage     // the dispatcher's own: messages that it has taken at once
	accepts   func(*ProducerMessage) // accept, as a value that is made once
	spaced    spacing

	ledger   *producerLedger
	retries  *retryBudget
	outcomes *outcomeQueue
	brokers  *brokerProducers
	acks     []ProducerAcknowledgementInterceptor

	synchronous bool // callers wait for their messages: nothing goes through Input, Successes and Errors

	ctx     context.Context // ends when everything is settled, or given up
	cancel  context.CancelCauseFunc
	closed  sync.Once
	closing chan struct{}  // closed when the producer begins to close
	ended   chan struct{}  // closed when nothing of the producer runs any more
	running sync.WaitGroup // of goroutines that end with ctx or Input
	askers  sync.WaitGroup // of goroutines that ask the cluster for messages that wait; they end with those or with ctx

	mu           sync.Mutex // guards what follows, and calls of partitioners
	topics       map[string]*topicProducer
	last         *topicProducer
	touched      []*partitionProducer // that messages were gathered for, to be appended to them
	woken        []*brokerProducer    // that have got something to send since takeWoken
	due          []*brokerProducer    // that takeWoken returned: the dispatcher's own
	turn         uint64               // counts the times that waiting messages were taken; metadata is looked at once in each
	taken        int                  // bytes of messages that were gathered since appendSome began
	charge       int                  // memory of those that were gathered, and not appended yet
	uncounted    int                  // of what was taken, no message
	givenUp      error                // why all that is left has failed; nil: it has not
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
	p.launch(p.dispatcher)
	go withRecover(p.deliver)
	if p.conf.Producer.DeliveryTimeout > 0 {
		p.launch(p.expire)
	}
}

// launch starts a goroutine that Close waits for.
func (p *asyncProducer) launch(fn func()) {
	p.running.Add(1)
	go withRecover(func() {
		defer p.running.Done()
		fn()
	})
}

// ask starts a goroutine that asks the cluster, for messages that are not settled. Close waits for it.
func (p *asyncProducer) ask(fn func()) {
	p.askers.Add(1)
	go withRecover(func() {
		defer p.askers.Done()
		fn()
	})
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
		told:      meterOf(client),
		input:     spaceOut[ProducerMessage](&spaced, conf.ChannelBufferSize),
		successes: spaceOut[ProducerMessage](&spaced, conf.ChannelBufferSize),
		errors:    spaceOut[ProducerError](&spaced, conf.ChannelBufferSize),
		resolved:  make(chan resolution),
		ledger:    newProducerLedger(producerMemoryOf(conf)),
		retries:   newRetryBudget(conf),
		outcomes:  newOutcomeQueue(),
		brokers:   newBrokerProducers(conf),
		acks:      acknowledged(conf.Producer.Interceptors),
		closing:   make(chan struct{}),
		ended:     make(chan struct{}),
		topics:    make(map[string]*topicProducer),
	}
	p.told.hasProducer(conf.Producer.Transaction.ID)
	p.spaced = spaced
	p.accepts = p.accept
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	var err error
	switch {
	case conf.Producer.Transaction.ID != "":
		p.txn, err = newTransactionManager(p.ctx, p.client)
	case conf.Producer.Idempotent:
		p.keeper, err = newIdentityKeeper(p.ctx, p.client)
	}
	if err != nil {
		p.cancel(err)
		p.meter.close()
		return nil, err
	}
	return p, nil
}

func (p *asyncProducer) Input() chan<- *ProducerMessage     { return p.input }
func (p *asyncProducer) Successes() <-chan *ProducerMessage { return p.successes }
func (p *asyncProducer) Errors() <-chan *ProducerError      { return p.errors }

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

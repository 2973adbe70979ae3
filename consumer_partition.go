package sarama

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// PartitionConsumer reads one partition. It goes on for ever, over changes of the leader and failures, which are logged, or
// given to Errors if Config.Consumer.Return.Errors is true. It ends by itself only when the broker does not have the offset
// any more (ErrOffsetOutOfRange), or when Config.Consumer.Retry.Max failures came in a row (ErrConsumerRetriesExhausted).
//
// A partition whose messages are not read does not slow the others: it is left out of the fetches until there is room.
//
// Close it, or its goroutine stays.
type PartitionConsumer interface {
	// AsyncClose ends the reading. Go on reading Messages and Errors until they are closed.
	AsyncClose()

	// Close is AsyncClose, and waits until Errors is closed; it returns what was in there as ConsumerErrors.
	Close() error

	// Messages gives the records, in order.
	Messages() <-chan *ConsumerMessage

	// Errors gives what went wrong, if Config.Consumer.Return.Errors is true: read it then.
	Errors() <-chan *ConsumerError

	// HighWaterMarkOffset returns the offset that the partition's next record will get, as last heard.
	HighWaterMarkOffset() int64

	// Pause has the partition not fetched any more, until Resume. What is fetched already is still delivered.
	Pause()

	// Resume has a paused partition fetched again.
	Resume()

	// IsPaused tells whether the partition is paused.
	IsPaused() bool
}

// noReplica stands for reading from the leader.
const noReplica = -1

// stuckRetries is after how many failures in a row one more is logged, each time.
const stuckRetries = 10

// partitionConsumer has its records fetched by its broker's loop, and decodes and delivers them itself.
type partitionConsumer struct {
	topicPartition
	parent   *consumer
	conf     *Config
	messages chan *ConsumerMessage
	errors   chan *ConsumerError
	ctx      context.Context // ends with AsyncClose
	cancel   context.CancelFunc
	mark     atomic.Int64
	paused   atomic.Bool
	arrived  chan struct{} // holds a token when there may be something in fetched
	moves    sync.WaitGroup
	records  recordDecoder // run's own

	mu          sync.Mutex // guards what follows
	offset      int64      // to fetch next
	fetchSize   int32
	leaderEpoch int32 // -1: not known
	fetched     []fetchedRecords
	undelivered int             // bytes fetched and not delivered
	broker      *brokerConsumer // that fetches; nil while that is looked for
	left        *brokerConsumer // that fetched when the partition was closed
	replica     int32           // to read from in the place of the leader (KIP-392)
	replicaEnd  time.Time       // when the leader is asked again
	retries     int             // failures in a row
}

// fetchedRecords is what one fetch brought.
type fetchedRecords struct {
	offset  int64 // that was asked for
	data    []byte
	aborted []*protocol.AbortedTransaction
}

func newPartitionConsumer(c *consumer, topic string, partition int32) *partitionConsumer {
	pc := &partitionConsumer{
		topicPartition: topicPartition{topic, partition},
		parent:         c,
		conf:           c.conf,
		messages:       make(chan *ConsumerMessage, c.conf.ChannelBufferSize),
		errors:         make(chan *ConsumerError, c.conf.ChannelBufferSize),
		arrived:        make(chan struct{}, 1),
		fetchSize:      c.conf.Consumer.Fetch.Default,
		replica:        noReplica,
	}
	pc.ctx, pc.cancel = context.WithCancel(c.ctx)
	pc.records = newRecordDecoder(topic, partition, c.conf.Consumer.IsolationLevel == ReadCommitted)
	return pc
}

// chooseStart sets the offset to start at.
func (pc *partitionConsumer) chooseStart(offset int64) error {
	newest, err := pc.parent.client.offsetAt(pc.ctx, pc.topic, pc.partition, OffsetNewest)
	if err != nil {
		return err
	}
	pc.mark.Store(newest)
	oldest, err := pc.parent.client.offsetAt(pc.ctx, pc.topic, pc.partition, OffsetOldest)
	if err != nil {
		return err
	}
	switch {
	case offset == OffsetNewest:
		offset = newest
	case offset == OffsetOldest:
		offset = oldest
	case offset < oldest || offset > newest:
		return ErrOffsetOutOfRange
	}
	pc.offset, pc.records.offset = offset, offset
	return nil
}

// Messages implements PartitionConsumer.
func (pc *partitionConsumer) Messages() <-chan *ConsumerMessage { return pc.messages }

// Errors implements PartitionConsumer.
func (pc *partitionConsumer) Errors() <-chan *ConsumerError { return pc.errors }

// HighWaterMarkOffset implements PartitionConsumer.
func (pc *partitionConsumer) HighWaterMarkOffset() int64 { return pc.mark.Load() }

// IsPaused implements PartitionConsumer.
func (pc *partitionConsumer) IsPaused() bool { return pc.paused.Load() }

// Pause implements PartitionConsumer.
func (pc *partitionConsumer) Pause() { pc.paused.Store(true) }

// Resume implements PartitionConsumer.
func (pc *partitionConsumer) Resume() {
	if pc.paused.Swap(false) {
		pc.wakeBroker()
	}
}

// AsyncClose implements PartitionConsumer.
func (pc *partitionConsumer) AsyncClose() { pc.cancel() }

// Close implements PartitionConsumer.
func (pc *partitionConsumer) Close() error {
	pc.AsyncClose()
	var left ConsumerErrors
	for err := range pc.errors {
		left = append(left, err)
	}
	if len(left) > 0 {
		return left
	}
	return nil
}

// run is one per partition; it owns the decoding and the delivery, and ends with AsyncClose or the consumer's Close.
func (pc *partitionConsumer) run() {
	defer pc.end()
	for {
		select {
		case <-pc.ctx.Done():
			return
		case <-pc.arrived:
		}
		for {
			f, ok := pc.next()
			if !ok {
				break
			}
			if err := pc.deliver(&f); err != nil {
				pc.rewind(err)
			}
			pc.release(len(f.data))
			if pc.ctx.Err() != nil {
				return
			}
		}
	}
}

// end closes the channels when nobody can send on them any more.
func (pc *partitionConsumer) end() {
	pc.cancel()
	pc.mu.Lock()
	pc.broker, pc.left = nil, pc.broker // who held mu may have started to move; from here on nobody does
	pc.mu.Unlock()
	pc.moves.Wait()
	pc.mu.Lock()
	brokers := []*brokerConsumer{pc.left, pc.broker}
	pc.mu.Unlock()
	for _, broker := range brokers {
		if broker != nil {
			broker.remove(pc)
		}
	}
	pc.parent.remove(pc)
	close(pc.messages)
	close(pc.errors)
}

func (pc *partitionConsumer) next() (f fetchedRecords, ok bool) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if len(pc.fetched) == 0 {
		return f, false
	}
	f = pc.fetched[0]
	pc.fetched[0] = fetchedRecords{}
	pc.fetched = pc.fetched[1:]
	return f, true
}

// release makes room for as many bytes to be fetched.
func (pc *partitionConsumer) release(n int) {
	limit := pc.limit()
	pc.mu.Lock()
	before := pc.undelivered
	pc.undelivered -= n
	again := before >= limit && pc.undelivered < limit
	pc.mu.Unlock()
	if again {
		pc.wakeBroker()
	}
}

// limit is from how many undelivered bytes on the partition is left out of the fetches.
func (pc *partitionConsumer) limit() int { return int(pc.conf.Consumer.Fetch.Default) }

func (pc *partitionConsumer) wakeBroker() {
	pc.mu.Lock()
	broker := pc.broker
	pc.mu.Unlock()
	if broker != nil {
		broker.signal()
	}
}

// deliver decodes what was fetched and sends it to the user, until the partition is closed.
func (pc *partitionConsumer) deliver(f *fetchedRecords) error {
	pc.records.reset(f)
	total := 0
	for {
		msgs, err := pc.records.next()
		for i := range msgs {
			if !pc.send(&msgs[i]) {
				return nil
			}
		}
		total += len(msgs)
		if err != nil {
			return err
		}
		if msgs == nil {
			pc.parent.meter.batchSize.Update(int64(total))
			return nil
		}
	}
}

// send gives a message to the user. It returns false if the partition was closed before.
func (pc *partitionConsumer) send(msg *ConsumerMessage) bool {
	if len(pc.conf.Consumer.Interceptors) > 0 {
		interceptConsume(pc.conf.Consumer.Interceptors, msg)
	}
	select {
	case pc.messages <- msg:
		return true
	default:
	}
	select {
	case pc.messages <- msg:
		return true
	case <-pc.ctx.Done():
		return false
	}
}

// rewind has fetched anew what could not be decoded, after the error was told.
func (pc *partitionConsumer) rewind(err error) {
	pc.mu.Lock()
	for _, f := range pc.fetched {
		pc.undelivered -= len(f.data)
	}
	pc.fetched = nil
	pc.offset = pc.records.offset
	broker := pc.broker
	pc.mu.Unlock()
	if broker != nil && broker.remove(pc) {
		pc.abandon(broker, err)
	}
}

// report tells the user what went wrong, unless the partition is being closed.
func (pc *partitionConsumer) report(err error) {
	failed := &ConsumerError{Topic: pc.topic, Partition: pc.partition, Err: err}
	if !pc.conf.Consumer.Return.Errors {
		Logger.Println(failed)
		return
	}
	select {
	case pc.errors <- failed:
	case <-pc.ctx.Done():
	}
}

// abandon leaves a broker, which the partition is no more subscribed to, for a reason, and has another one found.
func (pc *partitionConsumer) abandon(broker *brokerConsumer, reason error) {
	Logger.Printf("consumer/broker/%d abandoned subscription to %s/%d because %s\n",
		broker.broker.ID(), pc.topic, pc.partition, reason)
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.broker != broker {
		return
	}
	pc.broker = nil
	fromReplica := pc.replica != noReplica
	if !errors.Is(reason, errMoved) {
		pc.replica = noReplica
	}
	if pc.ctx.Err() != nil {
		return
	}
	pc.moves.Add(1)
	go withRecover(func() {
		defer pc.moves.Done()
		pc.move(judgeFetch(reason, fromReplica))
	})
}

// fetchVerdict is what follows for a partition from a failed fetch.
type fetchVerdict struct {
	report error // to tell the user; nil: it is no failure
	fatal  bool  // the partition can not be read on
	prompt bool  // look for the broker without waiting
}

// errMoved has a partition read from another replica (KIP-392).
var errMoved = errors.New("kafka: another replica is to be read from")

// judgeFetch decides by the reason for which a broker was left.
func judgeFetch(reason error, fromReplica bool) fetchVerdict {
	switch {
	case errors.Is(reason, errMoved):
		return fetchVerdict{prompt: true}
	case errors.Is(reason, ErrOffsetOutOfRange):
		// A follower may not have what the leader has given out already: the leader decides.
		if fromReplica {
			return fetchVerdict{}
		}
		return fetchVerdict{report: reason, fatal: true}
	case errors.Is(reason, ErrUnknownTopicOrPartition), errors.Is(reason, ErrNotLeaderForPartition),
		errors.Is(reason, ErrLeaderNotAvailable), errors.Is(reason, ErrReplicaNotAvailable),
		errors.Is(reason, ErrFencedLeaderEpoch), errors.Is(reason, ErrUnknownLeaderEpoch):
		return fetchVerdict{}
	default:
		return fetchVerdict{report: reason}
	}
}

// move finds the broker to fetch from and subscribes to it. One at a time per partition; it ends when that has succeeded,
// when the partition is closed or can not be read on.
func (pc *partitionConsumer) move(v fetchVerdict) {
	for {
		if v.report != nil {
			pc.report(v.report)
		}
		if v.fatal {
			Logger.Printf("consumer/%s/%d shutting down because %s\n", pc.topic, pc.partition, v.report)
			pc.cancel()
			return
		}
		if !v.prompt && !pc.backOff() {
			return
		}
		broker, err := pc.locate()
		if pc.ctx.Err() != nil {
			return
		}
		if err == nil {
			pc.parent.subscribe(pc, broker)
			return
		}
		v = fetchVerdict{report: err}
	}
}

// backOff waits before a broker is looked for. It returns false if that is not to be done any more.
func (pc *partitionConsumer) backOff() bool {
	retry := &pc.conf.Consumer.Retry
	pc.mu.Lock()
	exhausted := retry.Max > 0 && pc.retries >= retry.Max
	if !exhausted {
		pc.retries++
	}
	retries := pc.retries
	pc.mu.Unlock()
	if exhausted {
		Logger.Printf("consumer/%s/%d giving up after %d consecutive failures\n", pc.topic, pc.partition, retries)
		pc.report(ErrConsumerRetriesExhausted)
		pc.cancel()
		return false
	}
	if retries%stuckRetries == 0 {
		Logger.Printf("consumer/%s/%d still retrying after %d consecutive failures\n", pc.topic, pc.partition, retries)
	}
	backoff := retry.Backoff
	if retry.BackoffFunc != nil {
		backoff = retry.BackoffFunc(retries)
	}
	return wait(pc.ctx, backoff) == nil
}

// locate returns the broker to fetch from: the leader, or the replica that it prefers for us.
func (pc *partitionConsumer) locate() (*Broker, error) {
	client := pc.parent.client
	if err := client.refreshMetadata(pc.ctx, pc.topic); err != nil {
		return nil, err
	}
	pc.mu.Lock()
	replica := pc.replica
	pc.mu.Unlock()
	if replica != noReplica {
		broker, err := client.Broker(replica)
		if err == nil {
			return broker, nil
		}
		Logger.Printf("consumer/%s/%d failed to find active broker for preferred read replica %d - will fallback to leader\n",
			pc.topic, pc.partition, replica)
	}
	leader, epoch, err := client.leader(pc.ctx, pc.topic, pc.partition)
	if err != nil {
		return nil, err
	}
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.replica, pc.leaderEpoch = noReplica, epoch
	return leader, nil
}

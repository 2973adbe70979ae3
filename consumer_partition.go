package sarama

import (
	"context"
	"errors"
	"math"
	"slices"
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
	ctx      context.Context // ends with AsyncClose, or with the consumer
	cancel   context.CancelFunc
	unhook   func() bool // from the consumer's Close
	mark     atomic.Int64
	start    atomic.Int64 // where the reading began
	paused   atomic.Bool
	arrived  chan struct{} // holds a token when there may be something in fetched
	moves    sync.WaitGroup
	memory   partitionMemory

	role    sync.Mutex    // of who takes from fetched, decodes and delivers: run, or the broker's loop when that does not wait
	records recordDecoder // of who has the role

	mu          sync.Mutex // guards what follows
	offset      int64      // to fetch next
	grown       int32      // bytes to ask for, since the next batch did not fit; 0: as usual
	largest     int        // bytes of the largest batch of the last fetch
	leaderEpoch int32      // -1: not known
	lastEpoch   int32      // of the leader that wrote the record before offset; -1: not known
	fetched     []fetchedRecords
	undelivered int             // bytes fetched and not delivered
	full        bool            // the last fetch went without the partition, since it had no room
	broker      *brokerConsumer // that fetches; nil while that is looked for
	replica     int32           // to read from in the place of the leader (KIP-392)
	reading     int32           // the replica that is read from; noReplica: the leader
	replicaEnd  time.Time       // when the leader is asked again
	hinted      bool            // the broker has told of a later leader
	retries     int             // failures in a row
}

// fetchedRecords is what one fetch brought.
type fetchedRecords struct {
	offset  int64 // that was asked for
	data    []byte
	own     bool // data is not a part of a whole answer
	aborted []*protocol.AbortedTransaction
	moved   *OffsetMovedError // in the place of records: what comes next is not what follows
}

// newPartitionConsumer returns one that ends with ctx, if not before.
func newPartitionConsumer(ctx context.Context, c *consumer, tp topicPartition) *partitionConsumer {
	pc := &partitionConsumer{
		topicPartition: tp,
		parent:         c,
		conf:           c.conf,
		messages:       make(chan *ConsumerMessage, c.conf.ChannelBufferSize),
		errors:         make(chan *ConsumerError, c.conf.ChannelBufferSize),
		arrived:        make(chan struct{}, 1),
		replica:        noReplica,
		reading:        noReplica,
		lastEpoch:      -1,
	}
	pc.ctx, pc.cancel = context.WithCancel(ctx)
	pc.unhook = context.AfterFunc(c.ctx, pc.cancel)
	pc.records = newRecordDecoder(tp, c.conf.Consumer.IsolationLevel == ReadCommitted)
	pc.records.bounded = c.memory.size > 0
	pc.memory.bound = &c.memory
	pc.memory.overhead = int64(c.conf.ChannelBufferSize+slabSize) * deliveredOverhead
	return pc
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
			pc.deliverAll()
		}
	}
}

// deliverAll sees to all that is in fetched.
func (pc *partitionConsumer) deliverAll() {
	pc.role.Lock()
	defer pc.role.Unlock()
	for pc.ctx.Err() == nil {
		f, ok := pc.next()
		if !ok {
			return
		}
		if f.moved != nil {
			pc.moveTo(f.moved)
		} else if err := pc.deliver(&f); err != nil {
			pc.rewind(err)
		}
	}
}

// fewRecords is how many records it does not pay to have another goroutine deliver.
const fewRecords = 32

// deliverFew delivers what was fetched just now from the broker's loop, if that are few records that take no time and for which
// Messages has room. It returns false if that is for run to do.
func (pc *partitionConsumer) deliverFew(e fetchedExtent) bool {
	if e.records > fewRecords || e.compressed || pc.records.bounded || len(pc.conf.Consumer.Interceptors) > 0 || !pc.role.TryLock() {
		return false
	}
	defer pc.role.Unlock()
	if cap(pc.messages)-len(pc.messages) < e.records || pc.ctx.Err() != nil {
		return false
	}
	f, ok := pc.nextOnly()
	if !ok {
		return false
	}
	if err := pc.deliver(&f); err != nil {
		pc.rewind(err)
	}
	return true
}

// rest gives up what was delivered last. While there is always more, that is left to what comes next: to hold some memory spares
// the collector cycles.
func (pc *partitionConsumer) rest() {
	if pc.role.TryLock() { // else something is being delivered
		pc.records.reset(&fetchedRecords{})
		pc.role.Unlock()
	}
}

// end closes the channels when nobody can send on them any more.
func (pc *partitionConsumer) end() {
	pc.cancel()
	pc.unhook()
	pc.mu.Lock()   // who holds mu may have seen that ctx had not ended, and start to move
	pc.mu.Unlock() //nolint:staticcheck // from here on nobody does
	pc.moves.Wait()
	pc.role.Lock() // for good: nobody delivers any more
	pc.mu.Lock()
	broker := pc.broker
	pc.broker = nil
	pc.mu.Unlock()
	if broker != nil {
		broker.remove(pc)
	}
	pc.memory.end()
	pc.parent.remove(pc)
	close(pc.messages)
	close(pc.errors)
}

func (pc *partitionConsumer) next() (f fetchedRecords, ok bool) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	return pc.nextLocked()
}

// nextOnly is next if there is nothing else.
func (pc *partitionConsumer) nextOnly() (f fetchedRecords, ok bool) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if len(pc.fetched) != 1 || pc.fetched[0].moved != nil {
		return f, false
	}
	return pc.nextLocked()
}

func (pc *partitionConsumer) nextLocked() (f fetchedRecords, ok bool) {
	if len(pc.fetched) == 0 {
		return f, false
	}
	f = pc.fetched[0]
	pc.fetched = slices.Delete(pc.fetched, 0, 1)
	return f, true
}

// signal has run look whether there is something in fetched.
func (pc *partitionConsumer) signal() {
	select {
	case pc.arrived <- struct{}{}:
	default:
	}
}

// release makes room for as many bytes to be fetched.
func (pc *partitionConsumer) release(n int) {
	pc.mu.Lock()
	pc.undelivered -= n
	again := pc.full && pc.undelivered < pc.limitLocked() // which may have grown: others' number makes a part of it
	pc.full = pc.full && !again
	pc.mu.Unlock()
	if again {
		pc.wakeBroker()
	}
}

// limitLocked is from how many undelivered bytes on the partition is left out of the fetches. Half of what a fetch may bring is
// enough to go on with while the next one comes, and takes a quarter less memory than all of it, at the same speed. The caller
// holds mu.
func (pc *partitionConsumer) limitLocked() int {
	share := pc.shareLocked()
	if !pc.records.bounded {
		share /= 2
	}
	return int(min(pc.conf.Consumer.Fetch.Default/2, share))
}

// batchesInShare is how many batches a fetch asks for at least, where partitions are many: the last one is often cut, and comes
// again; one that does not fit at all comes when its partition has its turn to be the first of a fetch.
const batchesInShare = 8

// shareLocked is what a fetch may ask of the partition besides others. The caller holds mu.
func (pc *partitionConsumer) shareLocked() int32 {
	share := pc.parent.memory.perPartition()
	if pc.records.bounded {
		return share
	}
	batch := int64(pc.largest)
	if batch == 0 { // others' are likely to be as large
		batch = pc.parent.memory.batch.Load()
	}
	return int32(max(int64(share), min(batchesInShare*batch, math.MaxInt32)))
}

func (pc *partitionConsumer) wakeBroker() {
	pc.mu.Lock()
	broker := pc.broker
	pc.mu.Unlock()
	if broker != nil {
		broker.signal()
	}
}

// releaseStep is how many bytes are delivered, at least, before there is room for more. What is fetched next then comes
// while the rest of them is delivered.
const releaseStep = 64 << 10

// deliver decodes what was fetched and sends it to the user, until the partition is closed.
func (pc *partitionConsumer) deliver(f *fetchedRecords) error {
	pc.records.reset(f)
	total, released, noted := 0, 0, 0
	defer func() {
		if pc.records.bounded {
			pc.memory.sentMore(total - noted)
			pc.returnRoom()
		}
		pc.release(len(f.data) - released)
		if f.own {
			pc.records.reset(&fetchedRecords{}) // partitions may be many, or have a bound
		}
		pc.parent.meter.batchSize.Update(int64(total))
	}()
	for {
		msgs, err := pc.records.next()
		if errors.Is(err, errNoRoom) {
			pc.memory.sentMore(total - noted)
			noted = total
			if !pc.makeRoom() {
				return nil
			}
			continue
		}
		if n := pc.records.held; n > 0 {
			pc.memory.begin(int64(n), int64(pc.records.granted))
			pc.records.held, pc.records.granted = 0, 0
		}
		for i := range msgs {
			if !pc.send(&msgs[i]) {
				return nil
			}
		}
		if total += len(msgs); err != nil {
			return err
		}
		if msgs == nil {
			pc.succeeded()
			return nil
		}
		if n := pc.records.passed - released; n >= releaseStep {
			pc.release(n)
			released += n
		}
	}
}

// succeeded takes note that what was fetched could be decoded.
func (pc *partitionConsumer) succeeded() {
	pc.mu.Lock()
	pc.retries = 0
	pc.mu.Unlock()
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
	kept := pc.fetched[:0]
	pc.offset, pc.lastEpoch = pc.records.offset, -1
	for _, f := range pc.fetched {
		pc.undelivered -= len(f.data)
		if f.moved != nil {
			kept, pc.offset = append(kept, f), f.moved.To
		}
	}
	clear(pc.fetched[len(kept):])
	pc.fetched = kept
	broker := pc.broker
	pc.mu.Unlock()
	if broker != nil && broker.remove(pc) {
		pc.abandon(broker, err)
	}
}

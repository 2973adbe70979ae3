package mocks

import (
	"cmp"
	"sync"

	"github.com/seed20e6684a/sarama"
)

// PartitionConsumer is a sarama.PartitionConsumer for tests: what Consumer.ExpectConsumePartition returns. YieldMessage and
// YieldError say what there is to read.
type PartitionConsumer struct {
	t         ErrorReporter
	topic     string
	partition int32
	offset    int64
	place     string // where it was expected

	messages chan *sarama.ConsumerMessage
	errors   chan *sarama.ConsumerError
	closing  chan struct{} // what finds no room is given up from then on
	close    sync.Once
	// turn is held by who sends to Messages, so that they come in order, and never for longer than until closing.
	turn chan struct{}
	// failing is held by those who send to Errors.
	failing sync.RWMutex

	mu       sync.Mutex // guards what follows
	consumed bool
	drained  struct{ messages, errors bool } // they are to be, on Close
	paused   bool
	held     []*sarama.ConsumerMessage // while it is paused
	next     int64                     // offset of the next message
	mark     int64                     // high water mark: next, but for what is held
}

func newPartitionConsumer(t ErrorReporter, topic string, partition int32, offset int64, size int, place string) *PartitionConsumer {
	first := offset
	if offset == sarama.OffsetOldest {
		first = 0
	}
	return &PartitionConsumer{
		t: t, topic: topic, partition: partition, offset: offset, place: place,
		messages: make(chan *sarama.ConsumerMessage, size),
		errors:   make(chan *sarama.ConsumerError, size),
		closing:  make(chan struct{}),
		turn:     make(chan struct{}, 1),
		next:     first, mark: first,
	}
}

func (pc *PartitionConsumer) expectation() string { return "ExpectConsumePartition set at " + pc.place }

func (pc *PartitionConsumer) compare(other *PartitionConsumer) int {
	return cmp.Or(cmp.Compare(pc.topic, other.topic), cmp.Compare(pc.partition, other.partition))
}

// start makes the partition consumed, which it can be once.
func (pc *PartitionConsumer) start() bool {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.consumed {
		return false
	}
	pc.consumed = true
	return true
}

// YieldMessage gives a message to be read, whose topic, partition and offset it sets. It waits while the channel is full.
// While the partition is paused, the message is kept until it resumes; after Close it is lost.
func (pc *PartitionConsumer) YieldMessage(msg *sarama.ConsumerMessage) *PartitionConsumer {
	if !pc.takeTurn() {
		return pc
	}
	defer pc.endTurn()
	msg.Topic, msg.Partition = pc.topic, pc.partition
	if pc.number(msg) {
		pc.send(msg)
	}
	return pc
}

// number gives a message its offset. It keeps the message, and returns false, if the partition is paused.
func (pc *PartitionConsumer) number(msg *sarama.ConsumerMessage) bool {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	msg.Offset = pc.next
	pc.next++
	if pc.paused {
		pc.held = append(pc.held, msg)
		return false
	}
	pc.mark = pc.next
	return true
}

func (pc *PartitionConsumer) takeTurn() bool {
	select {
	case <-pc.closing:
		return false
	default:
	}
	select {
	case pc.turn <- struct{}{}:
		return true
	case <-pc.closing:
		return false
	}
}

func (pc *PartitionConsumer) endTurn() { <-pc.turn }

// send is called by who has the turn.
func (pc *PartitionConsumer) send(msg *sarama.ConsumerMessage) {
	select {
	case pc.messages <- msg:
	case <-pc.closing:
	}
}

// YieldError gives an error to be read. It waits while the channel is full. After Close the error is lost.
func (pc *PartitionConsumer) YieldError(err error) *PartitionConsumer {
	pc.failing.RLock()
	defer pc.failing.RUnlock()
	select {
	case <-pc.closing:
		return pc
	default:
	}
	select {
	case pc.errors <- &sarama.ConsumerError{Topic: pc.topic, Partition: pc.partition, Err: err}:
	case <-pc.closing:
	}
	return pc
}

// ExpectMessagesDrainedOnClose makes it fail the test if Messages holds any when Close is called.
func (pc *PartitionConsumer) ExpectMessagesDrainedOnClose() *PartitionConsumer {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.drained.messages = true
	return pc
}

// ExpectErrorsDrainedOnClose makes it fail the test if Errors holds any when Close is called.
func (pc *PartitionConsumer) ExpectErrorsDrainedOnClose() *PartitionConsumer {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.drained.errors = true
	return pc
}

// AsyncClose closes Messages and Errors; what they hold can still be read. Calling it again does nothing.
func (pc *PartitionConsumer) AsyncClose() {
	pc.close.Do(func() {
		close(pc.closing)
		pc.turn <- struct{}{} // for ever
		close(pc.messages)
		pc.failing.Lock()
		defer pc.failing.Unlock()
		close(pc.errors)
	})
}

// Close is AsyncClose, empties Messages, and returns what it finds in Errors as ConsumerErrors. It fails the test if the
// partition was not read, and if a channel that is to be drained is not.
func (pc *PartitionConsumer) Close() error {
	pc.mu.Lock()
	consumed, drained := pc.consumed, pc.drained
	pc.mu.Unlock()
	if !consumed {
		pc.t.Errorf("Expectations set on %s/%d, but no partition consumer was started. (%s)", pc.topic, pc.partition, pc.expectation())
		pc.AsyncClose()
		return errPartitionConsumerNotStarted
	}
	if n := len(pc.errors); drained.errors && n > 0 {
		pc.t.Errorf("Expected the errors channel for %s/%d to be drained on close, but found %d errors. (%s)",
			pc.topic, pc.partition, n, pc.expectation())
	}
	if n := len(pc.messages); drained.messages && n > 0 {
		pc.t.Errorf("Expected the messages channel for %s/%d to be drained on close, but found %d messages. (%s)",
			pc.topic, pc.partition, n, pc.expectation())
	}
	pc.AsyncClose()
	for len(pc.messages) > 0 { // it is closed: nobody adds to it
		<-pc.messages
	}
	var errs sarama.ConsumerErrors
	for err := range pc.errors {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// Errors gives what YieldError was told.
func (pc *PartitionConsumer) Errors() <-chan *sarama.ConsumerError { return pc.errors }

// Messages gives what YieldMessage was told.
func (pc *PartitionConsumer) Messages() <-chan *sarama.ConsumerMessage { return pc.messages }

// HighWaterMarkOffset returns the offset of the next message, without those that wait for Resume.
func (pc *PartitionConsumer) HighWaterMarkOffset() int64 {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	return pc.mark
}

// Pause keeps the messages of later calls of YieldMessage until Resume.
func (pc *PartitionConsumer) Pause() {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.paused = true
}

// Resume ends a pause. The messages that were kept can be read from then on.
func (pc *PartitionConsumer) Resume() {
	if !pc.IsPaused() || !pc.takeTurn() {
		return
	}
	pc.mu.Lock()
	held := pc.held
	pc.held, pc.paused, pc.mark = nil, false, pc.next
	pc.mu.Unlock()
	for i, msg := range held {
		select {
		case pc.messages <- msg:
			continue
		default:
		}
		go pc.deliver(held[i:]) // the caller may be the one that reads: it is not to wait for itself
		return
	}
	pc.endTurn()
}

// deliver sends messages in order. One per Resume with more messages than there is room; has the turn; ends when they are
// sent, or when the partition is closed.
func (pc *PartitionConsumer) deliver(held []*sarama.ConsumerMessage) {
	defer pc.endTurn()
	for _, msg := range held {
		pc.send(msg)
	}
}

// IsPaused tells whether the partition is paused.
func (pc *PartitionConsumer) IsPaused() bool {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	return pc.paused
}

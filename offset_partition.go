package sarama

import (
	"sync"
	"time"
)

// PartitionOffsetManager keeps the offset of one partition for a group.
//
// Close it, or its OffsetManager goes on with it.
type PartitionOffsetManager interface {
	// NextOffset returns the offset of the next record to read, with the metadata that was committed along with it; with
	// nothing committed, Config.Consumer.Offsets.Initial and no metadata.
	NextOffset() (int64, string)

	// MarkOffset notes that all before an offset was processed: that of the next record to read, so mostly one more than that
	// of the last one that was. It is committed with the next commit, together with metadata of yours; what is marked and not
	// committed when the program ends is read again. Offsets that are not beyond the last one are ignored.
	MarkOffset(offset int64, metadata string)

	// ResetOffset is MarkOffset that goes back: offsets beyond the last one are ignored.
	ResetOffset(offset int64, metadata string)

	// Errors gives what could not be committed, if Config.Consumer.Return.Errors is true: read it then, or commits stand
	// still. Otherwise it is logged.
	Errors() <-chan *ConsumerError

	// AsyncClose ends the management: at the next commit, or at once if there is nothing to commit. Errors is closed then.
	AsyncClose()

	// Close is AsyncClose, and waits until Errors is closed; it returns what was in there as ConsumerErrors. Without
	// automatic commits, what was marked has to be committed before, or the manager to be closed.
	Close() error
}

// EpochMarker is implemented by PartitionOffsetManagers. It keeps the epoch of the leader that a record was read from
// (KIP-320) along with the offset, so that a later reader can tell whether the log has been cut off before it.
type EpochMarker interface {
	// MarkOffsetWithEpoch is MarkOffset with the leader epoch of the last record that was processed, -1 if it is not known.
	MarkOffsetWithEpoch(offset int64, leaderEpoch int32, metadata string)

	// NextOffsetWithEpoch is NextOffset with the leader epoch that was committed, -1 if none was.
	NextOffsetWithEpoch() (offset int64, leaderEpoch int32, metadata string)
}

// committedOffset is what is kept of a partition.
type committedOffset struct {
	offset      int64 // of the next record to read; -1: none
	leaderEpoch int32 // of the record before it; -1: not known
	metadata    string
}

// partitionOffsetManager implements PartitionOffsetManager.
type partitionOffsetManager struct {
	topicPartition
	parent *offsetManager
	errors chan *ConsumerError // sent to and closed by whoever has the parent's turn

	mu    sync.Mutex // guards what follows
	last  committedOffset
	dirty bool // last is to be committed
	// written is when the last record was written that was marked as a message, if it was the last mark.
	written time.Time
	cut     int32 // the epoch that showed that records of earlier ones are gone from the log; 0: none did
	done    bool  // AsyncClose was called
}

func newPartitionOffsetManager(om *offsetManager, tp topicPartition, last committedOffset) *partitionOffsetManager {
	return &partitionOffsetManager{
		topicPartition: tp, parent: om, last: last,
		errors: make(chan *ConsumerError, om.conf.ChannelBufferSize),
	}
}

// NextOffset implements PartitionOffsetManager.
func (pom *partitionOffsetManager) NextOffset() (int64, string) {
	offset, _, metadata := pom.NextOffsetWithEpoch()
	return offset, metadata
}

// NextOffsetWithEpoch implements EpochMarker.
func (pom *partitionOffsetManager) NextOffsetWithEpoch() (offset int64, leaderEpoch int32, metadata string) {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	if pom.last.offset < 0 {
		return pom.parent.conf.Consumer.Offsets.Initial, -1, ""
	}
	return pom.last.offset, pom.last.leaderEpoch, pom.last.metadata
}

// MarkOffset implements PartitionOffsetManager.
func (pom *partitionOffsetManager) MarkOffset(offset int64, metadata string) {
	pom.MarkOffsetWithEpoch(offset, -1, metadata)
}

// MarkOffsetWithEpoch implements EpochMarker.
func (pom *partitionOffsetManager) MarkOffsetWithEpoch(offset int64, leaderEpoch int32, metadata string) {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	if offset > pom.last.offset {
		pom.last, pom.dirty, pom.written = committedOffset{offset, leaderEpoch, metadata}, true, time.Time{}
	}
}

// markMessage is MarkOffset for a message that was processed.
func (pom *partitionOffsetManager) markMessage(msg *ConsumerMessage, metadata string) {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	epoch := msg.leaderEpoch()
	switch {
	case msg.Offset < pom.last.offset && pom.last.leaderEpoch >= 0 && epoch > pom.last.leaderEpoch:
		// A log's epochs never fall: what was marked is not in it any more (KIP-320). The mark goes back to what is.
		pom.cut = epoch
	case epoch >= 0 && epoch < pom.cut, msg.Offset < pom.last.offset:
		return
	}
	pom.last, pom.dirty, pom.written = committedOffset{msg.Offset + 1, epoch, metadata}, true, msg.Timestamp
}

// progress returns the offset that is marked, -1 if none is, and when the last record was written that is, if that is known.
func (pom *partitionOffsetManager) progress() (offset int64, written time.Time) {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	return pom.last.offset, pom.written
}

// ResetOffset implements PartitionOffsetManager.
func (pom *partitionOffsetManager) ResetOffset(offset int64, metadata string) {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	if offset <= pom.last.offset {
		pom.last, pom.dirty, pom.written = committedOffset{offset, -1, metadata}, true, time.Time{}
	}
}

// committed takes note of what was committed, unless more was marked meanwhile.
func (pom *partitionOffsetManager) committed(what committedOffset) {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	if pom.last == what {
		pom.dirty = false
	}
}

// marked returns what is to be committed.
func (pom *partitionOffsetManager) marked() committedOffset {
	pom.mu.Lock()
	defer pom.mu.Unlock()
	return pom.last
}

// Errors implements PartitionOffsetManager.
func (pom *partitionOffsetManager) Errors() <-chan *ConsumerError { return pom.errors }

// AsyncClose implements PartitionOffsetManager.
func (pom *partitionOffsetManager) AsyncClose() {
	pom.mu.Lock()
	pom.done = true
	again := pom.dirty
	pom.mu.Unlock()
	if again {
		select {
		case pom.parent.wake <- struct{}{}:
		default:
		}
		return
	}
	if pom.parent.tryTurn() { // else whoever has it ends the manager
		pom.parent.yieldTurn()
	}
}

// Close implements PartitionOffsetManager.
func (pom *partitionOffsetManager) Close() error {
	pom.AsyncClose()
	var left ConsumerErrors
	for err := range pom.errors {
		left = append(left, err)
	}
	if len(left) > 0 {
		return left
	}
	return nil
}

// offsetFailure is a partition's offset that was not committed.
type offsetFailure struct {
	pom *partitionOffsetManager
	err *ConsumerError
}

// report tells the user. The caller has the manager's turn. It waits for the user, but not once the manager is being closed.
func (f offsetFailure) report() {
	if !f.pom.parent.conf.Consumer.Return.Errors {
		f.pom.parent.conf.logOfGroup(f.pom.parent.group).Println(f.err)
		return
	}
	select {
	case f.pom.errors <- f.err:
		return
	default:
	}
	select {
	case f.pom.errors <- f.err:
	case <-f.pom.parent.closing.Done():
		f.pom.parent.conf.logOfGroup(f.pom.parent.group).Println(f.err)
	}
}

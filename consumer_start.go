package sarama

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// What follows is about where in its log a partition is read: at the start, and where the log is not the one that was read.

// begin finds the leader to start with, and the offset to start at. It does not make do with metadata older than an epoch,
// that of the record before the offset.
func (pc *partitionConsumer) begin(offset int64, leaderEpoch int32) (*Broker, error) {
	if leaderEpoch >= 0 && offset >= 0 {
		return pc.beginAfter(offset, leaderEpoch)
	}
	if err := pc.chooseStart(offset); err != nil {
		return nil, err
	}
	leader, epoch, err := pc.parent.client.leader(pc.ctx, pc.topic, pc.partition)
	pc.leaderEpoch = epoch
	return leader, err
}

// beginAfter is begin that makes sure that the log is still the one that was read up to the offset.
func (pc *partitionConsumer) beginAfter(offset int64, leaderEpoch int32) (*Broker, error) {
	client := pc.parent.client
	leader, epoch, err := client.leader(pc.ctx, pc.topic, pc.partition)
	if err == nil && epoch >= leaderEpoch {
		pc.offset, pc.lastEpoch, pc.leaderEpoch = offset, leaderEpoch, epoch
		err = pc.verify(leader)
	}
	if err != nil || epoch < leaderEpoch {
		if leader, err = pc.locate(); err != nil {
			return nil, err
		}
		pc.offset, pc.lastEpoch = offset, leaderEpoch
		if err = pc.verify(leader); err != nil {
			return nil, err
		}
	}
	err = pc.chooseStart(pc.offset)
	return leader, err
}

// chooseStart sets the offset to start at.
func (pc *partitionConsumer) chooseStart(offset int64) error {
	newest, err := pc.offsetAt(OffsetNewest)
	if err != nil {
		return err
	}
	pc.mark.Store(newest)
	oldest, err := pc.offsetAt(OffsetOldest)
	if err != nil {
		return err
	}
	switch {
	case offset == OffsetNewest:
		offset = newest
	case offset == OffsetOldest:
		offset = oldest
	case offset == OffsetNone:
		return ErrNoOffset
	case isPlace(offset):
		if offset, err = pc.find(offset); err != nil {
			return err
		}
	case offset < oldest || offset > newest:
		reset := pc.conf.Consumer.Offsets.Reset
		if offset < 0 || !isPlace(reset) {
			return ErrOffsetOutOfRange
		}
		to, err := pc.find(reset)
		if err != nil {
			return err
		}
		pc.offset = offset
		pc.start.Store(to)
		pc.moveLocked(to, -1, ErrOffsetOutOfRange) // nobody else has it yet
		pc.signal()
		return nil
	}
	pc.offset, pc.records.offset = offset, offset
	pc.start.Store(offset)
	return nil
}

func (pc *partitionConsumer) offsetAt(time int64) (int64, error) {
	return pc.parent.client.offsetAt(pc.ctx, pc.topic, pc.partition, time)
}

// find returns the offset of a place.
func (pc *partitionConsumer) find(place int64) (int64, error) {
	ms, isTime := offsetTime(place, time.Now())
	if !isTime {
		return pc.offsetAt(place)
	}
	offset, err := pc.offsetAt(max(ms, 0))
	if err == nil && offset < 0 {
		offset, err = pc.offsetAt(OffsetNewest) // all that there is is older
	}
	return offset, err
}

// reset has the partition read on at Config.Consumer.Offsets.Reset, since its offset is not in the log any more.
func (pc *partitionConsumer) reset() error {
	to, err := pc.find(pc.conf.Consumer.Offsets.Reset)
	if err != nil {
		return err
	}
	pc.mu.Lock()
	pc.moveLocked(to, -1, ErrOffsetOutOfRange)
	pc.mu.Unlock()
	pc.signal()
	return nil
}

// moveLocked has the partition read on elsewhere, after what was fetched was delivered. The caller holds mu, and signals then.
func (pc *partitionConsumer) moveLocked(to int64, epoch int32, reason error) {
	pc.fetched = append(pc.fetched, fetchedRecords{moved: &OffsetMovedError{From: pc.offset, To: to, Err: reason}})
	pc.offset, pc.lastEpoch = to, epoch
}

// moveTo tells the user that what comes next is not what follows.
func (pc *partitionConsumer) moveTo(moved *OffsetMovedError) {
	pc.parent.conf.log().Printf("consumer/%s/%d %v\n", logTopic(pc.topic), logPartition(pc.partition), moved)
	pc.records.offset = moved.To
	pc.report(moved)
}

// lowestEpochVersion is the first version of OffsetForLeaderEpoch that consumers may use without rights on the cluster.
const lowestEpochVersion = 3

// verify makes sure that the log of a leader of a later epoch is still the one that was read (KIP-320); where it is not, it
// has the partition read on where the two part. An error means that the leader could not tell for now, or, as an
// OffsetMovedError, that the user does not want to read on.
func (pc *partitionConsumer) verify(leader *Broker) error {
	pc.mu.Lock()
	offset, last, current := pc.offset, pc.lastEpoch, pc.leaderEpoch
	pc.mu.Unlock()
	if last < 0 || current <= last {
		return nil // none but the leader of an epoch writes in it
	}
	end, err := pc.endOfEpoch(leader, current, last)
	if err != nil {
		return fmt.Errorf("asking where epoch %d of %v ended: %w", last, pc.topicPartition, brokerError(leader, err))
	}
	if !truncated(end, offset) {
		return nil
	}
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.conf.Consumer.Offsets.Reset == OffsetNone {
		return &OffsetMovedError{From: offset, To: -1, Err: ErrLogTruncated}
	}
	pc.moveLocked(end.EndOffset, end.LeaderEpoch, ErrLogTruncated)
	pc.signal() // which waits for nobody
	return nil
}

// truncated decides whether a log ends, for the epoch that was read, before the offset that is to be read next.
func truncated(end *OffsetForLeaderEpochResponseBlock, offset int64) bool {
	// -1 stands for: no epochs are known of so long ago. Whether the offset is there the fetch will tell.
	return end != nil && end.EndOffset >= 0 && end.LeaderEpoch >= 0 && end.EndOffset < offset
}

// endOfEpoch asks a leader where an epoch ended in its log; nil: it does not tell.
func (pc *partitionConsumer) endOfEpoch(leader *Broker, current, epoch int32) (*OffsetForLeaderEpochResponseBlock, error) {
	version := protocol.MaxVersionFor(protocol.KeyOffsetForLeaderEpoch, pc.conf.Version)
	l, err := leader.connected(pc.ctx)
	if err != nil {
		return nil, err
	}
	if both, err := l.version(protocol.KeyOffsetForLeaderEpoch); err != nil || min(version, both) < lowestEpochVersion {
		return nil, nil
	}
	request := &OffsetForLeaderEpochRequest{Version: version}
	request.AddBlock(pc.topic, pc.partition, current, epoch)
	response, err := askContext[OffsetForLeaderEpochResponse](pc.ctx, leader, request)
	if err != nil {
		return nil, err
	}
	block := response.GetBlock(pc.topic, pc.partition)
	switch {
	case block == nil:
		return nil, ErrIncompleteResponse
	case protocol.Retriable(block.Err):
		return nil, block.Err
	case block.Err != ErrNoError:
		pc.parent.conf.log().Printf("consumer/%s/%d reads on without knowing where epoch %d ended: %v\n", logTopic(pc.topic), logPartition(pc.partition), epoch, block.Err)
		return nil, nil
	}
	return block, nil
}

// movedAway tells whether an error says that the user does not want to read on elsewhere.
func movedAway(err error) bool {
	var moved *OffsetMovedError
	return errors.As(err, &moved)
}

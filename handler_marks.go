package sarama

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// markTracker keeps which records of a claim were given to its handler, and which of them are processed, in whatever order. It
// tells up to where all are.
type markTracker struct {
	mu      sync.Mutex // guards what follows
	pending []trackedRecord
	twice   bool  // pending has offsets of a log that was cut off, and of what was written since: it is not sorted
	below   int64 // the highest offset of doneBefore: records before it that are given later are processed, too
	next    int64 // after the last record that was given
}

type trackedRecord struct {
	msg      *ConsumerMessage
	metadata string
	done     bool
}

// given notes the next record of the claim.
func (t *markTracker) given(msg *ConsumerMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if msg.Offset < t.next {
		t.below = min(t.below, msg.Offset) // the log was cut off: what was marked of it says nothing of what is there now
	}
	t.next = msg.Offset + 1
	if msg.Offset < t.below {
		return
	}
	if n := len(t.pending); n > 0 && msg.Offset <= t.pending[n-1].msg.Offset {
		t.twice = true
	}
	t.pending = append(t.pending, trackedRecord{msg: msg})
}

// done notes that a record is processed, and returns the last one up to which all are, and how many more these are than before.
func (t *markTracker) done(msg *ConsumerMessage, metadata string) (last trackedRecord, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i, found := t.findLocked(msg); found {
		t.pending[i].done, t.pending[i].metadata = true, metadata
	}
	return t.cutLocked()
}

// doneBefore is done for all records before an offset, those that are still to come included.
func (t *markTracker) doneBefore(offset int64, metadata string) (last trackedRecord, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.below = max(t.below, offset)
	for i := range t.pending {
		r := &t.pending[i]
		if r.msg.Offset < offset && !r.done {
			r.done, r.metadata = true, metadata
		} else if r.msg.Offset >= offset && !t.twice {
			break
		}
	}
	return t.cutLocked()
}

func (t *markTracker) findLocked(msg *ConsumerMessage) (int, bool) {
	if t.twice {
		i := slices.IndexFunc(t.pending, func(r trackedRecord) bool { return r.msg == msg })
		if i < 0 {
			i = slices.IndexFunc(t.pending, func(r trackedRecord) bool { return r.msg.Offset == msg.Offset && !r.done })
		}
		return i, i >= 0
	}
	return slices.BinarySearchFunc(t.pending, msg.Offset, func(r trackedRecord, offset int64) int {
		switch {
		case r.msg.Offset < offset:
			return -1
		case r.msg.Offset > offset:
			return 1
		}
		return 0
	})
}

func (t *markTracker) cutLocked() (last trackedRecord, n int) {
	for n < len(t.pending) && t.pending[n].done {
		n++
	}
	if n == 0 {
		return last, 0
	}
	last = t.pending[n-1]
	clear(t.pending[:n])
	t.pending = t.pending[n:]
	t.twice = t.twice && len(t.pending) > 0
	return last, n
}

// NewContiguousHandler returns a handler whose marks may come in any order: what is committed never passes a record that was
// given to handler's ConsumeClaim and is not marked. MarkMessage marks that one record, if the claim has given it, and MarkOffset all
// before the offset, given or not; metadata is that of the last record up to which all are marked, or MarkOffset's beyond it.
//
// The session and the claims that handler gets are ContextConsumerGroupSessions and ContextConsumerGroupClaims.
func NewContiguousHandler(handler ConsumerGroupHandler) ConsumerGroupHandler {
	return &contiguousHandler{handler: handler, trackers: make(map[memberClaim]*markTracker)}
}

type contiguousHandler struct {
	handler ConsumerGroupHandler

	mu       sync.Mutex // guards trackers
	trackers map[memberClaim]*markTracker
}

// memberClaim is a claim of one of the members that have the handler; those of several groups may have the same partition.
type memberClaim struct {
	member string
	topicPartition
}

// Setup implements ConsumerGroupHandler.
func (h *contiguousHandler) Setup(s ConsumerGroupSession) error {
	return h.handler.Setup(&contiguousSession{s, h})
}

// Cleanup implements ConsumerGroupHandler.
func (h *contiguousHandler) Cleanup(s ConsumerGroupSession) error {
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		member := s.MemberID()
		maps.DeleteFunc(h.trackers, func(claim memberClaim, _ *markTracker) bool { return claim.member == member })
	}()
	return h.handler.Cleanup(&contiguousSession{s, h})
}

// ConsumeClaim implements ConsumerGroupHandler.
func (h *contiguousHandler) ConsumeClaim(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
	tracker := new(markTracker)
	h.mu.Lock()
	h.trackers[memberClaim{s.MemberID(), topicPartition{claim.Topic(), claim.Partition()}}] = tracker
	h.mu.Unlock()
	left := make(chan struct{})
	watched := &watchedClaim{ConsumerGroupClaim: claim, messages: make(chan *ConsumerMessage), ctx: claimContext(s, claim)}
	go withRecover(func() { // one per claim; owns messages; ends with the claim's, or when ConsumeClaim has returned
		defer close(watched.messages)
		for msg := range claim.Messages() {
			if watched.ctx.Err() != nil {
				return // it is for the next owner
			}
			tracker.given(msg) // before it can be marked
			select {
			case watched.messages <- msg:
			case <-watched.ctx.Done():
				return
			case <-left:
				return
			}
		}
	})
	defer close(left)
	return h.handler.ConsumeClaim(&contiguousSession{s, h}, watched)
}

// watchedClaim is a claim whose messages are passed on one by one.
type watchedClaim struct {
	ConsumerGroupClaim
	messages chan *ConsumerMessage
	ctx      context.Context
}

// Messages implements ConsumerGroupClaim.
func (c *watchedClaim) Messages() <-chan *ConsumerMessage { return c.messages }

// Context implements ContextConsumerGroupClaim.
func (c *watchedClaim) Context() context.Context { return c.ctx }

// claimContext returns what ends with a claim, or with its session if the claim does not tell.
func claimContext(s ConsumerGroupSession, claim ConsumerGroupClaim) context.Context {
	if c, ok := claim.(ContextConsumerGroupClaim); ok {
		return c.Context()
	}
	return s.Context()
}

// ofItsEnd tells whether an error says no more than that a claim has ended, by the context's error or by its cause, which net/http
// returns.
func ofItsEnd(claim context.Context, err error) bool {
	return claim.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(claim)))
}

// contiguousSession passes marks on in order.
type contiguousSession struct {
	ConsumerGroupSession
	handler *contiguousHandler
}

// tracker returns that of one of the member's claims; nil: there is none.
func (s *contiguousSession) tracker(topic string, partition int32) *markTracker {
	s.handler.mu.Lock()
	defer s.handler.mu.Unlock()
	return s.handler.trackers[memberClaim{s.MemberID(), topicPartition{topic, partition}}]
}

// MarkMessage implements ConsumerGroupSession.
func (s *contiguousSession) MarkMessage(msg *ConsumerMessage, metadata string) {
	tracker := s.tracker(msg.Topic, msg.Partition)
	if tracker == nil {
		return // as all marks of partitions that are not claimed
	}
	if last, n := tracker.done(msg, metadata); n > 0 {
		s.ConsumerGroupSession.MarkMessage(last.msg, last.metadata)
	}
}

// MarkOffset implements ConsumerGroupSession.
func (s *contiguousSession) MarkOffset(topic string, partition int32, offset int64, metadata string) {
	tracker := s.tracker(topic, partition)
	if tracker == nil {
		return
	}
	last, n := tracker.doneBefore(offset, metadata)
	if n > 0 {
		s.ConsumerGroupSession.MarkMessage(last.msg, last.metadata)
	}
	if n == 0 || last.msg.Offset+1 < offset { // between the last record and the offset there are none, or those are to be skipped
		s.ConsumerGroupSession.MarkOffset(topic, partition, offset, metadata)
	}
}

// CommitContext implements ContextConsumerGroupSession.
func (s *contiguousSession) CommitContext(ctx context.Context) error {
	return commitContext(ctx, s.ConsumerGroupSession)
}

func (s *contiguousSession) groupInstanceID() *string { return instanceOf(s.ConsumerGroupSession) }

// commitContext commits as a session can.
func commitContext(ctx context.Context, s ConsumerGroupSession) error {
	if c, ok := s.(ContextConsumerGroupSession); ok {
		return c.CommitContext(ctx)
	}
	s.Commit()
	return nil
}

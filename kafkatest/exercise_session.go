package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama"
)

// errExerciseLost is why a session ends without notice.
var errExerciseLost = fmt.Errorf("kafkatest: the member is none any more: %w", sarama.ErrUnknownMemberId)

// errExerciseCommit is what commits fail with.
const errExerciseCommit = sarama.ErrRebalanceInProgress

// exerciseSession is a session by script.
type exerciseSession struct {
	run        *exerciseRun
	generation int32
	from       int64
	ctx        context.Context
	cancel     context.CancelCauseFunc
	failing    atomic.Bool // of commits

	mu     sync.Mutex       // guards what follows, and what claims have of marks
	claims []*exerciseClaim // by their places in run; only the scenario sets them, and reads them without mu
	open   bool
	told   map[exercisePlace]int // how many faults of marks there were
}

// Claims implements sarama.ConsumerGroupSession.
func (s *exerciseSession) Claims() map[string][]int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	claims := make(map[string][]int32)
	for _, c := range s.claims {
		if !c.revoked {
			claims[c.topic] = append(claims[c.topic], c.partition)
		}
	}
	return claims
}

// MemberID implements sarama.ConsumerGroupSession.
func (s *exerciseSession) MemberID() string { return "kafkatest-member" }

// GenerationID implements sarama.ConsumerGroupSession.
func (s *exerciseSession) GenerationID() int32 { return s.generation + 1 }

// Context implements sarama.ConsumerGroupSession.
func (s *exerciseSession) Context() context.Context { return s.ctx }

// Commit implements sarama.ConsumerGroupSession: what fails is told nobody, as in a group.
func (s *exerciseSession) Commit() {}

// CommitContext implements sarama.ContextConsumerGroupSession.
func (s *exerciseSession) CommitContext(ctx context.Context) error {
	if s.failing.Load() {
		return &sarama.ConsumerError{Topic: s.run.places[0].topic, Err: errExerciseCommit}
	}
	return ctx.Err()
}

// MarkMessage implements sarama.ConsumerGroupSession.
func (s *exerciseSession) MarkMessage(msg *sarama.ConsumerMessage, metadata string) {
	s.run.t.Helper()
	s.MarkOffset(msg.Topic, msg.Partition, msg.Offset+1, metadata)
}

// MarkOffset implements sarama.ConsumerGroupSession.
func (s *exerciseSession) MarkOffset(topic string, partition int32, offset int64, _ string) {
	s.run.t.Helper()
	c, passed, fault := s.mark(exercisePlace{topic, partition}, offset)
	if fault != "" && s.isNews(exercisePlace{topic, partition}) {
		s.run.t.Error(fault)
	}
	if fault != "" || s.run.done == nil {
		return
	}
	for _, msg := range passed {
		if !s.run.done(s.run.handler, msg) {
			if !s.isNews(c.exercisePlace) {
				return
			}
			s.run.t.Errorf("%s: offset %d is marked, and the record at offset %d is marked with it before the work with it is done: it is "+
				"lost if the program ends between; mark it when it is done (sarama.NewContiguousHandler keeps marks in order)",
				c, offset, msg.Offset)
			return
		}
	}
}

// isNews tells whether a fault of marks is to be told: each would be one too often, as there may be one for each record.
func (s *exerciseSession) isNews(place exercisePlace) bool {
	const most = 3
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told == nil {
		s.told = make(map[exercisePlace]int)
	}
	s.told[place]++
	return s.told[place] <= most
}

// mark takes note of a mark, and returns the records that it passes, or what is wrong with it.
func (s *exerciseSession) mark(place exercisePlace, offset int64) (c *exerciseClaim, passed []*sarama.ConsumerMessage, fault string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c = s.claimLocked(place); c == nil {
		return nil, nil, fmt.Sprintf("%s is marked at offset %d, which is not claimed: mark what the claim is of", place, offset)
	}
	switch {
	case !s.open:
		fault = fmt.Sprintf("%s: offset %d is marked when the session is over, which has no effect: let the work end before "+
			"ConsumeClaim returns", c, offset)
	case c.revoked && c.left:
		fault = fmt.Sprintf("%s: offset %d is marked when ConsumeClaim has returned and the partition is another member's, which has no "+
			"effect: let the work end before ConsumeClaim returns", c, offset)
	case offset > c.given:
		fault = fmt.Sprintf("%s: offset %d is marked, and records up to %d were given: what comes between is lost; the offset to mark is "+
			"the record's plus 1 with MarkOffset, and the record with MarkMessage", c, offset, c.given-1)
	case offset < c.marked:
		if c.back || s.run.done != nil || time.Now().Equal(c.markedAt) {
			break // it is told; or what was passed is looked at; or marks of one moment have overtaken one another, which does no harm
		}
		c.back = true
		fault = fmt.Sprintf("%s: offset %d is marked after %d was, and marks do not go back: the mark before has passed this record, which "+
			"was lost if the program had ended between; mark in order of the offsets (sarama.NewContiguousHandler does), or go back with "+
			"ResetOffset", c, offset, c.marked)
	default:
		passed = c.sent[c.marked-c.from : offset-c.from]
		if offset > c.marked {
			c.marked, c.markedAt = offset, time.Now()
		}
	}
	return c, passed, fault
}

// claimLocked returns the claim of a partition; nil: there was none.
func (s *exerciseSession) claimLocked(place exercisePlace) *exerciseClaim {
	for _, c := range s.claims {
		if c.exercisePlace == place {
			return c
		}
	}
	return nil
}

// ResetOffset implements sarama.ConsumerGroupSession.
func (s *exerciseSession) ResetOffset(topic string, partition int32, offset int64, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.claimLocked(exercisePlace{topic, partition}); c != nil {
		c.marked = max(c.from, min(c.marked, offset))
	}
}

// giveAll gives claims all records, and waits until the handler has taken them, and has had time to work on them.
func (s *exerciseSession) giveAll(claims ...*exerciseClaim) {
	s.run.t.Helper()
	for _, c := range claims {
		s.give(c, len(s.run.records))
	}
	s.settle()
}

// give gives a claim n records more.
func (s *exerciseSession) give(c *exerciseClaim, n int) {
	s.run.t.Helper()
	for range n {
		s.mu.Lock()
		msg := *s.run.records[len(c.sent)%len(s.run.records)]
		msg.Topic, msg.Partition, msg.Offset, msg.Timestamp = c.topic, c.partition, c.given, time.Now()
		c.given++
		c.sent = append(c.sent, &msg)
		s.mu.Unlock()
		stuck := time.NewTimer(s.run.patience)
		select {
		case c.messages <- &msg:
		case <-c.returned: // which is told already
		case <-stuck.C:
			s.standsStill(c)
		}
		stuck.Stop()
	}
}

// settle lets the handler work on what it has, and requires that it takes it.
func (s *exerciseSession) settle() {
	s.run.t.Helper()
	for _, c := range s.claims {
		for waiting := len(c.messages); waiting > 0 && !c.isLeft(); {
			<-time.After(s.run.patience)
			before := waiting
			if waiting = len(c.messages); waiting == before && !c.isLeft() {
				s.standsStill(c)
			}
		}
	}
	<-time.After(s.run.patience / 2)
}

func (s *exerciseSession) standsStill(c *exerciseClaim) {
	s.run.t.Helper()
	s.run.t.Fatalf("%s: the record at offset %d is not read from Messages within %v, while the claim goes on: the partition stands still; "+
		"read Messages until it is closed", c, c.given-max(int64(len(c.messages)), 1), s.run.patience)
}

// step does what chance says.
func (s *exerciseSession) step(chance *rand.Rand) {
	s.run.t.Helper()
	i, what := chance.IntN(len(s.claims)), chance.IntN(5)
	switch {
	case s.claims[i].revoked:
		s.add(i)
	case what == 0:
		s.revoke(i)
	case what == 1:
		s.settle()
	default:
		s.give(s.claims[i], 1+chance.IntN(2*len(s.run.records)))
	}
}

// revoke ends a claim while the session goes on.
func (s *exerciseSession) revoke(i int) {
	s.run.t.Helper()
	c := s.claims[i]
	c.finish(sarama.ErrPartitionRevoked)
	c.await()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.revoked = true
}

// add has one more partition claimed while the session goes on; it may have been claimed before.
func (s *exerciseSession) add(i int) {
	s.run.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := newExerciseClaim(s, s.run.places[i], s.from)
	if i < len(s.claims) {
		s.claims[i] = c
	} else {
		s.claims = append(s.claims, c)
	}
	go c.consume()
}

// end ends all claims in good order, and then the session.
func (s *exerciseSession) end() {
	s.run.t.Helper()
	s.finish(sarama.ErrRebalanceInProgress)
}

// lose ends the session without notice.
func (s *exerciseSession) lose() {
	s.run.t.Helper()
	s.finish(errExerciseLost)
}

func (s *exerciseSession) finish(cause error) {
	s.run.t.Helper()
	s.cancel(cause)
	for _, c := range s.claims {
		c.finish(cause)
	}
	for _, c := range s.claims {
		c.await()
	}
	if err := s.run.call(s, "Cleanup", s.run.handler.Cleanup); err != nil {
		s.run.t.Errorf("Cleanup of session %d: %v: Consume returns with it", s.generation, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
}

// abandon ends what a failed scenario has left.
func (s *exerciseSession) abandon() {
	s.cancel(errExerciseLost)
	for _, c := range s.claims {
		c.finish(errExerciseLost)
	}
}

// exerciseClaim is a claim by script.
type exerciseClaim struct {
	exercisePlace
	session  *exerciseSession
	from     int64
	messages chan *sarama.ConsumerMessage
	ctx      context.Context
	cancel   context.CancelCauseFunc
	ended    bool
	returned chan struct{} // closed when ConsumeClaim has returned

	// What follows is guarded by the session's mu.
	given, marked int64 // offsets of the next
	sent          []*sarama.ConsumerMessage
	markedAt      time.Time
	back          bool // that marks go back is told
	revoked       bool // alone
	left          bool // ConsumeClaim has returned
}

func newExerciseClaim(s *exerciseSession, place exercisePlace, from int64) *exerciseClaim {
	c := &exerciseClaim{
		exercisePlace: place, session: s, from: from, given: from, marked: from,
		messages: make(chan *sarama.ConsumerMessage, s.run.buffer), returned: make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	return c
}

// Topic implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) Topic() string { return c.topic }

// Partition implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) Partition() int32 { return c.partition }

// InitialOffset implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) InitialOffset() int64 { return c.from }

// HighWaterMarkOffset implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) HighWaterMarkOffset() int64 {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.given
}

// Messages implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) Messages() <-chan *sarama.ConsumerMessage { return c.messages }

// Context implements sarama.ContextConsumerGroupClaim.
func (c *exerciseClaim) Context() context.Context { return c.ctx }

// String is how messages name a partition.
func (p exercisePlace) String() string { return fmt.Sprintf("%s/%d", p.topic, p.partition) }

// String is how messages name the claim.
func (c *exerciseClaim) String() string {
	return fmt.Sprintf("session %d, %s", c.session.generation, c.exercisePlace)
}

// consume is one per claim; it owns the handler's call, and ends with that.
func (c *exerciseClaim) consume() {
	t := c.session.run.t
	defer close(c.returned)
	defer func() {
		reason := recover()
		c.session.mu.Lock()
		c.left = true
		last := c.given - int64(len(c.messages)) - 1
		c.session.mu.Unlock()
		if reason != nil {
			t.Errorf("%s: ConsumeClaim panics, the last record that it took is that at offset %d: %v\n%s", c, last, reason, stack())
		}
	}()
	err := c.session.run.handler.ConsumeClaim(c.session, c)
	over := c.session.ctx.Err() != nil || c.ctx.Err() != nil // the session's context ends first, by a moment
	switch {
	case !over && err != nil && c.session.failing.Load() && errors.Is(err, errExerciseCommit):
		// It cannot commit: that the session ends is what it wants.
	case !over && err != nil:
		t.Errorf("%s: ConsumeClaim returns while its claim goes on: %v", c, err)
	case !over:
		t.Errorf("%s: ConsumeClaim returns while its claim goes on: nobody reads the partition until the next rebalance; "+
			"return when Messages is closed", c)
	case err != nil && !c.isOfTheEnd(err):
		t.Errorf("%s: ConsumeClaim returns an error for the end of its claim: %v; the end is no failure: return nil", c, err)
	}
}

// isOfTheEnd tells whether an error says no more than that the claim has ended.
func (c *exerciseClaim) isOfTheEnd(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(c.ctx)) || errors.Is(err, context.Cause(c.session.ctx)) ||
		c.session.failing.Load() && errors.Is(err, errExerciseCommit)
}

func (c *exerciseClaim) isLeft() bool {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.left
}

// finish ends the claim.
func (c *exerciseClaim) finish(cause error) {
	if !c.ended {
		c.ended = true
		c.cancel(cause)
		close(c.messages)
	}
}

// await requires that ConsumeClaim returns in time.
func (c *exerciseClaim) await() {
	t := c.session.run.t
	t.Helper()
	late := time.NewTimer(c.session.run.patience)
	defer late.Stop()
	select {
	case <-c.returned:
	case <-late.C:
		t.Fatalf("%s: ConsumeClaim has not returned %v after the end of its claim, with %d records in Messages: the group goes on without this "+
			"member, and its partitions are read twice; return when Messages is closed, and watch the claim's or the session's Context in "+
			"what takes long", c, c.session.run.patience, len(c.messages))
	}
}

package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed20e6684a/sarama"
)

// ExerciseOption changes what Exercise does.
type ExerciseOption func(*exercise)

// Records are what the handler is given, in the order of their offsets, in the place of small records of all kinds: with and without
// key, value and headers. Topic, Partition and Offset are set.
func Records(records ...*sarama.ConsumerMessage) ExerciseOption {
	return func(x *exercise) { x.records = records }
}

// ProcessedIf tells by a function of yours whether the work with a message is done. Without, a mark that comes too early cannot be
// told from one that does not.
func ProcessedIf(done func(handler sarama.ConsumerGroupHandler, msg *sarama.ConsumerMessage) bool) ExerciseOption {
	return func(x *exercise) { x.done = done }
}

// WithoutMarks is for handlers that mark nothing: their offsets are committed with transactions, or not at all.
func WithoutMarks() ExerciseOption { return func(x *exercise) { x.unmarked = true } }

// RebalanceTimeout is how long a rebalance waits for ConsumeClaim to return. Default: that of sarama.NewConfig, 60 s.
func RebalanceTimeout(d time.Duration) ExerciseOption { return func(x *exercise) { x.patience = d } }

// Exercise runs a ConsumerGroupHandler through what a group does to handlers, and fails the test with what it does wrong: sessions
// that come and go, a partition that is revoked while others stay, records that are given again, commits that fail, claims without a
// record, a slow end. New makes a handler; each scenario, a subtest, gets its own, which lives through several sessions.
//
// Scenarios run in virtual time (testing/synctest): a handler that sleeps costs nothing, and one that waits for something outside of
// its scenario, such as a channel that was made before, waits for ever.
//
// A handler must
//
//   - return from ConsumeClaim in time when its claim ends, whatever it is doing;
//   - go on until then, unless it returns an error;
//   - take each record again, without a panic or an error;
//   - mark what it was given, when the work is done (see [ProcessedIf]), and nothing after its session has ended;
//   - be ready for another session when one is over, and leave no goroutine behind.
func Exercise(t *testing.T, newHandler func() sarama.ConsumerGroupHandler, options ...ExerciseOption) {
	t.Helper()
	conf := sarama.NewConfig()
	x := exercise{records: kinds(), patience: conf.Consumer.Group.Rebalance.Timeout}
	for _, option := range options {
		option(&x)
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run := &exerciseRun{exercise: x, t: t, handler: newHandler()}
				s.play(run)
				run.requireNobodyLeft()
			})
		})
	}
}

// exercise is what the options say.
type exercise struct {
	records  []*sarama.ConsumerMessage
	done     func(sarama.ConsumerGroupHandler, *sarama.ConsumerMessage) bool
	unmarked bool
	patience time.Duration
}

// kinds are records of all kinds.
func kinds() []*sarama.ConsumerMessage {
	header := &sarama.RecordHeader{Key: []byte("h"), Value: []byte("v")}
	var all []*sarama.ConsumerMessage
	for i := range 4 {
		all = append(all,
			&sarama.ConsumerMessage{Key: []byte(fmt.Sprint("key ", i)), Value: []byte(fmt.Sprint("value ", i)), Headers: []*sarama.RecordHeader{header}},
			&sarama.ConsumerMessage{Value: []byte("no key")},
			&sarama.ConsumerMessage{Key: []byte("tombstone")},
			&sarama.ConsumerMessage{Key: []byte{}, Value: []byte{}},
		)
	}
	return all
}

// scenarios are what groups do to handlers.
var scenarios = []struct {
	name string
	play func(*exerciseRun)
}{
	{"one session after another", func(x *exerciseRun) {
		for generation := range int32(3) {
			s := x.begin(generation, 0, 3)
			s.giveAll(0, 1, 2)
			s.end()
			x.requireMarks(s, len(x.records), 0, 1, 2)
		}
	}},
	{"records come again", func(x *exerciseRun) { // as after a session that was lost before it could commit
		for generation := range int32(3) {
			s := x.begin(generation, int64(generation), 2)
			s.giveAll(0, 1)
			s.lose()
		}
	}},
	{"the end comes in the middle", func(x *exerciseRun) {
		for generation := range int32(3) {
			s := x.begin(generation, 0, 2)
			s.giveSome(0, len(x.records)/2)
			s.end()
		}
	}},
	{"one partition is revoked", func(x *exerciseRun) {
		s := x.begin(0, 0, 3)
		s.giveSome(0, 1)
		s.revoke(0)
		s.giveAll(1, 2)
		s.end()
		x.requireMarks(s, len(x.records), 1, 2)
	}},
	{"commits fail", func(x *exerciseRun) {
		s := x.begin(0, 0, 1)
		s.failing = sarama.ErrRebalanceInProgress
		s.giveAll(0)
		s.end()
		s = x.begin(1, 0, 1)
		s.giveAll(0)
		s.end()
		x.requireMarks(s, len(x.records), 0)
	}},
	{"nothing comes", func(x *exerciseRun) {
		for generation := range int32(2) {
			s := x.begin(generation, 0, 2)
			s.end()
		}
	}},
	{"no claims", func(x *exerciseRun) { x.begin(0, 0, 0).end() }},
}

// exerciseRun is one scenario.
type exerciseRun struct {
	exercise
	t       *testing.T
	handler sarama.ConsumerGroupHandler
}

const exerciseTopic = "orders"

// errExerciseLost is why a session ends without notice.
var errExerciseLost = fmt.Errorf("kafkatest: the member is none any more: %w", sarama.ErrUnknownMemberId)

// begin has the handler set up and all its claims consumed from an offset on.
func (x *exerciseRun) begin(generation int32, from int64, partitions int32) *exerciseSession {
	x.t.Helper()
	s := &exerciseSession{run: x, generation: generation, open: true}
	s.ctx, s.cancel = context.WithCancelCause(x.t.Context())
	for partition := range partitions {
		s.claims = append(s.claims, newExerciseClaim(s, partition, from))
	}
	if err := x.handler.Setup(s); err != nil {
		x.t.Fatalf("Setup of session %d: %v", generation, err)
	}
	for _, c := range s.claims {
		go c.consume()
	}
	return s
}

// requireMarks requires that all that was given is marked.
func (x *exerciseRun) requireMarks(s *exerciseSession, n int, partitions ...int32) {
	x.t.Helper()
	if x.unmarked {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, partition := range partitions {
		c := s.claims[partition]
		if want := c.from + int64(n); c.marked < want {
			x.t.Errorf("%s: all records before offset %d were processed, and only those before %d are marked: what is not marked comes "+
				"again after each rebalance; call MarkMessage for each (or tell WithoutMarks)", c, want, max(c.marked, c.from))
		}
	}
}

// requireNobodyLeft requires that the handler's goroutines are gone.
func (x *exerciseRun) requireNobodyLeft() {
	synctest.Wait()
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	own, others, _ := strings.Cut(string(buf), "\n\n")
	_, bubble, _ := strings.Cut(own[:strings.Index(own, "\n")], "synctest bubble ")
	bubble = "synctest bubble " + strings.TrimSuffix(bubble, "]:")
	for stack := range strings.SplitSeq(others, "\n\n") {
		head, _, _ := strings.Cut(stack, "\n")
		ofTesting := strings.Contains(stack, "synctest.Run(") || strings.Contains(stack, "synctest.testingSynctestTest(")
		if strings.Contains(head, bubble+"]") && !ofTesting {
			x.t.Errorf("a goroutine of the handler is left when all sessions are over: end it with the session's Context\n%s", stack)
		}
	}
}

// exerciseSession is a session by script.
type exerciseSession struct {
	run        *exerciseRun
	generation int32
	ctx        context.Context
	cancel     context.CancelCauseFunc
	claims     []*exerciseClaim
	failing    error // of commits

	mu   sync.Mutex // guards what follows, and what claims have of marks
	open bool
}

// Claims implements sarama.ConsumerGroupSession.
func (s *exerciseSession) Claims() map[string][]int32 {
	claims := map[string][]int32{exerciseTopic: {}}
	for _, c := range s.claims {
		claims[exerciseTopic] = append(claims[exerciseTopic], c.partition)
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
	if s.failing != nil {
		return &sarama.ConsumerError{Topic: exerciseTopic, Err: s.failing}
	}
	return ctx.Err()
}

// MarkMessage implements sarama.ConsumerGroupSession.
func (s *exerciseSession) MarkMessage(msg *sarama.ConsumerMessage, metadata string) {
	s.run.t.Helper()
	if s.run.done != nil && !s.run.done(s.run.handler, msg) {
		s.run.t.Errorf("%s/%d: the record at offset %d is marked before the work with it is done: it is lost if the program ends between",
			msg.Topic, msg.Partition, msg.Offset)
	}
	s.MarkOffset(msg.Topic, msg.Partition, msg.Offset+1, metadata)
}

// MarkOffset implements sarama.ConsumerGroupSession.
func (s *exerciseSession) MarkOffset(topic string, partition int32, offset int64, _ string) {
	s.run.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if topic != exerciseTopic || partition < 0 || int(partition) >= len(s.claims) {
		s.run.t.Errorf("%s/%d is marked, which is not claimed", topic, partition)
		return
	}
	c := s.claims[partition]
	switch {
	case !s.open:
		s.run.t.Errorf("%s: offset %d is marked when the session is over, which has no effect: let the work end before ConsumeClaim returns", c, offset)
	case offset > c.given:
		s.run.t.Errorf("%s: offset %d is marked, and records up to %d were given: what comes between is lost", c, offset, c.given-1)
	default:
		c.marked = max(c.marked, offset)
	}
}

// ResetOffset implements sarama.ConsumerGroupSession.
func (s *exerciseSession) ResetOffset(topic string, partition int32, offset int64, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if topic == exerciseTopic && partition >= 0 && int(partition) < len(s.claims) {
		s.claims[partition].marked = min(s.claims[partition].marked, offset)
	}
}

// giveAll gives partitions all records, and waits until the handler has taken them.
func (s *exerciseSession) giveAll(partitions ...int32) {
	s.run.t.Helper()
	for _, partition := range partitions {
		s.giveSome(partition, len(s.run.records))
	}
	s.settle()
}

// giveSome gives a partition its first records.
func (s *exerciseSession) giveSome(partition int32, n int) {
	s.run.t.Helper()
	c := s.claims[partition]
	for i := range n {
		msg := *s.run.records[i]
		msg.Topic, msg.Partition, msg.Offset = exerciseTopic, partition, c.from+int64(i)
		msg.Timestamp = time.Now()
		s.mu.Lock()
		c.given = max(c.given, msg.Offset+1)
		s.mu.Unlock()
		stuck := time.NewTimer(s.run.patience)
		select {
		case c.messages <- &msg:
			stuck.Stop()
		case <-c.returned:
			stuck.Stop()
			return // which is told already
		case <-stuck.C:
			s.run.t.Fatalf("%s: the record at offset %d is not read from Messages within %v, while the claim goes on: the partition stands still",
				c, msg.Offset, s.run.patience)
		}
	}
}

// settle lets the handler work on what it has.
func (s *exerciseSession) settle() { <-time.After(s.run.patience / 2) }

// revoke ends one claim while the session goes on.
func (s *exerciseSession) revoke(partition int32) {
	s.run.t.Helper()
	s.claims[partition].finish(sarama.ErrPartitionRevoked)
	s.claims[partition].await()
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
	if err := s.run.handler.Cleanup(s); err != nil {
		s.run.t.Errorf("Cleanup of session %d: %v", s.generation, err)
	}
	s.mu.Lock()
	s.open = false
	s.mu.Unlock()
}

// exerciseClaim is a claim by script.
type exerciseClaim struct {
	session   *exerciseSession
	partition int32
	from      int64
	messages  chan *sarama.ConsumerMessage
	ctx       context.Context
	cancel    context.CancelCauseFunc
	ended     bool
	returned  chan struct{} // closed when ConsumeClaim has returned

	given, marked int64 // offsets of the next; guarded by the session's mu
}

func newExerciseClaim(s *exerciseSession, partition int32, from int64) *exerciseClaim {
	c := &exerciseClaim{
		session: s, partition: partition, from: from, given: from, marked: from,
		messages: make(chan *sarama.ConsumerMessage), returned: make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	return c
}

// Topic implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) Topic() string { return exerciseTopic }

// Partition implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) Partition() int32 { return c.partition }

// InitialOffset implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) InitialOffset() int64 { return c.from }

// HighWaterMarkOffset implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) HighWaterMarkOffset() int64 {
	return c.from + int64(len(c.session.run.records))
}

// Messages implements sarama.ConsumerGroupClaim.
func (c *exerciseClaim) Messages() <-chan *sarama.ConsumerMessage { return c.messages }

// Context implements sarama.ContextConsumerGroupClaim.
func (c *exerciseClaim) Context() context.Context { return c.ctx }

// String names the claim in messages.
func (c *exerciseClaim) String() string {
	return fmt.Sprintf("session %d, %s/%d", c.session.generation, exerciseTopic, c.partition)
}

// consume is the goroutine of a claim.
func (c *exerciseClaim) consume() {
	t := c.session.run.t
	defer close(c.returned)
	defer func() {
		if reason := recover(); reason != nil {
			t.Errorf("%s: ConsumeClaim panics: %v\n%s", c, reason, stack())
		}
	}()
	err := c.session.run.handler.ConsumeClaim(c.session, c)
	over := c.session.ctx.Err() != nil || c.ctx.Err() != nil // the session's context ends first, by a moment
	switch {
	case !over && err != nil:
		t.Errorf("%s: ConsumeClaim returns while its claim goes on: %v", c, err)
	case !over:
		t.Errorf("%s: ConsumeClaim returns while its claim goes on: nobody reads the partition until the next rebalance; "+
			"return when Messages is closed", c)
	case err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.Cause(c.ctx)) && !errors.Is(err, context.Cause(c.session.ctx)):
		t.Errorf("%s: ConsumeClaim returns an error for the end of its claim: %v", c, err)
	}
}

func stack() []byte {
	buf := make([]byte, 16<<10)
	return slices.Clone(buf[:runtime.Stack(buf, false)])
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
		t.Fatalf("%s: ConsumeClaim has not returned %v after the end of its claim: the group goes on without this member, and its "+
			"partitions are read twice; return when Messages is closed, and watch the session's Context in what takes long", c, c.session.run.patience)
	}
}

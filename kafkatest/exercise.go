package kafkatest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
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

// ClaimsOf has the handler claim partitions of a topic, in the place of three of one named orders. It may be given several times.
func ClaimsOf(topic string, partitions int32) ExerciseOption {
	return func(x *exercise) {
		for partition := range partitions {
			x.places = append(x.places, exercisePlace{topic, partition})
		}
	}
}

// ProcessedIf tells by a function of yours whether the work with a message is done: done may be called from several goroutines. A mark
// is then an error if it passes a record whose work is not; without done, one that comes too early cannot be told from others.
func ProcessedIf(done func(handler sarama.ConsumerGroupHandler, msg *sarama.ConsumerMessage) bool) ExerciseOption {
	return func(x *exercise) { x.done = done }
}

// WithoutMarks is for handlers that mark nothing: their offsets are committed with transactions, or not at all.
func WithoutMarks() ExerciseOption { return func(x *exercise) { x.unmarked = true } }

// GroupConfig is the configuration of the group that the handler is for, in the place of sarama.NewConfig's. What counts is how long a
// rebalance waits for ConsumeClaim (Consumer.Group.Rebalance.Timeout), and how many records may wait in Messages when the partition is
// taken away (ChannelBufferSize).
func GroupConfig(config *sarama.Config) ExerciseOption {
	return func(x *exercise) {
		x.patience, x.buffer = config.Consumer.Group.Rebalance.Timeout, config.ChannelBufferSize
	}
}

// Seed chooses what happens in the scenario that is by chance, in which order. Default: 1.
func Seed(seed uint64) ExerciseOption { return func(x *exercise) { x.seed = seed } }

// Exercise runs a ConsumerGroupHandler through what a group does to handlers, and fails the test with what it does wrong: sessions
// that come and go, a partition that is revoked while others stay, records that are given again, commits that fail, claims without a
// record, a slow end. New makes a handler; each scenario, a subtest, gets its own, which lives through several sessions.
//
// Scenarios run in virtual time (testing/synctest): a handler that sleeps costs nothing, and one that waits for something outside of
// its scenario, such as a channel that was made before, waits for ever. Goroutines that never end are told of, and then end the run
// with a panic of synctest.
//
// A handler must
//
//   - return from ConsumeClaim in time when its claim ends, whatever it is doing;
//   - go on until then, unless it returns an error;
//   - take each record again, without a panic or an error;
//   - mark what it was given, in order, when the work is done (see [ProcessedIf]), and nothing when its claim or session is over;
//   - have Setup and Cleanup succeed, without a panic, and in time;
//   - be ready for another session when one is over, and leave no goroutine behind.
func Exercise(t *testing.T, newHandler func() sarama.ConsumerGroupHandler, options ...ExerciseOption) {
	t.Helper()
	x := exercise{records: kinds(), seed: 1}
	GroupConfig(sarama.NewConfig())(&x)
	for _, option := range options {
		option(&x)
	}
	if x.places == nil {
		ClaimsOf("orders", 3)(&x)
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run := &exerciseRun{exercise: x, t: t, handler: newHandler()}
				t.Cleanup(run.letEnd)
				s.play(run)
				run.requireNobodyLeft()
			})
		})
	}
}

// exercise is what the options say.
type exercise struct {
	records  []*sarama.ConsumerMessage
	places   []exercisePlace
	done     func(sarama.ConsumerGroupHandler, *sarama.ConsumerMessage) bool
	unmarked bool
	patience time.Duration
	buffer   int
	seed     uint64
}

// exercisePlace is a partition.
type exercisePlace struct {
	topic     string
	partition int32
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
			s := x.begin(generation, 0, len(x.places))
			s.giveAll(s.claims...)
			s.end()
			x.requireMarks(s.claims...)
		}
	}},
	{"records come again", func(x *exerciseRun) { // as after a session that was lost before it could commit
		for generation := range int32(3) {
			s := x.begin(generation, int64(generation), len(x.places))
			s.giveAll(s.claims...)
			s.lose()
		}
	}},
	{"the end comes in the middle", func(x *exerciseRun) {
		for generation := range int32(3) {
			s := x.begin(generation, 0, len(x.places))
			s.give(s.claims[0], (len(x.records)+1)/2)
			s.end()
		}
	}},
	{"the end comes while much waits", func(x *exerciseRun) {
		for generation := range int32(2) {
			s := x.begin(generation, 0, len(x.places))
			for _, c := range s.claims {
				s.give(c, x.buffer)
			}
			s.end()
		}
	}},
	{"one partition is revoked, and comes back", func(x *exerciseRun) {
		s := x.begin(0, 0, len(x.places))
		s.give(s.claims[0], 1)
		s.revoke(0)
		s.giveAll(s.claims[1:]...)
		s.add(0)
		s.giveAll(s.claims[0])
		s.end()
		x.requireMarks(s.claims...)
	}},
	{"a partition comes later", func(x *exerciseRun) {
		s := x.begin(0, 0, len(x.places)-1)
		s.giveAll(s.claims...)
		s.add(len(x.places) - 1)
		s.giveAll(s.claims[len(x.places)-1])
		s.end()
	}},
	{"commits fail", func(x *exerciseRun) {
		s := x.begin(0, 0, 1)
		s.failing.Store(true)
		s.giveAll(s.claims...)
		s.end()
		s = x.begin(1, 0, 1)
		s.giveAll(s.claims...)
		s.end()
		x.requireMarks(s.claims...)
	}},
	{"nothing comes", func(x *exerciseRun) {
		for generation := range int32(2) {
			x.begin(generation, 0, len(x.places)).end()
		}
	}},
	{"no claims", func(x *exerciseRun) { x.begin(0, 0, 0).end() }},
	{"by chance", func(x *exerciseRun) {
		chance := rand.New(rand.NewPCG(x.seed, 0))
		x.t.Logf("Seed(%d)", x.seed)
		for generation := range int32(5) {
			s := x.begin(generation, chance.Int64N(3), len(x.places))
			for range 12 {
				s.step(chance)
			}
			if chance.IntN(2) == 0 {
				s.end()
			} else {
				s.lose()
			}
		}
	}},
}

// exerciseRun is one scenario.
type exerciseRun struct {
	exercise
	t       *testing.T
	handler sarama.ConsumerGroupHandler
}

// begin has the handler set up, and the first n partitions consumed from an offset on.
func (x *exerciseRun) begin(generation int32, from int64, n int) *exerciseSession {
	x.t.Helper()
	s := &exerciseSession{run: x, generation: generation, from: from, open: true}
	s.ctx, s.cancel = context.WithCancelCause(x.t.Context())
	x.t.Cleanup(s.abandon)
	for i := range n {
		s.claims = append(s.claims, newExerciseClaim(s, x.places[i], from))
	}
	if err := x.call(s, "Setup", x.handler.Setup); err != nil {
		s.cancel(err)
		_ = x.call(s, "Cleanup", x.handler.Cleanup) // as a group does
		x.t.Fatalf("Setup of session %d: %v: Consume returns with it, and no partition is read", generation, err)
	}
	for _, c := range s.claims {
		go c.consume()
	}
	return s
}

// call calls Setup or Cleanup.
func (x *exerciseRun) call(s *exerciseSession, name string, method func(sarama.ConsumerGroupSession) error) error {
	x.t.Helper()
	returned := make(chan error, 1)
	panicked := make(chan string, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				panicked <- fmt.Sprintf("%v\n%s", reason, stack())
			}
		}()
		returned <- method(s)
	}()
	late := time.NewTimer(x.patience)
	defer late.Stop()
	select {
	case err := <-returned:
		return err
	case reason := <-panicked:
		x.t.Fatalf("%s of session %d panics: a handler lives through many sessions, and each begins with Setup: make there what a session "+
			"uses up, such as channels that it closes: %s", name, s.generation, reason)
	case <-late.C:
		x.t.Fatalf("%s of session %d has not returned after %v: the group goes on without this member; do in it what takes no time",
			name, s.generation, x.patience)
	}
	return nil
}

// requireMarks requires that all that was given to claims is marked.
func (x *exerciseRun) requireMarks(claims ...*exerciseClaim) {
	x.t.Helper()
	if x.unmarked {
		return
	}
	for _, c := range claims {
		c.session.mu.Lock()
		given, marked := c.given, c.marked
		c.session.mu.Unlock()
		if marked < given {
			x.t.Errorf("%s: all records before offset %d were processed, and only those before %d are marked: what is not marked comes "+
				"again after each rebalance; call MarkMessage for each (or tell WithoutMarks)", c, given, marked)
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
	var left []string
	bubble = "synctest bubble " + strings.TrimSuffix(bubble, "]:")
	for stack := range strings.SplitSeq(others, "\n\n") {
		head, _, _ := strings.Cut(stack, "\n")
		ofTesting := strings.Contains(stack, "synctest.Run(") || strings.Contains(stack, "synctest.testingSynctestTest(")
		if strings.Contains(head, bubble+"]") && !ofTesting {
			left = append(left, stack)
		}
	}
	if len(left) > 0 {
		x.t.Errorf("a goroutine of the handler is left when all sessions are over, one of %d: end it with the session's Context, and wait for "+
			"it in ConsumeClaim or Cleanup\n%s", len(left), left[0])
	}
}

// letEnd lets what is late end after all, so that the other scenarios are played: a bubble cannot end before its goroutines.
func (x *exerciseRun) letEnd() {
	if x.t.Failed() {
		<-time.After(x.patience + 2*time.Hour)
	}
}

func stack() []byte {
	buf := make([]byte, 16<<10)
	return buf[:runtime.Stack(buf, false)]
}

package kafkatest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

// obedient processes a message in ten milliseconds and marks it then.
type obedient struct {
	mu        sync.Mutex
	processed map[string]bool
}

func newObedient() sarama.ConsumerGroupHandler { return &obedient{processed: make(map[string]bool)} }

func (h *obedient) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (h *obedient) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h *obedient) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		h.work(msg)
		session.MarkMessage(msg, "")
	}
	return nil
}

func (h *obedient) work(msg *sarama.ConsumerMessage) {
	time.Sleep(10 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.processed[place(msg)] = true
}

func place(msg *sarama.ConsumerMessage) string { return fmt.Sprint(msg.Partition, "/", msg.Offset) }

func processed(handler sarama.ConsumerGroupHandler, msg *sarama.ConsumerMessage) bool {
	h := handler.(interface{ isProcessed(string) bool })
	return h.isProcessed(place(msg))
}

func (h *obedient) isProcessed(place string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.processed[place]
}

func TestExerciseOfGoodHandlers(t *testing.T) {
	Exercise(t, newObedient, ProcessedIf(processed))
	t.Run("records of the test's own", func(t *testing.T) {
		Exercise(t, newObedient, Records(&sarama.ConsumerMessage{Value: []byte("x")}, &sarama.ConsumerMessage{Value: []byte("y")}),
			RebalanceTimeout(time.Second))
	})
	t.Run("keyed", func(t *testing.T) {
		Exercise(t, func() sarama.ConsumerGroupHandler {
			handler, err := sarama.NewKeyedHandler(sarama.KeyedHandlerConfig{Workers: 3, Handle: func(context.Context, *sarama.ConsumerMessage) error { return nil }})
			require.NoError(t, err)
			return handler
		})
	})
	t.Run("by the context", func(t *testing.T) { Exercise(t, func() sarama.ConsumerGroupHandler { return &selecting{} }) })
	t.Run("without marks", func(t *testing.T) {
		Exercise(t, func() sarama.ConsumerGroupHandler { return &breaking{do: readsOnly} }, WithoutMarks())
	})
}

// selecting returns the context's error at the end.
type selecting struct{ obedient }

func (h *selecting) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			session.MarkMessage(msg, "")
		case <-session.Context().Done():
			return session.Context().Err()
		}
	}
}

// breaking does what a rule forbids.
type breaking struct {
	do     func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error
	setups int
	mu     sync.Mutex
	seen   map[string]bool
}

func (h *breaking) Setup(sarama.ConsumerGroupSession) error {
	h.setups++
	return nil
}

func (h *breaking) Cleanup(session sarama.ConsumerGroupSession) error { return nil }

func (h *breaking) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	return h.do(h, session, claim)
}

func (h *breaking) isProcessed(string) bool { return false }

func readsOnly(_ *breaking, _ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for range claim.Messages() {
	}
	return nil
}

// broken are handlers, and what is said of them.
var broken = map[string]struct {
	do   func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error
	says string
}{
	"never returns": {func(_ *breaking, _ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for range claim.Messages() {
		}
		time.Sleep(time.Hour)
		return nil
	}, `orders/\d: ConsumeClaim has not returned 1m0s after the end of its claim`},
	"returns early": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		session.MarkMessage(<-claim.Messages(), "")
		return nil
	}, `ConsumeClaim returns while its claim goes on: nobody reads the partition`},
	"stands still": {func(_ *breaking, session sarama.ConsumerGroupSession, _ sarama.ConsumerGroupClaim) error {
		<-session.Context().Done()
		return nil
	}, `the record at offset 0 is not read from Messages within 1m0s`},
	"marks nothing": {readsOnly, `were processed, and only those before 0 are marked`},
	"marks early": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			session.MarkMessage(msg, "")
		}
		return nil
	}, `the record at offset 0 is marked before the work with it is done`},
	"marks what does not exist": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			session.MarkOffset(msg.Topic, msg.Partition, msg.Offset+100, "")
		}
		return nil
	}, `offset 100 is marked, and records up to 0 were given`},
	"marks another's": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			session.MarkOffset(msg.Topic, 77, msg.Offset, "")
		}
		return nil
	}, `orders/77 is marked, which is not claimed`},
	"cannot do without a key": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			_ = msg.Key[0]
			session.MarkMessage(msg, "")
		}
		return nil
	}, `orders/\d: ConsumeClaim panics: runtime error: index out of range`},
	"is for one session": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		if h.setups > 1 {
			panic("close of closed channel")
		}
		return readsOnly(h, session, claim)
	}, `session 1, orders/\d: ConsumeClaim panics: close of closed channel`},
	"refuses what it knows": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			h.mu.Lock()
			if h.seen == nil {
				h.seen = make(map[string]bool)
			}
			again := h.seen[place(msg)]
			h.seen[place(msg)] = true
			h.mu.Unlock()
			if again {
				return fmt.Errorf("offset %d: a duplicate", msg.Offset)
			}
			session.MarkMessage(msg, "")
		}
		return nil
	}, `ConsumeClaim returns while its claim goes on: offset \d: a duplicate`},
	"fails at the end": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		_ = readsOnly(h, session, claim)
		return fmt.Errorf("no more messages")
	}, `ConsumeClaim returns an error for the end of its claim: no more messages`},
	"leaves goroutines": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		go func() { time.Sleep(10 * time.Hour) }()
		return readsOnly(h, session, claim)
	}, `a goroutine of the handler is left when all sessions are over`},
	"marks late": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			go func() {
				time.Sleep(time.Minute)
				session.MarkMessage(msg, "")
			}()
		}
		return nil
	}, `is marked when the session is over, which has no effect`},
}

const brokenVariable = "KAFKATEST_BROKEN"

// TestExerciseOfBrokenHandler is run by TestExerciseNamesTheRule, and fails.
func TestExerciseOfBrokenHandler(t *testing.T) {
	name := os.Getenv(brokenVariable)
	if name == "" {
		return
	}
	options := []ExerciseOption{}
	if name == "marks early" {
		options = append(options, ProcessedIf(processed))
	}
	Exercise(t, func() sarama.ConsumerGroupHandler { return &breaking{do: broken[name].do} }, options...)
}

// TestExerciseNamesTheRule runs tests of handlers that break one, in processes of their own.
func TestExerciseNamesTheRule(t *testing.T) {
	t.Parallel()
	for name, b := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestExerciseOfBrokenHandler$")
			cmd.Env = append(os.Environ(), brokenVariable+"="+name)
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, "%s", out)
			require.Regexp(t, b.says, string(out))
		})
	}
}

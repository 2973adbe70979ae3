package kafkatest

import (
	"context"
	"errors"
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
		config := sarama.NewConfig()
		config.Consumer.Group.Rebalance.Timeout = time.Second
		config.ChannelBufferSize = 10
		Exercise(t, newObedient, Records(&sarama.ConsumerMessage{Value: []byte("x")}, &sarama.ConsumerMessage{Value: []byte("y")}),
			GroupConfig(config), ClaimsOf("payments", 1), ClaimsOf("orders", 2), ProcessedIf(processed))
	})
	t.Run("nothing waits in Messages", func(t *testing.T) {
		config := sarama.NewConfig()
		config.ChannelBufferSize = 0
		Exercise(t, newObedient, GroupConfig(config), ClaimsOf("orders", 1), ProcessedIf(processed))
	})
	t.Run("other chances", func(t *testing.T) {
		for seed := range uint64(5) {
			Exercise(t, newObedient, Seed(seed), ProcessedIf(processed))
		}
	})
	t.Run("contiguous", func(t *testing.T) {
		Exercise(t, func() sarama.ConsumerGroupHandler { return sarama.NewContiguousHandler(&breaking{do: marksBackwards}) })
	})
	t.Run("watched", func(t *testing.T) {
		Exercise(t, func() sarama.ConsumerGroupHandler {
			handler, err := sarama.NewWatchdogHandler(newObedient(), time.Minute, func(err *sarama.ClaimStalledError) { t.Error(err) })
			require.NoError(t, err)
			return handler
		})
	})
	t.Run("retrying", func(t *testing.T) {
		Exercise(t, func() sarama.ConsumerGroupHandler { return newRetrying(t) }, ClaimsOf("orders", 2), ClaimsOf("orders.retry", 2))
	})
	t.Run("ends at a failed commit", func(t *testing.T) {
		Exercise(t, func() sarama.ConsumerGroupHandler { return &breaking{do: commits} })
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

// newRetrying sends on what has no key.
func newRetrying(t *testing.T) sarama.ConsumerGroupHandler {
	handler, err := sarama.NewRetryHandler(sarama.RetryHandlerConfig{
		GroupID: "group", Producer: sending{},
		Retries:     []sarama.RetryTopic{{Topic: "orders.retry", Delay: time.Second}},
		DeadLetters: "orders.dead",
		Handle: func(_ context.Context, msg *sarama.ConsumerMessage) error {
			if msg.Key == nil {
				return errors.New("no key")
			}
			return nil
		},
	})
	require.NoError(t, err)
	return handler
}

// sending is a producer that sends nothing.
type sending struct{ sarama.SyncProducer }

func (sending) IsTransactional() bool { return false }

func (sending) SendMessage(*sarama.ProducerMessage) (int32, int64, error) {
	time.Sleep(time.Millisecond)
	return 0, 0, nil
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
	do             func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error
	setup, cleanup func(h *breaking) error
	setups         int
	mu             sync.Mutex
	seen           map[string]bool
}

func (h *breaking) Setup(sarama.ConsumerGroupSession) error {
	h.setups++
	if h.setup != nil {
		return h.setup(h)
	}
	return nil
}

func (h *breaking) Cleanup(sarama.ConsumerGroupSession) error {
	if h.cleanup != nil {
		return h.cleanup(h)
	}
	return nil
}

func (h *breaking) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	return h.do(h, session, claim)
}

func (h *breaking) isProcessed(place string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen[place]
}

func readsOnly(_ *breaking, _ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for range claim.Messages() {
	}
	return nil
}

// marksBackwards marks two records, the second first and the first a while later.
func marksBackwards(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	var before *sarama.ConsumerMessage
	for msg := range claim.Messages() {
		if before == nil {
			before = msg
			continue
		}
		session.MarkMessage(msg, "")
		time.Sleep(time.Millisecond)
		session.MarkMessage(before, "")
		before = nil
	}
	if before != nil {
		session.MarkMessage(before, "")
	}
	return nil
}

// commits commits after each record, and ends with what that fails with.
func commits(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		session.MarkMessage(msg, "")
		if err := session.(sarama.ContextConsumerGroupSession).CommitContext(session.Context()); err != nil {
			return err
		}
	}
	return nil
}

// brokenAround are handlers that break a rule in Setup and Cleanup.
var brokenAround = map[string]struct {
	setup, cleanup func(h *breaking) error
	says           string
}{
	"closes twice": {setup: func(h *breaking) error {
		if h.setups > 1 {
			panic("close of closed channel")
		}
		return nil
	}, says: `Setup of session 1 panics: a handler lives through many sessions.*: close of closed channel`},
	"cannot begin":      {setup: func(*breaking) error { return errors.New("no database") }, says: `Setup of session 0: no database`},
	"blocks in Setup":   {setup: func(*breaking) error { select {} }, says: `Setup of session 0 has not returned after 1m0s`},
	"cannot end":        {cleanup: func(*breaking) error { return errors.New("no database") }, says: `Cleanup of session 0: no database`},
	"panics in the end": {cleanup: func(*breaking) error { panic("nil map") }, says: `Cleanup of session 0 panics: .*: nil map`},
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
	"hangs": {func(_ *breaking, _ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for range claim.Messages() {
		}
		select {}
	}, `orders/\d: ConsumeClaim has not returned 1m0s after the end of its claim`},
	"is slow": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			time.Sleep(time.Second)
			session.MarkMessage(msg, "")
		}
		return nil
	}, `orders/\d: ConsumeClaim has not returned 1m0s after the end of its claim, with \d+ records in Messages`},
	"marks backwards": {marksBackwards, `offset 1 is marked after 2 was, and marks do not go back`},
	"marks beyond its work": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			h.mu.Lock()
			if h.seen == nil {
				h.seen = make(map[string]bool)
			}
			passedOver := msg.Offset == 2
			h.seen[place(msg)] = !passedOver
			h.mu.Unlock()
			if !passedOver {
				session.MarkMessage(msg, "")
			}
		}
		return nil
	}, `the record at offset 2 is marked with it before the work with it is done`},
	"marks what went": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			go func() {
				time.Sleep(time.Second)
				session.MarkMessage(msg, "")
			}()
		}
		return nil
	}, `is marked when ConsumeClaim has returned and the partition is another member's`},
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
	}, `the record at offset 0 is marked with it before the work with it is done`},
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
	}, `orders/77 is marked at offset \d+, which is not claimed`},
	"cannot do without a key": {func(_ *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		for msg := range claim.Messages() {
			_ = msg.Key[0]
			session.MarkMessage(msg, "")
		}
		return nil
	}, `orders/\d: ConsumeClaim panics, the last record that it took is that at offset 1: runtime error: index out of range`},
	"is for one session": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		if h.setups > 1 {
			panic("close of closed channel")
		}
		return readsOnly(h, session, claim)
	}, `session 1, orders/\d: ConsumeClaim panics, .*: close of closed channel`},
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
		go func() { time.Sleep(time.Hour) }()
		return readsOnly(h, session, claim)
	}, `a goroutine of the handler is left when all sessions are over`},
	"leaves goroutines for ever": {func(h *breaking, session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
		go func() { select {} }()
		return readsOnly(h, session, claim)
	}, `a goroutine of the handler is left when all sessions are over, one of 9`},
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
	if name == "marks early" || name == "marks beyond its work" {
		options = append(options, ProcessedIf(processed))
	}
	Exercise(t, func() sarama.ConsumerGroupHandler {
		if b, ok := brokenAround[name]; ok {
			return &breaking{do: readsOnly, setup: b.setup, cleanup: b.cleanup}
		}
		return &breaking{do: broken[name].do}
	}, options...)
}

// TestExerciseNamesTheRule runs tests of handlers that break one, in processes of their own.
func TestExerciseNamesTheRule(t *testing.T) {
	t.Parallel()
	says := make(map[string]string)
	for name, b := range broken {
		says[name] = b.says
	}
	for name, b := range brokenAround {
		says[name] = b.says
	}
	for name, rule := range says {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestExerciseOfBrokenHandler$")
			cmd.Env = append(os.Environ(), brokenVariable+"="+name)
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, "%s", out)
			require.Regexp(t, rule, string(out))
		})
	}
}

package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recovering has panics recovered for the rest of a test.
func recovering(t *testing.T) {
	PanicHandler = func(any) {}
	t.Cleanup(func() { PanicHandler = nil })
}

// requireReturns has a claim processed, which ends within an hour.
func requireReturns(t *testing.T, handler ConsumerGroupHandler, s *claimedSession) {
	t.Helper()
	returned := make(chan error, 1)
	go func() { returned <- handler.ConsumeClaim(s, s) }()
	select {
	case err := <-returned:
		require.NoError(t, err)
	case <-time.After(time.Hour):
		t.Error("it has not returned")
	}
}

// TestWatchdogEndsAfterAPanic: a program that recovers panics has its claim, and so its session, end with the handler's call.
func TestWatchdogEndsAfterAPanic(t *testing.T) {
	recovering(t)
	synctest.Test(t, func(t *testing.T) {
		s := keyedRecords(10, 1).claim()
		handler, err := NewWatchdogHandler(handlerFunc(func(_ ConsumerGroupSession, claim ConsumerGroupClaim) error {
			panic(<-claim.Messages())
		}), 10*time.Second, nil)
		require.NoError(t, err)
		requireReturns(t, handler, s)
		s.revoke()
	})
}

// TestWatchdogLeavesAClaimThatIsOver: a call that stalls until its partition is taken away is the last.
func TestWatchdogLeavesAClaimThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := keyedRecords(10, 1).claim()
		calls := 0
		handler, err := NewWatchdogHandler(handlerFunc(func(_ ConsumerGroupSession, claim ConsumerGroupClaim) error {
			calls++
			<-claim.Messages()
			<-s.ctx.Done()
			return context.Canceled
		}), 10*time.Second, nil)
		require.NoError(t, err)
		time.AfterFunc(time.Minute, s.revoke)
		require.NoError(t, handler.ConsumeClaim(s, s))
		require.Equal(t, 1, calls)
	})
}

// TestKeyedHandlerEndsAfterAPanic: no record is passed over by a worker that is gone while the claim goes on.
func TestKeyedHandlerEndsAfterAPanic(t *testing.T) {
	recovering(t)
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(100, 10)
		s := c.claim()
		handler, err := NewKeyedHandler(KeyedHandlerConfig{Workers: 4, Handle: func(_ context.Context, msg *ConsumerMessage) error {
			if msg.Offset == 7 {
				panic("bad record")
			}
			return nil
		}})
		require.NoError(t, err)
		requireReturns(t, handler, s)
		require.LessOrEqual(t, c.at(), int64(7))
		s.revoke()
	})
}

// TestWatchdogClosesMessagesOfACallThatReturns, or what ranges over them stays: the goroutine of a contiguous handler does.
func TestWatchdogClosesMessagesOfACallThatReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := keyedRecords(1, 1).claim()
		failure := errors.New("broken")
		ended := make(chan struct{})
		handler, err := NewWatchdogHandler(NewContiguousHandler(handlerFunc(func(_ ConsumerGroupSession, claim ConsumerGroupClaim) error {
			<-claim.Messages()
			go func() {
				defer close(ended)
				for range claim.Messages() {
				}
			}()
			return failure
		})), 10*time.Second, nil)
		require.NoError(t, err)
		require.Equal(t, failure, handler.ConsumeClaim(s, s))
		synctest.Wait()
		select {
		case <-ended:
		default:
			t.Error("Messages is open when the call has returned")
		}
		s.revoke()
	})
}

// TestMarksOfACutLogSayNothing of the records that are written in the place of what was marked (KIP-320).
func TestMarksOfACutLogSayNothing(t *testing.T) {
	record := func(offset int64) *ConsumerMessage { return &ConsumerMessage{Topic: "t", Offset: offset} }
	tracker := new(markTracker)
	tracker.given(record(10))
	_, n := tracker.doneBefore(100, "")
	require.Equal(t, 1, n)
	tracker.given(record(11))
	_, n = tracker.done(record(11), "")
	require.Zero(t, n, "it is skipped")

	tracker.given(record(5))
	tracker.given(record(100))
	_, n = tracker.done(record(100), "")
	require.Zero(t, n, "5 is not processed")
	last, n := tracker.done(record(5), "")
	require.Equal(t, 2, n)
	require.EqualValues(t, 100, last.msg.Offset)
}

// TestRetryHandlerLeavesWhatARevocationInterrupts to the next owner, however it is told of that.
func TestRetryHandlerLeavesWhatARevocationInterrupts(t *testing.T) {
	for name, failure := range map[string]func(context.Context) error{
		"the context's error": context.Context.Err,
		"its cause":           func(ctx context.Context) error { return fmt.Errorf("Get: %w", context.Cause(ctx)) },
		"one of its own":      func(context.Context) error { return errors.New("rpc error: code = Canceled") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				producer := &ledgerProducer{kill: func(string) bool { return false }}
				handle := func(ctx context.Context, _ *ConsumerMessage) error {
					<-ctx.Done()
					return failure(ctx)
				}
				handler, err := NewRetryHandler(RetryHandlerConfig{GroupID: "g", Producer: producer, DeadLetters: "dead", Handle: handle})
				require.NoError(t, err)
				c := keyedRecords(1, 1)
				s := c.claim()
				time.AfterFunc(time.Second, s.revoke)
				require.NoError(t, handler.ConsumeClaim(s, s))
				require.Empty(t, producer.sent, "no record is a dead letter for a rebalance")
				require.Zero(t, c.at())
			})
		})
	}
}

// TestEndOfAClaimIsNoFailure: a handler that returns why its context has ended says nothing that is worth telling.
func TestEndOfAClaimIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler, err := NewKeyedHandler(KeyedHandlerConfig{Handle: func(ctx context.Context, _ *ConsumerMessage) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}})
		require.NoError(t, err)
		s := keyedRecords(1, 1).claim()
		time.AfterFunc(time.Second, s.revoke)
		require.NoError(t, handler.ConsumeClaim(s, s))
	})
	synctest.Test(t, func(t *testing.T) { // two claims that have one producer: the second waits for its turn
		producer := &ledgerProducer{transactional: true, kill: func(string) bool { return false }}
		handler, err := NewRetryHandler(RetryHandlerConfig{
			GroupID: "g", Producer: producer, DeadLetters: "dead", Handle: func(context.Context, *ConsumerMessage) error { return errors.New("bad") },
		})
		require.NoError(t, err)
		handler.(*retryHandler).turn <- struct{}{}
		s := keyedRecords(1, 1).claim()
		time.AfterFunc(time.Second, s.revoke)
		require.NoError(t, handler.ConsumeClaim(s, s))
	})
}

// lateCommits is a session with automatic commits that take a second, and a coordinator, which has what came last.
type lateCommits struct {
	*claimedSession
	commits sync.WaitGroup
	mu      sync.Mutex // guards offset
	offset  int64
}

func (s *lateCommits) MarkMessage(msg *ConsumerMessage, metadata string) {
	s.claimedSession.MarkMessage(msg, metadata)
	s.commits.Go(func() {
		time.Sleep(time.Second)
		s.set(msg.Offset + 1)
	})
}

func (s *lateCommits) CommitContext(context.Context) error {
	s.commits.Wait()
	return nil
}

func (s *lateCommits) set(offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset = offset
}

// offsetsProducer is a transactional producer that has the coordinator know the offsets that it commits.
type offsetsProducer struct {
	*ledgerProducer
	session *lateCommits
}

func (p *offsetsProducer) CommitTxn() error {
	p.session.set(p.offset)
	return p.ledgerProducer.CommitTxn()
}

// TestNoCommitComesAfterThatOfATransaction: one that was under way when it began would set the group's offset back, and a record that
// was sent on would be so again.
func TestNoCommitComesAfterThatOfATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(2, 1)
		s := &lateCommits{claimedSession: c.claim()}
		producer := &offsetsProducer{&ledgerProducer{c: c, transactional: true, kill: func(string) bool { return false }}, s}
		handler, err := NewRetryHandler(RetryHandlerConfig{GroupID: "g", Producer: producer, DeadLetters: "dead",
			Handle: func(_ context.Context, msg *ConsumerMessage) error {
				if msg.Offset == 1 {
					return errors.New("bad")
				}
				return nil
			}})
		require.NoError(t, err)
		returned := make(chan error, 1)
		go func() { returned <- handler.ConsumeClaim(s, s) }()
		time.Sleep(1500 * time.Millisecond) // the program may end here, before the mark of the record sent on is committed
		s.mu.Lock()
		assert.EqualValues(t, 2, s.offset)
		s.mu.Unlock()
		time.Sleep(time.Second)
		s.revoke()
		require.NoError(t, <-returned)
		require.Len(t, producer.sent, 1)
		s.commits.Wait()
	})
}

// placedSession is a session of another member, whose claim is of another partition.
type placedSession struct {
	*claimedSession
	member    string
	partition int32
}

func (s *placedSession) MemberID() string { return s.member }
func (s *placedSession) Partition() int32 { return s.partition }

// TestContiguousHandlerOfManyMembers keeps their marks apart: a handler may be that of several members, of one group or of several.
func TestContiguousHandlerOfManyMembers(t *testing.T) {
	for name, partition := range map[string]int32{"of one group": 1, "of two groups": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				marks := make(chan struct{})
				handler := NewContiguousHandler(handlerFunc(func(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
					first, second := <-claim.Messages(), <-claim.Messages()
					s.MarkMessage(second, "")
					<-marks
					s.MarkMessage(first, "")
					for range claim.Messages() {
					}
					return nil
				}))
				first, second := &placedSession{keyedRecords(2, 1).claim(), "a", 0}, &placedSession{keyedRecords(2, 1).claim(), "b", partition}
				for _, msg := range second.records {
					msg.Partition = partition
				}
				returned := make(chan error, 2)
				for _, s := range []*placedSession{first, second} {
					require.NoError(t, handler.Setup(s))
					go func() { returned <- handler.ConsumeClaim(s, s) }()
					synctest.Wait()
				}
				require.Zero(t, first.at())
				require.Zero(t, second.at())
				marks <- struct{}{}
				synctest.Wait()
				require.EqualValues(t, 2, first.at()+second.at(), "one has marked all, the other not")
				for _, s := range []*placedSession{first, second} {
					if s.at() == 2 {
						s.revoke()
						require.NoError(t, <-returned)
						require.NoError(t, handler.Cleanup(s))
					}
				}
				marks <- struct{}{}
				synctest.Wait()
				require.EqualValues(t, 4, first.at()+second.at())
				first.revoke()
				second.revoke()
				require.NoError(t, <-returned)
			})
		})
	}
}

// TestContiguousHandlerKeepsNothingOfClaimsThatWereTakenAway before the session ended.
func TestContiguousHandlerKeepsNothingOfClaimsThatWereTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := NewContiguousHandler(handlerFunc(func(_ ConsumerGroupSession, claim ConsumerGroupClaim) error {
			for range claim.Messages() {
			}
			return nil
		}))
		s := &placedSession{keyedRecords(2, 1).claim(), "m", 7}
		require.NotContains(t, s.Claims()["t"], s.partition)
		time.AfterFunc(time.Second, s.revoke)
		require.NoError(t, handler.ConsumeClaim(s, s))
		require.NoError(t, handler.Cleanup(s))
		require.Empty(t, handler.(*contiguousHandler).trackers)
	})
}

package sarama

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// claimed is a partition "t-0" as groups give it, one claim after another, with what is marked of it.
type claimed struct {
	records []*ConsumerMessage

	mu     sync.Mutex // guards what follows
	marked int64
	last   string // metadata
}

// keyedRecords returns claimed records whose keys go round.
func keyedRecords(n, keys int) *claimed {
	c := &claimed{}
	for i := range n {
		c.records = append(c.records, &ConsumerMessage{
			Topic: "t", Offset: int64(i), Key: fmt.Append(nil, i%keys), Value: fmt.Append(nil, i), Timestamp: time.Now(),
		})
	}
	return c
}

func (c *claimed) at() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.marked
}

// claimedSession is a session, and its claim, that begins at what is marked.
type claimedSession struct {
	*claimed
	ctx      context.Context
	cancel   context.CancelCauseFunc
	messages chan *ConsumerMessage
	done     chan struct{}
}

// claim begins a claim, whose messages go on being given until it is revoked.
func (c *claimed) claim() *claimedSession {
	s := &claimedSession{claimed: c, messages: make(chan *ConsumerMessage), done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	go func() {
		defer close(s.done)
		defer close(s.messages)
		for _, msg := range c.records[c.at():] {
			select {
			case s.messages <- msg:
			case <-s.ctx.Done():
				return
			}
		}
		<-s.ctx.Done()
	}()
	return s
}

func (s *claimedSession) revoke() {
	s.cancel(ErrPartitionRevoked)
	<-s.done
}

func (s *claimedSession) Claims() map[string][]int32 { return map[string][]int32{"t": {0}} }
func (s *claimedSession) MemberID() string           { return "m" }
func (s *claimedSession) GenerationID() int32        { return 5 }
func (s *claimedSession) Commit()                    {}
func (s *claimedSession) groupInstanceID() *string   { i := "i"; return &i }
func (s *claimedSession) MarkOffset(_ string, _ int32, offset int64, metadata string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if offset > s.marked {
		s.marked, s.last = offset, metadata
	}
}
func (s *claimedSession) ResetOffset(string, int32, int64, string) {}
func (s *claimedSession) MarkMessage(msg *ConsumerMessage, metadata string) {
	s.MarkOffset(msg.Topic, msg.Partition, msg.Offset+1, metadata)
}
func (s *claimedSession) Context() context.Context          { return s.ctx }
func (s *claimedSession) Topic() string                     { return "t" }
func (s *claimedSession) Partition() int32                  { return 0 }
func (s *claimedSession) InitialOffset() int64              { return s.at() }
func (s *claimedSession) HighWaterMarkOffset() int64        { return int64(len(s.records)) }
func (s *claimedSession) Messages() <-chan *ConsumerMessage { return s.messages }

// 64 workers are at least 50 times as fast as one, with 1,000 keys and 10 ms for each record.
func TestKeyedHandlerIsConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const records = 6400
		c := keyedRecords(records, 1000)
		handler, err := NewKeyedHandler(KeyedHandlerConfig{Workers: 64, Handle: func(context.Context, *ConsumerMessage) error {
			time.Sleep(10 * time.Millisecond)
			return nil
		}})
		require.NoError(t, err)
		s := c.claim()
		began := time.Now()
		returned := make(chan error, 1)
		go func() { returned <- handler.ConsumeClaim(s, s) }()
		for c.at() < records {
			time.Sleep(time.Millisecond)
		}
		took := time.Since(began)
		s.revoke()
		require.NoError(t, <-returned)
		serial := records * 10 * time.Millisecond
		t.Logf("%d times as fast", serial/took)
		require.GreaterOrEqual(t, serial/took, time.Duration(50))
	})
}

// Whatever is taken away when, each key's records are processed in order, none at the same time as another, none is missed, and
// what is marked is never beyond what is not processed.
func TestKeyedHandlerKeepsOrderOverRebalances(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			const records, keys = 3000, 37
			c := keyedRecords(records, keys)
			var mu sync.Mutex
			active, next, handled := make(map[string]bool), make(map[string]int64), make(map[int64]int)
			handle := func(_ context.Context, msg *ConsumerMessage) error {
				key := string(msg.Key)
				mu.Lock()
				if active[key] {
					t.Errorf("key %s is processed twice at a time", key)
				}
				if msg.Offset > next[key] && next[key] != msg.Offset-keys {
					t.Errorf("key %s: %d after %d", key, msg.Offset, next[key])
				}
				active[key] = true
				pause := time.Duration(rnd.IntN(20)) * time.Millisecond
				mu.Unlock()
				time.Sleep(pause)
				mu.Lock()
				defer mu.Unlock()
				active[key] = false
				next[key] = msg.Offset
				handled[msg.Offset]++
				return nil
			}
			handler, err := NewKeyedHandler(KeyedHandlerConfig{Workers: 1 + rnd.IntN(32), Ahead: 1 + rnd.IntN(100), Handle: handle})
			require.NoError(t, err)
			for k := range keys {
				next[fmt.Sprint(k)] = int64(k - keys)
			}
			for c.at() < records {
				s := c.claim()
				returned := make(chan error, 1)
				go func() { returned <- handler.ConsumeClaim(s, s) }()
				mu.Lock()
				pause := time.Duration(rnd.IntN(2000)) * time.Millisecond
				mu.Unlock()
				time.Sleep(pause)
				s.revoke()
				require.NoError(t, <-returned)
				for offset := range c.at() {
					require.Positive(t, handled[offset], "%d is marked", offset)
				}
				// What comes again does so from the mark on.
				for k := range keys {
					first := c.at() + (int64(k)-c.at()%keys+keys)%keys
					next[fmt.Sprint(k)] = min(next[fmt.Sprint(k)], first-keys)
				}
			}
			require.Len(t, handled, records)
		})
	}
}

// TestKeyedHandlerGoesOnOverACutLog: records of offsets that were read before come while those are still being processed (KIP-320).
func TestKeyedHandlerGoesOnOverACutLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(10, 10)
		c.records = append(c.records, keyedRecords(40, 10).records[5:]...)
		var handled atomic.Int32
		handler, err := NewKeyedHandler(KeyedHandlerConfig{Workers: 8, Ahead: 8, Handle: func(context.Context, *ConsumerMessage) error {
			time.Sleep(10 * time.Millisecond)
			handled.Add(1)
			return nil
		}})
		require.NoError(t, err)
		s := c.claim()
		returned := make(chan error, 1)
		go func() { returned <- handler.ConsumeClaim(s, s) }()
		time.Sleep(time.Second)
		require.EqualValues(t, 10+35, handled.Load())
		require.EqualValues(t, 40, c.at())
		s.revoke()
		require.NoError(t, <-returned)
	})
}

func TestKeyedHandlerTellsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(100, 10)
		failure := errors.New("broken")
		handler, err := NewKeyedHandler(KeyedHandlerConfig{Handle: func(_ context.Context, msg *ConsumerMessage) error {
			if msg.Offset == 30 {
				return failure
			}
			return nil
		}})
		require.NoError(t, err)
		require.Equal(t, KeyedHandlerConfig{Workers: 16, Ahead: 256}.Ahead, handler.(*keyedHandler).conf.Ahead)
		s := c.claim()
		err = handler.ConsumeClaim(s, s)
		require.ErrorIs(t, err, failure)
		require.ErrorContains(t, err, "offset 30")
		require.LessOrEqual(t, c.at(), int64(30))
		s.revoke()
		_, err = NewKeyedHandler(KeyedHandlerConfig{})
		require.Error(t, err)
	})
}

// handlerFunc is a handler that has ConsumeClaim alone.
type handlerFunc func(ConsumerGroupSession, ConsumerGroupClaim) error

func (handlerFunc) Setup(ConsumerGroupSession) error   { return nil }
func (handlerFunc) Cleanup(ConsumerGroupSession) error { return nil }
func (f handlerFunc) ConsumeClaim(s ConsumerGroupSession, c ConsumerGroupClaim) error {
	return f(s, c)
}

func TestContiguousMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(10, 1)
		c.records = append(c.records[:4:4], c.records[6:]...) // compacted: 4 and 5 are gone
		s := c.claim()
		require.NoError(t, NewContiguousHandler(handlerFunc(func(inner ConsumerGroupSession, claim ConsumerGroupClaim) error {
			var got []*ConsumerMessage
			for range 8 {
				got = append(got, <-claim.Messages())
			}
			mark := func(i int, want int64) {
				inner.MarkMessage(got[i], fmt.Sprint(got[i].Offset))
				require.Equal(t, want, c.at())
			}
			mark(1, 0)
			mark(2, 0)
			mark(0, 3)
			require.Equal(t, "2", c.last)
			mark(4, 3) // offset 6
			mark(3, 7)
			mark(3, 7)
			inner.MarkOffset("t", 0, 8, "all before")
			require.EqualValues(t, 8, c.at())
			inner.MarkMessage(got[7], "")
			inner.MarkOffset("t", 9, 100, "")
			require.EqualValues(t, 8, c.at())
			require.NoError(t, inner.(ContextConsumerGroupSession).CommitContext(inner.Context()))
			s.revoke()
			_, open := <-claim.Messages()
			require.False(t, open)
			require.ErrorIs(t, context.Cause(claim.(ContextConsumerGroupClaim).Context()), ErrPartitionRevoked)
			return nil
		})).ConsumeClaim(s, s))
	})
}

// TestContiguousMarksBeyondRecords: an offset may be marked before which no record waits, or none was given yet.
func TestContiguousMarksBeyondRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(10, 1)
		c.records = append(c.records[:2:2], c.records[4:]...) // compacted: 2 and 3 are gone
		s := c.claim()
		require.NoError(t, NewContiguousHandler(handlerFunc(func(inner ConsumerGroupSession, claim ConsumerGroupClaim) error {
			at := func(offset int64, metadata string) {
				t.Helper()
				require.Equal(t, offset, c.at())
				require.Equal(t, metadata, c.last)
			}
			synctest.Wait()
			inner.MarkMessage(&ConsumerMessage{Topic: "t", Offset: 7}, "not given")
			at(0, "")
			inner.MarkMessage(<-claim.Messages(), "0")
			second := <-claim.Messages()
			synctest.Wait() // 4 is given, as far as the handler can tell it has been
			inner.MarkOffset("t", 0, 1, "is so")
			at(1, "0")
			inner.MarkMessage(second, "1")
			at(2, "1")
			inner.MarkOffset("t", 0, 4, "gap")
			at(4, "gap")
			inner.MarkOffset("t", 0, 7, "skip")
			at(7, "skip")
			var got []*ConsumerMessage
			for range 6 {
				got = append(got, <-claim.Messages())
			}
			inner.MarkMessage(got[1], "skipped") // 5
			at(7, "skip")
			inner.MarkMessage(got[4], "8")
			at(7, "skip")
			inner.MarkMessage(got[3], "7")
			at(9, "8")
			inner.MarkOffset("t", 0, 3, "back")
			at(9, "8")
			inner.MarkMessage(got[5], "9")
			inner.MarkOffset("t", 0, 20, "nothing is left")
			at(20, "nothing is left")
			s.revoke()
			return nil
		})).ConsumeClaim(s, s))
	})
}

// TestWatchdogTakesSkippedRecordsForMarked, which come after the mark.
func TestWatchdogTakesSkippedRecordsForMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(10, 1)
		s := c.claim()
		handler, err := NewWatchdogHandler(handlerFunc(func(inner ConsumerGroupSession, claim ConsumerGroupClaim) error {
			<-claim.Messages()
			inner.MarkOffset("t", 0, 10, "skip all")
			for range 9 {
				<-claim.Messages()
			}
			time.Sleep(time.Minute)
			go s.revoke()
			for range claim.Messages() {
				t.Error("there are no more")
			}
			return nil
		}), 10*time.Second, func(err *ClaimStalledError) { t.Error(err) })
		require.NoError(t, err)
		require.NoError(t, handler.ConsumeClaim(s, s))
	})
}

func TestWatchdogReleasesAClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(10, 1)
		s := c.claim()
		var reports []ClaimStalledError
		calls := 0
		handler, err := NewWatchdogHandler(handlerFunc(func(inner ConsumerGroupSession, claim ConsumerGroupClaim) error {
			calls++
			ctx := claim.(ContextConsumerGroupClaim).Context()
			for msg := range claim.Messages() {
				if msg.Offset == 4 && calls == 1 {
					<-ctx.Done() // stalls
					require.ErrorIs(t, context.Cause(ctx), ErrClaimStalled)
					time.Sleep(25 * time.Second)
					inner.MarkMessage(msg, "too late")
					require.EqualValues(t, 3, c.at())
					return nil
				}
				if msg.Offset != 3 || calls > 1 { // 3 is not marked before the stall
					inner.MarkMessage(msg, "")
				}
				if msg.Offset == 9 {
					go s.revoke()
				}
			}
			return nil
		}), 10*time.Second, func(err *ClaimStalledError) { reports = append(reports, *err) })
		require.NoError(t, err)
		require.NoError(t, handler.ConsumeClaim(s, s))
		require.EqualValues(t, 10, c.at())
		require.Equal(t, 2, calls)
		require.Len(t, reports, 3, "at once, and twice while it does not return")
		require.Equal(t, ClaimStalledError{"t", 0, 3, 10 * time.Second}, reports[0])
		require.ErrorIs(t, &reports[0], ErrClaimStalled)
	})
}

func TestWatchdogLeavesIdleClaimsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := keyedRecords(10, 1)
		s := c.claim()
		handler, err := NewWatchdogHandler(handlerFunc(func(inner ConsumerGroupSession, claim ConsumerGroupClaim) error {
			for msg := range claim.Messages() {
				time.Sleep(9 * time.Second)
				inner.MarkMessage(msg, "")
			}
			return nil
		}), 10*time.Second, func(err *ClaimStalledError) { t.Error(err) })
		require.NoError(t, err)
		time.AfterFunc(time.Hour, s.revoke)
		require.NoError(t, handler.ConsumeClaim(s, s))
		require.EqualValues(t, 10, c.at())
		_, err = NewWatchdogHandler(handler, 0, nil)
		require.Error(t, err)
	})
}

// ledgerProducer is a transactional producer whose transactions take effect when they are committed, unless it is killed.
type ledgerProducer struct {
	SyncProducer
	c             *claimed
	transactional bool
	kill          func(step string) bool // tells whether the process dies after a step

	open   []*ProducerMessage
	offset int64
	sent   []*ProducerMessage
}

var errKilled = errors.New("killed")

func (p *ledgerProducer) after(step string) error {
	if p.kill(step) {
		p.open, p.offset = nil, 0
		return errKilled
	}
	return nil
}

func (p *ledgerProducer) IsTransactional() bool            { return p.transactional }
func (p *ledgerProducer) TxnStatus() ProducerTxnStatusFlag { return ProducerTxnFlagReady }
func (p *ledgerProducer) BeginTxn() error                  { return p.after("begin") }
func (p *ledgerProducer) AbortTxn() error                  { p.open, p.offset = nil, 0; return nil }
func (p *ledgerProducer) SendMessage(m *ProducerMessage) (int32, int64, error) {
	if !p.transactional {
		p.sent = append(p.sent, m)
		return 0, 0, p.after("send")
	}
	p.open = append(p.open, m)
	return 0, 0, p.after("send")
}

func (p *ledgerProducer) AddMessageToTxnWithGroupMetadata(msg *ConsumerMessage, member *ConsumerGroupMetadata, _ *string) error {
	if member.GroupID != "g" || member.MemberID != "m" || member.GenerationID != 5 || *member.GroupInstanceID != "i" {
		return ErrUnknownMemberId
	}
	p.offset = msg.Offset + 1
	return p.after("offset")
}

func (p *ledgerProducer) CommitTxn() error {
	if err := p.after("commit"); err != nil {
		return err
	}
	p.sent = append(p.sent, p.open...)
	p.c.mu.Lock()
	p.c.marked = max(p.c.marked, p.offset)
	p.c.mu.Unlock()
	p.open, p.offset = nil, 0
	return p.after("committed")
}

// A process that dies at whatever step, marks lost: each failed record is a dead letter once.
func TestDeadLettersAreThereOnce(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 8))
			c := keyedRecords(60, 1)
			producer := &ledgerProducer{c: c, transactional: true, kill: func(string) bool { return rnd.IntN(5) == 0 }}
			handler, err := NewRetryHandler(RetryHandlerConfig{
				GroupID: "g", Producer: producer, DeadLetters: "dead",
				Handle: func(_ context.Context, msg *ConsumerMessage) error {
					if msg.Offset%3 == 0 {
						return errors.New("bad")
					}
					return nil
				},
			})
			require.NoError(t, err)
			for c.at() < 60 {
				committed := c.at()
				s := c.claim()
				stop := time.AfterFunc(time.Minute, s.revoke)
				err := handler.ConsumeClaim(s, s)
				if err != nil {
					require.ErrorIs(t, err, errKilled)
					// Marks that are not committed are lost with the process: what is left is what transactions committed.
					if n := len(producer.sent); n > 0 {
						committed = max(committed, int64(n-1)*3+1)
					}
					c.mu.Lock()
					c.marked = committed
					c.mu.Unlock()
				}
				stop.Stop()
				s.revoke()
			}
			require.Len(t, producer.sent, 20)
			for i, msg := range producer.sent {
				require.Equal(t, "dead", msg.Topic)
				value, _ := msg.Value.Encode()
				require.Equal(t, fmt.Sprint(3*i), string(value))
			}
		})
	}
}

// uncertainProducer is a transactional producer whose coordinator is away for a while.
type uncertainProducer struct {
	SyncProducer
	failures  int  // to come, of CommitTxn and AbortTxn
	committed bool // commits take effect all the same
	unknown   bool // whether the transaction is committed
	status    ProducerTxnStatusFlag
	open      []*ProducerMessage
	sent      []*ProducerMessage
}

var errAway = Wrap(ErrTxnRetriable, ErrConsumerCoordinatorNotAvailable)

func (p *uncertainProducer) IsTransactional() bool            { return true }
func (p *uncertainProducer) TxnStatus() ProducerTxnStatusFlag { return p.status }

func (p *uncertainProducer) BeginTxn() error {
	if p.status != ProducerTxnFlagReady {
		return ErrTransitionNotAllowed
	}
	p.status, p.open = ProducerTxnFlagInTransaction, nil
	return nil
}

func (p *uncertainProducer) SendMessage(m *ProducerMessage) (int32, int64, error) {
	p.open = append(p.open, m)
	return 0, 0, nil
}

func (p *uncertainProducer) AddMessageToTxnWithGroupMetadata(*ConsumerMessage, *ConsumerGroupMetadata, *string) error {
	return nil
}

func (p *uncertainProducer) CommitTxn() error {
	p.status = ProducerTxnFlagEndTransaction | ProducerTxnFlagCommittingTransaction
	if p.failures > 0 {
		p.failures--
		p.unknown = p.committed
		return errAway
	}
	p.sent, p.status = append(p.sent, p.open...), ProducerTxnFlagReady
	return nil
}

func (p *uncertainProducer) AbortTxn() error {
	if p.failures > 0 {
		p.failures--
		return errAway
	}
	p.status = ProducerTxnFlagReady
	if p.unknown {
		p.sent, p.unknown = append(p.sent, p.open...), false
		return ErrTxnAlreadyCommitted
	}
	return nil
}

// TestDeadLettersOutliveTheirCoordinator: whatever became of a commit that nobody answered, the letters go on, once each.
func TestDeadLettersOutliveTheirCoordinator(t *testing.T) {
	for failures := range 6 {
		for _, committed := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := keyedRecords(5, 1)
				producer := &uncertainProducer{failures: failures, committed: committed, status: ProducerTxnFlagReady}
				handler, err := NewRetryHandler(RetryHandlerConfig{
					GroupID: "g", Producer: producer, DeadLetters: "dead",
					Handle: func(context.Context, *ConsumerMessage) error { return errors.New("bad") },
				})
				require.NoError(t, err)
				for try := 0; c.at() < 5; try++ {
					require.LessOrEqual(t, try, failures, "it goes on")
					s := c.claim()
					stop := time.AfterFunc(time.Minute, s.revoke)
					if err := handler.ConsumeClaim(s, s); err != nil {
						require.ErrorIs(t, err, ErrTxnRetriable)
					}
					stop.Stop()
					s.revoke()
				}
				require.Len(t, producer.sent, 5)
				for i, msg := range producer.sent {
					value, _ := msg.Value.Encode()
					require.Equal(t, fmt.Sprint(i), string(value))
				}
			})
		}
	}
}

func TestRetryTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		var began time.Time
		producer := &ledgerProducer{kill: func(string) bool {
			waits = append(waits, time.Since(began))
			return false
		}}
		handler, err := NewRetryHandler(RetryHandlerConfig{
			GroupID: "g", Producer: producer, DeadLetters: "dead",
			Retries: []RetryTopic{{"soon", 5 * time.Second}, {"later", time.Minute}},
			Handle:  func(context.Context, *ConsumerMessage) error { return errors.New(strings.Repeat("bad ", 1<<20)) },
		})
		require.NoError(t, err)
		written := time.Now()
		msg := &ConsumerMessage{Topic: "t", Partition: 3, Offset: 42, Key: []byte("k"), Value: []byte("v"), Timestamp: written,
			Headers: []*RecordHeader{{Key: []byte("own"), Value: []byte("h")}}}
		for i, topic := range []string{"soon", "later", "dead"} {
			c := &claimed{records: []*ConsumerMessage{msg}}
			s := c.claim()
			began = time.Now()
			time.AfterFunc(2*time.Minute, s.revoke)
			require.NoError(t, handler.ConsumeClaim(s, s))
			next := producer.sent[i]
			require.Equal(t, topic, next.Topic)
			headers := make(map[string]string)
			for _, h := range next.Headers {
				headers[string(h.Key)] = string(h.Value)
			}
			require.Equal(t, map[string]string{
				"own": "h", HeaderOriginalTopic: "t", HeaderOriginalPartition: "3", HeaderOriginalOffset: "42",
				HeaderFailures: fmt.Sprint(i + 1), HeaderError: strings.Repeat("bad ", longestErrorHeader/4),
			}, headers)
			key, _ := next.Key.Encode()
			value, _ := next.Value.Encode()
			msg = &ConsumerMessage{Topic: topic, Offset: 7, Key: key, Value: value, Timestamp: time.Now()}
			for i := range next.Headers {
				msg.Headers = append(msg.Headers, &next.Headers[i])
			}
		}
		require.Equal(t, []time.Duration{0, 5 * time.Second, time.Minute}, waits)
		for _, bad := range []RetryHandlerConfig{{}, {GroupID: "g", Producer: producer, Handle: handler.(*retryHandler).conf.Handle},
			{GroupID: "g", Producer: producer, Handle: handler.(*retryHandler).conf.Handle, DeadLetters: "d", Retries: []RetryTopic{{Topic: "d"}}}} {
			_, err := NewRetryHandler(bad)
			require.Error(t, err)
		}
	})
}

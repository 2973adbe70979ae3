package sarama

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// managed opens a member of group "g".
func (g *grouping) managed() ManagedConsumerGroup {
	group, err := NewConsumerGroup(addresses(g.brokers), "g", g.conf)
	require.NoError(g.t, err)
	return group.(ManagedConsumerGroup)
}

// A drain with 200 records in flight: all of them are finished and committed, none comes again, and it ends in time.
func TestDrainFinishesWhatIsInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.fill(0, 1000)
		g.fill(1, 1000)
		var mu sync.Mutex
		inFlight, handled := 0, make(map[topicPartition]map[int64]int)
		handler, err := NewKeyedHandler(KeyedHandlerConfig{Workers: 100, Handle: func(ctx context.Context, msg *ConsumerMessage) error {
			mu.Lock()
			inFlight++
			mu.Unlock()
			if err := wait(ctx, 300*time.Millisecond); err != nil {
				return err // a drain does not end the context
			}
			mu.Lock()
			defer mu.Unlock()
			inFlight--
			tp := topicPartition{msg.Topic, msg.Partition}
			if handled[tp] == nil {
				handled[tp] = make(map[int64]int)
			}
			handled[tp][msg.Offset]++
			return nil
		}})
		require.NoError(t, err)
		group := g.managed()
		ran := make(chan error, 1)
		go func() { ran <- group.Run(t.Context(), []string{"orders"}, handler) }()
		for {
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			n := inFlight
			mu.Unlock()
			if n == 200 {
				break
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		require.NoError(t, group.Drain(ctx))
		require.NoError(t, <-ran)
		require.Zero(t, inFlight)
		members, _ := g.group.size()
		require.Zero(t, members, "it has left")
		for p := range int32(2) {
			tp := topicPartition{"orders", p}
			committed := g.offsets.get("g", "orders", p).offset
			require.Positive(t, committed)
			require.Len(t, handled[tp], int(committed), "all that was begun is committed: nothing comes again")
			for offset := range committed {
				require.Equal(t, 1, handled[tp][offset])
			}
		}
		require.NoError(t, group.Drain(t.Context()), "once more")
		require.ErrorIs(t, group.Consume(t.Context(), []string{"orders"}, handler), ErrClosedConsumerGroup)
	})
}

func TestDrainEndsInTime(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		g.fill(0, 10)
		group := g.managed()
		begun := make(chan struct{})
		go func() {
			_ = group.Run(t.Context(), []string{"orders"}, handlerFunc(func(s ConsumerGroupSession, c ConsumerGroupClaim) error {
				<-c.Messages()
				close(begun)
				<-s.Context().Done() // it takes as long as it may
				return nil
			}))
		}()
		<-begun
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, group.Drain(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		require.NoError(t, group.Close())
		idle := g.managed()
		require.NoError(t, idle.Drain(t.Context()), "without claims")
	})
}

// A partition that cannot be read yet has nothing in work: a drain does not wait until it can.
func TestDrainWaitsForNoLeader(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.fill(0, 10)
		g.cluster.setTopic("orders", 1, ledBy(0, 1, 1), ledBy(1, -1, 1))
		group := g.managed()
		begun := make(chan struct{})
		ran := make(chan error, 1)
		go func() {
			ran <- group.Run(t.Context(), []string{"orders"}, handlerFunc(func(s ConsumerGroupSession, c ConsumerGroupClaim) error {
				close(begun)
				for msg := range c.Messages() {
					s.MarkMessage(msg, "")
				}
				return nil
			}))
		}()
		<-begun
		time.Sleep(time.Minute) // the other claim is still being opened
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		require.NoError(t, group.Drain(ctx))
		require.Less(t, time.Since(began), time.Second)
		require.NoError(t, <-ran)
		require.EqualValues(t, 10, g.offsets.get("g", "orders", 0).offset)
	})
}

func TestRunGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.fill(0, 10)
		g.fill(1, 10)
		group := g.managed()
		ctx, cancel := context.WithCancel(t.Context())
		var sessions atomic.Int32
		ran := make(chan error, 1)
		go func() {
			ran <- group.Run(ctx, []string{"orders"}, handlerFunc(func(s ConsumerGroupSession, c ConsumerGroupClaim) error {
				sessions.Add(1)
				for msg := range c.Messages() {
					s.MarkMessage(msg, "")
				}
				return nil
			}))
		}()
		time.Sleep(20 * time.Second)
		require.EqualValues(t, 2, sessions.Load())
		other := g.member(nil)
		time.Sleep(20 * time.Second)
		other.close()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		require.EqualValues(t, 5, sessions.Load(), "with both, with one, with both")
		require.Equal(t, []ClaimLag{{Topic: "orders", Partition: 0}, {Topic: "orders", Partition: 1}}, group.Lags())
		cancel()
		require.NoError(t, <-ran)
		require.Nil(t, group.Lags())
		failure := errors.New("no setup")
		require.ErrorIs(t, group.Run(t.Context(), []string{"orders"}, failingSetup{failure}), failure)
		require.NoError(t, group.Close())
		require.NoError(t, group.Run(t.Context(), []string{"orders"}, failingSetup{failure}))
	})
}

// failingSetup is a handler whose Setup fails.
type failingSetup struct{ err error }

func (h failingSetup) Setup(ConsumerGroupSession) error                          { return h.err }
func (failingSetup) Cleanup(ConsumerGroupSession) error                          { return nil }
func (failingSetup) ConsumeClaim(ConsumerGroupSession, ConsumerGroupClaim) error { return nil }

func TestLags(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		g.fill(0, 10)
		group := g.managed()
		require.Nil(t, group.Lags())
		next, marked := make(chan struct{}), make(chan struct{})
		go func() {
			_ = group.Run(t.Context(), []string{"orders"}, handlerFunc(func(s ConsumerGroupSession, c ConsumerGroupClaim) error {
				for msg := range c.Messages() {
					<-next
					msg.Timestamp = time.Now().Add(-time.Minute)
					s.MarkMessage(msg, "")
					marked <- struct{}{}
				}
				return nil
			}))
		}()
		time.Sleep(20 * time.Second)
		require.Equal(t, []ClaimLag{{Topic: "orders", Records: 10}}, group.Lags())
		next <- struct{}{}
		<-marked
		require.Equal(t, []ClaimLag{{Topic: "orders", Records: 9, Time: time.Minute}}, group.Lags())
		time.Sleep(time.Second)
		require.Equal(t, []ClaimLag{{Topic: "orders", Records: 9, Time: time.Minute + time.Second}}, group.Lags())
		for range 9 {
			next <- struct{}{}
			<-marked
		}
		require.Equal(t, []ClaimLag{{Topic: "orders"}}, group.Lags())
		require.NoError(t, group.Drain(t.Context()))
	})
}

func TestMayJoinLater(t *testing.T) {
	for err, want := range map[error]bool{
		ErrOutOfBrokers: true, ErrConsumerCoordinatorNotAvailable: true, ErrRebalanceInProgress: true, ErrUnknownMemberId: true,
		&BrokerError{"b", errors.New("gone")}: true, ErrGroupAuthorizationFailed: false, ErrInconsistentGroupProtocol: false,
		ConfigurationError("x"): false, errors.New("of the user"): false,
	} {
		require.Equal(t, want, mayJoinLater(err), err)
	}
}

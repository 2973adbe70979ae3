package sarama

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// rejoining is a manager whose member "m" of generation 3 joins again while claims go on, until rejoined is called.
type rejoining struct {
	*offsetsTest
	om       *offsetManager
	pom      *partitionOffsetManager
	rejoined func(error)
}

func rejoinBubble(t *testing.T, test func(t *rejoining)) {
	t.Helper()
	offsetsBubble(t, func(o *offsetsTest) {
		o.conf.Consumer.Offsets.AutoCommit.Enable = false
		om, pom := o.manager()
		om.member.set("m", 3)
		end, ended := make(chan error), make(chan struct{})
		r := &rejoining{offsetsTest: o, om: om, pom: pom, rejoined: func(err error) { end <- err; synctest.Wait() }}
		go func() {
			defer close(ended)
			_ = om.member.rejoin(func() error { return <-end })
		}()
		synctest.Wait()
		test(r)
		<-ended
	})
}

// generations are those that commits were sent in.
func (t *rejoining) generations() (all []int32) {
	for _, r := range t.commitRequests() {
		all = append(all, r.Body.(*OffsetCommitRequest).ConsumerGroupGeneration)
	}
	return all
}

// committing commits in the background; the channel gets how that ends.
func (t *rejoining) committing(offset int64) <-chan error {
	t.pom.MarkOffset(offset, "")
	done := make(chan error, 1)
	go func() { done <- t.om.commit(t.Context()) }()
	synctest.Wait()
	return done
}

// TestCommitsGoOnWhileOthersJoin: the coordinator takes them in the generation before, and refuses them from the next one's
// beginning to its assignment.
func TestCommitsGoOnWhileOthersJoin(t *testing.T) {
	rejoinBubble(t, func(t *rejoining) {
		require.NoError(t, <-t.committing(1), "in the generation before")
		t.om.member.joined("m", 4)
		waits := t.committing(2)
		require.Empty(t, waits)
		require.Equal(t, []int32{3}, t.generations(), "nothing is sent that is refused")
		t.om.member.assigned()
		require.NoError(t, <-waits)
		t.rejoined(nil)
		require.NoError(t, <-t.committing(3))
		require.Equal(t, []int32{3, 4, 4}, t.generations())
		require.EqualValues(t, 3, t.offsets.get("g", "t", 0).offset)
	})
}

// TestRefusedCommitsAreRenewed: the coordinator has begun a generation that the member has not heard of yet.
func TestRefusedCommitsAreRenewed(t *testing.T) {
	for _, code := range []KError{ErrIllegalGeneration, ErrRebalanceInProgress} {
		rejoinBubble(t, func(t *rejoining) {
			t.offsets.refusing(func(r *scriptedRequest, _ topicPartition) KError {
				if r.Body.(*OffsetCommitRequest).ConsumerGroupGeneration == 3 {
					return code
				}
				return ErrNoError
			})
			began := time.Now()
			waits := t.committing(1)
			require.Equal(t, []int32{3}, t.generations())
			require.Empty(t, waits, "it waits for the answer to JoinGroup")
			t.om.member.joined("m", 4)
			synctest.Wait()
			require.Empty(t, waits, "and to SyncGroup")
			t.om.member.assigned()
			require.NoError(t, <-waits)
			require.Equal(t, []int32{3, 4}, t.generations())
			require.Zero(t, time.Since(began), "no retry is spent on it")
			t.rejoined(nil)
		})
	}
}

// TestRejoinsThatFailEndCommits: what waited fails with what the coordinator says.
func TestRejoinsThatFailEndCommits(t *testing.T) {
	rejoinBubble(t, func(t *rejoining) {
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrIllegalGeneration })
		waits := t.committing(1)
		require.Empty(t, waits)
		t.rejoined(errors.New("no join"))
		require.ErrorIs(t, <-waits, ErrIllegalGeneration)
		require.Equal(t, []int32{3, 3}, t.generations())
		require.ErrorIs(t, <-t.committing(2), ErrIllegalGeneration, "it waits for nothing")
		require.Equal(t, []int32{3, 3, 3}, t.generations())
	})
}

// TestWaitingCommitsKeepToTheirTime, and to the manager's.
func TestWaitingCommitsKeepToTheirTime(t *testing.T) {
	rejoinBubble(t, func(t *rejoining) {
		t.om.member.joined("m", 4)
		t.pom.MarkOffset(1, "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, t.om.commit(ctx), context.DeadlineExceeded)
		t.om.member.assigned()
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrIllegalGeneration })
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, t.om.commit(ctx), ErrIllegalGeneration)
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
		t.offsets.refusing(nil)
		t.rejoined(nil)
	})
}

// TestCommitsBetweenGenerationsAreRetried: a coordinator that waits for the assignment takes them soon.
func TestCommitsBetweenGenerationsAreRetried(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		om, pom := t.manager()
		refused := 2
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError {
			if refused--; refused >= 0 {
				return ErrRebalanceInProgress
			}
			return ErrNoError
		})
		pom.MarkOffset(4, "")
		require.NoError(t, om.commit(t.Context()))
		require.EqualValues(t, 4, t.offsets.get("g", "t", 0).offset)
	})
}

// idle adds a member that is heard of and never joins again, and begins a rebalance: it lasts until the coordinator has had enough.
func (g *scriptedGroup) idle(id string, limit time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members[id] = &scriptedMember{id: id, session: time.Hour, rebalance: limit}
	g.prepareLocked()
}

// TestCommitsInACooperativeRebalance: for the half minute that a member keeps the others waiting, they go on, and what they
// have processed is committed as ever.
func TestCommitsInACooperativeRebalance(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		var mu sync.Mutex
		refused := make(map[KError]int)
		g.offsets.refusing(func(r *scriptedRequest, tp topicPartition) KError {
			code := g.group.refuse(r, tp)
			mu.Lock()
			defer mu.Unlock()
			if code != ErrNoError {
				refused[code]++
			}
			return code
		})
		m := g.member(func(conf *Config, _ *testMember) {
			conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{NewBalanceStrategyCooperativeSticky()}
			conf.Consumer.Group.Rebalance.Timeout = 30 * time.Second
			conf.Consumer.Group.Heartbeat.Interval = time.Second
			conf.Consumer.Offsets.AutoCommit.Interval = time.Second
		})
		after(5 * time.Second)
		_, before := g.group.size()
		g.group.idle("idle", 30*time.Second)
		for second := range int64(29) {
			g.fill(0, 10)
			g.fill(1, 10)
			after(time.Second)
			if second > 2 {
				for p := range int32(2) {
					require.GreaterOrEqual(t, g.offsets.get("g", "orders", p).offset, 10*(second-1), "second %d", second)
				}
			}
		}
		_, now := g.group.size()
		require.Equal(t, before, now, "the rebalance is not over")
		after(10 * time.Second)
		members, now := g.group.size()
		require.Greater(t, now, before)
		require.Equal(t, 1, members)
		require.Len(t, m.sessions, 1)
		require.Equal(t, 1, m.starts[topicPartition{"orders", 0}], "the claim goes on")
		require.Empty(t, refused)
		m.close()
		require.EqualValues(t, 290, g.offsets.get("g", "orders", 1).offset)
	})
}

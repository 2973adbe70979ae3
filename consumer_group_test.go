package sarama

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestGroupLifeCycle(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.fill(0, 30)
		g.fill(1, 20)
		m := g.member(nil)
		after(time.Second)
		require.Len(t, m.got[topicPartition{"orders", 0}], 30)
		require.Len(t, m.got[topicPartition{"orders", 1}], 20)
		m.close()
		require.EqualValues(t, 30, g.offsets.get("g", "orders", 0).offset)
		require.EqualValues(t, 20, g.offsets.get("g", "orders", 1).offset)
		log := m.log()
		require.Equal(t, "setup", log[0])
		require.ElementsMatch(t, []string{"claim orders-0 from -2", "claim orders-1 from -2"}, log[1:3])
		require.ElementsMatch(t, []string{"end orders-0", "end orders-1"}, log[3:5])
		require.Equal(t, "cleanup", log[5])
		require.Len(t, log, 6)
		require.Equal(t, []error{ErrClosedConsumerGroup}, m.causes)
		require.Equal(t, []string{"member-1"}, g.group.left)
		require.Equal(t, []string{"the consumer is being closed"}, g.group.reasons)
		require.Equal(t, ErrClosedConsumerGroup, m.group.Consume(context.Background(), []string{"orders"}, m))
		require.NoError(t, m.group.Close(), "again")

		again := g.member(nil)
		g.logs.add(0, "more")
		after(time.Second)
		require.Equal(t, []int64{30}, again.got[topicPartition{"orders", 0}], "from what was committed")
		again.close()
	})
}

func TestGroupSharesPartitions(t *testing.T) {
	for name, strategy := range map[string]func() BalanceStrategy{
		"range": NewBalanceStrategyRange, "roundrobin": NewBalanceStrategyRoundRobin, "sticky": NewBalanceStrategySticky,
		"cooperative-sticky": NewBalanceStrategyCooperativeSticky,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 6)
				use := func(conf *Config, _ *testMember) {
					conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{strategy()}
				}
				for n := 1; n <= 3; n++ {
					g.member(use)
					after(20 * time.Second)
					shares := g.owners(6)
					for _, share := range shares {
						require.Equal(t, 6/n, share)
					}
				}
				require.Equal(t, name, g.group.last().protocol)
				for p := range int32(6) {
					g.fill(p, 10)
				}
				after(5 * time.Second)
				g.members[0].close()
				g.members = g.members[1:]
				after(20 * time.Second)
				require.Equal(t, []int{3, 3}, g.owners(6))
				for _, m := range g.members {
					m.close()
				}
				for p := range int32(6) {
					require.EqualValues(t, 10, g.offsets.get("g", "orders", p).offset)
				}
			})
		})
	}
}

// TestCooperativeClaimsGoOn when members come and go: those that stay are not touched, nor is the session.
func TestCooperativeClaimsGoOn(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 4)
		first := g.member(cooperative)
		after(5 * time.Second)
		second := g.member(cooperative)
		after(20 * time.Second)
		require.Equal(t, []int{2, 2}, g.owners(4))
		require.Len(t, first.sessions, 1)
		require.Len(t, first.starts, 4)
		for tp, n := range first.starts {
			require.Equal(t, 1, n, "%v", tp)
		}
		kept := first.claims()["orders"]
		ended := 0
		for _, e := range first.log() {
			for _, p := range kept {
				require.NotEqual(t, fmt.Sprintf("end orders-%d", p), e)
			}
			if e == "cleanup" {
				t.Error("the session ended")
			}
			if len(e) > 3 && e[:3] == "end" {
				ended++
			}
		}
		require.Equal(t, 2, ended)
		second.close()
		g.members = g.members[:1]
		after(20 * time.Second)
		require.Equal(t, []int{4}, g.owners(4))
		require.Len(t, first.sessions, 1)
		first.close()
	})
}

// TestRevokedClaimsSkipNothing: who had a partition read it up to where the next owner begins, in order and without a gap.
func TestRevokedClaimsSkipNothing(t *testing.T) {
	for _, strategy := range []func() BalanceStrategy{NewBalanceStrategyRange, NewBalanceStrategyCooperativeSticky} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			g := newGrouping(t, net, 4)
			g.fetches.perFetch = 200
			const n = 20000
			for p := range int32(4) {
				g.fill(p, n)
			}
			use := func(conf *Config, m *testMember) {
				conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{strategy()}
				m.hold = func(_ ConsumerGroupClaim, msg *ConsumerMessage) {
					if msg.Offset%16 == 0 {
						timer := time.NewTimer(10 * time.Millisecond)
						<-timer.C
					}
				}
			}
			first := g.member(use)
			after(2 * time.Second)
			second := g.member(use)
			after(5 * time.Second)
			third := g.member(use)
			after(5 * time.Second)
			second.close()
			after(30 * time.Second)
			for p := range int32(4) {
				tp := topicPartition{"orders", p}
				seen := make(map[int64]int)
				for _, m := range []*testMember{first, second, third} {
					for _, offset := range m.got[tp] {
						seen[offset]++
					}
				}
				require.Len(t, seen, n, "%v", tp)
				for offset, times := range seen {
					require.Equal(t, 1, times, "%v offset %d", tp, offset)
				}
			}
			first.close()
			third.close()
		})
	}
}

// TestClaimContextTellsOfTheRevocation, while the handler is still busy: what it leaves is the next owner's.
func TestClaimContextTellsOfTheRevocation(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		causes := make(chan error, 2)
		g.fill(0, 1)
		g.fill(1, 1)
		first := g.member(func(conf *Config, m *testMember) {
			cooperative(conf, m)
			m.hold = func(claim ConsumerGroupClaim, _ *ConsumerMessage) {
				ctx := claim.(ContextConsumerGroupClaim).Context()
				<-ctx.Done()
				causes <- context.Cause(ctx)
			}
		})
		after(5 * time.Second)
		second := g.member(cooperative)
		after(20 * time.Second)
		require.Equal(t, ErrPartitionRevoked, <-causes)
		require.Empty(t, causes, "the other claim goes on")
		require.Empty(t, second.got, "what was marked is committed")
		first.close()
		require.Equal(t, ErrClosedConsumerGroup, <-causes)
		second.close()
	})
}

// TestBlockedClaimSlowsNoOther of its member, and rebalances that do not concern it neither.
func TestBlockedClaimSlowsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 3)
		release := make(chan struct{})
		m := g.member(func(conf *Config, m *testMember) {
			m.hold = func(claim ConsumerGroupClaim, _ *ConsumerMessage) {
				if claim.Partition() == 0 {
					<-release
				}
			}
		})
		for range 5 {
			for p := range int32(3) {
				g.fill(p, 1000)
			}
			after(10 * time.Second)
		}
		require.Empty(t, m.got[topicPartition{"orders", 0}])
		require.Len(t, m.got[topicPartition{"orders", 1}], 5000)
		require.Len(t, m.got[topicPartition{"orders", 2}], 5000)
		close(release)
		m.close()
	})
}

// TestRevokedTooLate: a member that does not give a partition up leaves the group rather than holding the others up.
func TestRevokedTooLate(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		dallying := make(chan struct{})
		first := g.member(func(conf *Config, m *testMember) {
			cooperative(conf, m)
			conf.Consumer.Group.Rebalance.Timeout = 30 * time.Second
			m.dallying = dallying
		})
		after(5 * time.Second)
		second := g.member(cooperative)
		after(60 * time.Second)
		require.Equal(t, map[string][]int32{"orders": {0, 1}}, second.claims())
		require.Equal(t, []string{"member-1"}, g.group.left)
		close(dallying)
		after(20 * time.Second)
		require.Equal(t, []error{ErrRebalanceTimedOut}, first.results)
		require.Equal(t, []error{ErrRebalanceTimedOut}, first.causes)
		require.Equal(t, []int{1, 1}, g.owners(2))
		first.close()
		second.close()
	})
}

func TestExpelledMembersJoinAgain(t *testing.T) {
	for _, strategy := range []BalanceStrategy{NewBalanceStrategyRange(), NewBalanceStrategyCooperativeSticky()} {
		t.Run(strategy.Name(), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 2)
				m := g.member(func(conf *Config, _ *testMember) {
					conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{strategy}
				})
				after(10 * time.Second)
				g.group.expel("member-1")
				after(3*time.Second + time.Millisecond) // one heartbeat
				require.Equal(t, []error{ErrUnknownMemberId}, m.causes)
				after(10 * time.Second)
				require.Equal(t, []int{2}, g.owners(2))
				require.Equal(t, "member-2", m.sessions[1].MemberID())
				require.Equal(t, []string{"member id is not known by the group coordinator", "member id is not known by the group coordinator"},
					g.group.reasons, "with the join that gets an id, and with the one that uses it")
				m.close()
			})
		})
	}
}

func TestStaticMembersStay(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 4)
		static := func(id string) func(*Config, *testMember) {
			return func(conf *Config, _ *testMember) { conf.Consumer.Group.InstanceId = id }
		}
		first, second := g.member(static("one")), g.member(static("two"))
		after(10 * time.Second)
		require.Equal(t, []int{2, 2}, g.owners(4))
		_, before := g.group.size()
		mine, sessions := first.claims(), len(second.sessions)
		first.close()
		require.Empty(t, g.group.left)
		after(5 * time.Second)
		first = g.member(static("one"))
		after(5 * time.Second)
		_, now := g.group.size()
		require.Equal(t, before, now, "no rebalance")
		require.Equal(t, mine, first.claims())
		require.Len(t, second.sessions, sessions)

		// Another of the same instance fences the first.
		usurper := g.member(static("one"))
		after(5 * time.Second)
		require.Equal(t, mine, usurper.claims())
		require.ErrorIs(t, first.causes[0], ErrFencedInstancedId)
		first.cancel()
		<-first.done
		require.NoError(t, first.group.Close())
		usurper.close()
		second.close()
	})
}

func TestRollingUpgradeOfStrategies(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 4)
		old := g.member(nil)
		both := func(conf *Config, _ *testMember) {
			conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{NewBalanceStrategyCooperativeSticky(), NewBalanceStrategyRange()}
		}
		after(5 * time.Second)
		g.member(both)
		after(10 * time.Second)
		require.Equal(t, "range", g.group.last().protocol)
		require.Equal(t, []int{2, 2}, g.owners(4))
		old.close()
		g.members = g.members[1:]
		g.member(cooperative)
		after(20 * time.Second)
		require.Equal(t, "cooperative-sticky", g.group.last().protocol)
		require.Equal(t, []int{2, 2}, g.owners(4))
		for _, m := range g.members {
			m.close()
		}
	})
}

// TestCoordinatorMoves: the generation goes with it, and sessions live on.
func TestCoordinatorMoves(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		m := g.member(nil)
		after(5 * time.Second)
		g.group.faulty(func(r *scriptedRequest) scriptedFault {
			if r.Broker == g.brokers[0] {
				return scriptedFault{code: ErrNotCoordinatorForConsumer}
			}
			return scriptedFault{}
		})
		g.cluster.setCoordinator("g", g.brokers[1])
		after(20 * time.Second)
		require.Len(t, m.sessions, 1)
		require.Empty(t, m.causes)
		require.NotEmpty(t, g.brokers[1].received(protocol.KeyHeartbeat))

		// It is away for a while, but not for a session's timeout.
		g.brokers[1].setDown(true)
		after(6 * time.Second)
		g.brokers[1].setDown(false)
		after(10 * time.Second)
		require.Len(t, m.sessions, 1)

		// And for longer: the session ends, the next begins when it is back.
		g.brokers[1].setDown(true)
		after(60 * time.Second)
		require.Len(t, m.causes, 1)
		g.brokers[1].setDown(false)
		after(30 * time.Second)
		require.Equal(t, []int{2}, g.owners(2))
		m.close()
	})
}

// TestJoinRetries: what passes while a member joins does not fail Consume.
func TestJoinRetries(t *testing.T) {
	for name, fault := range map[string]scriptedFault{
		"loading": {code: ErrOffsetsLoadInProgress}, "unavailable": {code: ErrConsumerCoordinatorNotAvailable},
		"rebalancing": {code: ErrRebalanceInProgress}, "cut": {cut: true}, "lost answer": {cut: true, appended: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := newGrouping(t, net, 2)
				left := map[int16]int{protocol.KeyJoinGroup: 2, protocol.KeySyncGroup: 2}
				g.group.faulty(func(r *scriptedRequest) scriptedFault {
					if left[r.Key] > 0 {
						left[r.Key]--
						return fault
					}
					return scriptedFault{}
				})
				m := g.member(nil)
				after(30 * time.Second)
				require.Equal(t, []int{2}, g.owners(2))
				require.Len(t, m.sessions, 1)
				require.Empty(t, m.results)
				m.close()
			})
		})
	}
}

func TestJoinFails(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		group, err := NewConsumerGroup(addresses(g.brokers), "g", g.conf)
		require.NoError(t, err)
		m := &testMember{}
		for _, code := range []KError{ErrInconsistentGroupProtocol, ErrGroupAuthorizationFailed, ErrInvalidSessionTimeout} {
			g.group.faulty(func(*scriptedRequest) scriptedFault { return scriptedFault{code: code} })
			err := group.Consume(context.Background(), []string{"orders"}, m)
			require.ErrorIs(t, err, code)
			require.ErrorContains(t, err, "joining group g: broker b1:9092: ")
			require.ErrorContains(t, err, "; "+groupAdvice[code])
		}
		g.group.faulty(func(*scriptedRequest) scriptedFault { return scriptedFault{code: ErrConsumerCoordinatorNotAvailable} })
		require.Equal(t, ErrConsumerCoordinatorNotAvailable, group.Consume(context.Background(), []string{"orders"}, m), "callers compare with ==")
		require.EqualError(t, group.Consume(context.Background(), nil, m), "no topics provided")
		require.ErrorIs(t, group.Consume(context.Background(), []string{"nothing"}, m), ErrUnknownTopicOrPartition)
		var refused ConfigurationError
		require.ErrorAs(t, group.Consume(context.Background(), []string{"^("}, m), &refused)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.NoError(t, group.Consume(ctx, []string{"orders"}, m), "as when it ends during a session")
		require.Empty(t, m.events)
		require.NoError(t, group.Close())
	})
}

// TestNewPartitionsAreReadFromTheirStart, whatever Offsets.Initial says of those that were there before.
func TestNewPartitionsAreReadFromTheirStart(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		g.fill(0, 10)
		m := g.member(func(conf *Config, _ *testMember) {
			conf.Metadata.RefreshFrequency = 10 * time.Second
			conf.Consumer.Offsets.Initial = OffsetNewest
		})
		after(5 * time.Second)
		require.Empty(t, m.got)
		g.logs.mu.Lock()
		g.logs.leaders[1] = 2
		g.logs.logs[1] = &scriptedLog{starts: []scriptedAppend{{g.logs.epoch, 0}}}
		g.logs.announce()
		g.logs.mu.Unlock()
		g.fill(1, 20)
		after(20 * time.Second)
		require.Equal(t, []error{ErrSessionPartitionCountChanged}, m.causes)
		require.Equal(t, []int{2}, g.owners(2))
		require.Len(t, m.got[topicPartition{"orders", 1}], 20)
		require.Empty(t, m.got[topicPartition{"orders", 0}])
		require.Equal(t, []string{"partitions were added to a subscribed topic"}, g.group.reasons)
		m.close()
	})
}

func TestSubscriptionByPattern(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		g.cluster.setTopic("other", 9, ledBy(0, 1, 1))
		m := g.member(func(conf *Config, _ *testMember) {
			conf.Metadata.RefreshFrequency = 10 * time.Second
			conf.Consumer.Offsets.Initial = OffsetNewest
		}, "^ord.*", "^x-[0-9]+")
		after(5 * time.Second)
		require.Equal(t, map[string][]int32{"orders": {0}}, m.claims())
		g.cluster.setTopic("x-77", 0, ledBy(0, 1, 1), ledBy(1, -1, 1))
		g.cluster.setTopic("x-y", 0, ledBy(0, 1, 1))
		after(15 * time.Second)
		require.Equal(t, map[string][]int32{"orders": {0}, "x-77": {0, 1}}, m.claims())
		require.Equal(t, []error{ErrSessionTopicsChanged}, m.causes)
		g.cluster.deleteTopic("x-77")
		after(15 * time.Second)
		require.Equal(t, map[string][]int32{"orders": {0}}, m.claims())
		m.close()
	})
}

// failingHandler fails where it is told to.
type failingHandler struct {
	*testMember
	setup, claim, cleanup error
}

func (h *failingHandler) Setup(s ConsumerGroupSession) error {
	_ = h.testMember.Setup(s)
	return h.setup
}

func (h *failingHandler) ConsumeClaim(s ConsumerGroupSession, c ConsumerGroupClaim) error {
	if h.claim != nil {
		return h.claim
	}
	return h.testMember.ConsumeClaim(s, c)
}

func (h *failingHandler) Cleanup(s ConsumerGroupSession) error {
	_ = h.testMember.Cleanup(s)
	return h.cleanup
}

func TestHandlersThatFail(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		g.conf.Consumer.Return.Errors = true
		group, err := NewConsumerGroup(addresses(g.brokers), "g", g.conf)
		require.NoError(t, err)
		newHandler := func() *failingHandler {
			return &failingHandler{testMember: &testMember{t: t, got: make(map[topicPartition][]int64), starts: make(map[topicPartition]int)}}
		}
		broken := errors.New("broken")

		h := newHandler()
		h.setup = broken
		require.Equal(t, broken, group.Consume(context.Background(), []string{"orders"}, h))
		require.Equal(t, []string{"setup", "cleanup"}, h.events)

		h = newHandler()
		h.claim = broken
		require.NoError(t, group.Consume(context.Background(), []string{"orders"}, h))
		require.Equal(t, []string{"setup", "cleanup"}, h.events)
		require.Equal(t, []error{ErrSessionConsumeClaimExited}, h.causes)
		require.Equal(t, &ConsumerError{Topic: "orders", Partition: 0, Err: broken}, <-group.Errors())

		h = newHandler()
		h.cleanup = broken
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.Equal(t, broken, group.Consume(ctx, []string{"orders"}, h))
		require.Equal(t, broken, <-group.Errors())
		require.Equal(t, []error{context.DeadlineExceeded}, h.causes)
		require.Equal(t, []string{"a ConsumeClaim handler has exited"}, g.group.reasons)
		require.NoError(t, group.Close())
	})
}

func TestCommitContextOfASession(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		m := g.member(func(conf *Config, _ *testMember) { conf.Consumer.Offsets.AutoCommit.Enable = false })
		g.fill(0, 5)
		after(5 * time.Second)
		session := m.sessions[0].(ContextConsumerGroupSession)
		require.NoError(t, session.CommitContext(context.Background()))
		require.EqualValues(t, 5, g.offsets.get("g", "orders", 0).offset)
		session.ResetOffset("orders", 0, 3, "back")
		session.Commit()
		require.Equal(t, committedOffset{3, -1, "back"}, g.offsets.get("g", "orders", 0))
		session.MarkOffset("orders", 7, 3, "") // not claimed
		session.MarkOffset("orders", 0, 4, "")
		g.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrOffsetMetadataTooLarge })
		err := session.CommitContext(context.Background())
		var placed *ConsumerError
		require.ErrorAs(t, err, &placed)
		require.Equal(t, "orders", placed.Topic)
		require.ErrorIs(t, err, ErrOffsetMetadataTooLarge)
		m.close()
	})
}

func TestMetadataFromSession(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		m := g.member(nil)
		after(5 * time.Second)
		instance := "i"
		require.Equal(t, &ConsumerGroupMetadata{GroupID: "g", GenerationID: 1, MemberID: "member-1", GroupInstanceID: &instance},
			NewConsumerGroupMetadataFromSession(m.sessions[0], "g", &instance))
		require.Nil(t, instanceOf(m.sessions[0]))
		m.close()

		m = g.member(func(conf *Config, _ *testMember) { conf.Consumer.Group.InstanceId = "i" })
		after(5 * time.Second)
		for _, s := range []ConsumerGroupSession{
			m.sessions[0], &contiguousSession{ConsumerGroupSession: &watchedSession{ConsumerGroupSession: m.sessions[0]}},
		} {
			require.Equal(t, &instance, instanceOf(s))
		}
		m.close()
	})
}

// TestPausedPartitionsStay with their member, and go on when they are resumed.
func TestPausedPartitionsStay(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		m := g.member(nil)
		after(5 * time.Second)
		count := func() (int, int) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return len(m.got[topicPartition{"orders", 0}]), len(m.got[topicPartition{"orders", 1}])
		}
		more := func() {
			g.fill(0, 10)
			g.fill(1, 10)
			after(10 * time.Second)
		}
		m.group.Pause(map[string][]int32{"orders": {0}})
		after(time.Second)
		more()
		p0, p1 := count()
		require.Equal(t, []int{0, 10}, []int{p0, p1})
		m.group.PauseAll()
		after(time.Second)
		more()
		p0, p1 = count()
		require.Equal(t, []int{0, 10}, []int{p0, p1})
		m.group.Resume(map[string][]int32{"orders": {1}})
		after(5 * time.Second)
		p0, p1 = count()
		require.Equal(t, []int{0, 20}, []int{p0, p1})
		m.group.ResumeAll()
		after(5 * time.Second)
		p0, p1 = count()
		require.Equal(t, []int{20, 20}, []int{p0, p1})
		require.Len(t, m.sessions, 1)
		m.close()
	})
}

func TestGroupNeedsWhatItNeeds(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		_, err := NewConsumerGroupFromClient("g", nil)
		require.Equal(t, ConfigurationError("client must not be nil"), err)
		conf := *g.conf
		conf.Version = V0_10_1_0
		_, err = NewConsumerGroup(addresses(g.brokers), "g", &conf)
		require.Equal(t, ConfigurationError("consumer groups require Version to be >= V0_10_2_0"), err)

		client := testClient(t, g.conf, g.brokers[0])
		group, err := NewConsumerGroupFromClient("g", client)
		require.NoError(t, err)
		require.NoError(t, group.Close())
		require.False(t, client.Closed())
	})
}

// TestGroupsOpenAndCloseLeaveNothing, with brokers up, down and half open, while a member joins, consumes and leaves. Each goroutine
// is begun by withRecover; requests that hang at brokers are theirs.
func TestGroupsOpenAndCloseLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.conf.Net.ReadTimeout = time.Second
		g.conf.Metadata.Retry.Max = 1
		g.conf.Consumer.Offsets.Retry.Max = 1
		g.fill(0, 100)
		for i := range 200 {
			m := g.member(func(conf *Config, _ *testMember) {
				if i%2 == 0 {
					conf.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{NewBalanceStrategyCooperativeSticky()}
				}
			})
			switch i % 5 {
			case 0: // at once, while it joins
			case 1:
				after(time.Second)
			case 2:
				after(time.Second)
				for _, b := range g.brokers {
					b.setDown(true)
				}
			case 3: // half open while it consumes
				after(time.Second)
				for _, b := range g.brokers {
					b.setMishap(func(int16) mishap { return loseAnswer })
				}
				after(2 * time.Second)
			case 4: // half open from the first heartbeat or commit on
				for _, b := range g.brokers {
					b.setMishap(func(key int16) mishap {
						if key == protocol.KeyHeartbeat || key == protocol.KeyOffsetCommit {
							return loseRequest
						}
						return noMishap
					})
				}
				after(5 * time.Second)
			}
			_ = m.group.Close() // with what could not be said to brokers
			m.cancel()
			<-m.done
			for _, b := range g.brokers {
				b.setMishap(nil)
				b.setDown(false)
				b.cut()
			}
			net.forget()
		}
		synctest.Wait()
		stacks := make([]byte, 4<<20)
		require.NotContains(t, string(stacks[:runtime.Stack(stacks, true)]), "sarama.withRecover")
	})
}

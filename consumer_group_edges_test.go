package sarama

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestMarksGoBackWithTheLog that was cut off, and what was read before of it is marked too late.
func TestMarksGoBackWithTheLog(t *testing.T) {
	message := func(offset int64, epoch int32) *ConsumerMessage {
		return &ConsumerMessage{Offset: offset, epoch: epoch + 1}
	}
	pom := &partitionOffsetManager{last: committedOffset{offset: -1, leaderEpoch: -1}}
	for i, step := range []struct {
		offset int64
		epoch  int32
		marked int64
	}{
		{9, 1, 10}, {5, 1, 10}, {4, -1, 10}, {10, 2, 11},
		{6, 3, 7}, // the log parts from the one that was read
		{10, 2, 7}, {11, 1, 7}, {5, 1, 7},
		{7, 3, 8}, {8, 4, 9}, {9, -1, 10}, // brokers that know no epochs say nothing of the log
		{3, 5, 10},
	} {
		pom.markMessage(message(step.offset, step.epoch), "")
		require.Equal(t, step.marked, pom.last.offset, "step %d", i)
	}
}

// TestCommitsGoBackWithTheLog: who is next begins where the log that there is was read to.
func TestCommitsGoBackWithTheLog(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 1)
		g.fill(0, 10)
		m := g.member(nil)
		after(5 * time.Second)
		require.EqualValues(t, 10, g.offsets.get("g", "orders", 0).offset)
		g.logs.cut(0, 2, 6)
		after(5 * time.Second)
		g.fill(0, 2)
		after(5 * time.Second)
		require.EqualValues(t, 8, g.offsets.get("g", "orders", 0).offset)
		m.close()
		require.Equal(t, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 6, 7}, m.got[topicPartition{"orders", 0}])
	})
}

// TestEpochGroupsOpenAndCloseLeaveNothing, with coordinators up, down and half open, whatever the moment. Requests that hang at
// brokers are theirs.
func TestEpochGroupsOpenAndCloseLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g, e := epochGrouping(t, net, 2)
		g.conf.Metadata.Retry.Max = 1
		g.conf.Net.ReadTimeout = time.Second
		g.fill(0, 10)
		half := net.brokerAt(9, "half")
		half.on(protocol.KeyApiVersions, hang)
		coordinator := g.brokers[0]
		sound := make(map[int16]scriptedHandler)
		for _, key := range []int16{protocol.KeyConsumerGroupHeartbeat, protocol.KeyOffsetCommit, protocol.KeyOffsetFetch} {
			sound[key] = coordinator.handlers[key]
		}
		for i := range 200 {
			for _, addr := range []string{half.addr(), "gone:9092"} {
				_, err := NewConsumerGroup([]string{addr}, "g", g.conf)
				require.ErrorIs(t, err, ErrOutOfBrokers)
			}
			m := g.member(nil)
			switch i % 5 {
			case 0:
				after(5 * time.Second)
				require.Len(t, m.claims()["orders"], 2, "cycle %d", i)
			case 1: // it closes while it joins
			case 2:
				after(5 * time.Second)
				coordinator.setDown(true)
				after(time.Duration(i%7) * time.Second)
			case 3:
				after(5 * time.Second)
				for key := range sound {
					coordinator.on(key, hang)
				}
				after(time.Duration(i%7) * time.Second)
			case 4:
				coordinator.setDown(true)
				after(time.Second)
			}
			err := m.group.Close()
			m.cancel()
			<-m.done
			if i%5 < 2 {
				require.NoError(t, err, "cycle %d", i)
			}
			e.expel() // who could not leave
			coordinator.setDown(false)
			for key, handler := range sound {
				coordinator.on(key, handler)
			}
		}
		synctest.Wait()
		stacks := make([]byte, 4<<20)
		require.NotContains(t, string(stacks[:runtime.Stack(stacks, true)]), "sarama.withRecover")
	})
}

// TestLeavingIsTriedAgain where the coordinator has moved, loads the group or is lost: others would wait for the session's end.
func TestLeavingIsTriedAgain(t *testing.T) {
	t.Run("classic", func(t *testing.T) {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			g := newGrouping(t, net, 1)
			m := g.member(nil)
			after(5 * time.Second)
			for _, b := range g.brokers {
				b.first(protocol.KeyLeaveGroup, answer(&LeaveGroupResponse{Err: ErrNotCoordinatorForConsumer}),
					answer(&LeaveGroupResponse{Err: ErrOffsetsLoadInProgress}), (*scriptedRequest).cut)
			}
			m.close()
			require.Equal(t, []string{"member-1"}, g.group.left)
		})
	})
	t.Run("consumer", func(t *testing.T) {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			g, e := epochGrouping(t, net, 1)
			m := g.member(nil)
			after(4 * time.Second) // the next heartbeat is not due
			for _, b := range g.brokers {
				b.first(protocol.KeyConsumerGroupHeartbeat, answer(&ConsumerGroupHeartbeatResponse{ErrorCode: ErrNotCoordinatorForConsumer}),
					answer(&ConsumerGroupHeartbeatResponse{ErrorCode: ErrOffsetsLoadInProgress}), (*scriptedRequest).cut)
			}
			m.close()
			require.Equal(t, []int32{epochToLeave}, e.left)
		})
	})
	t.Run("share", func(t *testing.T) {
		shareBubble(t, 1, func(s *sharing) {
			c := s.member()
			after(4500 * time.Millisecond) // the next heartbeat is not due
			for _, b := range s.brokers {
				b.first(protocol.KeyShareGroupHeartbeat, answer(&ShareGroupHeartbeatResponse{ErrorCode: ErrNotCoordinatorForConsumer}),
					answer(&ShareGroupHeartbeatResponse{ErrorCode: ErrOffsetsLoadInProgress}), (*scriptedRequest).cut)
			}
			require.NoError(t, c.Close())
			require.Empty(t, s.share.members)
		})
	})
	t.Run("for as long as it helps", func(t *testing.T) {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			g := newGrouping(t, net, 1)
			m := g.member(nil)
			after(5 * time.Second)
			for _, b := range g.brokers {
				b.on(protocol.KeyLeaveGroup, answer(&LeaveGroupResponse{Err: ErrNotCoordinatorForConsumer}))
			}
			begin := time.Now()
			require.ErrorIs(t, m.group.Close(), ErrNotCoordinatorForConsumer)
			require.Equal(t, time.Duration(g.conf.Metadata.Retry.Max)*g.conf.Metadata.Retry.Backoff, time.Since(begin))
			m.cancel()
			<-m.done
		})
	})
}

// unstable has look-ups of a partition's offset refused until a time has passed, as while a transaction has offsets to commit.
func (g *grouping) unstable(partition int32, d time.Duration) {
	end := time.Now().Add(d)
	for _, b := range g.brokers {
		b.on(protocol.KeyOffsetFetch, func(r *scriptedRequest) protocol.Message {
			response := g.offsets.fetch(r).(*OffsetFetchResponse)
			block := response.GetGroupBlock("g", "orders", partition)
			if block != nil && time.Now().Before(end) && r.Body.(*OffsetFetchRequest).RequireStable {
				block.Err, block.Offset = ErrUnstableOffsetCommit, -1
			}
			return response
		})
	}
}

// TestClaimsWaitForTransactions that have offsets to commit, such as that of a member that was killed: its partitions are claimed
// when that has timed out, and those of others go on.
func TestClaimsWaitForTransactions(t *testing.T) {
	start := map[string]func(*testing.T, *scriptedNetwork) *grouping{
		"range": func(t *testing.T, net *scriptedNetwork) *grouping { return newGrouping(t, net, 2) },
		"cooperative": func(t *testing.T, net *scriptedNetwork) *grouping {
			g := newGrouping(t, net, 2)
			cooperative(g.conf, nil)
			return g
		},
		"consumer": func(t *testing.T, net *scriptedNetwork) *grouping {
			g, _ := epochGrouping(t, net, 2)
			return g
		},
	}
	for name, begin := range start {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				g := begin(t, net)
				g.conf.Consumer.IsolationLevel = ReadCommitted
				first, second := g.member(nil), g.member(nil)
				after(20 * time.Second)
				require.Equal(t, []int{1, 1}, g.owners(2))
				gone, left := first, second
				if _, has := second.claims()["orders"]; has && second.claims()["orders"][0] == 1 {
					gone, left = second, first
				}
				g.unstable(1, 40*time.Second)
				gone.close()
				sessions := len(left.sessions)
				after(35 * time.Second)
				require.Empty(t, left.failures())
				after(15 * time.Second)
				require.Equal(t, map[string][]int32{"orders": {0, 1}}, left.claims())
				require.Empty(t, left.failures())
				if name != "range" {
					require.Len(t, left.sessions, sessions, "what it has goes on")
				}
				left.close()
			})
		})
	}
}

// TestRebalanceComesBeforeATransaction that a member waits for.
func TestRebalanceComesBeforeATransaction(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		g := newGrouping(t, net, 2)
		g.conf.Consumer.IsolationLevel = ReadCommitted
		g.unstable(0, time.Hour)
		g.member(nil)
		after(20 * time.Second)
		second := g.member(nil)
		after(10 * time.Second)
		require.NotEmpty(t, second.sessions, "the first has joined again")
		for _, m := range g.members {
			m.close()
		}
	})
}

// failures are the errors of Consume.
func (m *testMember) failures() (all []error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, err := range m.results {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

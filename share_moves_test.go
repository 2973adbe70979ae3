package sarama

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// moveBroker has broker 2 go on at another address. What was there is silent, or refuses connections.
func (s *sharing) moveBroker(net *scriptedNetwork, host string, silent bool) {
	before, b := s.brokers[1], net.brokerAt(2, host)
	before.mu.Lock()
	for key, handler := range before.handlers {
		b.on(key, handler)
	}
	before.mu.Unlock()
	s.brokers[1] = b
	s.logs.cluster.setBrokers(s.brokers...)
	if silent {
		for _, key := range []int16{protocol.KeyShareFetch, protocol.KeyShareAcknowledge} {
			before.on(key, hang)
		}
	} else {
		before.setDown(true)
	}
	after(time.Second) // so that it does not answer the fetch that it was waiting with
}

// sessionsOf are the ids of the brokers that a member has sessions with.
func sessionsOf(c *ShareConsumer) (ids []int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.sessions {
		ids = append(ids, id)
	}
	return ids
}

// TestShareSessionsFollowBrokers that move to other addresses, and end when brokers leave the cluster.
func TestShareSessionsFollowBrokers(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		consuming := newConsuming(t, net, 2)
		s := &sharing{consuming, newScriptedShare(consuming.logs, consuming.brokers...)}
		s.conf.Version = MaxVersion
		s.conf.Metadata.RefreshFrequency = 2 * time.Second
		s.logs.cluster.setCoordinator("s", s.brokers[0])
		s.logs.move(0, 1)
		s.logs.move(1, 2)
		c := s.member()
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		next := func() *ShareMessage {
			t.Helper()
			select {
			case msg := <-c.Messages():
				return msg
			case <-time.After(time.Minute):
				require.Fail(t, "no message")
				return nil
			}
		}
		one := func(partition int32, within time.Duration) *ShareMessage {
			t.Helper()
			begin := time.Now()
			s.fill(partition, 1)
			msg := next()
			require.Equal(t, partition, msg.Partition)
			require.LessOrEqual(t, time.Since(begin), within)
			return msg
		}
		require.NoError(t, one(0, time.Second).Accept())
		require.NoError(t, one(1, time.Second).Accept())
		for i := range 6 {
			require.NoError(t, c.Commit(t.Context()))
			s.moveBroker(net, fmt.Sprintf("elsewhere%d", i), i%2 == 0)
			require.NoError(t, one(1, 5*time.Second).Accept(), "after move %d", i)
			require.ElementsMatch(t, []int32{1, 2}, sessionsOf(c))
			require.NoError(t, c.Commit(t.Context()))
		}
		lost, waits := one(1, time.Second), one(1, time.Second)
		require.NoError(t, lost.Accept())
		require.NoError(t, c.Commit(t.Context()))
		s.logs.move(1, 1)
		s.brokers[1].setDown(true)
		s.logs.cluster.setBrokers(s.brokers[0])
		after(10 * time.Second)
		require.Equal(t, []int32{1}, sessionsOf(c))
		err := waits.Accept()
		require.ErrorIs(t, err, ErrShareSessionNotFound)
		require.ErrorContains(t, err, "elsewhere5:")
		s.share.expire()
		again := next()
		require.Equal(t, waits.Offset, again.Offset)
		require.NoError(t, again.Accept())
		require.NoError(t, c.Commit(t.Context()))

		// It comes back.
		s.brokers[1].setDown(false)
		s.logs.cluster.setBrokers(s.brokers...)
		s.logs.move(1, 2)
		require.NoError(t, one(1, 5*time.Second).Accept())
		require.ElementsMatch(t, []int32{1, 2}, sessionsOf(c))
		require.NoError(t, c.Close())
		for offset, record := range s.share.records(1) {
			require.True(t, record.done, "offset %d", offset)
		}
	})
}

package sarama

import (
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// sharing is a share group "s" of the topic of two scripted brokers.
type sharing struct {
	*consuming
	share *scriptedShare
}

func shareBubble(t *testing.T, partitions int32, test func(s *sharing)) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, partitions)
		c.conf.Version = MaxVersion
		c.logs.cluster.setCoordinator("s", c.brokers[0])
		test(&sharing{c, newScriptedShare(c.logs, c.brokers...)})
	})
}

func (s *sharing) member() *ShareConsumer {
	s.t.Helper()
	c, err := NewShareConsumer(addresses(s.brokers), "s", []string{"orders"}, s.conf)
	require.NoError(s.t, err)
	return c
}

func TestShareGroupGivesRecordsOut(t *testing.T) {
	shareBubble(t, 2, func(s *sharing) {
		s.fill(0, 12)
		s.fill(1, 12)
		s.share.gaps[3] = true
		c := s.member()
		// Of each partition the first is accepted, the second released, the third rejected, and so on; the fourth is none.
		seen := make(map[topicPartition]map[int64]int16)
		for range 2 * (11 + 3) {
			msg := <-c.Messages()
			tp := topicPartition{msg.Topic, msg.Partition}
			if seen[tp] == nil {
				seen[tp] = make(map[int64]int16)
			}
			require.Equal(s.t, seen[tp][msg.Offset]+1, msg.DeliveryCount)
			require.Equal(s.t, numbered(int(msg.Offset)), string(msg.Value))
			seen[tp][msg.Offset]++
			switch {
			case msg.Offset%4 == 1 && msg.DeliveryCount == 1:
				require.NoError(s.t, msg.Renew())
				require.NoError(s.t, msg.Release())
			case msg.Offset%4 == 2:
				require.NoError(s.t, msg.Reject())
			default:
				require.NoError(s.t, msg.Accept())
			}
			require.Equal(s.t, ErrAlreadyAcknowledged, msg.Accept())
			require.Equal(s.t, ErrAlreadyAcknowledged, msg.Renew())
		}
		require.NoError(s.t, c.Commit(s.t.Context()))
		for p := range int32(2) {
			for offset, record := range s.share.records(p) {
				require.True(s.t, record.done)
				switch {
				case offset == 3:
					require.Equal(s.t, protocol.AcknowledgeGap, record.kind)
				case offset%4 == 2:
					require.Equal(s.t, protocol.AcknowledgeReject, record.kind)
				default:
					require.Equal(s.t, protocol.AcknowledgeAccept, record.kind)
				}
			}
		}
		require.Equal(s.t, 1, s.share.size())
		require.NoError(s.t, c.Close())
		require.NoError(s.t, c.Close())
		require.Zero(s.t, s.share.size(), "it has left")
		require.Empty(s.t, s.share.sessions, "and closed its sessions")
		_, open := <-c.Messages()
		require.False(s.t, open)
	})
}

func TestShareCloseReleases(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.fill(0, 10)
		c := s.member()
		first := <-c.Messages()
		require.NoError(s.t, first.Accept())
		second := <-c.Messages()
		require.NoError(s.t, c.Close())
		require.ErrorIs(s.t, second.Accept(), ErrClosedShareConsumer)
		require.NoError(s.t, c.Commit(s.t.Context()))
		records := s.share.records(0)
		require.True(s.t, records[0].done, "what was acknowledged is sent")
		c = s.member()
		require.EqualValues(s.t, 1, (<-c.Messages()).Offset, "the rest is given out again")
		require.NoError(s.t, c.Close())
	})
}

// TestShareCommitTellsOfALostSession, also when Close comes before there is another.
func TestShareCommitTellsOfALostSession(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.conf.Metadata.Retry.Backoff = time.Minute
		s.fill(0, 1)
		c := s.member()
		msg := <-c.Messages()
		s.share.failing(func(r *scriptedRequest) KError {
			if r.Key == protocol.KeyShareFetch {
				return ErrUnknown
			}
			return ErrNoError
		})
		require.ErrorIs(s.t, <-c.Errors(), ErrUnknown)
		require.NoError(s.t, msg.Accept())
		committed := make(chan error, 1)
		go func() { committed <- c.Commit(s.t.Context()) }()
		synctest.Wait()
		require.NoError(s.t, c.Close())
		require.ErrorIs(s.t, <-committed, ErrShareSessionNotFound)
		require.False(s.t, s.share.records(0)[0].done)
	})
}

func TestShareAcknowledgementsComeTooLate(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.fill(0, 5)
		c := s.member()
		msg := <-c.Messages()
		s.share.expire()
		require.NoError(s.t, msg.Accept())
		err := c.Commit(s.t.Context())
		require.ErrorIs(s.t, err, ErrInvalidRecordState)
		require.ErrorContains(s.t, err, "orders/0: share group s: acknowledging 1 records: broker b1:9092")
		var placed *ConsumerError
		require.ErrorAs(s.t, err, &placed)
		require.NoError(s.t, c.Close())
	})
}

func TestShareMembersJoinAgain(t *testing.T) {
	for _, code := range []KError{ErrUnknownMemberId, ErrFencedMemberEpoch} {
		shareBubble(t, 1, func(s *sharing) {
			s.fill(0, 5)
			c := s.member()
			require.NoError(s.t, (<-c.Messages()).Accept())
			fenced := false
			s.share.failing(func(r *scriptedRequest) KError {
				if r.Key == protocol.KeyShareGroupHeartbeat && !fenced {
					fenced = true
					return code
				}
				return ErrNoError
			})
			time.Sleep(5 * time.Second)
			require.Equal(s.t, 1, s.share.size())
			for range 4 {
				require.NoError(s.t, (<-c.Messages()).Accept())
			}
			require.NoError(s.t, c.Close())
			for err := range c.Errors() {
				s.t.Error(err)
			}
			for offset, record := range s.share.records(0) {
				require.True(s.t, record.done, offset)
			}
		})
	}
}

// Sessions that brokers have forgotten, leaders and coordinators that move, connections that end, requests that fail: all is
// processed, and what is accepted is not given out again.
func TestShareGroupOverFaults(t *testing.T) {
	for seed := range uint64(6) {
		shareBubble(t, 3, func(s *sharing) {
			rnd := rand.New(rand.NewPCG(seed, 5))
			s.conf.Consumer.Return.Errors = false
			s.conf.Consumer.Share.MaxRecords = 1 + rnd.Int32N(20)
			for p := range int32(3) {
				s.fill(p, 60)
			}
			faults := 25
			s.share.failing(func(r *scriptedRequest) KError {
				if faults == 0 || rnd.IntN(4) > 0 {
					return ErrNoError
				}
				faults--
				switch rnd.IntN(4) {
				case 0:
					s.share.sessions = make(map[string]int32)
				case 1:
					go r.Broker.cut()
				case 2:
					if r.Key == protocol.KeyShareGroupHeartbeat {
						return ErrNotCoordinatorForConsumer
					}
					return ErrShareSessionLimitReached
				default:
					return ErrUnknown
				}
				return ErrNoError
			})
			members := []*ShareConsumer{s.member(), s.member()}
			var work sync.WaitGroup
			stop := make(chan struct{})
			for _, c := range members {
				work.Go(func() {
					for {
						select {
						case msg := <-c.Messages():
							require.NoError(s.t, msg.Accept())
						case <-stop:
							return
						}
					}
				})
			}
			for round := 0; ; round++ {
				require.Less(s.t, round, 1000, "it goes on")
				time.Sleep(time.Second)
				if round%5 == 4 {
					s.share.expire() // as time does
				}
				if round%20 == 9 {
					s.logs.move(int32(round)%3, 1+int32(round/20)%2)
				}
				left := 0
				for p := range int32(3) {
					done := 0
					for _, record := range s.share.records(p) {
						if record.done {
							done++
						}
					}
					left += 60 - done
				}
				if left == 0 {
					break
				}
			}
			close(stop)
			work.Wait()
			for _, c := range members {
				require.NoError(s.t, c.Close())
			}
		})
	}
}

func TestShareConsumerReportsAndGoesOn(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.fill(0, 3)
		bad := true
		s.share.failing(func(r *scriptedRequest) KError {
			if r.Key == protocol.KeyShareFetch && bad {
				bad = false
				return ErrUnknown
			}
			return ErrNoError
		})
		c := s.member()
		require.ErrorIs(s.t, <-c.Errors(), ErrUnknown)
		require.EqualValues(s.t, 0, (<-c.Messages()).Offset)
		require.Len(s.t, c.MemberID(), 22)
		require.NoError(s.t, c.Close())
	})
}

func TestShareConsumerSaysWhatCanBeDone(t *testing.T) {
	for _, code := range []KError{ErrGroupAuthorizationFailed, ErrGroupIDNotFound} {
		t.Run(code.Error(), func(t *testing.T) {
			shareBubble(t, 1, func(s *sharing) {
				s.share.failing(func(r *scriptedRequest) KError {
					if r.Key == protocol.KeyShareGroupHeartbeat {
						return code
					}
					return ErrNoError
				})
				c := s.member()
				err := <-c.Errors()
				require.ErrorIs(s.t, err, code)
				require.ErrorContains(s.t, err, "share group "+c.group+": broker b1")
				require.ErrorContains(s.t, err, code.Error()+": as the script has it; "+shareAdvice[code])
				require.NoError(s.t, c.Close())
			})
		})
	}
}

func TestShareConsumerNeedsWhatItNeeds(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		client := testClient(s.t, s.conf, s.brokers[0])
		var refused ConfigurationError
		_, err := NewShareConsumerFromClient(client, "", []string{"orders"})
		require.ErrorAs(s.t, err, &refused)
		_, err = NewShareConsumerFromClient(client, "s", nil)
		require.ErrorAs(s.t, err, &refused)
		require.NoError(s.t, client.Close())
		_, err = NewShareConsumerFromClient(client, "s", []string{"orders"})
		require.Equal(s.t, ErrClosedClient, err)
		s.conf.Version = V4_0_0_0
		_, err = NewShareConsumer(addresses(s.brokers), "s", []string{"orders"}, s.conf)
		require.ErrorIs(s.t, err, ErrUnsupportedVersion)
		s.conf.Version = MaxVersion
		s.fill(0, 1)
		client = testClient(s.t, s.conf, s.brokers[0])
		c, err := NewShareConsumerFromClient(client, "s", []string{"orders", "orders"})
		require.NoError(s.t, err)
		<-c.Messages()
		require.NoError(s.t, c.Close())
		require.False(s.t, client.Closed())
		synctest.Wait()
	})
}

func TestAcquiredOffsets(t *testing.T) {
	a := acquiredOffsets{ranges: []protocol.ShareAcquiredRecords{
		{FirstOffset: 5, LastOffset: 8, DeliveryCount: 1}, {FirstOffset: 10, LastOffset: 11, DeliveryCount: 3}, {FirstOffset: 20, LastOffset: 20},
	}}
	for _, step := range []struct {
		offset int64
		count  int16
		gaps   []int64
		ok     bool
	}{
		{4, 0, nil, false}, {5, 1, nil, true}, {8, 1, []int64{6, 7}, true}, {9, 0, nil, false}, {11, 3, []int64{10}, true}, {15, 0, nil, false},
	} {
		count, gaps, ok := a.pass(step.offset)
		require.Equal(t, step.count, count, step.offset)
		require.Equal(t, step.gaps, gaps, step.offset)
		require.Equal(t, step.ok, ok, step.offset)
	}
	require.Equal(t, []int64{20}, a.rest())
	require.Nil(t, a.rest())
	require.True(t, plausible(nil))
	require.False(t, plausible([]protocol.ShareAcquiredRecords{{FirstOffset: 0, LastOffset: math.MaxInt64}}))
	require.False(t, plausible([]protocol.ShareAcquiredRecords{{FirstOffset: 5, LastOffset: 4}}))
	require.False(t, plausible([]protocol.ShareAcquiredRecords{{FirstOffset: math.MaxInt64, LastOffset: math.MaxInt64}}), "there is no end to it")
	require.Equal(t, []protocol.ShareAcknowledgementBatch{
		{FirstOffset: 1, LastOffset: 2, AcknowledgeTypes: []int8{1}}, {FirstOffset: 3, LastOffset: 3, AcknowledgeTypes: []int8{2}},
		{FirstOffset: 5, LastOffset: 5, AcknowledgeTypes: []int8{2}},
	}, acknowledgements(map[int64]int8{5: 2, 2: 1, 3: 2, 1: 1}))
	require.Equal(t, ErrConsumerCoordinatorNotAvailable, codeOf(errors.New("cut")))
}

package sarama

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestShareBatchesBehindADamagedOne are given out: it alone is rejected, since it would come again and again.
func TestShareBatchesBehindADamagedOne(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.share.damaged = map[int64]bool{5: true}
		s.fill(0, 15)
		c := s.member()
		for _, offset := range []int64{0, 1, 2, 3, 4, 10, 11, 12, 13, 14} {
			select {
			case msg := <-c.Messages():
				require.Equal(s.t, offset, msg.Offset)
				require.NoError(s.t, msg.Accept())
			case <-time.After(time.Minute):
				require.Fail(s.t, "it does not come", offset)
			}
		}
		var batch *BatchError
		require.ErrorAs(s.t, <-c.Errors(), &batch)
		require.EqualValues(s.t, 10, batch.Next)
		require.NoError(s.t, c.Close())
		for offset, record := range s.share.records(0) {
			want := protocol.AcknowledgeAccept
			if offset/5 == 1 {
				want = protocol.AcknowledgeReject
			}
			require.True(s.t, record.done)
			require.Equal(s.t, want, record.kind, offset)
		}
	})
}

// TestShareCommitTellsWhatWasRefusedBefore, or while it waited for its turn: what it returns is of all that was acknowledged.
func TestShareCommitTellsWhatWasRefusedBefore(t *testing.T) {
	for name, pause := range map[string]time.Duration{"before": time.Minute, "under way": 500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			shareBubble(t, 1, func(s *sharing) {
				s.fill(0, 1)
				for _, b := range s.brokers {
					b.on(protocol.KeyShareAcknowledge, func(r *scriptedRequest) protocol.Message {
						time.Sleep(time.Second)
						return s.share.acknowledge(r)
					})
				}
				c := s.member()
				msg := <-c.Messages()
				s.logs.move(0, 2) // so that nothing is given out again
				s.share.expire()
				synctest.Wait()
				require.NoError(s.t, msg.Accept())
				time.Sleep(s.conf.Consumer.MaxWaitTime + pause)
				require.ErrorIs(s.t, c.Commit(s.t.Context()), ErrInvalidRecordState)
				require.NoError(s.t, c.Commit(s.t.Context()), "it is told")
				require.NoError(s.t, c.Close())
			})
		})
	}
}

// TestShareRenewNeedsABrokerThatKnowsOfIt: one that does not would refuse what is acknowledged along with it.
func TestShareRenewNeedsABrokerThatKnowsOfIt(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		for _, b := range s.brokers {
			b.on(protocol.KeyApiVersions, func(*scriptedRequest) protocol.Message {
				versions := everyAPIVersion()
				for i := range versions.ApiKeys {
					if api := &versions.ApiKeys[i]; api.ApiKey == protocol.KeyShareAcknowledge {
						api.MaxVersion = 1
					}
				}
				return versions
			})
		}
		s.fill(0, 1)
		c := s.member()
		msg := <-c.Messages()
		require.Equal(s.t, ErrUnsupportedVersion, msg.Renew())
		require.NoError(s.t, msg.Accept())
		require.NoError(s.t, c.Commit(s.t.Context()))
		require.NoError(s.t, c.Close())
	})
}

// TestShareMessageThatNobodyTook is none that was acknowledged.
func TestShareMessageThatNobodyTook(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.fill(0, 1)
		c := s.member()
		msg := <-c.Messages()
		require.NoError(s.t, c.Close())
		require.ErrorIs(s.t, msg.Accept(), ErrClosedShareConsumer)
		require.ErrorIs(s.t, msg.Reject(), ErrClosedShareConsumer)
	})
}

// TestShareMemberThatIsClosedWhileItJoins leaves: the coordinator would keep partitions for it until it is not heard of for long.
func TestShareMemberThatIsClosedWhileItJoins(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		for _, b := range s.brokers {
			b.on(protocol.KeyShareGroupHeartbeat, func(r *scriptedRequest) protocol.Message {
				time.Sleep(time.Second)
				return s.share.heartbeat(r)
			})
		}
		c := s.member()
		time.Sleep(500 * time.Millisecond)
		require.NoError(s.t, c.Close())
		time.Sleep(time.Minute)
		require.Zero(s.t, s.share.size())
	})
}

// acceptOne accepts the next message, which comes within an hour.
func (s *sharing) acceptOne(c *ShareConsumer) {
	s.t.Helper()
	select {
	case msg := <-c.Messages():
		require.NoError(s.t, msg.Accept())
	case <-time.After(time.Hour):
		require.Fail(s.t, "nothing is read")
	}
}

// TestShareAssignmentOfATopicThatIsNotKnownYet is taken when it is: the coordinator sends it once.
func TestShareAssignmentOfATopicThatIsNotKnownYet(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		s.fill(0, 1)
		s.logs.setGone(true, false)
		c := s.member()
		time.Sleep(5 * time.Second)
		s.logs.setGone(false, false)
		s.acceptOne(c)
		require.NoError(s.t, c.Close())
	})
}

// TestShareAssignmentWhoseAnswerIsLost comes again: the coordinator has sent it, and does so once more to a member that tells all of
// itself.
func TestShareAssignmentWhoseAnswerIsLost(t *testing.T) {
	shareBubble(t, 2, func(s *sharing) {
		s.fill(0, 1)
		s.fill(1, 1)
		beats := 0
		s.brokers[0].on(protocol.KeyShareGroupHeartbeat, func(r *scriptedRequest) protocol.Message {
			request := r.Body.(*ShareGroupHeartbeatRequest)
			response := s.share.heartbeat(r).(*ShareGroupHeartbeatResponse)
			beats++
			switch {
			case request.MemberEpoch == 0:
				response.Assignment.TopicPartitions[0].Partitions = []int32{0}
			case beats == 3: // here it gets the other partition, too
				return r.cut()
			case beats > 3 && request.SubscribedTopicNames != nil:
				topic := protocol.TopicIDPartitions{TopicID: s.share.id, Partitions: []int32{0, 1}}
				response.Assignment = &ShareGroupAssignment{TopicPartitions: []protocol.TopicIDPartitions{topic}}
			}
			return response
		})
		c := s.member()
		for range 2 {
			s.acceptOne(c)
		}
		require.NoError(s.t, c.Close())
	})
}

// TestShareHeartbeatsDoNotWaitForBrokersThatStandStill: the coordinator lives, and would give the member up.
func TestShareHeartbeatsDoNotWaitForBrokersThatStandStill(t *testing.T) {
	shareBubble(t, 1, func(s *sharing) {
		c := s.member()
		time.Sleep(5 * time.Second)
		other, err := c.client.Broker(2) // an open connection is the first that is asked by
		require.NoError(s.t, err)
		_, err = other.Connected()
		require.NoError(s.t, err)
		s.brokers[1].on(protocol.KeyFindCoordinator, hang)
		last, longest := time.Now(), time.Duration(0)
		s.brokers[0].on(protocol.KeyShareGroupHeartbeat, func(r *scriptedRequest) protocol.Message {
			last, longest = time.Now(), max(longest, time.Since(last))
			return s.share.heartbeat(r)
		})
		s.brokers[0].first(protocol.KeyShareGroupHeartbeat, (*scriptedRequest).cut)
		after(time.Minute)
		require.NotEmpty(s.t, s.brokers[1].received(protocol.KeyFindCoordinator))
		require.Less(s.t, longest, s.conf.Consumer.Group.Session.Timeout)
		require.NoError(s.t, c.Close())
	})
}

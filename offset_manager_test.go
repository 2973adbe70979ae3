package sarama

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// offsetsTest is an offset manager of group "g" on two brokers, the first of which is the coordinator.
type offsetsTest struct {
	*testing.T
	brokers [2]*scriptedBroker
	cluster *scriptedCluster
	offsets *scriptedOffsets
	conf    *Config
}

func offsetsBubble(t *testing.T, test func(t *offsetsTest)) {
	t.Helper()
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		o := &offsetsTest{T: t, brokers: [2]*scriptedBroker{b1, b2}, conf: net.config()}
		o.cluster = newScriptedCluster(b1, b2)
		o.cluster.setCoordinator("g", b1)
		o.cluster.setTopic("__consumer_offsets", 1, ledBy(0, 1, 0))
		o.offsets = newScriptedOffsets(b1, b2)
		o.conf.Consumer.Return.Errors = true
		o.conf.Version = V4_0_0_0
		test(o)
	})
}

// manager returns one that is closed after the test, and its partition 0 of "t".
func (o *offsetsTest) manager() (*offsetManager, *partitionOffsetManager) {
	o.Helper()
	om, err := NewOffsetManagerFromClient("g", testClient(o, o.conf, o.brokers[0]))
	require.NoError(o, err)
	o.Cleanup(func() { require.NoError(o, om.Close()) })
	pom, err := om.ManagePartition("t", 0)
	require.NoError(o, err)
	return om.(*offsetManager), pom.(*partitionOffsetManager)
}

// commitRequests returns the commits that both brokers got.
func (o *offsetsTest) commitRequests() (all []*scriptedRequest) {
	for _, b := range o.brokers {
		all = append(all, b.received(protocol.KeyOffsetCommit)...)
	}
	return all
}

func TestMarksAreCommittedInTime(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		instance := "static"
		t.conf.Consumer.Group.InstanceId = instance
		_, pom := t.manager()
		offset, metadata := pom.NextOffset()
		require.Equal(t, OffsetNewest, offset)
		require.Empty(t, metadata)

		pom.MarkOffset(7, "seven")
		pom.MarkOffset(5, "not beyond")
		pom.MarkOffset(7, "neither")
		offset, metadata = pom.NextOffset()
		require.EqualValues(t, 7, offset)
		require.Equal(t, "seven", metadata)
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		require.Zero(t, t.offsets.commits())
		time.Sleep(time.Millisecond)
		synctest.Wait()
		require.Equal(t, committedOffset{7, -1, "seven"}, t.offsets.get("g", "t", 0))

		pom.MarkOffsetWithEpoch(9, 3, "nine")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, committedOffset{9, 3, "nine"}, t.offsets.get("g", "t", 0))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, 2, t.offsets.commits(), "what is committed is not committed again")

		pom.ResetOffset(10, "beyond")
		pom.ResetOffset(2, "back")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, committedOffset{2, -1, "back"}, t.offsets.get("g", "t", 0))
		for _, r := range t.commitRequests() {
			request := r.Body.(*OffsetCommitRequest)
			require.EqualValues(t, lastClassicCommit, r.Version)
			require.EqualValues(t, GroupGenerationUndefined, request.ConsumerGroupGeneration)
			require.Empty(t, request.ConsumerID)
			require.Equal(t, &instance, request.GroupInstanceId)
		}
	})
}

func TestCommittedOffsetIsTaken(t *testing.T) {
	for _, version := range []KafkaVersion{V0_8_2_0, V0_9_0_0, V0_11_0_0, V2_1_0_0, V2_3_0_0, V2_5_0_0, V3_0_0_0, V4_0_0_0} {
		t.Run(version.String(), func(t *testing.T) {
			offsetsBubble(t, func(t *offsetsTest) {
				t.conf.Version, t.conf.ApiVersionsRequest = version, version.IsAtLeast(V0_10_0_0)
				t.conf.Consumer.Offsets.Retention = 1500 * time.Millisecond
				t.offsets.set("g", "t", 0, committedOffset{42, 6, "so far"})
				om, pom := t.manager()
				offset, epoch, metadata := pom.NextOffsetWithEpoch()
				require.EqualValues(t, 42, offset)
				require.Equal(t, "so far", metadata)
				withEpoch := version.IsAtLeast(V2_1_0_0)
				require.EqualValues(t, map[bool]int32{true: 6, false: -1}[withEpoch], epoch)
				pom.MarkOffsetWithEpoch(43, 7, "")
				om.Commit()
				what := t.offsets.get("g", "t", 0)
				require.EqualValues(t, 43, what.offset)
				require.Equal(t, withEpoch, what.leaderEpoch == 7)
				request := t.commitRequests()[0]
				kept := request.Body.(*OffsetCommitRequest).RetentionTime
				require.Equal(t, request.Version >= 2 && request.Version <= 4, kept == 1500)
			})
		})
	}
}

func TestCommitFollowsTheCoordinator(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Offsets.AutoCommit.Enable = false
		om, pom := t.manager()
		coordinator, codes := int32(2), []KError{ErrOffsetsLoadInProgress}
		t.offsets.refusing(func(r *scriptedRequest, _ topicPartition) KError {
			if r.Broker.address.ID != coordinator {
				return ErrNotCoordinatorForConsumer
			}
			if len(codes) > 0 {
				code := codes[0]
				codes = codes[1:]
				return code
			}
			return ErrNoError
		})
		t.cluster.setCoordinator("g", t.brokers[1])
		pom.MarkOffset(1, "")
		require.NoError(t, om.commit(t.Context()))
		require.EqualValues(t, 1, t.offsets.get("g", "t", 0).offset)
		require.Len(t, t.commitRequests(), 3, "moved, loading, done")

		// A coordinator that is gone without a word, while another took over.
		t.offsets.refusing(nil)
		t.brokers[1].setDown(true)
		t.cluster.setCoordinator("g", t.brokers[0])
		pom.MarkOffset(2, "")
		require.NoError(t, om.commit(t.Context()))
		require.EqualValues(t, 2, t.offsets.get("g", "t", 0).offset)
	})
}

func TestCommitErrorsNameTheirPlace(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Offsets.AutoCommit.Enable = false
		om, pom := t.manager()
		other, err := om.ManagePartition("t", 1)
		require.NoError(t, err)
		t.offsets.refusing(func(_ *scriptedRequest, tp topicPartition) KError {
			if tp.partition == 0 {
				return ErrOffsetMetadataTooLarge
			}
			return ErrNoError
		})
		pom.MarkOffset(5, "long")
		other.MarkOffset(6, "")
		om.Commit()
		failed := <-pom.Errors()
		require.Equal(t, "t", failed.Topic)
		require.Zero(t, failed.Partition)
		require.ErrorIs(t, failed, ErrOffsetMetadataTooLarge)
		require.ErrorContains(t, failed, "committing offset 5 of group g: broker b1:9092: ")
		require.Len(t, t.commitRequests(), 1, "it is of no use to try again")
		require.EqualValues(t, 6, t.offsets.get("g", "t", 1).offset, "others are committed")

		err = om.CommitContext(t.Context())
		var named *ConsumerError
		require.ErrorAs(t, err, &named)
		require.ErrorIs(t, err, ErrOffsetMetadataTooLarge)
		require.Empty(t, pom.Errors(), "it is told once")
		t.offsets.refusing(nil)
		om.Commit()
		require.EqualValues(t, 5, t.offsets.get("g", "t", 0).offset, "it was not given up")
	})
}

func TestCommitRetriesEnd(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Offsets.AutoCommit.Enable = false
		t.conf.Consumer.Offsets.Retry.Max = 2
		om, pom := t.manager()
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrOffsetsLoadInProgress })
		pom.MarkOffset(5, "")
		begin := time.Now()
		require.ErrorIs(t, om.commit(t.Context()), ErrOffsetsLoadInProgress)
		require.Equal(t, 2*t.conf.Metadata.Retry.Backoff, time.Since(begin))
		require.Len(t, t.commitRequests(), 3)

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		require.ErrorIs(t, om.commit(ctx), ErrOffsetsLoadInProgress, "no retry that would come too late")
		require.Len(t, t.commitRequests(), 4)

		t.brokers[0].on(protocol.KeyOffsetCommit, hang)
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, om.commit(ctx), context.DeadlineExceeded)
		t.brokers[0].on(protocol.KeyOffsetCommit, answer(new(OffsetCommitResponse)))
		t.brokers[0].cut()
		require.ErrorIs(t, om.commit(t.Context()), ErrIncompleteResponse)
	})
}

func TestLostMembersAreTold(t *testing.T) {
	for _, code := range []KError{ErrFencedInstancedId, ErrUnknownMemberId} {
		offsetsBubble(t, func(t *offsetsTest) {
			ctx, lost := context.WithCancelCause(t.Context())
			defer lost(nil)
			om, err := newOffsetManagerFor(testClient(t, t.conf, t.brokers[0]), "g", "m", nil, 3, lost)
			require.NoError(t, err)
			defer func() { require.NoError(t, om.Close()) }()
			require.NoError(t, om.managePartitions(t.Context(), map[string][]int32{"t": {0, 1}, "u": {0}}, never))
			require.Len(t, t.brokers[0].received(protocol.KeyOffsetFetch), 1, "one request for all")
			t.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return code })
			om.find("t", 1).MarkOffset(1, "")
			require.NoError(t, ctx.Err())
			require.ErrorIs(t, om.commit(t.Context()), code)
			require.Equal(t, code, context.Cause(ctx))
			require.Len(t, t.commitRequests(), 1)
			request := t.commitRequests()[0].Body.(*OffsetCommitRequest)
			require.Equal(t, "m", request.ConsumerID)
			require.EqualValues(t, 3, request.ConsumerGroupGeneration)
			t.offsets.refusing(nil)
		})
	}
}

func TestEpochOfAMemberIsTakenAnew(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Offsets.AutoCommit.Enable = false
		om, err := newOffsetManagerFor(testClient(t, t.conf, t.brokers[0]), "g", "m", nil, 3, nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, om.Close()) }()
		om.useConsumerProtocol()
		require.NoError(t, om.managePartitions(t.Context(), map[string][]int32{"t": {0}}, never))
		fetch := t.brokers[0].received(protocol.KeyOffsetFetch)[0]
		require.EqualValues(t, lastClassicFetch+1, fetch.Version)
		member := fetch.Body.(*OffsetFetchRequest).Groups[0].Member
		require.Equal(t, "m", *member.ID)
		require.EqualValues(t, 3, member.Epoch)

		t.offsets.refusing(func(r *scriptedRequest, _ topicPartition) KError {
			if r.Body.(*OffsetCommitRequest).ConsumerGroupGeneration == 3 {
				om.member.set("m", 4)
				return ErrStaleMemberEpoch
			}
			return ErrNoError
		})
		om.find("t", 0).MarkOffset(8, "")
		require.NoError(t, om.commit(t.Context()))
		require.EqualValues(t, 8, t.offsets.get("g", "t", 0).offset)
		require.EqualValues(t, lastClassicCommit+1, t.commitRequests()[1].Version)
	})
}

func TestOffsetsCloseCommits(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		om, pom := t.manager()
		failures := 2
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError {
			if failures--; failures >= 0 {
				return ErrOffsetsLoadInProgress
			}
			return ErrNoError
		})
		pom.MarkOffset(4, "")
		pom.AsyncClose()
		require.NoError(t, om.Close())
		require.NoError(t, om.Close())
		require.EqualValues(t, 4, t.offsets.get("g", "t", 0).offset)
		_, open := <-pom.Errors()
		require.False(t, open)
		_, err := om.ManagePartition("t", 5)
		require.ErrorIs(t, err, errOffsetsClosed)
		om.Commit() // does nothing
		require.ErrorIs(t, om.commit(t.Context()), errOffsetsClosed)
	})
}

// TestCommitUntilItsDeadline: who has said how long it may take gets more than the retries of Commit, but no longer than there is a
// manager.
func TestCommitUntilItsDeadline(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Offsets.AutoCommit.Enable = false
		om, pom := t.manager()
		begin := time.Now()
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError {
			if time.Since(begin) < time.Minute {
				return ErrOffsetsLoadInProgress
			}
			return ErrNoError
		})
		commit := func(limit time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			return om.CommitContext(ctx)
		}
		pom.MarkOffset(5, "")
		require.ErrorIs(t, commit(30*time.Second), ErrOffsetsLoadInProgress)
		require.InDelta(t, 30, time.Since(begin).Seconds(), 1)
		require.NoError(t, commit(time.Hour))
		require.InDelta(t, 60, time.Since(begin).Seconds(), 1)

		pom.MarkOffset(6, "")
		begin = time.Now()
		time.AfterFunc(10*time.Second, func() { _ = om.Close() })
		require.ErrorIs(t, commit(30*time.Second), ErrOffsetsLoadInProgress)
		require.InDelta(t, 10, time.Since(begin).Seconds(), 2)
	})
}

func TestOffsetsCloseTellsWhatIsLeft(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		om, pom := t.manager()
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrOffsetsLoadInProgress })
		pom.MarkOffset(4, "")
		require.NoError(t, om.Close())
		require.Len(t, t.commitRequests(), 1+t.conf.Consumer.Offsets.Retry.Max)
		err := pom.Close()
		var left ConsumerErrors
		require.ErrorAs(t, err, &left)
		require.Len(t, left, 1)
		require.ErrorIs(t, left[0], ErrOffsetsLoadInProgress)
	})
}

func TestManualCommitsAreLeftToTheUser(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Offsets.AutoCommit.Enable = false
		om, pom := t.manager()
		pom.MarkOffset(4, "")
		time.Sleep(time.Minute)
		require.NoError(t, om.releasePartitions(t.Context(), map[string][]int32{"t": {0}}, never))
		_, open := <-pom.Errors()
		require.False(t, open)
		again, err := om.ManagePartition("t", 0)
		require.NoError(t, err)
		again.MarkOffset(5, "")
		require.NoError(t, om.Close())
		require.Empty(t, t.commitRequests())
	})
}

func TestClosedPartitionsAreManagedAnew(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		om, pom := t.manager()
		_, err := om.ManagePartition("t", 0)
		require.ErrorIs(t, err, ConfigurationError("That topic/partition is already being managed"))
		pom.MarkOffset(4, "")
		require.NoError(t, pom.Close(), "at once, with a commit")
		require.EqualValues(t, 4, t.offsets.get("g", "t", 0).offset)
		again, err := om.ManagePartition("t", 0)
		require.NoError(t, err)
		offset, _ := again.NextOffset()
		require.EqualValues(t, 4, offset)
		require.NoError(t, again.Close(), "with nothing to commit")
		require.Len(t, t.commitRequests(), 1)
		require.NoError(t, om.managePartitions(t.Context(), map[string][]int32{"t": {0, 1}}, never))
		require.NoError(t, om.releasePartitions(t.Context(), map[string][]int32{"t": {0}}, never))
		require.Nil(t, om.find("t", 0))
		require.NotNil(t, om.find("t", 1))
		require.Error(t, om.managePartitions(t.Context(), map[string][]int32{"t": {1, 2}}, never))
		require.NoError(t, om.managePartitions(t.Context(), map[string][]int32{"t": {2}}, never), "what was not managed is free")
	})
}

func TestUnreadErrorsHoldNobodyAtClose(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.ChannelBufferSize = 0
		om, pom := t.manager()
		t.offsets.refusing(func(*scriptedRequest, topicPartition) KError { return ErrOffsetMetadataTooLarge })
		pom.MarkOffset(4, "")
		time.Sleep(time.Minute) // the loop waits for a reader
		require.Len(t, t.commitRequests(), 1)
		require.NoError(t, om.Close())
	})
}

func TestOffsetsLookUpIsPatient(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.IsolationLevel = ReadCommitted
		t.offsets.set("g", "t", 0, committedOffset{7, -1, ""})
		codes := []KError{ErrUnstableOffsetCommit, ErrNotCoordinatorForConsumer, ErrOffsetsLoadInProgress}
		t.brokers[0].on(protocol.KeyOffsetFetch, func(r *scriptedRequest) protocol.Message {
			require.True(t, r.Body.(*OffsetFetchRequest).RequireStable)
			if len(codes) == 0 {
				return t.offsets.fetch(r)
			}
			code := codes[0]
			codes = codes[1:]
			response := &OffsetFetchResponse{Version: r.Version}
			response.AddGroupBlock("g", "t", 0, &OffsetFetchResponseBlock{Offset: -1, LeaderEpoch: -1, Err: code})
			return response
		})
		begin := time.Now()
		_, pom := t.manager()
		offset, _ := pom.NextOffset()
		require.EqualValues(t, 7, offset)
		require.Equal(t, 3*t.conf.Metadata.Retry.Backoff, time.Since(begin))
	})
}

func TestOffsetsLookUpFails(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		om, _ := t.manager()
		group := &OffsetFetchResponse{Version: 8, Groups: []OffsetFetchResponseGroup{{GroupId: "g", Err: ErrGroupAuthorizationFailed}}}
		t.brokers[0].on(protocol.KeyOffsetFetch, answer(group))
		_, err := om.ManagePartition("t", 1)
		require.ErrorIs(t, err, ErrGroupAuthorizationFailed)
		require.ErrorContains(t, err, "group g: broker b1:9092")
		t.brokers[0].on(protocol.KeyOffsetFetch, answer(&OffsetFetchResponse{Version: 8}))
		_, err = om.ManagePartition("t", 1)
		require.ErrorIs(t, err, ErrIncompleteResponse)

		group.Groups[0].Err = ErrGroupIDNotFound
		t.brokers[0].on(protocol.KeyOffsetFetch, answer(group))
		pom, err := om.ManagePartition("t", 2)
		require.NoError(t, err)
		offset, _ := pom.NextOffset()
		require.Equal(t, OffsetNewest, offset, "a group that is not there has nothing committed")

		t.brokers[0].on(protocol.KeyOffsetFetch, hang)
		var work sync.WaitGroup
		work.Go(func() {
			_, err := om.ManagePartition("t", 1)
			require.ErrorIs(t, err, errOffsetsClosed)
		})
		synctest.Wait()
		require.NoError(t, om.Close())
		work.Wait()
	})
}

func TestOffsetsOfAClosedClient(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		client := testClient(t, t.conf, t.brokers[0])
		om, err := NewOffsetManagerFromClient("g", client)
		require.NoError(t, err)
		pom, err := om.ManagePartition("t", 0)
		require.NoError(t, err)
		pom.MarkOffset(3, "")
		require.NoError(t, client.Close())
		require.NoError(t, om.Close())
		var left ConsumerErrors
		require.ErrorAs(t, pom.Close(), &left)
		require.ErrorIs(t, left[0], ErrClosedClient)
		_, err = NewOffsetManagerFromClient("g", client)
		require.ErrorIs(t, err, ErrClosedClient)
	})
}

// Whoever marks, commits, closes and opens at the same time, with a coordinator that fails now and then: what is committed of a
// partition never goes back, and at the end it is what was marked last.
func TestOffsetsUnderConcurrentUse(t *testing.T) {
	offsetsBubble(t, func(t *offsetsTest) {
		t.conf.Consumer.Return.Errors = false
		t.conf.Consumer.Offsets.Retry.Max = 10
		om, first := t.manager()
		require.NoError(t, first.Close())
		turn := 0
		t.offsets.refusing(func(r *scriptedRequest, _ topicPartition) KError {
			turn++
			return []KError{ErrNoError, ErrOffsetsLoadInProgress, ErrNoError, ErrNotCoordinatorForConsumer, ErrNoError}[turn%5]
		})
		var work sync.WaitGroup
		const partitions, last = 8, 200
		for p := range int32(partitions) {
			work.Go(func() {
				for offset := int64(0); offset < last; {
					pom, err := om.ManagePartition("t", p)
					require.NoError(t, err)
					next, _ := pom.NextOffset()
					require.True(t, next == offset || next == OffsetNewest && offset == 0)
					for range 50 {
						offset++
						pom.MarkOffset(offset, fmt.Sprint(offset))
						time.Sleep(7 * time.Millisecond)
						if offset%9 == 0 {
							om.Commit()
						}
					}
					require.NoError(t, pom.Close())
				}
			})
		}
		work.Wait()
		require.NoError(t, om.Close())
		at := make(map[int32]int64)
		for _, p := range t.offsets.history {
			require.GreaterOrEqual(t, p.Offset, at[p.Partition])
			at[p.Partition] = p.Offset
		}
		for p := range int32(partitions) {
			require.EqualValues(t, last, at[p])
		}
	})
}

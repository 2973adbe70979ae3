package sarama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// lastClassicCommit and lastClassicFetch are the last versions without the epoch of a member of the consumer protocol
// (KIP-848); the versions after those have topic ids for names.
const (
	lastClassicCommit = 8
	lastClassicFetch  = 8
)

// offsetVerdict is what an error code of a group's coordinator means for offsets.
type offsetVerdict uint8

const (
	offsetDone     offsetVerdict = iota
	offsetRetry                  // ask again
	offsetMoved                  // ask which broker is the coordinator, then ask again
	offsetOutdated               // ask again if another generation has begun
	offsetRefused                // it is of no use to ask again
	offsetLost                   // it is not as this member that anything can be committed any more
)

// judgeOffset decides by the error code of a commit or of a look-up.
func judgeOffset(code KError) offsetVerdict {
	switch code {
	case ErrNoError:
		return offsetDone
	case ErrConsumerCoordinatorNotAvailable, ErrNotCoordinatorForConsumer, ErrNotLeaderForPartition, ErrLeaderNotAvailable,
		ErrRequestTimedOut:
		return offsetMoved
	case ErrOffsetsLoadInProgress, ErrUnstableOffsetCommit, ErrStaleMemberEpoch, ErrRebalanceInProgress:
		return offsetRetry // a member's epoch may have been raised a moment ago: the next request has the one of then
	case ErrIllegalGeneration:
		return offsetOutdated
	case ErrFencedInstancedId, ErrUnknownMemberId:
		return offsetLost
	case ErrUnknownTopicOrPartition:
		return offsetRefused // the next commit tries again: it may be created
	}
	if protocol.Retriable(code) {
		return offsetRetry
	}
	return offsetRefused
}

// offsetCommit is one commit, with retries.
type offsetCommit struct {
	om      *offsetManager
	pending map[topicPartition]*partitionOffsetManager
	failed  []offsetFailure
}

// flush commits what was marked of the partitions that are chosen, and returns what failed. What may pass, such as a coordinator that
// is away, is waited for as long as there are retries, and then for as long as it may wait. The caller has the turn.
func (om *offsetManager) flush(ctx context.Context, choose func(*partitionOffsetManager) bool, mayWait func() bool) []offsetFailure {
	c := &offsetCommit{om: om, pending: make(map[topicPartition]*partitionOffsetManager)}
	for _, pom := range om.all(choose) {
		c.pending[pom.topicPartition] = pom
	}
	if len(c.pending) == 0 {
		return nil
	}
	loop := om.retrier("commit", om.conf.Consumer.Offsets.Retry.Max)
	loop.mayWait = mayWait
	err := loop.do(ctx, c.attempt)
	for _, pom := range c.pending {
		c.fail(pom, pom.marked(), err)
	}
	return c.failed
}

func (om *offsetManager) retrier(what string, retries int) retrier {
	return retrier{
		max:     retries,
		backoff: backoffOf(om.conf.Metadata.Retry.Backoff, om.conf.Metadata.Retry.BackoffFunc),
		onRetry: func(backoff time.Duration, remaining int, err error) {
			om.conf.log().Printf("offsets/%s [%s] retrying after %dms... (%d attempts remaining) (%v)\n",
				what, logGroup(om.group), backoff/time.Millisecond, remaining, err)
		},
	}
}

// attempt sends what is pending, once more when a rebalance has come between.
func (c *offsetCommit) attempt(ctx context.Context) (again bool, err error) {
	for {
		as, err := c.om.member.settled(ctx)
		if err != nil {
			return false, err
		}
		if renewed, again, err := c.send(ctx, as); !renewed {
			return again, err
		}
	}
}

// send sends what is pending, and takes out what is settled by that. renewed: what is refused is to be sent again at once, in
// another generation.
func (c *offsetCommit) send(ctx context.Context, as membership) (renewed, again bool, err error) {
	sent := make(map[topicPartition]committedOffset, len(c.pending))
	for tp, pom := range c.pending {
		sent[tp] = pom.marked()
	}
	request := c.om.commitRequest(as, sent)
	begin := c.om.told.now()
	coordinator, response, err := askForOffsets[OffsetCommitResponse](ctx, c.om, request)
	if err != nil {
		return false, !errors.Is(err, ErrClosedClient), err
	}
	c.om.told.committed(begin)
	renewed = refusesGeneration(response) && c.om.member.renewed(ctx, as)
	moved := false
	for tp, what := range sent {
		pom := c.pending[tp]
		code, told := response.Errors[tp.topic][tp.partition]
		if !told {
			c.fail(pom, what, brokerError(coordinator, ErrIncompleteResponse))
			delete(c.pending, tp)
			continue
		}
		verdict := judgeOffset(code)
		switch {
		case verdict == offsetDone:
			pom.committed(what)
		case verdict == offsetRetry, verdict == offsetMoved, verdict == offsetOutdated && renewed:
			moved = moved || verdict == offsetMoved
			err = brokerError(coordinator, code)
			continue
		default:
			c.fail(pom, what, brokerError(coordinator, code))
			if verdict == offsetLost && c.om.lost != nil {
				c.om.lost(code)
			}
		}
		delete(c.pending, tp)
	}
	if moved {
		_ = seekCoordinator(ctx, c.om.client, c.om.group)
	}
	return renewed, true, err
}

// refusesGeneration tells whether a commit was refused because of a rebalance.
func refusesGeneration(response *OffsetCommitResponse) bool {
	for _, partitions := range response.Errors {
		for _, code := range partitions {
			if code == ErrIllegalGeneration || code == ErrRebalanceInProgress {
				return true
			}
		}
	}
	return false
}

func (c *offsetCommit) fail(pom *partitionOffsetManager, what committedOffset, err error) {
	c.failed = append(c.failed, offsetFailure{pom, &ConsumerError{
		Topic: pom.topic, Partition: pom.partition,
		Err: fmt.Errorf("committing offset %d of group %s: %w", what.offset, c.om.group, err),
	}})
}

func (om *offsetManager) commitRequest(member membership, offsets map[topicPartition]committedOffset) *OffsetCommitRequest {
	request := NewOffsetCommitRequest(om.conf, om.group)
	request.ConsumerID, request.ConsumerGroupGeneration = member.memberID, member.generation
	if request.Version >= 7 {
		request.GroupInstanceId = om.instanceID
	}
	if member.consumerProtocol {
		request.Version = lastClassicCommit + 1
	}
	for tp, what := range offsets {
		request.AddBlockWithLeaderEpoch(tp.topic, tp.partition, what.offset, what.leaderEpoch, ReceiveTime, what.metadata)
	}
	return request
}

// askForOffsets asks the group's coordinator; when that fails it has it looked for, so that the next call finds the one of then.
func askForOffsets[R any, P interface {
	*R
	protocol.Message
}](ctx context.Context, om *offsetManager, request protocol.Message) (*Broker, *R, error) {
	coordinator, response, err := askCoordinator[R, P](ctx, om.client, om.group, request)
	if coordinator == nil || err == nil {
		return coordinator, response, err
	}
	if ctx.Err() == nil {
		_ = seekCoordinator(ctx, om.client, om.group)
	}
	return nil, nil, brokerError(coordinator, err)
}

// fetch asks for what is committed of partitions. Where a transaction is about to commit offsets, such as that of a member that is
// gone, which ends with its timeout, it asks again for as long as it may wait, and no less often than after other failures.
func (om *offsetManager) fetch(
	ctx context.Context, topicPartitions map[string][]int32, mayWait func() bool,
) (offsets map[topicPartition]committedOffset, err error) {
	ctx, release := om.bound(ctx)
	defer release()
	stop := context.AfterFunc(om.closing, release) // Close does not wait for it
	defer stop()
	loop := om.retrier("fetch", om.conf.Metadata.Retry.Max)
	for retries := 0; ; retries++ {
		offsets, err = om.fetchStable(ctx, topicPartitions)
		if err == nil {
			return offsets, nil
		}
		last := retries >= loop.max
		if !errors.Is(err, ErrUnstableOffsetCommit) || last && !mayWait() {
			return nil, fmt.Errorf("asking for offsets of group %s: %w", om.group, err)
		}
		if retries == 0 {
			om.conf.log().Printf("offsets/fetch [%s] waiting for a transaction (%v)\n", logGroup(om.group), err)
		}
		backoff := loop.backoff(min(retries, loop.max), loop.max)
		if last {
			backoff = max(backoff, defaultRetryBackoff)
		}
		if cause := wait(ctx, backoff); cause != nil {
			return nil, fmt.Errorf("asking for offsets of group %s: %w (no retry: %w)", om.group, err, cause)
		}
	}
}

// never is for who may not wait.
func never() bool { return false }

// fetchStable is fetch that waits for no transaction.
func (om *offsetManager) fetchStable(
	ctx context.Context, topicPartitions map[string][]int32,
) (offsets map[topicPartition]committedOffset, err error) {
	err = om.retrier("fetch", om.conf.Metadata.Retry.Max).do(ctx, func(ctx context.Context) (again bool, err error) {
		coordinator, response, err := askForOffsets[OffsetFetchResponse](ctx, om, om.fetchRequest(topicPartitions))
		if err != nil {
			return !errors.Is(err, ErrClosedClient), err
		}
		var verdict offsetVerdict
		offsets, verdict, err = fetchedOffsets(response, topicPartitions)
		if verdict == offsetMoved {
			_ = seekCoordinator(ctx, om.client, om.group)
		}
		if err != nil {
			err = brokerError(coordinator, err)
		}
		return verdict == offsetMoved || verdict == offsetRetry && !errors.Is(err, ErrUnstableOffsetCommit), err
	})
	return offsets, err
}

func (om *offsetManager) fetchRequest(topicPartitions map[string][]int32) *OffsetFetchRequest {
	request := NewOffsetFetchRequest(om.conf.Version, om.group, topicPartitions)
	if member := om.member.get(); member.consumerProtocol {
		request.Version = lastClassicFetch + 1
		request.Groups = []OffsetFetchRequestGroup{{
			GroupId: om.group, Partitions: topicPartitions,
			Member: &protocol.OffsetFetchMember{ID: &member.memberID, Epoch: member.generation},
		}}
	}
	if om.conf.Consumer.IsolationLevel == ReadCommitted {
		// Who reads what is committed must not start before an offset that a transaction is about to commit: its records
		// would be processed twice (KIP-447). Brokers before 2.5 do not know.
		protocol.RequireStableIfKnown(request)
	}
	return request
}

// fetchedOffsets returns what an answer has, or the reason why it lacks something.
func fetchedOffsets(response *OffsetFetchResponse, asked map[string][]int32) (map[topicPartition]committedOffset, offsetVerdict, error) {
	code := response.GroupError()
	if code != ErrNoError && code != ErrGroupIDNotFound {
		return nil, judgeOffset(code), code
	}
	offsets := make(map[topicPartition]committedOffset)
	for topic, partitions := range asked {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			if code == ErrGroupIDNotFound { // nobody has committed anything
				offsets[tp] = committedOffset{offset: -1, leaderEpoch: -1}
				continue
			}
			block := response.GetBlock(topic, partition)
			if block == nil {
				return nil, offsetRefused, fmt.Errorf("%v: %w", tp, ErrIncompleteResponse)
			}
			if block.Err != ErrNoError {
				return nil, judgeOffset(block.Err), fmt.Errorf("%v: %w", tp, block.Err)
			}
			offsets[tp] = committedOffset{block.Offset, block.LeaderEpoch, block.Metadata}
		}
	}
	return offsets, offsetDone, nil
}

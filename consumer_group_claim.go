package sarama

import (
	"context"
	"errors"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// ConsumerGroupHandler is what you do with the partitions that a member of a group gets. Its methods are called from many
// goroutines.
type ConsumerGroupHandler interface {
	// Setup is called when a session begins, before any ConsumeClaim. If it fails, Cleanup follows, and Consume returns the
	// error.
	Setup(ConsumerGroupSession) error

	// Cleanup is called when a session ends, after all ConsumeClaims have returned, and before what was marked is committed
	// for the last time.
	Cleanup(ConsumerGroupSession) error

	// ConsumeClaim processes a partition: it reads the claim's Messages until they end, and then returns soon. Return sooner
	// and the session ends, and with it Consume: that is what errors are for; they are passed on to the group's Errors.
	//
	// While a partition cannot be reached, Messages gives nothing and does not end by itself; all that is told when the
	// partition is taken away is that Messages ends, and the claim's and the session's context.
	ConsumeClaim(ConsumerGroupSession, ConsumerGroupClaim) error
}

// ConsumerGroupClaim is a partition that a member of a group has to process. Those of this package are
// ContextConsumerGroupClaims, and PartitionConsumers.
type ConsumerGroupClaim interface {
	// Topic returns the partition's topic.
	Topic() string

	// Partition returns the partition's number.
	Partition() int32

	// InitialOffset returns where the reading began: what was committed, or OffsetNewest or OffsetOldest.
	InitialOffset() int64

	// HighWaterMarkOffset returns the offset that the partition's next record will get, as last heard.
	HighWaterMarkOffset() int64

	// Messages gives the records, in order, until the partition is taken away. Nothing is added to it from then on, and it is
	// closed; up to Config.ChannelBufferSize records may still be in it. Read them, or leave them to the next owner and return,
	// as ContextConsumerGroupClaim.Context tells. Finish within Config.Consumer.Group.Rebalance.Timeout: the partition is
	// nobody else's before.
	Messages() <-chan *ConsumerMessage
}

// ContextConsumerGroupClaim is a ConsumerGroupClaim with more to offer: those that handlers get from this package's groups
// implement it.
type ContextConsumerGroupClaim interface {
	ConsumerGroupClaim

	// Context ends when the partition is revoked or lost, and when the session ends, at the same moment as Messages.
	// context.Cause tells why: ErrPartitionRevoked when the partition goes to another member in good order, else the session's
	// cause.
	Context() context.Context
}

// consumerGroupClaim implements ContextConsumerGroupClaim.
type consumerGroupClaim struct {
	PartitionConsumer // set before the handler sees the claim
	topicPartition
	session *consumerGroupSession
	ctx     context.Context
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the handler has returned
	offset  int64
	epoch   int32 // of the leader that the record before offset was read from
}

func newConsumerGroupClaim(s *consumerGroupSession, tp topicPartition) *consumerGroupClaim {
	c := &consumerGroupClaim{topicPartition: tp, session: s, done: make(chan struct{}), offset: s.group.startOf(tp), epoch: -1}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	if pom := s.offsets.find(tp.topic, tp.partition); pom != nil {
		if offset, epoch, _ := pom.NextOffsetWithEpoch(); offset >= 0 {
			c.offset, c.epoch = offset, epoch
		}
	}
	return c
}

// Topic implements ConsumerGroupClaim.
func (c *consumerGroupClaim) Topic() string { return c.topic }

// Partition implements ConsumerGroupClaim.
func (c *consumerGroupClaim) Partition() int32 { return c.partition }

// InitialOffset implements ConsumerGroupClaim.
func (c *consumerGroupClaim) InitialOffset() int64 { return c.offset }

// Context implements ContextConsumerGroupClaim.
func (c *consumerGroupClaim) Context() context.Context { return c.ctx }

// run is one per claim; it owns the reading of the partition and the handler's call, and ends with that.
func (c *consumerGroupClaim) run() {
	group := c.session.group
	defer close(c.done)
	defer group.claims.end()
	defer func() {
		if !errors.Is(context.Cause(c.ctx), ErrPartitionRevoked) && group.claims.draining.Err() == nil {
			c.session.cancel(ErrSessionConsumeClaimExited)
		}
		c.cancel(nil)
	}()
	if !group.claims.begin() {
		return
	}
	// Nothing is read while the group drains. What is in Messages by then the handler reads: see below.
	reading, endReading := context.WithCancel(c.ctx)
	defer endReading()
	defer context.AfterFunc(group.claims.draining, endReading)()
	pc, err := c.open(reading)
	if err != nil {
		if reading.Err() == nil {
			group.report(err, c.topic, c.partition)
		}
		return
	}
	c.PartitionConsumer = pc
	passed := make(chan struct{})
	if group.conf.Consumer.Return.Errors {
		go withRecover(func() {
			defer close(passed)
			for err := range pc.Errors() {
				group.report(err, c.topic, c.partition)
			}
		})
	} else {
		close(passed)
	}
	if err := c.session.handler.ConsumeClaim(c.session, c); err != nil {
		group.report(err, c.topic, c.partition)
	}
	// Not before: who takes messages out of the channel while the handler reads it has the handler skip them.
	pc.AsyncClose()
	for range pc.Messages() { // until nothing is read any more
	}
	<-passed
}

// open begins to read the partition, until ctx ends. It waits for a leader for as long as it takes; for other reasons that pass,
// Config.Metadata.Retry.Max times.
func (c *consumerGroupClaim) open(ctx context.Context) (*partitionConsumer, error) {
	group := c.session.group
	var pc *partitionConsumer
	reset := false
	attempt := func(context.Context) (again bool, err error) {
		offset, epoch := c.offset, c.epoch
		if pc, err = group.consumer.consume(ctx, c.topicPartition, offset, epoch); err == nil {
			return false, nil
		}
		if errors.Is(err, ErrOffsetOutOfRange) && group.conf.Consumer.Group.ResetInvalidOffsets && !reset {
			reset = true
			c.offset, c.epoch = group.conf.Consumer.Offsets.Initial, -1
			pc, err = group.consumer.consume(ctx, c.topicPartition, c.offset, c.epoch)
		}
		return claimMayBeRead(err), err
	}
	backoff := backoffOf(group.conf.Metadata.Retry.Backoff, group.conf.Metadata.Retry.BackoffFunc)
	for {
		loop := retrier{max: group.conf.Metadata.Retry.Max, backoff: backoff}
		loop.onRetry = func(backoff time.Duration, remaining int, err error) {
			c.session.group.log().Printf("consumer-group/claim %s/%d retrying after %dms... (%d attempts remaining): %v\n",
				logTopic(c.topic), logPartition(c.partition), backoff/time.Millisecond, remaining, err)
			_ = group.client.refreshMetadata(ctx, c.topic)
		}
		err := loop.do(ctx, attempt)
		if err == nil || ctx.Err() != nil || !claimMayBeRead(err) || !group.client.PartitionNotReadable(c.topic, c.partition) {
			return pc, err
		}
		if err := wait(ctx, max(backoff(loop.max, loop.max), unreadableWait)); err != nil {
			return nil, err
		}
	}
}

// unreadableWait is how long to wait, after retries, before a partition without a leader is looked at again.
const unreadableWait = 500 * time.Millisecond

// claimMayBeRead tells whether the reading of a partition may begin later, after an error.
func claimMayBeRead(err error) bool {
	var code KError
	var refused ConfigurationError
	switch {
	case err == nil, errors.Is(err, ErrClosedClient), errors.As(err, &refused), errors.Is(err, context.Canceled),
		errors.Is(err, ErrNoOffset), movedAway(err):
		return false
	case errors.Is(err, ErrReplicaNotAvailable):
		return true
	case errors.As(err, &code):
		return protocol.Retriable(code) // an unknown partition too: not all brokers hear of a new one at once
	default:
		return true // the connection
	}
}

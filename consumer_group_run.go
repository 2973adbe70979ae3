package sarama

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// ManagedConsumerGroup is a ConsumerGroup with more to offer: those of NewConsumerGroup and NewConsumerGroupFromClient implement
// it.
type ManagedConsumerGroup interface {
	ConsumerGroup

	// Run is Consume in a loop: it returns when ctx has ended or the group was closed, with nil, or when going on is of no use:
	// with the error of Setup or Cleanup, or of a wrong configuration. Failures to join are told by Errors, and it tries again
	// after Config.Consumer.Group.Rebalance.Retry.Backoff.
	Run(ctx context.Context, topics []string, handler ConsumerGroupHandler) error

	// Drain closes the group in good order: nothing is added to claims' Messages any more, and they are closed, but contexts
	// stay; up to Config.ChannelBufferSize messages of each claim may still be in there. When all ConsumeClaims have returned,
	// what was marked is committed, if commits are automatic, and the member leaves. If ctx ends before that, the session's
	// context does too, Drain returns an error, and what remains is as with Close.
	Drain(ctx context.Context) error

	// Lags tells, for each claim, how far it is behind, by topic and partition.
	Lags() []ClaimLag
}

// ClaimLag is how far a claim is behind.
type ClaimLag struct {
	Topic     string
	Partition int32
	// Records is how many offsets lie between the one that is marked, or the initial one, and the end of the partition, as last
	// heard; -1 if nothing is known yet.
	Records int64
	// Time is how long ago the last record was written that is marked; 0 if there is none, or no later one. It tells nothing
	// where marks come by MarkOffset alone.
	Time time.Duration
}

// groupClaims is what a group knows of the claims that are being processed.
type groupClaims struct {
	draining context.Context // ends when no more is to be processed
	drain    context.CancelFunc
	number   atomic.Int64
	none     chan struct{} // gets an element when, while draining, the last one has ended
	session  atomic.Pointer[consumerGroupSession]
}

func newGroupClaims() *groupClaims {
	c := &groupClaims{none: make(chan struct{}, 1)}
	c.draining, c.drain = context.WithCancel(context.Background())
	return c
}

// begin counts a claim. It is over, too, if this returns false.
func (c *groupClaims) begin() bool {
	c.number.Add(1)
	return c.draining.Err() == nil
}

func (c *groupClaims) end() {
	if c.number.Add(-1) == 0 && c.draining.Err() != nil {
		c.tell()
	}
}

func (c *groupClaims) tell() {
	select {
	case c.none <- struct{}{}:
	default:
	}
}

// Run implements ManagedConsumerGroup.
func (g *consumerGroup) Run(ctx context.Context, topics []string, handler ConsumerGroupHandler) error {
	for {
		err := g.Consume(ctx, topics, handler)
		switch {
		case ctx.Err() != nil, errors.Is(err, ErrClosedConsumerGroup):
			return nil
		case err == nil:
			continue
		case !mayJoinLater(err):
			return err
		}
		g.report(err, "", -1)
		if wait(ctx, g.conf.Consumer.Group.Rebalance.Retry.Backoff) != nil {
			return nil
		}
	}
}

// mayJoinLater tells whether an error is of the cluster, not of the user's making.
func mayJoinLater(err error) bool {
	var code KError
	if errors.As(err, &code) {
		return code != ErrInvalidGroupId && code != ErrInconsistentGroupProtocol && code != ErrUnsupportedVersion &&
			code != ErrGroupAuthorizationFailed && code != ErrTopicAuthorizationFailed
	}
	var broker *BrokerError
	return errors.Is(err, ErrOutOfBrokers) || errors.As(err, &broker)
}

// Drain implements ManagedConsumerGroup.
func (g *consumerGroup) Drain(ctx context.Context) error {
	g.claims.drain()
	if g.claims.number.Load() == 0 {
		g.claims.tell()
	}
	var late error
	select {
	case <-g.claims.none:
	case <-ctx.Done():
		late = context.Cause(ctx)
	}
	closed := make(chan error, 1)
	go withRecover(func() { closed <- g.Close() }) // one per Drain; ends when the group is closed
	if late == nil {
		select {
		case err := <-closed:
			return err
		case <-ctx.Done():
			late = context.Cause(ctx)
		}
	}
	return fmt.Errorf("draining group %s: %w", g.id, late)
}

// Lags implements ManagedConsumerGroup.
func (g *consumerGroup) Lags() []ClaimLag {
	session := g.claims.session.Load()
	if session == nil || session.ctx.Err() != nil {
		return nil
	}
	var lags []ClaimLag
	for topic, partitions := range session.Claims() {
		for _, partition := range partitions {
			lags = append(lags, g.lagOf(session, topicPartition{topic, partition}))
		}
	}
	slices.SortFunc(lags, func(a, b ClaimLag) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return lags
}

func (g *consumerGroup) lagOf(session *consumerGroupSession, tp topicPartition) ClaimLag {
	lag := ClaimLag{Topic: tp.topic, Partition: tp.partition, Records: -1}
	pc, pom := g.consumer.child(tp), session.offsets.find(tp.topic, tp.partition)
	if pc == nil || pom == nil {
		return lag
	}
	at, written := pom.progress()
	if at < 0 {
		at = pc.start.Load()
	}
	if lag.Records = max(pc.HighWaterMarkOffset()-at, 0); lag.Records > 0 && !written.IsZero() {
		lag.Time = max(time.Since(written), 0)
	}
	return lag
}

// child returns the consumer of a partition; nil: it is not read.
func (c *consumer) child(tp topicPartition) *partitionConsumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.children[tp]
}

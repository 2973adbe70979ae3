package sarama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// GetOffset implements Client.
func (c *client) GetOffset(topic string, partitionID int32, time int64) (int64, error) {
	return c.offsetAt(c.ctx, topic, partitionID, time)
}

// offsetAt asks the leader, and once more at once after a refresh: the one known may not be the leader any more. What passes
// by itself, as with a topic that was created just now, it sits out.
func (c *client) offsetAt(ctx context.Context, topic string, partition int32, time int64) (int64, error) {
	if c.Closed() {
		return -1, ErrClosedClient
	}
	ctx, release := c.bound(ctx)
	defer release()
	offset, err := c.askOffset(ctx, topic, partition, time)
	if err == nil {
		return offset, nil
	}
	err = c.offsetRetrier(topic, partition).do(ctx, func(ctx context.Context) (again bool, err error) {
		if err := c.refreshMetadata(ctx, topic); err != nil {
			return false, err
		}
		offset, err = c.askOffset(ctx, topic, partition, time)
		return passes(err), err
	})
	if err != nil {
		return -1, c.closedOr(err)
	}
	return offset, nil
}

// passes tells whether a broker's answer may be another soon.
func passes(err error) bool {
	var code KError
	return errors.As(err, &code) && protocol.Retriable(code)
}

func (c *client) offsetRetrier(topic string, partition int32) retrier {
	return retrier{
		max:     c.conf.Metadata.Retry.Max,
		backoff: backoffOf(c.conf.Metadata.Retry.Backoff, c.conf.Metadata.Retry.BackoffFunc),
		onRetry: func(backoff time.Duration, remaining int, err error) {
			c.conf.log().Printf("client/metadata asking for an offset of %s/%d again after %dms... (%d attempts remaining): %v\n",
				logTopic(topic), logPartition(partition), backoff/time.Millisecond, remaining, err)
		},
	}
}

func (c *client) askOffset(ctx context.Context, topic string, partition int32, time int64) (int64, error) {
	leader, _, err := c.leader(ctx, topic, partition)
	if err != nil {
		return -1, err
	}
	request := NewOffsetRequest(c.conf.Version)
	request.Version = protocol.MaxVersionFor(protocol.KeyListOffsets, c.conf.Version)
	request.AddBlock(topic, partition, time, 1)
	response, err := askContext[OffsetResponse](ctx, leader, request)
	if err != nil {
		if ctx.Err() == nil {
			_ = leader.Close()
		}
		return -1, c.closedOr(fmt.Errorf("offset of %s-%d: %w", topic, partition, brokerError(leader, err)))
	}
	return offsetOf(response.GetBlock(topic, partition))
}

// offsetOf is the one offset that a partition's answer must have.
func offsetOf(block *OffsetResponseBlock) (int64, error) {
	switch {
	case block == nil:
		return -1, ErrIncompleteResponse
	case block.Err != ErrNoError:
		return -1, block.Err
	case len(block.Offsets) != 1:
		return -1, ErrOffsetOutOfRange
	}
	return block.Offsets[0], nil
}

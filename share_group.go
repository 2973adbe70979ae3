package sarama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	shareJoinEpoch  = 0
	shareLeaveEpoch = -1
	// shareHeartbeat is how often to be heard of until the coordinator says.
	shareHeartbeat = 5 * time.Second
)

// heartbeats is one per ShareConsumer; it owns the membership, and ends with Close, when it has left the group.
func (c *ShareConsumer) heartbeats() {
	epoch, failures := int32(shareJoinEpoch), 0
	joined := false // as far as is known
	for {
		next, pause, err := c.heartbeat(c.ctx, epoch)
		joined = joined || err == nil || !unsent(err)
		c.unheard = err != nil
		if c.ctx.Err() != nil {
			break
		}
		switch {
		case err == nil:
			epoch, failures = next, 0
		case errors.Is(err, ErrUnknownMemberId), errors.Is(err, ErrFencedMemberEpoch):
			c.conf.log().Printf("share-group/%s joins again: %v\n", logGroup(c.group), err)
			epoch, pause, joined = shareJoinEpoch, 0, false
			c.unnamed = nil
			c.assign(nil)
			if failures++; failures > 1 {
				pause = c.backoff(failures)
			}
		default:
			c.report(err)
			pause = c.backoff(failures)
			failures++
		}
		if wait(c.ctx, pause) != nil {
			break
		}
	}
	c.mu.Lock()   // who holds mu may have seen that ctx had not ended, and begin to fetch
	c.mu.Unlock() //nolint:staticcheck // from here on nobody does
	c.loops.Wait()
	if joined {
		c.leave()
	}
}

// leave tells the coordinator that the member is none any more. What it fails with is of no use to anybody.
func (c *ShareConsumer) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), c.conf.Net.ReadTimeout)
	defer cancel()
	if err := leaveGroup(ctx, c.client, c.group, func(ctx context.Context) error {
		_, _, err := c.heartbeat(ctx, shareLeaveEpoch)
		return err
	}); err != nil {
		c.conf.log().Printf("share-group/%s leaving: %v\n", logGroup(c.group), err)
	}
}

// heartbeat keeps the member in the group, and takes what it is assigned.
func (c *ShareConsumer) heartbeat(ctx context.Context, epoch int32) (next int32, pause time.Duration, err error) {
	request := &ShareGroupHeartbeatRequest{
		Version: c.version(protocol.KeyShareGroupHeartbeat), GroupID: c.group, MemberID: c.memberID, MemberEpoch: epoch,
	}
	if epoch == shareJoinEpoch || c.unheard && epoch != shareLeaveEpoch {
		request.SubscribedTopicNames = c.topics
		if rack := c.conf.RackID; rack != "" {
			request.RackID = &rack
		}
	}
	coordinator, response, err := askCoordinator[ShareGroupHeartbeatResponse](ctx, c.client, c.group, request)
	if coordinator == nil {
		return epoch, 0, c.failure(err)
	}
	if err == nil && response.ErrorCode != ErrNoError {
		err = inWords(response.ErrorCode, response.ErrorMessage)
	}
	if err != nil {
		if judgeOffset(codeOf(err)) == offsetMoved && ctx.Err() == nil {
			_ = seekCoordinator(ctx, c.client, c.group)
		}
		return epoch, 0, c.failure(brokerError(coordinator, err))
	}
	if pause = response.HeartbeatInterval; pause <= 0 {
		pause = shareHeartbeat
	}
	if epoch != shareLeaveEpoch {
		c.follow(ctx, response.Assignment)
	}
	return response.MemberEpoch, pause, nil
}

// follow has fetched what the group gives the member, from whoever leads it now. Without an assignment it is the one before.
func (c *ShareConsumer) follow(ctx context.Context, assignment *ShareGroupAssignment) {
	if assignment != nil {
		c.unnamed = assignment
	}
	missing := false
	if c.unnamed != nil {
		missing = c.take(ctx, c.unnamed)
	} else {
		missing = c.route()
	}
	if missing {
		if err := c.client.refreshMetadata(ctx, c.topics...); err == nil {
			c.route()
		}
	}
}

// shareAdvice is what can be done about errors that trying again does not mend.
var shareAdvice = advice{
	ErrGroupAuthorizationFailed: readTheGroup,
	ErrTopicAuthorizationFailed: "allow the client's principal to READ the topic",
	ErrGroupIDNotFound:          anotherKind,
	ErrGroupMaxSizeReached:      "run fewer members, or raise the broker's group.share.max.size",
	ErrUnsupportedVersion:       "have all brokers run Kafka 4.1 at least, and set the cluster's feature share.version to 1",
}

// failure says of an error in which share group, and what can be done.
func (c *ShareConsumer) failure(err error) error {
	return shareAdvice.appended(fmt.Errorf("share group %s: %w", c.group, err))
}

// codeOf returns the error code that err has; if it has none, the connection has failed, and so may the coordinator.
func codeOf(err error) KError {
	var code KError
	if errors.As(err, &code) {
		return code
	}
	return ErrConsumerCoordinatorNotAvailable
}

// take turns an assignment, which has topics' ids, into partitions. It comes once: where an id's topic is not known, it is taken again
// with the next heartbeat.
func (c *ShareConsumer) take(ctx context.Context, assignment *ShareGroupAssignment) (missing bool) {
	names := c.names()
	for _, topic := range assignment.TopicPartitions {
		if names[topic.TopicID] == "" {
			if err := c.client.refreshMetadata(ctx, c.topics...); err != nil {
				c.report(c.failure(err))
			}
			names = c.names()
			break
		}
	}
	c.unnamed = nil
	assigned := make(map[topicPartition]Uuid)
	for _, topic := range assignment.TopicPartitions {
		name := names[topic.TopicID]
		if name == "" {
			c.unnamed = assignment // or it was deleted: the next assignment lacks it then
			continue
		}
		for _, partition := range topic.Partitions {
			assigned[topicPartition{name, partition}] = topic.TopicID
		}
	}
	return c.assign(assigned)
}

func (c *ShareConsumer) names() map[Uuid]string {
	names := make(map[Uuid]string)
	for _, topic := range c.topics {
		if id, ok := c.client.topicID(topic); ok {
			names[id] = topic
		}
	}
	return names
}

package sarama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// internalTopicDelay is how long the first group, or transaction, of a cluster waits for the topic that keeps all of
// them.
const internalTopicDelay = 2 * time.Second

// coordinatorKey is what a coordinator coordinates.
type coordinatorKey struct {
	kind CoordinatorType
	key  string // group or transactional id
}

// Controller implements Client.
func (c *client) Controller() (*Broker, error) { return c.controller(c.ctx) }

func (c *client) controller(ctx context.Context) (*Broker, error) {
	view := c.view.Load()
	if view.closed {
		return nil, ErrClosedClient
	}
	if !c.conf.Version.IsAtLeast(V0_10_0_0) {
		return nil, ErrUnsupportedVersion
	}
	if controller := view.brokers[view.controllerID]; controller != nil {
		c.connect(controller)
		return controller, nil
	}
	return c.freshController(ctx)
}

// freshController is the controller by new metadata.
func (c *client) freshController(ctx context.Context) (*Broker, error) {
	if err := c.refreshInUse(ctx); err != nil {
		return nil, err
	}
	view := c.view.Load()
	controller := view.brokers[view.controllerID]
	if controller == nil {
		return nil, c.closedOr(ErrControllerNotAvailable)
	}
	c.connect(controller)
	return controller, nil
}

// RefreshController implements Client.
func (c *client) RefreshController() (*Broker, error) { return c.refreshController(c.ctx) }

// refreshController leaves out the broker known as the controller first, lest it be the one that is asked: it would say
// that it still is.
func (c *client) refreshController(ctx context.Context) (*Broker, error) {
	view := c.view.Load()
	if view.closed {
		return nil, ErrClosedClient
	}
	if controller := view.brokers[view.controllerID]; controller != nil {
		c.putAside(controller)
	}
	return c.freshController(ctx)
}

// Coordinator implements Client.
func (c *client) Coordinator(consumerGroup string) (*Broker, error) {
	return c.coordinator(c.ctx, CoordinatorGroup, consumerGroup)
}

// TransactionCoordinator implements Client.
func (c *client) TransactionCoordinator(transactionID string) (*Broker, error) {
	return c.coordinator(c.ctx, CoordinatorTransaction, transactionID)
}

// RefreshCoordinator implements Client.
func (c *client) RefreshCoordinator(consumerGroup string) error {
	return c.refreshCoordinator(c.ctx, CoordinatorGroup, consumerGroup)
}

// RefreshTransactionCoordinator implements Client.
func (c *client) RefreshTransactionCoordinator(transactionID string) error {
	return c.refreshCoordinator(c.ctx, CoordinatorTransaction, transactionID)
}

// coordinator returns the coordinator as last heard, connected, or asks which it is.
func (c *client) coordinator(ctx context.Context, kind CoordinatorType, key string) (*Broker, error) {
	if c.Closed() {
		return nil, ErrClosedClient
	}
	if broker := c.knownCoordinator(kind, key); broker != nil {
		return broker, nil
	}
	if err := c.refreshCoordinator(ctx, kind, key); err != nil {
		return nil, err
	}
	if broker := c.knownCoordinator(kind, key); broker != nil {
		return broker, nil
	}
	return nil, c.closedOr(ErrConsumerCoordinatorNotAvailable)
}

// askCoordinator asks a group's coordinator. That is returned, unless there is none, whatever came of it.
func askCoordinator[R any, P interface {
	*R
	protocol.Message
}](ctx context.Context, client clusterClient, group string, request protocol.Message) (*Broker, *R, error) {
	coordinator, err := client.coordinator(ctx, CoordinatorGroup, group)
	if err != nil {
		return nil, nil, err
	}
	response, err := askContext[R, P](ctx, coordinator, request)
	return coordinator, response, err
}

// briefly bounds a question that any broker may answer while the coordinator, or the rest of the group, waits for the member: the one
// that is asked may stand still. A third of a session leaves time to go on without an answer.
func briefly(ctx context.Context, conf *Config) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, conf.Consumer.Group.Session.Timeout/3)
}

// seekCoordinator has a group's coordinator looked for, briefly: that last heard of may be the one still, and wait for heartbeats and
// commits. Who looks again asks another broker.
func seekCoordinator(ctx context.Context, client clusterClient, group string) error {
	ctx, cancel := briefly(ctx, client.Config())
	defer cancel()
	return client.refreshCoordinator(ctx, CoordinatorGroup, group)
}

// leaveGroup has a member leave by an attempt, and by others where the coordinator has moved or is loading the group: until it has
// left, the group waits for its session to time out.
func leaveGroup(ctx context.Context, client clusterClient, group string, attempt func(context.Context) error) error {
	conf := client.Config()
	loop := retrier{max: conf.Metadata.Retry.Max, backoff: backoffOf(conf.Metadata.Retry.Backoff, conf.Metadata.Retry.BackoffFunc)}
	return loop.do(ctx, func(ctx context.Context) (again bool, err error) {
		if err = attempt(ctx); !staleCoordinator(err) {
			return false, err
		}
		return client.refreshCoordinator(ctx, CoordinatorGroup, group) == nil, err
	})
}

// knownCoordinator is nil if the coordinator is not known.
func (c *client) knownCoordinator(kind CoordinatorType, key string) *Broker {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.coordinators[coordinatorKey{kind, key}]
	if !ok {
		return nil
	}
	broker := c.view.Load().brokers[id]
	if broker != nil {
		_ = broker.Open(c.conf)
	}
	return broker
}

// refreshCoordinator asks which broker the coordinator is, and retries.
func (c *client) refreshCoordinator(ctx context.Context, kind CoordinatorType, key string) error {
	if c.Closed() {
		return ErrClosedClient
	}
	// Version 0 of the request would find the coordinator of a group of that name.
	if kind == CoordinatorTransaction && !c.conf.Version.IsAtLeast(V0_11_0_0) {
		return ErrUnsupportedVersion
	}
	ctx, release := c.bound(ctx)
	defer release()
	loop := retrier{
		max:     c.conf.Metadata.Retry.Max,
		backoff: backoffOf(c.conf.Metadata.Retry.Backoff, c.conf.Metadata.Retry.BackoffFunc),
		onRetry: func(backoff time.Duration, remaining int, _ error) {
			c.conf.log().Printf("client/coordinator retrying after %dms... (%d attempts remaining)\n", backoff/time.Millisecond, remaining)
		},
	}
	var failed brokerFailures
	err := loop.do(ctx, func(ctx context.Context) (bool, error) {
		return c.findCoordinator(ctx, kind, key, &failed)
	})
	return c.closedOrNil(err)
}

// closedOrNil is closedOr for what may have gone well.
func (c *client) closedOrNil(err error) error {
	if err == nil {
		return nil
	}
	return c.closedOr(err)
}

// findCoordinator asks one broker after another until one answers.
func (c *client) findCoordinator(ctx context.Context, kind CoordinatorType, key string, failed *brokerFailures) (again bool, err error) {
	request := &FindCoordinatorRequest{
		Version:         protocol.MaxVersionFor(protocol.KeyFindCoordinator, c.conf.Version),
		CoordinatorKey:  key,
		CoordinatorType: kind,
	}
	var response *FindCoordinatorResponse
	settled, err := c.eachBroker(ctx, failed, func(broker *Broker) (settled bool, err error) {
		c.conf.debugLog().Printf("client/coordinator requesting coordinator for %s from %s\n", coordinatorKey{kind, key}, logAddress{broker})
		response, err = broker.findCoordinator(ctx, request)
		if err == nil {
			return true, nil
		}
		c.conf.log().Printf("client/coordinator request to broker %s failed: %s\n", logAddress{broker}, err)
		var notSent PacketEncodingError
		return errors.As(err, &notSent), err
	})
	if !settled {
		c.conf.log().Println("client/coordinator no available broker to send consumer metadata request to")
		return true, err
	}
	if err != nil {
		return false, err
	}
	again, err = judgeCoordinator(response)
	return again, c.takeCoordinator(ctx, coordinatorKey{kind, key}, response, err)
}

// firstManyCoordinators is the first version of FindCoordinator that asks for several (KIP-699).
const firstManyCoordinators = 4

// prefetchCoordinators keeps those that a broker names, with one request; who fails, or is unknown, is asked for later, one
// by one.
func (c *client) prefetchCoordinators(ctx context.Context, kind CoordinatorType, keys []string) {
	var unknown []string
	for _, key := range keys {
		if c.knownCoordinator(kind, key) == nil {
			unknown = append(unknown, key)
		}
	}
	version := protocol.MaxVersionFor(protocol.KeyFindCoordinator, c.conf.Version)
	broker := c.LeastLoadedBroker()
	if len(unknown) < 2 || version < firstManyCoordinators || broker == nil {
		return
	}
	if broker.haveVersion(ctx, protocol.KeyFindCoordinator, firstManyCoordinators) != nil {
		return
	}
	request := &FindCoordinatorRequest{Version: version, CoordinatorKeys: unknown, CoordinatorType: kind}
	response, err := askContext[protocol.FindCoordinatorResponse](ctx, broker, request)
	if err != nil {
		return
	}
	for _, found := range response.Coordinators {
		if found.Err == ErrNoError && found.Coordinator.ID >= 0 {
			_ = c.keepCoordinator(coordinatorKey{kind, found.Key}, newBrokerAt(&found.Coordinator))
		}
	}
}

// judgeCoordinator decides by a broker's answer whether there is a coordinator, and if not whether to ask again.
func judgeCoordinator(response *FindCoordinatorResponse) (again bool, err error) {
	switch {
	case response.Err == ErrGroupAuthorizationFailed:
		// It may have been granted a moment ago, and not have reached all brokers.
		return true, response.Err
	case response.Err != ErrNoError:
		return protocol.Retriable(response.Err), response.Err
	case response.Coordinator == nil || response.Coordinator.ID() < 0:
		return true, ErrConsumerCoordinatorNotAvailable
	}
	return false, nil
}

// takeCoordinator keeps the coordinator of an answer, or says why there is none.
func (c *client) takeCoordinator(ctx context.Context, of coordinatorKey, response *FindCoordinatorResponse, err error) error {
	switch {
	case err == nil:
		c.conf.debugLog().Printf("client/coordinator coordinator for %s is #%d (%s)\n", of, logBroker{response.Coordinator}, logAddress{response.Coordinator})
		return c.keepCoordinator(of, response.Coordinator)
	case errors.Is(err, ErrConsumerCoordinatorNotAvailable):
		c.conf.log().Printf("client/coordinator coordinator for %s is not available\n", of)
		c.awaitInternalTopics(ctx, of.kind)
	case errors.Is(err, ErrGroupAuthorizationFailed):
		c.conf.log().Printf("client was not authorized to access group %s while attempting to find coordinator", of)
	}
	if code := KError(0); errors.As(err, &code) {
		return code // which callers compare with ==
	}
	return fmt.Errorf("coordinator of %s: %w", printable(of.key), err)
}

func (c *client) keepCoordinator(of coordinatorKey, broker *Broker) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Closed() {
		c.conf.log().Printf("cannot register broker #%d at %s, client already closed", logBroker{broker}, logAddress{broker})
		return ErrClosedClient
	}
	c.registerLocked(broker)
	c.coordinators[of] = broker.ID()
	return nil
}

// awaitInternalTopics waits a little if the topics that keep groups and transactions are not there: they are created
// for the first of them in a cluster.
func (c *client) awaitInternalTopics(ctx context.Context, kind CoordinatorType) {
	topics := []string{"__consumer_offsets"}
	if kind == CoordinatorTransaction {
		topics = append(topics, "__transaction_state")
	}
	for _, topic := range topics {
		// The number of its partitions may be anything, but there is a first.
		if _, _, err := c.leader(ctx, topic, 0); err != nil && ctx.Err() == nil {
			c.conf.log().Printf("client/coordinator the %s topic is not initialized completely yet. Waiting 2 seconds...\n", logTopic(topic))
			_ = wait(ctx, internalTopicDelay)
		}
	}
}

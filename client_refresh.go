package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// RefreshMetadata implements Client.
func (c *client) RefreshMetadata(topics ...string) error {
	return c.refreshMetadata(c.ctx, topics...)
}

// refreshMetadata is RefreshMetadata for a caller who may leave earlier, with ctx's cause.
func (c *client) refreshMetadata(ctx context.Context, topics ...string) error {
	return c.refreshShared(ctx, topics, true)
}

// lookAt is refreshMetadata for those who only look: brokers create no topic for that (those before Kafka 0.11 cannot be told),
// and the topics do not count as in use, so that no later refresh creates them either.
func (c *client) lookAt(ctx context.Context, topics ...string) error {
	return c.refreshShared(ctx, topics, false)
}

// refreshShared refreshes topics, all if none is given, in use telling whether that is for somebody who uses them.
func (c *client) refreshShared(ctx context.Context, topics []string, inUse bool) error {
	if c.Closed() {
		return ErrClosedClient
	}
	// Kafka 0.8.1 fails badly on an empty name; later ones answer with this error.
	if slices.Contains(topics, "") {
		return ErrInvalidTopic
	}
	switch {
	case c.conf.Metadata.SingleFlight && inUse:
		return c.refreshInFlights(ctx, topics)
	case c.conf.Metadata.SingleFlight:
		return c.looks.do(ctx, topics)
	}
	ctx, release := c.bound(ctx)
	defer release()
	return c.refresh(ctx, topics, inUse)
}

// refreshInFlights shares a refresh with others. If that is one of all topics it tells nothing of those that do not exist, nor has
// them created: they are asked for by name then.
func (c *client) refreshInFlights(ctx context.Context, topics []string) error {
	if err := c.flights.do(ctx, topics); err != nil {
		return err
	}
	known := c.view.Load().topics
	untold := slices.DeleteFunc(slices.Clone(topics), func(topic string) bool { return known[topic] != nil })
	if len(untold) == 0 {
		return nil
	}
	return c.untold.do(ctx, untold)
}

// refreshInUse refreshes all topics, or those in use if Config.Metadata.Full is off.
func (c *client) refreshInUse(ctx context.Context) error {
	if c.conf.Metadata.Full {
		return c.refreshMetadata(ctx)
	}
	c.mu.Lock()
	topics := slices.Sorted(maps.Keys(c.topicsInUse))
	c.mu.Unlock()
	if len(topics) == 0 {
		return c.closedOr(ErrNoTopicsToUpdateMetadata)
	}
	return c.refreshMetadata(ctx, topics...)
}

// metadataLoop refreshes now and then.
//
// One per client; owns its ticker; ends at Close.
func (c *client) metadataLoop() {
	ticker := time.NewTicker(c.conf.Metadata.RefreshFrequency)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-c.ctx.Done():
			return
		}
		err := c.refreshInUse(c.ctx)
		if err != nil && !errors.Is(err, ErrNoTopicsToUpdateMetadata) && !errors.Is(err, ErrClosedClient) {
			c.conf.log().Println("Client background metadata update:", err)
		}
	}
}

// refresh asks for topics, all if none is given, and retries.
func (c *client) refresh(ctx context.Context, topics []string, inUse bool) error {
	if timeout := c.conf.Metadata.Timeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var again bool
	var failed brokerFailures
	left := c.conf.Metadata.Retry.Max
	loop := retrier{
		max:     c.conf.Metadata.Retry.Max,
		backoff: backoffOf(c.conf.Metadata.Retry.Backoff, c.conf.Metadata.Retry.BackoffFunc),
		onRetry: func(backoff time.Duration, remaining int, _ error) {
			left = remaining
			c.conf.log().Printf("client/metadata retrying after %dms... (%d attempts remaining)\n", backoff/time.Millisecond, remaining)
		},
	}
	err := loop.do(ctx, func(ctx context.Context) (bool, error) {
		var err error
		again, err = c.refreshOnce(ctx, topics, inUse, &failed)
		return again, err
	})
	if c.Closed() {
		return ErrClosedClient
	}
	if _, limited := ctx.Deadline(); limited && again && left > 0 {
		c.conf.log().Println("client/metadata skipping last retries as we would go past the metadata timeout")
	}
	return err
}

// refreshOnce asks one broker after another until one has an answer of use.
func (c *client) refreshOnce(ctx context.Context, topics []string, inUse bool, failed *brokerFailures) (again bool, err error) {
	request := NewMetadataRequest(c.conf.Version, topics)
	request.Version = protocol.MaxVersionFor(protocol.KeyMetadata, c.conf.Version)
	request.AllowAutoTopicCreation = inUse && c.conf.Metadata.AllowAutoTopicCreation && len(topics) > 0

	settled, err := c.eachBroker(ctx, failed, func(broker *Broker) (settled bool, err error) {
		if len(topics) > 0 {
			c.conf.debugLog().Printf("client/metadata fetching metadata for %v from broker %s\n", printableAll(topics), logAddress{broker})
		} else {
			c.conf.debugLog().Printf("client/metadata fetching metadata for all topics from broker %s\n", logAddress{broker})
		}
		response, err := broker.getMetadata(ctx, request)
		verdict, err := judgeMetadata(response, err)
		c.logMetadata(verdict, err, broker, topics)
		switch verdict {
		case metadataOfUse:
			again, err = c.learn(response, topics, inUse)
			return true, err
		case metadataHopeless:
			return true, brokerError(broker, err)
		case metadataRebootstrap:
			c.rebootstrap(broker)
		}
		return false, err
	})
	if settled {
		if again || err != nil && len(topics) == 0 { // else the caller has it
			c.conf.log().Printf("client/metadata is incomplete: %v\n", err)
		}
		return again, err
	}
	if ctx.Err() == nil {
		c.conf.log().Println("client/metadata no available broker to send metadata request to")
		return true, err
	}
	c.mu.Lock()
	next := c.nextLocked()
	c.mu.Unlock()
	if next != nil {
		c.conf.log().Printf("client/metadata not fetching metadata from broker %s as we would go past the metadata timeout\n", logAddress{next})
	}
	return true, err
}

// metadataVerdict is what to do with a broker's answer.
type metadataVerdict int8

const (
	metadataOfUse       metadataVerdict = iota // learn from it
	metadataElsewhere                          // ask another broker
	metadataHopeless                           // no broker will answer
	metadataRebootstrap                        // forget the brokers, start from the seeds again
)

var errNoBrokersInMetadata = errors.New("kafka: metadata without brokers, as from a broker that starts up")

// maxBrokers is more than any cluster has: who names more wants the client to dial them all.
const maxBrokers = 10_000

// judgeMetadata decides by a broker's response, or why there is none. The error is nil if the response is of use.
func judgeMetadata(response *MetadataResponse, err error) (metadataVerdict, error) {
	var notSent PacketEncodingError
	switch {
	case errors.As(err, &notSent), errors.Is(err, ErrSASLAuthenticationFailed), errors.Is(err, ErrTopicAuthorizationFailed):
		return metadataHopeless, err
	case err != nil:
		return metadataElsewhere, err
	case response.Err == ErrRebootstrapRequired:
		return metadataRebootstrap, response.Err
	case response.Err != ErrNoError:
		return metadataElsewhere, response.Err
	case len(response.Brokers) == 0:
		return metadataElsewhere, errNoBrokersInMetadata
	case len(response.Brokers) > maxBrokers:
		return metadataElsewhere, fmt.Errorf("metadata names %d brokers, more than %d are not believed", len(response.Brokers), maxBrokers)
	}
	return metadataOfUse, nil
}

func (c *client) logMetadata(verdict metadataVerdict, err error, broker *Broker, topics []string) {
	switch {
	case verdict == metadataOfUse:
	case errors.Is(err, ErrSASLAuthenticationFailed):
		c.conf.log().Println("client/metadata failed SASL authentication")
	case errors.Is(err, ErrTopicAuthorizationFailed):
		c.conf.log().Println("client is not authorized to access this topic. The topics were: ", printableAll(topics))
	case errors.Is(err, errNoBrokersInMetadata):
		c.conf.log().Printf("client/metadata receiving empty brokers from the metadata response when requesting the broker #%d at %s", logBroker{broker}, logAddress{broker})
	case verdict != metadataHopeless:
		c.conf.log().Printf("client/metadata got error from broker %s while fetching metadata: %v\n", logAddress{broker}, err)
	}
}

// learn takes in an answer to a request for topics, all if none is given.
func (c *client) learn(response *MetadataResponse, topics []string, inUse bool) (again bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	view := c.view.Load()
	if view.closed {
		return false, ErrClosedClient
	}
	all := len(topics) == 0
	if all {
		response = c.withoutForgedTopics(response)
	}
	if inUse {
		c.useLocked(response.Topics, all)
	}
	news := mergeTopics(view.topics, response.Topics, all, topics)
	c.view.Store(&clusterView{
		brokers:      c.mergeBrokersLocked(view.brokers, response.Brokers),
		controllerID: response.ControllerID,
		topics:       news.topics,
	})
	return news.retry, news.err()
}

// useLocked has topics refreshed from now on, and no others if these are all.
func (c *client) useLocked(topics []*TopicMetadata, all bool) {
	if all {
		clear(c.topicsInUse)
	}
	for _, topic := range topics {
		c.topicsInUse[topic.Name] = struct{}{}
	}
}

// withoutForgedTopics leaves out the topics that Kafka allows nobody to create: their names would go into logs and errors.
func (c *client) withoutForgedTopics(response *MetadataResponse) *MetadataResponse {
	forged := func(topic *TopicMetadata) bool { return printable(topic.Name) != topic.Name }
	if !slices.ContainsFunc(response.Topics, forged) {
		return response
	}
	c.conf.log().Println("client/metadata leaving out topics whose names cannot be printed")
	real := *response
	real.Topics = slices.DeleteFunc(slices.Clone(response.Topics), forged)
	return &real
}

package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/rcrowley/go-metrics"

	"github.com/seed20e6684a/sarama/protocol"
)

// Errors of consumer groups. Those named ErrSession, ErrRebalance and ErrPartition are causes: context.Cause tells them of a
// session's context, and of a claim's.
var (
	// ErrClosedConsumerGroup is returned by Consume after the group's Close, and is the cause of sessions that Close ends.
	ErrClosedConsumerGroup = errors.New("kafka: tried to use a consumer group that was closed")
	// ErrSessionPartitionCountChanged is the cause when a topic of the group got partitions, or was deleted.
	ErrSessionPartitionCountChanged = errors.New("kafka: partition count changed for subscribed topic")
	// ErrSessionTopicsChanged is the cause when other topics match the subscription's patterns than before.
	ErrSessionTopicsChanged = errors.New("kafka: topics that match the subscription changed")
	// ErrSessionConsumeClaimExited is the cause when a ConsumeClaim returned while its partition was still claimed.
	ErrSessionConsumeClaimExited = errors.New("kafka: ConsumeClaim goroutine exited")
	// ErrSessionHeartbeatFailed is the cause when heartbeats ended for a reason that is not told.
	ErrSessionHeartbeatFailed = errors.New("kafka: heartbeat loop failed")
	// ErrRebalanceTimedOut is the cause when a ConsumeClaim did not return within Config.Consumer.Group.Rebalance.Timeout
	// after its partition was revoked.
	ErrRebalanceTimedOut = errors.New("kafka: ConsumeClaim did not exit within Consumer.Group.Rebalance.Timeout of being revoked")
	// ErrPartitionRevoked is the cause of a claim whose partition goes to another member, while the session goes on.
	ErrPartitionRevoked = errors.New("kafka: partition revoked by rebalance")
)

// ConsumerGroup is a member of a group that shares the partitions of topics.
//
// Call Consume in a loop: it returns when the partitions are to be shared anew, and the next call takes part in that. It is
// safe for concurrent use; calls of Consume wait for one another.
type ConsumerGroup interface {
	// Consume joins the group, and has handler process the partitions that the member gets, its claims:
	//
	//  1. handler.Setup is called.
	//  2. handler.ConsumeClaim is called for each claim, each on a goroutine of its own.
	//  3. When the session ends, its context and the claims' Messages end; Consume waits until all ConsumeClaims have returned.
	//  4. handler.Cleanup is called, and what was marked is committed, if Config.Consumer.Offsets.AutoCommit is enabled. If the
	//     member is to join again that is tried for Config.Consumer.Group.Rebalance.Timeout where the coordinator is away.
	//
	// A session ends with ctx, with Close, when one ConsumeClaim returns, when the member is none any more, and with an eager
	// strategy (range, round robin, sticky) in each rebalance. With a cooperative strategy (KIP-429) and with the consumer
	// protocol (KIP-848) it lives on through rebalances: claims that do not move go on undisturbed, the Messages of those that
	// do end, and new ones begin. ConsumeClaim has to return within Config.Consumer.Group.Rebalance.Timeout then; if it does
	// not, the session ends with ErrRebalanceTimedOut.
	//
	// A topic that begins with "^" is a regular expression (RE2) which stands for all topics that it matches as a whole,
	// Kafka's internal ones left out; topics that come and go are noticed every Config.Metadata.RefreshFrequency.
	//
	// It returns nil when the session or ctx has ended, whatever the reason; Setup's and Cleanup's error; why it could not join;
	// ErrClosedConsumerGroup after Close. The member stays in the group until Close, or until it has not been heard of for
	// Config.Consumer.Group.Session.Timeout.
	Consume(ctx context.Context, topics []string, handler ConsumerGroupHandler) error

	// Errors gives what went wrong, if Config.Consumer.Return.Errors is true; otherwise it is logged. Errors that find the
	// channel full are dropped.
	Errors() <-chan error

	// Close ends the session, waits for it, and leaves the group; a static member (Config.Consumer.Group.InstanceId) does not
	// leave, and gets its partitions back when it comes again within Config.Consumer.Group.Session.Timeout. It returns the
	// last error that nobody had read from Errors.
	Close() error

	// Pause has partitions not fetched any more, until Resume. What is fetched already is still delivered. The partitions stay
	// with the member.
	Pause(partitions map[string][]int32)

	// Resume has paused partitions fetched again.
	Resume(partitions map[string][]int32)

	// PauseAll is Pause for all partitions that are read now.
	PauseAll()

	// ResumeAll is Resume for all partitions.
	ResumeAll()
}

// consumerGroup is what a member keeps from one session to the next.
type consumerGroup struct {
	client     clusterClient
	conf       *Config
	id         string
	instanceID *string
	consumer   *consumer
	closing    context.Context // ends when Close begins
	close      context.CancelCauseFunc
	once       sync.Once
	scope      *metricScope
	count      groupCounters
	claims     *groupClaims
	late       *lateJoins

	// turn is held by the one Consume that is under way, or by Close. Who has it owns what follows.
	turn     chan struct{}
	protocol RebalanceProtocol
	memberID string
	userData []byte           // of the last assignment, for the next subscription
	reason   error            // why the next join is necessary
	known    map[string]int32 // how many partitions a topic had when it was first subscribed to
	patterns string           // of the last subscription
	joined   bool             // a group of the consumer protocol

	mu         sync.Mutex // guards what follows
	errors     chan error
	errorsDone bool
}

type groupCounters struct {
	joins, failedJoins, syncs, failedSyncs metrics.Counter
}

// NewConsumerGroup connects to the cluster that addrs (host:port) belong to, and returns a member of a group. A nil config is
// NewConfig().
func NewConsumerGroup(addrs []string, groupID string, config *Config) (ConsumerGroup, error) {
	client, err := NewClient(addrs, config)
	if err != nil {
		return nil, err
	}
	group, err := newConsumerGroup(groupID, client)
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	return group, nil
}

// NewConsumerGroupFromClient returns a member of a group that uses a client, which stays yours to close, after the group. A
// client serves one group at a time.
func NewConsumerGroupFromClient(groupID string, client Client) (ConsumerGroup, error) {
	if client == nil {
		return nil, ConfigurationError("client must not be nil")
	}
	group, err := newConsumerGroup(groupID, newNopCloserClient(client))
	if err != nil {
		return nil, err
	}
	return group, nil
}

func newConsumerGroup(groupID string, client Client) (*consumerGroup, error) {
	conf := client.Config()
	if !conf.Version.IsAtLeast(V0_10_2_0) {
		return nil, ConfigurationError("consumer groups require Version to be >= V0_10_2_0")
	}
	protocol, err := selectRebalanceProtocol(conf.groupStrategies())
	if err != nil {
		return nil, err
	}
	consumer, err := newConsumer(newNopCloserClient(client))
	if err != nil {
		return nil, err
	}
	g := &consumerGroup{
		client:   internalsOf(client),
		conf:     conf,
		id:       groupID,
		consumer: consumer,
		scope:    newMetricScope(conf.MetricRegistry),
		turn:     make(chan struct{}, 1),
		protocol: protocol,
		userData: conf.Consumer.Group.Member.UserData,
		known:    make(map[string]int32),
		claims:   newGroupClaims(),
		late:     newLateJoins(),
		errors:   make(chan error, conf.ChannelBufferSize),
	}
	g.count = groupCounters{
		joins:       g.scope.counter("consumer-group-join-total-" + groupID),
		failedJoins: g.scope.counter("consumer-group-join-failed-" + groupID),
		syncs:       g.scope.counter("consumer-group-sync-total-" + groupID),
		failedSyncs: g.scope.counter("consumer-group-sync-failed-" + groupID),
	}
	g.closing, g.close = context.WithCancelCause(context.Background())
	if id := conf.Consumer.Group.InstanceId; id != "" && conf.Version.IsAtLeast(V2_3_0_0) {
		g.instanceID = &id
	}
	consumer.told.hasMember(g)
	return g, nil
}

// Errors implements ConsumerGroup.
func (g *consumerGroup) Errors() <-chan error { return g.errors }

// Pause implements ConsumerGroup.
func (g *consumerGroup) Pause(partitions map[string][]int32) { g.consumer.Pause(partitions) }

// Resume implements ConsumerGroup.
func (g *consumerGroup) Resume(partitions map[string][]int32) { g.consumer.Resume(partitions) }

// PauseAll implements ConsumerGroup.
func (g *consumerGroup) PauseAll() { g.consumer.PauseAll() }

// ResumeAll implements ConsumerGroup.
func (g *consumerGroup) ResumeAll() { g.consumer.ResumeAll() }

// Consume implements ConsumerGroup.
func (g *consumerGroup) Consume(ctx context.Context, topics []string, handler ConsumerGroupHandler) error {
	if g.closing.Err() != nil {
		return ErrClosedConsumerGroup
	}
	select {
	case g.turn <- struct{}{}:
	case <-g.closing.Done():
		return ErrClosedConsumerGroup
	case <-ctx.Done():
		return nil
	}
	defer func() { <-g.turn }()
	if g.closing.Err() != nil { // Close may have left the group already
		return ErrClosedConsumerGroup
	}
	sub, err := parseSubscription(topics)
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(g.closing, func() { cancel(ErrClosedConsumerGroup) })
	defer stop()
	return g.outcome(ctx, g.consume(inner, sub, handler))
}

// consume is one session, whatever the protocol.
func (g *consumerGroup) consume(ctx context.Context, sub *subscription, handler ConsumerGroupHandler) error {
	if err := sub.resolve(ctx, g.client); err != nil {
		return err
	}
	g.noteTopics(sub)
	if g.conf.Consumer.Group.Protocol == ConsumerGroupProtocolConsumer {
		return g.consumeEpochs(ctx, sub, handler)
	}
	return g.consumeClassic(ctx, sub, handler)
}

// sessionError is of a session that has begun: it is returned as it is, even if the context has ended meanwhile.
type sessionError struct{ error }

// outcome is what Consume returns for an error.
func (g *consumerGroup) outcome(ctx context.Context, err error) error {
	var ended sessionError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ended):
		return ended.error
	case g.closing.Err() != nil, errors.Is(err, ErrClosedClient):
		return ErrClosedConsumerGroup
	case ctx.Err() != nil:
		return nil // as when a session has ended with it: programs shut down that way, and take errors for failures
	default:
		return err
	}
}

// Close implements ConsumerGroup.
func (g *consumerGroup) Close() (err error) {
	g.once.Do(func() {
		g.close(ErrClosedConsumerGroup)
		g.turn <- struct{}{} // waits for the session, and is never given back: Consume sees that the group is closed
		if failed := g.leave(); failed != nil {
			err = fmt.Errorf("leaving group %s: %w", g.id, failed)
		}
		g.late.settle(g.conf.Consumer.Group.Session.Timeout)
		g.mu.Lock()
		g.errorsDone = true
		g.mu.Unlock()
		close(g.errors)
		for failed := range g.errors {
			err = failed
		}
		if failed := g.consumer.Close(); failed != nil {
			err = failed
		}
		if failed := g.client.Close(); failed != nil {
			err = failed
		}
		g.scope.close()
	})
	return err
}

// log is where lines go that do not name the group.
func (g *consumerGroup) log() StdLogger { return g.conf.logOfGroup(g.id) }

// groupAdvice is what can be done about errors that joining again does not mend.
var groupAdvice = advice{
	ErrInvalidSessionTimeout:     "bring Consumer.Group.Session.Timeout within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms",
	ErrInconsistentGroupProtocol: "have all members share Consumer.Group.Protocol, and one of Consumer.Group.Rebalance.GroupStrategies",
	ErrGroupMaxSizeReached:       "run fewer members, or raise the broker's group.max.size, group.consumer.max.size in the consumer protocol",
	ErrFencedInstancedId:         oneInstanceID,
	ErrUnreleasedInstanceID:      oneInstanceID,
	ErrInvalidGroupId:            "give the group a name",
	ErrGroupAuthorizationFailed:  readTheGroup,
	ErrGroupIDNotFound:           anotherKind,
	ErrUnsupportedAssignor:       "set Consumer.Group.RemoteAssignor to one of the broker's group.consumer.assignors, or to nothing",
}

const (
	oneInstanceID = "give each member a Consumer.Group.InstanceId of its own"
	readTheGroup  = "allow the client's principal to READ the group"
	anotherKind   = "give the group another name: this one is of a group of another kind"
)

// failure says of an error what the member was doing in which group, at which broker if one was found, what that said, and what can
// be done. Codes that pass stay as they are: programs compare what Consume returns with them.
func (g *consumerGroup) failure(doing string, coordinator *Broker, err error, said *string) error {
	if code, bare := err.(KError); bare && mayPass(code) {
		return err
	}
	err = inWords(err, said)
	if coordinator != nil {
		err = brokerError(coordinator, err)
	}
	return groupAdvice.appended(fmt.Errorf("%s group %s: %w", doing, g.id, err))
}

// mayPass tells whether a member that joins again may have more luck.
func mayPass(code KError) bool {
	switch code {
	case ErrUnknownMemberId, ErrIllegalGeneration, ErrRebalanceInProgress, ErrFencedMemberEpoch:
		return true
	default:
		return protocol.Retriable(code)
	}
}

// report tells the user what went wrong; with no topic it is about the group.
func (g *consumerGroup) report(err error, topic string, partition int32) {
	var placed *ConsumerError
	if !errors.As(err, &placed) && topic != "" && partition >= 0 {
		err = &ConsumerError{Topic: topic, Partition: partition, Err: err}
	}
	if !g.conf.Consumer.Return.Errors {
		g.log().Println(err)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.errorsDone || g.closing.Err() != nil {
		return
	}
	select {
	case g.errors <- err:
	default: // nobody reads them
	}
}

package sarama

import (
	"context"

	"github.com/seed20e6684a/sarama/protocol"
)

// clusterClient is what producers and consumers need of a client beyond Client. internalsOf finds it for any.
type clusterClient interface {
	Client

	// knownPartitions returns a topic's partitions, all or those that have a leader, as last heard; none if they are not
	// known. It asks nobody. The slice is shared: do not change it.
	knownPartitions(topic string, writable bool) []int32
	// partitionsOf is Partitions or WritablePartitions for a caller who may leave earlier.
	partitionsOf(ctx context.Context, topic string, writable bool) ([]int32, error)
	// leaderOf returns a partition's leader, connected, and its epoch, as last heard. It asks nobody.
	leaderOf(topic string, partition int32) (leader *Broker, epoch int32, err error)
	// leader is leaderOf, but asks the cluster if the leader is not known.
	leader(ctx context.Context, topic string, partition int32) (leader *Broker, epoch int32, err error)
	// connect connects to one of the cluster's brokers that is not, in the background: requests report why that failed.
	connect(broker *Broker)
	// updateLeader takes a hint from an answer to a produce or fetch request (KIP-951). A nil endpoint: not told.
	updateLeader(topic string, partition int32, leaderID, epoch int32, endpoint *protocol.BrokerAddress)
	// topicID returns a topic's id (KIP-516), as last heard, and whether it is known.
	topicID(topic string) (Uuid, bool)
	// refreshMetadata is RefreshMetadata for a caller who may leave earlier.
	refreshMetadata(ctx context.Context, topics ...string) error
	// lookAt is refreshMetadata that creates no topics.
	lookAt(ctx context.Context, topics ...string) error
	// offsetAt is GetOffset for a caller who may leave earlier.
	offsetAt(ctx context.Context, topic string, partition int32, time int64) (int64, error)
	// coordinator returns the coordinator of a group or a transactional id, connected, and asks which it is if not known.
	coordinator(ctx context.Context, kind CoordinatorType, key string) (*Broker, error)
	// refreshCoordinator asks which broker that coordinator is.
	refreshCoordinator(ctx context.Context, kind CoordinatorType, key string) error
	// prefetchCoordinators asks for many coordinators at once that are not known, where brokers can tell (KIP-699). What came
	// of it coordinator tells.
	prefetchCoordinators(ctx context.Context, kind CoordinatorType, keys []string)
	// controller is Controller for a caller who may leave earlier.
	controller(ctx context.Context) (*Broker, error)
	// refreshController is RefreshController for a caller who may leave earlier.
	refreshController(ctx context.Context) (*Broker, error)
	// initProducerID is InitProducerID for a caller who may leave earlier.
	initProducerID(ctx context.Context) (*InitProducerIDResponse, error)
}

// internalsOf returns the client itself if it is one of this package, else one that makes do with Client's methods.
func internalsOf(c Client) clusterClient {
	if internals, ok := c.(clusterClient); ok {
		return internals
	}
	return foreignClient{c}
}

// nopCloserClient is a client that belongs to somebody else: Close does nothing.
type nopCloserClient struct {
	clusterClient
}

// newNopCloserClient is for the New...FromClient functions.
func newNopCloserClient(c Client) *nopCloserClient {
	return &nopCloserClient{internalsOf(c)}
}

// Close implements Client.
func (*nopCloserClient) Close() error { return nil }

// outlastsContext tells whether calls may go on when their context has ended.
func outlastsContext(c clusterClient) bool {
	if lent, ok := c.(*nopCloserClient); ok {
		c = lent.clusterClient
	}
	_, foreign := c.(foreignClient)
	return foreign
}

// foreignClient is a Client that a user implemented, or embedded in something. Its calls do not end before their time.
type foreignClient struct {
	Client
}

// knownPartitions knows none: the caller has to ask.
func (f foreignClient) knownPartitions(string, bool) []int32 { return nil }

func (f foreignClient) partitionsOf(_ context.Context, topic string, writable bool) ([]int32, error) {
	if writable {
		return f.WritablePartitions(topic)
	}
	return f.Partitions(topic)
}

func (f foreignClient) leaderOf(topic string, partition int32) (*Broker, int32, error) {
	return f.LeaderAndEpoch(topic, partition)
}

func (f foreignClient) leader(_ context.Context, topic string, partition int32) (*Broker, int32, error) {
	return f.LeaderAndEpoch(topic, partition)
}

func (f foreignClient) connect(broker *Broker) { _ = broker.Open(f.Config()) }

// updateLeader does nothing: the user's client finds out when it refreshes.
func (f foreignClient) updateLeader(string, int32, int32, int32, *protocol.BrokerAddress) {}

// topicID knows none, so that requests name topics.
func (f foreignClient) topicID(string) (Uuid, bool) { return Uuid{}, false }

func (f foreignClient) refreshMetadata(_ context.Context, topics ...string) error {
	return f.RefreshMetadata(topics...)
}

// lookAt cannot say that it only looks.
func (f foreignClient) lookAt(_ context.Context, topics ...string) error {
	return f.RefreshMetadata(topics...)
}

func (f foreignClient) offsetAt(_ context.Context, topic string, partition int32, time int64) (int64, error) {
	return f.GetOffset(topic, partition, time)
}

func (f foreignClient) coordinator(_ context.Context, kind CoordinatorType, key string) (*Broker, error) {
	if kind == CoordinatorTransaction {
		return f.TransactionCoordinator(key)
	}
	return f.Coordinator(key)
}

func (f foreignClient) refreshCoordinator(_ context.Context, kind CoordinatorType, key string) error {
	if kind == CoordinatorTransaction {
		return f.RefreshTransactionCoordinator(key)
	}
	return f.RefreshCoordinator(key)
}

// prefetchCoordinators does nothing: coordinator asks for one after another.
func (f foreignClient) prefetchCoordinators(context.Context, CoordinatorType, []string) {}

func (f foreignClient) controller(context.Context) (*Broker, error) { return f.Controller() }

func (f foreignClient) refreshController(context.Context) (*Broker, error) {
	return f.RefreshController()
}

func (f foreignClient) initProducerID(context.Context) (*InitProducerIDResponse, error) {
	return f.InitProducerID()
}

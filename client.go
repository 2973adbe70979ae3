package sarama

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seed20e6684a/sarama/protocol"
)

// Client knows a cluster: its brokers, topics, partitions and their leaders, and the coordinators of groups and
// transactions. Producers, consumers and cluster admins are made of one, and can share it.
//
// What it knows it keeps, and asks the cluster again when it does not find something, when a user of it found its
// answer to be out of date, and every Config.Metadata.RefreshFrequency. Each method that has to ask retries as
// Config.Metadata.Retry says; errors.Is finds ErrOutOfBrokers where no broker could be asked, and errors.As the
// BrokerError of each that was tried. After Close methods return ErrClosedClient, and Broker ErrBrokerNotFound.
//
// It is safe for concurrent use. Close it, after the producers and consumers that use it.
type Client interface {
	// Config returns the configuration that the client was made with. Do not change it.
	Config() *Config

	// Controller returns the broker that controls the cluster (KIP-4), as last heard; with KRaft, a broker that passes on
	// to the controller. It needs Config.Version 0.10.0.0, else it returns ErrUnsupportedVersion; without a controller it
	// returns ErrControllerNotAvailable.
	Controller() (*Broker, error)

	// RefreshController is Controller with fresh metadata.
	RefreshController() (*Broker, error)

	// Brokers returns the brokers of the cluster as last heard, in no order. They are not connected unless used before.
	Brokers() []*Broker

	// Broker returns the broker with an id, as last heard, and connects to it. It returns ErrBrokerNotFound if there is
	// none.
	Broker(brokerID int32) (*Broker, error)

	// Topics returns the names of the topics that metadata is kept of, in no order.
	Topics() ([]string, error)

	// Partitions returns the partitions of a topic in ascending order. It returns ErrUnknownTopicOrPartition if there is
	// no such topic. Do not change what it returns.
	Partitions(topic string) ([]int32, error)

	// WritablePartitions is Partitions without those that have no leader for now.
	WritablePartitions(topic string) ([]int32, error)

	// Leader returns the leader of a partition, as last heard, and connects to it. It returns ErrLeaderNotAvailable while
	// there is none, and ErrUnknownTopicOrPartition if there is no such partition.
	Leader(topic string, partitionID int32) (*Broker, error)

	// LeaderAndEpoch is Leader with the leader's epoch (KIP-320): -1 if the brokers do not tell, before Kafka 2.1.
	LeaderAndEpoch(topic string, partitionID int32) (*Broker, int32, error)

	// Replicas returns the ids of all brokers that have a partition, the preferred leader first.
	Replicas(topic string, partitionID int32) ([]int32, error)

	// InSyncReplicas returns the ids of the brokers that have all of a partition.
	InSyncReplicas(topic string, partitionID int32) ([]int32, error)

	// OfflineReplicas returns the ids of the brokers that have a partition but cannot serve it (KIP-112, Kafka 1.0).
	OfflineReplicas(topic string, partitionID int32) ([]int32, error)

	// RefreshBrokers replaces the addresses that the client starts from, and closes its connections: the next metadata
	// comes from one of the new addresses.
	RefreshBrokers(addrs []string) error

	// RefreshMetadata asks the cluster for the metadata of topics, of all if none is given. The error wraps one for each
	// topic that has no valid metadata, among them ErrUnknownTopicOrPartition and ErrLeaderNotAvailable.
	RefreshMetadata(topics ...string) error

	// GetOffset returns the offset of the first record of a partition that is not before time, in milliseconds since the
	// epoch; OffsetOldest and OffsetNewest are special times. It returns -1 if all records are before time. While the
	// leader is not the leader yet, or any more, it asks again as Config.Metadata.Retry says.
	GetOffset(topic string, partitionID int32, time int64) (int64, error)

	// Coordinator returns the broker that coordinates a consumer group, as last heard, and connects to it. It returns
	// ErrConsumerCoordinatorNotAvailable while there is none.
	Coordinator(consumerGroup string) (*Broker, error)

	// RefreshCoordinator asks the cluster which broker coordinates a consumer group.
	RefreshCoordinator(consumerGroup string) error

	// TransactionCoordinator returns the broker that coordinates a transactional id, as last heard, and connects to it
	// (KIP-98). It needs Config.Version 0.11.0.0, else it returns ErrUnsupportedVersion; while there is no coordinator it
	// returns ErrConsumerCoordinatorNotAvailable.
	TransactionCoordinator(transactionID string) (*Broker, error)

	// RefreshTransactionCoordinator asks the cluster which broker coordinates a transactional id.
	RefreshTransactionCoordinator(transactionID string) error

	// InitProducerID asks the cluster for a producer id for idempotent writes (KIP-98). The answer's Err is to be checked.
	// It needs Config.Version 0.11.0.0, else it returns ErrUnsupportedVersion.
	InitProducerID() (*InitProducerIDResponse, error)

	// LeastLoadedBroker returns the known broker with the fewest requests in flight and connects to it. As long as no
	// broker is known it is one of those that the client started from; it is nil when all of them have failed.
	LeastLoadedBroker() *Broker

	// PartitionNotReadable tells whether a partition has no leader to read from, as last heard.
	PartitionNotReadable(topic string, partition int32) bool

	// Close ends all that the client does and closes its connections; calls under way return ErrClosedClient. When it
	// returns nothing is left running. Further calls return ErrClosedClient.
	Close() error

	// Closed tells whether Close was called.
	Closed() bool
}

// client implements Client. Look-ups read view without a lock, since producers make them for each batch.
type client struct {
	conf    *Config
	view    atomic.Pointer[clusterView]
	flights flights // single flight of refreshes
	looks   flights // and of those that create no topic
	untold  flights // and of topics of which a refresh of all has told nothing
	// telemetry is nil if that is off.
	telemetry *telemetry

	// ctx ends at Close, with ErrClosedClient as its cause.
	ctx   context.Context
	close context.CancelCauseFunc
	work  sync.WaitGroup // goroutines; added to while mu is held and the client is open

	mu           sync.Mutex // guards what follows, and all changes of view
	seeds        seedList
	topicsInUse  map[string]struct{} // to be refreshed where not all topics are
	coordinators map[coordinatorKey]int32
}

// NewClient returns a client that starts from the given addresses (host:port): it asks one of them after another for
// the cluster's metadata, in random order, until one answers. A nil conf is NewConfig().
//
// It returns an error which wraps ErrOutOfBrokers, and a BrokerError for each address, if none can be asked; with
// Config.Metadata.Full false it does not ask, and succeeds. That some topics or partitions are not available is no
// error.
func NewClient(addrs []string, conf *Config) (Client, error) {
	return newClient(addrs, conf)
}

func newClient(addrs []string, conf *Config) (*client, error) {
	conf.debugLog().Println("Initializing new client")
	if conf == nil {
		conf = NewConfig()
	}
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	if len(addrs) < 1 {
		return nil, ConfigurationError("You must provide at least one broker address")
	}
	limitEventHubs(addrs[0], conf)

	c := &client{
		conf:         conf,
		topicsInUse:  make(map[string]struct{}),
		coordinators: make(map[coordinatorKey]int32),
	}
	c.view.Store(&clusterView{controllerID: -1})
	c.ctx, c.close = context.WithCancelCause(context.Background())
	c.flights.run = func(topics []string) error { return c.refresh(c.ctx, topics, true) }
	c.looks.run = func(topics []string) error { return c.refresh(c.ctx, topics, false) }
	c.untold.run = c.flights.run
	c.flights.start, c.looks.start, c.untold.start = c.start, c.start, c.start
	if conf.Telemetry.Enable {
		c.telemetry = newTelemetry(c)
	}
	if err := c.bootstrap(addrs); err != nil {
		_ = c.Close()
		return nil, err
	}
	conf.debugLog().Println("Successfully initialized new client")
	return c, nil
}

// limitEventHubs keeps to what Azure's Event Hubs serve: they break off connections that ask for later versions.
func limitEventHubs(addr string, conf *Config) {
	if !strings.Contains(addr, ".servicebus.windows.net") {
		return
	}
	if conf.Version.IsAtLeast(V1_1_0_0) || !conf.Version.IsAtLeast(V0_11_0_0) {
		conf.log().Println("Connecting to Azure Event Hubs, forcing version to V1_0_0_0 for compatibility")
		conf.Version = V1_0_0_0
	}
}

// bootstrap finds the cluster and begins to refresh.
func (c *client) bootstrap(addrs []string) error {
	addrs, err := c.bootstrapAddresses(addrs)
	if err != nil {
		return err
	}
	c.seeds = newSeedList(addrs, c.meter())
	if c.conf.Metadata.Full {
		if err := c.refreshMetadata(c.ctx); toleratedAtStart(err) {
			c.conf.log().Println(err)
		} else if err != nil {
			return err
		}
	}
	if c.conf.Metadata.RefreshFrequency > 0 {
		c.start(c.metadataLoop)
	}
	if c.telemetry != nil {
		c.telemetry.begin()
	}
	return nil
}

// toleratedAtStart tells whether a part of the cluster is to be seen, although another is down or forbidden.
func toleratedAtStart(err error) bool {
	return errors.Is(err, ErrLeaderNotAvailable) || errors.Is(err, ErrReplicaNotAvailable) ||
		errors.Is(err, ErrTopicAuthorizationFailed) || errors.Is(err, ErrClusterAuthorizationFailed)
}

// start runs fn in a goroutine that Close waits for; once the client is closed it does nothing and returns false.
func (c *client) start(fn func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Closed() {
		return false
	}
	c.startLocked(fn)
	return true
}

func (c *client) startLocked(fn func()) {
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		withRecover(fn)
	}()
}

// Config implements Client.
func (c *client) Config() *Config { return c.conf }

// Closed implements Client.
func (c *client) Closed() bool { return c.view.Load().closed }

// Close implements Client.
func (c *client) Close() error {
	c.telemetry.finish()
	c.mu.Lock()
	if c.Closed() {
		c.mu.Unlock()
		// Close is often deferred, and its error not looked at.
		c.conf.log().Printf("Close() called on already closed client")
		return ErrClosedClient
	}
	c.conf.debugLog().Println("Closing Client")
	brokers := c.view.Load().brokers
	c.view.Store(&clusterView{closed: true, controllerID: -1})
	for _, broker := range brokers {
		c.retireLocked(broker)
	}
	c.retireSeedsLocked()
	c.mu.Unlock()

	c.close(ErrClosedClient)
	c.work.Wait()
	return nil
}

// bound returns a context that ends with ctx and at Close, whose error is ErrClosedClient then. Call the function when
// it is no longer needed.
func (c *client) bound(ctx context.Context) (context.Context, func()) {
	if ctx == c.ctx {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.ctx, func() { cancel(ErrClosedClient) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// InitProducerID implements Client.
func (c *client) InitProducerID() (*InitProducerIDResponse, error) { return c.initProducerID(c.ctx) }

// initProducerID is InitProducerID for a caller who may leave earlier.
func (c *client) initProducerID(ctx context.Context) (*InitProducerIDResponse, error) {
	if c.Closed() {
		return nil, ErrClosedClient
	}
	if !c.conf.Version.IsAtLeast(V0_11_0_0) {
		return nil, ErrUnsupportedVersion
	}
	request := &InitProducerIDRequest{ProducerID: -1, ProducerEpoch: -1}
	// Version 4, as later ones are for transactions.
	request.Version = min(protocol.MaxVersionFor(protocol.KeyInitProducerId, c.conf.Version), 4)
	ctx, release := c.bound(ctx)
	defer release()
	var response *InitProducerIDResponse
	_, err := c.eachBroker(ctx, new(brokerFailures), func(broker *Broker) (settled bool, err error) {
		response, err = askContext[InitProducerIDResponse](ctx, broker, request)
		if err != nil {
			c.conf.log().Printf("Client got error from broker %s when issuing InitProducerID : %v\n", logAddress{broker}, err)
		}
		return err == nil, err
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

// closedOr is err, or ErrClosedClient if that is why it came about.
func (c *client) closedOr(err error) error {
	if c.Closed() {
		return ErrClosedClient
	}
	return err
}

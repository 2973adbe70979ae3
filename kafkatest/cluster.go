package kafkatest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seed20e6684a/sarama"
)

// firstVirtualPort is that of the first broker of a cluster in memory.
const firstVirtualPort = 9092

// Option says what a cluster is like.
type Option func(*options)

type options struct {
	brokers    int
	topics     []topic
	properties map[string]string
	network    *kfake.VirtualNetwork
}

type topic struct {
	name       string
	partitions int32
}

// Topics has the cluster begin with a topic.
func Topics(name string, partitions int32) Option {
	return func(o *options) { o.topics = append(o.topics, topic{name, partitions}) }
}

// Brokers sets the number of brokers, from 1 on; without it there are three.
func Brokers(n int) Option {
	return func(o *options) { o.brokers = n }
}

// Property sets a property of the brokers, by the name that Kafka has for it.
func Property(name, value string) Option {
	return func(o *options) { o.properties[name] = value }
}

// InMemory has clients connect without a network, as they must in a bubble of testing/synctest, where such a cluster can be
// made. They have to use Config: Addrs are of no use without it.
func InMemory() Option {
	return func(o *options) { o.network = new(kfake.VirtualNetwork) }
}

// Cluster is a Kafka cluster inside a test. Its brokers have the ids 0, 1 and so on. Topics that are asked for and not there
// are not made.
type Cluster struct {
	t       testing.TB
	fake    *kfake.Cluster
	network *kfake.VirtualNetwork
	topics  []topic
	brokers int
}

// NewCluster starts a cluster, which ends with the test.
func NewCluster(t testing.TB, opts ...Option) *Cluster {
	t.Helper()
	o := &options{brokers: 3, properties: make(map[string]string)}
	for _, opt := range opts {
		opt(o)
	}
	fakes := []kfake.Opt{kfake.NumBrokers(o.brokers), kfake.BrokerConfigs(o.properties)}
	for _, topic := range o.topics {
		fakes = append(fakes, kfake.SeedTopics(topic.partitions, topic.name))
	}
	if o.network != nil {
		ports := make([]int, o.brokers)
		for i := range ports {
			ports[i] = firstVirtualPort + i
		}
		fakes = append(fakes, kfake.ListenFn(o.network.Listen), kfake.Ports(ports...))
	}
	fake, err := kfake.NewCluster(fakes...)
	if err != nil {
		t.Fatalf("kafkatest: starting a cluster: %v", err)
	}
	t.Cleanup(fake.Close)
	return &Cluster{t: t, fake: fake, network: o.network, topics: o.topics, brokers: o.brokers}
}

// Addrs returns the brokers' addresses.
func (c *Cluster) Addrs() []string { return c.fake.ListenAddrs() }

// Config returns a configuration for tests: sarama.NewConfig's, but what is read begins with the oldest record, a producer's
// successes are returned, and retries wait a few milliseconds only.
func (c *Cluster) Config() *sarama.Config {
	const soon = 5 * time.Millisecond
	config := sarama.NewConfig()
	config.Metadata.Retry.Backoff = soon
	config.Producer.Retry.Backoff = soon
	config.Producer.Transaction.Retry.Backoff = soon
	config.Producer.Return.Successes = true
	config.Consumer.Retry.Backoff = soon
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Rebalance.Retry.Backoff = soon
	config.Consumer.Group.Heartbeat.Interval = 50 * time.Millisecond
	if c.network != nil {
		config.Net.Proxy.Enable = true
		config.Net.Proxy.Dialer = dialer{c.network}
	}
	return config
}

// dialer connects in memory.
type dialer struct{ network *kfake.VirtualNetwork }

// Dial implements proxy.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext implements proxy.ContextDialer.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.network.DialContext(ctx, network, address)
}

// CreateTopic makes a topic.
func (c *Cluster) CreateTopic(name string, partitions int32) {
	c.t.Helper()
	if err := c.fake.CreateTopic(name, partitions, nil); err != nil {
		c.t.Fatalf("kafkatest: creating topic %s: %v", name, err)
	}
}

// DeleteTopic deletes a topic.
func (c *Cluster) DeleteTopic(name string) {
	c.t.Helper()
	if err := c.fake.DeleteTopic(name); err != nil {
		c.t.Fatalf("kafkatest: deleting topic %s: %v", name, err)
	}
}

// Leader returns the broker that leads a partition, -1 if there is no such partition.
func (c *Cluster) Leader(topic string, partition int32) int32 {
	return c.fake.LeaderFor(topic, partition)
}

// MoveLeader makes a broker a partition's leader. Clients learn of it by an error.
func (c *Cluster) MoveLeader(topic string, partition, broker int32) {
	c.t.Helper()
	if err := c.fake.MoveTopicPartition(topic, partition, broker); err != nil {
		c.t.Fatalf("kafkatest: moving %s/%d to broker %d: %v", topic, partition, broker, err)
	}
}

// Coordinator returns the broker that coordinates a group or a transactional id.
func (c *Cluster) Coordinator(key string) int32 { return c.fake.CoordinatorFor(key) }

// MoveCoordinator makes another broker the coordinator of a group or a transactional id, and may move those of others as
// well. Clients learn of it by an error.
func (c *Cluster) MoveCoordinator(key string) {
	c.t.Helper()
	if c.brokers < 2 {
		c.t.Fatalf("kafkatest: %s cannot be moved: there is one broker", key)
	}
	for before := c.fake.CoordinatorFor(key); c.fake.CoordinatorFor(key) == before; {
		c.fake.RehashCoordinators() // to any of them, the same included
	}
}

// Committed returns the offsets that a group has committed for a topic, by partition; partitions without one are left out.
func (c *Cluster) Committed(group, topic string) map[int32]int64 {
	committed := make(map[int32]int64)
	if info := c.fake.GroupInfo(group); info != nil {
		for partition, commit := range info.Commits[topic] {
			committed[partition] = commit.Offset
		}
	}
	return committed
}

// Members returns the partitions of each member of a group, by member id and topic. A group without members has none.
func (c *Cluster) Members(group string) map[string]map[string][]int32 {
	members := make(map[string]map[string][]int32)
	if info := c.fake.GroupInfo(group); info != nil {
		for _, member := range info.Members {
			members[member.MemberID] = member.Assignment
		}
	}
	return members
}

// Produce appends messages to their topics, with the partitioner of sarama.NewConfig or, where a message has a Partition above
// 0 or no key, to that Partition.
func (c *Cluster) Produce(messages ...*sarama.ProducerMessage) {
	c.t.Helper()
	config := c.Config()
	config.Producer.Partitioner = func(topic string) sarama.Partitioner { return keyed{sarama.NewHashPartitioner(topic)} }
	producer, err := sarama.NewSyncProducer(c.Addrs(), config)
	if err != nil {
		c.t.Fatalf("kafkatest: producing: %v", err)
	}
	defer func() { _ = producer.Close() }()
	if err := producer.SendMessages(messages); err != nil {
		c.t.Fatalf("kafkatest: producing: %v", err)
	}
}

// keyed is a partitioner by key that leaves messages where they ask to be.
type keyed struct{ sarama.Partitioner }

// Partition implements sarama.Partitioner.
func (k keyed) Partition(message *sarama.ProducerMessage, partitions int32) (int32, error) {
	if message.Key == nil || message.Partition > 0 {
		return message.Partition, nil
	}
	return k.Partitioner.Partition(message, partitions)
}

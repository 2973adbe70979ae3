package sarama

import (
	"context"
	"errors"
	"sync"
)

// Consumer reads partitions of your choice. It keeps no offsets: say where each partition is to start. To share partitions
// among several processes and to keep offsets with the cluster, use a consumer group.
//
// Close its PartitionConsumers, then the consumer.
type Consumer interface {
	// Topics returns the topics of the cluster, as Client.Topics does.
	Topics() ([]string, error)

	// Partitions returns the sorted partitions of a topic, as Client.Partitions does.
	Partitions(topic string) ([]int32, error)

	// ConsumePartition starts to read a partition at an offset: one that the partition has, OffsetNewest or OffsetOldest.
	// It returns ErrOffsetOutOfRange for others, and a ConfigurationError if this consumer reads the partition already.
	ConsumePartition(topic string, partition int32, offset int64) (PartitionConsumer, error)

	// HighWaterMarks returns, for each partition that is read, the offset that its next record will get, as last heard.
	HighWaterMarks() map[string]map[int32]int64

	// Close ends the consumer. Close its PartitionConsumers before.
	Close() error

	// Pause has partitions that are read not fetched any more, until Resume. What is fetched already is still delivered.
	Pause(topicPartitions map[string][]int32)

	// Resume has paused partitions fetched again.
	Resume(topicPartitions map[string][]int32)

	// PauseAll is Pause for all partitions that are read.
	PauseAll()

	// ResumeAll is Resume for all partitions.
	ResumeAll()
}

// errConsumerClosed ends what a consumer still does when it is closed.
var errConsumerClosed = errors.New("kafka: consumer closed")

// consumer holds the partitions that are read, and the loops that fetch from their brokers.
type consumer struct {
	client  clusterClient
	conf    *Config
	meter   *consumerMetrics
	told    *telemetryMeter // nil without telemetry
	ctx     context.Context // ends with Close
	cancel  context.CancelCauseFunc
	running sync.WaitGroup // partitions and brokers' loops
	memory  memoryBound

	mu       sync.Mutex // guards what follows
	children map[topicPartition]*partitionConsumer
	brokers  map[*Broker]*brokerConsumer
	paused   map[topicPartition]struct{} // also while a partition is read anew
}

// NewConsumer connects to the cluster that addrs (host:port) belong to, and returns a consumer. A nil config is NewConfig().
func NewConsumer(addrs []string, config *Config) (Consumer, error) {
	client, err := NewClient(addrs, config)
	if err != nil {
		return nil, err
	}
	return newConsumer(client)
}

// NewConsumerFromClient returns a consumer that uses a client, which stays yours to close, after the consumer.
func NewConsumerFromClient(client Client) (Consumer, error) {
	return newConsumer(newNopCloserClient(client))
}

func newConsumer(client Client) (*consumer, error) {
	if client.Closed() {
		return nil, ErrClosedClient
	}
	c := &consumer{
		client:   internalsOf(client),
		conf:     client.Config(),
		memory:   newMemoryBound(client.Config()),
		meter:    newConsumerMetrics(client.Config()),
		told:     meterOf(client),
		children: make(map[topicPartition]*partitionConsumer),
		brokers:  make(map[*Broker]*brokerConsumer),
		paused:   make(map[topicPartition]struct{}),
	}
	c.told.hasConsumer()
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	return c, nil
}

// Close implements Consumer. Partitions that are still read end with it.
func (c *consumer) Close() error {
	c.cancel(errConsumerClosed)
	c.mu.Lock()   // who holds mu may have seen that ctx had not ended, and start something
	c.mu.Unlock() //nolint:staticcheck // from here on nobody does
	c.running.Wait()
	c.meter.close()
	return c.client.Close()
}

// Topics implements Consumer.
func (c *consumer) Topics() ([]string, error) { return c.client.Topics() }

// Partitions implements Consumer.
func (c *consumer) Partitions(topic string) ([]int32, error) { return c.client.Partitions(topic) }

// ConsumePartition implements Consumer.
func (c *consumer) ConsumePartition(topic string, partition int32, offset int64) (PartitionConsumer, error) {
	pc, err := c.consume(c.ctx, topicPartition{topic, partition}, offset, -1)
	if err != nil {
		return nil, err
	}
	return pc, nil
}

// consume is ConsumePartition for those who end the reading with ctx, and know the leader's epoch when the record before the
// offset was read (-1: not): metadata from before that is not made do with (KIP-320).
func (c *consumer) consume(ctx context.Context, tp topicPartition, offset int64, leaderEpoch int32) (*partitionConsumer, error) {
	if c.ctx.Err() != nil {
		return nil, ErrClosedClient
	}
	pc := newPartitionConsumer(ctx, c, tp)
	leader, err := pc.begin(offset, leaderEpoch)
	if err == nil {
		err = c.add(pc)
	}
	if err != nil {
		pc.unhook()
		pc.cancel()
		return nil, err
	}
	c.subscribe(pc, leader)
	go withRecover(func() {
		defer c.running.Done()
		pc.run()
	})
	return pc, nil
}

// add makes a partition one of those that are read, and counts its goroutine.
func (c *consumer) add(pc *partitionConsumer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return ErrClosedClient
	}
	if c.children[pc.topicPartition] != nil {
		return ConfigurationError("That topic/partition is already being consumed")
	}
	if _, paused := c.paused[pc.topicPartition]; paused {
		pc.paused.Store(true)
	}
	c.children[pc.topicPartition] = pc
	c.memory.count(1, 0)
	c.running.Add(1)
	return nil
}

func (c *consumer) remove(pc *partitionConsumer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.children, pc.topicPartition)
	c.memory.count(-1, 0)
}

// subscribe has a broker's loop fetch for a partition.
func (c *consumer) subscribe(pc *partitionConsumer, broker *Broker) {
	c.mu.Lock()
	if c.ctx.Err() != nil {
		c.mu.Unlock()
		return
	}
	bc := c.brokers[broker]
	if bc == nil {
		bc = newBrokerConsumer(c, broker)
		c.brokers[broker] = bc
		c.memory.count(0, 1)
		c.running.Add(1)
		go withRecover(func() {
			defer c.running.Done()
			defer c.memory.count(0, -1)
			bc.run()
		})
	}
	bc.add(pc)
	c.mu.Unlock()
	c.conf.log().Printf("consumer/broker/%d added subscription to %s/%d\n", logBroker{broker}, logTopic(pc.topic), logPartition(pc.partition))
}

// forget drops a broker's loop if nobody is subscribed to it, and tells whether it did.
func (c *consumer) forget(bc *brokerConsumer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !bc.empty() {
		return false
	}
	if c.brokers[bc.broker] == bc {
		delete(c.brokers, bc.broker)
	}
	return true
}

// HighWaterMarks implements Consumer.
func (c *consumer) HighWaterMarks() map[string]map[int32]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	marks := make(map[string]map[int32]int64)
	for tp, pc := range c.children {
		if marks[tp.topic] == nil {
			marks[tp.topic] = make(map[int32]int64)
		}
		marks[tp.topic][tp.partition] = pc.HighWaterMarkOffset()
	}
	return marks
}

// Pause implements Consumer.
func (c *consumer) Pause(topicPartitions map[string][]int32) {
	c.each(topicPartitions, func(tp topicPartition, pc *partitionConsumer) {
		if pc != nil {
			c.paused[tp] = struct{}{}
			pc.Pause()
		}
	})
}

// Resume implements Consumer.
func (c *consumer) Resume(topicPartitions map[string][]int32) {
	c.each(topicPartitions, func(tp topicPartition, pc *partitionConsumer) {
		delete(c.paused, tp)
		if pc != nil {
			pc.Resume()
		}
	})
}

// each visits partitions with mu held; those that are not read have a nil consumer.
func (c *consumer) each(topicPartitions map[string][]int32, visit func(topicPartition, *partitionConsumer)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, partitions := range topicPartitions {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			visit(tp, c.children[tp])
		}
	}
}

// PauseAll implements Consumer.
func (c *consumer) PauseAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for tp, pc := range c.children {
		c.paused[tp] = struct{}{}
		pc.Pause()
	}
}

// ResumeAll implements Consumer.
func (c *consumer) ResumeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.paused)
	for _, pc := range c.children {
		pc.Resume()
	}
}

package mocks

import (
	"slices"
	"sync"

	"github.com/seed20e6684a/sarama"
)

// Consumer is a sarama.Consumer for tests. Tell it by ExpectConsumePartition which partitions will be read.
type Consumer struct {
	t    ErrorReporter
	size int // of channels

	mu         sync.Mutex // guards what follows
	partitions map[string]map[int32]*PartitionConsumer
	metadata   map[string][]int32
}

// NewConsumer returns a consumer that reports to t, usually a *testing.T. Of the configuration, NewConfig's if it is nil, it
// respects ChannelBufferSize; one that is not valid fails the test.
func NewConsumer(t ErrorReporter, config *sarama.Config) *Consumer {
	config = checkedConfig(t, config)
	return &Consumer{
		t:          t,
		size:       max(config.ChannelBufferSize, 0),
		partitions: make(map[string]map[int32]*PartitionConsumer),
	}
}

// ExpectConsumePartition expects that a partition is read from an offset on: a number, sarama.OffsetOldest or OffsetNewest, or
// AnyOffset. Tell what it returns what there is to read; the first message has the offset, or 0 with OffsetOldest. For a
// partition that is expected already, it returns the same again.
func (c *Consumer) ExpectConsumePartition(topic string, partition int32, offset int64) *PartitionConsumer {
	const callOfPlaceAndThis = 2
	set := placeOf(callOfPlaceAndThis)
	c.mu.Lock()
	defer c.mu.Unlock()
	if pc := c.partitions[topic][partition]; pc != nil {
		return pc
	}
	if c.partitions[topic] == nil {
		c.partitions[topic] = make(map[int32]*PartitionConsumer)
	}
	pc := newPartitionConsumer(c.t, topic, partition, offset, c.size, set)
	c.partitions[topic][partition] = pc
	return pc
}

// SetTopicMetadata sets what Topics and Partitions return. Without it, calling them fails the test.
func (c *Consumer) SetTopicMetadata(metadata map[string][]int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metadata = metadata
}

// ConsumePartition returns the partition that is expected. One that is not fails the test, and so does another offset.
func (c *Consumer) ConsumePartition(topic string, partition int32, offset int64) (sarama.PartitionConsumer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pc := c.partitions[topic][partition]
	if pc == nil {
		c.t.Errorf("No expectations set for %s/%d", topic, partition)
		return nil, errOutOfExpectations
	}
	if !pc.start() {
		return nil, sarama.ConfigurationError("The topic/partition is already being consumed")
	}
	if pc.offset != AnyOffset && pc.offset != offset {
		c.t.Errorf("Unexpected offset when calling ConsumePartition for %s/%d. Expected %d, got %d. (%s)",
			topic, partition, pc.offset, offset, pc.expectation())
	}
	return pc, nil
}

// Topics returns the topics of SetTopicMetadata, sorted.
func (c *Consumer) Topics() ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.metadata == nil {
		c.t.Errorf("Unexpected call to Topics. Initialize the mock's topic metadata with SetTopicMetadata.")
		return nil, sarama.ErrOutOfBrokers
	}
	topics := make([]string, 0, len(c.metadata))
	for topic := range c.metadata {
		topics = append(topics, topic)
	}
	slices.Sort(topics)
	return topics, nil
}

// Partitions returns the partitions of a topic of SetTopicMetadata.
func (c *Consumer) Partitions(topic string) ([]int32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.metadata == nil {
		c.t.Errorf("Unexpected call to Partitions. Initialize the mock's topic metadata with SetTopicMetadata.")
		return nil, sarama.ErrOutOfBrokers
	}
	if c.metadata[topic] == nil {
		return nil, sarama.ErrUnknownTopicOrPartition
	}
	return c.metadata[topic], nil
}

// HighWaterMarks returns the offset after the last message of each partition that is expected.
func (c *Consumer) HighWaterMarks() map[string]map[int32]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	marks := make(map[string]map[int32]int64, len(c.partitions))
	for topic, partitions := range c.partitions {
		marks[topic] = make(map[int32]int64, len(partitions))
		for partition, pc := range partitions {
			marks[topic][partition] = pc.HighWaterMarkOffset()
		}
	}
	return marks
}

// Close closes all partitions. One that was expected and not read fails the test. It returns nil.
func (c *Consumer) Close() error {
	for _, pc := range c.all() {
		_ = pc.Close()
	}
	return nil
}

// Pause pauses partitions; those that are not expected are left out.
func (c *Consumer) Pause(topicPartitions map[string][]int32) {
	for _, pc := range c.among(topicPartitions) {
		pc.Pause()
	}
}

// Resume resumes partitions; those that are not expected are left out.
func (c *Consumer) Resume(topicPartitions map[string][]int32) {
	for _, pc := range c.among(topicPartitions) {
		pc.Resume()
	}
}

// PauseAll pauses all partitions.
func (c *Consumer) PauseAll() {
	for _, pc := range c.all() {
		pc.Pause()
	}
}

// ResumeAll resumes all partitions.
func (c *Consumer) ResumeAll() {
	for _, pc := range c.all() {
		pc.Resume()
	}
}

func (c *Consumer) all() []*PartitionConsumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*PartitionConsumer
	for _, partitions := range c.partitions {
		for _, pc := range partitions {
			all = append(all, pc)
		}
	}
	slices.SortFunc(all, (*PartitionConsumer).compare)
	return all
}

func (c *Consumer) among(topicPartitions map[string][]int32) []*PartitionConsumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var among []*PartitionConsumer
	for topic, partitions := range topicPartitions {
		for _, partition := range partitions {
			if pc := c.partitions[topic][partition]; pc != nil {
				among = append(among, pc)
			}
		}
	}
	return among
}

package sarama

import (
	"context"
	"errors"
)

// Topics implements Client.
func (c *client) Topics() ([]string, error) {
	view := c.view.Load()
	if view.closed {
		return nil, ErrClosedClient
	}
	topics := make([]string, 0, len(view.topics))
	for topic := range view.topics {
		topics = append(topics, topic)
	}
	return topics, nil
}

// Partitions implements Client.
func (c *client) Partitions(topic string) ([]int32, error) {
	return c.partitionsOf(c.ctx, topic, false)
}

// WritablePartitions implements Client.
func (c *client) WritablePartitions(topic string) ([]int32, error) {
	return c.partitionsOf(c.ctx, topic, true)
}

// partitionsOf returns a topic's partitions, all or those that have a leader. Where it finds none it asks the cluster: there may be
// some now.
func (c *client) partitionsOf(ctx context.Context, topic string, writable bool) ([]int32, error) {
	which := func(t *topicView) []int32 {
		if writable {
			return t.writable
		}
		return t.all
	}
	view := c.view.Load()
	if view.closed {
		return nil, ErrClosedClient
	}
	if known := view.topics[topic]; known != nil {
		if found := which(known); len(found) > 0 {
			return found, nil
		}
	}
	if err := c.refreshMetadata(ctx, topic); err != nil {
		return nil, err
	}
	known := c.view.Load().topics[topic]
	if known == nil {
		return nil, c.closedOr(ErrUnknownTopicOrPartition)
	}
	return which(known), nil
}

// Replicas implements Client.
func (c *client) Replicas(topic string, partitionID int32) ([]int32, error) {
	return c.replicas(c.ctx, topic, partitionID, func(p *PartitionMetadata) []int32 { return p.Replicas })
}

// InSyncReplicas implements Client.
func (c *client) InSyncReplicas(topic string, partitionID int32) ([]int32, error) {
	return c.replicas(c.ctx, topic, partitionID, func(p *PartitionMetadata) []int32 { return p.Isr })
}

// OfflineReplicas implements Client.
func (c *client) OfflineReplicas(topic string, partitionID int32) ([]int32, error) {
	return c.replicas(c.ctx, topic, partitionID, func(p *PartitionMetadata) []int32 { return p.OfflineReplicas })
}

// replicas returns a copy of one of a partition's lists.
func (c *client) replicas(ctx context.Context, topic string, partition int32, which func(*PartitionMetadata) []int32) ([]int32, error) {
	view := c.view.Load()
	if view.closed {
		return nil, ErrClosedClient
	}
	known := view.partition(topic, partition)
	if known == nil {
		if err := c.refreshMetadata(ctx, topic); err != nil {
			return nil, err
		}
		known = c.view.Load().partition(topic, partition)
	}
	if known == nil {
		return nil, c.closedOr(ErrUnknownTopicOrPartition)
	}
	var err error
	if known.Err == ErrReplicaNotAvailable {
		err = known.Err
	}
	return append([]int32{}, which(known)...), err
}

// Leader implements Client.
func (c *client) Leader(topic string, partitionID int32) (*Broker, error) {
	leader, _, err := c.leader(c.ctx, topic, partitionID)
	return leader, err
}

// LeaderAndEpoch implements Client.
func (c *client) LeaderAndEpoch(topic string, partitionID int32) (*Broker, int32, error) {
	return c.leader(c.ctx, topic, partitionID)
}

// leader is leaderOf, which asks the cluster if it does not find one.
func (c *client) leader(ctx context.Context, topic string, partition int32) (*Broker, int32, error) {
	return findLeader(c, topic, partition, func() error { return c.refreshMetadata(ctx, topic) })
}

// findLeader is leaderOf, and that again after ask has succeeded if it does not find one.
func findLeader(c clusterClient, topic string, partition int32, ask func() error) (*Broker, int32, error) {
	leader, epoch, err := c.leaderOf(topic, partition)
	if err == nil || errors.Is(err, ErrClosedClient) {
		return leader, epoch, err
	}
	if err := ask(); err != nil {
		return nil, -1, err
	}
	return c.leaderOf(topic, partition)
}

// leaderOf returns a partition's leader, connected, and its epoch, as last heard. It asks nobody and allocates nothing.
func (c *client) leaderOf(topic string, partition int32) (*Broker, int32, error) {
	leader, epoch, err := c.view.Load().leader(topic, partition)
	if err != nil {
		return nil, -1, err
	}
	c.connect(leader)
	return leader, epoch, nil
}

// topicID returns the id of a topic (KIP-516), as last heard, and whether it is known: brokers tell it since Kafka 2.8.
func (c *client) topicID(topic string) (Uuid, bool) {
	known := c.view.Load().topics[topic]
	if known == nil {
		return Uuid{}, false
	}
	return known.id, known.id != (Uuid{})
}

// PartitionNotReadable implements Client.
func (c *client) PartitionNotReadable(topic string, partition int32) bool {
	known := c.view.Load().partition(topic, partition)
	return known == nil || known.Leader == -1
}

// knownPartitions returns a topic's partitions, all or those that have a leader, as last heard, and asks nobody.
func (c *client) knownPartitions(topic string, writable bool) []int32 {
	t := c.view.Load().topics[topic]
	switch {
	case t == nil:
		return nil
	case writable:
		return t.writable
	default:
		return t.all
	}
}

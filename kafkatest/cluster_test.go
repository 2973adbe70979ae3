package kafkatest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

func message(topic string, partition int32, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Partition: partition, Value: sarama.StringEncoder(value)}
}

func values(messages []*sarama.ConsumerMessage) []string {
	var all []string
	for _, m := range messages {
		all = append(all, fmt.Sprintf("%d:%s", m.Partition, m.Value))
	}
	return all
}

func TestClusterStartsSoon(t *testing.T) {
	begin := time.Now()
	cluster := NewCluster(t, Topics("orders", 3))
	took := time.Since(begin)
	t.Logf("started in %v", took)
	require.Less(t, took, time.Second)
	require.Len(t, cluster.Addrs(), 3)
	cluster.Produce(message("orders", 0, "a"), message("orders", 2, "b"), message("orders", 2, "c"))
	require.Equal(t, []string{"0:a", "2:b", "2:c"}, values(cluster.Messages("orders")))
	cluster.CreateTopic("later", 1)
	cluster.Produce(message("later", 0, "d"))
	require.Equal(t, []string{"0:d"}, values(cluster.WaitForMessages(t.Context(), "later", 1)))
	cluster.DeleteTopic("later")
}

func TestClusterFails(t *testing.T) {
	cluster := NewCluster(t, Topics("orders", 2))
	produce := new(sarama.ProduceRequest)
	producer, err := sarama.NewSyncProducer(cluster.Addrs(), cluster.Config())
	require.NoError(t, err)
	defer func() { require.NoError(t, producer.Close()) }()

	fault := cluster.Fail(produce, sarama.ErrNotLeaderForPartition, Times(2))
	_, offset, err := producer.SendMessage(message("orders", 0, "a"))
	require.NoError(t, err, "that is retried")
	require.Zero(t, offset, "and was not carried out before")
	require.Equal(t, 2, fault.Hits())
	require.NoError(t, fault.Wait(t.Context(), 2))

	fault = cluster.Fail(produce, sarama.ErrTopicAuthorizationFailed, Topic("orders", 1), Times(-1))
	config := cluster.Config()
	config.Producer.Partitioner = sarama.NewManualPartitioner
	manual, err := sarama.NewSyncProducer(cluster.Addrs(), config)
	require.NoError(t, err)
	for range 3 {
		_, _, err = manual.SendMessage(message("orders", 1, "b"))
		require.ErrorIs(t, err, sarama.ErrTopicAuthorizationFailed)
		_, _, err = manual.SendMessage(message("orders", 0, "c"))
		require.NoError(t, err)
	}
	fault.Remove()
	_, _, err = manual.SendMessage(message("orders", 1, "b"))
	require.NoError(t, err)
	require.NoError(t, manual.Close())

	cut := cluster.Cut(produce, Times(3))
	_, _, err = producer.SendMessage(message("orders", 0, "d"))
	require.NoError(t, err)
	require.Equal(t, 3, cut.Hits())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, cut.Wait(ended, 4), context.Canceled)
}

func TestClusterInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster := NewCluster(t, Topics("orders", 1), Brokers(2), InMemory())
		producer, err := sarama.NewSyncProducer(cluster.Addrs(), cluster.Config())
		require.NoError(t, err)
		begin := time.Now()
		delay := cluster.Delay(new(sarama.ProduceRequest), 20*time.Second)
		_, _, err = producer.SendMessage(message("orders", 0, "a"))
		require.NoError(t, err)
		require.Equal(t, 20*time.Second, time.Since(begin).Truncate(time.Second))
		require.Equal(t, 1, delay.Hits())
		before := cluster.Leader("orders", 0)
		cluster.MoveLeader("orders", 0, 1-before)
		_, _, err = producer.SendMessage(message("orders", 0, "b"))
		require.NoError(t, err)
		require.Equal(t, 1-before, cluster.Leader("orders", 0))
		require.NoError(t, producer.Close())
		require.Equal(t, []string{"0:a", "0:b"}, values(cluster.Messages("orders")))
	})
}

func TestMessagesOfTransactions(t *testing.T) {
	cluster := NewCluster(t, Topics("orders", 1))
	config := cluster.Config()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
	config.Producer.Transaction.ID = "tx"
	producer, err := sarama.NewSyncProducer(cluster.Addrs(), config)
	require.NoError(t, err)
	for i, end := range []func() error{producer.CommitTxn, producer.AbortTxn, producer.AbortTxn, producer.CommitTxn, producer.AbortTxn} {
		require.NoError(t, producer.BeginTxn())
		_, _, err := producer.SendMessage(message("orders", 0, fmt.Sprint(i)))
		require.NoError(t, err)
		require.NoError(t, end())
	}
	require.Equal(t, []string{"0:0", "0:3"}, values(cluster.Messages("orders")))
	require.NoError(t, producer.Close())
}

// collector is a handler that keeps what it gets.
type collector struct {
	mu       sync.Mutex
	sessions int
	got      []*sarama.ConsumerMessage
	arrived  chan struct{}
}

func (h *collector) Setup(sarama.ConsumerGroupSession) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions++
	return nil
}
func (h *collector) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (h *collector) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		h.mu.Lock()
		h.got = append(h.got, m)
		h.mu.Unlock()
		s.MarkMessage(m, "")
		h.arrived <- struct{}{}
	}
	return nil
}

func TestClusterMovesGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster := NewCluster(t, Topics("orders", 2), InMemory())
		group, err := sarama.NewConsumerGroup(cluster.Addrs(), "group", cluster.Config())
		require.NoError(t, err)
		h := &collector{arrived: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		var consuming sync.WaitGroup
		consuming.Go(func() {
			for ctx.Err() == nil {
				if err := group.Consume(ctx, []string{"orders"}, h); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
		cluster.Produce(message("orders", 0, "a"))
		<-h.arrived
		require.Len(t, cluster.Members("group"), 1)
		require.NoError(t, cluster.Rebalance("group").Wait(t.Context(), 1))
		cluster.Produce(message("orders", 1, "b"))
		<-h.arrived
		before := cluster.Coordinator("group")
		cluster.MoveCoordinator("group")
		require.NotEqual(t, before, cluster.Coordinator("group"))
		cluster.Produce(message("orders", 1, "c"))
		<-h.arrived
		time.Sleep(5 * time.Second) // a commit, at the new coordinator
		require.Equal(t, map[int32]int64{0: 1, 1: 2}, cluster.Committed("group", "orders"))
		cancel()
		consuming.Wait()
		require.NoError(t, group.Close())
		require.GreaterOrEqual(t, h.sessions, 2)
		require.Equal(t, []string{"0:a", "1:b", "1:c"}, values(h.got))
		require.Empty(t, cluster.Members("group"))
		require.Empty(t, cluster.Committed("none", "orders"))
	})
}

// TestManyWaitForAFault: each of them is told of what it waits for.
func TestManyWaitForAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster := NewCluster(t, Topics("orders", 1), InMemory())
		cut := cluster.Cut(new(sarama.ProduceRequest), Times(2))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var waiting sync.WaitGroup
		for _, n := range []int{1, 2, 1, 2} {
			waiting.Go(func() { assert.NoError(t, cut.Wait(ctx, n)) })
		}
		synctest.Wait()
		cluster.Produce(message("orders", 0, "a"))
		waiting.Wait()
		require.Equal(t, 2, cut.Hits())
	})
}

package functional_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// TestExtendedProducers does what producers can beyond sarama's interfaces.
func TestExtendedProducers(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic := c.NewTopic(t, partitions)
		conf := config(c)
		conf.Producer.Idempotent = true
		conf.Producer.Flush.Frequency = time.Hour
		conf.Producer.DeliveryTimeout = 2 * time.Hour
		made, err := sarama.NewAsyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		producer := made.(sarama.ExtendedAsyncProducer)
		const n = 100
		for i := range n {
			message := &sarama.ProducerMessage{Topic: topic, Partition: int32(i % partitions), Value: sarama.StringEncoder(value(i / partitions))}
			require.NoError(t, producer.SendContext(t.Context(), message))
		}
		require.NoError(t, producer.Flush(t.Context()), "an hour earlier than by itself")
		ctx, cancel := context.WithCancel(t.Context())
		message := &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("never")}
		message.SetContext(ctx)
		require.NoError(t, producer.TrySend(message))
		cancel()
		failed := <-producer.Errors()
		require.ErrorIs(t, failed.Err, context.Canceled)
		require.False(t, failed.PossiblyWritten)
		require.NoError(t, producer.CloseContext(t.Context()))
		require.Equal(t, sarama.ErrShuttingDown, producer.TrySend(message))
		for p, r := range read(t, c, conf, topic, partitions, n/partitions) {
			requireEachOnce(t, r.values, n/partitions)
			require.Empty(t, r.errs, "partition %d", p)
		}

		conf.Producer.Flush.Frequency = 0
		synchronous, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		extended := synchronous.(sarama.ExtendedSyncProducer)
		results, err := extended.SendMessagesContext(t.Context(), []*sarama.ProducerMessage{
			{Topic: topic, Partition: 1, Value: sarama.StringEncoder("last")},
			{Topic: topic, Partition: partitions},
			nil,
		})
		require.Len(t, err, 2)
		require.EqualValues(t, 1, results[0].Partition)
		require.EqualValues(t, 33, results[0].Offset)
		require.ErrorIs(t, results[1].Err, sarama.ErrInvalidPartition)
		require.ErrorIs(t, results[2].Err, sarama.ErrNilMessage)
		require.NoError(t, extended.CloseContext(t.Context()))
	})
}

// TestStickyPartitioners have all partitions in use.
func TestStickyPartitioners(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		for name, partitioner := range map[string]sarama.PartitionerConstructor{
			"sticky": sarama.NewStickyPartitioner, "uniform": sarama.NewUniformStickyPartitioner, "racks": sarama.NewRackAwarePartitioner,
		} {
			t.Run(name, func(t *testing.T) {
				topic := c.NewTopic(t, partitions)
				conf := config(c)
				conf.Producer.Partitioner = partitioner
				conf.Producer.Flush.MaxMessages = 500
				s := send(t, c, conf, topic, partitions, 60_000)
				require.Empty(t, s.errs)
				require.Equal(t, 60_000, s.successes)
				require.Len(t, s.offsets, partitions)
			})
		}
	})
}

// TestLargeRecords: the topic's limit is for what brokers get, compressed; batches above it are split; a record above it fails
// alone.
func TestLargeRecords(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic := strings.ReplaceAll(t.Name(), "/", "-")
		limit := "20000"
		c.CreateTopic(t, topic, sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 3, ConfigEntries: map[string]*string{"max.message.bytes": &limit}})
		conf := config(c)
		conf.Producer.Idempotent = true
		conf.Producer.Compression = sarama.CompressionLZ4
		conf.Producer.CompressionLevel = 9
		producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.ByteEncoder(make([]byte, 500_000))})
		require.NoError(t, err, "zeros")
		require.NoError(t, producer.Close())

		conf.Producer.Compression = sarama.CompressionNone
		conf.Producer.CompressionLevel = sarama.CompressionLevelDefault
		producer, err = sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		var messages []*sarama.ProducerMessage
		for i := range 64 {
			messages = append(messages, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprintf("%05000d", i))})
		}
		messages[20].Value = sarama.ByteEncoder(make([]byte, 30_000))
		err = producer.SendMessages(messages)
		if c.Kind() == cluster.KindEmbedded && err == nil {
			t.Log("the embedded cluster has no max.message.bytes")
		} else {
			var failed sarama.ProducerErrors
			require.ErrorAs(t, err, &failed)
			require.Len(t, failed, 1)
			require.ErrorIs(t, failed[0], sarama.ErrMessageSizeTooLarge)
			require.Same(t, messages[20], failed[0].Msg)
			require.Contains(t, failed[0].Error(), "max.message.bytes")
		}
		for i := 1; i < len(messages); i++ {
			if i != 20 && i != 21 {
				require.Equal(t, messages[i-1].Offset+1, messages[i].Offset, "in order")
			}
		}
		require.NoError(t, producer.Close())
	})
}

// TestUnknownTopic fails in time where nobody creates it.
func TestUnknownTopic(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		conf := config(c)
		conf.Metadata.AllowAutoTopicCreation = false
		producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		began := time.Now()
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "not-there"})
		require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
		require.Less(t, time.Since(began), 10*time.Second)
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "not there"})
		require.ErrorIs(t, err, sarama.ErrInvalidTopic)
		require.NoError(t, producer.Close())
	})
}

// TestPausedCluster: all brokers stand still for a minute under full load. No more memory is taken than the bound, Input blocks,
// and afterwards each record is there once, in order.
func TestPausedCluster(t *testing.T) {
	s := newStage(t).idempotent()
	s.conf.Producer.Flush.Frequency = 0
	s.conf.Producer.Retry.Max = math.MaxInt
	s.conf.Producer.Return.Successes = false
	s.conf.Net.ReadTimeout = 30 * time.Second
	producer, err := sarama.NewAsyncProducer(s.c.Addrs(), s.conf)
	require.NoError(t, err)
	var failed atomic.Int64
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for err := range producer.Errors() {
			failed.Add(1)
			t.Log(err)
		}
	}()
	stop := make(chan struct{})
	var accepted atomic.Int64
	go func() {
		defer producer.AsyncClose()
		for i := 0; ; i++ {
			message := &sarama.ProducerMessage{Topic: s.topic, Partition: int32(i % partitions), Value: sarama.StringEncoder(value(i / partitions))}
			select {
			case producer.Input() <- message:
				accepted.Add(1)
			case <-stop:
				return
			}
		}
	}()
	<-time.After(2 * time.Second)
	require.Positive(t, accepted.Load())
	before := heap()
	for id := range int32(3) {
		s.c.Broker(id + 1).Pause()
	}
	most := 0
	for range 60 {
		<-time.After(time.Second)
		most = max(most, heap()-before)
	}
	blocked := accepted.Load()
	<-time.After(time.Second)
	require.Equal(t, blocked, accepted.Load(), "Input blocks")
	t.Logf("after %d records the heap grew by %d MiB at most", blocked, most>>20)
	require.Less(t, most, (64+32)<<20)
	for id := range int32(3) {
		s.c.Broker(id + 1).Resume()
	}
	for accepted.Load() == blocked {
		<-time.After(10 * time.Millisecond)
	}
	close(stop)
	<-drained
	require.Zero(t, failed.Load())
	n := int(accepted.Load())
	t.Logf("%d records", n)
	for p, r := range read(t, s.c, s.conf, s.topic, partitions, n/partitions) {
		requireEachOnce(t, r.values, n/partitions)
		require.Empty(t, r.errs, "partition %d", p)
	}
}

// heap returns the bytes that are in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

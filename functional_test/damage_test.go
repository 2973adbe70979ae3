package functional_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/protocol"
)

// TestDamagedBatchOnDisk has a byte change in a broker's file, which the broker does not notice: what comes before is delivered, the
// error tells which batch is damaged, and reading goes on behind it.
func TestDamagedBatchOnDisk(t *testing.T) {
	c := cluster.Start(t, cluster.Options{})
	const topic, records, batches = "damaged", 10, 3
	c.CreateTopic(t, topic, protocol.TopicDetail{NumPartitions: 1})
	conf := config(c)
	producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	for range batches {
		batch := make([]*sarama.ProducerMessage, records)
		for i := range batch {
			batch[i] = &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value(i))}
		}
		require.NoError(t, producer.SendMessages(batch))
	}
	require.NoError(t, producer.Close())

	broker := c.Broker(1)
	broker.Stop()
	damage(t, filepath.Join(broker.Dir(), "data", topic+"-0", "00000000000000000000.log"), records)
	broker.Restart()

	consumer, err := sarama.NewConsumer(c.Addrs(), conf)
	require.NoError(t, err)
	defer func() { require.NoError(t, consumer.Close()) }()
	pc, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	require.NoError(t, err)
	for i := range int64(records) {
		require.Equal(t, i, received(t, pc.Messages()).Offset)
	}
	var damaged *sarama.BatchError
	failed := received(t, pc.Errors())
	require.ErrorAs(t, failed, &damaged)
	require.Equal(t, sarama.BatchError{Topic: topic, Offset: records, Next: 2 * records, Err: damaged.Err}, *damaged)
	t.Log(failed)
	pc.AsyncClose() // more of that error may be in Errors
	for range pc.Errors() {
	}

	behind, err := consumer.ConsumePartition(topic, 0, damaged.Next)
	require.NoError(t, err)
	for i := range int64(records) {
		require.Equal(t, damaged.Next+i, received(t, behind.Messages()).Offset)
	}
	require.NoError(t, behind.Close())
}

// received is the next that a channel gives.
func received[T any](t *testing.T, from <-chan *T) *T {
	t.Helper()
	select {
	case next := <-from:
		require.NotNil(t, next)
		return next
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		return nil
	}
}

// damage changes a byte of the last record of the batch that begins with an offset.
func damage(t *testing.T, path string, offset int64) {
	t.Helper()
	segment, err := os.ReadFile(path)
	require.NoError(t, err)
	var batches protocol.BatchReader
	end := 0
	for batches.Reset(segment); batches.Next(); {
		end += len(batches.Data)
		if batches.Header.BaseOffset == offset {
			segment[end-5] ^= 1 // before the number of headers, in the value
			require.NoError(t, os.WriteFile(path, segment, 0o600))
			return
		}
	}
	require.FailNow(t, "no such batch", "%s has none at offset %d", path, offset)
}

// TestRecordRefusedByTopic: a compacted topic takes no record without a key. The broker refuses the whole batch, and each message's
// error tells whether it is the reason.
func TestRecordRefusedByTopic(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		if c.Kind() == cluster.KindEmbedded {
			t.Skip("SKIPPED, NOT TESTED: the embedded brokers take any record")
		}
		compact := "compact"
		topic := "refused-" + string(c.Kind())
		c.CreateTopic(t, topic, protocol.TopicDetail{NumPartitions: 1, ConfigEntries: map[string]*string{"cleanup.policy": &compact}})
		producer, err := sarama.NewSyncProducer(c.Addrs(), config(c))
		require.NoError(t, err)
		defer func() { require.NoError(t, producer.Close()) }()
		key := sarama.StringEncoder("k")
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v")})
		require.Equal(t, sarama.ErrInvalidRecord, err)
		_, offset, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Key: key, Value: sarama.StringEncoder("v")})
		require.NoError(t, err)
		require.Zero(t, offset)

		var failed sarama.ProducerErrors
		require.ErrorAs(t, producer.SendMessages([]*sarama.ProducerMessage{
			{Topic: topic, Key: key, Value: sarama.StringEncoder("1")},
			{Topic: topic, Value: sarama.StringEncoder("2")},
			{Topic: topic, Key: key, Value: sarama.StringEncoder("3")},
		}), &failed)
		require.Len(t, failed, 3)
		for i, says := range []string{"not this record, but 1 of the 3", "without key", "not this record, but 1 of the 3"} {
			t.Log(failed[i])
			require.ErrorIs(t, failed[i], sarama.ErrInvalidRecord)
			require.ErrorContains(t, failed[i], says)
			require.ErrorContains(t, failed[i], topic)
		}
	})
}

package functional_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// TestTieredStorage has most of a log moved to remote storage: its special offsets are what Kafka's tool says, and all of it is read.
// Kafka 4.3.1 and 3.9.1 can be told to do so; others say which they need.
func TestTieredStorage(t *testing.T) {
	c := cluster.Start(t, cluster.Tiered(t, cluster.Options{}))
	_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	const topic, records = "tiered", 40
	_, err := admin.CreateTopics(within(t), map[string]*sarama.TopicDetail{topic: {NumPartitions: 1, ReplicationFactor: 1, ConfigEntries: map[string]*string{
		"remote.storage.enable": valueOf("true"), "local.retention.bytes": valueOf("1"), "segment.bytes": valueOf("1048576"),
	}}}, false)
	require.NoError(t, err)
	offsetAt := func(time int64) (int64, error) {
		found, err := admin.ListOffsets(within(t), map[string]map[int32]int64{topic: {0: time}}, sarama.ListOffsetsOptions{})
		if err != nil {
			return 0, err
		}
		return found[topic][0].Offset, nil
	}
	eventually(t, func() error { return firstError(offsetAt(sarama.OffsetNewest)) })
	fillTiered(t, c, topic, records)

	var local, tiered int64
	eventually(t, func() (err error) {
		if local, err = offsetAt(sarama.OffsetEarliestLocal); err != nil {
			return err
		}
		if tiered, err = offsetAt(sarama.OffsetLatestTiered); err == nil && (tiered < 20 || local <= tiered/2) {
			err = fmt.Errorf("remote storage has what is up to %d, the broker what is from %d", tiered, local)
		}
		return err
	})
	t.Logf("of %d records the broker has those from %d, remote storage those up to %d", records, local, tiered)
	require.Less(t, tiered, int64(records))
	require.LessOrEqual(t, local, tiered+1)
	oldest, err := offsetAt(sarama.OffsetOldest)
	require.NoError(t, err)
	require.Zero(t, oldest)
	pending, err := offsetAt(sarama.OffsetEarliestPendingUpload)
	tools := &toolCalls{bootstrap: c.Addrs()[0]}
	if c.Version().IsAtLeast(sarama.V4_2_0_0) {
		require.NoError(t, err)
		require.Equal(t, tiered+1, pending)
		tools.add(offsetsTool, "--time earliest-pending-upload --topic "+topic, fmt.Sprintf("%s:0:%d$", topic, pending))
	} else {
		require.ErrorIs(t, err, sarama.ErrUnsupportedVersion)
	}
	tools.add(offsetsTool, "--time earliest-local --topic "+topic, fmt.Sprintf("%s:0:%d$", topic, local))
	tools.add(offsetsTool, "--time latest-tiered --topic "+topic, fmt.Sprintf("%s:0:%d$", topic, tiered))
	tools.add(offsetsTool, "--time earliest --topic "+topic, topic+":0:0$")
	tools.run(t)
	readTiered(t, c, topic, records)
}

func firstError[T any](_ T, err error) error { return err }

// tieredValue is the value of one of the records, by its offset.
func tieredValue(offset int) []byte { return bytes.Repeat([]byte{byte(offset)}, 100_000) }

// fillTiered sends records of a tenth of a segment.
func fillTiered(t *testing.T, c cluster.Cluster, topic string, n int) {
	conf := adminConfig(c)
	conf.Producer.Return.Successes, conf.Producer.RequiredAcks = true, sarama.WaitForAll
	producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	for i := range n {
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.ByteEncoder(tieredValue(i))})
		require.NoError(t, err)
	}
	require.NoError(t, producer.Close())
}

// readTiered reads a log from its beginning, which is in remote storage.
func readTiered(t *testing.T, c cluster.Cluster, topic string, n int) {
	consumer, err := sarama.NewConsumer(c.Addrs(), adminConfig(c))
	require.NoError(t, err)
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	require.NoError(t, err)
	defer partition.Close()
	ctx := within(t)
	for offset := range n {
		select {
		case msg := <-partition.Messages():
			require.EqualValues(t, offset, msg.Offset)
			require.Equal(t, tieredValue(offset), msg.Value)
		case <-ctx.Done():
			require.Fail(t, "no more records", "after %d", offset)
		}
	}
}

package functional_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

var codecs = []sarama.CompressionCodec{
	sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD,
}

// TestRoundTrip sends and reads with each codec at several versions of the protocol.
func TestRoundTrip(t *testing.T) {
	versions := []sarama.KafkaVersion{sarama.V2_1_0_0, sarama.V2_8_0_0, sarama.V3_7_0_0, sarama.MaxVersion}
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		for _, version := range versions {
			if !c.Version().IsAtLeast(version) && version != sarama.MaxVersion {
				continue
			}
			for _, codec := range codecs {
				for _, idempotent := range []bool{false, true} {
					t.Run(fmt.Sprint(version, " ", codec, " idempotent ", idempotent), func(t *testing.T) {
						conf := config(c)
						conf.Version = version
						conf.Producer.Compression, conf.Producer.Idempotent = codec, idempotent
						topic := c.NewTopic(t, 3)
						s := send(t, c, conf, topic, 3, 3000)
						require.Empty(t, s.errs)
						require.Equal(t, 3000, s.successes)
						for _, r := range read(t, c, conf, topic, 3, 1000) {
							require.Empty(t, r.errs)
							requireEachOnce(t, r.values, 1000)
						}
					})
				}
			}
		}
	})
}

// TestManyPartitionsOfLargeRecords: a record that is larger than its partition's share of what is fetched ahead comes, with no more
// allowed than is usual. Brokers leave it out of an answer unless its partition is the answer's first.
func TestManyPartitionsOfLargeRecords(t *testing.T) {
	const wide, size = 100, 900_000
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic := c.NewTopic(t, wide)
		conf := config(c)
		conf.Consumer.Fetch.Max = conf.Consumer.Fetch.Default
		conf.Producer.Retry.Max = 100 // brokers tell who leads so many new partitions before these do
		producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		large := func(p int) string { return fmt.Sprint(p, strings.Repeat(".", size)) }
		for p := range wide {
			require.NoError(t, producer.SendMessages([]*sarama.ProducerMessage{
				{Topic: topic, Partition: int32(p), Value: sarama.StringEncoder(large(p))},
				{Topic: topic, Partition: int32(p), Value: sarama.StringEncoder("small")},
			}))
		}
		require.NoError(t, producer.Close())
		for p, r := range read(t, c, conf, topic, wide, 2) {
			require.Empty(t, r.errs)
			require.True(t, r.values[0] == large(p), "partition %d", p) // not Equal, which would print it
			require.Equal(t, "small", r.values[1])
		}
	})
}

// TestAcks sends with each kind of acknowledgement.
func TestAcks(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		for name, acks := range map[string]sarama.RequiredAcks{
			"none": sarama.NoResponse, "local": sarama.WaitForLocal, "all": sarama.WaitForAll,
		} {
			t.Run(name, func(t *testing.T) {
				conf := config(c)
				conf.Producer.RequiredAcks = acks
				topic := c.NewTopic(t, 2)
				s := send(t, c, conf, topic, 2, 2000)
				require.Empty(t, s.errs)
				for p, r := range read(t, c, conf, topic, 2, 1000) {
					requireEachOnce(t, r.values, 1000)
					if acks == sarama.NoResponse {
						continue
					}
					for i, offset := range s.offsets[int32(p)] {
						require.EqualValues(t, i, offset)
					}
				}
			})
		}
	})
}

// TestSyncProducer sends records with keys and headers one by one and many at once, and reads them as they were.
func TestSyncProducer(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		conf := config(c)
		conf.Producer.Partitioner = sarama.NewHashPartitioner
		topic := c.NewTopic(t, 3)
		producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		message := func(i int) *sarama.ProducerMessage {
			return &sarama.ProducerMessage{
				Topic: topic, Key: sarama.StringEncoder("key"), Value: sarama.StringEncoder(value(i)),
				Headers: []sarama.RecordHeader{{Key: []byte("number"), Value: fmt.Append(nil, i)}, {Key: []byte("null")}},
			}
		}
		var partition int32
		for i := range 50 {
			var offset int64
			partition, offset, err = producer.SendMessage(message(i))
			require.NoError(t, err)
			require.EqualValues(t, i, offset)
		}
		var batch []*sarama.ProducerMessage
		for i := range 50 {
			batch = append(batch, message(50+i))
		}
		require.NoError(t, producer.SendMessages(batch))
		require.NoError(t, producer.Close())

		consumer, err := sarama.NewConsumer(c.Addrs(), conf)
		require.NoError(t, err)
		defer func() { require.NoError(t, consumer.Close()) }()
		pc, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		require.NoError(t, err)
		for i := range 100 {
			msg := <-pc.Messages()
			require.Equal(t, "key", string(msg.Key))
			require.Equal(t, value(i), string(msg.Value))
			require.Len(t, msg.Headers, 2)
			require.Equal(t, fmt.Sprint(i), string(msg.Headers[0].Value))
			require.Nil(t, msg.Headers[1].Value)
			require.False(t, msg.Timestamp.IsZero())
		}
		require.NoError(t, pc.Close())
	})
}

// TestTransactions commits some transactions and aborts others; who reads what is committed sees the first alone.
func TestTransactions(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		conf := config(c)
		conf.Version = sarama.V2_8_0_0
		conf.Producer.Idempotent = true
		conf.Producer.Transaction.ID = "functional-" + t.Name()
		topic := c.NewTopic(t, 2)
		producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		var committed [2][]string
		for txn := range 12 {
			require.NoError(t, producer.BeginTxn())
			for i := range 10 {
				v := fmt.Sprintf("transaction %d record %d", txn, i)
				_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Partition: int32(i % 2), Value: sarama.StringEncoder(v)})
				require.NoError(t, err)
				if txn%3 != 0 {
					committed[i%2] = append(committed[i%2], v)
				}
			}
			if txn%3 == 0 {
				require.NoError(t, producer.AbortTxn())
			} else {
				require.NoError(t, producer.CommitTxn())
			}
		}
		require.NoError(t, producer.Close())
		conf.Producer.Transaction.ID = ""
		conf.Consumer.IsolationLevel = sarama.ReadCommitted
		for p, r := range read(t, c, conf, topic, 2, 40) {
			require.Equal(t, committed[p], r.values)
		}
		conf.Consumer.IsolationLevel = sarama.ReadUncommitted
		for _, r := range read(t, c, conf, topic, 2, 60) {
			require.Len(t, r.values, 60)
		}
	})
}

// TestJavaInterop has Kafka's own clients read what we write and the other way round, with each codec, and Kafka's dump of the
// log finds our batches whole.
func TestJavaInterop(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Brokers: 1})
	lines := make([]string, 2000)
	for i := range lines {
		lines[i] = value(i) + strings.Repeat(" padding", i%7)
	}
	for _, codec := range codecs {
		t.Run(codec.String(), func(t *testing.T) {
			conf := config(c)
			conf.Producer.Compression = codec
			ours, theirs := c.NewTopic(t, 1), c.NewTopic(t, 1)
			producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
			require.NoError(t, err)
			var batch []*sarama.ProducerMessage
			for i, line := range lines {
				m := &sarama.ProducerMessage{Topic: ours, Value: sarama.StringEncoder(line)}
				if i%3 == 0 {
					m.Key = sarama.StringEncoder("key")
					m.Headers = []sarama.RecordHeader{{Key: []byte("first"), Value: []byte("1")}, {Key: []byte("second")}}
				}
				batch = append(batch, m)
			}
			require.NoError(t, producer.SendMessages(batch))
			require.NoError(t, producer.Close())
			require.Equal(t, lines, cluster.ConsoleConsume(t, c, ours, len(lines)))
			requireDump(t, c.Broker(1).DumpLog(t, ours, 0), codec, lines)

			cluster.ConsoleProduce(t, c, theirs, lines, "--compression-codec", codec.String())
			require.Equal(t, lines, read(t, c, conf, theirs, 1, len(lines))[0].values)
		})
	}
}

var (
	dumpedBatch  = regexp.MustCompile(`(?m)^baseOffset: .* compresscodec: (\w+) .* isvalid: (\w+)`)
	dumpedRecord = regexp.MustCompile(`(?m)^\| offset: (\d+) .* headerKeys: \[(.*?)\](?: key: (\S+))? payload: (.*)$`)
)

// requireDump requires that Kafka's dump of a log finds each batch whole and of a codec, and these values in order.
func requireDump(t *testing.T, dump string, codec sarama.CompressionCodec, values []string) {
	t.Helper()
	batches := dumpedBatch.FindAllStringSubmatch(dump, -1)
	require.NotEmpty(t, batches, dump)
	for _, b := range batches {
		require.Equal(t, []string{codec.String(), "true"}, b[1:])
	}
	records := dumpedRecord.FindAllStringSubmatch(dump, -1)
	require.Len(t, records, len(values))
	for i, r := range records {
		want := []string{fmt.Sprint(i), "", "", values[i]}
		if i%3 == 0 {
			want[1], want[2] = "first,second", "key"
		}
		require.Equal(t, want, r[1:])
	}
}

package functional_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// patience is how long a test waits for the next record, a broker that restarts on a busy machine included.
const patience = 90 * time.Second

// config is a configuration for a cluster.
func config(c cluster.Cluster) *sarama.Config {
	conf := sarama.NewConfig()
	conf.ClientID = "functional"
	conf.Version = c.Version()
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Partitioner = sarama.NewManualPartitioner
	conf.Producer.Return.Successes = true
	conf.Consumer.Return.Errors = true
	return conf
}

// value is what the i-th record of a partition holds.
func value(i int) string { return fmt.Sprintf("record %09d", i) }

// sent is what became of what was sent.
type sent struct {
	successes int
	offsets   map[int32][]int64 // by partition, in the order of the acknowledgements
	errs      []error
}

// send sends n records round robin to the partitions of a topic and returns when all are settled.
func send(t *testing.T, c cluster.Cluster, conf *sarama.Config, topic string, partitions, n int) sent {
	t.Helper()
	producer, err := sarama.NewAsyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	go func() {
		for i := range n {
			producer.Input() <- &sarama.ProducerMessage{
				Topic: topic, Partition: int32(i % partitions), Value: sarama.StringEncoder(value(i / partitions)),
			}
		}
		producer.AsyncClose()
	}()
	return gather(producer, func(*sarama.ProducerMessage) {})
}

// gather takes what a producer gives back until it has ended, and calls at for each record that is acknowledged.
func gather(producer sarama.AsyncProducer, at func(*sarama.ProducerMessage)) sent {
	s := sent{offsets: make(map[int32][]int64)}
	successes, errs := producer.Successes(), producer.Errors()
	for successes != nil || errs != nil {
		select {
		case msg, ok := <-successes:
			if !ok {
				successes = nil
				continue
			}
			s.successes++
			s.offsets[msg.Partition] = append(s.offsets[msg.Partition], msg.Offset)
			at(msg)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			s.errs = append(s.errs, err)
		}
	}
	return s
}

// reader collects what a partition holds.
type reader struct {
	values []string
	errs   []error
}

// read reads the partitions of a topic until each has given n records, with an error for what stops short.
func read(t *testing.T, c cluster.Cluster, conf *sarama.Config, topic string, partitions, n int) []reader {
	t.Helper()
	done := readAlong(t, c, conf, topic, partitions, n)
	return done()
}

// readAlong starts to read as read does; what it returns waits for the end.
func readAlong(t *testing.T, c cluster.Cluster, conf *sarama.Config, topic string, partitions, n int) func() []reader {
	t.Helper()
	consumer, err := sarama.NewConsumer(c.Addrs(), conf)
	require.NoError(t, err)
	readers := make([]reader, partitions)
	ended := make(chan error, partitions)
	for p := range int32(partitions) {
		pc, err := consumer.ConsumePartition(topic, p, sarama.OffsetOldest)
		require.NoError(t, err)
		go func() { ended <- readers[p].fill(pc, n) }()
	}
	return func() []reader {
		for range partitions {
			require.NoError(t, <-ended)
		}
		require.NoError(t, consumer.Close())
		return readers
	}
}

func (r *reader) fill(pc sarama.PartitionConsumer, n int) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for len(r.values) < n {
		select {
		case msg := <-pc.Messages():
			r.values = append(r.values, string(msg.Value))
			timer.Reset(patience)
		case err := <-pc.Errors():
			r.errs = append(r.errs, err)
		case <-timer.C:
			return fmt.Errorf("nothing came for %v after %d of %d records; errors: %v", patience, len(r.values), n, r.errs)
		}
	}
	return pc.Close()
}

// requireEachOnce requires that a partition holds the records 0 to n-1, each once, in order.
func requireEachOnce(t *testing.T, values []string, n int) {
	t.Helper()
	require.Len(t, values, n)
	for i, v := range values {
		require.Equal(t, value(i), v)
	}
}

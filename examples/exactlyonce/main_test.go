package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts an embedded Kafka with topics of two partitions, and fills the first.
func start(t *testing.T, values []string, topics ...string) string {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topics...))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	conf := sarama.NewConfig()
	conf.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer(cluster.ListenAddrs(), conf)
	require.NoError(t, err)
	for i, value := range values {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic: topics[0], Key: sarama.StringEncoder(fmt.Sprint(i % 5)), Value: sarama.StringEncoder(value),
		})
		require.NoError(t, err)
	}
	require.NoError(t, producer.Close())
	return strings.Join(cluster.ListenAddrs(), ",")
}

// runUntil runs the example until done, and then interrupts it.
func runUntil(t *testing.T, done func() bool, args ...string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, &out, &errs) }()
	require.Eventually(t, done, 30*time.Second, 20*time.Millisecond)
	cancel()
	require.Equal(t, cli.ExitOK, <-code, errs.String())
}

// It is stopped and started again and again: each record of the input is in the output once.
func TestExactlyOnce(t *testing.T) {
	var values []string
	for i := range 400 {
		values = append(values, fmt.Sprint("word ", i))
	}
	brokers := start(t, values, "words", "upper")
	conf := sarama.NewConfig()
	conf.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer(strings.Split(brokers, ","), conf)
	require.NoError(t, err)
	var mu sync.Mutex
	got := make(map[string]int)
	var readers sync.WaitGroup
	var all []sarama.PartitionConsumer
	for p := range int32(2) {
		pc, err := consumer.ConsumePartition("upper", p, sarama.OffsetOldest)
		require.NoError(t, err)
		all = append(all, pc)
		readers.Go(func() {
			for msg := range pc.Messages() {
				mu.Lock()
				got[string(msg.Value)]++
				mu.Unlock()
			}
		})
	}
	seen := func(n int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(got) >= n
		}
	}
	for _, n := range []int{1, 150, 300, 400} {
		runUntil(t, seen(n), "-brokers", brokers, "-batch", "3")
	}
	for _, pc := range all {
		require.NoError(t, pc.Close())
	}
	readers.Wait()
	require.NoError(t, consumer.Close())
	require.Len(t, got, 400)
	for value, times := range got {
		require.Equal(t, 1, times, value)
	}
}

package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// It is stopped and started again and again: each record of the input is in the output once.
func TestExactlyOnce(t *testing.T) {
	var values []string
	for i := range 400 {
		values = append(values, fmt.Sprint("word ", i))
	}
	brokers := exampletest.Start(t, values, "words", "upper")
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
		exampletest.RunUntil(t, run, io.Discard, seen(n), "-brokers", brokers, "-batch", "3")
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

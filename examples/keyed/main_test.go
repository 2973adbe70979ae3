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

// output is what an example writes, to be looked at while it runs.
type output struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) lines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Split(strings.TrimSpace(o.text.String()), "\n")
}

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
func runUntil(t *testing.T, out *output, done func() bool, args ...string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, out, &errs) }()
	require.Eventually(t, done, 30*time.Second, 20*time.Millisecond)
	cancel()
	require.Equal(t, cli.ExitOK, <-code, errs.String())
}

func TestKeyed(t *testing.T) {
	var values []string
	for i := range 300 {
		values = append(values, fmt.Sprint(i))
	}
	brokers := start(t, values, "orders")
	out := new(output)
	runUntil(t, out, func() bool { return len(out.lines()) >= 300 }, "-brokers", brokers, "-work", "1ms")
	require.Len(t, out.lines(), 300)
	last := make(map[string]int)
	for _, line := range out.lines() {
		var place, key string
		var value int
		_, err := fmt.Sscanf(line, "%s %s = %d", &place, &key, &value)
		require.NoError(t, err)
		require.Equal(t, last[key] > 0, value >= 5, line)
		require.GreaterOrEqual(t, value, last[key], "in order of the key")
		last[key] = value + 1
	}
	// All is committed: nothing comes again.
	again := new(output)
	began := time.Now()
	runUntil(t, again, func() bool { return time.Since(began) > time.Second }, "-brokers", brokers)
	require.Equal(t, []string{""}, again.lines())
}

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

func TestDeadLetters(t *testing.T) {
	brokers := start(t, []string{"good 1", "bad 2", "good 3", "bad 4"}, "orders", "orders.retry", "orders.dead")
	out := new(output)
	count := func(what string) (n int) {
		for _, line := range out.lines() {
			if strings.Contains(line, what) {
				n++
			}
		}
		return n
	}
	runUntil(t, out, func() bool { return count("orders.retry") >= 2 && count("good") >= 2 }, "-brokers", brokers, "-delay", "100ms")
	require.Equal(t, 4, count("it is bad"))

	conf := sarama.NewConfig()
	conf.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer(strings.Split(brokers, ","), conf)
	require.NoError(t, err)
	dead := make(map[string]int)
	require.Eventually(t, func() bool {
		clear(dead)
		for p := range int32(2) {
			pc, err := consumer.ConsumePartition("orders.dead", p, sarama.OffsetOldest)
			require.NoError(t, err)
			for reading := true; reading; {
				select {
				case msg := <-pc.Messages():
					dead[string(msg.Value)]++
				case <-time.After(500 * time.Millisecond):
					reading = false
				}
			}
			require.NoError(t, pc.Close())
		}
		return len(dead) == 2
	}, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, map[string]int{"bad 2": 1, "bad 4": 1}, dead)
	require.NoError(t, consumer.Close())
}

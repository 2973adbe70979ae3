package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDeadLetters(t *testing.T) {
	brokers := exampletest.Start(t, []string{"good 1", "bad 2", "good 3", "bad 4"}, "orders", "orders.retry", "orders.dead")
	out := new(exampletest.Output)
	count := func(what string) (n int) {
		for _, line := range out.Lines() {
			if strings.Contains(line, what) {
				n++
			}
		}
		return n
	}
	exampletest.RunUntil(t, run, out, func() bool { return count("orders.retry") >= 2 && count("good") >= 2 }, "-brokers", brokers, "-delay", "100ms")
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

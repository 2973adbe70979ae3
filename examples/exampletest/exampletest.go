// Package exampletest is what the tests of the examples have in common.
package exampletest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// Commands runs a command that starts a Kafka inside the program: with flags after which it prints text, and with those that each such
// command refuses or fails with.
func Commands(t *testing.T, name string, run cli.Command, args []string, text string) {
	for name, c := range map[string]struct {
		args        []string
		code        int
		text, error string
	}{
		"embedded": {args, cli.ExitOK, text, ""},
		"help":     {[]string{"-h"}, cli.ExitOK, "", "Usage: " + name + " [flags]"},
		"usage":    {[]string{"-nope"}, cli.ExitUsage, "", "(-h tells the flags)"},
		"argument": {[]string{"nope"}, cli.ExitUsage, "", "unexpected argument nope"},
		"failure":  {[]string{"-brokers", "127.0.0.1:1"}, cli.ExitFailure, "", "127.0.0.1:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, c.code, run(t.Context(), c.args, &out, &errs), errs.String())
			require.Contains(t, out.String(), c.text)
			require.Contains(t, errs.String(), c.error)
		})
	}
}

// Start starts an embedded Kafka with topics of two partitions, fills the first, and returns the brokers' addresses as a flag has them.
func Start(t *testing.T, values []string, topics ...string) string {
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

// RunUntil runs a command until done, and then interrupts it, which it has to take well.
func RunUntil(t *testing.T, run cli.Command, out io.Writer, done func() bool, args ...string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, out, &errs) }()
	require.Eventually(t, done, 30*time.Second, 20*time.Millisecond)
	cancel()
	require.Equal(t, cli.ExitOK, <-code, errs.String())
}

// Output is what a command writes, to be looked at while it runs.
type Output struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// Lines returns what was written so far; one empty line if nothing was.
func (o *Output) Lines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Split(strings.TrimSpace(o.text.String()), "\n")
}

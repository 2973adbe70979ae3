package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stopping is a writer that calls stop when it has what it waits for.
type stopping struct {
	bytes.Buffer
	last string
	stop func()
}

func (s *stopping) Write(b []byte) (int, error) {
	defer func() {
		if strings.Contains(s.String(), s.last) {
			s.stop()
		}
	}()
	return s.Buffer.Write(b)
}

func TestPrintsFromAnOffset(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	require.NoError(t, err)
	defer cluster.Close()
	conf := sarama.NewConfig()
	conf.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer(cluster.ListenAddrs(), conf)
	require.NoError(t, err)
	for _, value := range []string{"zero", "one", "two"} {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: "t", Value: sarama.StringEncoder(value)})
		require.NoError(t, err)
	}
	require.NoError(t, producer.Close())
	for offset, want := range map[string]string{
		"1":      "Offset:\t1\nKey:\t\nValue:\tone\n\nOffset:\t2\nKey:\t\nValue:\ttwo\n\n",
		"oldest": "Offset:\t0\nKey:\t\nValue:\tzero\n\nOffset:\t1\nKey:\t\nValue:\tone\n\nOffset:\t2\nKey:\t\nValue:\ttwo\n\n",
	} {
		ctx, stop := context.WithCancel(t.Context())
		out := &stopping{last: "two", stop: stop}
		var errs bytes.Buffer
		args := []string{"-brokers", cluster.ListenAddrs()[0], "-topic=t", "-partition=0", "-offset", offset}
		require.Equal(t, command.ExitOK, run(ctx, args, out, &errs), errs.String())
		require.Equal(t, want, out.String())
	}
	for args, code := range map[string]int{
		"-topic=":                         command.ExitUsage,
		"-topic=t":                        command.ExitUsage,
		"-topic=t -partition=0 -offset=x": command.ExitUsage,
		"-topic=t -partition=4":           command.ExitUnavailable,
	} {
		var errs bytes.Buffer
		require.Equal(t, code, run(t.Context(), append(strings.Fields(args), "-brokers", cluster.ListenAddrs()[0]), io.Discard, &errs), args)
	}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// topic starts a cluster with a topic of three partitions that have two records each.
func topic(t *testing.T) (brokers string) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "t"))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	conf := sarama.NewConfig()
	conf.Producer.Return.Successes = true
	conf.Producer.Partitioner = sarama.NewManualPartitioner
	producer, err := sarama.NewSyncProducer(cluster.ListenAddrs(), conf)
	require.NoError(t, err)
	for i := range int32(6) {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic: "t", Partition: i % 3, Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(fmt.Sprint("v", i)),
		})
		require.NoError(t, err)
	}
	require.NoError(t, producer.Close())
	return "-brokers=" + cluster.ListenAddrs()[0]
}

// until is a writer that calls stop when it has seen n records.
type until struct {
	bytes.Buffer
	n    int
	stop func()
}

func (u *until) Write(b []byte) (int, error) {
	if n, err := u.Buffer.Write(b); err != nil {
		return n, err
	}
	if strings.Count(u.String(), "Value:") == u.n {
		u.stop()
	}
	return len(b), nil
}

func TestPrintsPartitions(t *testing.T) {
	brokers := topic(t)
	for partitions, n := range map[string]int{"all": 6, "0,2": 4} {
		ctx, stop := context.WithCancel(t.Context())
		out := &until{n: n, stop: stop}
		var errs bytes.Buffer
		args := []string{brokers, "-topic=t", "-offset=oldest", "-partitions", partitions}
		require.Equal(t, command.ExitOK, run(ctx, args, out, &errs), errs.String())
		require.Contains(t, out.String(), "Partition:\t2\nOffset:\t1\nKey:\tk\nValue:\tv5\n\n")
		require.Equal(t, partitions == "all", strings.Contains(out.String(), "Partition:\t1\n"))
		require.Contains(t, errs.String(), "Done consuming topic t")
	}
}

type torn struct{}

func (torn) Write([]byte) (int, error) { return 0, errors.New("torn") }

func TestOutputThatCannotBeWrittenEndsIt(t *testing.T) {
	var errs bytes.Buffer
	args := []string{topic(t), "-topic=t", "-offset=oldest", "-buffer-size=0"}
	require.Equal(t, command.ExitUnavailable, run(t.Context(), args, torn{}, &errs))
	require.Contains(t, errs.String(), "torn")
}

func TestMistakes(t *testing.T) {
	brokers := topic(t)
	for args, text := range map[string]string{
		"-topic=":                     "-topic is required",
		"-topic=t -offset=3":          `"3"`,
		"-topic=t -partitions=0,x":    `"x"`,
		"-topic=t -buffer-size=-1":    "-1",
		"-topic=t -tls-client-cert=x": "go together",
	} {
		var errs bytes.Buffer
		require.Equal(t, command.ExitUsage, run(t.Context(), append(strings.Fields(args), brokers), io.Discard, &errs), args)
		require.Contains(t, errs.String(), text)
	}
	var errs bytes.Buffer
	args := []string{brokers, "-topic=t", "-partitions=0,7"}
	require.Equal(t, command.ExitUnavailable, run(t.Context(), args, io.Discard, &errs))
	require.Contains(t, errs.String(), "partition 7")
}

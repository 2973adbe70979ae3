package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOneMessage(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "t"))
	require.NoError(t, err)
	defer cluster.Close()
	brokers := "-brokers=" + cluster.ListenAddrs()[0]

	var out, errs bytes.Buffer
	args := []string{brokers, "-topic", "t", "-partition", "2", "-key", "k", "-value", "v", "-headers", "a:1,b:2", "-metrics"}
	require.Equal(t, command.ExitOK, run(args, nil, &out, &errs), errs.String())
	require.Equal(t, "topic=t\tpartition=2\toffset=0\n", out.String())
	require.Contains(t, errs.String(), "record-send-rate")

	out.Reset()
	args = []string{brokers, "-topic", "t", "-partition", "2", "-silent"}
	require.Equal(t, command.ExitOK, run(args, strings.NewReader("from\nstdin"), &out, &errs), errs.String())
	require.Empty(t, out.String())

	consumer, err := sarama.NewConsumer(cluster.ListenAddrs(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, consumer.Close()) }()
	pc, err := consumer.ConsumePartition("t", 2, sarama.OffsetOldest)
	require.NoError(t, err)
	defer func() { require.NoError(t, pc.Close()) }()
	first, second := <-pc.Messages(), <-pc.Messages()
	require.Equal(t, "k", string(first.Key))
	require.Equal(t, "v", string(first.Value))
	require.Equal(t, []*sarama.RecordHeader{{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("b"), Value: []byte("2")}}, first.Headers)
	require.Nil(t, second.Key)
	require.Equal(t, "from\nstdin", string(second.Value))
}

func TestMistakes(t *testing.T) {
	t.Setenv("KAFKA_PEERS", "127.0.0.1:1")
	for name, c := range map[string]struct {
		args string
		code int
		text string
	}{
		"brokers":     {"-brokers= -topic=t -value=v", command.ExitUsage, "KAFKA_PEERS"},
		"topic":       {"-value=v", command.ExitUsage, "-topic is required"},
		"value":       {"-topic=t", command.ExitUsage, "neither a -value nor"},
		"partitioner": {"-topic=t -value=v -partitioner=best", command.ExitUsage, `"best"`},
		"partition":   {"-topic=t -value=v -partitioner=manual", command.ExitUsage, "needs a -partition"},
		"headers":     {"-topic=t -value=v -headers=a", command.ExitUsage, "name:value"},
		"no broker":   {"-topic=t -value=v", command.ExitUnavailable, "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, c.code, run(strings.Fields(c.args), nil, &out, &errs))
			require.Contains(t, errs.String(), c.text)
			require.Empty(t, out.String())
		})
	}
	var errs bytes.Buffer
	broken := iotest.ErrReader(errors.New("torn"))
	require.Equal(t, command.ExitNoInput, run([]string{"-topic=t"}, broken, &errs, &errs))
}

package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestQuickstartNeedsNothing(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitOK, run(t.Context(), []string{"-records", "500"}, &out, &errs), errs.String())
	require.Contains(t, out.String(), "every record came back once, and in order.")
	for _, step := range []string{"async none", "async gzip", "async snappy", "async lz4", "async zstd", "sync, keys", "consume"} {
		require.Contains(t, out.String(), step)
	}
	require.Contains(t, out.String(), "3000") // six times 500 consumed
	for _, codec := range []string{"gzip", "snappy", "lz4", "zstd"} {
		require.Regexp(t, `async `+codec+` .* [1-9]\d? %`, out.String()) // it was compressed, and the table says how far
	}
	require.Empty(t, errs.String())
}

func TestQuickstartOnGivenBrokers(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(2))
	require.NoError(t, err)
	defer cluster.Close()
	var out, errs bytes.Buffer
	args := []string{"-records", "200", "-partitions", "3", "-version", "2.1.0", "-brokers", strings.Join(cluster.ListenAddrs(), ",")}
	require.Equal(t, cli.ExitOK, run(t.Context(), args, &out, &errs), errs.String())
	require.NotContains(t, out.String(), "embedded")
}

func TestQuickstartLeavesOutWhatAVersionDoesNotKnow(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitOK, run(t.Context(), []string{"-records", "200", "-version", "2.0.0"}, &out, &errs), errs.String())
	require.Contains(t, out.String(), "zstd is left out")
	require.NotContains(t, out.String(), "async zstd")
	require.Contains(t, out.String(), "1000") // five times 200 consumed
}

func TestQuickstartTellsWhichBrokersAreWrong(t *testing.T) {
	var out, errs bytes.Buffer
	began := time.Now()
	require.Equal(t, cli.ExitFailure, run(t.Context(), []string{"-brokers", "127.0.0.1:1,127.0.0.2:1"}, &out, &errs))
	require.Less(t, time.Since(began), 15*time.Second)
	require.Contains(t, errs.String(), "  127.0.0.1:1: ")
	require.Contains(t, errs.String(), "  127.0.0.2:1: ")
	require.Contains(t, errs.String(), "connection refused")
}

func TestQuickstartFlags(t *testing.T) {
	for _, args := range [][]string{{"-records", "0"}, {"extra"}, {"-nonsense"}, {"-version", "new"}, {"-brokers", ","}} {
		var out, errs bytes.Buffer
		require.Equal(t, cli.ExitUsage, run(t.Context(), args, &out, &errs), args)
		require.NotEmpty(t, errs.String())
	}
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitOK, run(t.Context(), []string{"-h"}, &out, &errs))
	require.Contains(t, errs.String(), "-brokers")
}

func TestQuickstartNamesBrokersThatNeverAnswer(t *testing.T) {
	var addrs []string
	for range 3 { // one after the other, they would take longer than the patience
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		addrs = append(addrs, listener.Addr().String())
	}
	var out, errs bytes.Buffer
	args := []string{"-timeout", "1s", "-brokers", strings.Join(addrs, ",")}
	began := time.Now()
	require.Equal(t, cli.ExitFailure, run(t.Context(), args, &out, &errs))
	require.Less(t, time.Since(began), 10*time.Second)
	for _, addr := range addrs {
		require.Contains(t, errs.String(), "  "+addr+": ")
	}
	require.Equal(t, 4, strings.Count(errs.String(), "\n"), errs.String())
}

func TestQuickstartDeletesItsTopicWhenInterrupted(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	require.NoError(t, err)
	defer cluster.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The first record interrupts it.
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cancel()
		return nil, nil, false
	})
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitFailure, run(ctx, []string{"-records", "100000", "-brokers", cluster.ListenAddrs()[0]}, &out, &errs))
	require.Contains(t, errs.String(), "interrupted")
	client, err := sarama.NewClient(cluster.ListenAddrs(), nil)
	require.NoError(t, err)
	defer client.Close()
	topics, err := client.Topics()
	require.NoError(t, err)
	require.Empty(t, topics)
}

func TestLedgerFindsWhatIsWrong(t *testing.T) {
	sent := func(partition int32, offset int64, number int, value string) *sarama.ProducerMessage {
		return &sarama.ProducerMessage{Partition: partition, Offset: offset, Metadata: number, Value: sarama.StringEncoder(value)}
	}
	for name, c := range map[string]struct {
		msgs    []*sarama.ProducerMessage
		problem string
	}{
		"right":     {[]*sarama.ProducerMessage{sent(1, 1, 2, "b"), sent(1, 0, 1, "a"), sent(0, 0, 3, "c")}, ""},
		"order":     {[]*sarama.ProducerMessage{sent(1, 0, 2, "b"), sent(1, 1, 1, "a"), sent(0, 0, 3, "c")}, `at offset 1, "a" comes after "b"`},
		"duplicate": {[]*sarama.ProducerMessage{sent(1, 0, 1, "a"), sent(1, 2, 2, "b"), sent(0, 0, 3, "c")}, "nothing was sent for offset 1"},
		"loss":      {[]*sarama.ProducerMessage{sent(1, 0, 1, "a"), sent(0, 0, 3, "c")}, "3 records were sent, but have 2 offsets"},
		"one place": {[]*sarama.ProducerMessage{sent(1, 0, 1, "a"), sent(1, 0, 2, "b"), sent(0, 0, 3, "c")}, "3 records were sent, but have 2 offsets"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(2)
			require.Equal(t, 1, l.handOut(3))
			for _, msg := range c.msgs {
				l.sent(msg)
			}
			if c.problem == "" {
				require.Empty(t, l.problems())
				return
			}
			require.Len(t, l.problems(), 1)
			require.Contains(t, l.problems()[0], c.problem)
		})
	}
}

package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestQuickstartNeedsNothing(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitOK, run([]string{"-records", "500"}, &out, &errs), errs.String())
	require.Contains(t, out.String(), "every record came back once, and in order.")
	for _, step := range []string{"async none", "async gzip", "async snappy", "async lz4", "async zstd", "sync, keys", "consume"} {
		require.Contains(t, out.String(), step)
	}
	require.Contains(t, out.String(), "3000") // six times 500 consumed
	require.Empty(t, errs.String())
}

func TestQuickstartOnGivenBrokers(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(2))
	require.NoError(t, err)
	defer cluster.Close()
	var out, errs bytes.Buffer
	args := []string{"-records", "200", "-partitions", "3", "-version", "2.1.0", "-brokers", strings.Join(cluster.ListenAddrs(), ",")}
	require.Equal(t, cli.ExitOK, run(args, &out, &errs), errs.String())
	require.NotContains(t, out.String(), "embedded")
}

func TestQuickstartTellsWhichBrokersAreWrong(t *testing.T) {
	var out, errs bytes.Buffer
	began := time.Now()
	require.Equal(t, cli.ExitFailure, run([]string{"-brokers", "127.0.0.1:1,127.0.0.2:1"}, &out, &errs))
	require.Less(t, time.Since(began), 15*time.Second)
	require.Contains(t, errs.String(), "  127.0.0.1:1: ")
	require.Contains(t, errs.String(), "  127.0.0.2:1: ")
	require.Contains(t, errs.String(), "connection refused")
}

func TestQuickstartFlags(t *testing.T) {
	for _, args := range [][]string{{"-records", "0"}, {"extra"}, {"-nonsense"}, {"-version", "new"}, {"-brokers", ","}} {
		var out, errs bytes.Buffer
		require.Equal(t, cli.ExitUsage, run(args, &out, &errs), args)
		require.NotEmpty(t, errs.String())
	}
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitOK, run([]string{"-h"}, &out, &errs))
	require.Contains(t, errs.String(), "-brokers")
}

func TestLedgerFindsWhatIsWrong(t *testing.T) {
	l := newLedger(2)
	l.sent(1, 1, "b")
	l.sent(1, 0, "a")
	require.Equal(t, []string{"a", "b"}, l.partitions[1])
	require.Equal(t, 2, l.total())
}

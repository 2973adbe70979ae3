package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLoadIsSent(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "t"))
	require.NoError(t, err)
	defer cluster.Close()
	for _, more := range []string{"", "-sync -routines=3", "-compression=zstd -version=2.1.0", "-partitioner=manual -partition=2"} {
		var out, errs bytes.Buffer
		args := append(strings.Fields(more), "-brokers", cluster.ListenAddrs()[0], "-topic=t", "-message-load=2000", "-message-size=50", "-version=2.1.0")
		require.Equal(t, command.ExitOK, run(t.Context(), args, &out, &errs), errs.String())
		require.Regexp(t, `^2000 records sent, [\d.]+ records/sec .* 0 total req\. in flight\n$`, out.String())
	}
	var errs bytes.Buffer
	args := []string{"-brokers", cluster.ListenAddrs()[0], "-topic=t", "-message-load=10", "-message-size=2000", "-max-message-bytes=1000"}
	require.Equal(t, command.ExitUnavailable, run(t.Context(), args, io.Discard, &errs))
	require.Contains(t, errs.String(), "ERROR: sending: ")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	args = []string{"-brokers", cluster.ListenAddrs()[0], "-topic=t", "-message-load=10", "-message-size=20", "-sync"}
	require.Equal(t, command.ExitUnavailable, run(ctx, args, io.Discard, io.Discard))
}

func TestThroughputIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		n := 0
		for range (&settings{throughput: 10}).paced(t.Context(), 35) {
			n++
			require.LessOrEqual(t, n, 10*(int(time.Since(start)/time.Second)+1))
		}
		require.Equal(t, 35, n)
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestMistakes(t *testing.T) {
	for args, text := range map[string]string{
		"-message-load=1 -message-size=1":                                                   "-topic is required",
		"-topic=t -message-size=1":                                                          "-message-load",
		"-topic=t -message-load=1":                                                          "-message-size",
		"-topic=t -message-load=1 -message-size=1 -routines=2":                              "-routines",
		"-topic=t -message-load=1 -message-size=1 -security-protocol=X":                     `"X"`,
		"-topic=t -message-load=1 -message-size=1 -partitioner=manual":                      "-partition",
		"-topic=t -message-load=1 -message-size=1 -partitioner=x":                           `"x"`,
		"-topic=t -message-load=1 -message-size=1 -compression=x":                           "-compression",
		"-topic=t -message-load=1 -message-size=1 -version=x":                               "-version",
		"-topic=t -message-load=1 -message-size=1 -compression=zstd":                        "zstd",
		"-topic=t -message-load=1 -message-size=1 -brokers= -version=2.1.0":                 "KAFKA_PEERS",
		"-topic=t -message-load=1 -message-size=1 -security-protocol=SSL -tls-client-key=x": "go together",
	} {
		var errs bytes.Buffer
		require.Equal(t, command.ExitUsage, run(t.Context(), append([]string{"-brokers=127.0.0.1:1"}, strings.Fields(args)...), io.Discard, &errs), args)
		require.Contains(t, errs.String(), text, args)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func doctor(args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestHealthyCluster(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"))
	require.NoError(t, err)
	defer cluster.Close()
	brokers := strings.Join(cluster.ListenAddrs(), ",")
	code, out, errs := doctor("-brokers", brokers)
	require.Equal(t, cli.ExitOK, code, out+errs)
	require.Regexp(t, "ok +TCP", out)
	require.Regexp(t, "ok +message.max.bytes", out)

	code, out, _ = doctor("-brokers", brokers, "-json")
	require.Equal(t, cli.ExitOK, code)
	var d sarama.Diagnosis
	require.NoError(t, json.Unmarshal([]byte(out), &d))
	require.True(t, d.OK())
	require.Len(t, d.Brokers, 2)
}

func TestSick(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gone := listener.Addr().String()
	require.NoError(t, listener.Close())
	code, out, _ := doctor("-brokers", gone)
	require.Equal(t, cli.ExitFailure, code)
	require.Contains(t, out, "the connection is refused")
	require.Contains(t, out, "-> check that the broker runs")
	require.True(t, strings.HasSuffix(out, "something is wrong\n"))
}

func TestAuthentication(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "alice", "canary"))
	require.NoError(t, err)
	defer cluster.Close()
	t.Setenv("KAFKA_PASSWORD", "canary")
	code, out, errs := doctor("-brokers", cluster.ListenAddrs()[0], "-sasl", "scram-sha-256", "-user", "alice")
	require.Equal(t, cli.ExitOK, code, out+errs)
	require.Contains(t, out, "SASL: SCRAM-SHA-256 as alice")
	require.NotContains(t, out+errs, "canary")
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-nonsense"}, {"-version", "x"}, {"-brokers", ","}, {"arg"}, {"-ca", "/nonexistent"}, {"-cert", "/nonexistent"},
		{"-sasl", "NTLM"}, {"-sasl", "OAUTHBEARER", "-token-url", "ftp://x/"}, {"-sasl", "PLAIN"}, {"-ca", "main.go"},
	} {
		code, _, errs := doctor(args...)
		require.Equal(t, cli.ExitUsage, code, args)
		require.Contains(t, errs, "doctor: ")
	}
	code, _, errs := doctor("-h")
	require.Equal(t, cli.ExitOK, code)
	require.Contains(t, errs, "KAFKA_PASSWORD")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage runs commands against an embedded cluster with topic one.
type stage struct {
	t       *testing.T
	brokers string
}

func newStage(t *testing.T) stage {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(2, "one"))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return stage{t, strings.Join(cluster.ListenAddrs(), ",")}
}

func (s stage) run(args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	args = append([]string{args[0], "-brokers", s.brokers}, args[1:]...)
	code = run(context.Background(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func (s stage) ok(args ...string) string {
	s.t.Helper()
	code, out, errs := s.run(args...)
	require.Equal(s.t, cli.ExitOK, code, errs)
	return out
}

func TestTopics(t *testing.T) {
	s := newStage(t)
	require.Regexp(t, `TOPIC .*\none +2 +`, s.ok("topics"))
	s.ok("topics", "-create", "-partitions", "3", "-replicas", "2", "new")
	var listed []map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.ok("topics", "-json", "new")), &listed))
	require.Equal(t, "new", listed[0]["topic"])
	require.EqualValues(t, 3, listed[0]["partitions"])

	code, out, errs := s.run("topics", "-create", "-partitions", "1", "-replicas", "1", "new", "other")
	require.Equal(t, cli.ExitFailure, code)
	require.Regexp(t, `other +1 +1`, out, "what succeeded is told")
	require.Contains(t, errs, "admin topics: CreateTopics: topic new: ")
	s.ok("topics", "-delete", "new")
	code, _, errs = s.run("topics", "new")
	require.Equal(t, cli.ExitFailure, code)
	require.Contains(t, errs, "topic new: ")
}

func TestGroupsAndLag(t *testing.T) {
	s := newStage(t)
	admin, err := sarama.NewAdmin(strings.Split(s.brokers, ","), nil)
	require.NoError(t, err)
	defer admin.Close()
	require.NoError(t, admin.AlterGroupOffsets(t.Context(), "g", map[string]map[int32]sarama.OffsetAndMetadata{"one": {1: {LeaderEpoch: -1}}}))
	require.Regexp(t, `\ng +`, s.ok("groups"))
	require.Regexp(t, `g +one +1 +0 +0 +0`, s.ok("groups", "-lag", "g"))
	require.Regexp(t, `g +Empty`, s.ok("groups", "g"))
	s.ok("groups", "-delete", "g")
	code, _, errs := s.run("groups", "-delete", "g")
	require.Equal(t, cli.ExitFailure, code)
	require.Contains(t, errs, "group g: ")
}

func TestConfigs(t *testing.T) {
	s := newStage(t)
	s.ok("configs", "-topic", "one", "-set", "retention.ms=5000")
	require.Regexp(t, `retention.ms +5000`, s.ok("configs", "-topic", "one"))
	s.ok("configs", "-topic", "one", "-unset", "retention.ms")
	require.NotContains(t, s.ok("configs", "-topic", "one"), "5000")
}

func TestOthersAnswer(t *testing.T) {
	s := newStage(t)
	for command, title := range map[string]string{
		"acls": "RESOURCE", "users": "USER", "quotas": "ENTITY", "transactions": "TRANSACTIONAL ID", "cluster": "KIND",
	} {
		require.Contains(t, s.ok(command), title)
	}
	require.Regexp(t, `broker +1 +127`, s.ok("cluster"))
}

func TestMistakesAreTold(t *testing.T) {
	s := newStage(t)
	for want, args := range map[string][]string{
		"name the topics to delete":         {"topics", "-delete"},
		"give -topic, -broker or -group":    {"configs"},
		"it is no name=value":               {"configs", "-topic", "one", "-set", "x"},
		"-version":                          {"topics", "-version", "x"},
		"flag provided but not defined: -x": {"topics", "-x"},
	} {
		code, _, errs := s.run(args...)
		require.Equal(t, cli.ExitUsage, code, errs)
		require.Contains(t, errs, want)
	}
	var stdout, stderr bytes.Buffer
	require.Equal(t, cli.ExitUsage, run(t.Context(), []string{"nothing"}, &stdout, &stderr))
	require.Equal(t, cli.ExitUsage, run(t.Context(), nil, &stdout, &stderr))
	require.Equal(t, cli.ExitOK, run(t.Context(), []string{"help"}, &stdout, &stderr))
	code, _, errs := stage{t, "127.0.0.1:1"}.run("topics")
	require.Equal(t, cli.ExitFailure, code)
	require.Contains(t, errs, "127.0.0.1:1: ")
}

func TestRefusalsComeWithAdvice(t *testing.T) {
	err := explain(&sarama.AdminError{Operation: "DeleteTopics", Resource: "topic t", Err: sarama.ErrTopicAuthorizationFailed})
	require.ErrorContains(t, err, "(the client's user needs an ACL for that)")
	require.NoError(t, explain(nil))
}

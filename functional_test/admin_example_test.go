package functional_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

// TestAdminExample runs the command-line tool of the examples against brokers with an authorizer.
func TestAdminExample(t *testing.T) {
	c, _ := guardedCluster(t)
	program := filepath.Join(t.TempDir(), "admin")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./admin")
	build.Dir = filepath.Join("..", "examples")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	attempt := func(args ...string) (string, error) {
		args = append([]string{args[0], "-brokers", strings.Join(c.Addrs(), ",")}, args[1:]...)
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		return string(out), err
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := attempt(args...)
		require.NoError(t, err, "%s", out)
		return out
	}
	shows := func(pattern string, args ...string) {
		t.Helper()
		require.Regexp(t, "(?m)"+pattern, run(args...))
	}
	topic := c.NewTopic(t, 2)
	group := topic + "-group"
	produceWithTimes(t, c, topic, 5)
	_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	require.NoError(t, admin.AlterGroupOffsets(within(t), group, map[string]map[int32]sarama.OffsetAndMetadata{topic: {0: {Offset: 3, LeaderEpoch: -1}}}))
	require.NoError(t, admin.CreateACLs(within(t), []*sarama.ResourceAcls{{
		Resource: sarama.Resource{ResourceType: sarama.AclResourceTopic, ResourceName: topic, ResourcePatternType: sarama.AclPatternLiteral},
		Acls:     []*sarama.Acl{{Principal: "User:alice", Host: "*", Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionAllow}},
	}}))
	require.NoError(t, admin.AlterUserScramCredentials(within(t), []sarama.AlterUserScramCredentialsUpsert{
		{Name: "carol", Mechanism: sarama.SCRAM_MECHANISM_SHA_256, Password: []byte("secret")},
	}, nil))
	require.NoError(t, admin.AlterClientQuotas(within(t), []sarama.AlterClientQuotasEntry{{
		Entity: []sarama.QuotaEntityComponent{{EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Name: "bob"}},
		Ops:    []sarama.ClientQuotasOp{{Key: "consumer_byte_rate", Value: 3000}},
	}}, false))
	toolsOnTransactions(t, c, admin, &toolCalls{})

	shows(`^`+topic+` +2 +1 +0 +0 +false`, "topics", topic)
	shows(`^`+topic+`-new +3 +1`, "topics", "-create", "-partitions", "3", "-replicas", "1", topic+"-new")
	shows(`^`+group+` +classic +Empty`, "groups", "-state", "Empty")
	shows(`^`+group+` +`+topic+` +0 +3 +5 +2`, "groups", "-lag", group)
	run("configs", "-topic", topic, "-set", "retention.ms=424242")
	eventually(t, func() error { // the broker hears of it from the controller
		out, err := attempt("configs", "-topic", topic)
		if err == nil && !strings.Contains(out, "424242") {
			err = errors.New(out)
		}
		return err
	})
	shows(`^Topic +`+topic+` +Literal +User:alice +\* +Read +Allow`, "acls")
	shows(`^carol +SCRAM-SHA-256 +8192`, "users")
	shows(`user bob +consumer_byte_rate +3000`, "quotas")
	shows(`-tx +\d+ +Ongoing`, "transactions")
	shows(`^broker +1 +127.0.0.1:`, "cluster")
	shows(`^controller +1 +active`, "cluster")
	var listed []map[string]any
	require.NoError(t, json.Unmarshal([]byte(run("groups", "-json", "-lag", group)), &listed))
	require.EqualValues(t, 2, listed[0]["lag"])
	out2, err := attempt("topics", "-delete", topic+"-none", topic+"-new")
	require.Error(t, err)
	require.Contains(t, out2, "topic "+topic+"-none: ")
	require.NotContains(t, run("topics"), topic+"-new ")
}

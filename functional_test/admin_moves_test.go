package functional_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// TestAdminMovesBetweenDirectories moves a replica from one of a broker's directories to another.
func TestAdminMovesBetweenDirectories(t *testing.T) {
	c := cluster.Start(t, cluster.Options{NodeProperties: func(n cluster.Node) map[string]string {
		return map[string]string{"log.dirs": n.Dir + "/data," + n.Dir + "/more"}
	}})
	_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	topic := c.NewTopic(t, 1)
	produceWithTimes(t, c, topic, 5)
	where := func() (has, hasNot string) {
		dirs, err := admin.DescribeLogDirs(within(t), 1)
		require.NoError(t, err)
		for _, dir := range dirs[1] {
			found := false
			for _, held := range dir.Topics {
				found = found || held.Topic == topic && !held.Partitions[0].IsTemporary
			}
			if found {
				has = dir.Path
			} else {
				hasNot = dir.Path
			}
		}
		return has, hasNot
	}
	from, to := where()
	require.NotEmpty(t, from)
	require.NotEmpty(t, to)
	require.NoError(t, admin.AlterReplicaLogDirs(within(t), 1, map[string]map[string][]int32{to: {topic: {0}}}))
	eventually(t, func() error {
		if has, _ := where(); has != to {
			return fmt.Errorf("it is in %s", has)
		}
		return nil
	})
	out := cluster.Tool(t, "", logDirsTool, "--bootstrap-server", c.Addrs()[0], "--describe", "--broker-list", "1", "--topic-list", topic)
	var told struct {
		Brokers []struct {
			LogDirs []struct {
				LogDir     string
				Partitions []struct{ Partition string }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &told))
	for _, dir := range told.Brokers[0].LogDirs {
		if dir.LogDir == to {
			require.Equal(t, topic+"-0", dir.Partitions[0].Partition)
		} else {
			require.Empty(t, dir.Partitions)
		}
	}
}

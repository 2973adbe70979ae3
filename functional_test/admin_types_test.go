package functional_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// TestAdminShareGroups compares what the admin says of a share group with Kafka's own tool, and sets where it starts.
func TestAdminShareGroups(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		if c.Kind() == cluster.KindReal && !c.Version().IsAtLeast(sarama.V4_0_0_0) {
			_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
			_, err := admin.ListShareGroupOffsets(within(t), map[string]map[string][]int32{"g": nil})
			require.ErrorIs(t, err, sarama.ErrUnsupportedVersion)
			require.ErrorIs(t, admin.AlterShareGroupOffsets(within(t), "g", nil), sarama.ErrUnsupportedVersion)
			require.ErrorIs(t, admin.DeleteShareGroupOffsets(within(t), "g", "t"), sarama.ErrUnsupportedVersion)
			return
		}
		topic := c.NewTopic(t, 1)
		group := topic + "-share"
		conf := shareConfig(t, c, group)
		_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
		produceWithTimes(t, c, topic, 10)
		member, err := sarama.NewShareConsumer(c.Addrs(), group, []string{topic}, conf)
		require.NoError(t, err)
		ctx := within(t)
		for range 10 {
			select {
			case msg := <-member.Messages():
				require.NoError(t, msg.Accept())
			case <-ctx.Done():
				require.Fail(t, "no record")
			}
		}
		details, err := admin.DescribeGroups(within(t), group)
		require.NoError(t, err)
		require.NotNil(t, details[group].Share)
		require.Len(t, details[group].Share.Members, 1)
		require.Error(t, admin.AlterShareGroupOffsets(within(t), group, map[string]map[int32]int64{topic: {0: 3}}), "it has a member")
		require.NoError(t, member.Close())

		listed, err := admin.ListGroups(within(t), sarama.ListGroupsOptions{Types: []string{"share"}})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(listed), group)
		eventually(t, func() error {
			return admin.AlterShareGroupOffsets(within(t), group, map[string]map[int32]int64{topic: {0: 3}})
		})
		offsets, err := admin.ListShareGroupOffsets(within(t), map[string]map[string][]int32{group: nil})
		require.NoError(t, err)
		require.EqualValues(t, 3, offsets[group][topic][0].StartOffset)
		tools := &toolCalls{bootstrap: c.Addrs()[0]}
		tools.add(shareTool, "--list --state", group+`\s+Empty`)
		tools.add(shareTool, "--describe --offsets --group "+group, topic+`\s+0\s+3\s`)
		tools.run(t)

		require.NoError(t, admin.DeleteShareGroupOffsets(within(t), group, topic))
		offsets, err = admin.ListShareGroupOffsets(within(t), map[string]map[string][]int32{group: nil})
		require.NoError(t, err)
		require.Empty(t, offsets[group])
		require.ErrorIs(t, admin.DeleteShareGroupOffsets(within(t), group+"-none", topic), sarama.ErrNotFound)
		require.NoError(t, admin.DeleteGroups(within(t), group))
		require.ErrorIs(t, admin.DeleteGroups(within(t), group), sarama.ErrNotFound)
	})
}

// TestAdminStreamsGroups does the same for a streams group, whose member is played by the test.
func TestAdminStreamsGroups(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		if c.Kind() != cluster.KindReal || !c.Version().IsAtLeast(sarama.V4_2_0_0) {
			t.Skipf("SKIPPED, NOT TESTED: streams groups need brokers of Kafka 4.2 or later; these are %v, %v", c.Kind(), c.Version())
		}
		old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
		topic := c.NewTopic(t, 1)
		group := topic + "-streams"
		produceWithTimes(t, c, topic, 10)
		coordinator, err := old.Coordinator(group)
		require.NoError(t, err)
		heartbeat := func(request *sarama.StreamsGroupHeartbeatRequest) error {
			request.GroupID, request.MemberID = group, "bWVtYmVyLW9mLXN0cmVhbXM"
			answer, err := cluster.Ask(within(t), coordinator.Addr(), request)
			if err != nil {
				return err
			}
			if told := answer.(*sarama.StreamsGroupHeartbeatResponse); told.ErrorCode != sarama.ErrNoError {
				return fmt.Errorf("%w: %s", told.ErrorCode, *told.ErrorMessage)
			}
			return nil
		}
		none := []sarama.StreamsGroupTaskIDs{}
		require.NoError(t, heartbeat(&sarama.StreamsGroupHeartbeatRequest{
			RebalanceTimeout: time.Minute, ProcessID: valueOf("process"), ActiveTasks: none, StandbyTasks: none, WarmupTasks: none,
			Topology: &sarama.StreamsGroupTopology{Subtopologies: []sarama.StreamsGroupSubtopology{{SubtopologyID: "0", SourceTopics: []string{topic}}}},
		}))
		details, err := admin.DescribeGroups(within(t), group)
		require.NoError(t, err)
		require.NotNil(t, details[group].Streams)
		require.Len(t, details[group].Streams.Members, 1)
		require.Equal(t, []string{topic}, details[group].Streams.Topology.Subtopologies[0].SourceTopics)
		require.NoError(t, heartbeat(&sarama.StreamsGroupHeartbeatRequest{MemberEpoch: -1, RebalanceTimeout: -time.Millisecond}))

		require.NoError(t, admin.AlterGroupOffsets(within(t), group, map[string]map[int32]sarama.OffsetAndMetadata{topic: {0: {Offset: 6, LeaderEpoch: -1}}}))
		offsets, err := admin.ListGroupOffsets(within(t), map[string]map[string][]int32{group: nil})
		require.NoError(t, err)
		require.EqualValues(t, 6, offsets[group][topic][0].Offset)
		listed, err := admin.ListGroups(within(t), sarama.ListGroupsOptions{Types: []string{"streams"}})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(listed), group)
		tools := &toolCalls{bootstrap: c.Addrs()[0]}
		tools.add(streamsTool, "--list --state", group+`\s+EMPTY|`+group+`\s+Empty`)
		// The tool does not show offsets of a group without members.
		tools.run(t)
		require.NoError(t, admin.DeleteGroupOffsets(within(t), group, map[string][]int32{topic: {0}}))
		require.NoError(t, admin.DeleteGroups(within(t), group))
	})
}

// TestAdminRaftVoters gives a controller a vote and takes it away.
func TestAdminRaftVoters(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Brokers: 2, DynamicQuorum: true})
	if !c.Version().IsAtLeast(sarama.V3_9_0_0) {
		t.Skipf("SKIPPED, NOT TESTED: voters come and go from Kafka 3.9 on; this is %v", c.Version())
	}
	_, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	voters := func() (voters, observers []sarama.QuorumReplicaState) {
		quorum, err := admin.DescribeQuorum(within(t))
		require.NoError(t, err)
		p := quorum.Topics[0].Partitions[0]
		return p.CurrentVoters, p.Observers
	}
	var directory sarama.Uuid
	eventually(t, func() error {
		_, observers := voters()
		for _, o := range observers {
			if o.ReplicaID == 2 {
				directory = o.ReplicaDirectoryID
				return nil
			}
		}
		return fmt.Errorf("observers: %v", observers)
	})
	addr := c.Broker(2).ListenerAddr("CONTROLLER")
	listener := sarama.QuorumListener{Name: "CONTROLLER", Host: "127.0.0.1", Port: portOf(t, addr)}
	eventually(t, func() error { return admin.AddRaftVoter(within(t), 2, directory, listener) })
	now, _ := voters()
	require.Len(t, now, 2)
	tools := &toolCalls{bootstrap: c.Addrs()[0]}
	tools.add(quorumTool, "describe --replication", `^1\s+\S+\s.*Leader`, `^2\s+`+directory.String()+`\s.*Follower`)
	tools.run(t)
	err := admin.AddRaftVoter(within(t), 2, directory, listener)
	require.ErrorIs(t, err, sarama.ErrDuplicateVoter)
	require.ErrorIs(t, err, sarama.ErrAlreadyExists)
	require.NoError(t, admin.RemoveRaftVoter(within(t), 2, directory))
	now, _ = voters()
	require.Len(t, now, 1)
	err = admin.RemoveRaftVoter(within(t), 2, directory)
	require.ErrorIs(t, err, sarama.ErrVoterNotFound)
	require.ErrorIs(t, err, sarama.ErrNotFound)
}

func portOf(t *testing.T, addr string) uint16 {
	var port uint16
	_, err := fmt.Sscanf(addr, "127.0.0.1:%d", &port)
	require.NoError(t, err)
	return port
}

package functional_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// TestClusterAdminAsToolsSee makes those of sarama's own calls that other tests leave out.
func TestClusterAdminAsToolsSee(t *testing.T) {
	c, _ := guardedCluster(t)
	old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	tools := &toolCalls{bootstrap: c.Addrs()[0]}
	topic := c.NewTopic(t, 1)
	produceWithTimes(t, c, topic, 10)
	oldCallsOnTopics(t, old, topic, tools)
	oldCallsOnUsers(t, old, admin, tools)
	oldCallsOnMembers(t, c, old, admin, topic, tools)
	oldCallsOnFeatures(t, c, old, admin, tools)
	tools.run(t)
}

func oldCallsOnTopics(t *testing.T, old sarama.TransactionClusterAdmin, topic string, tools *toolCalls) {
	controller, err := old.Controller()
	require.NoError(t, err)
	require.EqualValues(t, 1, controller.ID())
	require.NoError(t, old.AlterConfig(sarama.TopicResource, topic, map[string]*string{"retention.ms": valueOf("31337")}, false))
	eventually(t, func() error {
		entries, err := old.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}}) //nolint:staticcheck // sarama has it
		if err == nil && entries[0].Value != "31337" {
			err = fmt.Errorf("retention.ms is %s", entries[0].Value)
		}
		return err
	})
	tools.add(configsTool, "--describe --entity-type topics --entity-name "+topic, `retention.ms=31337 `)
	topics, err := old.DescribeTopics([]string{topic, topic + "-none"})
	require.NoError(t, err)
	require.Len(t, topics[0].Partitions, 1)
	require.Equal(t, sarama.ErrUnknownTopicOrPartition, topics[1].Err)
	require.NoError(t, old.DeleteRecords(topic, map[int32]int64{0: 2}))
	require.ErrorIs(t, old.DeleteRecords(topic, map[int32]int64{0: 999}), sarama.ErrOffsetOutOfRange)
	offsets, err := old.ListOffsets(map[string]map[int32]int64{topic: {0: sarama.OffsetOldest}}, nil)
	require.NoError(t, err)
	require.EqualValues(t, 2, offsets[topic][0].Offset)
	tools.add(offsetsTool, "--time earliest --topic "+topic, topic+`:0:2$`)
	elected, err := old.ElectLeaders(sarama.PreferredElection, map[string][]int32{topic: {0}})
	require.NoError(t, err)
	require.Equal(t, sarama.ErrElectionNotNeeded, elected[topic][0].ErrorCode)
	dirs, err := old.DescribeLogDirs([]int32{1})
	require.NoError(t, err)
	tools.add(logDirsTool, "--describe --topic-list "+topic, regexp.QuoteMeta(dirs[1][0].Path))
	producers, err := old.DescribeProducers(map[string][]int32{topic: {0, 99}})
	require.ErrorContains(t, err, "find leader for partition 99 of topic "+topic)
	require.Equal(t, sarama.ErrNoError, producers[topic][0].ErrorCode)
	none := topic + "-never-made"
	require.ErrorIs(t, old.DeleteRecords(none, map[int32]int64{0: 2}), sarama.ErrUnknownTopicOrPartition)
	offsets, err = old.ListOffsets(map[string]map[int32]int64{none: {0: sarama.OffsetOldest}}, nil)
	require.NoError(t, err)
	require.ErrorIs(t, offsets[none][0].Err, sarama.ErrUnknownTopicOrPartition)
	all, err := old.ListTopics()
	require.NoError(t, err)
	require.Contains(t, all, topic)
	require.NotContains(t, all, none, "asking must not create it")
	listed, err := old.ListTransactions([]string{"Ongoing"}, nil, -1)
	require.NoError(t, err)
	require.Empty(t, listed)
}

func oldCallsOnUsers(t *testing.T, old sarama.ClusterAdmin, admin sarama.Admin, tools *toolCalls) {
	resource := sarama.Resource{ResourceType: sarama.AclResourceTransactionalID, ResourceName: "payments", ResourcePatternType: sarama.AclPatternLiteral}
	for _, host := range []string{"10.0.0.1", "10.0.0.2"} {
		require.NoError(t, old.CreateACL(resource, sarama.Acl{ //nolint:staticcheck // sarama has it
			Principal: "User:carol", Host: host, Operation: sarama.AclOperationWrite, PermissionType: sarama.AclPermissionAllow,
		}))
	}
	eventually(t, func() error {
		found, err := old.ListAcls(anyACL())
		if err == nil && (len(found) != 1 || len(found[0].Acls) != 2) {
			err = fmt.Errorf("ACLs: %v", found)
		}
		return err
	})
	one, host := anyACL(), "10.0.0.2"
	one.Host = &host
	deleted, err := admin.DeleteACLs(within(t), one)
	require.NoError(t, err)
	require.Len(t, deleted, 1)
	require.Equal(t, host, deleted[0].Host)
	tools.add(aclsTool, "--list", `^ *\t*\(principal=User:carol, host=10.0.0.1, operation=WRITE, permissionType=ALLOW\)\s*\n\s*(?:\n|\z)`)

	for _, mechanism := range []sarama.ScramMechanismType{sarama.SCRAM_MECHANISM_SHA_256, sarama.SCRAM_MECHANISM_SHA_512} {
		results, err := old.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{
			{Name: "dave", Mechanism: mechanism, Iterations: 4096, Salt: []byte("salt"), Password: []byte("secret")},
		})
		require.NoError(t, err)
		require.Equal(t, sarama.ErrNoError, results[0].ErrorCode)
	}
	gone := []sarama.AlterUserScramCredentialsDelete{{Name: "dave", Mechanism: sarama.SCRAM_MECHANISM_SHA_256}}
	eventually(t, func() error { return errorOf(old.DeleteUserScramCredentials(gone)) })
	eventually(t, func() error {
		users, err := old.DescribeUserScramCredentials([]string{"dave"})
		if err == nil && (len(users[0].CredentialInfos) != 1 || users[0].CredentialInfos[0].Mechanism != sarama.SCRAM_MECHANISM_SHA_512) {
			err = fmt.Errorf("%v", users[0].CredentialInfos)
		}
		return err
	})
	require.ErrorIs(t, errorOf(old.DeleteUserScramCredentials(gone)), sarama.ErrNotFound)
	tools.add(configsTool, "--describe --entity-type users --entity-name dave", `'dave' are SCRAM-SHA-512=iterations=4096$`)
}

// errorOf is what the one user failed with.
func errorOf(results []*sarama.AlterUserScramCredentialsResult, err error) error {
	if err == nil && results[0].ErrorCode != sarama.ErrNoError {
		err = results[0].ErrorCode
	}
	return err
}

// joiner tells when its member has joined.
type joiner struct{ joined chan struct{} }

func (j joiner) Setup(sarama.ConsumerGroupSession) error {
	close(j.joined)
	return nil
}
func (joiner) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (joiner) ConsumeClaim(session sarama.ConsumerGroupSession, _ sarama.ConsumerGroupClaim) error {
	<-session.Context().Done()
	return nil
}

// leaveStatic has a static member join a group and go, which leaves its place in the group.
func leaveStatic(t *testing.T, c cluster.Cluster, group, topic string) {
	conf := adminConfig(c)
	conf.Consumer.Group.InstanceId = "instance-7"
	member, err := sarama.NewConsumerGroup(c.Addrs(), group, conf)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	j, ended := joiner{make(chan struct{})}, make(chan error, 1)
	go func() { ended <- member.Consume(ctx, []string{topic}, j) }()
	select {
	case <-j.joined:
	case <-ctx.Done():
		require.Fail(t, "the member does not join")
	}
	cancel()
	<-ended
	require.NoError(t, member.Close())
}

func oldCallsOnMembers(t *testing.T, c cluster.Cluster, old sarama.ClusterAdmin, admin sarama.Admin, topic string, tools *toolCalls) {
	group := topic + "-static"
	members := func() int {
		details, err := admin.DescribeGroups(within(t), group)
		require.NoError(t, err)
		return len(details[group].Classic.Members)
	}
	leaveStatic(t, c, group, topic)
	require.Equal(t, 1, members())
	require.ErrorIs(t, admin.DeleteGroups(within(t), group), sarama.ErrNonEmptyGroup)
	left, err := old.RemoveMemberFromConsumerGroup(group, []string{"instance-7", "instance-8"})
	require.NoError(t, err)
	require.Equal(t, sarama.ErrNoError, left.Members[0].Err)
	require.Equal(t, sarama.ErrUnknownMemberId, left.Members[1].Err)
	require.Zero(t, members())
	leaveStatic(t, c, group, topic)
	require.Equal(t, 1, members())
	require.NoError(t, admin.RemoveGroupMembers(within(t), group, sarama.MemberIdentity{GroupInstanceId: valueOf("instance-7")}))
	require.Zero(t, members())
	require.Error(t, admin.RemoveGroupMembers(within(t), group, sarama.MemberIdentity{GroupInstanceId: valueOf("instance-8")}))

	answer, err := old.AlterConsumerGroupOffsets(group, map[string]map[int32]sarama.OffsetAndMetadata{topic: {0: {Offset: 8, LeaderEpoch: -1}}}, nil)
	require.NoError(t, err)
	require.Equal(t, sarama.ErrNoError, answer.Errors[topic][0])
	offsets, err := old.ListConsumerGroupOffsets(group, nil)
	require.NoError(t, err)
	require.EqualValues(t, 8, offsets.Blocks[topic][0].Offset)
	tools.add(groupsTool, "--describe --group "+group, topic+`\s+0\s+8\s+10\s+2\s`)
	tools.add(groupsTool, "--describe --state --group "+group, `\sEmpty\s+0\s*$`)
}

func oldCallsOnFeatures(t *testing.T, c cluster.Cluster, old sarama.ClusterAdmin, admin sarama.Admin, tools *toolCalls) {
	unregister := admin.UnregisterController(within(t), 77)
	if !c.Version().IsAtLeast(sarama.V4_4_0_0) {
		require.ErrorIs(t, unregister, sarama.ErrUnsupportedVersion)
	} else {
		require.Error(t, unregister)
		require.NotErrorIs(t, unregister, sarama.ErrUnsupportedVersion)
		require.ErrorContains(t, unregister, "controller 77")
		t.Log(unregister)
	}
	if !c.Version().IsAtLeast(sarama.V4_0_0_0) {
		results, err := old.UpdateFeatures([]sarama.FeatureUpdate{{Feature: "metadata.version", MaxVersionLevel: 999, UpgradeType: 1}})
		require.NoError(t, err)
		require.Len(t, results, 1)
		require.NotEqual(t, sarama.ErrNoError, results[0].ErrorCode)
		return
	}
	_, err := old.UpdateFeatures([]sarama.FeatureUpdate{{Feature: "transaction.version", MaxVersionLevel: 1, UpgradeType: 2}})
	require.NoError(t, err)
	tools.add(featuresTool, "describe", `Feature: transaction.version\s.*FinalizedVersionLevel: 1\s`)
}

package functional_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/protocol"
)

// guardedCluster is a cluster with an authorizer: who comes by the plain listener may do all, alice, who comes by the other,
// what ACLs allow her.
func guardedCluster(t *testing.T) (c *cluster.Real, asAlice []string) {
	c = cluster.Start(t, cluster.Options{
		Brokers: 1,
		Properties: map[string]string{
			"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
			"super.users":           "User:ANONYMOUS",
			"listener.name.sasl.sasl.enabled.mechanisms":        "PLAIN,SCRAM-SHA-256",
			"listener.name.sasl.plain.sasl.jaas.config":         `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="wonder";`,
			"listener.name.sasl.scram-sha-256.sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required;`,
			"delegation.token.secret.key":                       "for-tests-alone",
			"transaction.partition.verification.enable":         "false", // so that a transaction can be made to hang
		},
		Listeners: []cluster.Listener{{Name: "SASL", Protocol: "SASL_PLAINTEXT"}},
	})
	return c, []string{c.Broker(1).ListenerAddr("SASL")}
}

func adminConfig(c cluster.Cluster) *sarama.Config {
	conf := sarama.NewConfig()
	conf.Version = c.Version()
	conf.Admin.Timeout = 15 * time.Second
	return conf
}

func newAdmin(t *testing.T, addrs []string, conf *sarama.Config) (sarama.TransactionClusterAdmin, sarama.Admin) {
	t.Helper()
	admin, err := sarama.NewClusterAdmin(addrs, conf)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	return admin.(sarama.TransactionClusterAdmin), admin.(sarama.ContextClusterAdmin).Admin()
}

// within is a context for one call of a test.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually tries until it works: brokers hear of what the controller did a moment later.
func eventually(t *testing.T, attempt func() error) {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		err := attempt()
		if err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-limit.C:
			t.Fatalf("after %v: %v", patience, err)
		}
	}
}

func valueOf(s string) *string { return &s }

func TestAdminTopicsAndRecords(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
		topic, other := c.NewTopic(t, 2), c.NewTopic(t, 1)+"-new"

		created, err := admin.CreateTopics(within(t), map[string]*sarama.TopicDetail{
			other:           {NumPartitions: 1, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": valueOf("12345")}},
			topic:           {NumPartitions: 1, ReplicationFactor: 1},
			other + "-wide": {NumPartitions: 1, ReplicationFactor: 99},
		}, false)
		require.ErrorIs(t, err, sarama.ErrAlreadyExists)
		require.ErrorIs(t, err, sarama.ErrInvalidArgument)
		require.ErrorContains(t, err, "CreateTopics: topic "+topic+": ")
		require.Len(t, sarama.AdminErrors(err), 2)
		require.Contains(t, created, other)
		require.ErrorIs(t, old.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, true), sarama.ErrTopicAlreadyExists)

		eventually(t, func() error {
			topics, err := old.ListTopics()
			if err == nil && (topics[other].ConfigEntries["retention.ms"] == nil || *topics[other].ConfigEntries["retention.ms"] != "12345") {
				err = fmt.Errorf("its retention is missing in %v", topics[other])
			}
			return err
		})
		require.NoError(t, old.CreatePartitions(other, 3, nil, false))
		require.ErrorIs(t, old.CreatePartitions(other, 2, nil, false), sarama.ErrInvalidPartitions)
		eventually(t, func() error {
			described, err := admin.DescribeTopics(within(t), other)
			if err == nil && len(described[other].Partitions) != 3 {
				err = fmt.Errorf("%d partitions", len(described[other].Partitions))
			}
			return err
		})

		require.NoError(t, old.IncrementalAlterConfig(sarama.TopicResource, topic, map[string]sarama.IncrementalAlterConfigsEntry{
			"max.message.bytes": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: valueOf("5000000")},
		}, false))
		err = admin.IncrementalAlterConfigs(within(t), []*sarama.IncrementalAlterConfigsResource{
			{Type: sarama.TopicResource, Name: topic, ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{
				"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: valueOf("many")},
			}},
		}, false)
		if c.Kind() != cluster.KindEmbedded { // which takes any text
			require.ErrorIs(t, err, sarama.ErrInvalidArgument)
			require.ErrorContains(t, err, "topic "+topic)
		}
		eventually(t, func() error {
			configs, err := old.DescribeConfigs([]*sarama.ConfigResource{{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"max.message.bytes"}}}, sarama.DescribeConfigsOptions{})
			if err == nil && configs[0].Configs[0].Value != "5000000" {
				err = fmt.Errorf("max.message.bytes is %s", configs[0].Configs[0].Value)
			}
			return err
		})

		times := produceWithTimes(t, c, topic, 10)
		offsets, err := admin.ListOffsets(within(t), map[string]map[int32]int64{topic: {0: sarama.OffsetNewest, 1: sarama.OffsetNewest}}, sarama.ListOffsetsOptions{})
		require.NoError(t, err)
		require.EqualValues(t, 10, offsets[topic][0].Offset)
		require.EqualValues(t, 0, offsets[topic][1].Offset)
		if c.Kind() != cluster.KindEmbedded {
			offsets, err = admin.ListOffsets(within(t), map[string]map[int32]int64{topic: {0: sarama.OffsetMaxTimestamp}}, sarama.ListOffsetsOptions{})
			require.NoError(t, err)
			require.EqualValues(t, 4, offsets[topic][0].Offset, "the record with the latest time is in the middle")
			require.Equal(t, times[4].UnixMilli(), offsets[topic][0].Timestamp)
		}
		left, err := admin.DeleteRecords(within(t), map[string]map[int32]int64{topic: {0: 6, 1: 99}})
		require.ErrorIs(t, err, sarama.ErrOffsetOutOfRange)
		require.ErrorContains(t, err, topic+"-1")
		require.EqualValues(t, 6, left[topic][0])

		err = admin.DeleteTopics(within(t), other, "no-such-topic")
		require.ErrorIs(t, err, sarama.ErrNotFound)
		require.Len(t, sarama.AdminErrors(err), 1)
		require.ErrorIs(t, old.DeleteTopic("no-such-topic"), sarama.ErrUnknownTopicOrPartition)
	})
}

// produceWithTimes sends n records to a topic's partition 0; the fifth has the latest time.
func produceWithTimes(t *testing.T, c cluster.Cluster, topic string, n int) (times []time.Time) {
	conf := adminConfig(c)
	conf.Producer.Return.Successes = true
	conf.Producer.Partitioner = sarama.NewManualPartitioner
	conf.Producer.RequiredAcks = sarama.WaitForAll // so that they are below the high watermark at once
	producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	began := time.Now().Truncate(time.Millisecond)
	for i := range n {
		at := began.Add(-time.Duration(max(i-4, 4-i)) * time.Minute)
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v"), Timestamp: at})
		require.NoError(t, err)
		times = append(times, at)
	}
	require.NoError(t, producer.Close())
	return times
}

func TestAdminGroups(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
		topic := c.NewTopic(t, 2)
		group := topic + "-group"
		produceWithTimes(t, c, topic, 5)
		require.NoError(t, admin.AlterGroupOffsets(within(t), group, map[string]map[int32]sarama.OffsetAndMetadata{
			topic: {0: {Offset: 3, Metadata: "here", LeaderEpoch: -1}, 1: {Offset: 0, LeaderEpoch: -1}},
		}))
		offsets, err := admin.ListGroupOffsets(within(t), map[string]map[string][]int32{group: nil})
		require.NoError(t, err)
		require.EqualValues(t, 3, offsets[group][topic][0].Offset)
		require.Equal(t, "here", offsets[group][topic][0].Metadata)
		batch, err := old.ListConsumerGroupOffsetsBatch(map[string]map[string][]int32{group: {topic: {0}}})
		if !c.Version().IsAtLeast(sarama.V3_0_0_0) {
			require.ErrorIs(t, err, sarama.ErrUnsupportedVersion, "several groups in one request need Kafka 3.0")
		} else {
			require.NoError(t, err)
			require.EqualValues(t, 3, batch[group].Blocks[topic][0].Offset)
		}

		groups, err := old.ListConsumerGroups()
		require.NoError(t, err)
		require.Contains(t, groups, group)
		details, err := admin.DescribeGroups(within(t), group, group+"-none")
		require.ErrorIs(t, err, sarama.ErrGroupIDNotFound)
		require.ErrorContains(t, err, "group "+group+"-none: ")
		require.Len(t, sarama.AdminErrors(err), 1)
		require.Equal(t, "Empty", details[group].State)
		described, err := old.DescribeConsumerGroups([]string{group, group + "-none"})
		require.NoError(t, err)
		require.Equal(t, "Empty", described[0].State)
		require.Equal(t, "Dead", described[1].State)
		if c.Kind() != cluster.KindEmbedded {
			out := cluster.Tool(t, "", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
				"--bootstrap-server", c.Addrs()[0], "--describe", "--group", group)
			require.Regexp(t, regexp.QuoteMeta(topic)+` +0 +3 +5 +2 `, out, "the tool's lag is that of the offset that was set")
		}
		require.NoError(t, old.DeleteConsumerGroupOffset(group, topic, 1))
		require.NoError(t, old.DeleteConsumerGroup(group))
		err = admin.DeleteGroups(within(t), group)
		require.ErrorIs(t, err, sarama.ErrNotFound)
		require.ErrorIs(t, old.DeleteConsumerGroup(group), sarama.ErrGroupIDNotFound)
	})
}

func TestAdminTransactions(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
		topic := c.NewTopic(t, 1)
		id := topic + "-tx"
		conf := adminConfig(c)
		conf.Producer.Return.Successes = true
		conf.Producer.Idempotent, conf.Producer.RequiredAcks, conf.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
		conf.Producer.Transaction.ID = id
		producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
		require.NoError(t, err)
		defer producer.Close()
		require.NoError(t, producer.BeginTxn())
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("open")})
		require.NoError(t, err)

		states, err := old.DescribeTransactions([]string{id, "no-such-id"})
		require.NoError(t, err)
		require.Equal(t, "Ongoing", states[id].TransactionState)
		require.Equal(t, sarama.ErrTransactionalIDNotFound, states["no-such-id"].ErrorCode)
		_, err = admin.DescribeTransactions(within(t), id, "no-such-id")
		require.ErrorIs(t, err, sarama.ErrNotFound)
		require.ErrorContains(t, err, "transactional id no-such-id")
		listed, err := admin.ListTransactions(within(t), sarama.ListTransactionsOptions{States: []string{"Ongoing"}})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(listed), id)
		producers, err := admin.DescribeProducers(within(t), map[string][]int32{topic: {0}})
		require.NoError(t, err)
		require.Len(t, producers[topic][0], 1)
		p := producers[topic][0][0]
		require.Equal(t, states[id].ProducerID, p.ProducerID)
		require.EqualValues(t, 0, p.CurrentTxnStartOffset)

		next, err := admin.FenceProducers(within(t), id)
		require.NoError(t, err)
		require.Equal(t, p.ProducerID, next[id].ID)
		require.Greater(t, next[id].Epoch, int16(p.ProducerEpoch))
		eventually(t, func() error {
			states, err := old.DescribeTransactions([]string{id})
			if err == nil && states[id].TransactionState == "Ongoing" {
				err = fmt.Errorf("the transaction is still open")
			}
			return err
		})
		require.Error(t, producer.CommitTxn(), "it is fenced")
	})
}

func TestAdminOfNodes(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
		topic := c.NewTopic(t, 1)
		brokers, controller, err := old.DescribeCluster()
		require.NoError(t, err)
		require.Len(t, brokers, len(c.Addrs()))
		require.GreaterOrEqual(t, controller, int32(0))
		described, err := admin.DescribeCluster(within(t))
		require.NoError(t, err)
		require.Len(t, described.Brokers, len(brokers))
		dirs, err := admin.DescribeLogDirs(within(t))
		require.NoError(t, err)
		require.Len(t, dirs, len(brokers))
		require.Contains(t, fmt.Sprint(dirs), topic)
		if c.Kind() != cluster.KindEmbedded {
			err = admin.AlterReplicaLogDirs(within(t), brokers[0].ID(), map[string]map[string][]int32{"/no/such/dir": {topic: {0}}})
			require.ErrorIs(t, err, sarama.ErrNotFound)
			require.ErrorContains(t, err, topic+"-0")
		}

		replicas := []int32{brokers[0].ID(), brokers[1].ID()}
		require.NoError(t, admin.AlterPartitionReassignments(within(t), map[string]map[int32][]int32{topic: {0: replicas}}, sarama.ReassignmentOptions{}))
		eventually(t, func() error {
			moves, err := old.ListPartitionReassignments(topic, []int32{0})
			if err == nil && len(moves[topic]) > 0 {
				err = fmt.Errorf("under way: %v", moves[topic][0])
			}
			return err
		})
		require.NoError(t, admin.ElectLeaders(within(t), sarama.PreferredElection, map[string][]int32{topic: {0}}))
		if c.Kind() == cluster.KindEmbedded {
			return
		}
		require.ErrorIs(t, old.AlterPartitionReassignments(topic, [][]int32{{99}}), sarama.ErrInvalidReplicaAssignment)
		quorum, err := admin.DescribeQuorum(within(t))
		require.NoError(t, err)
		partition := quorum.Topics[0].Partitions[0]
		require.Len(t, partition.CurrentVoters, len(brokers))
		out := cluster.Tool(t, "", "org.apache.kafka.tools.MetadataQuorumCommand", "--bootstrap-server", c.Addrs()[0], "describe", "--status")
		require.Regexp(t, fmt.Sprintf(`LeaderId: +%d\n`, partition.LeaderID), out)
		features, err := admin.DescribeFeatures(within(t))
		require.NoError(t, err)
		out = cluster.Tool(t, "", "org.apache.kafka.tools.FeatureCommand", "--bootstrap-server", c.Addrs()[0], "describe")
		for _, f := range features.Finalized {
			require.Contains(t, out, "Feature: "+f.Name)
		}
		err = admin.UnregisterBroker(within(t), 77)
		require.ErrorIs(t, err, sarama.ErrBrokerIDNotRegistered)
		require.ErrorContains(t, err, "broker 77")
		keep := admin.AlterPartitionReassignments(within(t), map[string]map[int32][]int32{topic: {0: replicas[:1]}}, sarama.ReassignmentOptions{KeepReplicationFactor: true})
		if c.Version().IsAtLeast(sarama.V4_1_0_0) {
			require.ErrorIs(t, keep, sarama.ErrInvalidReplicationFactor)
		} else {
			require.ErrorIs(t, keep, sarama.ErrUnsupportedVersion)
		}
	})
}

func TestAdminSecurity(t *testing.T) {
	c, asAlice := guardedCluster(t)
	old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	topic := c.NewTopic(t, 1)
	aliceConf := adminConfig(c)
	aliceConf.Net.SASL.Enable, aliceConf.Net.SASL.User, aliceConf.Net.SASL.Password = true, "alice", "wonder"
	_, alice := newAdmin(t, asAlice, aliceConf)

	_, err := alice.CreateTopics(within(t), map[string]*sarama.TopicDetail{"hers": {NumPartitions: 1, ReplicationFactor: 1}}, false)
	require.ErrorIs(t, err, sarama.ErrNotAuthorized)
	require.ErrorContains(t, err, "topic hers")
	_, err = alice.DescribeACLs(within(t), anyACL())
	require.ErrorIs(t, err, sarama.ErrNotAuthorized)
	require.ErrorIs(t, alice.DeleteGroups(within(t), "g"), sarama.ErrNotAuthorized)
	require.ErrorIs(t, alice.UnregisterBroker(within(t), 77), sarama.ErrNotAuthorized)
	_, err = alice.DescribeClientQuotas(within(t), nil, false)
	require.ErrorIs(t, err, sarama.ErrNotAuthorized)

	acl := sarama.Acl{Principal: "User:alice", Host: "*", Operation: sarama.AclOperationDescribe, PermissionType: sarama.AclPermissionAllow}
	resource := sarama.Resource{ResourceType: sarama.AclResourceTopic, ResourceName: topic[:len(topic)-2], ResourcePatternType: sarama.AclPatternPrefixed}
	require.NoError(t, old.CreateACLs([]*sarama.ResourceAcls{{Resource: resource, Acls: []*sarama.Acl{&acl}}}))
	eventually(t, func() error {
		_, err := alice.DescribeTopics(within(t), topic)
		return err
	})
	out := cluster.Tool(t, "", "org.apache.kafka.tools.AclCommand", "--bootstrap-server", c.Addrs()[0], "--list")
	require.Contains(t, out, "name="+resource.ResourceName+", patternType=PREFIXED")
	require.Contains(t, out, "principal=User:alice, host=*, operation=DESCRIBE, permissionType=ALLOW")
	found, err := old.DeleteACL(anyACL(), true)
	require.NoError(t, err)
	require.Len(t, found, 1)
	deleted, err := old.DeleteACL(anyACL(), false)
	require.NoError(t, err)
	require.Equal(t, found, deleted)

	bob := []sarama.QuotaEntityComponent{{EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Name: "bob"}}
	require.NoError(t, old.AlterClientQuotas(bob, sarama.ClientQuotasOp{Key: "producer_byte_rate", Value: 2000}, false))
	require.ErrorIs(t, old.AlterClientQuotas(bob, sarama.ClientQuotasOp{Key: "no_such_quota", Value: 1}, false), sarama.ErrInvalidArgument)
	eventually(t, func() error {
		quotas, err := old.DescribeClientQuotas([]sarama.QuotaFilterComponent{{EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Match: "bob"}}, true)
		if err == nil && (len(quotas) != 1 || quotas[0].Values["producer_byte_rate"] != 2000) {
			err = fmt.Errorf("quotas: %v", quotas)
		}
		return err
	})

	require.NoError(t, admin.AlterUserScramCredentials(within(t), []sarama.AlterUserScramCredentialsUpsert{
		{Name: "carol", Mechanism: sarama.SCRAM_MECHANISM_SHA_256, Password: []byte("secret")},
	}, nil))
	eventually(t, func() error {
		_, err := admin.DescribeUserScramCredentials(within(t), "carol")
		return err
	})
	_, err = admin.DescribeUserScramCredentials(within(t), "nobody")
	require.ErrorIs(t, err, sarama.ErrNotFound)
	require.ErrorContains(t, err, "user nobody")
	out = cluster.Tool(t, "", "kafka.admin.ConfigCommand", "--bootstrap-server", c.Addrs()[0], "--describe", "--entity-type", "users", "--entity-name", "carol")
	require.Contains(t, out, "SCRAM-SHA-256=iterations=8192")

	_, err = admin.CreateDelegationToken(within(t), sarama.DelegationTokenOptions{})
	require.ErrorIs(t, err, sarama.ErrDelegationTokenRequestNotAllowed, "who is not authenticated gets none")
	token, err := alice.CreateDelegationToken(within(t), sarama.DelegationTokenOptions{MaxLifetime: time.Hour})
	require.NoError(t, err)
	require.Equal(t, "alice", token.PrincipalName)
	require.NotEmpty(t, base64.StdEncoding.EncodeToString(token.Hmac))
	eventually(t, func() error {
		tokens, err := alice.DescribeDelegationTokens(within(t))
		if err == nil && (len(tokens) != 1 || tokens[0].TokenId != token.TokenId) {
			err = fmt.Errorf("%d tokens", len(tokens))
		}
		return err
	})
	until, err := alice.RenewDelegationToken(within(t), token.Hmac, time.Minute)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(time.Minute), until, 30*time.Second)
	_, err = alice.ExpireDelegationToken(within(t), token.Hmac, 0)
	require.NoError(t, err)
	eventually(t, func() error {
		tokens, err := alice.DescribeDelegationTokens(within(t))
		for _, other := range tokens {
			if time.UnixMilli(other.ExpiryTimestamp).After(time.Now()) {
				err = fmt.Errorf("token %s is still valid", other.TokenId)
			}
		}
		return err
	})

	require.NoError(t, admin.IncrementalAlterConfigs(within(t), []*sarama.IncrementalAlterConfigsResource{{
		Type: sarama.ClientMetricsResource, Name: "watch",
		ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{"interval.ms": {Value: valueOf("1000")}},
	}}, false))
	eventually(t, func() error {
		listed, err := admin.ListConfigResources(within(t), sarama.ClientMetricsResource)
		if err == nil && !strings.Contains(fmt.Sprint(listed), "watch") {
			err = fmt.Errorf("listed: %v", listed)
		}
		return err
	})
}

func anyACL() sarama.AclFilter {
	return sarama.AclFilter{
		ResourceType: sarama.AclResourceAny, ResourcePatternTypeFilter: sarama.AclPatternAny, Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny,
	}
}

func TestAdminTalksToControllers(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Brokers: 1})
	if !c.Version().IsAtLeast(protocol.V3_7_0_0) {
		t.Skip("SKIPPED, NOT TESTED: controllers serve clients from Kafka 3.7 on")
	}
	admin, err := sarama.NewControllerAdmin([]string{c.Broker(1).ListenerAddr("CONTROLLER")}, adminConfig(c))
	require.NoError(t, err)
	defer admin.Close()
	described, err := admin.DescribeCluster(within(t))
	require.NoError(t, err)
	require.EqualValues(t, 1, described.ControllerID)
	quorum, err := admin.DescribeQuorum(within(t))
	require.NoError(t, err)
	require.EqualValues(t, 1, quorum.Topics[0].Partitions[0].LeaderID)
	require.ErrorIs(t, admin.UnregisterBroker(within(t), 77), sarama.ErrNotFound)
	_, err = admin.DescribeGroups(within(t), "g")
	require.ErrorIs(t, err, sarama.ErrUnsupportedVersion)
}

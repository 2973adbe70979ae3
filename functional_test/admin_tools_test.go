package functional_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// Kafka's own command-line tools.
const (
	topicsTool       = "org.apache.kafka.tools.TopicCommand"
	configsTool      = "kafka.admin.ConfigCommand"
	aclsTool         = "org.apache.kafka.tools.AclCommand"
	offsetsTool      = "org.apache.kafka.tools.GetOffsetShell"
	groupsTool       = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
	shareTool        = "org.apache.kafka.tools.consumer.group.ShareGroupCommand"
	streamsTool      = "org.apache.kafka.tools.streams.StreamsGroupCommand"
	transactionsTool = "org.apache.kafka.tools.TransactionsCommand"
	logDirsTool      = "org.apache.kafka.tools.LogDirsCommand"
	quorumTool       = "org.apache.kafka.tools.MetadataQuorumCommand"
	featuresTool     = "org.apache.kafka.tools.FeatureCommand"
	tokensTool       = "org.apache.kafka.tools.DelegationTokenCommand"
	metricsTool      = "org.apache.kafka.tools.ClientMetricsCommand"
	movesTool        = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
	electionsTool    = "org.apache.kafka.tools.LeaderElectionCommand"
)

// toolCalls are of tools, with what their output has to match.
type toolCalls struct {
	bootstrap string
	calls     [][]string
	want      [][]string
}

func (c *toolCalls) add(tool, args string, patterns ...string) {
	c.calls = append(c.calls, append([]string{tool, "--bootstrap-server", c.bootstrap}, strings.Fields(args)...))
	c.want = append(c.want, patterns)
}

// run runs the tools and compares.
func (c *toolCalls) run(t *testing.T) {
	t.Helper()
	for i, out := range cluster.Tools(t, c.calls...) {
		for _, pattern := range c.want[i] {
			require.Regexp(t, "(?m)"+pattern, out, "%s", strings.Join(c.calls[i], " "))
		}
	}
}

// TestAdminAsToolsSee changes a cluster with an authorizer in all ways, and requires that Kafka's tools see what the admin says.
func TestAdminAsToolsSee(t *testing.T) {
	c, asAlice := guardedCluster(t)
	old, admin := newAdmin(t, c.Addrs(), adminConfig(c))
	tools := &toolCalls{bootstrap: c.Addrs()[0]}
	topic := c.NewTopic(t, 1)
	toolsOnTopics(t, old, admin, topic, tools)
	produceWithTimes(t, c, topic, 10)
	toolsOnRecords(t, admin, topic, tools)
	toolsOnQuotas(t, admin, tools)
	toolsOnUsers(t, c, asAlice, admin, tools)
	toolsOnNodes(t, admin, topic, tools)
	toolsOnTransactions(t, c, admin, tools)
	hanging := hang(t, c, c.NewTopic(t, 1), tools)
	tools.run(t)
	unhang(t, admin, hanging)
}

func toolsOnTopics(t *testing.T, old sarama.ClusterAdmin, admin sarama.Admin, topic string, tools *toolCalls) {
	require.NoError(t, admin.CreatePartitions(within(t), map[string]*sarama.TopicPartition{topic: {Count: 3}}, false))
	require.NoError(t, admin.IncrementalAlterConfigs(within(t), []*sarama.IncrementalAlterConfigsResource{
		{Type: sarama.TopicResource, Name: topic, ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{
			"retention.ms": {Value: valueOf("7654321")}, "max.message.bytes": {Value: valueOf("5000000")},
		}},
		{Type: sarama.BrokerResource, Name: "1", ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{
			"log.cleaner.threads": {Value: valueOf("1")},
		}},
		{Type: sarama.ClientMetricsResource, Name: "watch", ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{
			"interval.ms": {Value: valueOf("1000")},
		}},
	}, false))
	var id sarama.Uuid
	eventually(t, func() error {
		described, err := admin.DescribeTopics(within(t), topic)
		if err == nil && len(described[topic].Partitions) != 3 {
			err = fmt.Errorf("%d partitions", len(described[topic].Partitions))
		}
		if err == nil {
			id = described[topic].Uuid
		}
		return err
	})
	tools.add(topicsTool, "--describe --topic "+topic,
		fmt.Sprintf(`Topic: %s\s+TopicId: %s\s+PartitionCount: 3\s+ReplicationFactor: 1\s+Configs: .*retention.ms=7654321`, topic, regexp.QuoteMeta(id.String())),
		`Partition: 2\s+Leader: 1\s+Replicas: 1\s+Isr: 1`)
	tools.add(configsTool, "--describe --entity-type topics --entity-name "+topic, `retention.ms=7654321 `, `max.message.bytes=5000000 `)
	tools.add(configsTool, "--describe --entity-type brokers --entity-name 1", `log.cleaner.threads=1 `)
	tools.add(metricsTool, "--describe --name watch", `interval.ms=1000`)

	none := topic + "-none"
	_, err := admin.DescribeConfigs(within(t), []*sarama.ConfigResource{{Type: sarama.TopicResource, Name: none}}, sarama.DescribeConfigsOptions{})
	require.ErrorIs(t, err, sarama.ErrNotFound)
	_, err = admin.DescribeTopics(within(t), none)
	require.ErrorIs(t, err, sarama.ErrNotFound)
	err = admin.CreatePartitions(within(t), map[string]*sarama.TopicPartition{none: {Count: 3}}, false)
	require.ErrorIs(t, err, sarama.ErrNotFound)
	err = old.AlterConfig(sarama.TopicResource, topic, map[string]*string{"no.such.config": valueOf("1")}, false)
	require.ErrorIs(t, err, sarama.ErrInvalidArgument)
}

func toolsOnRecords(t *testing.T, admin sarama.Admin, topic string, tools *toolCalls) {
	left, err := admin.DeleteRecords(within(t), map[string]map[int32]int64{topic: {0: 4}})
	require.NoError(t, err)
	require.EqualValues(t, 4, left[topic][0])
	group := topic + "-group"
	require.NoError(t, admin.AlterGroupOffsets(within(t), group, map[string]map[int32]sarama.OffsetAndMetadata{
		topic: {0: {Offset: 7, LeaderEpoch: -1}},
	}))
	offsets, err := admin.ListOffsets(within(t), map[string]map[int32]int64{topic: {0: sarama.OffsetOldest}}, sarama.ListOffsetsOptions{})
	require.NoError(t, err)
	require.EqualValues(t, 4, offsets[topic][0].Offset)
	tools.add(offsetsTool, "--time earliest --topic "+topic, topic+`:0:4$`, topic+`:1:0$`)
	tools.add(offsetsTool, "--time latest --topic "+topic, topic+`:0:10$`)
	tools.add(groupsTool, "--list --state", group+`\s+Empty`)
	tools.add(groupsTool, "--describe --group "+group, topic+`\s+0\s+7\s+10\s+3\s`)
}

func toolsOnQuotas(t *testing.T, admin sarama.Admin, tools *toolCalls) {
	require.NoError(t, admin.AlterClientQuotas(within(t), []sarama.AlterClientQuotasEntry{
		{
			Entity: []sarama.QuotaEntityComponent{{EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Name: "bob"}},
			Ops:    []sarama.ClientQuotasOp{{Key: "producer_byte_rate", Value: 2000}},
		},
		{
			Entity: []sarama.QuotaEntityComponent{{EntityType: sarama.QuotaEntityClientID, MatchType: sarama.QuotaMatchDefault}},
			Ops:    []sarama.ClientQuotasOp{{Key: "request_percentage", Value: 50}},
		},
	}, false))
	eventually(t, func() error {
		quotas, err := admin.DescribeClientQuotas(within(t), nil, false)
		if err == nil && len(quotas) != 2 {
			err = fmt.Errorf("quotas: %v", quotas)
		}
		return err
	})
	tools.add(configsTool, "--describe --entity-type users --entity-name bob", `user-principal 'bob' are producer_byte_rate=2000.0`)
	tools.add(configsTool, "--describe --entity-type clients --entity-default", `default client-id are request_percentage=50.0`)
}

func toolsOnUsers(t *testing.T, c *cluster.Real, asAlice []string, admin sarama.Admin, tools *toolCalls) {
	require.NoError(t, admin.AlterUserScramCredentials(within(t), []sarama.AlterUserScramCredentialsUpsert{
		{Name: "carol", Mechanism: sarama.SCRAM_MECHANISM_SHA_512, Iterations: 5000, Password: []byte("secret")},
	}, nil))
	tools.add(configsTool, "--describe --entity-type users --entity-name carol", `SCRAM-SHA-512=iterations=5000`)
	require.NoError(t, admin.CreateACLs(within(t), []*sarama.ResourceAcls{{
		Resource: sarama.Resource{ResourceType: sarama.AclResourceGroup, ResourceName: "hers", ResourcePatternType: sarama.AclPatternLiteral},
		Acls:     []*sarama.Acl{{Principal: "User:alice", Host: "127.0.0.1", Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionDeny}},
	}}))
	tools.add(aclsTool, "--list", `resourceType=GROUP, name=hers, patternType=LITERAL`,
		`principal=User:alice, host=127.0.0.1, operation=READ, permissionType=DENY`)

	conf := adminConfig(c)
	conf.Net.SASL.Enable, conf.Net.SASL.User, conf.Net.SASL.Password = true, "alice", "wonder"
	_, alice := newAdmin(t, asAlice, conf)
	token, err := alice.CreateDelegationToken(within(t), sarama.DelegationTokenOptions{
		MaxLifetime: time.Hour, Renewers: []sarama.KafkaPrincipal{{PrincipalType: "User", PrincipalName: "rene"}},
	})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "alice.properties")
	require.NoError(t, os.WriteFile(file, []byte(`security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="wonder";
`), 0o600))
	eventually(t, func() error {
		tokens, err := alice.DescribeDelegationTokens(within(t))
		if err == nil && len(tokens) != 1 {
			err = fmt.Errorf("there are %d tokens", len(tokens))
		}
		return err
	})
	asTool := &toolCalls{bootstrap: asAlice[0]}
	asTool.add(tokensTool, "--describe --owner-principal User:alice --command-config "+file, regexp.QuoteMeta(token.TokenId)+`\s.*User:alice.*User:rene`)
	tools.calls, tools.want = append(tools.calls, asTool.calls...), append(tools.want, asTool.want...)

	_, err = alice.RenewDelegationToken(within(t), []byte("none"), time.Minute)
	require.ErrorIs(t, err, sarama.ErrDelegationTokenNotFound)
	refused := map[string]error{
		"delete a topic":  alice.DeleteTopics(within(t), "hers"),
		"change a config": alice.IncrementalAlterConfigs(within(t), []*sarama.IncrementalAlterConfigsResource{{Type: sarama.BrokerResource, Name: "1"}}, false),
		"commit":          alice.AlterGroupOffsets(within(t), "hers", map[string]map[int32]sarama.OffsetAndMetadata{"hers": {0: {LeaderEpoch: -1}}}),
		"change users":    alice.AlterUserScramCredentials(within(t), []sarama.AlterUserScramCredentialsUpsert{{Name: "x", Mechanism: 1, Password: []byte("p")}}, nil),
		"move partitions": alice.AlterPartitionReassignments(within(t), map[string]map[int32][]int32{"hers": {0: {1}}}, sarama.ReassignmentOptions{}),
		"elect":           alice.ElectLeaders(within(t), sarama.PreferredElection, map[string][]int32{"hers": {0}}),
	}
	_, refused["see the quorum"] = alice.DescribeQuorum(within(t))
	_, refused["fence"] = alice.FenceProducers(within(t), "hers")
	for what, err := range refused {
		require.ErrorIs(t, err, sarama.ErrNotAuthorized, what)
	}
}

func toolsOnNodes(t *testing.T, admin sarama.Admin, topic string, tools *toolCalls) {
	dirs, err := admin.DescribeLogDirs(within(t), 1)
	require.NoError(t, err)
	size := int64(-1)
	for _, found := range dirs[1][0].Topics {
		for _, p := range found.Partitions {
			if found.Topic == topic && p.PartitionID == 0 {
				size = p.Size
			}
		}
	}
	tools.add(logDirsTool, "--describe --topic-list "+topic, regexp.QuoteMeta(dirs[1][0].Path), fmt.Sprintf(`"partition":"%s-0","size":%d,|"size":%[2]d,[^}]*"partition":"%[1]s-0"`, topic, size))
	quorum, err := admin.DescribeQuorum(within(t))
	require.NoError(t, err)
	partition := quorum.Topics[0].Partitions[0]
	tools.add(quorumTool, "describe --status", fmt.Sprintf(`LeaderId:\s+%d$`, partition.LeaderID), fmt.Sprintf(`LeaderEpoch:\s+%d$`, partition.LeaderEpoch))
	features, err := admin.DescribeFeatures(within(t))
	require.NoError(t, err)
	require.NotEmpty(t, features.Finalized)
	var levels []string
	for _, f := range features.Finalized {
		if f.Name != "metadata.version" { // the tool has a name for its level
			levels = append(levels, fmt.Sprintf(`Feature: %s\s.*FinalizedVersionLevel: %d\s`, regexp.QuoteMeta(f.Name), f.MaxVersionLevel))
		}
	}
	tools.add(featuresTool, "describe", levels...)
	moves, err := admin.ListPartitionReassignments(within(t), nil)
	require.NoError(t, err)
	require.Empty(t, moves)
	tools.add(movesTool, "--list", `No partition reassignments found`)
	require.NoError(t, admin.ElectLeaders(within(t), sarama.PreferredElection, map[string][]int32{topic: {0}}))
	tools.add(electionsTool, "--election-type preferred --partition 0 --topic "+topic, `Valid replica already elected for partitions.*`+topic+`-0`)
	require.ErrorIs(t, admin.ElectLeaders(within(t), sarama.PreferredElection, map[string][]int32{topic + "-none": {0}}), sarama.ErrNotFound)
	require.ErrorIs(t, admin.UpdateFeatures(within(t), []sarama.FeatureUpdate{{Feature: "metadata.version", MaxVersionLevel: 999, UpgradeType: 1}},
		sarama.UpdateFeaturesOptions{ValidateOnly: true}), sarama.ErrInvalidArgument)
}

func toolsOnTransactions(t *testing.T, c cluster.Cluster, admin sarama.Admin, tools *toolCalls) {
	topic := c.NewTopic(t, 1)
	id := topic + "-tx"
	conf := adminConfig(c)
	conf.Producer.Return.Successes = true
	conf.Producer.Idempotent, conf.Producer.RequiredAcks, conf.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
	conf.Producer.Transaction.ID = id
	producer, err := sarama.NewSyncProducer(c.Addrs(), conf)
	require.NoError(t, err)
	t.Cleanup(func() { _ = producer.Close() })
	require.NoError(t, producer.BeginTxn())
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("open")})
	require.NoError(t, err)
	states, err := admin.DescribeTransactions(within(t), id)
	require.NoError(t, err)
	state := states[id]
	listed, err := admin.ListTransactions(within(t), sarama.ListTransactionsOptions{States: []string{"Ongoing"}})
	require.NoError(t, err)
	require.Contains(t, listed, sarama.ListTransactionsResponseTransactionState{TransactionalID: id, ProducerID: state.ProducerID, TransactionState: "Ongoing"})
	tools.add(transactionsTool, "list", fmt.Sprintf(`%s\s+1\s+%d\s+Ongoing`, id, state.ProducerID))
	tools.add(transactionsTool, "describe --transactional-id "+id,
		fmt.Sprintf(`1\s+%s\s+%d\s+%d\s+Ongoing\s+%d\s.*%s-0`, id, state.ProducerID, state.ProducerEpoch, state.TransactionTimeout.Milliseconds(), topic))
	producers, err := admin.DescribeProducers(within(t), map[string][]int32{topic: {0}})
	require.NoError(t, err)
	p := producers[topic][0][0]
	tools.add(transactionsTool, "describe-producers --partition 0 --topic "+topic,
		fmt.Sprintf(`%d\s+%d\s+%d\s+%d\s+%d\s+%d\s*$`, p.ProducerID, p.ProducerEpoch, p.CoordinatorEpoch, p.LastSequence, p.LastTimestamp, p.CurrentTxnStartOffset))
}

// hang leaves a transaction in a partition that no coordinator knows of, as a broken producer can where brokers do not ask
// coordinators (KIP-890).
func hang(t *testing.T, c *cluster.Real, topic string, tools *toolCalls) sarama.HangingTransaction {
	client, err := sarama.NewClient(c.Addrs(), adminConfig(c))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	leader, err := client.Leader(topic, 0)
	require.NoError(t, err)
	given, err := leader.InitProducerID(&sarama.InitProducerIDRequest{Version: 2, TransactionTimeout: time.Minute})
	require.NoError(t, err)
	at := time.Now().Add(-time.Hour)
	request := &sarama.ProduceRequest{Version: 7, TransactionalID: valueOf(topic + "-lost"), RequiredAcks: sarama.WaitForAll, Timeout: 10000}
	request.AddBatch(topic, 0, &sarama.RecordBatch{
		Version: 2, IsTransactional: true, ProducerID: given.ProducerID, ProducerEpoch: given.ProducerEpoch, FirstTimestamp: at, MaxTimestamp: at,
		Records: []*sarama.Record{{Value: []byte("lost")}},
	})
	answer, err := leader.Produce(request)
	require.NoError(t, err)
	require.Equal(t, sarama.ErrNoError, answer.GetBlock(topic, 0).Err)
	tools.add(transactionsTool, "find-hanging --max-transaction-timeout 1 --partition 0 --topic "+topic,
		fmt.Sprintf(`%s\s+0\s+%d\s+%d\s`, topic, given.ProducerID, given.ProducerEpoch))
	return sarama.HangingTransaction{Topic: topic, ProducerID: given.ProducerID, ProducerEpoch: given.ProducerEpoch, CoordinatorEpoch: -1}
}

// unhang ends a hanging transaction, after which readers of what is committed go on.
func unhang(t *testing.T, admin sarama.Admin, hanging sarama.HangingTransaction) {
	committed := func() int64 {
		offsets, err := admin.ListOffsets(within(t), map[string]map[int32]int64{hanging.Topic: {0: sarama.OffsetNewest}},
			sarama.ListOffsetsOptions{IsolationLevel: sarama.ReadCommitted})
		require.NoError(t, err)
		return offsets[hanging.Topic][0].Offset
	}
	require.EqualValues(t, 0, committed())
	producers, err := admin.DescribeProducers(within(t), map[string][]int32{hanging.Topic: {0}})
	require.NoError(t, err)
	require.EqualValues(t, 0, producers[hanging.Topic][0][0].CurrentTxnStartOffset)
	require.NoError(t, admin.AbortTransaction(within(t), hanging))
	require.EqualValues(t, 2, committed(), "the record and the marker of the abort")
	none := hanging
	none.Topic += "-none"
	require.ErrorIs(t, admin.AbortTransaction(within(t), none), sarama.ErrNotFound)
}

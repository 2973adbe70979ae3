package sarama

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestAdminRefusesOldBatches(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.conf.Version = V2_8_0_0
		_, err := s.admin(t).ListConsumerGroupOffsetsBatch(map[string]map[string][]int32{"g": nil})
		require.Equal(t, ErrUnsupportedVersion, err)
		require.Empty(t, s.b1.received(protocol.KeyOffsetFetch))
	})
}

// deleteRecords returns a leader's answer to a DeleteRecords request.
func (s *adminStage) deleteRecords(code func(topic string, partition int32) KError) scriptedHandler {
	return func(r *scriptedRequest) protocol.Message {
		response := &DeleteRecordsResponse{Topics: make(map[string]*DeleteRecordsResponseTopic)}
		for topic, asked := range r.Body.(*DeleteRecordsRequest).Topics {
			response.Topics[topic] = &DeleteRecordsResponseTopic{Partitions: make(map[int32]*DeleteRecordsResponsePartition)}
			for p, offset := range asked.PartitionOffsets {
				response.Topics[topic].Partitions[p] = &DeleteRecordsResponsePartition{LowWatermark: offset, Err: code(topic, p)}
			}
		}
		return response
	}
}

func TestAdminFollowsLeaders(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		ok := func(string, int32) KError { return ErrNoError }
		s.b1.on(protocol.KeyDeleteRecords, func(r *scriptedRequest) protocol.Message {
			s.cluster.setTopic("orders", 7, ledBy(0, 2, 2), ledBy(1, 2, 1))
			return s.deleteRecords(func(string, int32) KError { return ErrNotLeaderForPartition })(r)
		})
		s.b2.on(protocol.KeyDeleteRecords, s.deleteRecords(ok))
		require.NoError(t, admin.DeleteRecords("orders", map[int32]int64{0: 10, 1: 11}))
		require.Len(t, s.b1.received(protocol.KeyDeleteRecords), 1)
		asked := s.b2.received(protocol.KeyDeleteRecords)
		require.Len(t, asked, 2, "once for its own, and once for what moved")
		require.Equal(t, map[int32]int64{0: 10}, asked[1].Body.(*DeleteRecordsRequest).Topics["orders"].PartitionOffsets)
	})
}

func TestAdminDeleteRecordsNamesPartitions(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		s.onBoth(protocol.KeyDeleteRecords, s.deleteRecords(func(_ string, p int32) KError {
			return map[int32]KError{0: ErrOffsetOutOfRange}[p]
		}))
		err := admin.DeleteRecords("orders", map[int32]int64{0: 10, 1: 11, 9: 1})
		require.ErrorIs(t, err, ErrDeleteRecords)
		require.ErrorIs(t, err, ErrOffsetOutOfRange)
		require.ErrorIs(t, err, ErrUnknownTopicOrPartition)
		require.ErrorContains(t, err, "orders-0: ")
		require.ErrorContains(t, err, "orders-9: ")
		require.NotContains(t, err.Error(), "orders-1")
		require.Equal(t, ErrInvalidTopic, admin.DeleteRecords("", nil))
		require.NoError(t, admin.DeleteRecords("orders", nil))
	})
}

func TestAdminListOffsets(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		var cuts atomic.Int32
		s.onBoth(protocol.KeyListOffsets, func(r *scriptedRequest) protocol.Message {
			if cuts.Add(1) <= 2 {
				return r.cut()
			}
			response := &OffsetResponse{}
			for _, p := range protocol.RequestedOffsets(r.Body.(*OffsetRequest)) {
				response.AddTopicPartition(p.Topic, p.Partition, 100+int64(p.Partition))
			}
			return response
		})
		results, err := admin.ListOffsets(map[string]map[int32]int64{"orders": {0: OffsetMaxTimestamp, 1: OffsetOldest, 5: OffsetNewest}}, nil)
		require.NoError(t, err)
		require.Equal(t, &OffsetResult{Offset: 100, Err: ErrNoError}, results["orders"][0])
		require.Equal(t, &OffsetResult{Offset: 101, Err: ErrNoError}, results["orders"][1])
		require.ErrorIs(t, results["orders"][5].Err, ErrUnknownTopicOrPartition)

		_, err = admin.ListOffsets(nil, nil)
		require.Equal(t, ConfigurationError("no partitions provided"), err)
		s.b2.setDown(true)
		results, err = admin.ListOffsets(map[string]map[int32]int64{"orders": {0: OffsetOldest, 1: OffsetOldest}}, nil)
		require.Error(t, err)
		require.Len(t, results["orders"], 1)
	})
}

func TestAdminAsksNoOldBrokerForNewTimes(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.conf.Version = V2_8_0_0
		_, err := s.admin(t).ListOffsets(map[string]map[int32]int64{"orders": {0: OffsetMaxTimestamp}}, nil)
		require.ErrorIs(t, err, ErrUnsupportedVersion)
		require.Empty(t, s.b1.received(protocol.KeyListOffsets))
	})
}

func TestAdminListTopics(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		var fails atomic.Int32
		s.onBoth(protocol.KeyDescribeConfigs, func(r *scriptedRequest) protocol.Message {
			if fails.Add(1) <= 2 {
				return r.cut()
			}
			return &DescribeConfigsResponse{Resources: []*ResourceResponse{{Type: TopicResource, Name: "orders", Configs: []*ConfigEntry{
				{Name: "retention.ms", Value: "5", Source: SourceTopic},
				{Name: "cleanup.policy", Value: "delete", Source: SourceDefault},
				{Name: "secret", Source: SourceTopic, Sensitive: true},
			}}}}
		})
		topics, err := admin.ListTopics()
		require.NoError(t, err)
		require.Equal(t, map[string]TopicDetail{"orders": {
			NumPartitions: 2, ReplicationFactor: 1, ReplicaAssignment: map[int32][]int32{0: {1}, 1: {2}},
			ConfigEntries: map[string]*string{"retention.ms": text("5")},
		}}, topics)

		s.cluster.deleteTopic("orders")
		topics, err = admin.ListTopics()
		require.NoError(t, err)
		require.Empty(t, topics)
	})
}

func TestAdminDescribesConfigsWhereTheyAre(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		s.onBoth(protocol.KeyDescribeConfigs, func(r *scriptedRequest) protocol.Message {
			response := &DescribeConfigsResponse{}
			for _, resource := range r.Body.(*DescribeConfigsRequest).Resources {
				answered := &ResourceResponse{Type: resource.Type, Name: resource.Name}
				if resource.Name == "secret" {
					answered.ErrorCode, answered.ErrorMsg = int16(ErrTopicAuthorizationFailed), "no"
				} else {
					answered.Configs = []*ConfigEntry{{Name: "node", Value: fmt.Sprint(r.Broker.address.ID)}}
				}
				response.Resources = append(response.Resources, answered)
			}
			return response
		})
		results, err := admin.DescribeConfigs([]*ConfigResource{
			{Type: TopicResource, Name: "secret"}, {Type: BrokerResource, Name: "2"}, {Type: BrokerLoggerResource, Name: "1"}, {Type: BrokerResource, Name: ""},
		}, DescribeConfigsOptions{IncludeSynonyms: true, IncludeDocumentation: true})
		require.NoError(t, err)
		require.Len(t, results, 4)
		require.Equal(t, ErrTopicAuthorizationFailed, results[0].ErrorCode)
		require.Equal(t, "2", results[1].Configs[0].Value)
		require.Equal(t, "1", results[2].Configs[0].Value)
		require.Len(t, append(s.b1.received(protocol.KeyDescribeConfigs), s.b2.received(protocol.KeyDescribeConfigs)...), 3)

		_, err = admin.DescribeConfig(ConfigResource{Type: TopicResource, Name: "secret"})
		require.Equal(t, &DescribeConfigError{Err: ErrTopicAuthorizationFailed, ErrMsg: "no"}, err)
		require.ErrorIs(t, err, ErrNotAuthorized)
		entries, err := admin.DescribeConfig(ConfigResource{Type: BrokerResource, Name: "2"})
		require.NoError(t, err)
		require.Equal(t, "2", entries[0].Value)
		_, err = admin.DescribeConfig(ConfigResource{Type: BrokerResource, Name: "7"})
		require.EqualError(t, err, "could not find broker id 7")
		require.ErrorIs(t, err, ErrBrokerNotFound)
		_, err = admin.DescribeConfig(ConfigResource{Type: BrokerResource, Name: "x"})
		require.ErrorContains(t, err, `is the broker's id, not "x": `)
		none, err := admin.DescribeConfigs(nil, DescribeConfigsOptions{})
		require.NoError(t, err)
		require.Nil(t, none)
	})
}

func TestAdminAltersConfigsWhereTheyAre(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		refused := &AlterConfigsResourceResponse{ErrorCode: int16(ErrInvalidConfig), ErrorMsg: "no", Type: TopicResource, Name: "t"}
		s.onBoth(protocol.KeyAlterConfigs, answer(&AlterConfigsResponse{Resources: []*AlterConfigsResourceResponse{refused}}))
		s.onBoth(protocol.KeyIncrementalAlterConfigs, answer(&IncrementalAlterConfigsResponse{Resources: []*AlterConfigsResourceResponse{refused}}))
		require.Equal(t, &AlterConfigError{Err: ErrInvalidConfig, ErrMsg: "no"}, admin.AlterConfig(TopicResource, "t", nil, true))
		err := admin.IncrementalAlterConfig(TopicResource, "t", nil, true)
		require.EqualError(t, err, ErrInvalidConfig.Error()+": no")
		require.ErrorIs(t, err, ErrInvalidArgument)
		require.NoError(t, admin.IncrementalAlterConfig(BrokerResource, "2", nil, false))
		require.NoError(t, admin.AlterConfig(BrokerResource, "1", nil, false))
		require.NotEmpty(t, s.b2.received(protocol.KeyIncrementalAlterConfigs))
		require.NotEmpty(t, s.b1.received(protocol.KeyAlterConfigs))
	})
}

func TestAdminTellsWhichBrokerFailed(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		s.b1.on(protocol.KeyListGroups, answer(&ListGroupsResponse{Groups: map[string]string{"g": "consumer"}, GroupsData: map[string]GroupData{"g": {}}}))
		s.b2.on(protocol.KeyListGroups, answer(&ListGroupsResponse{Err: ErrConsumerCoordinatorNotAvailable}))
		groups, err := admin.ListConsumerGroups()
		require.Equal(t, map[string]string{"g": "consumer"}, groups)
		require.Equal(t, ErrConsumerCoordinatorNotAvailable, err)

		s.b1.on(protocol.KeyDescribeLogDirs, answer(&DescribeLogDirsResponse{LogDirs: []DescribeLogDirsResponseDirMetadata{{Path: "/a"}}}))
		s.b2.on(protocol.KeyDescribeLogDirs, answer(&DescribeLogDirsResponse{ErrorCode: ErrClusterAuthorizationFailed}))
		dirs, err := admin.DescribeLogDirs([]int32{1, 2, 3})
		require.Equal(t, "/a", dirs[1][0].Path)
		require.Len(t, dirs, 1)
		require.Equal(t, ErrClusterAuthorizationFailed, err)

		s.b1.on(protocol.KeyListTransactions, answer(&ListTransactionsResponse{TransactionStates: []ListTransactionsResponseTransactionState{{TransactionalID: "tx"}}}))
		s.b2.on(protocol.KeyListTransactions, answer(&ListTransactionsResponse{ErrorCode: ErrClusterAuthorizationFailed}))
		transactions, err := admin.ListTransactions(nil, nil, 5)
		require.Len(t, transactions, 1)
		require.EqualError(t, err, "list transactions on broker b2:9092: "+ErrClusterAuthorizationFailed.Error())
		require.ErrorIs(t, err, ErrClusterAuthorizationFailed)
	})
}

func TestAdminDescribesProducersAndTransactions(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.cluster.setCoordinator("other", s.b2)
		admin := s.admin(t)
		s.onBoth(protocol.KeyDescribeProducers, func(r *scriptedRequest) protocol.Message {
			response := &DescribeProducersResponse{}
			for _, topic := range r.Body.(*DescribeProducersRequest).Topics {
				answered := DescribeProducersResponseTopic{Name: topic.Name}
				for _, p := range topic.PartitionIndexes {
					answered.Partitions = append(answered.Partitions, DescribeProducersResponsePartition{PartitionIndex: p, ErrorCode: ErrTopicAuthorizationFailed})
				}
				response.Topics = append(response.Topics, answered)
			}
			return response
		})
		producers, err := admin.DescribeProducers(map[string][]int32{"orders": {0, 1, 4}})
		require.ErrorContains(t, err, "describe producers: find leader for partition 4 of topic orders: ")
		require.Len(t, producers["orders"], 2)
		require.Equal(t, ErrTopicAuthorizationFailed, producers["orders"][1].ErrorCode)

		states := func(r *scriptedRequest) protocol.Message {
			response := &DescribeTransactionsResponse{}
			for _, id := range r.Body.(*DescribeTransactionsRequest).TransactionalIDs {
				response.TransactionStates = append(response.TransactionStates, TransactionState{TransactionalID: id, ErrorCode: ErrTransactionalIDNotFound})
			}
			return response
		}
		s.b1.on(protocol.KeyDescribeTransactions, states)
		s.b2.on(protocol.KeyDescribeTransactions, answer(&DescribeTransactionsResponse{TransactionStates: []TransactionState{{TransactionalID: "other", ErrorCode: ErrOffsetsLoadInProgress}}}))
		found, err := admin.DescribeTransactions([]string{"tx", "other"})
		require.EqualError(t, err, "describe transactions for other: "+ErrOffsetsLoadInProgress.Error())
		require.Len(t, found, 1)
		require.Equal(t, ErrTransactionalIDNotFound, found["tx"].ErrorCode)

		for _, nothing := range []func() (bool, error){
			func() (bool, error) { m, err := admin.DescribeProducers(nil); return m == nil, err },
			func() (bool, error) { m, err := admin.DescribeTransactions(nil); return m == nil, err },
		} {
			isNil, err := nothing()
			require.NoError(t, err)
			require.True(t, isNil)
		}
	})
}

func TestAdminErrorsAreThoseOfSarama(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		require.Equal(t, ErrInvalidTopic, admin.CreateTopic("", nil, false))
		require.EqualError(t, admin.CreateTopic("t", nil, false), "you must specify topic details")
		require.Equal(t, ErrInvalidTopic, admin.DeleteTopic(""))
		require.Equal(t, ErrInvalidTopic, admin.CreatePartitions("", 1, nil, false))
		require.Equal(t, ErrInvalidTopic, admin.AlterPartitionReassignments("", nil))
		_, err := admin.ListPartitionReassignments("", nil)
		require.Equal(t, ErrInvalidTopic, err)
		_, err = admin.AlterConsumerGroupOffsets("g", nil, nil)
		require.Equal(t, ConfigurationError("no offsets provided"), err)

		s.b1.on(protocol.KeyCreateTopics, answer(&CreateTopicsResponse{
			TopicErrors:  map[string]*TopicError{"t": {Err: ErrTopicAlreadyExists, ErrMsg: text("it is there")}},
			TopicResults: map[string]*CreatableTopicResult{"t": {}},
		}))
		err = admin.CreateTopic("t", &TopicDetail{}, false)
		require.Equal(t, &TopicError{Err: ErrTopicAlreadyExists, ErrMsg: text("it is there")}, err)
		require.ErrorIs(t, err, ErrAlreadyExists)
		require.Equal(t, ErrIncompleteResponse, admin.CreateTopic("u", &TopicDetail{}, false))

		refused := &AlterPartitionReassignmentsResponse{}
		refused.AddError("orders", 1, ErrInvalidReplicaAssignment, text("no broker 9"))
		s.b1.on(protocol.KeyAlterPartitionReassignments, answer(refused))
		err = admin.AlterPartitionReassignments("orders", [][]int32{nil, {9}})
		require.EqualError(t, err, "failed to reassign partitions for topic: [orders-1]: "+ErrInvalidReplicaAssignment.Error()+": no broker 9")
		require.ErrorIs(t, err, ErrReassignPartitions)
		sent := s.b1.received(protocol.KeyAlterPartitionReassignments)[0].Body.(*AlterPartitionReassignmentsRequest)
		require.True(t, sent.AllowReplicationFactorChange)

		s.b1.on(protocol.KeyUpdateFeatures, answer(&UpdateFeaturesResponse{ErrorCode: ErrFeatureUpdateFailed, ErrorMessage: text("no")}))
		_, err = admin.UpdateFeatures(nil)
		require.EqualError(t, err, ErrFeatureUpdateFailed.Error()+" - no")
		s.b1.on(protocol.KeyDescribeClientQuotas, answer(&DescribeClientQuotasResponse{ErrorCode: ErrClusterAuthorizationFailed, ErrorMsg: text("no")}))
		_, err = admin.DescribeClientQuotas(nil, false)
		require.EqualError(t, err, "no")
		require.ErrorIs(t, err, ErrNotAuthorized)
		s.b1.on(protocol.KeyDeleteGroups, answer(&DeleteGroupsResponse{
			GroupErrorCodes: map[string]KError{"g": ErrNonEmptyGroup}, GroupErrorMessages: map[string]*string{"g": text("members")},
		}))
		require.Equal(t, ErrNonEmptyGroup, admin.DeleteConsumerGroup("g"))
	})
}

// What a broker says in an error goes into logs: it must not look like other lines there, nor fill them.
func TestAdminErrorsAreBoundedAndOneLine(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		said := "no\n[sarama] all is well\x1b[2J" + strings.Repeat("x", 1<<14)
		refused := &AlterPartitionReassignmentsResponse{}
		refused.AddError(said, 1, ErrInvalidReplicaAssignment, &said)
		for key, response := range map[int16]protocol.Message{
			protocol.KeyCreateTopics: &CreateTopicsResponse{
				TopicErrors: map[string]*TopicError{"t": {Err: ErrInvalidConfig, ErrMsg: &said}}, TopicResults: map[string]*CreatableTopicResult{"t": {}},
			},
			protocol.KeyCreatePartitions: &CreatePartitionsResponse{
				TopicPartitionErrors: map[string]*TopicPartitionError{"t": {Err: ErrInvalidPartitions, ErrMsg: &said}},
			},
			protocol.KeyAlterConfigs: &AlterConfigsResponse{
				Resources: []*AlterConfigsResourceResponse{{Type: TopicResource, Name: "t", ErrorCode: int16(ErrInvalidConfig), ErrorMsg: said}},
			},
			protocol.KeyDescribeConfigs: &DescribeConfigsResponse{
				Resources: []*ResourceResponse{{Type: TopicResource, Name: "t", ErrorCode: int16(ErrInvalidConfig), ErrorMsg: said}},
			},
			protocol.KeyUpdateFeatures:       &UpdateFeaturesResponse{ErrorCode: ErrFeatureUpdateFailed, ErrorMessage: &said},
			protocol.KeyDescribeClientQuotas: &DescribeClientQuotasResponse{ErrorCode: ErrInvalidRequest, ErrorMsg: &said},
			protocol.KeyAlterClientQuotas: &AlterClientQuotasResponse{
				Entries: []AlterClientQuotasEntryResponse{{ErrorMsg: &said}},
			},
			protocol.KeyAlterPartitionReassignments: refused,
			protocol.KeyDescribeUserScramCredentials: &DescribeUserScramCredentialsResponse{
				Results: []*DescribeUserScramCredentialsResult{{User: said, ErrorCode: ErrResourceNotFound}},
			},
		} {
			s.onBoth(key, answer(response))
		}
		topic := ConfigResource{Type: TopicResource, Name: "t"}
		for name, err := range map[string]error{
			"CreateTopic":                 admin.CreateTopic("t", &TopicDetail{}, false),
			"CreatePartitions":            admin.CreatePartitions("t", 3, nil, false),
			"AlterConfig":                 admin.AlterConfig(TopicResource, "t", nil, false),
			"DescribeConfig":              firstOf(admin.DescribeConfig(topic)),
			"UpdateFeatures":              firstOf(admin.UpdateFeatures(nil)),
			"DescribeClientQuotas":        firstOf(admin.DescribeClientQuotas(nil, false)),
			"AlterClientQuotas":           admin.AlterClientQuotas(nil, ClientQuotasOp{}, false),
			"AlterPartitionReassignments": admin.AlterPartitionReassignments("t", nil),
			"DescribeUsers":               firstOf(s.api(t).DescribeUserScramCredentials(t.Context())),
		} {
			require.ErrorContains(t, err, "all is well", name)
			require.NotContains(t, err.Error(), "\n", name)
			require.NotContains(t, err.Error(), "\x1b", name)
			require.Less(t, len(err.Error()), 3*maxForeignText, name)
		}
	})
}

func TestAdminGatesByVersion(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.conf.Version = V0_10_1_0
		admin := s.admin(t)
		require.ErrorIs(t, admin.CreateTopic("t", &TopicDetail{}, true), ErrUnsupportedVersion, "it would create the topic")
		require.ErrorIs(t, admin.CreatePartitions("t", 1, nil, false), ErrUnsupportedVersion)
		_, err := admin.RemoveMemberFromConsumerGroup("g", nil)
		require.Equal(t, ConfigurationError("Removing members from a consumer group headers requires Kafka version of at least v2.4.0"), err)
		_, err = admin.ListTransactions(nil, nil, 0)
		require.Equal(t, ConfigurationError("ListTransactions durationFilterMs requires Version >= V3_8_0_0"), err)
		brokers, controller, err := admin.DescribeCluster()
		require.NoError(t, err)
		require.Len(t, brokers, 2)
		require.EqualValues(t, 1, controller)
	})
}

func TestAdminDeletesNoACLThatItShallOnlyFind(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		resource, acl := Resource{ResourceType: AclResourceTopic, ResourceName: "t", ResourcePatternType: AclPatternLiteral},
			Acl{Principal: "User:a", Host: "*", Operation: AclOperationRead, PermissionType: AclPermissionAllow}
		s.b1.on(protocol.KeyDescribeAcls, answer(&DescribeAclsResponse{ResourceAcls: []*ResourceAcls{{Resource: resource, Acls: []*Acl{&acl}}}}))
		matching, err := s.admin(t).DeleteACL(AclFilter{}, true)
		require.NoError(t, err)
		require.Equal(t, []MatchingAcl{{Resource: resource, Acl: acl}}, matching)
		require.Empty(t, s.b1.received(protocol.KeyDeleteAcls))
	})
}

func TestAdminOfOldClusterHasNoController(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.conf.Version, s.conf.ApiVersionsRequest = V0_9_0_1, false
		_, err := NewClusterAdmin(addresses([]*scriptedBroker{s.b1}), s.conf)
		require.ErrorIs(t, err, ErrUnsupportedVersion)
	})
}

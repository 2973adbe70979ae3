package sarama

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// adminStage is two scripted brokers with topic orders, whose partitions 0 and 1 they lead, and an admin.
type adminStage struct {
	net     *scriptedNetwork
	b1, b2  *scriptedBroker // the first is the controller, and the coordinator of everything
	cluster *scriptedCluster
	conf    *Config
}

func newAdminStage(net *scriptedNetwork) *adminStage {
	s := &adminStage{net: net, b1: net.broker(1), b2: net.broker(2), conf: net.config()}
	s.conf.Version = MaxVersion
	s.cluster = newScriptedCluster(s.b1, s.b2)
	s.cluster.setTopic("orders", 7, ledBy(0, 1, 1), ledBy(1, 2, 1))
	for _, key := range []string{"g", "h", "tx"} {
		s.cluster.setCoordinator(key, s.b1)
	}
	return s
}

func (s *adminStage) admin(t testing.TB) TransactionClusterAdmin {
	admin, err := NewClusterAdmin(addresses([]*scriptedBroker{s.b1}), s.conf)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	return admin.(TransactionClusterAdmin)
}

// onBoth sets an API's handler of both brokers.
func (s *adminStage) onBoth(key int16, h scriptedHandler) {
	s.b1.on(key, h)
	s.b2.on(key, h)
}

// moveAway makes the second broker the controller and the coordinator.
func (s *adminStage) moveAway() {
	s.cluster.setController(2)
	for _, key := range []string{"g", "h", "tx"} {
		s.cluster.setCoordinator(key, s.b2)
	}
}

func text(s string) *string { return &s }

// routedCall is a call that one broker answers: the controller or the coordinator.
type routedCall struct {
	key   int16
	good  protocol.Message
	stale protocol.Message // says that it is another broker
	call  func(ClusterAdmin) error
}

func firstOf[T any](_ T, err error) error { return err }

// routedCalls are all such calls of ClusterAdmin.
func routedCalls() map[string]routedCall {
	notController, moved := ErrNotController, ErrNotCoordinatorForConsumer
	committed := &OffsetCommitResponse{}
	committed.AddError("orders", 0, ErrNoError)
	staleCommit := &OffsetCommitResponse{}
	staleCommit.AddError("orders", 0, moved)
	removed := &DeleteOffsetsResponse{}
	removed.AddError("orders", 0, ErrNoError)
	begun := &AlterPartitionReassignmentsResponse{}
	begun.AddError("orders", 0, ErrNoError, nil)
	offsets := func(err KError) *OffsetFetchResponse {
		return &OffsetFetchResponse{Err: err, Groups: []OffsetFetchResponseGroup{{GroupId: "g", Err: err}}}
	}
	acl := AclFilter{ResourceType: AclResourceAny, ResourcePatternTypeFilter: AclPatternAny, Operation: AclOperationAny, PermissionType: AclPermissionAny}
	return map[string]routedCall{
		"CreateTopic": {
			protocol.KeyCreateTopics,
			&CreateTopicsResponse{TopicErrors: map[string]*TopicError{"t": {}}, TopicResults: map[string]*CreatableTopicResult{"t": {}}},
			&CreateTopicsResponse{TopicErrors: map[string]*TopicError{"t": {Err: notController}}, TopicResults: map[string]*CreatableTopicResult{"t": {}}},
			func(a ClusterAdmin) error {
				return a.CreateTopic("t", &TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, true)
			},
		},
		"DeleteTopic": {
			protocol.KeyDeleteTopics, &DeleteTopicsResponse{TopicErrorCodes: map[string]KError{"t": 0}},
			&DeleteTopicsResponse{TopicErrorCodes: map[string]KError{"t": notController}},
			func(a ClusterAdmin) error { return a.DeleteTopic("t") },
		},
		"CreatePartitions": {
			protocol.KeyCreatePartitions, &CreatePartitionsResponse{TopicPartitionErrors: map[string]*TopicPartitionError{"t": {}}},
			&CreatePartitionsResponse{TopicPartitionErrors: map[string]*TopicPartitionError{"t": {Err: notController}}},
			func(a ClusterAdmin) error { return a.CreatePartitions("t", 3, nil, false) },
		},
		"AlterPartitionReassignments": {
			protocol.KeyAlterPartitionReassignments, begun, &AlterPartitionReassignmentsResponse{ErrorCode: notController},
			func(a ClusterAdmin) error { return a.AlterPartitionReassignments("orders", [][]int32{{1}}) },
		},
		"ListPartitionReassignments": {
			protocol.KeyListPartitionReassignments, &ListPartitionReassignmentsResponse{}, &ListPartitionReassignmentsResponse{ErrorCode: notController},
			func(a ClusterAdmin) error { return firstOf(a.ListPartitionReassignments("orders", []int32{0})) },
		},
		"ElectLeaders": {
			protocol.KeyElectLeaders, &ElectLeadersResponse{}, &ElectLeadersResponse{ErrorCode: notController},
			func(a ClusterAdmin) error {
				return firstOf(a.ElectLeaders(UncleanElection, map[string][]int32{"orders": {0}}))
			},
		},
		"CreateACLs": {
			protocol.KeyCreateAcls, &CreateAclsResponse{AclCreationResponses: []*AclCreationResponse{{}}},
			&CreateAclsResponse{AclCreationResponses: []*AclCreationResponse{{Err: notController}}},
			func(a ClusterAdmin) error {
				return a.CreateACLs([]*ResourceAcls{{Resource: Resource{ResourceType: AclResourceTopic, ResourceName: "t", ResourcePatternType: AclPatternPrefixed}, Acls: []*Acl{{Principal: "User:a", Host: "*"}}}})
			},
		},
		"CreateACL": {
			protocol.KeyCreateAcls, &CreateAclsResponse{AclCreationResponses: []*AclCreationResponse{{}}},
			&CreateAclsResponse{AclCreationResponses: []*AclCreationResponse{{Err: notController}}},
			func(a ClusterAdmin) error { return a.CreateACL(Resource{}, Acl{}) },
		},
		"ListAcls": {
			protocol.KeyDescribeAcls, &DescribeAclsResponse{}, &DescribeAclsResponse{Err: notController},
			func(a ClusterAdmin) error { return firstOf(a.ListAcls(acl)) },
		},
		"DeleteACL": {
			protocol.KeyDeleteAcls, &DeleteAclsResponse{FilterResponses: []*FilterResponse{{MatchingAcls: []*MatchingAcl{{}}}}},
			&DeleteAclsResponse{FilterResponses: []*FilterResponse{{Err: notController}}},
			func(a ClusterAdmin) error { return firstOf(a.DeleteACL(acl, false)) },
		},
		"DescribeUserScramCredentials": {
			protocol.KeyDescribeUserScramCredentials, &DescribeUserScramCredentialsResponse{},
			&DescribeUserScramCredentialsResponse{ErrorCode: notController, ErrorMessage: text("moved")},
			func(a ClusterAdmin) error { return firstOf(a.DescribeUserScramCredentials([]string{"u"})) },
		},
		"UpsertUserScramCredentials": {
			protocol.KeyAlterUserScramCredentials, &AlterUserScramCredentialsResponse{Results: []*AlterUserScramCredentialsResult{{User: "u"}}},
			&AlterUserScramCredentialsResponse{Results: []*AlterUserScramCredentialsResult{{User: "u", ErrorCode: notController}}},
			func(a ClusterAdmin) error {
				return firstOf(a.UpsertUserScramCredentials([]AlterUserScramCredentialsUpsert{{Name: "u", Mechanism: SCRAM_MECHANISM_SHA_256, Iterations: 4096, Salt: []byte("s"), Password: []byte("p")}}))
			},
		},
		"DeleteUserScramCredentials": {
			protocol.KeyAlterUserScramCredentials, &AlterUserScramCredentialsResponse{Results: []*AlterUserScramCredentialsResult{{User: "u"}}},
			&AlterUserScramCredentialsResponse{Results: []*AlterUserScramCredentialsResult{{User: "u", ErrorCode: notController}}},
			func(a ClusterAdmin) error {
				return firstOf(a.DeleteUserScramCredentials([]AlterUserScramCredentialsDelete{{Name: "u", Mechanism: SCRAM_MECHANISM_SHA_256}}))
			},
		},
		"UpdateFeatures": {
			protocol.KeyUpdateFeatures, &UpdateFeaturesResponse{}, &UpdateFeaturesResponse{ErrorCode: notController, ErrorMessage: text("moved")},
			func(a ClusterAdmin) error {
				return firstOf(a.UpdateFeatures([]FeatureUpdate{{Feature: "f", MaxVersionLevel: 1}}))
			},
		},
		"DescribeClientQuotas": {
			protocol.KeyDescribeClientQuotas, &DescribeClientQuotasResponse{}, &DescribeClientQuotasResponse{ErrorCode: notController, ErrorMsg: text("moved")},
			func(a ClusterAdmin) error { return firstOf(a.DescribeClientQuotas(nil, false)) },
		},
		"AlterClientQuotas": {
			protocol.KeyAlterClientQuotas, &AlterClientQuotasResponse{},
			&AlterClientQuotasResponse{Entries: []AlterClientQuotasEntryResponse{{ErrorCode: notController}}},
			func(a ClusterAdmin) error { return a.AlterClientQuotas(nil, ClientQuotasOp{Key: "k"}, false) },
		},
		"DescribeCluster": {
			protocol.KeyDescribeCluster, &DescribeClusterResponse{}, &DescribeClusterResponse{Err: notController},
			func(a ClusterAdmin) error { _, _, err := a.DescribeCluster(); return err },
		},
		"ListConsumerGroupOffsets": {
			protocol.KeyOffsetFetch, offsets(0), offsets(moved),
			func(a ClusterAdmin) error { return firstOf(a.ListConsumerGroupOffsets("g", nil)) },
		},
		"ListConsumerGroupOffsetsBatch": {
			protocol.KeyOffsetFetch, offsets(0), offsets(moved),
			func(a ClusterAdmin) error {
				return firstOf(a.ListConsumerGroupOffsetsBatch(map[string]map[string][]int32{"g": nil}))
			},
		},
		"AlterConsumerGroupOffsets": {
			protocol.KeyOffsetCommit, committed, staleCommit,
			func(a ClusterAdmin) error {
				return firstOf(a.AlterConsumerGroupOffsets("g", map[string]map[int32]OffsetAndMetadata{"orders": {0: {Offset: 5}}}, nil))
			},
		},
		"DeleteConsumerGroupOffset": {
			protocol.KeyOffsetDelete, removed, &DeleteOffsetsResponse{ErrorCode: moved},
			func(a ClusterAdmin) error { return a.DeleteConsumerGroupOffset("g", "orders", 0) },
		},
		"DeleteConsumerGroup": {
			protocol.KeyDeleteGroups, &DeleteGroupsResponse{GroupErrorCodes: map[string]KError{"g": 0}},
			&DeleteGroupsResponse{GroupErrorCodes: map[string]KError{"g": moved}},
			func(a ClusterAdmin) error { return a.DeleteConsumerGroup("g") },
		},
		"DescribeConsumerGroups": {
			protocol.KeyDescribeGroups, &DescribeGroupsResponse{Groups: []*GroupDescription{{GroupId: "g"}}},
			&DescribeGroupsResponse{Groups: []*GroupDescription{{GroupId: "g", ErrorCode: int16(moved)}}},
			func(a ClusterAdmin) error {
				groups, err := a.DescribeConsumerGroups([]string{"g"})
				if err == nil {
					err = codeOrNil(groups[0].Err)
				}
				return err
			},
		},
		"RemoveMemberFromConsumerGroup": {
			protocol.KeyLeaveGroup, &LeaveGroupResponse{}, &LeaveGroupResponse{Err: moved},
			func(a ClusterAdmin) error { return firstOf(a.RemoveMemberFromConsumerGroup("g", []string{"i"})) },
		},
		"DescribeTransactions": {
			protocol.KeyDescribeTransactions, &DescribeTransactionsResponse{TransactionStates: []TransactionState{{TransactionalID: "tx"}}},
			&DescribeTransactionsResponse{TransactionStates: []TransactionState{{TransactionalID: "tx", ErrorCode: moved}}},
			func(a ClusterAdmin) error {
				return firstOf(a.(TransactionClusterAdmin).DescribeTransactions([]string{"tx"}))
			},
		},
	}
}

func TestAdminFollowsControllersAndCoordinators(t *testing.T) {
	for name, c := range routedCalls() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				s := newAdminStage(net)
				admin := s.admin(t)
				s.b1.on(c.key, func(*scriptedRequest) protocol.Message {
					s.moveAway()
					return c.stale
				})
				s.b2.on(c.key, answer(c.good))
				began := time.Now()
				require.NoError(t, c.call(admin))
				require.Equal(t, s.conf.Admin.Retry.Backoff, time.Since(began))
				require.Len(t, s.b1.received(c.key), 1)
				require.Len(t, s.b2.received(c.key), 1)
			})
		})
	}
}

func TestAdminSendsAgainAfterALostConnection(t *testing.T) {
	for name, c := range routedCalls() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				s := newAdminStage(net)
				admin := s.admin(t)
				s.b1.on(c.key, func(r *scriptedRequest) protocol.Message {
					s.moveAway()
					return r.cut()
				})
				s.b2.on(c.key, answer(c.good))
				require.NoError(t, c.call(admin))
				require.Len(t, s.b2.received(c.key), 1)
			})
		})
	}
}

func TestAdminGivesUpAfterItsRetries(t *testing.T) {
	for name, c := range routedCalls() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				s := newAdminStage(net)
				s.conf.Admin.Retry.Max, s.conf.Admin.Retry.Backoff = 2, time.Second
				admin := s.admin(t)
				s.onBoth(c.key, answer(c.stale))
				began := time.Now()
				err := c.call(admin)
				require.True(t, errors.Is(err, ErrNotController) || errors.Is(err, ErrNotCoordinatorForConsumer), "%v", err)
				require.Equal(t, 2*time.Second, time.Since(began))
				require.Len(t, append(s.b1.received(c.key), s.b2.received(c.key)...), 3)
			})
		})
	}
}

func TestAdminCallsEndAtClose(t *testing.T) {
	for name, c := range routedCalls() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				s := newAdminStage(net)
				admin := s.admin(t)
				reached := make(chan struct{}, 2)
				s.onBoth(c.key, func(r *scriptedRequest) protocol.Message {
					reached <- struct{}{}
					return hang(r)
				})
				failed := make(chan error)
				go func() { failed <- c.call(admin) }()
				<-reached
				began := time.Now()
				require.NoError(t, admin.Close())
				require.ErrorIs(t, <-failed, ErrClosedClient)
				require.Zero(t, time.Since(began))
				require.ErrorIs(t, c.call(admin), ErrClosedClient)
				require.ErrorIs(t, admin.Close(), ErrClosedClient)
			})
		})
	}
}

func TestAdminWaitsForACoordinatorThatLoads(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.admin(t)
		loading := &DescribeGroupsResponse{Groups: []*GroupDescription{{GroupId: "g", ErrorCode: int16(ErrOffsetsLoadInProgress)}}}
		s.b1.on(protocol.KeyDescribeGroups, answer(loading, &DescribeGroupsResponse{Groups: []*GroupDescription{{GroupId: "g", State: "Stable"}}}))
		groups, err := admin.DescribeConsumerGroups([]string{"g"})
		require.NoError(t, err)
		require.Equal(t, "Stable", groups[0].State)
		asked := append(s.b1.received(protocol.KeyFindCoordinator), s.b2.received(protocol.KeyFindCoordinator)...)
		require.Len(t, asked, 1, "it is still the coordinator")
	})
}

func TestAdminAsksCoordinatorsOnceForAllTheirGroups(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.cluster.setCoordinator("h", s.b2)
		s.cluster.setCoordinator("i", s.b1)
		admin := s.admin(t)
		s.onBoth(protocol.KeyFindCoordinator, func(r *scriptedRequest) protocol.Message {
			return s.cluster.findCoordinators(r)
		})
		s.onBoth(protocol.KeyOffsetFetch, func(r *scriptedRequest) protocol.Message {
			response := &OffsetFetchResponse{}
			for _, g := range r.Body.(*OffsetFetchRequest).Groups {
				response.Groups = append(response.Groups, OffsetFetchResponseGroup{GroupId: g.GroupId})
			}
			return response
		})
		found, err := admin.ListConsumerGroupOffsetsBatch(map[string]map[string][]int32{"g": nil, "h": nil, "i": nil})
		require.NoError(t, err)
		require.Len(t, found, 3)
		require.Len(t, s.b1.received(protocol.KeyOffsetFetch), 1)
		require.Len(t, s.b2.received(protocol.KeyOffsetFetch), 1)
		require.Len(t, append(s.b1.received(protocol.KeyFindCoordinator), s.b2.received(protocol.KeyFindCoordinator)...), 1)
	})
}

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
		require.Error(t, err)
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

func TestConnectionLost(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		lost bool
	}{
		"end":     {fmt.Errorf("x: %w", io.EOF), true},
		"dial":    {&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		"closed":  {net.ErrClosed, true},
		"timeout": {&net.OpError{Op: "read", Err: &net.DNSError{IsTimeout: true}}, false},
		"code":    {ErrNotController, false},
		"none":    {nil, false},
	} {
		require.Equal(t, c.lost, connectionLost(c.err), name)
	}
}

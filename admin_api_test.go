package sarama

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func (s *adminStage) api(t testing.TB) Admin {
	return s.admin(t).(ContextClusterAdmin).Admin()
}

func TestAdminErrorsNameResourcesAndClasses(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.b1.on(protocol.KeyCreateTopics, answer(&CreateTopicsResponse{
			TopicErrors: map[string]*TopicError{
				"a": {Err: ErrTopicAlreadyExists, ErrMsg: text("there")}, "b": {}, "c": {Err: ErrPolicyViolation}, "d": {Err: ErrTopicAuthorizationFailed},
			},
			TopicResults: map[string]*CreatableTopicResult{"a": {}, "b": {NumPartitions: 3}, "c": {}, "d": {}},
		}))
		topics := map[string]*TopicDetail{"a": {}, "b": {}, "c": {}, "d": {}, "e": {}}
		created, err := s.api(t).CreateTopics(t.Context(), topics, false)
		require.Len(t, created, 1)
		require.EqualValues(t, 3, created["b"].NumPartitions)
		all := AdminErrors(fmt.Errorf("making topics: %w", err))
		require.Len(t, all, 4)
		require.EqualError(t, all[0], "CreateTopics: topic a: "+ErrTopicAlreadyExists.Error()+": there")
		for i, class := range []error{ErrAlreadyExists, ErrInvalidArgument, ErrNotAuthorized, ErrIncompleteResponse} {
			require.ErrorIs(t, all[i], class)
			require.ErrorIs(t, err, class)
		}
		require.Empty(t, AdminErrors(nil))
		require.Empty(t, AdminErrors(errors.New("other")))
	})
}

func TestAdminCallsEndWithTheirContext(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.onBoth(protocol.KeyDeleteTopics, hang)
		s.onBoth(protocol.KeyDescribeGroups, hang)
		admin := s.api(t)
		for name, call := range map[string]func(context.Context) error{
			"controller":  func(ctx context.Context) error { return admin.DeleteTopics(ctx, "t") },
			"coordinator": func(ctx context.Context) error { return admin.DeleteGroups(ctx, "no-coordinator") },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			began := time.Now()
			require.Error(t, call(ctx), name)
			require.LessOrEqual(t, time.Since(began), 50*time.Millisecond, name)
			cancel()
		}
	})
}

func TestAdminDescribesGroupsOfAnyType(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		types := map[string]string{"g": "classic", "h": "share", "c": "consumer", "s": "streams"}
		for id := range types {
			s.cluster.setCoordinator(id, s.b2)
		}
		s.cluster.setCoordinator("none", s.b1)
		code := func(id, kind string) KError {
			if types[id] == kind {
				return ErrNoError
			}
			return ErrGroupIDNotFound
		}
		s.onBoth(protocol.KeyConsumerGroupDescribe, func(r *scriptedRequest) protocol.Message {
			response := &ConsumerGroupDescribeResponse{}
			for _, id := range r.Body.(*ConsumerGroupDescribeRequest).GroupIDs {
				response.Groups = append(response.Groups, ConsumerGroupDescription{GroupID: id, ErrorCode: code(id, "consumer")})
			}
			return response
		})
		s.onBoth(protocol.KeyDescribeGroups, func(r *scriptedRequest) protocol.Message {
			response := &DescribeGroupsResponse{}
			for _, id := range r.Body.(*DescribeGroupsRequest).Groups {
				response.Groups = append(response.Groups, &GroupDescription{GroupId: id, ErrorCode: int16(code(id, "classic"))})
			}
			return response
		})
		s.onBoth(protocol.KeyShareGroupDescribe, func(r *scriptedRequest) protocol.Message {
			response := &ShareGroupDescribeResponse{}
			for _, id := range r.Body.(*ShareGroupDescribeRequest).GroupIDs {
				response.Groups = append(response.Groups, DescribedShareGroup{GroupID: id, ErrorCode: code(id, "share")})
			}
			return response
		})
		s.onBoth(protocol.KeyStreamsGroupDescribe, func(r *scriptedRequest) protocol.Message {
			response := &StreamsGroupDescribeResponse{}
			for _, id := range r.Body.(*StreamsGroupDescribeRequest).GroupIDs {
				response.Groups = append(response.Groups, DescribedStreamsGroup{GroupID: id, ErrorCode: code(id, "streams")})
			}
			return response
		})
		found, err := s.api(t).DescribeGroups(t.Context(), "g", "h", "c", "s", "none")
		require.ErrorIs(t, err, ErrGroupIDNotFound)
		require.Len(t, AdminErrors(err), 1)
		require.ErrorContains(t, err, "group none: ")
		require.NotNil(t, found["g"].Classic)
		require.NotNil(t, found["h"].Share)
		require.NotNil(t, found["c"].Consumer)
		require.NotNil(t, found["s"].Streams)
	})
}

func TestAdminAbortsHangingTransactions(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.b2.on(protocol.KeyWriteTxnMarkers, func(r *scriptedRequest) protocol.Message {
			marker := r.Body.(*WriteTxnMarkersRequest).Markers[0]
			require.Equal(t, []any{int64(7), int16(3), false, int32(0)}, []any{marker.ProducerID, marker.ProducerEpoch, marker.TransactionResult, marker.CoordinatorEpoch})
			return &WriteTxnMarkersResponse{Markers: []WritableTxnMarkerResult{{ProducerID: 7, Topics: []WritableTxnMarkerTopicResult{
				{Name: "orders", Partitions: []*PartitionError{{Partition: 1, Err: ErrClusterAuthorizationFailed}}},
			}}}}
		})
		err := s.api(t).AbortTransaction(t.Context(), HangingTransaction{Topic: "orders", Partition: 1, ProducerID: 7, ProducerEpoch: 3, CoordinatorEpoch: -1})
		require.ErrorIs(t, err, ErrNotAuthorized)
		require.ErrorContains(t, err, "WriteTxnMarkers: partition orders-1: ")
	})
}

func TestAdminFencesAfterAnAbort(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.b1.on(protocol.KeyInitProducerId, answer(&InitProducerIDResponse{Err: ErrConcurrentTransactions}, &InitProducerIDResponse{ProducerID: 7, ProducerEpoch: 4}))
		next, err := s.api(t).FenceProducers(t.Context(), "tx", "tx")
		require.NoError(t, err)
		require.Equal(t, map[string]ProducerIdentity{"tx": {7, 4}}, next)
	})
}

func TestAdminKeepsReplicationFactorsWhereBrokersCan(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.conf.Version = V4_0_0_0
		move := map[string]map[int32][]int32{"orders": {0: {2}}}
		err := s.api(t).AlterPartitionReassignments(t.Context(), move, ReassignmentOptions{KeepReplicationFactor: true})
		require.ErrorIs(t, err, ErrUnsupportedVersion)
		require.Empty(t, s.b1.received(protocol.KeyAlterPartitionReassignments))
	})
}

// describeControllers makes brokers play controllers.
func describeControllers(active int32, all ...*scriptedBroker) {
	for _, b := range all {
		b.on(protocol.KeyDescribeCluster, func(r *scriptedRequest) protocol.Message {
			response := &DescribeClusterResponse{EndpointType: r.Body.(*DescribeClusterRequest).EndpointType, ControllerID: active}
			for _, b := range all {
				response.Brokers = append(response.Brokers, &DescribeClusterBroker{BrokerID: b.address.ID, Host: b.address.Host, Port: b.address.Port})
			}
			return response
		})
	}
}

func TestAdminFollowsControllersThemselves(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		conf := net.config()
		conf.Version = MaxVersion
		describeControllers(1, b1, b2)
		admin, err := NewControllerAdmin(addresses([]*scriptedBroker{b1, b2}), conf)
		require.NoError(t, err)
		defer admin.Close()
		b1.on(protocol.KeyUnregisterBroker, func(*scriptedRequest) protocol.Message {
			describeControllers(2, b1, b2)
			return &UnregisterBrokerResponse{ErrorCode: ErrNotController}
		})
		b2.on(protocol.KeyUnregisterBroker, answer(&UnregisterBrokerResponse{}))
		require.NoError(t, admin.UnregisterBroker(t.Context(), 5))

		_, err = admin.DescribeProducers(t.Context(), map[string][]int32{"t": {0}})
		require.ErrorIs(t, err, ErrUnsupportedVersion)
		require.ErrorIs(t, admin.DeleteGroups(t.Context(), "g"), ErrUnsupportedVersion)
		require.NoError(t, admin.Close())
		require.ErrorIs(t, admin.Close(), ErrClosedClient)
		require.ErrorIs(t, admin.UnregisterBroker(t.Context(), 5), ErrClosedClient)

		b1.setDown(true)
		b2.setDown(true)
		_, err = NewControllerAdmin(addresses([]*scriptedBroker{b1, b2}), conf)
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.ErrorContains(t, err, b2.addr())
		_, err = NewControllerAdmin(nil, conf)
		require.ErrorAs(t, err, new(ConfigurationError))
	})
}

// A controller that has joined after the admin was made is one that it can ask.
func TestAdminFindsControllersThatHaveJoined(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c1, c2 := net.broker(101), net.broker(102)
		describeControllers(101, c1)
		conf := net.config()
		conf.Version = V4_0_0_0
		admin, err := NewControllerAdmin([]string{c1.addr()}, conf)
		require.NoError(t, err)
		defer func() { require.NoError(t, admin.Close()) }()

		describeControllers(101, c1, c2)
		c2.on(protocol.KeyDescribeConfigs, answer(&DescribeConfigsResponse{
			Resources: []*ResourceResponse{{Type: BrokerResource, Name: "102"}},
		}))
		of := []*ConfigResource{{Type: BrokerResource, Name: "102"}}
		told, err := admin.DescribeConfigs(t.Context(), of, DescribeConfigsOptions{})
		require.NoError(t, err)
		require.Len(t, told, 1)
		_, err = admin.DescribeConfigs(t.Context(), []*ConfigResource{{Type: BrokerResource, Name: "103"}}, DescribeConfigsOptions{})
		require.ErrorIs(t, err, ErrBrokerNotFound)
	})
}

// What one broker does not tell, or another's answer lacks, takes nothing from what is told.
func TestAdminTellsConfigsThatItHasGot(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.api(t)
		s.onBoth(protocol.KeyDescribeConfigs, answer(&DescribeConfigsResponse{Resources: []*ResourceResponse{{Type: BrokerResource, Name: "1"}}}))
		s.onBoth(protocol.KeyIncrementalAlterConfigs, answer(&IncrementalAlterConfigsResponse{
			Resources: []*AlterConfigsResourceResponse{{Type: BrokerResource, Name: "1"}},
		}))
		var of []*ConfigResource
		var changes []*IncrementalAlterConfigsResource
		for _, id := range []string{"9", "1", "2", "x"} {
			of = append(of, &ConfigResource{Type: BrokerResource, Name: id})
			changes = append(changes, &IncrementalAlterConfigsResource{Type: BrokerResource, Name: id})
		}
		told, err := admin.DescribeConfigs(t.Context(), of, DescribeConfigsOptions{})
		require.Len(t, told, 1)
		require.Equal(t, "1", told[0].Name)
		for _, err := range []error{err, admin.IncrementalAlterConfigs(t.Context(), changes, false)} {
			refused := AdminErrors(err)
			require.Len(t, refused, 3, "%v", err)
			for i, want := range []error{ErrIncompleteResponse, ErrBrokerNotFound, strconv.ErrSyntax} {
				require.ErrorIs(t, refused[i], want)
				require.Equal(t, "broker "+[]string{"2", "9", "x"}[i], refused[i].Resource)
			}
		}
	})
}

// An answer that lacks what was asked for is no answer about it: not that there is nothing, nor that all is well.
func TestAdminMissesWhatAnswersLack(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin := s.api(t)
		s.onBoth(protocol.KeyFindCoordinator, func(r *scriptedRequest) protocol.Message { return s.cluster.findCoordinators(r) })
		for _, key := range []int16{
			protocol.KeyDescribeProducers, protocol.KeyDescribeTransactions, protocol.KeyOffsetFetch, protocol.KeyDescribeShareGroupOffsets,
			protocol.KeyConsumerGroupDescribe, protocol.KeyDescribeGroups,
		} {
			s.onBoth(key, func(r *scriptedRequest) protocol.Message {
				nothing, err := protocol.NewResponse(r.Key, r.Version)
				require.NoError(t, err)
				return nothing
			})
		}
		groups := map[string]map[string][]int32{"g": nil}
		for name, err := range map[string]error{
			"DescribeProducers":     firstOf(admin.DescribeProducers(t.Context(), map[string][]int32{"orders": {0}})),
			"DescribeTransactions":  firstOf(admin.DescribeTransactions(t.Context(), "tx")),
			"DescribeGroups":        firstOf(admin.DescribeGroups(t.Context(), "g")),
			"ListGroupOffsets":      firstOf(admin.ListGroupOffsets(t.Context(), groups)),
			"ListShareGroupOffsets": firstOf(admin.ListShareGroupOffsets(t.Context(), groups)),
		} {
			require.ErrorIs(t, err, ErrIncompleteResponse, name)
			require.Len(t, AdminErrors(err), 1, name)
		}
	})
}

func TestAuthorizedOperations(t *testing.T) {
	require.Nil(t, AuthorizedOperations(-2147483648))
	require.Equal(t, []AclOperation{AclOperationRead, AclOperationDescribe}, AuthorizedOperations(1<<AclOperationRead|1<<AclOperationDescribe))
}

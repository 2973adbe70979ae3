package sarama

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
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

// deafNetwork is one in which a host may be gone: nobody answers who connects to it.
type deafNetwork struct {
	*scriptedNetwork
	gone atomic.Pointer[scriptedBroker]
}

func (n *deafNetwork) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if b := n.gone.Load(); b != nil && b.addr() == addr {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return n.scriptedNetwork.DialContext(ctx, network, addr)
}

// goes has the first broker's host gone, some time after the last request.
func (s *adminStage) goes(deaf *deafNetwork) {
	deaf.gone.Store(s.b1)
	s.b1.cut()
	time.Sleep(time.Minute)
}

func (s *adminStage) deafAdmin(t *testing.T) (ClusterAdmin, *deafNetwork) {
	deaf := &deafNetwork{scriptedNetwork: s.net}
	s.conf.Net.Proxy.Dialer = deaf
	return s.admin(t), deaf
}

// Who has taken over from a host that is gone is asked: no more than the attempt to connect has failed.
func TestAdminDoesNotStayWithAHostThatIsGone(t *testing.T) {
	for name, c := range routedCalls() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				s := newAdminStage(net)
				admin, deaf := s.deafAdmin(t)
				s.onBoth(c.key, answer(c.good))
				require.NoError(t, c.call(admin))
				s.goes(deaf)
				s.moveAway()
				require.NoError(t, c.call(admin))
				require.Len(t, s.b2.received(c.key), 1)
			})
		})
	}
}

func TestAdminWaitsOnceForAHostThatIsGone(t *testing.T) {
	for name, c := range routedCalls() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				s := newAdminStage(net)
				admin, deaf := s.deafAdmin(t)
				s.onBoth(c.key, answer(c.good))
				require.NoError(t, c.call(admin))
				s.goes(deaf)
				began := time.Now()
				err := c.call(admin)
				var shown *ConnectionError
				require.ErrorAs(t, err, &shown)
				require.Equal(t, ProblemUnreachable, shown.Problem)
				// One attempt by the call, and one by the search, which may begin with the same broker.
				require.LessOrEqual(t, time.Since(began), 2*s.conf.Net.DialTimeout)
			})
		})
	}
}

func TestAdminDoesNotStayWithALeaderThatIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		admin, deaf := s.deafAdmin(t)
		s.onBoth(protocol.KeyDeleteRecords, s.deleteRecords(func(string, int32) KError { return ErrNoError }))
		require.NoError(t, admin.DeleteRecords("orders", map[int32]int64{0: 10}))
		s.goes(deaf)
		err := admin.DeleteRecords("orders", map[int32]int64{0: 10})
		require.ErrorContains(t, err, "no answer to the attempt to connect")
		s.cluster.setTopic("orders", 7, ledBy(0, 2, 2), ledBy(1, 2, 1))
		require.NoError(t, admin.DeleteRecords("orders", map[int32]int64{0: 10}))
		require.Len(t, s.b2.received(protocol.KeyDeleteRecords), 1)
	})
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

// Who asks for a topic that does not exist must not have brokers create it, neither at once nor at a later refresh.
func TestAdminLooksDoNotCreateTopics(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		s := newAdminStage(net)
		s.conf.Metadata.Full = false
		s.conf.Metadata.RefreshFrequency = time.Minute
		client := testClient(t, s.conf, s.b1)
		require.NoError(t, client.RefreshMetadata("orders"))
		old, err := NewClusterAdminFromClient(client)
		require.NoError(t, err)
		admin := old.(ContextClusterAdmin).Admin()

		none := map[string]map[int32]int64{"none": {0: 1}}
		require.ErrorIs(t, old.DeleteRecords("none", none["none"]), ErrUnknownTopicOrPartition)
		answered, err := old.ListOffsets(none, nil)
		require.NoError(t, err)
		require.ErrorIs(t, answered["none"][0].Err, ErrUnknownTopicOrPartition)
		_, err = admin.DeleteRecords(t.Context(), none)
		require.ErrorIs(t, err, ErrNotFound)
		_, err = admin.ListOffsets(t.Context(), none, ListOffsetsOptions{})
		require.ErrorIs(t, err, ErrNotFound)
		_, err = admin.DescribeProducers(t.Context(), map[string][]int32{"none": {0}})
		require.ErrorIs(t, err, ErrNotFound)
		_, err = admin.DescribeTopics(t.Context(), "none")
		require.ErrorIs(t, err, ErrNotFound)
		require.ErrorIs(t, admin.AbortTransaction(t.Context(), HangingTransaction{Topic: "none"}), ErrNotFound)
		looked, used := s.metadataAsked("none")
		require.NotZero(t, looked)
		require.Zero(t, used)

		time.Sleep(time.Minute)
		again, used := s.metadataAsked("none")
		require.Equal(t, looked, again)
		require.Zero(t, used)
		_, used = s.metadataAsked("orders")
		require.Equal(t, 2, used, "at the beginning, and by the background")
		_, err = client.Partitions("none") // is for those who mean to use it
		require.ErrorIs(t, err, ErrUnknownTopicOrPartition)
		_, used = s.metadataAsked("none")
		require.NotZero(t, used)
	})
}

// metadataAsked counts the requests for a topic: those that only look, and those for which brokers may create it.
func (s *adminStage) metadataAsked(topic string) (looked, used int) {
	for _, b := range []*scriptedBroker{s.b1, s.b2} {
		for _, r := range b.received(protocol.KeyMetadata) {
			request := r.Body.(*MetadataRequest)
			switch {
			case !slices.Contains(request.Topics, topic):
			case request.AllowAutoTopicCreation:
				used++
			default:
				looked++
			}
		}
	}
	return looked, used
}

package sarama

import (
	"context"

	"github.com/seed20e6684a/sarama/protocol"
)

// ask sends a request and returns its answer.
func ask[R any, P interface {
	*R
	protocol.Message
}](b *Broker, req protocol.Message) (*R, error) {
	return askContext[R, P](context.Background(), b, req)
}

// askContext is ask for a caller who may leave earlier.
func askContext[R any, P interface {
	*R
	protocol.Message
}](ctx context.Context, b *Broker, req protocol.Message) (*R, error) {
	resp := P(new(R))
	if err := b.call(ctx, req, resp); err != nil {
		return nil, err
	}
	return (*R)(resp), nil
}

// GetMetadata asks for brokers, topics and partitions (API Metadata).
func (b *Broker) GetMetadata(request *MetadataRequest) (*MetadataResponse, error) {
	return b.getMetadata(context.Background(), request)
}

func (b *Broker) getMetadata(ctx context.Context, request *MetadataRequest) (*MetadataResponse, error) {
	wire, err := askContext[protocol.MetadataResponse](ctx, b, request)
	if err != nil {
		return nil, err
	}
	response := new(MetadataResponse)
	response.fromWire(wire)
	return response, nil
}

// FindCoordinator asks which broker is a coordinator (API FindCoordinator).
func (b *Broker) FindCoordinator(request *FindCoordinatorRequest) (*FindCoordinatorResponse, error) {
	return b.findCoordinator(context.Background(), request)
}

func (b *Broker) findCoordinator(ctx context.Context, request *FindCoordinatorRequest) (*FindCoordinatorResponse, error) {
	wire, err := askContext[protocol.FindCoordinatorResponse](ctx, b, request)
	if err != nil {
		return nil, err
	}
	response := new(FindCoordinatorResponse)
	response.fromWire(wire)
	return response, nil
}

// GetConsumerMetadata asks which broker is a group's coordinator (API FindCoordinator).
func (b *Broker) GetConsumerMetadata(request *ConsumerMetadataRequest) (*ConsumerMetadataResponse, error) {
	wire, err := ask[protocol.FindCoordinatorResponse](b, request)
	if err != nil {
		return nil, err
	}
	response := new(ConsumerMetadataResponse)
	response.fromWire(wire)
	return response, nil
}

// AddOffsetsToTxn makes a group's offsets part of a transaction (API AddOffsetsToTxn).
func (b *Broker) AddOffsetsToTxn(request *AddOffsetsToTxnRequest) (*AddOffsetsToTxnResponse, error) {
	return ask[AddOffsetsToTxnResponse](b, request)
}

// AddPartitionsToTxn makes partitions part of a transaction (API AddPartitionsToTxn).
func (b *Broker) AddPartitionsToTxn(request *AddPartitionsToTxnRequest) (*AddPartitionsToTxnResponse, error) {
	return ask[AddPartitionsToTxnResponse](b, request)
}

// AlterClientQuotas changes quotas (API AlterClientQuotas, KIP-546).
func (b *Broker) AlterClientQuotas(request *AlterClientQuotasRequest) (*AlterClientQuotasResponse, error) {
	return ask[AlterClientQuotasResponse](b, request)
}

// AlterConfigs replaces configurations (API AlterConfigs).
func (b *Broker) AlterConfigs(request *AlterConfigsRequest) (*AlterConfigsResponse, error) {
	return ask[AlterConfigsResponse](b, request)
}

// AlterPartitionReassignments moves replicas (API AlterPartitionReassignments, KIP-455).
func (b *Broker) AlterPartitionReassignments(request *AlterPartitionReassignmentsRequest) (*AlterPartitionReassignmentsResponse, error) {
	return ask[AlterPartitionReassignmentsResponse](b, request)
}

// AlterUserScramCredentials changes SCRAM users (API AlterUserScramCredentials, KIP-554).
func (b *Broker) AlterUserScramCredentials(request *AlterUserScramCredentialsRequest) (*AlterUserScramCredentialsResponse, error) {
	return ask[AlterUserScramCredentialsResponse](b, request)
}

// ApiVersions asks which APIs the broker serves (API ApiVersions).
func (b *Broker) ApiVersions(request *ApiVersionsRequest) (*ApiVersionsResponse, error) {
	return ask[ApiVersionsResponse](b, request)
}

// CommitOffset commits a group's offsets (API OffsetCommit).
func (b *Broker) CommitOffset(request *OffsetCommitRequest) (*OffsetCommitResponse, error) {
	return ask[OffsetCommitResponse](b, request)
}

// ConsumerGroupDescribe describes groups of the consumer protocol (API ConsumerGroupDescribe, KIP-848).
func (b *Broker) ConsumerGroupDescribe(request *ConsumerGroupDescribeRequest) (*ConsumerGroupDescribeResponse, error) {
	return ask[ConsumerGroupDescribeResponse](b, request)
}

// CreateAcls creates ACLs (API CreateAcls). If some could not be created, it returns the response and an error that is
// ErrCreateACLs and each of their errors.
func (b *Broker) CreateAcls(request *CreateAclsRequest) (*CreateAclsResponse, error) {
	response, err := ask[CreateAclsResponse](b, request)
	if err != nil {
		return nil, err
	}
	return response, aclCreationErrors(response)
}

// aclCreationErrors is nil if all ACLs were created.
func aclCreationErrors(response *CreateAclsResponse) error {
	var failed []error
	for _, creation := range response.AclCreationResponses {
		if creation.Err != ErrNoError {
			failed = append(failed, creation.Err)
		}
	}
	if len(failed) > 0 {
		return Wrap(ErrCreateACLs, failed...)
	}
	return nil
}

// CreatePartitions adds partitions to topics (API CreatePartitions).
func (b *Broker) CreatePartitions(request *CreatePartitionsRequest) (*CreatePartitionsResponse, error) {
	return ask[CreatePartitionsResponse](b, request)
}

// CreateTopics creates topics (API CreateTopics).
func (b *Broker) CreateTopics(request *CreateTopicsRequest) (*CreateTopicsResponse, error) {
	return ask[CreateTopicsResponse](b, request)
}

// DeleteAcls deletes ACLs (API DeleteAcls).
func (b *Broker) DeleteAcls(request *DeleteAclsRequest) (*DeleteAclsResponse, error) {
	return ask[DeleteAclsResponse](b, request)
}

// DeleteGroups deletes groups (API DeleteGroups).
func (b *Broker) DeleteGroups(request *DeleteGroupsRequest) (*DeleteGroupsResponse, error) {
	return ask[DeleteGroupsResponse](b, request)
}

// DeleteOffsets deletes a group's offsets (API OffsetDelete).
func (b *Broker) DeleteOffsets(request *DeleteOffsetsRequest) (*DeleteOffsetsResponse, error) {
	return ask[DeleteOffsetsResponse](b, request)
}

// DeleteRecords deletes records below an offset (API DeleteRecords).
func (b *Broker) DeleteRecords(request *DeleteRecordsRequest) (*DeleteRecordsResponse, error) {
	return ask[DeleteRecordsResponse](b, request)
}

// DeleteTopics deletes topics (API DeleteTopics).
func (b *Broker) DeleteTopics(request *DeleteTopicsRequest) (*DeleteTopicsResponse, error) {
	return ask[DeleteTopicsResponse](b, request)
}

// DescribeAcls lists ACLs (API DescribeAcls).
func (b *Broker) DescribeAcls(request *DescribeAclsRequest) (*DescribeAclsResponse, error) {
	return ask[DescribeAclsResponse](b, request)
}

// DescribeClientQuotas lists quotas (API DescribeClientQuotas, KIP-546).
func (b *Broker) DescribeClientQuotas(request *DescribeClientQuotasRequest) (*DescribeClientQuotasResponse, error) {
	return ask[DescribeClientQuotasResponse](b, request)
}

// DescribeCluster describes the cluster (API DescribeCluster, KIP-700).
func (b *Broker) DescribeCluster(request *DescribeClusterRequest) (*DescribeClusterResponse, error) {
	return ask[DescribeClusterResponse](b, request)
}

// DescribeConfigs lists configurations (API DescribeConfigs).
func (b *Broker) DescribeConfigs(request *DescribeConfigsRequest) (*DescribeConfigsResponse, error) {
	return ask[DescribeConfigsResponse](b, request)
}

// DescribeGroups describes groups of the classic protocol (API DescribeGroups).
func (b *Broker) DescribeGroups(request *DescribeGroupsRequest) (*DescribeGroupsResponse, error) {
	return ask[DescribeGroupsResponse](b, request)
}

// DescribeLogDirs describes the broker's log directories (API DescribeLogDirs).
func (b *Broker) DescribeLogDirs(request *DescribeLogDirsRequest) (*DescribeLogDirsResponse, error) {
	return ask[DescribeLogDirsResponse](b, request)
}

// DescribeProducers lists the producers of partitions (API DescribeProducers, KIP-664).
func (b *Broker) DescribeProducers(request *DescribeProducersRequest) (*DescribeProducersResponse, error) {
	return ask[DescribeProducersResponse](b, request)
}

// DescribeTransactions describes transactions (API DescribeTransactions, KIP-664).
func (b *Broker) DescribeTransactions(request *DescribeTransactionsRequest) (*DescribeTransactionsResponse, error) {
	return ask[DescribeTransactionsResponse](b, request)
}

// DescribeUserScramCredentials lists SCRAM users (API DescribeUserScramCredentials, KIP-554).
func (b *Broker) DescribeUserScramCredentials(request *DescribeUserScramCredentialsRequest) (*DescribeUserScramCredentialsResponse, error) {
	return ask[DescribeUserScramCredentialsResponse](b, request)
}

// ElectLeaders elects leaders of partitions (API ElectLeaders, KIP-460).
func (b *Broker) ElectLeaders(request *ElectLeadersRequest) (*ElectLeadersResponse, error) {
	return ask[ElectLeadersResponse](b, request)
}

// EndTxn commits or aborts a transaction (API EndTxn).
func (b *Broker) EndTxn(request *EndTxnRequest) (*EndTxnResponse, error) {
	return ask[EndTxnResponse](b, request)
}

// FetchOffset asks for a group's committed offsets (API OffsetFetch).
func (b *Broker) FetchOffset(request *OffsetFetchRequest) (*OffsetFetchResponse, error) {
	return ask[OffsetFetchResponse](b, request)
}

// GetAvailableOffsets asks for offsets by time (API ListOffsets).
func (b *Broker) GetAvailableOffsets(request *OffsetRequest) (*OffsetResponse, error) {
	return ask[OffsetResponse](b, request)
}

// Heartbeat keeps a member in its group (API Heartbeat).
func (b *Broker) Heartbeat(request *HeartbeatRequest) (*HeartbeatResponse, error) {
	return ask[HeartbeatResponse](b, request)
}

// IncrementalAlterConfigs changes configurations (API IncrementalAlterConfigs, KIP-339).
func (b *Broker) IncrementalAlterConfigs(request *IncrementalAlterConfigsRequest) (*IncrementalAlterConfigsResponse, error) {
	return ask[IncrementalAlterConfigsResponse](b, request)
}

// InitProducerID asks for a producer id (API InitProducerId).
func (b *Broker) InitProducerID(request *InitProducerIDRequest) (*InitProducerIDResponse, error) {
	return ask[InitProducerIDResponse](b, request)
}

// JoinGroup joins a group (API JoinGroup).
func (b *Broker) JoinGroup(request *JoinGroupRequest) (*JoinGroupResponse, error) {
	return ask[JoinGroupResponse](b, request)
}

// LeaveGroup leaves a group (API LeaveGroup).
func (b *Broker) LeaveGroup(request *LeaveGroupRequest) (*LeaveGroupResponse, error) {
	return ask[LeaveGroupResponse](b, request)
}

// ListGroups lists the groups that the broker coordinates (API ListGroups).
func (b *Broker) ListGroups(request *ListGroupsRequest) (*ListGroupsResponse, error) {
	return ask[ListGroupsResponse](b, request)
}

// ListPartitionReassignments lists the replicas being moved (API ListPartitionReassignments, KIP-455).
func (b *Broker) ListPartitionReassignments(request *ListPartitionReassignmentsRequest) (*ListPartitionReassignmentsResponse, error) {
	return ask[ListPartitionReassignmentsResponse](b, request)
}

// ListTransactions lists the transactions that the broker coordinates (API ListTransactions, KIP-664).
func (b *Broker) ListTransactions(request *ListTransactionsRequest) (*ListTransactionsResponse, error) {
	return ask[ListTransactionsResponse](b, request)
}

// SyncGroup hands out, and asks for, a group's assignment (API SyncGroup).
func (b *Broker) SyncGroup(request *SyncGroupRequest) (*SyncGroupResponse, error) {
	return ask[SyncGroupResponse](b, request)
}

// TxnOffsetCommit commits a group's offsets with a transaction (API TxnOffsetCommit).
func (b *Broker) TxnOffsetCommit(request *TxnOffsetCommitRequest) (*TxnOffsetCommitResponse, error) {
	return ask[TxnOffsetCommitResponse](b, request)
}

// UpdateFeatures changes the cluster's features (API UpdateFeatures, KIP-584).
func (b *Broker) UpdateFeatures(request *UpdateFeaturesRequest) (*UpdateFeaturesResponse, error) {
	return ask[UpdateFeaturesResponse](b, request)
}

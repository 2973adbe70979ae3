package sarama

import "github.com/seed20e6684a/sarama/protocol"

// AddPartitionsToTxnRequest adds partitions to a transaction before its first records go to them (API AddPartitionsToTxn,
// KIP-98).
type AddPartitionsToTxnRequest = protocol.AddPartitionsToTxnRequest

// AddPartitionsToTxnTransaction is a transaction of a batched AddPartitionsToTxnRequest (KIP-890).
type AddPartitionsToTxnTransaction = protocol.AddPartitionsToTxnTransaction

// AddPartitionsToTxnResponse answers an AddPartitionsToTxnRequest, partition by partition.
type AddPartitionsToTxnResponse = protocol.AddPartitionsToTxnResponse

// AddPartitionsToTxnResult is the result of one transaction of a batched AddPartitionsToTxnRequest (KIP-890).
type AddPartitionsToTxnResult = protocol.AddPartitionsToTxnResult

// PartitionError is the outcome for a partition.
type PartitionError = protocol.PartitionError

// AddOffsetsToTxnRequest tells the transaction's coordinator that a group's offsets are to be committed in it (API
// AddOffsetsToTxn, KIP-98).
type AddOffsetsToTxnRequest = protocol.AddOffsetsToTxnRequest

// AddOffsetsToTxnResponse answers an AddOffsetsToTxnRequest.
type AddOffsetsToTxnResponse = protocol.AddOffsetsToTxnResponse

// EndTxnRequest commits or aborts a transaction (API EndTxn, KIP-98).
type EndTxnRequest = protocol.EndTxnRequest

// EndTxnResponse answers an EndTxnRequest.
type EndTxnResponse = protocol.EndTxnResponse

// TxnOffsetCommitRequest commits a group's offsets in a transaction (API TxnOffsetCommit, KIP-98).
type TxnOffsetCommitRequest = protocol.TxnOffsetCommitRequest

// TxnOffsetCommitResponse answers a TxnOffsetCommitRequest, partition by partition.
type TxnOffsetCommitResponse = protocol.TxnOffsetCommitResponse

// PartitionOffsetMetadata is an offset to commit for a partition.
type PartitionOffsetMetadata = protocol.PartitionOffsetMetadata

// WriteTxnMarkersRequest has leaders write the records that end transactions (API WriteTxnMarkers, KIP-98, KIP-664).
type WriteTxnMarkersRequest = protocol.WriteTxnMarkersRequest

// WritableTxnMarker ends the transaction of a producer in partitions.
type WritableTxnMarker = protocol.WritableTxnMarker

// WritableTxnMarkerTopic lists partitions of a topic that get the marker.
type WritableTxnMarkerTopic = protocol.WritableTxnMarkerTopic

// WriteTxnMarkersResponse answers a WriteTxnMarkersRequest, producer by producer.
type WriteTxnMarkersResponse = protocol.WriteTxnMarkersResponse

// WritableTxnMarkerResult tells where the marker of a producer was written.
type WritableTxnMarkerResult = protocol.WritableTxnMarkerResult

// WritableTxnMarkerTopicResult is the outcome for the partitions of a topic.
type WritableTxnMarkerTopicResult = protocol.WritableTxnMarkerTopicResult

// ReceiveTime is the timestamp of a committed offset that tells the broker to use the time at which it gets the request
// (OffsetCommit v1 alone).
const ReceiveTime = protocol.ReceiveTime

// GroupGenerationUndefined is the generation with which offsets are committed by those who are no member of the group.
const GroupGenerationUndefined = protocol.GroupGenerationUndefined

// OffsetCommitRequest commits offsets of a group (API OffsetCommit).
type OffsetCommitRequest = protocol.OffsetCommitRequest

// NewOffsetCommitRequest returns an empty request of a client that is no member of the group, at the version that brokers
// of conf.Version know, 1 to 8. Where the version has a retention time (v2 to v4) it is conf.Consumer.Offsets.Retention.
func NewOffsetCommitRequest(conf *Config, group string) *OffsetCommitRequest {
	return protocol.NewOffsetCommitRequest(conf.Version, conf.Consumer.Offsets.Retention, group)
}

// OffsetCommitResponse answers an OffsetCommitRequest, partition by partition.
type OffsetCommitResponse = protocol.OffsetCommitResponse

// OffsetFetchRequest asks for the committed offsets of a group, or from v8 on of several (API OffsetFetch, KIP-709).
type OffsetFetchRequest = protocol.OffsetFetchRequest

// NewOffsetFetchRequest returns a request for a group's offsets of partitions by topic, or of all if partitions is nil, at
// the version that brokers of a Kafka version know, 8 at most.
func NewOffsetFetchRequest(version KafkaVersion, group string, partitions map[string][]int32) *OffsetFetchRequest {
	return protocol.NewOffsetFetchRequest(version, group, partitions)
}

// OffsetFetchRequestGroup is a group whose offsets are asked for (KIP-709).
type OffsetFetchRequestGroup = protocol.OffsetFetchRequestGroup

// OffsetFetchMember is a member of a group that asks for its offsets (KIP-848).
type OffsetFetchMember = protocol.OffsetFetchMember

// OffsetFetchResponse answers an OffsetFetchRequest.
type OffsetFetchResponse = protocol.OffsetFetchResponse

// OffsetFetchResponseGroup holds the offsets of one group (KIP-709).
type OffsetFetchResponseGroup = protocol.OffsetFetchResponseGroup

// OffsetFetchResponseBlock is the committed offset of one partition.
type OffsetFetchResponseBlock = protocol.OffsetFetchResponseBlock

// DeleteOffsetsRequest deletes committed offsets of a group (API OffsetDelete, KIP-496).
type DeleteOffsetsRequest = protocol.DeleteOffsetsRequest

// DeleteOffsetsResponse answers a DeleteOffsetsRequest, partition by partition.
type DeleteOffsetsResponse = protocol.DeleteOffsetsResponse

// JoinGroupRequest makes a client a member of a group, or takes a member into the next generation (API JoinGroup).
type JoinGroupRequest = protocol.JoinGroupRequest

// GroupProtocol is a protocol that a member offers: for consumers, a strategy of assignment.
type GroupProtocol = protocol.GroupProtocol

// NewJoinGroupRequest returns an empty request at the version that brokers of a Kafka version know, 8 at most.
func NewJoinGroupRequest(version KafkaVersion) *JoinGroupRequest {
	return protocol.NewJoinGroupRequest(version)
}

// JoinGroupResponse answers a JoinGroupRequest when the generation begins.
type JoinGroupResponse = protocol.JoinGroupResponse

// GroupMember is a member of a group, as its leader learns of it.
type GroupMember = protocol.GroupMember

// SyncGroupRequest asks for a member's assignment; the leader's request has those of all members (API SyncGroup).
type SyncGroupRequest = protocol.SyncGroupRequest

// SyncGroupRequestAssignment is the assignment of a member.
type SyncGroupRequestAssignment = protocol.SyncGroupRequestAssignment

// SyncGroupResponse answers a SyncGroupRequest.
type SyncGroupResponse = protocol.SyncGroupResponse

// HeartbeatRequest keeps a member in its group (API Heartbeat).
type HeartbeatRequest = protocol.HeartbeatRequest

// HeartbeatResponse answers a HeartbeatRequest. Its Err is ErrRebalanceInProgress when the member has to join again.
type HeartbeatResponse = protocol.HeartbeatResponse

// LeaveGroupRequest takes members out of a group (API LeaveGroup).
type LeaveGroupRequest = protocol.LeaveGroupRequest

// MemberIdentity names a member that leaves its group.
type MemberIdentity = protocol.MemberIdentity

// LeaveGroupResponse answers a LeaveGroupRequest.
type LeaveGroupResponse = protocol.LeaveGroupResponse

// MemberResponse is the outcome for a member that leaves.
type MemberResponse = protocol.MemberResponse

// DescribeGroupsRequest asks for the state and the members of groups (API DescribeGroups).
type DescribeGroupsRequest = protocol.DescribeGroupsRequest

// DescribeGroupsResponse answers a DescribeGroupsRequest, group by group.
type DescribeGroupsResponse = protocol.DescribeGroupsResponse

// GroupDescription is a group's state and its members.
type GroupDescription = protocol.GroupDescription

// GroupMemberDescription is a member of a group.
type GroupMemberDescription = protocol.GroupMemberDescription

// ListGroupsRequest asks a broker for the groups that it coordinates (API ListGroups).
type ListGroupsRequest = protocol.ListGroupsRequest

// ListGroupsResponse answers a ListGroupsRequest.
type ListGroupsResponse = protocol.ListGroupsResponse

// GroupData is what a list of groups tells of each.
type GroupData = protocol.GroupData

// DeleteGroupsRequest deletes groups without members, with their offsets (API DeleteGroups, KIP-229).
type DeleteGroupsRequest = protocol.DeleteGroupsRequest

// DeleteGroupsResponse answers a DeleteGroupsRequest, group by group.
type DeleteGroupsResponse = protocol.DeleteGroupsResponse

// ConsumerGroupHeartbeatRequest joins a consumer group, stays in it, tells what changed, and leaves it (API
// ConsumerGroupHeartbeat, KIP-848).
type ConsumerGroupHeartbeatRequest = protocol.ConsumerGroupHeartbeatRequest

// ConsumerGroupHeartbeatTopicPartitions are partitions of a topic that a member has or gets.
type ConsumerGroupHeartbeatTopicPartitions = protocol.ConsumerGroupHeartbeatTopicPartitions

// ConsumerGroupHeartbeatResponse answers a ConsumerGroupHeartbeatRequest.
type ConsumerGroupHeartbeatResponse = protocol.ConsumerGroupHeartbeatResponse

// ConsumerGroupHeartbeatAssignment is the assignment of a member.
type ConsumerGroupHeartbeatAssignment = protocol.ConsumerGroupHeartbeatAssignment

// ConsumerGroupDescribeRequest asks for the state and the members of groups of the consumer protocol (API
// ConsumerGroupDescribe, KIP-848).
type ConsumerGroupDescribeRequest = protocol.ConsumerGroupDescribeRequest

// NewConsumerGroupDescribeRequest returns an empty request at the version that brokers of a Kafka version know, 1 at
// most.
func NewConsumerGroupDescribeRequest(version KafkaVersion) *ConsumerGroupDescribeRequest {
	return protocol.NewConsumerGroupDescribeRequest(version)
}

// ConsumerGroupDescribeResponse answers a ConsumerGroupDescribeRequest, group by group.
type ConsumerGroupDescribeResponse = protocol.ConsumerGroupDescribeResponse

// ConsumerGroupDescription is a group's state and its members.
type ConsumerGroupDescription = protocol.ConsumerGroupDescription

// ConsumerGroupMemberDescription is a member of a group.
type ConsumerGroupMemberDescription = protocol.ConsumerGroupMemberDescription

// ConsumerGroupAssignment is an assignment of a member.
type ConsumerGroupAssignment = protocol.ConsumerGroupAssignment

// ConsumerGroupTopicPartitions are the partitions of a topic in an assignment.
type ConsumerGroupTopicPartitions = protocol.ConsumerGroupTopicPartitions

// DeleteRecordsRequest deletes the records of partitions up to an offset (API DeleteRecords, KIP-107).
type DeleteRecordsRequest = protocol.DeleteRecordsRequest

// DeleteRecordsRequestTopic is what to delete from the partitions of a topic.
type DeleteRecordsRequestTopic = protocol.DeleteRecordsRequestTopic

// DeleteRecordsResponse answers a DeleteRecordsRequest, partition by partition.
type DeleteRecordsResponse = protocol.DeleteRecordsResponse

// DeleteRecordsResponseTopic is the outcome for the partitions of a topic.
type DeleteRecordsResponseTopic = protocol.DeleteRecordsResponseTopic

// DeleteRecordsResponsePartition is the outcome for one partition.
type DeleteRecordsResponsePartition = protocol.DeleteRecordsResponsePartition

// DescribeProducersRequest asks leaders for the producers that write to their partitions (API DescribeProducers,
// KIP-664).
type DescribeProducersRequest = protocol.DescribeProducersRequest

// DescribeProducersRequestTopic lists the partitions of a topic that are asked for.
type DescribeProducersRequestTopic = protocol.DescribeProducersRequestTopic

// DescribeProducersResponse answers a DescribeProducersRequest, partition by partition.
type DescribeProducersResponse = protocol.DescribeProducersResponse

// DescribeProducersResponseTopic is the answer for the partitions of a topic.
type DescribeProducersResponseTopic = protocol.DescribeProducersResponseTopic

// DescribeProducersResponsePartition is the answer for one partition.
type DescribeProducersResponsePartition = protocol.DescribeProducersResponsePartition

// ProducerState is what a leader knows of a producer with an id.
type ProducerState = protocol.ProducerState

// DescribeTransactionsRequest asks a coordinator for the state of transactions (API DescribeTransactions, KIP-664).
type DescribeTransactionsRequest = protocol.DescribeTransactionsRequest

// DescribeTransactionsResponse answers a DescribeTransactionsRequest, transaction by transaction.
type DescribeTransactionsResponse = protocol.DescribeTransactionsResponse

// TransactionState is the state of a transactional id.
type TransactionState = protocol.TransactionState

// DescribeTransactionsResponseTopic lists partitions of a topic that are in a transaction.
type DescribeTransactionsResponseTopic = protocol.DescribeTransactionsResponseTopic

// ListTransactionsRequest asks a broker for the transactions that it coordinates (API ListTransactions, KIP-664).
type ListTransactionsRequest = protocol.ListTransactionsRequest

// NewListTransactionsRequest returns a request for all transactions, at the version that brokers of a Kafka version
// know, 1 at most.
func NewListTransactionsRequest(version KafkaVersion) *ListTransactionsRequest {
	return protocol.NewListTransactionsRequest(version)
}

// ListTransactionsResponse answers a ListTransactionsRequest.
type ListTransactionsResponse = protocol.ListTransactionsResponse

// ListTransactionsResponseTransactionState is a transaction of a list.
type ListTransactionsResponseTransactionState = protocol.ListTransactionsResponseTransactionState

// The states of a transactional id, as coordinators name them.
const (
	// TransactionStateEmpty is the state of an id that has had no transaction yet.
	TransactionStateEmpty = protocol.TransactionStateEmpty
	// TransactionStateOngoing is the state while a transaction is open.
	TransactionStateOngoing = protocol.TransactionStateOngoing
	// TransactionStatePrepareCommit is the state while the markers of a commit are being written.
	TransactionStatePrepareCommit = protocol.TransactionStatePrepareCommit
	// TransactionStatePrepareAbort is the state while the markers of an abort are being written.
	TransactionStatePrepareAbort = protocol.TransactionStatePrepareAbort
	// TransactionStateCompleteCommit is the state after a commit.
	TransactionStateCompleteCommit = protocol.TransactionStateCompleteCommit
	// TransactionStateCompleteAbort is the state after an abort.
	TransactionStateCompleteAbort = protocol.TransactionStateCompleteAbort
	// TransactionStateDead is the state of an id that has expired.
	TransactionStateDead = protocol.TransactionStateDead
	// TransactionStatePrepareEpochFence is the state while a producer is being fenced.
	TransactionStatePrepareEpochFence = protocol.TransactionStatePrepareEpochFence
)

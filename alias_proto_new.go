package sarama

import "github.com/seed20e6684a/sarama/protocol"

// DescribeQuorumRequest asks for the state of a KRaft quorum (API DescribeQuorum, KIP-595).
type DescribeQuorumRequest = protocol.DescribeQuorumRequest

// DescribeQuorumRequestTopic is a topic to describe.
type DescribeQuorumRequestTopic = protocol.DescribeQuorumRequestTopic

// DescribeQuorumRequestPartition is a partition to describe.
type DescribeQuorumRequestPartition = protocol.DescribeQuorumRequestPartition

// DescribeQuorumResponse answers a DescribeQuorumRequest.
type DescribeQuorumResponse = protocol.DescribeQuorumResponse

// DescribeQuorumResponseTopic is a topic with its quorums.
type DescribeQuorumResponseTopic = protocol.DescribeQuorumResponseTopic

// DescribeQuorumResponsePartition is the quorum of a partition, as its leader sees it.
type DescribeQuorumResponsePartition = protocol.DescribeQuorumResponsePartition

// QuorumReplicaState is how far a voter or an observer has followed the leader.
type QuorumReplicaState = protocol.QuorumReplicaState

// QuorumNode is a member of a KRaft quorum with its listeners (v2, KIP-853).
type QuorumNode = protocol.QuorumNode

// QuorumListener is an endpoint at which a member of a KRaft quorum can be reached (KIP-853).
type QuorumListener = protocol.QuorumListener

// UnregisterBrokerRequest makes a KRaft cluster forget a broker that is gone for good (API UnregisterBroker,
// KIP-631).
type UnregisterBrokerRequest = protocol.UnregisterBrokerRequest

// UnregisterBrokerResponse answers an UnregisterBrokerRequest.
type UnregisterBrokerResponse = protocol.UnregisterBrokerResponse

// UnregisterControllerRequest makes a KRaft cluster forget a controller that is gone for good (API
// UnregisterController, of Kafka 4.4).
type UnregisterControllerRequest = protocol.UnregisterControllerRequest

// UnregisterControllerResponse answers an UnregisterControllerRequest.
type UnregisterControllerResponse = protocol.UnregisterControllerResponse

// GetTelemetrySubscriptionsRequest asks which of its metrics a client shall push to the broker (API
// GetTelemetrySubscriptions, KIP-714).
type GetTelemetrySubscriptionsRequest = protocol.GetTelemetrySubscriptionsRequest

// GetTelemetrySubscriptionsResponse answers a GetTelemetrySubscriptionsRequest.
type GetTelemetrySubscriptionsResponse = protocol.GetTelemetrySubscriptionsResponse

// PushTelemetryRequest gives a broker the metrics that it subscribed to (API PushTelemetry, KIP-714).
type PushTelemetryRequest = protocol.PushTelemetryRequest

// PushTelemetryResponse answers a PushTelemetryRequest.
type PushTelemetryResponse = protocol.PushTelemetryResponse

// ListConfigResourcesRequest asks for the resources that have a configuration (API ListConfigResources, KIP-1142).
type ListConfigResourcesRequest = protocol.ListConfigResourcesRequest

// ListConfigResourcesResponse answers a ListConfigResourcesRequest.
type ListConfigResourcesResponse = protocol.ListConfigResourcesResponse

// ListedConfigResource is a resource that has a configuration.
type ListedConfigResource = protocol.ListedConfigResource

// DescribeTopicPartitionsRequest asks for the partitions of topics, a page at a time (API DescribeTopicPartitions,
// KIP-966).
type DescribeTopicPartitionsRequest = protocol.DescribeTopicPartitionsRequest

// DescribeTopicPartitionsRequestTopic is a topic to describe.
type DescribeTopicPartitionsRequestTopic = protocol.DescribeTopicPartitionsRequestTopic

// TopicPartitionsCursor is the first partition of a page, by the order of topic names.
type TopicPartitionsCursor = protocol.TopicPartitionsCursor

// DescribeTopicPartitionsResponse answers a DescribeTopicPartitionsRequest.
type DescribeTopicPartitionsResponse = protocol.DescribeTopicPartitionsResponse

// DescribeTopicPartitionsResponseTopic is a topic with those of its partitions that the page has.
type DescribeTopicPartitionsResponseTopic = protocol.DescribeTopicPartitionsResponseTopic

// DescribeTopicPartitionsResponsePartition is a partition with its replicas, each by the id of its broker.
type DescribeTopicPartitionsResponsePartition = protocol.DescribeTopicPartitionsResponsePartition

// AddRaftVoterRequest makes a controller that follows the KRaft quorum one of its voters (API AddRaftVoter,
// KIP-853).
type AddRaftVoterRequest = protocol.AddRaftVoterRequest

// AddRaftVoterResponse answers an AddRaftVoterRequest.
type AddRaftVoterResponse = protocol.AddRaftVoterResponse

// RemoveRaftVoterRequest takes a voter out of the KRaft quorum (API RemoveRaftVoter, KIP-853).
type RemoveRaftVoterRequest = protocol.RemoveRaftVoterRequest

// RemoveRaftVoterResponse answers a RemoveRaftVoterRequest.
type RemoveRaftVoterResponse = protocol.RemoveRaftVoterResponse

// ShareGroupHeartbeatRequest joins a share group, keeps a member in it and tells what has changed of the member
// since its last heartbeat (API ShareGroupHeartbeat, KIP-932).
type ShareGroupHeartbeatRequest = protocol.ShareGroupHeartbeatRequest

// ShareGroupHeartbeatResponse answers a ShareGroupHeartbeatRequest.
type ShareGroupHeartbeatResponse = protocol.ShareGroupHeartbeatResponse

// ShareGroupAssignment is what a member of a share group may fetch.
type ShareGroupAssignment = protocol.ShareGroupAssignment

// TopicIDPartitions are partitions of a topic that goes by its id.
type TopicIDPartitions = protocol.TopicIDPartitions

// ShareGroupDescribeRequest asks for the state and the members of share groups (API ShareGroupDescribe, KIP-932).
type ShareGroupDescribeRequest = protocol.ShareGroupDescribeRequest

// ShareGroupDescribeResponse answers a ShareGroupDescribeRequest, group by group.
type ShareGroupDescribeResponse = protocol.ShareGroupDescribeResponse

// DescribedShareGroup is the state of a share group.
type DescribedShareGroup = protocol.DescribedShareGroup

// DescribedShareMember is a member of a share group.
type DescribedShareMember = protocol.DescribedShareMember

// DescribedShareAssignment is what a member has been assigned.
type DescribedShareAssignment = protocol.DescribedShareAssignment

// DescribedShareTopic are the partitions of a topic that a member has been assigned.
type DescribedShareTopic = protocol.DescribedShareTopic

// The values of DeliveryState in a ShareGroupStateBatch.
const (
	DeliveryAvailable = protocol.DeliveryAvailable
	DeliveryAcked     = protocol.DeliveryAcked
	DeliveryArchived  = protocol.DeliveryArchived
)

// ShareGroupStateBatch is the state of a share-partition, which is a partition as a share group sees it: that of the
// offsets from the first to the last, both included.
type ShareGroupStateBatch = protocol.ShareGroupStateBatch

// ReadShareGroupStateTopic are the share-partitions of a topic to read the state or its summary of.
type ReadShareGroupStateTopic = protocol.ReadShareGroupStateTopic

// ReadShareGroupStatePartition is a share-partition to read.
type ReadShareGroupStatePartition = protocol.ReadShareGroupStatePartition

// ShareGroupStateResult tells of the share-partitions of a topic whether their state was initialized, written or
// deleted.
type ShareGroupStateResult = protocol.ShareGroupStateResult

// ShareGroupStatePartitionResult is the result for one share-partition.
type ShareGroupStatePartitionResult = protocol.ShareGroupStatePartitionResult

// How many records a ShareFetchRequest may acquire (v2, KIP-1206).
const (
	ShareAcquireBatchOptimized = protocol.ShareAcquireBatchOptimized
	ShareAcquireRecordLimit    = protocol.ShareAcquireRecordLimit
)

// ShareFetchRequest acquires records of partitions for a member of a share group, and acknowledges what it acquired
// before (API ShareFetch, KIP-932).
type ShareFetchRequest = protocol.ShareFetchRequest

// ShareFetchResponse answers a ShareFetchRequest, partition by partition.
type ShareFetchResponse = protocol.ShareFetchResponse

// ShareFetchTopicResponse is the answer for one topic.
type ShareFetchTopicResponse = protocol.ShareFetchTopicResponse

// ShareFetchPartitionResponse is the answer for one partition.
type ShareFetchPartitionResponse = protocol.ShareFetchPartitionResponse

// ShareAcquiredRecords are the offsets, the first and the last included, that the member has to acknowledge before
// the lock on them ends.
type ShareAcquiredRecords = protocol.ShareAcquiredRecords

// What a member of a share group says of an offset in the AcknowledgeTypes of a batch.
const (
	AcknowledgeGap     = protocol.AcknowledgeGap
	AcknowledgeAccept  = protocol.AcknowledgeAccept
	AcknowledgeRelease = protocol.AcknowledgeRelease
	AcknowledgeReject  = protocol.AcknowledgeReject
	AcknowledgeRenew   = protocol.AcknowledgeRenew
)

// ShareAcknowledgeRequest tells what has become of the records that a member of a share group acquired (API
// ShareAcknowledge, KIP-932).
type ShareAcknowledgeRequest = protocol.ShareAcknowledgeRequest

// ShareTopic are partitions to fetch or to acknowledge records of.
type ShareTopic = protocol.ShareTopic

// SharePartition is a partition to fetch or to acknowledge records of.
type SharePartition = protocol.SharePartition

// ShareAcknowledgementBatch acknowledges the offsets from the first to the last, both included.
type ShareAcknowledgementBatch = protocol.ShareAcknowledgementBatch

// ShareAcknowledgeResponse answers a ShareAcknowledgeRequest, partition by partition.
type ShareAcknowledgeResponse = protocol.ShareAcknowledgeResponse

// ShareAcknowledgeTopicResponse is the answer for one topic.
type ShareAcknowledgeTopicResponse = protocol.ShareAcknowledgeTopicResponse

// ShareAcknowledgePartitionResponse is the answer for one partition.
type ShareAcknowledgePartitionResponse = protocol.ShareAcknowledgePartitionResponse

// InitializeShareGroupStateRequest has a share coordinator keep the state of share-partitions from now on (API
// InitializeShareGroupState, KIP-932).
type InitializeShareGroupStateRequest = protocol.InitializeShareGroupStateRequest

// InitializeShareGroupStateTopic are the share-partitions of a topic to initialize.
type InitializeShareGroupStateTopic = protocol.InitializeShareGroupStateTopic

// InitializeShareGroupStatePartition is a share-partition to initialize.
type InitializeShareGroupStatePartition = protocol.InitializeShareGroupStatePartition

// InitializeShareGroupStateResponse answers an InitializeShareGroupStateRequest.
type InitializeShareGroupStateResponse = protocol.InitializeShareGroupStateResponse

// ReadShareGroupStateRequest asks a share coordinator for the state of share-partitions (API ReadShareGroupState,
// KIP-932).
type ReadShareGroupStateRequest = protocol.ReadShareGroupStateRequest

// ReadShareGroupStateResponse answers a ReadShareGroupStateRequest.
type ReadShareGroupStateResponse = protocol.ReadShareGroupStateResponse

// ReadShareGroupStateResult are the states of the share-partitions of a topic.
type ReadShareGroupStateResult = protocol.ReadShareGroupStateResult

// ReadShareGroupStatePartitionResult is the state of one share-partition.
type ReadShareGroupStatePartitionResult = protocol.ReadShareGroupStatePartitionResult

// WriteShareGroupStateRequest has a share coordinator write what changed of the state of share-partitions (API
// WriteShareGroupState, KIP-932).
type WriteShareGroupStateRequest = protocol.WriteShareGroupStateRequest

// WriteShareGroupStateTopic are the share-partitions of a topic to write the state of.
type WriteShareGroupStateTopic = protocol.WriteShareGroupStateTopic

// WriteShareGroupStatePartition is the state of a share-partition, as far as it changed.
type WriteShareGroupStatePartition = protocol.WriteShareGroupStatePartition

// WriteShareGroupStateResponse answers a WriteShareGroupStateRequest.
type WriteShareGroupStateResponse = protocol.WriteShareGroupStateResponse

// DeleteShareGroupStateRequest has a share coordinator delete the state of share-partitions (API
// DeleteShareGroupState, KIP-932).
type DeleteShareGroupStateRequest = protocol.DeleteShareGroupStateRequest

// DeleteShareGroupStateTopic are the share-partitions of a topic to delete the state of.
type DeleteShareGroupStateTopic = protocol.DeleteShareGroupStateTopic

// DeleteShareGroupStatePartition is a share-partition to delete the state of.
type DeleteShareGroupStatePartition = protocol.DeleteShareGroupStatePartition

// DeleteShareGroupStateResponse answers a DeleteShareGroupStateRequest.
type DeleteShareGroupStateResponse = protocol.DeleteShareGroupStateResponse

// ReadShareGroupStateSummaryRequest asks a share coordinator where share-partitions start, without the state of what
// follows (API ReadShareGroupStateSummary, KIP-932).
type ReadShareGroupStateSummaryRequest = protocol.ReadShareGroupStateSummaryRequest

// ReadShareGroupStateSummaryResponse answers a ReadShareGroupStateSummaryRequest.
type ReadShareGroupStateSummaryResponse = protocol.ReadShareGroupStateSummaryResponse

// ReadShareGroupStateSummaryResult are the summaries of the share-partitions of a topic.
type ReadShareGroupStateSummaryResult = protocol.ReadShareGroupStateSummaryResult

// ReadShareGroupStateSummaryPartitionResult is the summary of one share-partition.
type ReadShareGroupStateSummaryPartitionResult = protocol.ReadShareGroupStateSummaryPartitionResult

// DescribeShareGroupOffsetsRequest asks where share groups start in partitions (API DescribeShareGroupOffsets,
// KIP-932).
type DescribeShareGroupOffsetsRequest = protocol.DescribeShareGroupOffsetsRequest

// DescribeShareGroupOffsetsRequestGroup is a share group to describe.
type DescribeShareGroupOffsetsRequestGroup = protocol.DescribeShareGroupOffsetsRequestGroup

// DescribeShareGroupOffsetsRequestTopic are partitions of a topic to describe.
type DescribeShareGroupOffsetsRequestTopic = protocol.DescribeShareGroupOffsetsRequestTopic

// DescribeShareGroupOffsetsResponse answers a DescribeShareGroupOffsetsRequest, group by group.
type DescribeShareGroupOffsetsResponse = protocol.DescribeShareGroupOffsetsResponse

// DescribeShareGroupOffsetsResponseGroup is the answer for one group.
type DescribeShareGroupOffsetsResponseGroup = protocol.DescribeShareGroupOffsetsResponseGroup

// DescribeShareGroupOffsetsResponseTopic is the answer for one topic.
type DescribeShareGroupOffsetsResponseTopic = protocol.DescribeShareGroupOffsetsResponseTopic

// DescribeShareGroupOffsetsResponsePartition tells where a group starts in a partition.
type DescribeShareGroupOffsetsResponsePartition = protocol.DescribeShareGroupOffsetsResponsePartition

// AlterShareGroupOffsetsRequest makes a share group without members start elsewhere in partitions (API
// AlterShareGroupOffsets, KIP-932).
type AlterShareGroupOffsetsRequest = protocol.AlterShareGroupOffsetsRequest

// AlterShareGroupOffsetsRequestTopic are partitions of a topic with their new offsets.
type AlterShareGroupOffsetsRequestTopic = protocol.AlterShareGroupOffsetsRequestTopic

// AlterShareGroupOffsetsRequestPartition is where the group shall start in a partition.
type AlterShareGroupOffsetsRequestPartition = protocol.AlterShareGroupOffsetsRequestPartition

// AlterShareGroupOffsetsResponse answers an AlterShareGroupOffsetsRequest, partition by partition.
type AlterShareGroupOffsetsResponse = protocol.AlterShareGroupOffsetsResponse

// AlterShareGroupOffsetsResponseTopic is the answer for one topic.
type AlterShareGroupOffsetsResponseTopic = protocol.AlterShareGroupOffsetsResponseTopic

// AlterShareGroupOffsetsResponsePartition is the answer for one partition.
type AlterShareGroupOffsetsResponsePartition = protocol.AlterShareGroupOffsetsResponsePartition

// DeleteShareGroupOffsetsRequest makes a share group without members forget where it is in topics (API
// DeleteShareGroupOffsets, KIP-932).
type DeleteShareGroupOffsetsRequest = protocol.DeleteShareGroupOffsetsRequest

// DeleteShareGroupOffsetsRequestTopic is a topic to forget.
type DeleteShareGroupOffsetsRequestTopic = protocol.DeleteShareGroupOffsetsRequestTopic

// DeleteShareGroupOffsetsResponse answers a DeleteShareGroupOffsetsRequest, topic by topic.
type DeleteShareGroupOffsetsResponse = protocol.DeleteShareGroupOffsetsResponse

// DeleteShareGroupOffsetsResponseTopic is the answer for one topic.
type DeleteShareGroupOffsetsResponseTopic = protocol.DeleteShareGroupOffsetsResponseTopic

// StreamsGroupTaskIDs are tasks of a subtopology, one for each of the partitions (KIP-1071).
type StreamsGroupTaskIDs = protocol.StreamsGroupTaskIDs

// StreamsGroupTaskOffset is the sum of a task's offsets in its changelogs (KIP-1071).
type StreamsGroupTaskOffset = protocol.StreamsGroupTaskOffset

// StreamsGroupEndpoint is where a process of a streams application answers interactive queries.
type StreamsGroupEndpoint = protocol.StreamsGroupEndpoint

// StreamsGroupKeyValue is a tag of a client, or an entry of a topic's configuration.
type StreamsGroupKeyValue = protocol.StreamsGroupKeyValue

// StreamsGroupTopicInfo is a topic that belongs to a streams application.
type StreamsGroupTopicInfo = protocol.StreamsGroupTopicInfo

// StreamsGroupHeartbeatRequest joins a streams group, keeps a member in it and tells what has changed of the member
// since its last heartbeat (API StreamsGroupHeartbeat, KIP-1071).
type StreamsGroupHeartbeatRequest = protocol.StreamsGroupHeartbeatRequest

// StreamsGroupTopology is what a streams application does, as the broker needs it to create topics and assign tasks.
type StreamsGroupTopology = protocol.StreamsGroupTopology

// StreamsGroupSubtopology is a part of a topology that runs as one task for each partition of its source topics.
type StreamsGroupSubtopology = protocol.StreamsGroupSubtopology

// StreamsGroupCopartitionGroup are topics that must have as many partitions as each other, by their indexes in the
// lists of the subtopology.
type StreamsGroupCopartitionGroup = protocol.StreamsGroupCopartitionGroup

// The values of StatusCode in a StreamsGroupStatus.
const (
	StreamsStaleTopology          = protocol.StreamsStaleTopology
	StreamsMissingSourceTopics    = protocol.StreamsMissingSourceTopics
	StreamsIncorrectlyPartitioned = protocol.StreamsIncorrectlyPartitioned
	StreamsMissingInternalTopics  = protocol.StreamsMissingInternalTopics
	StreamsShutdownApplication    = protocol.StreamsShutdownApplication
	StreamsAssignmentDelayed      = protocol.StreamsAssignmentDelayed
	StreamsMissingClientTags      = protocol.StreamsMissingClientTags
)

// StreamsGroupHeartbeatResponse answers a StreamsGroupHeartbeatRequest.
type StreamsGroupHeartbeatResponse = protocol.StreamsGroupHeartbeatResponse

// StreamsGroupStatus is a state that a member is told of, such as StreamsMissingSourceTopics.
type StreamsGroupStatus = protocol.StreamsGroupStatus

// StreamsGroupEndpointPartitions are the partitions whose state a process has, for interactive queries.
type StreamsGroupEndpointPartitions = protocol.StreamsGroupEndpointPartitions

// StreamsGroupTopicPartitions are partitions of a source topic.
type StreamsGroupTopicPartitions = protocol.StreamsGroupTopicPartitions

// StreamsGroupDescribeRequest asks for the state, the topology and the members of streams groups (API
// StreamsGroupDescribe, KIP-1071).
type StreamsGroupDescribeRequest = protocol.StreamsGroupDescribeRequest

// StreamsGroupDescribeResponse answers a StreamsGroupDescribeRequest, group by group.
type StreamsGroupDescribeResponse = protocol.StreamsGroupDescribeResponse

// The values of TopologyDescriptionStatus in a DescribedStreamsGroup.
const (
	TopologyDescriptionNotRequested = protocol.TopologyDescriptionNotRequested
	TopologyDescriptionNotStored    = protocol.TopologyDescriptionNotStored
	TopologyDescriptionError        = protocol.TopologyDescriptionError
	TopologyDescriptionAvailable    = protocol.TopologyDescriptionAvailable
)

// DescribedStreamsGroup is the state of a streams group.
type DescribedStreamsGroup = protocol.DescribedStreamsGroup

// DescribedStreamsTopology is the topology of a group, with numbers of partitions set and regular expressions
// resolved.
type DescribedStreamsTopology = protocol.DescribedStreamsTopology

// DescribedStreamsSubtopology is a part of a group's topology.
type DescribedStreamsSubtopology = protocol.DescribedStreamsSubtopology

// DescribedStreamsMember is a member of a streams group.
type DescribedStreamsMember = protocol.DescribedStreamsMember

// StreamsGroupAssignment are tasks of a member.
type StreamsGroupAssignment = protocol.StreamsGroupAssignment

// StreamsGroupTopologyDescriptionUpdateRequest gives the broker the whole graph of a streams application, for people
// to look at (API StreamsGroupTopologyDescriptionUpdate, KIP-1331).
type StreamsGroupTopologyDescriptionUpdateRequest = protocol.StreamsGroupTopologyDescriptionUpdateRequest

// StreamsTopologyDescription is the graph of a streams application.
type StreamsTopologyDescription = protocol.StreamsTopologyDescription

// StreamsTopologySubtopology is a part of the graph that has no edge to the others.
type StreamsTopologySubtopology = protocol.StreamsTopologySubtopology

// The values of NodeType in a StreamsTopologyNode.
const (
	TopologyNodeSource    = protocol.TopologyNodeSource
	TopologyNodeProcessor = protocol.TopologyNodeProcessor
	TopologyNodeSink      = protocol.TopologyNodeSink
)

// StreamsTopologyNode is a node of the graph.
type StreamsTopologyNode = protocol.StreamsTopologyNode

// StreamsTopologyGlobalStore is a state store that every process has whole.
type StreamsTopologyGlobalStore = protocol.StreamsTopologyGlobalStore

// StreamsGroupTopologyDescriptionUpdateResponse answers a StreamsGroupTopologyDescriptionUpdateRequest.
type StreamsGroupTopologyDescriptionUpdateResponse = protocol.StreamsGroupTopologyDescriptionUpdateResponse

// QuorumRecord is a control record of a KRaft log or of its snapshots: a pointer to [LeaderChangeMessage],
// [SnapshotHeaderRecord], [SnapshotFooterRecord], [KRaftVersionRecord] or [VotersRecord].
type QuorumRecord = protocol.QuorumRecord

// LeaderChangeMessage is what a new leader writes first in its epoch (KIP-595).
type LeaderChangeMessage = protocol.LeaderChangeMessage

// LeaderChangeVoter is a voter of a quorum.
type LeaderChangeVoter = protocol.LeaderChangeVoter

// SnapshotHeaderRecord is the first record of a snapshot (KIP-630).
type SnapshotHeaderRecord = protocol.SnapshotHeaderRecord

// SnapshotFooterRecord is the last record of a snapshot: one without it is not whole (KIP-630).
type SnapshotFooterRecord = protocol.SnapshotFooterRecord

// KRaftVersionRecord sets the level of the feature kraft.version (KIP-853).
type KRaftVersionRecord = protocol.KRaftVersionRecord

// VotersRecord sets the voters of the quorum from its offset on (KIP-853).
type VotersRecord = protocol.VotersRecord

// QuorumVoter is a voter with its endpoints and the range of kraft.version that it supports.
type QuorumVoter = protocol.QuorumVoter

// KRaftVersionFeature is a range of levels of the feature kraft.version, both ends included.
type KRaftVersionFeature = protocol.KRaftVersionFeature

// UnmarshalQuorumRecord reads the key and the value of a control record of a KRaft log or snapshot. Other types, the ends
// of transactions among them, are an error.
func UnmarshalQuorumRecord(key, value []byte) (QuorumRecord, error) {
	return protocol.UnmarshalQuorumRecord(key, value)
}

// MarshalQuorumRecord returns the key and the value of a control record, at its version.
func MarshalQuorumRecord(r QuorumRecord) (key, value []byte, err error) {
	return protocol.MarshalQuorumRecord(r)
}

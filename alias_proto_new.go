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

// How many records a ShareFetchRequest may acquire (v2, KIP-1206).
const (
	ShareAcquireBatchOptimized = protocol.ShareAcquireBatchOptimized // whole batches: MaxRecords may be exceeded
	ShareAcquireRecordLimit    = protocol.ShareAcquireRecordLimit    // MaxRecords and no more
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
	AcknowledgeGap     = protocol.AcknowledgeGap     // there is no record
	AcknowledgeAccept  = protocol.AcknowledgeAccept  // processed
	AcknowledgeRelease = protocol.AcknowledgeRelease // to be delivered again
	AcknowledgeReject  = protocol.AcknowledgeReject  // never to be delivered again
	AcknowledgeRenew   = protocol.AcknowledgeRenew   // still in work: the lock starts anew (v2, KIP-1222)
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

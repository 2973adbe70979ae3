package sarama

import (
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// Uuid is a 16-byte identifier, such as a topic's (KIP-516). The zero value means none.
type Uuid = protocol.Uuid

// ApiVersionsRequest asks a broker which APIs it serves (API ApiVersions, KIP-35, KIP-511).
type ApiVersionsRequest = protocol.ApiVersionsRequest

// ApiVersionsResponse answers an ApiVersionsRequest.
type ApiVersionsResponse = protocol.ApiVersionsResponse

// ApiVersionsResponseKey is an API that a broker serves, with the range of versions.
type ApiVersionsResponseKey = protocol.ApiVersionsResponseKey

// SupportedFeatureKey is a feature that a broker supports (KIP-584).
type SupportedFeatureKey = protocol.SupportedFeatureKey

// FinalizedFeatureKey is a feature that the whole cluster has finalized (KIP-584).
type FinalizedFeatureKey = protocol.FinalizedFeatureKey

// MetadataRequest asks for brokers, topics, partitions and their leaders (API Metadata).
type MetadataRequest = protocol.MetadataRequest

// NewMetadataRequest returns a request for topics, all of them if there are none, at the version that brokers of a Kafka
// version know.
func NewMetadataRequest(version KafkaVersion, topics []string) *MetadataRequest {
	return protocol.NewMetadataRequest(version, topics)
}

// TopicMetadata is a topic and its partitions.
type TopicMetadata = protocol.TopicMetadata

// PartitionMetadata is a partition's leader and replicas.
type PartitionMetadata = protocol.PartitionMetadata

// RequiredAcks tells how many replicas must have a batch before the leader answers.
type RequiredAcks = protocol.RequiredAcks

const (
	// NoResponse asks for no answer: what is lost is lost silently.
	NoResponse = protocol.NoResponse
	// WaitForLocal asks the leader to answer when it has written the batch itself.
	WaitForLocal = protocol.WaitForLocal
	// WaitForAll asks the leader to answer when all in-sync replicas have the batch; the topic's min.insync.replicas says
	// how many these must be.
	WaitForAll = protocol.WaitForAll
)

// ProduceRequest carries batches of records to their partitions' leader (API Produce).
type ProduceRequest = protocol.ProduceRequest

// ProduceResponse answers a ProduceRequest, partition by partition.
type ProduceResponse = protocol.ProduceResponse

// ProduceResponseBlock is the answer for one partition.
type ProduceResponseBlock = protocol.ProduceResponseBlock

// ProduceResponseCurrentLeader names a partition's leader (KIP-951).
type ProduceResponseCurrentLeader = protocol.ProduceResponseCurrentLeader

// ProduceResponseNodeEndpoint tells where to reach a broker that a CurrentLeader names (KIP-951).
type ProduceResponseNodeEndpoint = protocol.ProduceResponseNodeEndpoint

// ProduceResponseRecordError is a record for which its batch was refused (KIP-467).
type ProduceResponseRecordError = protocol.ProduceResponseRecordError

// IsolationLevel tells which transactional records a consumer sees (KIP-98).
type IsolationLevel = protocol.IsolationLevel

const (
	// ReadUncommitted shows all records, those of open and aborted transactions too.
	ReadUncommitted = protocol.ReadUncommitted
	// ReadCommitted shows records below the last stable offset, without those of aborted transactions.
	ReadCommitted = protocol.ReadCommitted
)

// FetchRequest asks a leader, or a follower close by, for records (API Fetch).
type FetchRequest = protocol.FetchRequest

// FetchResponse answers a FetchRequest, partition by partition.
type FetchResponse = protocol.FetchResponse

// FetchResponseBlock is the answer for one partition.
type FetchResponseBlock = protocol.FetchResponseBlock

// FetchResponseCurrentLeader names a partition's leader.
type FetchResponseCurrentLeader = protocol.FetchResponseCurrentLeader

// FetchResponseDivergingEpoch is where a follower's log leaves the leader's (KIP-595).
type FetchResponseDivergingEpoch = protocol.FetchResponseDivergingEpoch

// AbortedTransaction is a transaction whose records a ReadCommitted consumer leaves out.
type AbortedTransaction = protocol.AbortedTransaction

// OffsetRequest asks leaders for the offsets at moments in time (API ListOffsets).
type OffsetRequest = protocol.OffsetRequest

// NewOffsetRequest returns an empty request at the version that brokers of a Kafka version know.
func NewOffsetRequest(version KafkaVersion) *OffsetRequest { return protocol.NewOffsetRequest(version) }

// OffsetResponse answers an OffsetRequest.
type OffsetResponse = protocol.OffsetResponse

// OffsetResponseBlock is the answer for one partition.
type OffsetResponseBlock = protocol.OffsetResponseBlock

// CoordinatorType tells what a coordinator coordinates.
type CoordinatorType = protocol.CoordinatorType

const (
	// CoordinatorGroup is the coordinator of a consumer group.
	CoordinatorGroup = protocol.CoordinatorGroup
	// CoordinatorTransaction is the coordinator of a transactional id.
	CoordinatorTransaction = protocol.CoordinatorTransaction
)

// FindCoordinatorRequest asks which broker coordinates a group or a transactional id (API FindCoordinator).
type FindCoordinatorRequest = protocol.FindCoordinatorRequest

// ConsumerMetadataRequest is a FindCoordinatorRequest for a consumer group.
type ConsumerMetadataRequest = protocol.ConsumerMetadataRequest

// InitProducerIDRequest asks for a producer id and epoch (API InitProducerId, KIP-98).
type InitProducerIDRequest = protocol.InitProducerIDRequest

// InitProducerIDResponse answers an InitProducerIDRequest.
type InitProducerIDResponse = protocol.InitProducerIDResponse

// SaslHandshakeRequest chooses how to authenticate (API SaslHandshake, KIP-43).
type SaslHandshakeRequest = protocol.SaslHandshakeRequest

// SaslHandshakeResponse answers a SaslHandshakeRequest.
type SaslHandshakeResponse = protocol.SaslHandshakeResponse

// SaslAuthenticateRequest carries a step of authentication (API SaslAuthenticate, KIP-152).
type SaslAuthenticateRequest = protocol.SaslAuthenticateRequest

// SaslAuthenticateResponse answers a SaslAuthenticateRequest.
type SaslAuthenticateResponse = protocol.SaslAuthenticateResponse

// CreateTopicsRequest creates topics (API CreateTopics, KIP-4).
type CreateTopicsRequest = protocol.CreateTopicsRequest

// NewCreateTopicsRequest returns a request at the version that brokers of a Kafka version know.
func NewCreateTopicsRequest(version KafkaVersion, topicDetails map[string]*TopicDetail, timeout time.Duration, validateOnly bool) *CreateTopicsRequest {
	return protocol.NewCreateTopicsRequest(version, topicDetails, timeout, validateOnly)
}

// TopicDetail describes a topic to create.
type TopicDetail = protocol.TopicDetail

// CreateTopicsResponse answers a CreateTopicsRequest, topic by topic.
type CreateTopicsResponse = protocol.CreateTopicsResponse

// TopicError is why a topic was not created.
type TopicError = protocol.TopicError

// CreatableTopicResult is what a topic was created with (KIP-525).
type CreatableTopicResult = protocol.CreatableTopicResult

// CreatableTopicConfigs is a configuration entry of a created topic.
type CreatableTopicConfigs = protocol.CreatableTopicConfigs

// ConfigSource tells where the value of a configuration entry comes from.
type ConfigSource = protocol.ConfigSource

const (
	// SourceUnknown is a source that is not told, or not known here.
	SourceUnknown = protocol.SourceUnknown
	// SourceTopic is the topic's own configuration.
	SourceTopic = protocol.SourceTopic
	// SourceDynamicBroker is one broker's dynamic configuration.
	SourceDynamicBroker = protocol.SourceDynamicBroker
	// SourceDynamicDefaultBroker is the dynamic configuration of all brokers.
	SourceDynamicDefaultBroker = protocol.SourceDynamicDefaultBroker
	// SourceStaticBroker is a broker's configuration file.
	SourceStaticBroker = protocol.SourceStaticBroker
	// SourceDefault is the built-in default.
	SourceDefault = protocol.SourceDefault
)

// DeleteTopicsRequest deletes topics (API DeleteTopics, KIP-4).
type DeleteTopicsRequest = protocol.DeleteTopicsRequest

// NewDeleteTopicsRequest returns a request at the version that brokers of a Kafka version know.
func NewDeleteTopicsRequest(version KafkaVersion, topics []string, timeout time.Duration) *DeleteTopicsRequest {
	return protocol.NewDeleteTopicsRequest(version, topics, timeout)
}

// DeleteTopicsResponse answers a DeleteTopicsRequest, topic by topic.
type DeleteTopicsResponse = protocol.DeleteTopicsResponse

// CreatePartitionsRequest adds partitions to topics (API CreatePartitions, KIP-195).
type CreatePartitionsRequest = protocol.CreatePartitionsRequest

// TopicPartition is how many partitions a topic is to have.
type TopicPartition = protocol.TopicPartition

// CreatePartitionsResponse answers a CreatePartitionsRequest, topic by topic.
type CreatePartitionsResponse = protocol.CreatePartitionsResponse

// TopicPartitionError is why a topic got no more partitions.
type TopicPartitionError = protocol.TopicPartitionError

// OffsetForLeaderEpochRequest asks leaders where epochs of their partitions ended (API OffsetForLeaderEpoch, KIP-320).
type OffsetForLeaderEpochRequest = protocol.OffsetForLeaderEpochRequest

// OffsetForLeaderEpochRequestBlock is what is asked of a partition.
type OffsetForLeaderEpochRequestBlock = protocol.OffsetForLeaderEpochRequestBlock

// OffsetForLeaderEpochResponse answers an OffsetForLeaderEpochRequest.
type OffsetForLeaderEpochResponse = protocol.OffsetForLeaderEpochResponse

// OffsetForLeaderEpochResponseBlock is the answer for one partition.
type OffsetForLeaderEpochResponseBlock = protocol.OffsetForLeaderEpochResponseBlock

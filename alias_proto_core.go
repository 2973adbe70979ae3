package sarama

import "github.com/seed20e6684a/sarama/protocol"

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

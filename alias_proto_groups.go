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

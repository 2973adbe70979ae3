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

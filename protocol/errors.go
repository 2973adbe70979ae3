package protocol

import (
	"errors"
	"fmt"
)

// ErrInsufficientData is returned when a packet ends before what its layout announces. A Fetch response may end so on
// purpose: the broker cuts the last message set where the client's limit is reached.
var ErrInsufficientData = errors.New("kafka: insufficient data to decode packet, more bytes expected")

// ErrDecompressedBatchTooLarge is returned when a compressed record batch would decompress to more bytes than the
// caller's limit (MaxDecompressedBatchSize).
var ErrDecompressedBatchTooLarge = errors.New("kafka: decompressed record batch is larger than the configured limit")

// ErrUnknownMessage is returned for an API key or a version that the API table does not have.
var ErrUnknownMessage = errors.New("kafka: unknown protocol message key")

// ErrUnknownScramMechanism is returned when an AlterUserScramCredentials request names a mechanism other than
// SCRAM-SHA-256 and SCRAM-SHA-512 (KIP-554).
var ErrUnknownScramMechanism = errors.New("kafka: unknown SCRAM mechanism provided")

// PacketEncodingError tells that a message cannot be written, such as a string above 32767 bytes in a field whose length
// has 16 bits.
type PacketEncodingError struct {
	// Info says what could not be written, and why.
	Info string
}

// Error implements error.
func (err PacketEncodingError) Error() string {
	return "kafka: error encoding packet: " + err.Info
}

// PacketDecodingError tells that received bytes are no valid message for a reason other than being too few: a wrong
// checksum, a length out of bounds, bytes left over.
type PacketDecodingError struct {
	// Info says what was found.
	Info string
}

// Error implements error.
func (err PacketDecodingError) Error() string {
	return "kafka: error decoding packet: " + err.Info
}

// KError is an error code as brokers return it. 0 is success; an answer whose KError is ErrNoError has no error.
// The codes, and which of them may be retried, are Kafka's own (https://kafka.apache.org/protocol#protocol_error_codes).
type KError int16

// Error implements error.
func (err KError) Error() string {
	if row := rowOf(err); row != nil {
		return "kafka server: " + row.text
	}
	return fmt.Sprintf("Unknown error, how did this happen? Error code = %d", int16(err))
}

// ErrorName returns Kafka's name of an error code, such as "OFFSET_OUT_OF_RANGE", or "" for a code that Kafka 4.4 does not
// have.
func ErrorName(err KError) string {
	if row := rowOf(err); row != nil {
		return row.name
	}
	return ""
}

// Retriable tells whether the same request may succeed later. It is false for codes that Kafka 4.4 does not have.
func Retriable(err KError) bool {
	row := rowOf(err)
	return row != nil && row.does&retriable != 0
}

// NeedsMetadata tells whether the client should ask for new metadata before it goes on, since the one it has is out of
// date. Coordinators are not part of the metadata: for NOT_COORDINATOR it is false.
func NeedsMetadata(err KError) bool {
	row := rowOf(err)
	return row != nil && row.does&refresh != 0
}

// The error codes of Kafka 4.4, with Kafka's names beside them.
const (
	ErrUnknown                                KError = -1  // UNKNOWN_SERVER_ERROR
	ErrNoError                                KError = 0   // NONE
	ErrOffsetOutOfRange                       KError = 1   // OFFSET_OUT_OF_RANGE
	ErrInvalidMessage                         KError = 2   // CORRUPT_MESSAGE
	ErrUnknownTopicOrPartition                KError = 3   // UNKNOWN_TOPIC_OR_PARTITION
	ErrInvalidMessageSize                     KError = 4   // INVALID_FETCH_SIZE
	ErrLeaderNotAvailable                     KError = 5   // LEADER_NOT_AVAILABLE
	ErrNotLeaderForPartition                  KError = 6   // NOT_LEADER_OR_FOLLOWER
	ErrRequestTimedOut                        KError = 7   // REQUEST_TIMED_OUT
	ErrBrokerNotAvailable                     KError = 8   // BROKER_NOT_AVAILABLE
	ErrReplicaNotAvailable                    KError = 9   // REPLICA_NOT_AVAILABLE
	ErrMessageSizeTooLarge                    KError = 10  // MESSAGE_TOO_LARGE
	ErrStaleControllerEpochCode               KError = 11  // STALE_CONTROLLER_EPOCH
	ErrOffsetMetadataTooLarge                 KError = 12  // OFFSET_METADATA_TOO_LARGE
	ErrNetworkException                       KError = 13  // NETWORK_EXCEPTION
	ErrOffsetsLoadInProgress                  KError = 14  // COORDINATOR_LOAD_IN_PROGRESS
	ErrConsumerCoordinatorNotAvailable        KError = 15  // COORDINATOR_NOT_AVAILABLE
	ErrNotCoordinatorForConsumer              KError = 16  // NOT_COORDINATOR
	ErrInvalidTopic                           KError = 17  // INVALID_TOPIC_EXCEPTION
	ErrMessageSetSizeTooLarge                 KError = 18  // RECORD_LIST_TOO_LARGE
	ErrNotEnoughReplicas                      KError = 19  // NOT_ENOUGH_REPLICAS
	ErrNotEnoughReplicasAfterAppend           KError = 20  // NOT_ENOUGH_REPLICAS_AFTER_APPEND
	ErrInvalidRequiredAcks                    KError = 21  // INVALID_REQUIRED_ACKS
	ErrIllegalGeneration                      KError = 22  // ILLEGAL_GENERATION
	ErrInconsistentGroupProtocol              KError = 23  // INCONSISTENT_GROUP_PROTOCOL
	ErrInvalidGroupId                         KError = 24  // INVALID_GROUP_ID
	ErrUnknownMemberId                        KError = 25  // UNKNOWN_MEMBER_ID
	ErrInvalidSessionTimeout                  KError = 26  // INVALID_SESSION_TIMEOUT
	ErrRebalanceInProgress                    KError = 27  // REBALANCE_IN_PROGRESS
	ErrInvalidCommitOffsetSize                KError = 28  // INVALID_COMMIT_OFFSET_SIZE
	ErrTopicAuthorizationFailed               KError = 29  // TOPIC_AUTHORIZATION_FAILED
	ErrGroupAuthorizationFailed               KError = 30  // GROUP_AUTHORIZATION_FAILED
	ErrClusterAuthorizationFailed             KError = 31  // CLUSTER_AUTHORIZATION_FAILED
	ErrInvalidTimestamp                       KError = 32  // INVALID_TIMESTAMP
	ErrUnsupportedSASLMechanism               KError = 33  // UNSUPPORTED_SASL_MECHANISM
	ErrIllegalSASLState                       KError = 34  // ILLEGAL_SASL_STATE
	ErrUnsupportedVersion                     KError = 35  // UNSUPPORTED_VERSION
	ErrTopicAlreadyExists                     KError = 36  // TOPIC_ALREADY_EXISTS
	ErrInvalidPartitions                      KError = 37  // INVALID_PARTITIONS
	ErrInvalidReplicationFactor               KError = 38  // INVALID_REPLICATION_FACTOR
	ErrInvalidReplicaAssignment               KError = 39  // INVALID_REPLICA_ASSIGNMENT
	ErrInvalidConfig                          KError = 40  // INVALID_CONFIG
	ErrNotController                          KError = 41  // NOT_CONTROLLER
	ErrInvalidRequest                         KError = 42  // INVALID_REQUEST
	ErrUnsupportedForMessageFormat            KError = 43  // UNSUPPORTED_FOR_MESSAGE_FORMAT
	ErrPolicyViolation                        KError = 44  // POLICY_VIOLATION
	ErrOutOfOrderSequenceNumber               KError = 45  // OUT_OF_ORDER_SEQUENCE_NUMBER
	ErrDuplicateSequenceNumber                KError = 46  // DUPLICATE_SEQUENCE_NUMBER
	ErrInvalidProducerEpoch                   KError = 47  // INVALID_PRODUCER_EPOCH
	ErrInvalidTxnState                        KError = 48  // INVALID_TXN_STATE
	ErrInvalidProducerIDMapping               KError = 49  // INVALID_PRODUCER_ID_MAPPING
	ErrInvalidTransactionTimeout              KError = 50  // INVALID_TRANSACTION_TIMEOUT
	ErrConcurrentTransactions                 KError = 51  // CONCURRENT_TRANSACTIONS
	ErrTransactionCoordinatorFenced           KError = 52  // TRANSACTION_COORDINATOR_FENCED
	ErrTransactionalIDAuthorizationFailed     KError = 53  // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
	ErrSecurityDisabled                       KError = 54  // SECURITY_DISABLED
	ErrOperationNotAttempted                  KError = 55  // OPERATION_NOT_ATTEMPTED
	ErrKafkaStorageError                      KError = 56  // KAFKA_STORAGE_ERROR
	ErrLogDirNotFound                         KError = 57  // LOG_DIR_NOT_FOUND
	ErrSASLAuthenticationFailed               KError = 58  // SASL_AUTHENTICATION_FAILED
	ErrUnknownProducerID                      KError = 59  // UNKNOWN_PRODUCER_ID
	ErrReassignmentInProgress                 KError = 60  // REASSIGNMENT_IN_PROGRESS
	ErrDelegationTokenAuthDisabled            KError = 61  // DELEGATION_TOKEN_AUTH_DISABLED
	ErrDelegationTokenNotFound                KError = 62  // DELEGATION_TOKEN_NOT_FOUND
	ErrDelegationTokenOwnerMismatch           KError = 63  // DELEGATION_TOKEN_OWNER_MISMATCH
	ErrDelegationTokenRequestNotAllowed       KError = 64  // DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
	ErrDelegationTokenAuthorizationFailed     KError = 65  // DELEGATION_TOKEN_AUTHORIZATION_FAILED
	ErrDelegationTokenExpired                 KError = 66  // DELEGATION_TOKEN_EXPIRED
	ErrInvalidPrincipalType                   KError = 67  // INVALID_PRINCIPAL_TYPE
	ErrNonEmptyGroup                          KError = 68  // NON_EMPTY_GROUP
	ErrGroupIDNotFound                        KError = 69  // GROUP_ID_NOT_FOUND
	ErrFetchSessionIDNotFound                 KError = 70  // FETCH_SESSION_ID_NOT_FOUND
	ErrInvalidFetchSessionEpoch               KError = 71  // INVALID_FETCH_SESSION_EPOCH
	ErrListenerNotFound                       KError = 72  // LISTENER_NOT_FOUND
	ErrTopicDeletionDisabled                  KError = 73  // TOPIC_DELETION_DISABLED
	ErrFencedLeaderEpoch                      KError = 74  // FENCED_LEADER_EPOCH
	ErrUnknownLeaderEpoch                     KError = 75  // UNKNOWN_LEADER_EPOCH
	ErrUnsupportedCompressionType             KError = 76  // UNSUPPORTED_COMPRESSION_TYPE
	ErrStaleBrokerEpoch                       KError = 77  // STALE_BROKER_EPOCH
	ErrOffsetNotAvailable                     KError = 78  // OFFSET_NOT_AVAILABLE
	ErrMemberIdRequired                       KError = 79  // MEMBER_ID_REQUIRED
	ErrPreferredLeaderNotAvailable            KError = 80  // PREFERRED_LEADER_NOT_AVAILABLE
	ErrGroupMaxSizeReached                    KError = 81  // GROUP_MAX_SIZE_REACHED
	ErrFencedInstancedId                      KError = 82  // FENCED_INSTANCE_ID
	ErrEligibleLeadersNotAvailable            KError = 83  // ELIGIBLE_LEADERS_NOT_AVAILABLE
	ErrElectionNotNeeded                      KError = 84  // ELECTION_NOT_NEEDED
	ErrNoReassignmentInProgress               KError = 85  // NO_REASSIGNMENT_IN_PROGRESS
	ErrGroupSubscribedToTopic                 KError = 86  // GROUP_SUBSCRIBED_TO_TOPIC
	ErrInvalidRecord                          KError = 87  // INVALID_RECORD
	ErrUnstableOffsetCommit                   KError = 88  // UNSTABLE_OFFSET_COMMIT
	ErrThrottlingQuotaExceeded                KError = 89  // THROTTLING_QUOTA_EXCEEDED
	ErrProducerFenced                         KError = 90  // PRODUCER_FENCED
	ErrResourceNotFound                       KError = 91  // RESOURCE_NOT_FOUND
	ErrDuplicateResource                      KError = 92  // DUPLICATE_RESOURCE
	ErrUnacceptableCredential                 KError = 93  // UNACCEPTABLE_CREDENTIAL
	ErrInconsistentVoterSet                   KError = 94  // INCONSISTENT_VOTER_SET
	ErrInvalidUpdateVersion                   KError = 95  // INVALID_UPDATE_VERSION
	ErrFeatureUpdateFailed                    KError = 96  // FEATURE_UPDATE_FAILED
	ErrPrincipalDeserializationFailure        KError = 97  // PRINCIPAL_DESERIALIZATION_FAILURE
	ErrSnapshotNotFound                       KError = 98  // SNAPSHOT_NOT_FOUND
	ErrPositionOutOfRange                     KError = 99  // POSITION_OUT_OF_RANGE
	ErrUnknownTopicID                         KError = 100 // UNKNOWN_TOPIC_ID
	ErrDuplicateBrokerRegistration            KError = 101 // DUPLICATE_BROKER_REGISTRATION
	ErrBrokerIDNotRegistered                  KError = 102 // BROKER_ID_NOT_REGISTERED
	ErrInconsistentTopicID                    KError = 103 // INCONSISTENT_TOPIC_ID
	ErrInconsistentClusterID                  KError = 104 // INCONSISTENT_CLUSTER_ID
	ErrTransactionalIDNotFound                KError = 105 // TRANSACTIONAL_ID_NOT_FOUND
	ErrFetchSessionTopicIDError               KError = 106 // FETCH_SESSION_TOPIC_ID_ERROR
	ErrIneligibleReplica                      KError = 107 // INELIGIBLE_REPLICA
	ErrNewLeaderElected                       KError = 108 // NEW_LEADER_ELECTED
	ErrOffsetMovedToTieredStorage             KError = 109 // OFFSET_MOVED_TO_TIERED_STORAGE
	ErrFencedMemberEpoch                      KError = 110 // FENCED_MEMBER_EPOCH
	ErrUnreleasedInstanceID                   KError = 111 // UNRELEASED_INSTANCE_ID
	ErrUnsupportedAssignor                    KError = 112 // UNSUPPORTED_ASSIGNOR
	ErrStaleMemberEpoch                       KError = 113 // STALE_MEMBER_EPOCH
	ErrMismatchedEndpointType                 KError = 114 // MISMATCHED_ENDPOINT_TYPE
	ErrUnsupportedEndpointType                KError = 115 // UNSUPPORTED_ENDPOINT_TYPE
	ErrUnknownControllerID                    KError = 116 // UNKNOWN_CONTROLLER_ID
	ErrUnknownSubscriptionID                  KError = 117 // UNKNOWN_SUBSCRIPTION_ID
	ErrTelemetryTooLarge                      KError = 118 // TELEMETRY_TOO_LARGE
	ErrInvalidRegistration                    KError = 119 // INVALID_REGISTRATION
	ErrTransactionAbortable                   KError = 120 // TRANSACTION_ABORTABLE
	ErrInvalidRecordState                     KError = 121 // INVALID_RECORD_STATE
	ErrShareSessionNotFound                   KError = 122 // SHARE_SESSION_NOT_FOUND
	ErrInvalidShareSessionEpoch               KError = 123 // INVALID_SHARE_SESSION_EPOCH
	ErrFencedStateEpoch                       KError = 124 // FENCED_STATE_EPOCH
	ErrInvalidVoterKey                        KError = 125 // INVALID_VOTER_KEY
	ErrDuplicateVoter                         KError = 126 // DUPLICATE_VOTER
	ErrVoterNotFound                          KError = 127 // VOTER_NOT_FOUND
	ErrInvalidRegularExpression               KError = 128 // INVALID_REGULAR_EXPRESSION
	ErrRebootstrapRequired                    KError = 129 // REBOOTSTRAP_REQUIRED
	ErrStreamsInvalidTopology                 KError = 130 // STREAMS_INVALID_TOPOLOGY
	ErrStreamsInvalidTopologyEpoch            KError = 131 // STREAMS_INVALID_TOPOLOGY_EPOCH
	ErrStreamsTopologyFenced                  KError = 132 // STREAMS_TOPOLOGY_FENCED
	ErrShareSessionLimitReached               KError = 133 // SHARE_SESSION_LIMIT_REACHED
	ErrGroupDeletionFailed                    KError = 134 // GROUP_DELETION_FAILED
	ErrStreamsTopologyDescriptionUpdateFailed KError = 135 // STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED
	ErrControllerIDNotRegistered              KError = 136 // CONTROLLER_ID_NOT_REGISTERED
)

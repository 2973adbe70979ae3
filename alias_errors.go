package sarama

import "github.com/seed20e6684a/sarama/protocol"

// KError is an error code as brokers return it. 0 is success; an answer whose KError is ErrNoError has no error. Compare
// with errors.Is. The codes are Kafka's (https://kafka.apache.org/protocol#protocol_error_codes).
type KError = protocol.KError

// ErrorClass is what several error codes have in common: errors.Is finds it in every error that wraps such a code.
type ErrorClass = protocol.ErrorClass

const (
	// ErrNotAuthorized is the class of codes that say that the client may not do that.
	ErrNotAuthorized = protocol.ErrNotAuthorized
	// ErrNotFound is the class of codes that say that a topic, group, broker or another resource does not exist.
	ErrNotFound = protocol.ErrNotFound
	// ErrAlreadyExists is the class of codes that say that a resource exists already.
	ErrAlreadyExists = protocol.ErrAlreadyExists
	// ErrInvalidArgument is the class of codes that say that what was asked for can never be done: a name, number or
	// setting is not valid.
	ErrInvalidArgument = protocol.ErrInvalidArgument
)

// PacketEncodingError tells that a message cannot be written, such as a string above 32767 bytes in a field whose length
// has 16 bits.
type PacketEncodingError = protocol.PacketEncodingError

// PacketDecodingError tells that received bytes are no valid message for a reason other than being too few: a wrong
// checksum, a length out of bounds, bytes left over.
type PacketDecodingError = protocol.PacketDecodingError

var (
	// ErrInsufficientData is returned when a packet ends before what its layout announces.
	ErrInsufficientData = protocol.ErrInsufficientData
	// ErrDecompressedBatchTooLarge is returned when a compressed record batch would decompress to more than
	// MaxDecompressedBatchSize bytes.
	ErrDecompressedBatchTooLarge = protocol.ErrDecompressedBatchTooLarge
	// ErrUnknownMessage is returned for an API key or a version that this library does not know.
	ErrUnknownMessage = protocol.ErrUnknownMessage
	// ErrUnknownScramMechanism is returned when SCRAM credentials are asked for a mechanism other than SCRAM-SHA-256 and
	// SCRAM-SHA-512 (KIP-554).
	ErrUnknownScramMechanism = protocol.ErrUnknownScramMechanism
)

// The error codes of Kafka 4.4.
const (
	ErrUnknown                                = protocol.ErrUnknown
	ErrNoError                                = protocol.ErrNoError
	ErrOffsetOutOfRange                       = protocol.ErrOffsetOutOfRange
	ErrInvalidMessage                         = protocol.ErrInvalidMessage
	ErrUnknownTopicOrPartition                = protocol.ErrUnknownTopicOrPartition
	ErrInvalidMessageSize                     = protocol.ErrInvalidMessageSize
	ErrLeaderNotAvailable                     = protocol.ErrLeaderNotAvailable
	ErrNotLeaderForPartition                  = protocol.ErrNotLeaderForPartition
	ErrRequestTimedOut                        = protocol.ErrRequestTimedOut
	ErrBrokerNotAvailable                     = protocol.ErrBrokerNotAvailable
	ErrReplicaNotAvailable                    = protocol.ErrReplicaNotAvailable
	ErrMessageSizeTooLarge                    = protocol.ErrMessageSizeTooLarge
	ErrStaleControllerEpochCode               = protocol.ErrStaleControllerEpochCode
	ErrOffsetMetadataTooLarge                 = protocol.ErrOffsetMetadataTooLarge
	ErrNetworkException                       = protocol.ErrNetworkException
	ErrOffsetsLoadInProgress                  = protocol.ErrOffsetsLoadInProgress
	ErrConsumerCoordinatorNotAvailable        = protocol.ErrConsumerCoordinatorNotAvailable
	ErrNotCoordinatorForConsumer              = protocol.ErrNotCoordinatorForConsumer
	ErrInvalidTopic                           = protocol.ErrInvalidTopic
	ErrMessageSetSizeTooLarge                 = protocol.ErrMessageSetSizeTooLarge
	ErrNotEnoughReplicas                      = protocol.ErrNotEnoughReplicas
	ErrNotEnoughReplicasAfterAppend           = protocol.ErrNotEnoughReplicasAfterAppend
	ErrInvalidRequiredAcks                    = protocol.ErrInvalidRequiredAcks
	ErrIllegalGeneration                      = protocol.ErrIllegalGeneration
	ErrInconsistentGroupProtocol              = protocol.ErrInconsistentGroupProtocol
	ErrInvalidGroupId                         = protocol.ErrInvalidGroupId
	ErrUnknownMemberId                        = protocol.ErrUnknownMemberId
	ErrInvalidSessionTimeout                  = protocol.ErrInvalidSessionTimeout
	ErrRebalanceInProgress                    = protocol.ErrRebalanceInProgress
	ErrInvalidCommitOffsetSize                = protocol.ErrInvalidCommitOffsetSize
	ErrTopicAuthorizationFailed               = protocol.ErrTopicAuthorizationFailed
	ErrGroupAuthorizationFailed               = protocol.ErrGroupAuthorizationFailed
	ErrClusterAuthorizationFailed             = protocol.ErrClusterAuthorizationFailed
	ErrInvalidTimestamp                       = protocol.ErrInvalidTimestamp
	ErrUnsupportedSASLMechanism               = protocol.ErrUnsupportedSASLMechanism
	ErrIllegalSASLState                       = protocol.ErrIllegalSASLState
	ErrUnsupportedVersion                     = protocol.ErrUnsupportedVersion
	ErrTopicAlreadyExists                     = protocol.ErrTopicAlreadyExists
	ErrInvalidPartitions                      = protocol.ErrInvalidPartitions
	ErrInvalidReplicationFactor               = protocol.ErrInvalidReplicationFactor
	ErrInvalidReplicaAssignment               = protocol.ErrInvalidReplicaAssignment
	ErrInvalidConfig                          = protocol.ErrInvalidConfig
	ErrNotController                          = protocol.ErrNotController
	ErrInvalidRequest                         = protocol.ErrInvalidRequest
	ErrUnsupportedForMessageFormat            = protocol.ErrUnsupportedForMessageFormat
	ErrPolicyViolation                        = protocol.ErrPolicyViolation
	ErrOutOfOrderSequenceNumber               = protocol.ErrOutOfOrderSequenceNumber
	ErrDuplicateSequenceNumber                = protocol.ErrDuplicateSequenceNumber
	ErrInvalidProducerEpoch                   = protocol.ErrInvalidProducerEpoch
	ErrInvalidTxnState                        = protocol.ErrInvalidTxnState
	ErrInvalidProducerIDMapping               = protocol.ErrInvalidProducerIDMapping
	ErrInvalidTransactionTimeout              = protocol.ErrInvalidTransactionTimeout
	ErrConcurrentTransactions                 = protocol.ErrConcurrentTransactions
	ErrTransactionCoordinatorFenced           = protocol.ErrTransactionCoordinatorFenced
	ErrTransactionalIDAuthorizationFailed     = protocol.ErrTransactionalIDAuthorizationFailed
	ErrSecurityDisabled                       = protocol.ErrSecurityDisabled
	ErrOperationNotAttempted                  = protocol.ErrOperationNotAttempted
	ErrKafkaStorageError                      = protocol.ErrKafkaStorageError
	ErrLogDirNotFound                         = protocol.ErrLogDirNotFound
	ErrSASLAuthenticationFailed               = protocol.ErrSASLAuthenticationFailed
	ErrUnknownProducerID                      = protocol.ErrUnknownProducerID
	ErrReassignmentInProgress                 = protocol.ErrReassignmentInProgress
	ErrDelegationTokenAuthDisabled            = protocol.ErrDelegationTokenAuthDisabled
	ErrDelegationTokenNotFound                = protocol.ErrDelegationTokenNotFound
	ErrDelegationTokenOwnerMismatch           = protocol.ErrDelegationTokenOwnerMismatch
	ErrDelegationTokenRequestNotAllowed       = protocol.ErrDelegationTokenRequestNotAllowed
	ErrDelegationTokenAuthorizationFailed     = protocol.ErrDelegationTokenAuthorizationFailed
	ErrDelegationTokenExpired                 = protocol.ErrDelegationTokenExpired
	ErrInvalidPrincipalType                   = protocol.ErrInvalidPrincipalType
	ErrNonEmptyGroup                          = protocol.ErrNonEmptyGroup
	ErrGroupIDNotFound                        = protocol.ErrGroupIDNotFound
	ErrFetchSessionIDNotFound                 = protocol.ErrFetchSessionIDNotFound
	ErrInvalidFetchSessionEpoch               = protocol.ErrInvalidFetchSessionEpoch
	ErrListenerNotFound                       = protocol.ErrListenerNotFound
	ErrTopicDeletionDisabled                  = protocol.ErrTopicDeletionDisabled
	ErrFencedLeaderEpoch                      = protocol.ErrFencedLeaderEpoch
	ErrUnknownLeaderEpoch                     = protocol.ErrUnknownLeaderEpoch
	ErrUnsupportedCompressionType             = protocol.ErrUnsupportedCompressionType
	ErrStaleBrokerEpoch                       = protocol.ErrStaleBrokerEpoch
	ErrOffsetNotAvailable                     = protocol.ErrOffsetNotAvailable
	ErrMemberIdRequired                       = protocol.ErrMemberIdRequired
	ErrPreferredLeaderNotAvailable            = protocol.ErrPreferredLeaderNotAvailable
	ErrGroupMaxSizeReached                    = protocol.ErrGroupMaxSizeReached
	ErrFencedInstancedId                      = protocol.ErrFencedInstancedId
	ErrEligibleLeadersNotAvailable            = protocol.ErrEligibleLeadersNotAvailable
	ErrElectionNotNeeded                      = protocol.ErrElectionNotNeeded
	ErrNoReassignmentInProgress               = protocol.ErrNoReassignmentInProgress
	ErrGroupSubscribedToTopic                 = protocol.ErrGroupSubscribedToTopic
	ErrInvalidRecord                          = protocol.ErrInvalidRecord
	ErrUnstableOffsetCommit                   = protocol.ErrUnstableOffsetCommit
	ErrThrottlingQuotaExceeded                = protocol.ErrThrottlingQuotaExceeded
	ErrProducerFenced                         = protocol.ErrProducerFenced
	ErrResourceNotFound                       = protocol.ErrResourceNotFound
	ErrDuplicateResource                      = protocol.ErrDuplicateResource
	ErrUnacceptableCredential                 = protocol.ErrUnacceptableCredential
	ErrInconsistentVoterSet                   = protocol.ErrInconsistentVoterSet
	ErrInvalidUpdateVersion                   = protocol.ErrInvalidUpdateVersion
	ErrFeatureUpdateFailed                    = protocol.ErrFeatureUpdateFailed
	ErrPrincipalDeserializationFailure        = protocol.ErrPrincipalDeserializationFailure
	ErrSnapshotNotFound                       = protocol.ErrSnapshotNotFound
	ErrPositionOutOfRange                     = protocol.ErrPositionOutOfRange
	ErrUnknownTopicID                         = protocol.ErrUnknownTopicID
	ErrDuplicateBrokerRegistration            = protocol.ErrDuplicateBrokerRegistration
	ErrBrokerIDNotRegistered                  = protocol.ErrBrokerIDNotRegistered
	ErrInconsistentTopicID                    = protocol.ErrInconsistentTopicID
	ErrInconsistentClusterID                  = protocol.ErrInconsistentClusterID
	ErrTransactionalIDNotFound                = protocol.ErrTransactionalIDNotFound
	ErrFetchSessionTopicIDError               = protocol.ErrFetchSessionTopicIDError
	ErrIneligibleReplica                      = protocol.ErrIneligibleReplica
	ErrNewLeaderElected                       = protocol.ErrNewLeaderElected
	ErrOffsetMovedToTieredStorage             = protocol.ErrOffsetMovedToTieredStorage
	ErrFencedMemberEpoch                      = protocol.ErrFencedMemberEpoch
	ErrUnreleasedInstanceID                   = protocol.ErrUnreleasedInstanceID
	ErrUnsupportedAssignor                    = protocol.ErrUnsupportedAssignor
	ErrStaleMemberEpoch                       = protocol.ErrStaleMemberEpoch
	ErrMismatchedEndpointType                 = protocol.ErrMismatchedEndpointType
	ErrUnsupportedEndpointType                = protocol.ErrUnsupportedEndpointType
	ErrUnknownControllerID                    = protocol.ErrUnknownControllerID
	ErrUnknownSubscriptionID                  = protocol.ErrUnknownSubscriptionID
	ErrTelemetryTooLarge                      = protocol.ErrTelemetryTooLarge
	ErrInvalidRegistration                    = protocol.ErrInvalidRegistration
	ErrTransactionAbortable                   = protocol.ErrTransactionAbortable
	ErrInvalidRecordState                     = protocol.ErrInvalidRecordState
	ErrShareSessionNotFound                   = protocol.ErrShareSessionNotFound
	ErrInvalidShareSessionEpoch               = protocol.ErrInvalidShareSessionEpoch
	ErrFencedStateEpoch                       = protocol.ErrFencedStateEpoch
	ErrInvalidVoterKey                        = protocol.ErrInvalidVoterKey
	ErrDuplicateVoter                         = protocol.ErrDuplicateVoter
	ErrVoterNotFound                          = protocol.ErrVoterNotFound
	ErrInvalidRegularExpression               = protocol.ErrInvalidRegularExpression
	ErrRebootstrapRequired                    = protocol.ErrRebootstrapRequired
	ErrStreamsInvalidTopology                 = protocol.ErrStreamsInvalidTopology
	ErrStreamsInvalidTopologyEpoch            = protocol.ErrStreamsInvalidTopologyEpoch
	ErrStreamsTopologyFenced                  = protocol.ErrStreamsTopologyFenced
	ErrShareSessionLimitReached               = protocol.ErrShareSessionLimitReached
	ErrGroupDeletionFailed                    = protocol.ErrGroupDeletionFailed
	ErrStreamsTopologyDescriptionUpdateFailed = protocol.ErrStreamsTopologyDescriptionUpdateFailed
	ErrControllerIDNotRegistered              = protocol.ErrControllerIDNotRegistered
)

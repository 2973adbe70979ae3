package protocol

// errorRow is all that is known about one error code.
type errorRow struct {
	code KError
	name string // Kafka's
	text string // of Error(), without its prefix
	does reaction
}

// reaction is what a client should do about an error code. It follows the Java client: retriable where its exception is
// a RetriableException, refresh where it is an InvalidMetadataException, and for NOT_CONTROLLER, whose remedy is metadata
// too.
type reaction uint8

const (
	retriable reaction = 1 << iota
	refresh
	// What the request amounts to: see ErrorClass.
	denied
	missing
	exists
	invalid
)

// rowOf returns the row of a code, or nil.
func rowOf(err KError) *errorRow {
	// Codes are dense from -1, so a row's place is its code plus one.
	if i := int(err) + 1; i >= 0 && i < len(errorTable) {
		return &errorTable[i]
	}
	return nil
}

var errorTable = [...]errorRow{
	{ErrUnknown, "UNKNOWN_SERVER_ERROR", "Unexpected (unknown?) server error", 0},
	{ErrNoError, "NONE", "Not an error, why are you printing me?", 0},
	{ErrOffsetOutOfRange, "OFFSET_OUT_OF_RANGE", "The requested offset is outside the range of offsets maintained by the server for the given topic/partition", invalid},
	{ErrInvalidMessage, "CORRUPT_MESSAGE", "Message contents does not match its CRC", retriable},
	{ErrUnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION", "Request was for a topic or partition that does not exist on this broker", retriable | refresh | missing},
	{ErrInvalidMessageSize, "INVALID_FETCH_SIZE", "The message has a negative size", invalid},
	{ErrLeaderNotAvailable, "LEADER_NOT_AVAILABLE", "In the middle of a leadership election, there is currently no leader for this partition and hence it is unavailable for writes", retriable | refresh},
	{ErrNotLeaderForPartition, "NOT_LEADER_OR_FOLLOWER", "Tried to send a message to a replica that is not the leader for some partition. Your metadata is out of date", retriable | refresh},
	{ErrRequestTimedOut, "REQUEST_TIMED_OUT", "Request exceeded the user-specified time limit in the request", retriable},
	{ErrBrokerNotAvailable, "BROKER_NOT_AVAILABLE", "Broker not available. Not a client facing error, we should never receive this!!!", 0},
	{ErrReplicaNotAvailable, "REPLICA_NOT_AVAILABLE", "Replica information not available, one or more brokers are down", retriable | refresh},
	{ErrMessageSizeTooLarge, "MESSAGE_TOO_LARGE", "Message was too large, server rejected it to avoid allocation error", 0},
	{ErrStaleControllerEpochCode, "STALE_CONTROLLER_EPOCH", "StaleControllerEpochCode (internal error code for broker-to-broker communication)", 0},
	{ErrOffsetMetadataTooLarge, "OFFSET_METADATA_TOO_LARGE", "Specified a string larger than the configured maximum for offset metadata", invalid},
	{ErrNetworkException, "NETWORK_EXCEPTION", "The server disconnected before a response was received", retriable | refresh},
	{ErrOffsetsLoadInProgress, "COORDINATOR_LOAD_IN_PROGRESS", "The coordinator is still loading offsets and cannot currently process requests", retriable},
	{ErrConsumerCoordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE", "The coordinator is not available", retriable},
	{ErrNotCoordinatorForConsumer, "NOT_COORDINATOR", "Request was for a consumer group that is not coordinated by this broker", retriable},
	{ErrInvalidTopic, "INVALID_TOPIC_EXCEPTION", "The request attempted to perform an operation on an invalid topic", invalid},
	{ErrMessageSetSizeTooLarge, "RECORD_LIST_TOO_LARGE", "The request included message batch larger than the configured segment size on the server", 0},
	{ErrNotEnoughReplicas, "NOT_ENOUGH_REPLICAS", "Messages are rejected since there are fewer in-sync replicas than required", retriable},
	{ErrNotEnoughReplicasAfterAppend, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "Messages are written to the log, but to fewer in-sync replicas than required", retriable},
	{ErrInvalidRequiredAcks, "INVALID_REQUIRED_ACKS", "The number of required acks is invalid (should be either -1, 0, or 1)", invalid},
	{ErrIllegalGeneration, "ILLEGAL_GENERATION", "The provided generation id is not the current generation", 0},
	{ErrInconsistentGroupProtocol, "INCONSISTENT_GROUP_PROTOCOL", "The provider group protocol type is incompatible with the other members", 0},
	{ErrInvalidGroupId, "INVALID_GROUP_ID", "The provided group id was empty", invalid},
	{ErrUnknownMemberId, "UNKNOWN_MEMBER_ID", "The provided member is not known in the current generation", missing},
	{ErrInvalidSessionTimeout, "INVALID_SESSION_TIMEOUT", "The provided session timeout is outside the allowed range", invalid},
	{ErrRebalanceInProgress, "REBALANCE_IN_PROGRESS", "A rebalance for the group is in progress. Please re-join the group", 0},
	{ErrInvalidCommitOffsetSize, "INVALID_COMMIT_OFFSET_SIZE", "The provided commit metadata was too large", invalid},
	{ErrTopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED", "The client is not authorized to access this topic", denied},
	{ErrGroupAuthorizationFailed, "GROUP_AUTHORIZATION_FAILED", "The client is not authorized to access this group", denied},
	{ErrClusterAuthorizationFailed, "CLUSTER_AUTHORIZATION_FAILED", "The client is not authorized to send this request type", denied},
	{ErrInvalidTimestamp, "INVALID_TIMESTAMP", "The timestamp of the message is out of acceptable range", invalid},
	{ErrUnsupportedSASLMechanism, "UNSUPPORTED_SASL_MECHANISM", "The broker does not support the requested SASL mechanism", 0},
	{ErrIllegalSASLState, "ILLEGAL_SASL_STATE", "Request is not valid given the current SASL state", 0},
	{ErrUnsupportedVersion, "UNSUPPORTED_VERSION", "The version of API is not supported", 0},
	{ErrTopicAlreadyExists, "TOPIC_ALREADY_EXISTS", "Topic with this name already exists", exists},
	{ErrInvalidPartitions, "INVALID_PARTITIONS", "Number of partitions is invalid", invalid},
	{ErrInvalidReplicationFactor, "INVALID_REPLICATION_FACTOR", "Replication-factor is invalid", invalid},
	{ErrInvalidReplicaAssignment, "INVALID_REPLICA_ASSIGNMENT", "Replica assignment is invalid", invalid},
	{ErrInvalidConfig, "INVALID_CONFIG", "Configuration is invalid", invalid},
	{ErrNotController, "NOT_CONTROLLER", "This is not the correct controller for this cluster", retriable | refresh},
	{ErrInvalidRequest, "INVALID_REQUEST", "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details", invalid},
	{ErrUnsupportedForMessageFormat, "UNSUPPORTED_FOR_MESSAGE_FORMAT", "The requested operation is not supported by the message format version", 0},
	{ErrPolicyViolation, "POLICY_VIOLATION", "Request parameters do not satisfy the configured policy", invalid},
	{ErrOutOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER", "The broker received an out of order sequence number", 0},
	{ErrDuplicateSequenceNumber, "DUPLICATE_SEQUENCE_NUMBER", "The broker received a duplicate sequence number", 0},
	{ErrInvalidProducerEpoch, "INVALID_PRODUCER_EPOCH", "Producer attempted an operation with an old epoch", 0},
	{ErrInvalidTxnState, "INVALID_TXN_STATE", "The producer attempted a transactional operation in an invalid state", 0},
	{ErrInvalidProducerIDMapping, "INVALID_PRODUCER_ID_MAPPING", "The producer attempted to use a producer id which is not currently assigned to its transactional id", 0},
	{ErrInvalidTransactionTimeout, "INVALID_TRANSACTION_TIMEOUT", "The transaction timeout is larger than the maximum value allowed by the broker (as configured by max.transaction.timeout.ms)", invalid},
	{ErrConcurrentTransactions, "CONCURRENT_TRANSACTIONS", "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing", retriable},
	{ErrTransactionCoordinatorFenced, "TRANSACTION_COORDINATOR_FENCED", "The transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer", 0},
	{ErrTransactionalIDAuthorizationFailed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "Transactional ID authorization failed", denied},
	{ErrSecurityDisabled, "SECURITY_DISABLED", "Security features are disabled", 0},
	{ErrOperationNotAttempted, "OPERATION_NOT_ATTEMPTED", "The broker did not attempt to execute this operation", 0},
	{ErrKafkaStorageError, "KAFKA_STORAGE_ERROR", "Disk error when trying to access log file on the disk", retriable | refresh},
	{ErrLogDirNotFound, "LOG_DIR_NOT_FOUND", "The specified log directory is not found in the broker config", missing},
	{ErrSASLAuthenticationFailed, "SASL_AUTHENTICATION_FAILED", "SASL Authentication failed", 0},
	{ErrUnknownProducerID, "UNKNOWN_PRODUCER_ID", "The broker could not locate the producer metadata associated with the Producer ID", 0},
	{ErrReassignmentInProgress, "REASSIGNMENT_IN_PROGRESS", "A partition reassignment is in progress", 0},
	{ErrDelegationTokenAuthDisabled, "DELEGATION_TOKEN_AUTH_DISABLED", "Delegation Token feature is not enabled", 0},
	{ErrDelegationTokenNotFound, "DELEGATION_TOKEN_NOT_FOUND", "Delegation Token is not found on server", missing},
	{ErrDelegationTokenOwnerMismatch, "DELEGATION_TOKEN_OWNER_MISMATCH", "Specified Principal is not valid Owner/Renewer", denied},
	{ErrDelegationTokenRequestNotAllowed, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", "Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels", 0},
	{ErrDelegationTokenAuthorizationFailed, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", "Delegation Token authorization failed", denied},
	{ErrDelegationTokenExpired, "DELEGATION_TOKEN_EXPIRED", "Delegation Token is expired", 0},
	{ErrInvalidPrincipalType, "INVALID_PRINCIPAL_TYPE", "Supplied principalType is not supported", invalid},
	{ErrNonEmptyGroup, "NON_EMPTY_GROUP", "The group is not empty", 0},
	{ErrGroupIDNotFound, "GROUP_ID_NOT_FOUND", "The group id does not exist", missing},
	{ErrFetchSessionIDNotFound, "FETCH_SESSION_ID_NOT_FOUND", "The fetch session ID was not found", retriable},
	{ErrInvalidFetchSessionEpoch, "INVALID_FETCH_SESSION_EPOCH", "The fetch session epoch is invalid", retriable},
	{ErrListenerNotFound, "LISTENER_NOT_FOUND", "There is no listener on the leader broker that matches the listener on which metadata request was processed", retriable | refresh},
	{ErrTopicDeletionDisabled, "TOPIC_DELETION_DISABLED", "Topic deletion is disabled", 0},
	{ErrFencedLeaderEpoch, "FENCED_LEADER_EPOCH", "The leader epoch in the request is older than the epoch on the broker", retriable | refresh},
	{ErrUnknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH", "The leader epoch in the request is newer than the epoch on the broker", retriable},
	{ErrUnsupportedCompressionType, "UNSUPPORTED_COMPRESSION_TYPE", "The requesting client does not support the compression type of given partition", 0},
	{ErrStaleBrokerEpoch, "STALE_BROKER_EPOCH", "Broker epoch has changed", 0},
	{ErrOffsetNotAvailable, "OFFSET_NOT_AVAILABLE", "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing", retriable},
	{ErrMemberIdRequired, "MEMBER_ID_REQUIRED", "The group member needs to have a valid member id before actually entering a consumer group", 0},
	{ErrPreferredLeaderNotAvailable, "PREFERRED_LEADER_NOT_AVAILABLE", "The preferred leader was not available", retriable | refresh},
	{ErrGroupMaxSizeReached, "GROUP_MAX_SIZE_REACHED", "Consumer group The consumer group has reached its max size. already has the configured maximum number of members", 0},
	{ErrFencedInstancedId, "FENCED_INSTANCE_ID", "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id", 0},
	{ErrEligibleLeadersNotAvailable, "ELIGIBLE_LEADERS_NOT_AVAILABLE", "Eligible topic partition leaders are not available", retriable | refresh},
	{ErrElectionNotNeeded, "ELECTION_NOT_NEEDED", "Leader election not needed for topic partition", retriable | refresh},
	{ErrNoReassignmentInProgress, "NO_REASSIGNMENT_IN_PROGRESS", "No partition reassignment is in progress", missing},
	{ErrGroupSubscribedToTopic, "GROUP_SUBSCRIBED_TO_TOPIC", "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it", 0},
	{ErrInvalidRecord, "INVALID_RECORD", "This record has failed the validation on broker and hence will be rejected", 0},
	{ErrUnstableOffsetCommit, "UNSTABLE_OFFSET_COMMIT", "There are unstable offsets that need to be cleared", retriable},
	{ErrThrottlingQuotaExceeded, "THROTTLING_QUOTA_EXCEEDED", "The throttling quota has been exceeded", retriable},
	{ErrProducerFenced, "PRODUCER_FENCED", "A newer producer has the same transactional.id, or the transaction timed out, and this producer may write no more", 0},
	{ErrResourceNotFound, "RESOURCE_NOT_FOUND", "The request names a resource that does not exist", missing},
	{ErrDuplicateResource, "DUPLICATE_RESOURCE", "The request names the same resource more than once", invalid},
	{ErrUnacceptableCredential, "UNACCEPTABLE_CREDENTIAL", "The given credential does not meet what the broker asks of credentials", invalid},
	{ErrInconsistentVoterSet, "INCONSISTENT_VOTER_SET", "Sender and receiver do not agree on the set of voters", 0},
	{ErrInvalidUpdateVersion, "INVALID_UPDATE_VERSION", "The given update version was invalid", invalid},
	{ErrFeatureUpdateFailed, "FEATURE_UPDATE_FAILED", "The finalized features could not be updated", invalid},
	{ErrPrincipalDeserializationFailure, "PRINCIPAL_DESERIALIZATION_FAILURE", "A broker could not read the principal of a forwarded request", 0},
	{ErrSnapshotNotFound, "SNAPSHOT_NOT_FOUND", "The snapshot does not exist", missing},
	{ErrPositionOutOfRange, "POSITION_OUT_OF_RANGE", "The position lies outside the snapshot", 0},
	{ErrUnknownTopicID, "UNKNOWN_TOPIC_ID", "No topic with this id is known to the broker", retriable | refresh | missing},
	{ErrDuplicateBrokerRegistration, "DUPLICATE_BROKER_REGISTRATION", "Another broker is registered with this broker id", exists},
	{ErrBrokerIDNotRegistered, "BROKER_ID_NOT_REGISTERED", "No broker with this id is registered", missing},
	{ErrInconsistentTopicID, "INCONSISTENT_TOPIC_ID", "The topic id differs from the one in the broker's log", retriable | refresh},
	{ErrInconsistentClusterID, "INCONSISTENT_CLUSTER_ID", "The cluster id differs from the broker's", 0},
	{ErrTransactionalIDNotFound, "TRANSACTIONAL_ID_NOT_FOUND", "No transaction is known for this transactional id", missing},
	{ErrFetchSessionTopicIDError, "FETCH_SESSION_TOPIC_ID_ERROR", "The fetch session mixes requests with and without topic ids", retriable},
	{ErrIneligibleReplica, "INELIGIBLE_REPLICA", "A replica in the new in-sync set is not eligible", 0},
	{ErrNewLeaderElected, "NEW_LEADER_ELECTED", "The partition state was changed, and another leader was elected", 0},
	{ErrOffsetMovedToTieredStorage, "OFFSET_MOVED_TO_TIERED_STORAGE", "The requested offset lies in tiered storage", 0},
	{ErrFencedMemberEpoch, "FENCED_MEMBER_EPOCH", "The member epoch is fenced: the member must give up its partitions and join again", 0},
	{ErrUnreleasedInstanceID, "UNRELEASED_INSTANCE_ID", "Another member of the group still uses this instance id", 0},
	{ErrUnsupportedAssignor, "UNSUPPORTED_ASSIGNOR", "The group does not support the assignor or its version", 0},
	{ErrStaleMemberEpoch, "STALE_MEMBER_EPOCH", "The member epoch is out of date: retry with the one of the next heartbeat", 0},
	{ErrMismatchedEndpointType, "MISMATCHED_ENDPOINT_TYPE", "The request went to the wrong type of endpoint", 0},
	{ErrUnsupportedEndpointType, "UNSUPPORTED_ENDPOINT_TYPE", "This type of endpoint is not supported", 0},
	{ErrUnknownControllerID, "UNKNOWN_CONTROLLER_ID", "No controller with this id is known", missing},
	{ErrUnknownSubscriptionID, "UNKNOWN_SUBSCRIPTION_ID", "The telemetry subscription id is unknown or out of date", 0},
	{ErrTelemetryTooLarge, "TELEMETRY_TOO_LARGE", "The pushed telemetry is larger than the broker accepts", 0},
	{ErrInvalidRegistration, "INVALID_REGISTRATION", "The controller refused the broker's registration", 0},
	{ErrTransactionAbortable, "TRANSACTION_ABORTABLE", "The transaction failed and can only be aborted; its transactional id stays usable", 0},
	{ErrInvalidRecordState, "INVALID_RECORD_STATE", "The record is not in a state that allows this acknowledgement", 0},
	{ErrShareSessionNotFound, "SHARE_SESSION_NOT_FOUND", "The share session was not found", retriable},
	{ErrInvalidShareSessionEpoch, "INVALID_SHARE_SESSION_EPOCH", "The share session epoch is invalid", retriable},
	{ErrFencedStateEpoch, "FENCED_STATE_EPOCH", "The state epoch differs from the coordinator's", 0},
	{ErrInvalidVoterKey, "INVALID_VOTER_KEY", "The voter key differs from the replica's", invalid},
	{ErrDuplicateVoter, "DUPLICATE_VOTER", "The replica is a voter already", exists},
	{ErrVoterNotFound, "VOTER_NOT_FOUND", "The replica is not a voter", missing},
	{ErrInvalidRegularExpression, "INVALID_REGULAR_EXPRESSION", "The regular expression is invalid", invalid},
	{ErrRebootstrapRequired, "REBOOTSTRAP_REQUIRED", "The client's metadata is out of date: it must start again from its bootstrap servers", 0},
	{ErrStreamsInvalidTopology, "STREAMS_INVALID_TOPOLOGY", "The topology is invalid", 0},
	{ErrStreamsInvalidTopologyEpoch, "STREAMS_INVALID_TOPOLOGY_EPOCH", "The topology epoch is invalid", 0},
	{ErrStreamsTopologyFenced, "STREAMS_TOPOLOGY_FENCED", "The topology epoch is out of date", 0},
	{ErrShareSessionLimitReached, "SHARE_SESSION_LIMIT_REACHED", "The broker holds as many share sessions as it may", retriable},
	{ErrGroupDeletionFailed, "GROUP_DELETION_FAILED", "The group could not be deleted; its own result says why", 0},
	{ErrStreamsTopologyDescriptionUpdateFailed, "STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED", "The topology description could not be updated; the message beside this code says why", 0},
	{ErrControllerIDNotRegistered, "CONTROLLER_ID_NOT_REGISTERED", "No controller with this id is registered", missing},
}

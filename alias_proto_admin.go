package sarama

import "github.com/seed20e6684a/sarama/protocol"

// AclOperation is what an ACL allows or denies.
type AclOperation = protocol.AclOperation

const (
	// AclOperationUnknown is an operation that is not known here.
	AclOperationUnknown = protocol.AclOperationUnknown
	// AclOperationAny matches every operation, in filters.
	AclOperationAny = protocol.AclOperationAny
	// AclOperationAll stands for all operations.
	AclOperationAll = protocol.AclOperationAll
	// AclOperationRead is reading from topics and committing offsets of groups.
	AclOperationRead = protocol.AclOperationRead
	// AclOperationWrite is writing to topics, also within transactions.
	AclOperationWrite = protocol.AclOperationWrite
	// AclOperationCreate is creating topics.
	AclOperationCreate = protocol.AclOperationCreate
	// AclOperationDelete is deleting topics, records, groups and offsets.
	AclOperationDelete = protocol.AclOperationDelete
	// AclOperationAlter is changing partitions, ACLs, quotas and the like.
	AclOperationAlter = protocol.AclOperationAlter
	// AclOperationDescribe is asking for what a resource is, not for what it holds.
	AclOperationDescribe = protocol.AclOperationDescribe
	// AclOperationClusterAction is what brokers do among each other.
	AclOperationClusterAction = protocol.AclOperationClusterAction
	// AclOperationDescribeConfigs is reading configurations.
	AclOperationDescribeConfigs = protocol.AclOperationDescribeConfigs
	// AclOperationAlterConfigs is changing configurations.
	AclOperationAlterConfigs = protocol.AclOperationAlterConfigs
	// AclOperationIdempotentWrite is getting a producer id without a transactional id.
	AclOperationIdempotentWrite = protocol.AclOperationIdempotentWrite
	// AclOperationCreateTokens is creating delegation tokens for another user (KIP-373).
	AclOperationCreateTokens = protocol.AclOperationCreateTokens
	// AclOperationDescribeTokens is asking for delegation tokens of another user (KIP-373).
	AclOperationDescribeTokens = protocol.AclOperationDescribeTokens
	// AclOperationTwoPhaseCommit is taking part in a two-phase commit (KIP-939).
	AclOperationTwoPhaseCommit = protocol.AclOperationTwoPhaseCommit
)

// AclPermissionType tells whether an ACL allows or denies.
type AclPermissionType = protocol.AclPermissionType

const (
	// AclPermissionUnknown is a type that is not known here.
	AclPermissionUnknown = protocol.AclPermissionUnknown
	// AclPermissionAny matches either, in filters.
	AclPermissionAny = protocol.AclPermissionAny
	// AclPermissionDeny denies; it wins over what allows.
	AclPermissionDeny = protocol.AclPermissionDeny
	// AclPermissionAllow allows.
	AclPermissionAllow = protocol.AclPermissionAllow
)

// AclResourceType is the kind of resource that an ACL is about.
type AclResourceType = protocol.AclResourceType

const (
	// AclResourceUnknown is a kind that is not known here.
	AclResourceUnknown = protocol.AclResourceUnknown
	// AclResourceAny matches every kind, in filters.
	AclResourceAny = protocol.AclResourceAny
	// AclResourceTopic is a topic.
	AclResourceTopic = protocol.AclResourceTopic
	// AclResourceGroup is a consumer group.
	AclResourceGroup = protocol.AclResourceGroup
	// AclResourceCluster is the cluster; its name is "kafka-cluster".
	AclResourceCluster = protocol.AclResourceCluster
	// AclResourceTransactionalID is a transactional id.
	AclResourceTransactionalID = protocol.AclResourceTransactionalID
	// AclResourceDelegationToken is a delegation token, by its id.
	AclResourceDelegationToken = protocol.AclResourceDelegationToken
	// AclResourceUser is a user whose tokens the ACL is about (KIP-373).
	AclResourceUser = protocol.AclResourceUser
)

// AclResourcePatternType tells how an ACL's resource name matches resources (KIP-290).
type AclResourcePatternType = protocol.AclResourcePatternType

const (
	// AclPatternUnknown is a type that is not known here. An ACL that has it is written as AclPatternLiteral.
	AclPatternUnknown = protocol.AclPatternUnknown
	// AclPatternAny matches every type, in filters, with the same name.
	AclPatternAny = protocol.AclPatternAny
	// AclPatternMatch matches, in filters, all ACLs that would apply to the named resource.
	AclPatternMatch = protocol.AclPatternMatch
	// AclPatternLiteral is the name itself, or "*" for all names.
	AclPatternLiteral = protocol.AclPatternLiteral
	// AclPatternPrefixed is all names that begin with the name.
	AclPatternPrefixed = protocol.AclPatternPrefixed
)

// Resource is what an ACL is about: all resources of a type whose names match.
type Resource = protocol.Resource

// Acl allows or denies a principal an operation from a host.
type Acl = protocol.Acl

// ResourceAcls is a resource with all its ACLs.
type ResourceAcls = protocol.ResourceAcls

// AclFilter selects ACLs: those that match in all its fields.
type AclFilter = protocol.AclFilter

// DescribeAclsRequest asks for the ACLs that match a filter (API DescribeAcls, KIP-140).
type DescribeAclsRequest = protocol.DescribeAclsRequest

// DescribeAclsResponse answers a DescribeAclsRequest, resource by resource.
type DescribeAclsResponse = protocol.DescribeAclsResponse

// CreateAclsRequest creates ACLs (API CreateAcls, KIP-140).
type CreateAclsRequest = protocol.CreateAclsRequest

// AclCreation is an ACL to create.
type AclCreation = protocol.AclCreation

// CreateAclsResponse answers a CreateAclsRequest, in the order of its AclCreations.
type CreateAclsResponse = protocol.CreateAclsResponse

// AclCreationResponse tells whether an ACL was created; ErrNoError is success.
type AclCreationResponse = protocol.AclCreationResponse

// DeleteAclsRequest deletes the ACLs that match any of several filters (API DeleteAcls, KIP-140).
type DeleteAclsRequest = protocol.DeleteAclsRequest

// DeleteAclsResponse answers a DeleteAclsRequest, in the order of its Filters.
type DeleteAclsResponse = protocol.DeleteAclsResponse

// FilterResponse is what one filter deleted.
type FilterResponse = protocol.FilterResponse

// MatchingAcl is an ACL that a filter matched. It is deleted if Err is ErrNoError.
type MatchingAcl = protocol.MatchingAcl

// ConfigResourceType is the kind of resource that a configuration belongs to.
type ConfigResourceType = protocol.ConfigResourceType

const (
	// UnknownResource is a kind that is not known here.
	UnknownResource = protocol.UnknownResource
	// TopicResource is a topic.
	TopicResource = protocol.TopicResource
	// BrokerResource is a broker, named by its id, or all brokers with the empty name.
	BrokerResource = protocol.BrokerResource
	// BrokerLoggerResource is the loggers of a broker, named by its id (KIP-412).
	BrokerLoggerResource = protocol.BrokerLoggerResource
	// ClientMetricsResource is a subscription to metrics of clients (KIP-714).
	ClientMetricsResource = protocol.ClientMetricsResource
	// GroupResource is a group (KIP-848).
	GroupResource = protocol.GroupResource
)

// ConfigType is the type of a configuration entry's value (KIP-569).
type ConfigType = protocol.ConfigType

const (
	// UnknownConfigType is a type that is not told, or not known here.
	UnknownConfigType = protocol.UnknownConfigType
	// BooleanConfigType is "true" or "false".
	BooleanConfigType = protocol.BooleanConfigType
	// StringConfigType is any text.
	StringConfigType = protocol.StringConfigType
	// IntConfigType is a number of 32 bits.
	IntConfigType = protocol.IntConfigType
	// ShortConfigType is a number of 16 bits.
	ShortConfigType = protocol.ShortConfigType
	// LongConfigType is a number of 64 bits.
	LongConfigType = protocol.LongConfigType
	// DoubleConfigType is a number with a fraction.
	DoubleConfigType = protocol.DoubleConfigType
	// ListConfigType is texts, separated by commas.
	ListConfigType = protocol.ListConfigType
	// ClassConfigType is the name of a Java class.
	ClassConfigType = protocol.ClassConfigType
	// PasswordConfigType is a text that brokers never show.
	PasswordConfigType = protocol.PasswordConfigType
)

// DescribeConfigsRequest asks for configurations (API DescribeConfigs, KIP-133).
type DescribeConfigsRequest = protocol.DescribeConfigsRequest

// ConfigResource names a resource whose configuration is asked for.
type ConfigResource = protocol.ConfigResource

// DescribeConfigError is why a resource's configuration was not told.
type DescribeConfigError = protocol.DescribeConfigError

// DescribeConfigsResponse answers a DescribeConfigsRequest, resource by resource.
type DescribeConfigsResponse = protocol.DescribeConfigsResponse

// ResourceResponse is the configuration of one resource.
type ResourceResponse = protocol.ResourceResponse

// ConfigEntry is an entry of a configuration.
type ConfigEntry = protocol.ConfigEntry

// ConfigSynonym is a place that a configuration entry may take its value from (KIP-226).
type ConfigSynonym = protocol.ConfigSynonym

// AlterConfigsRequest replaces configurations: entries that it does not name go
// back to their defaults (API AlterConfigs, KIP-133). IncrementalAlterConfigsRequest leaves them.
type AlterConfigsRequest = protocol.AlterConfigsRequest

// AlterConfigsResource is the whole configuration of a resource.
type AlterConfigsResource = protocol.AlterConfigsResource

// AlterConfigError is why a configuration was not changed.
type AlterConfigError = protocol.AlterConfigError

// AlterConfigsResponse answers an AlterConfigsRequest, resource by resource.
type AlterConfigsResponse = protocol.AlterConfigsResponse

// AlterConfigsResourceResponse tells whether the configuration of a resource was changed.
type AlterConfigsResourceResponse = protocol.AlterConfigsResourceResponse

// IncrementalAlterConfigsOperation is what is done to a configuration entry.
type IncrementalAlterConfigsOperation = protocol.IncrementalAlterConfigsOperation

const (
	// IncrementalAlterConfigsOperationSet sets the value.
	IncrementalAlterConfigsOperationSet = protocol.IncrementalAlterConfigsOperationSet
	// IncrementalAlterConfigsOperationDelete goes back to the default; there is no value.
	IncrementalAlterConfigsOperationDelete = protocol.IncrementalAlterConfigsOperationDelete
	// IncrementalAlterConfigsOperationAppend adds elements to a list.
	IncrementalAlterConfigsOperationAppend = protocol.IncrementalAlterConfigsOperationAppend
	// IncrementalAlterConfigsOperationSubtract removes elements from a list.
	IncrementalAlterConfigsOperationSubtract = protocol.IncrementalAlterConfigsOperationSubtract
)

// IncrementalAlterConfigsRequest changes single entries of configurations (API IncrementalAlterConfigs, KIP-339).
type IncrementalAlterConfigsRequest = protocol.IncrementalAlterConfigsRequest

// IncrementalAlterConfigsResource is what to change in the configuration of a resource.
type IncrementalAlterConfigsResource = protocol.IncrementalAlterConfigsResource

// IncrementalAlterConfigsEntry is a change of one entry.
type IncrementalAlterConfigsEntry = protocol.IncrementalAlterConfigsEntry

// IncrementalAlterConfigsResponse answers an IncrementalAlterConfigsRequest, resource by resource.
type IncrementalAlterConfigsResponse = protocol.IncrementalAlterConfigsResponse

// AlterReplicaLogDirsRequest moves replicas of the broker that is asked to other
// log directories of its own (API AlterReplicaLogDirs, KIP-113).
type AlterReplicaLogDirsRequest = protocol.AlterReplicaLogDirsRequest

// AlterReplicaLogDir is a log directory and the replicas to move there.
type AlterReplicaLogDir = protocol.AlterReplicaLogDir

// AlterReplicaLogDirTopic is partitions of a topic.
type AlterReplicaLogDirTopic = protocol.AlterReplicaLogDirTopic

// AlterReplicaLogDirsResponse answers an AlterReplicaLogDirsRequest, topic by topic.
// A success tells that the broker begins to copy, not that it is done.
type AlterReplicaLogDirsResponse = protocol.AlterReplicaLogDirsResponse

// AlterReplicaLogDirTopicResult is the answer for one topic.
type AlterReplicaLogDirTopicResult = protocol.AlterReplicaLogDirTopicResult

// AlterReplicaLogDirPartitionResult is the answer for one partition; ErrNoError is success.
type AlterReplicaLogDirPartitionResult = protocol.AlterReplicaLogDirPartitionResult

// DescribeLogDirsRequest asks a broker for its log directories and what lies in them (API DescribeLogDirs, KIP-113).
type DescribeLogDirsRequest = protocol.DescribeLogDirsRequest

// DescribeLogDirsRequestTopic is partitions of a topic.
type DescribeLogDirsRequestTopic = protocol.DescribeLogDirsRequestTopic

// DescribeLogDirsResponse answers a DescribeLogDirsRequest, directory by directory.
type DescribeLogDirsResponse = protocol.DescribeLogDirsResponse

// DescribeLogDirsResponseDirMetadata is a log directory.
type DescribeLogDirsResponseDirMetadata = protocol.DescribeLogDirsResponseDirMetadata

// DescribeLogDirsResponseTopic is a topic with replicas in a log directory.
type DescribeLogDirsResponseTopic = protocol.DescribeLogDirsResponseTopic

// DescribeLogDirsResponsePartition is a replica in a log directory.
type DescribeLogDirsResponsePartition = protocol.DescribeLogDirsResponsePartition

// KafkaPrincipal names who owns, requests or may renew a delegation token.
type KafkaPrincipal = protocol.KafkaPrincipal

// CreateDelegationTokenRequest creates a token that authenticates like its owner,
// for a limited time (API CreateDelegationToken, KIP-48).
type CreateDelegationTokenRequest = protocol.CreateDelegationTokenRequest

// CreateDelegationTokenResponse answers a CreateDelegationTokenRequest. The token
// authenticates by SCRAM, with TokenId as the user and Hmac in base64 as the password.
type CreateDelegationTokenResponse = protocol.CreateDelegationTokenResponse

// RenewDelegationTokenRequest lets a token live longer (API RenewDelegationToken, KIP-48).
type RenewDelegationTokenRequest = protocol.RenewDelegationTokenRequest

// RenewDelegationTokenResponse answers a RenewDelegationTokenRequest.
type RenewDelegationTokenResponse = protocol.RenewDelegationTokenResponse

// ExpireDelegationTokenRequest ends a token, now or later (API ExpireDelegationToken, KIP-48).
type ExpireDelegationTokenRequest = protocol.ExpireDelegationTokenRequest

// ExpireDelegationTokenResponse answers an ExpireDelegationTokenRequest.
type ExpireDelegationTokenResponse = protocol.ExpireDelegationTokenResponse

// DescribeDelegationTokenRequest asks for tokens (API DescribeDelegationToken, KIP-48).
type DescribeDelegationTokenRequest = protocol.DescribeDelegationTokenRequest

// DescribeDelegationTokenResponse answers a DescribeDelegationTokenRequest. It has
// the tokens that who asks may see.
type DescribeDelegationTokenResponse = protocol.DescribeDelegationTokenResponse

// DescribedDelegationToken is a token.
type DescribedDelegationToken = protocol.DescribedDelegationToken

// ElectionType tells which replica may become the leader.
type ElectionType = protocol.ElectionType

const (
	// PreferredElection elects the preferred replica, the first in the partition's list.
	PreferredElection = protocol.PreferredElection
	// UncleanElection elects a replica that is alive even if it is not in sync, where there is no leader: records may
	// be lost.
	UncleanElection = protocol.UncleanElection
)

// ElectLeadersRequest elects leaders of partitions (API ElectLeaders, KIP-183, KIP-460).
type ElectLeadersRequest = protocol.ElectLeadersRequest

// ElectLeadersResponse answers an ElectLeadersRequest. Where all partitions were
// asked for, those that needed no election are left out.
type ElectLeadersResponse = protocol.ElectLeadersResponse

// PartitionResult tells how an election ended; ErrNoError is success, and
// ErrElectionNotNeeded if the leader already was the right one.
type PartitionResult = protocol.PartitionResult

// AlterPartitionReassignmentsRequest moves partitions to other brokers, or ends
// such a move (API AlterPartitionReassignments, KIP-455).
type AlterPartitionReassignmentsRequest = protocol.AlterPartitionReassignmentsRequest

// AlterPartitionReassignmentsResponse answers an AlterPartitionReassignmentsRequest.
// A success tells that a reassignment has begun, not that it is done.
type AlterPartitionReassignmentsResponse = protocol.AlterPartitionReassignmentsResponse

// ReassignablePartitionResponse is the answer for one partition; ErrNoError is success.
type ReassignablePartitionResponse = protocol.ReassignablePartitionResponse

// ListPartitionReassignmentsRequest asks which partitions are on their way to other
// brokers (API ListPartitionReassignments, KIP-455).
type ListPartitionReassignmentsRequest = protocol.ListPartitionReassignmentsRequest

// ListPartitionReassignmentsResponse answers a ListPartitionReassignmentsRequest.
// Partitions that are not being reassigned are left out.
type ListPartitionReassignmentsResponse = protocol.ListPartitionReassignmentsResponse

// PartitionReplicaReassignmentsStatus is the brokers of a partition that is being reassigned.
type PartitionReplicaReassignmentsStatus = protocol.PartitionReplicaReassignmentsStatus

// QuotaEntityType is the kind of a part of an entity with quotas (KIP-546).
type QuotaEntityType = protocol.QuotaEntityType

const (
	// QuotaEntityUser is a user.
	QuotaEntityUser = protocol.QuotaEntityUser
	// QuotaEntityClientID is a client id.
	QuotaEntityClientID = protocol.QuotaEntityClientID
	// QuotaEntityIP is an address that clients connect from (KIP-612).
	QuotaEntityIP = protocol.QuotaEntityIP
)

// QuotaMatchType tells how a filter matches the name of a part of an entity.
type QuotaMatchType = protocol.QuotaMatchType

const (
	// QuotaMatchExact matches one name.
	QuotaMatchExact = protocol.QuotaMatchExact
	// QuotaMatchDefault matches the default of the kind, which has no name.
	QuotaMatchDefault = protocol.QuotaMatchDefault
	// QuotaMatchAny matches every name.
	QuotaMatchAny = protocol.QuotaMatchAny
)

// QuotaEntityComponent is a part of an entity that has quotas, such as a user.
type QuotaEntityComponent = protocol.QuotaEntityComponent

// DescribeClientQuotasRequest asks for quotas (API DescribeClientQuotas, KIP-546).
type DescribeClientQuotasRequest = protocol.DescribeClientQuotasRequest

// NewDescribeClientQuotasRequest returns a request at the version that brokers of a Kafka version know.
func NewDescribeClientQuotasRequest(version KafkaVersion, components []QuotaFilterComponent, strict bool) *DescribeClientQuotasRequest {
	return protocol.NewDescribeClientQuotasRequest(version, components, strict)
}

// QuotaFilterComponent matches a part of an entity.
type QuotaFilterComponent = protocol.QuotaFilterComponent

// DescribeClientQuotasResponse answers a DescribeClientQuotasRequest, entity by entity.
type DescribeClientQuotasResponse = protocol.DescribeClientQuotasResponse

// DescribeClientQuotasEntry is an entity and its quotas.
type DescribeClientQuotasEntry = protocol.DescribeClientQuotasEntry

// AlterClientQuotasRequest sets and removes quotas (API AlterClientQuotas, KIP-546).
type AlterClientQuotasRequest = protocol.AlterClientQuotasRequest

// AlterClientQuotasEntry is an entity and the changes of its quotas.
type AlterClientQuotasEntry = protocol.AlterClientQuotasEntry

// ClientQuotasOp is a change of a quota.
type ClientQuotasOp = protocol.ClientQuotasOp

// AlterClientQuotasResponse answers an AlterClientQuotasRequest, entity by entity.
type AlterClientQuotasResponse = protocol.AlterClientQuotasResponse

// AlterClientQuotasEntryResponse tells whether the quotas of an entity were changed; ErrNoError is success.
type AlterClientQuotasEntryResponse = protocol.AlterClientQuotasEntryResponse

// ScramMechanismType is a SCRAM mechanism that a user has a credential for (KIP-554).
type ScramMechanismType = protocol.ScramMechanismType

const (
	// SCRAM_MECHANISM_UNKNOWN is a mechanism that is not known here.
	SCRAM_MECHANISM_UNKNOWN = protocol.SCRAM_MECHANISM_UNKNOWN
	// SCRAM_MECHANISM_SHA_256 is SCRAM-SHA-256.
	SCRAM_MECHANISM_SHA_256 = protocol.SCRAM_MECHANISM_SHA_256
	// SCRAM_MECHANISM_SHA_512 is SCRAM-SHA-512.
	SCRAM_MECHANISM_SHA_512 = protocol.SCRAM_MECHANISM_SHA_512
)

// DescribeUserScramCredentialsRequest asks which SCRAM credentials users have (API
// DescribeUserScramCredentials, KIP-554).
type DescribeUserScramCredentialsRequest = protocol.DescribeUserScramCredentialsRequest

// DescribeUserScramCredentialsRequestUser names a user.
type DescribeUserScramCredentialsRequestUser = protocol.DescribeUserScramCredentialsRequestUser

// DescribeUserScramCredentialsResponse answers a DescribeUserScramCredentialsRequest, user by user.
type DescribeUserScramCredentialsResponse = protocol.DescribeUserScramCredentialsResponse

// DescribeUserScramCredentialsResult is the credentials of a user. ErrorCode is
// ErrResourceNotFound for a user without any.
type DescribeUserScramCredentialsResult = protocol.DescribeUserScramCredentialsResult

// UserScramCredentialsResponseInfo is what brokers tell of a credential.
type UserScramCredentialsResponseInfo = protocol.UserScramCredentialsResponseInfo

// AlterUserScramCredentialsRequest removes and sets SCRAM credentials of users (API
// AlterUserScramCredentials, KIP-554).
type AlterUserScramCredentialsRequest = protocol.AlterUserScramCredentialsRequest

// AlterUserScramCredentialsDelete is a credential to remove.
type AlterUserScramCredentialsDelete = protocol.AlterUserScramCredentialsDelete

// AlterUserScramCredentialsUpsert is a credential to set. Its password is not sent:
// it is salted when the request is written, which takes as long as the iterations say.
// Writing fails with [ErrUnknownScramMechanism] if there is no such mechanism.
type AlterUserScramCredentialsUpsert = protocol.AlterUserScramCredentialsUpsert

// AlterUserScramCredentialsResponse answers an AlterUserScramCredentialsRequest, user by user.
type AlterUserScramCredentialsResponse = protocol.AlterUserScramCredentialsResponse

// AlterUserScramCredentialsResult tells whether the credentials of a user were changed; ErrNoError is success.
type AlterUserScramCredentialsResult = protocol.AlterUserScramCredentialsResult

// UpdateFeaturesRequest changes the finalized features of the cluster (API UpdateFeatures, KIP-584, KIP-778).
type UpdateFeaturesRequest = protocol.UpdateFeaturesRequest

// FeatureUpgradeType tells how far the update of a feature may go (KIP-778).
type FeatureUpgradeType = protocol.FeatureUpgradeType

const (
	// FeatureUpgradeUnknown leaves it to AllowDowngrade.
	FeatureUpgradeUnknown = protocol.FeatureUpgradeUnknown
	// FeatureUpgradeOnly allows upgrades only.
	FeatureUpgradeOnly = protocol.FeatureUpgradeOnly
	// FeatureSafeDowngrade allows downgrades that lose no metadata too.
	FeatureSafeDowngrade = protocol.FeatureSafeDowngrade
	// FeatureUnsafeDowngrade allows all downgrades.
	FeatureUnsafeDowngrade = protocol.FeatureUnsafeDowngrade
)

// FeatureUpdate is a change of one feature.
type FeatureUpdate = protocol.FeatureUpdate

// UpdateFeaturesResponse answers an UpdateFeaturesRequest. From v2 on the updates
// succeed or fail together, and there are no Results.
type UpdateFeaturesResponse = protocol.UpdateFeaturesResponse

// UpdatableFeatureResult tells whether a feature was updated; ErrNoError is success.
type UpdatableFeatureResult = protocol.UpdatableFeatureResult

const (
	// DescribeClusterEndpointTypeBrokers asks for the brokers.
	DescribeClusterEndpointTypeBrokers = protocol.DescribeClusterEndpointTypeBrokers
	// DescribeClusterEndpointTypeControllers asks for the controllers; only they answer it (KIP-919).
	DescribeClusterEndpointTypeControllers = protocol.DescribeClusterEndpointTypeControllers
)

// DescribeClusterRequest asks for the cluster's id, controller and nodes (API DescribeCluster, KIP-700).
type DescribeClusterRequest = protocol.DescribeClusterRequest

// NewDescribeClusterRequest returns a request for all brokers, fenced ones included,
// at the version that brokers of a Kafka version know.
func NewDescribeClusterRequest(version KafkaVersion) *DescribeClusterRequest {
	return protocol.NewDescribeClusterRequest(version)
}

// DescribeClusterResponse answers a DescribeClusterRequest.
type DescribeClusterResponse = protocol.DescribeClusterResponse

// DescribeClusterBroker is a broker, or a controller if those were asked for.
type DescribeClusterBroker = protocol.DescribeClusterBroker

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

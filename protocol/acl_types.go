package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// AclOperation is what an ACL allows or denies.
type AclOperation int

const (
	// AclOperationUnknown is an operation that is not known here.
	AclOperationUnknown AclOperation = iota
	// AclOperationAny matches every operation, in filters.
	AclOperationAny
	// AclOperationAll stands for all operations.
	AclOperationAll
	// AclOperationRead is reading from topics and committing offsets of groups.
	AclOperationRead
	// AclOperationWrite is writing to topics, also within transactions.
	AclOperationWrite
	// AclOperationCreate is creating topics.
	AclOperationCreate
	// AclOperationDelete is deleting topics, records, groups and offsets.
	AclOperationDelete
	// AclOperationAlter is changing partitions, ACLs, quotas and the like.
	AclOperationAlter
	// AclOperationDescribe is asking for what a resource is, not for what it holds.
	AclOperationDescribe
	// AclOperationClusterAction is what brokers do among each other.
	AclOperationClusterAction
	// AclOperationDescribeConfigs is reading configurations.
	AclOperationDescribeConfigs
	// AclOperationAlterConfigs is changing configurations.
	AclOperationAlterConfigs
	// AclOperationIdempotentWrite is getting a producer id without a transactional id.
	AclOperationIdempotentWrite
	// AclOperationCreateTokens is creating delegation tokens for another user (KIP-373).
	AclOperationCreateTokens
	// AclOperationDescribeTokens is asking for delegation tokens of another user (KIP-373).
	AclOperationDescribeTokens
	// AclOperationTwoPhaseCommit is taking part in a two-phase commit (KIP-939).
	AclOperationTwoPhaseCommit
)

var aclOperations = []string{
	"Unknown", "Any", "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "DescribeConfigs",
	"AlterConfigs", "IdempotentWrite", "CreateTokens", "DescribeTokens", "TwoPhaseCommit",
}

// String returns the operation's name, "Unknown" for numbers without one.
func (a *AclOperation) String() string { return aclName(aclOperations, *a) }

// MarshalText returns the name.
func (a *AclOperation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes a name in any case. Without one of that name it sets AclOperationUnknown and returns an error.
func (a *AclOperation) UnmarshalText(text []byte) error {
	return parseAclName(aclOperations, "operation", text, a)
}

// AclPermissionType tells whether an ACL allows or denies.
type AclPermissionType int

const (
	// AclPermissionUnknown is a type that is not known here.
	AclPermissionUnknown AclPermissionType = iota
	// AclPermissionAny matches either, in filters.
	AclPermissionAny
	// AclPermissionDeny denies; it wins over what allows.
	AclPermissionDeny
	// AclPermissionAllow allows.
	AclPermissionAllow
)

var aclPermissions = []string{"Unknown", "Any", "Deny", "Allow"}

// String returns the type's name, "Unknown" for numbers without one.
func (a *AclPermissionType) String() string { return aclName(aclPermissions, *a) }

// MarshalText returns the name.
func (a *AclPermissionType) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes a name in any case. Without one of that name it sets AclPermissionUnknown and returns an error.
func (a *AclPermissionType) UnmarshalText(text []byte) error {
	return parseAclName(aclPermissions, "permission", text, a)
}

// AclResourceType is the kind of resource that an ACL is about.
type AclResourceType int

const (
	// AclResourceUnknown is a kind that is not known here.
	AclResourceUnknown AclResourceType = iota
	// AclResourceAny matches every kind, in filters.
	AclResourceAny
	// AclResourceTopic is a topic.
	AclResourceTopic
	// AclResourceGroup is a consumer group.
	AclResourceGroup
	// AclResourceCluster is the cluster; its name is "kafka-cluster".
	AclResourceCluster
	// AclResourceTransactionalID is a transactional id.
	AclResourceTransactionalID
	// AclResourceDelegationToken is a delegation token, by its id.
	AclResourceDelegationToken
	// AclResourceUser is a user whose tokens the ACL is about (KIP-373).
	AclResourceUser
)

var aclResources = []string{"Unknown", "Any", "Topic", "Group", "Cluster", "TransactionalID", "DelegationToken", "User"}

// String returns the kind's name, "Unknown" for numbers without one.
func (a *AclResourceType) String() string { return aclName(aclResources, *a) }

// MarshalText returns the name.
func (a *AclResourceType) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes a name in any case. Without one of that name it sets AclResourceUnknown and returns an error.
func (a *AclResourceType) UnmarshalText(text []byte) error {
	return parseAclName(aclResources, "resource", text, a)
}

// AclResourcePatternType tells how an ACL's resource name matches resources (KIP-290).
type AclResourcePatternType int

const (
	// AclPatternUnknown is a type that is not known here. An ACL that has it is written as AclPatternLiteral.
	AclPatternUnknown AclResourcePatternType = iota
	// AclPatternAny matches every type, in filters, with the same name.
	AclPatternAny
	// AclPatternMatch matches, in filters, all ACLs that would apply to the named resource.
	AclPatternMatch
	// AclPatternLiteral is the name itself, or "*" for all names.
	AclPatternLiteral
	// AclPatternPrefixed is all names that begin with the name.
	AclPatternPrefixed
)

var aclPatterns = []string{"Unknown", "Any", "Match", "Literal", "Prefixed"}

// String returns the type's name, "Unknown" for numbers without one.
func (a *AclResourcePatternType) String() string { return aclName(aclPatterns, *a) }

// MarshalText returns the name.
func (a *AclResourcePatternType) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes a name in any case. Without one of that name it sets AclPatternUnknown and returns an error.
func (a *AclResourcePatternType) UnmarshalText(text []byte) error {
	return parseAclName(aclPatterns, "resource pattern", text, a)
}

func aclName[T ~int](names []string, v T) string {
	if v < 0 || int(v) >= len(names) {
		return names[0]
	}
	return names[v]
}

func parseAclName[T ~int](names []string, kind string, text []byte, v *T) error {
	name := strings.ToLower(string(text))
	i := slices.IndexFunc(names, func(n string) bool { return strings.ToLower(n) == name })
	*v = T(max(i, 0))
	if i < 0 {
		return fmt.Errorf("no acl %s with name %s", kind, name)
	}
	return nil
}

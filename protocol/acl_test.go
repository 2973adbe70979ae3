package protocol

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// aclEnum is what the four kinds of number in ACLs have in common.
type aclEnum interface {
	fmt.Stringer
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

func aclEnums(n int) map[string]aclEnum {
	operation, permission := AclOperation(n), AclPermissionType(n)
	resource, pattern := AclResourceType(n), AclResourcePatternType(n)
	return map[string]aclEnum{
		"operation": &operation, "permission": &permission, "resource": &resource, "resource pattern": &pattern,
	}
}

func TestAclNames(t *testing.T) {
	names := map[string][]string{
		"operation": {
			"Unknown", "Any", "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction",
			"DescribeConfigs", "AlterConfigs", "IdempotentWrite", "CreateTokens", "DescribeTokens", "TwoPhaseCommit", "Unknown",
		},
		"permission": {"Unknown", "Any", "Deny", "Allow", "Unknown"},
		"resource": {
			"Unknown", "Any", "Topic", "Group", "Cluster", "TransactionalID", "DelegationToken", "User", "Unknown",
		},
		"resource pattern": {"Unknown", "Any", "Match", "Literal", "Prefixed", "Unknown"},
	}
	for kind, want := range names {
		for n, name := range want {
			v := aclEnums(n)[kind]
			require.Equal(t, name, v.String())
			text, err := v.MarshalText()
			require.NoError(t, err)
			require.Equal(t, name, string(text))
			if n == len(want)-1 {
				continue // the first number without a name
			}
			for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
				got := aclEnums(1)[kind]
				require.NoError(t, got.UnmarshalText([]byte(spelling)))
				require.Equal(t, v, got, "%s %s", kind, spelling)
			}
		}
		v := aclEnums(1)[kind]
		require.EqualError(t, v.UnmarshalText([]byte("NoSuch")), "no acl "+kind+" with name nosuch")
		require.Equal(t, aclEnums(0)[kind], v)
		require.Equal(t, "Unknown", aclEnums(-1)[kind].String())
	}
}

func TestAclOfUnknownPatternIsWrittenAsLiteral(t *testing.T) {
	for version := int16(0); version <= 3; version++ {
		creation := &AclCreation{Resource: Resource{ResourceType: AclResourceTopic, ResourceName: "t"}}
		got := &CreateAclsRequest{Version: version}
		in := &CreateAclsRequest{Version: version, AclCreations: []*AclCreation{creation}}
		require.NoError(t, Unmarshal(bodyOf(t, in), got))
		want := AclPatternLiteral
		if version == 0 {
			want = AclPatternUnknown
		}
		require.Equal(t, want, got.AclCreations[0].ResourcePatternType, "v%d", version)
		require.Equal(t, AclPatternUnknown, creation.ResourcePatternType, "writing changes nothing")
	}
}

func TestAclFilterHasTheVersionOfItsRequest(t *testing.T) {
	name := "n"
	filter := AclFilter{
		Version: 9, ResourceType: AclResourceAny, ResourceName: &name, ResourcePatternTypeFilter: AclPatternMatch,
	}
	for version := 0; version <= 3; version++ {
		want := filter
		want.Version = version
		if version == 0 {
			want.ResourcePatternTypeFilter = AclPatternUnknown
		}
		describe := &DescribeAclsRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, &DescribeAclsRequest{Version: version, AclFilter: filter}), describe))
		require.Equal(t, want, describe.AclFilter)
		remove := &DeleteAclsRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, &DeleteAclsRequest{Version: version, Filters: []*AclFilter{&filter}}), remove))
		require.Equal(t, []*AclFilter{&want}, remove.Filters)
	}
}

// Users compare these structs and use them as keys of maps: a slice or a map among their fields would break that.
func TestAdminStructsThatUsersCompare(t *testing.T) {
	for _, v := range []any{
		Resource{}, Acl{}, AclFilter{}, MatchingAcl{}, IncrementalAlterConfigsEntry{}, DescribeLogDirsResponsePartition{},
		QuotaEntityComponent{}, QuotaFilterComponent{}, ClientQuotasOp{}, AlterUserScramCredentialsDelete{},
		DescribeUserScramCredentialsRequestUser{}, FeatureUpdate{}, UpdatableFeatureResult{},
	} {
		require.True(t, reflect.TypeOf(v).Comparable(), "%T", v)
	}
}

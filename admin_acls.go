package sarama

import (
	"context"

	"github.com/seed20e6684a/sarama/protocol"
)

// CreateACL implements ClusterAdmin.
func (c clusterAdmin) CreateACL(resource Resource, acl Acl) error {
	return c.createACLs([]*AclCreation{{Resource: resource, Acl: acl}})
}

// CreateACLs implements ClusterAdmin.
func (c clusterAdmin) CreateACLs(resourceACLs []*ResourceAcls) error {
	return c.createACLs(aclCreations(resourceACLs))
}

func aclCreations(resources []*ResourceAcls) []*AclCreation {
	var creations []*AclCreation
	for _, r := range resources {
		for _, acl := range r.Acls {
			creations = append(creations, &AclCreation{Resource: r.Resource, Acl: *acl})
		}
	}
	return creations
}

func (c clusterAdmin) createACLs(creations []*AclCreation) error {
	_, err := c.createACLsAs(c.ctx, creations, aclCreationErrors)
	return err
}

func (a *adminCore) createACLsAs(
	ctx context.Context, creations []*AclCreation, judge func(*CreateAclsResponse) error,
) (*CreateAclsResponse, error) {
	return toController(ctx, a, question[CreateAclsResponse]{
		req:   &CreateAclsRequest{Version: a.latest(protocol.KeyCreateAcls), AclCreations: creations},
		least: aclLeast(creations),
		judge: judge,
	})
}

// aclLeast is the first version of the ACLs' requests that says what kind of pattern a name is, where it is not literal.
func aclLeast(creations []*AclCreation) int16 {
	for _, creation := range creations {
		if pattern := creation.ResourcePatternType; pattern != AclPatternLiteral && pattern != AclPatternUnknown {
			return 1
		}
	}
	return 0
}

// ListAcls implements ClusterAdmin.
func (c clusterAdmin) ListAcls(filter AclFilter) ([]ResourceAcls, error) {
	return c.describeACLs(c.ctx, filter)
}

func (a *adminCore) describeACLs(ctx context.Context, filter AclFilter) ([]ResourceAcls, error) {
	request := &DescribeAclsRequest{AclFilter: filter}
	protocol.SetVersion(request, a.latest(protocol.KeyDescribeAcls))
	answer, err := toController(ctx, a, question[DescribeAclsResponse]{
		req:   request,
		least: filterLeast(filter),
		judge: func(answer *DescribeAclsResponse) error { return withMessage(answer.Err, answer.ErrMsg) },
	})
	if err != nil {
		return nil, err
	}
	var acls []ResourceAcls
	for _, r := range answer.ResourceAcls {
		acls = append(acls, *r)
	}
	return acls, nil
}

// filterLeast is aclLeast for filters: version 0 has literal names alone, so that any pattern is that.
func filterLeast(filters ...AclFilter) int16 {
	for _, filter := range filters {
		if filter.ResourcePatternTypeFilter == AclPatternPrefixed || filter.ResourcePatternTypeFilter == AclPatternMatch {
			return 1
		}
	}
	return 0
}

// DeleteACL implements ClusterAdmin.
func (c clusterAdmin) DeleteACL(filter AclFilter, validateOnly bool) ([]MatchingAcl, error) {
	if validateOnly {
		return c.matchingACLs(filter)
	}
	answer, err := c.deleteACLs(c.ctx, []AclFilter{filter}, func(answer *DeleteAclsResponse) error {
		for _, f := range answer.FilterResponses {
			if err := withMessage(f.Err, f.ErrMsg); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var deleted []MatchingAcl
	for _, f := range answer.FilterResponses {
		for _, acl := range f.MatchingAcls {
			deleted = append(deleted, *acl)
		}
	}
	return deleted, nil
}

// matchingACLs is what DeleteACL would delete.
func (c clusterAdmin) matchingACLs(filter AclFilter) ([]MatchingAcl, error) {
	resources, err := c.describeACLs(c.ctx, filter)
	if err != nil {
		return nil, err
	}
	var matching []MatchingAcl
	for _, r := range resources {
		for _, acl := range r.Acls {
			matching = append(matching, MatchingAcl{Resource: r.Resource, Acl: *acl})
		}
	}
	return matching, nil
}

func (a *adminCore) deleteACLs(
	ctx context.Context, filters []AclFilter, judge func(*DeleteAclsResponse) error,
) (*DeleteAclsResponse, error) {
	request := &DeleteAclsRequest{}
	for i := range filters {
		request.Filters = append(request.Filters, &filters[i])
	}
	protocol.SetVersion(request, a.latest(protocol.KeyDeleteAcls))
	return toController(ctx, a, question[DeleteAclsResponse]{req: request, least: filterLeast(filters...), judge: judge})
}

// DescribeUserScramCredentials implements ClusterAdmin.
func (c clusterAdmin) DescribeUserScramCredentials(users []string) ([]*DescribeUserScramCredentialsResult, error) {
	return c.describeUsers(c.ctx, users)
}

func (a *adminCore) describeUsers(ctx context.Context, users []string) ([]*DescribeUserScramCredentialsResult, error) {
	request := &DescribeUserScramCredentialsRequest{Version: a.latest(protocol.KeyDescribeUserScramCredentials)}
	for _, user := range users {
		request.DescribeUsers = append(request.DescribeUsers, DescribeUserScramCredentialsRequestUser{Name: user})
	}
	answer, err := toController(ctx, a, question[DescribeUserScramCredentialsResponse]{
		req: request,
		judge: func(answer *DescribeUserScramCredentialsResponse) error {
			return withMessage(answer.ErrorCode, answer.ErrorMessage)
		},
	})
	if err != nil {
		return nil, err
	}
	return answer.Results, nil
}

// UpsertUserScramCredentials implements ClusterAdmin.
func (c clusterAdmin) UpsertUserScramCredentials(upsert []AlterUserScramCredentialsUpsert) ([]*AlterUserScramCredentialsResult, error) {
	return c.AlterUserScramCredentials(upsert, nil)
}

// DeleteUserScramCredentials implements ClusterAdmin.
func (c clusterAdmin) DeleteUserScramCredentials(remove []AlterUserScramCredentialsDelete) ([]*AlterUserScramCredentialsResult, error) {
	return c.AlterUserScramCredentials(nil, remove)
}

// AlterUserScramCredentials sets and deletes SCRAM credentials with one request.
func (c clusterAdmin) AlterUserScramCredentials(
	upsert []AlterUserScramCredentialsUpsert, remove []AlterUserScramCredentialsDelete,
) ([]*AlterUserScramCredentialsResult, error) {
	return c.alterUsers(c.ctx, upsert, remove)
}

// alterUsers asks again where the controller was another broker: each user's result says so then.
func (a *adminCore) alterUsers(
	ctx context.Context, upsert []AlterUserScramCredentialsUpsert, remove []AlterUserScramCredentialsDelete,
) ([]*AlterUserScramCredentialsResult, error) {
	answer, err := toController(ctx, a, question[AlterUserScramCredentialsResponse]{
		req: &AlterUserScramCredentialsRequest{
			Version: a.latest(protocol.KeyAlterUserScramCredentials), Deletions: remove, Upsertions: upsert,
		},
		judge: func(answer *AlterUserScramCredentialsResponse) error {
			for _, result := range answer.Results {
				if result.ErrorCode != ErrNotController {
					return nil
				}
			}
			if len(answer.Results) == 0 {
				return nil
			}
			return ErrNotController
		},
	})
	if err != nil {
		return nil, err
	}
	return answer.Results, nil
}

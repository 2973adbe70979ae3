package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// Resource is what an ACL is about: all resources of a type whose names match.
type Resource struct {
	ResourceType        AclResourceType
	ResourceName        string
	ResourcePatternType AclResourcePatternType // v1 (KIP-290); AclPatternUnknown writes as AclPatternLiteral
}

func (r *Resource) walk(c *wire.Codec) {
	octet(c, &r.ResourceType)
	c.String(&r.ResourceName)
	if c.Version < 1 {
		return
	}
	pattern := r.ResourcePatternType
	if pattern == AclPatternUnknown {
		pattern = AclPatternLiteral // brokers refuse the other; older callers do not set the field
	}
	octet(c, &pattern)
	if c.Reading() {
		r.ResourcePatternType = pattern
	}
}

// Acl allows or denies a principal an operation from a host.
type Acl struct {
	Principal      string // as "User:name"; "User:*" for all users
	Host           string // an address, or "*" for all hosts
	Operation      AclOperation
	PermissionType AclPermissionType
}

func (a *Acl) walkFields(c *wire.Codec) {
	c.String(&a.Principal)
	c.String(&a.Host)
	octet(c, &a.Operation)
	octet(c, &a.PermissionType)
}

func (a *Acl) walk(c *wire.Codec) {
	a.walkFields(c)
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

// ResourceAcls is a resource with all its ACLs.
type ResourceAcls struct {
	Resource
	Acls        []*Acl
	UnknownTags map[uint32][]byte
}

func (r *ResourceAcls) walk(c *wire.Codec) {
	r.Resource.walk(c)
	structs(c, &r.Acls)
	c.Tags(&r.UnknownTags)
}

// AclFilter selects ACLs: those that match in all its fields.
type AclFilter struct {
	Version                   int // of the request that the filter is a part of, which sets it when it is read
	ResourceType              AclResourceType
	ResourceName              *string                // nil for any
	ResourcePatternTypeFilter AclResourcePatternType // v1 (KIP-290)
	Principal                 *string                // nil for any
	Host                      *string                // nil for any
	Operation                 AclOperation
	PermissionType            AclPermissionType
}

func (a *AclFilter) walkFields(c *wire.Codec) {
	if c.Reading() {
		a.Version = int(c.Version)
	}
	octet(c, &a.ResourceType)
	c.NullString(&a.ResourceName)
	if c.Version >= 1 {
		octet(c, &a.ResourcePatternTypeFilter)
	}
	c.NullString(&a.Principal)
	c.NullString(&a.Host)
	octet(c, &a.Operation)
	octet(c, &a.PermissionType)
}

func (a *AclFilter) walk(c *wire.Codec) {
	a.walkFields(c)
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

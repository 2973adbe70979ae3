package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// CreateAclsRequest creates ACLs (API CreateAcls, KIP-140).
type CreateAclsRequest struct {
	Version      int16
	AclCreations []*AclCreation
	UnknownTags  map[uint32][]byte
}

func (r *CreateAclsRequest) identity() identity { return request(KeyCreateAcls, &r.Version) }

func (r *CreateAclsRequest) walk(c *wire.Codec) {
	structs(c, &r.AclCreations)
	c.Tags(&r.UnknownTags)
}

// AclCreation is an ACL to create.
type AclCreation struct {
	Resource
	Acl
	UnknownTags map[uint32][]byte
}

func (a *AclCreation) walk(c *wire.Codec) {
	a.Resource.walk(c)
	a.walkFields(c)
	c.Tags(&a.UnknownTags)
}

// CreateAclsResponse answers a CreateAclsRequest, in the order of its AclCreations.
type CreateAclsResponse struct {
	Version              int16
	ThrottleTime         time.Duration // whole milliseconds
	AclCreationResponses []*AclCreationResponse
	UnknownTags          map[uint32][]byte
}

func (r *CreateAclsResponse) identity() identity { return response(KeyCreateAcls, &r.Version) }

func (r *CreateAclsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	structs(c, &r.AclCreationResponses)
	c.Tags(&r.UnknownTags)
}

// AclCreationResponse tells whether an ACL was created; ErrNoError is success.
type AclCreationResponse struct {
	Err         KError
	ErrMsg      *string
	UnknownTags map[uint32][]byte
}

func (a *AclCreationResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&a.Err))
	c.NullString(&a.ErrMsg)
	c.Tags(&a.UnknownTags)
}

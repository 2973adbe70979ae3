package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DeleteAclsRequest deletes the ACLs that match any of several filters (API DeleteAcls, KIP-140).
type DeleteAclsRequest struct {
	Version     int
	Filters     []*AclFilter
	UnknownTags map[uint32][]byte
}

func (r *DeleteAclsRequest) identity() identity { return wideRequest(KeyDeleteAcls, &r.Version) }

func (r *DeleteAclsRequest) walk(c *wire.Codec) {
	structs(c, &r.Filters)
	c.Tags(&r.UnknownTags)
}

// DeleteAclsResponse answers a DeleteAclsRequest, in the order of its Filters.
type DeleteAclsResponse struct {
	Version         int16
	ThrottleTime    time.Duration // whole milliseconds
	FilterResponses []*FilterResponse
	UnknownTags     map[uint32][]byte
}

func (r *DeleteAclsResponse) identity() identity { return response(KeyDeleteAcls, &r.Version) }

func (r *DeleteAclsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	structs(c, &r.FilterResponses)
	c.Tags(&r.UnknownTags)
}

// FilterResponse is what one filter deleted.
type FilterResponse struct {
	Err          KError
	ErrMsg       *string
	MatchingAcls []*MatchingAcl
	UnknownTags  map[uint32][]byte
}

func (f *FilterResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&f.Err))
	c.NullString(&f.ErrMsg)
	structs(c, &f.MatchingAcls)
	c.Tags(&f.UnknownTags)
}

// MatchingAcl is an ACL that a filter matched. It is deleted if Err is ErrNoError.
type MatchingAcl struct {
	Err    KError
	ErrMsg *string
	Resource
	Acl
}

func (m *MatchingAcl) walk(c *wire.Codec) {
	c.Int16((*int16)(&m.Err))
	c.NullString(&m.ErrMsg)
	m.Resource.walk(c)
	m.Acl.walk(c)
}

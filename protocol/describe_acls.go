package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeAclsRequest asks for the ACLs that match a filter (API DescribeAcls, KIP-140).
type DescribeAclsRequest struct {
	Version int
	AclFilter
	UnknownTags map[uint32][]byte
}

func (r *DescribeAclsRequest) identity() identity { return wideRequest(KeyDescribeAcls, &r.Version) }

func (r *DescribeAclsRequest) walk(c *wire.Codec) {
	r.walkFields(c)
	c.Tags(&r.UnknownTags)
}

// DescribeAclsResponse answers a DescribeAclsRequest, resource by resource.
type DescribeAclsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Err          KError
	ErrMsg       *string
	ResourceAcls []*ResourceAcls
	UnknownTags  map[uint32][]byte
}

func (r *DescribeAclsResponse) identity() identity { return response(KeyDescribeAcls, &r.Version) }

func (r *DescribeAclsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.Err))
	c.NullString(&r.ErrMsg)
	structs(c, &r.ResourceAcls)
	c.Tags(&r.UnknownTags)
}

package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// LeaveGroupRequest takes members out of a group (API LeaveGroup).
type LeaveGroupRequest struct {
	Version     int16
	GroupId     string
	MemberId    string           // up to v2
	Members     []MemberIdentity // v3 (KIP-345)
	UnknownTags map[uint32][]byte
}

// MemberIdentity names a member that leaves its group.
type MemberIdentity struct {
	MemberId        string  // empty for a static member that goes by its instance
	GroupInstanceId *string // static membership (KIP-345)
	Reason          *string // v5, why the member leaves (KIP-800)
}

func (r *LeaveGroupRequest) identity() identity { return request(KeyLeaveGroup, &r.Version) }

func (r *LeaveGroupRequest) walk(c *wire.Codec) {
	c.String(&r.GroupId)
	if c.Version >= 3 {
		values(c, &r.Members)
	} else {
		c.String(&r.MemberId)
	}
	c.Tags(&r.UnknownTags)
}

func (m *MemberIdentity) walk(c *wire.Codec) {
	c.String(&m.MemberId)
	c.NullString(&m.GroupInstanceId)
	if c.Version >= 5 {
		c.NullString(&m.Reason)
	}
	c.Tags(nil)
}

// LeaveGroupResponse answers a LeaveGroupRequest.
type LeaveGroupResponse struct {
	Version      int16
	ThrottleTime int32 // milliseconds, v1
	Err          KError
	Members      []MemberResponse // v3 (KIP-345)
	UnknownTags  map[uint32][]byte
}

// MemberResponse is the outcome for a member that leaves.
type MemberResponse struct {
	MemberId        string
	GroupInstanceId *string
	Err             KError
}

func (r *LeaveGroupResponse) identity() identity { return response(KeyLeaveGroup, &r.Version) }

func (r *LeaveGroupResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTime)
	}
	c.Int16((*int16)(&r.Err))
	if c.Version >= 3 {
		values(c, &r.Members)
	}
	c.Tags(&r.UnknownTags)
}

func (m *MemberResponse) walk(c *wire.Codec) {
	c.String(&m.MemberId)
	c.NullString(&m.GroupInstanceId)
	c.Int16((*int16)(&m.Err))
	c.Tags(nil)
}

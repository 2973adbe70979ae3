package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// SyncGroupRequest asks for a member's assignment; the leader's request has those of all members (API SyncGroup).
type SyncGroupRequest struct {
	Version          int16
	GroupId          string
	GenerationId     int32
	MemberId         string
	GroupInstanceId  *string // v3, static membership (KIP-345)
	ProtocolType     *string // v5 (KIP-559)
	ProtocolName     *string // v5 (KIP-559)
	GroupAssignments []SyncGroupRequestAssignment
	UnknownTags      map[uint32][]byte
}

// SyncGroupRequestAssignment is the assignment of a member.
type SyncGroupRequestAssignment struct {
	MemberId    string
	Assignment  []byte // for consumers, of a ConsumerGroupMemberAssignment
	UnknownTags map[uint32][]byte
}

// AddGroupAssignment assigns to a member.
func (r *SyncGroupRequest) AddGroupAssignment(memberId string, memberAssignment []byte) {
	r.GroupAssignments = append(r.GroupAssignments, SyncGroupRequestAssignment{
		MemberId: memberId, Assignment: memberAssignment,
	})
}

// AddGroupAssignmentMember assigns to a member of a consumer group.
func (r *SyncGroupRequest) AddGroupAssignmentMember(memberId string, assignment *ConsumerGroupMemberAssignment) error {
	b, err := EncodeAssignment(assignment)
	if err != nil {
		return err
	}
	r.AddGroupAssignment(memberId, b)
	return nil
}

func (r *SyncGroupRequest) identity() identity { return request(KeySyncGroup, &r.Version) }

func (r *SyncGroupRequest) walk(c *wire.Codec) {
	c.String(&r.GroupId)
	c.Int32(&r.GenerationId)
	c.String(&r.MemberId)
	if c.Version >= 3 {
		c.NullString(&r.GroupInstanceId)
	}
	if c.Version >= 5 {
		c.NullString(&r.ProtocolType)
		c.NullString(&r.ProtocolName)
	}
	values(c, &r.GroupAssignments)
	emptyAsNil(c, &r.GroupAssignments)
	c.Tags(&r.UnknownTags)
}

func (a *SyncGroupRequestAssignment) walk(c *wire.Codec) {
	c.String(&a.MemberId)
	emptyBytes(c, &a.Assignment)
	c.Tags(&a.UnknownTags)
}

// SyncGroupResponse answers a SyncGroupRequest.
type SyncGroupResponse struct {
	Version          int16
	ThrottleTime     int32 // milliseconds, v1
	Err              KError
	ProtocolType     *string // v5 (KIP-559)
	ProtocolName     *string // v5 (KIP-559)
	MemberAssignment []byte  // for consumers, of a ConsumerGroupMemberAssignment
	UnknownTags      map[uint32][]byte
}

// GetMemberAssignment returns the assignment of a member of a consumer group.
func (r *SyncGroupResponse) GetMemberAssignment() (*ConsumerGroupMemberAssignment, error) {
	assignment := new(ConsumerGroupMemberAssignment)
	err := DecodeAssignment(r.MemberAssignment, assignment)
	return assignment, err
}

func (r *SyncGroupResponse) identity() identity { return response(KeySyncGroup, &r.Version) }

func (r *SyncGroupResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTime)
	}
	c.Int16((*int16)(&r.Err))
	if c.Version >= 5 {
		c.NullString(&r.ProtocolType)
		c.NullString(&r.ProtocolName)
	}
	emptyBytes(c, &r.MemberAssignment)
	c.Tags(&r.UnknownTags)
}

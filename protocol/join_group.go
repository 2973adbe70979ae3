package protocol

import (
	"bytes"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// JoinGroupRequest makes a client a member of a group, or takes a member into the
// next generation (API JoinGroup).
type JoinGroupRequest struct {
	Version          int16
	GroupId          string
	SessionTimeout   int32   // milliseconds without a heartbeat after which the member is out
	RebalanceTimeout int32   // v1, milliseconds that the member may take to join again in a rebalance (KIP-62)
	MemberId         string  // empty at first; from v4 on ErrMemberIdRequired then brings the one to join with (KIP-394)
	GroupInstanceId  *string // v5, static membership (KIP-345)
	ProtocolType     string  // "consumer" for consumers
	// GroupProtocols are the protocols that the member offers, by name.
	//
	// Deprecated: use OrderedGroupProtocols. Requests with both are an error, unless both say the same.
	GroupProtocols map[string][]byte
	// OrderedGroupProtocols are the protocols that the member offers, the one it prefers first.
	OrderedGroupProtocols []*GroupProtocol
	Reason                *string // v8, why the member joins (KIP-800)
	UnknownTags           map[uint32][]byte
}

// GroupProtocol is a protocol that a member offers: for consumers, a strategy of assignment.
type GroupProtocol struct {
	Name        string
	Metadata    []byte // for consumers, of a ConsumerGroupMemberMetadata
	UnknownTags map[uint32][]byte
}

// NewJoinGroupRequest returns an empty request at the version that brokers of a Kafka version know, 8 at most.
func NewJoinGroupRequest(version KafkaVersion) *JoinGroupRequest {
	return &JoinGroupRequest{Version: versionFor(KeyJoinGroup, version, 8)}
}

// AddGroupProtocol offers one more protocol.
func (r *JoinGroupRequest) AddGroupProtocol(name string, metadata []byte) {
	r.OrderedGroupProtocols = append(r.OrderedGroupProtocols, &GroupProtocol{Name: name, Metadata: metadata})
}

// AddGroupProtocolMetadata offers one more protocol of consumers.
func (r *JoinGroupRequest) AddGroupProtocolMetadata(name string, metadata *ConsumerGroupMemberMetadata) error {
	b, err := EncodeSubscription(metadata)
	if err != nil {
		return err
	}
	r.AddGroupProtocol(name, b)
	return nil
}

func (r *JoinGroupRequest) identity() identity { return request(KeyJoinGroup, &r.Version) }

func (r *JoinGroupRequest) walk(c *wire.Codec) {
	c.String(&r.GroupId)
	c.Int32(&r.SessionTimeout)
	if c.Version >= 1 {
		c.Int32(&r.RebalanceTimeout)
	}
	c.String(&r.MemberId)
	if c.Version >= 5 {
		c.NullString(&r.GroupInstanceId)
	}
	c.String(&r.ProtocolType)
	if c.Reading() {
		r.readProtocols(c)
	} else {
		r.writeProtocols(c)
	}
	if c.Version >= 8 {
		c.NullString(&r.Reason)
	}
	c.Tags(&r.UnknownTags)
}

// readProtocols gives callers both forms.
func (r *JoinGroupRequest) readProtocols(c *wire.Codec) {
	structs(c, &r.OrderedGroupProtocols)
	emptyAsNil(c, &r.OrderedGroupProtocols)
	r.GroupProtocols = nil
	if len(r.OrderedGroupProtocols) > 0 {
		r.GroupProtocols = make(map[string][]byte)
	}
	for _, p := range r.OrderedGroupProtocols {
		r.GroupProtocols[p.Name] = p.Metadata
	}
}

func (r *JoinGroupRequest) writeProtocols(c *wire.Codec) {
	if len(r.OrderedGroupProtocols) > 0 {
		if r.contradicts() {
			c.Fail(PacketEncodingError{"cannot specify both GroupProtocols and OrderedGroupProtocols on JoinGroupRequest"})
		}
		structs(c, &r.OrderedGroupProtocols)
		return
	}
	mapped(c, &r.GroupProtocols, func(name *string, metadata *[]byte) {
		c.String(name)
		emptyBytes(c, metadata)
		c.Tags(nil)
	})
}

// contradicts tells that GroupProtocols has what OrderedGroupProtocols has not, or the other way round.
func (r *JoinGroupRequest) contradicts() bool {
	if len(r.GroupProtocols) == 0 {
		return false
	}
	for _, p := range r.OrderedGroupProtocols {
		if metadata, ok := r.GroupProtocols[p.Name]; !ok || !bytes.Equal(metadata, p.Metadata) {
			return true
		}
	}
	return len(r.GroupProtocols) > len(r.OrderedGroupProtocols)
}

func (p *GroupProtocol) walk(c *wire.Codec) {
	c.String(&p.Name)
	emptyBytes(c, &p.Metadata)
	c.Tags(&p.UnknownTags)
}

// emptyBytes carries bytes that cannot be null: nil is written as empty, and
// empty reads as an empty slice. Null, which some clients write, reads as nil.
func emptyBytes(c *wire.Codec, v *[]byte) {
	if c.Reading() {
		c.NullBytes(v)
		return
	}
	c.Bytes(v)
}

// JoinGroupResponse answers a JoinGroupRequest when the generation begins.
type JoinGroupResponse struct {
	Version        int16
	ThrottleTime   int32 // milliseconds, v2
	Err            KError
	GenerationId   int32
	GroupProtocol  string // the protocol that the coordinator chose
	LeaderId       string
	MemberId       string
	Members        []GroupMember // empty but for the leader
	ProtocolType   *string       // v7 (KIP-559)
	SkipAssignment bool          // v9, the leader keeps the assignment that there is (KIP-814)
	UnknownTags    map[uint32][]byte
}

// GroupMember is a member of a group, as its leader learns of it.
type GroupMember struct {
	MemberId        string
	GroupInstanceId *string // v5, static membership (KIP-345)
	Metadata        []byte  // for consumers, of a ConsumerGroupMemberMetadata
	UnknownTags     map[uint32][]byte
}

// GetMembers returns the metadata of a consumer group's members, by member id.
func (r *JoinGroupResponse) GetMembers() (map[string]ConsumerGroupMemberMetadata, error) {
	members := make(map[string]ConsumerGroupMemberMetadata, len(r.Members))
	for _, member := range r.Members {
		var metadata ConsumerGroupMemberMetadata
		if err := DecodeSubscription(member.Metadata, &metadata); err != nil {
			return nil, err
		}
		members[member.MemberId] = metadata
	}
	return members, nil
}

func (r *JoinGroupResponse) identity() identity { return response(KeyJoinGroup, &r.Version) }

func (r *JoinGroupResponse) walk(c *wire.Codec) {
	if c.Version >= 2 {
		c.Int32(&r.ThrottleTime)
	}
	c.Int16((*int16)(&r.Err))
	c.Int32(&r.GenerationId)
	if c.Version >= 7 {
		c.NullString(&r.ProtocolType)
	}
	c.String(&r.GroupProtocol) // null from v7 on, where an error leaves none
	c.String(&r.LeaderId)
	if c.Version >= 9 {
		c.Bool(&r.SkipAssignment)
	}
	c.String(&r.MemberId)
	values(c, &r.Members)
	emptyAsNil(c, &r.Members)
	c.Tags(&r.UnknownTags)
}

func (m *GroupMember) walk(c *wire.Codec) {
	c.String(&m.MemberId)
	if c.Version >= 5 {
		c.NullString(&m.GroupInstanceId)
	}
	emptyBytes(c, &m.Metadata)
	c.Tags(&m.UnknownTags)
}

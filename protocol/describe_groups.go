package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// DescribeGroupsRequest asks for the state and the members of groups (API DescribeGroups).
type DescribeGroupsRequest struct {
	Version                     int16
	Groups                      []string
	IncludeAuthorizedOperations bool // v3 (KIP-430)
	UnknownTags                 map[uint32][]byte
}

// AddGroup asks for one more group.
func (r *DescribeGroupsRequest) AddGroup(group string) { r.Groups = append(r.Groups, group) }

func (r *DescribeGroupsRequest) identity() identity { return request(KeyDescribeGroups, &r.Version) }

func (r *DescribeGroupsRequest) walk(c *wire.Codec) {
	c.Strings(&r.Groups)
	if c.Version >= 3 {
		c.Bool(&r.IncludeAuthorizedOperations)
	}
	c.Tags(&r.UnknownTags)
}

// DescribeGroupsResponse answers a DescribeGroupsRequest, group by group.
type DescribeGroupsResponse struct {
	Version        int16
	ThrottleTimeMs int32 // milliseconds, v1
	Groups         []*GroupDescription
	UnknownTags    map[uint32][]byte
}

func (r *DescribeGroupsResponse) identity() identity {
	return response(KeyDescribeGroups, &r.Version)
}

func (r *DescribeGroupsResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	structs(c, &r.Groups)
	emptyAsNil(c, &r.Groups)
	c.Tags(&r.UnknownTags)
}

// GroupDescription is a group's state and its members.
type GroupDescription struct {
	Version              int16  // the version of the response
	Err                  KError // ErrorCode as an error; not written
	ErrorCode            int16
	ErrorMessage         *string // v6 (KIP-1043)
	GroupId              string
	State                string
	ProtocolType         string                             // "consumer" for consumers
	Protocol             string                             // the protocol that the coordinator chose
	Members              map[string]*GroupMemberDescription // by member id
	AuthorizedOperations int32                              // v3, as bits, -2147483648 if not asked for (KIP-430)
	UnknownTags          map[uint32][]byte
}

func (g *GroupDescription) walk(c *wire.Codec) {
	g.Version = c.Version
	c.Int16(&g.ErrorCode)
	if c.Reading() {
		g.Err = KError(g.ErrorCode)
	}
	if c.Version >= 6 {
		c.NullString(&g.ErrorMessage)
	}
	c.String(&g.GroupId)
	c.String(&g.State)
	c.String(&g.ProtocolType)
	c.String(&g.Protocol)
	mapped(c, &g.Members, func(id *string, member **GroupMemberDescription) {
		present(c, member)
		*id = (*member).MemberId
	})
	if c.Version >= 3 {
		c.Int32(&g.AuthorizedOperations)
	}
	c.Tags(&g.UnknownTags)
}

// GroupMemberDescription is a member of a group.
type GroupMemberDescription struct {
	Version          int16 // the version of the response
	MemberId         string
	GroupInstanceId  *string // v4, static membership (KIP-345)
	ClientId         string
	ClientHost       string
	MemberMetadata   []byte // for consumers, of a ConsumerGroupMemberMetadata
	MemberAssignment []byte // for consumers, of a ConsumerGroupMemberAssignment
	UnknownTags      map[uint32][]byte
}

// GetMemberAssignment returns the assignment of a member of a consumer group, nil if it has none yet.
func (m *GroupMemberDescription) GetMemberAssignment() (*ConsumerGroupMemberAssignment, error) {
	if len(m.MemberAssignment) == 0 {
		return nil, nil
	}
	assignment := new(ConsumerGroupMemberAssignment)
	err := DecodeAssignment(m.MemberAssignment, assignment)
	return assignment, err
}

// GetMemberMetadata returns the metadata of a member of a consumer group, nil if it has none yet.
func (m *GroupMemberDescription) GetMemberMetadata() (*ConsumerGroupMemberMetadata, error) {
	if len(m.MemberMetadata) == 0 {
		return nil, nil
	}
	metadata := new(ConsumerGroupMemberMetadata)
	err := DecodeSubscription(m.MemberMetadata, metadata)
	return metadata, err
}

func (m *GroupMemberDescription) walk(c *wire.Codec) {
	m.Version = c.Version
	c.String(&m.MemberId)
	if c.Version >= 4 {
		c.NullString(&m.GroupInstanceId)
	}
	c.String(&m.ClientId)
	c.String(&m.ClientHost)
	emptyBytes(c, &m.MemberMetadata)
	emptyBytes(c, &m.MemberAssignment)
	c.Tags(&m.UnknownTags)
}

package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// ListGroupsRequest asks a broker for the groups that it coordinates (API ListGroups).
type ListGroupsRequest struct {
	Version      int16
	StatesFilter []string // v4, empty for all (KIP-518)
	TypesFilter  []string // v5, empty for all (KIP-848)
	UnknownTags  map[uint32][]byte
}

func (r *ListGroupsRequest) identity() identity { return request(KeyListGroups, &r.Version) }

func (r *ListGroupsRequest) walk(c *wire.Codec) {
	if c.Version >= 4 {
		c.Strings(&r.StatesFilter)
	}
	if c.Version >= 5 {
		c.Strings(&r.TypesFilter)
	}
	c.Tags(&r.UnknownTags)
}

// ListGroupsResponse answers a ListGroupsRequest.
type ListGroupsResponse struct {
	Version      int16
	ThrottleTime int32 // milliseconds, v1
	Err          KError
	Groups       map[string]string    // the type of protocol by group, "consumer" for consumers
	GroupsData   map[string]GroupData // by group, v4
	UnknownTags  map[uint32][]byte
}

// GroupData is what a list of groups tells of each.
type GroupData struct {
	GroupState string // v4 (KIP-518)
	GroupType  string // v5 (KIP-848)
}

func (r *ListGroupsResponse) identity() identity { return response(KeyListGroups, &r.Version) }

func (r *ListGroupsResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTime)
	}
	c.Int16((*int16)(&r.Err))
	if c.Reading() {
		r.GroupsData = nil
	}
	mapped(c, &r.Groups, func(group, protocolType *string) {
		c.String(group)
		c.String(protocolType)
		r.walkData(c, *group)
		c.Tags(nil)
	})
	c.Tags(&r.UnknownTags)
}

func (r *ListGroupsResponse) walkData(c *wire.Codec, group string) {
	if c.Version < 4 {
		return
	}
	data := r.GroupsData[group]
	c.String(&data.GroupState)
	if c.Version >= 5 {
		c.String(&data.GroupType)
	}
	if !c.Reading() || c.Err() != nil {
		return
	}
	if r.GroupsData == nil {
		r.GroupsData = make(map[string]GroupData)
	}
	r.GroupsData[group] = data
}

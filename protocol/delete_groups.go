package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DeleteGroupsRequest deletes groups without members, with their offsets (API DeleteGroups, KIP-229).
type DeleteGroupsRequest struct {
	Version     int16
	Groups      []string
	UnknownTags map[uint32][]byte
}

// AddGroup deletes one more group.
func (r *DeleteGroupsRequest) AddGroup(group string) { r.Groups = append(r.Groups, group) }

func (r *DeleteGroupsRequest) identity() identity { return request(KeyDeleteGroups, &r.Version) }

func (r *DeleteGroupsRequest) walk(c *wire.Codec) {
	c.Strings(&r.Groups)
	c.Tags(&r.UnknownTags)
}

// DeleteGroupsResponse answers a DeleteGroupsRequest, group by group.
type DeleteGroupsResponse struct {
	Version            int16
	ThrottleTime       time.Duration      // whole milliseconds
	GroupErrorCodes    map[string]KError  // ErrNoError is success
	GroupErrorMessages map[string]*string // v3, of the groups that have one
	UnknownTags        map[uint32][]byte
}

func (r *DeleteGroupsResponse) identity() identity { return response(KeyDeleteGroups, &r.Version) }

func (r *DeleteGroupsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	if c.Reading() {
		r.GroupErrorMessages = nil
	}
	mapped(c, &r.GroupErrorCodes, func(group *string, code *KError) {
		c.String(group)
		c.Int16((*int16)(code))
		if c.Version >= 3 {
			r.walkMessage(c, *group)
		}
		c.Tags(nil)
	})
	c.Tags(&r.UnknownTags)
}

func (r *DeleteGroupsResponse) walkMessage(c *wire.Codec, group string) {
	message := r.GroupErrorMessages[group]
	c.NullString(&message)
	if !c.Reading() || message == nil || c.Err() != nil {
		return
	}
	if r.GroupErrorMessages == nil {
		r.GroupErrorMessages = make(map[string]*string)
	}
	r.GroupErrorMessages[group] = message
}

package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// QuotaEntityType is the kind of a part of an entity with quotas (KIP-546).
type QuotaEntityType string

const (
	// QuotaEntityUser is a user.
	QuotaEntityUser QuotaEntityType = "user"
	// QuotaEntityClientID is a client id.
	QuotaEntityClientID QuotaEntityType = "client-id"
	// QuotaEntityIP is an address that clients connect from (KIP-612).
	QuotaEntityIP QuotaEntityType = "ip"
)

// QuotaMatchType tells how a filter matches the name of a part of an entity.
type QuotaMatchType int

const (
	// QuotaMatchExact matches one name.
	QuotaMatchExact QuotaMatchType = iota
	// QuotaMatchDefault matches the default of the kind, which has no name.
	QuotaMatchDefault
	// QuotaMatchAny matches every name.
	QuotaMatchAny
)

// QuotaEntityComponent is a part of an entity that has quotas, such as a user.
type QuotaEntityComponent struct {
	EntityType QuotaEntityType
	MatchType  QuotaMatchType // QuotaMatchExact, or QuotaMatchDefault for the default of the kind
	Name       string         // empty for the default
}

// A null name stands for the default.
func (e *QuotaEntityComponent) walk(c *wire.Codec) {
	c.String((*string)(&e.EntityType))
	name := &e.Name
	if e.MatchType == QuotaMatchDefault {
		name = nil
	}
	c.NullString(&name)
	if c.Reading() {
		e.MatchType, e.Name = QuotaMatchDefault, ""
		if name != nil {
			e.MatchType, e.Name = QuotaMatchExact, *name
		}
	}
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

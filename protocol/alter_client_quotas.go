package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AlterClientQuotasRequest sets and removes quotas (API AlterClientQuotas, KIP-546).
type AlterClientQuotasRequest struct {
	Version      int16
	Entries      []AlterClientQuotasEntry
	ValidateOnly bool // nothing is changed
	UnknownTags  map[uint32][]byte
}

func (r *AlterClientQuotasRequest) identity() identity {
	return request(KeyAlterClientQuotas, &r.Version)
}

func (r *AlterClientQuotasRequest) walk(c *wire.Codec) {
	values(c, &r.Entries)
	c.Bool(&r.ValidateOnly)
	c.Tags(&r.UnknownTags)
}

// AlterClientQuotasEntry is an entity and the changes of its quotas.
type AlterClientQuotasEntry struct {
	Entity      []QuotaEntityComponent
	Ops         []ClientQuotasOp
	UnknownTags map[uint32][]byte
}

func (e *AlterClientQuotasEntry) walk(c *wire.Codec) {
	values(c, &e.Entity)
	values(c, &e.Ops)
	c.Tags(&e.UnknownTags)
}

// ClientQuotasOp is a change of a quota.
type ClientQuotasOp struct {
	Key    string  // such as "producer_byte_rate"
	Value  float64 // in the quota's own unit
	Remove bool    // removes the quota; the value is ignored
}

func (o *ClientQuotasOp) walk(c *wire.Codec) {
	c.String(&o.Key)
	c.Float64(&o.Value)
	c.Bool(&o.Remove)
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

// AlterClientQuotasResponse answers an AlterClientQuotasRequest, entity by entity.
type AlterClientQuotasResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Entries      []AlterClientQuotasEntryResponse
	UnknownTags  map[uint32][]byte
}

func (r *AlterClientQuotasResponse) identity() identity {
	return response(KeyAlterClientQuotas, &r.Version)
}

func (r *AlterClientQuotasResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Entries)
	c.Tags(&r.UnknownTags)
}

// AlterClientQuotasEntryResponse tells whether the quotas of an entity were changed; ErrNoError is success.
type AlterClientQuotasEntryResponse struct {
	ErrorCode   KError
	ErrorMsg    *string
	Entity      []QuotaEntityComponent
	UnknownTags map[uint32][]byte
}

func (e *AlterClientQuotasEntryResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&e.ErrorCode))
	c.NullString(&e.ErrorMsg)
	values(c, &e.Entity)
	c.Tags(&e.UnknownTags)
}

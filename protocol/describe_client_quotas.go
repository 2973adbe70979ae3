package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeClientQuotasRequest asks for quotas (API DescribeClientQuotas, KIP-546).
type DescribeClientQuotasRequest struct {
	Version     int16
	Components  []QuotaFilterComponent // that an entity must match in all
	Strict      bool                   // leaves out entities with parts that Components does not name
	UnknownTags map[uint32][]byte
}

// NewDescribeClientQuotasRequest returns a request at the version that brokers of a Kafka version know.
func NewDescribeClientQuotasRequest(version KafkaVersion, components []QuotaFilterComponent, strict bool) *DescribeClientQuotasRequest {
	return &DescribeClientQuotasRequest{
		Version:    versionFor(KeyDescribeClientQuotas, version, 1),
		Components: components,
		Strict:     strict,
	}
}

func (r *DescribeClientQuotasRequest) identity() identity {
	return request(KeyDescribeClientQuotas, &r.Version)
}

func (r *DescribeClientQuotasRequest) walk(c *wire.Codec) {
	values(c, &r.Components)
	c.Bool(&r.Strict)
	c.Tags(&r.UnknownTags)
}

// QuotaFilterComponent matches a part of an entity.
type QuotaFilterComponent struct {
	EntityType QuotaEntityType
	MatchType  QuotaMatchType
	Match      string // the name for QuotaMatchExact; not written for the other types
}

func (f *QuotaFilterComponent) walk(c *wire.Codec) {
	c.String((*string)(&f.EntityType))
	octet(c, &f.MatchType)
	if !c.Reading() && (f.MatchType == QuotaMatchDefault || f.MatchType == QuotaMatchAny) {
		var none *string // brokers refuse a name here
		c.NullString(&none)
	} else {
		c.String(&f.Match)
	}
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

// DescribeClientQuotasResponse answers a DescribeClientQuotasRequest, entity by entity.
type DescribeClientQuotasResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMsg     *string
	Entries      []DescribeClientQuotasEntry
	UnknownTags  map[uint32][]byte
}

func (r *DescribeClientQuotasResponse) identity() identity {
	return response(KeyDescribeClientQuotas, &r.Version)
}

func (r *DescribeClientQuotasResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMsg)
	values(c, &r.Entries)
	c.Tags(&r.UnknownTags)
}

// DescribeClientQuotasEntry is an entity and its quotas.
type DescribeClientQuotasEntry struct {
	Entity      []QuotaEntityComponent
	Values      map[string]float64 // by quota, such as "producer_byte_rate" (bytes per second)
	UnknownTags map[uint32][]byte
}

func (e *DescribeClientQuotasEntry) walk(c *wire.Codec) {
	values(c, &e.Entity)
	mapped(c, &e.Values, func(key *string, value *float64) {
		c.String(key)
		c.Float64(value)
		c.Tags(nil)
	})
	nilAsEmpty(c, &e.Values)
	c.Tags(&e.UnknownTags)
}

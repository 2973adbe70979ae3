package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeDelegationTokenRequest asks for tokens (API DescribeDelegationToken, KIP-48).
type DescribeDelegationTokenRequest struct {
	Version     int16
	Owners      []KafkaPrincipal // nil for the tokens of all owners; none if it is empty
	UnknownTags map[uint32][]byte
}

func (r *DescribeDelegationTokenRequest) identity() identity {
	return request(KeyDescribeDelegationToken, &r.Version)
}

func (r *DescribeDelegationTokenRequest) walk(c *wire.Codec) {
	nullValues(c, &r.Owners)
	c.Tags(&r.UnknownTags)
}

// DescribeDelegationTokenResponse answers a DescribeDelegationTokenRequest. It has
// the tokens that who asks may see.
type DescribeDelegationTokenResponse struct {
	Version      int16
	ErrorCode    KError
	Tokens       []DescribedDelegationToken
	ThrottleTime time.Duration // whole milliseconds
	UnknownTags  map[uint32][]byte
}

func (r *DescribeDelegationTokenResponse) identity() identity {
	return response(KeyDescribeDelegationToken, &r.Version)
}

func (r *DescribeDelegationTokenResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.ErrorCode))
	values(c, &r.Tokens)
	c.Millis(&r.ThrottleTime)
	c.Tags(&r.UnknownTags)
}

// DescribedDelegationToken is a token.
type DescribedDelegationToken struct {
	PrincipalType               string // of the owner
	PrincipalName               string // of the owner
	TokenRequesterPrincipalType string // v3 (KIP-373)
	TokenRequesterPrincipalName string // v3 (KIP-373)
	IssueTimestamp              int64  // milliseconds since the epoch, as the next two
	ExpiryTimestamp             int64  // when the token ends unless it is renewed
	MaxTimestamp                int64  // until when it can be renewed
	TokenId                     string
	Hmac                        []byte           // the secret
	Renewers                    []KafkaPrincipal // who may renew the token besides its owner
	UnknownTags                 map[uint32][]byte
}

func (t *DescribedDelegationToken) walk(c *wire.Codec) {
	c.String(&t.PrincipalType)
	c.String(&t.PrincipalName)
	if c.Version >= 3 {
		c.String(&t.TokenRequesterPrincipalType)
		c.String(&t.TokenRequesterPrincipalName)
	}
	c.Int64(&t.IssueTimestamp)
	c.Int64(&t.ExpiryTimestamp)
	c.Int64(&t.MaxTimestamp)
	c.String(&t.TokenId)
	c.Bytes(&t.Hmac)
	values(c, &t.Renewers)
	c.Tags(&t.UnknownTags)
}

package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// CreateDelegationTokenRequest creates a token that authenticates like its owner,
// for a limited time (API CreateDelegationToken, KIP-48).
type CreateDelegationTokenRequest struct {
	Version            int16
	OwnerPrincipalType *string          // v3 (KIP-373); nil for who asks
	OwnerPrincipalName *string          // v3 (KIP-373); nil for who asks
	Renewers           []KafkaPrincipal // who may renew the token besides its owner
	MaxLifetimeMs      int64            // milliseconds; -1 for the brokers' delegation.token.max.lifetime.ms
	UnknownTags        map[uint32][]byte
}

func (r *CreateDelegationTokenRequest) identity() identity {
	return request(KeyCreateDelegationToken, &r.Version)
}

func (r *CreateDelegationTokenRequest) walk(c *wire.Codec) {
	if c.Version >= 3 {
		c.NullString(&r.OwnerPrincipalType)
		c.NullString(&r.OwnerPrincipalName)
	}
	values(c, &r.Renewers)
	c.Int64(&r.MaxLifetimeMs)
	c.Tags(&r.UnknownTags)
}

// CreateDelegationTokenResponse answers a CreateDelegationTokenRequest. The token
// authenticates by SCRAM, with TokenId as the user and Hmac in base64 as the password.
type CreateDelegationTokenResponse struct {
	Version                     int16
	ErrorCode                   KError
	PrincipalType               string // of the owner
	PrincipalName               string // of the owner
	TokenRequesterPrincipalType string // v3 (KIP-373)
	TokenRequesterPrincipalName string // v3 (KIP-373)
	IssueTimestampMs            int64  // milliseconds since the epoch, as the next two
	ExpiryTimestampMs           int64  // when the token ends unless it is renewed
	MaxTimestampMs              int64  // until when it can be renewed
	TokenId                     string
	Hmac                        []byte        // the secret
	ThrottleTime                time.Duration // whole milliseconds
	UnknownTags                 map[uint32][]byte
}

func (r *CreateDelegationTokenResponse) identity() identity {
	return response(KeyCreateDelegationToken, &r.Version)
}

func (r *CreateDelegationTokenResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.ErrorCode))
	c.String(&r.PrincipalType)
	c.String(&r.PrincipalName)
	if c.Version >= 3 {
		c.String(&r.TokenRequesterPrincipalType)
		c.String(&r.TokenRequesterPrincipalName)
	}
	c.Int64(&r.IssueTimestampMs)
	c.Int64(&r.ExpiryTimestampMs)
	c.Int64(&r.MaxTimestampMs)
	c.String(&r.TokenId)
	c.Bytes(&r.Hmac)
	c.Millis(&r.ThrottleTime)
	c.Tags(&r.UnknownTags)
}

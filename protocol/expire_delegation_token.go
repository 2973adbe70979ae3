package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ExpireDelegationTokenRequest ends a token, now or later (API ExpireDelegationToken, KIP-48).
type ExpireDelegationTokenRequest struct {
	Version            int16
	Hmac               []byte // the token's secret, by which it is known here
	ExpiryTimePeriodMs int64  // milliseconds from now on; a negative number ends the token at once
	UnknownTags        map[uint32][]byte
}

func (r *ExpireDelegationTokenRequest) identity() identity {
	return request(KeyExpireDelegationToken, &r.Version)
}

func (r *ExpireDelegationTokenRequest) walk(c *wire.Codec) {
	c.Bytes(&r.Hmac)
	c.Int64(&r.ExpiryTimePeriodMs)
	c.Tags(&r.UnknownTags)
}

// ExpireDelegationTokenResponse answers an ExpireDelegationTokenRequest.
type ExpireDelegationTokenResponse struct {
	Version           int16
	ErrorCode         KError
	ExpiryTimestampMs int64         // milliseconds since the epoch
	ThrottleTime      time.Duration // whole milliseconds
	UnknownTags       map[uint32][]byte
}

func (r *ExpireDelegationTokenResponse) identity() identity {
	return response(KeyExpireDelegationToken, &r.Version)
}

func (r *ExpireDelegationTokenResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Int64(&r.ExpiryTimestampMs)
	c.Millis(&r.ThrottleTime)
	c.Tags(&r.UnknownTags)
}

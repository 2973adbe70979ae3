package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// RenewDelegationTokenRequest lets a token live longer (API RenewDelegationToken, KIP-48).
type RenewDelegationTokenRequest struct {
	Version       int16
	Hmac          []byte // the token's secret, by which it is known here
	RenewPeriodMs int64  // milliseconds from now on; -1 for the brokers' delegation.token.expiry.time.ms
	UnknownTags   map[uint32][]byte
}

func (r *RenewDelegationTokenRequest) identity() identity {
	return request(KeyRenewDelegationToken, &r.Version)
}

func (r *RenewDelegationTokenRequest) walk(c *wire.Codec) {
	c.Bytes(&r.Hmac)
	c.Int64(&r.RenewPeriodMs)
	c.Tags(&r.UnknownTags)
}

// RenewDelegationTokenResponse answers a RenewDelegationTokenRequest.
type RenewDelegationTokenResponse struct {
	Version           int16
	ErrorCode         KError
	ExpiryTimestampMs int64         // milliseconds since the epoch
	ThrottleTime      time.Duration // whole milliseconds
	UnknownTags       map[uint32][]byte
}

func (r *RenewDelegationTokenResponse) identity() identity {
	return response(KeyRenewDelegationToken, &r.Version)
}

func (r *RenewDelegationTokenResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Int64(&r.ExpiryTimestampMs)
	c.Millis(&r.ThrottleTime)
	c.Tags(&r.UnknownTags)
}

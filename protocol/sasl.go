package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// SaslHandshakeRequest chooses how to authenticate (API SaslHandshake, KIP-43).
// After v0 the mechanism's bytes follow bare, after v1 in SaslAuthenticate requests.
type SaslHandshakeRequest struct {
	Mechanism string
	Version   int16
}

func (r *SaslHandshakeRequest) identity() identity { return request(KeySaslHandshake, &r.Version) }

func (r *SaslHandshakeRequest) walk(c *wire.Codec) { c.String(&r.Mechanism) }

// SaslHandshakeResponse answers a SaslHandshakeRequest.
type SaslHandshakeResponse struct {
	Version           int16
	Err               KError
	EnabledMechanisms []string
}

func (r *SaslHandshakeResponse) identity() identity { return response(KeySaslHandshake, &r.Version) }

func (r *SaslHandshakeResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.Err))
	c.Strings(&r.EnabledMechanisms)
}

// SaslAuthenticateRequest carries a step of authentication (API SaslAuthenticate, KIP-152).
type SaslAuthenticateRequest struct {
	Version       int16
	SaslAuthBytes []byte
	UnknownTags   map[uint32][]byte
}

func (r *SaslAuthenticateRequest) identity() identity {
	return request(KeySaslAuthenticate, &r.Version)
}

func (r *SaslAuthenticateRequest) walk(c *wire.Codec) {
	emptyBytes(c, &r.SaslAuthBytes)
	c.Tags(&r.UnknownTags)
}

// SaslAuthenticateResponse answers a SaslAuthenticateRequest.
type SaslAuthenticateResponse struct {
	Version           int16
	Err               KError
	ErrorMessage      *string
	SaslAuthBytes     []byte
	SessionLifetimeMs int64 // milliseconds, v1, after which to authenticate again; 0 for never (KIP-368)
	UnknownTags       map[uint32][]byte
}

func (r *SaslAuthenticateResponse) identity() identity {
	return response(KeySaslAuthenticate, &r.Version)
}

func (r *SaslAuthenticateResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.Err))
	c.NullString(&r.ErrorMessage)
	emptyBytes(c, &r.SaslAuthBytes)
	if c.Version >= 1 {
		c.Int64(&r.SessionLifetimeMs)
	}
	c.Tags(&r.UnknownTags)
}

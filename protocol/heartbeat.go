package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// HeartbeatRequest keeps a member in its group (API Heartbeat).
type HeartbeatRequest struct {
	Version         int16
	GroupId         string
	GenerationId    int32
	MemberId        string
	GroupInstanceId *string // v3, static membership (KIP-345)
	UnknownTags     map[uint32][]byte
}

func (r *HeartbeatRequest) identity() identity { return request(KeyHeartbeat, &r.Version) }

func (r *HeartbeatRequest) walk(c *wire.Codec) {
	c.String(&r.GroupId)
	c.Int32(&r.GenerationId)
	c.String(&r.MemberId)
	if c.Version >= 3 {
		c.NullString(&r.GroupInstanceId)
	}
	c.Tags(&r.UnknownTags)
}

// HeartbeatResponse answers a HeartbeatRequest. Err is ErrRebalanceInProgress
// when the member has to join again.
type HeartbeatResponse struct {
	Version      int16
	ThrottleTime int32 // milliseconds, v1
	Err          KError
	UnknownTags  map[uint32][]byte
}

func (r *HeartbeatResponse) identity() identity { return response(KeyHeartbeat, &r.Version) }

func (r *HeartbeatResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTime)
	}
	c.Int16((*int16)(&r.Err))
	c.Tags(&r.UnknownTags)
}

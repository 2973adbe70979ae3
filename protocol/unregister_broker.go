package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// UnregisterBrokerRequest makes a KRaft cluster forget a broker that is gone for good (API UnregisterBroker, KIP-631).
type UnregisterBrokerRequest struct {
	Version     int16
	BrokerID    int32
	UnknownTags map[uint32][]byte
}

func (r *UnregisterBrokerRequest) identity() identity {
	return request(KeyUnregisterBroker, &r.Version)
}

func (r *UnregisterBrokerRequest) walk(c *wire.Codec) {
	c.Int32(&r.BrokerID)
	c.Tags(&r.UnknownTags)
}

// UnregisterBrokerResponse answers an UnregisterBrokerRequest. ErrorCode is ErrBrokerIDNotRegistered if the cluster does
// not know the broker.
type UnregisterBrokerResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *UnregisterBrokerResponse) identity() identity {
	return response(KeyUnregisterBroker, &r.Version)
}

func (r *UnregisterBrokerResponse) walk(c *wire.Codec) {
	walkOutcome(c, &r.ThrottleTime, &r.ErrorCode, &r.ErrorMessage, &r.UnknownTags)
}

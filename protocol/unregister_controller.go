package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// UnregisterControllerRequest makes a KRaft cluster forget a controller that is gone for good (API UnregisterController,
// of Kafka 4.4).
type UnregisterControllerRequest struct {
	Version      int16
	ControllerID int32
	UnknownTags  map[uint32][]byte
}

func (r *UnregisterControllerRequest) identity() identity {
	return request(KeyUnregisterController, &r.Version)
}

func (r *UnregisterControllerRequest) walk(c *wire.Codec) {
	c.Int32(&r.ControllerID)
	c.Tags(&r.UnknownTags)
}

// UnregisterControllerResponse answers an UnregisterControllerRequest. ErrorCode is ErrControllerIDNotRegistered if the
// cluster does not know the controller.
type UnregisterControllerResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (r *UnregisterControllerResponse) identity() identity {
	return response(KeyUnregisterController, &r.Version)
}

func (r *UnregisterControllerResponse) walk(c *wire.Codec) {
	walkOutcome(c, &r.ThrottleTime, &r.ErrorCode, &r.ErrorMessage, &r.UnknownTags)
}

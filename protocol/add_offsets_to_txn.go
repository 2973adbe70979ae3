package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AddOffsetsToTxnRequest tells the transaction's coordinator that a group's
// offsets are to be committed in it (API AddOffsetsToTxn, KIP-98).
type AddOffsetsToTxnRequest struct {
	Version         int16
	TransactionalID string
	ProducerID      int64
	ProducerEpoch   int16
	GroupID         string
	UnknownTags     map[uint32][]byte
}

func (r *AddOffsetsToTxnRequest) identity() identity { return request(KeyAddOffsetsToTxn, &r.Version) }

func (r *AddOffsetsToTxnRequest) walk(c *wire.Codec) {
	c.String(&r.TransactionalID)
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	c.String(&r.GroupID)
	c.Tags(&r.UnknownTags)
}

// AddOffsetsToTxnResponse answers an AddOffsetsToTxnRequest.
type AddOffsetsToTxnResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Err          KError
	UnknownTags  map[uint32][]byte
}

func (r *AddOffsetsToTxnResponse) identity() identity {
	return response(KeyAddOffsetsToTxn, &r.Version)
}

func (r *AddOffsetsToTxnResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.Err))
	c.Tags(&r.UnknownTags)
}

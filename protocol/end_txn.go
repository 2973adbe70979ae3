package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// EndTxnRequest commits or aborts a transaction (API EndTxn, KIP-98).
type EndTxnRequest struct {
	Version           int16
	TransactionalID   string
	ProducerID        int64
	ProducerEpoch     int16
	TransactionResult bool // true commits, false aborts
	UnknownTags       map[uint32][]byte
}

func (r *EndTxnRequest) identity() identity { return request(KeyEndTxn, &r.Version) }

func (r *EndTxnRequest) walk(c *wire.Codec) {
	c.String(&r.TransactionalID)
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	c.Bool(&r.TransactionResult)
	c.Tags(&r.UnknownTags)
}

// EndTxnResponse answers an EndTxnRequest. From v5 on the producer goes on with
// the id and the epoch that it has (KIP-890).
type EndTxnResponse struct {
	Version       int16
	ThrottleTime  time.Duration // whole milliseconds
	Err           KError
	ProducerID    int64 // v5, -1 with an error
	ProducerEpoch int16 // v5, -1 with an error
	UnknownTags   map[uint32][]byte
}

func (r *EndTxnResponse) identity() identity { return response(KeyEndTxn, &r.Version) }

func (r *EndTxnResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.Err))
	if c.Version >= 5 {
		c.Int64(&r.ProducerID)
		c.Int16(&r.ProducerEpoch)
	}
	c.Tags(&r.UnknownTags)
}

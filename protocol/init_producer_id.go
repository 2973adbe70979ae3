package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// InitProducerIDRequest asks for a producer id and epoch, for an idempotent or a
// transactional producer (API InitProducerId, KIP-98).
type InitProducerIDRequest struct {
	Version            int16
	TransactionalID    *string       // nil for a producer without transactions
	TransactionTimeout time.Duration // whole milliseconds
	ProducerID         int64         // v3, of the producer whose epoch is to be raised, -1 for none (KIP-360)
	ProducerEpoch      int16         // v3, with ProducerID, -1 for none
	Enable2PC          bool          // v6, the transaction is part of a distributed one (KIP-939)
	KeepPreparedTxn    bool          // v6, a prepared transaction is not aborted (KIP-939)
	UnknownTags        map[uint32][]byte
}

func (r *InitProducerIDRequest) identity() identity { return request(KeyInitProducerId, &r.Version) }

func (r *InitProducerIDRequest) walk(c *wire.Codec) {
	c.NullString(&r.TransactionalID)
	c.Millis(&r.TransactionTimeout)
	if c.Version >= 3 {
		c.Int64(&r.ProducerID)
		c.Int16(&r.ProducerEpoch)
	}
	if c.Version >= 6 {
		c.Bool(&r.Enable2PC)
		c.Bool(&r.KeepPreparedTxn)
	}
	c.Tags(&r.UnknownTags)
}

// InitProducerIDResponse answers an InitProducerIDRequest.
type InitProducerIDResponse struct {
	ThrottleTime            time.Duration // whole milliseconds
	Err                     KError
	Version                 int16
	ProducerID              int64
	ProducerEpoch           int16
	OngoingTxnProducerID    int64 // v6, of a prepared transaction, -1 for none (KIP-939)
	OngoingTxnProducerEpoch int16 // v6
	UnknownTags             map[uint32][]byte
}

func (r *InitProducerIDResponse) identity() identity { return response(KeyInitProducerId, &r.Version) }

func (r *InitProducerIDResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.Err))
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	if c.Version >= 6 {
		c.Int64(&r.OngoingTxnProducerID)
		c.Int16(&r.OngoingTxnProducerEpoch)
	}
	c.Tags(&r.UnknownTags)
}

package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// The states of a transactional id, as coordinators name them.
const (
	TransactionStateEmpty             = "Empty"             // no transaction yet
	TransactionStateOngoing           = "Ongoing"           // a transaction is open
	TransactionStatePrepareCommit     = "PrepareCommit"     // its markers of commit are being written
	TransactionStatePrepareAbort      = "PrepareAbort"      // its markers of abort are being written
	TransactionStateCompleteCommit    = "CompleteCommit"    // the last transaction was committed
	TransactionStateCompleteAbort     = "CompleteAbort"     // the last transaction was aborted
	TransactionStateDead              = "Dead"              // the id has expired
	TransactionStatePrepareEpochFence = "PrepareEpochFence" // the producer is being fenced
)

// ListTransactionsRequest asks a broker for the transactions that it coordinates (API ListTransactions, KIP-664).
type ListTransactionsRequest struct {
	Version                int16
	StateFilters           []string // such as TransactionStateOngoing; empty for all
	ProducerIDFilters      []int64  // empty for all
	DurationFilter         int64    // v1, milliseconds that a transaction is open at least, -1 for all (KIP-994)
	TransactionalIDPattern *string  // v2, an RE2 expression, nil for all (KIP-1152)
	UnknownTags            map[uint32][]byte
}

// NewListTransactionsRequest returns a request for all transactions, at the
// version that brokers of a Kafka version know, 1 at most.
func NewListTransactionsRequest(version KafkaVersion) *ListTransactionsRequest {
	return &ListTransactionsRequest{Version: versionFor(KeyListTransactions, version, 1), DurationFilter: -1}
}

func (r *ListTransactionsRequest) identity() identity {
	return request(KeyListTransactions, &r.Version)
}

func (r *ListTransactionsRequest) walk(c *wire.Codec) {
	c.Strings(&r.StateFilters)
	c.Int64s(&r.ProducerIDFilters)
	switch {
	case c.Version >= 1:
		c.Int64(&r.DurationFilter)
	case c.Reading():
		r.DurationFilter = -1
	case r.DurationFilter >= 0: // to leave it out would list too much
		c.Fail(PacketEncodingError{"DurationFilter is not supported. use version 1 or later"})
	}
	switch {
	case c.Version >= 2:
		c.NullString(&r.TransactionalIDPattern)
	case !c.Reading() && r.TransactionalIDPattern != nil:
		c.Fail(PacketEncodingError{"TransactionalIDPattern is not supported. use version 2 or later"})
	}
	c.Tags(&r.UnknownTags)
}

// ListTransactionsResponse answers a ListTransactionsRequest.
type ListTransactionsResponse struct {
	Version             int16
	ThrottleTime        time.Duration // whole milliseconds
	ErrorCode           KError
	UnknownStateFilters []string // those of the request that the broker does not know
	TransactionStates   []ListTransactionsResponseTransactionState
	UnknownTags         map[uint32][]byte
}

// ListTransactionsResponseTransactionState is a transaction of a list.
type ListTransactionsResponseTransactionState struct {
	TransactionalID  string
	ProducerID       int64
	TransactionState string // such as TransactionStateOngoing
}

func (r *ListTransactionsResponse) identity() identity {
	return response(KeyListTransactions, &r.Version)
}

func (r *ListTransactionsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.Strings(&r.UnknownStateFilters)
	values(c, &r.TransactionStates)
	c.Tags(&r.UnknownTags)
}

func (s *ListTransactionsResponseTransactionState) walk(c *wire.Codec) {
	c.String(&s.TransactionalID)
	c.Int64(&s.ProducerID)
	c.String(&s.TransactionState)
	c.Tags(nil)
}

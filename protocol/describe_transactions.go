package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeTransactionsRequest asks a coordinator for the state of transactions (API DescribeTransactions, KIP-664).
type DescribeTransactionsRequest struct {
	Version          int16
	TransactionalIDs []string // none gives no answers
	UnknownTags      map[uint32][]byte
}

func (r *DescribeTransactionsRequest) identity() identity {
	return request(KeyDescribeTransactions, &r.Version)
}

func (r *DescribeTransactionsRequest) walk(c *wire.Codec) {
	c.Strings(&r.TransactionalIDs)
	c.Tags(&r.UnknownTags)
}

// DescribeTransactionsResponse answers a DescribeTransactionsRequest, transaction by transaction.
type DescribeTransactionsResponse struct {
	Version           int16
	ThrottleTime      time.Duration // whole milliseconds
	TransactionStates []TransactionState
	UnknownTags       map[uint32][]byte
}

// TransactionState is the state of a transactional id.
type TransactionState struct {
	ErrorCode            KError
	TransactionalID      string
	TransactionState     string        // such as TransactionStateOngoing
	TransactionTimeout   time.Duration // whole milliseconds
	TransactionStartTime int64         // milliseconds since the epoch, -1 if none is open
	ProducerID           int64
	ProducerEpoch        int16
	Topics               []DescribeTransactionsResponseTopic // of the open transaction, or without its marker yet
	UnknownTags          map[uint32][]byte
}

// DescribeTransactionsResponseTopic lists partitions of a topic that are in a transaction.
type DescribeTransactionsResponseTopic struct {
	Topic       string
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (r *DescribeTransactionsResponse) identity() identity {
	return response(KeyDescribeTransactions, &r.Version)
}

func (r *DescribeTransactionsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.TransactionStates)
	c.Tags(&r.UnknownTags)
}

func (s *TransactionState) walk(c *wire.Codec) {
	c.Int16((*int16)(&s.ErrorCode))
	c.String(&s.TransactionalID)
	c.String(&s.TransactionState)
	c.Millis(&s.TransactionTimeout)
	c.Int64(&s.TransactionStartTime)
	c.Int64(&s.ProducerID)
	c.Int16(&s.ProducerEpoch)
	values(c, &s.Topics)
	c.Tags(&s.UnknownTags)
}

func (t *DescribeTransactionsResponseTopic) walk(c *wire.Codec) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

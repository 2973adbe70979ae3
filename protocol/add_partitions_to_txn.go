package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AddPartitionsToTxnRequest adds partitions to a transaction before its first
// records go to them (API AddPartitionsToTxn, KIP-98).
type AddPartitionsToTxnRequest struct {
	Version         int16
	TransactionalID string
	ProducerID      int64
	ProducerEpoch   int16
	TopicPartitions map[string][]int32
	// Transactions adds partitions to several transactions at once, as brokers
	// do (v4, KIP-890); nil writes the one of the fields above. What is read at
	// v4 has the first of them in the fields above, too.
	Transactions []*AddPartitionsToTxnTransaction
	UnknownTags  map[uint32][]byte
}

// AddPartitionsToTxnTransaction is a transaction of a batched request (v4, KIP-890).
type AddPartitionsToTxnTransaction struct {
	TransactionalID string
	ProducerID      int64
	ProducerEpoch   int16
	VerifyOnly      bool // asks whether the partitions are in the transaction, and adds none
	TopicPartitions map[string][]int32
	UnknownTags     map[uint32][]byte
}

func (r *AddPartitionsToTxnRequest) identity() identity {
	return request(KeyAddPartitionsToTxn, &r.Version)
}

func (r *AddPartitionsToTxnRequest) walk(c *wire.Codec) {
	if c.Version >= 4 {
		r.walkBatch(c)
	} else {
		c.String(&r.TransactionalID)
		c.Int64(&r.ProducerID)
		c.Int16(&r.ProducerEpoch)
		partitionLists(c, &r.TopicPartitions)
		nilAsEmpty(c, &r.TopicPartitions)
	}
	c.Tags(&r.UnknownTags)
}

func (r *AddPartitionsToTxnRequest) walkBatch(c *wire.Codec) {
	if !c.Reading() && r.Transactions == nil {
		structs(c, &[]*AddPartitionsToTxnTransaction{{
			TransactionalID: r.TransactionalID,
			ProducerID:      r.ProducerID,
			ProducerEpoch:   r.ProducerEpoch,
			TopicPartitions: r.TopicPartitions,
		}})
		return
	}
	structs(c, &r.Transactions)
	if !c.Reading() {
		return
	}
	first := new(AddPartitionsToTxnTransaction)
	if len(r.Transactions) > 0 {
		first = r.Transactions[0]
	}
	r.TransactionalID, r.ProducerID = first.TransactionalID, first.ProducerID
	r.ProducerEpoch, r.TopicPartitions = first.ProducerEpoch, first.TopicPartitions
}

func (t *AddPartitionsToTxnTransaction) walk(c *wire.Codec) {
	c.String(&t.TransactionalID)
	c.Int64(&t.ProducerID)
	c.Int16(&t.ProducerEpoch)
	c.Bool(&t.VerifyOnly)
	partitionLists(c, &t.TopicPartitions)
	nilAsEmpty(c, &t.TopicPartitions)
	c.Tags(&t.UnknownTags)
}

// AddPartitionsToTxnResponse answers an AddPartitionsToTxnRequest. From v4 on it
// has the results of all transactions, and Errors, which is not written then,
// reads as that of the first.
type AddPartitionsToTxnResponse struct {
	Version      int16
	ThrottleTime time.Duration                // whole milliseconds
	Errors       map[string][]*PartitionError // by topic; ErrNoError is success
	Err          KError                       // v4, of the request as a whole
	Results      []*AddPartitionsToTxnResult  // v4, one per transaction (KIP-890)
	UnknownTags  map[uint32][]byte
}

// AddPartitionsToTxnResult is the result of one transaction of a batched request (v4, KIP-890).
type AddPartitionsToTxnResult struct {
	TransactionalID string
	Errors          map[string][]*PartitionError // by topic; ErrNoError is success
	UnknownTags     map[uint32][]byte
}

func (r *AddPartitionsToTxnResponse) identity() identity {
	return response(KeyAddPartitionsToTxn, &r.Version)
}

func (r *AddPartitionsToTxnResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	if c.Version < 4 {
		partitionErrors(c, noTopicIDs, &r.Errors, nil)
		c.Tags(&r.UnknownTags)
		return
	}
	c.Int16((*int16)(&r.Err))
	structs(c, &r.Results)
	if c.Reading() {
		r.Errors = make(map[string][]*PartitionError)
		if len(r.Results) > 0 {
			r.Errors = r.Results[0].Errors
		}
	}
	c.Tags(&r.UnknownTags)
}

func (r *AddPartitionsToTxnResult) walk(c *wire.Codec) {
	c.String(&r.TransactionalID)
	partitionErrors(c, noTopicIDs, &r.Errors, nil)
	c.Tags(&r.UnknownTags)
}

// PartitionError is the outcome for a partition.
type PartitionError struct {
	Partition   int32
	Err         KError // ErrNoError is success
	UnknownTags map[uint32][]byte
}

func (p *PartitionError) walk(c *wire.Codec) {
	c.Int32(&p.Partition)
	c.Int16((*int16)(&p.Err))
	c.Tags(&p.UnknownTags)
}

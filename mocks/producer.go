package mocks

import (
	"sync"

	"github.com/seed20e6684a/sarama"
)

// producer is what both kinds of producers have in common.
type producer struct {
	t              ErrorReporter
	topics         *TopicConfig
	newPartitioner sarama.PartitionerConstructor
	expected       expectations
	txn            transaction

	mu           sync.Mutex // guards what follows
	partitioners map[string]sarama.Partitioner
	lastOffset   int64
}

func newProducer(t ErrorReporter, config *sarama.Config, topics *TopicConfig) *producer {
	p := &producer{
		t:              t,
		topics:         topics,
		newPartitioner: config.Producer.Partitioner,
		txn:            transaction{transactional: config.Producer.Transaction.ID != "", status: sarama.ProducerTxnFlagReady},
		partitioners:   make(map[string]sarama.Partitioner),
	}
	if p.newPartitioner == nil {
		p.newPartitioner = sarama.NewHashPartitioner
	}
	return p
}

// produce does what is expected with a message, whose partition and offset it sets. met: its error is the one that was expected.
func (p *producer) produce(msg *sarama.ProducerMessage, expected *expectation) (met bool, err error) {
	partition, err := p.partitioner(msg.Topic).Partition(msg, p.topics.partitions(msg.Topic))
	if err != nil {
		p.t.Errorf("Partitioner returned an error: %s (%s)", err.Error(), expected)
		return false, err
	}
	msg.Partition = partition
	if expected.check != nil {
		if err := expected.check(msg); err != nil {
			p.t.Errorf("Check function returned an error: %s (%s)", err.Error(), expected)
			return false, err
		}
	}
	if expected.result != nil {
		return true, expected.result
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastOffset++
	msg.Offset = p.lastOffset
	return true, nil
}

// begun tells whether messages can be sent now: not by a transactional producer without a transaction.
func (p *producer) begun() bool {
	if !p.txn.transactional || p.txn.TxnStatus()&sarama.ProducerTxnFlagInTransaction != 0 {
		return true
	}
	p.t.Errorf("attempt to send message when transaction is not started or is in ending state.")
	return false
}

func (p *producer) partitioner(topic string) sarama.Partitioner {
	p.mu.Lock()
	defer p.mu.Unlock()
	partitioner := p.partitioners[topic]
	if partitioner == nil {
		partitioner = p.newPartitioner(topic)
		p.partitioners[topic] = partitioner
	}
	return partitioner
}

// transaction is the part of a producer that has to do with transactions. They begin and end as they are told.
type transaction struct {
	transactional bool

	mu     sync.Mutex // guards what follows
	status sarama.ProducerTxnStatusFlag
}

func (t *transaction) set(status sarama.ProducerTxnStatusFlag) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status = status
	return nil
}

// TxnStatus returns the state of the transaction.
func (t *transaction) TxnStatus() sarama.ProducerTxnStatusFlag {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}

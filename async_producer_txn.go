package sarama

import "context"

// IsTransactional implements AsyncProducer and SyncProducer.
func (p *asyncProducer) IsTransactional() bool { return p.txn != nil }

// TxnStatus implements AsyncProducer and SyncProducer. Without transactions a producer is ready if it is idempotent.
func (p *asyncProducer) TxnStatus() ProducerTxnStatusFlag {
	switch {
	case p.txn != nil:
		return p.txn.txnStatus()
	case p.keeper != nil:
		return ProducerTxnFlagReady
	default:
		return ProducerTxnFlagUninitialized
	}
}

// transactional returns an error for producers without transactions.
func (p *asyncProducer) transactional(method string) error {
	if p.txn == nil {
		p.conf.debugLog().Printf("producer/txnmgr attempt to call %s on a non-transactional producer\n", method)
		return ErrNonTransactedProducer
	}
	return nil
}

// produceLimit is the highest version of Produce to use, 0 if any may be: in transactions of version 1 those of version 2 would
// add partitions by themselves.
func (p *asyncProducer) produceLimit() int16 {
	if p.txn == nil || p.txn.isImplicit() {
		return 0
	}
	return maxProduceExplicit
}

// BeginTxn implements AsyncProducer and SyncProducer.
func (p *asyncProducer) BeginTxn() error {
	if err := p.transactional("BeginTxn"); err != nil {
		return err
	}
	return p.txn.begin()
}

// CommitTxn implements AsyncProducer and SyncProducer.
func (p *asyncProducer) CommitTxn() error {
	if err := p.transactional("CommitTxn"); err != nil {
		return err
	}
	p.conf.debugLog().Printf("producer/txnmgr [%s] committing transaction\n", logTransaction(p.txn.id))
	if err := p.endTxn(true); err != nil {
		return err
	}
	p.conf.debugLog().Printf("producer/txnmgr [%s] transaction committed\n", logTransaction(p.txn.id))
	return nil
}

// AbortTxn implements AsyncProducer and SyncProducer.
func (p *asyncProducer) AbortTxn() error {
	if err := p.transactional("AbortTxn"); err != nil {
		return err
	}
	p.conf.debugLog().Printf("producer/txnmgr [%s] aborting transaction\n", logTransaction(p.txn.id))
	if err := p.endTxn(false); err != nil {
		return err
	}
	p.conf.debugLog().Printf("producer/txnmgr [%s] transaction aborted\n", logTransaction(p.txn.id))
	return nil
}

// endTxn waits for the outcome of all messages that were sent before, and ends the transaction.
func (p *asyncProducer) endTxn(commit bool) error {
	p.txn.ending <- struct{}{}
	defer func() { <-p.txn.ending }()
	p.inOrder(func() {
		p.txn.beginEnd(commit)
		p.flushHeld(newFlushMark())
	})
	_ = p.ledger.wait(context.Background())
	return p.txn.finish(commit)
}

// AddOffsetsToTxn implements AsyncProducer and SyncProducer.
func (p *asyncProducer) AddOffsetsToTxn(offsets map[string][]*PartitionOffsetMetadata, groupId string) error {
	return p.AddOffsetsToTxnWithGroupMetadata(offsets, NewConsumerGroupMetadata(groupId))
}

// AddOffsetsToTxnWithGroupMetadata implements AsyncProducer and SyncProducer.
func (p *asyncProducer) AddOffsetsToTxnWithGroupMetadata(offsets map[string][]*PartitionOffsetMetadata, groupMetadata *ConsumerGroupMetadata) error {
	if err := p.transactional("AddOffsetsToTxn"); err != nil {
		return err
	}
	if groupMetadata == nil || groupMetadata.GroupID == "" {
		return ConfigurationError("offsets of a transaction need a group")
	}
	p.conf.debugLog().Printf("producer/txnmgr [%s] add offsets to transaction\n", logTransaction(p.txn.id))
	return p.txn.addOffsets(offsets, groupMetadata)
}

// AddMessageToTxn implements AsyncProducer and SyncProducer.
func (p *asyncProducer) AddMessageToTxn(msg *ConsumerMessage, groupId string, metadata *string) error {
	return p.AddMessageToTxnWithGroupMetadata(msg, NewConsumerGroupMetadata(groupId), metadata)
}

// AddMessageToTxnWithGroupMetadata implements AsyncProducer and SyncProducer.
func (p *asyncProducer) AddMessageToTxnWithGroupMetadata(msg *ConsumerMessage, groupMetadata *ConsumerGroupMetadata, metadata *string) error {
	next := &PartitionOffsetMetadata{Partition: msg.Partition, Offset: msg.Offset + 1, LeaderEpoch: -1, Metadata: metadata}
	return p.AddOffsetsToTxnWithGroupMetadata(map[string][]*PartitionOffsetMetadata{msg.Topic: {next}}, groupMetadata)
}

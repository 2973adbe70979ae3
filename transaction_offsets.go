package sarama

import (
	"fmt"

	"github.com/seed20e6684a/sarama/protocol"
)

// groupMember tells apart whose offsets these are: those of one generation are never committed with another's.
type groupMember struct {
	group, member, instance string
	generation              int32
	static                  bool
}

func groupMemberOf(m *ConsumerGroupMetadata) groupMember {
	g := groupMember{group: m.GroupID, member: m.MemberID, generation: m.GenerationID}
	if m.GroupInstanceID != nil {
		g.instance, g.static = *m.GroupInstanceID, true
	}
	return g
}

// txnOffsets are offsets that become part of the transaction when it is committed.
type txnOffsets struct {
	metadata *ConsumerGroupMetadata
	offsets  map[topicPartition]*PartitionOffsetMetadata
}

// addOffsets notes offsets to be committed with the transaction. A newer offset of a partition replaces an older one of
// the same group.
func (t *transactionManager) addOffsets(offsets map[string][]*PartitionOffsetMetadata, metadata *ConsumerGroupMetadata) error {
	t.ending <- struct{}{}
	defer func() { <-t.ending }()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.status&ProducerTxnFlagInTransaction == 0 {
		return t.misfitLocked(ErrTransactionNotReady)
	}
	member := groupMemberOf(metadata)
	if t.offsets[member] == nil {
		t.offsets[member] = &txnOffsets{offsets: make(map[topicPartition]*PartitionOffsetMetadata)}
	}
	t.offsets[member].metadata = metadata
	for topic, partitions := range offsets {
		for _, offset := range partitions {
			tp := topicPartition{topic, offset.Partition}
			t.forgetOffsetLocked(member, tp)
			t.offsets[member].offsets[tp] = offset
		}
	}
	return nil
}

// forgetOffsetLocked drops what other members of the group have for the partition.
func (t *transactionManager) forgetOffsetLocked(member groupMember, tp topicPartition) {
	for other, o := range t.offsets {
		if other == member || other.group != member.group {
			continue
		}
		delete(o.offsets, tp)
		if len(o.offsets) == 0 {
			delete(t.offsets, other)
		}
	}
}

// commitOffsets makes all offsets part of the transaction.
func (t *transactionManager) commitOffsets() error {
	for {
		t.mu.Lock()
		var member groupMember
		var o *txnOffsets
		for member, o = range t.offsets {
			break
		}
		t.mu.Unlock()
		if o == nil {
			return nil
		}
		if err := t.publishOffsets(o); err != nil {
			return err
		}
		t.mu.Lock()
		delete(t.offsets, member)
		t.mu.Unlock()
	}
}

// publishOffsets makes a group's offsets part of the transaction.
func (t *transactionManager) publishOffsets(o *txnOffsets) error {
	group, identity, implicit := o.metadata.GroupID, t.identity(), t.isImplicit()
	if !implicit {
		if err := t.addGroup(group, identity); err != nil {
			return err
		}
	}
	t.mu.Lock()
	t.offsetsAdded = true
	t.mu.Unlock()
	return t.run(&txnCall{
		name: "txn-offset-commit", does: "committing offsets of group " + group, kind: CoordinatorGroup, key: group, stray: true,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			response, err := coordinator.TxnOffsetCommit(t.offsetCommit(o, identity, implicit))
			if err != nil {
				return 0, nil, err
			}
			v, failed := offsetsCommitted(o.offsets, response.Topics)
			if len(failed) == 0 && len(o.offsets) > 0 {
				return 0, nil, Wrap(ErrTxnOffsetCommit, ErrIncompleteResponse)
			}
			switch v {
			case txnDone:
				return v, nil, nil
			case txnRetry, txnMoved:
				return v, Wrap(ErrTxnOffsetCommit, failed...), nil
			default:
				return v, failed[len(failed)-1], nil
			}
		},
	})
}

// addGroup tells the coordinator of the transaction that a group's offsets are part of it.
func (t *transactionManager) addGroup(group string, identity producerIdentity) error {
	return t.run(&txnCall{
		name: "add-offset-to-txn", does: "adding group " + group + " to the transaction", kind: CoordinatorTransaction, key: t.id, stray: true,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			response, err := coordinator.AddOffsetsToTxn(&AddOffsetsToTxnRequest{
				Version:         t.version(protocol.KeyAddOffsetsToTxn, maxAddOffsetsToTxn),
				TransactionalID: t.id,
				ProducerID:      identity.id,
				ProducerEpoch:   identity.epoch,
				GroupID:         group,
			})
			if err != nil {
				return 0, nil, err
			}
			return judgeTxn(response.Err, addOffsetsSpecial), response.Err, nil
		},
	})
}

func (t *transactionManager) offsetCommit(o *txnOffsets, identity producerIdentity, implicit bool) *TxnOffsetCommitRequest {
	limit := int16(maxTxnOffsetCommitExplicit)
	if implicit {
		limit = maxTxnOffsetCommit
	}
	request := &TxnOffsetCommitRequest{
		Version:         t.version(protocol.KeyTxnOffsetCommit, limit),
		TransactionalID: t.id,
		GroupID:         o.metadata.GroupID,
		ProducerID:      identity.id,
		ProducerEpoch:   identity.epoch,
		GenerationID:    o.metadata.GenerationID,
		MemberID:        o.metadata.MemberID,
		GroupInstanceID: o.metadata.GroupInstanceID,
		Topics:          make(map[string][]*PartitionOffsetMetadata),
	}
	for tp, offset := range o.offsets {
		request.Topics[tp.topic] = append(request.Topics[tp.topic], offset)
	}
	return request
}

// offsetsCommitted takes what was committed out of offsets, and returns the worst verdict with all errors, its own last.
func offsetsCommitted(offsets map[topicPartition]*PartitionOffsetMetadata, results map[string][]*PartitionError) (txnVerdict, []error) {
	worst := txnDone
	var failed []error
	for topic, errs := range results {
		for _, e := range errs {
			tp, v := topicPartition{topic, e.Partition}, judgeTxn(e.Err, offsetCommitSpecial)
			switch {
			case v == txnDone:
				delete(offsets, tp)
			case v >= worst:
				worst, failed = v, append(failed, fmt.Errorf("%v: %w", tp, e.Err))
			default:
				failed = append([]error{fmt.Errorf("%v: %w", tp, e.Err)}, failed...)
			}
		}
	}
	return worst, failed
}

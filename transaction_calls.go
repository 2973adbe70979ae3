package sarama

import (
	"context"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// Versions of requests above these belong to transactions of KIP-890, or are for brokers among themselves.
const (
	maxAddPartitionsToTxn = 3
	maxAddOffsetsToTxn    = 4
	maxTxnOffsetCommit    = 4
	maxEndTxn             = 4
	maxInitProducerID     = 5
)

// firstPartitionsBackoff is how long a retry of a transaction's first partitions waits at most: the coordinator is still
// completing the transaction before, which takes little time.
const firstPartitionsBackoff = 20 * time.Millisecond

// txnVerdict is what an error code of a coordinator means for the transaction.
type txnVerdict uint8

const (
	txnDone      txnVerdict = iota
	txnRetry                // ask again
	txnMoved                // ask which broker is the coordinator, then ask again
	txnAbortable            // the transaction must be aborted
	txnBumpable             // the transaction must be aborted and the epoch raised
	txnFatal                // the producer must be closed
)

// judgeTxn decides by the error code of any of a transaction's requests. Each request's own codes come first: see special.
func judgeTxn(code KError, special map[KError]txnVerdict) txnVerdict {
	if v, ok := special[code]; ok {
		return v
	}
	switch code {
	case ErrNoError:
		return txnDone
	case ErrConsumerCoordinatorNotAvailable, ErrNotCoordinatorForConsumer:
		return txnMoved
	case ErrOffsetsLoadInProgress, ErrConcurrentTransactions:
		return txnRetry
	case ErrUnknownProducerID:
		return txnBumpable
	}
	if protocol.Retriable(code) {
		return txnRetry
	}
	return txnFatal
}

// The codes that mean something else for one request than for the others.
var (
	initSpecial          = map[KError]txnVerdict{ErrUnknownProducerID: txnFatal}
	addPartitionsSpecial = map[KError]txnVerdict{
		ErrUnknownTopicOrPartition:  txnRetry,
		ErrOperationNotAttempted:    txnAbortable,
		ErrTopicAuthorizationFailed: txnAbortable,
	}
	addOffsetsSpecial   = map[KError]txnVerdict{ErrGroupAuthorizationFailed: txnAbortable}
	offsetCommitSpecial = map[KError]txnVerdict{
		ErrRequestTimedOut:          txnMoved,
		ErrUnknownTopicOrPartition:  txnRetry,
		ErrIllegalGeneration:        txnAbortable,
		ErrUnknownMemberId:          txnAbortable,
		ErrFencedInstancedId:        txnAbortable,
		ErrGroupAuthorizationFailed: txnAbortable,
		ErrUnknownProducerID:        txnFatal,
	}
)

// pass does what a verdict says, and tells whether to try again.
func (t *transactionManager) pass(v txnVerdict, code error) (again bool, err error) {
	switch v {
	case txnDone:
		return false, nil
	case txnRetry, txnMoved:
		return true, code
	case txnAbortable:
		return false, t.abortable(code)
	case txnBumpable:
		return false, t.abortableIfBumpable(code)
	default:
		return false, t.fatal(code)
	}
}

// txnCall is a request to a coordinator, with retries.
type txnCall struct {
	name string          // as logs have it
	kind CoordinatorType // whom to ask
	key  string
	// backoff bounds the wait before a retry; 0: no bound
	backoff time.Duration
	attempt func(coordinator *Broker) (v txnVerdict, code error, err error)
}

// run makes a call until it has succeeded or failed for good.
func (t *transactionManager) run(call *txnCall) error {
	retry := &t.conf.Producer.Transaction.Retry
	backoff := backoffOf(retry.Backoff, retry.BackoffFunc)
	r := retrier{
		max: retry.Max,
		backoff: func(retries, maxRetries int) time.Duration {
			d := backoff(retries, maxRetries)
			if call.backoff > 0 {
				d = min(d, call.backoff)
			}
			return d
		},
		onRetry: func(backoff time.Duration, remaining int, err error) {
			Logger.Printf("txnmgr/%s [%s] retrying after %dms... (%d attempts remaining) (%s)\n",
				call.name, t.id, backoff/time.Millisecond, remaining, err)
		},
	}
	return r.do(t.ctx, func(ctx context.Context) (bool, error) {
		coordinator, err := t.client.coordinator(ctx, call.kind, call.key)
		if err != nil {
			return true, err
		}
		v, code, err := call.attempt(coordinator)
		if err != nil || v == txnMoved {
			_ = t.client.refreshCoordinator(ctx, call.kind, call.key)
		}
		if err != nil {
			return true, err
		}
		return t.pass(v, code)
	})
}

// version is the one to ask with: what Config.Version has, at most limit.
func (t *transactionManager) version(key, limit int16) int16 {
	return max(min(protocol.MaxVersionFor(key, t.conf.Version), limit), 0)
}

// initialize gets the producer its id, or another epoch. The transaction before, if the coordinator still has one of this
// transactional id, is aborted by that.
func (t *transactionManager) initialize() error {
	before := t.identity()
	request := &InitProducerIDRequest{
		Version:            t.version(protocol.KeyInitProducerId, maxInitProducerID),
		TransactionalID:    &t.id,
		TransactionTimeout: t.conf.Producer.Transaction.Timeout,
		ProducerID:         before.id,
		ProducerEpoch:      before.epoch,
	}
	if t.bumpable && before != noIdentity {
		if err := t.transition(ProducerTxnFlagInitializing, nil); err != nil {
			return err
		}
	}
	var next producerIdentity
	err := t.run(&txnCall{
		name: "init-producer-id", kind: CoordinatorTransaction, key: t.id,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			response, err := coordinator.InitProducerID(request)
			if err != nil {
				return 0, nil, err
			}
			next = producerIdentity{response.ProducerID, response.ProducerEpoch}
			return judgeTxn(response.Err, initSpecial), response.Err, nil
		},
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		// The epoch is still to be raised: the next commit or abort tries again.
		t.bumpRequired = before != noIdentity
		return err
	}
	if err := t.transitionLocked(ProducerTxnFlagReady, nil); err != nil {
		return err
	}
	t.current = next
	Logger.Printf("txnmgr/init-producer-id [%s] obtained a ProducerId: %d and ProducerEpoch: %d\n", t.id, next.id, next.epoch)
	return nil
}

// addPartitions makes partitions part of the transaction.
func (t *transactionManager) addPartitions(partitions map[topicPartition]struct{}) error {
	call := &txnCall{name: "add-partition-to-txn", kind: CoordinatorTransaction, key: t.id}
	t.mu.Lock()
	identity := t.current
	if len(t.partitions) == 0 {
		call.backoff = firstPartitionsBackoff
	}
	t.mu.Unlock()
	call.attempt = func(coordinator *Broker) (txnVerdict, error, error) {
		request := &AddPartitionsToTxnRequest{
			Version:         t.version(protocol.KeyAddPartitionsToTxn, maxAddPartitionsToTxn),
			TransactionalID: t.id,
			ProducerID:      identity.id,
			ProducerEpoch:   identity.epoch,
			TopicPartitions: make(map[string][]int32),
		}
		for tp := range partitions {
			request.TopicPartitions[tp.topic] = append(request.TopicPartitions[tp.topic], tp.partition)
		}
		response, err := coordinator.AddPartitionsToTxn(request)
		if err != nil {
			return 0, nil, err
		}
		v, failed := t.partitionsAdded(partitions, response.Errors)
		if len(failed) == 0 && len(partitions) > 0 {
			return 0, nil, Wrap(ErrAddPartitionsToTxn, ErrIncompleteResponse)
		}
		if v == txnRetry || v == txnMoved {
			return v, Wrap(ErrAddPartitionsToTxn, failed...), nil
		}
		if v != txnDone {
			return v, failed[len(failed)-1], nil
		}
		return v, nil, nil
	}
	return t.run(call)
}

// partitionsAdded takes what was added out of partitions, and returns the worst verdict with all errors, its own last.
func (t *transactionManager) partitionsAdded(partitions map[topicPartition]struct{}, results map[string][]*PartitionError) (txnVerdict, []error) {
	worst := txnDone
	var failed []error
	t.mu.Lock()
	defer t.mu.Unlock()
	for topic, errs := range results {
		for _, e := range errs {
			tp := topicPartition{topic, e.Partition}
			v := judgeTxn(e.Err, addPartitionsSpecial)
			if v == txnDone {
				t.partitions[tp] = struct{}{}
				delete(partitions, tp)
				continue
			}
			if v >= worst {
				worst, failed = v, append(failed, e.Err)
			} else {
				failed = append([]error{e.Err}, failed...)
			}
		}
	}
	return worst, failed
}

// publishOffsets makes a group's offsets part of the transaction.
func (t *transactionManager) publishOffsets(o *txnOffsets) error {
	group, identity := o.metadata.GroupID, t.identity()
	err := t.run(&txnCall{
		name: "add-offset-to-txn", kind: CoordinatorTransaction, key: t.id,
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
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.offsetsAdded = true
	t.mu.Unlock()
	return t.run(&txnCall{
		name: "txn-offset-commit", kind: CoordinatorGroup, key: group,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			response, err := coordinator.TxnOffsetCommit(t.offsetCommit(o, identity))
			if err != nil {
				return 0, nil, err
			}
			v, failed := offsetsCommitted(o.offsets, response.Topics)
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

func (t *transactionManager) offsetCommit(o *txnOffsets, identity producerIdentity) *TxnOffsetCommitRequest {
	request := &TxnOffsetCommitRequest{
		Version:         t.version(protocol.KeyTxnOffsetCommit, maxTxnOffsetCommit),
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
			v := judgeTxn(e.Err, offsetCommitSpecial)
			switch {
			case v == txnDone:
				delete(offsets, topicPartition{topic, e.Partition})
			case v >= worst:
				worst, failed = v, append(failed, e.Err)
			default:
				failed = append([]error{e.Err}, failed...)
			}
		}
	}
	return worst, failed
}

// endTxn commits or aborts the transaction at the coordinator.
func (t *transactionManager) endTxn(commit bool) error {
	identity := t.identity()
	err := t.run(&txnCall{
		name: "endtxn", kind: CoordinatorTransaction, key: t.id,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			response, err := coordinator.EndTxn(&EndTxnRequest{
				Version:           t.version(protocol.KeyEndTxn, maxEndTxn),
				TransactionalID:   t.id,
				ProducerID:        identity.id,
				ProducerEpoch:     identity.epoch,
				TransactionResult: commit,
			})
			if err != nil {
				return 0, nil, err
			}
			return judgeTxn(response.Err, nil), response.Err, nil
		},
	})
	if err != nil {
		return err
	}
	return t.complete()
}

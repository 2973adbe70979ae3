package sarama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// The versions of requests that end transactions of version 1 and begin those of version 2 (KIP-890). A request of the latter
// adds what it is for to the transaction, and the end of the transaction raises the epoch.
const (
	maxProduceExplicit         = 11
	maxTxnOffsetCommitExplicit = 4
	maxTxnOffsetCommit         = 5 // later ones have topic ids
	maxEndTxnExplicit          = 4
	maxEndTxn                  = 5
	maxAddPartitionsToTxn      = 3 // later ones are for brokers among themselves
	maxAddOffsetsToTxn         = 4
	maxInitProducerID          = 5 // later ones have two-phase commits
)

// transactionVersionImplicit is the level of the cluster's feature transaction.version from which on its transactions are of
// version 2.
const transactionVersionImplicit = 2

// turnBackoff is how long a retry waits while the coordinator completes the transaction before, which mostly takes little
// time: 20 ms, which double with each five retries, at most what the Config has.
func (t *transactionManager) turnBackoff(retries int) time.Duration {
	retry := &t.conf.Producer.Transaction.Retry
	most := backoffOf(retry.Backoff, retry.BackoffFunc)(retries, retry.Max)
	return min(most, 20*time.Millisecond<<min(retries/5, 10))
}

// txnVerdict is what an error code of a coordinator means for the transaction.
type txnVerdict uint8

const (
	txnDone      txnVerdict = iota
	txnRetry                // ask again
	txnMoved                // ask which broker is the coordinator, then ask again
	txnAbortable            // the transaction must be aborted
	txnBumpable             // the transaction must be aborted and the epoch raised
	txnFatal                // the producer must be closed
	txnOtherwise            // the caller knows what to do about it
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
	case ErrTransactionAbortable:
		return txnAbortable
	}
	if protocol.Retriable(code) {
		return txnRetry
	}
	return txnFatal
}

// judgeSearch decides by what the search for a coordinator failed with.
func judgeSearch(err error) txnVerdict {
	switch {
	case errors.Is(err, ErrTransactionalIDAuthorizationFailed):
		return txnFatal
	case errors.Is(err, ErrGroupAuthorizationFailed):
		return txnAbortable
	default:
		return txnRetry
	}
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
		ErrStaleMemberEpoch:         txnAbortable,
		ErrRebalanceInProgress:      txnAbortable,
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
	case txnOtherwise:
		return false, code
	default:
		return false, t.fatal(code)
	}
}

// txnCall is a request to a coordinator, with retries.
type txnCall struct {
	name    string          // as logs have it
	does    string          // as errors have it
	kind    CoordinatorType // whom to ask
	key     string
	hasty   bool // the wait before a retry is turnBackoff
	stray   bool // a request of which nothing was heard could do harm to the next transaction, were that of the same epoch
	attempt func(coordinator *Broker) (v txnVerdict, code error, err error)
}

// run makes a call until it has succeeded or failed for good.
func (t *transactionManager) run(call *txnCall) error {
	retry := &t.conf.Producer.Transaction.Retry
	r := retrier{
		max: retry.Max, backoff: backoffOf(retry.Backoff, retry.BackoffFunc),
		onRetry: func(backoff time.Duration, remaining int, err error) {
			t.conf.log().Printf("txnmgr/%s [%s] retrying after %dms... (%d attempts remaining) (%s)\n",
				call.name, logTransaction(t.id), backoff/time.Millisecond, remaining, err)
		},
	}
	if call.hasty {
		r.backoff = func(retries, _ int) time.Duration { return t.turnBackoff(retries) }
	}
	err := r.do(t.ctx, func(ctx context.Context) (bool, error) {
		coordinator, err := t.client.coordinator(ctx, call.kind, call.key)
		if err != nil {
			return t.pass(judgeSearch(err), t.failure(call, nil, err))
		}
		v, code, err := call.attempt(coordinator)
		if err != nil || v == txnMoved {
			_ = t.client.refreshCoordinator(ctx, call.kind, call.key)
		}
		if err != nil {
			if call.stray && !unsent(err) {
				t.noteStray()
			}
			return true, t.failure(call, coordinator, err)
		}
		if v != txnDone {
			code = t.failure(call, coordinator, code)
		}
		return t.pass(v, code)
	})
	return remedied(ErrTxnRetriable, err)
}

// failure says of an error what was tried for which transactional id, and at which broker if one was found.
func (t *transactionManager) failure(call *txnCall, coordinator *Broker, err error) error {
	if coordinator != nil {
		err = brokerError(coordinator, err)
	}
	return fmt.Errorf("transactional id %s: %s: %w", t.id, call.does, err)
}

// noteStray has the epoch raised before the next transaction, since a request that belongs to this one may still reach its
// coordinator. Version 2 raises it anyway.
func (t *transactionManager) noteStray() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bumpRequired = t.bumpRequired || t.bumpable && !t.implicit
	t.touched = true
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
	var level int16
	var known bool
	err := t.run(&txnCall{
		name: "init-producer-id", does: "asking for a producer id", kind: CoordinatorTransaction, key: t.id,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			response, err := coordinator.InitProducerID(request)
			if err != nil {
				return 0, nil, err
			}
			next = producerIdentity{response.ProducerID, response.ProducerEpoch}
			level, known = coordinator.transactionVersion()
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
	t.current, t.bumpRequired = next, false
	t.adoptLocked(level, known)
	t.conf.log().Printf("txnmgr/init-producer-id [%s] obtained a ProducerId: %d and ProducerEpoch: %d\n", logTransaction(t.id), next.id, next.epoch)
	return nil
}

// adoptLocked makes the next transactions of the version that the cluster has finalized, as far as the coordinator has told,
// and Config.Version allows. It returns true if that is an upgrade. Nothing of a transaction is there. The caller holds mu.
func (t *transactionManager) adoptLocked(level int16, known bool) bool {
	implicit := level >= transactionVersionImplicit && t.conf.Version.IsAtLeast(V4_0_0_0)
	if !known || implicit == t.implicit {
		return false
	}
	t.conf.log().Printf("txnmgr [%s] the cluster's transaction.version is %d, implicit partitions: %t -> %t\n", logTransaction(t.id), level, t.implicit, implicit)
	t.implicit = implicit
	return implicit
}

// addPartitions makes partitions part of the transaction.
func (t *transactionManager) addPartitions(partitions map[topicPartition]struct{}) error {
	call := &txnCall{name: "add-partition-to-txn", does: "adding partitions to the transaction", kind: CoordinatorTransaction, key: t.id, stray: true}
	t.mu.Lock()
	identity := t.current
	call.hasty = len(t.partitions) == 0
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
		// With a context, unlike the others: Close waits for it.
		response, err := askContext[AddPartitionsToTxnResponse](t.ctx, coordinator, request)
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
			err := fmt.Errorf("%v: %w", tp, e.Err)
			if v >= worst {
				worst, failed = v, append(failed, err)
			} else {
				failed = append([]error{err}, failed...)
			}
		}
	}
	return worst, failed
}

// endTxn commits or aborts the transaction at the coordinator. special are codes that mean something else than usually.
func (t *transactionManager) endTxn(commit bool, special map[KError]txnVerdict) error {
	t.mu.Lock()
	identity, limit := t.current, int16(maxEndTxnExplicit)
	if t.implicit {
		limit = maxEndTxn
	}
	t.committing = t.committing || commit
	t.mu.Unlock()
	does := "aborting the transaction"
	if commit {
		does = "committing the transaction"
	}
	return t.run(&txnCall{
		name: "endtxn", does: does, kind: CoordinatorTransaction, key: t.id, stray: true,
		attempt: func(coordinator *Broker) (txnVerdict, error, error) {
			request := &EndTxnRequest{
				Version:           t.version(protocol.KeyEndTxn, limit),
				TransactionalID:   t.id,
				ProducerID:        identity.id,
				ProducerEpoch:     identity.epoch,
				TransactionResult: commit,
			}
			response, err := coordinator.EndTxn(request)
			if err != nil {
				return 0, nil, err
			}
			if response.Err == ErrNoError {
				t.ended(coordinator, response)
			}
			return judgeTxn(response.Err, special), response.Err, nil
		},
	})
}

// ended takes up what the end of a transaction changes: the epoch in version 2, and the version. The first transaction of
// version 2 has another epoch than the last of version 1, so that what is late of that cannot become part of this.
func (t *transactionManager) ended(coordinator *Broker, response *EndTxnResponse) {
	level, known := coordinator.transactionVersion()
	t.mu.Lock()
	defer t.mu.Unlock()
	if response.Version >= maxEndTxn && response.ProducerID >= 0 {
		t.current, t.bumpRequired = producerIdentity{response.ProducerID, response.ProducerEpoch}, false
	}
	if t.adoptLocked(level, known) {
		t.bumpRequired = true
	}
}

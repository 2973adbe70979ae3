package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// transactionManager keeps the state of a transactional producer's transaction (KIP-98; version 2: KIP-890).
type transactionManager struct {
	client    clusterClient
	conf      *Config
	id        string
	ctx       context.Context
	ending    chan struct{} // holds a token while a call that begins, ends or extends the transaction is under way
	bumpable  bool          // the coordinator can raise the epoch (Kafka 2.5, KIP-360)
	number    atomic.Uint64 // changes when partitions have to be added anew: with each transaction, and when one fails
	mu        sync.Mutex    // guards what follows
	status    ProducerTxnStatusFlag
	lastError error
	current   producerIdentity
	implicit  bool // version 2: what is sent is part of the transaction by that, and each end raises the epoch

	partitions map[topicPartition]struct{} // that the coordinator has in the transaction, or will have when it is told
	gathering  *txnAddition                // partitions to be added next
	adding     bool                        // somebody adds partitions

	offsets      map[groupMember]*txnOffsets
	offsetsAdded bool  // the coordinator has a group's offsets in the transaction, or may have
	touched      bool  // the coordinator may have something of the transaction, of which it has told nothing
	doomed       error // why the transaction can not be committed
	committing   bool  // the coordinator may have been told to commit
	aborted      bool  // the coordinator has aborted it, the user has not yet
	bumpRequired bool  // the epoch must be raised before the next transaction
	committed    bool  // while it is being raised: how the transaction before has ended
}

// txnAddition is a set of partitions that are added to the transaction together.
type txnAddition struct {
	partitions map[topicPartition]struct{}
	done       chan struct{} // closed when err is set
	err        error
}

// newTransactionManager asks the coordinator for the producer's id, which fences earlier producers of the same
// transactional id.
func newTransactionManager(ctx context.Context, client clusterClient) (*transactionManager, error) {
	conf := client.Config()
	t := &transactionManager{
		client: client, conf: conf, id: conf.Producer.Transaction.ID, ctx: ctx,
		ending:   make(chan struct{}, 1),
		bumpable: conf.Version.IsAtLeast(V2_5_0_0),
		status:   ProducerTxnFlagUninitialized,
		current:  noIdentity,
	}
	t.resetLocked()
	if err := t.initialize(); err != nil {
		return nil, unmade(err)
	}
	return t, nil
}

// resetLocked forgets what a transaction was made of. The caller holds mu, or has the manager for itself.
func (t *transactionManager) resetLocked() {
	t.number.Add(1)
	t.partitions = make(map[topicPartition]struct{})
	t.offsets = make(map[groupMember]*txnOffsets)
	t.offsetsAdded, t.touched, t.committing, t.aborted, t.doomed = false, false, false, false, nil
}

func (t *transactionManager) identity() producerIdentity {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

func (t *transactionManager) txnStatus() ProducerTxnStatusFlag {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}

// isImplicit tells whether transactions are of version 2. That changes between transactions only.
func (t *transactionManager) isImplicit() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.implicit
}

// transition changes the state. It returns err, the reason for an error state, or why the state can not be changed.
func (t *transactionManager) transition(to ProducerTxnStatusFlag, err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.transitionLocked(to, err)
}

func (t *transactionManager) transitionLocked(to ProducerTxnStatusFlag, err error) error {
	if !mayTransition(t.status, to) {
		return t.misfitLocked(ErrTransitionNotAllowed)
	}
	if to&ProducerTxnFlagInError != 0 {
		if err == nil {
			return ErrCannotTransitionNilError
		}
		if t.doomed == nil {
			t.doomed = err
		}
		t.number.Add(1) // so that what waits fails, and is not written any more
	}
	t.lastError = err
	if to&ProducerTxnFlagAbortableError != 0 {
		t.lastError = t.doomed // the first reason: others follow from it
	}
	t.conf.debugLog().Printf("txnmgr/transition [%s] transition from %s to %s\n", logTransaction(t.id), t.status, to)
	t.status = to
	return err
}

// misfitLocked is the error of a call that the state does not allow; where an error is the reason, it is that one, too.
func (t *transactionManager) misfitLocked(sentinel error) error {
	if t.status&ProducerTxnFlagInError != 0 && t.lastError != nil {
		return Wrap(sentinel, t.lastError)
	}
	return sentinel
}

// fatal puts the transaction into the state that only Close ends.
func (t *transactionManager) fatal(err error) error {
	return t.transition(ProducerTxnFlagInError|ProducerTxnFlagFatalError, remedied(ErrTxnFatal, err))
}

// abortable puts the transaction into the state that AbortTxn ends.
func (t *transactionManager) abortable(err error) error {
	return t.transition(ProducerTxnFlagInError|ProducerTxnFlagAbortableError, remedied(ErrTxnMustAbort, err))
}

// abortableIfBumpable is for failures after which only a raised epoch lets the producer go on.
func (t *transactionManager) abortableIfBumpable(err error) error {
	if !t.bumpable {
		return t.fatal(err)
	}
	t.mu.Lock()
	t.bumpRequired = true
	t.mu.Unlock()
	return t.abortable(err)
}

// mayProduce returns why a message can not be sent now, nil if it can.
func (t *transactionManager) mayProduce() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.status&ProducerTxnFlagInTransaction != 0 {
		return nil
	}
	t.conf.log().Printf("producer/txnmgr [%s] attempt to send message when transaction is not started or is in ending state, got %s, expect %s\n",
		logTransaction(t.id), t.status, ProducerTxnFlagInTransaction)
	return t.misfitLocked(ErrTransactionNotReady)
}

// recordsFailed notes that messages of the transaction were not delivered, of which first is one: it can not be committed any
// more. It returns the error with what to do about it.
func (t *transactionManager) recordsFailed(err error, first *ProducerMessage) error {
	if errors.Is(err, ErrTransactionNotReady) {
		return err // they never were part of it
	}
	var said *txnError
	if errors.Is(err, ErrTxnRetriable) && errors.As(err, &said) {
		err = said.reason // not for them: they have had their tries
	}
	of := err // that of the transaction: its messages say by themselves what they are
	if !errors.As(err, &said) {
		of = fmt.Errorf("transactional id %s: sending to topic %s: %w", t.id, first.Topic, err)
	}
	if isFatalForProducer(err) {
		_ = t.fatal(of)
		return remedied(ErrTxnFatal, err)
	}
	err = remedied(ErrTxnMustAbort, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bumpRequired = t.bumpRequired || t.bumpable // the sequence may have a gap
	if t.status&ProducerTxnFlagAbortingTransaction != 0 {
		return err // what is being aborted needs no error
	}
	_ = t.transitionLocked(ProducerTxnFlagInError|ProducerTxnFlagAbortableError, remedied(ErrTxnMustAbort, of))
	return err
}

// begin starts a transaction.
func (t *transactionManager) begin() error {
	t.ending <- struct{}{}
	defer func() { <-t.ending }()
	return t.transition(ProducerTxnFlagInTransaction, nil)
}

// beginEnd has no more messages accepted into the transaction.
func (t *transactionManager) beginEnd(commit bool) {
	to := ProducerTxnFlagEndTransaction | ProducerTxnFlagAbortingTransaction
	if commit {
		to = ProducerTxnFlagEndTransaction | ProducerTxnFlagCommittingTransaction
	}
	if err := t.transition(to, nil); err != nil {
		t.conf.log().Printf("producer/txnmgr [%s] unable to end transaction: %s\n", logTransaction(t.id), err)
	}
}

// enlist makes a partition part of the transaction: in version 2 by noting that it will be; before, at the coordinator,
// together with others for which that is asked meanwhile. It returns the number that it holds for.
func (t *transactionManager) enlist(tp topicPartition) (uint64, error) {
	t.mu.Lock()
	number := t.number.Load()
	if t.doomed != nil {
		defer t.mu.Unlock()
		return number, t.doomed
	}
	if t.implicit {
		t.partitions[tp] = struct{}{}
	}
	if _, ok := t.partitions[tp]; ok {
		t.mu.Unlock()
		return number, nil
	}
	if t.gathering == nil {
		t.gathering = &txnAddition{partitions: make(map[topicPartition]struct{}), done: make(chan struct{})}
	}
	addition := t.gathering
	addition.partitions[tp] = struct{}{}
	mine := !t.adding
	t.adding = true
	t.mu.Unlock()
	if mine {
		t.addGathered()
	}
	<-addition.done
	return number, addition.err
}

// addGathered adds partitions until none are left to be added.
func (t *transactionManager) addGathered() {
	for {
		t.mu.Lock()
		addition := t.gathering
		t.gathering = nil
		t.adding = addition != nil
		t.mu.Unlock()
		if addition == nil {
			return
		}
		addition.err = t.addPartitions(addition.partitions)
		close(addition.done)
	}
}

// finish ends the transaction, after all its messages have their outcome.
func (t *transactionManager) finish(commit bool) error {
	t.mu.Lock()
	status, lastError := t.status, t.lastError
	empty := len(t.partitions) == 0 && !t.offsetsAdded && (!commit || len(t.offsets) == 0)
	aborted, doubtful, touched := t.aborted, t.committing, t.touched
	t.mu.Unlock()
	switch {
	case status&ProducerTxnFlagInitializing != 0:
		return t.resumeComplete(commit)
	case status&ProducerTxnFlagFatalError != 0:
		return lastError
	case commit && status&ProducerTxnFlagInError != 0:
		return t.refuseCommit(lastError)
	case aborted, empty && !touched:
		return t.complete(commit)
	case commit:
		return t.commitAll()
	case empty:
		return t.abortUnknown()
	case doubtful:
		return t.abortAfterCommit()
	}
	if err := t.endTxn(false, nil); err != nil {
		return err
	}
	return t.complete(false)
}

// commitAll commits the transaction with its offsets.
func (t *transactionManager) commitAll() error {
	if err := t.commitOffsets(); err != nil {
		return err
	}
	if err := t.endTxn(true, nil); err != nil {
		return err
	}
	return t.complete(true)
}

// refuseCommit is the commit of a transaction that must be aborted. Where a partition's leader knows of a higher epoch, the
// coordinator is asked, by an abort, whether another producer has taken over or the epoch was raised for another reason.
func (t *transactionManager) refuseCommit(reason error) error {
	if !errors.Is(reason, ErrInvalidProducerEpoch) {
		return reason
	}
	if err := t.endTxn(false, nil); err != nil {
		if errors.Is(err, ErrTxnFatal) {
			return err
		}
		return reason
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.aborted = true
	return reason
}

// abortUnknown ends a transaction of which the coordinator may know nothing: it says that there is none to abort then.
func (t *transactionManager) abortUnknown() error {
	err := t.endTxn(false, map[KError]txnVerdict{ErrInvalidTxnState: txnOtherwise})
	if err != nil && (!errors.Is(err, ErrInvalidTxnState) || errors.Is(err, ErrTxnFatal)) {
		return err
	}
	return t.complete(false)
}

// abortAfterCommit ends a transaction of which it is not known whether it is committed: it is aborted if it is not.
func (t *transactionManager) abortAfterCommit() error {
	err := t.endTxn(false, map[KError]txnVerdict{ErrInvalidTxnState: txnOtherwise})
	if err == nil {
		return t.complete(false)
	}
	if !errors.Is(err, ErrInvalidTxnState) || errors.Is(err, ErrTxnFatal) {
		return err
	}
	// To commit again what is committed succeeds, and tells the epoch to go on with.
	if err := t.endTxn(true, nil); err != nil {
		return err
	}
	if err := t.complete(true); err != nil {
		return err
	}
	return ErrTxnAlreadyCommitted
}

// complete makes the manager ready for the next transaction, by a raise of the epoch if that is needed.
func (t *transactionManager) complete(commit bool) error {
	t.mu.Lock()
	to, bump := ProducerTxnFlagReady, t.bumpRequired
	if bump {
		to = ProducerTxnFlagInitializing
	}
	err := t.transitionLocked(to, nil)
	if err == nil {
		t.bumpRequired, t.committed = false, commit
		t.resetLocked()
	}
	t.mu.Unlock()
	if err != nil || !bump {
		return err
	}
	return t.initialize()
}

// resumeComplete is for a transaction that has ended, of which only the raise of the epoch has failed.
func (t *transactionManager) resumeComplete(commit bool) error {
	if err := t.initialize(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.committed == commit:
		return nil
	case t.committed:
		return ErrTxnAlreadyCommitted
	default:
		return ErrTransitionNotAllowed // it is aborted
	}
}

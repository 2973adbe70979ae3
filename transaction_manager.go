package sarama

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// ProducerTxnStatusFlag is the state of a producer's transaction; an error is told with InError and one of the two kinds.
type ProducerTxnStatusFlag int16

const (
	// ProducerTxnFlagUninitialized is the state before the producer has an id.
	ProducerTxnFlagUninitialized ProducerTxnStatusFlag = 1 << iota
	// ProducerTxnFlagInitializing is the state while the producer's epoch is raised.
	ProducerTxnFlagInitializing
	// ProducerTxnFlagReady is the state outside a transaction.
	ProducerTxnFlagReady
	// ProducerTxnFlagInTransaction is the state after BeginTxn.
	ProducerTxnFlagInTransaction
	// ProducerTxnFlagEndTransaction is the state during CommitTxn and AbortTxn.
	ProducerTxnFlagEndTransaction
	// ProducerTxnFlagInError is the state after a failure.
	ProducerTxnFlagInError
	// ProducerTxnFlagCommittingTransaction is the state during CommitTxn.
	ProducerTxnFlagCommittingTransaction
	// ProducerTxnFlagAbortingTransaction is the state during AbortTxn.
	ProducerTxnFlagAbortingTransaction
	// ProducerTxnFlagAbortableError is the state after a failure that AbortTxn ends.
	ProducerTxnFlagAbortableError
	// ProducerTxnFlagFatalError is the state after a failure that ends the producer: close it and make another.
	ProducerTxnFlagFatalError
)

var txnStatusNames = [...]string{
	"Uninitialized", "Initializing", "Ready", "InTransaction", "EndTransaction", "InError",
	"CommittingTransaction", "AbortingTransaction", "AbortableError", "FatalError",
}

// String returns the names of all flags that are set.
func (s ProducerTxnStatusFlag) String() string {
	var names []string
	for i, name := range txnStatusNames {
		if s&(1<<i) != 0 {
			names = append(names, "ProducerTxnState"+name)
		}
	}
	return strings.Join(names, "|")
}

// txnTransitions tells, for each flag of a state, the flags that a next state may have.
var txnTransitions = []struct{ from, to ProducerTxnStatusFlag }{
	{ProducerTxnFlagUninitialized, ProducerTxnFlagReady | ProducerTxnFlagInError},
	{ProducerTxnFlagInitializing, ProducerTxnFlagInitializing | ProducerTxnFlagReady | ProducerTxnFlagInError},
	{ProducerTxnFlagReady, ProducerTxnFlagInTransaction},
	{ProducerTxnFlagInTransaction, ProducerTxnFlagEndTransaction | ProducerTxnFlagInError},
	{ProducerTxnFlagEndTransaction, ProducerTxnFlagInitializing | ProducerTxnFlagReady | ProducerTxnFlagInError},
	{ProducerTxnFlagAbortableError, ProducerTxnFlagAbortingTransaction | ProducerTxnFlagInError},
	{ProducerTxnFlagFatalError, ProducerTxnFlagFatalError},
}

func mayTransition(from, to ProducerTxnStatusFlag) bool {
	for _, t := range txnTransitions {
		if t.from&from != 0 && t.to&to != 0 {
			return true
		}
	}
	return false
}

// transactionManager keeps the state of a transactional producer's transaction (KIP-98).
type transactionManager struct {
	client    clusterClient
	conf      *Config
	id        string
	ctx       context.Context
	ending    chan struct{} // holds a token while a call that ends or extends the transaction is under way
	bumpable  bool          // the coordinator can raise the epoch (Kafka 2.5, KIP-360)
	mu        sync.Mutex    // guards what follows
	status    ProducerTxnStatusFlag
	lastError error
	current   producerIdentity
	number    uint64 // counts transactions

	partitions map[topicPartition]struct{} // that the coordinator has in the transaction
	gathering  *txnAddition                // partitions to be added next
	adding     bool                        // somebody adds partitions

	offsets      map[groupMember]*txnOffsets
	offsetsAdded bool // the coordinator has a group's offsets in the transaction
	bumpRequired bool // the epoch must be raised before the next transaction
}

// txnAddition is a set of partitions that are added to the transaction together.
type txnAddition struct {
	partitions map[topicPartition]struct{}
	done       chan struct{} // closed when err is set
	err        error
}

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
		return nil, err
	}
	return t, nil
}

// resetLocked forgets what a transaction was made of. The caller holds mu, or has the manager for itself.
func (t *transactionManager) resetLocked() {
	t.number++
	t.partitions = make(map[topicPartition]struct{})
	t.offsets = make(map[groupMember]*txnOffsets)
	t.offsetsAdded = false
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

// transactionNumber counts transactions: a partition has to be added to each anew.
func (t *transactionManager) transactionNumber() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.number
}

// transition changes the state. It returns err, the reason for an error state, or why the state can not be changed.
func (t *transactionManager) transition(to ProducerTxnStatusFlag, err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.transitionLocked(to, err)
}

func (t *transactionManager) transitionLocked(to ProducerTxnStatusFlag, err error) error {
	if !mayTransition(t.status, to) {
		return ErrTransitionNotAllowed
	}
	if to&ProducerTxnFlagInError != 0 && err == nil {
		return ErrCannotTransitionNilError
	}
	t.lastError = err
	DebugLogger.Printf("txnmgr/transition [%s] transition from %s to %s\n", t.id, t.status, to)
	t.status = to
	return err
}

// fatal puts the transaction into the state that only Close ends.
func (t *transactionManager) fatal(err error) error {
	return t.transition(ProducerTxnFlagInError|ProducerTxnFlagFatalError, err)
}

// abortable puts the transaction into the state that AbortTxn ends.
func (t *transactionManager) abortable(err error) error {
	return t.transition(ProducerTxnFlagInError|ProducerTxnFlagAbortableError, err)
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
	status := t.txnStatus()
	if status&ProducerTxnFlagInTransaction != 0 {
		return nil
	}
	Logger.Printf("attempt to send message when transaction is not started or is in ending state, got %d, expect %d\n",
		status, ProducerTxnFlagInTransaction)
	return ErrTransactionNotReady
}

// recordsFailed notes that messages of the transaction were not delivered: it can not be committed any more.
func (t *transactionManager) recordsFailed(err error) {
	for _, fatal := range []error{
		ErrClusterAuthorizationFailed, ErrProducerFenced, ErrUnsupportedVersion,
		ErrTransactionalIDAuthorizationFailed, ErrInvalidProducerIDMapping,
	} {
		if errors.Is(err, fatal) {
			_ = t.fatal(err)
			return
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.status&ProducerTxnFlagAbortingTransaction != 0 {
		return // what is being aborted needs no error
	}
	t.bumpRequired = t.bumpRequired || t.bumpable
	_ = t.transitionLocked(ProducerTxnFlagInError|ProducerTxnFlagAbortableError, err)
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
		Logger.Printf("producer/txnmgr unable to end transaction %s", err)
	}
}

// addOffsets notes offsets to be committed with the transaction. A newer offset of a partition replaces an older one of
// the same group.
func (t *transactionManager) addOffsets(offsets map[string][]*PartitionOffsetMetadata, metadata *ConsumerGroupMetadata) error {
	t.ending <- struct{}{}
	defer func() { <-t.ending }()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.status&ProducerTxnFlagInTransaction == 0 {
		return ErrTransactionNotReady
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

// enlist makes a partition part of the transaction at the coordinator, together with others for which that is asked
// meanwhile. It returns the number of the transaction.
func (t *transactionManager) enlist(tp topicPartition) (uint64, error) {
	t.mu.Lock()
	number := t.number
	if t.status&ProducerTxnFlagInError != 0 {
		defer t.mu.Unlock()
		return number, t.lastError
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
	status, lastError, bump := t.status, t.lastError, t.bumpRequired
	empty := len(t.partitions) == 0 && !t.offsetsAdded && (!commit || len(t.offsets) == 0)
	t.mu.Unlock()
	if commit && status&ProducerTxnFlagInError != 0 || status&ProducerTxnFlagFatalError != 0 {
		return lastError
	}
	if empty {
		if err := t.complete(); err != nil || !bump {
			return err
		}
		return t.initialize()
	}
	if commit {
		if err := t.commitOffsets(); err != nil {
			return err
		}
	}
	if err := t.endTxn(commit); err != nil || !bump {
		return err
	}
	return t.initialize()
}

// complete makes the manager ready for the next transaction, or for the raise of the epoch before it.
func (t *transactionManager) complete() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	to := ProducerTxnFlagReady
	if t.bumpRequired {
		to = ProducerTxnFlagInitializing
	}
	if err := t.transitionLocked(to, nil); err != nil {
		return err
	}
	t.bumpRequired = false
	t.resetLocked()
	return nil
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

package sarama

import "strings"

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

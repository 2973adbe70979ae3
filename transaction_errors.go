package sarama

import (
	"errors"
	"strings"
)

// What to do about an error of a transactional producer. Each error that a coordinator, a broker or the network has caused
// is one of these for errors.Is, besides the reason itself: those of BeginTxn, CommitTxn and AbortTxn, and those of messages.
// Errors that are none of them tell of a call that does not fit the state: ErrTransactionNotReady, ErrTransitionNotAllowed,
// ErrNonTransactedProducer, ErrTxnAlreadyCommitted.
var (
	// ErrTxnRetriable: the tries of Config.Producer.Transaction.Retry are used up, and it is not known whether the
	// transaction has ended. The same call may be made again, as often as one likes: it does not commit twice.
	ErrTxnRetriable = errors.New("transaction manager: the call may be made again")
	// ErrTxnMustAbort: the transaction can not be committed. After AbortTxn the producer goes on with the next one.
	ErrTxnMustAbort = errors.New("transaction manager: the transaction must be aborted")
	// ErrTxnFatal: the producer sends nothing more, since another one has its transactional id, or it may not use it, or its
	// state and the cluster's do not fit. Close it; each further call returns this error.
	ErrTxnFatal = errors.New("transaction manager: the producer must be closed")
	// ErrTxnAlreadyCommitted is returned by AbortTxn after a CommitTxn whose outcome was not known, if it turns out that the
	// transaction is committed. The producer is ready for the next one.
	ErrTxnAlreadyCommitted = errors.New("transaction manager: the transaction is committed already")
)

// txnError is a reason with what to do about it.
type txnError struct {
	remedy, reason error
	unmade         bool // there is no producer, since this is what its constructor failed with
}

// Error implements error.
func (e *txnError) Error() string {
	text := e.reason.Error()
	if !e.unmade {
		text += "; " + strings.TrimPrefix(e.remedy.Error(), "transaction manager: ")
	}
	if said := txnAdvice.about(e.reason); said != "" {
		text += "; " + said
	}
	return text
}

func (e *txnError) Is(target error) bool { return target == e.remedy }
func (e *txnError) Unwrap() error        { return e.reason }

// txnAdvice is what keeps an error from coming again.
var txnAdvice = advice{
	ErrProducerFenced:                     oneProducerPerID,
	ErrInvalidProducerEpoch:               oneProducerPerID,
	ErrInvalidTransactionTimeout:          "lower Producer.Transaction.Timeout, or raise the broker's transaction.max.timeout.ms",
	ErrTransactionalIDAuthorizationFailed: "allow the client's principal to WRITE to the transactional id",
	ErrGroupAuthorizationFailed:           readTheGroup,
}

const oneProducerPerID = "give each producer a Producer.Transaction.ID of its own, and end transactions within Producer.Transaction.Timeout"

// remedied says what to do about a reason, unless that is said already.
func remedied(remedy, reason error) error {
	var said *txnError
	if reason == nil || errors.As(reason, &said) {
		return reason
	}
	return &txnError{remedy: remedy, reason: reason}
}

// unmade has an error of a constructor not say what to do with the producer.
func unmade(err error) error {
	var said *txnError
	if errors.As(err, &said) {
		said.unmade = true
	}
	return err
}

// endsProducer are the outcomes of messages after which a transactional producer can not go on.
var endsProducer = []error{
	ErrClusterAuthorizationFailed, ErrProducerFenced, ErrUnsupportedVersion,
	ErrTransactionalIDAuthorizationFailed, ErrInvalidProducerIDMapping,
}

func isFatalForProducer(err error) bool {
	for _, fatal := range endsProducer {
		if errors.Is(err, fatal) {
			return true
		}
	}
	return errors.Is(err, ErrTxnFatal)
}

package sarama

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of clients, brokers and consumers.
var (
	// ErrOutOfBrokers is returned when no broker that the client knows could be asked. The error returned wraps one
	// BrokerError for each that was tried.
	ErrOutOfBrokers = errors.New("kafka: client has run out of available brokers to talk to")
	// ErrBrokerNotFound is returned when the metadata has no broker of the given id.
	ErrBrokerNotFound = errors.New("kafka: broker for ID is not found")
	// ErrClosedClient is returned by every method of a client after its Close.
	ErrClosedClient = errors.New("kafka: tried to use a client that was closed")
	// ErrIncompleteResponse is returned when a broker's answer is well-formed but lacks a topic or partition that was
	// asked for.
	ErrIncompleteResponse = errors.New("kafka: response did not contain all the expected topic/partition blocks")
	// ErrAlreadyConnected is returned by Broker.Open when the broker is connected or connecting.
	ErrAlreadyConnected = errors.New("kafka: broker connection already initiated")
	// ErrNotConnected is returned by the methods of a Broker that is not open.
	ErrNotConnected = errors.New("kafka: broker not connected")
	// ErrControllerNotAvailable is returned when the cluster has no controller for now, or does not say which broker it
	// is (before Kafka 0.10.0.0).
	ErrControllerNotAvailable = errors.New("kafka: controller is not available")
	// ErrNoTopicsToUpdateMetadata is returned when Config.Metadata.Full is false and no topic has been used yet, so that
	// there is nothing to refresh.
	ErrNoTopicsToUpdateMetadata = errors.New("kafka: no specific topics to update metadata")

	// ErrMessageTooLarge is returned when the next message of a partition is larger than Config.Consumer.Fetch.Max.
	ErrMessageTooLarge = errors.New("kafka: message is larger than Consumer.Fetch.Max")
	// ErrConsumerOffsetNotAdvanced is returned when a record batch does not reach the offset that was asked for, so that
	// the next fetch would ask for the same again.
	ErrConsumerOffsetNotAdvanced = errors.New("kafka: consumer offset was not advanced after a RecordBatch")
	// ErrLogTruncated is why an offset is not followed any more where another leader's log parts from the one that was read:
	// a new leader did not have all that the old one had given out (KIP-320). It comes in an OffsetMovedError.
	ErrLogTruncated = errors.New("kafka: the log was truncated below the offset")
	// ErrNoOffset is returned when nothing was committed and Config.Consumer.Offsets.Initial is OffsetNone.
	ErrNoOffset = errors.New("kafka: no offset was committed, and there is none to start at")
	// ErrConsumerRetriesExhausted is the last error of a partition consumer which has failed Config.Consumer.Retry.Max
	// times in a row. It closes itself then; in a consumer group the session ends and the member joins again.
	ErrConsumerRetriesExhausted = errors.New("kafka: partition consumer giving up after consecutive failures")
)

// OffsetMovedError tells that reading goes on at another offset than the next one. It is given out before the first message
// from there: what lies between the two offsets is read again, as it is now, or is gone.
type OffsetMovedError struct {
	// From is the offset that would have come next.
	From int64
	// To is where reading goes on; -1 if it does not.
	To int64
	// Err is why: ErrLogTruncated, or ErrOffsetOutOfRange if Config.Consumer.Offsets.Reset tells where to go on.
	Err error
}

// Error implements error.
func (err *OffsetMovedError) Error() string {
	return fmt.Sprintf("moved from offset %d to %d: %v", err.From, err.To, err.Err)
}

// Unwrap returns the reason.
func (err *OffsetMovedError) Unwrap() error { return err.Err }

// BatchError is why the records of a batch could not be read. The partition's consumer tries again; to go on without the batch,
// close it and start anew at Next.
type BatchError struct {
	Topic     string
	Partition int32
	// Offset is that of the next record to read, in the batch.
	Offset int64
	// Next is the offset after the batch.
	Next int64
	// Err is the reason, ErrDecompressedBatchTooLarge for example.
	Err error
}

// Error implements error.
func (err *BatchError) Error() string {
	return fmt.Sprintf("decoding %s-%d at offset %d, in a batch up to %d: %v", err.Topic, err.Partition, err.Offset, err.Next, err.Err)
}

// Unwrap returns the reason.
func (err *BatchError) Unwrap() error { return err.Err }

// Errors of producers and their transactions.
var (
	// ErrInvalidPartition is returned when a Partitioner chooses a partition that the topic does not have.
	ErrInvalidPartition = errors.New("kafka: partitioner returned an invalid partition index")
	// ErrShuttingDown is the outcome of messages that reach a producer after its Close or AsyncClose.
	ErrShuttingDown = errors.New("kafka: message received by producer in process of shutting down")
	// ErrAddPartitionsToTxn is returned when partitions could not be added to the transaction, retries included.
	ErrAddPartitionsToTxn = errors.New("transaction manager: failed to send partitions to transaction")
	// ErrTxnOffsetCommit is returned when offsets could not be added to the transaction, retries included.
	ErrTxnOffsetCommit = errors.New("transaction manager: failed to send offsets to transaction")
	// ErrTransactionNotReady is returned when the transaction's state does not allow the call.
	ErrTransactionNotReady = errors.New("transaction manager: transaction is not ready")
	// ErrNonTransactedProducer is returned by transactional methods of a producer without
	// Config.Producer.Transaction.ID.
	ErrNonTransactedProducer = errors.New("transaction manager: you need to add TransactionalID to producer")
	// ErrTransitionNotAllowed is returned when the transaction cannot go from its state to the one asked for.
	ErrTransitionNotAllowed = errors.New("transaction manager: invalid transition attempted")
	// ErrCannotTransitionNilError is returned when a transaction should enter an error state without an error.
	ErrCannotTransitionNilError = errors.New("transaction manager: cannot transition with a nil error")
	// ErrTxnUnableToParseResponse is returned when a transaction coordinator's answer holds nothing to read.
	ErrTxnUnableToParseResponse = errors.New("transaction manager: unable to parse response")
)

// Errors of cluster administration; what is returned wraps the brokers' reasons.
var (
	// ErrReassignPartitions is returned when one or more partitions could not be reassigned.
	ErrReassignPartitions = errors.New("failed to reassign partitions for topic")
	// ErrDeleteRecords is returned when the records of one or more partitions could not be deleted.
	ErrDeleteRecords = errors.New("kafka server: failed to delete records")
	// ErrCreateACLs is returned when one or more ACLs could not be created.
	ErrCreateACLs = errors.New("kafka server: failed to create one or more ACL rules")
)

// ConfigurationError is what constructors return for a Config that Config.Validate refuses, or for arguments that do not
// fit together. Its value says what is wrong.
type ConfigurationError string

// Error implements error.
func (err ConfigurationError) Error() string {
	return "kafka: invalid configuration (" + string(err) + ")"
}

// BrokerError is why one broker could not be used. errors.As finds it in what wraps ErrOutOfBrokers.
type BrokerError struct {
	// Addr is the broker's host and port.
	Addr string
	// Err is the reason.
	Err error
}

// Error implements error.
func (err *BrokerError) Error() string {
	return fmt.Sprintf("broker %s: %v", err.Addr, err.Err)
}

// Unwrap returns the reason.
func (err *BrokerError) Unwrap() error {
	return err.Err
}

// inWords is an error with what a peer has said about it, if it has.
func inWords(err error, said *string) error {
	if said == nil || *said == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, printable(*said))
}

// advice is what can be done about errors, by their code.
type advice map[KError]string

// about returns it for one error; "": there is none.
func (a advice) about(err error) string {
	var code KError
	if errors.As(err, &code) {
		return a[code]
	}
	return ""
}

// appended returns an error that says also what can be done, if that is known.
func (a advice) appended(err error) error {
	if said := a.about(err); said != "" {
		return fmt.Errorf("%w; %s", err, said)
	}
	return err
}

// sentinelError is a well-known error with its causes.
type sentinelError struct {
	sentinel error
	causes   error // joined; nil: none
}

// Wrap returns an error which is the sentinel and also each of the given errors, for errors.Is and errors.As; nil errors
// are left out. Its text is the sentinel's, a colon, and the texts of the others, one a line.
func Wrap(sentinel error, wrapped ...error) sentinelError {
	return sentinelError{sentinel, errors.Join(wrapped...)}
}

// Error implements error.
func (err sentinelError) Error() string {
	if err.causes == nil {
		return err.sentinel.Error()
	}
	return err.sentinel.Error() + ": " + err.causes.Error()
}

// Is tells whether the sentinel is target; the causes are reached through Unwrap.
func (err sentinelError) Is(target error) bool {
	return errors.Is(err.sentinel, target)
}

// As looks for target in the sentinel; the causes are reached through Unwrap.
func (err sentinelError) As(target any) bool {
	return errors.As(err.sentinel, target)
}

// Unwrap returns the causes, joined.
func (err sentinelError) Unwrap() error {
	return err.causes
}

// MultiErrorFormat writes several errors as one text: a single one as it is, more as a list with their number.
//
// Deprecated: errors.Join formats by itself.
func MultiErrorFormat(es []error) string {
	if len(es) == 1 {
		return es[0].Error()
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d errors occurred:\n\t", len(es))
	for i, err := range es {
		if i > 0 {
			text.WriteString("\n\t")
		}
		text.WriteString("* " + err.Error())
	}
	text.WriteString("\n")
	return text.String()
}

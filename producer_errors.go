package sarama

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Outcomes of messages that only this library has.
var (
	// ErrNilMessage is returned when a nil message is to be sent. AsyncProducer ignores one in Input.
	ErrNilMessage = errors.New("kafka: nil is no message to send")
	// ErrInputFull is what TrySend returns when Input does not take a message at the moment.
	ErrInputFull = errors.New("kafka: the producer takes no message at the moment")
	// ErrDeliveryTimeout is the outcome of messages that were not delivered within Config.Producer.DeliveryTimeout; what wraps
	// it wraps the reason of the last failure, too.
	ErrDeliveryTimeout = errors.New("kafka: message was not delivered within Producer.DeliveryTimeout")
)

// CallbackPanicError is the outcome of a message for which an Encoder, a Partitioner or, with
// Config.Producer.FailOnInterceptorPanic, a ProducerInterceptor panicked.
type CallbackPanicError struct {
	// Value is what was given to panic.
	Value any
	// Stack is the stack of the goroutine at that moment.
	Stack []byte
}

func newCallbackPanic(value any) *CallbackPanicError {
	return &CallbackPanicError{Value: value, Stack: debug.Stack()}
}

// Error implements error.
func (err *CallbackPanicError) Error() string {
	return fmt.Sprintf("kafka: an encoder, partitioner or interceptor panicked: %v", err.Value)
}

// Unwrap returns what was given to panic, if that is an error.
func (err *CallbackPanicError) Unwrap() error {
	cause, _ := err.Value.(error)
	return cause
}

// ProducerError is a message that could not be delivered, and why.
type ProducerError struct {
	// Msg is the message, yours again.
	Msg *ProducerMessage
	// Err is the last reason, retries included.
	Err error
	// PossiblyWritten tells that the record may be in the log nevertheless: it was sent, and what became of it is not known,
	// since an answer never came or did not say. If false, it is not there.
	PossiblyWritten bool

	routed bool   // Msg.Partition is where it was to go
	said   string // by the broker, about Err
}

// Error implements error. It names the topic, the partition if that was chosen, the reason, and what can be done.
func (pe ProducerError) Error() string {
	if pe.Msg == nil {
		return fmt.Sprintf("kafka: Failed to produce message: %s", pe.Err)
	}
	text := fmt.Sprintf("kafka: Failed to produce message to topic %s: %s", pe.Msg.Topic, pe.Err)
	if pe.said != "" {
		text += ": " + pe.said
	}
	if pe.routed {
		text += fmt.Sprintf(" (partition %d)", pe.Msg.Partition)
	}
	if pe.PossiblyWritten {
		text += " (it may be written)"
	}
	if said := producerAdvice.about(pe.Err); said != "" {
		text += "; " + said
	}
	return text
}

// Unwrap returns the reason.
func (pe ProducerError) Unwrap() error { return pe.Err }

// ProducerErrors are the messages that were not delivered when a producer was closed, or of one SendMessages.
type ProducerErrors []*ProducerError

// Error implements error. It gives the number, and what the first of them says; all reasons are in the elements.
func (pe ProducerErrors) Error() string {
	text := fmt.Sprintf("kafka: Failed to deliver %d messages.", len(pe))
	if len(pe) > 0 && pe[0] != nil {
		text += " The first: " + pe[0].Error()
	}
	return text
}

// Unwrap returns the elements.
func (pe ProducerErrors) Unwrap() []error {
	all := make([]error, 0, len(pe))
	for _, one := range pe {
		if one != nil {
			all = append(all, one)
		}
	}
	return all
}

// batchRefusal is what a broker has said of a batch that it has refused (KIP-467).
type batchRefusal struct {
	named map[int32]string // by their place, what it says of the records for which it has
	rest  string           // of the others
}

func newBatchRefusal(answer *ProduceResponseBlock, messages int) (r batchRefusal) {
	if answer.ErrorMessage != nil {
		r.rest = printable(*answer.ErrorMessage)
	}
	if len(answer.RecordErrors) == 0 {
		return r
	}
	r.named = make(map[int32]string, len(answer.RecordErrors))
	for _, e := range answer.RecordErrors {
		r.named[e.BatchIndex] = r.rest
		if e.BatchIndexErrorMessage != nil {
			r.named[e.BatchIndex] = printable(*e.BatchIndexErrorMessage)
		}
	}
	r.rest = fmt.Sprintf("not this record, but %d of the %d in its batch, is refused: %s", len(answer.RecordErrors), messages, r.rest)
	return r
}

// said is what the broker has said of the i-th record.
func (r *batchRefusal) said(i int) string {
	if said, named := r.named[int32(i)]; named {
		return said
	}
	return r.rest
}

// producerAdvice is for errors that no retry mends.
var producerAdvice = advice{
	ErrUnknownTopicOrPartition:     "create the topic, or let brokers do so: Metadata.AllowAutoTopicCreation here and auto.create.topics.enable there",
	ErrInvalidTopic:                "a topic's name has 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and is not '.' or '..'",
	ErrTopicAuthorizationFailed:    "allow the client's principal to WRITE to the topic",
	ErrClusterAuthorizationFailed:  "allow the client's principal IDEMPOTENT_WRITE on the cluster",
	ErrInvalidRecord:               "send what the topic takes: a compacted one takes no record without a key",
	ErrMessageSizeTooLarge:         "raise max.message.bytes of the topic, or compress",
	ErrMessageSetSizeTooLarge:      "raise segment.bytes of the topic, or lower Producer.MaxMessageBytes",
	ErrInvalidTimestamp:            "set the message's Timestamp within message.timestamp.before.max.ms and .after.max.ms of the topic",
	ErrUnsupportedForMessageFormat: "set Config.Version to what the topic's message format has",
}

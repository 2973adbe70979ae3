package sarama

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// AdminError is why an operation failed for one resource.
type AdminError struct {
	// Operation is Kafka's name of the request, such as "CreateTopics".
	Operation string
	// Resource is what it was about, such as "topic orders".
	Resource string
	// Err has the broker's code and message, or why there is no answer.
	Err error
}

// Error implements error.
func (e *AdminError) Error() string {
	return fmt.Sprintf("%s: %s: %v", e.Operation, e.Resource, e.Err)
}

// Unwrap returns the cause.
func (e *AdminError) Unwrap() error { return e.Err }

// AdminErrors returns the AdminErrors in an error, one for each resource that failed.
func AdminErrors(err error) []*AdminError {
	if one, ok := err.(*AdminError); ok {
		return []*AdminError{one}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return AdminErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*AdminError
		for _, cause := range e.Unwrap() {
			all = append(all, AdminErrors(cause)...)
		}
		return all
	}
	return nil
}

// refusals collects what an operation failed with.
type refusals struct {
	operation string
	errs      []*AdminError
}

// add takes down an error; nil is none. The resource may be one that a broker has named.
func (r *refusals) add(err error, format string, args ...any) {
	if err != nil {
		r.errs = append(r.errs, &AdminError{r.operation, printable(fmt.Sprintf(format, args...)), err})
	}
}

// err joins them, by resource.
func (r *refusals) err() error {
	slices.SortFunc(r.errs, func(a, b *AdminError) int { return strings.Compare(a.Resource, b.Resource) })
	joined := make([]error, 0, len(r.errs))
	for _, e := range r.errs {
		joined = append(joined, e)
	}
	return errors.Join(joined...)
}

// failed is the error of an operation as a whole; nil for nil.
func failed(operation, resource string, err error) error {
	if err == nil {
		return nil
	}
	return &AdminError{operation, resource, err}
}

// partitions takes down what partitions failed with.
func (r *refusals) partitions(outcomes map[topicPartition]partitionOutcome) {
	for tp, o := range outcomes {
		r.add(o.err, "partition %s", tp)
	}
}

// keys takes down what groups or transactional ids failed with.
func (r *refusals) keys(kind string, outcomes coordinated) {
	for key, o := range outcomes {
		r.add(o.err, "%s %s", kind, key)
	}
}

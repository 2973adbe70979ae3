package conn

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// ErrClosed is the error of requests that Close has cut off; it is also net.ErrClosed.
var ErrClosed = fmt.Errorf("connection closed by this side: %w", net.ErrClosed)

// WriteState tells how much of a request's bytes were written when it failed.
type WriteState int8

const (
	// Unwritten requests have not left: it is safe to send them again.
	Unwritten WriteState = iota
	// Partly written requests cannot have been carried out by a peer that waits for the whole frame.
	Partly
	// Written requests may have been carried out.
	Written
)

// String returns the state in words.
func (s WriteState) String() string {
	switch s {
	case Unwritten:
		return "request not sent"
	case Partly:
		return "request partly sent"
	default:
		return "request sent"
	}
}

// Failure is the error of every request without an answer.
type Failure struct {
	// State tells how much of the request was written.
	State WriteState
	// Err is the error that ended the connection, or the wait for room on it.
	Err error
}

// Error implements error.
func (f *Failure) Error() string { return f.State.String() + ": " + f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// IsUnwritten reports whether err says that nothing of the request was written.
func IsUnwritten(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.State == Unwritten
}

// SizeError says that a frame announces a size that is too small for a frame, or above the limit.
type SizeError struct {
	Size, Limit int32
}

// Error implements error.
func (e *SizeError) Error() string {
	if e.Size <= minFrame {
		return fmt.Sprintf("frame of invalid size %d", e.Size)
	}
	return fmt.Sprintf("frame of %d bytes is above the limit of %d", e.Size, e.Limit)
}

// CorrelationError says that the answer to another request than the oldest has come.
type CorrelationError struct {
	Want, Got int32
}

// Error implements error.
func (e *CorrelationError) Error() string {
	return fmt.Sprintf("answer has correlation id %d in place of %d", e.Got, e.Want)
}

// UnexpectedError says that a frame has come while no request was unanswered.
type UnexpectedError struct {
	ID, Size int32
}

// Error implements error.
func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("unexpected frame of %d bytes with correlation id %d while no request is unanswered", e.Size, e.ID)
}

// TimeoutError says that the peer did not answer, or not read, in time. It is a net.Error and os.ErrDeadlineExceeded.
type TimeoutError struct {
	// Writing tells that a write took too long; otherwise an answer did.
	Writing bool
	// After is the time that was allowed.
	After time.Duration
}

// Error implements error.
func (e *TimeoutError) Error() string {
	if e.Writing {
		return fmt.Sprintf("writing a request: i/o timeout after %v", e.After)
	}
	return fmt.Sprintf("waiting for an answer: i/o timeout after %v", e.After)
}

// Timeout implements net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary implements net.Error.
func (e *TimeoutError) Temporary() bool { return true }

// Is makes it os.ErrDeadlineExceeded.
func (e *TimeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// SilenceError says that the peer's host is gone, or the way to it. It is a net.Error and os.ErrDeadlineExceeded.
type SilenceError struct {
	// After is for how long the host has acknowledged nothing of what it was sent.
	After time.Duration
}

// Error implements error.
func (e *SilenceError) Error() string {
	return fmt.Sprintf("waiting for an answer: the host has acknowledged nothing for %v: it is down, or cut off", e.After)
}

// Timeout implements net.Error.
func (e *SilenceError) Timeout() bool { return true }

// Temporary implements net.Error.
func (e *SilenceError) Temporary() bool { return true }

// Is makes it os.ErrDeadlineExceeded.
func (e *SilenceError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

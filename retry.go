package sarama

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

const (
	defaultRetryBackoff    = 100 * time.Millisecond
	defaultRetryMaxBackoff = time.Second
)

// backoffFunc tells how long to wait before a retry. retries counts the retries made before this one: 0 for the first.
type backoffFunc func(retries, maxRetries int) time.Duration

// backoffOf is the backoff of a Config.*.Retry: the function if there is one, else the fixed time.
func backoffOf(fixed time.Duration, function func(retries, maxRetries int) time.Duration) backoffFunc {
	if function != nil {
		return function
	}
	return func(int, int) time.Duration { return fixed }
}

// retrier is the one retry loop.
type retrier struct {
	max     int // retries, beyond the first attempt
	backoff backoffFunc
	// mayWait, if set, tells whether to go on when the retries are used up, at least defaultRetryBackoff after each attempt.
	mayWait func() bool
	// onRetry, if set, is told of each retry before the wait: how long, how many are left after it, and why.
	onRetry func(backoff time.Duration, remaining int, err error)
}

// do calls attempt until it succeeds, says that trying again is of no use, the retries are used up, or ctx ends; it
// returns the last attempt's error. It does not begin a wait that leaves no time until ctx's deadline. When ctx ends during a
// wait the error is also the context's cause.
func (r retrier) do(ctx context.Context, attempt func(context.Context) (again bool, err error)) error {
	for retries := 0; ; retries++ {
		again, err := attempt(ctx)
		if err == nil || !again || retries >= r.max && (r.mayWait == nil || !r.mayWait()) {
			return err
		}
		backoff := r.backoff(min(retries, r.max), r.max)
		if retries >= r.max {
			backoff = max(backoff, defaultRetryBackoff)
		}
		if deadline, ok := ctx.Deadline(); ok && !time.Now().Add(backoff).Before(deadline) {
			return err
		}
		if r.onRetry != nil {
			r.onRetry(backoff, max(r.max-retries-1, 0), err)
		}
		if cause := wait(ctx, backoff); cause != nil {
			return fmt.Errorf("%w (no retry: %w)", err, cause)
		}
	}
}

// wait returns nil after d, or the cause of ctx when that ends first, at once if it has ended already.
func wait(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// runAfter runs fn once ctx has ended. What it returns keeps fn from running, or waits until it has run, and tells whether it has.
func runAfter(ctx context.Context, fn func()) (stop func() (ran bool)) {
	done := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(done)
		withRecover(fn)
	})
	return func() bool {
		if unhook() {
			return false
		}
		<-done
		return true
	}
}

// NewExponentialBackoff returns a function for the Config.*.Retry.BackoffFunc fields: it starts at backoff (default: 100
// ms), doubles with each retry, varies by a fifth either way so that many clients do not return together, and never
// exceeds maxBackoff (default: 1 s). Defaults stand in for zero and negative values (KIP-580).
func NewExponentialBackoff(backoff, maxBackoff time.Duration) func(retries, maxRetries int) time.Duration {
	if backoff <= 0 {
		backoff = defaultRetryBackoff
	}
	if maxBackoff <= 0 {
		maxBackoff = defaultRetryMaxBackoff
	}
	if backoff > maxBackoff {
		Logger.Println("Warning: backoff is greater than maxBackoff, using maxBackoff instead.")
		backoff = maxBackoff
	}
	return func(retries, _ int) time.Duration {
		if retries <= 0 {
			return backoff
		}
		// In floats a power too large is infinity, where integers would overflow after some dozens of retries.
		grown := float64(backoff) * math.Exp2(float64(retries-1)) * (0.8 + 0.4*rand.Float64())
		if grown >= float64(maxBackoff) {
			return maxBackoff
		}
		return time.Duration(grown)
	}
}

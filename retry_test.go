package sarama

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetrierStops(t *testing.T) {
	for _, test := range []struct {
		name      string
		max       int
		attempts  []error // nil: success
		fatalAt   int     // attempt that says it is of no use to go on; 0: none
		wantCalls int
		want      error
		wantWait  time.Duration
	}{
		{"success at once", 3, []error{nil}, 0, 1, nil, 0},
		{"success after two", 3, []error{io.EOF, io.EOF, nil}, 0, 3, nil, 2 * time.Second},
		{"retries used up", 2, []error{io.EOF, io.EOF, io.ErrNoProgress}, 0, 3, io.ErrNoProgress, 2 * time.Second},
		{"no retries", 0, []error{io.EOF}, 0, 1, io.EOF, 0},
		{"fatal", 5, []error{io.EOF, ErrClosedClient}, 2, 2, ErrClosedClient, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				err := retrier{max: test.max, backoff: backoffOf(time.Second, nil)}.do(t.Context(),
					func(context.Context) (bool, error) {
						calls++
						return calls != test.fatalAt, test.attempts[calls-1]
					})
				require.Equal(t, test.want, err)
				require.Equal(t, test.wantCalls, calls)
				require.Equal(t, test.wantWait, time.Since(start))
			})
		})
	}
}

func TestRetrierTellsOfRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type retry struct {
			backoff   time.Duration
			remaining int
			err       error
		}
		var told []retry
		r := retrier{
			max:     2,
			backoff: backoffOf(time.Hour, func(retries, maxRetries int) time.Duration { return time.Duration(10*maxRetries + retries) }),
			onRetry: func(backoff time.Duration, remaining int, err error) {
				told = append(told, retry{backoff, remaining, err})
			},
		}
		err := r.do(t.Context(), func(context.Context) (bool, error) { return true, io.EOF })
		require.Equal(t, io.EOF, err)
		require.Equal(t, []retry{{20, 1, io.EOF}, {21, 0, io.EOF}}, told)
	})
}

func TestRetrierEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("closing")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(reason) })
		start := time.Now()
		err := retrier{max: 9, backoff: backoffOf(time.Minute, nil)}.do(ctx,
			func(context.Context) (bool, error) { return true, io.EOF })
		require.ErrorIs(t, err, reason)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestRetrierDoesNotWaitBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start, calls := time.Now(), 0
		err := retrier{max: 9, backoff: backoffOf(2*time.Second, nil)}.do(ctx,
			func(context.Context) (bool, error) { calls++; return true, io.EOF })
		require.Equal(t, io.EOF, err)
		require.Equal(t, 3, calls)
		require.Equal(t, 4*time.Second, time.Since(start))
	})
}

func TestWaitWithoutTime(t *testing.T) {
	require.NoError(t, wait(t.Context(), 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, wait(ctx, 0), context.Canceled)
	require.ErrorIs(t, wait(ctx, time.Hour), context.Canceled)
}

func TestNewExponentialBackoff(t *testing.T) {
	const ms = time.Millisecond
	f := NewExponentialBackoff(100*ms, 2*time.Second)
	for _, test := range []struct {
		retries  int
		from, to time.Duration
	}{
		{-1, 100 * ms, 100 * ms},
		{0, 100 * ms, 100 * ms},
		{1, 80 * ms, 120 * ms},
		{3, 320 * ms, 480 * ms},
		{5, 1280 * ms, 1920 * ms},
		{6, 2 * time.Second, 2 * time.Second},
		{40, 2 * time.Second, 2 * time.Second},
		{math.MaxInt, 2 * time.Second, 2 * time.Second},
	} {
		for range 50 {
			got := f(test.retries, 3)
			require.GreaterOrEqual(t, got, test.from, "%d", test.retries)
			require.LessOrEqual(t, got, test.to, "%d", test.retries)
		}
	}
}

func TestNewExponentialBackoffDefaults(t *testing.T) {
	var out bytes.Buffer
	captureLog(t, &out)
	require.Equal(t, 100*time.Millisecond, NewExponentialBackoff(0, -1)(0, 0))
	require.Equal(t, time.Second, NewExponentialBackoff(0, 0)(10, 0))
	require.Empty(t, out.String())

	f := NewExponentialBackoff(time.Minute, time.Second)
	require.Equal(t, time.Second, f(0, 0))
	require.Equal(t, "Warning: backoff is greater than maxBackoff, using maxBackoff instead.\n", out.String())

	longest := NewExponentialBackoff(math.MaxInt64, math.MaxInt64)
	require.Positive(t, longest(1, 0))
	require.Positive(t, longest(100, 0))
}

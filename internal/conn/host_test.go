package conn

import (
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// scriptedHost acknowledges until it is gone.
type scriptedHost struct {
	gone  atomic.Pointer[time.Time] // since when; nil: it is there
	often atomic.Bool
	asked atomic.Int32
}

func (h *scriptedHost) Silent() time.Duration {
	if gone := h.gone.Load(); gone != nil {
		return time.Since(*gone)
	}
	return 0
}

func (h *scriptedHost) Ask(often bool) {
	h.often.Store(often)
	h.asked.Add(1)
}

func (h *scriptedHost) vanish() {
	now := time.Now()
	h.gone.Store(&now)
}

func hostOptions() (Options, *scriptedHost) {
	host := &scriptedHost{}
	opts := testOptions()
	opts.Host, opts.Silence = host, 4*time.Second
	return opts, host
}

func requireSilence(t *testing.T, err error) {
	t.Helper()
	var silence *SilenceError
	require.ErrorAs(t, err, &silence)
	require.Equal(t, 4*time.Second, silence.After)
	require.ErrorContains(t, err, "acknowledged nothing for 4s")
}

// TestHostThatIsGone has a host vanish before, and at several moments after, a request has been sent.
func TestHostThatIsGone(t *testing.T) {
	for _, after := range []time.Duration{-time.Hour, 0, 100 * time.Millisecond, 3 * time.Second, 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			opts, host := hostOptions()
			c, far := pipe(t, opts)
			go io.Copy(io.Discard, far)
			got := make(calls, 1)
			if after < 0 {
				host.vanish()
				time.Sleep(-after)
			}
			got.send(c, 1, "x", SendOptions{})
			began := time.Now()
			if after >= 0 {
				time.Sleep(after)
				host.vanish()
			}
			o := <-got
			requireSilence(t, o.err)
			requireFailure(t, o.err, Written)
			wait := time.Since(began) - max(after, 0)
			require.GreaterOrEqual(t, wait, 4*time.Second)
			require.LessOrEqual(t, wait, 4*time.Second+opts.Silence/looks)
			require.NoError(t, c.Close())
		})
	}
}

// TestHostOfWhoDoesNotRead has a write meet a host that is gone.
func TestHostOfWhoDoesNotRead(t *testing.T) {
	for _, noAnswer := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			opts, host := hostOptions()
			c, _ := pipe(t, opts)
			host.vanish()
			began := time.Now()
			got := make(calls, 1)
			go got.send(c, 1, "x", SendOptions{NoAnswer: noAnswer})
			requireSilence(t, (<-got).err)
			require.Equal(t, 4*time.Second, time.Since(began))
			require.NoError(t, c.Close())
		})
	}
}

// TestHostOfABusyPeer is asked often only as long as the peer is waited for, and has all the time it wants.
func TestHostOfABusyPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, host := hostOptions()
		c, far := pipe(t, opts)
		got := make(calls, 1)
		go got.send(c, 1, "x", SendOptions{})
		_, _, err := readFrame(far)
		require.NoError(t, err)
		time.Sleep(999 * time.Millisecond)
		require.False(t, host.often.Load())
		time.Sleep(28 * time.Second)
		require.True(t, host.often.Load())
		require.EqualValues(t, 1, host.asked.Load())
		_, err = far.Write(answer(1, "y"))
		require.NoError(t, err)
		require.NoError(t, (<-got).err)
		time.Sleep(time.Second)
		require.False(t, host.often.Load())
		host.vanish() // of which nothing is wanted
		time.Sleep(time.Hour)
		require.NoError(t, c.Err())
		require.EqualValues(t, 2, host.asked.Load())
		require.NoError(t, c.Close())
	})
}

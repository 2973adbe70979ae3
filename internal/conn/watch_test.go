package conn

import (
	"io"
	"net"
	"os"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func heapAllocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func requireTimeout(t *testing.T, err error, writing bool) {
	t.Helper()
	var late *TimeoutError
	require.ErrorAs(t, err, &late)
	require.Equal(t, writing, late.Writing)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	var network net.Error
	require.ErrorAs(t, err, &network)
	require.True(t, network.Timeout())
}

func TestPeerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		go io.Copy(io.Discard, far)
		start := time.Now()
		got := make(calls, 2)
		got.send(c, 1, "x", SendOptions{ExtraWait: 10 * time.Second})
		time.Sleep(15 * time.Second)
		got.send(c, 2, "x", SendOptions{})
		for range 2 {
			o := <-got
			requireTimeout(t, o.err, false)
			requireFailure(t, o.err, Written)
		}
		require.Equal(t, 40*time.Second, time.Since(start))
		require.NoError(t, c.Close())
	})
}

// TestDeadlineCountsFromThePreviousAnswer has a peer that is slow, but never too slow for one answer.
func TestDeadlineCountsFromThePreviousAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		got := make(calls, 5)
		go func() {
			for id := range int32(5) {
				got.send(c, id, "x", SendOptions{})
			}
		}()
		for range 5 {
			_, _, err := readFrame(far)
			require.NoError(t, err)
		}
		for id := range int32(4) {
			time.Sleep(29 * time.Second)
			_, err := far.Write(answer(id, "y"))
			require.NoError(t, err)
			require.NoError(t, (<-got).err)
		}
		before := time.Now()
		requireTimeout(t, (<-got).err, false)
		require.Equal(t, 30*time.Second, time.Since(before))
		require.NoError(t, c.Close())
	})
}

func TestAnswerThatBeginsHasTimeToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		got := make(calls, 5)
		go got.send(c, 1, "x", SendOptions{})
		_, _, err := readFrame(far)
		require.NoError(t, err)
		time.Sleep(29 * time.Second)
		_, err = far.Write(answer(1, "yyyy")[:9])
		require.NoError(t, err)
		before := time.Now()
		requireTimeout(t, (<-got).err, false)
		require.Equal(t, 30*time.Second, time.Since(before))
		require.NoError(t, c.Close())
	})
}

func TestIdleConnectionLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		go echo(far)
		got := make(calls, 5)
		got.send(c, 1, "x", SendOptions{})
		require.NoError(t, (<-got).err)
		time.Sleep(time.Hour)
		require.NoError(t, c.Err())
		before := time.Now()
		got.send(c, 2, "x", SendOptions{})
		require.NoError(t, (<-got).err)
		require.Zero(t, time.Since(before))
		require.NoError(t, c.Close())
	})
}

func TestPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		got := make(calls, 5)
		before := time.Now()
		go got.send(c, 1, "x", SendOptions{})
		_, err := io.ReadFull(far, make([]byte, 3))
		require.NoError(t, err)
		synctest.Wait()
		go got.send(c, 2, "x", SendOptions{})
		go func() { synctest.Wait(); got.send(c, 3, "x", SendOptions{NoAnswer: true}) }()
		for id, state := range []WriteState{Partly, Unwritten, Unwritten} {
			o := <-got
			require.EqualValues(t, id+1, o.id)
			requireTimeout(t, o.err, true)
			requireFailure(t, o.err, state)
		}
		require.Equal(t, 20*time.Second, time.Since(before))
		require.NoError(t, c.Close())
	})
}

// TestSlowWriteIsNoSlowAnswer has a write that takes longer than an answer may.
func TestSlowWriteIsNoSlowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions()
		opts.ReadTimeout = 5 * time.Second
		c, far := pipe(t, opts)
		got := make(calls, 5)
		go got.send(c, 1, "x", SendOptions{})
		time.Sleep(15 * time.Second)
		_, _, err := readFrame(far)
		require.NoError(t, err)
		time.Sleep(4 * time.Second)
		_, err = far.Write(answer(1, "y"))
		require.NoError(t, err)
		require.NoError(t, (<-got).err)
		require.NoError(t, c.Close())
	})
}

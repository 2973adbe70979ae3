package conn

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// attend sends a request whose sender would read its answer, and reads it if it is to. It tells whether it was.
func (o calls) attend(c *Conn, id int32) bool {
	attend := c.Send(context.Background(), frame(id, "x"), id, SendOptions{Attend: true}, func(b []byte, err error) {
		o <- outcome{id, string(b), err}
	})
	if attend {
		c.Attend()
	}
	return attend
}

// lent makes a connection whose read role is free.
func lent(t *testing.T, opts Options) (*Conn, net.Conn) {
	c, far := pipe(t, opts)
	got := make(calls, 1)
	go func() {
		id, _, _ := readFrame(far)
		_, _ = far.Write(answer(id, "y"))
	}()
	require.False(t, got.attend(c, 1), "the goroutine reads until it knows of senders that would")
	require.Equal(t, outcome{1, "y", nil}, <-got)
	synctest.Wait()
	return c, far
}

func TestSenderReadsItsOwnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := lent(t, testOptions())
		go echo(far)
		got := make(calls, 1)
		for id := range int32(10) {
			require.True(t, got.attend(c, id))
			require.Equal(t, outcome{id, "x", nil}, <-got)
		}
		got.send(c, 20, "for the goroutine", SendOptions{})
		require.Equal(t, outcome{20, "for the goroutine", nil}, <-got)
		synctest.Wait()
		require.True(t, got.attend(c, 21), "it is lent again")
		require.Equal(t, outcome{21, "x", nil}, <-got)
	})
}

func TestReadRoleComesBackToTheGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := lent(t, testOptions())
		got, first := make(calls, 2), make(chan bool)
		go func() { first <- got.attend(c, 2) }()
		_, _, err := readFrame(far)
		require.NoError(t, err)
		synctest.Wait() // it reads
		second := make(chan bool, 1)
		go func() { second <- got.attend(c, 3) }()
		_, _, err = readFrame(far)
		require.NoError(t, err)
		_, err = far.Write(answer(2, "y"))
		require.NoError(t, err)
		require.True(t, <-first)
		require.False(t, <-second, "somebody read already")
		_, err = far.Write(answer(3, "z"))
		require.NoError(t, err)
		require.Equal(t, outcome{2, "y", nil}, <-got)
		require.Equal(t, outcome{3, "z", nil}, <-got)
	})
}

// A sender that writes for others does not have its own answer wait for that.
func TestSenderThatWritesForOthersDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := lent(t, testOptions())
		got, first := make(calls, 2), make(chan bool)
		go func() { first <- got.attend(c, 2) }()
		synctest.Wait() // it writes, to a peer that does not read yet
		got.send(c, 3, "queued", SendOptions{})
		_, _, err := readFrame(far)
		require.NoError(t, err)
		_, err = far.Write(answer(2, "y"))
		require.NoError(t, err)
		require.Equal(t, outcome{2, "y", nil}, <-got, "the peer has not read the second request")
		_, _, err = readFrame(far)
		require.NoError(t, err)
		require.False(t, <-first)
		_, err = far.Write(answer(3, "z"))
		require.NoError(t, err)
		require.Equal(t, outcome{3, "z", nil}, <-got)
	})
}

func TestEndIsNoticedWhileTheReadRoleIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := lent(t, testOptions())
		require.NoError(t, far.Close())
		start := time.Now()
		<-c.Dead()
		require.LessOrEqual(t, time.Since(start), 2*quiet)
		require.True(t, c.EndedIdle())
		require.ErrorIs(t, c.Err(), io.EOF)
	})
}

func TestCloseWhileASenderReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := lent(t, testOptions())
		got, done := make(calls, 1), make(chan bool)
		go func() { done <- got.attend(c, 2) }()
		_, _, err := readFrame(far)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, c.Close())
		require.True(t, <-done)
		o := <-got
		require.ErrorIs(t, o.err, ErrClosed)
		requireFailure(t, o.err, Written)
		require.False(t, got.attend(c, 3))
		require.True(t, IsUnwritten((<-got).err))
	})
}

func TestSenderThatReadsMeetsTheTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions()
		opts.ReadTimeout = time.Second
		c, far := lent(t, opts)
		discard(t, far)
		got := make(calls, 1)
		require.True(t, got.attend(c, 2))
		var timeout *TimeoutError
		require.ErrorAs(t, (<-got).err, &timeout)
	})
}

// A callback that panics ends the connection, and nobody waits for ever.
func TestPanicOfASenderThatReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := lent(t, testOptions())
		go echo(far)
		require.True(t, c.Send(context.Background(), frame(2, "x"), 2, SendOptions{Attend: true}, func([]byte, error) { panic("no") }))
		require.PanicsWithValue(t, "no", c.Attend)
		<-c.Dead()
		require.NoError(t, c.Close())
	})
}

// Many senders, some of which read, on a connection that ends at last: each request has its answer, or its error.
func TestSendersOfBothKinds(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			c, far := pipe(t, testOptions())
			go echo(far)
			var senders sync.WaitGroup
			for sender := range 8 {
				senders.Go(func() {
					got := make(calls, 1)
					for n := range 200 {
						id := int32(sender<<16 | n)
						if (sender+n)%3 == 0 {
							got.send(c, id, "x", SendOptions{})
						} else {
							got.attend(c, id)
						}
						if o := <-got; o.err != nil {
							require.ErrorIs(t, o.err, ErrClosed)
							return
						}
						if sender == 0 && n == 150 {
							go func() { _ = c.Close() }()
						}
					}
				})
			}
			senders.Wait()
		})
	}
}

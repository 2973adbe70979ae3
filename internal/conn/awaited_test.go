package conn

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lockedConn holds a lock over Read and over Write, as careless wrappers do.
type lockedConn struct {
	net.Conn
	lock  chan struct{} // a channel, since a bubble's time does not pass while somebody waits for a mutex
	write func([]byte) (int, error)
}

func (c *lockedConn) Read(b []byte) (int, error) {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	return c.Conn.Read(b)
}

func (c *lockedConn) Write(b []byte) (int, error) {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	if c.write != nil {
		return c.write(b)
	}
	return c.Conn.Write(b)
}

// SetReadDeadline is as on a socket: that the other end is gone is no error.
func (c *lockedConn) SetReadDeadline(at time.Time) error {
	if err := c.Conn.SetReadDeadline(at); !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return nil
}

// locked makes a connection that reads only for answers, of a lockedConn.
func locked(t *testing.T, change func(*Options)) (*Conn, *lockedConn, net.Conn) {
	near, far := net.Pipe()
	nc := &lockedConn{Conn: near, lock: make(chan struct{}, 1)}
	opts := testOptions()
	opts.AwaitedOnly = true
	if change != nil {
		change(&opts)
	}
	c := New(nc, opts)
	t.Cleanup(func() {
		_ = c.Close()
		_ = far.Close()
	})
	return c, nc, far
}

// requireFree checks that nobody reads.
func requireFree(t *testing.T, nc *lockedConn) {
	t.Helper()
	synctest.Wait()
	require.Empty(t, nc.lock, "somebody reads")
}

func TestAwaitedOnlyReadsForAnswersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, nc, far := locked(t, nil)
		go echo(far)
		got := make(calls, 1)
		for id := range int32(10) {
			requireFree(t, nc)
			if id%3 == 1 {
				require.True(t, got.attend(c, id), "nobody else reads")
			} else {
				got.send(c, id, "x", SendOptions{})
			}
			require.Equal(t, outcome{id, "x", nil}, <-got)
			time.Sleep(time.Minute)
		}
		requireFree(t, nc)
		require.NoError(t, c.Err())
		require.NoError(t, c.Close())
		require.False(t, c.EndedIdle())
	})
}

// countingConn checks that each Read is for an answer, or limited.
type countingConn struct {
	net.Conn
	t                 *testing.T
	written, answered atomic.Int32
	limited           atomic.Bool
}

func (c *countingConn) SetReadDeadline(at time.Time) error {
	c.limited.Store(!at.IsZero())
	return c.Conn.SetReadDeadline(at)
}

func (c *countingConn) Read(b []byte) (int, error) {
	if !c.limited.Load() {
		assert.Greater(c.t, c.written.Load(), c.answered.Load(), "nothing is awaited")
	}
	return c.Conn.Read(b)
}

func (c *countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(1)
	return n, err
}

// Requests that are sent while others are answered, by senders that read or not, each have their answers.
func TestAwaitedOnlyWithManySenders(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			nc := &countingConn{Conn: near, t: t}
			opts := testOptions()
			opts.AwaitedOnly = true
			opts.Observer = answersCounter{&nc.answered}
			c := New(nc, opts)
			go echo(far)
			var senders sync.WaitGroup
			for sender := range 8 {
				senders.Go(func() {
					got := make(calls, 1)
					for n := range 100 {
						if n%20 == 19 {
							time.Sleep(2 * time.Second)
						}
						id := int32(sender<<16 | n)
						switch (sender + n) % 4 {
						case 0:
							got.attend(c, id)
						case 1:
							c.Probe()
							fallthrough
						default:
							got.send(c, id, "x", SendOptions{})
						}
						require.Equal(t, outcome{id, "x", nil}, <-got)
					}
				})
			}
			senders.Wait()
			require.NoError(t, c.Close())
			require.EqualValues(t, 800, nc.answered.Load())
		})
	}
}

// answersCounter is an observer that counts answers before the next is read.
type answersCounter struct{ answers *atomic.Int32 }

func (answersCounter) Sent(int) {}

func (o answersCounter) Received(int, time.Duration) { o.answers.Add(1) }

func (answersCounter) InFlight(int) {}

func TestAwaitedOnlyRequestsWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, nc, far := locked(t, nil)
		go echoOdd(far)
		got := make(calls, 1)
		for id := range int32(10) {
			got.send(c, id, "x", SendOptions{NoAnswer: id%2 == 0})
			require.NoError(t, (<-got).err)
			requireFree(t, nc)
		}
	})
}

func TestAwaitedOnlyMeetsTheTimeLimit(t *testing.T) {
	for name, send := range map[string]func(calls, *Conn){
		"goroutine": func(got calls, c *Conn) { got.send(c, 2, "x", SendOptions{}) },
		"sender":    func(got calls, c *Conn) { got.attend(c, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, nc, far := locked(t, func(opts *Options) { opts.ReadTimeout = time.Second })
				discard(t, far)
				got := make(calls, 1)
				start := time.Now()
				send(got, c)
				o := <-got
				var timeout *TimeoutError
				require.ErrorAs(t, o.err, &timeout)
				requireFailure(t, o.err, Written)
				require.Equal(t, time.Second, time.Since(start))
				require.False(t, c.EndedIdle())
				requireFree(t, nc)
			})
		})
	}
}

func TestAwaitedOnlyClosesAtAnyTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, nc, far := locked(t, nil)
		discard(t, far)
		got := make(calls, 2)
		got.send(c, 1, "x", SendOptions{})
		synctest.Wait()
		require.Len(t, nc.lock, 1, "it reads")
		require.NoError(t, c.Close())
		o := <-got
		require.ErrorIs(t, o.err, ErrClosed)
		requireFailure(t, o.err, Written)

		c, nc, far = locked(t, nil) // not used at all
		discard(t, far)
		requireFree(t, nc)
		require.NoError(t, c.Close())
		require.False(t, c.Probe())
	})
}

func TestAwaitedOnlyWriteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		c, nc, _ := locked(t, nil)
		nc.write = func([]byte) (int, error) { return 0, broken }
		got := make(calls, 2)
		require.False(t, got.attend(c, 1))
		o := <-got
		require.ErrorIs(t, o.err, broken)
		requireFailure(t, o.err, Unwritten)
		<-c.Dead()
		require.NoError(t, c.Close())
	})
}

// The end of an idle connection is not seen by itself, but by who asks before the next request.
func TestProbeSeesTheEndOfAnIdleConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, far := locked(t, nil)
		require.NoError(t, far.Close())
		time.Sleep(time.Hour)
		require.NoError(t, c.Err())
		require.True(t, c.Probe())
		<-c.Dead()
		require.True(t, c.EndedIdle())
		require.ErrorIs(t, c.Err(), io.EOF)
		got := make(calls, 1)
		got.send(c, 1, "x", SendOptions{})
		require.True(t, IsUnwritten((<-got).err))
	})
}

func TestProbeLeavesAConnectionAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, nc, far := locked(t, nil)
		start := time.Now()
		require.False(t, c.Probe())
		require.Zero(t, time.Since(start), "it is new")
		go echo(far)
		got := make(calls, 1)
		for id := range int32(3) {
			time.Sleep(time.Minute)
			start = time.Now()
			require.False(t, c.Probe())
			require.Equal(t, glance, time.Since(start))
			require.False(t, c.Probe())
			require.Equal(t, glance, time.Since(start), "it has been looked at")
			requireFree(t, nc)
			got.send(c, id, "x", SendOptions{})
			require.Equal(t, outcome{id, "x", nil}, <-got)
		}
		plain, _ := pipe(t, testOptions())
		time.Sleep(time.Minute)
		require.False(t, plain.Probe())
	})
}

// What is sent while somebody looks has its answer.
func TestSendDuringAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, nc, far := locked(t, nil)
		go echo(far)
		time.Sleep(time.Minute)
		ended := make(chan bool)
		go func() { ended <- c.Probe() }()
		synctest.Wait()
		require.Len(t, nc.lock, 1, "it looks")
		got := make(calls, 1)
		require.True(t, got.attend(c, 1), "it is written after the look")
		require.Equal(t, outcome{1, "x", nil}, <-got)
		require.False(t, <-ended)
		requireFree(t, nc)
		got.send(c, 2, "y", SendOptions{})
		require.Equal(t, outcome{2, "y", nil}, <-got)
	})
}

// An answer that comes while somebody looks is read by the goroutine.
func TestAnswerDuringAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions()
		opts.AwaitedOnly = true
		c, far := pipe(t, opts)
		time.Sleep(time.Minute)
		ended := make(chan bool)
		go func() { ended <- c.Probe() }()
		synctest.Wait()
		got := make(calls, 1)
		attended := make(chan bool, 1)
		go func() { attended <- got.attend(c, 1) }()
		id, _, err := readFrame(far)
		require.NoError(t, err)
		require.False(t, <-attended, "who looks reads")
		_, err = far.Write(answer(id, "x"))
		require.NoError(t, err)
		require.False(t, <-ended)
		require.Equal(t, outcome{1, "x", nil}, <-got)
	})
}

// noDeadlines is a connection that has none, as those of SSH.
type noDeadlines struct{ net.Conn }

func (noDeadlines) SetReadDeadline(time.Time) error { return fmt.Errorf("no deadlines") }

func TestProbeWithoutDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		opts := testOptions()
		opts.AwaitedOnly = true
		c := New(noDeadlines{near}, opts)
		go echo(far)
		time.Sleep(time.Minute)
		require.False(t, c.Probe())
		got := make(calls, 1)
		got.send(c, 1, "x", SendOptions{})
		require.Equal(t, outcome{1, "x", nil}, <-got)
		require.NoError(t, c.Close())
	})
}

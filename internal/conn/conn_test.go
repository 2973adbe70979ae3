package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnswersComeInOrder(t *testing.T) {
	c, far := pipe(t, testOptions())
	go echo(far)
	got := make(calls, 100)
	for id := range int32(100) {
		got.send(c, id, fmt.Sprint("body ", id), SendOptions{})
	}
	for id := range int32(100) {
		require.Equal(t, outcome{id, fmt.Sprint("body ", id), nil}, <-got)
	}
	require.NoError(t, c.Err())
	require.Zero(t, c.InFlight())
}

func TestRequestsArePipelinedUpToTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		got := make(calls, 10)
		go func() {
			for id := range int32(7) {
				got.send(c, id, "x", SendOptions{})
			}
		}()
		for id := range int32(5) {
			seen, _, err := readFrame(far)
			require.NoError(t, err)
			require.Equal(t, id, seen)
		}
		synctest.Wait() // the sixth waits now
		require.Equal(t, 5, c.InFlight())
		for id := range int32(2) {
			_, err := far.Write(answer(id, "y"))
			require.NoError(t, err)
			require.Equal(t, outcome{id, "y", nil}, <-got)
			seen, _, err := readFrame(far)
			require.NoError(t, err)
			require.Equal(t, 5+id, seen)
		}
		require.NoError(t, c.Close())
		for id := int32(2); id < 7; id++ {
			o := <-got
			require.Equal(t, id, o.id)
			require.ErrorIs(t, o.err, ErrClosed)
			requireFailure(t, o.err, Written)
		}
	})
}

func TestWaitForRoomEndsWithContext(t *testing.T) {
	opts := testOptions()
	opts.MaxInFlight = 1
	c, far := pipe(t, opts)
	discard(t, far)
	got := make(calls, 2)
	got.send(c, 1, "x", SendOptions{})
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	go cancel(reason)
	c.Send(ctx, frame(2, "x"), 2, SendOptions{}, func(b []byte, err error) { got <- outcome{2, string(b), err} })
	o := <-got
	require.Equal(t, int32(2), o.id)
	require.ErrorIs(t, o.err, reason)
	require.True(t, IsUnwritten(o.err))
	require.NoError(t, c.Err())
}

func TestNoAnswer(t *testing.T) {
	c, far := pipe(t, testOptions())
	go echoOdd(far)
	got := make(calls, 20)
	for id := range int32(20) {
		got.send(c, id, "x", SendOptions{NoAnswer: id%2 == 0})
	}
	seen := map[int32]string{}
	for range 20 {
		o := <-got
		require.NoError(t, o.err)
		seen[o.id] = o.body
	}
	for id := range int32(20) {
		require.Equal(t, strings.Repeat("x", int(id%2)), seen[id])
	}
}

func echoOdd(nc net.Conn) {
	for {
		id, body, err := readFrame(nc)
		if err != nil {
			return
		}
		if id%2 == 1 {
			_, _ = nc.Write(answer(id, body))
		}
	}
}

func TestPeerThatClosesWhileIdleIsNoticed(t *testing.T) {
	opts := testOptions()
	ended := make(chan error, 1)
	opts.Ended = func(err error) { ended <- err }
	c, far := pipe(t, opts)
	require.NoError(t, far.Close())
	<-c.Dead()
	require.ErrorIs(t, c.Err(), io.EOF)
	require.True(t, c.EndedIdle())
	require.ErrorIs(t, <-ended, io.EOF)
	got := make(calls, 1)
	got.send(c, 1, "x", SendOptions{})
	o := <-got
	require.ErrorIs(t, o.err, io.EOF)
	require.True(t, IsUnwritten(o.err))
}

func TestInvalidFrames(t *testing.T) {
	big := strings.Repeat("z", 200)
	for name, test := range map[string]struct {
		bytes string
		check func(t *testing.T, err error)
	}{
		"size 0":      {"\x00\x00\x00\x00", isSize(0)},
		"size 4":      {"\x00\x00\x00\x04", isSize(4)},
		"negative":    {"\xff\xff\xff\xfe", isSize(-2)},
		"above limit": {"\x00\x10\x00\x01", isSize(1<<20 + 1)},
		"text":        {"HTTP/1.1 400 Bad Request\r\n\r\n" + big, isSize(0x48545450)},
		"wrong id": {string(answer(8, big)), func(t *testing.T, err error) {
			var wrong *CorrelationError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, CorrelationError{Want: 7, Got: 8}, *wrong)
			require.ErrorContains(t, err, "correlation id 8 in place of 7")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c, far := pipe(t, testOptions())
			discardFirst := make(chan struct{})
			go func() {
				_, _, _ = readFrame(far)
				close(discardFirst)
				_, _ = far.Write([]byte(test.bytes))
			}()
			got := make(calls, 1)
			got.send(c, 7, "x", SendOptions{})
			o := <-got
			<-discardFirst
			requireFailure(t, o.err, Written)
			require.False(t, c.EndedIdle())
			test.check(t, o.err)
			test.check(t, c.Err())
		})
	}
}

func isSize(size int32) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		var invalid *SizeError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, SizeError{size, 1 << 20}, *invalid)
	}
}

func TestUnexpectedFrame(t *testing.T) {
	c, far := pipe(t, testOptions())
	_, err := far.Write(answer(3, "x")[:8]) // its size and id suffice
	require.NoError(t, err)
	<-c.Dead()
	var unexpected *UnexpectedError
	require.ErrorAs(t, c.Err(), &unexpected)
	require.Equal(t, UnexpectedError{ID: 3, Size: 5}, *unexpected)
}

func TestCutAtEachByteOfAnAnswer(t *testing.T) {
	whole := answer(1, "some body")
	for cut := range whole {
		c, far := pipe(t, testOptions())
		go func() {
			_, _, _ = readFrame(far)
			_, _ = far.Write(whole[:cut])
			_ = far.Close()
		}()
		got := make(calls, 1)
		got.send(c, 1, "x", SendOptions{})
		o := <-got
		requireFailure(t, o.err, Written)
		if cut == 0 {
			require.ErrorIs(t, o.err, io.EOF)
		} else {
			require.ErrorIs(t, o.err, io.ErrUnexpectedEOF, "cut at %d", cut)
		}
	}
}

// TestCutAtEachByteOfRequests has a peer that reads so many bytes of three requests and closes.
func TestCutAtEachByteOfRequests(t *testing.T) {
	const size = 8 + 5
	for cut := range 3 * size {
		c, far := pipe(t, testOptions())
		got := make(calls, 3)
		go func() {
			_, _ = io.ReadFull(far, make([]byte, cut))
			_ = far.Close()
		}()
		for id := range int32(3) {
			got.send(c, id, "12345", SendOptions{})
		}
		// Each state must be true of what has been read.
		states := map[int32]WriteState{}
		for range 3 {
			o := <-got
			var f *Failure
			require.ErrorAs(t, o.err, &f)
			states[o.id] = f.State
		}
		for id := range 3 {
			switch read := min(max(cut-id*size, 0), size); read {
			case 0:
				require.Equal(t, Unwritten, states[int32(id)], "cut at %d, request %d", cut, id)
			case size:
				require.Equal(t, Written, states[int32(id)], "cut at %d, request %d", cut, id)
			default:
				require.Equal(t, Partly, states[int32(id)], "cut at %d, request %d", cut, id)
			}
		}
	}
}

func TestAnnouncedSizeCostsNothing(t *testing.T) {
	opts := testOptions()
	opts.MaxFrame = nil
	c, far := pipe(t, opts)
	huge := []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1}
	got := make(calls, 1)
	go func() {
		_, _, _ = readFrame(far)
		_, _ = far.Write(append(huge, make([]byte, 100_000)...))
		_ = far.Close()
	}()
	before := heapAllocated()
	got.send(c, 1, "x", SendOptions{})
	o := <-got
	require.ErrorIs(t, o.err, io.ErrUnexpectedEOF)
	require.Less(t, heapAllocated()-before, uint64(2<<20))
}

func TestLargeAnswerGrows(t *testing.T) {
	opts := testOptions()
	opts.MaxFrame = func() int32 { return 10 << 20 }
	c, far := pipe(t, opts)
	go echo(far)
	got := make(calls, 1)
	for i, size := range []int{1 << 20, 100, 4 << 20, 64<<10 - 1, 64 << 10, 64<<10 + 1} {
		body := strings.Repeat(fmt.Sprint(i), size)
		got.send(c, int32(i), body, SendOptions{})
		o := <-got
		require.NoError(t, o.err)
		require.True(t, o.body == body, "size %d", size)
	}
}

func TestHundredSenders(t *testing.T) {
	c, far := pipe(t, testOptions())
	go echo(far)
	var ids atomic.Int32
	var senders sync.WaitGroup
	for range 100 {
		senders.Go(func() {
			got := make(calls, 1)
			for range 20 {
				id := ids.Add(1)
				got.send(c, id, fmt.Sprint(id), SendOptions{})
				o := <-got
				if o.err != nil || o.body != fmt.Sprint(id) {
					t.Errorf("request %d got %q, %v", id, o.body, o.err)
				}
			}
		})
	}
	senders.Wait()
}

func TestCloseInTheMiddleSettlesAll(t *testing.T) {
	c, far := pipe(t, testOptions())
	go echo(far)
	var senders sync.WaitGroup
	var sent, done, failed atomic.Int32
	for range 20 {
		senders.Go(func() {
			for failed.Load() == 0 {
				id := sent.Add(1)
				c.Send(context.Background(), frame(id, "x"), id, SendOptions{NoAnswer: false}, func(_ []byte, err error) {
					done.Add(1)
					if err != nil {
						failed.Add(1)
						if !errors.Is(err, net.ErrClosed) {
							t.Error(err)
						}
					}
				})
				if id == 500 {
					go c.Close()
				}
			}
		})
	}
	senders.Wait()
	_ = c.Close()
	require.Equal(t, sent.Load(), done.Load())
}

func TestCloseIsIdempotent(t *testing.T) {
	c, far := pipe(t, testOptions())
	go echo(far)
	var closers sync.WaitGroup
	for range 10 {
		closers.Go(func() { _ = c.Close() })
	}
	closers.Wait()
	require.ErrorIs(t, c.Err(), ErrClosed)
	require.NoError(t, c.Close())
}

func TestPanickingCallbackEndsTheConnection(t *testing.T) {
	opts := testOptions()
	opts.Go = func(f func()) {
		go func() {
			defer func() { _ = recover() }()
			f()
		}()
	}
	c, far := pipe(t, opts)
	go echo(far)
	c.Send(context.Background(), frame(1, "x"), 1, SendOptions{}, func([]byte, error) { panic("callback") })
	<-c.Dead()
	require.ErrorIs(t, c.Err(), errAbandoned)
	require.NoError(t, c.Close())
}

// TestEarlyAnswerWaitsForTheWrite has a peer that answers what it has not read: the request's memory is not given back
// before the write is over.
func TestEarlyAnswerWaitsForTheWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := pipe(t, testOptions())
		got := make(calls, 1)
		go got.send(c, 1, "x", SendOptions{})
		_, err := io.ReadFull(far, make([]byte, 3))
		require.NoError(t, err)
		_, err = far.Write(answer(1, "y"))
		require.NoError(t, err)
		synctest.Wait()
		require.Empty(t, got)
		_, err = io.ReadFull(far, make([]byte, 6))
		require.NoError(t, err)
		require.Equal(t, outcome{1, "y", nil}, <-got)
		require.NoError(t, c.Close())
	})
}

func TestObserver(t *testing.T) {
	var o counts
	opts := testOptions()
	opts.Observer = &o
	c, far := pipe(t, opts)
	go echoOdd(far)
	got := make(calls, 2)
	got.send(c, 2, "12", SendOptions{NoAnswer: true})
	got.send(c, 1, "1234", SendOptions{})
	require.NoError(t, (<-got).err)
	require.NoError(t, (<-got).err)
	require.NoError(t, c.Close())
	require.EqualValues(t, 8+2+8+4, o.sent.Load())
	require.EqualValues(t, 8+4, o.received.Load())
	require.EqualValues(t, 0, o.inFlight.Load())
}

type counts struct{ sent, received, inFlight atomic.Int64 }

func (o *counts) Sent(bytes int)                      { o.sent.Add(int64(bytes)) }
func (o *counts) Received(bytes int, _ time.Duration) { o.received.Add(int64(bytes)) }
func (o *counts) InFlight(delta int)                  { o.inFlight.Add(int64(delta)) }

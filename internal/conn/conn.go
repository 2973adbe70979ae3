// Package conn is one connection to a peer that answers requests in order: frames of bytes out, frames of bytes in,
// several requests under way at a time.
//
// A frame is four bytes of size, four bytes of correlation id, and the rest. The package knows nothing of what a frame
// means.
//
// Whoever sends while nobody writes, writes: its own request and what others queue meanwhile, several requests in one system
// call. There is one goroutine per connection, which reads. A sender that has nothing to do until its answer comes can read
// it by itself instead, which saves it the way through that goroutine.
package conn

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"
)

// Options are what a connection is made with.
type Options struct {
	// ReadTimeout is how long the oldest unanswered request may wait for its answer to begin, and an answer that has begun
	// for its end; 0: for ever. It counts from when the request was written or the previous answer came.
	ReadTimeout time.Duration
	// WriteTimeout is how long one write may take; 0: for ever.
	WriteTimeout time.Duration
	// Host, if set, is the peer's host, and Silence how long it may leave bytes unacknowledged while an answer is waited for
	// (more than 0).
	Host    Host
	Silence time.Duration
	// MaxInFlight is how many requests may be unanswered at a time (at least 1).
	MaxInFlight int
	// MaxFrame returns the largest size of a frame that is read; nil: no limit. It is called for each frame.
	MaxFrame func() int32
	// AwaitedOnly has the connection read only while a request that was written awaits its answer, for a net.Conn that may
	// hold up others in Read. Requests are written one at a time. That the peer has ended an idle connection is not noticed,
	// unless by Probe.
	AwaitedOnly bool
	// Observer, if set, is told what is sent and received.
	Observer Observer
	// Go, if set, starts the reading goroutine.
	Go func(func())
	// Ended, if set, is called once, when the connection has ended and every request is done.
	Ended func(err error)
}

// Observer is told numbers. Its methods are called from several goroutines and must not block.
type Observer interface {
	// Sent is called for each request that was written whole, with its size.
	Sent(bytes int)
	// Received is called for each answer, with its size (of size field and correlation id, too) and the time since the
	// request was written. A request without an answer is not received.
	Received(bytes int, latency time.Duration)
	// InFlight is called with 1 before a request is written, and with -1 when it has been answered, has failed or, if it
	// has no answer, has been written.
	InFlight(delta int)
}

// SendOptions are what varies by request.
type SendOptions struct {
	// NoAnswer is for requests that the peer does not answer: they are done when they are written.
	NoAnswer bool
	// ExtraWait is how much longer than ReadTimeout the peer may take to answer.
	ExtraWait time.Duration
	// Attend is for a sender that waits for the answer: if nobody reads, it is asked to (see Send).
	Attend bool
	// Memory is for the answer, if it fits (else it gets memory of its own). It is the connection's until done is called
	// without an error.
	Memory []byte
}

// Conn is a connection. The first error ends it. All methods may be called concurrently.
type Conn struct {
	nc    net.Conn
	opts  Options
	slots chan struct{} // holds one element per request that awaits an answer
	dead  chan struct{} // closed with the first error
	ended chan struct{} // closed when the reader has ended and all requests are done

	out     writer
	in      reader // belongs to whoever has the read role
	watch   watchdog
	offered chan struct{} // holds a token when the read role is the goroutine's again

	mu       sync.Mutex
	unbusy   sync.Cond // on mu: a write is over, or nobody writes or reads any more
	err      error     // the first error
	idleEnd  bool      // when it came, there was nothing that it could fail
	queue    []request // accepted, and not taken by the writer yet
	writing  bool      // somebody has the write role
	reading  bool      // somebody has the read role: always, while there are promises (with AwaitedOnly: that are written)
	lending  bool      // there are senders that would read
	lent     uint64    // how often one did
	promises promises  // written, or being written, and unanswered: in the order of the wire
	written  int64     // bytes of the stream that are known to be written
	taken    int64     // bytes of the stream that the writer has taken, so far
	answers  uint64    // that have come
}

// request is a request from Send to done.
type request struct {
	frame     net.Buffers
	size      int
	id        int32
	noAnswer  bool
	extraWait time.Duration
	memory    []byte
	done      func(frame []byte, err error)
	start     int64     // where it begins in the stream of bytes; -1 until the writer takes it
	sent      time.Time // when it was written, or when that began
}

// goodbyeLimit is how long Close waits for a peer that does not read.
const goodbyeLimit = 500 * time.Millisecond

// New makes a connection of nc, which is its own from then on, and starts its reader.
func New(nc net.Conn, opts Options) *Conn {
	opts.MaxInFlight = max(opts.MaxInFlight, 1)
	c := &Conn{
		nc:    nc,
		opts:  opts,
		slots: make(chan struct{}, opts.MaxInFlight),
		dead:  make(chan struct{}),
		ended: make(chan struct{}),

		offered: make(chan struct{}, 1),
		reading: true,
	}
	c.unbusy.L = &c.mu
	c.out = newWriter(nc)
	c.in = reader{buf: bufio.NewReaderSize(nc, readBuffer)}
	if opts.AwaitedOnly {
		c.watch.progress = time.Now()
	}
	if opts.Go == nil {
		opts.Go = func(f func()) { go f() }
	}
	opts.Go(c.read)
	return c
}

// Send sends a whole frame that carries the given correlation id. While MaxInFlight requests are unanswered it waits for
// one of them, until ctx ends; nothing is sent then. It may write what others queued, and others may write what it queued:
// when it returns the request is not necessarily written.
//
// Done is called exactly once: with the answer's bytes after the correlation id, in memory of their own or in
// SendOptions.Memory, or with an error, in which Unwritten tells whether the peer cannot have seen the request. It runs on
// the reader's goroutine, in the order of the requests (without an answer, or without a connection, on that of a sender),
// and holds up all that comes after it: it must not block, hence not Close the connection nor Send to it when that might
// wait. The frame's memory belongs to the connection until done is called.
//
// If attend is true, which takes SendOptions.Attend, the sender has the read role: it must call Attend at once.
func (c *Conn) Send(ctx context.Context, frame net.Buffers, id int32, opts SendOptions, done func(frame []byte, err error),
) (attend bool) {
	r := request{frame: frame, id: id, noAnswer: opts.NoAnswer, extraWait: opts.ExtraWait, memory: opts.Memory, done: done, start: -1}
	for _, piece := range frame {
		r.size += len(piece)
	}
	if err := c.takeSlot(ctx, opts.NoAnswer); err != nil {
		done(nil, &Failure{Unwritten, err})
		return false
	}
	c.mu.Lock()
	if err := c.err; err != nil {
		c.mu.Unlock()
		done(nil, &Failure{Unwritten, err})
		return false
	}
	opts.Attend = opts.Attend && !opts.NoAnswer
	c.lending = c.lending || opts.Attend
	c.queue = append(c.queue, r)
	if c.writing {
		c.mu.Unlock()
		return false
	}
	c.writing = true
	return c.writeAll(opts.Attend)
}

// takeSlot waits until fewer than MaxInFlight requests are unanswered. The reader frees the slot.
func (c *Conn) takeSlot(ctx context.Context, noAnswer bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if noAnswer {
		return nil
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-c.dead:
		return c.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Err returns the error that ended the connection; nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// EndedIdle reports whether the connection has ended, other than by Close, while no request was under way: nobody was told.
func (c *Conn) EndedIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil && c.idleEnd
}

// Answers returns how many answers have come.
func (c *Conn) Answers() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers
}

// Dead is closed when the connection has ended: by Close, by the peer, by any error.
func (c *Conn) Dead() <-chan struct{} { return c.dead }

// InFlight returns how many requests await an answer.
func (c *Conn) InFlight() int { return len(c.slots) }

// Close ends the connection and waits until every request is done, those that are unanswered with ErrClosed. It returns
// the error of closing the socket, if it was this call that did it.
func (c *Conn) Close() error {
	first, err := c.fail(ErrClosed)
	<-c.ended
	if !first {
		return nil
	}
	return err
}

// fail ends the connection with its first error; all others are of no interest.
func (c *Conn) fail(err error) (first bool, closing error) {
	c.mu.Lock()
	first = c.err == nil
	if first {
		c.err = err
		c.idleEnd = err != ErrClosed && !c.writing && c.promises.empty() && len(c.queue) == 0
		c.watch.stopLocked()
		close(c.dead)
	}
	c.mu.Unlock()
	if !first {
		return false, nil
	}
	// A TLS connection says goodbye before it closes, which may take its time when the peer is not reading; only Close has it,
	// and not much.
	if tls, ok := c.nc.(interface{ NetConn() net.Conn }); ok {
		if err != ErrClosed {
			_ = tls.NetConn().Close()
		} else {
			cut := time.AfterFunc(goodbyeLimit, func() { _ = tls.NetConn().Close() })
			defer cut.Stop()
		}
	}
	return true, c.nc.Close()
}

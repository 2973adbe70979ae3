package conn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/internal/memory"
)

const (
	minFrame   = 4        // the correlation id; a frame that has nothing else is none
	readBuffer = 16 << 10 // small answers come with one system call
	// firstRead is how much memory the size of a frame alone is worth.
	firstRead = 64 << 10
	// growBy is how many times the memory grows when that has been filled: few copies, of an eighth of the frame in all.
	growBy = 8
)

// reader is what the holder of the read role uses.
type reader struct {
	buf     *bufio.Reader
	field   [4]byte
	largest int    // the size of the largest frame that has come whole
	memory  []byte // that the request which the frame is for has brought
}

// errAbandoned is for a reader that a callback has ended by a panic.
var errAbandoned = errors.New("reader ended by a panic")

// read reads, unless a sender does or nothing is to be read: one per connection; calls done of requests with answers; ends with
// the first error, Close's included, after every request is done.
func (c *Conn) read() {
	err := errAbandoned
	defer func() {
		c.fail(err)
		c.settleAll()
		if c.opts.Ended != nil {
			c.opts.Ended(c.Err())
		}
		close(c.ended)
	}()
	for {
		if e := c.lendRole(); e != nil {
			err = e
			return
		}
		if e := c.readOne(); e != nil {
			err = e
			return
		}
	}
}

// readOne reads a frame and hands it to the oldest request.
func (c *Conn) readOne() error {
	size, id, err := c.readHead()
	if err != nil {
		return err
	}
	body, err := c.readBody(int(size) - minFrame)
	if err != nil {
		return cutShort(err)
	}
	now := time.Now()
	c.mu.Lock()
	if c.promises.empty() { // not to happen: only the holder of the read role takes promises away
		c.mu.Unlock()
		return &UnexpectedError{id, size}
	}
	// A peer may answer before it can have read the request. The frame's memory must not be given back while it is being
	// written. If more of the group follows, the write may depend on reading on, hence only the last.
	for c.oldestInWriteLocked() && c.promises.first+1 == c.promises.next {
		c.unbusy.Wait()
	}
	r := c.promises.pop()
	c.answers++
	c.watch.progress = now
	c.watch.answerLocked(c)
	c.mu.Unlock()
	<-c.slots
	if observer := c.opts.Observer; observer != nil {
		observer.Received(int(size)+4, max(now.Sub(r.sent), 0))
		observer.InFlight(-1)
	}
	r.done(body, nil)
	return nil
}

// oldestInWriteLocked reports whether the oldest unanswered request is among those being written.
func (c *Conn) oldestInWriteLocked() bool {
	return !c.watch.written.IsZero() && c.promises.first >= c.out.first
}

// readHead reads a frame's size and correlation id, and checks them before anything more is read.
func (c *Conn) readHead() (size, id int32, err error) {
	field := c.in.field[:]
	if _, err = io.ReadFull(c.in.buf, field); err != nil {
		return 0, 0, err
	}
	size = int32(binary.BigEndian.Uint32(field))
	var limit int32 = 1<<31 - 1
	if c.opts.MaxFrame != nil {
		limit = c.opts.MaxFrame()
	}
	if size <= minFrame || size > limit {
		return size, 0, &SizeError{size, limit}
	}
	if _, err = io.ReadFull(c.in.buf, field); err != nil {
		return size, 0, cutShort(err)
	}
	id = int32(binary.BigEndian.Uint32(field))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.promises.empty() {
		return size, id, &UnexpectedError{id, size}
	}
	oldest := c.promises.oldest()
	if oldest.id != id {
		return size, id, &CorrelationError{oldest.id, id}
	}
	c.in.memory = oldest.memory
	if c.in.buf.Buffered() < int(size)-minFrame {
		// The rest has to come yet, and has as long for that as the beginning had.
		c.watch.progress = time.Now()
		c.watch.answerLocked(c)
	}
	return size, id, nil
}

// readBody reads n bytes into the request's memory, or into some that is not used again. That grows with what has come: what a
// peer announces costs at most as much as several of its earlier frames.
func (c *Conn) readBody(n int) ([]byte, error) {
	brought := c.in.memory
	c.in.memory = nil
	if n <= cap(brought) {
		_, err := io.ReadFull(c.in.buf, brought[:n])
		return brought[:n], err
	}
	body := memory.Uncleared(min(n, max(firstRead, 4*c.in.largest)))
	for filled := 0; ; {
		if _, err := io.ReadFull(c.in.buf, body[filled:]); err != nil {
			return nil, err
		}
		if len(body) == n {
			c.in.largest = max(c.in.largest, n)
			return body, nil
		}
		filled = len(body)
		grown := memory.Uncleared(min(n, growBy*filled))
		copy(grown, body)
		body = grown
	}
}

// cutShort makes the end of the stream within a frame what it is.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// settleAll gives every request that is left its error, in the order of the wire. The connection has failed.
func (c *Conn) settleAll() {
	c.mu.Lock()
	for c.writing { // until then it is not known what is written; the socket is closed, so it will not take long
		c.unbusy.Wait()
	}
	var left []request
	for !c.promises.empty() {
		left = append(left, c.promises.pop())
	}
	for _, r := range c.out.group {
		if r.noAnswer {
			left = append(left, r)
		}
	}
	left = append(left, c.queue...)
	c.queue = nil
	cause, written := c.err, c.written
	c.mu.Unlock()
	slices.SortStableFunc(left, func(a, b request) int { return int(min(max(order(a)-order(b), -1), 1)) })
	for i := range left {
		r := &left[i]
		state := stateOf(r, written)
		if observer := c.opts.Observer; observer != nil && r.start >= 0 {
			observer.InFlight(-1)
		}
		r.done(nil, &Failure{state, cause})
	}
}

// order is a request's place in the stream; what was not taken by the writer comes last.
func order(r request) int64 {
	if r.start < 0 {
		return 1<<62 - 1
	}
	return r.start
}

func stateOf(r *request, written int64) WriteState {
	switch {
	case r.start < 0 || r.start >= written:
		return Unwritten
	case r.start+int64(r.size) <= written:
		return Written
	default:
		return Partly
	}
}

package conn

import (
	"bufio"
	"net"
	"time"
)

// groupLimit is where a group of requests for one write ends: WriteTimeout is for what a link moves in that time.
const groupLimit = 1 << 20

// writer is what the holder of the write role uses.
type writer struct {
	nc     net.Conn
	group  []request   // what is being written
	pieces net.Buffers // of the group's frames
	left   net.Buffers // the end of pieces that is not written yet
	// buffered gathers small pieces where there is no system call that writes many: each would be a TLS record of its own.
	buffered *bufio.Writer
	count    countingWriter // below buffered
	first    uint64         // number of the group's first promise
	began    time.Time
}

type countingWriter struct {
	nc net.Conn
	n  int64
}

func (w *countingWriter) Write(b []byte) (int, error) {
	n, err := w.nc.Write(b)
	w.n += int64(n)
	return n, err
}

func newWriter(nc net.Conn) writer {
	return writer{nc: nc}
}

// write writes the pieces, and tells how many bytes have left.
func (w *writer) write() (n int64, err error) {
	switch w.nc.(type) {
	case *net.TCPConn, *net.UnixConn:
		if len(w.pieces) == 1 {
			written, err := w.nc.Write(w.pieces[0])
			return int64(written), err
		}
		w.left = w.pieces
		return w.left.WriteTo(w.nc)
	}
	if w.buffered == nil {
		w.count.nc = w.nc
		w.buffered = bufio.NewWriterSize(&w.count, 16<<10)
	}
	w.count.n = 0
	for _, piece := range w.pieces {
		if _, err = w.buffered.Write(piece); err != nil {
			return w.count.n, err
		}
	}
	err = w.buffered.Flush()
	return w.count.n, err
}

// writeAll has the write role: it writes what is queued until there is nothing, and gives the role up. It is called with
// mu held, and returns without. What is queued at first is one request, whose sender would attend or not; if it is to,
// writeAll returns true.
func (c *Conn) writeAll(attend bool) (attending bool) {
	for ; c.err == nil && len(c.queue) > 0; attend = false {
		c.takeGroupLocked()
		if !c.opts.AwaitedOnly {
			attending = c.appointReaderLocked(attend, attending)
		}
		c.mu.Unlock()
		if c.opts.Observer != nil {
			c.observeGroup()
		}
		n, err := c.out.write()
		c.finishWrite(n, err)
		c.mu.Lock()
		if c.opts.AwaitedOnly && c.err == nil {
			attending = c.appointReaderLocked(attend && len(c.queue) == 0, false)
		}
	}
	c.writing = false
	c.unbusy.Broadcast()
	c.mu.Unlock()
	return attending
}

// takeGroupLocked moves requests from the queue to the group. They await their answers from here on: those may come
// before the write is known to be over.
func (c *Conn) takeGroupLocked() {
	w := &c.out
	w.began = time.Now()
	w.first = c.promises.next
	w.group, w.pieces = w.group[:0], w.pieces[:0]
	wasEmpty := c.promises.empty()
	taken, bytes, limit := 0, 0, groupLimit
	if c.opts.AwaitedOnly {
		limit = 1
	}
	for taken < len(c.queue) && bytes < limit {
		r := &c.queue[taken]
		r.start, r.sent = c.taken, w.began
		c.taken += int64(r.size)
		bytes += r.size
		w.pieces = append(w.pieces, r.frame...)
		w.group = append(w.group, *r)
		if !r.noAnswer {
			c.promises.push(*r)
		}
		taken++
	}
	if taken == len(c.queue) {
		clear(c.queue)
		c.queue = c.queue[:0]
	} else {
		c.queue = append(c.queue[:0], c.queue[taken:]...)
	}
	c.watch.writeLocked(c)
	if wasEmpty {
		c.watch.answerLocked(c)
	}
}

func (c *Conn) observeGroup() {
	for range c.out.group {
		c.opts.Observer.InFlight(1)
	}
}

// finishWrite settles what a write has or has not written.
func (c *Conn) finishWrite(n int64, err error) {
	now := time.Now()
	w := &c.out
	c.mu.Lock()
	c.written += n
	for number := max(w.first, c.promises.first); number < c.promises.next; number++ {
		c.promises.at(number).sent = now
	}
	c.watch.written = time.Time{}
	c.unbusy.Broadcast()
	c.mu.Unlock()
	if err != nil {
		c.fail(err) // the reader settles all that is left, the group's requests without answers included
		return
	}
	for i := range w.group {
		c.settleWritten(&w.group[i])
	}
	clear(w.group)
	w.group = w.group[:0]
	clear(w.pieces)
}

func (c *Conn) settleWritten(r *request) {
	observer := c.opts.Observer
	if observer != nil {
		observer.Sent(r.size)
	}
	if !r.noAnswer {
		return
	}
	if observer != nil {
		observer.InFlight(-1)
	}
	r.done(nil, nil)
}

package conn

import "time"

// quiet is how long the goroutine leaves the read role to senders that do not use it. Then it reads again, since the end of
// an idle connection is to be noticed.
const quiet = 100 * time.Millisecond

// appointReaderLocked gives the read role to somebody if nobody has it and a group with answers is about to be written. A
// sender is to read if it asks for it and has nothing else to write; it can not read while it writes for others, who may
// get their answers meanwhile.
func (c *Conn) appointReaderLocked(attend, attending bool) (attends bool) {
	switch {
	case attending:
		c.offerLocked()
	case c.reading || c.promises.empty():
	case attend:
		c.reading = true
		c.lent++
		return true
	default:
		c.reading = true
		c.offerLocked()
	}
	return false
}

// offerLocked hands the read role to the goroutine, which does not have it.
func (c *Conn) offerLocked() { c.offered <- struct{}{} }

// Attend reads the answer to the request for which Send returned true, and calls its done, unless the connection ends before.
func (c *Conn) Attend() {
	c.readAside(c.readOne) // there was nothing unanswered before, so that this answer is the first
}

// readAside reads by a function, for somebody who is not the goroutine and has the read role, and gives that up.
func (c *Conn) readAside(read func() error) {
	err := errAbandoned
	defer func() {
		if err != nil {
			c.fail(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.err == nil && !c.nothingToReadLocked() {
			c.offerLocked()
			return
		}
		c.reading = false
		c.unbusy.Broadcast()
	}()
	err = read()
}

// lendRole gives up the read role if nothing is unanswered and there are senders that would read, until it is handed back or
// they make no use of it.
func (c *Conn) lendRole() error {
	c.mu.Lock()
	if !c.lending && !c.opts.AwaitedOnly || !c.nothingToReadLocked() {
		c.mu.Unlock()
		return nil
	}
	c.reading = false
	seen := c.lent
	c.mu.Unlock()
	if c.opts.AwaitedOnly {
		return c.awaitOffer()
	}
	tick := time.NewTimer(quiet)
	defer tick.Stop()
	for {
		select {
		case <-c.offered:
			return nil
		case <-c.dead:
			return c.awaitSender()
		case <-tick.C:
		}
		if c.takeUnused(&seen) {
			return nil
		}
		tick.Reset(quiet)
	}
}

// takeUnused takes the read role unless it was lent since it had been seen times.
func (c *Conn) takeUnused(seen *uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading || c.lent != *seen {
		*seen = c.lent
		return false
	}
	c.reading, c.lending = true, false
	return true
}

// awaitSender waits, when the connection has ended, until no sender reads, and returns why it has ended.
func (c *Conn) awaitSender() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.reading && len(c.offered) == 0 {
		c.unbusy.Wait()
	}
	return c.err
}

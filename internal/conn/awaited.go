package conn

import (
	"errors"
	"net"
	"time"
)

// What follows is about connections that are read only while an answer is awaited (Options.AwaitedOnly). Nobody has the read
// role while there is no request that is written and unanswered; who has written one appoints a reader.

const (
	// probeAfter is how long such a connection is trusted to be there after the last sign of it.
	probeAfter = time.Second
	// glance is how long a Read may take whose only purpose is to see an end that has come.
	glance = time.Millisecond
)

// nothingToReadLocked reports whether no answer may be read for.
func (c *Conn) nothingToReadLocked() bool {
	return c.promises.empty() || c.opts.AwaitedOnly && c.oldestInWriteLocked()
}

// awaitOffer waits until there is something to read, or until the connection has ended and nobody else reads.
func (c *Conn) awaitOffer() error {
	select {
	case <-c.offered:
		return nil
	case <-c.dead:
		return c.awaitSender()
	}
}

// Probe reports whether the connection is seen to have ended, other than by Close, while it was read by nobody. It looks only
// if the connection is idle, and has been for a while, and takes a moment then. It is always false without
// Options.AwaitedOnly: such an end is known already.
func (c *Conn) Probe() bool {
	if !c.opts.AwaitedOnly || !c.takeIdle() {
		return false
	}
	c.readAside(c.peek)
	return c.EndedIdle()
}

// takeIdle takes the read role of a connection that has been idle for a while.
func (c *Conn) takeIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.err != nil || c.reading || c.writing || !c.promises.empty() || now.Sub(c.watch.progress) < probeAfter {
		return false
	}
	c.reading = true
	c.watch.progress = now // not for everybody who asks
	return true
}

// peek returns the error that ends the stream, if that has come. What else has come is kept.
func (c *Conn) peek() error {
	if c.nc.SetReadDeadline(time.Now().Add(glance)) != nil {
		return nil // it cannot be looked at
	}
	_, err := c.in.buf.Peek(1)
	if e := c.nc.SetReadDeadline(time.Time{}); e != nil {
		return e
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return nil
	}
	return err
}

package conn

import "time"

// looks is how often in Options.Silence a host is looked at that does not answer.
const looks = 8

// watchdog ends a connection whose peer takes too long, or whose host is gone. One timer stands for all deadlines: it is not
// moved when one is met, which happens all the time, but looks for itself when it fires. All fields are guarded by Conn.mu.
type watchdog struct {
	asked    bool // the host is asked often
	timer    *time.Timer
	armed    time.Time // when it will fire; zero: it will not
	written  time.Time // when the write that is under way began; zero: there is none
	progress time.Time // when the last answer came, or the one that is being read began
}

// writeLocked notes that a write begins.
func (w *watchdog) writeLocked(c *Conn) {
	w.written = c.out.began
	if due, ok := w.writeDueLocked(c); ok {
		w.armLocked(c, due)
	}
	w.planLookLocked(c)
}

// answerLocked notes that another request than before is the oldest unanswered one, or has come closer to its answer.
func (w *watchdog) answerLocked(c *Conn) {
	if due, ok := w.answerDueLocked(c); ok {
		w.armLocked(c, due)
	}
	w.planLookLocked(c)
}

// waitingLocked returns since when the peer has been waited for.
func (w *watchdog) waitingLocked(c *Conn) (time.Time, bool) {
	if c.promises.empty() {
		return w.written, !w.written.IsZero()
	}
	since := c.promises.oldest().sent
	if w.progress.After(since) {
		since = w.progress
	}
	return since, true
}

func (w *watchdog) writeDueLocked(c *Conn) (time.Time, bool) {
	if c.opts.WriteTimeout <= 0 || w.written.IsZero() {
		return time.Time{}, false
	}
	return w.written.Add(c.opts.WriteTimeout), true
}

func (w *watchdog) answerDueLocked(c *Conn) (time.Time, bool) {
	if c.opts.ReadTimeout <= 0 || c.promises.empty() {
		return time.Time{}, false
	}
	since, _ := w.waitingLocked(c)
	return since.Add(c.opts.ReadTimeout + c.promises.oldest().extraWait), true
}

// armLocked makes the timer fire at due, or before.
func (w *watchdog) armLocked(c *Conn, due time.Time) {
	if c.err != nil || !w.armed.IsZero() && !due.Before(w.armed) {
		return
	}
	w.armed = due
	if w.timer == nil {
		w.timer = time.AfterFunc(time.Until(due), c.expire)
		return
	}
	w.timer.Reset(time.Until(due))
}

func (w *watchdog) stopLocked() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// expire is the timer's function: it ends the connection if a deadline is over, and waits for the next otherwise.
func (c *Conn) expire() {
	if err := c.overdue(time.Now()); err != nil {
		c.fail(err)
	}
}

func (c *Conn) overdue(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &c.watch
	w.armed = time.Time{}
	if err := w.lookLocked(c, now); err != nil {
		return err
	}
	if due, ok := w.writeDueLocked(c); ok {
		if !now.Before(due) {
			return &TimeoutError{Writing: true, After: c.opts.WriteTimeout}
		}
		w.armLocked(c, due)
	}
	due, ok := w.answerDueLocked(c)
	if !ok {
		return nil
	}
	// While the oldest is being written, and for a moment after, the time is the write's.
	beingWritten := c.oldestInWriteLocked()
	if !now.Before(due) && !beingWritten {
		return &TimeoutError{After: c.opts.ReadTimeout + c.promises.oldest().extraWait}
	}
	if beingWritten {
		due = now.Add(c.opts.ReadTimeout)
	}
	w.armLocked(c, due)
	return nil
}

// planLookLocked has the timer fire when the peer will have been waited for long enough to look at its host.
func (w *watchdog) planLookLocked(c *Conn) {
	if c.opts.Host == nil {
		return
	}
	if since, waiting := w.waitingLocked(c); waiting {
		w.armLocked(c, since.Add(2*c.opts.Silence/looks))
	}
}

// lookLocked looks whether the host is there, if the peer has been waited for.
func (w *watchdog) lookLocked(c *Conn, now time.Time) error {
	host := c.opts.Host
	if host == nil {
		return nil
	}
	since, waiting := w.waitingLocked(c)
	wait := now.Sub(since)
	long := waiting && wait >= 2*c.opts.Silence/looks
	if long != w.asked {
		host.Ask(long)
		w.asked = long
	}
	if !long {
		w.planLookLocked(c)
		return nil
	}
	// What it owed before it was waited for does not count.
	if min(wait, host.Silent()) >= c.opts.Silence {
		return &SilenceError{c.opts.Silence}
	}
	w.armLocked(c, now.Add(c.opts.Silence/looks))
	return nil
}

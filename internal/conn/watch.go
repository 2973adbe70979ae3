package conn

import "time"

// watchdog ends a connection whose peer takes too long. One timer stands for all deadlines: it is not moved when one is
// met, which happens all the time, but looks for itself when it fires. All fields are guarded by Conn.mu.
type watchdog struct {
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
}

// answerLocked notes that another request than before is the oldest unanswered one, or has come closer to its answer.
func (w *watchdog) answerLocked(c *Conn) {
	if due, ok := w.answerDueLocked(c); ok {
		w.armLocked(c, due)
	}
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
	oldest := c.promises.oldest()
	since := oldest.sent
	if w.progress.After(since) {
		since = w.progress
	}
	return since.Add(c.opts.ReadTimeout + oldest.extraWait), true
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

package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// Progress shows how far a long piece of work is: a bar that moves, on a terminal; a line at its end, elsewhere.
type Progress struct {
	w       io.Writer
	what    string
	total   int64 // 0: not known
	live    bool
	started time.Time
	done    atomic.Int64
	stop    chan struct{}
	drawn   sync.WaitGroup
	finish  sync.Once
	took    time.Duration // once finished
}

// IsTerminal tells whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// StartProgress begins to show work of total steps (0: not known).
func StartProgress(w io.Writer, what string, total int64) *Progress {
	p := &Progress{w: w, what: what, total: total, live: IsTerminal(w), started: time.Now(), stop: make(chan struct{})}
	if p.live {
		p.drawn.Go(p.draw)
	}
	return p
}

// Add counts n steps more. A nil Progress does not.
func (p *Progress) Add(n int) {
	if p != nil {
		p.done.Add(int64(n))
	}
}

// Done is the number of steps so far.
func (p *Progress) Done() int64 { return p.done.Load() }

// Finish ends the display, and returns how long the work took. Once it has ended, further calls return the same.
func (p *Progress) Finish() time.Duration {
	p.finish.Do(func() {
		close(p.stop)
		p.drawn.Wait()
		p.took = time.Since(p.started)
		if p.live {
			fmt.Fprintf(p.w, "\r%s\033[K\n", p.line(p.took))
		} else {
			fmt.Fprintln(p.w, p.line(p.took))
		}
	})
	return p.took
}

func (p *Progress) draw() {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			fmt.Fprintf(p.w, "\r%s\033[K", p.line(time.Since(p.started)))
		case <-p.stop:
			return
		}
	}
}

const barWidth = 24

func (p *Progress) line(took time.Duration) string {
	done := p.done.Load()
	bar := ""
	if p.live && p.total > 0 {
		filled := int(min(done, p.total) * barWidth / p.total)
		bar = " [" + strings.Repeat("#", filled) + strings.Repeat(".", barWidth-filled) + "]"
	}
	return fmt.Sprintf("%-24s%s %s records, %s/s", p.what, bar, Count(done), Rate(done, took))
}

// Rate is a number per second, short.
func Rate(n int64, took time.Duration) string {
	if took <= 0 {
		return "-"
	}
	return Count(int64(float64(n) / took.Seconds()))
}

// Count is a number, short from ten thousand on.
func Count(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%.1fk", float64(n)/1e3)
	default:
		return fmt.Sprint(n)
	}
}

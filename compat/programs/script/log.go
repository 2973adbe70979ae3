package script

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Log is a logger of which the beginnings of lines are kept.
type Log struct {
	mu   sync.Mutex // guards what follows
	seen map[string]bool
}

// Print is a part of the libraries' loggers, as the next two are.
func (l *Log) Print(v ...any) { l.add(fmt.Sprint(v...)) }

// Printf formats a line.
func (l *Log) Printf(format string, v ...any) { l.add(fmt.Sprintf(format, v...)) }

// Println spaces its operands.
func (l *Log) Println(v ...any) { l.add(fmt.Sprintln(v...)) }

var numbers = regexp.MustCompile(`[0-9]+`)

func (l *Log) add(line string) {
	first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[numbers.ReplaceAllString(first, "N")] = true
}

// Forget has the log begin again.
func (l *Log) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.seen)
}

// Words are the words that lines began with.
func (l *Log) Words() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.seen))
}

package cluster

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
)

// process is a child that was started and will be waited for.
type process struct {
	cmd  *exec.Cmd
	log  *markedLog
	done chan struct{} // closed when the child has ended and is reaped
}

// launch starts a command whose output is appended to a file. The thread it is started from lives as long as the child
// does, since the end of that thread is what the kernel takes for the parent's.
func launch(cmd *exec.Cmd, logPath, marker string) (*process, error) {
	log, err := openMarkedLog(logPath, marker)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = orphanless()
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		defer log.file.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		<-p.done
		return nil, err
	}
	return p, nil
}

// ready waits for the marker in the log.
func (p *process) ready(ctx context.Context) error {
	select {
	case <-p.log.seen:
		return nil
	case <-p.done:
		return fmt.Errorf("it ended: %v", p.cmd.ProcessState)
	case <-ctx.Done():
		return fmt.Errorf("its log lacks %q: %w", p.log.marker, context.Cause(ctx))
	}
}

func (p *process) running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// signal does nothing to a process that has ended.
func (p *process) signal(s os.Signal) {
	if p.running() {
		_ = p.cmd.Process.Signal(s)
	}
}

func (p *process) kill() {
	if p != nil {
		p.signal(signalKill)
		<-p.done
	}
}

// markedLog is a file that output is written to, watched for a text.
type markedLog struct {
	file   *os.File
	marker []byte
	seen   chan struct{} // closed when the marker has come by

	mu   sync.Mutex // guards what follows
	tail []byte     // the end of what was written: the marker may come in two pieces
	once sync.Once
}

func openMarkedLog(path, marker string) (*markedLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &markedLog{file: f, marker: []byte(marker), seen: make(chan struct{})}, nil
}

// Write appends to the file.
func (l *markedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	l.tail = append(l.tail, b...)
	if bytes.Contains(l.tail, l.marker) {
		l.once.Do(func() { close(l.seen) })
	}
	l.tail = append(l.tail[:0], l.tail[max(0, len(l.tail)-len(l.marker)):]...)
	l.mu.Unlock()
	return l.file.Write(b)
}

// lastLines returns the end of a log.
func lastLines(text []byte, n int) []byte {
	text = bytes.TrimRight(text, "\n")
	end := len(text)
	for ; n > 0 && end >= 0; n-- {
		end = bytes.LastIndexByte(text[:end], '\n')
		if end < 0 {
			return text
		}
	}
	return text[end+1:]
}

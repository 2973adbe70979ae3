package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	startLimit = 2 * time.Minute // a busy machine takes half a minute for three brokers
	stopLimit  = time.Minute
)

// Broker is one broker of a real cluster. Its methods may be called from several goroutines, though those that can fail
// end the test of [Start], which only the test's own goroutine should do.
type Broker struct {
	c    *Real
	node Node

	mu     sync.Mutex // guards what follows
	proc   *process
	paused bool
}

// ID returns the broker's id.
func (b *Broker) ID() int32 { return b.node.ID }

// Addr returns host:port of the plain listener.
func (b *Broker) Addr() string { return b.ListenerAddr(plainListener) }

// ListenerAddr returns host:port that the broker listens on, whatever it advertises.
func (b *Broker) ListenerAddr(name string) string {
	return fmt.Sprintf("127.0.0.1:%d", b.node.Ports[name])
}

// Dir returns the broker's folder: its log, server.properties and data.
func (b *Broker) Dir() string { return b.node.Dir }

// Kill ends the broker with SIGKILL and returns when it is gone.
func (b *Broker) Kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proc.kill()
	b.paused = false
}

// Stop lets the broker hand over its partitions and end; it returns when it is gone.
func (b *Broker) Stop() {
	b.c.t.Helper()
	if err := b.stop(); err != nil {
		b.c.t.Fatalf("stopping broker %d: %v", b.ID(), err)
	}
}

func (b *Broker) stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.proc.running() {
		return nil
	}
	b.proc.signal(signalResume) // one that is paused cannot end
	b.paused = false
	b.proc.signal(signalTerm)
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-b.proc.done:
		return nil
	case <-limit.C:
		b.proc.kill()
		return fmt.Errorf("it did not end within %v and was killed", stopLimit)
	}
}

// Pause stops the broker in its tracks and returns when it stands still: connections stay open and nothing answers.
func (b *Broker) Pause() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proc.running() {
		b.proc.signal(signalPause)
		awaitPaused(b.proc.cmd.Process.Pid)
	}
	b.paused = true
}

// Resume lets a paused broker go on.
func (b *Broker) Resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proc.signal(signalResume)
	b.paused = false
}

// Restart starts the broker with the data it has, after stopping it if it runs. It returns when all brokers that run
// know of each other.
func (b *Broker) Restart() {
	b.c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if err := b.restart(ctx); err != nil {
		b.c.t.Fatalf("restarting broker %d: %v\n%s", b.ID(), err, b.LogTail(40))
	}
}

func (b *Broker) restart(ctx context.Context) error {
	if err := b.stop(); err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	if err := b.ready(ctx); err != nil {
		return err
	}
	return b.c.awaitBrokers(ctx, b.c.serving())
}

// LogTail returns the last lines that the broker has logged.
func (b *Broker) LogTail(lines int) string {
	text, err := os.ReadFile(b.logPath())
	if err != nil {
		return err.Error()
	}
	return string(lastLines(text, lines))
}

// LogLine is a line of a broker's log.
type LogLine struct {
	At   time.Time // to the millisecond
	Text string
}

// Logged returns the lines of the broker's log that match a regular expression, from a time on (KRaft only, whose logs have
// times).
func (b *Broker) Logged(t testing.TB, pattern string, since time.Time) []LogLine {
	t.Helper()
	text, err := os.ReadFile(b.logPath())
	if err != nil {
		t.Fatalf("reading the log of broker %d: %v", b.ID(), err)
	}
	matches := regexp.MustCompile(pattern)
	since = since.Truncate(time.Millisecond)
	var lines []LogLine
	for line := range strings.Lines(string(text)) {
		clock, err := time.ParseInLocation("15:04:05.000", line[:min(len(line), len("15:04:05.000"))], time.Local)
		if err != nil || !matches.MatchString(line) {
			continue
		}
		at := time.Date(since.Year(), since.Month(), since.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.Local)
		if at.Before(since.Add(-12 * time.Hour)) { // midnight has passed
			at = at.AddDate(0, 0, 1)
		}
		if !at.Before(since) {
			lines = append(lines, LogLine{At: at, Text: strings.TrimSpace(line)})
		}
	}
	return lines
}

func (b *Broker) logPath() string { return filepath.Join(b.node.Dir, "log") }

func (b *Broker) propertiesPath() string { return filepath.Join(b.node.Dir, "server.properties") }

// serving tells whether the broker can be expected to answer.
func (b *Broker) serving() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.proc.running() && !b.paused
}

// prepare writes the broker's properties and formats its storage.
func (b *Broker) prepare(ctx context.Context) error {
	var lines []string
	for key, value := range b.c.layout.properties(b.node) {
		lines = append(lines, key+"="+strings.ReplaceAll(value, `\`, `\\`)+"\n")
	}
	slices.Sort(lines)
	if err := os.WriteFile(b.propertiesPath(), []byte(strings.Join(lines, "")), 0o600); err != nil {
		return err
	}
	if b.c.layout.zookeeper != 0 {
		return nil
	}
	args := []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", b.c.classPath(),
		"kafka.tools.StorageTool", "format", "-t", clusterID, "-c", b.propertiesPath()}
	cmd := exec.CommandContext(ctx, b.c.java, append(args, b.c.layout.options.format(b.node)...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("formatting the storage of broker %d: %w\n%s", b.ID(), err, lastLines(out, 20))
	}
	return nil
}

func (b *Broker) start() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proc.running() {
		return nil
	}
	marker := "Kafka Server started"
	if b.c.layout.zookeeper != 0 {
		marker = "started (kafka.server.KafkaServer)"
	}
	cmd := b.c.jvm(b.c.layout.options.Heap, "kafka.Kafka", b.propertiesPath())
	proc, err := launch(cmd, b.logPath(), marker)
	if err != nil {
		return fmt.Errorf("starting broker %d: %w", b.ID(), err)
	}
	b.proc, b.paused = proc, false
	return nil
}

func (b *Broker) ready(ctx context.Context) error {
	b.mu.Lock()
	proc := b.proc
	b.mu.Unlock()
	if err := proc.ready(ctx); err != nil {
		return fmt.Errorf("broker %d: %w", b.ID(), err)
	}
	return nil
}

// DumpLog returns what Kafka's DumpLogSegments prints of a partition's segments on this broker, record by record.
func (b *Broker) DumpLog(t testing.TB, topic string, partition int32) string {
	t.Helper()
	pattern := filepath.Join(b.node.Dir, "data", fmt.Sprintf("%s-%d", topic, partition), "*.log")
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("broker %d has no log segments of %s-%d (%s): %v", b.ID(), topic, partition, pattern, err)
	}
	return Tool(t, "", "org.apache.kafka.tools.DumpLogSegments", "--deep-iteration", "--print-data-log", "--files", strings.Join(files, ","))
}

// addrOf is where a broker that metadata names is reached.
func addrOf(b *protocol.BrokerAddress) string { return fmt.Sprintf("%s:%d", b.Host, b.Port) }

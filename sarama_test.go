package sarama

import (
	"bytes"
	"io"
	"log"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWithRecover(t *testing.T) {
	require.PanicsWithValue(t, "boom", func() { withRecover(func() { panic("boom") }) })

	defer func() { PanicHandler = nil }()
	var got any
	PanicHandler = func(reason any) { got = reason }
	withRecover(func() { panic("caught") })
	require.Equal(t, "caught", got)
	got = nil
	withRecover(func() {})
	require.Nil(t, got)
}

func TestDebugLoggerFollowsLogger(t *testing.T) {
	var out bytes.Buffer
	captureLog(t, &out)
	DebugLogger.Print("a")
	DebugLogger.Printf("%d", 1)
	DebugLogger.Println("b", "c")
	require.Equal(t, "a\n1\nb c\n", out.String())
}

// captureLog makes Logger write plain lines to out until the test ends.
func captureLog(t *testing.T, out io.Writer) {
	t.Helper()
	old := Logger
	t.Cleanup(func() { Logger = old })
	Logger = log.New(out, "", 0)
}

// lockedWriter is a writer that a test may read while the library logs.
type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func TestTopicPartition(t *testing.T) {
	a := topicPartition{"a", 9}
	require.Equal(t, "a-9", a.String())
	require.Equal(t, 0, a.compare(topicPartition{"a", 9}))
	require.Equal(t, -1, a.compare(topicPartition{"a", 10}))
	require.Equal(t, 1, a.compare(topicPartition{"a", -1}))
	require.Equal(t, -1, a.compare(topicPartition{"b", 0}))
}

package mocks

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

var (
	_ sarama.AsyncProducer     = (*AsyncProducer)(nil)
	_ sarama.SyncProducer      = (*SyncProducer)(nil)
	_ sarama.Consumer          = (*Consumer)(nil)
	_ sarama.PartitionConsumer = (*PartitionConsumer)(nil)
)

// reporter keeps what it is told.
type reporter struct {
	mu    sync.Mutex
	texts []string
}

func (r *reporter) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, fmt.Sprintf(format, args...))
}

// only requires that there is one text, which holds all the parts.
func (r *reporter) only(t *testing.T, parts ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Len(t, r.texts, 1)
	for _, part := range parts {
		require.Contains(t, r.texts[0], part)
	}
}

func (r *reporter) none(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Empty(t, r.texts)
}

// here is the line that is called, by its file's name.
func here() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

func text(topic, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}
}

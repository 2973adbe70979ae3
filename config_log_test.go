package sarama

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// records are what a client with a logger of its own has said.
func records(t *testing.T, text string) (all []map[string]any) {
	for line := range strings.Lines(text) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		delete(record, "time")
		all = append(all, record)
	}
	return all
}

// TestSlogTakesWhatAClientSays, and nothing of it goes to the global loggers.
func TestSlogTakesWhatAClientSays(t *testing.T) {
	var global, own bytes.Buffer
	var mu sync.Mutex
	captureLog(t, &lockedWriter{&mu, &global})
	conf := NewConfig()
	conf.ClientID = "billing"
	conf.Metadata.Retry.Max = 0
	conf.Slog = slog.New(slog.NewJSONHandler(&lockedWriter{&mu, &own}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	addr := closedPort(t)
	_, err := NewClient([]string{addr}, conf)
	require.ErrorIs(t, err, ErrOutOfBrokers)

	mu.Lock()
	defer mu.Unlock()
	require.Empty(t, global.String())
	said := records(t, own.String())
	require.Equal(t, map[string]any{"level": "DEBUG", "msg": "Initializing new client", "client_id": "billing"}, said[0])
	var refused map[string]any
	for _, record := range said {
		require.Equal(t, "billing", record["client_id"])
		if strings.HasPrefix(record["msg"].(string), "client/metadata got error from broker") {
			refused = record
		}
	}
	require.Equal(t, "WARN", refused["level"])
	require.Equal(t, "client/metadata", refused["component"])
	require.Contains(t, refused["error"], addr)
	require.Contains(t, refused["msg"], addr)
}

func TestSlogLinesBecomeRecords(t *testing.T) {
	var out bytes.Buffer
	conf := &Config{ClientID: "c", Slog: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo}))}
	conf.log().Print("a/b ", 1)
	conf.log().Printf("no component: %v\n", errors.New("why"))
	conf.log().Println("https://x is", "none either")
	conf.debugLog().Println("too little of interest")
	require.Equal(t, []map[string]any{
		{"level": "INFO", "msg": "a/b 1", "client_id": "c", "component": "a/b"},
		{"level": "WARN", "msg": "no component: why", "client_id": "c", "error": "why"},
		{"level": "INFO", "msg": "https://x is none either", "client_id": "c"},
	}, records(t, out.String()))
	require.Equal(t, Logger, (&Config{}).log())
	require.Equal(t, DebugLogger, (&Config{}).debugLog())
}

// countingHandler takes nothing, and counts how often it is given something.
type countingHandler struct {
	slog.Handler
	given int
}

func (h *countingHandler) Enabled(context.Context, slog.Level) bool        { return false }
func (h *countingHandler) Handle(ctx context.Context, r slog.Record) error { h.given++; return nil }

func TestSlogFormatsNothingThatNobodyWants(t *testing.T) {
	handler := &countingHandler{Handler: slog.NewTextHandler(io.Discard, nil)}
	conf := &Config{Slog: slog.New(handler)}
	conf.log().Printf("%v", panicsWhenPrinted{})
	require.Zero(t, handler.given)
}

type panicsWhenPrinted struct{}

func (panicsWhenPrinted) String() string { panic("printed") }

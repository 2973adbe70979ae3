package main

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitOK, run(t.Context(), nil, &out, &errs), errs.String())
	require.Contains(t, out.String(), `"Name": "process tracing"`)
	require.Equal(t, cli.ExitOK, run(t.Context(), []string{"-h"}, &out, &errs))
	require.Equal(t, cli.ExitUsage, run(t.Context(), []string{"-records", "x"}, &out, &errs))
	require.Equal(t, cli.ExitFailure, run(t.Context(), []string{"-brokers", "127.0.0.1:1"}, &out, &errs))
}

// One operation, its messages, and what reads them are one trace.
func TestSpansAreOneTrace(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(spans))
	o := options{Options: local.Options{Topic: "orders"}, records: 3, timeout: 10 * time.Second}
	require.NoError(t, sendAndRead(t.Context(), o, provider, io.Discard))
	parents := make(map[string]map[string]int) // names by names of parents
	byID := make(map[string]tracetest.SpanStub)
	for _, span := range spans.GetSpans() {
		byID[span.SpanContext.SpanID().String()] = span
	}
	for _, span := range byID {
		require.Equal(t, spans.GetSpans()[0].SpanContext.TraceID(), span.SpanContext.TraceID())
		parent := byID[span.Parent.SpanID().String()].Name
		if parents[parent] == nil {
			parents[parent] = make(map[string]int)
		}
		parents[parent][span.Name]++
	}
	require.Equal(t, map[string]map[string]int{
		"": {"checkout": 1}, "checkout": {"send orders": 3}, "send orders": {"process orders": 3},
	}, parents)
}

package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The embedded Kafka has no share groups: what the example does with records is tested on real brokers, see functional_test.
func TestShareGroupTellsWhatFailed(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitFailure, run(t.Context(), []string{"-brokers", "127.0.0.1:1"}, &out, &errs))
	require.Contains(t, errs.String(), "127.0.0.1:1: ")
	require.Equal(t, cli.ExitUsage, run(t.Context(), []string{"-brokers", ","}, &out, &errs))
	require.Equal(t, cli.ExitUsage, run(t.Context(), []string{"-x"}, &out, &errs))
	require.Equal(t, cli.ExitOK, run(t.Context(), []string{"-h"}, &out, &errs))
}

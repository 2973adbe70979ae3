package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKeyed(t *testing.T) {
	var values []string
	for i := range 300 {
		values = append(values, fmt.Sprint(i))
	}
	brokers := exampletest.Start(t, values, "orders")
	out := new(exampletest.Output)
	exampletest.RunUntil(t, run, out, func() bool { return len(out.Lines()) >= 300 }, "-brokers", brokers, "-work", "1ms")
	require.Len(t, out.Lines(), 300)
	last := make(map[string]int)
	for _, line := range out.Lines() {
		var place, key string
		var value int
		_, err := fmt.Sscanf(line, "%s %s = %d", &place, &key, &value)
		require.NoError(t, err)
		require.Equal(t, last[key] > 0, value >= 5, line)
		require.GreaterOrEqual(t, value, last[key], "in order of the key")
		last[key] = value + 1
	}
	// All is committed: nothing comes again.
	again := new(exampletest.Output)
	began := time.Now()
	exampletest.RunUntil(t, run, again, func() bool { return time.Since(began) > time.Second }, "-brokers", brokers)
	require.Equal(t, []string{""}, again.Lines())
}

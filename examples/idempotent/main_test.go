package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		args        []string
		code        int
		text, error string
	}{
		"embedded": {[]string{"-records", "20000"}, cli.ExitOK, "20000 records are there, in order, and 0 of them a second time", ""},
		"help":     {[]string{"-h"}, cli.ExitOK, "", "Usage: idempotent [flags]"},
		"usage":    {[]string{"-nope"}, cli.ExitUsage, "", "(-h tells the flags)"},
		"argument": {[]string{"nope"}, cli.ExitUsage, "", "unexpected argument nope"},
		"failure":  {[]string{"-brokers", "127.0.0.1:1"}, cli.ExitFailure, "", "127.0.0.1:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, c.code, run(t.Context(), c.args, &out, &errs), errs.String())
			require.Contains(t, out.String(), c.text)
			require.Contains(t, errs.String(), c.error)
		})
	}
}

package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	exampletest.Commands(t, "shutdown", run, []string{"-for", "100ms"}, "and 0 failed, 0 of which may be written")
}

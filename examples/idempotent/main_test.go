package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	exampletest.Commands(t, "idempotent", run, []string{"-records", "20000"}, "20000 records are there, in order, and 0 of them a second time")
}

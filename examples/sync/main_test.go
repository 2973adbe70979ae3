package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	exampletest.Commands(t, "sync", run, []string{"-workers", "4", "-records", "50"}, "4 goroutines sent 200 records")
}

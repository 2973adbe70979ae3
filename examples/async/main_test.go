package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	exampletest.Commands(t, "async", run, []string{"-records", "1000"}, "1000 records delivered")
}

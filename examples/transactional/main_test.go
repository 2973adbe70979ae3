package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	exampletest.Commands(t, "transactional", run, []string{"-transactions", "8", "-records", "10"}, "60 records of 6 transactions are read")
}

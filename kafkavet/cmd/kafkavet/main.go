// Command kafkavet finds mistakes in programs that use Kafka by this library or by sarama. See package kafkavet.
//
//	kafkavet [-consumeloop=false ...] ./...
//
// It exits with 0 if there are none, with 3 if there are some, and with 1 if it could not look. As go vet's -vettool it exits as go
// vet does.
package main

import (
	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/seed20e6684a/sarama/kafkavet"
)

func main() { multichecker.Main(kafkavet.Analyzers()...) }

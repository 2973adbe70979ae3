// Package kafkavet finds mistakes in programs that use this library, or sarama, that compile and work at first: a group that stops
// consuming at its first rebalance, a producer that blocks because nobody reads its errors, records that are marked before they are
// processed.
//
//	go run github.com/seed20e6684a/sarama/kafkavet/cmd/kafkavet@latest ./...
//	go vet -vettool=$(which kafkavet) ./...
//
// It looks at one package at a time and tells what it is sure of: what it cannot follow, it leaves alone.
package kafkavet

import "golang.org/x/tools/go/analysis"

// Analyzers are all there are, for a multichecker of yours.
func Analyzers() []*analysis.Analyzer {
	return []*analysis.Analyzer{BadConfig, ClaimLoop, ConsumeLoop, MarkEarly, SendError, Undrained}
}

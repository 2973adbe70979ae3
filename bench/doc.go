// Package bench compares this library with github.com/IBM/sarama and franz-go, against a broker in the same process that
// costs next to nothing: go test -bench . (make bench). What is measured is the time, the processor time (cpu-ns/op) and the
// allocations of client and broker together, so that the ratios between the clients are lower bounds; run it on an idle machine.
//
// BenchmarkProtocol compares what encodes and decodes messages alone, with kmsg for franz-go.
package bench

/*
Package sarama is a pure Go client for Apache Kafka, brokers 0.8.2 and later.

Choose by what you do:

  - produce: AsyncProducer takes messages on a channel and reports outcomes on two others; SyncProducer returns when Kafka
    has acknowledged. Both can be idempotent and transactional.
  - consume: ConsumerGroup shares partitions among members and commits offsets; Consumer reads partitions of your choice;
    ShareConsumer takes records one by one, as jobs. OffsetManager keeps offsets for those who share partitions otherwise.
  - administer: ClusterAdmin creates, changes and describes what a cluster holds; Admin does so with contexts, and more.
  - go lower: Client holds the metadata and finds leaders and coordinators; Broker is one broker, and each request type is
    a method of it.

All of them take a Config; start from NewConfig. They are safe for concurrent use. What must be closed has a Close, which
waits until nothing of it is left running. Interfaces have sarama's methods; what the constructors return often has more, told
by names such as ExtendedSyncProducer, ManagedConsumerGroup and ContextClusterAdmin. For tests there are MockBroker and package
mocks. The folder docs has a page for each of these topics.

# How data flows

	ProducerMessage                                                     ConsumerMessage
	      |                                                                    ^
	  dispatcher        one per producer: interceptors, size               claim (ConsumerGroup)
	      |                                                                    |
	  topic             partitioner chooses a partition                partition consumer
	      |                                                              decodes batches, filters aborted
	  partition         open batch, sealed batches in order                    ^
	      |                                                                    |
	  broker            one request for all ready batches              broker's fetch loop
	      |                                                              one fetch for all partitions
	      |                                                                    ^
	      +------------->  Broker: one pipelined connection  ------------------+
	                              |          ^
	                              v          |
	                            Kafka       Client: metadata, leaders, coordinators

# Metrics

Config.MetricRegistry collects these by the names below, in go-metrics' terms. A rate is a meter, a total or an "in flight" a
counter, all others are histograms. Sizes are bytes.

  - of all brokers, and of each with -for-broker-ID appended: incoming-byte-rate, outgoing-byte-rate, request-rate,
    request-size, request-latency-in-ms, response-rate, response-size, requests-in-flight, protocol-requests-rate-KEY,
    consumer-fetch-rate, and of each broker only: throttle-time-in-ms
  - of all topics, and of each with -for-topic-NAME appended: batch-size, record-send-rate, records-per-request,
    compression-ratio (times 100), consumer-fetch-rate
  - of all partitions: consumer-batch-size (messages), consumer-fetch-response-size
  - of a consumer group, with -GROUP appended: consumer-group-join-total, consumer-group-join-failed,
    consumer-group-sync-total, consumer-group-sync-failed

With metrics.UseNilMetrics set before the first client is made, nothing is collected.
*/
package sarama

import (
	"io"
	"log"
)

var (
	// Logger takes what the library has to say: connections, state changes, failures that are retried. By default it is
	// discarded. Assign before the first client is made.
	Logger StdLogger = log.New(io.Discard, "[Sarama] ", log.LstdFlags)

	// DebugLogger takes what is of interest to few: each metadata request, for example. By default it is passed on to
	// Logger. Assign before the first client is made.
	DebugLogger StdLogger = debugLogger{}

	// PanicHandler is given what a goroutine of the library panicked with, a callback of yours included; the goroutine ends.
	// By default it is nil: the panic ends the program. Assign before the first client is made.
	PanicHandler func(any)

	// MaxRequestSize is the largest request, in bytes, that is sent; a larger one is refused with a PacketEncodingError.
	// The default is 100 MiB, as brokers accept by default (socket.request.max.bytes).
	MaxRequestSize int32 = 100 * 1024 * 1024

	// MaxResponseSize is the largest response, in bytes, that is read; a larger one ends the connection with a
	// PacketDecodingError. The default is 100 MiB. Brokers know no such limit, so keep it above Config.Consumer.Fetch.MaxBytes.
	MaxResponseSize int32 = 100 * 1024 * 1024

	// MaxDecompressedBatchSize is the number of bytes that one compressed record batch may grow to; a larger one is not
	// decompressed further and fails with ErrDecompressedBatchTooLarge. The default 0 stands for 256 MiB; negative is
	// no limit.
	MaxDecompressedBatchSize int32 = 0
)

// StdLogger is what Logger and DebugLogger must do; *log.Logger does. It is called from many goroutines.
type StdLogger interface {
	Print(v ...any)
	Printf(format string, v ...any)
	Println(v ...any)
}

// debugLogger passes on to whatever Logger is at that moment.
type debugLogger struct{}

func (debugLogger) Print(v ...any)                 { Logger.Print(v...) }
func (debugLogger) Printf(format string, v ...any) { Logger.Printf(format, v...) }
func (debugLogger) Println(v ...any)               { Logger.Println(v...) }

// withRecover runs fn and gives a panic of it to PanicHandler, if there is one. Every goroutine of the library runs in it.
func withRecover(fn func()) {
	// Looked at first, not last: whoever waits for what fn does may change it then.
	handler := PanicHandler
	if handler == nil {
		fn() // nothing is recovered, so that the program ends with the panic's own stack trace
		return
	}
	defer func() {
		if reason := recover(); reason != nil {
			handler(reason)
		}
	}()
	fn()
}

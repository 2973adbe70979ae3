/*
Package mocks has stand-ins for producers and consumers, for tests of programs that use them. They implement the interfaces
of package sarama and need no broker.

A mock does what it is told to expect, in that order:

	producer := mocks.NewSyncProducer(t, nil)
	producer.ExpectSendMessageAndSucceed()
	producer.ExpectSendMessageAndFail(sarama.ErrOutOfBrokers)

What happens without being expected, and what is expected and has not happened when the mock is closed, fails the test with
a message that says which expectation it is and where it was set. Close every mock.

For tests of whole programs against a broker there is sarama.NewMockBroker.
*/
package mocks

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"

	"github.com/seed20e6684a/sarama"
)

// ErrorReporter is told of what is not as expected; *testing.T is one. Mocks may call it from goroutines of their own.
type ErrorReporter interface {
	Errorf(string, ...any)
}

// ValueChecker looks at the encoded value of a message. Its error fails the test and is the message's outcome.
type ValueChecker func(val []byte) error

// MessageChecker looks at a message, whose partition is chosen already. Its error fails the test and is the message's outcome.
type MessageChecker func(*sarama.ProducerMessage) error

// AnyOffset is for ExpectConsumePartition: whatever offset is asked for, it is the expected one.
const AnyOffset int64 = -1000

var (
	errOutOfExpectations           = errors.New("no more expectations set on mock")
	errPartitionConsumerNotStarted = errors.New("the partition consumer was never started")
	errNotInTransaction            = errors.New("attempt to send message when transaction is not started or is in ending state")
)

// messageChecker makes a checker of values one of messages; nil checks nothing.
func messageChecker(check ValueChecker) MessageChecker {
	if check == nil {
		return nil
	}
	return func(msg *sarama.ProducerMessage) error {
		var value []byte
		if msg.Value != nil {
			var err error
			if value, err = msg.Value.Encode(); err != nil {
				return fmt.Errorf("Input message encoding failed: %w", err) // in capitals, as tests look for it
			}
		}
		return check(value)
	}
}

// placeOf names the line of a caller, by the number of calls from it to here.
func placeOf(calls int) string {
	_, file, line, ok := runtime.Caller(calls)
	if !ok {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// expectation is what a producer is to do with one message.
type expectation struct {
	method string // that set it
	place  string
	result error // nil: the message is sent
	check  MessageChecker
}

// String names the expectation.
func (e *expectation) String() string { return e.method + " set at " + e.place }

// expectations are those of a producer that are still to be met.
type expectations struct {
	mu   sync.Mutex // guards what follows
	list []*expectation
}

// add is called by expect, which an exported method calls that a test has called.
func (e *expectations) add(method string, check MessageChecker, result error) {
	const addExpectMethodTest = 4
	place := placeOf(addExpectMethodTest)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, &expectation{method: method, place: place, result: result, check: check})
}

// take returns the next n expectations, nil if there are less.
func (e *expectations) take(n int) []*expectation {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) < n {
		return nil
	}
	taken := e.list[:n:n]
	e.list = e.list[n:]
	return taken
}

// reportLeft fails the test if something is still expected.
func (e *expectations) reportLeft(t ErrorReporter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) == 0 {
		return
	}
	var names strings.Builder
	for _, left := range e.list {
		names.WriteString("\n\t" + left.String())
	}
	t.Errorf("Expected to exhaust all expectations, but %d are left.%s", len(e.list), names.String())
}

// TopicConfig says how many partitions topics have for a mock's partitioner.
type TopicConfig struct {
	mu       sync.Mutex // guards what follows
	topics   map[string]int32
	standard int32
}

// NewTopicConfig returns a TopicConfig with 32 partitions for each topic.
func NewTopicConfig() *TopicConfig {
	return &TopicConfig{topics: make(map[string]int32), standard: 32}
}

// SetDefaultPartitions sets the number of partitions of the topics that SetPartitions does not name.
func (pc *TopicConfig) SetDefaultPartitions(n int32) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.standard = n
}

// SetPartitions sets the numbers of partitions of some topics; those of others stay.
func (pc *TopicConfig) SetPartitions(partitions map[string]int32) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	maps.Copy(pc.topics, partitions)
}

func (pc *TopicConfig) partitions(topic string) int32 {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if n, ok := pc.topics[topic]; ok {
		return n
	}
	return pc.standard
}

// checkedConfig returns a usable configuration, and fails the test for one that is not valid.
func checkedConfig(t ErrorReporter, config *sarama.Config) *sarama.Config {
	if config == nil {
		return sarama.NewConfig()
	}
	if err := config.Validate(); err != nil {
		t.Errorf("Invalid mock configuration provided: %s", err.Error())
	}
	return config
}

package mocks

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

var errRefused = errors.New("refused")

func refuse([]byte) error { return errRefused }

func manual() *sarama.Config {
	config := NewTestConfig()
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	return config
}

func transactional() *sarama.Config {
	config := sarama.NewConfig()
	config.Producer.Transaction.ID = "tx"
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
	return config
}

func TestAsyncProducerSettlesInOrder(t *testing.T) {
	r := new(reporter)
	p := NewAsyncProducer(r, manual())
	p.ExpectInputAndSucceed().
		ExpectInputAndFail(sarama.ErrOutOfBrokers).
		ExpectInputWithCheckerFunctionAndSucceed(func(value []byte) error { require.Equal(t, "c", string(value)); return nil }).
		ExpectInputWithMessageCheckerFunctionAndFail(func(m *sarama.ProducerMessage) error {
			require.EqualValues(t, 3, m.Partition)
			return nil
		}, sarama.ErrRequestTimedOut)
	for i, value := range []string{"a", "b", "c", "d"} {
		m := text("topic", value)
		m.Partition = int32(i)
		p.Input() <- m
	}
	require.NoError(t, p.Close())
	r.none(t)
	for i, value := range []string{"a", "c"} {
		m := <-p.Successes()
		require.Equal(t, sarama.StringEncoder(value), m.Value)
		require.EqualValues(t, i+1, m.Offset)
	}
	require.ErrorIs(t, (<-p.Errors()).Err, sarama.ErrOutOfBrokers)
	require.ErrorIs(t, (<-p.Errors()).Err, sarama.ErrRequestTimedOut)
	_, open := <-p.Successes()
	require.False(t, open)
	_, open = <-p.Errors()
	require.False(t, open)
}

func TestProducersRespectReturnOfOutcomes(t *testing.T) {
	config := NewTestConfig()
	config.Producer.Return.Errors = false
	p := NewAsyncProducer(t, config)
	p.ExpectInputAndSucceed().ExpectInputAndFail(errRefused)
	p.Input() <- text("topic", "a")
	p.Input() <- text("topic", "b")
	require.NoError(t, p.Close())
	require.Empty(t, p.Successes())
	require.Empty(t, p.Errors())
}

func TestAsyncProducerNamesTheExpectation(t *testing.T) {
	for name, set := range map[string]func(*AsyncProducer) string{
		"ExpectInputWithCheckerFunctionAndSucceed": func(p *AsyncProducer) string {
			p.ExpectInputWithCheckerFunctionAndSucceed(refuse)
			return here()
		},
		"ExpectInputWithCheckerFunctionAndFail": func(p *AsyncProducer) string {
			p.ExpectInputWithCheckerFunctionAndFail(refuse, sarama.ErrOutOfBrokers)
			return here()
		},
		"ExpectInputWithMessageCheckerFunctionAndSucceed": func(p *AsyncProducer) string {
			p.ExpectInputWithMessageCheckerFunctionAndSucceed(func(*sarama.ProducerMessage) error { return errRefused })
			return here()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := new(reporter)
			p := NewAsyncProducer(r, manual())
			set := previousLine(set(p))
			p.Input() <- text("topic", "a")
			failed := <-p.Errors()
			require.ErrorIs(t, failed.Err, errRefused)
			require.NoError(t, p.Close())
			require.Empty(t, p.Successes(), "a message has one outcome")
			require.Empty(t, p.Errors(), "a message has one outcome")
			r.only(t, "Check function returned an error: refused", name+" set at ", set)
		})
	}
}

// previousLine is the line before one, as in file:line.
func previousLine(place string) string {
	var file string
	var line int
	for i := range place {
		if place[i] == ':' {
			file = place[:i]
			_, _ = fmt.Sscan(place[i+1:], &line)
		}
	}
	return fmt.Sprintf("%s:%d", file, line-1)
}

func TestAsyncProducerReportsWhatIsLeft(t *testing.T) {
	r := new(reporter)
	p := NewAsyncProducer(r, nil)
	p.ExpectInputAndSucceed()
	p.ExpectInputAndFail(errRefused)
	last := previousLine(here())
	p.ExpectInputAndSucceed()
	p.Input() <- text("topic", "a")
	require.NoError(t, p.Close())
	r.only(t, "Expected to exhaust all expectations, but 2 are left.", "ExpectInputAndFail set at ", last, "ExpectInputAndSucceed set at ")
}

func TestAsyncProducerWithoutExpectation(t *testing.T) {
	r := new(reporter)
	p := NewAsyncProducer(r, nil)
	p.Input() <- text("topic", "a")
	failed := <-p.Errors()
	require.ErrorIs(t, failed.Err, errOutOfExpectations)
	require.NoError(t, p.Close())
	r.only(t, "No more expectation set on this mock producer to handle the input message.", "topic")
}

func TestAsyncProducerCloses(t *testing.T) {
	config := NewTestConfig()
	config.ChannelBufferSize = 0
	p := NewAsyncProducer(t, config)
	p.ExpectInputAndFail(errRefused).ExpectInputAndFail(errRefused)
	go func() {
		p.Input() <- text("topic", "a")
		p.Input() <- text("topic", "b")
		p.AsyncClose()
	}()
	require.ErrorIs(t, (<-p.Errors()).Err, errRefused)
	failed, open := <-p.Errors()
	require.True(t, open)
	require.ErrorIs(t, failed.Err, errRefused)
	_, open = <-p.Errors()
	require.False(t, open)
	require.Panics(t, p.AsyncClose)
	require.Panics(t, func() { _ = p.Close() })
}

func TestAsyncProducerClosesWithoutReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := NewTestConfig()
		config.ChannelBufferSize = 1
		full := NewAsyncProducer(t, config)
		for range 3 {
			full.ExpectInputAndFail(errRefused)
			full.Input() <- text("topic", "a")
		}
		closed := make(chan error)
		go func() { closed <- full.Close() }()
		select {
		case err := <-closed:
			require.NoError(t, err)
		case <-time.After(2 * time.Second):
			require.Fail(t, "nobody reads Errors, and Close waits for that")
		}
		require.ErrorIs(t, (<-full.Errors()).Err, errRefused, "what it holds can still be read")
	})
}

// TestAsyncProducerCloseLeavesReadersTheirOutcomes, those that take their time, too, and those that read after Close.
func TestAsyncProducerCloseLeavesReadersTheirOutcomes(t *testing.T) {
	for _, size := range []int{0, 1, 100} {
		synctest.Test(t, func(t *testing.T) {
			config := NewTestConfig()
			config.ChannelBufferSize = size
			config.Producer.Return.Successes = true
			p := NewAsyncProducer(t, config)
			read := make(chan int)
			go func() {
				n := 0
				for range p.Successes() {
					time.Sleep(100 * time.Millisecond)
					n++
				}
				read <- n
			}()
			for range 50 {
				p.ExpectInputAndSucceed()
				p.Input() <- text("topic", "a")
			}
			require.NoError(t, p.Close())
			require.Equal(t, 50, <-read)
		})
	}
}

// TestAsyncProducerTellsWhatIsNotExpected by Errors, whether or not the configuration has outcomes returned, as sarama's mock does.
func TestAsyncProducerTellsWhatIsNotExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := NewTestConfig()
		config.Producer.Return.Errors = false
		r := new(reporter)
		p := NewAsyncProducer(r, config)
		p.ExpectInputAndFail(sarama.ErrOutOfBrokers).ExpectInputWithCheckerFunctionAndSucceed(refuse)
		p.Input() <- text("topic", "a")
		p.Input() <- text("topic", "b")
		require.NoError(t, p.Close())
		failed := <-p.Errors()
		require.NotNil(t, failed, "the checker's error")
		require.ErrorIs(t, failed.Err, errRefused)
		require.Nil(t, <-p.Errors(), "what is expected is returned to nobody")
	})
}

func TestProducersUseThePartitioner(t *testing.T) {
	config := NewTestConfig()
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewRoundRobinPartitioner
	async, sync := NewAsyncProducer(t, config), NewSyncProducer(t, config)
	for _, topics := range []*TopicConfig{async.TopicConfig, sync.TopicConfig} {
		topics.SetDefaultPartitions(3)
		topics.SetPartitions(map[string]int32{"two": 2})
	}
	for i := range 4 {
		for topic, n := range map[string]int{"two": 2, "three": 3} {
			sync.ExpectSendMessageAndSucceed()
			partition, _, err := sync.SendMessage(text(topic, "a"))
			require.NoError(t, err)
			require.EqualValues(t, i%n, partition)
			async.ExpectInputAndSucceed()
			async.Input() <- text(topic, "a")
			require.EqualValues(t, i%n, (<-async.Successes()).Partition)
		}
	}
	require.NoError(t, async.Close())
	require.NoError(t, sync.Close())
}

type brokenPartitioner struct{}

func (brokenPartitioner) Partition(*sarama.ProducerMessage, int32) (int32, error) {
	return 0, errRefused
}
func (brokenPartitioner) RequiresConsistency() bool { return false }

func TestProducersReportThePartitioner(t *testing.T) {
	config := NewTestConfig()
	config.Producer.Partitioner = func(string) sarama.Partitioner { return brokenPartitioner{} }
	r := new(reporter)
	sync := NewSyncProducer(r, config)
	sync.ExpectSendMessageAndSucceed()
	set := previousLine(here())
	_, _, err := sync.SendMessage(text("topic", "a"))
	require.ErrorIs(t, err, errRefused)
	r.only(t, "Partitioner returned an error: refused", "ExpectSendMessageAndSucceed set at ", set)

	r = new(reporter)
	async := NewAsyncProducer(r, config)
	async.ExpectInputAndSucceed()
	async.Input() <- text("topic", "a")
	require.ErrorIs(t, (<-async.Errors()).Err, errRefused)
	require.NoError(t, async.Close())
	r.only(t, "Partitioner returned an error: refused")
}

func TestProducersReportTheConfiguration(t *testing.T) {
	config := sarama.NewConfig()
	config.Producer.Partitioner = nil
	r := new(reporter)
	p := NewSyncProducer(r, config)
	r.only(t, "Invalid mock configuration provided: ", "Producer.Partitioner")
	p.ExpectSendMessageAndSucceed()
	_, _, err := p.SendMessage(text("topic", "a"))
	require.NoError(t, err)
}

func TestSyncProducer(t *testing.T) {
	p := NewSyncProducer(t, manual())
	p.ExpectSendMessageAndSucceed().ExpectSendMessageAndFail(errRefused).
		ExpectSendMessageWithCheckerFunctionAndSucceed(func(value []byte) error { require.Equal(t, "c", string(value)); return nil }).
		ExpectSendMessageWithMessageCheckerFunctionAndSucceed(func(m *sarama.ProducerMessage) error { require.Equal(t, "d", m.Topic); return nil }).
		ExpectSendMessageWithMessageCheckerFunctionAndFail(func(*sarama.ProducerMessage) error { return nil }, sarama.ErrOutOfBrokers).
		ExpectSendMessageWithCheckerFunctionAndFail(func([]byte) error { return nil }, sarama.ErrOutOfBrokers)
	first := text("a", "a")
	first.Partition = 5
	partition, offset, err := p.SendMessage(first)
	require.NoError(t, err)
	require.EqualValues(t, 5, partition)
	require.EqualValues(t, 1, offset)
	require.EqualValues(t, 1, first.Offset)
	partition, offset, err = p.SendMessage(text("b", "b"))
	require.ErrorIs(t, err, errRefused)
	require.EqualValues(t, -1, partition)
	require.EqualValues(t, -1, offset)
	both := []*sarama.ProducerMessage{text("c", "c"), text("d", "d")}
	require.NoError(t, p.SendMessages(both))
	require.EqualValues(t, 2, both[0].Offset)
	require.EqualValues(t, 3, both[1].Offset)
	require.ErrorIs(t, p.SendMessages(both), sarama.ErrOutOfBrokers)
	require.NoError(t, p.SendMessages(nil))
	require.NoError(t, p.Close())
}

func TestSyncProducerReports(t *testing.T) {
	r := new(reporter)
	p := NewSyncProducer(r, nil)
	_, _, err := p.SendMessage(text("topic", "a"))
	require.ErrorIs(t, err, errOutOfExpectations)
	r.only(t, "No more expectation set on this mock producer to handle the input message.")

	r = new(reporter)
	p = NewSyncProducer(r, nil)
	p.ExpectSendMessageAndSucceed()
	set := previousLine(here())
	require.ErrorIs(t, p.SendMessages([]*sarama.ProducerMessage{text("topic", "a"), text("topic", "b")}), errOutOfExpectations)
	r.only(t, "Insufficient expectations set on this mock producer to handle the input messages.", "2")

	r.texts = nil
	require.NoError(t, p.Close())
	r.only(t, "Expected to exhaust all expectations, but 1 are left.", "ExpectSendMessageAndSucceed set at ", set)

	r = new(reporter)
	p = NewSyncProducer(r, nil)
	p.ExpectSendMessageWithCheckerFunctionAndSucceed(refuse)
	set = previousLine(here())
	_, _, err = p.SendMessage(text("topic", "a"))
	require.ErrorIs(t, err, errRefused)
	r.only(t, "Check function returned an error: refused", "ExpectSendMessageWithCheckerFunctionAndSucceed set at ", set)
	require.NoError(t, p.Close())
}

type unencodable struct{}

func (unencodable) Encode() ([]byte, error) { return nil, errRefused }
func (unencodable) Length() int             { return 0 }

func TestCheckersOfValues(t *testing.T) {
	p := NewSyncProducer(t, nil)
	p.ExpectSendMessageWithCheckerFunctionAndSucceed(func(value []byte) error { require.Nil(t, value); return nil })
	_, _, err := p.SendMessage(&sarama.ProducerMessage{Topic: "topic"})
	require.NoError(t, err, "a message without a value")

	r := new(reporter)
	p = NewSyncProducer(r, nil)
	p.ExpectSendMessageWithCheckerFunctionAndSucceed(func([]byte) error { return nil })
	_, _, err = p.SendMessage(&sarama.ProducerMessage{Topic: "topic", Value: unencodable{}})
	require.ErrorIs(t, err, errRefused)
	r.only(t, "Input message encoding failed: refused")
}

// txnProducer is what both producers have of transactions.
type txnProducer interface {
	IsTransactional() bool
	TxnStatus() sarama.ProducerTxnStatusFlag
	BeginTxn() error
	CommitTxn() error
	AbortTxn() error
	AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata, string) error
	AddMessageToTxn(*sarama.ConsumerMessage, string, *string) error
	AddOffsetsToTxnWithGroupMetadata(map[string][]*sarama.PartitionOffsetMetadata, *sarama.ConsumerGroupMetadata) error
	AddMessageToTxnWithGroupMetadata(*sarama.ConsumerMessage, *sarama.ConsumerGroupMetadata, *string) error
}

func TestTransactions(t *testing.T) {
	r := new(reporter)
	async, sync := NewAsyncProducer(r, transactional()), NewSyncProducer(r, transactional())
	async.ExpectInputAndSucceed()
	sync.ExpectSendMessageAndSucceed()
	for name, p := range map[string]struct {
		txn  txnProducer
		send func() error
	}{
		"async": {async, func() error {
			async.Input() <- text("topic", "a")
			return (<-async.Errors()).Err
		}},
		"sync":       {sync, func() error { _, _, err := sync.SendMessage(text("topic", "a")); return err }},
		"sync, many": {sync, func() error { return sync.SendMessages([]*sarama.ProducerMessage{text("topic", "a")}) }},
	} {
		t.Run(name, func(t *testing.T) {
			require.True(t, p.txn.IsTransactional())
			for _, end := range []func() error{p.txn.CommitTxn, p.txn.AbortTxn} {
				r.texts = nil
				require.Equal(t, sarama.ProducerTxnFlagReady, p.txn.TxnStatus())
				require.EqualError(t, p.send(), "attempt to send message when transaction is not started or is in ending state")
				r.only(t, "attempt to send message when transaction is not started or is in ending state.")
				require.NoError(t, p.txn.BeginTxn())
				require.Equal(t, sarama.ProducerTxnFlagInTransaction, p.txn.TxnStatus())
				require.NoError(t, p.txn.AddOffsetsToTxn(nil, "group"))
				require.NoError(t, p.txn.AddMessageToTxn(nil, "group", nil))
				require.NoError(t, p.txn.AddOffsetsToTxnWithGroupMetadata(nil, nil))
				require.NoError(t, p.txn.AddMessageToTxnWithGroupMetadata(nil, nil, nil))
				require.NoError(t, end())
			}
		})
	}
	r.texts = nil
	require.NoError(t, async.BeginTxn())
	async.Input() <- text("topic", "a")
	require.NoError(t, sync.BeginTxn())
	_, _, err := sync.SendMessage(text("topic", "a"))
	require.NoError(t, err)
	require.NoError(t, async.Close())
	require.NoError(t, sync.Close())
	r.none(t)
	require.False(t, NewSyncProducer(t, nil).IsTransactional())
}

func TestSyncProducerFromManyGoroutines(t *testing.T) {
	const messages = 100
	p := NewSyncProducer(t, nil)
	for range messages {
		p.ExpectSendMessageAndSucceed()
	}
	var mu sync.Mutex
	seen := map[int64]bool{}
	var senders sync.WaitGroup
	for range messages {
		senders.Go(func() {
			_, offset, err := p.SendMessage(text("topic", "a"))
			mu.Lock()
			defer mu.Unlock()
			seen[offset] = err == nil
		})
	}
	senders.Wait()
	require.Len(t, seen, messages)
	for offset := range int64(messages) {
		require.True(t, seen[offset+1])
	}
	require.NoError(t, p.Close())
}

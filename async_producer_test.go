package sarama

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eapache/go-resiliency/breaker"
	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

func TestJudgeAnswer(t *testing.T) {
	plain, idempotent := attempt{messages: 2, first: true}, attempt{messages: 2, first: true, idempotent: true}
	behind := attempt{messages: 2, idempotent: true}
	transactional := attempt{messages: 2, first: true, idempotent: true, transactional: true}
	retry := func(code KError) verdict {
		return verdict{action: retryBatch, trouble: needsBackoff | needsLeader, err: code}
	}
	doubtful := func(code KError) verdict { v := retry(code); v.doubtful = true; return v }
	fail := func(code KError) verdict { return verdict{action: failBatch, err: code} }
	for _, c := range []struct {
		code KError
		a    attempt
		want verdict
	}{
		{ErrNoError, plain, verdict{}},
		{ErrDuplicateSequenceNumber, idempotent, verdict{}},
		{ErrNotLeaderForPartition, plain, verdict{action: retryBatch, trouble: needsLeader, err: ErrNotLeaderForPartition}},
		{ErrNotLeaderForPartition, attempt{messages: 2, hinted: true}, verdict{action: retryBatch, trouble: followsHint, err: ErrNotLeaderForPartition}},
		{ErrNotLeaderForPartition, attempt{messages: 2, retries: 1, hinted: true}, retry(ErrNotLeaderForPartition)},
		{ErrNotEnoughReplicas, plain, retry(ErrNotEnoughReplicas)},
		{ErrInvalidMessage, plain, retry(ErrInvalidMessage)},
		{ErrKafkaStorageError, plain, retry(ErrKafkaStorageError)},
		{ErrRequestTimedOut, plain, doubtful(ErrRequestTimedOut)},
		{ErrNotEnoughReplicasAfterAppend, plain, doubtful(ErrNotEnoughReplicasAfterAppend)},
		{ErrMessageSizeTooLarge, plain, verdict{action: splitBatch, err: ErrMessageSizeTooLarge}},
		{ErrMessageSizeTooLarge, attempt{messages: 1}, fail(ErrMessageSizeTooLarge)},
		{ErrMessageSizeTooLarge, attempt{messages: 2, first: true, followed: true}, fail(ErrMessageSizeTooLarge)},
		{ErrTopicAuthorizationFailed, plain, fail(ErrTopicAuthorizationFailed)},
		{ErrInvalidRecord, idempotent, fail(ErrInvalidRecord)},
		{ErrOutOfOrderSequenceNumber, idempotent, verdict{action: retryBatch, trouble: needsIdentity, err: ErrOutOfOrderSequenceNumber}},
		{ErrOutOfOrderSequenceNumber, behind, verdict{action: retryBatch, collateral: true, err: ErrOutOfOrderSequenceNumber}},
		{ErrUnknownProducerID, idempotent, verdict{action: retryBatch, trouble: needsIdentity, err: ErrUnknownProducerID}},
		{ErrUnknownProducerID, attempt{messages: 2, first: true, idempotent: true, doubtful: true}, fail(ErrUnknownProducerID)},
		{ErrInvalidProducerEpoch, idempotent, verdict{action: retryBatch, trouble: needsIdentity, err: ErrInvalidProducerEpoch}},
		{ErrInvalidProducerEpoch, transactional, fail(ErrInvalidProducerEpoch)},
		{ErrConcurrentTransactions, transactional, verdict{action: retryBatch, trouble: needsTurn, err: ErrConcurrentTransactions}},
		{ErrConcurrentTransactions, idempotent, retry(ErrConcurrentTransactions)},
		{ErrTransactionAbortable, transactional, fail(ErrTransactionAbortable)},
		{ErrOutOfOrderSequenceNumber, transactional, fail(ErrOutOfOrderSequenceNumber)},
		{ErrProducerFenced, transactional, fail(ErrProducerFenced)},
		{ErrOutOfOrderSequenceNumber, plain, fail(ErrOutOfOrderSequenceNumber)},
	} {
		require.Equal(t, c.want, judgeAnswer(c.code, c.a), "%v %+v", c.code, c.a)
	}
}

func TestJudgeFailure(t *testing.T) {
	broken := errors.New("broken")
	unsent, sent := &conn.Failure{State: conn.Unwritten, Err: broken}, &conn.Failure{State: conn.Written, Err: broken}
	require.Equal(t, verdict{action: retryBatch, trouble: needsBackoff | needsLeader, err: unsent}, judgeFailure(unsent))
	require.Equal(t, verdict{action: retryBatch, trouble: needsBackoff | needsLeader, doubtful: true, err: sent}, judgeFailure(sent))
	require.Equal(t, verdict{action: retryBatch, trouble: needsBackoff | needsLeader, err: ErrNotConnected}, judgeFailure(ErrNotConnected))
	require.Equal(t, failBatch, judgeFailure(PacketEncodingError{Info: "too large"}).action)
	require.Equal(t, failBatch, judgeFailure(ErrUnsupportedVersion).action)
	require.Equal(t, verdict{action: failBatch, doubtful: true, err: ErrIncompleteResponse}, judgeFailure(ErrIncompleteResponse))
}

func TestSequencesWrap(t *testing.T) {
	require.EqualValues(t, 7, sequenceAfter(5, 2))
	require.EqualValues(t, math.MaxInt32, sequenceAfter(math.MaxInt32-1, 1))
	require.EqualValues(t, 0, sequenceAfter(math.MaxInt32, 1))
	require.EqualValues(t, 4, sequenceAfter(math.MaxInt32-1, 6))
}

func TestIdentitiesAfterABrokenOne(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		client, err := NewClient([]string{p.addr}, p.conf)
		require.NoError(t, err)
		keeper, err := newIdentityKeeper(context.Background(), internalsOf(client))
		require.NoError(t, err)
		first := keeper.identity()
		next, err := keeper.after(context.Background(), first)
		require.NoError(t, err)
		require.Equal(t, producerIdentity{first.id, first.epoch + 1}, next)
		same, err := keeper.after(context.Background(), first)
		require.NoError(t, err)
		require.Equal(t, next, same, "who finds the same one broken gets the same next one")
		keeper.current.epoch = math.MaxInt16
		renewed, err := keeper.after(context.Background(), keeper.identity())
		require.NoError(t, err)
		require.NotEqual(t, first.id, renewed.id, "epochs are used up")
		require.NoError(t, client.Close())
	})
}

// A producer may be closed while its identity is asked for, on a client that others go on with.
func TestWhoAsksForAnIdentityMayLeave(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		client, err := NewClient([]string{p.addr}, p.conf)
		require.NoError(t, err)
		keeper, err := newIdentityKeeper(t.Context(), internalsOf(client))
		require.NoError(t, err)
		keeper.current.epoch = math.MaxInt16
		for _, b := range p.brokers {
			b.on(protocol.KeyInitProducerId, hang)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err = keeper.after(ctx, keeper.identity())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(begin))
		require.NoError(t, client.Close())
	})
}

// custom is an encoder of the user's.
type custom struct {
	text  string
	err   error
	calls *int
}

func (c custom) Encode() ([]byte, error) {
	if c.calls != nil {
		*c.calls++
	}
	return []byte(c.text), c.err
}

func (c custom) Length() int { return len(c.text) }

func TestMessagesThatCanNotBeSentComeBack(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		p.conf.Producer.MaxMessageBytes = 1000
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		broken := errors.New("no bytes")
		for _, c := range []struct {
			msg  *ProducerMessage
			want error
		}{
			{&ProducerMessage{Topic: "orders", Partition: 2}, ErrInvalidPartition},
			{&ProducerMessage{Topic: "orders", Value: custom{err: broken}}, broken},
			{&ProducerMessage{Topic: "orders", Value: ByteEncoder(make([]byte, 1000))},
				ConfigurationError("Attempt to produce message larger than configured Producer.MaxMessageBytes: 1036 > 1000")},
			{&ProducerMessage{Topic: "nope"}, ErrUnknownTopicOrPartition},
		} {
			producer.Input() <- c.msg
			failed := <-producer.Errors()
			require.Equal(t, c.msg, failed.Msg)
			require.ErrorIs(t, failed.Err, c.want)
		}
		producer.Input() <- nil // is ignored
		calls := 0
		producer.Input() <- &ProducerMessage{Topic: "orders", Key: custom{text: "k"}, Value: custom{text: "v", calls: &calls}}
		require.EqualValues(t, 0, (<-producer.Successes()).Offset)
		require.Equal(t, 1, calls)
		require.NoError(t, producer.Close())
	})
}

func TestHeadersNeedKafka011(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Version = V0_10_2_0
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		producer.Input() <- &ProducerMessage{Topic: "orders", Headers: []RecordHeader{{}}}
		require.Equal(t, ConfigurationError("Producing headers requires Kafka at least v0.11"), (<-producer.Errors()).Err)
		require.NoError(t, producer.Close())
	})
}

// TestTopicWithoutMetadataHoldsUpNoOther: messages of a topic that nobody knows wait, and then fail; others go on meanwhile.
func TestTopicWithoutMetadataHoldsUpNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		began := time.Now()
		for range 10 {
			producer.Input() <- &ProducerMessage{Topic: "nope"}
		}
		producer.Input() <- &ProducerMessage{Topic: "orders"}
		<-producer.Successes()
		require.Zero(t, time.Since(began))
		for range 10 {
			require.ErrorIs(t, <-producer.Errors(), ErrUnknownTopicOrPartition)
		}
		require.Equal(t, 750*time.Millisecond, time.Since(began), "Metadata.Retry")
		for range 2 { // after three failures the cluster is left alone for ten seconds
			producer.Input() <- &ProducerMessage{Topic: "nope"}
			require.ErrorIs(t, <-producer.Errors(), ErrUnknownTopicOrPartition)
		}
		asked := time.Now()
		producer.Input() <- &ProducerMessage{Topic: "nope"}
		require.Equal(t, breaker.ErrBreakerOpen, (<-producer.Errors()).Err)
		require.Zero(t, time.Since(asked))
		require.NoError(t, producer.Close()) // nothing of the breaker is left
	})
}

func TestCloseFlushesAndIsFinal(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Flush.Frequency = time.Hour
		p.conf.Producer.Flush.Messages = 1000
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		for i := range 10 {
			producer.Input() <- &ProducerMessage{Topic: "orders", Value: StringEncoder(numbered(i))}
		}
		began := time.Now()
		require.NoError(t, producer.Close())
		require.NoError(t, producer.Close(), "again")
		producer.AsyncClose()
		require.Zero(t, time.Since(began))
		require.Len(t, p.logs.values(0), 10)
		require.Panics(t, func() { producer.Input() <- &ProducerMessage{} }, "as a closed channel does")
	})
}

func TestCloseReturnsWhatFailed(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.Max = 0
		p.logs.fault = func() scriptedFault { return scriptedFault{code: ErrNotEnoughReplicas} }
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		producer.Input() <- &ProducerMessage{Topic: "orders"}
		err = producer.Close()
		var failed ProducerErrors
		require.ErrorAs(t, err, &failed)
		require.Len(t, failed, 1)
		require.Equal(t, ErrNotEnoughReplicas, failed[0].Err)
	})
}

func TestFlushSettings(t *testing.T) {
	for name, c := range map[string]struct {
		set      func(*Config)
		messages int
		after    time.Duration
	}{
		"at once":       {func(*Config) {}, 1, 0},
		"by messages":   {func(c *Config) { c.Producer.Flush.Messages = 5 }, 5, 0},
		"by bytes":      {func(c *Config) { c.Producer.Flush.Bytes = 4 * recordOverhead }, 4, 0},
		"by time":       {func(c *Config) { c.Producer.Flush.Frequency = time.Second }, 3, time.Second},
		"time or count": {func(c *Config) { c.Producer.Flush.Frequency = time.Second; c.Producer.Flush.Messages = 2 }, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				c.set(p.conf)
				producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
				require.NoError(t, err)
				began := time.Now()
				for i := range c.messages {
					synctest.Wait()
					require.Empty(t, p.logs.values(0), "after %d messages", i)
					producer.Input() <- &ProducerMessage{Topic: "orders"}
				}
				<-producer.Successes()
				require.Equal(t, c.after, time.Since(began))
				require.NoError(t, producer.Close())
			})
		})
	}
}

func TestMaxMessagesBoundsRequests(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 4) // two for each broker
		p.conf.Producer.Flush.MaxMessages = 3
		p.conf.Producer.Flush.Frequency = time.Millisecond
		o := p.run(t, 400)
		require.Len(t, o.succeeded, 400)
		for id := range p.logs.cluster.brokerIDs() {
			for _, r := range net.brokers[fmt.Sprintf("b%d:9092", id)].received(protocol.KeyProduce) {
				records := 0
				for _, part := range protocol.ProducedPartitions(r.Body.(*ProduceRequest)) {
					h, err := protocol.ReadBatchHeader(part.Records)
					require.NoError(t, err)
					records += int(h.NumRecords)
				}
				require.LessOrEqual(t, records, 3)
			}
		}
	})
}

// TestBatchesTooLargeForTheBrokerAreSplit until they fit.
func TestBatchesTooLargeForTheBrokerAreSplit(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 1)
			p.conf.Producer.Idempotent = idempotent
			p.conf.Producer.Flush.Messages = 64
			p.logs.limit = 400
			o := p.run(t, 64)
			require.Empty(t, o.errs)
			require.Len(t, p.logs.values(0), 64)
			for i, v := range p.logs.values(0) {
				require.Equal(t, numbered(i), v)
			}
		})
	}
}

func TestRetryBufferIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.MaxBufferLength = 1 // raised to the least that is useful
		p.conf.Producer.Flush.Messages = leastRetryBufferLength + 10
		p.logs.fault = func() scriptedFault { return scriptedFault{code: ErrNotEnoughReplicas} }
		o := p.run(t, leastRetryBufferLength+10)
		require.Len(t, o.failed, leastRetryBufferLength+10)
		for _, err := range o.errs {
			require.Equal(t, ErrProducerRetryBufferOverflow, err)
		}
	})
}

func TestNoAcknowledgement(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		p.conf.Producer.RequiredAcks = NoResponse
		o := p.run(t, 100)
		require.Len(t, o.succeeded, 100)
		synctest.Wait()
		require.Len(t, p.logs.values(0), 50)
		require.Len(t, p.logs.values(1), 50)
	})
}

func TestProducerMetrics(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Flush.Messages = 10
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		for range 10 {
			producer.Input() <- &ProducerMessage{Topic: "orders"}
		}
		for range 10 {
			<-producer.Successes()
		}
		for _, suffix := range []string{"", "-for-topic-orders"} {
			registry := p.conf.MetricRegistry
			require.EqualValues(t, 10, registry.Get("record-send-rate"+suffix).(metrics.Meter).Count())
			require.EqualValues(t, 10, registry.Get("records-per-request"+suffix).(metrics.Histogram).Max())
			require.EqualValues(t, 1, registry.Get("batch-size"+suffix).(metrics.Histogram).Count())
		}
		require.NoError(t, producer.Close())
		require.Nil(t, p.conf.MetricRegistry.Get("batch-size"))
	})
}

func TestErrorsAreLoggedIfNotReturned(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var out bytes.Buffer
		var mu sync.Mutex
		captureLog(t, &lockedWriter{w: &out, mu: &mu})
		p := newProducing(t, net, 1)
		p.conf.Producer.Return.Errors = false
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		producer.Input() <- &ProducerMessage{Topic: "orders", Partition: 5}
		require.NoError(t, producer.Close())
		mu.Lock()
		defer mu.Unlock()
		require.Contains(t, out.String(), "kafka: Failed to produce message to topic orders: kafka: partitioner returned an invalid partition index")
	})
}

// TestMessagesThatComeWhileABatchIsOnItsWayCount for Flush.Messages and Flush.Bytes: nothing else may have them sent.
func TestMessagesThatComeWhileABatchIsOnItsWayCount(t *testing.T) {
	for name, set := range map[string]func(*Config){
		"messages": func(c *Config) { c.Producer.Flush.Messages = 5 },
		"bytes":    func(c *Config) { c.Producer.Flush.Bytes = 5 * recordOverhead },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				set(p.conf)
				release := p.stall(net)
				producer := p.startExtended(t)
				for range 10 {
					producer.Input() <- &ProducerMessage{Topic: "orders"}
					synctest.Wait()
				}
				release()
				for range 10 {
					<-producer.Successes()
				}
				require.NoError(t, producer.Close())
			})
		})
	}
}

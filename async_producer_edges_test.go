package sarama

import (
	"fmt"
	"io"
	"log"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// sendOne sends a message and returns its outcome.
func sendOne(producer AsyncProducer, value string) error {
	producer.Input() <- &ProducerMessage{Topic: "orders", Value: StringEncoder(value)}
	select {
	case <-producer.Successes():
		return nil
	case err := <-producer.Errors():
		return err.Err
	}
}

// headers are those of the batches that brokers got, those of each broker in order.
func (p *producing) headers(t *testing.T) (all []protocol.BatchHeader) {
	for _, b := range p.brokers {
		for _, r := range b.received(protocol.KeyProduce) {
			for _, part := range protocol.ProducedPartitions(r.Body.(*ProduceRequest)) {
				h, err := protocol.ReadBatchHeader(part.Records)
				require.NoError(t, err)
				all = append(all, h)
			}
		}
	}
	return all
}

func (p *producing) received(key int16) (n int) {
	for _, b := range p.brokers {
		n += len(b.received(key))
	}
	return n
}

// slowLogger takes a while to note a line.
type slowLogger struct {
	StdLogger
	lines chan string
}

func (l *slowLogger) Printf(format string, args ...any) {
	time.Sleep(time.Millisecond)
	l.lines <- fmt.Sprintf(format, args...)
}

// TestCloseLeavesNothingThatLogs: a program may replace Logger as soon as Close has returned.
func TestCloseLeavesNothingThatLogs(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		logger := &slowLogger{log.New(io.Discard, "", 0), make(chan string, 100)}
		p := newProducing(t, net, 1)
		defer func(old StdLogger) { Logger = old }(Logger)
		Logger = logger
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		require.NoError(t, sendOne(producer, "a"))
		require.NoError(t, producer.Close())
		close(logger.lines)
		var lines []string
		for line := range logger.lines {
			lines = append(lines, line)
		}
		require.Contains(t, lines, "producer/broker/1 shut down\n")
	})
}

// TestNextLeaderIsFoundAtOnce: by the hint of the old one, without asking (KIP-951), or by asking; in no time either way.
func TestNextLeaderIsFoundAtOnce(t *testing.T) {
	for _, hints := range []bool{false, true} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 1)
			p.conf.Version = V4_1_0_0
			p.logs.perMove, p.logs.hints = 1, hints
			producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
			require.NoError(t, err)
			require.NoError(t, sendOne(producer, "a"))
			asked := p.received(protocol.KeyMetadata)
			p.logs.move(0, 2)
			began := time.Now()
			require.NoError(t, sendOne(producer, "b"))
			require.Zero(t, time.Since(began))
			if !hints {
				asked++
			}
			require.Equal(t, asked, p.received(protocol.KeyMetadata))
			require.Len(t, p.brokers[1].received(protocol.KeyProduce), 1)
			require.NoError(t, producer.Close())
		})
	}
}

// TestNextLeaderIsFoundWithoutRetries: the messages that find out fail, those after them do not.
func TestNextLeaderIsFoundWithoutRetries(t *testing.T) {
	for name, leave := range map[string]func(p *producing){
		"moved":  func(p *producing) { p.logs.move(0, 2) },
		"hinted": func(p *producing) { p.logs.hints = true; p.logs.move(0, 2) },
		"gone":   func(p *producing) { p.brokers[0].setDown(true); p.logs.move(0, 2) },
	} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 1)
			p.conf.Version = V4_1_0_0
			p.conf.Producer.Retry.Max = 0
			p.logs.perMove = 1
			producer, err := NewAsyncProducer([]string{p.brokers[1].addr()}, p.conf)
			require.NoError(t, err)
			require.NoError(t, sendOne(producer, "a"))
			leave(p)
			require.Error(t, sendOne(producer, "b"), name)
			require.NoError(t, sendOne(producer, "c"), name)
			require.Equal(t, []string{"a", "c"}, p.logs.values(0))
			require.NoError(t, producer.Close())
		})
	}
}

// TestSecondDenialWaits: two brokers that both deny to lead are not asked in a loop.
func TestSecondDenialWaits(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Retry.Max = 3
		p.logs.fault = func() scriptedFault { return scriptedFault{code: ErrNotLeaderForPartition} }
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		began := time.Now()
		require.Equal(t, ErrNotLeaderForPartition, sendOne(producer, "a"))
		require.Equal(t, 2*p.conf.Producer.Retry.Backoff, time.Since(began))
		require.NoError(t, producer.Close())
	})
}

// TestSequenceOutlivesTheTopicsAbsence: a topic that is out of sight and comes back goes on with its sequence, one that was made
// anew gets one of its own, by the same epoch.
func TestSequenceOutlivesTheTopicsAbsence(t *testing.T) {
	for _, version := range []KafkaVersion{V2_8_0_0, V4_1_0_0} { // with names, and with ids
		for _, another := range []bool{false, true} {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				p.conf.Version, p.conf.Producer.Idempotent = version, true
				producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
				require.NoError(t, err)
				for range 3 {
					require.NoError(t, sendOne(producer, "a"))
				}
				p.logs.setGone(true, another)
				time.AfterFunc(time.Second, func() { p.logs.setGone(false, false) })
				require.NoError(t, sendOne(producer, "b"))
				require.NoError(t, sendOne(producer, "c"))
				require.NoError(t, producer.Close())
				if version == V2_8_0_0 && another {
					return // which topic it is, is not told by requests with names until metadata are asked for
				}
				headers := p.headers(t)
				last := headers[len(headers)-1]
				require.EqualValues(t, 0, last.ProducerEpoch)
				if another {
					require.Equal(t, []string{"b", "c"}, p.logs.values(0))
					require.EqualValues(t, 1, last.BaseSequence)
				} else {
					require.Equal(t, []string{"a", "a", "a", "b", "c"}, p.logs.values(0))
					require.EqualValues(t, 4, last.BaseSequence)
				}
			})
		}
	}
}

// TestFirstBatchOfAProducerGoesAlone: a leader that knows nothing of it would take the second for the first.
func TestFirstBatchOfAProducerGoesAlone(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Idempotent = true
		p.conf.Net.MaxOpenRequests = 5
		answers := make(chan struct{})
		for _, b := range p.brokers {
			b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
				select {
				case <-answers:
					return p.logs.produce(r)
				case <-r.Broker.stopped:
					return r.cut()
				}
			})
		}
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		send := func() {
			producer.Input() <- &ProducerMessage{Topic: "orders", Value: StringEncoder("a")}
			synctest.Wait()
		}
		inFlight := func() int {
			pp := producer.(*asyncProducer).topics["orders"].partitions[0]
			pp.mu.Lock()
			defer pp.mu.Unlock()
			return pp.inFlight
		}
		send()
		send()
		require.Equal(t, 1, inFlight())
		answers <- struct{}{}
		<-producer.Successes()
		synctest.Wait()
		send()
		send()
		require.Equal(t, 2, inFlight(), "the network takes no more")
		close(answers)
		require.NoError(t, producer.Close())
		require.Len(t, p.logs.values(0), 4)
	})
}

// TestUsedUpEpochs: when a sequence breaks and there is no higher epoch, the producer goes on with another id, in order.
func TestUsedUpEpochs(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Idempotent = true
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		keeper := producer.(*asyncProducer).keeper
		first := keeper.identity()
		keeper.mu.Lock()
		keeper.current.epoch = math.MaxInt16
		keeper.mu.Unlock()
		require.NoError(t, sendOne(producer, "a"))
		p.logs.fault = func() scriptedFault {
			p.logs.fault = nil
			return scriptedFault{code: ErrOutOfOrderSequenceNumber}
		}
		require.NoError(t, sendOne(producer, "b"))
		require.NoError(t, sendOne(producer, "c"))
		require.NoError(t, producer.Close())
		require.Equal(t, []string{"a", "b", "c"}, p.logs.values(0))
		headers := p.headers(t)
		last := headers[len(headers)-1]
		require.NotEqual(t, first.id, last.ProducerID)
		require.EqualValues(t, 0, last.ProducerEpoch)
		require.EqualValues(t, 1, last.BaseSequence)
	})
}

// TestEpochIsRaisedForEachPartitionWhenItIsReady: one partition's sequence breaks while another has requests in flight, which
// keep their epoch until they are settled.
func TestEpochIsRaisedForEachPartitionWhenItIsReady(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2) // one for each broker
		p.conf.Producer.Idempotent = true
		p.conf.Net.MaxOpenRequests = 5
		held := make(chan struct{})
		holding := false
		p.brokers[1].on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
			if holding {
				<-held
			}
			return p.logs.produce(r)
		})
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		send := func(partition int32, value string) {
			producer.Input() <- &ProducerMessage{Topic: "orders", Partition: partition, Value: StringEncoder(value)}
		}
		for partition := range int32(2) {
			send(partition, "a")
			<-producer.Successes()
		}
		holding = true
		send(1, "b")
		synctest.Wait()
		p.logs.fault = func() scriptedFault {
			p.logs.fault = nil
			return scriptedFault{code: ErrOutOfOrderSequenceNumber}
		}
		send(0, "b")
		<-producer.Successes()
		send(1, "c") // waits for b, which is in flight by the epoch before
		synctest.Wait()
		close(held)
		<-producer.Successes()
		<-producer.Successes()
		require.NoError(t, producer.Close())
		require.Equal(t, []string{"a", "b"}, p.logs.values(0))
		require.Equal(t, []string{"a", "b", "c"}, p.logs.values(1))
		type sent struct {
			epoch    int16
			sequence int32
		}
		var second []sent
		for _, r := range p.brokers[1].received(protocol.KeyProduce) {
			h, err := protocol.ReadBatchHeader(protocol.ProducedPartitions(r.Body.(*ProduceRequest))[0].Records)
			require.NoError(t, err)
			second = append(second, sent{h.ProducerEpoch, h.BaseSequence})
		}
		require.Equal(t, []sent{{0, 0}, {0, 1}, {1, 0}}, second)
	})
}

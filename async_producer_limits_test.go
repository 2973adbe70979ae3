package sarama

import (
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// heap returns the bytes that are in use.
func heap() int {
	runtime.GC()
	runtime.GC() // what pools held is gone with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestPausedClusterBoundsMemory: while no broker answers Input blocks, with no more held than the bound, retries without end or
// not; afterwards all is delivered, in order.
func TestPausedClusterBoundsMemory(t *testing.T) {
	for name, c := range map[string]struct {
		value int
		set   func(*Config)
	}{
		"small":           {100, func(*Config) {}},
		"large":           {100_000, func(*Config) {}},
		"compressed":      {1000, func(c *Config) { c.Producer.Compression = CompressionLZ4 }},
		"idempotent":      {100, func(c *Config) { c.Producer.Idempotent = true }},
		"set":             {1000, func(c *Config) { c.Producer.MaxBufferBytes = 8 << 20 }},
		"endless retries": {1000, func(c *Config) { c.Producer.Retry.Max = math.MaxInt; c.Net.ReadTimeout = 5 * time.Second }},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 4)
				p.conf.Producer.Return.Successes = false
				p.conf.Net.ReadTimeout = 2 * time.Minute
				p.conf.Net.WriteTimeout = 2 * time.Minute
				c.set(p.conf)
				delivered := [4]int{}
				paused := make(chan struct{})
				for _, b := range net.brokers {
					b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
						select {
						case <-paused:
						case <-r.Broker.stopped:
							return r.cut()
						}
						response := &ProduceResponse{Blocks: map[string]map[int32]*ProduceResponseBlock{"orders": {}}}
						p.logs.mu.Lock()
						defer p.logs.mu.Unlock()
						for _, part := range protocol.ProducedPartitions(r.Body.(*ProduceRequest)) {
							h, err := protocol.ReadBatchHeader(part.Records)
							require.NoError(t, err)
							response.Blocks["orders"][part.Partition] = &ProduceResponseBlock{Offset: int64(delivered[part.Partition])}
							delivered[part.Partition] += int(h.NumRecords)
						}
						return response
					})
				}
				producer := p.startExtended(t)
				value := make([]byte, c.value)
				before := heap()
				accepted := 0
				refused := time.Now()
				for time.Since(refused) < time.Minute { // without a message taken
					if producer.TrySend(&ProducerMessage{Topic: "orders", Partition: int32(accepted % 4), Value: ByteEncoder(value)}) == nil {
						accepted++
						refused = time.Now()
						continue
					}
					synctest.Wait()
					if producer.(*asyncProducer).ledger.full() != nil {
						<-time.After(time.Second)
					}
				}
				bound, held := producerMemoryOf(p.conf), accepted*(c.value+messageMemory)
				require.Less(t, heap()-before, bound+32<<20, "after %d messages", accepted)
				require.Greater(t, held, bound*4/5, "what is not counted here is what batches say of records")
				require.Less(t, held, bound*11/10+2*p.conf.ChannelBufferSize*c.value, "Input and what was taken from it at once")
				close(paused)
				require.NoError(t, producer.Close())
				sum := 0
				for _, n := range delivered {
					sum += n
				}
				if c.value == 1000 {
					require.GreaterOrEqual(t, sum, accepted, "what timed out was sent again")
				} else {
					require.Equal(t, accepted, sum)
				}
			})
		})
	}
}

// setLimit sets the bytes above which no more is taken.
func (l *producerLedger) setLimit(bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = bytes
}

// TestSendMessagesOfAnyLength takes no more memory than other messages.
func TestSendMessagesOfAnyLength(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Idempotent = true
		p.logs.delay = func() time.Duration { return 10 * time.Millisecond }
		producer := p.startSync(t)
		ledger := producer.(*syncProducer).ledger
		const limit = 1 << 20
		ledger.setLimit(limit)
		value := ByteEncoder(make([]byte, 10_000))
		msgs := make([]*ProducerMessage, 2000)
		for i := range msgs {
			msgs[i] = &ProducerMessage{Topic: "orders", Value: value}
		}
		most := 0
		p.logs.fault = func() scriptedFault {
			ledger.mu.Lock()
			defer ledger.mu.Unlock()
			most = max(most, ledger.bytes)
			return scriptedFault{}
		}
		require.NoError(t, producer.SendMessages(msgs))
		require.Less(t, most, limit+acceptBytes+acceptGroup*11_000)
		for i, msg := range msgs {
			require.EqualValues(t, i, msg.Offset)
		}
		require.NoError(t, producer.Close())
	})
}

// TestRequestsOfManyTopicsStayBelowTheLimit: what is around the records counts, too.
func TestRequestsOfManyTopicsStayBelowTheLimit(t *testing.T) {
	limit := MaxRequestSize
	t.Cleanup(func() { MaxRequestSize = limit })
	MaxRequestSize = 100 << 10
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		var topics []string
		for i := range 300 {
			topics = append(topics, strings.Repeat("t", 200)+numbered(i))
			p.logs.cluster.setTopic(topics[i], 0, ledBy(0, 1, 1))
		}
		p.brokers[0].on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
			response := new(ProduceResponse)
			for _, part := range protocol.ProducedPartitions(r.Body.(*ProduceRequest)) {
				response.AddTopicPartition(part.Topic, part.Partition, ErrNoError)
			}
			return response
		})
		p.conf.Producer.Flush.Messages = len(topics)
		producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
		require.NoError(t, err)
		for _, topic := range topics {
			producer.Input() <- &ProducerMessage{Topic: topic, Value: ByteEncoder(make([]byte, 700))}
		}
		for range topics {
			select {
			case <-producer.Successes():
			case err := <-producer.Errors():
				require.NoError(t, err)
			}
		}
		require.Len(t, p.brokers[0].received(protocol.KeyProduce), 4)
		require.NoError(t, producer.Close())
	})
}

// TestOpeningAndClosingLeavesNothing: heap, goroutines and descriptors stay as they are.
func TestOpeningAndClosingLeavesNothing(t *testing.T) {
	cycles := 10_000
	if testing.Short() {
		cycles = 1000
		t.Logf("short: %d cycles in place of 10000", cycles)
	}
	net := newScriptedNetwork(t)
	p := newProducing(t, net, 1)
	cycle := func(conf *Config, addr string) {
		producer, err := NewAsyncProducer([]string{addr}, conf)
		require.NoError(t, err)
		producer.Input() <- toOrders("x")
		select {
		case <-producer.Successes():
		case err := <-producer.Errors():
			require.NoError(t, err)
		}
		require.NoError(t, producer.Close())
		for _, b := range net.brokers {
			b.awaitNobody()
		}
		net.forget()
		p.logs.forget()
	}
	measure := func(cycles int, cycle func()) {
		for range 100 {
			cycle()
		}
		goroutines, before, files := runtime.NumGoroutine(), heap(), openFiles(t)
		for range cycles {
			cycle()
		}
		require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+2)
		require.Less(t, heap()-before, 1<<20)
		require.LessOrEqual(t, openFiles(t), files)
	}
	measure(cycles, func() { cycle(p.conf, p.addr) })

	tcp := listenScripted(t, 1)
	p.logs = newScriptedLogs(t, newScriptedCluster(tcp), "orders", 1, tcp)
	net = &scriptedNetwork{brokers: map[string]*scriptedBroker{tcp.addr(): tcp}}
	conf := NewConfig()
	conf.Producer.Return.Successes = true
	conf.Producer.Idempotent = true
	conf.Producer.RequiredAcks = WaitForAll
	measure(300, func() { cycle(conf, tcp.addr()) })
}

// forget drops what the brokers remember of requests, so that a test may make many.
func (n *scriptedNetwork) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials = nil
	for _, b := range n.brokers {
		b.mu.Lock()
		b.requests = nil
		b.mu.Unlock()
	}
}

// forget drops what was written.
func (l *scriptedLogs) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for partition := range l.logs {
		l.logs[partition] = newScriptedLog(l.epoch)
	}
}

// openFiles returns how many descriptors the process has, 0 where that is not told.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

package sarama

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// producing is a producer with a cluster of two scripted brokers that lead the partitions of one topic.
type producing struct {
	logs *scriptedLogs
	conf *Config
	addr string
}

func newProducing(t *testing.T, net *scriptedNetwork, partitions int32) *producing {
	b1, b2 := net.broker(1), net.broker(2)
	cluster := newScriptedCluster(b1, b2)
	conf := net.config()
	conf.Version = V2_8_0_0
	conf.Producer.Partitioner = NewManualPartitioner
	conf.Producer.RequiredAcks = WaitForAll
	conf.Producer.Return.Successes = true
	conf.Producer.Retry.Max = 1000
	return &producing{logs: newScriptedLogs(t, cluster, "orders", partitions, b1, b2), conf: conf, addr: b1.addr()}
}

// outcome is what became of the messages of a run.
type outcome struct {
	succeeded, failed []*ProducerMessage
	errs              []error
}

// run sends n messages round robin over the partitions, closes the producer, and returns their outcomes.
func (p *producing) run(t *testing.T, n int) outcome {
	t.Helper()
	producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
	require.NoError(t, err)
	done := make(chan outcome)
	go func() {
		var o outcome
		successes, errs := producer.Successes(), producer.Errors()
		for successes != nil || errs != nil {
			select {
			case msg, ok := <-successes:
				if !ok {
					successes = nil
					continue
				}
				o.succeeded = append(o.succeeded, msg)
			case err, ok := <-errs:
				if !ok {
					errs = nil
					continue
				}
				o.failed, o.errs = append(o.failed, err.Msg), append(o.errs, err.Err)
			}
		}
		done <- o
	}()
	partitions := len(p.logs.leaders)
	for i := range n {
		producer.Input() <- &ProducerMessage{
			Topic: "orders", Partition: int32(i % partitions), Value: StringEncoder(numbered(i / partitions)), Metadata: i,
		}
	}
	producer.AsyncClose()
	return <-done
}

// eachFault runs a producer with random settings against random faults, many times.
func eachFault(t *testing.T, seeds uint64, idempotent bool, check func(t *testing.T, p *producing, o outcome, perPartition int)) {
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				p := newProducing(t, net, 3)
				p.conf.Producer.Idempotent = idempotent
				p.conf.Net.MaxOpenRequests = 1 + rnd.IntN(5)
				p.conf.Producer.MaxMessageBytes = 400 + rnd.IntN(2000)
				if rnd.IntN(2) == 0 {
					p.conf.Producer.Flush.Frequency = time.Duration(rnd.IntN(20)) * time.Millisecond
				}
				faults := rand.New(rand.NewPCG(seed, 2))
				p.logs.fault = randomFaults(faults, 60, 0.3)
				p.logs.delay = func() time.Duration { return time.Duration(faults.IntN(5)) * time.Millisecond }
				const perPartition = 300
				o := p.run(t, 3*perPartition)
				require.Empty(t, o.errs)
				require.Len(t, o.succeeded, 3*perPartition)
				check(t, p, o, perPartition)
			})
		})
	}
}

// TestIdempotentProducerWritesEachMessageOnceInOrder is the promise of idempotence, with up to five requests in flight:
// whatever fails, nothing is lost, nothing comes twice, and nothing overtakes.
func TestIdempotentProducerWritesEachMessageOnceInOrder(t *testing.T) {
	eachFault(t, 40, true, func(t *testing.T, p *producing, o outcome, perPartition int) {
		for partition := range int32(3) {
			values := p.logs.values(partition)
			require.Len(t, values, perPartition)
			for i, v := range values {
				require.Equal(t, numbered(i), v, "partition %d", partition)
			}
		}
		for _, msg := range o.succeeded {
			require.Equal(t, string(msg.Value.(StringEncoder)), p.logs.values(msg.Partition)[msg.Offset])
		}
	})
}

// TestProducerKeepsOrderWithoutIdempotence: what was written without an answer comes twice, but what is new never comes
// behind what was sent after it.
func TestProducerKeepsOrderWithoutIdempotence(t *testing.T) {
	eachFault(t, 40, false, func(t *testing.T, p *producing, _ outcome, perPartition int) {
		for partition := range int32(3) {
			var firsts []string
			for _, v := range p.logs.values(partition) {
				if !slices.Contains(firsts, v) {
					firsts = append(firsts, v)
				}
			}
			require.Len(t, firsts, perPartition)
			require.True(t, slices.IsSorted(firsts), "partition %d: %v", partition, firsts)
		}
	})
}

// TestEachMessageHasOneOutcome: with few retries some messages fail, but each comes back exactly once, and what is said
// to be written is.
func TestEachMessageHasOneOutcome(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		for seed := range uint64(30) {
			t.Run(fmt.Sprint(idempotent, " seed ", seed), func(t *testing.T) {
				bubble(t, func(t *testing.T, net *scriptedNetwork) {
					rnd := rand.New(rand.NewPCG(seed, 3))
					p := newProducing(t, net, 3)
					p.conf.Producer.Idempotent = idempotent
					p.conf.Producer.Retry.Max = 1 + rnd.IntN(2)
					p.conf.Net.MaxOpenRequests = 1 + rnd.IntN(5)
					p.conf.Producer.MaxMessageBytes = 400 + rnd.IntN(2000)
					p.logs.fault = randomFaults(rnd, -1, 0.4)
					const n = 900
					o := p.run(t, n)
					seen := make(map[int]bool)
					for _, msg := range slices.Concat(o.succeeded, o.failed) {
						require.False(t, seen[msg.Metadata.(int)], "message %v came back twice", msg.Metadata)
						seen[msg.Metadata.(int)] = true
					}
					require.Len(t, seen, n)
					for _, msg := range o.succeeded {
						require.Equal(t, string(msg.Value.(StringEncoder)), p.logs.values(msg.Partition)[msg.Offset])
					}
					if !idempotent {
						return
					}
					for partition := range int32(3) {
						require.True(t, slices.IsSorted(p.logs.values(partition)), "partition %d", partition)
						require.Len(t, slices.Compact(p.logs.values(partition)), len(p.logs.values(partition)))
					}
				})
			})
		}
	}
}

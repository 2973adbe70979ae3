package sarama

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDeliveryTimeoutEndsRetries: with retries without end it is what a message waits for (KIP-91).
func TestDeliveryTimeoutEndsRetries(t *testing.T) {
	for name, c := range map[string]struct {
		fault    scriptedFault
		stall    bool
		topic    string
		reason   error
		doubtful bool
	}{
		"refused":              {scriptedFault{code: ErrNotEnoughReplicas}, false, "orders", ErrNotEnoughReplicas, false},
		"written, not enough":  {scriptedFault{code: ErrNotEnoughReplicasAfterAppend, appended: true}, false, "orders", ErrNotEnoughReplicasAfterAppend, true},
		"no answer":            {scriptedFault{}, true, "orders", ErrDeliveryTimeout, true},
		"connections that end": {scriptedFault{cut: true}, false, "orders", ErrDeliveryTimeout, true},
		"topic without leader": {scriptedFault{}, false, "leaderless", ErrDeliveryTimeout, false},
	} {
		for _, idempotent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, idempotent %v", name, idempotent), func(t *testing.T) {
				bubble(t, func(t *testing.T, net *scriptedNetwork) {
					p := newProducing(t, net, 1)
					p.conf.Producer.Idempotent = idempotent
					p.conf.Producer.Retry.Max = math.MaxInt
					p.conf.Metadata.Retry.Max = 1000
					p.conf.Producer.DeliveryTimeout = 5*time.Second + p.conf.Producer.Retry.Backoff/2 // between two tries
					p.logs.fault = func() scriptedFault { return c.fault }
					p.logs.cluster.setTopic("leaderless", 9, ledBy(0, -1, 1))
					if c.stall {
						p.stall(net)
					}
					producer := p.startExtended(t)
					began := time.Now()
					producer.Input() <- &ProducerMessage{Topic: c.topic}
					failed := <-producer.Errors()
					require.Equal(t, p.conf.Producer.DeliveryTimeout, time.Since(began))
					require.ErrorIs(t, failed.Err, ErrDeliveryTimeout)
					require.ErrorIs(t, failed.Err, c.reason)
					require.Equal(t, c.doubtful, failed.PossiblyWritten)
					if c.stall {
						require.ErrorContains(t, failed, "within Producer.DeliveryTimeout: broker b1:9092: its request is not answered yet")
					}
					for _, b := range net.brokers {
						b.cut()
					}
					require.NoError(t, producer.Close())
				})
			})
		}
	}
}

// TestWhatFollowsAMessageThatExpired is sent, in order, and once if idempotent.
func TestWhatFollowsAMessageThatExpired(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		t.Run(fmt.Sprint("idempotent ", idempotent), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				p.conf.Producer.Idempotent = idempotent
				p.conf.Producer.DeliveryTimeout = time.Second
				broken := true
				p.logs.fault = func() scriptedFault {
					if broken {
						return scriptedFault{code: ErrNotEnoughReplicas}
					}
					return scriptedFault{}
				}
				producer := p.startExtended(t)
				for i := range 3 {
					producer.Input() <- toOrders(numbered(i))
					<-time.After(400 * time.Millisecond) // the last is 200 ms old when the first has had its time
				}
				require.ErrorIs(t, (<-producer.Errors()).Err, ErrDeliveryTimeout)
				p.logs.mu.Lock()
				broken = false
				p.logs.mu.Unlock()
				producer.Input() <- toOrders(numbered(3))
				for i := 1; i < 4; i++ {
					require.Equal(t, StringEncoder(numbered(i)), (<-producer.Successes()).Value)
				}
				require.Equal(t, []string{numbered(1), numbered(2), numbered(3)}, p.logs.values(0))
				require.NoError(t, producer.Close())
			})
		})
	}
}

// TestOutcomesTellTheTruth of random faults, with retries or time that run out: what is delivered is in the log, what has failed
// is not, unless that is said, and each message has one outcome.
func TestOutcomesTellTheTruth(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		eachSeed(t, 60, nil, func(t *testing.T, net *scriptedNetwork, rnd *rand.Rand) {
			p := newProducing(t, net, 3)
			p.conf.Producer.Idempotent = idempotent
			p.conf.Producer.Retry.Max = 1 + rnd.IntN(3)
			p.conf.Net.MaxOpenRequests = 1 + rnd.IntN(5)
			p.conf.Producer.MaxMessageBytes = 400 + rnd.IntN(2000)
			p.conf.Producer.DeliveryTimeout = time.Duration(1+rnd.IntN(300)) * time.Millisecond
			delays := fork(rnd)
			p.logs.delay = func() time.Duration { return time.Duration(delays.IntN(100)) * time.Millisecond }
			p.logs.fault = randomFaults(fork(rnd), -1, 0.4)
			const n = 300
			producer := p.startExtended(t)
			outcomes := make(chan error)
			seen := make(map[int]bool)
			var succeeded []*ProducerMessage
			var failed []*ProducerError
			go func() {
				for msg := range producer.Successes() {
					succeeded = append(succeeded, msg)
				}
				outcomes <- nil
			}()
			go func() {
				for err := range producer.Errors() {
					failed = append(failed, err)
				}
				outcomes <- nil
			}()
			for i := range n {
				producer.Input() <- &ProducerMessage{Topic: "orders", Partition: int32(i % 3), Value: StringEncoder(numbered(i)), Metadata: i}
			}
			producer.AsyncClose()
			<-outcomes
			<-outcomes
			require.NoError(t, producer.Close())
			<-time.After(time.Second) // what was on its way has arrived
			for _, msg := range succeeded {
				require.False(t, seen[msg.Metadata.(int)])
				seen[msg.Metadata.(int)] = true
				require.Equal(t, string(msg.Value.(StringEncoder)), p.logs.values(msg.Partition)[msg.Offset])
			}
			for _, f := range failed {
				require.False(t, seen[f.Msg.Metadata.(int)])
				seen[f.Msg.Metadata.(int)] = true
				if !f.PossiblyWritten {
					require.NotContains(t, p.logs.values(f.Msg.Partition), string(f.Msg.Value.(StringEncoder)), "%v", f)
				}
			}
			require.Len(t, seen, n)
			for partition := range int32(3) {
				values := p.logs.values(partition)
				if idempotent {
					require.True(t, slices.IsSorted(values), "partition %d", partition)
					require.Len(t, slices.Compact(slices.Clone(values)), len(values))
				}
			}
		})
	}
}

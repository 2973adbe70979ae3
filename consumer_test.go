package sarama

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// consuming is a consumer with a cluster of two scripted brokers that lead the partitions of one topic.
type consuming struct {
	t       *testing.T
	brokers []*scriptedBroker
	logs    *scriptedLogs
	fetches *scriptedFetches
	conf    *Config
}

func newConsuming(t *testing.T, net *scriptedNetwork, partitions int32) *consuming {
	b1, b2 := net.broker(1), net.broker(2)
	cluster := newScriptedCluster(b1, b2)
	conf := net.config()
	conf.Version = V2_8_0_0
	conf.Consumer.Return.Errors = true
	logs := newScriptedLogs(t, cluster, "orders", partitions, b1, b2)
	return &consuming{t, []*scriptedBroker{b1, b2}, logs, newScriptedFetches(logs, b1, b2), conf}
}

func (c *consuming) consumer() Consumer {
	c.t.Helper()
	consumer, err := NewConsumer(addresses(c.brokers), c.conf)
	require.NoError(c.t, err)
	return consumer
}

func (c *consuming) partition(consumer Consumer, partition int32, offset int64) PartitionConsumer {
	c.t.Helper()
	pc, err := consumer.ConsumePartition("orders", partition, offset)
	require.NoError(c.t, err)
	return pc
}

// fill appends n numbered values to a partition.
func (c *consuming) fill(partition int32, n int) {
	for i := range n {
		c.logs.add(partition, numbered(i))
	}
}

// expect requires the next messages of a partition.
func expect(t *testing.T, pc PartitionConsumer, first, n int) {
	t.Helper()
	for i := first; i < first+n; i++ {
		select {
		case msg := <-pc.Messages():
			require.EqualValues(t, i, msg.Offset)
			require.Equal(t, numbered(i), string(msg.Value))
		case err := <-pc.Errors():
			require.NoError(t, err)
		}
	}
}

func TestConsumerStartsWhereItIsAskedTo(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 20)
		for name, start := range map[string]struct{ asked, first int64 }{
			"oldest": {OffsetOldest, 0}, "newest": {OffsetNewest, 20}, "literal": {13, 13}, "end": {20, 20},
		} {
			consumer := c.consumer()
			pc := c.partition(consumer, 0, start.asked)
			require.EqualValues(t, 20, pc.HighWaterMarkOffset(), name)
			expect(t, pc, int(start.first), int(20-start.first))
			require.Equal(t, map[string]map[int32]int64{"orders": {0: 20}}, consumer.HighWaterMarks())
			require.NoError(t, pc.Close())
			require.NoError(t, consumer.Close())
		}
		consumer := c.consumer()
		for _, offset := range []int64{21, -3} {
			_, err := consumer.ConsumePartition("orders", 0, offset)
			require.Equal(t, ErrOffsetOutOfRange, err)
		}
		_, err := consumer.ConsumePartition("orders", 7, OffsetOldest)
		require.ErrorIs(t, err, ErrUnknownTopicOrPartition)
		require.NoError(t, consumer.Close())
	})
}

func TestPartitionIsConsumedOnceAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		_, err := consumer.ConsumePartition("orders", 0, OffsetOldest)
		require.Equal(t, ConfigurationError("That topic/partition is already being consumed"), err)
		require.NoError(t, pc.Close())
		require.NoError(t, pc.Close(), "again")
		require.NoError(t, c.partition(consumer, 0, OffsetOldest).Close(), "once more after the close")
		require.NoError(t, consumer.Close())
	})
}

// TestConsumerReadsEachRecordOnceInOrder through random faults: leaders that move, connections that end, errors of all kinds.
func TestConsumerReadsEachRecordOnceInOrder(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				const n, partitions = 400, 3
				c := newConsuming(t, net, partitions)
				rnd := rand.New(rand.NewPCG(seed, 5))
				c.fetches.fault = fetchFaults(rand.New(rand.NewPCG(seed, 6)), 40, 0.2)
				c.fetches.sessions = rnd.IntN(3) > 0
				c.fetches.perFetch = 1 + rnd.IntN(50)
				c.conf.ChannelBufferSize = rnd.IntN(20)
				c.conf.Consumer.Retry.Backoff = time.Duration(rnd.IntN(50)) * time.Millisecond
				if rnd.IntN(2) == 0 {
					c.conf.Version = MaxVersion // goes by topic ids
				}
				consumer := c.consumer()
				go func() {
					for i := range n {
						for p := range int32(partitions) {
							c.logs.add(p, numbered(i))
						}
						if i%10 == 0 {
							<-time.After(time.Millisecond)
						}
					}
				}()
				done := make(chan struct{})
				for p := range int32(partitions) {
					pc := c.partition(consumer, p, OffsetOldest)
					go func() {
						defer func() { done <- struct{}{} }()
						for i := 0; i < n; {
							select {
							case msg := <-pc.Messages():
								if msg.Offset != int64(i) || string(msg.Value) != numbered(i) {
									t.Errorf("partition %d: offset %d with %s in place of %d", p, msg.Offset, msg.Value, i)
									i = n
								}
								i++
							case err := <-pc.Errors():
								if err.Err == nil {
									t.Errorf("an error without a reason")
								}
							}
						}
						_ = pc.Close()
					}()
				}
				for range partitions {
					<-done
				}
				require.NoError(t, consumer.Close())
			})
		})
	}
}

// TestSlowPartitionSlowsNoOther: nobody reads one partition, and the other gets its records at once all the same.
func TestSlowPartitionSlowsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 3) // 0 and 2 have the same leader
		c.conf.ChannelBufferSize = 1
		c.conf.Consumer.Fetch.Default = 2000
		c.fill(0, 5000)
		c.fill(2, 5000)
		consumer := c.consumer()
		slow, fast := c.partition(consumer, 0, OffsetOldest), c.partition(consumer, 2, OffsetOldest)
		began := time.Now()
		expect(t, fast, 0, 5000)
		require.Less(t, time.Since(began), 2*time.Second)
		held := slow.(*partitionConsumer)
		held.mu.Lock()
		require.LessOrEqual(t, held.undelivered, 2*2000, "what is held for the slow one is bounded")
		held.mu.Unlock()
		expect(t, slow, 0, 5000)
		require.NoError(t, slow.Close())
		require.NoError(t, fast.Close())
		require.NoError(t, consumer.Close())
	})
}

func TestConsumerPausesAndResumes(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 3)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 3)
		all := map[string][]int32{"orders": {0}, "other": {1}}
		for name, pause := range map[string][2]func(){
			"partition": {pc.Pause, pc.Resume},
			"some":      {func() { consumer.Pause(all) }, func() { consumer.Resume(all) }},
			"all":       {consumer.PauseAll, consumer.ResumeAll},
		} {
			pause[0]()
			require.True(t, pc.IsPaused(), name)
			<-time.After(time.Second) // what is under way comes back
			c.logs.add(0, numbered(len(c.logs.values(0))))
			<-time.After(time.Minute)
			require.Empty(t, pc.Messages(), name)
			pause[1]()
			require.False(t, pc.IsPaused(), name)
			expect(t, pc, len(c.logs.values(0))-1, 1)
		}
		consumer.PauseAll()
		require.NoError(t, pc.Close())
		again := c.partition(consumer, 0, OffsetOldest)
		require.True(t, again.IsPaused(), "a pause outlives the partition consumer")
		require.NoError(t, again.Close())
		require.NoError(t, consumer.Close())
	})
}

func TestConsumerFollowsTheLeader(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 5)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 5)
		c.logs.move(0, 2)
		c.logs.add(0, numbered(5))
		began := time.Now()
		expect(t, pc, 5, 1)
		require.InDelta(t, 2.0, time.Since(began).Seconds(), 0.6, "Consumer.Retry.Backoff, and what a fetch waits")
		require.NotEmpty(t, c.brokers[1].received(protocol.KeyFetch))
		require.NoError(t, pc.Close(), "a leader that moves is no error")
		require.NoError(t, consumer.Close())
	})
}

func TestConsumerGivesUpAfterRetryMax(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Consumer.Retry.Max = 3
		var waits []int
		c.conf.Consumer.Retry.BackoffFunc = func(retries int) time.Duration {
			waits = append(waits, retries)
			return time.Second
		}
		c.fill(0, 1)
		c.fetches.fault = func() scriptedFault { return scriptedFault{code: ErrUnknown} }
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		var errs []error
		for err := range pc.Errors() {
			errs = append(errs, err.Err)
		}
		require.Equal(t, []error{ErrUnknown, ErrUnknown, ErrUnknown, ErrUnknown, ErrConsumerRetriesExhausted}, errs)
		require.Equal(t, []int{1, 2, 3}, waits)
		_, open := <-pc.Messages()
		require.False(t, open)
		require.NoError(t, consumer.Close())
	})
}

func TestOffsetOutOfRangeEndsThePartition(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 5)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 5)
		c.logs.mu.Lock()
		c.logs.logs[0].values = nil // the log was cut
		c.logs.mu.Unlock()
		err := <-pc.Errors()
		require.Equal(t, ErrOffsetOutOfRange, err.Err)
		require.Equal(t, "orders", err.Topic)
		_, open := <-pc.Messages()
		require.False(t, open)
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

func TestConsumerClosesInWhateverState(t *testing.T) {
	for name, state := range map[string]func(c *consuming, pc PartitionConsumer){
		"idle":                 func(*consuming, PartitionConsumer) { <-time.After(time.Second) },
		"at once":              func(*consuming, PartitionConsumer) {},
		"with nobody reading":  func(c *consuming, _ PartitionConsumer) { c.fill(0, 5000); <-time.After(time.Second) },
		"with the broker gone": func(c *consuming, _ PartitionConsumer) { c.brokers[0].setDown(true); <-time.After(time.Second) },
		"with a broker that hangs": func(c *consuming, _ PartitionConsumer) {
			c.brokers[0].on(protocol.KeyFetch, hang)
			<-time.After(time.Second)
		},
	} {
		for _, consumerFirst := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " consumer first ", consumerFirst), func(t *testing.T) {
				bubble(t, func(t *testing.T, net *scriptedNetwork) {
					c := newConsuming(t, net, 1)
					c.conf.Consumer.Return.Errors = false
					consumer := c.consumer()
					pc := c.partition(consumer, 0, OffsetOldest)
					state(c, pc)
					began := time.Now()
					if consumerFirst {
						require.NoError(t, consumer.Close())
						require.NoError(t, pc.Close())
					} else {
						closed := make(chan error)
						go func() { closed <- pc.Close() }()
						require.NoError(t, pc.Close())
						require.NoError(t, <-closed)
						require.NoError(t, consumer.Close())
					}
					require.Zero(t, time.Since(began))
					synctest.Wait()
				})
			})
		}
	}
}

// TestAsyncCloseIsSeenByReaders: who ranges over Messages ends.
func TestAsyncCloseIsSeenByReaders(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 100)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		for msg := range pc.Messages() {
			if msg.Offset == 50 {
				pc.AsyncClose()
				pc.AsyncClose()
			}
		}
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

// countingInterceptor counts calls, and panics now and then.
type countingInterceptor struct{ calls int }

func (c *countingInterceptor) OnConsume(msg *ConsumerMessage) {
	c.calls++
	msg.Key = []byte("seen")
	if c.calls%3 == 0 {
		panic("interceptor")
	}
}

func TestConsumerInterceptorsSeeEachRecordOnce(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		interceptor := new(countingInterceptor)
		c.conf.Consumer.Interceptors = []ConsumerInterceptor{interceptor}
		c.fill(0, 30)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		for i := range 30 {
			msg := <-pc.Messages()
			require.Equal(t, numbered(i), string(msg.Value))
			require.Equal(t, "seen", string(msg.Key))
		}
		require.NoError(t, pc.Close())
		require.Equal(t, 30, interceptor.calls)
		require.NoError(t, consumer.Close())
	})
}

// TestFetchSessionsAskForChangesAlone: a partition without news is not asked for again.
func TestFetchSessionsAskForChangesAlone(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 3)
		consumer := c.consumer()
		busy, quiet := c.partition(consumer, 0, OffsetOldest), c.partition(consumer, 2, OffsetOldest)
		<-time.After(3 * time.Second)
		c.fetches.mu.Lock()
		c.fetches.sizes = nil
		c.fetches.mu.Unlock()
		for i := range 10 {
			c.logs.add(0, numbered(i))
			expect(t, busy, i, 1)
		}
		c.fetches.mu.Lock()
		for _, n := range c.fetches.sizes {
			require.LessOrEqual(t, n, 1)
		}
		c.fetches.asked = make(map[int32]map[fetchKey]protocol.FetchPartition) // the broker forgets the sessions
		c.fetches.mu.Unlock()
		c.logs.add(0, numbered(10))
		c.logs.add(2, numbered(0))
		expect(t, busy, 10, 1)
		expect(t, quiet, 0, 1)
		require.NoError(t, busy.Close())
		require.NoError(t, quiet.Close())
		require.NoError(t, consumer.Close())
	})
}

func TestJudgeFetch(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		reason          error
		replica, hinted bool
		want            fetchVerdict
	}{
		{errMoved, false, false, fetchVerdict{prompt: true}},
		{ErrOffsetOutOfRange, false, false, fetchVerdict{report: ErrOffsetOutOfRange, fatal: true}},
		{ErrOffsetOutOfRange, true, false, fetchVerdict{}},
		{ErrNotLeaderForPartition, false, false, fetchVerdict{}},
		{ErrNotLeaderForPartition, false, true, fetchVerdict{prompt: true}},
		{ErrUnknownTopicOrPartition, false, false, fetchVerdict{}},
		{ErrUnknownTopicID, false, false, fetchVerdict{}},
		{ErrUnknownLeaderEpoch, true, false, fetchVerdict{}},
		{broken, false, true, fetchVerdict{report: broken}},
	} {
		require.Equal(t, c.want, judgeFetch(c.reason, c.replica, c.hinted), c.reason)
	}
}

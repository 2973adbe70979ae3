package sarama

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFewRecordsKeepTheirOrder: those that the broker's loop delivers, and those that wait for the partition's goroutine since
// Messages is full or they are many.
func TestFewRecordsKeepTheirOrder(t *testing.T) {
	for seed := range uint64(20) {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			random := rand.New(rand.NewPCG(seed, 0))
			c := newConsuming(t, net, 1)
			c.conf.ChannelBufferSize = random.IntN(2 * fewRecords)
			consumer := c.consumer()
			pc := c.partition(consumer, 0, OffsetOldest)
			const all = 1000
			go func() {
				for left := all; left > 0; {
					n := min(left, 1+random.IntN(2*fewRecords))
					c.fill(0, n)
					left -= n
					<-time.After(time.Duration(random.IntN(3)) * time.Millisecond)
				}
			}()
			for offset := range int64(all) {
				msg := <-pc.Messages()
				require.Equal(t, offset, msg.Offset)
				if offset%7 == int64(seed%7) { // Messages fills
					<-time.After(time.Millisecond)
				}
			}
			require.NoError(t, pc.Close())
			require.NoError(t, consumer.Close())
		})
	}
}

// TestCloseDuringTheWaitForRecords: neither a partition's Close nor the consumer's waits for the fetch that waits, and a
// partition that comes as the last one goes is read at once.
func TestCloseDuringTheWaitForRecords(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 2)
		c.conf.Consumer.MaxWaitTime = 10 * time.Second
		consumer := c.consumer()
		began := time.Now()
		for range 20 {
			pc := c.partition(consumer, 0, OffsetNewest)
			<-time.After(time.Second)
			was := time.Now()
			require.NoError(t, pc.Close())
			next := c.partition(consumer, 1, OffsetOldest)
			require.Zero(t, time.Since(was))
			c.fill(1, 1)
			<-next.Messages()
			require.Less(t, time.Since(was), time.Second)
			require.NoError(t, next.Close())
			require.Empty(t, next.Errors())
		}
		pc := c.partition(consumer, 0, OffsetNewest)
		<-time.After(time.Second)
		was := time.Now()
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
		require.Zero(t, time.Since(was))
		require.Less(t, time.Since(began), time.Minute)
	})
}

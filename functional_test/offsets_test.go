package functional_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// TestOffsetManager commits, and reads what was committed, at several versions of the protocol.
func TestOffsetManager(t *testing.T) {
	versions := []sarama.KafkaVersion{sarama.V2_1_0_0, sarama.V2_8_0_0, sarama.MaxVersion}
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic := c.NewTopic(t, 2)
		for _, version := range versions {
			if !c.Version().IsAtLeast(version) && version != sarama.MaxVersion {
				continue
			}
			t.Run(version.String(), func(t *testing.T) {
				conf := config(c)
				conf.Version = version
				conf.Consumer.Offsets.AutoCommit.Interval = 50 * time.Millisecond
				group := fmt.Sprint("offsets-", time.Now().UnixNano())
				client, err := sarama.NewClient(c.Addrs(), conf)
				require.NoError(t, err)
				for round := range int64(3) {
					om, err := sarama.NewOffsetManagerFromClient(group, client)
					require.NoError(t, err)
					for p := range int32(2) {
						pom, err := om.ManagePartition(topic, p)
						require.NoError(t, err)
						offset, epoch, metadata := pom.(sarama.EpochMarker).NextOffsetWithEpoch()
						if round == 0 {
							require.Equal(t, sarama.OffsetNewest, offset)
						} else {
							require.Equal(t, 10*round+int64(p), offset)
							require.EqualValues(t, round, epoch)
							require.Equal(t, fmt.Sprint("round ", round), metadata)
						}
						pom.(sarama.EpochMarker).MarkOffsetWithEpoch(10*(round+1)+int64(p), int32(round+1), fmt.Sprint("round ", round+1))
						require.NoError(t, pom.Close())
					}
					require.NoError(t, om.(sarama.ContextCommitter).CommitContext(t.Context()))
					require.NoError(t, om.Close())
				}
				require.NoError(t, client.Close())
			})
		}
	})
}

// TestDrain has a member work on many records at a time, and drains it: the next one begins where it ended, and each record is
// processed once.
func TestDrain(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		conf := config(c)
		conf.Consumer.Return.Errors = false
		conf.Consumer.Offsets.Initial = sarama.OffsetOldest
		topic, group := c.NewTopic(t, 3), fmt.Sprint("drain-", time.Now().UnixNano())
		const n = 3000
		require.Empty(t, send(t, c, conf, topic, 3, n).errs)
		var mu sync.Mutex
		handled := make(map[place]int)
		count := func() int { mu.Lock(); defer mu.Unlock(); return len(handled) }
		began := time.Now()
		for round := 1; count() < n; round++ {
			require.Less(t, time.Since(began), patience)
			started := count()
			handler, err := sarama.NewKeyedHandler(sarama.KeyedHandlerConfig{Workers: 70, Handle: func(ctx context.Context, msg *sarama.ConsumerMessage) error {
				select {
				case <-time.After(20 * time.Millisecond):
				case <-ctx.Done():
					return errors.New("cut short")
				}
				mu.Lock()
				defer mu.Unlock()
				handled[place{msg.Partition, msg.Offset}]++
				return nil
			}})
			require.NoError(t, err)
			member, err := sarama.NewConsumerGroup(c.Addrs(), group, conf)
			require.NoError(t, err)
			ran := make(chan error, 1)
			go func() { ran <- member.(sarama.ManagedConsumerGroup).Run(t.Context(), []string{topic}, handler) }()
			require.Eventually(t, func() bool { return count() >= min(n, started+800) }, patience, 5*time.Millisecond)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			require.NoError(t, member.(sarama.ManagedConsumerGroup).Drain(ctx))
			cancel()
			require.NoError(t, <-ran)
		}
		require.Len(t, handled, n)
		for at, times := range handled {
			require.Equal(t, 1, times, at)
		}
	})
}

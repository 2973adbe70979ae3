package functional_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// shareConfig is for share groups, which read from the start of their topics.
func shareConfig(t *testing.T, c cluster.Cluster, group string) *sarama.Config {
	t.Helper()
	if c.Kind() == cluster.KindEmbedded || !c.Version().IsAtLeast(sarama.V4_2_0_0) {
		t.Skipf("SKIPPED, NOT TESTED: share groups need brokers of Kafka 4.2 or later; these are %v, %v", c.Kind(), c.Version())
	}
	conf := config(c)
	conf.Consumer.Return.Errors = false
	admin, err := sarama.NewClusterAdmin(c.Addrs(), conf)
	require.NoError(t, err)
	earliest := "earliest"
	require.NoError(t, admin.IncrementalAlterConfig(sarama.GroupResource, group, map[string]sarama.IncrementalAlterConfigsEntry{
		"share.auto.offset.reset": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &earliest},
	}, false))
	require.NoError(t, admin.Close())
	return conf
}

// place is that of a record.
type place struct {
	partition int32
	offset    int64
}

// TestShareGroup has two members of a share group process a topic: what is accepted or rejected comes once, what is released
// comes again, and what a member leaves unacknowledged goes to the other.
func TestShareGroup(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		group := fmt.Sprint("share-", time.Now().UnixNano())
		conf := shareConfig(t, c, group)
		topic := c.NewTopic(t, 3)
		const n = 3000
		require.Empty(t, send(t, c, conf, topic, 3, n).errs)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()

		// One that takes a record and goes.
		leaver, err := sarama.NewShareConsumer(c.Addrs(), group, []string{topic}, conf)
		require.NoError(t, err)
		select {
		case <-leaver.Messages():
		case <-ctx.Done():
			require.Fail(t, "no record")
		}
		require.NoError(t, leaver.Close())

		var mu sync.Mutex
		settled, released := make(map[place]int), make(map[place]bool)
		byMember := make([]int, 2)
		finished := make(chan struct{})
		process := func(i int, msg *sarama.ShareMessage) error {
			mu.Lock()
			defer mu.Unlock()
			at := place{msg.Partition, msg.Offset}
			byMember[i]++
			if msg.Offset%10 == 5 && !released[at] {
				released[at] = true
				return msg.Release()
			}
			if settled[at]++; len(settled) == n && settled[at] == 1 {
				defer close(finished)
			}
			switch msg.Offset % 10 {
			case 3:
				return msg.Reject()
			case 7:
				if err := msg.Renew(); err != nil {
					return err
				}
			case 5:
				if msg.DeliveryCount < 2 {
					return fmt.Errorf("delivery %d of a record that was released", msg.DeliveryCount)
				}
			}
			return msg.Accept()
		}
		var work sync.WaitGroup
		var members []*sarama.ShareConsumer
		for i := range byMember {
			member, err := sarama.NewShareConsumer(c.Addrs(), group, []string{topic}, conf)
			require.NoError(t, err)
			members = append(members, member)
			work.Go(func() {
				for msg := range member.Messages() {
					if err := process(i, msg); err != nil {
						t.Errorf("partition %d, offset %d: %v", msg.Partition, msg.Offset, err)
					}
				}
			})
		}
		select {
		case <-finished:
		case <-ctx.Done():
			t.Errorf("not finished")
		}
		for _, member := range members {
			require.NoError(t, member.Commit(ctx))
			require.NoError(t, member.Close())
		}
		work.Wait()
		require.Len(t, settled, n)
		for at, times := range settled {
			require.Equal(t, 1, times, at)
		}
		require.Len(t, released, n/10)
		t.Logf("members got %v", byMember)

		// Nothing is left for one that comes now.
		late, err := sarama.NewShareConsumer(c.Addrs(), group, []string{topic}, conf)
		require.NoError(t, err)
		select {
		case msg := <-late.Messages():
			t.Errorf("partition %d, offset %d comes again", msg.Partition, msg.Offset)
		case <-time.After(3 * time.Second):
		}
		require.NoError(t, late.Close())
	})
}

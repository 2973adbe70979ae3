package functional_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// dallier has its claims end late, so that who joins meanwhile waits for it.
type dallier struct {
	begun   chan struct{}
	release chan struct{}
}

// Setup implements sarama.ConsumerGroupHandler.
func (*dallier) Setup(sarama.ConsumerGroupSession) error { return nil }

// Cleanup implements sarama.ConsumerGroupHandler.
func (*dallier) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (d *dallier) ConsumeClaim(s sarama.ConsumerGroupSession, _ sarama.ConsumerGroupClaim) error {
	select {
	case d.begun <- struct{}{}:
	default:
	}
	<-s.Context().Done()
	<-d.release
	return nil
}

// TestGivenUpJoinLeaves: a new member of before KIP-394 is counted from its request on. One that is not wanted any more when it is
// answered leaves, long before its session would time out.
func TestGivenUpJoinLeaves(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic := c.NewTopic(t, 1)
		group := "given-up-" + topic
		admin, err := sarama.NewClusterAdmin(c.Addrs(), config(c))
		require.NoError(t, err)
		defer admin.Close()
		awaitMembers := func(n int) {
			t.Helper()
			eventually(t, func() error {
				described, err := admin.DescribeConsumerGroups([]string{group})
				if err == nil && len(described[0].Members) != n {
					err = fmt.Errorf("%d members, %s", len(described[0].Members), described[0].State)
				}
				return err
			})
		}
		open := func(session time.Duration) sarama.ConsumerGroup {
			conf := config(c)
			conf.Version = sarama.V2_0_0_0
			conf.Consumer.Group.Session.Timeout = session
			conf.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
			member, err := sarama.NewConsumerGroup(c.Addrs(), group, conf)
			require.NoError(t, err)
			return member
		}

		first, handler := open(6*time.Second), &dallier{make(chan struct{}, 1), make(chan struct{})}
		ended := make(chan error, 1)
		go func() {
			var err error
			for err == nil {
				err = first.Consume(context.Background(), []string{topic}, handler)
			}
			ended <- err
		}()
		<-handler.begun

		late := open(5 * time.Minute)
		ctx, cancel := context.WithCancel(context.Background())
		given := make(chan error, 1)
		go func() { given <- late.Consume(ctx, []string{topic}, handler) }()
		awaitMembers(2)
		cancel()
		require.NoError(t, <-given)
		close(handler.release)
		awaitMembers(1)

		require.NoError(t, late.Close())
		require.NoError(t, first.Close())
		require.ErrorIs(t, <-ended, sarama.ErrClosedConsumerGroup)
	})
}

package sarama

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// testClient returns a client of a scripted network that is closed at the end of the test.
func testClient(t testing.TB, conf *Config, seeds ...*scriptedBroker) *client {
	t.Helper()
	c, err := newClient(addresses(seeds), conf)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func addresses(brokers []*scriptedBroker) []string {
	var addrs []string
	for _, b := range brokers {
		addrs = append(addrs, b.addr())
	}
	return addrs
}

// metadataRequests counts the Metadata requests to all brokers.
func metadataRequests(brokers ...*scriptedBroker) (n int) {
	for _, b := range brokers {
		n += len(b.received(protocol.KeyMetadata))
	}
	return n
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, test func(t *testing.T, net *scriptedNetwork)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newScriptedNetwork(t)) })
}

func TestClientKnowsTheCluster(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		cluster.setTopic("orders", 7,
			&PartitionMetadata{ID: 2, Leader: 2, LeaderEpoch: 4, Replicas: []int32{2, 1}, Isr: []int32{2}, OfflineReplicas: []int32{1}},
			ledBy(0, 1, 3),
			&PartitionMetadata{ID: 1, Leader: 1, LeaderEpoch: 5, Err: ErrReplicaNotAvailable, Replicas: []int32{1, 3}, Isr: []int32{1}},
		)
		c := testClient(t, net.config(), b1)

		topics, err := c.Topics()
		require.NoError(t, err)
		require.Equal(t, []string{"orders"}, topics)
		partitions, err := c.Partitions("orders")
		require.NoError(t, err)
		require.Equal(t, []int32{0, 1, 2}, partitions)
		require.Len(t, c.Brokers(), 2)

		leader, epoch, err := c.LeaderAndEpoch("orders", 2)
		require.NoError(t, err)
		require.EqualValues(t, 2, leader.ID())
		require.Equal(t, b2.addr(), leader.Addr())
		require.EqualValues(t, 4, epoch)

		replicas, err := c.Replicas("orders", 2)
		require.NoError(t, err)
		require.Equal(t, []int32{2, 1}, replicas)
		isr, err := c.InSyncReplicas("orders", 2)
		require.NoError(t, err)
		require.Equal(t, []int32{2}, isr)
		offline, err := c.OfflineReplicas("orders", 2)
		require.NoError(t, err)
		require.Equal(t, []int32{1}, offline)
		replicas, err = c.Replicas("orders", 1)
		require.ErrorIs(t, err, ErrReplicaNotAvailable)
		require.Equal(t, []int32{1, 3}, replicas)

		id, ok := c.topicID("orders")
		require.True(t, ok)
		require.Equal(t, Uuid{7}, id)
		require.False(t, c.PartitionNotReadable("orders", 0))
		require.True(t, c.PartitionNotReadable("orders", 3))
		require.Equal(t, 1, metadataRequests(b1, b2))

		broker, err := c.Broker(2)
		require.NoError(t, err)
		require.Same(t, leader, broker)
		_, err = c.Broker(9)
		require.ErrorIs(t, err, ErrBrokerNotFound)
		require.Equal(t, []int32{0, 1, 2}, c.knownPartitions("orders", true))
		require.Equal(t, []int32{0, 1, 2}, c.knownPartitions("orders", false))
		require.Nil(t, c.knownPartitions("nope", false))
	})
}

func TestClientAnswersOnLoopback(t *testing.T) {
	b := listenScripted(t, 1)
	cluster := newScriptedCluster(b)
	cluster.setTopic("orders", 1, ledBy(0, 1, 0))
	c, err := NewClient([]string{b.addr()}, nil)
	require.NoError(t, err)
	leader, err := c.Leader("orders", 0)
	require.NoError(t, err)
	require.Equal(t, b.addr(), leader.Addr())
	require.NoError(t, c.Close())
}

func TestWritablePartitionsAreOrderedAndHaveLeaders(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("orders", 1, ledBy(3, 1, 0), ledBy(1, -1, 0), ledBy(2, 1, 0), ledBy(0, 1, 0))
		conf := net.config()
		conf.Metadata.Retry.Max = 0
		c := testClient(t, conf, b)
		all, err := c.Partitions("orders")
		require.NoError(t, err)
		require.Equal(t, []int32{0, 1, 2, 3}, all)
		writable, err := c.WritablePartitions("orders")
		require.NoError(t, err)
		require.Equal(t, []int32{0, 2, 3}, writable)
		_, err = c.Leader("orders", 1)
		require.ErrorIs(t, err, ErrLeaderNotAvailable)
	})
}

func TestClientNeedsAnAddressAndAValidConfig(t *testing.T) {
	_, err := NewClient(nil, nil)
	require.Equal(t, ConfigurationError("You must provide at least one broker address"), err)
}

func TestEventHubsGetAVersionTheyServe(t *testing.T) {
	for _, tt := range []struct {
		version, want KafkaVersion
	}{
		{V2_8_0_0, V1_0_0_0}, {V0_10_2_0, V1_0_0_0}, {V1_1_0_0, V1_0_0_0}, {V0_11_0_0, V0_11_0_0}, {V1_0_0_0, V1_0_0_0},
	} {
		conf := NewConfig()
		conf.Version = tt.version
		limitEventHubs("mine.servicebus.windows.net:9093", conf)
		assert.Equal(t, tt.want, conf.Version, "from %s", tt.version)
	}
	conf := NewConfig()
	limitEventHubs("kafka:9092", conf)
	require.Equal(t, DefaultVersion, conf.Version)
}

func TestNewClientNamesEachAddressAndItsCause(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		down := net.broker(1)
		down.setDown(true)
		begin := time.Now()
		_, err := NewClient([]string{down.addr(), "nowhere:9092"}, net.config())
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.ErrorContains(t, err, "broker b1:9092: ")
		require.ErrorContains(t, err, "connection refused")
		require.ErrorContains(t, err, "broker nowhere:9092: ")
		require.ErrorContains(t, err, "no such host")
		var cause *BrokerError
		require.ErrorAs(t, err, &cause)
		require.Equal(t, 3*250*time.Millisecond, time.Since(begin), "three retries with their backoff")
		require.Len(t, net.dialed(), 2*4, "each seed is tried anew in each attempt")
	})
}

func TestNewClientToleratesPartsOfTheClusterDown(t *testing.T) {
	for name, topicErr := range map[string]KError{"no leader": ErrLeaderNotAvailable, "forbidden": ErrTopicAuthorizationFailed} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				b := net.broker(1)
				cluster := newScriptedCluster(b)
				cluster.setTopicError("sick", topicErr)
				cluster.setTopic("orders", 1, ledBy(0, 1, 0))
				c := testClient(t, net.config(), b)
				leader, err := c.Leader("orders", 0)
				require.NoError(t, err)
				require.EqualValues(t, 1, leader.ID())
			})
		})
	}
}

func TestNewClientWithoutFullMetadataAsksNobody(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0))
		conf := net.config()
		conf.Metadata.Full = false
		c := testClient(t, conf, b)
		require.Empty(t, net.dialed())
		_, err := c.Controller()
		require.ErrorIs(t, err, ErrNoTopicsToUpdateMetadata)
		_, err = c.Partitions("orders")
		require.NoError(t, err)
		require.Equal(t, []string{"orders"}, b.received(protocol.KeyMetadata)[0].Body.(*MetadataRequest).Topics)
		controller, err := c.Controller()
		require.NoError(t, err)
		require.EqualValues(t, 1, controller.ID())
	})
}

func TestCloseIsFinal(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
		conf := net.config()
		conf.Metadata.RefreshFrequency = time.Minute
		c := testClient(t, conf, b)
		require.False(t, c.Closed())
		require.NoError(t, c.Close())
		require.True(t, c.Closed())
		require.ErrorIs(t, c.Close(), ErrClosedClient)

		fails := func(_ any, err error) {
			t.Helper()
			require.ErrorIs(t, err, ErrClosedClient)
		}
		fails(c.Topics())
		fails(c.Partitions("orders"))
		fails(c.WritablePartitions("orders"))
		fails(c.Leader("orders", 0))
		fails(c.Replicas("orders", 0))
		fails(c.InSyncReplicas("orders", 0))
		fails(c.OfflineReplicas("orders", 0))
		fails(c.Controller())
		fails(c.RefreshController())
		fails(c.Coordinator("group"))
		fails(c.TransactionCoordinator("tx"))
		fails(c.GetOffset("orders", 0, OffsetNewest))
		fails(c.InitProducerID())
		fails(nil, c.RefreshMetadata())
		fails(nil, c.RefreshBrokers([]string{b.addr()}))
		fails(nil, c.RefreshCoordinator("group"))
		fails(nil, c.RefreshTransactionCoordinator("tx"))
		fails(nil, c.refreshMetadata(context.Background(), "orders"))
		_, _, err := c.leaderOf("orders", 0)
		require.ErrorIs(t, err, ErrClosedClient)
		_, err = c.Broker(1)
		require.ErrorIs(t, err, ErrBrokerNotFound)
		require.Empty(t, c.Brokers())
		require.Nil(t, c.LeastLoadedBroker())
		require.True(t, c.PartitionNotReadable("orders", 0))
		require.Equal(t, 1, metadataRequests(b))
	})
}

// Calls that wait for an answer, for a retry or for each other end when the client is closed.
func TestCloseEndsCallsUnderWay(t *testing.T) {
	for name, handler := range map[string]scriptedHandler{
		"in a request": hang,
		"in a retry":   func(r *scriptedRequest) protocol.Message { return r.cut() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				b := net.broker(1)
				newScriptedCluster(b)
				conf := net.config()
				conf.Metadata.Retry.Max = 1000
				conf.Metadata.Retry.Backoff = time.Hour
				c := testClient(t, conf, b)
				b.on(protocol.KeyMetadata, handler)
				b.on(protocol.KeyFindCoordinator, handler)
				results := make(chan error, 4)
				go func() { results <- c.RefreshMetadata() }()
				go func() { results <- c.RefreshMetadata("orders") }()
				go func() { _, err := c.Coordinator("group"); results <- err }()
				go func() { _, err := c.Leader("orders", 0); results <- err }()
				synctest.Wait()
				begin := time.Now()
				require.NoError(t, c.Close())
				for range cap(results) {
					require.ErrorIs(t, <-results, ErrClosedClient)
				}
				require.Zero(t, time.Since(begin))
			})
		})
	}
}

func TestCallersMayLeaveEarlier(t *testing.T) {
	for _, single := range []bool{true, false} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			b := net.broker(1)
			newScriptedCluster(b)
			conf := net.config()
			conf.Metadata.SingleFlight = single
			c := testClient(t, conf, b)
			b.on(protocol.KeyMetadata, hang)
			gone := errors.New("gone")
			ctx, cancel := context.WithCancelCause(context.Background())
			result := make(chan error)
			go func() { result <- c.refreshMetadata(ctx, "orders") }()
			synctest.Wait()
			cancel(gone)
			require.ErrorIs(t, <-result, gone)
		})
	}
}

func TestInitProducerIDAsksTheNextBroker(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		newScriptedCluster(b1, b2)
		c := testClient(t, net.config(), b1)
		b1.on(protocol.KeyInitProducerId, func(r *scriptedRequest) protocol.Message { return r.cut() })
		b2.on(protocol.KeyInitProducerId, answer(&InitProducerIDResponse{ProducerID: 77, ProducerEpoch: 3}))
		response, err := c.InitProducerID()
		require.NoError(t, err)
		require.EqualValues(t, 77, response.ProducerID)
		request := b2.received(protocol.KeyInitProducerId)[0].Body.(*InitProducerIDRequest)
		require.EqualValues(t, -1, request.ProducerID)
		require.Nil(t, request.TransactionalID)

		b2.on(protocol.KeyInitProducerId, func(r *scriptedRequest) protocol.Message { return r.cut() })
		_, err = c.InitProducerID()
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.ErrorContains(t, err, "broker b1:9092: ")
	})
}

func TestNopCloserForwardsAllButClose(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 9, ledBy(0, 1, 2))
		c := testClient(t, net.config(), b)
		shared := newNopCloserClient(newNopCloserClient(c))
		require.NoError(t, shared.Close())
		require.False(t, c.Closed())
		id, ok := internalsOf(shared).topicID("orders")
		require.True(t, ok)
		require.Equal(t, Uuid{9}, id)
		internalsOf(shared).updateLeader("orders", 0, 1, 5, nil)
		_, epoch, err := internalsOf(shared).leaderOf("orders", 0)
		require.NoError(t, err)
		require.EqualValues(t, 5, epoch)
	})
}

// A Client that embeds ours, as users do to change a method, is used by its methods alone.
func TestForeignClientsAreUsedByTheirMethods(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("orders", 9, ledBy(0, 1, 2))
		cluster.setCoordinator("group", b)
		cluster.setCoordinator("tx", b)
		c := testClient(t, net.config(), b)
		ctx := context.Background()
		internals := internalsOf(struct{ Client }{c})
		_, ok := internals.topicID("orders")
		require.False(t, ok)
		_, epoch, err := internals.leader(ctx, "orders", 0)
		require.NoError(t, err)
		require.EqualValues(t, 2, epoch)
		internals.updateLeader("orders", 0, 1, 5, nil)
		_, epoch, err = internals.leaderOf("orders", 0)
		require.NoError(t, err)
		require.EqualValues(t, 2, epoch)
		require.NoError(t, internals.refreshMetadata(ctx, "orders"))
		require.Nil(t, internals.knownPartitions("orders", false))
		b.on(protocol.KeyListOffsets, func(*scriptedRequest) protocol.Message {
			response := new(OffsetResponse)
			response.AddTopicPartition("orders", 0, 42)
			return response
		})
		offset, err := internals.offsetAt(ctx, "orders", 0, OffsetNewest)
		require.NoError(t, err)
		require.EqualValues(t, 42, offset)
		for kind, key := range map[CoordinatorType]string{CoordinatorGroup: "group", CoordinatorTransaction: "tx"} {
			require.NoError(t, internals.refreshCoordinator(ctx, kind, key))
			coordinator, err := internals.coordinator(ctx, kind, key)
			require.NoError(t, err)
			require.EqualValues(t, 1, coordinator.ID())
		}
		controller, err := internals.controller(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 1, controller.ID())
		_, err = internals.refreshController(ctx)
		require.NoError(t, err)
		require.Equal(t, c.conf, internals.Config())
	})
}

// All methods at once, while the cluster changes and until the client is closed.
func TestClientIsSafeForConcurrentUse(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0), ledBy(1, 2, 0))
		cluster.setCoordinator("group", b2)
		conf := net.config()
		conf.Metadata.RefreshFrequency = time.Millisecond
		c := testClient(t, conf, b1, b2)
		var work sync.WaitGroup
		until := time.Now().Add(100 * time.Millisecond)
		for _, call := range []func() error{
			func() error { _, err := c.Leader("orders", 0); return err },
			func() error { _, err := c.WritablePartitions("orders"); return err },
			func() error { return c.RefreshMetadata("orders") },
			func() error { return c.RefreshMetadata() },
			func() error { _, err := c.Coordinator("group"); return err },
			func() error { _, err := c.RefreshController(); return err },
			func() error { return c.RefreshBrokers([]string{b1.addr(), b2.addr()}) },
			func() error { c.updateLeader("orders", 1, 1, int32(time.Until(until)), b1.address); return nil },
			func() error { c.LeastLoadedBroker(); return nil },
			func() error { b2.cut(); return nil },
			func() error { _, err := c.Topics(); return err },
		} {
			work.Go(func() {
				for time.Now().Before(until) {
					if err := call(); errors.Is(err, ErrClosedClient) {
						return
					}
					_ = wait(context.Background(), time.Millisecond)
				}
			})
		}
		_ = wait(context.Background(), 50*time.Millisecond)
		require.NoError(t, c.Close())
		work.Wait()
	})
}

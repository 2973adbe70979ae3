package sarama

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestControllerChanges(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		c := testClient(t, net.config(), b1)
		controller, err := c.Controller()
		require.NoError(t, err)
		require.EqualValues(t, 1, controller.ID())
		require.Equal(t, 1, metadataRequests(b1, b2), "it is known")

		cluster.setController(2)
		controller, err = c.Controller()
		require.NoError(t, err)
		require.EqualValues(t, 1, controller.ID())
		controller, err = c.RefreshController()
		require.NoError(t, err)
		require.EqualValues(t, 2, controller.ID())
		require.Equal(t, 1, metadataRequests(b2), "not the old controller was asked")
		require.Len(t, c.Brokers(), 2)

		cluster.setController(-1)
		_, err = c.RefreshController()
		require.ErrorIs(t, err, ErrControllerNotAvailable)
		_, err = c.Controller()
		require.ErrorIs(t, err, ErrControllerNotAvailable)
	})
}

func TestOldBrokersTellNoController(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		conf := net.config()
		conf.Version, conf.ApiVersionsRequest = V0_9_0_1, false
		c := testClient(t, conf, b)
		_, err := c.Controller()
		require.ErrorIs(t, err, ErrUnsupportedVersion)
		_, err = c.TransactionCoordinator("tx")
		require.ErrorIs(t, err, ErrUnsupportedVersion)
		_, err = c.InitProducerID()
		require.ErrorIs(t, err, ErrUnsupportedVersion)
	})
}

func TestCoordinatorsAreKept(t *testing.T) {
	for version, want := range map[KafkaVersion]int16{V0_11_0_0: 1, V2_8_0_0: 3, V3_0_0_0: 4, V3_9_0_0: 6} {
		t.Run(version.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				b1, b2 := net.broker(1), net.broker(2)
				cluster := newScriptedCluster(b1, b2)
				cluster.setCoordinator("name", b2)
				conf := net.config()
				conf.Version = version
				c := testClient(t, conf, b1)
				asked := func() int {
					return len(b1.received(protocol.KeyFindCoordinator)) + len(b2.received(protocol.KeyFindCoordinator))
				}
				group, err := c.Coordinator("name")
				require.NoError(t, err)
				require.EqualValues(t, 2, group.ID())
				_, err = c.Coordinator("name")
				require.NoError(t, err)
				require.Equal(t, 1, asked())

				// A transactional id of the same name has a coordinator of its own.
				cluster.setCoordinator("name", b1)
				transaction, err := c.TransactionCoordinator("name")
				require.NoError(t, err)
				require.EqualValues(t, 1, transaction.ID())
				group, err = c.Coordinator("name")
				require.NoError(t, err)
				require.EqualValues(t, 2, group.ID())
				require.Equal(t, 2, asked())
				require.NoError(t, c.RefreshCoordinator("name"))
				group, err = c.Coordinator("name")
				require.NoError(t, err)
				require.EqualValues(t, 1, group.ID())
				require.NoError(t, c.RefreshTransactionCoordinator("name"))

				for _, r := range append(b1.received(protocol.KeyFindCoordinator), b2.received(protocol.KeyFindCoordinator)...) {
					require.Equal(t, want, r.Version)
					require.Equal(t, "name", r.Body.(*FindCoordinatorRequest).CoordinatorKey)
				}
			})
		})
	}
}

// A coordinator that the metadata did not name, or at another address, is made known.
func TestCoordinatorsAreRegistered(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1)
		cluster.serve(b2)
		cluster.setCoordinator("group", b2)
		c := testClient(t, net.config(), b1)
		coordinator, err := c.Coordinator("group")
		require.NoError(t, err)
		require.Equal(t, b2.addr(), coordinator.Addr())
		registered, err := c.Broker(2)
		require.NoError(t, err)
		require.Same(t, coordinator, registered)

		moved := net.brokerAt(2, "moved")
		cluster.serve(moved)
		cluster.setCoordinator("group", moved)
		require.NoError(t, c.RefreshCoordinator("group"))
		coordinator, err = c.Coordinator("group")
		require.NoError(t, err)
		require.Equal(t, moved.addr(), coordinator.Addr())

		// It leaves the cluster: who the coordinator is has to be asked.
		require.NoError(t, c.RefreshMetadata())
		cluster.setCoordinator("group", b1)
		coordinator, err = c.Coordinator("group")
		require.NoError(t, err)
		require.EqualValues(t, 1, coordinator.ID())
	})
}

func TestCoordinatorIsAskedForAgain(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var logged bytes.Buffer
		captureLog(t, &logged)
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("__consumer_offsets", 1, ledBy(0, 1, 0))
		c := testClient(t, net.config(), b)
		begin := time.Now()
		_, err := c.Coordinator("group")
		require.ErrorIs(t, err, ErrConsumerCoordinatorNotAvailable)
		require.Equal(t, 750*time.Millisecond, time.Since(begin))
		require.Len(t, b.received(protocol.KeyFindCoordinator), 4)

		go func() {
			_ = wait(t.Context(), 400*time.Millisecond)
			cluster.setCoordinator("group", b)
		}()
		_, err = c.Coordinator("group")
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.Contains(t, logged.String(), "client/coordinator coordinator for group is not available")
		require.Contains(t, logged.String(), "client/coordinator retrying after 250ms... (0 attempts remaining)")
		require.NotContains(t, logged.String(), "not initialized completely yet")
	})
}

// The first group of a cluster makes the topic that keeps groups.
func TestInternalTopicsAreWaitedFor(t *testing.T) {
	for kind, topics := range map[CoordinatorType][]string{
		CoordinatorGroup:       {"__consumer_offsets"},
		CoordinatorTransaction: {"__consumer_offsets", "__transaction_state"},
	} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			var logged bytes.Buffer
			captureLog(t, &logged)
			b := net.broker(1)
			newScriptedCluster(b)
			conf := net.config()
			conf.Metadata.Retry.Max = 1
			conf.Metadata.Retry.Backoff = time.Second
			c := testClient(t, conf, b)
			begin := time.Now()
			_, err := c.coordinator(t.Context(), kind, "name")
			require.ErrorIs(t, err, ErrConsumerCoordinatorNotAvailable)
			// Two attempts, each with a retried refresh per topic and the delay after it, and the backoff between them.
			perTopic := time.Second + internalTopicDelay
			require.Equal(t, time.Second+2*time.Duration(len(topics))*perTopic, time.Since(begin))
			require.NoError(t, c.Close())
			for _, topic := range topics {
				require.Contains(t, logged.String(), "client/coordinator the "+topic+" topic is not initialized completely yet. Waiting 2 seconds...")
			}
		})
	}
}

func TestCoordinatorAsksTheNextBroker(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		cluster.setCoordinator("group", b2)
		c := testClient(t, net.config(), b1)
		b1.on(protocol.KeyFindCoordinator, func(r *scriptedRequest) protocol.Message { return r.cut() })
		coordinator, err := c.Coordinator("group")
		require.NoError(t, err)
		require.EqualValues(t, 2, coordinator.ID())

		b2.on(protocol.KeyFindCoordinator, func(r *scriptedRequest) protocol.Message { return r.cut() })
		err = c.RefreshCoordinator("group")
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.ErrorContains(t, err, "broker b1:9092: ")
	})
}

func TestJudgeCoordinator(t *testing.T) {
	there, none := &Broker{id: 1, addr: "a:1"}, NoNode
	for name, tt := range map[string]struct {
		response *FindCoordinatorResponse
		again    bool
		err      error
	}{
		"found":             {&FindCoordinatorResponse{Coordinator: there}, false, nil},
		"not available":     {&FindCoordinatorResponse{Coordinator: none, Err: ErrConsumerCoordinatorNotAvailable}, true, ErrConsumerCoordinatorNotAvailable},
		"loading":           {&FindCoordinatorResponse{Err: ErrOffsetsLoadInProgress}, true, ErrOffsetsLoadInProgress},
		"group forbidden":   {&FindCoordinatorResponse{Err: ErrGroupAuthorizationFailed}, true, ErrGroupAuthorizationFailed},
		"id forbidden":      {&FindCoordinatorResponse{Err: ErrTransactionalIDAuthorizationFailed}, false, ErrTransactionalIDAuthorizationFailed},
		"invalid":           {&FindCoordinatorResponse{Err: ErrInvalidRequest}, false, ErrInvalidRequest},
		"nobody, no error":  {&FindCoordinatorResponse{}, true, ErrConsumerCoordinatorNotAvailable},
		"no node, no error": {&FindCoordinatorResponse{Coordinator: none}, true, ErrConsumerCoordinatorNotAvailable},
	} {
		t.Run(name, func(t *testing.T) {
			again, err := judgeCoordinator(tt.response)
			require.Equal(t, tt.again, again)
			require.Equal(t, tt.err, err)
		})
	}
}

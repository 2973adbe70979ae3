package sarama

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// Brokers that start up answer with nothing (KAFKA-7924): the next is asked, and then all of them again.
func TestEmptyMetadataIsNotBelieved(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var logged bytes.Buffer
		captureLog(t, &logged)
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0))
		attempts := 0
		b.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
			if attempts++; attempts <= 2 {
				return &protocol.MetadataResponse{ControllerID: -1}
			}
			return cluster.metadata(r)
		})
		begin := time.Now()
		c := testClient(t, net.config(), b)
		_, err := c.Leader("orders", 0)
		require.NoError(t, err)
		require.Equal(t, 3, attempts)
		require.Equal(t, 500*time.Millisecond, time.Since(begin))
		require.NoError(t, c.Close())
		require.Contains(t, logged.String(), "client/metadata receiving empty brokers from the metadata response when requesting the broker #-1 at b1:9092")
		require.Contains(t, logged.String(), "client/metadata retrying after 250ms... (2 attempts remaining)")
		require.Contains(t, logged.String(), "client/metadata retrying after 250ms... (1 attempts remaining)")
		require.Contains(t, logged.String(), "client/brokers resurrecting 1 dead seed brokers")
	})
}

func TestEmptyMetadataForEverIsAnErrorPerBroker(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		b.on(protocol.KeyMetadata, answer(&protocol.MetadataResponse{}))
		_, err := NewClient([]string{b.addr()}, net.config())
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.ErrorIs(t, err, errNoBrokersInMetadata)
		require.ErrorContains(t, err, "broker b1:9092: ")
		require.Equal(t, 4, metadataRequests(b))
	})
}

func TestTopicsThatAnAnswerLacksAreAskedForAgain(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		c := testClient(t, net.config(), b)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0))
		lacks := true
		b.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
			response := cluster.metadata(r).(*protocol.MetadataResponse)
			if lacks {
				lacks, response.Topics = false, nil
			}
			return response
		})
		require.NoError(t, c.RefreshMetadata("orders"))
		require.Equal(t, 3, metadataRequests(b))
	})
}

func TestUnknownTopicsAreAskedForAgain(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var logged bytes.Buffer
		captureLog(t, &logged)
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		c := testClient(t, net.config(), b)
		err := c.RefreshMetadata("nope")
		require.Contains(t, logged.String(), "client/metadata is incomplete: nope: kafka server: ")
		require.ErrorIs(t, err, ErrUnknownTopicOrPartition)
		require.ErrorContains(t, err, "nope: ")
		require.Equal(t, 1+4, metadataRequests(b))
		_, err = c.Partitions("nope")
		require.ErrorIs(t, err, ErrUnknownTopicOrPartition)

		// It is created, as brokers do with auto.create.topics.enable, while the client retries.
		go func() {
			_ = wait(t.Context(), 300*time.Millisecond)
			cluster.setTopic("late", 1, ledBy(0, 1, 0))
		}()
		partitions, err := c.Partitions("late")
		require.NoError(t, err)
		require.Equal(t, []int32{0}, partitions)
		require.ErrorIs(t, c.RefreshMetadata(""), ErrInvalidTopic)
	})
}

func TestTopicsAreCreatedOnlyIfAskedForByName(t *testing.T) {
	for _, allow := range []bool{true, false} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			b := net.broker(1)
			newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
			conf := net.config()
			conf.Metadata.AllowAutoTopicCreation = allow
			c := testClient(t, conf, b)
			require.NoError(t, c.RefreshMetadata("orders"))
			requests := b.received(protocol.KeyMetadata)
			require.False(t, requests[0].Body.(*MetadataRequest).AllowAutoTopicCreation)
			require.Equal(t, allow, requests[1].Body.(*MetadataRequest).AllowAutoTopicCreation)
		})
	}
}

func TestMetadataVersionsFollowTheConfig(t *testing.T) {
	for version, want := range map[KafkaVersion]int16{V0_8_2_0: 0, V0_10_0_0: 1, V1_0_0_0: 5, V2_8_0_0: 11, V3_1_0_0: 12, V4_0_0_0: 13} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			b := net.broker(1)
			newScriptedCluster(b)
			conf := net.config()
			conf.Version = version
			conf.ApiVersionsRequest = version.IsAtLeast(V0_10_0_0)
			testClient(t, conf, b)
			require.Equal(t, want, b.received(protocol.KeyMetadata)[0].Version)
		})
	}
}

func TestLeaderChanges(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		cluster.setTopic("orders", 1, ledBy(0, 1, 3))
		c := testClient(t, net.config(), b1)
		leaderIs := func(id, epoch int32) {
			t.Helper()
			leader, is, err := c.LeaderAndEpoch("orders", 0)
			require.NoError(t, err)
			require.Equal(t, id, leader.ID())
			require.Equal(t, epoch, is)
		}
		leaderIs(1, 3)
		cluster.setTopic("orders", 1, ledBy(0, 2, 4))
		require.NoError(t, c.RefreshMetadata("orders"))
		leaderIs(2, 4)
		cluster.setTopic("orders", 1, ledBy(0, 1, 3)) // of a broker that lags
		require.NoError(t, c.RefreshMetadata("orders"))
		leaderIs(2, 4)
		require.NoError(t, c.RefreshMetadata())
		leaderIs(2, 4)
		c.updateLeader("orders", 0, 3, 5, &protocol.BrokerAddress{ID: 3, Host: "b3", Port: 9092})
		leaderIs(3, 5)
		c.updateLeader("orders", 0, 1, 4, b1.address)
		leaderIs(3, 5)

		cluster.setTopic("orders", 2, ledBy(0, 1, 0)) // deleted and created again
		require.NoError(t, c.RefreshMetadata("orders"))
		leaderIs(1, 0)
		id, _ := c.topicID("orders")
		require.Equal(t, Uuid{2}, id)

		cluster.deleteTopic("orders")
		require.Error(t, c.RefreshMetadata("orders"))
		_, ok := c.topicID("orders")
		require.False(t, ok)
		_, _, err := c.leaderOf("orders", 0)
		require.ErrorIs(t, err, ErrUnknownTopicOrPartition)
	})
}

func TestLeaderElectionIsWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("orders", 1, ledBy(0, -1, 3))
		go func() {
			_ = wait(t.Context(), 600*time.Millisecond)
			cluster.setTopic("orders", 1, ledBy(0, 1, 4))
		}()
		c := testClient(t, net.config(), b)
		_, epoch, err := c.leaderOf("orders", 0)
		require.NoError(t, err)
		require.EqualValues(t, 4, epoch)
		require.Equal(t, 4, metadataRequests(b))
	})
}

func TestConcurrentRefreshesShareOneRequest(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		c := testClient(t, net.config(), b)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0))
		proceed := make(chan struct{})
		b.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
			<-proceed
			return cluster.metadata(r)
		})
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				if err := c.RefreshMetadata("orders"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(proceed)
		callers.Wait()
		require.Equal(t, 1+1, metadataRequests(b))
	})
}

// What the refresh under way does not bring is gathered for the next, and each caller gets the errors of its own
// topics.
func TestOtherTopicsAreGatheredForTheNextRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		conf := net.config()
		conf.Metadata.Retry.Max = 0
		c := testClient(t, conf, b)
		for i := range 10 {
			cluster.setTopic(fmt.Sprintf("topic-%d", i), 1, ledBy(0, 1, 0))
		}
		cluster.setTopicError("topic-5", ErrTopicAuthorizationFailed)
		proceed := make(chan struct{})
		b.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
			<-proceed
			return cluster.metadata(r)
		})
		var callers sync.WaitGroup
		refresh := func(topic string) {
			callers.Go(func() {
				if err := c.RefreshMetadata(topic); errors.Is(err, ErrTopicAuthorizationFailed) != (topic == "topic-5") {
					t.Errorf("%s: %v", topic, err)
				}
			})
		}
		refresh("topic-0")
		synctest.Wait()
		for i := 1; i < 10; i++ {
			refresh(fmt.Sprintf("topic-%d", i))
		}
		synctest.Wait()
		close(proceed)
		callers.Wait()
		requests := b.received(protocol.KeyMetadata)
		require.Len(t, requests, 1+2)
		require.Equal(t, []string{"topic-0"}, requests[1].Body.(*MetadataRequest).Topics)
		require.Len(t, requests[2].Body.(*MetadataRequest).Topics, 9)
	})
}

// A refresh of all topics tells nothing of one that does not exist, and has none created: who shares it asks for that one by name.
func TestTopicsThatARefreshOfAllDoesNotTellOf(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0))
		c := testClient(t, net.config(), b)
		b.on(protocol.KeyMetadata, func(r *scriptedRequest) protocol.Message {
			request := r.Body.(*MetadataRequest)
			time.Sleep(time.Second)
			for _, topic := range request.Topics {
				if request.AllowAutoTopicCreation && topic == "new" {
					cluster.setTopic(topic, 2, ledBy(0, 1, 0))
				}
			}
			return cluster.metadata(r)
		})
		all, nope, known := make(chan error, 1), make(chan error, 3), make(chan error, 1)
		go func() { all <- c.RefreshMetadata() }()
		synctest.Wait()
		before := metadataRequests(b)
		for range cap(nope) {
			go func() { nope <- c.RefreshMetadata("nope", "orders") }()
		}
		go func() { known <- c.RefreshMetadata("orders") }()
		partitions, err := c.Partitions("new")
		require.NoError(t, err)
		require.Equal(t, []int32{0}, partitions)
		require.NoError(t, <-all)
		require.NoError(t, <-known)
		for range cap(nope) {
			require.ErrorIs(t, <-nope, ErrUnknownTopicOrPartition)
		}
		require.LessOrEqual(t, metadataRequests(b), before+1+1+4, "they share that, too, with its retries")
	})
}

func TestWithoutSingleFlightEachCallerAsks(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
		conf := net.config()
		conf.Metadata.SingleFlight = false
		c := testClient(t, conf, b)
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if err := c.RefreshMetadata("orders"); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		require.Equal(t, 1+10, metadataRequests(b))
	})
}

func TestBackgroundRefresh(t *testing.T) {
	for name, full := range map[string]bool{"all topics": true, "topics in use": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				b := net.broker(1)
				cluster := newScriptedCluster(b)
				cluster.setTopic("orders", 1, ledBy(0, 1, 0))
				cluster.setTopic("others", 1, ledBy(0, 1, 0))
				conf := net.config()
				conf.Metadata.Full = full
				conf.Metadata.RefreshFrequency = time.Minute
				c := testClient(t, conf, b)
				if !full {
					_ = wait(t.Context(), 61*time.Second)
					require.Zero(t, metadataRequests(b), "there is nothing to refresh")
					require.NoError(t, c.RefreshMetadata("orders"))
				}
				cluster.setTopic("orders", 1, ledBy(0, 1, 9))
				_ = wait(t.Context(), time.Minute)
				synctest.Wait()
				_, epoch, err := c.leaderOf("orders", 0)
				require.NoError(t, err)
				require.EqualValues(t, 9, epoch)
				requests := b.received(protocol.KeyMetadata)
				require.Len(t, requests, 2)
				if full {
					require.Empty(t, requests[1].Body.(*MetadataRequest).Topics)
				} else {
					require.Equal(t, []string{"orders"}, requests[1].Body.(*MetadataRequest).Topics)
				}
			})
		})
	}
}

func TestBackgroundRefreshLogsFailures(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var logged bytes.Buffer
		captureLog(t, &logged)
		b := net.broker(1)
		newScriptedCluster(b)
		conf := net.config()
		conf.Metadata.RefreshFrequency = time.Minute
		c := testClient(t, conf, b)
		b.setDown(true)
		_ = wait(t.Context(), 62*time.Second)
		require.NoError(t, c.Close())
		require.Contains(t, logged.String(), "Client background metadata update: "+ErrOutOfBrokers.Error())
		require.Contains(t, logged.String(), "client/metadata no available broker to send metadata request to")
	})
}

func TestMetadataTimeoutBoundsTheWholeRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var logged bytes.Buffer
		captureLog(t, &logged)
		b1, b2 := net.broker(1), net.broker(2)
		b1.on(protocol.KeyMetadata, hang)
		b2.on(protocol.KeyMetadata, hang)
		conf := net.config()
		conf.Metadata.Timeout = 3 * time.Second
		begin := time.Now()
		_, err := NewClient(addresses([]*scriptedBroker{b1, b2}), conf)
		require.ErrorIs(t, err, ErrOutOfBrokers)
		var cause *BrokerError
		require.ErrorAs(t, err, &cause)
		require.Equal(t, 3*time.Second, time.Since(begin))
		require.Contains(t, logged.String(), "as we would go past the metadata timeout")
		require.Contains(t, logged.String(), "client/metadata skipping last retries as we would go past the metadata timeout")
	})
}

// A seed that does not answer in time is not the first to be asked the next time.
func TestSlowSeedsArePassedOver(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		newScriptedCluster(b1, b2)
		conf := net.config()
		conf.Metadata.Full = false
		conf.Metadata.Timeout = time.Second
		c := testClient(t, conf, b1, b2)
		slow := map[string]*scriptedBroker{b1.addr(): b1, b2.addr(): b2}[c.seeds.first().Addr()]
		slow.on(protocol.KeyMetadata, hang)
		require.ErrorIs(t, c.RefreshMetadata(), ErrOutOfBrokers)
		require.NoError(t, c.RefreshMetadata())
	})
}

// No broker will take a password that one did not take.
func TestAuthenticationFailuresEndTheRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var logged bytes.Buffer
		captureLog(t, &logged)
		b1, b2 := net.broker(1), net.broker(2)
		for _, b := range []*scriptedBroker{b1, b2} {
			b.on(protocol.KeySaslHandshake, answer(&SaslHandshakeResponse{EnabledMechanisms: []string{SASLTypePlaintext}}))
			b.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed}))
		}
		conf := net.config()
		conf.Net.SASL.Enable = true
		conf.Net.SASL.User, conf.Net.SASL.Password = "user", "secret"
		_, err := NewClient(addresses([]*scriptedBroker{b1, b2}), conf)
		require.ErrorIs(t, err, ErrSASLAuthenticationFailed)
		require.NotErrorIs(t, err, ErrOutOfBrokers)
		require.NotContains(t, err.Error(), "secret")
		require.Len(t, net.dialed(), 1)
		require.Contains(t, logged.String(), "client/metadata failed SASL authentication")
	})
}

func TestBackoffFunctionIsUsed(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		down := net.broker(1)
		down.setDown(true)
		conf := net.config()
		var calls []int
		conf.Metadata.Retry.BackoffFunc = func(retries, maxRetries int) time.Duration {
			calls = append(calls, retries, maxRetries)
			return time.Duration(retries+1) * time.Second
		}
		begin := time.Now()
		_, err := NewClient([]string{down.addr()}, conf)
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.Equal(t, []int{0, 3, 1, 3, 2, 3}, calls)
		require.Equal(t, 6*time.Second, time.Since(begin))
	})
}

// Whoever waits for a refresh that panicked, in a user's backoff function, is told; later refreshes work.
func TestPanicsInARefreshLeaveNobodyWaiting(t *testing.T) {
	var reason any
	PanicHandler = func(r any) { reason = r }
	defer func() { PanicHandler = nil }()
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		conf := net.config()
		conf.Metadata.Retry.BackoffFunc = func(int, int) time.Duration { panic("user") }
		c := testClient(t, conf, b)
		require.ErrorIs(t, c.RefreshMetadata("nope"), errRefreshPanicked)
		require.NoError(t, c.RefreshMetadata())
		require.NoError(t, c.Close())
		require.Equal(t, "user", reason)
	})
}

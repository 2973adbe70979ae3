package sarama

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestRenewalWaitsForSendersAndNewOnesForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s session
		renewals := 0
		renew := func() error {
			renewals++
			time.Sleep(time.Second)
			s.begin(time.Hour)
			return nil
		}
		s.begin(time.Minute)
		require.NoError(t, s.enter(t.Context(), renew))
		time.Sleep(time.Minute) // it is due, and one still sends

		entered := make(chan struct{}, 2)
		for range 2 {
			go func() {
				if s.enter(context.Background(), renew) == nil {
					entered <- struct{}{}
				}
			}()
		}
		synctest.Wait()
		require.Zero(t, renewals)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.enter(ctx, renew), context.DeadlineExceeded)

		start := time.Now()
		s.leave()
		<-entered
		<-entered
		require.Equal(t, 1, renewals)
		require.Equal(t, time.Second, time.Since(start))
		s.leave()
		s.leave()
		require.NoError(t, s.enter(t.Context(), renew))
		s.leave()
	})
}

// expiring returns a broker whose sessions last a minute, and a connection to it that is a minute old.
func expiring(t *testing.T, set func(far *scriptedBroker)) (*scriptedBroker, *Broker) {
	network := newScriptedNetwork(t)
	far := network.broker(1)
	far.authenticates("")
	far.on(protocol.KeySaslAuthenticate, answer(&SaslAuthenticateResponse{SessionLifetimeMs: 60_000}))
	far.on(protocol.KeyHeartbeat, answer(&HeartbeatResponse{}))
	set(far)
	b := openBroker(t, saslConfig(network, SASLTypePlaintext), far)
	connected, err := b.Connected()
	require.True(t, connected, "%v", err)
	time.Sleep(time.Minute)
	return far, b
}

// Proxies that authenticate by themselves leave out of their versions what is not for whoever is behind them.
func TestRenewalWhereTheHandshakeIsNotAmongTheVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, b := expiring(t, func(far *scriptedBroker) {
			versions := allAPIVersions()
			versions.ApiKeys = slices.DeleteFunc(versions.ApiKeys, func(k protocol.ApiVersionsResponseKey) bool {
				return k.ApiKey == protocol.KeySaslHandshake
			})
			far.on(protocol.KeyApiVersions, answer(versions))
		})
		_, err := b.Heartbeat(&HeartbeatRequest{})
		require.NoError(t, err)
		require.Len(t, far.said(), 2)
	})
}

func TestRenewalOutlastsWhoBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, b := expiring(t, func(*scriptedBroker) {})
		far.on(protocol.KeySaslAuthenticate, func(*scriptedRequest) protocol.Message {
			time.Sleep(time.Second)
			return &SaslAuthenticateResponse{SessionLifetimeMs: 60_000}
		})
		done := make(chan error, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := askContext[HeartbeatResponse](ctx, b, &HeartbeatRequest{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, unsent(err))
		go func() {
			_, err := b.Heartbeat(&HeartbeatRequest{})
			done <- err
		}()
		require.NoError(t, <-done, "it is the connection of all")
		require.Len(t, far.said(), 2)
	})
}

func TestAllWhoWaitHearWhyARenewalFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, b := expiring(t, func(*scriptedBroker) {})
		far.on(protocol.KeySaslAuthenticate, func(*scriptedRequest) protocol.Message {
			time.Sleep(time.Second)
			return &SaslAuthenticateResponse{Err: ErrSASLAuthenticationFailed}
		})
		failures := make(chan error, 3)
		for range cap(failures) {
			go func() {
				_, err := b.Heartbeat(&HeartbeatRequest{})
				failures <- err
			}()
		}
		for range cap(failures) {
			require.ErrorIs(t, <-failures, ErrSASLAuthenticationFailed)
		}
		require.Len(t, far.said(), 2)
	})
}

func TestCloseEndsARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, b := expiring(t, func(*scriptedBroker) {})
		far.on(protocol.KeySaslAuthenticate, hang)
		failure := make(chan error, 1)
		go func() {
			_, err := b.Heartbeat(&HeartbeatRequest{})
			failure <- err
		}()
		synctest.Wait()
		session := &b.lastLink().session
		require.NotNil(t, session.renewal)
		require.NoError(t, b.Close())
		require.Nil(t, session.renewal, "it is over when Close is")
		require.Error(t, <-failure)
	})
}

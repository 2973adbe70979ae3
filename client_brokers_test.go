package sarama

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestMergeBrokers(t *testing.T) {
	one, two, three := &Broker{id: 1, addr: "a:1"}, &Broker{id: 2, addr: "b:1"}, &Broker{id: 3, addr: "c:1"}
	moved, same := &Broker{id: 2, addr: "b:2"}, &Broker{id: 1, addr: "a:1"}
	merged, changes := mergeBrokers(map[int32]*Broker{1: one, 2: two}, []*Broker{same, moved, three})
	require.Len(t, merged, 3)
	require.Same(t, one, merged[1], "its connection is kept")
	require.Same(t, moved, merged[2])
	require.Same(t, three, merged[3])
	require.Equal(t, []brokerChange{{two, moved}, {nil, three}}, changes)

	merged, changes = mergeBrokers(merged, []*Broker{one})
	require.Len(t, merged, 1)
	require.ElementsMatch(t, []brokerChange{{moved, nil}, {three, nil}}, changes)
}

func TestSeeds(t *testing.T) {
	s := newSeedList([]string{"a:1", "b:1", "c:1"}, nil)
	require.Len(t, s.alive, 3)
	first, second := s.alive[0], s.alive[1]
	s.putAside(first)
	require.Same(t, second, s.first())
	s.putAside(first) // again, by another caller
	require.Len(t, s.dead, 1)
	s.passOver(second)
	require.NotSame(t, second, s.first())
	s.putAside(s.first())
	s.putAside(s.first())
	require.Nil(t, s.first())
	s.resurrect()
	require.Same(t, first, s.first())
	require.Len(t, s.alive, 3)
	require.Empty(t, s.dead)

	firsts := make(map[string]bool)
	for range 200 {
		s := newSeedList([]string{"a:1", "b:1", "c:1"}, nil)
		firsts[s.first().Addr()] = true
	}
	require.Len(t, firsts, 3, "the order is random")
}

func TestLeastLoadedPrefersFewRequestsThenConnections(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2, b3 := net.broker(1), net.broker(2), net.broker(3)
		newScriptedCluster(b1, b2, b3)
		c := testClient(t, net.config(), b1)
		brokers := c.view.Load().brokers
		require.Nil(t, leastLoaded(nil))
		c.connect(brokers[2])
		synctest.Wait()
		for range 20 {
			require.Same(t, brokers[2], leastLoaded(brokers))
		}
		b2.on(protocol.KeyMetadata, hang)
		result := make(chan error, 1)
		go func() {
			_, err := brokers[2].getMetadata(t.Context(), NewMetadataRequest(V2_8_0_0, nil))
			result <- err
		}()
		synctest.Wait()
		require.NotSame(t, brokers[2], leastLoaded(brokers))
		require.NoError(t, c.Close())
		require.Error(t, <-result)
	})
}

func TestDeadSeedsComeBack(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b)
		b.setDown(true)
		conf := net.config()
		conf.Metadata.Full = false
		c := testClient(t, conf, b)
		require.ErrorIs(t, c.RefreshMetadata(), ErrOutOfBrokers)
		require.NotNil(t, c.LeastLoadedBroker(), "all are alive again")
		go func() {
			_ = wait(t.Context(), 300*time.Millisecond)
			b.setDown(false)
		}()
		require.NoError(t, c.RefreshMetadata())
	})
}

func TestKnownBrokersThatFailGiveWayToSeeds(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		seed, b2, b3 := net.broker(1), net.broker(2), net.broker(3)
		cluster := newScriptedCluster(b2, b3)
		cluster.serve(seed)
		c := testClient(t, net.config(), seed)
		b2.setDown(true)
		b3.setDown(true)
		require.NoError(t, c.RefreshMetadata())
		require.Len(t, seed.received(protocol.KeyMetadata), 2)
		require.Len(t, c.Brokers(), 2)

		seed.setDown(true)
		err := c.RefreshMetadata()
		require.ErrorIs(t, err, ErrOutOfBrokers)
		// Those too that are not known any more in the last attempt, each once.
		for _, b := range []*scriptedBroker{seed, b2, b3} {
			require.Equal(t, 1, strings.Count(err.Error(), "broker "+b.addr()+": "), err)
		}
	})
}

func TestBrokersMove(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		cluster.setTopic("orders", 1, ledBy(0, 2, 0))
		c := testClient(t, net.config(), b1)
		before, err := c.Leader("orders", 0)
		require.NoError(t, err)
		connected, err := before.Connected()
		require.NoError(t, err)
		require.True(t, connected)

		elsewhere := net.brokerAt(2, "elsewhere")
		cluster.serve(elsewhere)
		cluster.setBrokers(b1, elsewhere)
		require.NoError(t, c.RefreshMetadata())
		after, err := c.Leader("orders", 0)
		require.NoError(t, err)
		require.Equal(t, elsewhere.addr(), after.Addr())
		synctest.Wait()
		connected, _ = before.Connected()
		require.False(t, connected)

		// Whoever still has the old one cannot open it through the client: nobody would close it.
		c.connect(before)
		connected, _ = before.Connected()
		require.False(t, connected)

		cluster.setBrokers(b1)
		require.NoError(t, c.RefreshMetadata())
		require.Len(t, c.Brokers(), 1)
		_, err = c.Leader("orders", 0)
		require.ErrorIs(t, err, ErrLeaderNotAvailable)
	})
}

func TestRefreshBrokersStartsFromTheNewAddresses(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		before, after := net.broker(1), net.broker(2)
		newScriptedCluster(before).setTopic("orders", 1, ledBy(0, 1, 0))
		newScriptedCluster(after).setTopic("orders", 1, ledBy(0, 2, 0))
		c := testClient(t, net.config(), before)
		require.NoError(t, c.RefreshBrokers([]string{after.addr()}))
		require.Empty(t, c.Brokers())
		leader, err := c.Leader("orders", 0)
		require.NoError(t, err)
		require.EqualValues(t, 2, leader.ID())
		require.Equal(t, 1, metadataRequests(before))
	})
}

func TestRebootstrap(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		seed, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b2)
		cluster.serve(seed)
		conf := net.config()
		conf.Version = V4_0_0_0
		c := testClient(t, conf, seed)
		stranger := &protocol.MetadataResponse{Err: ErrRebootstrapRequired, Brokers: []*protocol.BrokerAddress{b2.address}}
		b2.on(protocol.KeyMetadata, answer(stranger))
		b3 := net.broker(3)
		cluster.setBrokers(b3)
		cluster.serve(b3)
		require.NoError(t, c.RefreshMetadata())
		require.Len(t, c.Brokers(), 1)
		_, err := c.Broker(3)
		require.NoError(t, err)
		require.Len(t, seed.received(protocol.KeyMetadata), 2)

		// Seeds that all say so are like seeds that all fail.
		seed.on(protocol.KeyMetadata, answer(stranger))
		b3.on(protocol.KeyMetadata, answer(stranger))
		err = c.RefreshMetadata()
		require.ErrorIs(t, err, ErrOutOfBrokers)
		require.ErrorIs(t, err, ErrRebootstrapRequired)
	})
}

type fakeResolver struct {
	hosts, names map[string][]string
}

var errNoSuchName = errors.New("no such name")

func find(in map[string][]string, key string) ([]string, error) {
	if found, ok := in[key]; ok {
		return found, nil
	}
	return nil, errNoSuchName
}

func (r fakeResolver) LookupHost(_ context.Context, host string) ([]string, error) {
	return find(r.hosts, host)
}

func (r fakeResolver) LookupAddr(_ context.Context, ip string) ([]string, error) {
	return find(r.names, ip)
}

func TestCanonicalAddresses(t *testing.T) {
	resolver := fakeResolver{
		hosts: map[string][]string{"all": {"10.0.0.1", "10.0.0.2"}, "one": {"10.0.0.1"}, "odd": {"10.0.0.3"}, "mute": {"10.0.0.4"}},
		names: map[string][]string{"10.0.0.1": {"b1.example.", "alias."}, "10.0.0.2": {"b2.example"}, "10.0.0.4": {}},
	}
	for name, tt := range map[string]struct {
		addrs []string
		want  []string
		err   string
	}{
		"each address once": {[]string{"all:9092", "one:9092"}, []string{"b1.example:9092", "b2.example:9092"}, ""},
		"ports count":       {[]string{"one:9092", "one:9093"}, []string{"b1.example:9092", "b1.example:9093"}, ""},
		"unknown host":      {[]string{"none:9092"}, nil, "bootstrap address none:9092: no such name"},
		"unknown address":   {[]string{"odd:9092"}, nil, "bootstrap address odd:9092: no such name"},
		"no name":           {[]string{"mute:9092"}, nil, "bootstrap address mute:9092: 10.0.0.4 has no name"},
		"no port":           {[]string{"one"}, nil, "bootstrap address: address one: missing port in address"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := canonicalAddresses(t.Context(), resolver, tt.addrs)
			require.Equal(t, tt.want, got)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.err)
			}
		})
	}
}

// Names are asked for through the proxy, which here reaches no name server.
func TestCanonicalNamesAreResolvedThroughTheProxy(t *testing.T) {
	network := newScriptedNetwork(t)
	conf := network.config()
	conf.Net.ResolveCanonicalBootstrapServers = true
	_, err := NewClient([]string{"kafka.invalid:9092"}, conf)
	require.ErrorContains(t, err, "bootstrap address kafka.invalid:9092: ")
	require.NotEmpty(t, network.dialed())
	for _, addr := range network.dialed() {
		require.NotContains(t, addr, "kafka.invalid")
	}
}

func TestCanonicalNamesAreOptional(t *testing.T) {
	c := &client{conf: NewConfig()}
	addrs := []string{"a:1", "b:2"}
	got, err := c.bootstrapAddresses(slices.Clone(addrs))
	require.NoError(t, err)
	require.Equal(t, addrs, got)
}

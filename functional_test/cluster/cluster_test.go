package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { Main(m) }

// since logs how long a step took: the figures in CONTRIBUTING.md come from here.
func since(t *testing.T, what string, start time.Time) {
	t.Helper()
	t.Logf("%s: %.1f s", what, time.Since(start).Seconds())
}

func TestEachHasBrokersThatLeadTopics(t *testing.T) {
	Each(t, func(t *testing.T, c Cluster) {
		require.NotEmpty(t, c.Addrs())
		topic := c.NewTopic(t, 5)
		for partition := range int32(5) {
			require.GreaterOrEqual(t, c.Leader(t, topic, partition), int32(0))
		}
		require.GreaterOrEqual(t, c.Coordinator(t, protocol.CoordinatorGroup, topic), int32(0))
		c.AwaitInSync(t, topic)
	})
}

func TestEachSpeaksWithKafkasTools(t *testing.T) {
	if os.Getenv("KAFKA_CLUSTER") == "" {
		t.Skip("SKIPPED, NOT TESTED: Kafka's console tools run with KAFKA_CLUSTER=embedded, real or both")
	}
	Each(t, func(t *testing.T, c Cluster) {
		topic := c.NewTopic(t, 1)
		ConsoleProduce(t, c, topic, []string{"one", "two", "three"})
		require.Equal(t, []string{"one", "two", "three"}, ConsoleConsume(t, c, topic, 3))
	})
}

func TestVersionsStartOne(t *testing.T) {
	for _, version := range []string{defaultVersion, "3.9.1", "2.8.2"} {
		t.Run(version, func(t *testing.T) {
			begin := time.Now()
			c := Start(t, Options{Version: version})
			since(t, "one broker started", begin)
			topic := c.NewTopic(t, 2)
			require.EqualValues(t, 1, c.Leader(t, topic, 1))
		})
	}
}

func TestBrokersDieAndReturn(t *testing.T) {
	for _, version := range []string{defaultVersion, "3.9.1", "2.8.2"} {
		t.Run(version, func(t *testing.T) {
			begin := time.Now()
			c := Start(t, Options{Brokers: 3, Version: version})
			since(t, "three brokers started", begin)
			topic := c.NewTopic(t, 3)
			victim := c.Broker(c.Leader(t, topic, 0))

			begin = time.Now()
			victim.Kill()
			require.NotEqual(t, victim.ID(), leaderAfter(t, c, topic, victim.ID()))
			since(t, "another leads after kill -9", begin)
			require.False(t, answers(victim.Addr()))

			begin = time.Now()
			victim.Restart()
			since(t, "restarted with its data", begin)
			require.True(t, answers(victim.Addr()))
			c.AwaitInSync(t, topic)
			require.FileExists(t, fmt.Sprintf("%s/data/%s-0/00000000000000000000.log", victim.Dir(), topic))

			begin = time.Now()
			victim.Stop()
			since(t, "stopped in good order", begin)
			require.False(t, answers(victim.Addr()))
			victim.Restart()
			c.AwaitInSync(t, topic)
		})
	}
}

// leaderAfter waits until a broker no longer leads the first partition.
func leaderAfter(t *testing.T, c *Real, topic string, old int32) int32 {
	t.Helper()
	leader := old
	err := await(t.Context(), func() error {
		if leader = c.Leader(t, topic, 0); leader == old {
			return errors.New("the leader is still the old one")
		}
		return nil
	})
	require.NoError(t, err)
	return leader
}

// answers tells whether a broker answers within a second.
func answers(addr string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := Ask(ctx, addr, &protocol.MetadataRequest{NoTopics: true})
	return err == nil
}

func TestPausedBrokerAcceptsAndStaysSilent(t *testing.T) {
	c := Start(t, Options{})
	b := c.Broker(1)
	b.Pause()
	conn, err := net.Dial("tcp", b.Addr())
	require.NoError(t, err, "the system accepts for a process that is stopped")
	require.NoError(t, conn.Close())
	require.False(t, answers(b.Addr()))
	require.Empty(t, c.serving())
	b.Resume()
	require.NoError(t, c.awaitBrokers(t.Context(), c.Addrs()))
}

func TestListenersPropertiesAndDumpedLogs(t *testing.T) {
	c := Start(t, Options{
		Listeners:      []Listener{{Name: "EXTRA", Advertise: func(id int32) string { return fmt.Sprintf("elsewhere:%d", 1000+id) }}},
		Properties:     map[string]string{"num.partitions": "7"},
		NodeProperties: func(n Node) map[string]string { return map[string]string{"broker.rack": fmt.Sprintf("rack%d", n.ID)} },
	})
	answer, err := Ask(t.Context(), c.Broker(1).ListenerAddr("EXTRA"), &protocol.MetadataRequest{NoTopics: true})
	require.NoError(t, err)
	brokers := answer.(*protocol.MetadataResponse).Brokers
	require.Len(t, brokers, 1)
	require.Equal(t, "elsewhere:1001", addrOf(brokers[0]))
	require.Equal(t, "rack1", *brokers[0].Rack)

	const topic = "dumped"
	c.CreateTopic(t, topic, protocol.TopicDetail{NumPartitions: -1, ReplicationFactor: -1})
	require.GreaterOrEqual(t, c.Leader(t, topic, 6), int32(1), "num.partitions is 7")
	ConsoleProduce(t, c, topic, []string{"key:value"}, "--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
	dumped := ""
	for partition := range int32(7) {
		dumped += c.Broker(1).DumpLog(t, topic, partition)
	}
	require.Contains(t, dumped, "key: key payload: value")
}

func TestFailureToStartTellsWhy(t *testing.T) {
	if kinds, err := wantedKinds(); err != nil || kinds[len(kinds)-1] != KindReal {
		t.Skip("SKIPPED, NOT TESTED: brokers that fail to start, without KAFKA_CLUSTER=real")
	}
	needJava(t)
	_, err := start(t.TempDir(), Options{Properties: map[string]string{"log.retention.bytes": "many"}})
	require.ErrorContains(t, err, "log.retention.bytes")
}

func TestOptionsThatCannotBe(t *testing.T) {
	for _, o := range []Options{{Brokers: 10}, {Brokers: -1}, {Version: "0.9.0.1"}, {Version: "new"}} {
		_, err := start(t.TempDir(), o)
		require.Error(t, err, "%+v", o)
	}
}

func TestEnvironment(t *testing.T) {
	for _, tc := range []struct {
		cluster, peers string
		want           []Kind
	}{
		{"", "", []Kind{KindEmbedded}},
		{"embedded", "a:1", []Kind{KindEmbedded}},
		{"real", "", []Kind{KindReal}},
		{"real", "a:1", []Kind{KindPeers}},
		{"both", "", []Kind{KindEmbedded, KindReal}},
	} {
		t.Setenv("KAFKA_CLUSTER", tc.cluster)
		t.Setenv("KAFKA_PEERS", tc.peers)
		kinds, err := wantedKinds()
		require.NoError(t, err)
		require.Equal(t, tc.want, kinds)
	}
	t.Setenv("KAFKA_CLUSTER", "docker")
	_, err := wantedKinds()
	require.ErrorContains(t, err, "docker")
	t.Setenv("KAFKA_PEERS", "a:9092, b:9093,")
	require.Equal(t, []string{"a:9092", "b:9093"}, Peers(t).Addrs())
}

func TestPomsByVersion(t *testing.T) {
	for version, parts := range map[string][]string{
		"4.4.0":    {"kafka_2.13", "slf4j-simple"},
		"4.3.1":    {"kafka_2.13", "kafka-tools"},
		"2.8.2":    {"kafka_2.13", "slf4j-reload4j"},
		"2.3.1":    {"kafka_2.12", "zookeeper"},
		"0.10.2.2": {"kafka_2.11", "jaxb-api"},
	} {
		pom, err := pomOf(version)
		require.NoError(t, err)
		for _, part := range parts {
			require.Contains(t, pom, "<artifactId>"+part+"</artifactId>", version)
		}
	}
}

func TestPortsAreOnesOwn(t *testing.T) {
	var p ports
	defer p.release()
	seen := make(map[int]bool)
	for range 50 {
		port, err := p.claim()
		require.NoError(t, err)
		require.Less(t, port, 32768)
		require.False(t, seen[port])
		seen[port] = true
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err, "a claimed port is free for a broker")
		require.NoError(t, l.Close())
	}
}

func TestMarkerMayComeInPieces(t *testing.T) {
	l, err := openMarkedLog(t.TempDir()+"/log", "ready to serve")
	require.NoError(t, err)
	defer l.file.Close()
	for _, piece := range []string{"starting\nread", "y to ", "ser"} {
		_, err := l.Write([]byte(piece))
		require.NoError(t, err)
		select {
		case <-l.seen:
			t.Fatalf("seen too early, after %q", piece)
		default:
		}
	}
	_, err = l.Write([]byte("ve\nready to serve again\n"))
	require.NoError(t, err)
	<-l.seen
}

func TestLastLines(t *testing.T) {
	require.Equal(t, "b\nc", string(lastLines([]byte("a\nb\nc\n"), 2)))
	require.Equal(t, "a\nb", string(lastLines([]byte("a\nb"), 5)))
	require.Empty(t, lastLines(nil, 5))
	require.Equal(t, strings.Repeat("x\n", 9)+"x", string(lastLines([]byte(strings.Repeat("x\n", 50)), 10)))
}

// Package cluster gives tests a Kafka cluster: brokers of Apache Kafka itself, started without Docker from the jars on
// Maven, or an embedded one that starts in no time.
//
//	func TestMain(m *testing.M) { cluster.Main(m) }
//
//	func TestRoundTrip(t *testing.T) {
//		cluster.Each(t, func(t *testing.T, c cluster.Cluster) { topic := c.NewTopic(t, 3); ... })
//	}
//
//	func TestLeaderDies(t *testing.T) {
//		c := cluster.Start(t, cluster.Options{Brokers: 3})
//		c.Broker(c.Leader(t, topic, 0)).Kill()
//	}
//
// What runs is said by the environment:
//
//	KAFKA_CLUSTER   embedded (the default), real, or both: what Each runs a test on; Start needs real or both
//	KAFKA_PEERS     host:port,...: brokers that run already, in place of real ones; Start skips
//	KAFKA_VERSION   the version of real brokers (4.4.0 by default, 0.10.2.2 at least), or of the peers
//	KAFKA_REQUIRED  1: what would be skipped since Java or Maven is missing fails instead
//	KAFKA_HEAP      a broker's Java heap, 256m by default
//
// Real brokers need Java 17 or newer, Maven and a Unix.
package cluster

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed20e6684a/sarama/protocol"
	"go.uber.org/goleak"
)

// Kind is what a cluster consists of.
type Kind string

// The kinds of clusters.
const (
	KindEmbedded Kind = "embedded" // in this process, not Kafka's code
	KindReal     Kind = "real"     // brokers started by this package
	KindPeers    Kind = "peers"    // brokers started by someone else
)

const (
	defaultVersion = "4.4.0"
	eachBrokers    = 3 // the brokers of a cluster that Each makes
)

// Cluster is what tests without faults ask of a cluster, whatever it consists of.
type Cluster interface {
	// Kind tells what the cluster consists of.
	Kind() Kind
	// Version is the brokers' version; the embedded cluster's is the newest that the library names.
	Version() protocol.KafkaVersion
	// Addrs returns host:port of each broker that runs, for bootstrapping.
	Addrs() []string
	// NewTopic creates a topic with a name of its own, replicated to all brokers but three at most, and returns the name.
	NewTopic(t testing.TB, partitions int32) string
	// CreateTopic creates a topic and returns when all its partitions have leaders that every broker knows.
	CreateTopic(t testing.TB, name string, detail protocol.TopicDetail)
	// Leader returns the id of a partition's leader.
	Leader(t testing.TB, topic string, partition int32) int32
	// Coordinator returns the id of the coordinator of a group (kind CoordinatorGroup) or of a transactional id.
	Coordinator(t testing.TB, kind protocol.CoordinatorType, key string) int32
	// AwaitInSync returns when every replica of a topic is in sync and every running broker knows it.
	AwaitInSync(t testing.TB, topic string)
}

// Each runs a test on every cluster that KAFKA_CLUSTER asks for, as a subtest by the name of its kind. An embedded
// cluster is new for each test; the real one is shared by all tests of the process.
func Each(t *testing.T, test func(t *testing.T, c Cluster)) {
	t.Helper()
	kinds, err := wantedKinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			switch kind {
			case KindEmbedded:
				test(t, Embedded(t, Options{Brokers: eachBrokers}))
			case KindPeers:
				test(t, Peers(t))
			case KindReal:
				test(t, sharedCluster(t))
			}
		})
	}
}

func wantedKinds() ([]Kind, error) {
	brokers := KindReal
	if os.Getenv("KAFKA_PEERS") != "" {
		brokers = KindPeers
	}
	switch wanted := os.Getenv("KAFKA_CLUSTER"); wanted {
	case "", "embedded":
		return []Kind{KindEmbedded}, nil
	case "real":
		return []Kind{brokers}, nil
	case "both":
		return []Kind{KindEmbedded, brokers}, nil
	default:
		return nil, fmt.Errorf("KAFKA_CLUSTER=%s: it is embedded, real or both", wanted)
	}
}

// Main runs a package's tests, ends the cluster that they shared, looks for goroutines left over and exits. It is what
// TestMain of a package that uses Each calls.
func Main(m *testing.M) {
	shared.allowed = true
	code := m.Run()
	shared.stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "cluster: goroutines are left after all tests:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// skip skips a test, or fails it with KAFKA_REQUIRED=1, in words that stand out.
func skip(t testing.TB, format string, args ...any) {
	t.Helper()
	why := fmt.Sprintf(format, args...)
	if os.Getenv("KAFKA_REQUIRED") == "1" {
		t.Fatalf("KAFKA_REQUIRED=1, but %s", why)
	}
	t.Skipf("SKIPPED, NOT TESTED: %s", why)
}

// versionWanted is KAFKA_VERSION or its default.
func versionWanted() string {
	if v := os.Getenv("KAFKA_VERSION"); v != "" {
		return v
	}
	return defaultVersion
}

// VersionWanted returns the version of Kafka that tests are to run with: KAFKA_VERSION or the default.
func VersionWanted() (protocol.KafkaVersion, error) {
	version, err := protocol.ParseKafkaVersion(versionWanted())
	if err != nil {
		return version, fmt.Errorf("KAFKA_VERSION: %w", err)
	}
	return version, nil
}

func splitAddrs(list string) []string {
	var addrs []string
	for addr := range strings.SplitSeq(list, ",") {
		if addr = strings.TrimSpace(addr); addr != "" {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

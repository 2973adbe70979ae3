package cluster

import (
	"os"
	"testing"

	"github.com/seed20e6684a/sarama/protocol"
)

// Other is a cluster that someone else runs.
type Other struct {
	admin
	version protocol.KafkaVersion
}

// Peers returns the cluster that KAFKA_PEERS names, of the version that KAFKA_VERSION says. Without KAFKA_PEERS the
// test is skipped.
func Peers(t testing.TB) *Other {
	t.Helper()
	addrs := splitAddrs(os.Getenv("KAFKA_PEERS"))
	if len(addrs) == 0 {
		skip(t, "KAFKA_PEERS names no brokers")
	}
	version, err := VersionWanted()
	if err != nil {
		t.Fatal(err)
	}
	return &Other{admin: admin{addrs: func() []string { return addrs }}, version: version}
}

// Kind returns KindPeers.
func (c *Other) Kind() Kind { return KindPeers }

// Version returns what KAFKA_VERSION says.
func (c *Other) Version() protocol.KafkaVersion { return c.version }

// Addrs returns what KAFKA_PEERS says.
func (c *Other) Addrs() []string { return c.addrs() }

package cluster

import (
	"testing"

	"github.com/seed20e6684a/sarama/protocol"
	"github.com/twmb/franz-go/pkg/kfake"
)

// Fake is the embedded cluster. It judges neither failover times, quotas nor speed, and lacks OAUTHBEARER, GSSAPI,
// delegation tokens, streams groups and message formats before v2.
type Fake struct {
	admin
	fake *kfake.Cluster
}

// Embedded starts an embedded cluster that ends with the test.
func Embedded(t testing.TB, o Options, more ...kfake.Opt) *Fake {
	t.Helper()
	opts := []kfake.Opt{kfake.NumBrokers(max(o.Brokers, 1)), kfake.BrokerConfigs(o.Properties)}
	fake, err := kfake.NewCluster(append(opts, more...)...)
	if err != nil {
		t.Fatalf("starting the embedded cluster: %v", err)
	}
	t.Cleanup(fake.Close)
	return &Fake{admin: admin{addrs: fake.ListenAddrs}, fake: fake}
}

// Control returns the cluster behind, to inject faults and move leaders.
func (c *Fake) Control() *kfake.Cluster { return c.fake }

// Kind returns KindEmbedded.
func (c *Fake) Kind() Kind { return KindEmbedded }

// Version returns the newest version that the library names.
func (c *Fake) Version() protocol.KafkaVersion { return protocol.MaxVersion }

// Addrs returns where the cluster listens.
func (c *Fake) Addrs() []string { return c.fake.ListenAddrs() }

package cluster

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/seed20e6684a/sarama/protocol"
)

// Options describe a cluster to start. The zero value is one broker of the default version.
type Options struct {
	// Brokers is how many there are, 1 to 9; 0 stands for 1. Their ids count from 1, in an embedded cluster from 0.
	Brokers int
	// Version is Kafka's, as in "3.9.1"; by default KAFKA_VERSION or 4.4.0. An embedded cluster ignores it.
	Version string
	// Properties are added to every broker's; they win over those of the package. An embedded cluster takes them as its
	// brokers' configs.
	Properties map[string]string
	// NodeProperties, if set, gives what differs from broker to broker; it wins over Properties.
	NodeProperties func(Node) map[string]string
	// Listeners are opened on each broker besides the plain one that Addrs names.
	Listeners []Listener
	// Format are more arguments for the formatting of the brokers' storage (KRaft only), such as --add-scram or --feature.
	Format []string
	// DynamicQuorum makes the first node the only voter of a quorum that others can join (KIP-853, Kafka 3.9). An embedded
	// cluster ignores it.
	DynamicQuorum bool
	// JVM are more arguments of the brokers' Java, such as -Djava.security.krb5.conf=FILE.
	JVM []string
	// ClassPath is put before Kafka's jars: folders or jars with plugins.
	ClassPath []string
	// Heap is a broker's Java heap; by default KAFKA_HEAP or 256m, which is enough unless the load is high (384m then).
	Heap string
}

// Node is a broker whose properties are being written.
type Node struct {
	ID    int32
	Dir   string         // the broker's own folder, which exists
	Ports map[string]int // by the listener's name: PLAINTEXT, CONTROLLER and those of Options.Listeners
}

// Listener is one that brokers open besides the plain one.
type Listener struct {
	Name     string // in upper case; its properties begin with listener.name.NAME, the name in lower case
	Protocol string // PLAINTEXT (the default), SSL, SASL_PLAINTEXT or SASL_SSL
	Host     string // the host that is advertised, 127.0.0.1 by default; brokers listen on that all the same
	// Advertise, if set, gives the host:port that a broker advertises, such as a proxy's, in place of its own.
	Advertise func(broker int32) string
}

const plainListener = "PLAINTEXT"
const controllerListener = "CONTROLLER"

// resolve fills in defaults and checks.
func (o Options) resolve() (Options, protocol.KafkaVersion, error) {
	if o.Brokers == 0 {
		o.Brokers = 1
	}
	if o.Version == "" {
		o.Version = versionWanted()
	}
	if o.Heap == "" {
		o.Heap = os.Getenv("KAFKA_HEAP")
	}
	if o.Heap == "" {
		o.Heap = "256m"
	}
	v, err := protocol.ParseKafkaVersion(o.Version)
	switch {
	case err != nil:
		return o, v, err
	case !v.IsAtLeast(protocol.V0_10_2_0):
		return o, v, fmt.Errorf("kafka %s: the oldest that can be started is 0.10.2", o.Version)
	case o.Brokers < 1 || o.Brokers > 9:
		return o, v, fmt.Errorf("%d brokers: 1 to 9 can be started", o.Brokers)
	}
	return o, v, nil
}

// format are the arguments for the formatting of a node's storage.
func (o Options) format(n Node) []string {
	switch {
	case !o.DynamicQuorum:
		return o.Format
	case n.ID == 1:
		return append([]string{"--standalone"}, o.Format...)
	}
	return append([]string{"--no-initial-controllers"}, o.Format...)
}

func (o Options) listeners() []Listener {
	return slices.Concat([]Listener{{Name: plainListener}}, o.Listeners)
}

// layout is where everything of a cluster is.
type layout struct {
	options   Options
	version   protocol.KafkaVersion
	nodes     []Node
	zookeeper int // its port, 0 in KRaft mode
}

// kraft tells whether brokers of a version run without ZooKeeper; before 3.3 that was for early adopters.
func kraft(v protocol.KafkaVersion) bool { return v.IsAtLeast(protocol.V3_3_0_0) }

// properties returns those of one broker.
func (l layout) properties(n Node) map[string]string {
	p := l.common(n)
	switch {
	case l.zookeeper != 0:
		maps.Copy(p, map[string]string{
			"broker.id":                    fmt.Sprint(n.ID),
			"zookeeper.connect":            fmt.Sprintf("127.0.0.1:%d", l.zookeeper),
			"zookeeper.session.timeout.ms": "4000",
		})
	default:
		maps.Copy(p, l.quorum(n))
	}
	l.addListeners(p, n)
	maps.Copy(p, l.options.Properties)
	if l.options.NodeProperties != nil {
		maps.Copy(p, l.options.NodeProperties(n))
	}
	return p
}

// common are the properties of any mode: replication as in production, few and small threads and buffers.
func (l layout) common(n Node) map[string]string {
	replicas := fmt.Sprint(min(len(l.nodes), 3))
	inSync := fmt.Sprint(max(min(len(l.nodes), 3)-1, 1))
	p := map[string]string{
		"inter.broker.listener.name":               plainListener,
		"log.dirs":                                 n.Dir + "/data",
		"num.network.threads":                      "2",
		"num.io.threads":                           "4",
		"background.threads":                       "2",
		"log.cleaner.threads":                      "1",
		"log.cleaner.dedupe.buffer.size":           "4194304", // 128 MB by default, half of the heap
		"group.initial.rebalance.delay.ms":         "0",
		"num.partitions":                           "1",
		"default.replication.factor":               replicas,
		"min.insync.replicas":                      inSync,
		"offsets.topic.num.partitions":             "4",
		"offsets.topic.replication.factor":         replicas,
		"transaction.state.log.num.partitions":     "4",
		"transaction.state.log.replication.factor": replicas,
		"transaction.state.log.min.isr":            inSync,
	}
	switch {
	case l.version.IsAtLeast(protocol.V4_0_0_0):
		maps.Copy(p, map[string]string{
			"share.coordinator.state.topic.num.partitions":     "4",
			"share.coordinator.state.topic.replication.factor": replicas,
			"share.coordinator.state.topic.min.isr":            inSync,
			"group.share.min.record.lock.duration.ms":          "1000",
		})
	case l.version.IsAtLeast(protocol.V3_8_0_0):
		p["group.coordinator.rebalance.protocols"] = "classic,consumer"
	}
	return p
}

// quorum are the properties of a node that is broker and controller, with times short enough for tests of failover.
func (l layout) quorum(n Node) map[string]string {
	voters := ""
	for _, other := range l.nodes {
		voters += fmt.Sprintf(",%d@127.0.0.1:%d", other.ID, other.Ports[controllerListener])
	}
	members, where := "controller.quorum.voters", voters[1:]
	if l.options.DynamicQuorum {
		members, where = "controller.quorum.bootstrap.servers", fmt.Sprintf("127.0.0.1:%d", l.nodes[0].Ports[controllerListener])
	}
	return map[string]string{
		members:                                  where,
		"process.roles":                          "broker,controller",
		"node.id":                                fmt.Sprint(n.ID),
		"controller.listener.names":              controllerListener,
		"controller.quorum.election.timeout.ms":  "500",
		"controller.quorum.fetch.timeout.ms":     "1000",
		"broker.heartbeat.interval.ms":           "500",
		"broker.session.timeout.ms":              "3000",
		"initial.broker.registration.timeout.ms": "60000",
	}
}

func (l layout) addListeners(p map[string]string, n Node) {
	bound, advertised, protocols := "", "", ""
	for _, listener := range l.options.listeners() {
		name, port := listener.Name, n.Ports[listener.Name]
		host := "127.0.0.1"
		if listener.Host != "" {
			host = listener.Host
		}
		address := fmt.Sprintf("%s:%d", host, port)
		if listener.Advertise != nil {
			address = listener.Advertise(n.ID)
		}
		security := "PLAINTEXT"
		if listener.Protocol != "" {
			security = listener.Protocol
		}
		bound += fmt.Sprintf(",%s://127.0.0.1:%d", name, port)
		advertised += fmt.Sprintf(",%s://%s", name, address)
		protocols += fmt.Sprintf(",%s:%s", name, security)
	}
	if port := n.Ports[controllerListener]; port != 0 {
		bound += fmt.Sprintf(",%s://127.0.0.1:%d", controllerListener, port)
		protocols += fmt.Sprintf(",%s:PLAINTEXT", controllerListener)
	}
	p["listeners"] = bound[1:]
	p["advertised.listeners"] = advertised[1:]
	p["listener.security.protocol.map"] = protocols[1:]
}

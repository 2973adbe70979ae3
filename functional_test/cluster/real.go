package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed20e6684a/sarama/protocol"
)

const clusterID = "MkU3OEVBNTcwNTJENDM2Qk"

// Real is a cluster of Apache Kafka's own brokers, which end with the test.
type Real struct {
	admin
	t       testing.TB // of Start; nil if the cluster is shared
	layout  layout
	dir     string
	jars    string
	java    string
	ports   ports
	brokers []*Broker
	zk      *process
}

// Start starts real brokers for one test: a cluster of its own, so that the test may do to it what it likes. The test
// is skipped unless KAFKA_CLUSTER asks for real brokers and they can be started.
func Start(t testing.TB, o Options) *Real {
	t.Helper()
	needBrokers(t)
	c, err := start(t.TempDir(), o)
	if err != nil {
		t.Fatalf("starting a Kafka cluster: %v", err)
	}
	c.t = t
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.tails())
		}
		c.stop()
	})
	return c
}

// needBrokers skips a test that needs real brokers of its own where there are none.
func needBrokers(t testing.TB) {
	t.Helper()
	kinds, err := wantedKinds()
	switch {
	case err != nil:
		t.Fatal(err)
	case kinds[len(kinds)-1] == KindEmbedded:
		t.Skip("SKIPPED, NOT TESTED: the test needs real brokers of its own (KAFKA_CLUSTER=real)")
	case kinds[len(kinds)-1] == KindPeers:
		t.Skip("SKIPPED, NOT TESTED: the test needs brokers that it may stop, and KAFKA_PEERS names someone else's")
	}
	needJava(t)
}

// needJava skips a test where brokers and tools cannot run.
func needJava(t testing.TB) {
	t.Helper()
	if _, err := javaPath(); err != nil {
		skip(t, "there is no Java to run Kafka: %v", err)
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		skip(t, "there is no Maven to fetch Kafka: %v", err)
	}
}

// Kind returns KindReal.
func (c *Real) Kind() Kind { return KindReal }

// Version returns the brokers' version.
func (c *Real) Version() protocol.KafkaVersion { return c.layout.version }

// Addrs returns the plain listeners of all brokers, also of those that do not run.
func (c *Real) Addrs() []string {
	var addrs []string
	for _, b := range c.brokers {
		addrs = append(addrs, b.Addr())
	}
	return addrs
}

// Brokers returns all brokers by id.
func (c *Real) Brokers() []*Broker { return c.brokers }

// Broker returns the broker with an id, which must exist.
func (c *Real) Broker(id int32) *Broker { return c.brokers[id-1] }

func (c *Real) serving() []string {
	var addrs []string
	for _, b := range c.brokers {
		if b.serving() {
			addrs = append(addrs, b.Addr())
		}
	}
	return addrs
}

// start starts a cluster in a folder. On failure nothing of it is left running.
func start(dir string, o Options) (c *Real, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	o, version, err := o.resolve()
	if err != nil {
		return nil, err
	}
	c = &Real{dir: dir, layout: layout{options: o, version: version}}
	c.admin = admin{addrs: c.serving}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, c.tails())
			c.stop()
		}
	}()
	if c.java, err = javaPath(); err != nil {
		return c, err
	}
	if c.jars, err = jars(ctx, o.Version); err != nil {
		return c, err
	}
	if err = c.lay(); err != nil {
		return c, err
	}
	if err = each(c.brokers, func(b *Broker) error { return b.prepare(ctx) }); err != nil {
		return c, err
	}
	if err = c.startZooKeeper(ctx); err != nil {
		return c, err
	}
	if err = each(c.brokers, (*Broker).start); err != nil {
		return c, err
	}
	if err = each(c.brokers, func(b *Broker) error { return b.ready(ctx) }); err != nil {
		return c, err
	}
	return c, c.awaitBrokers(ctx, c.serving())
}

// each does something to all brokers at the same time.
func each(brokers []*Broker, do func(*Broker) error) error {
	errs := make(chan error)
	for _, b := range brokers {
		go func() { errs <- do(b) }()
	}
	var all error
	for range brokers {
		all = errors.Join(all, <-errs)
	}
	return all
}

// lay makes the brokers' folders and gives out ports.
func (c *Real) lay() error {
	names := []string{controllerListener}
	if !kraft(c.layout.version) {
		names = nil
		port, err := c.ports.claim()
		if err != nil {
			return err
		}
		c.layout.zookeeper = port
	}
	for _, l := range c.layout.options.listeners() {
		names = append(names, l.Name)
	}
	for id := int32(1); id <= int32(c.layout.options.Brokers); id++ {
		n := Node{ID: id, Dir: filepath.Join(c.dir, fmt.Sprintf("broker%d", id)), Ports: make(map[string]int)}
		if err := os.MkdirAll(n.Dir, 0o755); err != nil {
			return err
		}
		for _, name := range names {
			port, err := c.ports.claim()
			if err != nil {
				return err
			}
			n.Ports[name] = port
		}
		c.layout.nodes = append(c.layout.nodes, n)
		c.brokers = append(c.brokers, &Broker{c: c, node: n})
	}
	return os.WriteFile(c.log4j(), []byte(`log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d %p %m (%c)%n
`), 0o644)
}

// log4j is the logging configuration of versions before 3.3.
func (c *Real) log4j() string { return filepath.Join(c.dir, "log4j.properties") }

func (c *Real) startZooKeeper(ctx context.Context) error {
	if c.layout.zookeeper == 0 {
		return nil
	}
	dir := filepath.Join(c.dir, "zookeeper")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, "zoo.cfg")
	err := os.WriteFile(file, fmt.Appendf(nil, "dataDir=%s/data\nclientPortAddress=127.0.0.1\nclientPort=%d\ntickTime=1000\n",
		dir, c.layout.zookeeper), 0o644)
	if err != nil {
		return err
	}
	cmd := c.jvm("128m", "org.apache.zookeeper.server.ZooKeeperServerMain", file)
	if c.zk, err = launch(cmd, c.zkLog(), "binding to port"); err != nil {
		return fmt.Errorf("starting ZooKeeper: %w", err)
	}
	if err := c.zk.ready(ctx); err != nil {
		return fmt.Errorf("ZooKeeper: %w", err)
	}
	return nil // brokers wait for the port to open
}

func (c *Real) zkLog() string { return filepath.Join(c.dir, "zookeeper.log") }

func (c *Real) classPath() string {
	return strings.Join(append(c.layout.options.ClassPath, c.jars+"/*"), string(os.PathListSeparator))
}

// jvm is a Java program of the cluster that runs until it is told to end.
func (c *Real) jvm(heap, class string, args ...string) *exec.Cmd {
	flags := []string{"-Xmx" + heap, "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.logFile=System.out",
		"-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
		"-Dlog4j.configuration=file:" + c.log4j(), "-Dzookeeper.jmx.log4j.disable=true", "-Dzookeeper.admin.enableServer=false"}
	flags = append(flags, c.layout.options.JVM...)
	return exec.Command(c.java, append(append(flags, "-cp", c.classPath(), class), args...)...)
}

// tails returns the ends of all logs.
func (c *Real) tails() string {
	var b strings.Builder
	for _, broker := range c.brokers {
		fmt.Fprintf(&b, "--- the log of broker %d ends with:\n%s\n", broker.ID(), broker.LogTail(40))
	}
	if c.zk != nil {
		if text, err := os.ReadFile(c.zkLog()); err == nil {
			fmt.Fprintf(&b, "--- the log of ZooKeeper ends with:\n%s\n", lastLines(text, 20))
		}
	}
	return b.String()
}

// stop ends everything at once; data that is thrown away need not be saved.
func (c *Real) stop() {
	for _, b := range c.brokers {
		b.Kill()
	}
	c.zk.kill()
	c.ports.release()
}

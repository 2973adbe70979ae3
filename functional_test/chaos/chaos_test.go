// Package chaos has producers send while three brokers of Kafka are killed, paused and restarted, and their connections cut,
// answers lost and requests swallowed. In the end it reads everything and says whether each promise was kept:
//
//	make chaos MINUTES=10 SEED=7
//
// or, in functional_test:
//
//	KAFKA_CLUSTER=real go test -v -timeout 60m ./chaos -minutes 10 -seed 7 -records 1000000 -transactions 1000
//
// Groups are put to the test after that, in three ways to share partitions, with commits by themselves and by the handler; -groups
// chooses among them, and -run TestGroups does that alone.
//
// The last line of each is the verdict; the exit code says the same. A seed chooses the faults and when they come, not what the brokers
// make of them.
package chaos

import (
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/functional_test/proxy"
)

var (
	minutes      = flag.Float64("minutes", 0, "how long things go wrong; 0: the run is skipped")
	seed         = flag.Uint64("seed", 0, "chooses the faults; 0: one by the clock")
	records      = flag.Int("records", 1_000_000, "idempotent records; a tenth as many without idempotence")
	transactions = flag.Int("transactions", 1000, "transactions, each fourth of them aborted")
)

const (
	brokers            = 3
	partitions         = 6
	proxied            = "PROXY"
	transactionTimeout = time.Minute
	settleLimit        = 3 * time.Minute // for what is left when the faults are over
)

func TestMain(m *testing.M) { cluster.Main(m) }

// stage is the cluster, reached through proxies.
type stage struct {
	t       *testing.T
	c       *cluster.Real
	proxies []*proxy.Proxy // by broker id - 1
	began   time.Time
	faults  atomic.Int64

	offsetPartitions int32 // of __consumer_offsets, if known
}

func newStage(t *testing.T, properties map[string]string) *stage {
	s := &stage{t: t, began: time.Now()}
	for range brokers {
		s.proxies = append(s.proxies, proxy.New(t))
	}
	s.c = cluster.Start(t, cluster.Options{Brokers: brokers, Properties: properties, Listeners: []cluster.Listener{{
		Name: proxied, Advertise: func(broker int32) string { return s.proxies[broker-1].Addr() },
	}}})
	for _, b := range s.c.Brokers() {
		s.proxies[b.ID()-1].Forward(b.ListenerAddr(proxied))
	}
	return s
}

// addrs are the proxies'.
func (s *stage) addrs() []string {
	var addrs []string
	for _, p := range s.proxies {
		addrs = append(addrs, p.Addr())
	}
	return addrs
}

// config is for producers that never give up.
func (s *stage) config(id string) *sarama.Config {
	conf := sarama.NewConfig()
	conf.ClientID = id
	conf.Version = s.c.Version()
	conf.Net.ReadTimeout = 5 * time.Second
	conf.Net.DialTimeout = 5 * time.Second
	conf.Metadata.Retry.Max = 30
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Partitioner = sarama.NewManualPartitioner
	conf.Producer.Return.Successes = true
	conf.Producer.Retry.Max = 100_000
	return conf
}

func (s *stage) say(format string, args ...any) {
	fmt.Printf("%6.1fs  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// TestChaos is the command.
func TestChaos(t *testing.T) {
	if *minutes == 0 {
		t.Skip("SKIPPED, NOT TESTED: chaos takes its time; make chaos, or -minutes")
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	s := newStage(t, nil)
	s.say("seed %d, %.1f minutes of faults, Kafka %v", *seed, *minutes, s.c.Version())
	idempotentTopic, plainTopic, txnTopic := s.c.NewTopic(t, partitions), s.c.NewTopic(t, partitions), s.c.NewTopic(t, partitions)
	span := time.Duration(*minutes * float64(time.Minute))

	idempotent := newLoad(idempotentTopic, *records, span)
	conf := s.config("idempotent")
	conf.Producer.Idempotent = true
	conf.Net.MaxOpenRequests = 5
	idempotent.start(t, s.addrs(), conf)
	plain := newLoad(plainTopic, *records/10, span)
	plain.start(t, s.addrs(), s.config("plain"))
	txns := newTransactions(txnTopic, *transactions, span)
	conf = s.config("transactions")
	conf.Producer.Idempotent = true
	conf.Net.MaxOpenRequests = 5
	conf.Producer.Transaction.ID = txnTopic
	conf.Producer.Transaction.Timeout = transactionTimeout
	txns.start(t, s.addrs(), conf)

	stopProgress := s.reportProgress(idempotent, plain, txns)
	s.disturb(span, *seed, idempotentTopic)
	s.say("the faults are over: %d of them", s.faults.Load())
	settled := time.After(settleLimit)
	for _, done := range []chan struct{}{idempotent.done, plain.done, txns.done} {
		select {
		case <-done:
		case <-settled:
			stopProgress()
			t.Fatalf("not all is settled after %v: %v, %v, %v", settleLimit, idempotent, plain, txns)
		}
	}
	stopProgress()
	s.say("all is settled: %v, %v, %v", idempotent, plain, txns)
	s.verdict(idempotent, plain, txns)
}

// reportProgress says each few seconds how far producers are, until it is stopped.
func (s *stage) reportProgress(of ...fmt.Stringer) (stop func()) {
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(10 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				var all []string
				for _, o := range of {
					all = append(all, o.String())
				}
				s.say("%s", strings.Join(all, ", "))
			case <-stopped:
				return
			}
		}
	}()
	return func() { close(stopped); <-ended }
}

// verdict reads everything and says what has become of it, in one line.
func (s *stage) verdict(idempotent, plain *load, txns *transactionLoad) {
	conf := s.config("reader")
	once := idempotent.check(s.t, s.c.Addrs(), conf)
	often := plain.check(s.t, s.c.Addrs(), conf)
	whole := txns.check(s.t, s.c, conf)
	var broken []string
	for what, n := range map[string]int{
		"idempotent lost": once.lost, "idempotent duplicated": once.duplicated, "idempotent reordered": once.reordered,
		"idempotent unreported": once.unreported, "idempotent failed": once.failed,
		"plain lost": often.lost, "plain reordered": often.reordered, "plain unreported": often.unreported, "plain failed": often.failed,
		"torn": whole.torn, "aborted reads": whole.aborted, "hung": whole.hung, "transactions lost": whole.lost,
	} {
		if n > 0 {
			broken = append(broken, fmt.Sprintf("%d %s", n, what))
		}
	}
	word := "PASS"
	if len(broken) > 0 || txns.err != nil {
		word = fmt.Sprintf("FAIL (%s; %v)", strings.Join(broken, ", "), txns.err)
	}
	line := fmt.Sprintf("VERDICT %s: Kafka %v, seed %d, %.1f minutes, %d faults; idempotent %v; plain %v; transactions %v",
		word, s.c.Version(), *seed, *minutes, s.faults.Load(), once, often, whole)
	fmt.Println(line)
	require.Equal(s.t, "PASS", word)
}

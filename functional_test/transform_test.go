package functional_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/functional_test/proxy"
	"github.com/seed20e6684a/sarama/protocol"
)

// transforming copies a topic in transactions of one record, with the loop of the page about transactions.
type transforming struct {
	t        *testing.T
	c        cluster.Cluster
	group    string
	from, to string
	conf     *sarama.Config // of members
	done     chan struct{}  // gets an element for each transaction that is committed
	dallying chan struct{}  // closed when a member dallies
	// inside, if set, is called in each transaction, before it gets offsets; after, when it has ended.
	inside func(claim sarama.ConsumerGroupClaim, msg *sarama.ConsumerMessage)
	after  func(msg *sarama.ConsumerMessage, err error)

	mu      sync.Mutex // guards what follows
	members int        // that have joined so far
	aborted map[string]int
	awaited int           // commits until moved is closed; 0: nobody waits
	moved   chan struct{} // the group has gone on without the member that dallies
}

// transformer is a member.
type transformer struct {
	*transforming
	n int
}

func (*transforming) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*transforming) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (x *transformer) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	// The ids are the members' own: that a member is replaced its offsets have to tell.
	conf := transactional(x.c, fmt.Sprintf("%s-%d-%d", x.group, x.n, claim.Partition()))
	producer, err := sarama.NewSyncProducer(x.c.Addrs(), conf)
	if err != nil {
		return err
	}
	defer func() { _ = producer.Close() }()
	for msg := range claim.Messages() {
		err := x.one(session, claim, producer, msg)
		if x.after != nil {
			x.after(msg, err)
		}
		if err != nil {
			x.note(err)
			return errors.Join(err, producer.AbortTxn())
		}
		x.committed()
		select {
		case x.done <- struct{}{}:
		default: // nobody counts any more
		}
	}
	return nil
}

func (x *transformer) one(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim, producer sarama.SyncProducer, msg *sarama.ConsumerMessage,
) error {
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	out := sarama.StringEncoder(fmt.Sprintf("%d %s", msg.Partition, msg.Value))
	if _, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: x.to, Value: out}); err != nil {
		return err
	}
	if x.inside != nil {
		x.inside(claim, msg)
	}
	member := sarama.NewConsumerGroupMetadataFromSession(session, x.group, nil)
	if err := producer.AddMessageToTxnWithGroupMetadata(msg, member, nil); err != nil {
		return err
	}
	return producer.CommitTxn()
}

// dally waits, in a transaction, until the claim is to end, and then until the others have gone on: mostly in another generation, which
// they have begun without the member that had not come in time. Where that member leaves, KIP-848 lets it keep its partitions until its
// handlers have ended, so that the others may have nothing to go on with: they get the time that a rebalance has, and once more.
func (x *transforming) dally(claim sarama.ConsumerGroupClaim) {
	ctx := within(x.t)
	close(x.dallying)
	select {
	case <-claim.(sarama.ContextConsumerGroupClaim).Context().Done():
	case <-ctx.Done():
	}
	x.mu.Lock()
	x.awaited, x.moved = 10, make(chan struct{})
	moved := x.moved
	x.mu.Unlock()
	enough := time.NewTimer(2 * x.conf.Consumer.Group.Rebalance.Timeout)
	defer enough.Stop()
	select {
	case <-moved:
	case <-enough.C:
	case <-ctx.Done():
	}
}

func (x *transforming) committed() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.awaited > 0 {
		if x.awaited--; x.awaited == 0 {
			close(x.moved)
		}
	}
}

// note counts why transactions were given up.
func (x *transforming) note(err error) {
	why := "another reason"
	var code sarama.KError
	switch {
	case errors.As(err, &code):
		why = code.Error()
	case errors.Is(err, sarama.ErrTxnFatal):
		why = "fatal"
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.aborted[why]++
}

// join starts a member.
func (x *transforming) join(change ...func(*sarama.Config)) (leave func()) {
	x.t.Helper()
	conf := *x.conf
	for _, change := range change {
		change(&conf)
	}
	group, err := sarama.NewConsumerGroup(x.c.Addrs(), x.group, &conf)
	require.NoError(x.t, err)
	x.mu.Lock()
	x.members++
	member := &transformer{x, x.members}
	x.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = group.(sarama.ManagedConsumerGroup).Run(context.Background(), []string{x.from}, member)
	}()
	return func() {
		_ = group.Close()
		<-ended
	}
}

func newTransforming(t *testing.T, c cluster.Cluster, a assignment, inputs int) *transforming {
	t.Helper()
	if !c.Version().IsAtLeast(sarama.V2_5_0_0) {
		t.Skipf("SKIPPED, NOT TESTED: offsets in transactions are checked against the group since 2.5, and the brokers are %s", c.Version())
	}
	x := &transforming{
		t: t, c: c, from: c.NewTopic(t, partitions), to: c.NewTopic(t, 1), conf: config(c),
		done: make(chan struct{}, inputs), dallying: make(chan struct{}), aborted: make(map[string]int),
	}
	x.group = x.from + "-group"
	x.conf.Consumer.Group.Rebalance.Timeout = 2 * time.Second
	x.conf.ChannelBufferSize = 1          // or all is done by claims that are to end
	x.conf.Consumer.Return.Errors = false // joins that fail are tried again
	x.conf.Consumer.Offsets.AutoCommit.Enable = false
	x.conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	x.conf.Consumer.IsolationLevel = sarama.ReadCommitted
	a.set(x.conf)
	send(t, c, config(c), x.from, partitions, inputs)
	return x
}

// TestTransformThroughRebalances: while members come and go, each record comes out of the loop once, by either protocol of groups.
func TestTransformThroughRebalances(t *testing.T) {
	eachAssignment(t, func(t *testing.T, c cluster.Cluster, a assignment) {
		const inputs, perChange = 150, 30
		x := newTransforming(t, c, a, inputs)
		var dallied atomic.Bool // not a sync.Once, with which who gets the record next would wait for who dallies
		x.inside = func(claim sarama.ConsumerGroupClaim, msg *sarama.ConsumerMessage) {
			if msg.Partition == 0 && msg.Offset == 5 && dallied.CompareAndSwap(false, true) {
				x.dally(claim)
			}
		}
		stop, dallying := x.count(inputs), x.dallying
		leaves := []func(){x.join(), x.join()}
		change := func() { // the older one leaves, while another joins
			old := leaves[0]
			leaves = []func(){leaves[1], x.join()}
			old()
		}
		for stopped, n := false, 0; !stopped; {
			select {
			case <-x.done:
				if n++; n%perChange == 0 {
					change()
				}
			case <-dallying:
				dallying = nil
				change() // one of the two that leave has the claim, which nothing else might end
				change()
			case <-stop:
				stopped = true
			}
		}
		for _, leave := range leaves {
			leave()
		}
		t.Logf("transactions that were given up: %v", x.aborted)
		x.requireOnce()
	})
}

// throughProxies has a member reach each broker through a proxy.
type throughProxies map[string]*proxy.Proxy

// Dial implements the Dialer of golang.org/x/net/proxy.
func (p throughProxies) Dial(network, addr string) (net.Conn, error) {
	if near := p[addr]; near != nil {
		addr = near.Addr()
	}
	return new(net.Dialer).Dial(network, addr)
}

// TestTransactionBetweenJoinAndSync: a claim that goes on during a rebalance commits a transaction when its member has the answer
// to JoinGroup, and not yet that to SyncGroup. Brokers refuse the offset, since there is another generation; the transaction is to be
// aborted, and the record comes again.
func TestTransactionBetweenJoinAndSync(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		cooperative := assignments()[3]
		require.Equal(t, "cooperative", cooperative.name)
		const inputs = 60
		x := newTransforming(t, c, cooperative, inputs)
		x.conf.Consumer.Group.Rebalance.Timeout = time.Minute
		x.conf.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
		begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		first := func(msg *sarama.ConsumerMessage) bool { return msg.Partition == 0 && msg.Offset == 3 }
		var met atomic.Bool
		x.inside = func(_ sarama.ConsumerGroupClaim, msg *sarama.ConsumerMessage) {
			if first(msg) && met.CompareAndSwap(false, true) {
				close(begun)
				<-goOn
			}
		}
		x.after = func(msg *sarama.ConsumerMessage, err error) {
			if first(msg) {
				select {
				case ended <- err:
				default: // it has come again
				}
			}
		}
		dialer, held, until := make(throughProxies), make(chan struct{}, 1), make(chan struct{})
		for _, addr := range c.Addrs() {
			p := proxy.New(t)
			p.Forward(addr)
			dialer[addr] = p
		}
		enough := x.count(inputs)
		leaves := []func(){x.join(func(conf *sarama.Config) {
			conf.Net.Proxy.Enable, conf.Net.Proxy.Dialer = true, dialer
		})}
		await := func(what <-chan struct{}) {
			t.Helper()
			select {
			case <-what:
			case <-enough: // or the time for it is over
				require.Fail(t, "all has come out before")
			}
		}
		await(begun)
		for _, p := range dialer {
			fault := p.Add(proxy.Fault{Key: protocol.KeySyncGroup, Do: proxy.HoldRequest, Until: until})
			go func() {
				select {
				case <-fault.Hit():
					held <- struct{}{}
				case <-enough:
				}
			}()
		}
		leaves = append(leaves, x.join())
		await(held)
		close(goOn)
		var err error
		select {
		case err = <-ended:
		case <-enough:
			require.Fail(t, "the transaction does not end")
		}
		close(until)
		require.ErrorIs(t, err, sarama.ErrIllegalGeneration)
		require.ErrorIs(t, err, sarama.ErrTxnMustAbort)
		<-enough
		for _, leave := range leaves {
			leave()
		}
		t.Logf("transactions that were given up: %v", x.aborted)
		x.requireOnce()
	})
}

// count returns what is closed when as many different records have come out, or the test is over.
func (x *transforming) count(n int) (enough <-chan struct{}) {
	x.t.Helper()
	records := x.read(0)
	all := make(chan struct{})
	ctx := within(x.t)
	go func() {
		defer close(all)
		seen := make(map[string]bool)
		for len(seen) < n {
			select {
			case msg := <-records:
				seen[string(msg.Value)] = true
			case <-ctx.Done():
				x.t.Errorf("%d records in place of %d came out", len(seen), n)
				return
			}
		}
	}()
	return all
}

// read reads what is committed.
func (x *transforming) read(offset int64) <-chan *sarama.ConsumerMessage {
	x.t.Helper()
	conf := config(x.c)
	conf.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer(x.c.Addrs(), conf)
	require.NoError(x.t, err)
	pc, err := consumer.ConsumePartition(x.to, 0, offset)
	require.NoError(x.t, err)
	x.t.Cleanup(func() {
		_ = pc.Close()
		_ = consumer.Close()
	})
	return pc.Messages()
}

// requireOnce reads all that has come out, up to a last record.
func (x *transforming) requireOnce() {
	x.t.Helper()
	conf := config(x.c)
	conf.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer(x.c.Addrs(), conf)
	require.NoError(x.t, err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: x.to, Value: sarama.StringEncoder("last")})
	require.NoError(x.t, err)
	require.NoError(x.t, producer.Close())
	times := make(map[string]int)
	ctx := within(x.t)
	for records := x.read(0); ; {
		select {
		case msg := <-records:
			if string(msg.Value) == "last" {
				for value, n := range times {
					require.Equal(x.t, 1, n, value)
				}
				return
			}
			times[string(msg.Value)]++
		case <-ctx.Done():
			require.Fail(x.t, "the last record does not come", "%d records have", len(times))
		}
	}
}

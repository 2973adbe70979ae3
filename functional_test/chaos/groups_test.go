package chaos

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

var groupProtocols = flag.String("groups", "range,cooperative,consumer", "ways to share partitions in which groups are put to the test")

const (
	leastMembers, mostMembers = 2, 5
	// slack is for what a commit that is due takes to arrive on a busy machine.
	slack = time.Second
	// stuckLimit is the longest that a member may have nothing of a partition after an event.
	stuckLimit = 45 * time.Second
	// backLimit is the longest that a group may take after leaders and its coordinator are back.
	backLimit = 2 * time.Second
	// brokerSession is how long brokers go unnoticed when they are gone, by the cluster's settings.
	brokerSession = 3 * time.Second
)

// trial is groups that read a topic while members and brokers come and go.
type trial struct {
	*stage
	topic   string
	flocks  []*flock
	outages []time.Duration // by event: how long coordinators could not take commits
	churned []bool          // by event: members came or went
	settled time.Duration   // the longest that a group needed for all to go on
	back    time.Duration   // the longest after a kill, as brokers' logs have it
}

// TestGroupsInChaos: no record stays unseen, commits never go back nor past what was processed, little comes again, and nobody
// is stuck, while members and brokers come and go. Without -minutes it does a little of everything.
func TestGroupsInChaos(t *testing.T) {
	short := *minutes == 0
	chosen := *seed
	switch {
	case chosen != 0:
	case short:
		chosen = 1
	default:
		chosen = uint64(time.Now().UnixNano()) % 1_000_000
	}
	r := newTrial(t)
	if !r.c.Version().IsAtLeast(sarama.V3_3_0_0) {
		t.Skip("SKIPPED, NOT TESTED: the verdict needs brokers whose logs have times, those of KRaft")
	}
	r.say("seed %d, Kafka %v", chosen, r.c.Version())
	stop := r.feed()
	rnd := rand.New(rand.NewPCG(chosen, chosen))
	r.gather()
	if short {
		for i, fault := range []func(*rand.Rand) time.Duration{r.killOne, r.cutOne, r.electOthers} {
			r.churn(rnd, false)
			r.churn(rnd, i == 1)
			r.fault(rnd, fault)
		}
	} else {
		r.longRun(rnd, time.Now().Add(time.Duration(*minutes*float64(time.Minute))))
	}
	stop()
	r.say("the faults are over: %d of them", r.faults.Load())
	r.judge(chosen)
}

// longRun has three comings or goings of members, the third of them without a word, and then a fault, again and again, until time is up, and at the least what
// there has to be. Faults are of all kinds in turn, in an order that chance gives.
func (r *trial) longRun(rnd *rand.Rand, end time.Time) {
	kinds := []func(*rand.Rand) time.Duration{r.killOne, r.pauseOne, r.rollAll, r.electOthers, r.cutOne}
	for round := 0; round < 2*len(kinds) || time.Now().Before(end); round++ {
		if round%len(kinds) == 0 {
			rnd.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		}
		for i := range 3 {
			r.churn(rnd, i == 2)
		}
		r.fault(rnd, kinds[round%len(kinds)])
	}
}

func newTrial(t *testing.T) *trial {
	r := &trial{stage: newStage(t, map[string]string{
		"group.initial.rebalance.delay.ms":         "0",
		"group.consumer.heartbeat.interval.ms":     "300",
		"group.consumer.min.heartbeat.interval.ms": "300",
		"group.consumer.session.timeout.ms":        "6000",
		"group.consumer.min.session.timeout.ms":    "6000",
		"offsets.commit.timeout.ms":                "5000",
		"leader.imbalance.check.interval.seconds":  "3600",
		"replica.fetch.backoff.ms":                 "100", // what a leader has is not shown before a follower asks for it; 1 s is usual
		"replica.lag.time.max.ms":                  "6000",
		"group.min.session.timeout.ms":             "1000",
		"controlled.shutdown.retry.backoff.ms":     "500",
		"offsets.retention.check.interval.ms":      "3600000",
		"log.cleaner.enable":                       "false",
	})}
	r.topic = r.c.NewTopic(t, partitions)
	for _, name := range strings.Split(*groupProtocols, ",") {
		if name == "consumer" && !r.c.Version().IsAtLeast(sarama.V4_0_0_0) {
			continue
		}
		for _, manual := range []bool{false, true} {
			r.flocks = append(r.flocks, r.newFlock(name, manual))
		}
	}
	return r
}

func (r *trial) newFlock(protocol string, manual bool) *flock {
	f := &flock{t: r.t, name: protocol + "-auto", topic: r.topic, manual: manual, addrs: r.addrs(), errs: make(map[string]int)}
	if manual {
		f.name = protocol + "-manual"
	}
	f.conf = func() *sarama.Config {
		conf := r.config(f.name)
		conf.Consumer.Return.Errors = true
		conf.Consumer.Offsets.Initial = sarama.OffsetOldest
		conf.Consumer.Offsets.AutoCommit.Enable = !manual
		conf.Consumer.Offsets.AutoCommit.Interval = commitInterval
		conf.Consumer.Group.Session.Timeout = 6 * time.Second
		conf.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
		conf.Consumer.Group.Rebalance.Timeout = 15 * time.Second
		conf.Consumer.Retry.Backoff = 200 * time.Millisecond
		switch protocol {
		case "range":
			conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange()}
		case "cooperative":
			conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
		case "consumer":
			conf.Consumer.Group.Protocol = sarama.ConsumerGroupProtocolConsumer
		default:
			r.t.Fatalf("-groups: %q is not known", protocol)
		}
		return conf
	}
	f.next()
	return f
}

// feed has a record written to each partition a hundred times a second, until it is stopped.
func (r *trial) feed() (stop func()) {
	conf := r.config("feed")
	conf.Producer.Idempotent = true
	conf.Net.MaxOpenRequests = 5
	conf.Producer.Return.Successes = false
	producer, err := sarama.NewAsyncProducer(r.c.Addrs(), conf)
	require.NoError(r.t, err)
	stopped := make(chan struct{})
	go func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-stopped:
				producer.AsyncClose()
				return
			}
			for p := range int32(partitions) {
				producer.Input() <- &sarama.ProducerMessage{Topic: r.topic, Partition: p, Value: sarama.StringEncoder("record")}
			}
		}
	}()
	return func() {
		close(stopped)
		for err := range producer.Errors() {
			r.t.Errorf("produce: %v", err)
		}
	}
}

// gather begins with three members of each group.
func (r *trial) gather() {
	r.event(true, func() time.Duration {
		for _, f := range r.flocks {
			for range 3 {
				f.join()
			}
			f.joined = 0 // what follows counts
		}
		return 0
	})
	r.offsetPartitions = offsetPartitions(r.t, r.c.Addrs(), r.config("reader"))
}

// event has something happen, which returns how long coordinators could not take commits, and waits until all go on.
func (r *trial) event(churn bool, happen func() time.Duration) {
	r.t.Helper()
	for _, f := range r.flocks {
		f.next()
	}
	outage := happen()
	r.outages, r.churned = append(r.outages, outage), append(r.churned, churn)
	r.awaitProgress()
}

// awaitProgress returns when each member has had something of each of its partitions.
func (r *trial) awaitProgress() {
	r.t.Helper()
	began := time.Now()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for i := 0; i < len(r.flocks); {
		why := r.flocks[i].since(began)
		if why == "" {
			r.settled = max(r.settled, time.Since(began))
			i++
			continue
		}
		if time.Since(began) > stuckLimit {
			for _, f := range r.flocks {
				r.say("%s: %v", f.name, f.errs)
			}
			fmt.Printf("VERDICT FAIL (stuck for %v: %s)\n", stuckLimit, why)
			r.t.Fatalf("stuck for %v: %s", stuckLimit, why)
		}
		<-ticker.C
	}
}

// churn has a member of each group come, go, or crash.
func (r *trial) churn(rnd *rand.Rand, crash bool) {
	r.t.Helper()
	r.event(true, func() time.Duration {
		var what []string
		var leaving sync.WaitGroup
		for _, f := range r.flocks {
			n := len(f.members)
			join, who := rnd.IntN(2) == 0, rnd.IntN(n)
			if n <= leastMembers || n < mostMembers && join && !crash {
				what = append(what, f.name+" +1")
				f.join()
				continue
			}
			if crash {
				what = append(what, f.name+" crash")
				f.crash(who)
				continue
			}
			what = append(what, f.name+" -1")
			leaving.Go(func() { f.leave(who) })
		}
		r.say("members: %s", strings.Join(what, ", "))
		leaving.Wait()
		return 0
	})
}

// fault has something happen to brokers.
func (r *trial) fault(rnd *rand.Rand, happen func(*rand.Rand) time.Duration) {
	r.t.Helper()
	r.faults.Add(1)
	r.event(false, func() time.Duration { return happen(rnd) })
	r.c.AwaitInSync(r.t, r.topic)
	r.c.AwaitInSync(r.t, offsetsTopic)
}

// killOne kills a broker, and measures how soon groups go on after what was lost has come back elsewhere.
func (r *trial) killOne(rnd *rand.Rand) time.Duration {
	b := r.c.Brokers()[rnd.IntN(brokers)]
	var moved []int32
	for p := range int32(partitions) {
		if r.c.Leader(r.t, r.topic, p) == b.ID() {
			moved = append(moved, p)
		}
	}
	coordinated := make(map[*flock]bool)
	for _, f := range r.flocks {
		coordinated[f] = r.c.Leader(r.t, offsetsTopic, offsetPartitionOf(f.name, r.offsetPartitions)) == b.ID()
	}
	r.say("broker %d is killed, which leads partitions %v", b.ID(), moved)
	killed := time.Now()
	b.Kill()
	for p := range int32(partitions) {
		r.awaitOther(p, b.ID())
	}
	r.awaitOtherCoordinators(b.ID())
	r.awaitFenced(b.ID(), killed)
	pass(backLimit)
	r.awaitProgress()
	var longest time.Duration
	for _, f := range r.flocks {
		at := r.returned(killed, b.ID(), r.topic, moved, f.name, coordinated[f])
		longest = max(longest, at.Sub(killed))
		took := time.Duration(0)
		for p := range int32(partitions) {
			took = max(took, f.firstSince(p, at).Sub(at))
		}
		r.say("  %s: all is back after %v (coordinator killed: %v), consumed again %v later", f.name,
			at.Sub(killed).Round(time.Millisecond), coordinated[f], took.Round(time.Millisecond))
		r.back = max(r.back, took)
	}
	b.Restart()
	return longest
}

// awaitOther returns when a partition is led by another broker.
func (r *trial) awaitOther(p int32, than int32) { r.awaitLeader(r.topic, p, than) }

func (r *trial) awaitOtherCoordinators(than int32) {
	for p := range r.offsetPartitions {
		r.awaitLeader(offsetsTopic, p, than)
	}
}

// awaitFenced returns when the controller has missed a broker, by the logs.
func (r *trial) awaitFenced(id int32, since time.Time) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), stuckLimit)
	defer cancel()
	for r.lastLogged(fenced(id), since).IsZero() {
		require.NoError(r.t, ctx.Err(), "broker %d is not fenced", id)
		pass(50 * time.Millisecond)
	}
}

func (r *trial) awaitLeader(topic string, p, than int32) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), stuckLimit)
	defer cancel()
	for r.c.Leader(r.t, topic, p) == than {
		require.NoError(r.t, ctx.Err(), "%s-%d is led by broker %d still", topic, p, than)
		pass(50 * time.Millisecond)
	}
}

func (r *trial) pauseOne(rnd *rand.Rand) time.Duration {
	still := between(rnd, time.Second, 10*time.Second)
	r.paused(r.c.Brokers()[rnd.IntN(brokers)], still)
	return still + brokerSession
}

func (r *trial) rollAll(*rand.Rand) time.Duration {
	began := time.Now()
	r.rolled(r.topic)
	return time.Since(began)
}

// cutOne has the connections with a broker cut, and, in one of two cases, refused for a while.
func (r *trial) cutOne(rnd *rand.Rand) time.Duration {
	id, refused, away := rnd.IntN(brokers), rnd.IntN(2) == 0, between(rnd, time.Second, 3*time.Second)
	p := r.proxies[id]
	if !refused {
		r.say("connections with broker %d are cut", id+1)
		p.CutAll()
		return 0
	}
	r.say("connections with broker %d are cut, and refused for %v", id+1, away.Round(time.Millisecond))
	p.Refuse(true)
	p.CutAll()
	pass(away)
	p.Refuse(false)
	return away
}

// electOthers has all partitions, those of commits too, led by other brokers.
func (r *trial) electOthers(*rand.Rand) time.Duration {
	r.say("all partitions get another leader")
	began := time.Now()
	admin, err := sarama.NewClusterAdmin(r.c.Addrs(), r.config("admin"))
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, admin.Close()) }()
	elect := make(map[string][]int32)
	for _, topic := range []string{r.topic, offsetsTopic} {
		described, err := admin.DescribeTopics([]string{topic})
		require.NoError(r.t, err)
		replicas := make([][]int32, len(described[0].Partitions))
		for _, p := range described[0].Partitions {
			others := make([]int32, 0, len(p.Replicas))
			for _, id := range p.Replicas {
				if id != p.Leader {
					others = append(others, id)
				}
			}
			replicas[p.ID] = append(others, p.Leader)
			elect[topic] = append(elect[topic], p.ID)
		}
		require.NoError(r.t, admin.AlterPartitionReassignments(topic, replicas))
	}
	results, err := admin.ElectLeaders(sarama.PreferredElection, elect)
	require.NoError(r.t, err)
	for topic, ps := range results {
		for p, result := range ps {
			if result.ErrorCode != sarama.ErrNoError {
				r.say("  %s-%d: %v", topic, p, result.ErrorCode)
			}
		}
	}
	return time.Since(began)
}

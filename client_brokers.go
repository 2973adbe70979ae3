package sarama

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/seed20e6684a/sarama/protocol"
)

// Brokers implements Client.
func (c *client) Brokers() []*Broker {
	return slices.AppendSeq([]*Broker{}, maps.Values(c.view.Load().brokers))
}

// Broker implements Client.
func (c *client) Broker(brokerID int32) (*Broker, error) {
	broker := c.view.Load().brokers[brokerID]
	if broker == nil {
		return nil, ErrBrokerNotFound
	}
	c.connect(broker)
	return broker, nil
}

// connect connects to a broker, unless it is not the cluster's any more: nobody would close that connection.
func (c *client) connect(broker *Broker) {
	if broker.isOpen() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view.Load().brokers[broker.ID()] == broker {
		_ = broker.Open(c.conf) // calls on the broker report why it failed
	}
}

// LeastLoadedBroker implements Client.
func (c *client) LeastLoadedBroker() *Broker {
	c.mu.Lock()
	defer c.mu.Unlock()
	broker := c.nextLocked()
	if broker != nil {
		_ = broker.Open(c.conf) // calls on the broker report why it failed
	}
	return broker
}

// nextLocked returns the broker to ask next, nil if there is none.
func (c *client) nextLocked() *Broker {
	if broker := leastLoaded(c.view.Load().brokers); broker != nil {
		return broker
	}
	return c.seeds.first()
}

// leastLoaded returns the broker with the fewest requests in flight, nil if there is none. Among equals it prefers one
// that is connected: of the others it is not known whether they can be.
func leastLoaded(brokers map[int32]*Broker) *Broker {
	var best *Broker
	least, connected := math.MaxInt, false
	for _, broker := range brokers {
		load, open := broker.load()
		if load < least || load == least && open && !connected {
			best, least, connected = broker, load, open
		}
	}
	return best
}

// eachBroker gives visit one broker after another, least loaded first, until one settles the matter. A broker with
// which visit fails without that is left out from then on, and is added to failed. When none is left the error wraps
// ErrOutOfBrokers and all that is in failed, and the brokers to start from are tried again next time. It is the same
// when ctx ends, but no broker is blamed.
func (c *client) eachBroker(ctx context.Context, failed *brokerFailures, visit func(*Broker) (settled bool, err error)) (settled bool, err error) {
	for {
		if ctx.Err() != nil {
			return c.Closed(), c.closedOr(Wrap(ErrOutOfBrokers, append(failed.causes(), context.Cause(ctx))...))
		}
		broker := c.LeastLoadedBroker()
		if broker == nil {
			break
		}
		settled, err := visit(broker)
		if settled {
			return true, err
		}
		failed.add(broker, err)
		if ctx.Err() != nil {
			c.passOver(broker)
			continue
		}
		c.putAside(broker)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Closed() {
		return true, ErrClosedClient
	}
	c.conf.log().Printf("client/brokers resurrecting %d dead seed brokers", len(c.seeds.dead))
	c.seeds.resurrect()
	return false, Wrap(ErrOutOfBrokers, failed.causes()...)
}

// brokerFailures is why brokers could not be asked, in the order in which they failed first. It may outlive an attempt:
// those that failed in an earlier one may not be known any more in the last.
type brokerFailures []brokerFailure

type brokerFailure struct {
	addr string
	err  error
}

// add takes down the latest failure of a broker.
func (f *brokerFailures) add(broker *Broker, err error) {
	failure := brokerFailure{broker.Addr(), brokerError(broker, err)}
	if i := slices.IndexFunc(*f, func(one brokerFailure) bool { return one.addr == failure.addr }); i >= 0 {
		(*f)[i] = failure
		return
	}
	*f = append(*f, failure)
}

func (f *brokerFailures) causes() []error {
	var causes []error
	for _, failure := range *f {
		causes = append(causes, failure.err)
	}
	return causes
}

// brokerError names the broker in an error, unless it does already.
func brokerError(broker *Broker, err error) error {
	var named *BrokerError
	if errors.As(err, &named) {
		return err
	}
	return &BrokerError{broker.Addr(), explain(stageUsed, nil, err)}
}

// putAside leaves out a broker that failed: until the metadata names it again, or, if it is one that the client started
// from, until all of those have failed.
func (c *client) putAside(broker *Broker) {
	c.mu.Lock()
	// Under its id there may be another by now.
	if c.view.Load().brokers[broker.ID()] == broker {
		c.conf.log().Printf("client/brokers deregistered broker #%d at %s", logBroker{broker}, logAddress{broker})
		c.setBrokersLocked(without(c.view.Load().brokers, broker.ID()))
	} else {
		c.seeds.putAside(broker)
	}
	c.mu.Unlock()
	_ = broker.Close()
}

// passOver puts a broker that did not answer in time behind the others that the client started from. It stays
// connected: whoever has more time may be waiting for its answers.
func (c *client) passOver(broker *Broker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seeds.passOver(broker)
}

func without(brokers map[int32]*Broker, id int32) map[int32]*Broker {
	brokers = maps.Clone(brokers)
	delete(brokers, id)
	return brokers
}

// setBrokersLocked replaces the known brokers.
func (c *client) setBrokersLocked(brokers map[int32]*Broker) {
	next := *c.view.Load()
	next.brokers = brokers
	c.view.Store(&next)
}

// retireLocked closes a broker that is not known any more, without waiting for it.
func (c *client) retireLocked(broker *Broker) {
	c.startLocked(func() {
		if err := broker.Close(); err != nil && !errors.Is(err, ErrNotConnected) {
			c.conf.log().Println("Error closing broker", logBroker{broker}, ":", err)
		}
	})
}

func (c *client) retireSeedsLocked() {
	for _, broker := range slices.Concat(c.seeds.alive, c.seeds.dead) {
		c.retireLocked(broker)
	}
	c.seeds = seedList{}
}

// RefreshBrokers implements Client.
func (c *client) RefreshBrokers(addrs []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Closed() {
		return ErrClosedClient
	}
	c.forgetBrokersLocked()
	c.retireSeedsLocked()
	c.seeds = newSeedList(addrs, c.meter())
	return nil
}

// rebootstrap goes back to the brokers that the client started from, when a broker of the metadata says that its
// cluster is not the client's (KIP-1102).
func (c *client) rebootstrap(broker *Broker) {
	if broker.ID() < 0 {
		return // it is one of those
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.Closed() {
		c.conf.log().Printf("client/brokers starting again from the seed brokers, as broker #%d at %s asks for", logBroker{broker}, logAddress{broker})
		c.forgetBrokersLocked()
		c.seeds.resurrect()
	}
}

func (c *client) forgetBrokersLocked() {
	for _, broker := range c.view.Load().brokers {
		c.retireLocked(broker)
	}
	c.setBrokersLocked(nil)
}

// brokerChange is what an answer changes about one broker: nil is none.
type brokerChange struct {
	before, after *Broker
}

// mergeBrokers returns the brokers of an answer, which is about all of them. Those whose address did not change stay as
// they are, since others would need new connections.
func mergeBrokers(known map[int32]*Broker, answer []*Broker) (map[int32]*Broker, []brokerChange) {
	merged := make(map[int32]*Broker, len(answer))
	var changes []brokerChange
	for _, broker := range answer {
		before := known[broker.ID()]
		if before != nil && before.Addr() == broker.Addr() {
			broker = before
		} else {
			changes = append(changes, brokerChange{before, broker})
		}
		merged[broker.ID()] = broker
	}
	for id, broker := range known {
		if merged[id] == nil {
			changes = append(changes, brokerChange{broker, nil})
		}
	}
	return merged, changes
}

// mergeBrokersLocked is mergeBrokers, which closes those that left.
func (c *client) mergeBrokersLocked(known map[int32]*Broker, answer []*Broker) map[int32]*Broker {
	merged, changes := mergeBrokers(known, answer)
	for _, change := range changes {
		c.noteLocked(change)
	}
	return merged
}

func (c *client) noteLocked(change brokerChange) {
	if change.after != nil {
		change.after.meter = c.meter()
	}
	switch before, after := change.before, change.after; {
	case before == nil:
		c.conf.debugLog().Printf("client/brokers registered new broker #%d at %s", logBroker{after}, logAddress{after})
	case after == nil:
		c.retireLocked(before)
		c.conf.log().Printf("client/broker remove invalid broker #%d with %s", logBroker{before}, logAddress{before})
	default:
		c.retireLocked(before)
		c.conf.log().Printf("client/brokers replaced registered broker #%d with %s", logBroker{after}, logAddress{after})
	}
}

// registerLocked makes a broker known that an answer names besides those of the metadata.
func (c *client) registerLocked(broker *Broker) {
	known := c.view.Load().brokers
	before := known[broker.ID()]
	if before != nil && before.Addr() == broker.Addr() {
		return
	}
	c.noteLocked(brokerChange{before, broker})
	brokers := make(map[int32]*Broker, len(known)+1)
	maps.Copy(brokers, known)
	brokers[broker.ID()] = broker
	c.setBrokersLocked(brokers)
}

// updateLeader takes a hint from an answer to a produce or fetch request: another leader of a partition, and where to
// reach it, nil if the answer does not tell (KIP-951).
func (c *client) updateLeader(topic string, partition int32, leaderID, epoch int32, endpoint *protocol.BrokerAddress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.view.Load().withLeader(topic, partition, leaderID, epoch)
	if next == nil {
		return
	}
	c.view.Store(next)
	if endpoint != nil && endpoint.ID == leaderID {
		c.registerLocked(newBrokerAt(endpoint))
	}
	c.conf.debugLog().Printf("client/metadata leader of %s/%d is broker #%d with epoch %d\n", logTopic(topic), logPartition(partition), logNode(leaderID), epoch)
}

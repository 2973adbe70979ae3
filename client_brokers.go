package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"strings"

	"golang.org/x/net/proxy"

	"github.com/seed20e6684a/sarama/protocol"
)

// seedList is the brokers that the client starts from: they need not be among those of the metadata, by id or by address.
// The first of those alive is asked; one that fails is dead until all are.
type seedList struct {
	alive, dead []*Broker
}

// newSeedList returns seeds in random order, so that many clients do not begin with the same.
func newSeedList(addrs []string) seedList {
	var s seedList
	for _, i := range rand.Perm(len(addrs)) {
		s.alive = append(s.alive, NewBroker(addrs[i]))
	}
	return s
}

func (s *seedList) first() *Broker {
	if len(s.alive) == 0 {
		return nil
	}
	return s.alive[0]
}

func (s *seedList) putAside(broker *Broker) {
	if i := slices.Index(s.alive, broker); i >= 0 {
		s.alive = slices.Delete(s.alive, i, i+1)
		s.dead = append(s.dead, broker)
	}
}

func (s *seedList) resurrect() {
	s.alive = append(s.alive, s.dead...)
	s.dead = nil
}

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
	c.open(broker)
	return broker, nil
}

// open connects to a broker, unless it is not the cluster's any more: nobody would close that connection.
func (c *client) open(broker *Broker) {
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
	broker := leastLoaded(c.view.Load().brokers)
	if broker == nil {
		broker = c.seeds.first()
	}
	if broker == nil {
		return nil
	}
	_ = broker.Open(c.conf)
	return broker
}

// leastLoaded returns the broker with the fewest requests in flight, nil if there is none. Among equals it prefers one that
// is connected: of the others it is not known whether they can be.
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

// eachBroker gives visit one broker after another, least loaded first, until one settles the matter. A broker with which
// visit fails without that is left out from then on. When none is left, or ctx ends, the error wraps ErrOutOfBrokers and why
// each of them failed, and the brokers to start from are tried again next time.
func (c *client) eachBroker(ctx context.Context, visit func(*Broker) (settled bool, err error)) (settled bool, err error) {
	var causes []error
	for {
		if c.Closed() {
			return true, ErrClosedClient
		}
		if ctx.Err() != nil {
			return false, Wrap(ErrOutOfBrokers, append(causes, context.Cause(ctx))...)
		}
		broker := c.LeastLoadedBroker()
		if broker == nil {
			break
		}
		settled, err := visit(broker)
		if settled {
			return true, err
		}
		causes = append(causes, brokerError(broker, err))
		c.putAside(broker)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	Logger.Printf("client/brokers resurrecting %d dead seed brokers", len(c.seeds.dead))
	c.seeds.resurrect()
	return false, Wrap(ErrOutOfBrokers, causes...)
}

// brokerError names the broker in an error, unless it does already.
func brokerError(broker *Broker, err error) error {
	var named *BrokerError
	if errors.As(err, &named) {
		return err
	}
	return &BrokerError{broker.Addr(), err}
}

// putAside leaves out a broker that failed: until the metadata names it again, or, if it is one that the client started
// from, until all of those have failed.
func (c *client) putAside(broker *Broker) {
	c.mu.Lock()
	// Under its id there may be another by now.
	if c.view.Load().brokers[broker.ID()] == broker {
		Logger.Printf("client/brokers deregistered broker #%d at %s", broker.ID(), broker.Addr())
		c.setBrokersLocked(without(c.view.Load().brokers, broker.ID()))
	} else {
		c.seeds.putAside(broker)
	}
	c.mu.Unlock()
	_ = broker.Close()
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
			Logger.Println("Error closing broker", broker.ID(), ":", err)
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
	c.seeds = newSeedList(addrs)
	return nil
}

// rebootstrap goes back to the brokers that the client started from, when a broker of the metadata says that its cluster
// is not the client's (KIP-1102).
func (c *client) rebootstrap(broker *Broker) {
	if broker.ID() < 0 {
		return // it is one of those
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.Closed() {
		Logger.Printf("client/brokers starting again from the seed brokers, as broker #%d at %s asks for", broker.ID(), broker.Addr())
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
	switch before, after := change.before, change.after; {
	case before == nil:
		DebugLogger.Printf("client/brokers registered new broker #%d at %s", after.ID(), after.Addr())
	case after == nil:
		c.retireLocked(before)
		Logger.Printf("client/broker remove invalid broker #%d with %s", before.ID(), before.Addr())
	default:
		c.retireLocked(before)
		Logger.Printf("client/brokers replaced registered broker #%d with %s", after.ID(), after.Addr())
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

// updateLeader takes a hint from an answer to a produce or fetch request: another leader of a partition, and where to reach
// it, nil if the answer does not tell (KIP-951).
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
	DebugLogger.Printf("client/metadata leader of %s/%d is broker #%d with epoch %d\n", topic, partition, leaderID, epoch)
}

// bootstrapAddresses returns the addresses to start from, canonical ones if the configuration says so.
func (c *client) bootstrapAddresses(addrs []string) ([]string, error) {
	if !c.conf.Net.ResolveCanonicalBootstrapServers {
		return addrs, nil
	}
	through := c.conf.dialer()
	return canonicalAddresses(c.ctx, &net.Resolver{
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if d, ok := through.(proxy.ContextDialer); ok {
				return d.DialContext(ctx, network, address)
			}
			return through.Dial(network, address)
		},
	}, addrs)
}

// nameResolver is the part of net.Resolver that is of use here.
type nameResolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// canonicalAddresses replaces each host by the names of its IP addresses, as Kerberos needs where one name stands for many
// brokers (KIP-235).
func canonicalAddresses(ctx context.Context, resolver nameResolver, addrs []string) ([]string, error) {
	var canonical []string
	for _, addr := range addrs {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("bootstrap address: %w", err)
		}
		ips, err := resolver.LookupHost(ctx, host)
		if err != nil {
			return nil, fmt.Errorf("bootstrap address %s: %w", addr, err)
		}
		for _, ip := range ips {
			names, err := resolver.LookupAddr(ctx, ip)
			if err != nil {
				return nil, fmt.Errorf("bootstrap address %s: %w", addr, err)
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("bootstrap address %s: %s has no name", addr, ip)
			}
			// Kerberos does not take names with the dot that ends them.
			name := net.JoinHostPort(strings.TrimSuffix(names[0], "."), port)
			if !slices.Contains(canonical, name) {
				canonical = append(canonical, name)
			}
		}
	}
	return canonical, nil
}

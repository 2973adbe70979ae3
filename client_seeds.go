package sarama

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"

	"golang.org/x/net/proxy"
)

// seedList is the brokers that the client starts from: they need not be among those of the metadata, by id or by
// address. The first of those alive is asked; one that fails is dead until all are.
type seedList struct {
	alive, dead []*Broker
}

// newSeedList returns seeds in random order, so that many clients do not begin with the same.
func newSeedList(addrs []string, meter *telemetryMeter) seedList {
	var s seedList
	for _, i := range rand.Perm(len(addrs)) {
		broker := NewBroker(addrs[i])
		broker.meter = meter
		s.alive = append(s.alive, broker)
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

func (s *seedList) passOver(broker *Broker) {
	if i := slices.Index(s.alive, broker); i >= 0 {
		s.alive = append(slices.Delete(s.alive, i, i+1), broker)
	}
}

func (s *seedList) resurrect() {
	s.alive = append(s.alive, s.dead...)
	s.dead = nil
}

// bootstrapAddresses returns the addresses to start from, canonical ones if the configuration says so.
func (c *client) bootstrapAddresses(addrs []string) ([]string, error) {
	if !c.conf.Net.ResolveCanonicalBootstrapServers {
		return addrs, nil
	}
	through := c.conf.dialer()
	return canonicalAddresses(c.ctx, &net.Resolver{
		PreferGo: c.conf.Net.Proxy.Enable, // the system's resolver would go past the proxy
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

// canonicalAddresses replaces each host by the names of its IP addresses, as Kerberos needs where one name stands for
// many brokers (KIP-235).
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

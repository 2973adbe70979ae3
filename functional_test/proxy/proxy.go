// Package proxy is a faulty link between a Kafka client and a broker. It reads frames, so that it can fail at a chosen
// request: the third Produce, the first answer to a Heartbeat.
//
//	p := proxy.New(t)
//	c := cluster.Start(t, cluster.Options{Listeners: []cluster.Listener{
//		{Name: "PROXY", Advertise: func(int32) string { return p.Addr() }}}})
//	p.Forward(c.Broker(1).ListenerAddr("PROXY"))
//	lost := p.Add(proxy.Fault{Key: protocol.KeyProduce, Skip: 2, Do: proxy.CutAnswer})
//	... produce through p.Addr() ...
//	<-lost.Hit()
//
// Frames inside TLS cannot be read.
package proxy

import (
	"errors"
	"net"
	"sync"
	"testing"
)

// Proxy listens for clients and forwards to one broker.
type Proxy struct {
	listener net.Listener
	wait     sync.WaitGroup // for the acceptor and all links

	mu       sync.Mutex // guards what follows
	upstream string
	refusing bool
	closed   bool
	faults   []*Armed
	links    map[*link]struct{}
	seen     map[int16]int // requests by API key
}

// New starts a proxy on loopback that ends with the test. Until Forward has named a broker it closes connections.
func New(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("starting a proxy: %v", err)
	}
	p := &Proxy{listener: l, links: make(map[*link]struct{}), seen: make(map[int16]int)}
	p.wait.Add(1)
	go p.accept()
	t.Cleanup(p.Close)
	return p
}

// Addr returns the host:port that the proxy listens on.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Forward names the broker for connections that come from now on.
func (p *Proxy) Forward(upstream string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.upstream = upstream
}

// Add arms a fault. Of several that match a request the one that was armed first applies.
func (p *Proxy) Add(f Fault) *Armed {
	a := &Armed{fault: f, proxy: p, hit: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, a)
	return a
}

// CutAll closes all connections there are.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

// LoseAll has the system lose all that comes over the connections there are, without a word to either end: they are half
// open. It is an error where the system cannot do that. The clients must be of this process.
func (p *Proxy) LoseAll() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all error
	for l := range p.links {
		if !l.lost {
			l.lost = true
			all = errors.Join(all, lose(l.client))
		}
	}
	return all
}

// Refuse makes the proxy close new connections at once, or no longer.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = refuse
}

// Seen returns how many requests of an API have come from clients, those that faults have stopped included.
func (p *Proxy) Seen(key int16) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key != AnyKey {
		return p.seen[key]
	}
	all := 0
	for _, n := range p.seen {
		all += n
	}
	return all
}

// Close ends the proxy and its connections. It may be called more than once.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.CutAll()
	p.wait.Wait()
}

// accept is the proxy's one acceptor; it ends with the listener.
func (p *Proxy) accept() {
	defer p.wait.Done()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if l := p.open(client); l != nil {
			go l.run()
		} else {
			client.Close()
		}
	}
}

// open registers a link for a client, or returns nil if there shall be none.
func (p *Proxy) open(client net.Conn) *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.upstream == "" || p.refusing || p.closed {
		return nil
	}
	l := &link{proxy: p, client: client, upstream: p.upstream, closed: make(chan struct{}), pending: make(map[int32]*Armed)}
	p.links[l] = struct{}{}
	p.wait.Add(1)
	return l
}

func (p *Proxy) drop(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
	p.wait.Done()
}

// match counts a request and returns the fault that applies to it, or nil.
func (p *Proxy) match(key int16) *Armed {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[key]++
	for _, a := range p.faults {
		if a.takesLocked(key) {
			return a
		}
	}
	return nil
}

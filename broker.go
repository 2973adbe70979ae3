package sarama

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/seed20e6684a/sarama/protocol"
)

// Broker is one broker of a cluster and the connection to it. Its methods send one request each and return the answer;
// they may be called concurrently, and requests are pipelined: up to Config.Net.MaxOpenRequests may be unanswered.
//
// A request's Version is lowered (or raised, where the broker has dropped old ones) to what the broker has, as far as
// Config.Version allows. Errors name the broker's address; errors.As finds a BrokerError in them.
type Broker struct {
	id   int32
	addr string
	rack *string

	meter   *telemetryMeter // of the client; nil without telemetry
	reading bool            // the connection is one of a consumer for itself

	lastCorrelationID atomic.Int32

	mu   sync.Mutex
	link *link // the last connection, also while it is being made and after it has failed; nil: never opened, or closed
}

// NewBroker returns a broker at an address, "host:port", without connecting to it: that is what Open is for.
func NewBroker(addr string) *Broker { return &Broker{id: -1, addr: addr} }

// newBrokerAt returns a broker as messages name it.
func newBrokerAt(a *protocol.BrokerAddress) *Broker {
	return &Broker{id: a.ID, addr: net.JoinHostPort(printable(a.Host), strconv.Itoa(int(a.Port))), rack: a.Rack}
}

// another returns the same broker with a connection of its own, not opened, for a consumer.
func (b *Broker) another() *Broker {
	return &Broker{id: b.id, addr: b.addr, rack: b.rack, meter: b.meter, reading: true}
}

// Open connects to the broker in the background, authentication included: it does not wait, but all other methods do.
// Connected tells how it went. A nil conf is NewConfig's.
//
// It returns a ConfigurationError, or ErrAlreadyConnected if the broker is connected or connecting. A connection that has
// failed or that the broker has closed may be opened again without Close.
func (b *Broker) Open(conf *Config) error {
	if conf == nil {
		conf = NewConfig()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.link != nil && b.link.usable() {
		return ErrAlreadyConnected
	}
	if err := conf.Validate(); err != nil {
		return err
	}
	b.connectLocked(conf)
	return nil
}

// connectLocked begins a connection in the place of the last one, which is of no use any more.
func (b *Broker) connectLocked(conf *Config) {
	if b.link != nil {
		b.link.abandon()
	}
	l := newLink(b, conf)
	b.link = l
	go withRecover(l.connect)
}

// Connected waits until an Open that is under way has succeeded or failed. It tells whether there is a connection; if there
// is none, but should be, also why: Open has failed, or the connection has ended since.
func (b *Broker) Connected() (bool, error) {
	l := b.lastLink()
	if l == nil {
		return false, nil
	}
	<-l.ready
	if err := l.failure(); err != nil {
		return false, err
	}
	return true, nil
}

// Close ends the connection, or the attempt to connect, and waits until it is gone; requests under way fail. It returns
// ErrNotConnected if the broker is not open.
func (b *Broker) Close() error {
	b.mu.Lock()
	l := b.link
	b.link = nil
	b.mu.Unlock()
	if l == nil {
		return ErrNotConnected
	}
	return l.close()
}

// ID returns the broker's id, or -1 if it is not known, as with NewBroker.
func (b *Broker) ID() int32 { return b.id }

// Addr returns the broker's host and port, as metadata has it or as given to NewBroker.
func (b *Broker) Addr() string { return b.addr }

// Rack returns the broker's rack (broker.rack, Kafka 0.10), empty if it has none or it is not known.
func (b *Broker) Rack() string {
	if b.rack == nil {
		return ""
	}
	return *b.rack
}

// ResponseSize returns how many requests await an answer.
func (b *Broker) ResponseSize() int {
	l := b.lastLink()
	if l == nil {
		return 0
	}
	<-l.ready
	if l.failure() != nil {
		return 0
	}
	return l.conn.InFlight()
}

// TLSConnectionState returns the state of the connection's TLS, once connected; ok is false if there is no connection, or
// it has no TLS.
func (b *Broker) TLSConnectionState() (state tls.ConnectionState, ok bool) {
	l := b.lastLink()
	if l == nil {
		return state, false
	}
	<-l.ready
	if l.tls == nil || l.failure() != nil {
		return state, false
	}
	return l.tls.ConnectionState(), true
}

func (b *Broker) lastLink() *link {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.link
}

// connected returns the connection to send a request on: it waits while it is being made and while the broker throttles,
// until ctx ends. A connection that was lost while nothing was under way, mostly since the broker closes idle ones
// (connections.max.idle.ms), is made again rather than having a request fail for it.
func (b *Broker) connected(ctx context.Context) (*link, error) {
	l, err := b.readyLink(ctx)
	if err == nil && l.conn.Probe() {
		l, err = b.readyLink(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := l.throttle.wait(ctx, l.ctx); err != nil {
		return nil, b.wrap(err)
	}
	return l, nil
}

// readyLink returns the connection, once it is made.
func (b *Broker) readyLink(ctx context.Context) (*link, error) {
	l, err := b.currentLink()
	if err != nil {
		return nil, err
	}
	select {
	case <-l.ready:
	default:
		select {
		case <-l.ready:
		case <-ctx.Done():
			return nil, b.wrap(context.Cause(ctx))
		}
	}
	if l.err != nil {
		return nil, l.err
	}
	return l, nil
}

func (b *Broker) currentLink() (*link, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.link == nil {
		return nil, ErrNotConnected
	}
	if b.link.endedIdle() {
		b.link.conf.debugLog().Printf("Reconnecting to broker %s, connection was lost while idle: %s\n", logAddress{b}, b.link.conn.Err())
		b.connectLocked(b.link.conf)
	}
	return b.link, nil
}

func (b *Broker) correlationID() int32 { return b.lastCorrelationID.Add(1) - 1 }

// wrap names the broker in an error, unless that has it already.
func (b *Broker) wrap(err error) error {
	if named, ok := err.(*BrokerError); ok && named.Addr == b.addr {
		return err
	}
	return &BrokerError{Addr: b.addr, Err: frameCause(err)}
}

// wrapAPI names the broker and the request in an error.
func (b *Broker) wrapAPI(key, version int16, err error) error {
	return &BrokerError{Addr: b.addr, Err: &apiError{key, version, frameCause(err)}}
}

// isOpen tells whether the broker is connected or connecting.
func (b *Broker) isOpen() bool {
	l := b.lastLink()
	return l != nil && l.usable()
}

// isPrompt tells whether a small request would be written without waiting: nothing else is under way, and nothing is to be done
// before. It does not wait.
func (b *Broker) isPrompt() bool {
	l := b.lastLink()
	return l != nil && l.isReady() && l.failure() == nil && l.conn.InFlight() == 0 &&
		!l.throttle.pending.Load() && !l.session.limited.Load()
}

// load returns how many requests await an answer, and whether the broker is connected. It does not wait.
func (b *Broker) load() (inFlight int, open bool) {
	l := b.lastLink()
	if l == nil || !l.isReady() || l.failure() != nil {
		return 0, false
	}
	return l.conn.InFlight(), true
}

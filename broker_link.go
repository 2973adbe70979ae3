package sarama

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/proxy"

	"github.com/seed20e6684a/sarama/internal/conn"
)

// link is one connection to a broker, from the dial to its end. What ready guards does not change after it.
type link struct {
	broker *Broker
	conf   *Config
	ctx    context.Context // ends with the link
	cancel context.CancelCauseFunc

	ready    chan struct{} // closed when the connection is made, or has failed
	err      error         // after ready: why it could not be made
	conn     *conn.Conn    // after ready, if err is nil
	tls      *tls.Conn     // after ready; nil without TLS
	versions versionRanges // after ready
	txnLevel int16         // after ready: the cluster's feature transaction.version, -1 if the broker did not tell
	metrics  *brokerMetrics
	session  session

	mechanism SASLMechanism // of SASL; after ready
	stage     linkStage     // before ready: how far it has come
	bare      net.Conn      // before ready: while authentication needs it without frames
	setUpWith uint64        // after ready: how many answers that took
	made      atomic.Bool   // the connection's end is the link's from now on

	throttle throttle
}

func newLink(b *Broker, conf *Config) *link {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &link{broker: b, conf: conf, ctx: ctx, cancel: cancel, ready: make(chan struct{}), txnLevel: -1}
}

// errConnectingPanicked is for a dialer or another callback that panicked.
var errConnectingPanicked = errors.New("connecting ended by a panic")

// connect makes the connection. One per link; owns the link until ready; ends when it is closed.
func (l *link) connect() {
	l.err = errConnectingPanicked
	defer func() {
		if l.err != nil {
			if l.ctx.Err() != nil && (l.conn == nil || l.conn.Err() == nil) {
				l.err = context.Cause(l.ctx) // closed meanwhile: what that led to is of no interest
			}
			l.err = l.broker.wrap(explain(l.stage, l.conf, l.err))
			l.cancel(l.err)
			if l.conn != nil {
				_ = l.conn.Close()
			}
		}
		close(l.ready)
	}()
	if l.err = l.establish(); l.err != nil {
		return
	}
	l.broker.meter.connected(l.broker.reading)
	l.setUpWith = l.conn.Answers()
	l.made.Store(true)
	if err := l.conn.Err(); err != nil { // its end was not told to the link then
		l.cancel(err)
	}
	if l.broker.id >= 0 {
		l.conf.debugLog().Printf("Connected to broker at %s (registered as #%d)\n", logAddress{l.broker}, logBroker{l.broker})
	} else {
		l.conf.debugLog().Printf("Connected to broker at %s (unregistered)\n", logAddress{l.broker})
	}
}

// establish dials and sets the connection up. If the broker does not have the SASL mechanism it ends the connection, and the
// next best needs another.
func (l *link) establish() error {
	configured := l.conf.mechanisms()
	for l.mechanism = configured[0]; ; {
		l.stage = stageDial
		nc, err := l.dial()
		if err != nil {
			if l.ctx.Err() == nil {
				l.conf.log().Printf("Failed to connect to broker %s: %s\n", logAddress{l.broker}, explain(l.stage, l.conf, err))
			}
			return err
		}
		if err = l.setUp(nc); err == nil {
			return nil
		}
		next, ok := nextMechanism(configured, err, l.knowsPeer())
		if !ok || l.ctx.Err() != nil {
			return err
		}
		l.conf.debugLog().Printf("Broker %s has no SASL mechanism %s, trying %s\n", logAddress{l.broker}, l.mechanism, next)
		if l.conn != nil {
			_ = l.conn.Close()
			l.conn, l.versions = nil, nil
		}
		l.mechanism = next
	}
}

// dial connects, TLS included, within Config.Net.DialTimeout.
func (l *link) dial() (net.Conn, error) {
	ctx := l.ctx
	if timeout := l.conf.Net.DialTimeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	nc, err := dialContext(ctx, l.conf.dialer(), l.broker.addr)
	if err != nil || !l.conf.Net.TLS.Enable {
		return nc, err
	}
	l.stage = stageTLS
	secure := tls.Client(nc, tlsConfigFor(l.broker.addr, l.conf.Net.TLS.Config))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	l.tls = secure
	return secure, nil
}

// dialContext dials with a dialer that may not know contexts; such a dial is left to itself when ctx ends.
func dialContext(ctx context.Context, dialer proxy.Dialer, addr string) (net.Conn, error) {
	if d, ok := dialer.(proxy.ContextDialer); ok {
		return d.DialContext(ctx, "tcp", addr)
	}
	return await(ctx, func() (net.Conn, error) { return dialer.Dial("tcp", addr) }, func(nc net.Conn) { _ = nc.Close() })
}

// tlsConfigFor is the configuration for one broker: where the name to verify is left open, it is the broker's host.
func tlsConfigFor(addr string, config *tls.Config) *tls.Config {
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName != "" {
		return config
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		Logger.Printf("failed to get ServerName from addr %s: %s\n", addr, err)
	}
	config = config.Clone()
	config.ServerName = host
	return config
}

// setUp does what precedes the first request: it asks for versions (KIP-511: before authentication) and authenticates.
func (l *link) setUp(nc net.Conn) error {
	l.stage = stageVersions
	bare := l.conf.Net.SASL.Enable && l.saslVersion() == SASLHandshakeV0
	if bare {
		l.stage = stageSASL
		if err := l.authenticateBare(nc); err != nil {
			cutOff(nc)
			l.logRefused(SASLHandshakeV0, err, nil)
			return err
		}
	}
	l.metrics = newBrokerMetrics(l.conf.MetricRegistry, l.broker.id)
	l.conn = conn.New(nc, l.options(nc))
	if l.conf.ApiVersionsRequest {
		if err := l.askVersions(); err != nil {
			return err
		}
	}
	if l.conf.Net.SASL.Enable && !bare {
		if l.conf.ApiVersionsRequest {
			l.stage = stageSASL
		}
		if err := l.authenticate(l.ctx); err != nil {
			l.logRefused(SASLHandshakeV1, err, l.conn.Close())
			return err
		}
	}
	return nil
}

func (l *link) options(nc net.Conn) conn.Options {
	options := conn.Options{
		ReadTimeout:  l.conf.Net.ReadTimeout,
		WriteTimeout: l.conf.Net.WriteTimeout,
		MaxInFlight:  l.conf.Net.MaxOpenRequests,
		MaxFrame:     l.maxFrame,
		Go:           func(read func()) { go withRecover(read) },
		Ended:        l.ended,
		AwaitedOnly:  l.conf.Net.Proxy.Enable && !alwaysReadable(nc),
	}
	if l.conf.Net.UnreachableTimeout > 0 {
		options.Host, options.Silence = conn.HostOf(nc, l.conf.Net.KeepAlive), l.conf.Net.UnreachableTimeout
	}
	switch meter := l.broker.meter; {
	case meter != nil:
		options.Observer = &linkObserver{l.metrics, meter, l.broker.id, l.broker.reading}
	case l.metrics != nil:
		options.Observer = l.metrics
	}
	return options
}

// alwaysReadable tells whether a Read of a connection that waits holds up nobody: the dialers of users may return anything, such
// as a connection that holds a lock over Read which its Write, or the Read of another, needs too.
func alwaysReadable(nc net.Conn) bool {
	if secure, ok := nc.(*tls.Conn); ok {
		return alwaysReadable(secure.NetConn())
	}
	kind := reflect.TypeOf(nc)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	// Those of the packages net and, for SOCKS5, golang.org/x/net/proxy.
	return kind.PkgPath() == "net" || kind.PkgPath() == "golang.org/x/net/internal/socks"
}

// maxFrame is the largest answer that is read: of a peer that may be anybody still, not more than what setting up takes.
func (l *link) maxFrame() int32 {
	if l.made.Load() {
		return MaxResponseSize
	}
	return min(MaxResponseSize, maxEarlyAnswer)
}

// ended is told when the connection is gone, on its reader's goroutine.
func (l *link) ended(err error) {
	if l.made.Load() && !errors.Is(err, conn.ErrClosed) {
		l.conf.debugLog().Printf("Connection to broker %s ended: %s\n", logAddress{l.broker}, err)
	}
	l.metrics.close()
	if l.made.Load() {
		l.cancel(err)
	}
}

// isReady reports whether the connection is made or has failed.
func (l *link) isReady() bool {
	select {
	case <-l.ready:
		return true
	default:
		return false
	}
}

// usable reports whether the link is connected or on the way to it.
func (l *link) usable() bool { return !l.isReady() || l.failure() == nil }

// failure returns why there is no connection; nil if there is one. The link is ready.
func (l *link) failure() error {
	if l.err != nil {
		return l.err
	}
	if err := l.conn.Err(); err != nil {
		return l.wrap(err)
	}
	return nil
}

// wrap is Broker.wrap with what is known of the connection.
func (l *link) wrap(err error) error {
	return l.broker.wrap(explain(l.stageNow(), l.conf, frameCause(err)))
}

// wrapAPI is Broker.wrapAPI with what is known of the connection.
func (l *link) wrapAPI(key, version int16, err error) error {
	return l.broker.wrapAPI(key, version, explain(l.stageNow(), l.conf, frameCause(err)))
}

func (l *link) stageNow() linkStage {
	switch {
	case !l.isReady():
		return l.stage
	case l.err == nil && l.conn.Answers() == 0:
		return stageVersions
	case l.err == nil && l.conn.Answers() == l.setUpWith && l.broker.id < 0: // else another has named it, and was of use
		return stageFirst
	}
	return stageUsed
}

// endedIdle reports whether the connection was made and has been lost without a request that was told.
func (l *link) endedIdle() bool {
	if !l.isReady() || l.err != nil {
		return false
	}
	select {
	case <-l.conn.Dead():
		return l.conn.EndedIdle()
	default:
		return false
	}
}

// abandon frees what a link of no use holds.
func (l *link) abandon() { l.cancel(ErrNotConnected) }

// close ends the link and waits until it is gone.
func (l *link) close() error {
	l.cancel(ErrNotConnected)
	<-l.ready
	if errors.Is(l.err, ErrNotConnected) { // on its way, until now
		return nil
	}
	if l.err != nil {
		return ErrNotConnected
	}
	defer l.session.wait()
	if l.conn.Err() != nil && !l.conn.EndedIdle() {
		_ = l.conn.Close()
		return ErrNotConnected
	}
	if err := l.conn.Close(); err != nil {
		l.conf.log().Printf("Error while closing connection to broker %s: %s\n", logAddress{l.broker}, err)
		return l.broker.wrap(err)
	}
	l.conf.debugLog().Printf("Closed connection to broker %s\n", logAddress{l.broker})
	return nil
}

// throttle is until when a broker wants no requests (KIP-219).
type throttle struct {
	pending atomic.Bool // until is to be looked at
	mu      sync.Mutex
	until   time.Time
}

// set delays the next requests by d from now.
func (t *throttle) set(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := time.Now().Add(d); until.After(t.until) {
		t.until = until
	}
	t.pending.Store(true)
}

// wait waits until the broker wants requests again; the first of the contexts to end is why it did not.
func (t *throttle) wait(ctx, link context.Context) error {
	for t.pending.Load() {
		t.mu.Lock()
		left := time.Until(t.until)
		if left <= 0 {
			t.pending.Store(false)
		}
		t.mu.Unlock()
		if left <= 0 {
			return nil
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-link.Done():
			timer.Stop()
			return context.Cause(link)
		}
	}
	return nil
}

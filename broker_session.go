package sarama

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

// session is how long a connection is authenticated, where brokers limit that (connections.max.reauth.ms, KIP-368).
// Brokers want no other request between the messages of a renewal: who sends one is a sender meanwhile.
type session struct {
	limited atomic.Bool // there is a limit: all below is of interest

	mu      sync.Mutex // guards what follows
	renewAt time.Time
	renewal *renewal // that is under way; nil: there is none
	senders int
	quiet   chan struct{} // closed when there are no senders left; nil: nobody waits for that
}

// renewal is one renewal of a session.
type renewal struct {
	over chan struct{} // closed when err is set
	err  error
}

// begin notes that a session has begun; a lifetime of 0 has no limit.
func (s *session) begin(lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// In its last sixth, and not when all other connections renew theirs.
	s.renewAt = time.Now().Add(time.Duration(float64(lifetime) * (0.85 + 0.1*rand.Float64())))
	s.limited.Store(lifetime > 0)
}

// enter makes the caller a sender, until it calls leave. If it is time, it has the session renewed before; others wait for that, too.
// Whoever leaves with ctx does not end the renewal: the connection is of no use after half of one.
func (s *session) enter(ctx context.Context, renew func() error) error {
	for {
		s.mu.Lock()
		if s.renewal == nil {
			if due := s.limited.Load() && !time.Now().Before(s.renewAt); !due {
				s.senders++
				s.mu.Unlock()
				return nil
			}
			s.renewLocked(renew)
		}
		under := s.renewal
		s.mu.Unlock()
		select {
		case <-under.over:
			if under.err != nil {
				return under.err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// renewLocked begins a renewal, which waits until there are no senders: they wait for the connection, or are gone with it.
func (s *session) renewLocked(renew func() error) {
	under := &renewal{over: make(chan struct{}), err: errConnectingPanicked}
	quiet := make(chan struct{})
	if s.renewal = under; s.senders == 0 {
		close(quiet)
	} else {
		s.quiet = quiet
	}
	// One per renewal; owns it; ends when the session is renewed, or its connection has ended.
	go withRecover(func() {
		defer func() {
			s.mu.Lock()
			s.renewal = nil
			s.mu.Unlock()
			close(under.over)
		}()
		<-quiet
		under.err = renew()
	})
}

// wait waits until no renewal is under way.
func (s *session) wait() {
	s.mu.Lock()
	under := s.renewal
	s.mu.Unlock()
	if under != nil {
		<-under.over
	}
}

func (s *session) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.senders--; s.senders == 0 && s.quiet != nil {
		close(s.quiet)
		s.quiet = nil
	}
}

// authenticates tells whether a request is one of those that a session begins and is renewed with.
func authenticates(key int16) bool {
	return key == protocol.KeySaslHandshake || key == protocol.KeySaslAuthenticate
}

// submit is conn.Conn.Send, with a renewal of the session before if it is time for that.
func (l *link) submit(ctx context.Context, key int16, frame net.Buffers, id int32, opts conn.SendOptions,
	done func(frame []byte, err error),
) (attend bool) {
	l.metrics.request(key)
	if !authenticates(key) && l.session.limited.Load() {
		if err := l.session.enter(ctx, l.renewSession); err != nil {
			done(nil, &conn.Failure{State: conn.Unwritten, Err: err})
			return false
		}
		defer l.session.leave()
	}
	return l.conn.Send(ctx, frame, id, opts, done)
}

// renewSession authenticates again. Without, the broker would end the connection soon, with requests under way.
func (l *link) renewSession() error {
	err := l.authenticate(l.ctx)
	if err != nil {
		l.logRefused(l.saslVersion(), err, l.conn.Close())
	}
	return err
}

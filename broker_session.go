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

	mu      sync.Mutex
	renewAt time.Time
	renewal chan struct{} // closed when the renewal that is under way is over; nil: there is none
	senders int
	quiet   chan struct{} // closed when there are no senders left; nil: nobody waits for that
}

// begin notes that a session has begun; a lifetime of 0 has no limit.
func (s *session) begin(lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// In its last sixth, and not when all other connections renew theirs.
	s.renewAt = time.Now().Add(time.Duration(float64(lifetime) * (0.85 + 0.1*rand.Float64())))
	s.limited.Store(lifetime > 0)
}

// enter makes the caller a sender, until it calls leave. If it is time, it renews the session before; others wait for that.
func (s *session) enter(ctx context.Context, renew func(context.Context) error) error {
	for {
		s.mu.Lock()
		under, due := s.renewal, !time.Now().Before(s.renewAt) && s.limited.Load()
		switch {
		case under == nil && !due:
			s.senders++
			s.mu.Unlock()
			return nil
		case under == nil:
			if err := s.renewLocked(ctx, renew); err != nil {
				return err
			}
		default:
			s.mu.Unlock()
			select {
			case <-under:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

// renewLocked waits until there are no senders and renews. It is called with mu held and returns without.
func (s *session) renewLocked(ctx context.Context, renew func(context.Context) error) error {
	over := make(chan struct{})
	s.renewal = over
	quiet := make(chan struct{})
	if s.senders == 0 {
		close(quiet)
	} else {
		s.quiet = quiet
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.renewal, s.quiet = nil, nil
		s.mu.Unlock()
		close(over)
	}()
	select {
	case <-quiet:
		return renew(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
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

// submit is conn.Conn.Send, with a renewal of the session before if it is time for that.
func (l *link) submit(ctx context.Context, key int16, frame net.Buffers, id int32, opts conn.SendOptions,
	done func(frame []byte, err error),
) (attend bool) {
	l.metrics.request(key)
	renewing := key == protocol.KeySaslHandshake || key == protocol.KeySaslAuthenticate
	if !renewing && l.session.limited.Load() {
		if err := l.session.enter(ctx, l.renewSession); err != nil {
			done(nil, &conn.Failure{State: conn.Unwritten, Err: err})
			return false
		}
		defer l.session.leave()
	}
	return l.conn.Send(ctx, frame, id, opts, done)
}

// renewSession authenticates again. Without, the broker would end the connection soon, with requests under way.
func (l *link) renewSession(ctx context.Context) error {
	err := l.authenticate(ctx)
	if err != nil {
		l.logRefused(l.saslVersion(), err, l.conn.Close())
	}
	return err
}

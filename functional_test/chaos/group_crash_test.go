package chaos

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama"
)

// lifeline makes a member's connections, until it is cut: from then on the member is as good as dead to brokers, which do not
// hear that it leaves.
type lifeline struct {
	dialer net.Dialer

	mu    sync.Mutex // guards what follows
	conns []net.Conn
	cut   bool
}

var errCut = errors.New("the lifeline is cut")

// through has a configuration's connections made by a lifeline of its own.
func through(conf *sarama.Config) *lifeline {
	l := &lifeline{dialer: net.Dialer{Timeout: conf.Net.DialTimeout}}
	conf.Net.Proxy.Enable, conf.Net.Proxy.Dialer = true, l
	return l
}

// Dial implements proxy.Dialer.
func (l *lifeline) Dial(network, addr string) (net.Conn, error) {
	conn, err := l.dialer.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return nil, errors.Join(errCut, conn.Close())
	}
	l.conns = append(l.conns, conn)
	return conn, nil
}

func (l *lifeline) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for _, conn := range l.conns {
		_ = conn.Close() // some are closed already
	}
}

// crash has a member be gone without a word: nothing that it says arrives, nothing is given to it. What it was is swept up
// afterwards.
func (f *flock) crash(i int) {
	m := f.remove(i)
	f.crashed++
	m.lifeline.end()
	m.dead.Store(true)
	f.swept.Go(func() { f.bury(m) })
}

// bury closes what a member holds, whether it left or is dead.
func (f *flock) bury(m *member) {
	if err := m.group.Close(); err != nil {
		f.failed(err)
	}
	m.cancel()
	select {
	case <-m.done:
	case <-time.After(settleLimit):
		f.t.Errorf("%s: Consume has not returned %v after Close", f.name, settleLimit)
	}
}

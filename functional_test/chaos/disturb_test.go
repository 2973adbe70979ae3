package chaos

import (
	"math/rand/v2"
	"time"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/functional_test/proxy"
	"github.com/seed20e6684a/sarama/protocol"
)

// disturb does one thing after another to brokers and connections, and leaves everything whole.
func (s *stage) disturb(span time.Duration, seed uint64, topic string) {
	rnd := rand.New(rand.NewPCG(seed, seed))
	end := time.Now().Add(span)
	for time.Now().Before(end) {
		s.faults.Add(1)
		b := s.c.Brokers()[rnd.IntN(brokers)]
		switch rnd.IntN(10) {
		case 0, 1:
			s.killed(b, between(rnd, 0, 6*time.Second))
			s.c.AwaitInSync(s.t, topic)
		case 2, 3:
			s.paused(b, between(rnd, time.Second, 12*time.Second))
			s.c.AwaitInSync(s.t, topic)
		case 4:
			if rnd.IntN(3) == 0 {
				s.rolled(topic)
			}
		default:
			s.disconnected(rnd, s.proxies[b.ID()-1], b)
		}
		pass(between(rnd, 200*time.Millisecond, 2*time.Second))
	}
}

func between(rnd *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(rnd.Int64N(int64(most-least)))
}

// pass lets time pass: what happens in it is up to the brokers.
func pass(d time.Duration) { <-time.After(d) }

// killed has a broker end by kill -9, and come back after a while.
func (s *stage) killed(b *cluster.Broker, away time.Duration) {
	s.say("broker %d is killed, back after %v", b.ID(), away.Round(time.Millisecond))
	b.Kill()
	pass(away)
	b.Restart()
}

// paused has a broker stand still, connections open.
func (s *stage) paused(b *cluster.Broker, still time.Duration) {
	s.say("broker %d stands still for %v", b.ID(), still.Round(time.Millisecond))
	b.Pause()
	pass(still)
	b.Resume()
}

// rolled restarts all brokers, one after another, in good order.
func (s *stage) rolled(topic string) {
	s.say("rolling restart")
	for _, b := range s.c.Brokers() {
		b.Restart()
		s.c.AwaitInSync(s.t, topic)
	}
}

// disconnected has something happen to the connections with a broker.
func (s *stage) disconnected(rnd *rand.Rand, p *proxy.Proxy, b *cluster.Broker) {
	keys := []int16{
		protocol.KeyProduce, protocol.KeyProduce, protocol.KeyEndTxn, protocol.KeyInitProducerId, protocol.KeyAddPartitionsToTxn,
		proxy.AnyKey,
	}
	key := keys[rnd.IntN(len(keys))]
	name := "any request"
	if key != proxy.AnyKey {
		name = protocol.Name(key)
	}
	switch rnd.IntN(6) {
	case 0:
		s.say("connections with broker %d are cut", b.ID())
		p.CutAll()
	case 1:
		s.say("connections with broker %d are cut, and refused for a while", b.ID())
		p.Refuse(true)
		p.CutAll()
		pass(between(rnd, time.Second, 4*time.Second))
		p.Refuse(false)
	case 2:
		s.armed(p, proxy.Fault{Key: key, Do: proxy.CutAnswer, Bytes: rnd.IntN(20), Count: 1 + rnd.IntN(3)},
			"broker %d acts on %s, and the connection is cut in the answer", b.ID(), name)
	case 3:
		s.armed(p, proxy.Fault{Key: key, Do: proxy.CutRequest, Bytes: rnd.IntN(40), Count: 1 + rnd.IntN(3)},
			"the connection with broker %d is cut in %s", b.ID(), name)
	case 4:
		s.armed(p, proxy.Fault{Key: key, Do: proxy.SwallowAnswer}, "an answer of broker %d to %s is lost, the connection stays", b.ID(), name)
	case 5:
		s.halfOpen(p, b, between(rnd, time.Second, 8*time.Second))
	}
}

// armed leaves a fault in place until it has been applied, or two seconds.
func (s *stage) armed(p *proxy.Proxy, f proxy.Fault, format string, args ...any) {
	s.say(format, args...)
	a := p.Add(f)
	select {
	case <-a.Hit():
	case <-time.After(2 * time.Second):
	}
	a.Remove()
}

// halfOpen has connections with a broker stay, and nothing come through.
func (s *stage) halfOpen(p *proxy.Proxy, b *cluster.Broker, dead time.Duration) {
	s.say("connections with broker %d are dead for %v", b.ID(), dead.Round(time.Millisecond))
	a := p.Add(proxy.Fault{Key: proxy.AnyKey, Do: proxy.SwallowRequest, Count: -1})
	pass(dead)
	a.Remove()
	p.CutAll()
}

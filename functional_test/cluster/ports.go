package cluster

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
)

// Ports of brokers lie below those that the system gives to outgoing connections: one of these would take a broker's
// port while the broker is down.
const (
	lowestPort  = 15000
	highestPort = 32700
)

// ports are numbers that no other test uses. Each is claimed by listening on another loopback address, so that it
// stays free on 127.0.0.1 for a broker, which may come and go.
type ports struct{ claims []io.Closer }

// claim returns a port that is free on 127.0.0.1.
func (p *ports) claim() (int, error) {
	for range 1000 {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		probe, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		claim, err := net.Listen("tcp", fmt.Sprintf("127.77.0.1:%d", port))
		probe.Close()
		switch {
		case err == nil:
			p.claims = append(p.claims, claim)
		case onlyOneLoopback(): // then the probe has to do
		default:
			continue
		}
		return port, nil
	}
	return 0, fmt.Errorf("no free port between %d and %d", lowestPort, highestPort)
}

// onlyOneLoopback tells whether the system, unlike Linux, has no loopback address but 127.0.0.1.
func onlyOneLoopback() bool {
	l, err := net.Listen("tcp", "127.77.0.1:0")
	if err == nil {
		l.Close()
	}
	return err != nil
}

func (p *ports) release() {
	for _, claim := range p.claims {
		claim.Close()
	}
	p.claims = nil
}

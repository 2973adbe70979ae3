package proxy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

const maxFrame = 256 << 20

var errCut = errors.New("cut by a fault")

// link is one client's connection and its counterpart to the broker.
type link struct {
	proxy    *Proxy
	client   net.Conn
	upstream string
	closed   chan struct{} // ends holds
	lost     bool          // by Proxy.LoseAll; guarded by Proxy.mu

	mu      sync.Mutex // guards what follows
	broker  net.Conn
	ended   bool
	pending map[int32]*Armed // by correlation id: what happens to the answer
}

// run carries bytes both ways until one side closes or a fault does.
func (l *link) run() {
	defer l.proxy.drop(l)
	defer l.cut()
	broker, err := net.Dial("tcp", l.upstream)
	if err != nil {
		return
	}
	if !l.connected(broker) {
		broker.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		defer l.cut()
		_ = carry(l.client, broker, l.request) // the client sees it as a closed connection, which is all there is to tell
	})
	both.Go(func() {
		defer l.cut()
		_ = carry(broker, l.client, l.answer)
	})
	both.Wait()
}

// connected tells whether the link is still wanted.
func (l *link) connected(broker net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broker = broker
	return !l.ended
}

// cut closes both sides, so that whoever reads or writes returns.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	close(l.closed)
	l.client.Close()
	if l.broker != nil {
		l.broker.Close()
	}
}

// carry reads frames and writes what judge leaves of each. A judge that returns an error ends the link after that.
func carry(from io.Reader, to io.Writer, judge func(frame []byte) ([]byte, error)) error {
	r := bufio.NewReader(from)
	for {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(size[:])
		if n > maxFrame {
			return fmt.Errorf("a frame of %d bytes", n)
		}
		frame := make([]byte, 4+n)
		copy(frame, size[:])
		if _, err := io.ReadFull(r, frame[4:]); err != nil {
			return err
		}
		passing, verdict := judge(frame)
		if _, err := to.Write(passing); err != nil {
			return err
		}
		if verdict != nil {
			return verdict
		}
	}
}

// request judges a frame from the client: size, API key, version, correlation id. Shorter ones, as the bare tokens after
// the first version of the SASL handshake may be, belong to no API.
func (l *link) request(frame []byte) ([]byte, error) {
	key := AnyKey
	if len(frame) >= 12 {
		key = int16(binary.BigEndian.Uint16(frame[4:]))
	}
	a := l.proxy.match(key)
	if a == nil {
		return frame, nil
	}
	if a.fault.Do.onAnswer() {
		if len(frame) >= 12 {
			l.mu.Lock()
			l.pending[correlation(frame[8:])] = a
			l.mu.Unlock()
		}
		return frame, nil
	}
	return l.apply(a, frame)
}

// answer judges a frame from the broker: size, correlation id.
func (l *link) answer(frame []byte) ([]byte, error) {
	if len(frame) < 8 {
		return frame, nil
	}
	id := correlation(frame[4:])
	l.mu.Lock()
	a := l.pending[id]
	delete(l.pending, id)
	l.mu.Unlock()
	if a == nil {
		return frame, nil
	}
	return l.apply(a, frame)
}

func (l *link) apply(a *Armed, frame []byte) ([]byte, error) {
	a.applied()
	switch a.fault.Do {
	case CutRequest, CutAnswer:
		return frame[:min(a.fault.Bytes, len(frame))], errCut
	case SwallowRequest, SwallowAnswer:
		return nil, nil
	case HoldRequest, HoldAnswer:
		select {
		case <-a.fault.Until:
			return frame, nil
		case <-l.closed:
			return nil, errCut
		}
	default:
		panic(fmt.Sprintf("proxy: Fault.Do is %d", a.fault.Do))
	}
}

func correlation(b []byte) int32 { return int32(binary.BigEndian.Uint32(b)) }

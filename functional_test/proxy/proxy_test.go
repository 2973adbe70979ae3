package proxy

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
	"github.com/seed20e6684a/sarama/protocol"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers every frame with its correlation id and key, and tells of the frames it has got.
type echo struct {
	listener net.Listener
	wait     sync.WaitGroup
	got      chan []byte // frames without their size; nil when a connection has ended
}

func newEcho(t *testing.T) *echo {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e := &echo{listener: l, got: make(chan []byte, 100)}
	e.wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			e.wait.Go(func() { e.serve(conn) })
		}
	})
	return e
}

func (e *echo) serve(conn net.Conn) {
	defer conn.Close()
	defer func() { e.got <- nil }()
	for {
		frame, err := readFrame(conn)
		if len(frame) > 0 {
			e.got <- frame
		}
		if err != nil {
			return
		}
		answer := binary.BigEndian.AppendUint32(nil, 6)
		answer = append(answer, frame[4:8]...)
		if _, err := conn.Write(append(answer, frame[0:2]...)); err != nil {
			return
		}
	}
}

// readFrame returns also what there is of a frame that ends early.
func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(size[:]))
	n, err := io.ReadFull(r, frame)
	return frame[:n], err
}

// client is a connection through a proxy to an echo.
type client struct {
	t *testing.T
	net.Conn
}

func setUp(t *testing.T) (*Proxy, *echo, client) {
	e := newEcho(t)
	p := New(t)
	p.Forward(e.listener.Addr().String())
	t.Cleanup(func() {
		p.Close()
		e.listener.Close()
		e.wait.Wait()
	})
	return p, e, dial(t, p)
}

func dial(t *testing.T, p *Proxy) client {
	conn, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return client{t, conn}
}

func (c client) send(key int16, id uint32) {
	c.t.Helper()
	frame := binary.BigEndian.AppendUint32(nil, 10)
	frame = binary.BigEndian.AppendUint16(frame, uint16(key))
	frame = binary.BigEndian.AppendUint16(frame, 0)
	frame = binary.BigEndian.AppendUint32(frame, id)
	_, err := c.Write(append(frame, 0xff, 0xff))
	require.NoError(c.t, err)
}

// want reads the answer to a request.
func (c client) want(id uint32) {
	c.t.Helper()
	frame, err := readFrame(c)
	require.NoError(c.t, err)
	require.Equal(c.t, id, binary.BigEndian.Uint32(frame))
}

func (c client) wantClosed() []byte {
	c.t.Helper()
	rest, err := io.ReadAll(c)
	require.NotErrorIs(c.t, err, os.ErrDeadlineExceeded, "the connection was not closed") // it may be reset
	return rest
}

func TestWithoutFaultsAllPasses(t *testing.T) {
	p, _, c := setUp(t)
	for id := range uint32(10) {
		c.send(int16(id%3), id)
		c.want(id)
	}
	require.Equal(t, 4, p.Seen(0))
	require.Equal(t, 10, p.Seen(AnyKey))
}

func TestCutRequestAtTheChosenOne(t *testing.T) {
	p, e, c := setUp(t)
	a := p.Add(Fault{Key: 0, Skip: 1, Do: CutRequest, Bytes: 8})
	c.send(0, 1)
	c.send(3, 2)
	c.want(1)
	c.want(2)
	c.send(0, 3)
	<-a.Hit()
	require.Empty(t, c.wantClosed())
	for _, size := range []int{10, 10, 4} {
		require.Len(t, <-e.got, size, "of the third frame half the header has come, after its size")
	}
	require.Nil(t, <-e.got)

	c = dial(t, p) // the fault is spent
	c.send(0, 4)
	c.want(4)
	require.Equal(t, 1, a.Hits())
}

func TestCutAnswerAfterTheBrokerActed(t *testing.T) {
	for _, bytes := range []int{0, 6} {
		p, e, c := setUp(t)
		a := p.Add(Fault{Key: 7, Do: CutAnswer, Bytes: bytes})
		c.send(7, 9)
		require.Len(t, c.wantClosed(), bytes)
		<-a.Hit()
		require.Len(t, <-e.got, 10)
	}
}

func TestSwallowedAnswersLeaveTheConnectionOpen(t *testing.T) {
	p, e, c := setUp(t)
	a := p.Add(Fault{Key: 7, Count: 2, Do: SwallowAnswer})
	for id := range uint32(4) {
		c.send(7, id)
	}
	c.want(2)
	c.want(3)
	require.Equal(t, 2, a.Hits())
	for range 4 {
		require.Len(t, <-e.got, 10)
	}
}

func TestSwallowedRequestsNeverArrive(t *testing.T) {
	p, e, c := setUp(t)
	a := p.Add(Fault{Key: AnyKey, Count: -1, Do: SwallowRequest})
	c.send(1, 1)
	<-a.Hit()
	a.Remove()
	c.send(1, 2)
	c.want(2)
	frame := <-e.got
	require.EqualValues(t, 2, binary.BigEndian.Uint32(frame[4:]))
	require.Empty(t, e.got)
}

func TestHeldUntilAChannelCloses(t *testing.T) {
	for _, do := range []Action{HoldRequest, HoldAnswer} {
		p, e, c := setUp(t)
		until := make(chan struct{})
		a := p.Add(Fault{Key: 5, Do: do, Until: until})
		c.send(5, 1)
		<-a.Hit()
		if do == HoldAnswer {
			require.Len(t, <-e.got, 10)
		}
		require.Empty(t, e.got)
		c.send(6, 2)
		close(until)
		c.want(1)
		c.want(2)
	}
}

func TestAHoldEndsWithTheProxy(t *testing.T) {
	p, _, c := setUp(t)
	a := p.Add(Fault{Key: AnyKey, Do: HoldAnswer, Until: make(chan struct{})})
	c.send(5, 1)
	<-a.Hit()
	p.Close()
	c.wantClosed()
}

func TestCutAllAndRefuse(t *testing.T) {
	p, _, c := setUp(t)
	c.send(1, 1)
	c.want(1)
	p.Refuse(true)
	p.CutAll()
	c.wantClosed()
	dial(t, p).wantClosed()
	p.Refuse(false)
	c = dial(t, p)
	c.send(1, 2)
	c.want(2)
}

func TestWithoutABrokerConnectionsEnd(t *testing.T) {
	p := New(t)
	dial(t, p).wantClosed()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.Forward(l.Addr().String())
	require.NoError(t, l.Close())
	dial(t, p).wantClosed()
}

func TestBetweenClientAndBroker(t *testing.T) {
	c := cluster.Embedded(t, cluster.Options{})
	p := New(t)
	p.Forward(c.Addrs()[0])
	lost := p.Add(Fault{Key: protocol.KeyMetadata, Do: CutAnswer})
	_, err := cluster.Ask(t.Context(), p.Addr(), &protocol.MetadataRequest{NoTopics: true})
	require.ErrorIs(t, err, io.EOF)
	<-lost.Hit()
	_, err = cluster.Ask(t.Context(), p.Addr(), &protocol.MetadataRequest{NoTopics: true})
	require.NoError(t, err)
	require.Equal(t, 2, p.Seen(protocol.KeyMetadata))
}

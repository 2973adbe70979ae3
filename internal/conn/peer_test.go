package conn

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// frame is a request with a correlation id, in two pieces.
func frame(id int32, body string) net.Buffers {
	head := binary.BigEndian.AppendUint32(nil, uint32(4+len(body)))
	head = binary.BigEndian.AppendUint32(head, uint32(id))
	return net.Buffers{head, []byte(body)}
}

// answer is a frame as the peer sends it.
func answer(id int32, body string) []byte {
	return slices.Concat(frame(id, body)...)
}

// readFrame reads a frame as the peer does.
func readFrame(r io.Reader) (id int32, body string, err error) {
	var head [8]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return 0, "", err
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[:])-4)
	_, err = io.ReadFull(r, rest)
	return int32(binary.BigEndian.Uint32(head[4:])), string(rest), err
}

// echo answers each request with its own body until the connection ends.
func echo(nc net.Conn) {
	defer nc.Close()
	for {
		id, body, err := readFrame(nc)
		if err != nil {
			return
		}
		if _, err = nc.Write(answer(id, body)); err != nil {
			return
		}
	}
}

// outcome is what done was called with.
type outcome struct {
	id   int32
	body string
	err  error
}

// calls collects outcomes.
type calls chan outcome

func (o calls) send(c *Conn, id int32, body string, opts SendOptions) {
	c.Send(context.Background(), frame(id, body), id, opts, func(b []byte, err error) {
		o <- outcome{id, string(b), err}
	})
}

// pipe makes a connection and its peer's end; both are closed at the end of the test.
func pipe(t *testing.T, opts Options) (*Conn, net.Conn) {
	near, far := net.Pipe()
	c := New(near, opts)
	t.Cleanup(func() {
		_ = c.Close()
		_ = far.Close()
	})
	return c, far
}

func testOptions() Options {
	return Options{ReadTimeout: 30 * time.Second, WriteTimeout: 20 * time.Second, MaxInFlight: 5, MaxFrame: func() int32 { return 1 << 20 }}
}

// discard reads what comes, so that writes succeed.
func discard(t *testing.T, nc net.Conn) {
	go func() { _, _ = io.Copy(io.Discard, nc) }()
	t.Cleanup(func() { _ = nc.Close() })
}

func requireFailure(t *testing.T, err error, state WriteState) {
	t.Helper()
	var f *Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, state, f.State, "%v", err)
}

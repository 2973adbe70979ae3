package conn

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// tcpPair returns both ends of a connection over TCP.
func tcpPair(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer l.Close()
	near, err = net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	require.NoError(t, err)
	far, err = l.AcceptTCP()
	require.NoError(t, err)
	t.Cleanup(func() {
		near.Close()
		far.Close()
	})
	return near, far
}

// cutWire has the system lose all that comes for an end, as if its host were gone.
func cutWire(t *testing.T, end *net.TCPConn) {
	t.Helper()
	raw, err := end.SyscallConn()
	require.NoError(t, err)
	drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
	var refused error
	require.NoError(t, raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop})
	}))
	require.NoError(t, refused)
}

// TestHalfOpen cuts the wire before a request, which stays unacknowledged, and after it, when only questions do.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"before the request": false, "after the request": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, far := tcpPair(t)
			opts := testOptions()
			opts.Host, opts.Silence = HostOf(near, 0), 1200*time.Millisecond
			c := New(near, opts)
			got := make(calls, 1)
			began := time.Now()
			if !late {
				cutWire(t, far)
			}
			got.send(c, 1, "x", SendOptions{})
			if late {
				_, _, err := readFrame(far)
				require.NoError(t, err)
				cutWire(t, far)
			}
			o := <-got
			var silence *SilenceError
			require.ErrorAs(t, o.err, &silence)
			require.Less(t, time.Since(began), 10*time.Second)
			require.GreaterOrEqual(t, time.Since(began), opts.Silence)
			require.NoError(t, c.Close())
		})
	}
}

// TestFullPeerIsNoGoneHost has a peer that reads nothing, whose host says so: that is for WriteTimeout to end.
func TestFullPeerIsNoGoneHost(t *testing.T) {
	t.Parallel()
	near, _ := tcpPair(t)
	opts := testOptions()
	opts.WriteTimeout = 4 * time.Second
	opts.Host, opts.Silence = HostOf(near, 0), 1200*time.Millisecond
	c := New(near, opts)
	got := make(calls, 1)
	got.send(c, 1, string(make([]byte, 64<<20)), SendOptions{})
	o := <-got
	requireTimeout(t, o.err, true)
	require.NoError(t, c.Close())
}

package conn

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tcpHost asks Linux. TCP_USER_TIMEOUT would be less code, but also ends connections to a host that is there and acknowledges
// while the peer, busy with a request, reads nothing.
type tcpHost struct {
	tcp       *net.TCPConn
	raw       syscall.RawConn
	keepAlive time.Duration
	owing     time.Time // when it was first seen to owe what it still owes; zero: it owes nothing
}

func hostOf(tcp *net.TCPConn, keepAlive time.Duration) Host {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return &tcpHost{tcp: tcp, raw: raw, keepAlive: keepAlive}
}

// Silent implements Host. It is exact only if called more often than the time that is of interest.
func (h *tcpHost) Silent() time.Duration {
	var info *unix.TCPInfo
	err := h.raw.Control(func(fd uintptr) {
		info, _ = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	})
	if err != nil || info == nil {
		return 0 // the connection has ended, which its reader knows
	}
	// Both counts start anew with each acknowledgement of what it counts. One that repeats an earlier, for want of room, leaves
	// Retransmits as it is; then nothing is owed until the next try, which may be a long time off.
	repeated := info.Unacked > 0 && info.Retransmits > 0 && info.Last_data_sent < info.Last_ack_recv
	now := time.Now()
	acknowledged := now.Add(-time.Duration(info.Last_ack_recv) * time.Millisecond)
	switch {
	case !repeated && info.Probes == 0:
		h.owing = time.Time{}
		return 0
	case h.owing.IsZero() || acknowledged.After(h.owing):
		h.owing = now
	}
	return now.Sub(h.owing)
}

// Ask implements Host.
func (h *tcpHost) Ask(often bool) {
	if h.keepAlive < 0 {
		return
	}
	config := net.KeepAliveConfig{Enable: true, Idle: h.keepAlive, Interval: h.keepAlive} // 0: Go's default
	if often {
		// The kernel is to outlast the one who looks, who knows more.
		config = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 60}
	}
	_ = h.tcp.SetKeepAliveConfig(config) // on failure the connection has ended
}

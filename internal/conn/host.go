package conn

import (
	"net"
	"time"
)

// Host is what this side's system knows of the peer's host, however busy the peer itself is.
type Host interface {
	// Silent returns for how long the host has been seen to owe an acknowledgement; 0: it owes none. It is to be called again and
	// again, by one at a time.
	Silent() time.Duration
	// Ask has the system ask a host each second that owes nothing, so that it owes an answer; or as seldom as it did before.
	Ask(often bool)
}

// HostOf returns the host at the other end of a connection, TLS or not; nil if the system does not tell. KeepAlive is how often
// it asks a host of itself: 0 is Go's default, negative is never, and then Ask does nothing.
func HostOf(nc net.Conn, keepAlive time.Duration) Host {
	if tls, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = tls.NetConn()
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		return hostOf(tcp, keepAlive)
	}
	return nil
}

package proxy

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lose has the kernel drop every packet that comes for either end of a connection, acknowledgements too. The other end must
// be this process's.
func lose(conn net.Conn) error {
	local, isTCP := conn.LocalAddr().(*net.TCPAddr)
	remote, isTCPToo := conn.RemoteAddr().(*net.TCPAddr)
	if !isTCP || !isTCPToo {
		return fmt.Errorf("a %T is no TCP connection", conn)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	deafened := 0
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			return err
		}
		if port := localPort(fd); port != remotePort(fd) && (port == local.Port && remotePort(fd) == remote.Port ||
			port == remote.Port && remotePort(fd) == local.Port) {
			if err := deafen(fd); err != nil {
				return err
			}
			deafened++
		}
	}
	if deafened == 1 { // none: the connection has ended
		return errors.New("the other end is not this process's")
	}
	return nil
}

// deafen has a socket drop all that comes.
func deafen(fd int) error {
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &nothing})
}

// localPort returns the port of a descriptor's own end; 0: it is no socket of TCP over IPv4.
func localPort(fd int) int {
	address, err := unix.Getsockname(fd)
	if err != nil {
		return 0
	}
	return portOf(address)
}

func remotePort(fd int) int {
	address, err := unix.Getpeername(fd)
	if err != nil {
		return 0
	}
	return portOf(address)
}

func portOf(address unix.Sockaddr) int {
	if v4, ok := address.(*unix.SockaddrInet4); ok {
		return v4.Port
	}
	return 0
}

//go:build !linux

package proxy

import (
	"errors"
	"net"
)

func lose(net.Conn) error { return errors.ErrUnsupported }

package cluster

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	askLimit      = 15 * time.Second // longer than a request's own timeout here
	maxAnswerSize = 16 << 20
)

// Ask sends one request to a broker over a connection of its own, in plain text, at the highest version that broker and
// package both know, and returns the response.
func Ask(ctx context.Context, addr string, req protocol.Message) (protocol.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	answer, err := exchange(conn, &protocol.ApiVersionsRequest{})
	if err != nil {
		return nil, fmt.Errorf("asking broker %s for its versions: %w", addr, err)
	}
	key := protocol.KeyOf(req)
	version, err := commonVersion(answer.(*protocol.ApiVersionsResponse), key)
	if err != nil {
		return nil, fmt.Errorf("broker %s: %w", addr, err)
	}
	protocol.SetVersion(req, version)
	answer, err = exchange(conn, req)
	if err != nil {
		return nil, fmt.Errorf("asking broker %s for %s: %w", addr, protocol.Name(key), err)
	}
	return answer, nil
}

func commonVersion(served *protocol.ApiVersionsResponse, key int16) (int16, error) {
	for _, k := range served.ApiKeys {
		if k.ApiKey == key {
			return min(k.MaxVersion, newestOf(key)), nil
		}
	}
	return 0, fmt.Errorf("it does not serve %s (%w)", protocol.Name(key), protocol.KError(served.ErrorCode))
}

func newestOf(key int16) int16 {
	for _, api := range protocol.APIs() {
		if api.Key == key {
			return api.MaxVersion
		}
	}
	return 0
}

// exchange sends a request and reads its response.
func exchange(conn net.Conn, req protocol.Message) (protocol.Message, error) {
	const correlation = 1
	frame, err := protocol.AppendRequest(nil, req, correlation, "cluster-harness")
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(frame); err != nil {
		return nil, err
	}
	var head [8]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if id := binary.BigEndian.Uint32(head[4:]); size < 4 || size > maxAnswerSize || id != correlation {
		return nil, fmt.Errorf("a response of %d bytes to request %d", size, id)
	}
	body := make([]byte, size-4)
	if _, err := io.ReadFull(conn, body); err != nil {
		return nil, err
	}
	key, version := protocol.KeyOf(req), protocol.VersionOf(req)
	if body, err = protocol.CutResponseHeader(body, key, version); err != nil {
		return nil, err
	}
	answer, err := protocol.NewResponse(key, version)
	if err != nil {
		return nil, err
	}
	return answer, protocol.Unmarshal(body, answer)
}

package sarama

import (
	"context"
	"net"
	"time"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

// fetchVersion returns the highest version of Fetch that both sides have, with topic ids if the caller has them. It waits
// for the connection; where there is none, or nothing in common, startFetch will say so.
func (b *Broker) fetchVersion(ctx context.Context, haveTopicIDs bool) int16 {
	l, err := b.connected(ctx)
	if err != nil {
		return 0
	}
	version, err := l.version(protocol.KeyFetch)
	if err != nil {
		return 0
	}
	if !haveTopicIDs {
		version = min(version, lastNamedVersion)
	}
	return version
}

// fetched is what came of a fetch.
type fetched struct {
	response *FetchResponse // the records are not decoded, and share frame's memory: they are for protocol.FetchedBlocks
	frame    []byte
	err      error
}

// size is how many bytes were sent for the answer.
func (f *fetched) size() int { return len(f.frame) + 8 }

// startFetch sends a request and calls done once. The answer is read into memory, if it fits, else into memory of its own.
// The broker may take MaxWaitTime longer than Config.Net.ReadTimeout. It waits for the connection, for a throttle and for
// room; done runs where conn.Conn.Send says, or before startFetch returns. If it returns a connection, the caller must attend to
// the answer at once.
func (b *Broker) startFetch(
	ctx context.Context, req *FetchRequest, memory []byte, done func(fetched),
) (attended *conn.Conn) {
	l, err := b.connected(ctx)
	if err != nil {
		done(fetched{err: err})
		return nil
	}
	version, err := l.negotiate(req)
	if err != nil {
		done(fetched{err: l.wrap(err)})
		return nil
	}
	id := b.correlationID()
	frame, err := protocol.AppendRequest(nil, req, id, l.conf.ClientID)
	if err == nil {
		err = checkRequestSize(len(frame))
	}
	if err != nil {
		done(fetched{err: l.wrapAPI(protocol.KeyFetch, version, err)})
		return nil
	}
	opts := conn.SendOptions{ExtraWait: time.Duration(req.MaxWaitTime) * time.Millisecond, Attend: true, Memory: memory}
	if l.submit(ctx, protocol.KeyFetch, net.Buffers{frame}, id, opts, func(frame []byte, err error) {
		var response *FetchResponse
		if err == nil {
			response, err = l.decodeFetch(frame, version)
		}
		if err != nil {
			done(fetched{err: l.wrapAPI(protocol.KeyFetch, version, err)})
			return
		}
		done(fetched{response: response, frame: frame})
	}) {
		return l.conn
	}
	return nil
}

func (l *link) decodeFetch(frame []byte, version int16) (*FetchResponse, error) {
	response := &FetchResponse{Version: version}
	body, err := protocol.CutResponseHeader(frame, protocol.KeyFetch, version)
	if err == nil {
		err = protocol.UnmarshalOpaque(body, response)
	}
	if err != nil {
		return nil, &conn.Failure{State: conn.Written, Err: err}
	}
	l.delay(protocol.KeyFetch, version, response.ThrottleTime)
	return response, nil
}

// Fetch asks for records and returns them decoded.
func (b *Broker) Fetch(request *FetchRequest) (*FetchResponse, error) {
	return ask[FetchResponse](b, request)
}

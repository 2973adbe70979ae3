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

// fetchCall is a Fetch request and its answer. It is reused, with its memory, when done.
type fetchCall struct {
	request FetchRequest
	memory  []byte // what the answer is read into, if it fits, else it is read into memory of its own

	response FetchResponse
	head     []byte
	frame    net.Buffers // head alone
	link     *link
	done     func(fetched)
	answered func(frame []byte, err error) // answer, bound once
}

// startFetch sends a request and calls done once; until then the call is the broker's. The broker may take MaxWaitTime longer
// than Config.Net.ReadTimeout. It waits for the connection, for a throttle and for room; done runs where conn.Conn.Send says,
// or before startFetch returns. If it returns a connection, the caller must attend to the answer at once.
func (b *Broker) startFetch(ctx context.Context, call *fetchCall, done func(fetched)) (attended *conn.Conn) {
	l, err := b.connected(ctx)
	if err != nil {
		done(fetched{err: err})
		return nil
	}
	req := &call.request
	version, err := l.negotiate(req)
	if err != nil {
		done(fetched{err: l.wrap(err)})
		return nil
	}
	id := b.correlationID()
	call.head, err = protocol.AppendRequest(call.head[:0], req, id, l.conf.ClientID)
	if err == nil {
		err = checkRequestSize(len(call.head))
	}
	if err != nil {
		done(fetched{err: l.wrapAPI(protocol.KeyFetch, version, err)})
		return nil
	}
	if call.answered == nil {
		call.answered = call.answer
	}
	call.link, call.done = l, done
	call.frame = append(call.frame[:0], call.head)
	opts := conn.SendOptions{ExtraWait: time.Duration(req.MaxWaitTime) * time.Millisecond, Attend: true, Memory: call.memory}
	call.memory = nil
	if l.submit(ctx, protocol.KeyFetch, call.frame, id, opts, call.answered) {
		return l.conn
	}
	return nil
}

// answer is told of the answer, or of the lack of one.
func (call *fetchCall) answer(frame []byte, err error) {
	l, done, version := call.link, call.done, call.request.Version
	call.link, call.done = nil, nil
	if err == nil {
		err = l.decodeFetch(frame, version, &call.response)
	}
	if err != nil {
		done(fetched{err: l.wrapAPI(protocol.KeyFetch, version, err)})
		return
	}
	done(fetched{response: &call.response, frame: frame})
}

func (l *link) decodeFetch(frame []byte, version int16, response *FetchResponse) error {
	response.Version, response.ThrottleTime, response.ErrorCode, response.SessionID = version, 0, 0, 0
	body, err := protocol.CutResponseHeader(frame, protocol.KeyFetch, version)
	if err == nil {
		err = protocol.UnmarshalOpaque(body, response)
	}
	if err != nil {
		return &conn.Failure{State: conn.Written, Err: err}
	}
	l.delay(protocol.KeyFetch, version, response.ThrottleTime)
	return nil
}

// Fetch asks for records and returns them decoded.
func (b *Broker) Fetch(request *FetchRequest) (*FetchResponse, error) {
	return ask[FetchResponse](b, request)
}

package sarama

import (
	"context"
	"encoding/binary"
	"net"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

// lastNamedVersion is the last version of Produce and of Fetch that has the names of topics; later ones have ids.
const lastNamedVersion = 12

// produceCall is a Produce request of batches that are encoded already. It is reused, with its memory, when done.
type produceCall struct {
	transactionalID *string
	acks            RequiredAcks
	timeout         time.Duration
	parts           []protocol.ProducePartition // partitions of one topic side by side
	identified      bool                        // all parts have topic ids
	limit           int16                       // the highest version that may be used, if not 0
	version         int16                       // set by startProduce to the highest that both sides have

	response   ProduceResponse
	memory     []byte      // that answers are read into
	head, glue []byte      // what is before and around the records
	pieces     net.Buffers // of the frame
	link       *link
	done       func(*ProduceResponse, error)
	answered   func(frame []byte, err error) // answer, bound once
}

// keptAnswer is how large an answer may be whose memory is kept for the next one.
const keptAnswer = 64 << 10

// startProduce sends a request and calls done once: with the answer, which is of use until done returns, with nil if acks is
// NoResponse and the request is written, or with an error; unsent tells whether that leaves it open what the broker did. The
// records are written where they are: they and the call belong to the broker until done. It waits for the connection, for a
// throttle and for room; done runs where conn.Conn.Send says, or before startProduce returns. A caller that would attend to
// the answer, and is given a connection, must do so at once.
func (b *Broker) startProduce(
	ctx context.Context, call *produceCall, attend bool, done func(*ProduceResponse, error),
) (attended *conn.Conn) {
	l, err := b.connected(ctx)
	if err != nil {
		done(nil, err)
		return nil
	}
	id := b.correlationID()
	if err := call.encode(l, id); err != nil {
		done(nil, b.wrapAPI(protocol.KeyProduce, call.version, err))
		return nil
	}
	if call.answered == nil {
		call.answered = call.answer
	}
	call.link, call.done = l, done
	opts := conn.SendOptions{NoAnswer: call.acks == NoResponse, Attend: attend, Memory: call.memory}
	call.memory = nil
	if l.submit(ctx, protocol.KeyProduce, call.pieces, id, opts, call.answered) {
		return l.conn
	}
	return nil
}

// encode makes the frame, in the memory of the last one.
func (call *produceCall) encode(l *link, id int32) error {
	version, err := l.version(protocol.KeyProduce)
	if err != nil {
		return err
	}
	if call.version = version; !call.identified {
		call.version = min(version, lastNamedVersion)
	}
	if call.limit > 0 {
		call.version = min(call.version, call.limit)
	}
	call.head = protocol.AppendRequestHeader(call.head[:0], protocol.KeyProduce, call.version, id, l.conf.ClientID)
	call.pieces, call.glue, err = protocol.AppendProduceBody(append(call.pieces[:0], call.head), call.glue, call.version,
		call.transactionalID, int16(call.acks), int32(call.timeout/time.Millisecond), call.parts)
	if err != nil {
		return err
	}
	size := sizeOf(call.pieces)
	binary.BigEndian.PutUint32(call.head, uint32(size-4))
	return checkRequestSize(size)
}

// answer is told of the answer, or of the lack of one. The call may be used again by done.
func (call *produceCall) answer(frame []byte, err error) {
	l, done, version, acks := call.link, call.done, call.version, call.acks
	call.link, call.done = nil, nil
	clear(call.pieces) // the records are not the broker's any more
	if err == nil && acks == NoResponse {
		done(nil, nil)
		return
	}
	response := &call.response
	if err == nil {
		if len(frame) <= keptAnswer {
			call.memory = frame[:cap(frame)] // all that is decoded is a copy
		} else {
			response = new(ProduceResponse) // whose list is not kept either
		}
		err = l.decodeProduce(frame, version, response)
	}
	if err != nil {
		done(nil, l.wrapAPI(protocol.KeyProduce, version, err))
		return
	}
	done(response, nil)
}

func (l *link) decodeProduce(frame []byte, version int16, response *ProduceResponse) error {
	response.Version, response.ThrottleTime = version, 0
	body, err := protocol.CutResponseHeader(frame, protocol.KeyProduce, version)
	if err == nil {
		err = protocol.UnmarshalOpaque(body, response)
	}
	if err != nil {
		return &conn.Failure{State: conn.Written, Err: err}
	}
	l.broker.meter.throttled(response.ThrottleTime)
	l.delay(protocol.KeyProduce, version, response.ThrottleTime)
	return nil
}

// ProduceCallback is given the answer to a ProduceRequest, or why there is none.
type ProduceCallback func(*ProduceResponse, error)

// AsyncProduce sends records and returns when the request is sent or queued; the callback is called once when the answer
// has come or failed. It waits while Config.Net.MaxOpenRequests are unanswered. If it returns an error, or with
// RequiredAcks NoResponse, the callback is not called.
//
// The callback runs on the goroutine that reads answers: it must not wait, and must not call methods of the broker. Hand
// the answer to another goroutine.
func (b *Broker) AsyncProduce(request *ProduceRequest, cb ProduceCallback) error {
	ctx := context.Background()
	l, err := b.connected(ctx)
	if err != nil {
		return err
	}
	if request.RequiredAcks == NoResponse {
		return l.sendUnanswered(ctx, request)
	}
	// What fails before AsyncProduce returns and was not sent is its own error and not the callback's.
	const open, failed, returned = 0, 1, 2
	var state atomic.Int32
	var early error
	response := new(ProduceResponse)
	err = l.send(ctx, request, response, func(err error) {
		switch {
		case err == nil:
			cb(response, nil)
		case unsent(err) && state.Load() == open:
			early = err
			if !state.CompareAndSwap(open, failed) {
				cb(nil, err)
			}
		default:
			cb(nil, err)
		}
	})
	if err == nil && !state.CompareAndSwap(open, returned) {
		err = early
	}
	return err
}

// sendUnanswered sends a request that has no answer, and returns once it is written or is certain to be written next.
func (l *link) sendUnanswered(ctx context.Context, req protocol.Message) error {
	written := make(chan error, 1)
	if err := l.send(ctx, req, nil, func(err error) { written <- err }); err != nil {
		return err
	}
	return <-written
}

// Produce sends records and waits for the answer; with RequiredAcks NoResponse it returns nil, once they are sent.
func (b *Broker) Produce(request *ProduceRequest) (*ProduceResponse, error) {
	if request.RequiredAcks == NoResponse {
		return nil, b.call(context.Background(), request, nil)
	}
	return ask[ProduceResponse](b, request)
}

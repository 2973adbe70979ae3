package sarama

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"time"

	"github.com/seed20e6684a/sarama/internal/conn"
	"github.com/seed20e6684a/sarama/protocol"
)

// apiError is what one request failed with.
type apiError struct {
	key, version int16
	err          error
}

// Error implements error.
func (e *apiError) Error() string {
	return fmt.Sprintf("%s v%d: %v", protocol.Name(e.key), e.version, e.err)
}

// Unwrap returns the cause.
func (e *apiError) Unwrap() error { return e.err }

// call sends a request and waits for its answer, at the version that the broker and Config.Version allow, up to that of
// req. A nil resp is for a request without an answer. When ctx ends the request may have been sent or not.
func (b *Broker) call(ctx context.Context, req, resp protocol.Message) error {
	for again := true; ; again = false {
		l, err := b.connected(ctx)
		if err != nil {
			return err
		}
		err = l.exchange(ctx, req, resp)
		if err == nil || !again || !unsent(err) || !l.endedIdle() {
			return err
		}
		// The connection was lost just before, while nothing was under way: that is no reason to fail.
	}
}

// exchange is call on a connection that may not be ready yet.
func (l *link) exchange(ctx context.Context, req, resp protocol.Message) error {
	answered := make(chan error, 1)
	err := l.send(ctx, req, resp, func(err error) { answered <- err })
	if err != nil {
		return err
	}
	select {
	case err = <-answered:
	case <-ctx.Done():
		select {
		case err = <-answered: // both at once; it may be the answer's lack that has ended ctx
		default:
			cause := &conn.Failure{State: conn.Written, Err: context.Cause(ctx)} // if it is not written, it will be
			return l.wrapAPI(protocol.KeyOf(req), protocol.VersionOf(req), cause)
		}
	}
	return err
}

// send sends a request. Unless it returns an error, done is called once, with resp decoded: a callback of conn.Conn.Send.
func (l *link) send(ctx context.Context, req, resp protocol.Message, done func(error)) error {
	key := protocol.KeyOf(req)
	version, err := l.negotiateAny(req)
	if err != nil {
		return l.wrap(err)
	}
	id := l.broker.correlationID()
	frame, err := protocol.AppendRequest(nil, req, id, l.conf.ClientID)
	if err == nil {
		err = checkRequestSize(len(frame))
	}
	if err != nil {
		return l.wrapAPI(key, version, err)
	}
	opts := conn.SendOptions{NoAnswer: resp == nil, ExtraWait: brokerWait(req)}
	l.submit(ctx, key, net.Buffers{frame}, id, opts, func(body []byte, err error) {
		if err == nil && resp != nil {
			protocol.SetVersion(resp, version)
			if err = l.decode(body, resp); err != nil {
				err = &conn.Failure{State: conn.Written, Err: err}
			}
		}
		if err != nil {
			err = l.wrapAPI(key, version, err)
		}
		done(err)
	})
	return nil
}

// negotiateAny is negotiate but for the requests that are sent before versions are known, and those that authenticate: what took
// them then, be it a proxy, takes them again.
func (l *link) negotiateAny(req protocol.Message) (int16, error) {
	if !l.isReady() || authenticates(protocol.KeyOf(req)) {
		return protocol.VersionOf(req), nil
	}
	return l.negotiate(req)
}

// decode reads an answer without its correlation id, and minds what it says of throttling.
func (l *link) decode(frame []byte, resp protocol.Message) error {
	body, err := protocol.CutResponseHeader(frame, protocol.KeyOf(resp), protocol.VersionOf(resp))
	if err != nil {
		return err
	}
	if err := protocol.Unmarshal(body, resp); err != nil {
		return err
	}
	l.delay(protocol.KeyOf(resp), protocol.VersionOf(resp), throttleTimeOf(resp))
	return nil
}

// delay delays what follows if a broker wants it. Since Kafka 2.0 brokers do not delay the answer, but leave it to the
// client to be silent (KIP-219).
func (l *link) delay(key, version int16, d time.Duration) {
	if d <= 0 {
		return
	}
	l.conf.debugLog().Printf("broker/%d %s throttled %v\n", logBroker{l.broker}, protocol.Name(key), d)
	l.metrics.throttled(d)
	if version > protocol.MaxVersionFor(key, V1_1_1_0) {
		l.throttle.set(d)
	}
}

// throttleTimeOf returns the throttle time of a response, which is a duration or a number of milliseconds.
func throttleTimeOf(resp protocol.Message) time.Duration {
	fields := reflect.ValueOf(resp).Elem()
	for _, name := range []string{"ThrottleTime", "ThrottleTimeMs"} {
		field := fields.FieldByName(name)
		switch {
		case !field.IsValid():
		case field.Type() == reflect.TypeFor[time.Duration]():
			return time.Duration(field.Int())
		case field.CanInt():
			return time.Duration(field.Int()) * time.Millisecond
		}
	}
	return 0
}

// brokerWait is how long a broker may take over a request on purpose, as the request asks for.
func brokerWait(req protocol.Message) time.Duration {
	switch r := req.(type) {
	case *FetchRequest:
		return time.Duration(r.MaxWaitTime) * time.Millisecond
	case *ShareFetchRequest:
		return r.MaxWait
	case *JoinGroupRequest:
		return time.Duration(r.RebalanceTimeout) * time.Millisecond
	case *CreateTopicsRequest:
		return r.Timeout
	case *DeleteTopicsRequest:
		return r.Timeout
	case *CreatePartitionsRequest:
		return r.Timeout
	case *DeleteRecordsRequest:
		return r.Timeout
	case *ElectLeadersRequest:
		return time.Duration(r.TimeoutMs) * time.Millisecond
	case *AlterPartitionReassignmentsRequest:
		return time.Duration(r.TimeoutMs) * time.Millisecond
	case *UpdateFeaturesRequest:
		return r.Timeout
	case *AddRaftVoterRequest:
		return r.Timeout
	}
	return 0
}

func checkRequestSize(size int) error {
	if size > int(MaxRequestSize) {
		return PacketEncodingError{Info: fmt.Sprintf("request of %d bytes is above MaxRequestSize (%d)", size, MaxRequestSize)}
	}
	return nil
}

func sizeOf(frame net.Buffers) int {
	size := 0
	for _, piece := range frame {
		size += len(piece)
	}
	return size
}

// unsent reports whether nothing of a request has left that failed with err, an error of the functions above: it may be sent
// again in any case.
func unsent(err error) bool {
	var failure *conn.Failure
	return !errors.As(err, &failure) || failure.State == conn.Unwritten
}

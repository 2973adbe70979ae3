package sarama

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	mockExpectationTimeout = 500 * time.Millisecond // how long a request waits for Returns
	mockCloseTimeout       = 5 * time.Second        // how long Close waits for handlers
	mockListenAttempts     = 20
	mockListenBackoff      = 100 * time.Millisecond
)

// TestReporter is told of what goes wrong; *testing.T is one.
type TestReporter interface {
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
	Helper()
}

// GSSApiHandlerFunc answers a Kerberos token, which comes with the four bytes of its length, as the answer must; nil is no
// answer.
type GSSApiHandlerFunc func([]byte) []byte

// RequestNotifierFunc is told of each request that was answered: the bytes of the request, and those of the answer.
type RequestNotifierFunc func(bytesRead, bytesWritten int)

// RequestResponse is a request with its answer, as MockBroker.History has them.
type RequestResponse struct {
	Request  protocol.Message // such as *MetadataRequest
	Response any              // such as *MetadataResponse; nil if there was none
}

// MockRequest is a request as SetHandlerFuncByMap's functions get it.
type MockRequest struct {
	CorrelationID int32
	ClientID      string
	Body          protocol.Message // such as *MetadataRequest
}

// MockBroker is a broker for tests: it listens on a port of its own and answers as it is told, either request by request
// (Returns), or by the request's type (SetHandlerByMap, SetHandlerFuncByMap). What comes is kept, see History.
//
// An answer has the version of its request, whatever its field Version says. A request for which there is no answer is left
// unanswered, but for one of ApiVersions: that answer is that the broker has all that the library knows. NewMockResponses
// has answers to begin with.
//
// What a broker cannot read or write fails the test, and so do answers of Returns that are left when it is closed.
type MockBroker struct {
	t        TestReporter
	brokerID int32
	port     int32
	listener net.Listener
	closing  chan struct{}
	close    sync.Once
	work     sync.WaitGroup
	arrived  chan struct{} // there are new answers of Returns

	handling sync.Mutex // held over each request's handler: they are called one by one

	mu       sync.Mutex // guards what follows
	handler  func(*MockRequest) any
	returns  []any
	latency  time.Duration
	notifier RequestNotifierFunc
	gssapi   GSSApiHandlerFunc
	history  []RequestResponse
	conns    map[net.Conn]struct{}
	closed   bool
}

// NewMockBroker starts a broker on a free port of localhost. Close it when the test ends.
func NewMockBroker(t TestReporter, brokerID int32) *MockBroker {
	t.Helper()
	return NewMockBrokerAddr(t, brokerID, "localhost:0")
}

// NewMockBrokerAddr starts a broker at an address. If that is in use, it waits for it, two seconds at most.
func NewMockBrokerAddr(t TestReporter, brokerID int32, addr string) *MockBroker {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	for attempt := 1; attempt < mockListenAttempts && errors.Is(err, syscall.EADDRINUSE); attempt++ {
		Logger.Printf("*** mockbroker/%d waiting for %s (address already in use)", brokerID, addr)
		<-time.After(mockListenBackoff)
		listener, err = net.Listen("tcp", addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return NewMockBrokerListener(t, brokerID, listener)
}

// NewMockBrokerListener starts a broker that accepts the connections of a listener, of which it takes possession.
func NewMockBrokerListener(t TestReporter, brokerID int32, listener net.Listener) *MockBroker {
	t.Helper()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	b := &MockBroker{
		t: t, brokerID: brokerID, port: int32(number), listener: listener,
		closing: make(chan struct{}),
		arrived: make(chan struct{}, 1),
		conns:   make(map[net.Conn]struct{}),
	}
	b.handler = b.expected
	Logger.Printf("*** mockbroker/%d listening on %s\n", brokerID, listener.Addr())
	b.work.Add(1)
	go withRecover(b.accept)
	return b
}

// BrokerID returns the id that the broker was made with.
func (b *MockBroker) BrokerID() int32 { return b.brokerID }

// Port returns the port that it listens on.
func (b *MockBroker) Port() int32 { return b.port }

// Addr returns the host and port that it listens on.
func (b *MockBroker) Addr() string { return b.listener.Addr().String() }

// SetLatency makes the broker wait before it handles each request.
func (b *MockBroker) SetLatency(latency time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.latency = latency
}

// SetNotifier sets what is told of each request that was answered. Calls of it do not overlap.
func (b *MockBroker) SetNotifier(notifier RequestNotifierFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notifier = notifier
}

// SetGSSAPIHandler sets what answers Kerberos tokens, which are no requests of Kafka's protocol and not in the History.
func (b *MockBroker) SetGSSAPIHandler(handler GSSApiHandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gssapi = handler
}

// SetHandlerByMap sets what answers requests, by the name of the request's Go type, such as "MetadataRequest". The map is
// copied. Calls of For do not overlap.
func (b *MockBroker) SetHandlerByMap(handlerMap map[string]MockResponse) {
	handlers := make(map[string]func(*MockRequest) any, len(handlerMap))
	for name, response := range handlerMap {
		if response != nil {
			handlers[name] = func(r *MockRequest) any { return response.For(r.Body) }
		}
	}
	b.setHandlers(handlers)
}

// SetHandlerFuncByMap is SetHandlerByMap for functions.
func (b *MockBroker) SetHandlerFuncByMap(handlerMap map[string]func(*MockRequest) any) {
	b.setHandlers(maps.Clone(handlerMap))
}

func (b *MockBroker) setHandlers(handlers map[string]func(*MockRequest) any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handler = func(r *MockRequest) any {
		name := reflect.TypeOf(r.Body).Elem().Name()
		handler := handlers[name]
		if handler == nil && name == "FindCoordinatorRequest" {
			handler = handlers["ConsumerMetadataRequest"] // the same on the wire
		}
		switch {
		case handler != nil:
			return handler(r)
		case protocol.KeyOf(r.Body) == protocol.KeyApiVersions:
			return everyAPIVersion()
		}
		return nil
	}
}

// Returns adds an answer, such as a *MetadataResponse, for the next request without one. Unless another handler is set, a
// request without an answer waits for it, half a second at most.
func (b *MockBroker) Returns(response any) {
	b.mu.Lock()
	b.returns = append(b.returns, response)
	b.mu.Unlock()
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// expected answers a request by what Returns was told.
func (b *MockBroker) expected(r *MockRequest) any {
	timer := time.NewTimer(mockExpectationTimeout)
	defer timer.Stop()
	for {
		if response, ok := b.nextReturn(r); ok {
			return response
		}
		select {
		case <-b.arrived:
		case <-timer.C:
			return nil
		case <-b.closing:
			return nil
		}
	}
}

func (b *MockBroker) nextReturn(r *MockRequest) (any, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if protocol.KeyOf(r.Body) == protocol.KeyApiVersions {
		if len(b.returns) == 0 {
			return everyAPIVersion(), true
		}
		if _, ok := b.returns[0].(*ApiVersionsResponse); !ok {
			return everyAPIVersion(), true // it is for what the test is about
		}
	}
	if len(b.returns) == 0 {
		return nil, false
	}
	next := b.returns[0]
	b.returns = b.returns[1:]
	return next, true
}

// History returns all requests so far with their answers, in the order in which they were answered.
func (b *MockBroker) History() []RequestResponse {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]RequestResponse{}, b.history...)
}

// Close ends all connections and waits until nothing is left running. Answers of Returns that nobody asked for fail the
// test. Calling it again does nothing.
func (b *MockBroker) Close() {
	b.t.Helper()
	b.close.Do(func() {
		b.t.Helper()
		b.shut()
		done := make(chan struct{})
		go withRecover(func() {
			b.work.Wait()
			close(done)
		})
		timer := time.NewTimer(mockCloseTimeout)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
			b.t.Errorf("mockbroker/%d: a handler has not returned %v after Close", b.brokerID, mockCloseTimeout)
		}
	})
}

func (b *MockBroker) shut() {
	b.t.Helper()
	b.mu.Lock()
	left := b.returns
	b.returns, b.closed = nil, true
	for conn := range b.conns {
		_ = conn.Close()
	}
	b.mu.Unlock()
	close(b.closing)
	if err := b.listener.Close(); err != nil && !isConnectionEnd(err) {
		b.t.Error(err)
	}
	if len(left) == 0 {
		return
	}
	var list strings.Builder
	for _, response := range left {
		fmt.Fprintf(&list, "\t%T%+v\n", response, reflect.Indirect(reflect.ValueOf(response)))
	}
	b.t.Error(fmt.Sprintf("mockbroker/%d: not all expectations were satisfied! Still waiting on:\n%s", b.brokerID, list.String()))
}

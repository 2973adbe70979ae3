package sarama

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// mockConn is one connection to a MockBroker.
type mockConn struct {
	b     *MockBroker
	conn  net.Conn
	index int // of the connection, for logs
}

// accept takes connections. One per broker; owns the listener; ends when that is closed.
func (b *MockBroker) accept() {
	defer b.work.Done()
	for index := 0; ; index++ {
		conn, err := b.listener.Accept()
		if err != nil {
			if !isConnectionEnd(err) {
				Logger.Printf("*** mockbroker/%d: listener closed, err=%v", b.brokerID, err)
			}
			return
		}
		if !b.add(conn) {
			_ = conn.Close()
			continue
		}
		c := &mockConn{b, conn, index}
		go withRecover(c.serve)
	}
}

func (b *MockBroker) add(conn net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.conns[conn] = struct{}{}
	b.work.Add(1)
	return true
}

// serve answers requests, one after another. One per connection; owns it; ends when either side closes it, and at the first
// request that cannot be read.
func (c *mockConn) serve() {
	defer c.b.work.Done()
	var err error
	defer func() {
		_ = c.conn.Close()
		c.b.mu.Lock()
		delete(c.b.conns, c.conn)
		c.b.mu.Unlock()
		c.logf("connection closed, err=%v", err)
	}()
	c.logf("connection opened")
	for err == nil {
		err = c.serveNext()
	}
	if !isConnectionEnd(err) {
		c.b.t.Helper()
		c.b.t.Error(err)
	}
}

func (c *mockConn) logf(format string, args ...any) {
	Logger.Printf("*** mockbroker/%d/%d: "+format, append([]any{c.b.brokerID, c.index}, args...)...)
}

func (c *mockConn) serveNext() error {
	frame, err := readMockFrame(c.conn)
	if err != nil {
		return err
	}
	if isKerberosToken(frame[4:]) {
		return c.serveToken(frame)
	}
	request, version, err := decodeMockRequest(frame[4:])
	if err != nil {
		c.logf("invalid request: err=%v", err)
		return err
	}
	if !c.b.delay() {
		return net.ErrClosed
	}
	response := c.b.handle(request)
	if response == nil {
		c.logf("ignored %T", request.Body)
		return nil
	}
	c.logf("replied to %T with %T", request.Body, response)
	answer, err := encodeMockResponse(response, version, request.CorrelationID)
	if err != nil {
		return fmt.Errorf("failed to encode %T - %w", response, err)
	}
	return c.write(len(frame), answer)
}

// write sends an answer and tells the notifier.
func (c *mockConn) write(bytesRead int, answer []byte) error {
	if _, err := c.conn.Write(answer); err != nil {
		return err
	}
	c.b.handling.Lock()
	defer c.b.handling.Unlock()
	c.b.mu.Lock()
	notifier := c.b.notifier
	c.b.mu.Unlock()
	if notifier != nil {
		notifier(bytesRead, len(answer))
	}
	return nil
}

func (c *mockConn) serveToken(frame []byte) error {
	c.b.mu.Lock()
	handler := c.b.gssapi
	c.b.mu.Unlock()
	if handler == nil {
		return fmt.Errorf("mockbroker/%d: a Kerberos token came, and there is no handler: SetGSSAPIHandler", c.b.brokerID)
	}
	answer := c.b.handleToken(handler, frame)
	if answer == nil {
		c.logf("ignored a Kerberos token")
		return nil
	}
	return c.write(len(frame), answer)
}

func (b *MockBroker) handleToken(handler GSSApiHandlerFunc, frame []byte) []byte {
	b.handling.Lock()
	defer b.handling.Unlock()
	return handler(frame)
}

// delay waits for the latency; it returns false if the broker is closed meanwhile.
func (b *MockBroker) delay() bool {
	b.mu.Lock()
	latency := b.latency
	b.mu.Unlock()
	if latency <= 0 {
		return true
	}
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-b.closing:
		return false
	}
}

// handle asks the handler for an answer and keeps both.
func (b *MockBroker) handle(request *MockRequest) any {
	b.handling.Lock()
	defer b.handling.Unlock()
	b.mu.Lock()
	handler := b.handler
	b.mu.Unlock()
	response := handler(request)
	if v := reflect.ValueOf(response); v.Kind() == reflect.Pointer && v.IsNil() {
		response = nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.history = append(b.history, RequestResponse{request.Body, response})
	return response
}

// readMockFrame reads a request or a token, with the four bytes of its length. Memory grows as bytes arrive.
func readMockFrame(r io.Reader) ([]byte, error) {
	var frame bytes.Buffer
	if _, err := io.CopyN(&frame, r, 4); err != nil {
		return nil, err
	}
	size := int32(binary.BigEndian.Uint32(frame.Bytes()))
	if size <= 4 || size > MaxRequestSize {
		return nil, PacketDecodingError{Info: fmt.Sprintf("message of length %d too large or too small", size)}
	}
	if _, err := io.CopyN(&frame, r, int64(size)); err != nil {
		return nil, err
	}
	return frame.Bytes(), nil
}

// isKerberosToken tells tokens by their first bytes, which no API has for its key (RFC 2743, RFC 4121).
func isKerberosToken(frame []byte) bool {
	return frame[0] == 0x60 || bytes.HasPrefix(frame, []byte{0x05, 0x04})
}

func decodeMockRequest(frame []byte) (*MockRequest, int16, error) {
	header, body, err := protocol.CutRequestHeader(frame)
	if err != nil {
		return nil, 0, err
	}
	request := &MockRequest{CorrelationID: header.CorrelationID}
	if header.ClientID != nil {
		request.ClientID = *header.ClientID
	}
	if request.Body, err = protocol.NewRequest(header.Key, header.Version); err != nil {
		return nil, 0, err
	}
	return request, header.Version, protocol.Unmarshal(body, request.Body)
}

// encodeMockResponse returns an answer with its header, at the version of the request.
func encodeMockResponse(response any, version int16, correlationID int32) ([]byte, error) {
	message, err := messageOf(response)
	if err != nil {
		return nil, err
	}
	if !protocol.IsResponse(message) {
		return nil, errors.New("it is no response")
	}
	sent := reflect.New(reflect.TypeOf(message).Elem()) // the test's own may be the answer to others at the same time
	sent.Elem().Set(reflect.ValueOf(message).Elem())
	message = sent.Interface().(protocol.Message)
	protocol.SetVersion(message, version)
	answer := protocol.AppendResponseHeader(nil, protocol.KeyOf(message), version, correlationID)
	if answer, err = protocol.AppendBody(answer, message); err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(answer, uint32(len(answer)-4))
	return answer, nil
}

// messageOf returns what is written for a response.
func messageOf(response any) (protocol.Message, error) {
	switch response := response.(type) {
	case wireResponse:
		return response.toWire()
	case protocol.Message:
		return response, nil
	}
	return nil, errors.New("it is no message of Kafka's protocol")
}

// isConnectionEnd tells whether an error is that a connection has ended, on whichever side.
func isConnectionEnd(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.ErrClosedPipe)
}

// everyAPIVersion says that a broker has all that the library knows.
func everyAPIVersion() *ApiVersionsResponse {
	response := &ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	for _, api := range protocol.APIs() {
		response.ApiKeys = append(response.ApiKeys, ApiVersionsResponseKey{
			ApiKey: api.Key, MinVersion: api.MinVersion, MaxVersion: api.MaxVersion,
		})
	}
	return response
}

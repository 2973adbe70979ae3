package sarama

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedNetwork connects clients to scripted brokers by pipes, so that it works in bubbles of testing/synctest. It is
// a dialer: see config.
type scriptedNetwork struct {
	t testing.TB

	mu      sync.Mutex // guards what follows
	brokers map[string]*scriptedBroker
	dials   []string // addresses, in order
}

func newScriptedNetwork(t testing.TB) *scriptedNetwork {
	return &scriptedNetwork{t: t, brokers: make(map[string]*scriptedBroker)}
}

// config returns a configuration whose connections go through the network, without background refresh.
func (n *scriptedNetwork) config() *Config {
	conf := NewConfig()
	conf.Net.Proxy.Enable = true
	conf.Net.Proxy.Dialer = n
	conf.Metadata.RefreshFrequency = 0
	return conf
}

// broker adds a broker that is reached at host "b" and its id, port 9092.
func (n *scriptedNetwork) broker(id int32) *scriptedBroker {
	return n.brokerAt(id, "b"+strconv.Itoa(int(id)))
}

func (n *scriptedNetwork) brokerAt(id int32, host string) *scriptedBroker {
	b := newScriptedBroker(n.t, &protocol.BrokerAddress{ID: id, Host: host, Port: 9092})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.brokers[b.addr()] = b
	return b
}

// dialed returns the addresses that were dialed, in order.
func (n *scriptedNetwork) dialed() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.dials...)
}

func (n *scriptedNetwork) Dial(network, addr string) (net.Conn, error) {
	return n.DialContext(context.Background(), network, addr)
}

func (n *scriptedNetwork) DialContext(_ context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.dials = append(n.dials, addr)
	b := n.brokers[addr]
	n.mu.Unlock()
	if b == nil {
		return nil, fmt.Errorf("dial %s: no such host", addr)
	}
	near, far := net.Pipe()
	if !b.accept(far) {
		return nil, fmt.Errorf("dial %s: connection refused", addr)
	}
	return near, nil
}

// scriptedBroker answers requests as a test says, API by API. It knows nothing by itself but ApiVersions: a request
// without a handler fails the test. The requests of a connection are answered in order, one by one: a handler that
// waits for a channel makes the broker slow.
type scriptedBroker struct {
	t       testing.TB
	address *protocol.BrokerAddress
	stopped chan struct{} // closed at the end of the test
	work    sync.WaitGroup

	mu       sync.Mutex // guards what follows
	handlers map[int16]scriptedHandler
	requests []*scriptedRequest
	conns    map[net.Conn]struct{}
	left     sync.Cond // on mu: a connection is gone
	down     bool
	mishap   func(key int16) mishap // nil: the network is sound
}

// mishap is what goes wrong between a client and a broker with one request.
type mishap uint8

const (
	noMishap        mishap = iota
	cutInRequest           // the connection ends before the request is through
	cutAfterRequest        // it is through, and nobody acts on it
	cutAfterAction         // it is acted on, and there is no answer
	cutInAnswer            // part of the answer comes
	loseRequest            // the connection stays, but nothing comes of the request
	loseAnswer             // the connection stays, but the answer does not come
	mishaps                // how many there are
)

// scriptedRequest is a request as a broker got it.
type scriptedRequest struct {
	protocol.RequestHeader
	Body   protocol.Message
	Broker *scriptedBroker
	conn   net.Conn
	mishap mishap
}

// scriptedHandler answers a request; its answer's version is set for it. nil is no answer: for acks=0, or after cut.
type scriptedHandler func(*scriptedRequest) protocol.Message

// cut closes the connection of a request.
func (r *scriptedRequest) cut() protocol.Message {
	_ = r.conn.Close()
	return nil
}

// hang is a handler that answers when the test is over, at last.
func hang(r *scriptedRequest) protocol.Message {
	<-r.Broker.stopped
	return r.cut()
}

// answer returns a handler that gives the answers one after another, and the last of them from then on.
func answer(answers ...protocol.Message) scriptedHandler {
	var mu sync.Mutex
	return func(*scriptedRequest) protocol.Message {
		mu.Lock()
		defer mu.Unlock()
		next := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return next
	}
}

// newScriptedBroker returns a broker that is connected to by accept.
func newScriptedBroker(t testing.TB, address *protocol.BrokerAddress) *scriptedBroker {
	b := &scriptedBroker{
		t:        t,
		address:  address,
		stopped:  make(chan struct{}),
		handlers: make(map[int16]scriptedHandler),
		conns:    make(map[net.Conn]struct{}),
	}
	b.left.L = &b.mu
	b.on(protocol.KeyApiVersions, func(*scriptedRequest) protocol.Message { return allAPIVersions() })
	t.Cleanup(b.stop)
	return b
}

// listenScripted returns a broker that listens on a loopback port.
func listenScripted(t testing.TB, id int32) *scriptedBroker {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := listener.Addr().(*net.TCPAddr)
	b := newScriptedBroker(t, &protocol.BrokerAddress{ID: id, Host: "127.0.0.1", Port: int32(at.Port)})
	b.work.Add(1)
	go func() {
		defer b.work.Done()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if !b.accept(conn) {
				_ = conn.Close()
			}
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return b
}

func allAPIVersions() *protocol.ApiVersionsResponse {
	response := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	for _, api := range protocol.APIs() {
		response.ApiKeys = append(response.ApiKeys, protocol.ApiVersionsResponseKey{
			ApiKey: api.Key, MinVersion: api.MinVersion, MaxVersion: api.MaxVersion,
		})
	}
	return response
}

func (b *scriptedBroker) addr() string {
	return net.JoinHostPort(b.address.Host, strconv.Itoa(int(b.address.Port)))
}

// on sets the handler of an API.
func (b *scriptedBroker) on(key int16, handler scriptedHandler) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handlers[key] = handler
}

// first has the next requests of an API answered by these, those after them as before.
func (b *scriptedBroker) first(key int16, handlers ...scriptedHandler) {
	b.mu.Lock()
	defer b.mu.Unlock()
	others := b.handlers[key]
	var mu sync.Mutex
	b.handlers[key] = func(r *scriptedRequest) protocol.Message {
		mu.Lock()
		handler := others
		if len(handlers) > 0 {
			handler, handlers = handlers[0], handlers[1:]
		}
		mu.Unlock()
		return handler(r)
	}
}

// setMishap chooses what goes wrong with requests by API; nil: nothing.
func (b *scriptedBroker) setMishap(choose func(key int16) mishap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mishap = choose
}

// received returns the requests of an API, in order.
func (b *scriptedBroker) received(key int16) []*scriptedRequest {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*scriptedRequest
	for _, r := range b.requests {
		if r.Key == key {
			all = append(all, r)
		}
	}
	return all
}

// cut closes all connections; new ones are accepted.
func (b *scriptedBroker) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for conn := range b.conns {
		_ = conn.Close()
	}
}

// setDown cuts all connections and refuses new ones, until it is called with false.
func (b *scriptedBroker) setDown(down bool) {
	b.mu.Lock()
	b.down = down
	b.mu.Unlock()
	if down {
		b.cut()
	}
}

// awaitNobody returns when no connection is left.
func (b *scriptedBroker) awaitNobody() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.conns) > 0 {
		b.left.Wait()
	}
}

func (b *scriptedBroker) stop() {
	b.setDown(true)
	close(b.stopped)
	b.work.Wait()
}

// accept serves a connection, unless the broker is down.
func (b *scriptedBroker) accept(conn net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return false
	}
	b.conns[conn] = struct{}{}
	b.work.Add(1)
	go func() {
		defer b.work.Done()
		b.serve(conn)
	}()
	return true
}

func (b *scriptedBroker) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.conns, conn)
		b.left.Broadcast()
	}()
	for {
		request, err := b.read(conn)
		if err != nil {
			return // the connection is closed, or the test has failed
		}
		switch request.mishap {
		case cutAfterRequest:
			return
		case loseRequest:
			continue
		}
		response := b.handle(request)
		if request.mishap == cutAfterAction {
			return
		}
		if response == nil || request.mishap == loseAnswer {
			continue
		}
		frame := b.frame(request, response)
		if request.mishap == cutInAnswer {
			_, _ = conn.Write(frame[:len(frame)/2])
			return
		}
		if _, err := conn.Write(frame); err != nil {
			return
		}
	}
}

// errCut ends a connection.
var errCut = errors.New("cut")

func (b *scriptedBroker) read(conn net.Conn) (*scriptedRequest, error) {
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(conn, frame[:2]); err != nil {
		return nil, err
	}
	m := noMishap
	b.mu.Lock()
	choose := b.mishap
	b.mu.Unlock()
	if choose != nil {
		m = choose(int16(binary.BigEndian.Uint16(frame)))
	}
	rest := frame[2:]
	if m == cutInRequest {
		rest = rest[:len(rest)/2]
	}
	if _, err := io.ReadFull(conn, rest); err != nil {
		return nil, err
	}
	if m == cutInRequest {
		return nil, errCut
	}
	header, body, err := protocol.CutRequestHeader(frame)
	if err != nil {
		b.t.Errorf("broker %d: %v", b.address.ID, err)
		return nil, err
	}
	request := &scriptedRequest{RequestHeader: header, Broker: b, conn: conn, mishap: m}
	if request.Body, err = protocol.NewRequest(header.Key, header.Version); err == nil {
		err = protocol.UnmarshalOpaque(body, request.Body) // records stay bytes
	}
	if err != nil {
		b.t.Errorf("broker %d: %v", b.address.ID, err)
	}
	return request, err
}

func (b *scriptedBroker) handle(request *scriptedRequest) protocol.Message {
	b.mu.Lock()
	b.requests = append(b.requests, request)
	handler := b.handlers[request.Key]
	b.mu.Unlock()
	if handler == nil {
		b.t.Errorf("broker %d: no handler for %s", b.address.ID, protocol.Name(request.Key))
		return request.cut()
	}
	return handler(request)
}

func (b *scriptedBroker) frame(request *scriptedRequest, response protocol.Message) []byte {
	b.mu.Lock() // a message may be the answer to several requests, at other versions
	defer b.mu.Unlock()
	protocol.SetVersion(response, request.Version)
	frame := protocol.AppendResponseHeader(nil, request.Key, request.Version, request.CorrelationID)
	frame, err := protocol.AppendBody(frame, response)
	if err != nil {
		b.t.Errorf("broker %d: %v", b.address.ID, err)
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

// scriptedCluster is what brokers answer about a cluster: it makes Metadata and FindCoordinator handlers. A change is
// seen by the next request.
type scriptedCluster struct {
	mu           sync.Mutex // guards what follows
	brokers      []*protocol.BrokerAddress
	controller   int32
	topics       map[string]*TopicMetadata
	coordinators map[string]*scriptedBroker
	refused      map[string]KError // keys whose coordinator is not told
}

// newScriptedCluster makes brokers a cluster, whose controller is the first, and sets their handlers.
func newScriptedCluster(brokers ...*scriptedBroker) *scriptedCluster {
	c := &scriptedCluster{topics: make(map[string]*TopicMetadata), coordinators: make(map[string]*scriptedBroker)}
	c.setBrokers(brokers...)
	for _, b := range brokers {
		c.serve(b)
	}
	return c
}

// serve makes a broker answer about the cluster, whether or not it is one of it.
func (c *scriptedCluster) serve(b *scriptedBroker) {
	b.on(protocol.KeyMetadata, c.metadata)
	b.on(protocol.KeyFindCoordinator, c.findCoordinator)
}

func (c *scriptedCluster) setBrokers(brokers ...*scriptedBroker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.brokers, c.controller = nil, brokers[0].address.ID
	for _, b := range brokers {
		c.brokers = append(c.brokers, b.address)
	}
}

func (c *scriptedCluster) setController(id int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.controller = id
}

// setTopic sets a topic, whose id is made of one byte (0: none), with its partitions.
func (c *scriptedCluster) setTopic(name string, id byte, partitions ...*PartitionMetadata) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics[name] = &TopicMetadata{Name: name, Uuid: Uuid{id}, Partitions: partitions}
}

func (c *scriptedCluster) setTopicError(name string, err KError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics[name] = &TopicMetadata{Name: name, Err: err}
}

func (c *scriptedCluster) deleteTopic(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.topics, name)
}

// setCoordinator sets the coordinator of a group or a transactional id; nil: there is none for now.
func (c *scriptedCluster) setCoordinator(key string, b *scriptedBroker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.coordinators[key] = b
}

// refuseCoordinator has the search for a coordinator fail.
func (c *scriptedCluster) refuseCoordinator(key string, code KError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = make(map[string]KError)
	}
	c.refused[key] = code
}

// ledBy returns a partition with a leader (-1: none) and its epoch.
func ledBy(partition, leader, epoch int32) *PartitionMetadata {
	p := &PartitionMetadata{ID: partition, Leader: leader, LeaderEpoch: epoch, Replicas: []int32{leader}, Isr: []int32{leader}}
	if leader < 0 {
		p.Err, p.Replicas, p.Isr = ErrLeaderNotAvailable, []int32{1}, []int32{}
	}
	return p
}

func (c *scriptedCluster) metadata(r *scriptedRequest) protocol.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	request := r.Body.(*MetadataRequest)
	response := &protocol.MetadataResponse{Brokers: c.brokers, ControllerID: c.controller}
	if len(request.Topics) == 0 && !request.NoTopics {
		for topic := range maps.Values(c.topics) {
			response.Topics = append(response.Topics, topic)
		}
	}
	for _, name := range request.Topics {
		topic := c.topics[name]
		if topic == nil {
			topic = &TopicMetadata{Name: name, Err: ErrUnknownTopicOrPartition}
		}
		response.Topics = append(response.Topics, topic)
	}
	return response
}

func (c *scriptedCluster) findCoordinator(r *scriptedRequest) protocol.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	request := r.Body.(*FindCoordinatorRequest)
	found := &protocol.CoordinatorAddress{
		Key:         request.CoordinatorKey,
		Coordinator: protocol.BrokerAddress{ID: -1, Port: -1},
		Err:         ErrConsumerCoordinatorNotAvailable,
	}
	if b := c.coordinators[request.CoordinatorKey]; b != nil {
		found.Coordinator, found.Err = *b.address, ErrNoError
	}
	if code, refused := c.refused[request.CoordinatorKey]; refused {
		found.Coordinator, found.Err = protocol.BrokerAddress{ID: -1, Port: -1}, code
	}
	return &protocol.FindCoordinatorResponse{
		Err: found.Err, Coordinator: &found.Coordinator, Coordinators: []*protocol.CoordinatorAddress{found},
	}
}

// findCoordinators is findCoordinator for requests that may ask for several.
func (c *scriptedCluster) findCoordinators(r *scriptedRequest) protocol.Message {
	request := r.Body.(*FindCoordinatorRequest)
	response := &protocol.FindCoordinatorResponse{}
	for _, key := range request.CoordinatorKeys {
		one := *r
		one.Body = &FindCoordinatorRequest{CoordinatorKey: key, CoordinatorType: request.CoordinatorType}
		response.Coordinators = append(response.Coordinators, c.findCoordinator(&one).(*protocol.FindCoordinatorResponse).Coordinators...)
	}
	if len(response.Coordinators) > 0 {
		return response
	}
	return c.findCoordinator(r)
}

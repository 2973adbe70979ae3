package sarama

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// NoNode is the coordinator of a FindCoordinatorResponse that has none.
var NoNode = &Broker{id: -1, addr: ":-1"}

// wireResponse is a response that holds Brokers, and what it is on the wire.
type wireResponse interface {
	// toWire returns the response as it is written, at its version.
	toWire() (protocol.Message, error)
}

// MetadataResponse answers a MetadataRequest. Its brokers are not connected.
type MetadataResponse struct {
	Version                     int16
	ThrottleTimeMs              int32 // milliseconds, v3
	Brokers                     []*Broker
	ClusterID                   *string // v2
	ControllerID                int32   // v1, -1 if there is none
	Topics                      []*TopicMetadata
	ClusterAuthorizedOperations int32  // v8 to v10, bits by AclOperation
	Err                         KError // v13, ErrRebootstrapRequired (KIP-1102)
	UnknownTags                 map[uint32][]byte
}

// AddBroker adds a broker, for tests that play one.
func (r *MetadataResponse) AddBroker(addr string, id int32) {
	r.Brokers = append(r.Brokers, &Broker{id: id, addr: addr})
}

// AddTopic adds a topic, or sets the error of one that there is, for tests that play a broker.
func (r *MetadataResponse) AddTopic(topic string, err KError) *TopicMetadata {
	for _, t := range r.Topics {
		if t.Name == topic {
			t.Err = err
			return t
		}
	}
	t := &TopicMetadata{Name: topic, Err: err}
	r.Topics = append(r.Topics, t)
	return t
}

// AddTopicPartition adds a partition, and its topic if need be, or replaces one that there is, for tests that play a broker.
func (r *MetadataResponse) AddTopicPartition(topic string, partition, brokerID int32, replicas, isr []int32, offline []int32, err KError) {
	p := partitionIn(r.AddTopic(topic, ErrNoError), partition)
	p.Leader, p.Err = brokerID, err
	p.Replicas, p.Isr, p.OfflineReplicas = notNil(replicas), notNil(isr), notNil(offline)
}

func partitionIn(t *TopicMetadata, partition int32) *PartitionMetadata {
	for _, p := range t.Partitions {
		if p.ID == partition {
			return p
		}
	}
	p := &PartitionMetadata{ID: partition}
	t.Partitions = append(t.Partitions, p)
	return p
}

func notNil(ids []int32) []int32 {
	if ids == nil {
		return []int32{}
	}
	return ids
}

// fromWire takes what was read. The topics are shared.
func (r *MetadataResponse) fromWire(w *protocol.MetadataResponse) {
	*r = MetadataResponse{
		Version: w.Version, ThrottleTimeMs: w.ThrottleTimeMs, ClusterID: w.ClusterID, ControllerID: w.ControllerID, Topics: w.Topics,
		ClusterAuthorizedOperations: w.ClusterAuthorizedOperations, Err: w.Err, UnknownTags: w.UnknownTags,
	}
	r.Brokers = make([]*Broker, len(w.Brokers))
	for i, address := range w.Brokers {
		r.Brokers[i] = newBrokerAt(address)
	}
}

func (r *MetadataResponse) toWire() (protocol.Message, error) {
	w := &protocol.MetadataResponse{
		Version: r.Version, ThrottleTimeMs: r.ThrottleTimeMs, ClusterID: r.ClusterID, ControllerID: r.ControllerID, Topics: r.Topics,
		ClusterAuthorizedOperations: r.ClusterAuthorizedOperations, Err: r.Err, UnknownTags: r.UnknownTags,
	}
	for _, b := range r.Brokers {
		address, err := b.address()
		if err != nil {
			return nil, err
		}
		w.Brokers = append(w.Brokers, address)
	}
	return w, nil
}

// address is the broker as messages name it.
func (b *Broker) address() (*protocol.BrokerAddress, error) {
	host, port, err := net.SplitHostPort(b.addr)
	if err != nil {
		return nil, PacketEncodingError{Info: err.Error()}
	}
	n, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return nil, PacketEncodingError{Info: fmt.Sprintf("port of broker %s: %v", b.addr, err)}
	}
	return &protocol.BrokerAddress{ID: b.id, Host: host, Port: int32(n), Rack: b.rack}, nil
}

// FindCoordinatorResponse answers a FindCoordinatorRequest. Its coordinator is not connected.
type FindCoordinatorResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds, v1
	Err          KError
	ErrMsg       *string // v1
	// Coordinator is the broker; nil, or NoNode's id and address, if there is none. From v4 on it is the first key's.
	Coordinator *Broker
	// Coordinators are those of all keys (v4, KIP-699); nil writes as Coordinator for the empty key.
	Coordinators []*CoordinatorOfKey
	UnknownTags  map[uint32][]byte
}

// CoordinatorOfKey is the coordinator of one key of a FindCoordinatorRequest (v4, KIP-699).
type CoordinatorOfKey struct {
	Key         string
	Coordinator *Broker
	Err         KError
	ErrMsg      *string
	UnknownTags map[uint32][]byte
}

// coordinatorAt is the broker that a response names, nil for an empty name.
func coordinatorAt(address *protocol.BrokerAddress) *Broker {
	if address == nil || address.Host == "" && address.Port == 0 {
		return nil
	}
	return newBrokerAt(address)
}

func (r *FindCoordinatorResponse) fromWire(w *protocol.FindCoordinatorResponse) {
	*r = FindCoordinatorResponse{
		Version: w.Version, ThrottleTime: w.ThrottleTime, Err: w.Err, ErrMsg: w.ErrMsg,
		Coordinator: coordinatorAt(w.Coordinator), UnknownTags: w.UnknownTags,
	}
	for _, c := range w.Coordinators {
		r.Coordinators = append(r.Coordinators, &CoordinatorOfKey{
			Key: c.Key, Coordinator: coordinatorAt(&c.Coordinator), Err: c.Err, ErrMsg: c.ErrMsg, UnknownTags: c.UnknownTags,
		})
	}
}

func (r *FindCoordinatorResponse) toWire() (protocol.Message, error) {
	w := &protocol.FindCoordinatorResponse{
		Version: r.Version, ThrottleTime: r.ThrottleTime, Err: r.Err, ErrMsg: r.ErrMsg, UnknownTags: r.UnknownTags,
	}
	var err error
	if w.Coordinator, err = addressOrNone(r.Coordinator); err != nil {
		return nil, err
	}
	all := r.Coordinators
	if all == nil {
		all = []*CoordinatorOfKey{{Coordinator: r.Coordinator, Err: r.Err, ErrMsg: r.ErrMsg}}
	}
	for _, c := range all {
		address, err := addressOrNone(c.Coordinator)
		if err != nil {
			return nil, err
		}
		w.Coordinators = append(w.Coordinators, &protocol.CoordinatorAddress{
			Key: c.Key, Coordinator: *address, Err: c.Err, ErrMsg: c.ErrMsg, UnknownTags: c.UnknownTags,
		})
	}
	return w, nil
}

func addressOrNone(b *Broker) (*protocol.BrokerAddress, error) {
	if b == nil {
		b = NoNode
	}
	return b.address()
}

// ConsumerMetadataResponse answers a ConsumerMetadataRequest. Its coordinator is not connected.
type ConsumerMetadataResponse struct {
	Version     int16
	Err         KError
	Coordinator *Broker
	// CoordinatorID is Coordinator's id.
	//
	// Deprecated: use Coordinator.ID.
	CoordinatorID int32
	// CoordinatorHost is Coordinator's host.
	//
	// Deprecated: use Coordinator.Addr.
	CoordinatorHost string
	// CoordinatorPort is Coordinator's port.
	//
	// Deprecated: use Coordinator.Addr.
	CoordinatorPort int32
}

func (r *ConsumerMetadataResponse) fromWire(w *protocol.FindCoordinatorResponse) {
	*r = ConsumerMetadataResponse{Version: w.Version, Err: w.Err, Coordinator: coordinatorAt(w.Coordinator)}
	if r.Coordinator != nil {
		r.CoordinatorID, r.CoordinatorHost, r.CoordinatorPort = w.Coordinator.ID, w.Coordinator.Host, w.Coordinator.Port
	}
}

func (r *ConsumerMetadataResponse) toWire() (protocol.Message, error) {
	find := &FindCoordinatorResponse{Version: r.Version, Err: r.Err, Coordinator: r.Coordinator}
	if find.Coordinator == nil {
		find.Coordinator = &Broker{
			id:   r.CoordinatorID,
			addr: net.JoinHostPort(r.CoordinatorHost, strconv.Itoa(int(r.CoordinatorPort))),
		}
	}
	return find.toWire()
}

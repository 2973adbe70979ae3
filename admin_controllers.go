package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// controllerRoutes finds the controllers themselves (KIP-919): they know no leaders and no coordinators.
type controllerRoutes struct {
	conf  *Config
	seeds []*Broker

	mu     sync.Mutex // guards what follows
	active int32      // the id of the active controller, -1 if it is not known
	known  map[int32]*Broker
	closed bool
}

// NewControllerAdmin returns an Admin that talks to the controllers of a KRaft cluster (Kafka 3.7, KIP-919), at their own
// addresses: for what is to be done while no broker runs. Calls that need leaders, coordinators or brokers return
// ErrUnsupportedVersion.
func NewControllerAdmin(addrs []string, conf *Config) (Admin, error) {
	if conf == nil {
		conf = NewConfig()
	}
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, ConfigurationError("You must provide at least one controller address")
	}
	r := &controllerRoutes{conf: conf, active: -1}
	for _, addr := range addrs {
		r.seeds = append(r.seeds, NewBroker(addr))
	}
	if _, err := r.refreshController(context.Background()); err != nil {
		_ = r.shut()
		return nil, err
	}
	return contextAdmin{newAdminCore(r)}, nil
}

// errControllersOnly is for what controllers do not know.
var errControllersOnly = fmt.Errorf("kafka: controllers know no leaders, coordinators or groups: %w", ErrUnsupportedVersion)

func (r *controllerRoutes) config() *Config { return r.conf }

func (r *controllerRoutes) describeRequest() (*DescribeClusterRequest, int16) {
	return &DescribeClusterRequest{
		Version:      max(protocol.MaxVersionFor(protocol.KeyDescribeCluster, r.conf.Version), 0),
		EndpointType: protocol.DescribeClusterEndpointTypeControllers,
	}, 1
}

func (r *controllerRoutes) controller(ctx context.Context) (*Broker, error) {
	r.mu.Lock()
	b, closed := r.known[r.active], r.closed
	r.mu.Unlock()
	switch {
	case closed:
		return nil, ErrClosedClient
	case b == nil:
		return r.refreshController(ctx)
	}
	r.connect(b)
	return b, nil
}

// refreshController asks one controller after another which is the active one.
func (r *controllerRoutes) refreshController(ctx context.Context) (*Broker, error) {
	var causes []error
	for _, b := range r.candidates() {
		r.connect(b)
		req, least := r.describeRequest()
		answer, err := put(ctx, b, question[DescribeClusterResponse]{
			req: req, least: least,
			judge: func(answer *DescribeClusterResponse) error { return withMessage(answer.Err, answer.ErrorMessage) },
		})
		if err != nil {
			causes = append(causes, brokerError(b, err))
			continue
		}
		if active := r.learn(answer); active != nil {
			r.connect(active)
			return active, nil
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, ErrClosedClient
	case len(causes) == 0:
		return nil, ErrControllerNotAvailable
	}
	return nil, Wrap(ErrOutOfBrokers, causes...)
}

// candidates are the controllers that may know, those that are known first.
func (r *controllerRoutes) candidates() []*Broker {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	return append(slices.Collect(maps.Values(r.known)), r.seeds...)
}

// learn takes the controllers of an answer, and returns the active one.
func (r *controllerRoutes) learn(answer *DescribeClusterResponse) *Broker {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	known, changes := mergeBrokers(r.known, describedBrokers(answer.Brokers))
	r.known, r.active = known, answer.ControllerID
	for _, change := range changes {
		if change.before != nil {
			go withRecover(func() { _ = change.before.Close() })
		}
	}
	return r.known[r.active]
}

// node asks anew if the controller is not known: it may have joined.
func (r *controllerRoutes) node(ctx context.Context, id int32) (*Broker, error) {
	for _, find := range []func(context.Context) (*Broker, error){r.controller, r.refreshController} {
		if _, err := find(ctx); err != nil {
			return nil, err
		}
		r.mu.Lock()
		b := r.known[id]
		r.mu.Unlock()
		if b != nil {
			r.connect(b)
			return b, nil
		}
	}
	return nil, &unknownNodeError{id}
}

func (r *controllerRoutes) nodes(ctx context.Context) ([]*Broker, error) {
	if _, err := r.controller(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.known)), nil
}

func (r *controllerRoutes) connect(b *Broker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		_ = b.Open(r.conf) // calls on the broker report why it failed
	}
}

func (r *controllerRoutes) shut() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return ErrClosedClient
	}
	r.closed = true
	all := append(slices.Collect(maps.Values(r.known)), r.seeds...)
	r.mu.Unlock()
	for _, b := range all {
		if err := b.Close(); err != nil && !errors.Is(err, ErrNotConnected) {
			r.conf.log().Println("Error closing controller", logBroker{b}, ":", err)
		}
	}
	return nil
}

func (r *controllerRoutes) coordinator(context.Context, CoordinatorType, string) (*Broker, error) {
	return nil, errControllersOnly
}

func (r *controllerRoutes) refreshCoordinator(context.Context, CoordinatorType, string) error {
	return errControllersOnly
}

func (r *controllerRoutes) prefetchCoordinators(context.Context, CoordinatorType, []string) {}

func (r *controllerRoutes) leader(context.Context, string, int32) (*Broker, int32, error) {
	return nil, -1, errControllersOnly
}

func (r *controllerRoutes) leaderOf(string, int32) (*Broker, int32, error) {
	return nil, -1, errControllersOnly
}

func (r *controllerRoutes) refreshMetadata(context.Context, ...string) error {
	return errControllersOnly
}

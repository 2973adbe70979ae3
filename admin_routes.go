package sarama

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"

	"github.com/seed20e6684a/sarama/protocol"
)

var errNoBroker = errors.New("no available broker")

// adminRoutes is whom an admin asks.
type adminRoutes interface {
	config() *Config
	controller(ctx context.Context) (*Broker, error)
	refreshController(ctx context.Context) (*Broker, error)
	coordinator(ctx context.Context, kind CoordinatorType, key string) (*Broker, error)
	refreshCoordinator(ctx context.Context, kind CoordinatorType, key string) error
	// prefetchCoordinators asks for many coordinators at once, where it can; coordinator tells what came of it.
	prefetchCoordinators(ctx context.Context, kind CoordinatorType, keys []string)
	leader(ctx context.Context, topic string, partition int32) (*Broker, int32, error)
	leaderOf(topic string, partition int32) (*Broker, int32, error)
	refreshMetadata(ctx context.Context, topics ...string) error
	// node returns a broker by its id, connected.
	node(ctx context.Context, id int32) (*Broker, error)
	// nodes returns all brokers.
	nodes(ctx context.Context) ([]*Broker, error)
	connect(broker *Broker)
	// describeRequest asks for the nodes that there are, and the least version for it.
	describeRequest() (*DescribeClusterRequest, int16)
	shut() error
}

// clusterRoutes finds brokers by a client's metadata.
type clusterRoutes struct{ clusterClient }

func (r clusterRoutes) config() *Config { return r.Config() }

func (r clusterRoutes) describeRequest() (*DescribeClusterRequest, int16) {
	request := NewDescribeClusterRequest(r.Config().Version)
	request.IncludeClusterAuthorizedOperations = true
	return request, 0
}

// refreshMetadata only looks: a question about a topic that does not exist must not create it.
func (r clusterRoutes) refreshMetadata(ctx context.Context, topics ...string) error {
	return r.lookAt(ctx, topics...)
}

// leader only looks, too.
func (r clusterRoutes) leader(ctx context.Context, topic string, partition int32) (*Broker, int32, error) {
	return findLeader(r, topic, partition, func() error { return r.lookAt(ctx, topic) })
}

func (r clusterRoutes) shut() error { return r.Close() }

// node asks for new metadata if the broker is not known: it may have joined.
func (r clusterRoutes) node(ctx context.Context, id int32) (*Broker, error) {
	known := func() *Broker {
		for _, b := range r.Brokers() {
			if b.ID() == id {
				r.connect(b)
				return b
			}
		}
		return nil
	}
	if b := known(); b != nil {
		return b, nil
	}
	if r.Closed() {
		return nil, ErrClosedClient
	}
	if err := r.refreshMetadata(ctx); err != nil {
		return nil, fmt.Errorf("could not find broker id %d: %w", id, err)
	}
	if b := known(); b != nil {
		return b, nil
	}
	return nil, &unknownNodeError{id}
}

// unknownNodeError says that the cluster has no broker of an id. It is ErrBrokerNotFound.
type unknownNodeError struct{ id int32 }

// Error implements error.
func (e *unknownNodeError) Error() string { return fmt.Sprintf("could not find broker id %d", e.id) }

// Unwrap makes it ErrBrokerNotFound.
func (e *unknownNodeError) Unwrap() error { return ErrBrokerNotFound }

func (r clusterRoutes) nodes(ctx context.Context) ([]*Broker, error) {
	if r.Closed() {
		return nil, ErrClosedClient
	}
	brokers := r.Brokers()
	if len(brokers) == 0 {
		if err := r.refreshMetadata(ctx); err != nil {
			return nil, err
		}
		brokers = r.Brokers()
	}
	for _, b := range brokers {
		r.connect(b)
	}
	return brokers, nil
}

// question is a request for one broker, with what its answer means.
type question[R any] struct {
	req protocol.Message
	// least is the lowest version that says all that is asked.
	least int16
	// judge returns what an answer failed with; nil: nothing in it is a failure.
	judge func(*R) error
}

// message is a response.
type message[R any] interface {
	*R
	protocol.Message
}

// put asks a broker, and returns its answer, also if that is a failure.
func put[R any, P message[R]](ctx context.Context, b *Broker, q question[R]) (*R, error) {
	if q.least > 0 {
		if err := b.haveVersion(ctx, protocol.KeyOf(q.req), q.least); err != nil {
			return nil, err
		}
	}
	answer, err := askContext[R, P](ctx, b, q.req)
	if err == nil && q.judge != nil {
		err = q.judge(answer)
	}
	return answer, err
}

// haveVersion returns an error unless both sides have a version of an API.
func (b *Broker) haveVersion(ctx context.Context, key, least int16) error {
	l, err := b.connected(ctx)
	if err != nil {
		return err
	}
	both, err := l.versionRange(key)
	switch {
	case err != nil:
		return b.wrap(err)
	case both.max >= least:
		return nil
	}
	broker, has := l.versions[key]
	known := l.versions != nil
	ours := versionRange{least, protocol.MaxVersionFor(key, l.conf.Version)}
	if ours.max < least {
		return b.wrap(&versionError{key: key, asked: least, kafka: l.conf.Version, ours: versionRange{protocol.MinVersionOf(key), ours.max}})
	}
	return b.wrap(&versionError{key: key, asked: -1, kafka: l.conf.Version, known: known, ours: ours, broker: broker, brokerHas: has})
}

// toController asks the controller, and where that is another one by now, or cannot be reached, that one.
func toController[R any, P message[R]](ctx context.Context, a *adminCore, q question[R]) (answer *R, err error) {
	err = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
		broker, err := a.routes.controller(ctx)
		if err != nil {
			return errors.Is(err, ErrControllerNotAvailable), err
		}
		answer, err = put[R, P](ctx, broker, q)
		if !staleController(err) {
			return false, err
		}
		next, none := a.routes.refreshController(ctx) // the next attempt will say if there is none
		return takenOver(err, next, none), err
	})
	return answer, err
}

// staleController tells whether another broker may be the controller by now, or the same one answer again.
func staleController(err error) bool { return errors.Is(err, ErrNotController) || outOfReach(err) }

// toCoordinator asks the coordinator of a group or a transactional id, or who has become it.
func toCoordinator[R any, P message[R]](
	ctx context.Context, a *adminCore, kind CoordinatorType, key string, q question[R],
) (answer *R, err error) {
	err = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
		broker, err := a.routes.coordinator(ctx, kind, key)
		if err == nil {
			answer, err = put[R, P](ctx, broker, q)
		}
		return a.coordinatorAgain(ctx, kind, key, err), err
	})
	return answer, err
}

// coordinatorAgain tells whether to ask again, and finds the coordinator anew if need be.
func (a *adminCore) coordinatorAgain(ctx context.Context, kind CoordinatorType, key string, err error) bool {
	if !staleCoordinator(err) {
		return false
	}
	if errors.Is(err, ErrOffsetsLoadInProgress) {
		return true
	}
	none := a.routes.refreshCoordinator(ctx, kind, key) // the next attempt will say if there is none
	if !hostGone(err) || none != nil {
		return !hostGone(err)
	}
	next, none := a.routes.coordinator(ctx, kind, key)
	return takenOver(err, next, none)
}

// staleCoordinator tells whether another broker may be the coordinator by now, or the same one answer soon.
func staleCoordinator(err error) bool {
	return errors.Is(err, ErrNotCoordinatorForConsumer) || errors.Is(err, ErrConsumerCoordinatorNotAvailable) ||
		errors.Is(err, ErrOffsetsLoadInProgress) || outOfReach(err)
}

// toNode asks one broker.
func toNode[R any, P message[R]](ctx context.Context, a *adminCore, id int32, q question[R]) (answer *R, err error) {
	err = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
		broker, err := a.routes.node(ctx, id)
		if err != nil {
			return false, err
		}
		answer, err = put[R, P](ctx, broker, q)
		return nodeAgain(err), err
	})
	return answer, err
}

// nodeAgain tells whether a broker may answer the same request soon.
func nodeAgain(err error) bool {
	return connectionLost(err) || errors.Is(err, ErrOffsetsLoadInProgress)
}

// toAny asks any broker: after one that cannot be reached, another.
func toAny[R any, P message[R]](ctx context.Context, a *adminCore, q question[R]) (answer *R, err error) {
	err = a.withAny(ctx, staleController, func(ctx context.Context, broker *Broker) error {
		var err error
		answer, err = put[R, P](ctx, broker, q)
		return err
	})
	return answer, err
}

// withAny gives use one broker after another, in random order, as long as it fails with what another may not fail with.
func (a *adminCore) withAny(ctx context.Context, again func(error) bool, use func(context.Context, *Broker) error) error {
	var untried []*Broker
	return a.retry(ctx, func(ctx context.Context) (bool, error) {
		if len(untried) == 0 {
			all, err := a.routes.nodes(ctx)
			if err != nil {
				return false, err
			}
			if len(all) == 0 {
				return false, errNoBroker
			}
			untried = all
			rand.Shuffle(len(untried), func(i, j int) { untried[i], untried[j] = untried[j], untried[i] })
		}
		broker := untried[0]
		untried = untried[1:]
		a.routes.connect(broker)
		err := use(ctx, broker)
		return again(err), err
	})
}

// toEach asks brokers, all at the same time, and returns what each answered, and what the others failed with.
func toEach[R any, P message[R]](
	ctx context.Context, a *adminCore, brokers []*Broker, ask func(*Broker) question[R],
) (answers map[int32]*R, failed map[int32]error) {
	type outcome struct {
		id     int32
		answer *R
		err    error
	}
	outcomes := make(chan outcome, len(brokers))
	for _, b := range brokers {
		go withRecover(func() {
			o := outcome{id: b.ID(), err: errPanicked}
			defer func() { outcomes <- o }()
			o.err = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
				a.routes.connect(b)
				o.answer, err = put[R, P](ctx, b, ask(b))
				return nodeAgain(err), err
			})
		})
	}
	answers, failed = make(map[int32]*R), make(map[int32]error)
	for range brokers {
		if o := <-outcomes; o.err != nil {
			failed[o.id] = o.err
		} else {
			answers[o.id] = o.answer
		}
	}
	return answers, failed
}

// errPanicked is the outcome of what PanicHandler was told of.
var errPanicked = errors.New("kafka: the call ended by a panic")

// connectionLost tells whether an error is that of a connection that broke, or could not be made: for no reason that
// would be the same next time.
func connectionLost(err error) bool {
	if err == nil || timedOut(err) {
		return false
	}
	for _, lost := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, ErrNotConnected} {
		if errors.Is(err, lost) {
			return true
		}
	}
	var op *net.OpError
	return errors.As(err, &op)
}

// outOfReach tells whether another broker may have taken over from one that could not be asked: its connection was lost, or its host
// is gone.
func outOfReach(err error) bool { return connectionLost(err) || hostGone(err) }

// hostGone tells whether an error is that of a host that is gone without a word: who connects to it has waited in vain.
func hostGone(err error) bool {
	var shown *ConnectionError
	return errors.As(err, &shown) && (shown.Problem == ProblemUnreachable || shown.Problem == ProblemNoAnswer)
}

// takenOver tells whether to ask again after an error. After a wait for a host that is gone it is of use only if another broker is in
// its place by now.
func takenOver(err error, next *Broker, none error) bool {
	var gone *BrokerError
	return !hostGone(err) || none == nil && errors.As(err, &gone) && next.Addr() != gone.Addr
}

// timedOut tells whether a broker did not answer in time.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)
}

// withMessage adds a broker's message to an error code.
func withMessage(code KError, message *string) error {
	if code == ErrNoError {
		return nil
	}
	return inWords(code, message)
}

// codeOrNil is nil for ErrNoError.
func codeOrNil(code KError) error {
	if code == ErrNoError {
		return nil
	}
	return code
}

// sortedIDs orders brokers by id, so that equal calls have equal results.
func sortedIDs[V any](m map[int32]V) []int32 {
	ids := make([]int32, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// OffsetManager keeps a group's offsets with the cluster, for those who share partitions among themselves by means of their
// own: a ConsumerGroup has it built in. Committed is what was marked, every Config.Consumer.Offsets.AutoCommit.Interval if
// AutoCommit.Enable is true, by Commit otherwise.
//
// Close its PartitionOffsetManagers, then the manager, then the client. It is safe for concurrent use.
type OffsetManager interface {
	// ManagePartition asks for the committed offset of a partition, with Config.Metadata.Retry, and returns its manager. It
	// returns a ConfigurationError if the partition is managed by this OffsetManager already.
	ManagePartition(topic string, partition int32) (PartitionOffsetManager, error)

	// Close commits what was marked, if AutoCommit.Enable is true, with up to Config.Consumer.Offsets.Retry.Max retries, and
	// ends all partitions' managers. What could not be committed is in their Errors; the error returned is nil.
	Close() error

	// Commit commits what was marked, with up to Config.Consumer.Offsets.Retry.Max retries. What could not be committed is
	// told by the partitions' Errors, and is part of the next commit.
	Commit()
}

// ContextCommitter is implemented by the value of NewOffsetManagerFromClient.
type ContextCommitter interface {
	// CommitContext is Commit that ends with ctx at the latest, and returns what failed, where Commit tells it by Errors: a
	// ConsumerError for each partition that was not committed, joined. Its reason names group, offset and broker. If ctx has a
	// deadline, what may pass is tried again until then, such as a coordinator that is away, and not only Retry.Max times.
	CommitContext(ctx context.Context) error
}

// errOffsetsClosed ends what an offset manager still does when it is closed.
var errOffsetsClosed = errors.New("kafka: offset manager closed")

// offsetManager implements OffsetManager and, for consumer groups, what they need beyond it.
type offsetManager struct {
	client     clusterClient
	conf       *Config
	group      string
	instanceID *string
	// lost is told why the member is none any more; it may be nil.
	lost context.CancelCauseFunc
	told *telemetryMeter // nil without telemetry

	ctx     context.Context // ends when Close has committed
	cancel  context.CancelCauseFunc
	closing context.Context // ends when Close begins
	close   context.CancelFunc
	running sync.WaitGroup
	once    sync.Once
	wake    chan struct{} // holds a token when a closed partition is to be committed

	// turn is held by whoever commits, sends on partitions' errors or closes those.
	turn   chan struct{}
	member offsetMember

	mu   sync.Mutex                                 // guards what follows; taken before that of a partition
	poms map[topicPartition]*partitionOffsetManager // nil: the offset is being asked for

	// index is a copy of poms for those who mark, one by one, from many goroutines; nil: poms has changed since. It is set with
	// mu held and is not changed.
	index atomic.Pointer[offsetIndex]
}

// NewOffsetManagerFromClient returns a manager of a group's offsets that uses a client, which stays yours to close, after the
// manager.
func NewOffsetManagerFromClient(group string, client Client) (OffsetManager, error) {
	if client.Closed() {
		return nil, ErrClosedClient
	}
	var instanceID *string
	if id := client.Config().Consumer.Group.InstanceId; id != "" {
		instanceID = &id
	}
	om, err := newOffsetManagerFor(client, group, "", instanceID, GroupGenerationUndefined, nil)
	if err != nil {
		return nil, err
	}
	return om, nil
}

// newOffsetManagerFor returns a manager for a member of a group. lost, which may be nil, is told when the coordinator says
// that the member is none any more, or was replaced by another of its instance id.
func newOffsetManagerFor(
	client Client, group, memberID string, instanceID *string, generation int32, lost context.CancelCauseFunc,
) (*offsetManager, error) {
	if client.Closed() {
		return nil, ErrClosedClient
	}
	om := &offsetManager{
		client:     internalsOf(client),
		conf:       client.Config(),
		group:      group,
		instanceID: instanceID,
		lost:       lost,
		told:       meterOf(client),
		wake:       make(chan struct{}, 1),
		turn:       make(chan struct{}, 1),
		member:     offsetMember{is: membership{memberID: memberID, generation: generation}},
		poms:       make(map[topicPartition]*partitionOffsetManager),
	}
	om.told.hasConsumer()
	om.ctx, om.cancel = context.WithCancelCause(context.Background())
	om.closing, om.close = context.WithCancel(om.ctx)
	if om.conf.Consumer.Offsets.AutoCommit.Enable {
		om.running.Add(1)
		go withRecover(func() {
			defer om.running.Done()
			om.run()
		})
	}
	return om, nil
}

// run is one per manager with automatic commits; it owns the ticker, and ends with Close.
func (om *offsetManager) run() {
	ticker := time.NewTicker(om.conf.Consumer.Offsets.AutoCommit.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-om.wake:
		case <-om.closing.Done():
			return
		}
		om.commitAndReport(om.closing)
	}
}

// useConsumerProtocol has the generation taken as the epoch of a member (KIP-848).
func (om *offsetManager) useConsumerProtocol() {
	om.member.change(func() { om.member.is.consumerProtocol = true })
}

// ManagePartition implements OffsetManager.
func (om *offsetManager) ManagePartition(topic string, partition int32) (PartitionOffsetManager, error) {
	if err := om.managePartitions(om.ctx, map[string][]int32{topic: {partition}}, never); err != nil {
		return nil, err
	}
	return om.find(topic, partition), nil
}

// managePartitions is ManagePartition for many, with one request; find returns their managers then. See fetch of mayWait.
func (om *offsetManager) managePartitions(ctx context.Context, topicPartitions map[string][]int32, mayWait func() bool) error {
	asked, err := om.reserve(topicPartitions)
	if err != nil || len(asked) == 0 {
		return err
	}
	offsets, err := om.fetch(ctx, topicPartitions, mayWait)
	om.mu.Lock()
	defer om.mu.Unlock()
	if om.closing.Err() != nil {
		err = om.closedError()
	}
	om.index.Store(nil)
	for _, tp := range asked {
		if err != nil {
			delete(om.poms, tp)
			continue
		}
		om.poms[tp] = newPartitionOffsetManager(om, tp, offsets[tp])
	}
	return err
}

// reserve takes note that the offsets of partitions are asked for.
func (om *offsetManager) reserve(topicPartitions map[string][]int32) ([]topicPartition, error) {
	om.mu.Lock()
	defer om.mu.Unlock()
	if om.closing.Err() != nil {
		return nil, om.closedError()
	}
	var asked []topicPartition
	for topic, partitions := range topicPartitions {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			if _, taken := om.poms[tp]; taken {
				for _, tp := range asked {
					delete(om.poms, tp)
				}
				return nil, ConfigurationError("That topic/partition is already being managed")
			}
			asked = append(asked, tp)
			om.poms[tp] = nil
		}
	}
	return asked, nil
}

func (om *offsetManager) closedError() error {
	return fmt.Errorf("offsets of group %s: %w", om.group, errOffsetsClosed)
}

// find returns a partition's manager; nil: there is none.
func (om *offsetManager) find(topic string, partition int32) *partitionOffsetManager {
	index := om.index.Load()
	if index == nil {
		index = om.newIndex()
	}
	return index.find(topicPartition{topic, partition})
}

func (om *offsetManager) newIndex() *offsetIndex {
	om.mu.Lock()
	defer om.mu.Unlock()
	index := indexOffsets(om.poms)
	om.index.Store(index)
	return index
}

// all returns the managers that choose is true for; it is called with their mu held.
func (om *offsetManager) all(choose func(*partitionOffsetManager) bool) []*partitionOffsetManager {
	om.mu.Lock()
	defer om.mu.Unlock()
	var chosen []*partitionOffsetManager
	for _, pom := range om.poms {
		if pom == nil {
			continue
		}
		pom.mu.Lock()
		if choose(pom) {
			chosen = append(chosen, pom)
		}
		pom.mu.Unlock()
	}
	return chosen
}

// Commit implements OffsetManager.
func (om *offsetManager) Commit() { om.commitAndReport(om.ctx) }

// CommitContext implements ContextCommitter.
func (om *offsetManager) CommitContext(ctx context.Context) error { return om.commit(ctx) }

// commit commits what was marked, and returns what failed.
func (om *offsetManager) commit(ctx context.Context) error {
	ctx, release := om.bound(ctx)
	defer release()
	if err := om.takeTurn(ctx); err != nil {
		return fmt.Errorf("committing offsets of group %s: %w", om.group, err)
	}
	defer om.yieldTurn()
	return joinFailures(om.flush(ctx, dirty, om.untilDeadline(ctx)))
}

// untilDeadline allows to wait as long as ctx does, if it has a deadline, and the manager is not closed meanwhile.
func (om *offsetManager) untilDeadline(ctx context.Context) (mayWait func() bool) {
	_, ok := ctx.Deadline()
	return func() bool { return ok && ctx.Err() == nil && om.closing.Err() == nil }
}

// commitAndReport commits what was marked, and tells the partitions' users what failed.
func (om *offsetManager) commitAndReport(ctx context.Context) {
	if om.takeTurn(ctx) != nil {
		return // it is closed
	}
	defer om.yieldTurn()
	failures := om.flush(ctx, dirty, never)
	if ctx == om.closing && ctx.Err() != nil {
		return // Close tries again
	}
	for _, failed := range failures {
		failed.report()
	}
}

// dirty chooses the partitions with something to commit.
func dirty(pom *partitionOffsetManager) bool { return pom.dirty }

// bound returns a context that also ends when Close has committed.
func (om *offsetManager) bound(ctx context.Context) (context.Context, func()) {
	if ctx == om.ctx || ctx == om.closing {
		return ctx, func() {}
	}
	if om.ctx.Err() != nil {
		return om.ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(om.ctx, func() { cancel(context.Cause(om.ctx)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// releasePartitions ends the managers of partitions that are another member's from now on, after a last commit if commits are
// automatic. What that failed with is told by Errors, and returned. See flush of mayWait.
func (om *offsetManager) releasePartitions(ctx context.Context, topicPartitions map[string][]int32, mayWait func() bool) error {
	leaving := make(map[topicPartition]struct{})
	for topic, partitions := range topicPartitions {
		for _, partition := range partitions {
			leaving[topicPartition{topic, partition}] = struct{}{}
		}
	}
	return om.end(ctx, func(pom *partitionOffsetManager) bool {
		_, leaves := leaving[pom.topicPartition]
		return leaves
	}, mayWait)
}

// end has partitions' managers committed, if commits are automatic, and ended, after Errors has told what failed, which it returns.
func (om *offsetManager) end(ctx context.Context, choose func(*partitionOffsetManager) bool, mayWait func() bool) error {
	ctx, release := om.bound(ctx)
	defer release()
	if err := om.takeTurn(ctx); err != nil {
		return fmt.Errorf("committing offsets of group %s: %w", om.group, err)
	}
	defer om.yieldTurn()
	ending := om.all(func(pom *partitionOffsetManager) bool {
		if !choose(pom) {
			return false
		}
		pom.done = true
		return true
	})
	var failures []offsetFailure
	if om.conf.Consumer.Offsets.AutoCommit.Enable {
		failures = om.flush(ctx, func(pom *partitionOffsetManager) bool { return pom.dirty && choose(pom) }, mayWait)
	}
	if len(failures) > 0 && ctx.Err() != nil {
		return joinFailures(failures) // Close tries again, or gives up
	}
	for _, failed := range failures {
		failed.report()
	}
	om.drop(ending)
	return joinFailures(failures)
}

// joinFailures is one error of what was not committed; nil: all was.
func joinFailures(failures []offsetFailure) error {
	var all []error
	for _, failed := range failures {
		all = append(all, failed.err)
	}
	return errors.Join(all...)
}

// Close implements OffsetManager.
func (om *offsetManager) Close() error {
	om.closePatiently(never)
	return nil
}

// closePatiently is Close. See flush of mayWait.
func (om *offsetManager) closePatiently(mayWait func() bool) {
	om.once.Do(func() {
		om.mu.Lock() // who holds mu may have seen that it was not closing, and add a partition
		om.close()
		om.mu.Unlock()
		om.running.Wait()
		everyone := func(*partitionOffsetManager) bool { return true }
		_ = om.end(context.Background(), everyone, mayWait) // Errors tells
		om.cancel(errOffsetsClosed)
		om.turn <- struct{}{} // whoever has it ends, now at the latest
		om.drop(om.all(everyone))
		<-om.turn
	})
}

// takeTurn waits until nobody else commits.
func (om *offsetManager) takeTurn(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case om.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// yieldTurn ends the managers that were closed meanwhile and have nothing to commit, and gives the turn back.
func (om *offsetManager) yieldTurn() {
	due := func(pom *partitionOffsetManager) bool { return pom.done && !pom.dirty }
	for {
		om.drop(om.all(due))
		<-om.turn
		if len(om.all(due)) == 0 || !om.tryTurn() {
			return
		}
	}
}

func (om *offsetManager) tryTurn() bool {
	select {
	case om.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

// drop ends managers. The caller has the turn.
func (om *offsetManager) drop(poms []*partitionOffsetManager) {
	for _, pom := range poms {
		om.mu.Lock()
		if om.poms[pom.topicPartition] == pom {
			delete(om.poms, pom.topicPartition)
			om.index.Store(nil)
		}
		om.mu.Unlock()
		close(pom.errors)
	}
}

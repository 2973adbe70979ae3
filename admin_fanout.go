package sarama

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// partitionOutcome is what came of asking a partition's leader.
type partitionOutcome struct {
	err   error // nil: it has answered
	stage askStage
}

// askStage is how far a call to a leader or coordinator has come.
type askStage uint8

const (
	stageLookup   askStage = iota // there is nobody to ask
	stageRequest                  // it could not be asked
	stageAnswered                 // it has answered
)

// leaderAsk asks a leader about partitions of its own. It returns what each failed with, by partition, or what all of them
// failed with.
type leaderAsk func(ctx context.Context, leader *Broker, own []topicPartition) (map[topicPartition]error, error)

// toLeaders asks the leaders of partitions, all at the same time. Those whose leader is another one by now, or cannot be
// reached, are asked about again.
func (a *adminCore) toLeaders(ctx context.Context, partitions []topicPartition, ask leaderAsk) map[topicPartition]partitionOutcome {
	outcomes := make(map[topicPartition]partitionOutcome, len(partitions))
	pending := partitions
	_ = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
		a.askLeaders(ctx, pending, outcomes, ask)
		pending = slices.DeleteFunc(slices.Clone(pending), func(tp topicPartition) bool { return !staleLeader(outcomes[tp]) })
		if len(pending) == 0 {
			return false, nil
		}
		_ = a.routes.refreshMetadata(ctx, topicsOf(pending)...) // the next attempt will say if it was of no use
		pending = slices.DeleteFunc(pending, func(tp topicPartition) bool {
			next, _, none := a.routes.leaderOf(tp.topic, tp.partition)
			return !takenOver(outcomes[tp].err, next, none)
		})
		if len(pending) == 0 {
			return false, nil
		}
		return true, outcomes[pending[0]].err
	})
	endAtClose(a, outcomes)
	return outcomes
}

// endAtClose says of what failed when the admin was closed that this was why.
func endAtClose[K comparable](a *adminCore, outcomes map[K]partitionOutcome) {
	if a.ctx.Err() == nil {
		return
	}
	for key, o := range outcomes {
		if o.err != nil && o.stage != stageAnswered {
			outcomes[key] = partitionOutcome{ErrClosedClient, stageRequest}
		}
	}
}

// staleLeader tells whether another broker may be the leader by now, or the same one answer again.
func staleLeader(o partitionOutcome) bool {
	var code KError
	switch {
	case o.err == nil || o.stage == stageLookup:
		return false
	case o.stage == stageRequest:
		return outOfReach(o.err)
	}
	return errors.As(o.err, &code) && protocol.NeedsMetadata(code)
}

// askLeaders asks once about each partition.
func (a *adminCore) askLeaders(
	ctx context.Context, partitions []topicPartition, outcomes map[topicPartition]partitionOutcome, ask leaderAsk,
) {
	type round struct {
		own     []topicPartition
		refused map[topicPartition]error
		err     error
	}
	byLeader := make(map[*Broker][]topicPartition)
	asked := make(map[string]bool) // topics whose metadata was asked for just now
	for _, tp := range partitions {
		leader, err := a.leaderOnce(ctx, tp, asked)
		if err != nil {
			outcomes[tp] = partitionOutcome{err, stageLookup}
			continue
		}
		byLeader[leader] = append(byLeader[leader], tp)
	}
	rounds := make(chan round, len(byLeader))
	for leader, own := range byLeader {
		go withRecover(func() {
			r := round{own: own, err: errPanicked}
			defer func() { rounds <- r }()
			r.refused, r.err = ask(ctx, leader, own)
		})
	}
	for range byLeader {
		r := <-rounds
		for _, tp := range r.own {
			outcomes[tp] = partitionOutcome{r.refused[tp], stageAnswered}
			if r.err != nil {
				outcomes[tp] = partitionOutcome{r.err, stageRequest}
			}
		}
	}
}

// leaderOnce finds a partition's leader, and asks for a topic's metadata once at most.
func (a *adminCore) leaderOnce(ctx context.Context, tp topicPartition, asked map[string]bool) (*Broker, error) {
	find := a.routes.leaderOf
	if !asked[tp.topic] {
		find = func(topic string, partition int32) (*Broker, int32, error) {
			return a.routes.leader(ctx, topic, partition)
		}
	}
	leader, _, err := find(tp.topic, tp.partition)
	if err != nil {
		asked[tp.topic] = true
	}
	return leader, err
}

// coordinatorAsk asks a coordinator about what it coordinates. It returns what each failed with, by key, or what all of
// them failed with.
type coordinatorAsk func(ctx context.Context, coordinator *Broker, own []string) (map[string]error, error)

// coordinated is what came of asking coordinators: what each group, or transactional id, failed with.
type coordinated map[string]partitionOutcome

// toCoordinators asks the coordinators of groups or transactional ids, all at the same time. Those whose coordinator is
// another one by now, or cannot be reached, are asked about again.
func (a *adminCore) toCoordinators(ctx context.Context, kind CoordinatorType, keys []string, ask coordinatorAsk) coordinated {
	outcomes := make(coordinated, len(keys))
	pending := keys
	_ = a.retry(ctx, func(ctx context.Context) (again bool, err error) {
		a.askCoordinators(ctx, kind, pending, outcomes, ask)
		var stale []string
		for _, key := range pending {
			if a.coordinatorAgain(ctx, kind, key, outcomes[key].err) {
				stale = append(stale, key)
			}
		}
		if pending = stale; len(pending) == 0 {
			return false, nil
		}
		return true, outcomes[pending[0]].err
	})
	endAtClose(a, outcomes)
	return outcomes
}

// askCoordinators asks once about each key.
func (a *adminCore) askCoordinators(ctx context.Context, kind CoordinatorType, keys []string, outcomes coordinated, ask coordinatorAsk) {
	type round struct {
		own     []string
		refused map[string]error
		err     error
	}
	a.routes.prefetchCoordinators(ctx, kind, keys)
	byCoordinator := make(map[*Broker][]string)
	for _, key := range keys {
		coordinator, err := a.routes.coordinator(ctx, kind, key)
		if err != nil {
			outcomes[key] = partitionOutcome{err, stageLookup}
			continue
		}
		byCoordinator[coordinator] = append(byCoordinator[coordinator], key)
	}
	rounds := make(chan round, len(byCoordinator))
	for coordinator, own := range byCoordinator {
		go withRecover(func() {
			r := round{own: own, err: errPanicked}
			defer func() { rounds <- r }()
			r.refused, r.err = ask(ctx, coordinator, own)
		})
	}
	for range byCoordinator {
		r := <-rounds
		for _, key := range r.own {
			outcomes[key] = partitionOutcome{r.refused[key], stageAnswered}
			if r.err != nil {
				outcomes[key] = partitionOutcome{r.err, stageRequest}
			}
		}
	}
}

// unanswered is the outcome of what was asked for, as long as the answer has not told another: it may lack some of it.
func unanswered[K comparable](own []K) map[K]error {
	refused := make(map[K]error, len(own))
	for _, key := range own {
		refused[key] = ErrIncompleteResponse
	}
	return refused
}

// partitionList is a map of partitions as a list, in order.
func partitionList[L ~[]int32](partitions map[string]L) []topicPartition {
	var all []topicPartition
	for topic, list := range partitions {
		for _, p := range list {
			all = append(all, topicPartition{topic, p})
		}
	}
	slices.SortFunc(all, topicPartition.compare)
	return slices.Compact(all)
}

// partitionKeys is the keys of a map by topic and partition, in order.
func partitionKeys[V any](m map[string]map[int32]V) []topicPartition {
	var all []topicPartition
	for topic, partitions := range m {
		for p := range partitions {
			all = append(all, topicPartition{topic, p})
		}
	}
	slices.SortFunc(all, topicPartition.compare)
	return all
}

// byTopic is a list of partitions as a map.
func byTopic(partitions []topicPartition) map[string][]int32 {
	m := make(map[string][]int32)
	for _, tp := range partitions {
		m[tp.topic] = append(m[tp.topic], tp.partition)
	}
	return m
}

func topicsOf(partitions []topicPartition) []string {
	var topics []string
	for _, tp := range partitions {
		topics = append(topics, tp.topic)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// putPartition sets a value in a map by topic and partition.
func putPartition[V any](m map[string]map[int32]V, tp topicPartition, v V) {
	if m[tp.topic] == nil {
		m[tp.topic] = make(map[int32]V)
	}
	m[tp.topic][tp.partition] = v
}

// distinct leaves out repetitions of the same error: what all partitions of a broker failed with is one failure.
func distinct(errs []error) []error {
	var once []error
	for _, err := range errs {
		if !slices.ContainsFunc(once, func(other error) bool { return sameError(other, err) }) {
			once = append(once, err)
		}
	}
	return once
}

// sameError compares without a panic for errors that cannot be compared.
func sameError(a, b error) bool {
	pa, oka := a.(*BrokerError)
	pb, okb := b.(*BrokerError)
	return oka && okb && pa == pb || errors.Is(a, ErrClosedClient) && errors.Is(b, ErrClosedClient)
}

// syncPartitions is a map by topic and partition that goroutines fill.
type syncPartitions[V any] struct {
	mu sync.Mutex // guards m
	m  map[string]map[int32]V
}

func (s *syncPartitions[V]) put(tp topicPartition, v V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[string]map[int32]V)
	}
	putPartition(s.m, tp, v)
}

// byTopic is the map, which is not nil. Nobody fills it any more.
func (s *syncPartitions[V]) byTopic() map[string]map[int32]V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		return make(map[string]map[int32]V)
	}
	return s.m
}

// syncMap is a map that goroutines fill.
type syncMap[V any] struct {
	mu sync.Mutex // guards m
	m  map[string]V
}

func (s *syncMap[V]) put(key string, v V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[string]V)
	}
	s.m[key] = v
}

// all is the map, which is not nil. Nobody fills it any more.
func (s *syncMap[V]) all() map[string]V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		return make(map[string]V)
	}
	return s.m
}

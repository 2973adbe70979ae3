package sarama

import (
	"cmp"
	"errors"
	"maps"
	"slices"
)

// BalanceStrategyRoundRobin is one strategy for all who use it.
//
// Deprecated: use NewBalanceStrategyRoundRobin, which shares nothing.
var BalanceStrategyRoundRobin = NewBalanceStrategyRoundRobin()

// roundRobinStrategy has no state.
type roundRobinStrategy struct{}

// NewBalanceStrategyRoundRobin returns a strategy that deals the partitions of all topics like cards: each goes to the next
// member, in the order of their ids, that subscribes to its topic.
//
// Topics t and u with partitions 0 to 2 and members a and b give
//
//	a: t 0 2, u 1
//	b: t 1,   u 0 2
func NewBalanceStrategyRoundRobin() BalanceStrategy { return roundRobinStrategy{} }

// Name implements BalanceStrategy.
func (roundRobinStrategy) Name() string { return RoundRobinBalanceStrategyName }

// Plan implements BalanceStrategy. Without members or without topics it fails.
func (roundRobinStrategy) Plan(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32,
) (BalanceStrategyPlan, error) {
	if len(members) == 0 || len(topics) == 0 {
		return nil, errors.New("members and topics are not provided")
	}
	ids := slices.Sorted(maps.Keys(members))
	subscribers := subscribersByTopic(members)
	plan := make(BalanceStrategyPlan, len(members))
	next := 0
	for _, tp := range dealingOrder(topics) {
		takers := subscribers[tp.topic]
		if len(takers) == 0 {
			continue
		}
		for !contains(takers, ids[next%len(ids)]) {
			next++
		}
		plan.Add(ids[next%len(ids)], tp.topic, tp.partition)
		next++
	}
	return plan, nil
}

// dealingOrder is that of the texts "topic-partition": partition 10 comes before 2. Members of mixed versions must plan
// alike, so it stays.
func dealingOrder(topics map[string][]int32) []topicPartition {
	type card struct {
		topicPartition
		text string
	}
	var cards []card
	for topic, partitions := range topics {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			cards = append(cards, card{tp, tp.String()})
		}
	}
	slices.SortFunc(cards, func(a, b card) int {
		return cmp.Or(cmp.Compare(a.text, b.text), a.compare(b.topicPartition))
	})
	order := make([]topicPartition, len(cards))
	for i, c := range cards {
		order[i] = c.topicPartition
	}
	return order
}

// AssignmentData implements BalanceStrategy: there is none.
func (roundRobinStrategy) AssignmentData(string, map[string][]int32, int32) ([]byte, error) {
	return nil, nil
}

func contains(sorted []string, s string) bool {
	_, found := slices.BinarySearch(sorted, s)
	return found
}

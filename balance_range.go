package sarama

import (
	"slices"
)

// BalanceStrategyRange is one strategy for all who use it.
//
// Deprecated: use NewBalanceStrategyRange, which shares nothing.
var BalanceStrategyRange = NewBalanceStrategyRange()

// rangeStrategy has no state.
type rangeStrategy struct{}

// NewBalanceStrategyRange returns the default strategy. It shares each topic by itself: members in the order of their ids get
// ranges of its partitions, equally long or by one longer for the first.
//
// Topics t and u with partitions 0 to 4 and members a and b give
//
//	a: t 0 1 2, u 0 1 2
//	b: t 3 4,   u 3 4
func NewBalanceStrategyRange() BalanceStrategy { return rangeStrategy{} }

// Name implements BalanceStrategy.
func (rangeStrategy) Name() string { return RangeBalanceStrategyName }

// Plan implements BalanceStrategy.
func (rangeStrategy) Plan(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32,
) (BalanceStrategyPlan, error) {
	plan := make(BalanceStrategyPlan, len(members))
	for topic, subscribers := range subscribersByTopic(members) {
		partitions := topics[topic]
		share, longer := len(partitions)/len(subscribers), len(partitions)%len(subscribers)
		for i, member := range subscribers {
			n := share
			if i < longer {
				n++
			}
			plan.Add(member, topic, partitions[:n]...)
			partitions = partitions[n:]
		}
	}
	return plan, nil
}

// AssignmentData implements BalanceStrategy: there is none.
func (rangeStrategy) AssignmentData(string, map[string][]int32, int32) ([]byte, error) {
	return nil, nil
}

// subscribersByTopic returns the members of each topic, sorted, each once.
func subscribersByTopic(members map[string]ConsumerGroupMemberMetadata) map[string][]string {
	subscribers := make(map[string][]string)
	for member, metadata := range members {
		for _, topic := range metadata.Topics {
			subscribers[topic] = append(subscribers[topic], member)
		}
	}
	for topic, ids := range subscribers {
		slices.Sort(ids)
		subscribers[topic] = slices.Compact(ids)
	}
	return subscribers
}

package sarama

import (
	"fmt"
	"slices"
)

const (
	// RangeBalanceStrategyName is the name of NewBalanceStrategyRange, as of Java's RangeAssignor.
	RangeBalanceStrategyName = "range"
	// RoundRobinBalanceStrategyName is the name of NewBalanceStrategyRoundRobin, as of Java's RoundRobinAssignor.
	RoundRobinBalanceStrategyName = "roundrobin"
	// StickyBalanceStrategyName is the name of NewBalanceStrategySticky, as of Java's StickyAssignor.
	StickyBalanceStrategyName = "sticky"
	// CooperativeStickyBalanceStrategyName is the name of NewBalanceStrategyCooperativeSticky, as of Java's
	// CooperativeStickyAssignor.
	CooperativeStickyBalanceStrategyName = "cooperative-sticky"
)

// BalanceStrategyPlan is who gets what: by member id and topic, the partitions.
type BalanceStrategyPlan map[string]map[string][]int32

// Add gives a member partitions of a topic, beyond those it has.
func (p BalanceStrategyPlan) Add(memberID, topic string, partitions ...int32) {
	if len(partitions) == 0 {
		return
	}
	topics := p[memberID]
	if topics == nil {
		topics = make(map[string][]int32, 1)
		p[memberID] = topics
	}
	topics[topic] = append(topics[topic], partitions...)
}

// BalanceStrategy shares the partitions of topics among the members of a consumer group. The group's leader calls Plan, once
// for each generation; one strategy may be called by several groups at the same time.
//
// What else a strategy does it shows by implementing SubscriptionUserDataBalanceStrategy, OnAssignmentBalanceStrategy or
// RebalanceProtocolBalanceStrategy.
type BalanceStrategy interface {
	// Name tells strategies apart; all members of a group must know the one that is used.
	Name() string

	// Plan shares out topics (partitions by topic) among members (what they told, by member id).
	Plan(members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32) (BalanceStrategyPlan, error)

	// AssignmentData returns what goes to a member along with its partitions, ConsumerGroupMemberAssignment.UserData.
	AssignmentData(memberID string, topics map[string][]int32, generationID int32) ([]byte, error)
}

// SubscriptionUserDataBalanceStrategy is a BalanceStrategy that sends data of its own with each join.
type SubscriptionUserDataBalanceStrategy interface {
	BalanceStrategy

	// SubscriptionUserData is called before each join with the topics subscribed to. What it returns, nil too, becomes
	// ConsumerGroupMemberMetadata.UserData in the place of Config.Consumer.Group.Member.UserData. An error is logged, and
	// the member joins with the configured data.
	SubscriptionUserData(topics []string) ([]byte, error)
}

// OnAssignmentBalanceStrategy is a BalanceStrategy that wants to know what its member was given.
type OnAssignmentBalanceStrategy interface {
	BalanceStrategy

	// OnAssignment is called after each SyncGroup with the member's assignment and the generation, before anything of it is
	// consumed and before the next SubscriptionUserData. The rebalance waits for it.
	OnAssignment(assignment *ConsumerGroupMemberAssignment, generationID int32)
}

// RebalanceProtocol is how partitions move from one member to another.
type RebalanceProtocol int8

const (
	// RebalanceProtocolEager has every member give up all its partitions before it joins again.
	RebalanceProtocolEager RebalanceProtocol = iota
	// RebalanceProtocolCooperative has members keep the partitions that do not move (Kafka 2.4, KIP-429).
	RebalanceProtocolCooperative
)

// String returns "eager" or "cooperative".
func (p RebalanceProtocol) String() string {
	switch p {
	case RebalanceProtocolEager:
		return "eager"
	case RebalanceProtocolCooperative:
		return "cooperative"
	default:
		return fmt.Sprintf("unknown(%d)", int8(p))
	}
}

// RebalanceProtocolBalanceStrategy is a BalanceStrategy that can take part in other protocols than the eager one. A group
// uses the cooperative protocol if all of its strategies can.
type RebalanceProtocolBalanceStrategy interface {
	BalanceStrategy

	// SupportedProtocols returns the protocols that the strategy's plans are good for.
	SupportedProtocols() []RebalanceProtocol
}

// supportedProtocols is the eager protocol alone for strategies that do not say.
func supportedProtocols(strategy BalanceStrategy) []RebalanceProtocol {
	if s, ok := strategy.(RebalanceProtocolBalanceStrategy); ok {
		return s.SupportedProtocols()
	}
	return []RebalanceProtocol{RebalanceProtocolEager}
}

// selectRebalanceProtocol returns the best protocol that all strategies support.
func selectRebalanceProtocol(strategies []BalanceStrategy) (RebalanceProtocol, error) {
	if len(strategies) == 0 {
		return RebalanceProtocolEager, ConfigurationError("no Consumer.Group.Rebalance balance strategies configured")
	}
	eager, cooperative := true, true
	for _, strategy := range strategies {
		protocols := supportedProtocols(strategy)
		for _, protocol := range protocols {
			if protocol != RebalanceProtocolEager && protocol != RebalanceProtocolCooperative {
				return RebalanceProtocolEager, ConfigurationError(fmt.Sprintf(
					"balance strategy %q declares unsupported rebalance protocol %s", strategy.Name(), protocol))
			}
		}
		eager = eager && slices.Contains(protocols, RebalanceProtocolEager)
		cooperative = cooperative && slices.Contains(protocols, RebalanceProtocolCooperative)
	}
	switch {
	case cooperative:
		return RebalanceProtocolCooperative, nil
	case eager:
		return RebalanceProtocolEager, nil
	default:
		return RebalanceProtocolEager, ConfigurationError(
			"Consumer.Group.Rebalance.GroupStrategies do not have a commonly supported rebalance protocol")
	}
}

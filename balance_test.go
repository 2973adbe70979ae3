package sarama

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// subscriptions are members that subscribe to topics.
func subscriptions(topics map[string][]string) map[string]ConsumerGroupMemberMetadata {
	members := map[string]ConsumerGroupMemberMetadata{}
	for member, of := range topics {
		members[member] = ConsumerGroupMemberMetadata{Topics: of}
	}
	return members
}

func TestBalanceStrategyPlanAdd(t *testing.T) {
	plan := BalanceStrategyPlan{}
	plan.Add("a", "t")
	require.Empty(t, plan)
	plan.Add("a", "t", 1, 2)
	plan.Add("a", "t", 0)
	plan.Add("a", "u", 7)
	require.Equal(t, BalanceStrategyPlan{"a": {"t": {1, 2, 0}, "u": {7}}}, plan)
}

func TestRangeAndRoundRobin(t *testing.T) {
	two := map[string][]string{"a": {"t", "u"}, "b": {"u", "t", "t"}}
	five := []int32{0, 1, 2, 3, 4}
	for name, test := range map[string]struct {
		strategy BalanceStrategy
		members  map[string][]string
		topics   map[string][]int32
		want     BalanceStrategyPlan
	}{
		"range": {NewBalanceStrategyRange(), two, map[string][]int32{"t": five, "u": five},
			BalanceStrategyPlan{"a": {"t": {0, 1, 2}, "u": {0, 1, 2}}, "b": {"t": {3, 4}, "u": {3, 4}}}},
		"range, more members than partitions": {NewBalanceStrategyRange(),
			map[string][]string{"c": {"t"}, "a": {"t"}, "b": {"t"}}, map[string][]int32{"t": {0, 1}},
			BalanceStrategyPlan{"a": {"t": {0}}, "b": {"t": {1}}}},
		"range, an unknown topic": {NewBalanceStrategyRange(), two, map[string][]int32{"t": {0}},
			BalanceStrategyPlan{"a": {"t": {0}}}},
		"roundrobin": {NewBalanceStrategyRoundRobin(), two, map[string][]int32{"t": {2, 1, 0}, "u": {0, 1, 2}},
			BalanceStrategyPlan{"a": {"t": {0, 2}, "u": {1}}, "b": {"t": {1}, "u": {0, 2}}}},
		"roundrobin, unequal subscriptions": {NewBalanceStrategyRoundRobin(),
			map[string][]string{"a": {"t"}, "b": {"t", "u"}, "c": {"u", "v"}},
			map[string][]int32{"t": {0}, "u": {0, 1}, "v": {0}, "w": {0}},
			BalanceStrategyPlan{"a": {"t": {0}}, "b": {"u": {0}}, "c": {"u": {1}, "v": {0}}}},
		"roundrobin, by text": {NewBalanceStrategyRoundRobin(), map[string][]string{"a": {"t"}, "b": {"t"}},
			map[string][]int32{"t": {1, 2, 10, 11}}, BalanceStrategyPlan{"a": {"t": {1, 11}}, "b": {"t": {10, 2}}}},
	} {
		plan, err := test.strategy.Plan(subscriptions(test.members), test.topics)
		require.NoError(t, err, name)
		require.Equal(t, test.want, plan, name)
		data, err := test.strategy.AssignmentData("a", test.want["a"], 3)
		require.NoError(t, err)
		require.Nil(t, data)
	}
	for _, strategy := range []BalanceStrategy{BalanceStrategyRoundRobin, NewBalanceStrategyRoundRobin()} {
		_, err := strategy.Plan(subscriptions(two), nil)
		require.EqualError(t, err, "members and topics are not provided")
		_, err = strategy.Plan(nil, map[string][]int32{"t": {0}})
		require.EqualError(t, err, "members and topics are not provided")
	}
	require.Equal(t, RangeBalanceStrategyName, BalanceStrategyRange.Name())
	require.Equal(t, RoundRobinBalanceStrategyName, BalanceStrategyRoundRobin.Name())
}

func TestRebalanceProtocolNames(t *testing.T) {
	require.Equal(t, "eager", RebalanceProtocolEager.String())
	require.Equal(t, "cooperative", RebalanceProtocolCooperative.String())
	require.Equal(t, "unknown(-1)", RebalanceProtocol(-1).String())
}

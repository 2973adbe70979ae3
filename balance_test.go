package sarama

import (
	"bytes"
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

func TestStickyKeepsWhatUserDataTells(t *testing.T) {
	strategy := NewBalanceStrategySticky()
	topics := map[string][]int32{"t": {0, 1, 2, 3, 4, 5}}
	members := subscriptions(map[string][]string{"a": {"t"}, "b": {"t"}})
	plan, err := strategy.Plan(members, topics)
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{"a": {"t": {0, 2, 4}}, "b": {"t": {1, 3, 5}}}, plan)

	for id := range members {
		data, err := strategy.AssignmentData(id, plan[id], 1)
		require.NoError(t, err)
		members[id] = ConsumerGroupMemberMetadata{Topics: []string{"t"}, UserData: data}
	}
	members["c"] = ConsumerGroupMemberMetadata{Topics: []string{"t"}}
	plan, err = strategy.Plan(members, topics)
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{"a": {"t": {0, 2}}, "b": {"t": {1, 3}}, "c": {"t": {4, 5}}}, plan)
}

func TestStickyUserData(t *testing.T) {
	strategy := BalanceStrategySticky
	data, err := strategy.AssignmentData("a", map[string][]int32{"t": {3}}, 7)
	require.NoError(t, err)
	v0 := "\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x01\x00\x00\x00\x03"
	require.Equal(t, v0+"\x00\x00\x00\x07", string(data))

	// Of the same partition, generation 7 is newer than version 0, which tells none.
	topics := map[string][]int32{"t": {3}}
	members := map[string]ConsumerGroupMemberMetadata{
		"a": {Topics: []string{"t"}, UserData: []byte(v0)},
		"b": {Topics: []string{"t"}, UserData: data},
	}
	plan, err := strategy.Plan(members, topics)
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{"a": {}, "b": {"t": {3}}}, plan)

	var logged bytes.Buffer
	captureLog(t, &logged)
	members["a"] = members["b"]
	_, err = strategy.Plan(members, topics)
	require.NoError(t, err)
	require.Equal(t, "Topic t Partition 3 is assigned to multiple consumers following sticky assignment generation 7\n",
		logged.String())

	members["c"] = ConsumerGroupMemberMetadata{UserData: []byte{1, 2}}
	_, err = strategy.Plan(members, topics)
	require.ErrorContains(t, err, "member c")
}

func TestCooperativeSticky(t *testing.T) {
	strategy := NewBalanceStrategyCooperativeSticky()
	require.Equal(t, CooperativeStickyBalanceStrategyName, strategy.Name())
	protocol, err := selectRebalanceProtocol([]BalanceStrategy{strategy})
	require.NoError(t, err)
	require.Equal(t, RebalanceProtocolCooperative, protocol)
	protocol, err = selectRebalanceProtocol([]BalanceStrategy{strategy, NewBalanceStrategyRange()})
	require.NoError(t, err)
	require.Equal(t, RebalanceProtocolEager, protocol)

	data, err := strategy.(SubscriptionUserDataBalanceStrategy).SubscriptionUserData(nil)
	require.NoError(t, err)
	require.Equal(t, []byte{0xff, 0xff, 0xff, 0xff}, data)
	strategy.(OnAssignmentBalanceStrategy).OnAssignment(&ConsumerGroupMemberAssignment{}, 258)
	data, err = strategy.(SubscriptionUserDataBalanceStrategy).SubscriptionUserData(nil)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 0, 1, 2}, data)
	data, err = strategy.AssignmentData("a", nil, 3)
	require.NoError(t, err)
	require.Nil(t, data)
}

func TestCooperativeStickyWithholdsWhatMoves(t *testing.T) {
	owning := func(generation int32, version int16, partitions ...int32) ConsumerGroupMemberMetadata {
		m := ConsumerGroupMemberMetadata{
			Version: version, Topics: []string{"t"}, OwnedPartitions: []*OwnedPartition{{Topic: "t", Partitions: partitions}},
		}
		if version >= 2 {
			m.GenerationID = generation
		} else {
			m.UserData = []byte{0, 0, 0, byte(generation)}
		}
		return m
	}
	topics := map[string][]int32{"t": {0, 1, 2, 3}}
	for _, version := range []int16{1, 2} {
		members := map[string]ConsumerGroupMemberMetadata{
			"a": owning(5, version, 0, 1, 2),
			"b": owning(4, version, 2), // it was b's before
		}
		plan, err := NewBalanceStrategyCooperativeSticky().Plan(members, topics)
		require.NoError(t, err)
		// a 3, b 1 would be uneven: 2 goes back to b, but a has it still.
		require.Equal(t, BalanceStrategyPlan{"a": {"t": {0, 1}}, "b": {"t": {3}}}, plan, "version %d", version)
	}
	members := map[string]ConsumerGroupMemberMetadata{
		"a": owning(5, 2, 0, 1, 2, 3), "b": {Topics: []string{"t"}, Version: 2, GenerationID: -1},
	}
	plan, err := NewBalanceStrategyCooperativeSticky().Plan(members, topics)
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{"a": {"t": {0, 1}}, "b": {}}, plan)

	var logged bytes.Buffer
	captureLog(t, &logged)
	members["b"] = ConsumerGroupMemberMetadata{UserData: []byte{1}}
	_, err = NewBalanceStrategyCooperativeSticky().Plan(members, topics)
	require.NoError(t, err)
	require.Contains(t, logged.String(), "undecodable user data of member b: 1 bytes")
}

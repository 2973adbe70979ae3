package sarama

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// rackMembers are members that subscribe to topics, by their racks.
func rackMembers(racks map[string]string, topics ...string) map[string]ConsumerGroupMemberMetadata {
	members := make(map[string]ConsumerGroupMemberMetadata)
	for id, rack := range racks {
		metadata := ConsumerGroupMemberMetadata{Version: 3, Topics: topics, GenerationID: GroupGenerationUndefined}
		if rack != "" {
			metadata.RackID = &rack
		}
		members[id] = metadata
	}
	return members
}

// racksBy returns the racks of partitions by their numbers, of all topics alike.
func racksBy(racks ...[]string) func(string, int32) []string {
	return func(_ string, partition int32) []string { return racks[int(partition)%len(racks)] }
}

func nearIn(plan BalanceStrategyPlan, members map[string]ConsumerGroupMemberMetadata, racks func(string, int32) []string) (near int) {
	for id, topics := range plan {
		for topic, partitions := range topics {
			for _, partition := range partitions {
				if slices.Contains(racks(topic, partition), rackOf(members[id])) {
					near++
				}
			}
		}
	}
	return near
}

func TestRangeByRacks(t *testing.T) {
	members := rackMembers(map[string]string{"a": "east", "b": "north", "c": "west"}, "t", "u")
	strategy := NewBalanceStrategyRange().(RackAwareBalanceStrategy)
	topics := map[string][]int32{"t": {0, 1, 2, 3, 4, 5}, "u": {0, 1, 2, 3, 4, 5}}

	plan, err := strategy.PlanWithRacks(members, topics, racksBy([]string{"west"}, []string{"north"}, []string{"east"}))
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{
		"a": {"t": {2, 5}, "u": {2, 5}}, "b": {"t": {1, 4}, "u": {1, 4}}, "c": {"t": {0, 3}, "u": {0, 3}},
	}, plan)

	// Topics that lie differently are aligned where they can be near, and near nevertheless where they cannot.
	plan, err = strategy.PlanWithRacks(members, topics, func(topic string, partition int32) []string {
		if topic == "t" {
			return []string{[]string{"west", "north", "east"}[partition%3]}
		}
		return []string{[]string{"west", "east", "north"}[partition%3]}
	})
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{
		"a": {"t": {2, 5}, "u": {1, 4}}, "b": {"t": {1, 4}, "u": {2, 5}}, "c": {"t": {0, 3}, "u": {0, 3}},
	}, plan)

	// Nobody has more than others for being near.
	plan, err = strategy.PlanWithRacks(members, map[string][]int32{"t": {0, 1, 2, 3}}, racksBy([]string{"west"}, []string{"west"}, []string{"west"}, []string{"east"}))
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{"a": {"t": {3}}, "b": {"t": {2}}, "c": {"t": {0, 1}}}, plan)
}

// TestRacksThatMakeNoDifference give the plan that there is without.
func TestRacksThatMakeNoDifference(t *testing.T) {
	topics := map[string][]int32{"t": {0, 1, 2, 3, 4}, "u": {0, 1, 2}}
	for name, racks := range map[string]func(string, int32) []string{
		"unknown":        racksBy(nil),
		"everywhere":     racksBy([]string{"east", "west"}),
		"nobody's":       racksBy([]string{"south"}, []string{"moon"}),
		"without a name": racksBy([]string{""}, nil),
	} {
		for _, strategy := range []BalanceStrategy{NewBalanceStrategyRange(), NewBalanceStrategySticky(), NewBalanceStrategyCooperativeSticky()} {
			members := rackMembers(map[string]string{"a": "east", "b": "west", "c": ""}, "t", "u")
			want, err := strategy.Plan(members, topics)
			require.NoError(t, err)
			got, err := strategy.(RackAwareBalanceStrategy).PlanWithRacks(members, topics, racks)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s, %s", strategy.Name(), name)
		}
	}
}

// TestPlansByRacksAreAsEven compares random plans with those without racks: nobody has more or less of a topic by ranges, or of
// all by the sticky strategies, and more is near.
func TestPlansByRacksAreAsEven(t *testing.T) {
	names := []string{"east", "north", "west"}
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		ids := make(map[string]string)
		for i := range 1 + rnd.IntN(6) {
			ids[fmt.Sprintf("m%d", i)] = names[rnd.IntN(3)]
		}
		topics := map[string][]int32{"t": nil, "u": nil, "v": nil}
		placed := make(map[topicPartition][]string)
		for _, topic := range []string{"t", "u", "v"} {
			for p := range int32(rnd.IntN(12)) {
				topics[topic] = append(topics[topic], p)
				placed[topicPartition{topic, p}] = []string{names[rnd.IntN(3)], names[rnd.IntN(3)]}
			}
		}
		racks := func(topic string, partition int32) []string { return placed[topicPartition{topic, partition}] }
		members := rackMembers(ids, "t", "u", "v")
		for _, strategy := range []BalanceStrategy{NewBalanceStrategyRange(), NewBalanceStrategySticky(), NewBalanceStrategyCooperativeSticky()} {
			want, err := strategy.Plan(members, topics)
			require.NoError(t, err)
			got, err := strategy.(RackAwareBalanceStrategy).PlanWithRacks(members, topics, racks)
			require.NoError(t, err)
			require.Equal(t, sharesOf(want, strategy), sharesOf(got, strategy), "%s, seed %d", strategy.Name(), seed)
			require.GreaterOrEqual(t, nearIn(got, members, racks), nearIn(want, members, racks), "%s, seed %d", strategy.Name(), seed)
			seen := make(map[topicPartition]bool)
			for _, of := range got {
				for topic, partitions := range of {
					for _, p := range partitions {
						require.False(t, seen[topicPartition{topic, p}])
						seen[topicPartition{topic, p}] = true
					}
				}
			}
			require.Len(t, seen, len(placed))
		}
	}
}

// sharesOf are how many partitions members have, sorted: of each topic by ranges, of all else.
func sharesOf(plan BalanceStrategyPlan, strategy BalanceStrategy) map[string][]int {
	shares := make(map[string][]int)
	for _, topics := range plan {
		all := 0
		for topic, partitions := range topics {
			all += len(partitions)
			if strategy.Name() == RangeBalanceStrategyName && len(partitions) > 0 {
				shares[topic] = append(shares[topic], len(partitions))
			}
		}
		if strategy.Name() != RangeBalanceStrategyName && all > 0 {
			shares[""] = append(shares[""], all)
		}
	}
	for topic := range shares {
		slices.Sort(shares[topic])
	}
	return shares
}

// rackClient knows where brokers and replicas are.
type rackClient struct{ Client }

func (rackClient) Brokers() []*Broker {
	east, west := "east", "west"
	return []*Broker{{id: 1, rack: &east}, {id: 2, rack: &west}, {id: 3}}
}

func (rackClient) Replicas(_ string, partition int32) ([]int32, error) {
	return [][]int32{{2, 3}, {1, 3}, nil}[partition], []error{nil, ErrReplicaNotAvailable, ErrUnknownTopicOrPartition}[partition]
}

// TestLeadersPlanByRacks where members tell theirs, with strategies that can.
func TestLeadersPlanByRacks(t *testing.T) {
	j := &joining{consumerGroup: &consumerGroup{client: foreignClient{rackClient{}}}}
	topics := map[string][]int32{"t": {0, 1, 2}}
	located := rackMembers(map[string]string{"a": "east", "b": "west", "c": ""}, "t")
	plan, err := j.planFor(NewBalanceStrategyRange(), located, topics)
	require.NoError(t, err)
	require.Equal(t, BalanceStrategyPlan{"a": {"t": {1}}, "b": {"t": {0}}, "c": {"t": {2}}}, plan)

	ranges := BalanceStrategyPlan{"a": {"t": {0}}, "b": {"t": {1}}, "c": {"t": {2}}}
	plan, err = j.planFor(NewBalanceStrategyRange(), rackMembers(map[string]string{"a": "", "b": "", "c": ""}, "t"), topics)
	require.NoError(t, err)
	require.Equal(t, ranges, plan)
	plan, err = j.planFor(NewBalanceStrategyRoundRobin(), located, topics)
	require.NoError(t, err)
	require.Equal(t, ranges, plan)
	require.ElementsMatch(t, []string{"a", "b", "c"}, slices.Collect(maps.Keys(plan)))
}

package compat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	theirs "github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	ours "github.com/seed20e6684a/sarama"
)

// randomGroup draws topics and members' subscriptions.
func randomGroup(r *rand.Rand) (topics map[string][]int32, members map[string][]string) {
	topics, members = map[string][]int32{}, map[string][]string{}
	for i := range 1 + r.IntN(5) {
		for p := range 1 + r.IntN(15) {
			topics[fmt.Sprint("t", i)] = append(topics[fmt.Sprint("t", i)], int32(p))
		}
	}
	for i := range 1 + r.IntN(8) {
		for topic := range topics {
			if r.IntN(3) > 0 {
				members[fmt.Sprint("m", i)] = append(members[fmt.Sprint("m", i)], topic)
			}
		}
	}
	return topics, members
}

// TestRangeAndRoundRobinAgree plans the same groups with both libraries: members of one group may run either.
func TestRangeAndRoundRobinAgree(t *testing.T) {
	for seed := range uint64(500) {
		topics, members := randomGroup(rand.New(rand.NewPCG(seed, 2)))
		our, their := map[string]ours.ConsumerGroupMemberMetadata{}, map[string]theirs.ConsumerGroupMemberMetadata{}
		for id, subscribed := range members {
			our[id] = ours.ConsumerGroupMemberMetadata{Topics: subscribed}
			their[id] = theirs.ConsumerGroupMemberMetadata{Topics: subscribed}
		}
		for _, name := range []string{"range", "roundrobin"} {
			got, gotErr := ourStrategy(name).(ours.BalanceStrategy).Plan(our, topics)
			want, wantErr := theirStrategy(name).(theirs.BalanceStrategy).Plan(their, topics)
			require.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(gotErr))
			require.Equal(t, map[string]map[string][]int32(want), map[string]map[string][]int32(got), "%s, seed %d", name, seed)
		}
	}
}

// loads are the numbers of partitions that members have, in order.
func loads(plan map[string]map[string][]int32) (loads []int, squares int) {
	for _, of := range plan {
		n := 0
		for _, partitions := range of {
			n += len(partitions)
		}
		loads, squares = append(loads, n), squares+n*n
	}
	slices.Sort(loads)
	return loads, squares
}

// moved counts the partitions that are another's after a rebalance.
func moved(before, after map[string]map[string][]int32) int {
	n := 0
	for member, topics := range before {
		for topic, partitions := range topics {
			for _, p := range partitions {
				if !slices.Contains(after[member][topic], p) {
					n++
				}
			}
		}
	}
	return n
}

// TestStickyIsAsEvenAndAsSticky plans with our data and theirs: ours is no less even, and where both are as even it moves
// no more.
func TestStickyIsAsEvenAndAsSticky(t *testing.T) {
	evener, fewer := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		topics, members := randomGroup(r)
		if len(members) < 2 {
			continue
		}
		same := seed%2 == 0
		our, their := map[string]ours.ConsumerGroupMemberMetadata{}, map[string]theirs.ConsumerGroupMemberMetadata{}
		ourSticky, theirSticky := ours.NewBalanceStrategySticky(), theirs.NewBalanceStrategySticky()
		var all []string
		for topic := range topics {
			all = append(all, topic)
		}
		for id := range members {
			if same {
				members[id] = all
			}
			their[id] = theirs.ConsumerGroupMemberMetadata{Topics: members[id]}
		}
		before, err := theirSticky.Plan(their, topics)
		require.NoError(t, err)
		for id := range members { // the same members again, each with what their plan gave it
			theirData, err := theirSticky.AssignmentData(id, before[id], 1)
			require.NoError(t, err)
			ourData, err := ourSticky.AssignmentData(id, before[id], 1)
			require.NoError(t, err)
			require.Len(t, ourData, len(theirData))
			their[id] = theirs.ConsumerGroupMemberMetadata{Topics: members[id], UserData: theirData}
			our[id] = ours.ConsumerGroupMemberMetadata{Topics: members[id], UserData: theirData}
		}
		our["new"] = ours.ConsumerGroupMemberMetadata{Topics: all}
		their["new"] = theirs.ConsumerGroupMemberMetadata{Topics: all}
		got, err := ourSticky.Plan(our, topics)
		require.NoError(t, err)
		want, err := theirSticky.Plan(their, topics)
		require.NoError(t, err)
		gotLoads, gotSquares := loads(got)
		wantLoads, wantSquares := loads(want)
		require.LessOrEqual(t, gotSquares, wantSquares, "%v %v", gotLoads, wantLoads)
		switch gotMoved, wantMoved := moved(before, got), moved(before, want); {
		case gotSquares < wantSquares:
			evener++
		case same:
			require.LessOrEqual(t, gotMoved, wantMoved, "seed %d", seed)
			fallthrough
		default:
			if gotMoved < wantMoved {
				fewer++
			}
		}
	}
	t.Logf("more even than theirs: %d; as even with fewer moves: %d", evener, fewer)
}

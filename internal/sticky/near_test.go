package sticky

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// racks is where members and partitions' replicas are.
type racks struct {
	members    map[string]Member
	partitions map[string][][]string
}

func (r racks) near(member, topic string, partition int32) bool {
	return slices.Contains(r.of(topic, partition), r.members[member].Rack)
}

func (r racks) of(topic string, partition int32) []string { return r.partitions[topic][partition] }

func (r racks) count(plan Plan) (near int) {
	for member, topics := range plan {
		for topic, partitions := range topics {
			for _, p := range partitions {
				if r.near(member, topic, p) {
					near++
				}
			}
		}
	}
	return near
}

// randomRacks gives members racks, too.
func randomRacks(rnd *rand.Rand, members map[string]Member, topics map[string][]int32, replicas int) racks {
	names := []string{"east", "north", "west"}
	r := racks{members: members, partitions: map[string][][]string{}}
	for _, id := range slices.Sorted(maps.Keys(members)) {
		member := members[id]
		member.Rack = names[rnd.IntN(len(names))]
		members[id] = member
	}
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		for range topics[topic] {
			of := make([]string, 0, replicas)
			for _, i := range rnd.Perm(len(names))[:replicas] {
				of = append(of, names[i])
			}
			r.partitions[topic] = append(r.partitions[topic], of)
		}
	}
	return r
}

func loads(plan Plan) []int {
	var all []int
	for member := range plan {
		all = append(all, count(plan, member))
	}
	slices.Sort(all)
	return all
}

// TestNearPlansAreAsEven as those that know no racks, and nearer; and who has what is near keeps it.
func TestNearPlansAreAsEven(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		topics := cluster(1+rnd.IntN(4), 1+rnd.IntN(12))
		members := group(1+rnd.IntN(8), topics)
		if rnd.IntN(2) == 0 { // subscriptions differ
			for id, member := range members {
				member.Topics = slices.DeleteFunc(slices.Clone(member.Topics), func(string) bool { return rnd.IntN(4) == 0 })
				members[id] = member
			}
		}
		r := randomRacks(rnd, members, topics, 1+rnd.IntN(2))
		without, _ := Assign(members, topics)
		plan, conflicts := AssignNear(members, topics, r.of)
		require.Empty(t, conflicts)
		requireValid(t, members, topics, plan)
		requireBalanced(t, members, plan)
		require.Equal(t, loads(without), loads(plan), "seed %d", seed)
		require.GreaterOrEqual(t, r.count(plan), r.count(without), "seed %d", seed)
		kept, _ := AssignNear(joined(members, plan, 1), topics, r.of)
		require.Equal(t, plan, kept, "seed %d: nothing has changed, so nothing moves", seed)
	}
}

// TestNearPlansAreBest compares with all plans there are of a small group that are even.
func TestNearPlansAreBest(t *testing.T) {
	worse := 0
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		topics := cluster(1, 6)
		members := group(3, topics)
		r := randomRacks(rnd, members, topics, 1+rnd.IntN(2))
		plan, _ := AssignNear(members, topics, r.of)
		best := 0
		for code := range 729 {
			candidate, of := Plan{}, code
			for p := range int32(6) {
				member := fmt.Sprintf("m%03d", of%3)
				if candidate[member] == nil {
					candidate[member] = map[string][]int32{}
				}
				candidate[member]["t00"] = append(candidate[member]["t00"], p)
				of /= 3
			}
			if slices.Equal(loads(candidate), []int{2, 2, 2}) {
				best = max(best, r.count(candidate))
			}
		}
		if r.count(plan) < best {
			worse++
		}
	}
	t.Logf("%d of 200 plans could be nearer", worse)
	require.Zero(t, worse)
}

func TestNearCountsForMoreThanOwned(t *testing.T) {
	r := racks{partitions: map[string][][]string{"t": {{"west"}, {"east"}, {"east", "west"}, {"east", "west"}}}}
	topics := map[string][]int32{"t": {0, 1, 2, 3}}
	plan, _ := AssignNear(map[string]Member{
		"a": {Topics: []string{"t"}, Owned: map[string][]int32{"t": {0, 2}}, Generation: 1, Rack: "east"},
		"b": {Topics: []string{"t"}, Owned: map[string][]int32{"t": {1, 3}}, Generation: 1, Rack: "west"},
	}, topics, r.of)
	require.Equal(t, Plan{"a": {"t": {1, 2}}, "b": {"t": {0, 3}}}, plan)
}

func BenchmarkAssignNear(b *testing.B) {
	topics := cluster(20, 100)
	members := group(100, topics)
	r := randomRacks(rand.New(rand.NewPCG(1, 1)), members, topics, 2)
	plan, _ := AssignNear(members, topics, r.of)
	owned := joined(members, plan, 1)
	owned["new"] = Member{Topics: owned["m000"].Topics, Generation: NoGeneration, Rack: "east"}
	for name, members := range map[string]map[string]Member{"fresh": members, "one more": owned} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				AssignNear(members, topics, r.of)
			}
		})
	}
}

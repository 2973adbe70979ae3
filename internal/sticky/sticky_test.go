package sticky

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func count(plan Plan, member string) int {
	n := 0
	for _, partitions := range plan[member] {
		n += len(partitions)
	}
	return n
}

// requireValid checks that each partition that anyone subscribes to is in exactly one part, that of a subscriber.
func requireValid(t *testing.T, members map[string]Member, topics map[string][]int32, plan Plan) {
	t.Helper()
	require.ElementsMatch(t, slices.Collect(maps.Keys(members)), slices.Collect(maps.Keys(plan)))
	owners := map[string]int{}
	for member, of := range plan {
		for topic, partitions := range of {
			require.NotEmpty(t, partitions)
			require.Contains(t, members[member].Topics, topic)
			for _, p := range partitions {
				require.Contains(t, topics[topic], p)
				owners[fmt.Sprint(topic, p)]++
			}
		}
	}
	for topic, partitions := range topics {
		wanted := 0
		for _, member := range members {
			if slices.Contains(member.Topics, topic) {
				wanted = 1
			}
		}
		for _, p := range partitions {
			require.Equal(t, wanted, owners[fmt.Sprint(topic, p)], "%s %d", topic, p)
		}
	}
}

// requireBalanced checks that from nobody a chain of moves leads to one with two less: then no plan has lower squares of
// loads. It looks at members alone, by repeated widening, unlike the code.
func requireBalanced(t *testing.T, members map[string]Member, plan Plan) {
	t.Helper()
	for start := range members {
		reached := map[string]bool{start: true}
		for grown := true; grown; {
			grown = false
			for from := range maps.Clone(reached) {
				for topic := range plan[from] {
					for to, member := range members {
						if !reached[to] && slices.Contains(member.Topics, topic) {
							reached[to], grown = true, true
						}
					}
				}
			}
		}
		for to := range reached {
			require.LessOrEqual(t, count(plan, start), count(plan, to)+1, "%s could pass on to %s", start, to)
		}
	}
}

func cluster(topics, partitions int) map[string][]int32 {
	all := map[string][]int32{}
	for i := range topics {
		for p := range partitions {
			topic := fmt.Sprintf("t%02d", i)
			all[topic] = append(all[topic], int32(p))
		}
	}
	return all
}

func group(n int, topics map[string][]int32) map[string]Member {
	members := map[string]Member{}
	for i := range n {
		members[fmt.Sprintf("m%03d", i)] = Member{Topics: slices.Sorted(maps.Keys(topics)), Generation: NoGeneration}
	}
	return members
}

// joined are members as they come back with what a plan gave them.
func joined(members map[string]Member, plan Plan, generation int32) map[string]Member {
	next := map[string]Member{}
	for id, member := range members {
		next[id] = Member{Topics: member.Topics, Owned: plan[id], Generation: generation, Rack: member.Rack}
	}
	return next
}

// moved counts the partitions which had an owner who is still there, and have another now.
func moved(before, after Plan) int {
	n := 0
	for member, topics := range before {
		of, there := after[member]
		if !there {
			continue
		}
		for topic, partitions := range topics {
			for _, p := range partitions {
				if !slices.Contains(of[topic], p) {
					n++
				}
			}
		}
	}
	return n
}

func TestFreshPlanDealsLikeCards(t *testing.T) {
	topics := cluster(2, 3)
	plan, conflicts := Assign(group(2, topics), topics)
	require.Empty(t, conflicts)
	require.Equal(t, Plan{
		"m000": {"t00": {0, 2}, "t01": {1}},
		"m001": {"t00": {1}, "t01": {0, 2}},
	}, plan)
}

func TestJoinsAndLeavesMoveNoMoreThanBalanceAsks(t *testing.T) {
	for _, size := range []struct{ topics, partitions, members int }{{1, 6, 2}, {3, 7, 4}, {10, 100, 20}, {5, 1, 9}, {2, 50, 50}} {
		topics := cluster(size.topics, size.partitions)
		total := size.topics * size.partitions
		members := group(size.members, topics)
		plan, _ := Assign(members, topics)
		requireValid(t, members, topics, plan)
		requireBalanced(t, members, plan)

		again, _ := Assign(joined(members, plan, 1), topics)
		require.Equal(t, plan, again, "nothing changed, nothing moves")

		more := joined(members, plan, 1)
		more["new"] = Member{Topics: slices.Sorted(maps.Keys(topics))}
		grown, _ := Assign(more, topics)
		requireValid(t, more, topics, grown)
		requireBalanced(t, more, grown)
		require.LessOrEqual(t, moved(plan, grown), total/(size.members+1)+1, "only the share of the new member moves")
		require.Equal(t, count(grown, "new"), moved(plan, grown))

		fewer := joined(more, grown, 2)
		delete(fewer, "m000")
		shrunk, _ := Assign(fewer, topics)
		requireValid(t, fewer, topics, shrunk)
		requireBalanced(t, fewer, shrunk)
		require.Zero(t, moved(grown, shrunk), "who stays keeps all")
	}
}

// TestRandomGroups goes through many rebalances in which members, topics and subscriptions change.
func TestRandomGroups(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		topics := map[string][]int32{}
		for i := range 1 + r.IntN(8) {
			for p := range r.IntN(12) {
				topics[fmt.Sprint("t", i)] = append(topics[fmt.Sprint("t", i)], int32(p))
			}
		}
		names := slices.Sorted(maps.Keys(topics))
		members := map[string]Member{}
		for generation := range int32(8) {
			for i := range 1 + r.IntN(3) {
				m := Member{Generation: NoGeneration}
				for _, topic := range names {
					if r.IntN(3) > 0 {
						m.Topics = append(m.Topics, topic)
					}
				}
				members[fmt.Sprint("m", generation, i)] = m
			}
			for id := range members {
				if r.IntN(5) == 0 && len(members) > 1 {
					delete(members, id)
				}
			}
			if len(names) > 0 && r.IntN(4) == 0 {
				topics[names[0]] = append(topics[names[0]], int32(len(topics[names[0]])))
			}
			plan, conflicts := Assign(members, topics)
			require.Empty(t, conflicts)
			requireValid(t, members, topics, plan)
			requireBalanced(t, members, plan)
			same, _ := Assign(members, topics)
			require.Equal(t, plan, same)
			next := joined(members, plan, generation)
			kept, _ := Assign(next, topics)
			require.Equal(t, plan, kept, "nothing changed, nothing moves")
			for id, m := range members { // some come back with what they had a generation ago
				if r.IntN(4) == 0 {
					next[id] = m
				}
			}
			members = next
		}
	}
}

func TestNewerClaimsPrevail(t *testing.T) {
	topics := cluster(1, 3)
	all := map[string][]int32{"t00": {0, 1, 2}}
	members := map[string]Member{
		"a": {Topics: []string{"t00"}, Owned: map[string][]int32{"t00": {0, 1, 7}}, Generation: 1},
		"b": {Topics: []string{"t00"}, Owned: map[string][]int32{"t00": {1, 2}}, Generation: 2},
		"c": {Topics: []string{"other"}, Owned: all, Generation: 1},
	}
	plan, conflicts := Assign(members, topics)
	require.Equal(t, Plan{"a": {"t00": {0}}, "b": {"t00": {1, 2}}, "c": {}}, plan)
	require.Equal(t, []Conflict{{"t00", 0, 1}}, conflicts)
}

func TestWhatMovesGoesBackToWhoHadItBefore(t *testing.T) {
	topics := cluster(1, 6)
	subscribed := []string{"t00"}
	plan, _ := Assign(map[string]Member{
		"a": {Topics: subscribed, Owned: map[string][]int32{"t00": {0, 1, 2, 3, 4, 5}}, Generation: 3},
		"b": {Topics: subscribed},
		"c": {Topics: subscribed, Owned: map[string][]int32{"t00": {0, 3}}, Generation: 2},
	}, topics)
	require.Equal(t, []int32{0, 3}, plan["c"]["t00"])
}

func TestChainsMakePlansEven(t *testing.T) {
	topics := map[string][]int32{"x": {0, 1, 2}, "y": {0, 1}, "z": {0}}
	members := map[string]Member{
		"a": {Topics: []string{"x"}, Owned: map[string][]int32{"x": {0, 1, 2}}},
		"b": {Topics: []string{"x", "y"}, Owned: map[string][]int32{"y": {0, 1}}},
		"c": {Topics: []string{"y", "z"}, Owned: map[string][]int32{"z": {0}}},
	}
	plan, _ := Assign(members, topics)
	requireValid(t, members, topics, plan)
	for member := range members {
		require.Equal(t, 2, count(plan, member))
	}
}

func TestWithhold(t *testing.T) {
	members := map[string]Member{
		"a": {Owned: map[string][]int32{"t": {0, 1, 2, 5, 6}, "u": {0}}, Generation: 3},
		"b": {Owned: map[string][]int32{"t": {3, 5}}, Generation: 2},
		"c": {Owned: map[string][]int32{"t": {6}}, Generation: 3},
		"d": {Owned: map[string][]int32{"t": {0}}, Generation: 1},
	}
	plan := Plan{"a": {"t": {0, 1}}, "b": {"t": {2, 3, 4, 5}, "u": {0}}, "c": {"t": {6}}, "d": {}}
	Withhold(plan, members)
	require.Equal(t, Plan{
		"a": {"t": {0, 1}}, // what d claims of old is no claim
		"b": {"t": {3, 4}}, // 2 and u's 0 are a's still, and so is 5, whatever b claims
		"c": {"t": {6}},    // claimed by both in one generation: somebody must have it
		"d": {},
	}, plan)
}

// TestCooperativeRebalancesSettle plays rebalances until nothing is withheld: two are enough.
func TestCooperativeRebalancesSettle(t *testing.T) {
	topics := cluster(4, 25)
	members := group(7, topics)
	plan, _ := Assign(members, topics)
	members = joined(members, plan, 1)
	members["new"] = Member{Topics: slices.Sorted(maps.Keys(topics)), Generation: NoGeneration}
	first, _ := Assign(members, topics)
	Withhold(first, members)
	require.Zero(t, count(first, "new"), "all of it has owners still")
	for id := range members {
		for topic, partitions := range first[id] {
			require.Subset(t, members[id].Owned[topic], partitions)
		}
	}
	members = joined(members, first, 2)
	second, _ := Assign(members, topics)
	Withhold(second, members)
	requireValid(t, members, topics, second)
	requireBalanced(t, members, second)
	require.Zero(t, moved(first, second))
}

func TestNothingToShare(t *testing.T) {
	plan, _ := Assign(nil, cluster(1, 1))
	require.Empty(t, plan)
	plan, _ = Assign(group(2, nil), nil)
	require.Equal(t, Plan{"m000": {}, "m001": {}}, plan)
	plan, _ = Assign(map[string]Member{"a": {Topics: []string{"t"}, Owned: map[string][]int32{"t": {1}}}}, map[string][]int32{"t": nil})
	require.Equal(t, Plan{"a": {}}, plan)
}

func BenchmarkAssign(b *testing.B) {
	for _, size := range []struct{ topics, partitions, members int }{{10, 100, 100}, {100, 100, 1000}} {
		topics := cluster(size.topics, size.partitions)
		members := group(size.members, topics)
		b.Run(fmt.Sprintf("fresh, %d partitions, %d members", size.topics*size.partitions, size.members), func(b *testing.B) {
			for b.Loop() {
				Assign(members, topics)
			}
		})
		one := maps.Clone(members)
		one["m000"] = Member{Topics: one["m000"].Topics, Owned: topics}
		b.Run(fmt.Sprintf("one has all, %d partitions, %d members", size.topics*size.partitions, size.members), func(b *testing.B) {
			for b.Loop() {
				Assign(one, topics)
			}
		})
	}
}

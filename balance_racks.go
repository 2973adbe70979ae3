package sarama

import (
	"maps"
	"slices"
	"strings"
)

// RackAwareBalanceStrategy is a BalanceStrategy that gives partitions, where that costs no balance, to members in a rack of one
// of their replicas, which they can read from (KIP-881, KIP-392). Those of NewBalanceStrategyRange, NewBalanceStrategySticky and
// NewBalanceStrategyCooperativeSticky are. Members tell their racks by Config.RackID from Config.Version 3.5 on.
type RackAwareBalanceStrategy interface {
	BalanceStrategy

	// PlanWithRacks is called in the place of Plan if a member has told its rack. Racks returns the racks of the brokers that
	// have a partition, none if they are not known. Where racks make no difference its plan is that of Plan.
	PlanWithRacks(
		members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(topic string, partition int32) []string,
	) (BalanceStrategyPlan, error)
}

// rackMap tells which partitions are near to which members.
type rackMap struct {
	ofMember    map[string]string
	ofPartition map[topicPartition][]string // sorted, each once
}

func newRackMap(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(string, int32) []string,
) *rackMap {
	r := &rackMap{ofMember: make(map[string]string), ofPartition: make(map[topicPartition][]string)}
	for id, metadata := range members {
		if rack := rackOf(metadata); rack != "" {
			r.ofMember[id] = rack
		}
	}
	for topic, partitions := range topics {
		for _, partition := range partitions {
			of := slices.DeleteFunc(slices.Sorted(slices.Values(racks(topic, partition))), func(rack string) bool { return rack == "" })
			r.ofPartition[topicPartition{topic, partition}] = slices.Compact(of)
		}
	}
	return r
}

// near reports whether a replica of the partition is in the member's rack.
func (r *rackMap) near(member, topic string, partition int32) bool {
	rack, known := r.ofMember[member]
	return known && contains(r.ofPartition[topicPartition{topic, partition}], rack)
}

// matter reports whether it makes a difference which of the members gets which partition of topics: some are near to a member,
// and not all have the same racks.
func (r *rackMap) matter(members []string, topics map[string][]int32) bool {
	all := make(map[string]bool)
	differ := false
	var first []string
	begun := false
	for topic, partitions := range topics {
		for _, partition := range partitions {
			of := r.ofPartition[topicPartition{topic, partition}]
			for _, rack := range of {
				all[rack] = true
			}
			differ = differ || begun && !slices.Equal(first, of)
			first, begun = of, true
		}
	}
	return differ && slices.ContainsFunc(members, func(member string) bool { return all[r.ofMember[member]] })
}

// rackRange is a topic that is being shared out by ranges.
type rackRange struct {
	topic      string
	members    []string // that subscribe, sorted
	partitions []int32  // that nobody has yet
	number     int      // of partitions in all
	aware      bool     // racks matter
	share      int      // of each member
	longer     int      // how many more may have one more
	had        map[string]int
}

// room is how many partitions a member may have yet.
func (t *rackRange) room(member string) int {
	room := t.share - t.had[member]
	if t.longer > 0 {
		room++
	}
	return max(room, 0)
}

// take gives partitions to a member.
func (t *rackRange) take(plan BalanceStrategyPlan, member string, partitions ...int32) {
	plan.Add(member, t.topic, partitions...)
	t.had[member] += len(partitions)
	if t.had[member] > t.share {
		t.longer--
	}
	t.partitions = slices.DeleteFunc(t.partitions, func(partition int32) bool { return slices.Contains(partitions, partition) })
}

// near is rackMap.near; where racks do not matter all are near.
func (t *rackRange) near(racks *rackMap, member string, partition int32) bool {
	return !t.aware || racks.near(member, t.topic, partition)
}

// share gives each member, in order, as many of the partitions as it may have, of those that choose lets it have.
func (t *rackRange) shareOut(plan BalanceStrategyPlan, choose func(member string, partition int32) bool) {
	for _, member := range t.members {
		var chosen []int32
		room := t.room(member)
		for _, partition := range t.partitions {
			if len(chosen) < room && choose(member, partition) {
				chosen = append(chosen, partition)
			}
		}
		if len(chosen) > 0 {
			t.take(plan, member, chosen...)
		}
	}
}

// PlanWithRacks implements RackAwareBalanceStrategy. Each member gets as many partitions of a topic as from Plan, first those
// that are near. Topics of the same members and with as many partitions each stay aligned: what is with one member of one of
// them is there of all, as far as all of it is near.
func (s rangeStrategy) PlanWithRacks(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(string, int32) []string,
) (BalanceStrategyPlan, error) {
	near := newRackMap(members, topics, racks)
	alike := make(map[string][]*rackRange)
	var ranges []*rackRange
	for topic, subscribers := range subscribersByTopic(members) {
		partitions := slices.Sorted(slices.Values(topics[topic]))
		t := &rackRange{
			topic: topic, members: subscribers, partitions: partitions, number: len(partitions), had: make(map[string]int),
			aware: near.matter(subscribers, map[string][]int32{topic: partitions}),
			share: len(partitions) / len(subscribers), longer: len(partitions) % len(subscribers),
		}
		ranges = append(ranges, t)
		key := strings.Join(subscribers, "\x00")
		alike[key] = append(alike[key], t)
	}
	if !slices.ContainsFunc(ranges, func(t *rackRange) bool { return t.aware }) {
		return s.Plan(members, topics)
	}
	plan := make(BalanceStrategyPlan, len(members))
	for _, sameMembers := range alike {
		bySize := make(map[int][]*rackRange)
		for _, t := range sameMembers {
			bySize[t.number] = append(bySize[t.number], t)
		}
		for _, aligned := range bySize {
			if len(aligned) > 1 {
				shareAligned(plan, near, aligned)
			}
		}
	}
	for _, t := range ranges {
		if t.aware {
			t.shareOut(plan, func(member string, partition int32) bool { return near.near(member, t.topic, partition) })
		}
		t.shareOut(plan, func(string, int32) bool { return true })
	}
	for _, topics := range plan {
		for _, partitions := range topics {
			slices.Sort(partitions)
		}
	}
	return plan, nil
}

// shareAligned gives partitions of the same number in several topics to one member that is near to all of them.
func shareAligned(plan BalanceStrategyPlan, racks *rackMap, aligned []*rackRange) {
	if !slices.ContainsFunc(aligned, func(t *rackRange) bool { return t.aware }) {
		return
	}
	for _, partition := range slices.Clone(aligned[0].partitions) {
		if slices.ContainsFunc(aligned, func(t *rackRange) bool { return !slices.Contains(t.partitions, partition) }) {
			continue // their partitions are not numbered alike
		}
		for _, member := range aligned[0].members {
			if !slices.ContainsFunc(aligned, func(t *rackRange) bool { return t.room(member) == 0 || !t.near(racks, member, partition) }) {
				for _, t := range aligned {
					t.take(plan, member, partition)
				}
				break
			}
		}
	}
}

// PlanWithRacks implements RackAwareBalanceStrategy: members keep what they have unless it is near to another who can have it in
// the place of something else.
func (s stickyStrategy) PlanWithRacks(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(string, int32) []string,
) (BalanceStrategyPlan, error) {
	claims, err := s.claims(members)
	if err != nil {
		return nil, err
	}
	return BalanceStrategyPlan(assignSticky(claims, topics, ifTheyMatter(members, topics, racks))), nil
}

// PlanWithRacks implements RackAwareBalanceStrategy, as that of NewBalanceStrategySticky does.
func (s *cooperativeStickyStrategy) PlanWithRacks(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(string, int32) []string,
) (BalanceStrategyPlan, error) {
	return s.plan(members, topics, ifTheyMatter(members, topics, racks)), nil
}

// ifTheyMatter returns racks, or nil.
func ifTheyMatter(
	members map[string]ConsumerGroupMemberMetadata, topics map[string][]int32, racks func(string, int32) []string,
) func(topic string, partition int32) []string {
	near := newRackMap(members, topics, racks)
	if !near.matter(slices.Collect(maps.Keys(members)), topics) {
		return nil
	}
	return func(topic string, partition int32) []string {
		return near.ofPartition[topicPartition{topic, partition}]
	}
}

// hasRacks reports whether a member has told its rack.
func hasRacks(members map[string]ConsumerGroupMemberMetadata) bool {
	for _, metadata := range members {
		if rackOf(metadata) != "" {
			return true
		}
	}
	return false
}

// rackOf returns a member's rack, empty if it has not told it.
func rackOf(metadata ConsumerGroupMemberMetadata) string {
	if metadata.RackID == nil {
		return ""
	}
	return *metadata.RackID
}

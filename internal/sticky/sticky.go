// Package sticky shares partitions among members so that the loads are as even as subscriptions allow, and so that members
// keep what they have as far as that goes. It works on plain maps and knows no protocol.
//
// A plan starts from what is owned already, gives what nobody owns to those with least, and then takes from those with
// most: a partition goes to a member with at least two less, directly or along a chain of members of which each passes on
// another partition. A plan without such a chain cannot be more even. Equal input makes equal plans.
package sticky

import (
	"maps"
	"slices"
)

// NoGeneration is the generation of a claim that does not tell one; any other is newer.
const NoGeneration int32 = -1

// A Member is what is known of one member of a group.
type Member struct {
	Topics     []string           // subscribed to
	Owned      map[string][]int32 // partitions by topic that it claims to have
	Generation int32              // in which it was given them
	Rack       string             // where it is; empty: not known
}

// Plan is the partitions of each member, by topic; each member has an entry.
type Plan map[string]map[string][]int32

// A Conflict is a partition that two members claim to have been given in the same generation; the one whose id comes first
// is believed.
type Conflict struct {
	Topic      string
	Partition  int32
	Generation int32
}

// Assign shares topics (partitions by topic) among members (by id). Of several claims to a partition the newest counts.
// Partitions to whose topic nobody subscribes are in no member's part.
func Assign(members map[string]Member, topics map[string][]int32) (Plan, []Conflict) {
	return AssignNear(members, topics, nil)
}

// AssignNear is Assign that has partitions go to members in one of their racks, as far as loads stay as even as they are without;
// that counts for more than what members have. A nil racks is Assign.
func AssignNear(
	members map[string]Member, topics map[string][]int32, racks func(topic string, partition int32) []string,
) (Plan, []Conflict) {
	s := newState(members, topics)
	conflicts := s.claim(members)
	if racks != nil {
		s.locate(members, racks)
	}
	s.place()
	s.balance()
	s.undoSwaps()
	if racks != nil {
		s.approach()
	}
	return s.plan(), conflicts
}

// state is a plan in the making. Members, topics and a topic's partitions are numbers, in the order of their names.
type state struct {
	members    []string
	topics     []string
	partitions [][]int32 // of each topic
	takers     [][]int   // of each topic: the members that subscribe
	able       []int     // the members that subscribe to partitions at all

	owner    [][]int // of each partition, none: nobody
	original [][]int // who has it now; none if nobody, or no longer subscribed
	previous [][]int // who had it before, if it was claimed twice
	disputed bool    // some was

	rack  []int      // of each member; none: not known
	racks [][][]bool // of each topic and partition, by rack, whether it is there; nil: it does not matter

	load  []int   // of each member
	count [][]int // of each member and topic
}

const none = -1

func newState(members map[string]Member, topics map[string][]int32) *state {
	s := &state{members: slices.Sorted(maps.Keys(members)), topics: slices.Sorted(maps.Keys(topics))}
	number := make(map[string]int, len(s.topics))
	for t, topic := range s.topics {
		number[topic] = t
		partitions := slices.Clone(topics[topic])
		slices.Sort(partitions)
		s.partitions = append(s.partitions, slices.Compact(partitions))
	}
	s.takers = make([][]int, len(s.topics))
	for m, member := range s.members {
		for _, topic := range members[member].Topics {
			t, exists := number[topic]
			if exists && (len(s.takers[t]) == 0 || s.takers[t][len(s.takers[t])-1] != m) {
				s.takers[t] = append(s.takers[t], m)
			}
		}
	}
	s.owner, s.original, s.previous = s.nobody(), s.nobody(), s.nobody()
	s.load = make([]int, len(s.members))
	s.count = make([][]int, len(s.members))
	for t, takers := range s.takers {
		if len(s.partitions[t]) > 0 {
			s.able = append(s.able, takers...)
		}
	}
	slices.Sort(s.able)
	s.able = slices.Compact(s.able)
	for m := range s.count {
		s.count[m] = make([]int, len(s.topics))
	}
	return s
}

func (s *state) nobody() [][]int {
	all := make([][]int, len(s.partitions))
	for t, partitions := range s.partitions {
		all[t] = slices.Repeat([]int{none}, len(partitions))
	}
	return all
}

// claim lets members keep what they own: each partition's newest claim is its owner, the second newest the previous one.
func (s *state) claim(members map[string]Member) []Conflict {
	var conflicts []Conflict
	generation := func(m int) int32 { return members[s.members[m]].Generation }
	for m, member := range s.members {
		for t, topic := range s.topics {
			for _, partition := range members[member].Owned[topic] {
				p, exists := slices.BinarySearch(s.partitions[t], partition)
				if !exists {
					continue
				}
				switch newest, second := &s.original[t][p], &s.previous[t][p]; {
				case *newest == m || *second == m:
				case *newest == none:
					*newest = m
				case generation(m) > generation(*newest):
					*newest, *second, s.disputed = m, *newest, true
				case generation(m) == generation(*newest):
					conflicts = append(conflicts, Conflict{topic, partition, generation(m)})
				case *second == none || generation(m) > generation(*second):
					*second, s.disputed = m, true
				}
			}
		}
	}
	s.keep()
	return conflicts
}

// keep gives the partitions that are claimed to their claimants, as far as these still subscribe to the topics.
func (s *state) keep() {
	for t := range s.topics {
		for p, m := range s.original[t] {
			switch {
			case m == none:
			case s.subscribes(m, t):
				s.give(t, p, m)
			default:
				s.original[t][p] = none
			}
		}
	}
}

func (s *state) subscribes(m, t int) bool {
	_, found := slices.BinarySearch(s.takers[t], m)
	return found
}

// give makes m the owner of a partition, in the place of who is.
func (s *state) give(t, p, m int) {
	if from := s.owner[t][p]; from != none {
		s.load[from]--
		s.count[from][t]--
	}
	s.owner[t][p] = m
	s.load[m]++
	s.count[m][t]++
}

// place gives what nobody owns to the members with least, topics with few subscribers first.
func (s *state) place() {
	order := make([]int, len(s.topics))
	for t := range order {
		order[t] = t
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(s.takers[a]) - len(s.takers[b]) })
	for _, t := range order {
		if len(s.takers[t]) == 0 {
			continue
		}
		for p, m := range s.owner[t] {
			if m == none {
				s.give(t, p, s.least(s.nearOf(t, p)))
			}
		}
	}
}

// least returns the one of members with the least load, the first of several.
func (s *state) least(members []int) int {
	return slices.MinFunc(members, func(a, b int) int { return s.load[a] - s.load[b] })
}

func (s *state) plan() Plan {
	plan := make(Plan, len(s.members))
	for _, member := range s.members {
		plan[member] = map[string][]int32{}
	}
	for t, topic := range s.topics {
		for p, m := range s.owner[t] {
			if m != none {
				of := plan[s.members[m]]
				of[topic] = append(of[topic], s.partitions[t][p])
			}
		}
	}
	return plan
}

package sticky

import "slices"

// Withhold takes from a plan what is to go from one member to another, in favour of neither: the present owner learns that
// it must give the partition up, and the new one gets it in the next rebalance (KIP-429).
//
// A partition that its new owner claims, too, stays in the plan unless the other's claim is newer: the older one is a
// member's that was away, and the partition is in use elsewhere.
func Withhold(plan Plan, members map[string]Member) {
	type partition struct {
		topic  string
		number int32
	}
	givenUp := map[partition]int32{} // the generation of the newest claim of a member that does not keep it
	for id, member := range members {
		for topic, numbers := range member.Owned {
			for _, number := range numbers {
				p := partition{topic, number}
				newest, found := givenUp[p]
				if !slices.Contains(plan[id][topic], number) && (!found || member.Generation > newest) {
					givenUp[p] = member.Generation
				}
			}
		}
	}
	for id, topics := range plan {
		member := members[id]
		for topic, numbers := range topics {
			var kept []int32
			for _, number := range numbers {
				generation, inUse := givenUp[partition{topic, number}]
				claimed := slices.Contains(member.Owned[topic], number)
				if !inUse || claimed && member.Generation >= generation {
					kept = append(kept, number)
				}
			}
			topics[topic] = kept
			if len(kept) == 0 {
				delete(topics, topic)
			}
		}
	}
}

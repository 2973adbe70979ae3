package sticky

import "slices"

// locate asks where each partition is, of the racks in which there are members.
func (s *state) locate(members map[string]Member, racks func(topic string, partition int32) []string) {
	numbers := map[string]int{}
	for _, id := range s.members {
		number := none
		if rack := members[id].Rack; rack != "" {
			known := false
			if number, known = numbers[rack]; !known {
				number = len(numbers)
				numbers[rack] = number
			}
		}
		s.rack = append(s.rack, number)
	}
	s.racks = make([][][]bool, len(s.topics))
	for t, topic := range s.topics {
		for _, partition := range s.partitions[t] {
			there := make([]bool, len(numbers))
			for _, rack := range racks(topic, partition) {
				if number, known := numbers[rack]; known {
					there[number] = true
				}
			}
			s.racks[t] = append(s.racks[t], there)
		}
	}
}

// near reports whether a partition is in a member's rack.
func (s *state) near(t, p, m int) bool { return s.rack[m] != none && s.racks[t][p][s.rack[m]] }

// nearOf returns the members that subscribe to a partition's topic and are near; all if none is.
func (s *state) nearOf(t, p int) []int {
	takers := s.takers[t]
	if s.racks == nil {
		return takers
	}
	nearby := slices.Collect(func(yield func(int) bool) {
		for _, m := range takers {
			if s.near(t, p, m) && !yield(m) {
				return
			}
		}
	})
	if len(nearby) == 0 {
		return takers
	}
	return nearby
}

// place is one partition.
type place struct{ t, p int }

// approach has partitions that are not near to their owners go to members that they are near to: alone if that one has less, else
// in exchange for another, by which no more is lost than is won. Loads stay what they are, but for whose they are.
func (s *state) approach() {
	owned := make([][]place, len(s.members))
	for t := range s.topics {
		for p, owner := range s.owner[t] {
			if owner != none {
				owned[owner] = append(owned[owner], place{t, p})
			}
		}
	}
	for again := true; again; {
		again = false
		for m := range s.members {
			for i := 0; i < len(owned[m]); i++ {
				if at := owned[m][i]; !s.near(at.t, at.p, m) && s.bringNear(owned, m, i) {
					again = true
					i--
				}
			}
		}
	}
}

// bringNear finds another owner for a member's i-th partition; it returns false if there is none.
func (s *state) bringNear(owned [][]place, m, i int) bool {
	at := owned[m][i]
	for _, to := range s.takers[at.t] {
		if !s.near(at.t, at.p, to) {
			continue
		}
		if s.load[to] < s.load[m] {
			s.give(at.t, at.p, to)
			owned[m] = slices.Delete(owned[m], i, i+1)
			owned[to] = append(owned[to], at)
			return true
		}
	}
	for _, to := range s.takers[at.t] {
		if !s.near(at.t, at.p, to) {
			continue
		}
		if j := s.exchange(owned[to], m, to); j != none {
			back := owned[to][j]
			s.give(at.t, at.p, to)
			s.give(back.t, back.p, m)
			owned[m][i], owned[to][j] = back, at
			return true
		}
	}
	return false
}

// exchange chooses what a member gives for a partition that comes near to it: what comes near to the other, or is not near to
// itself.
func (s *state) exchange(owned []place, m, to int) int {
	choice := none
	for j, back := range owned {
		switch {
		case !s.subscribes(m, back.t):
		case s.near(back.t, back.p, m):
			return j
		case !s.near(back.t, back.p, to):
			choice = j
		}
	}
	return choice
}

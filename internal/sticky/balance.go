package sticky

import "slices"

// balance moves partitions until no move makes loads more even, always from those with most: whoever got one keeps it then.
// Each move lowers the sum of the squares of the loads, so that it ends.
func (s *state) balance() {
	stuck := make([]bool, len(s.members))
	for again := true; again; {
		again = false
		clear(stuck)
		for m := s.most(stuck); m != none; m = s.most(stuck) {
			if s.relieve(m) {
				again = true // others may have a way now that they had not
			} else {
				stuck[m] = true
			}
		}
	}
}

// most returns the member with most of those who are not stuck; none if that is not enough to give from.
func (s *state) most(stuck []bool) int {
	most := none
	for _, m := range s.able {
		if !stuck[m] && (most == none || s.load[m] > s.load[most]) {
			most = m
		}
	}
	if most == none || s.load[most] < s.lowest()+2 {
		return none
	}
	return most
}

// relieve takes one partition from a member, if some other can do with one more.
func (s *state) relieve(m int) bool {
	return s.disputed && s.returnOne(m) || s.passOn(m)
}

// lowest is the least load of the members who can have partitions at all.
func (s *state) lowest() int { return s.load[s.least(s.able)] }

// returnOne gives a partition back to the member who had it before.
func (s *state) returnOne(m int) bool {
	for t := range s.topics {
		if s.count[m][t] == 0 {
			continue
		}
		for p, owner := range s.owner[t] {
			before := s.previous[t][p]
			if owner == m && before != none && s.load[before] <= s.load[m]-2 && s.subscribes(before, t) {
				s.give(t, p, before)
				return true
			}
		}
	}
	return false
}

// step is how a chain gets to a member: from whom, with a partition of which topic.
type step struct{ from, topic int }

// passOn finds the shortest chain from a member to one with at least two less, of several the one with least.
func (s *state) passOn(m int) bool {
	steps := make([]step, len(s.members))
	reached := make([]bool, len(s.members))
	tried := make([]bool, len(s.topics))
	reached[m] = true
	for frontier := []int{m}; len(frontier) > 0; {
		var next []int
		for _, from := range frontier {
			for t, n := range s.count[from] {
				if n == 0 || tried[t] {
					continue
				}
				tried[t] = true // all of its subscribers are reached now
				for _, to := range s.takers[t] {
					if !reached[to] {
						reached[to] = true
						steps[to] = step{from, t}
						next = append(next, to)
					}
				}
			}
		}
		if len(next) > 0 {
			if end := s.least(next); s.load[end] <= s.load[m]-2 {
				s.follow(steps, m, end)
				return true
			}
		}
		frontier = next
	}
	return false
}

// follow moves one partition along each step from start to end.
func (s *state) follow(steps []step, start, end int) {
	for to := end; to != start; {
		from, t := steps[to].from, steps[to].topic
		s.give(t, s.pick(t, from, to), to)
		to = from
	}
}

// pick chooses which partition of a topic goes from one member to another: best one that was the receiver's, then one that
// is new to the giver, too, and else the last.
func (s *state) pick(t, from, to int) int {
	picked, best := none, -1
	for p, owner := range s.owner[t] {
		if owner != from {
			continue
		}
		worth := 0
		switch {
		case s.original[t][p] == to:
			worth = 3
		case s.previous[t][p] == to:
			worth = 2
		case s.original[t][p] != from:
			worth = 1
		}
		if worth >= best {
			picked, best = p, worth
		}
	}
	return picked
}

// undoSwaps gives back what two members got from each other: loads stay, and fewer partitions move.
func (s *state) undoSwaps() {
	type pair struct{ from, to int }
	moved := map[pair][]place{}
	for t := range s.topics {
		for p, owner := range s.owner[t] {
			from := s.original[t][p]
			if from == none || from == owner {
				continue
			}
			back := pair{owner, from}
			if n := len(moved[back]); n > 0 {
				other := moved[back][n-1]
				moved[back] = slices.Delete(moved[back], n-1, n)
				s.give(other.t, other.p, owner)
				s.give(t, p, from)
				continue
			}
			moved[pair{from, owner}] = append(moved[pair{from, owner}], place{t, p})
		}
	}
}

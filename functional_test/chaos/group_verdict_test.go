package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

// groupFindings are what the log of commits and what was delivered say of a group.
type groupFindings struct {
	unseen, back, beyond, uncommitted, over int
	records, again, most                    int
	oldest, oldestChurn                     time.Duration
}

// broken tells whether anything was found that must not be.
func (f *groupFindings) broken() bool {
	return f.unseen+f.back+f.beyond+f.uncommitted+f.over > 0
}

// judge waits until all is read, has everybody leave, and says in one line what was found.
func (r *trial) judge(chosen uint64) {
	conf := r.config("reader")
	client, err := sarama.NewClient(r.c.Addrs(), conf)
	require.NoError(r.t, err)
	var ends [partitions]int64
	for p := range int32(partitions) {
		ends[p], err = client.GetOffset(r.topic, p, sarama.OffsetNewest)
		require.NoError(r.t, err)
	}
	require.NoError(r.t, client.Close())
	r.awaitEnds(ends)
	for _, f := range r.flocks {
		for len(f.members) > 0 {
			f.leave(0)
			f.left--
		}
		f.swept.Wait()
	}
	log := commits(r.t, r.c.Addrs(), conf)
	var broken []string
	for _, f := range r.flocks {
		found := r.examine(f, ends, log)
		r.say("%-18s %d joins, %d leaves, %d crashes; %d records, %d unseen; commits: %d back, %d beyond, %d short of the end; "+
			"%d came again, at most %d in an event, up to %v before a claim's end (%v but for faults), %d events over",
			f.name, f.joined, f.left, f.crashed, found.records, found.unseen, found.back, found.beyond, found.uncommitted,
			found.again, found.most, found.oldest.Round(time.Millisecond), found.oldestChurn.Round(time.Millisecond), found.over)
		for what, n := range map[string]int{"unseen": found.unseen, "commits back": found.back, "commits beyond": found.beyond,
			"not committed": found.uncommitted, "events with too much again": found.over} {
			if n > 0 {
				broken = append(broken, fmt.Sprintf("%s: %d %s", f.name, n, what))
			}
		}
		heard := 0
		for _, n := range f.errs {
			heard += n
		}
		r.say("  %d errors were heard of on the way", heard)
		if found.broken() {
			for _, text := range slices.Sorted(maps.Keys(f.errs)) {
				r.say("    %d times: %s", f.errs[text], text)
			}
		}
	}
	if r.back > backLimit {
		broken = append(broken, fmt.Sprintf("%v to consume again", r.back))
	}
	word := "PASS"
	if len(broken) > 0 {
		word = "FAIL (" + strings.Join(broken, ", ") + ")"
	}
	fmt.Printf("VERDICT %s: Kafka %v, seed %d, %d groups, %d events, %d of them faults; all members go on within %v; "+
		"after kill -9 groups consume again within %v of leaders and coordinators\n", word, r.c.Version(), chosen, len(r.flocks),
		len(r.churned), r.faults.Load(), r.settled.Round(time.Millisecond), r.back.Round(time.Millisecond))
	require.Equal(r.t, "PASS", word)
}

func (r *trial) awaitEnds(ends [partitions]int64) {
	r.t.Helper()
	limit := time.NewTimer(stuckLimit)
	defer limit.Stop()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		missing := 0
		for _, f := range r.flocks {
			for p, end := range ends {
				missing += f.missing(int32(p), end)
			}
		}
		if missing == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-limit.C:
			return // they are counted
		}
	}
}

// examine judges a group.
func (r *trial) examine(f *flock, ends [partitions]int64, log map[commitKey][]commitRecord) groupFindings {
	var found groupFindings
	for p, end := range ends {
		p := int32(p)
		found.records += int(end)
		found.unseen += f.missing(p, end)
		last := int64(0)
		for _, c := range log[commitKey{f.name, r.topic, p}] {
			if c.offset < last {
				found.back++
				r.say("  %s: partition %d: commit of %d after %d at %v", f.name, p, c.offset, last, c.at)
			}
			// the time in the log is of whole milliseconds
			if c.offset > 0 && !f.processedBy(p, c.offset-1, c.at.Add(time.Millisecond)) {
				found.beyond++
				r.say("  %s: partition %d: commit of %d at %v, before it was processed", f.name, p, c.offset, c.at)
			}
			last = c.offset
		}
		if last != end {
			found.uncommitted++
		}
	}
	for i, again := range f.again[1:] {
		found.again += again.records
		found.most = max(found.most, again.records)
		found.oldest = max(found.oldest, again.oldest)
		if r.churned[i] {
			found.oldestChurn = max(found.oldestChurn, again.oldest)
		}
		if again.oldest > commitInterval+slack+r.outages[i] {
			found.over++
			r.say("  %s: event %d: %d records came again, from %v before", f.name, i, again.records, again.oldest)
		}
	}
	return found
}

// TestExamine: what the judge has to find is found.
func TestExamine(t *testing.T) {
	began := time.Now().Truncate(time.Millisecond)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	f := &flock{t: t, name: "group"}
	r := &trial{stage: &stage{t: t, began: began}, topic: "topic", flocks: []*flock{f}, outages: []time.Duration{0, 0, time.Second},
		churned: []bool{true, true, false}}
	f.next()
	f.next() // event 0: all is well
	for offset := range int64(10) {
		f.take(0, offset, at(float64(offset)))
	}
	f.next() // event 1: three seconds' worth comes again
	f.tracks[0].begin()
	for offset := int64(6); offset < 10; offset++ {
		f.take(0, offset, at(10))
	}
	f.next() // event 2: two seconds' worth, a second of which is excused
	f.tracks[1].begin()
	f.take(1, 0, at(10))
	f.take(1, 1, at(12))
	f.tracks[1].begin()
	f.take(1, 0, at(13))
	f.take(1, 3, at(13)) // 2 is skipped
	key := func(p int32) commitKey { return commitKey{"group", "topic", p} }
	log := map[commitKey][]commitRecord{
		key(0): {{5, at(4)}, {4, at(5)}, {8, at(6)}, {10, at(20)}}, // back to 4; 8 when 7 had not come
		key(1): {{2, at(12)}, {-1, at(13)}},                        // removed
	}
	require.Equal(t, groupFindings{
		unseen: 1, back: 2, beyond: 1, uncommitted: 1, over: 1,
		records: 14, again: 5, most: 4, oldest: 3 * time.Second, oldestChurn: 3 * time.Second,
	}, r.examine(f, [partitions]int64{10, 4}, log))
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

// commitInterval is how often members commit, whether by themselves or by the handler.
const commitInterval = 500 * time.Millisecond

// track is what a group has been given of a partition.
type track struct {
	mu    sync.Mutex  // guards what follows
	first []time.Time // by offset: when it came first
	last  time.Time   // when anything came
	ended time.Time   // last, when the claim began that there is now
}

// redelivered is what came again in the course of an event.
type redelivered struct {
	records int
	oldest  time.Duration // the most that was processed of a partition, in time, and came again
}

// flock is a group: members that come and go, what was given to them, and what came again.
type flock struct {
	t      *testing.T
	name   string
	topic  string
	manual bool // the handler commits
	conf   func() *sarama.Config
	addrs  []string
	tracks [partitions]track

	members []*member // of the test's goroutine
	joined  int
	left    int
	crashed int
	swept   sync.WaitGroup // those that crashed

	mu    sync.Mutex // guards what follows
	again []redelivered
	errs  map[string]int // of commits and others, by what they say
}

// member consumes in a loop until it leaves.
type member struct {
	f        *flock
	group    sarama.ConsumerGroup
	lifeline *lifeline
	dead     atomic.Bool // crashed: it does nothing any more
	cancel   context.CancelFunc
	done     chan struct{}

	mu    sync.Mutex          // guards what follows
	moved map[int32]time.Time // by partition that it has: when something came last
}

// join adds a member.
func (f *flock) join() {
	f.t.Helper()
	conf := f.conf()
	m := &member{f: f, lifeline: through(conf), done: make(chan struct{}), moved: make(map[int32]time.Time)}
	var err error
	m.group, err = sarama.NewConsumerGroup(f.addrs, f.name, conf)
	require.NoError(f.t, err)
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(context.Background())
	go func() {
		for err := range m.group.Errors() {
			f.failed(err)
		}
	}()
	go m.run(ctx)
	f.members = append(f.members, m)
	f.joined++
}

// leave has a member go, and returns when it is gone. It may be called outside the test's goroutine, once at a time.
func (f *flock) leave(i int) {
	m := f.remove(i)
	f.left++
	f.bury(m)
}

// remove takes a member out of those that are watched.
func (f *flock) remove(i int) *member {
	m := f.members[i]
	f.members = slices.Delete(f.members, i, i+1)
	return m
}

func (f *flock) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs[err.Error()]++
}

func (m *member) run(ctx context.Context) {
	defer close(m.done)
	for ctx.Err() == nil {
		err := m.group.Consume(ctx, []string{m.f.topic}, m)
		if errors.Is(err, sarama.ErrClosedConsumerGroup) {
			return
		}
		if err != nil {
			m.f.failed(err)
			pass(100 * time.Millisecond)
		}
	}
}

// Setup implements sarama.ConsumerGroupHandler.
func (m *member) Setup(sarama.ConsumerGroupSession) error { return nil }

// Cleanup implements sarama.ConsumerGroupHandler.
func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (m *member) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	if m.dead.Load() {
		return nil
	}
	p := claim.Partition()
	m.f.tracks[p].begin()
	m.at(p, time.Time{})
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.moved, p)
	}()
	committed := time.Now()
	for msg := range claim.Messages() {
		if m.dead.Load() {
			return nil
		}
		now := time.Now()
		m.f.take(p, msg.Offset, now)
		m.at(p, now)
		s.MarkMessage(msg, "")
		if m.f.manual && now.Sub(committed) >= commitInterval {
			m.commit(s)
			committed = time.Now()
		}
	}
	if m.f.manual && !m.dead.Load() {
		m.commit(s)
	}
	return nil
}

func (m *member) at(p int32, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved[p] = now
}

// commit may fail: what was marked is committed the next time, or comes again.
func (m *member) commit(s sarama.ConsumerGroupSession) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.(sarama.ContextConsumerGroupSession).CommitContext(ctx); err != nil {
		m.f.failed(err)
	}
}

// begin is called when a claim begins.
func (t *track) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = t.last
}

// take notes that a record has come.
func (f *flock) take(p int32, offset int64, now time.Time) {
	t := &f.tracks[p]
	t.mu.Lock()
	for int64(len(t.first)) <= offset {
		t.first = append(t.first, time.Time{})
	}
	t.last = now
	before := t.first[offset]
	if before.IsZero() {
		t.first[offset] = now
	}
	age := t.ended.Sub(before)
	t.mu.Unlock()
	if before.IsZero() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last := &f.again[len(f.again)-1]
	last.records++
	last.oldest = max(last.oldest, age)
}

// next begins to count anew for an event.
func (f *flock) next() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.again = append(f.again, redelivered{})
}

// since tells why not all members have had something of each of their partitions since a time, and all partitions an owner;
// "" says that it is so.
func (f *flock) since(at time.Time) string {
	owners := make(map[int32]int)
	for i, m := range f.members {
		m.mu.Lock()
		moved := maps.Clone(m.moved)
		m.mu.Unlock()
		if len(moved) == 0 {
			return fmt.Sprintf("%s: member %d has no partition", f.name, i)
		}
		for p, last := range moved {
			owners[p]++
			if last.Before(at) {
				return fmt.Sprintf("%s: member %d has had nothing of partition %d", f.name, i, p)
			}
		}
	}
	for p := range int32(partitions) {
		if owners[p] != 1 {
			return fmt.Sprintf("%s: partition %d has %d owners", f.name, p, owners[p])
		}
	}
	return ""
}

// firstSince returns when the first new record of a partition came since a time; zero: none has.
func (f *flock) firstSince(p int32, at time.Time) time.Time {
	t := &f.tracks[p]
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, first := range t.first {
		if !first.IsZero() && !first.Before(at) {
			return first
		}
	}
	return time.Time{}
}

// missing counts the records below an offset that have never come.
func (f *flock) missing(p int32, end int64) int {
	t := &f.tracks[p]
	t.mu.Lock()
	defer t.mu.Unlock()
	missing := 0
	for offset := range end {
		if offset >= int64(len(t.first)) || t.first[offset].IsZero() {
			missing++
		}
	}
	return missing
}

// processedBy tells whether a record had come by a time.
func (f *flock) processedBy(p int32, offset int64, at time.Time) bool {
	t := &f.tracks[p]
	t.mu.Lock()
	defer t.mu.Unlock()
	return offset < int64(len(t.first)) && !t.first[offset].IsZero() && !t.first[offset].After(at)
}

package sarama

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// errRefreshPanicked is for those who wait for a refresh that ended by a panic, of a user's dialer for example.
var errRefreshPanicked = errors.New("kafka: metadata refresh ended by a panic")

// flights shares refreshes among all who ask at a time: one is under way, and what it does not bring is gathered for
// the next, so that there is one request for any number of callers.
type flights struct {
	run   func(topics []string) error // without topics: all
	start func(func()) bool           // in a goroutine; false: closed

	mu      sync.Mutex // guards what follows
	current *flight    // nil: none
	next    *flight    // nil: none
}

// flight is a refresh of some topics. Only before it begins does anything change but err.
type flight struct {
	all    bool
	topics []string
	wanted map[string]struct{} // the topics
	done   chan struct{}       // closed when err is set
	err    error
}

func newFlight() *flight {
	return &flight{wanted: make(map[string]struct{}), done: make(chan struct{}), err: errRefreshPanicked}
}

// add makes the flight bring topics, all if none is given.
func (f *flight) add(topics []string) {
	f.all = f.all || len(topics) == 0
	for _, topic := range topics {
		if _, ok := f.wanted[topic]; !ok {
			f.wanted[topic] = struct{}{}
			f.topics = append(f.topics, topic)
		}
	}
}

// brings tells whether the flight is about all of topics.
func (f *flight) brings(topics []string) bool {
	if f.all || len(topics) == 0 {
		return f.all
	}
	return !slices.ContainsFunc(topics, func(topic string) bool {
		_, ok := f.wanted[topic]
		return !ok
	})
}

// do refreshes topics, in company if there is any, and returns when that is done or ctx ends.
func (s *flights) do(ctx context.Context, topics []string) error {
	f := s.join(topics)
	select {
	case <-f.done:
		return errorFor(topics, f.err)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// join returns the flight that brings topics: the one under way, or else the next.
func (s *flights) join(topics []string) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		f := newFlight()
		f.add(topics)
		s.launchLocked(f)
		return f
	}
	if s.current.brings(topics) {
		return s.current
	}
	if s.next == nil {
		s.next = newFlight()
	}
	s.next.add(topics)
	return s.next
}

// launchLocked begins a flight, nil for none.
func (s *flights) launchLocked(f *flight) {
	s.current = f
	if f == nil || s.start(func() { s.fly(f) }) {
		return
	}
	s.current = nil
	f.err = ErrClosedClient
	close(f.done)
}

// fly runs a flight and begins the next.
//
// One per flight; owns its result; ends with the request and its retries, or at Close.
func (s *flights) fly(f *flight) {
	// Deferred for panics: nobody may wait for ever.
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		close(f.done)
		next := s.next
		s.next = nil
		s.launchLocked(next)
	}()
	topics := f.topics
	if f.all {
		topics = nil
	}
	f.err = s.run(topics)
}

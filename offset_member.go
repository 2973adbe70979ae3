package sarama

import (
	"context"
	"sync"
)

// membership is as whom offsets are committed.
type membership struct {
	memberID   string
	generation int32 // or epoch of the member (KIP-848); GroupGenerationUndefined: of no member
	// consumerProtocol tells that the generation is an epoch.
	consumerProtocol bool
}

// offsetMember is the member that offsets are committed as, from one generation to the next.
//
// A coordinator takes commits of the generation before while it waits for all members to join. With its answers to JoinGroup
// the next one begins, and it refuses all commits until the leader's assignment is there, with SyncGroup.
type offsetMember struct {
	mu        sync.Mutex // guards what follows
	is        membership
	rejoining bool          // the member joins again, and its claims go on
	assigning bool          // it has joined, and waits for its assignment
	changed   chan struct{} // closed when any of it changes; nil: nobody waits for that
}

// change has fn change what is guarded.
func (m *offsetMember) change(fn func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn()
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}

// changeLocked returns what is closed at the next change.
func (m *offsetMember) changeLocked() <-chan struct{} {
	if m.changed == nil {
		m.changed = make(chan struct{})
	}
	return m.changed
}

func (m *offsetMember) get() membership {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.is
}

// set has what follows committed as another member, or in another generation.
func (m *offsetMember) set(memberID string, generation int32) {
	m.change(func() { m.is.memberID, m.is.generation = memberID, generation })
}

// rejoin tells that claims go on while next has the member join again, with joined and assigned on the way.
func (m *offsetMember) rejoin(next func() error) error {
	m.change(func() { m.rejoining = true })
	defer m.change(func() { m.rejoining, m.assigning = false, false })
	return next()
}

// joined begins a generation: commits wait until it is assigned.
func (m *offsetMember) joined(memberID string, generation int32) {
	m.change(func() { m.is.memberID, m.is.generation, m.assigning = memberID, generation, true })
}

// assigned tells that SyncGroup was answered, with success or not.
func (m *offsetMember) assigned() { m.change(func() { m.assigning = false }) }

// settled returns as whom to commit, as soon as the coordinator takes commits.
func (m *offsetMember) settled(ctx context.Context) (membership, error) {
	for {
		m.mu.Lock()
		if !m.assigning {
			defer m.mu.Unlock()
			return m.is, nil
		}
		changed := m.changeLocked()
		m.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return membership{}, context.Cause(ctx)
		}
	}
}

// renewed tells whether a commit that was refused for its generation is to be sent again, because there is another one. While
// the member joins again it waits for that: the coordinator has begun it before it has told so.
func (m *offsetMember) renewed(ctx context.Context, as membership) bool {
	for waited := false; ; waited = true {
		m.mu.Lock()
		if m.is != as || !m.rejoining {
			defer m.mu.Unlock()
			return m.is != as || waited
		}
		changed := m.changeLocked()
		m.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

package sarama

import (
	"time"
)

// What a member of a group does follows from what it knows and from what it hears, by the functions of this file; they ask
// nobody and wait for nothing. testdata/group_classic.txt has scenarios of them.

// memberPhase is where a member of the classic protocol stands.
type memberPhase uint8

const (
	memberOut     memberPhase = iota // of the group, or of its present generation
	memberJoining                    // JoinGroup is under way
	memberSyncing                    // SyncGroup is under way
	memberStable                     // the assignment is known
)

// String returns the phase's name.
func (p memberPhase) String() string {
	return [...]string{"out", "joining", "syncing", "stable"}[p]
}

// quickRetries is how many short waits are as good as one of Config.Consumer.Group.Rebalance.Retry: the coordinator mostly is
// back sooner than after that.
const quickRetries = 8

// classicMember is what a member of the classic protocol knows of itself.
type classicMember struct {
	phase      memberPhase
	id         string // empty: the coordinator is to give one
	generation int32
	// holds tells that claims of an earlier generation go on meanwhile, which the member has been given in that.
	holds     bool
	heldSince int32 // the generation that is told for them
	// anew tells that the coordinator has not known the member in this attempt, which therefore joins as a new one.
	anew bool
	// retries are left, before the member gives up: eight for each that is configured when joining, single ones when stable.
	retries int
}

// memberEvent is what a member hears.
type memberEvent struct {
	kind memberEventKind
	code KError
	err  error // in the place of code: there is no answer
	// id and generation are JoinGroup's.
	id         string
	generation int32
	// late tells that the last heartbeat that was answered is longer ago than the coordinator waits for one.
	late bool
	// retries is the number to start with.
	retries int
}

type memberEventKind uint8

const (
	heardStart       memberEventKind = iota // the user, or a rebalance, wants the member to join
	heardCoordinator                        // there is no coordinator: err
	heardJoin
	heardSync
	heardBeat
)

// memberAction is what a member does next.
type memberAction struct {
	do memberDeed
	// wait is in quickRetries of Config.Consumer.Group.Rebalance.Retry.Backoff, before it does it.
	wait int
	// refresh has the coordinator asked for anew, before.
	refresh bool
	// err is why, if it is no success.
	err error
	// report tells that the user is to be told err.
	report bool
}

type memberDeed uint8

const (
	doJoin    memberDeed = iota
	doSync               // with the assignment of all, if it leads
	doConsume            // what it was assigned
	doFail               // end the attempt
	doBeat               // go on with heartbeats
	doRejoin             // have the user end what must end, and join again; heartbeats go on until then
	doLeave              // the member is none any more: its claims end, and heartbeats too
)

// String returns the deed's name.
func (d memberDeed) String() string {
	return [...]string{"join", "sync", "consume", "fail", "beat", "rejoin", "leave"}[d]
}

// next is what becomes of a member that hears something, and what it does.
func (m classicMember) next(e memberEvent) (classicMember, memberAction) {
	switch e.kind {
	case heardStart:
		m.phase, m.anew, m.retries = memberJoining, false, e.retries*quickRetries
		return m, memberAction{do: doJoin}
	case heardCoordinator:
		return m.again(1, e.err)
	case heardJoin:
		return m.joined(e)
	case heardSync:
		return m.synced(e)
	default:
		return m.beaten(e)
	}
}

// again joins once more, after a wait, if that is still to be tried.
func (m classicMember) again(wait int, err error) (classicMember, memberAction) {
	if m.retries < wait || m.retries == 0 {
		m.phase = memberOut
		return m, memberAction{do: doFail, err: err}
	}
	m.phase = memberJoining
	m.retries -= wait
	return m, memberAction{do: doJoin, wait: wait, refresh: wait > 0 && wait < quickRetries, err: err}
}

func (m classicMember) fail(err error) (classicMember, memberAction) {
	m.phase = memberOut
	return m, memberAction{do: doFail, err: err}
}

func (m classicMember) joined(e memberEvent) (classicMember, memberAction) {
	switch {
	case e.err != nil:
		return m.again(1, e.err)
	case e.code == ErrNoError:
		m.phase, m.id, m.generation = memberSyncing, e.id, e.generation
		return m, memberAction{do: doSync}
	case e.code == ErrMemberIdRequired && m.id == "" && e.id != "":
		m.id = e.id // KIP-394
		return m, memberAction{do: doJoin}
	default:
		return m.refused(e.code)
	}
}

func (m classicMember) synced(e memberEvent) (classicMember, memberAction) {
	switch {
	case e.err != nil:
		return m.again(1, e.err)
	case e.code == ErrNoError:
		m.phase = memberStable
		return m, memberAction{do: doConsume}
	case e.code == ErrRebalanceInProgress:
		// The member was in this generation with what it holds. Leaders of Java 3.3 and before take it from a member that
		// tells an older one, and give it to others while it is still read.
		m.heldSince = m.generation
	}
	return m.refused(e.code)
}

// refused is what follows from an error code of JoinGroup and SyncGroup.
func (m classicMember) refused(code KError) (classicMember, memberAction) {
	switch code {
	case ErrUnknownMemberId, ErrIllegalGeneration:
		return m.unknown(code)
	case ErrRebalanceInProgress:
		m, action := m.again(1, code)
		action.refresh = false // who says so is the coordinator, and others wait for the member
		return m, action
	case ErrNotCoordinatorForConsumer, ErrConsumerCoordinatorNotAvailable, ErrOffsetsLoadInProgress:
		return m.again(1, code)
	case ErrMemberIdRequired:
		return m.again(quickRetries, code)
	default:
		return m.fail(code)
	}
}

// unknown is what follows when the coordinator does not know the member: it joins as a new one, at once, but a coordinator that does
// not know those either that it has named itself, or a member that it has not named, is in disorder.
func (m classicMember) unknown(code KError) (classicMember, memberAction) {
	known := m.id != ""
	m.id = ""
	switch {
	case m.holds:
		return m.fail(code) // others may have what it holds already
	case !known:
		return m.again(quickRetries, code)
	case m.anew:
		return m.again(1, code)
	}
	m.anew, m.phase = true, memberJoining
	return m, memberAction{do: doJoin}
}

// beaten is what follows from a heartbeat.
func (m classicMember) beaten(e memberEvent) (classicMember, memberAction) {
	switch {
	case e.err != nil:
		return m.beatAgain(e, e.err)
	case e.code == ErrNoError:
		m.retries = e.retries
		return m, memberAction{do: doBeat}
	case e.code == ErrRebalanceInProgress:
		m.retries = e.retries
		return m, memberAction{do: doRejoin, err: e.code}
	case e.code == ErrNotCoordinatorForConsumer, e.code == ErrConsumerCoordinatorNotAvailable, e.code == ErrOffsetsLoadInProgress:
		return m.beatAgain(e, e.code) // the coordinator has moved, and the generation with it
	case e.code == ErrUnknownMemberId:
		m.phase, m.id = memberOut, ""
		return m, memberAction{do: doLeave, err: e.code}
	case e.code == ErrIllegalGeneration:
		m.phase = memberOut
		return m, memberAction{do: doLeave, err: e.code}
	default:
		m.phase = memberOut
		return m, memberAction{do: doLeave, err: e.code, report: true}
	}
}

// beatAgain gives the member up only when the coordinator has done so, too.
func (m classicMember) beatAgain(e memberEvent, err error) (classicMember, memberAction) {
	if m.retries <= 0 && e.late {
		m.phase = memberOut
		return m, memberAction{do: doLeave, err: err, report: true}
	}
	m.retries = max(0, m.retries-1)
	return m, memberAction{do: doBeat, wait: 1, refresh: true, err: err}
}

// backoff is how long an action waits.
func (a memberAction) backoff(configured time.Duration) time.Duration {
	return configured * time.Duration(a.wait) / quickRetries
}

// claimChanges are how claims change.
type claimChanges struct {
	added, revoked map[string][]int32
}

// changesOf compares what a member has with what it is to have.
func changesOf(owned, assigned map[string][]int32) claimChanges {
	return claimChanges{added: claimsWithout(assigned, owned), revoked: claimsWithout(owned, assigned)}
}

// claimsWithout returns the partitions of a that b does not have.
func claimsWithout(a, b map[string][]int32) map[string][]int32 {
	left := make(map[string][]int32)
	for topic, partitions := range a {
		has := make(map[int32]struct{}, len(b[topic]))
		for _, partition := range b[topic] {
			has[partition] = struct{}{}
		}
		for _, partition := range partitions {
			if _, ok := has[partition]; !ok {
				left[topic] = append(left[topic], partition)
			}
		}
	}
	return left
}

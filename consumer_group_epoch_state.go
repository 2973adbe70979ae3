package sarama

// What a member of the consumer protocol (KIP-848) does follows from what it knows and hears, by the functions of this file.
// testdata/group_consumer.txt has scenarios of them.

// epochMember is what a member of the consumer protocol knows of itself.
type epochMember struct {
	id    string
	epoch int32 // 0: it is to join
	// full tells that the next heartbeat says all of the member, not only what has changed: the coordinator may be a new one,
	// or not have got the last.
	full    bool
	retries int // left, as those of a classicMember
}

// The epochs by which a member leaves.
const (
	epochToLeave       = -1
	epochToLeaveStatic = -2 // and to come again
)

// epochEvent is the answer to a heartbeat.
type epochEvent struct {
	code    KError
	err     error // in the place of code: there is no answer
	id      string
	epoch   int32
	late    bool // as of a memberEvent
	retries int  // for a member that is in; joining: of Config.Consumer.Group.Rebalance
}

// begin has the member join.
func (m epochMember) begin(retries int) epochMember {
	m.epoch, m.full, m.retries = 0, true, retries*quickRetries
	return m
}

// next is what becomes of a member by an answer, and what it does: doConsume when it has joined, doBeat, doLeave or doFail.
func (m epochMember) next(e epochEvent) (epochMember, memberAction) {
	switch {
	case e.err == nil && e.code == ErrNoError:
		joined := m.epoch == 0
		m.epoch, m.full, m.retries = e.epoch, false, e.retries
		if e.id != "" {
			m.id = e.id
		}
		if joined {
			return m, memberAction{do: doConsume}
		}
		return m, memberAction{do: doBeat}
	case m.epoch == 0:
		return m.refused(e)
	default:
		return m.out(e)
	}
}

// refused is what follows when joining fails.
func (m epochMember) refused(e epochEvent) (epochMember, memberAction) {
	err, wait := e.err, 1
	if err == nil {
		switch err = e.code; e.code {
		case ErrNotCoordinatorForConsumer, ErrConsumerCoordinatorNotAvailable, ErrOffsetsLoadInProgress:
		case ErrUnreleasedInstanceID, ErrUnknownMemberId, ErrFencedMemberEpoch:
			wait = quickRetries // another member has to leave first, or to be given up
		default:
			return m, memberAction{do: doFail, err: err}
		}
	}
	if m.retries < wait {
		return m, memberAction{do: doFail, err: err}
	}
	m.retries -= wait
	m.full = true
	return m, memberAction{do: doJoin, wait: wait, refresh: wait < quickRetries, err: err}
}

// out is what follows when a heartbeat of a member fails.
func (m epochMember) out(e epochEvent) (epochMember, memberAction) {
	err := e.err
	report := true
	if err == nil {
		err = e.code
		switch e.code {
		case ErrUnknownMemberId, ErrFencedMemberEpoch:
			m.epoch, m.full = 0, true // it may come again as a new one, with no claims
			return m, memberAction{do: doLeave, err: err}
		case ErrNotCoordinatorForConsumer, ErrConsumerCoordinatorNotAvailable, ErrOffsetsLoadInProgress:
		default:
			m.epoch, m.full = 0, true
			return m, memberAction{do: doLeave, err: err, report: report}
		}
	}
	if m.retries <= 0 && e.late {
		m.epoch, m.full = 0, true
		return m, memberAction{do: doLeave, err: err, report: report}
	}
	m.retries, m.full = max(0, m.retries-1), true
	return m, memberAction{do: doBeat, wait: 1, refresh: true, err: err}
}

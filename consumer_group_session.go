package sarama

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ConsumerGroupSession is a member's part in its group: from Setup to Cleanup of a ConsumerGroupHandler. Those of this package
// are ContextConsumerGroupSessions. It is safe for concurrent use.
type ConsumerGroupSession interface {
	// Claims returns the partitions that the member has, by topic. With a cooperative strategy and with the consumer protocol
	// they change during the session. Do not change the map.
	Claims() map[string][]int32

	// MemberID returns the id that the coordinator gave the member.
	MemberID() string

	// GenerationID returns the group's generation, or the member's epoch with the consumer protocol; it changes when the
	// claims do.
	GenerationID() int32

	// MarkOffset notes that all before an offset was processed: that of the next record to read, so mostly one more than that
	// of the last one that was. It is committed with the next commit, together with metadata of yours. Offsets that are not
	// beyond the last one, and partitions that are not claimed, are ignored.
	MarkOffset(topic string, partition int32, offset int64, metadata string)

	// Commit commits what was marked, and waits for it. What could not be committed is told by the group's Errors, and is part
	// of the next commit.
	Commit()

	// ResetOffset is MarkOffset that goes back: offsets beyond the last one are ignored.
	ResetOffset(topic string, partition int32, offset int64, metadata string)

	// MarkMessage is MarkOffset for a message that was processed.
	MarkMessage(msg *ConsumerMessage, metadata string)

	// Context ends when the session does; context.Cause tells why. Values of the context that Consume was given are in it.
	Context() context.Context
}

// ContextConsumerGroupSession is a ConsumerGroupSession with more to offer: those that handlers get from this package's groups
// implement it.
type ContextConsumerGroupSession interface {
	ConsumerGroupSession

	// CommitContext is Commit that ends with ctx at the latest, and returns what failed: a ConsumerError for each partition
	// that was not committed, joined. If ctx has a deadline, what may pass is tried again until then, such as a coordinator that
	// is away, and not only Config.Consumer.Offsets.Retry.Max times.
	CommitContext(ctx context.Context) error
}

// consumerGroupSession implements ContextConsumerGroupSession.
type consumerGroupSession struct {
	group   *consumerGroup
	handler ConsumerGroupHandler
	offsets *offsetManager
	outer   context.Context // of Consume, and ends with Close, too
	ctx     context.Context
	cancel  context.CancelCauseFunc
	working sync.WaitGroup // claims

	member   atomic.Pointer[membership]
	assigned atomic.Pointer[map[string][]int32]
	claims   map[topicPartition]*consumerGroupClaim // Consume's own
	settled  func() bool                            // whether the coordinator wants nothing of the member; Consume's own
}

// newSession returns a session without claims.
func (g *consumerGroup) newSession(ctx context.Context, member membership, handler ConsumerGroupHandler) (*consumerGroupSession, error) {
	s := &consumerGroupSession{group: g, handler: handler, outer: ctx, claims: make(map[topicPartition]*consumerGroupClaim)}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	offsets, err := newOffsetManagerFor(g.client, g.id, member.memberID, g.instanceID, member.generation, s.cancel)
	if err != nil {
		s.cancel(err)
		return nil, err
	}
	s.offsets = offsets
	if member.consumerProtocol {
		offsets.useConsumerProtocol()
	}
	s.member.Store(&member)
	s.assigned.Store(new(map[string][]int32))
	g.claims.session.Store(s) // from here on others look at it
	return s, nil
}

// Claims implements ConsumerGroupSession.
func (s *consumerGroupSession) Claims() map[string][]int32 { return *s.assigned.Load() }

// MemberID implements ConsumerGroupSession.
func (s *consumerGroupSession) MemberID() string { return s.member.Load().memberID }

// GenerationID implements ConsumerGroupSession.
func (s *consumerGroupSession) GenerationID() int32 { return s.member.Load().generation }

// Context implements ConsumerGroupSession.
func (s *consumerGroupSession) Context() context.Context { return s.ctx }

// MarkOffset implements ConsumerGroupSession.
func (s *consumerGroupSession) MarkOffset(topic string, partition int32, offset int64, metadata string) {
	if pom := s.offsets.find(topic, partition); pom != nil {
		pom.MarkOffset(offset, metadata)
	}
}

// ResetOffset implements ConsumerGroupSession.
func (s *consumerGroupSession) ResetOffset(topic string, partition int32, offset int64, metadata string) {
	if pom := s.offsets.find(topic, partition); pom != nil {
		pom.ResetOffset(offset, metadata)
	}
}

// MarkMessage implements ConsumerGroupSession.
func (s *consumerGroupSession) MarkMessage(msg *ConsumerMessage, metadata string) {
	if pom := s.offsets.find(msg.Topic, msg.Partition); pom != nil {
		pom.markMessage(msg, metadata)
	}
}

// Commit implements ConsumerGroupSession.
func (s *consumerGroupSession) Commit() { s.offsets.Commit() }

// CommitContext implements ContextConsumerGroupSession.
func (s *consumerGroupSession) CommitContext(ctx context.Context) error {
	return s.offsets.commit(ctx)
}

// staticSession is a session of this package, and those that its handlers wrap around one.
type staticSession interface {
	groupInstanceID() *string
}

// groupInstanceID returns the static member's id, nil if it is none (KIP-345).
func (s *consumerGroupSession) groupInstanceID() *string { return s.group.instanceID }

// instanceOf returns the id of the static member that a session is of, nil if it is of none, or does not tell.
func instanceOf(s ConsumerGroupSession) *string {
	if static, ok := s.(staticSession); ok {
		return static.groupInstanceID()
	}
	return nil
}

// begin has the handler set up, and the first claims processed.
func (s *consumerGroupSession) begin(claims map[string][]int32) error {
	if err := s.manage(claims, s.settled); err != nil {
		_ = s.end(false)
		return err
	}
	s.assigned.Store(&claims)
	if err := s.handler.Setup(s); err != nil {
		_ = s.end(true)
		return sessionError{err}
	}
	s.start(claims)
	return nil
}

// manage asks for the committed offsets of new claims. See offsetManager.fetch of mayWait.
func (s *consumerGroupSession) manage(claims map[string][]int32, mayWait func() bool) error {
	if err := s.offsets.managePartitions(s.ctx, claims, mayWait); err != nil {
		return err
	}
	if !s.group.conf.Consumer.Return.Errors {
		return nil // they are logged
	}
	for topic, partitions := range claims {
		for _, partition := range partitions {
			pom := s.offsets.find(topic, partition)
			if pom == nil {
				continue
			}
			go withRecover(func() { // one per partition; passes its errors on until it is not managed any more
				for err := range pom.Errors() {
					s.group.report(err, topic, partition)
				}
			})
		}
	}
	return nil
}

// start has claims processed.
func (s *consumerGroupSession) start(claims map[string][]int32) {
	for topic, partitions := range claims {
		for _, partition := range partitions {
			s.startClaim(topicPartition{topic, partition})
		}
	}
}

func (s *consumerGroupSession) startClaim(tp topicPartition) {
	claim := newConsumerGroupClaim(s, tp)
	s.claims[tp] = claim
	s.working.Add(1)
	go withRecover(func() {
		defer s.working.Done()
		claim.run()
	})
}

// reassign has the claims that are not assigned any more end, and new ones begin; others notice nothing. It waits until those
// that end have ended and are committed, so that others may have them, and tells whether there were any. What cannot begin now, and
// may later, is left out of Claims, to be assigned once more: others wait for what ends, or for the member to join again.
func (s *consumerGroupSession) reassign(assigned map[string][]int32) (revoked bool, err error) {
	changes := changesOf(s.Claims(), assigned)
	var ending []*consumerGroupClaim
	for topic, partitions := range changes.revoked {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			if claim := s.claims[tp]; claim != nil {
				claim.cancel(ErrPartitionRevoked)
				ending = append(ending, claim)
				delete(s.claims, tp)
			}
		}
	}
	mayWait := s.settled
	if len(ending) > 0 {
		mayWait = never // others wait for what ends
	}
	if err := s.add(changes.added, assigned, mayWait); err != nil {
		if s.ctx.Err() != nil || !claimMayBeRead(err) {
			return false, err
		}
		s.group.conf.log().Printf("consumergroup/%s claims that are to begin later: %v: %v\n", logGroup(s.group.id), changes.added, err)
		kept := claimsWithout(s.Claims(), changes.revoked)
		s.assigned.Store(&kept)
	}
	if len(changes.revoked) == 0 {
		return false, nil
	}
	if err := s.await(ending); err != nil {
		return false, err
	}
	// What that fails with is told by Errors; the next owner then begins where the last commit was.
	_ = s.offsets.releasePartitions(s.ctx, changes.revoked, s.mayCommitLater())
	return true, nil
}

// add has new claims processed, and shows what is assigned. What keeps it from knowing where they begin, and passes, ends no other claim:
// it tries for as long as it may wait.
func (s *consumerGroupSession) add(added, assigned map[string][]int32, mayWait func() bool) error {
	brief, cancel := briefly(s.ctx, s.group.conf) // what ends meanwhile is to be given up soon
	defer cancel()
	for topic := range added {
		if err := s.group.client.refreshMetadata(brief, topic); err != nil {
			s.group.conf.log().Printf("consumergroup/%s metadata of topic %s: %v\n", logGroup(s.group.id), logTopic(topic), err) // the claims try again
		}
	}
	for {
		err := s.manage(added, mayWait)
		if err == nil {
			break
		}
		if !claimMayBeRead(err) || !mayWait() || wait(s.ctx, unreadableWait) != nil {
			return err
		}
		s.group.conf.log().Printf("consumergroup/%s asking once more where claims begin: %v\n", logGroup(s.group.id), err)
	}
	s.assigned.Store(&assigned)
	s.start(added)
	return nil
}

// await waits until claims have ended, for as long as the group does.
func (s *consumerGroupSession) await(ending []*consumerGroupClaim) error {
	timer := time.NewTimer(s.group.conf.Consumer.Group.Rebalance.Timeout)
	defer timer.Stop()
	for _, claim := range ending {
		select {
		case <-claim.done:
		case <-timer.C:
			s.group.report(ErrRebalanceTimedOut, claim.topic, claim.partition)
			s.cancel(ErrRebalanceTimedOut)
			return ErrRebalanceTimedOut
		}
	}
	return nil
}

// end ends the claims, waits for them, and commits.
func (s *consumerGroupSession) end(cleanup bool) (err error) {
	s.cancel(nil) // if there is no cause yet
	s.working.Wait()
	if cleanup {
		if err = s.handler.Cleanup(s); err != nil {
			s.group.report(err, "", -1)
		}
	}
	s.offsets.closePatiently(s.mayCommitLater())
	s.group.log().Printf("consumergroup/session/%s/%d released\n", logMember(s.MemberID()), logGeneration(s.GenerationID()))
	if err != nil {
		return sessionError{err}
	}
	return nil
}

// mayCommitLater tells whether a last commit may be tried once more when its retries are used up. While the coordinator is away nobody
// else can have the partitions, and whoever gets them processes again what is not committed: a member that is to join again has time
// until others go on without it. One that is none any more has not, and who shuts down does not wait.
func (s *consumerGroupSession) mayCommitLater() func() bool {
	if cause := context.Cause(s.ctx); cause != nil && !joinsAgain(cause) {
		return never
	}
	until := time.Now().Add(s.group.conf.Consumer.Group.Rebalance.Timeout)
	return func() bool { return s.outer.Err() == nil && time.Now().Before(until) }
}

// joinsAgain tells whether a session's cause leaves its member in the group.
func joinsAgain(cause error) bool {
	return errors.Is(cause, ErrRebalanceInProgress) || errors.Is(cause, ErrSessionConsumeClaimExited) ||
		errors.Is(cause, ErrSessionPartitionCountChanged) || errors.Is(cause, ErrSessionTopicsChanged)
}

// noteReason keeps why the session ended, for the next join.
func (s *consumerGroupSession) noteReason() {
	cause := context.Cause(s.ctx)
	switch {
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded), errors.Is(cause, ErrClosedConsumerGroup):
		s.group.reason = nil
	default:
		s.group.reason = cause
	}
}

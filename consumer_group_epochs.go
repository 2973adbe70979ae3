package sarama

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// ConsumerGroupProtocol is how the members of a group come to their partitions (group.protocol).
type ConsumerGroupProtocol string

const (
	// ConsumerGroupProtocolClassic has one of the members assign partitions, by a BalanceStrategy. It is the default.
	ConsumerGroupProtocolClassic ConsumerGroupProtocol = "classic"
	// ConsumerGroupProtocolConsumer has the coordinator assign partitions and move them one by one (Kafka 4.0, KIP-848).
	ConsumerGroupProtocolConsumer ConsumerGroupProtocol = "consumer"
)

// epochSessionTimeout is how long coordinators wait for a heartbeat, mostly: they do not say (group.consumer.session.timeout.ms).
const epochSessionTimeout = 45 * time.Second

// unnamedWait is how long to wait before topics that are assigned, and not known yet, are looked for again.
const unnamedWait = time.Second

// topicClaims are claims as the coordinator tells them.
type topicClaims = []protocol.ConsumerGroupHeartbeatTopicPartitions

// epochHeartbeats tell the coordinator that the member lives and what it has, and bring what it is to have.
type epochHeartbeats struct {
	group  *consumerGroup
	sub    *subscription
	member epochMember // run's own until it has ended
	last   time.Time
	asked  *Broker // by the last heartbeat, nil if there was no coordinator: run's own
	cancel context.CancelFunc
	ended  chan struct{}

	assigned chan topicClaims  // holds the last assignment that was not taken
	actions  chan memberAction // one at most: why the member is none, if there is no session to tell
	wake     chan struct{}     // holds a token when owned has changed

	mu     sync.Mutex // guards what follows
	owned  topicClaims
	news   bool // owned is to be told
	is     membership
	notify func(membership)   // of each new epoch; it neither waits nor asks
	gone   func(memberAction) // is told why the member is none; it does not wait
}

// beginEpochs has the member join, and live on.
func (g *consumerGroup) beginEpochs(sub *subscription) *epochHeartbeats {
	ctx, cancel := context.WithCancel(context.Background()) // not the session's: they go on while it is wound up
	h := &epochHeartbeats{
		group: g, sub: sub, last: time.Now(), cancel: cancel, ended: make(chan struct{}),
		member:   epochMember{id: g.memberID}.begin(g.conf.Consumer.Group.Rebalance.Retry.Max),
		assigned: make(chan topicClaims, 1), actions: make(chan memberAction, 1), wake: make(chan struct{}, 1),
	}
	go withRecover(func() {
		defer close(h.ended)
		h.run(ctx)
	})
	return h
}

// stop ends the heartbeats.
func (h *epochHeartbeats) stop() {
	h.cancel()
	<-h.ended
	h.group.memberID = h.member.id
}

// run is one per session; it owns the member's state, and ends with stop, or when the member is none any more.
func (h *epochHeartbeats) run(ctx context.Context) {
	conf := h.group.conf
	failures := 0 // in a row, of a member
	for {
		answer, event := h.beat(ctx)
		if ctx.Err() != nil {
			return
		}
		before := h.member
		var action memberAction
		h.member, action = h.member.next(event)
		h.log(before, action)
		pause := time.Duration(0)
		switch action.do {
		case doFail, doLeave:
			doing := "heartbeat in"
			if action.do == doFail {
				doing = "joining"
			}
			var said *string
			if answer != nil {
				said = answer.ErrorMessage
			}
			action.err = h.group.failure(doing, h.asked, action.err, said)
			h.leave(action)
			return
		case doJoin:
			pause = action.backoff(conf.Consumer.Group.Rebalance.Retry.Backoff)
		case doBeat, doConsume:
			if action.err != nil {
				pause = conf.beatBackoff(failures)
				failures++
			} else {
				failures = 0
				h.take(answer)
				if pause = time.Duration(answer.HeartbeatIntervalMs) * time.Millisecond; pause <= 0 {
					pause = conf.Consumer.Group.Heartbeat.Interval // no broker says so, and it would be asked without end
				}
			}
		}
		if !h.pause(ctx, pause, action.err == nil) {
			return
		}
		if action.refresh {
			_ = seekCoordinator(ctx, h.group.client, h.group.id)
		}
	}
}

// log tells what changes.
func (h *epochHeartbeats) log(before epochMember, action memberAction) {
	if action.err != nil {
		h.group.conf.log().Printf("consumergroup/%s member %q epoch %d -> %d (%v)\n",
			logGroup(h.group.id), logMember(h.member.id), before.epoch, logEpoch(h.member.epoch), action.err)
	} else if before.epoch != h.member.epoch {
		h.group.conf.log().Printf("consumergroup/%s member %q epoch %d -> %d\n",
			logGroup(h.group.id), logMember(h.member.id), before.epoch, logEpoch(h.member.epoch))
	}
}

// pause waits; what the member has to tell ends it, unless the coordinator is in trouble. It returns false when ctx has ended.
func (h *epochHeartbeats) pause(ctx context.Context, d time.Duration, early bool) bool {
	if !early {
		return wait(ctx, d) == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.wake:
	case <-ctx.Done():
		return false
	}
	return true
}

// take passes on what an answer brought.
func (h *epochHeartbeats) take(answer *ConsumerGroupHeartbeatResponse) {
	h.enter(membership{memberID: h.member.id, generation: h.member.epoch, consumerProtocol: true})
	if answer.Assignment == nil {
		return
	}
	select {
	case <-h.assigned: // it is of no interest any more
	default:
	}
	h.assigned <- answer.Assignment.TopicPartitions
}

// enter takes note of an epoch. The session hears of it before mu is free for the next one, lest that be overtaken.
func (h *epochHeartbeats) enter(is membership) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if is == h.is {
		return
	}
	h.is = is
	if h.notify != nil {
		h.notify(is)
	}
}

// leave passes on why the member is none.
func (h *epochHeartbeats) leave(action memberAction) {
	h.mu.Lock()
	gone := h.gone
	if gone == nil {
		h.actions <- action
	}
	h.mu.Unlock()
	if gone != nil {
		gone(action)
	}
}

// tell has a session told of each epoch from now on, and of the present one, and of the end.
func (h *epochHeartbeats) tell(moved func(membership), gone func(memberAction)) {
	h.mu.Lock()
	h.notify, h.gone = moved, gone
	moved(h.is) // as in enter
	h.mu.Unlock()
	select {
	case action := <-h.actions:
		gone(action)
	default:
	}
}

// present returns as what the coordinator knows the member.
func (h *epochHeartbeats) present() membership {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.is
}

// own tells the coordinator what the member has.
func (h *epochHeartbeats) own(owned topicClaims) {
	h.mu.Lock()
	h.owned, h.news = owned, true
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// beat sends a heartbeat.
func (h *epochHeartbeats) beat(ctx context.Context) (*ConsumerGroupHeartbeatResponse, epochEvent) {
	conf := h.group.conf
	ctx, cancel := context.WithTimeout(ctx, epochSessionTimeout)
	defer cancel()
	event := epochEvent{retries: conf.Metadata.Retry.Max}
	request, told := h.request()
	coordinator, answer, err := askCoordinator[ConsumerGroupHeartbeatResponse](ctx, h.group.client, h.group.id, request)
	h.asked = coordinator
	switch {
	case errors.Is(err, ErrUnsupportedVersion):
		event.code = ErrUnsupportedVersion
	case err != nil:
		event.err = err
	default:
		event.code, event.epoch = answer.ErrorCode, answer.MemberEpoch
		if answer.MemberID != nil {
			event.id = *answer.MemberID
		}
		if answer.ErrorCode != ErrNoError && answer.ErrorMessage != nil {
			h.group.conf.log().Printf("consumergroup/%s heartbeat: %v: %s\n", logGroup(h.group.id), answer.ErrorCode, *answer.ErrorMessage)
		}
	}
	if err == nil && event.code == ErrNoError {
		h.last = time.Now()
	} else if told {
		h.mu.Lock()
		h.news = true
		h.mu.Unlock()
	}
	event.late = time.Since(h.last) >= epochSessionTimeout
	return answer, event
}

// request is a heartbeat: short, if all that is to be said was said before. told: it says what the member has.
func (h *epochHeartbeats) request() (request *ConsumerGroupHeartbeatRequest, told bool) {
	g := h.group
	request = &ConsumerGroupHeartbeatRequest{
		Version:            protocol.MaxVersionFor(protocol.KeyConsumerGroupHeartbeat, g.conf.Version),
		GroupID:            g.id,
		MemberID:           h.member.id,
		MemberEpoch:        h.member.epoch,
		InstanceID:         g.instanceID,
		RebalanceTimeoutMs: -1,
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if told = h.news || h.member.full; told {
		request.TopicPartitions = append(topicClaims{}, h.owned...) // empty is not nil, which would be: as before
		h.news = false
	}
	if !h.member.full {
		return request, told
	}
	if h.member.epoch == 0 {
		request.TopicPartitions = topicClaims{}
	}
	request.RebalanceTimeoutMs = int32(g.conf.Consumer.Group.Rebalance.Timeout / time.Millisecond)
	request.SubscribedTopicNames = append([]string{}, h.sub.names...)
	if len(h.sub.patterns) > 0 {
		pattern := h.sub.pattern()
		request.SubscribedTopicRegex = &pattern
	}
	if g.conf.RackID != "" {
		request.RackID = &g.conf.RackID
	}
	if assignor := g.conf.Consumer.Group.RemoteAssignor; assignor != "" {
		request.ServerAssignor = &assignor
	}
	return request, told
}

// consumeEpochs is a session with the group's assignment made by the coordinator.
func (g *consumerGroup) consumeEpochs(ctx context.Context, sub *subscription, handler ConsumerGroupHandler) error {
	if g.memberID == "" {
		g.memberID = newMemberID()
	}
	g.joined = true
	begin := g.consumer.told.now()
	h := g.beginEpochs(sub)
	defer h.stop()
	var first topicClaims
	select {
	case first = <-h.assigned:
	case action := <-h.actions:
		return action.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	g.consumer.told.rebalanced(begin)
	session, err := g.newSession(ctx, h.present(), handler)
	if err != nil {
		return err
	}
	h.tell(func(is membership) {
		session.member.Store(&is)
		session.offsets.member.set(is.memberID, is.generation)
	}, func(action memberAction) { // at once: the claims are others', whatever the session waits for
		if action.report {
			g.report(action.err, "", -1)
		}
		session.cancel(action.err)
	})
	session.settled = func() bool { return len(h.assigned) == 0 }
	defer session.noteReason()
	e := &epochSession{consumerGroupSession: session, heartbeats: h, sub: sub}
	claims, complete := e.named(first)
	if err := session.begin(claims); err != nil {
		return err
	}
	e.acknowledge(claims)
	err = e.follow(first, complete)
	if errors.Is(err, ErrRebalanceTimedOut) {
		// Others wait for a partition that this member does not give up. Without it they can go on.
		h.stop()
		if failed := g.leaveEpochs(); failed != nil {
			g.conf.log().Printf("consumergroup/%s leaving after a rebalance that took too long: %v\n", logGroup(g.id), failed)
		}
	}
	if failed := session.end(true); failed != nil && err == nil {
		err = failed
	}
	return err
}

// epochSession is a session of the consumer protocol. It is Consume's own.
type epochSession struct {
	*consumerGroupSession
	heartbeats *epochHeartbeats
	sub        *subscription
	names      map[Uuid]string
}

// follow changes the claims as the coordinator wants, until the session ends.
func (e *epochSession) follow(wanted topicClaims, complete bool) error {
	timer := time.NewTimer(unnamedWait)
	defer timer.Stop()
	for {
		var again <-chan time.Time
		if !complete {
			timer.Reset(unnamedWait)
			again = timer.C
		}
		select {
		case <-e.ctx.Done():
			return nil
		case wanted = <-e.heartbeats.assigned:
		case <-again:
		}
		var claims map[string][]int32
		begin := e.group.consumer.told.now()
		claims, complete = e.named(wanted)
		if _, err := e.reassign(claims); err != nil {
			if e.ctx.Err() != nil && !errors.Is(err, ErrRebalanceTimedOut) {
				return nil
			}
			e.cancel(err)
			return err
		}
		e.group.consumer.told.rebalanced(begin)
		e.acknowledge(e.Claims())
		complete = complete && len(changesOf(e.Claims(), claims).added) == 0
	}
}

// acknowledge tells the coordinator what the member has.
func (e *epochSession) acknowledge(claims map[string][]int32) {
	var owned topicClaims
	for id, name := range e.names {
		if partitions := claims[name]; len(partitions) > 0 {
			owned = append(owned, protocol.ConsumerGroupHeartbeatTopicPartitions{TopicID: id, Partitions: partitions})
		}
	}
	e.heartbeats.own(owned)
}

// named returns claims by the names of their topics, and whether those of all are known.
func (e *epochSession) named(wanted topicClaims) (claims map[string][]int32, complete bool) {
	if !e.knows(wanted) {
		ctx, cancel := briefly(e.ctx, e.group.conf) // what the member is to give up others wait for
		defer cancel()
		if err := e.sub.resolve(ctx, e.group.client); err != nil {
			e.group.conf.log().Printf("consumergroup/%s looking for topics that are assigned: %v\n", logGroup(e.group.id), err)
		}
		e.group.noteTopics(e.sub)
		e.learn()
		complete = e.knows(wanted)
	} else {
		complete = true
	}
	claims = make(map[string][]int32, len(wanted))
	for _, of := range wanted {
		if name, ok := e.names[of.TopicID]; ok {
			partitions := slices.Clone(of.Partitions)
			slices.Sort(partitions)
			claims[name] = partitions
		}
	}
	return claims, complete
}

func (e *epochSession) knows(wanted topicClaims) bool {
	for _, of := range wanted {
		if _, ok := e.names[of.TopicID]; !ok {
			return false
		}
	}
	return true
}

// learn takes the topics' ids of the metadata. Ids that are known stay: a topic that is made anew has another one.
func (e *epochSession) learn() {
	names := make(map[Uuid]string, len(e.sub.topics))
	maps.Copy(names, e.names)
	for _, topic := range e.sub.topics {
		if id, ok := e.group.client.topicID(topic); ok {
			maps.DeleteFunc(names, func(_ Uuid, name string) bool { return name == topic })
			names[id] = topic
		}
	}
	e.names = names
}

// leaveEpochs takes the member out of the group; a static member may come again.
func (g *consumerGroup) leaveEpochs() error {
	id := g.memberID
	if g.memberID = ""; id == "" || !g.joined {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.conf.Consumer.Group.Session.Timeout)
	defer cancel()
	request := &ConsumerGroupHeartbeatRequest{
		Version: protocol.MaxVersionFor(protocol.KeyConsumerGroupHeartbeat, g.conf.Version),
		GroupID: g.id, MemberID: id, MemberEpoch: epochToLeave, InstanceID: g.instanceID, RebalanceTimeoutMs: -1,
	}
	if g.instanceID != nil {
		request.MemberEpoch = epochToLeaveStatic
	}
	return leaveGroup(ctx, g.client, g.id, func(ctx context.Context) error {
		coordinator, answer, err := askCoordinator[ConsumerGroupHeartbeatResponse](ctx, g.client, g.id, request)
		if err != nil {
			return err
		}
		switch answer.ErrorCode {
		case ErrNoError, ErrUnknownMemberId, ErrGroupIDNotFound, ErrFencedMemberEpoch:
			return nil
		default:
			return brokerError(coordinator, withMessage(answer.ErrorCode, answer.ErrorMessage))
		}
	})
}

// newMemberID returns an id as Kafka's Uuid writes it: members of the consumer protocol name themselves (KIP-1082).
func newMemberID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

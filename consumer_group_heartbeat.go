package sarama

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// heartbeats keep a member in its generation.
type heartbeats struct {
	group  *consumerGroup
	member classicMember
	last   time.Time // that one was answered
	asked  *Broker   // by the last one, nil if there was no coordinator
	out    atomic.Bool
	// tell is given what concerns the session; it does not wait.
	tell   func(memberAction)
	cancel context.CancelFunc
	ended  chan struct{}
}

// beginHeartbeats begins with the heartbeats of a generation. tell is called for each that calls for more than the next one.
func (g *consumerGroup) beginHeartbeats(in *generation, tell func(memberAction)) *heartbeats {
	ctx, cancel := context.WithCancel(context.Background()) // not the session's: they go on while it is wound up
	h := &heartbeats{group: g, member: in.joined, last: time.Now(), tell: tell, cancel: cancel, ended: make(chan struct{})}
	go withRecover(func() {
		defer close(h.ended)
		h.run(ctx)
	})
	return h
}

// stop ends the heartbeats, and tells whether the member is still one.
func (h *heartbeats) stop() bool {
	h.cancel()
	<-h.ended
	return !h.out.Load()
}

// run is one per generation; it owns the member's state in it, and ends with stop, or when the member is none any more.
func (h *heartbeats) run(ctx context.Context) {
	group := &h.group.conf.Consumer.Group
	defer h.group.log().Printf("consumergroup/session/%s/%d heartbeat loop stopped\n", logMember(h.member.id), logGeneration(h.member.generation))
	ticker := time.NewTicker(group.Heartbeat.Interval)
	defer ticker.Stop()
	failures := 0 // in a row
	for {
		event := h.beat(ctx)
		if ctx.Err() != nil {
			return
		}
		id := h.member.id
		var action memberAction
		h.member, action = h.member.next(event)
		if action.do == doLeave {
			h.out.Store(true)
			if errors.Is(action.err, ErrFencedInstancedId) && h.group.instanceID != nil {
				h.group.log().Printf("JoinGroup failed: group instance id %s has been fenced\n", logInstance(*h.group.instanceID))
			}
			h.group.conf.log().Printf("consumergroup/%s member %q is out of generation %d: %v\n", logGroup(h.group.id), logMember(id), logGeneration(h.member.generation), action.err)
			action.err = h.group.failure("heartbeat in", h.asked, action.err, nil)
			h.tell(action)
			return
		}
		if action.do == doRejoin {
			h.tell(action)
		}
		if action.wait > 0 {
			h.group.conf.debugLog().Printf("consumergroup/%s heartbeat failed: %v\n", logGroup(h.group.id), action.err)
			if wait(ctx, h.group.conf.beatBackoff(failures)) != nil {
				return
			}
			failures++
			_ = seekCoordinator(ctx, h.group.client, h.group.id)
			continue
		}
		failures = 0
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// beatBackoff is how long to wait after a heartbeat that failed, by how many have failed before it. Retries go on after Metadata.Retry.Max
// while the coordinator may still know the member; the wait grows no more then.
func (c *Config) beatBackoff(failures int) time.Duration {
	retry := &c.Metadata.Retry
	return backoffOf(retry.Backoff, retry.BackoffFunc)(min(failures, max(retry.Max-1, 0)), retry.Max)
}

// beat sends a heartbeat. A coordinator that does not answer within a session's timeout is as good as none.
func (h *heartbeats) beat(ctx context.Context) memberEvent {
	conf := h.group.conf
	ctx, cancel := context.WithTimeout(ctx, conf.Consumer.Group.Session.Timeout)
	defer cancel()
	event := memberEvent{kind: heardBeat, retries: conf.Metadata.Retry.Max}
	request := &HeartbeatRequest{
		Version:      protocol.MaxVersionFor(protocol.KeyHeartbeat, conf.Version),
		GroupId:      h.group.id,
		MemberId:     h.member.id,
		GenerationId: h.member.generation,
	}
	if request.Version >= 3 {
		request.GroupInstanceId = h.group.instanceID
	}
	coordinator, answer, err := askCoordinator[HeartbeatResponse](ctx, h.group.client, h.group.id, request)
	h.asked = coordinator
	if err == nil {
		event.code = answer.Err
	}
	event.err = err
	if err == nil && (event.code == ErrNoError || event.code == ErrRebalanceInProgress) {
		h.last = time.Now()
	}
	event.late = time.Since(h.last) >= conf.Consumer.Group.Session.Timeout
	return event
}

package sarama

import (
	"context"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// lateJoins are JoinGroups without a member id that are not answered yet when their Consume ends. Coordinators of before
// KIP-394 (JoinGroup v4) count the new member from the request on, and tell its id with the answer alone: that has to be awaited for
// the member to leave, or else it has partitions, and maybe leads the group, until its session times out.
type lateJoins struct {
	ctx     context.Context // ends when no answer is waited for any more
	cancel  context.CancelFunc
	pending sync.WaitGroup // JoinGroups; added to by who has the group's turn
}

func newLateJoins() *lateJoins {
	l := new(lateJoins)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// settle waits for those that are left, up to limit.
func (l *lateJoins) settle(limit time.Duration) {
	defer time.AfterFunc(limit, l.cancel).Stop()
	l.pending.Wait()
	l.cancel()
}

type joinOutcome struct {
	answer *JoinGroupResponse
	err    error
}

// ask sends JoinGroup. If ctx ends before a new member has its answer, j.link is left to that.
func (j *joining) ask(ctx context.Context, request *JoinGroupRequest) (*JoinGroupResponse, error) {
	if request.MemberId != "" || j.instanceID != nil { // who has an id can leave by it, and a static member stays
		return askContext[JoinGroupResponse](ctx, j.link, request)
	}
	link := j.link
	if _, err := link.connected(ctx); err != nil {
		return nil, err
	}
	answered := make(chan joinOutcome)
	j.late.pending.Add(1)
	// One per JoinGroup of a new member; owns the link once ctx has ended; ends with the answer, or when it is waited for no more.
	go withRecover(func() {
		defer j.late.pending.Done()
		answer, err := askContext[JoinGroupResponse](j.late.ctx, link, request)
		select {
		case answered <- joinOutcome{answer, err}:
		case <-ctx.Done():
			j.leaveAgain(link, answer, err)
		}
	})
	select {
	case outcome := <-answered:
		return outcome.answer, outcome.err
	case <-ctx.Done():
		j.link = nil
		return nil, context.Cause(ctx)
	}
}

// leaveAgain takes a member out that has joined too late, and closes the connection that it joined over.
func (j *joining) leaveAgain(link *Broker, answer *JoinGroupResponse, err error) {
	defer func() { _ = link.Close() }()
	if err != nil || answer.Err != ErrNoError {
		return
	}
	left, err := askContext[LeaveGroupResponse](j.late.ctx, link, j.leaveRequest(answer.MemberId))
	if err == nil && left.Err != ErrNoError {
		err = left.Err
	}
	if err != nil {
		j.conf.log().Printf("consumergroup/%s member %q joined when it was not wanted any more, and cannot leave: %v\n",
			logGroup(j.id), logMember(answer.MemberId), err)
		return
	}
	j.conf.log().Printf("consumergroup/%s member %q joined when it was not wanted any more, and has left\n", logGroup(j.id), logMember(answer.MemberId))
}

// leaveRequest takes a member out of the group.
func (g *consumerGroup) leaveRequest(id string) *LeaveGroupRequest {
	request := &LeaveGroupRequest{Version: protocol.MaxVersionFor(protocol.KeyLeaveGroup, g.conf.Version), GroupId: g.id, MemberId: id}
	if request.Version >= 3 {
		reason := "the consumer is being closed" // KIP-800
		request.MemberId, request.Members = "", []MemberIdentity{{MemberId: id, Reason: &reason}}
	}
	return request
}

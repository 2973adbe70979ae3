package sarama

import (
	"context"
	"errors"
)

// rebalanceSignal holds why the member is to join again; more than one reason is none.
type rebalanceSignal chan error

func (r rebalanceSignal) send(cause error) {
	select {
	case r <- cause:
	default:
	}
}

// consumeClassic is a session with the group's assignment made by one of its members.
func (g *consumerGroup) consumeClassic(ctx context.Context, sub *subscription, handler ConsumerGroupHandler) (err error) {
	in, err := g.join(ctx, sub, nil)
	if err != nil {
		return err
	}
	session, err := g.newSession(ctx, in.membership, handler)
	if err != nil {
		return err
	}
	c := &classicSession{consumerGroupSession: session, group: g, sub: sub}
	c.enter(in)
	defer c.stopHeartbeats()
	defer session.noteReason()
	if err := session.begin(in.claims); err != nil {
		c.endWatch()
		return err
	}
	for {
		select {
		case <-session.ctx.Done():
		case cause := <-c.rebalance:
			if g.protocol == RebalanceProtocolCooperative {
				if err = c.rejoin(ctx, cause); err == nil {
					continue
				}
				session.cancel(err)
			} else {
				session.cancel(cause)
			}
		}
		break
	}
	c.endWatch()
	if errors.Is(err, ErrRebalanceTimedOut) {
		// Others wait for a partition that this member does not give up. Without it they can go on.
		c.stopHeartbeats()
		if failed := g.leave(); failed != nil {
			g.conf.log().Printf("consumergroup/%s leaving after a rebalance that took too long: %v\n", logGroup(g.id), failed)
		}
	}
	if failed := session.end(true); failed != nil && err == nil {
		err = failed
	}
	return err
}

// classicSession is a session with what belongs to its present generation. It is Consume's own.
type classicSession struct {
	*consumerGroupSession
	group      *consumerGroup
	sub        *subscription
	heartbeats *heartbeats
	rebalance  rebalanceSignal // of the present generation: what is told of earlier ones is of no interest
	endWatch   context.CancelFunc
}

// enter begins with what a generation needs.
func (c *classicSession) enter(in *generation) {
	rebalance := make(rebalanceSignal, 1)
	c.rebalance = rebalance
	c.settled = func() bool { return len(rebalance) == 0 }
	c.heartbeats = c.group.beginHeartbeats(in, func(action memberAction) {
		if action.report {
			c.group.report(action.err, "", -1)
		}
		if action.do == doRejoin {
			rebalance.send(action.err)
			return
		}
		c.cancel(action.err)
	})
	var watch context.Context
	watch, c.endWatch = context.WithCancel(c.ctx)
	c.group.watchTopics(watch, c.sub, in.planned, rebalance.send)
}

// rejoin takes part in a rebalance while claims go on, and again as long as that has the member give up claims: then others
// can have them.
func (c *classicSession) rejoin(ctx context.Context, cause error) error {
	for revoked := true; revoked; {
		c.group.reason = cause
		c.endWatch()
		if !c.stopHeartbeats() {
			return nil // the session has ended
		}
		in, err := c.nextGeneration(ctx)
		if err != nil {
			return err // the claims are the member's no more, or not for long
		}
		c.enter(in)
		if revoked, err = c.reassign(in.claims); err != nil {
			return err
		}
		cause = ErrRebalanceInProgress
	}
	return nil
}

// nextGeneration joins again with what the member has.
func (c *classicSession) nextGeneration(ctx context.Context) (in *generation, err error) {
	if c.sub.match != nil {
		c.resolveBriefly(ctx)
	}
	held := &heldClaims{claims: c.Claims(), generation: c.GenerationID(), offsets: c.offsets}
	err = c.offsets.member.rejoin(func() error {
		if in, err = c.group.join(ctx, c.sub, held); err == nil {
			member := in.membership
			c.member.Store(&member)
		}
		return err
	})
	return in, err
}

// resolveBriefly looks for the topics that match. Where that fails they are those of before, and their watch looks again: the
// session, and its claims, do not end for that.
func (c *classicSession) resolveBriefly(ctx context.Context) {
	ctx, cancel := briefly(ctx, c.group.conf)
	defer cancel()
	if err := c.sub.resolve(ctx, c.group.client); err != nil {
		c.group.conf.log().Printf("consumergroup/%s joining again with the topics as last heard of: %v\n", logGroup(c.group.id), err)
		return
	}
	c.group.noteTopics(c.sub)
}

// stopHeartbeats ends the heartbeats of the present generation, if that is not done yet, and tells whether the member still is
// in it.
func (c *classicSession) stopHeartbeats() bool {
	if c.heartbeats == nil {
		return true
	}
	in := c.heartbeats.stop()
	c.group.memberID = c.heartbeats.member.id
	c.heartbeats = nil
	return in
}

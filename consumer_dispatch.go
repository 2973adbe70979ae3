package sarama

import (
	"errors"
)

// report tells the user what went wrong, unless the partition is being closed.
func (pc *partitionConsumer) report(err error) {
	failed := &ConsumerError{Topic: pc.topic, Partition: pc.partition, Err: err}
	if !pc.conf.Consumer.Return.Errors {
		pc.parent.conf.log().Println(failed)
		return
	}
	select {
	case pc.errors <- failed:
	case <-pc.ctx.Done():
	}
}

// reportLater is report for those who must not wait.
func (pc *partitionConsumer) reportLater(err error) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.goLocked(func() { pc.report(err) })
}

// goLocked runs what end waits for, unless the partition is being closed. The caller holds mu.
func (pc *partitionConsumer) goLocked(fn func()) {
	if pc.ctx.Err() != nil {
		return
	}
	pc.moves.Add(1)
	go withRecover(func() {
		defer pc.moves.Done()
		fn()
	})
}

// abandon leaves a broker, which the partition is no more subscribed to, for a reason, and has another one found.
func (pc *partitionConsumer) abandon(broker *brokerConsumer, reason error) {
	pc.parent.conf.log().Printf("consumer/broker/%d abandoned subscription to %s/%d because %s\n",
		logBroker{broker.broker}, logTopic(pc.topic), logPartition(pc.partition), reason)
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.broker != broker {
		return
	}
	verdict := judgeFetch(reason, pc.reading != noReplica, pc.hinted)
	pc.broker, pc.hinted = nil, false
	if !errors.Is(reason, errMoved) {
		pc.replica = noReplica
	}
	pc.goLocked(func() { pc.move(verdict) })
}

// fetchVerdict is what follows for a partition from a failed fetch.
type fetchVerdict struct {
	report error // to tell the user; nil: it is no failure
	fatal  bool  // the partition can not be read on
	prompt bool  // the broker to read from is known: look no further, and do not wait
}

// Why a partition that has not failed is read from elsewhere (KIP-392).
var (
	errMoved     = errors.New("another replica is to be read from")
	errLeaseOver = errors.New("the leader is to be asked which replica to read from")
)

// judgeFetch decides by the reason for which a broker was left. hinted: it has told of a later leader (KIP-951).
func judgeFetch(reason error, fromReplica, hinted bool) fetchVerdict {
	switch {
	case errors.Is(reason, errMoved), errors.Is(reason, errLeaseOver):
		return fetchVerdict{prompt: true}
	case errors.Is(reason, ErrOffsetOutOfRange):
		// A follower may not have what the leader has given out already: the leader decides.
		if fromReplica {
			return fetchVerdict{}
		}
		return fetchVerdict{report: reason, fatal: true}
	case errors.Is(reason, ErrUnknownTopicOrPartition), errors.Is(reason, ErrNotLeaderForPartition),
		errors.Is(reason, ErrLeaderNotAvailable), errors.Is(reason, ErrReplicaNotAvailable),
		errors.Is(reason, ErrFencedLeaderEpoch), errors.Is(reason, ErrUnknownLeaderEpoch),
		errors.Is(reason, ErrUnknownTopicID), errors.Is(reason, ErrInconsistentTopicID):
		return fetchVerdict{prompt: hinted}
	default:
		return fetchVerdict{report: reason}
	}
}

// move finds the broker to fetch from and subscribes to it. One at a time per partition; it ends when that has succeeded,
// when the partition is closed or can not be read on.
func (pc *partitionConsumer) move(v fetchVerdict) {
	if v.prompt {
		if broker := pc.known(); broker != nil && pc.verify(broker) == nil {
			pc.parent.subscribe(pc, broker)
			return
		}
	}
	for {
		if v.fatal && errors.Is(v.report, ErrOffsetOutOfRange) && isPlace(pc.conf.Consumer.Offsets.Reset) {
			v = fetchVerdict{report: pc.reset()} // which tells of it by itself
		}
		if v.report != nil {
			pc.report(v.report)
		}
		if v.fatal {
			pc.parent.conf.log().Printf("consumer/%s/%d shutting down because %s\n", logTopic(pc.topic), logPartition(pc.partition), v.report)
			pc.cancel()
			return
		}
		if !pc.backOff() {
			return
		}
		broker, err := pc.locate()
		if err != nil {
			v = fetchVerdict{report: err}
			continue
		}
		if err = pc.verify(broker); err == nil {
			pc.parent.subscribe(pc, broker)
			return
		}
		v = judgeFetch(err, false, false)
		v.fatal = movedAway(err)
	}
}

// known returns the broker to fetch from if the client knows it already: the preferred replica, or a leader other than the
// one that has said that it is none.
func (pc *partitionConsumer) known() *Broker {
	client := pc.parent.client
	pc.mu.Lock()
	replica, before := pc.replica, pc.leaderEpoch
	leaves := pc.reading
	pc.mu.Unlock()
	if replica != noReplica {
		if broker, err := client.Broker(replica); err == nil {
			pc.settle(replica, before)
			return broker
		}
		pc.parent.conf.log().Printf("consumer/%s/%d failed to find active broker for preferred read replica %d - will fallback to leader\n",
			logTopic(pc.topic), logPartition(pc.partition), logNode(replica))
		return nil
	}
	leader, epoch, err := client.leader(pc.ctx, pc.topic, pc.partition)
	if err != nil || leaves == noReplica && epoch <= before {
		return nil
	}
	pc.settle(noReplica, epoch)
	return leader
}

// settle notes where the partition is read from now.
func (pc *partitionConsumer) settle(replica, leaderEpoch int32) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.replica, pc.reading, pc.leaderEpoch = replica, replica, leaderEpoch
}

// backOff waits before a broker is looked for. It returns false if that is not to be done any more.
func (pc *partitionConsumer) backOff() bool {
	retry := &pc.conf.Consumer.Retry
	pc.mu.Lock()
	exhausted := retry.Max > 0 && pc.retries >= retry.Max
	if !exhausted {
		pc.retries++
	}
	retries := pc.retries
	pc.mu.Unlock()
	if exhausted {
		pc.parent.conf.log().Printf("consumer/%s/%d giving up after %d consecutive failures\n", logTopic(pc.topic), logPartition(pc.partition), retries)
		pc.report(ErrConsumerRetriesExhausted)
		pc.cancel()
		return false
	}
	if retries%stuckRetries == 0 {
		pc.parent.conf.log().Printf("consumer/%s/%d still retrying after %d consecutive failures\n", logTopic(pc.topic), logPartition(pc.partition), retries)
	}
	backoff := retry.Backoff
	if retry.BackoffFunc != nil {
		backoff = retry.BackoffFunc(retries)
	}
	return wait(pc.ctx, backoff) == nil
}

// locate asks the cluster for the partition's leader.
func (pc *partitionConsumer) locate() (*Broker, error) {
	client := pc.parent.client
	if err := client.refreshMetadata(pc.ctx, pc.topic); err != nil {
		return nil, err
	}
	leader, epoch, err := client.leader(pc.ctx, pc.topic, pc.partition)
	if err != nil {
		return nil, err
	}
	pc.settle(noReplica, epoch)
	return leader, nil
}

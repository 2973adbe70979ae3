package sarama

import (
	"bytes"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// What follows is run by brokers' loops: a partition consumer says what it wants, and takes in what comes.

// wanted is what is to be fetched of a partition.
type wanted struct {
	offset      int64
	size        int32
	leaderEpoch int32
}

// wish is what a partition consumer would have a broker's loop do.
type wish int

const (
	wishNothing wish = iota // it is paused
	wishRecords
	wishRoom   // as soon as some is delivered, it wishes for records
	wishLeader // the lease of the replica that it is read from is over
)

// wants returns the partition's wish, and for records which.
func (pc *partitionConsumer) wants() (wanted, wish) {
	if pc.paused.Load() {
		return wanted{}, wishNothing
	}
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.full = pc.undelivered >= pc.limitLocked()
	switch {
	case pc.full:
		return wanted{}, wishRoom
	case pc.leaseOverLocked():
		return wanted{}, wishLeader
	default:
		size := pc.grown
		if size == 0 {
			size = min(pc.conf.Consumer.Fetch.Default, pc.shareLocked())
		}
		return wanted{pc.offset, size, pc.leaderEpoch}, wishRecords
	}
}

// leaseOverLocked tells whether the partition is to go back from a replica to the leader. The caller holds mu.
func (pc *partitionConsumer) leaseOverLocked() bool {
	if pc.replica == noReplica || time.Now().Before(pc.replicaEnd) {
		return false
	}
	pc.replica = noReplica
	return true
}

// take queues what was fetched for the partition. An error ends the subscription.
func (pc *partitionConsumer) take(bc *brokerConsumer, b *protocol.FetchedBlock, want wanted, endpoints []*protocol.BrokerAddress) error {
	block := b.Block
	if block.Err != ErrNoError {
		pc.hint(bc, block, endpoints)
		return block.Err
	}
	extent := extentOf(b.Records, want.offset)
	tooLarge := false
	pc.mu.Lock()
	if pc.offset != want.offset || pc.broker != bc {
		pc.mu.Unlock()
		return nil // of a time before the partition was set to another offset or broker
	}
	if block.HighWaterMarkOffset >= 0 {
		pc.mark.Store(block.HighWaterMarkOffset)
	}
	moved := pc.redirectLocked(bc, block.PreferredReadReplica)
	if !extent.any && !moved {
		pc.retries = 0 // else it is to be seen whether the records can be decoded, and whether the replica can be reached
	}
	switch {
	case extent.any:
		pc.offset, pc.lastEpoch, pc.largest, pc.grown = extent.next, extent.epoch, extent.largest, 0
		pc.parent.memory.batch.Store(int64(extent.largest))
		if bc.copies {
			b.Records = bytes.Clone(b.Records)
		}
		pc.fetched = append(pc.fetched, fetchedRecords{offset: want.offset, data: b.Records, own: bc.copies, aborted: block.AbortedTransactions})
		pc.undelivered += len(b.Records)
	case extent.needs > 0:
		if tooLarge = !pc.growLocked(want.size, extent.needs); tooLarge {
			pc.offset++
		}
	}
	pc.mu.Unlock()
	if extent.any {
		if pc.deliverFew(extent) {
			bc.handed = true
		} else {
			pc.signal()
		}
	}
	if tooLarge {
		pc.reportLater(ErrMessageTooLarge)
	}
	if moved {
		return errMoved
	}
	return nil
}

// redirectLocked notes the replica that the broker wants the partition read from, if it is another one, and tells whether it
// is. The caller holds mu.
func (pc *partitionConsumer) redirectLocked(bc *brokerConsumer, preferred int32) bool {
	if preferred < 0 || preferred == bc.broker.ID() {
		return false
	}
	pc.replica, pc.replicaEnd = preferred, time.Now().Add(pc.replicaLease())
	return true
}

// growLocked asks for more with the next fetch than with the last one, and returns false if Config.Consumer.Fetch.Max does not
// allow it. The caller holds mu.
func (pc *partitionConsumer) growLocked(asked int32, needs int) bool {
	limit := int64(pc.conf.Consumer.Fetch.Max)
	if limit <= 0 {
		limit = int64(MaxResponseSize)
	}
	if int64(asked) >= limit {
		return false
	}
	pc.grown = int32(min(max(int64(needs), 2*int64(asked)), limit))
	return true
}

// replicaLease is how long a preferred replica is read from before the leader is asked again: a replica that has fallen
// behind does not say so (KAFKA-14372).
func (pc *partitionConsumer) replicaLease() time.Duration {
	if d := pc.conf.Metadata.RefreshFrequency; d > 0 {
		return d
	}
	return 10 * time.Minute
}

// hint passes on what an answer says of the leader, and notes whether it says more than was known (KIP-951).
func (pc *partitionConsumer) hint(bc *brokerConsumer, block *FetchResponseBlock, endpoints []*protocol.BrokerAddress) {
	leader := block.CurrentLeader
	if leader == nil || leader.LeaderID < 0 {
		return
	}
	var endpoint *protocol.BrokerAddress
	for _, e := range endpoints {
		if e.ID == leader.LeaderID {
			endpoint = e
		}
	}
	pc.parent.client.updateLeader(pc.topic, pc.partition, leader.LeaderID, leader.LeaderEpoch, endpoint)
	pc.mu.Lock()
	pc.hinted = leader.LeaderEpoch > pc.leaderEpoch && leader.LeaderID != bc.broker.ID()
	pc.mu.Unlock()
}

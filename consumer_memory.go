package sarama

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// memoryBound keeps what a consumer holds below Config.Consumer.MaxBufferBytes. A quarter is for what is fetched: each partition
// and each broker has an equal part of it, so that nothing is to be counted. The rest is for batches that are being delivered:
// half of it as equal parts, which nobody can take from a partition, and half for whoever comes first.
//
// Without a bound many partitions share what is fetched ahead, so that a thousand of them do not hold Fetch.Default each.
type memoryBound struct {
	size       int64        // 0: there is none
	ahead      int64        // of use without a bound
	batch      atomic.Int64 // bytes of the largest batch of the last fetch of any partition
	partitions atomic.Int64
	brokers    atomic.Int64

	mu   sync.Mutex // guards used
	used int64      // by batches that are being delivered
}

// Up to fewPartitions of a consumer without a bound have Fetch.Default fetched ahead each, or a MiB if that is more. What these
// would have, more of them share by equal parts, of leastAhead at least.
const (
	fewPartitions = 64
	leastAhead    = 32 << 10
)

func newMemoryBound(conf *Config) memoryBound {
	return memoryBound{size: conf.Consumer.MaxBufferBytes, ahead: fewPartitions * max(int64(conf.Consumer.Fetch.Default), 1<<20)}
}

// leastFetch is how much of a partition, or from a broker, is asked for at least, however small the bound.
const leastFetch = 16 << 10

// forFetches returns how much of what is fetched one of n may hold; without a bound as much as it likes.
func (m *memoryBound) forFetches(n int64) int32 {
	if m.size == 0 {
		return math.MaxInt32
	}
	return int32(min(max(m.size/8/max(n, 1), leastFetch), math.MaxInt32))
}

// perPartition bounds what is fetched of a partition and not delivered, and what one fetch asks of it.
func (m *memoryBound) perPartition() int32 {
	partitions := m.partitions.Load()
	if m.size == 0 {
		return int32(min(max(m.ahead/max(partitions, 1), leastAhead), math.MaxInt32))
	}
	return m.forFetches(2 * partitions)
}

// perBroker bounds what a broker may send at once.
func (m *memoryBound) perBroker() int32 {
	return m.forFetches(m.brokers.Load())
}

// count takes note of partitions and brokers that come, or go.
func (m *memoryBound) count(partitions, brokers int64) {
	m.partitions.Add(partitions)
	m.brokers.Add(brokers)
}

// forBatches returns what all batches that are being delivered may take. Messages in channels take some of the rest, too.
func (m *memoryBound) forBatchesLocked(perPartition int64) int64 {
	return max(m.size*3/4-m.partitions.Load()*perPartition, m.size/4)
}

// take has a partition that holds some bytes hold more, if that is within the bound. most is the largest batch that there can be.
func (m *memoryBound) take(held, more, overhead int64) (ok bool, most int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := m.forBatchesLocked(overhead)
	part := size / 2 / max(m.partitions.Load(), 1)
	switch {
	case m.used+more <= size && held+more <= part: // within its own part
	case m.used+more <= size/2: // of what is for all
	case m.used == held && m.used+more <= size: // nobody else has anything
	default:
		return false, size
	}
	m.used += more
	return true, size
}

func (m *memoryBound) give(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= n
}

// partitionMemory is what a partition holds of the bound. A batch is held until its last message has been taken from the
// channel; the channel's length is all that tells.
type partitionMemory struct {
	bound    *memoryBound
	overhead int64 // of messages

	mu   sync.Mutex // guards what follows
	held int64
	open int64       // bytes of the batch that is being sent
	past []heldBatch // sent and not all taken, in order
	sent int64       // messages, up to the end of the last one of past
}

type heldBatch struct {
	bytes int64
	until int64 // sent with its last message
}

// deliveredOverhead is what a message takes besides its key, value and headers.
const deliveredOverhead = int64(unsafe.Sizeof(ConsumerMessage{}))

// sentMore ends the batch that is being sent, if there is one, of which there were n messages.
func (p *partitionMemory) sentMore(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent += int64(n)
	if p.open > 0 {
		p.past = append(p.past, heldBatch{p.open, p.sent})
		p.open = 0
	}
}

// settle gives back what nobody holds any more, with so many messages waiting to be taken.
func (p *partitionMemory) settle(waiting int) (held int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	freed, n := int64(0), 0
	for ; n < len(p.past) && p.past[n].until <= p.sent-int64(waiting); n++ {
		freed += p.past[n].bytes
	}
	if n > 0 {
		p.past = append(p.past[:0], p.past[n:]...)
		p.held -= freed
		p.bound.give(freed)
	}
	return p.held
}

// begin notes what the batch to be sent takes, for which as much as granted was set aside.
func (p *partitionMemory) begin(bytes, granted int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = bytes
	p.held += bytes
	p.bound.give(granted - bytes)
}

// end gives back all.
func (p *partitionMemory) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound.give(p.held)
	p.held, p.open, p.past = 0, 0, nil
}

// makeRoom sets memory aside for the next batch, and waits for it. It returns false if the partition was closed before.
func (pc *partitionConsumer) makeRoom() bool {
	m, d := &pc.memory, &pc.records
	ask := int64(d.roomToAsk())
	pc.returnRoom()
	for pause := time.Millisecond; ; {
		held := m.settle(len(pc.messages))
		ok, most := m.bound.take(held, ask, m.overhead)
		if ok {
			d.granted, d.most = int(ask), int(most)
			return true
		}
		if ask > most {
			ask = most
			continue
		}
		// Whoever takes messages from channels does not tell. It is looked at less and less often while nothing changes.
		pc.parent.settleMemory()
		if wait(pc.ctx, pause) != nil {
			return false
		}
		if pause = min(2*pause, 64*time.Millisecond); m.settle(len(pc.messages)) < held {
			pause = time.Millisecond
		}
	}
}

// returnRoom gives back what was set aside for a batch that did not come to be.
func (pc *partitionConsumer) returnRoom() {
	if d := &pc.records; d.granted > 0 {
		pc.memory.bound.give(int64(d.granted))
		d.granted = 0
	}
}

// settleMemory has all partitions give back what nobody holds any more.
func (c *consumer) settleMemory() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, pc := range c.children {
		pc.memory.settle(len(pc.messages))
	}
}

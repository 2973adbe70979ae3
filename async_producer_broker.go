package sarama

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama/internal/conn"
)

// requestReserve is room left in a request for what is there once.
const requestReserve = 10 * 1024

// aroundRecords is what a partition takes in a request besides its records at most: its topic's name or id, numbers and lengths, and
// what a codec adds to records that cannot be compressed.
func aroundRecords(topic string, size int) int { return len(topic) + 64 + size>>10 }

// brokerProducers are the loops that send, one for each broker that leads a partition in use.
type brokerProducers struct {
	perPartition int // batches of one partition in flight
	perBroker    int // requests in flight
	requests     atomic.Uint64
	running      sync.WaitGroup // loops

	mu     sync.Mutex // guards what follows
	loops  map[*Broker]*brokerProducer
	closed bool
}

func newBrokerProducers(conf *Config) *brokerProducers {
	bps := &brokerProducers{perBroker: max(conf.Net.MaxOpenRequests, 1), loops: make(map[*Broker]*brokerProducer)}
	switch {
	case conf.Producer.Idempotent:
		bps.perPartition = min(bps.perBroker, maxIdempotentInFlight)
	case conf.Producer.Retry.Max > 0:
		bps.perPartition = 1 // what is sent again must not come behind what was sent after it
	default:
		bps.perPartition = bps.perBroker
	}
	return bps
}

// maxIdempotentInFlight is how many batches of a producer a broker remembers for each partition (KIP-98).
const maxIdempotentInFlight = 5

// acquire returns the loop of a broker, started if need be; release gives it back. After close it returns nil: a partition may
// still look for its leader when all that it had has failed.
func (bps *brokerProducers) acquire(p *asyncProducer, broker *Broker) *brokerProducer {
	bps.mu.Lock()
	defer bps.mu.Unlock()
	if bps.closed {
		return nil
	}
	bp := bps.loops[broker]
	if bp == nil {
		bp = newBrokerProducer(p, broker)
		bps.loops[broker] = bp
		bps.running.Add(1)
		go withRecover(func() {
			defer bps.running.Done()
			bp.run()
		})
	}
	bp.users++
	return bp
}

func (bps *brokerProducers) release(bp *brokerProducer) {
	bps.mu.Lock()
	bp.users--
	last := bp.users == 0
	if last {
		delete(bps.loops, bp.broker)
	}
	bps.mu.Unlock()
	if last {
		bp.stop()
	}
}

// flush has all loops send what they hold without waiting for more.
func (bps *brokerProducers) flush() {
	bps.mu.Lock()
	defer bps.mu.Unlock()
	for _, bp := range bps.loops {
		bp.flush()
	}
}

// close ends all loops. Nothing may be in flight any more.
func (bps *brokerProducers) close() {
	bps.mu.Lock()
	defer bps.mu.Unlock()
	bps.closed = true
	for broker, bp := range bps.loops {
		bp.stop()
		delete(bps.loops, broker)
	}
}

// brokerProducer sends batches to one broker, those of many partitions in one request, several requests at a time.
type brokerProducer struct {
	parent *asyncProducer
	broker *Broker
	users  int           // partitions; guarded by the mu of brokerProducers
	wake   chan struct{} // holds a token when there may be something to do
	role   chan struct{} // holds a token while somebody sends

	// What follows belongs to whoever sends.
	oldFormat *batchFormat     // in the place of the producer's, for a broker that is too old for that
	scratch   []byte           // what batches are compressed into
	work      listedPartitions // what was taken from the lists and not sent yet

	mu        sync.Mutex // guards what follows
	lingering []*partitionProducer
	urgent    []*partitionProducer
	messages  int // added to lingering partitions since the last flush
	bytes     int
	flushes   uint64 // that have begun, and one
	flushing  bool   // send lingering partitions, too, whatever the limits say
	always    bool   // flushing is never over; it does not change
	linger    *time.Timer
	armed     bool // linger runs
	backlog   bool // work is not empty
	inFlight  int  // requests
	stopped   bool
	free      []*produceBatches
}

func newBrokerProducer(p *asyncProducer, broker *Broker) *brokerProducer {
	p.conf.log().Printf("producer/broker/%d starting up\n", logBroker{broker})
	return &brokerProducer{parent: p, broker: broker, flushes: 1, wake: make(chan struct{}, 1), role: make(chan struct{}, 1), always: p.flushesAlways()}
}

// flushesAlways tells whether records are sent as soon as can be: no Flush setting asks to wait for more.
func (p *asyncProducer) flushesAlways() bool {
	flush := &p.conf.Producer.Flush
	return flush.Frequency == 0 && flush.Bytes == 0 && flush.Messages == 0
}

// enlist puts a partition that has something to send on a list, and counts what has arrived there. It tells whether the loop
// has to be woken. The caller holds the partition's mu.
func (bp *brokerProducer) enlist(pp *partitionProducer, where listing) (wake bool) {
	flush := &bp.parent.conf.Producer.Flush
	bp.mu.Lock()
	defer bp.mu.Unlock()
	bp.messages += pp.arrived
	bp.bytes += pp.arrivedBytes
	switch {
	case pp.counted > 0 && pp.counted != bp.flushes:
		where = urgent // the flush that they were counted for has been, while other batches stood before them
	case pp.open != nil && pp.arrived > 0:
		pp.counted = bp.flushes
	}
	pp.arrived, pp.arrivedBytes = 0, 0
	if where > pp.listed {
		pp.listed = where
		if where == urgent {
			bp.urgent = append(bp.urgent, pp)
		} else {
			bp.lingering = append(bp.lingering, pp)
		}
	}
	if flush.Messages > 0 && bp.messages >= flush.Messages || flush.Bytes > 0 && bp.bytes >= flush.Bytes {
		bp.flushing = true
	}
	if where == lingering && !bp.flushing && !bp.always {
		if !bp.parent.ledger.isFull() {
			bp.arm(flush.Frequency)
			return false
		}
		bp.flushing = true // what it waits for waits for room
	}
	return bp.inFlight < bp.parent.brokers.perBroker
}

// arm starts the clock of Flush.Frequency, unless it runs. The caller holds mu.
func (bp *brokerProducer) arm(frequency time.Duration) {
	switch {
	case bp.armed || frequency <= 0:
		return
	case bp.linger == nil:
		bp.linger = time.AfterFunc(frequency, bp.flush)
	default:
		bp.linger.Reset(frequency)
	}
	bp.armed = true
}

// flush has everything sent that is there.
func (bp *brokerProducer) flush() {
	bp.mu.Lock()
	bp.flushing = true
	bp.armed = false
	bp.mu.Unlock()
	bp.signal()
}

func (bp *brokerProducer) signal() {
	select {
	case bp.wake <- struct{}{}:
	default:
	}
}

func (bp *brokerProducer) stop() {
	bp.mu.Lock()
	bp.stopped = true
	if bp.linger != nil {
		bp.linger.Stop()
	}
	bp.mu.Unlock()
	bp.signal()
}

// run is the broker's loop: one per broker; it sends what is there, and ends when the last partition has gone.
func (bp *brokerProducer) run() {
	for range bp.wake {
		bp.role <- struct{}{}
		for {
			if sent, _ := bp.sendOne(false); !sent {
				break
			}
		}
		<-bp.role
		if bp.isStopped() {
			bp.parent.conf.log().Printf("producer/broker/%d shut down\n", logBroker{bp.broker})
			return
		}
	}
}

// sendHere sends one request from the calling goroutine, which saves it the way to another, unless somebody sends; run
// sees to the rest. See startProduce of attend.
func (bp *brokerProducer) sendHere(attend bool) (attended *conn.Conn) {
	select {
	case bp.role <- struct{}{}:
		_, attended = bp.sendOne(attend)
		<-bp.role
	default:
	}
	if !bp.isIdle() {
		bp.signal()
	}
	return attended
}

// promptBytes is how much is written without a goroutine of its own: a socket where nothing else is under way takes that at once.
const promptBytes = 16 << 10

// isPrompt tells whether sendHere would send all that is there, and without waiting for the broker.
func (bp *brokerProducer) isPrompt() bool {
	bp.mu.Lock()
	little := bp.always && bp.inFlight == 0 && bp.bytes <= promptBytes && len(bp.urgent) == 0 && !bp.backlog
	bp.mu.Unlock()
	return little && bp.parent.conf.Producer.RequiredAcks != NoResponse && bp.broker.isPrompt()
}

// isIdle tells whether there is nothing to send.
func (bp *brokerProducer) isIdle() bool {
	bp.mu.Lock()
	defer bp.mu.Unlock()
	return bp.idleLocked()
}

func (bp *brokerProducer) idleLocked() bool {
	return len(bp.urgent) == 0 && len(bp.lingering) == 0 && !bp.backlog
}

func (bp *brokerProducer) isStopped() bool {
	bp.mu.Lock()
	defer bp.mu.Unlock()
	return bp.stopped
}

// listedPartitions are partitions that were taken from a list to be sent.
type listedPartitions []listedPartition

type listedPartition struct {
	*partitionProducer
	from listing
}

// sendOne sends one request, if there is something to send and may be sent. It returns false otherwise. See startProduce of
// attend.
func (bp *brokerProducer) sendOne(attend bool) (sent bool, attended *conn.Conn) {
	if !bp.takeWork() {
		return false, nil
	}
	pb := bp.gather()
	if pb == nil {
		return false, nil
	}
	return true, pb.send(attend)
}

// takeWork adds to work what is due by now, and tells whether a request may be sent.
func (bp *brokerProducer) takeWork() bool {
	bp.mu.Lock()
	defer bp.mu.Unlock()
	if bp.inFlight >= bp.parent.brokers.perBroker {
		return false
	}
	for i, pp := range bp.urgent {
		bp.work = append(bp.work, listedPartition{pp, urgent})
		bp.urgent[i] = nil
	}
	bp.urgent = bp.urgent[:0]
	if bp.flushing || bp.always {
		for i, pp := range bp.lingering {
			bp.work = append(bp.work, listedPartition{pp, lingering})
			bp.lingering[i] = nil
		}
		bp.lingering = bp.lingering[:0]
		bp.messages, bp.bytes, bp.flushing = 0, 0, false
		bp.flushes++
		if bp.armed {
			bp.linger.Stop()
			bp.armed = false
		}
	}
	return len(bp.work) > 0
}

// gather fills a request with batches of the partitions in work; nil if none has any.
func (bp *brokerProducer) gather() *produceBatches {
	pb := bp.unused()
	pb.number = bp.parent.brokers.requests.Add(1)
	taken := 0
	for _, listed := range bp.work {
		b, full := listed.take(bp, listed.from, pb.room())
		if full {
			break
		}
		taken++
		if b != nil {
			pb.add(listed.partitionProducer, b)
		}
	}
	left := copy(bp.work, bp.work[taken:])
	clear(bp.work[left:])
	bp.work = bp.work[:left]
	bp.mu.Lock()
	bp.backlog = left > 0
	if len(pb.batches) > 0 {
		bp.inFlight++
	}
	bp.mu.Unlock()
	if len(pb.batches) == 0 {
		bp.recycle(pb)
		return nil
	}
	return pb
}

func (bp *brokerProducer) unused() *produceBatches {
	bp.mu.Lock()
	defer bp.mu.Unlock()
	if n := len(bp.free); n > 0 {
		pb := bp.free[n-1]
		bp.free = bp.free[:n-1]
		return pb
	}
	return newProduceBatches(bp)
}

func (bp *brokerProducer) recycle(pb *produceBatches) {
	pb.reset()
	bp.mu.Lock()
	defer bp.mu.Unlock()
	bp.free = append(bp.free, pb)
}

// answered notes that a request is not in flight any more.
func (bp *brokerProducer) answered() {
	bp.mu.Lock()
	bp.inFlight--
	idle := bp.idleLocked()
	bp.mu.Unlock()
	if !idle {
		bp.signal()
	}
}

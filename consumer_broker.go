package sarama

import (
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// brokerConsumer fetches from one broker for all partitions that are subscribed to it, over a connection of its own: a fetch
// that waits for records would have other requests wait behind it.
type brokerConsumer struct {
	parent *consumer
	broker *Broker       // the client's
	link   *Broker       // the connection
	wake   chan struct{} // holds a token when what is to be fetched may have changed
	fetch  fetchSession  // run's own

	mu    sync.Mutex // guards what follows
	subs  map[*partitionConsumer]struct{}
	added time.Time // when the last one came
}

// A fetch that waits for records cannot be extended. As long as more partitions are likely to join soon, it waits less.
const (
	shortWait   = 20 * time.Millisecond
	settleAfter = time.Second // since a partition was subscribed
)

func newBrokerConsumer(c *consumer, broker *Broker) *brokerConsumer {
	bc := &brokerConsumer{
		parent: c, broker: broker, link: broker.another(),
		wake: make(chan struct{}, 1),
		subs: make(map[*partitionConsumer]struct{}),
	}
	bc.fetch.reset()
	return bc
}

func (bc *brokerConsumer) signal() {
	select {
	case bc.wake <- struct{}{}:
	default:
	}
}

// add subscribes a partition.
func (bc *brokerConsumer) add(pc *partitionConsumer) {
	pc.mu.Lock()
	pc.broker = bc
	pc.mu.Unlock()
	bc.mu.Lock()
	bc.subs[pc] = struct{}{}
	bc.added = time.Now()
	bc.mu.Unlock()
	bc.signal()
}

// remove ends a partition's subscription, and tells whether there was one.
func (bc *brokerConsumer) remove(pc *partitionConsumer) bool {
	bc.mu.Lock()
	_, ok := bc.subs[pc]
	delete(bc.subs, pc)
	bc.mu.Unlock()
	bc.signal()
	return ok
}

func (bc *brokerConsumer) empty() bool {
	bc.mu.Lock()
	defer bc.mu.Unlock()
	return len(bc.subs) == 0
}

// subscriptions returns the partitions, and whether all have been here for a while.
func (bc *brokerConsumer) subscriptions() (all []*partitionConsumer, settled bool) {
	bc.mu.Lock()
	defer bc.mu.Unlock()
	all = make([]*partitionConsumer, 0, len(bc.subs))
	for pc := range bc.subs {
		all = append(all, pc)
	}
	return all, time.Since(bc.added) > settleAfter
}

// fetchResult is what came of a fetch.
type fetchResult struct {
	response *FetchResponse
	size     int
	err      error
}

// run is one per broker; it owns the fetch session, and ends when nobody is subscribed, or with the consumer's Close.
func (bc *brokerConsumer) run() {
	defer func() { _ = bc.link.Close() }()
	for {
		if bc.empty() && bc.parent.forget(bc) || bc.parent.ctx.Err() != nil {
			return
		}
		request := bc.prepare()
		if request == nil {
			select {
			case <-bc.wake:
			case <-bc.parent.ctx.Done():
			}
			continue
		}
		result, ok := bc.exchange(request)
		if !ok {
			continue
		}
		if result.err != nil {
			bc.disconnected(result.err)
			continue
		}
		bc.distribute(result.response, result.size)
	}
}

// prepare returns the next request; nil: there is nothing to fetch.
func (bc *brokerConsumer) prepare() *FetchRequest {
	identified := true
	bc.fetch.begin()
	subscriptions, settled := bc.subscriptions()
	for _, pc := range subscriptions {
		if pc.leaseOver() && bc.remove(pc) {
			pc.abandon(bc, errMoved)
			continue
		}
		want, full, ok := pc.wants()
		settled = settled && !full
		if !ok {
			continue
		}
		id, known := bc.parent.client.topicID(pc.topic)
		identified = identified && known
		bc.fetch.want(pc, want, id)
	}
	if bc.fetch.idle() {
		return nil
	}
	if !bc.link.isOpen() {
		_ = bc.link.Open(bc.parent.conf) // the fetch reports why it failed
	}
	conf := &bc.parent.conf.Consumer
	patience := conf.MaxWaitTime
	if !settled {
		patience = min(patience, shortWait)
	}
	request := &FetchRequest{
		Version:     bc.link.fetchVersion(bc.parent.ctx, identified),
		MinBytes:    conf.Fetch.Min,
		MaxWaitTime: int32(patience / time.Millisecond),
		MaxBytes:    conf.Fetch.MaxBytes,
		Isolation:   conf.IsolationLevel,
		RackID:      bc.parent.conf.RackID,
	}
	bc.fetch.fill(request)
	bc.parent.meter.fetched(bc.fetch.topics)
	return request
}

// wanted is what is to be fetched of a partition.
type wanted struct {
	offset      int64
	size        int32
	leaderEpoch int32
}

// wants returns what to fetch of the partition, if ok. It wants nothing while it is paused, or full.
func (pc *partitionConsumer) wants() (want wanted, full, ok bool) {
	if pc.paused.Load() {
		return wanted{}, false, false
	}
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.undelivered >= pc.limit() {
		return wanted{}, true, false
	}
	return wanted{pc.offset, pc.fetchSize, pc.leaderEpoch}, false, true
}

// exchange sends a request and waits for the answer; false: nobody wants it any more.
func (bc *brokerConsumer) exchange(request *FetchRequest) (fetchResult, bool) {
	answered := make(chan fetchResult, 1)
	bc.link.startFetch(bc.parent.ctx, request, func(response *FetchResponse, size int, err error) {
		answered <- fetchResult{response, size, err}
	})
	for {
		select {
		case result := <-answered:
			return result, true
		case <-bc.parent.ctx.Done():
			return fetchResult{}, false
		case <-bc.wake:
			if bc.empty() {
				bc.fetch.reset() // its epoch is not known any more
				return fetchResult{}, false
			}
		}
	}
}

// disconnected has all partitions look for a broker anew, after a fetch has failed as a whole.
func (bc *brokerConsumer) disconnected(err error) {
	bc.fetch.reset()
	if bc.parent.ctx.Err() != nil {
		return
	}
	Logger.Printf("consumer/broker/%d disconnecting due to error processing FetchRequest: %s\n", bc.broker.ID(), err)
	subscriptions, _ := bc.subscriptions()
	for _, pc := range subscriptions {
		if bc.remove(pc) {
			pc.abandon(bc, err)
		}
	}
}

// distribute gives partitions what was fetched for them.
func (bc *brokerConsumer) distribute(response *FetchResponse, size int) {
	bc.parent.meter.responseSize.Update(int64(size))
	if code := KError(response.ErrorCode); code != ErrNoError {
		if isSessionError(code) {
			DebugLogger.Printf("consumer/broker/%d begins a new fetch session: %v\n", bc.broker.ID(), code)
			bc.fetch.reset()
			return
		}
		bc.disconnected(code)
		return
	}
	bc.fetch.answered(response)
	blocks := protocol.FetchedBlocks(response)
	known := 0
	for i := range blocks {
		b := &blocks[i]
		pc, want, ok := bc.fetch.asked(b)
		if !ok {
			continue
		}
		known++
		if err := pc.take(bc, b, want, response.NodeEndpoints); err != nil && bc.remove(pc) {
			pc.abandon(bc, err)
		}
	}
	if known == 0 && len(blocks) > 0 {
		bc.disconnected(ErrIncompleteResponse) // such an answer may come again and again, at once
	}
}

func isSessionError(code KError) bool {
	return code == ErrFetchSessionIDNotFound || code == ErrInvalidFetchSessionEpoch || code == ErrFetchSessionTopicIDError ||
		code == ErrUnknownTopicID || code == ErrInconsistentTopicID
}

// take queues what was fetched for the partition. An error ends the subscription.
func (pc *partitionConsumer) take(bc *brokerConsumer, b *protocol.FetchedBlock, want wanted, endpoints []*protocol.BrokerAddress) error {
	block := b.Block
	if block.Err != ErrNoError {
		pc.hint(block, endpoints)
		return block.Err
	}
	next, needs, any := fetchedTo(b.Records, want.offset)
	tooLarge := false
	pc.mu.Lock()
	if pc.offset != want.offset || pc.broker != bc {
		pc.mu.Unlock()
		return nil // of a time before the partition was set to another offset or broker
	}
	pc.retries = 0
	if block.HighWaterMarkOffset >= 0 {
		pc.mark.Store(block.HighWaterMarkOffset)
	}
	moved := pc.redirectLocked(bc, block.PreferredReadReplica)
	switch {
	case any:
		pc.offset, pc.fetchSize = next, pc.conf.Consumer.Fetch.Default
		pc.fetched = append(pc.fetched, fetchedRecords{want.offset, b.Records, block.AbortedTransactions})
		pc.undelivered += len(b.Records)
	case needs > 0:
		if tooLarge = !pc.growLocked(needs); tooLarge {
			pc.offset++
		}
	}
	pc.mu.Unlock()
	if any {
		select {
		case pc.arrived <- struct{}{}:
		default:
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

// redirectLocked notes the replica that the broker wants the partition read from, and tells whether that is another one. The
// caller holds mu.
func (pc *partitionConsumer) redirectLocked(bc *brokerConsumer, preferred int32) bool {
	if preferred < 0 || preferred == bc.broker.ID() {
		return false
	}
	pc.replica, pc.replicaEnd = preferred, time.Now().Add(pc.replicaLease())
	return true
}

// leaseOver tells whether the leader is to be asked again, after the time for which a preferred replica is read from.
func (pc *partitionConsumer) leaseOver() bool {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.replica == noReplica || time.Now().Before(pc.replicaEnd) {
		return false
	}
	Logger.Printf("consumer/%s/%d preferred read replica %d expired - will fallback to leader\n", pc.topic, pc.partition, pc.replica)
	pc.replica = noReplica
	return true
}

// growLocked asks for more with the next fetch, and returns false if Config.Consumer.Fetch.Max does not allow it. The caller
// holds mu.
func (pc *partitionConsumer) growLocked(needs int) bool {
	limit := int64(pc.conf.Consumer.Fetch.Max)
	if limit <= 0 {
		limit = int64(MaxResponseSize)
	}
	if int64(pc.fetchSize) >= limit {
		return false
	}
	pc.fetchSize = int32(min(max(int64(needs), 2*int64(pc.fetchSize)), limit))
	return true
}

// reportLater is report for those who must not wait.
func (pc *partitionConsumer) reportLater(err error) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.ctx.Err() != nil {
		return
	}
	pc.moves.Add(1)
	go withRecover(func() {
		defer pc.moves.Done()
		pc.report(err)
	})
}

// replicaLease is how long a preferred replica is read from before the leader is asked again: a replica that has fallen
// behind does not say so (KAFKA-14372).
func (pc *partitionConsumer) replicaLease() time.Duration {
	if d := pc.conf.Metadata.RefreshFrequency; d > 0 {
		return d
	}
	return 10 * time.Minute
}

// hint passes on what an answer says of the leader (KIP-951).
func (pc *partitionConsumer) hint(block *FetchResponseBlock, endpoints []*protocol.BrokerAddress) {
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
}

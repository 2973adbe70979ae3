package sarama

import (
	"runtime"
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

	fetch    fetchSession         // run's own, as are those below it
	all      []*partitionConsumer // subs, as run saw them last
	refusals int                  // of sessions, in a row
	patience time.Duration        // of the last fetch, if partitions were full and nothing has changed since
	copies   bool                 // partitions get memory of their own from the fetch under way, whose memory is used again
	handed   bool                 // messages of the last answer were given to users already
	call     fetchCall
	begin    time.Time     // of call, for telemetry
	done     func(fetched) // fetchDone, bound once
	answered chan fetched  // what came of call

	mu        sync.Mutex // guards what follows
	subs      map[*partitionConsumer]struct{}
	added     time.Time     // when the last one came
	reading   bool          // run waits for an answer, which it may read itself: only the connection's end calls it back
	discarded chan struct{} // if nobody wants that answer any more: closed when the connection is, too
}

// A fetch that waits for records cannot be extended. As long as more partitions are likely to join soon, it waits less: new
// ones, or those that are full. As these may stay so for long, it waits twice as long each time: none then waits for more
// than about as long again as it was full.
const (
	shortWait   = 20 * time.Millisecond
	settleAfter = time.Second // since a partition was subscribed
)

func newBrokerConsumer(c *consumer, broker *Broker) *brokerConsumer {
	bc := &brokerConsumer{
		parent: c, broker: broker, link: broker.another(),
		wake:     make(chan struct{}, 1),
		answered: make(chan fetched, 1),
		subs:     make(map[*partitionConsumer]struct{}),
	}
	bc.fetch.reset()
	bc.done = bc.fetchDone
	return bc
}

// signal has what is to be fetched looked at anew.
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
	var discarded chan struct{}
	if len(bc.subs) == 0 && bc.reading && bc.discarded == nil {
		discarded = make(chan struct{})
		bc.discarded = discarded
	}
	bc.mu.Unlock()
	bc.signal()
	if discarded != nil {
		_ = bc.link.Close()
		close(discarded)
	}
	return ok
}

func (bc *brokerConsumer) empty() bool {
	bc.mu.Lock()
	defer bc.mu.Unlock()
	return len(bc.subs) == 0
}

// subscriptions returns the partitions, and whether all have been here for a while. The list is run's, until it asks again.
func (bc *brokerConsumer) subscriptions() (all []*partitionConsumer, settled bool) {
	bc.mu.Lock()
	defer bc.mu.Unlock()
	clear(bc.all)
	bc.all = bc.all[:0]
	for pc := range bc.subs {
		bc.all = append(bc.all, pc)
	}
	return bc.all, time.Since(bc.added) > settleAfter
}

// As long as one partition has anything of an answer, all of the answer is kept, if partitions do not get memory of their own. That
// of a few is not worth a copy. For that answers are smaller: a copy of what was read just now costs little.
const (
	uncopiedPartitions = 16
	copiedAnswer       = 8 << 20
)

// run is one per broker; it owns the fetch session, and ends when nobody is subscribed, or with the consumer's Close.
func (bc *brokerConsumer) run() {
	cut := func() { _ = bc.link.Close() }
	defer cut()
	defer runAfter(bc.parent.ctx, cut)() // while run reads an answer nothing else calls it back
	for {
		if bc.empty() && bc.parent.forget(bc) || bc.parent.ctx.Err() != nil {
			return
		}
		if !bc.prepare() {
			select {
			case <-bc.wake:
			case <-bc.parent.ctx.Done():
			}
			bc.patience = 0
			continue
		}
		result, ok := bc.exchange()
		switch {
		case !ok:
		case result.err != nil:
			bc.disconnected(result.err)
		default:
			bc.distribute(&result)
		}
		if bc.handed {
			bc.handed = false
			// Who got them runs on this processor, and would wait until the next fetch is written, which takes longer than to read them.
			runtime.Gosched()
		}
	}
}

// prepare makes the next request; false: there is nothing to fetch.
func (bc *brokerConsumer) prepare() bool {
	identified := true
	bc.fetch.begin()
	subscriptions, settled := bc.subscriptions()
	bc.copies = len(subscriptions) > uncopiedPartitions || bc.parent.memory.size > 0
	anyFull := false
	for _, pc := range subscriptions {
		want, wish := pc.wants()
		anyFull = anyFull || wish == wishRoom
		if wish == wishLeader && bc.remove(pc) {
			bc.parent.conf.log().Printf("consumer/%s/%d preferred read replica %d expired - will fallback to leader\n",
				logTopic(pc.topic), logPartition(pc.partition), logBroker{bc.broker})
			pc.abandon(bc, errLeaseOver)
		}
		if wish != wishRecords {
			continue
		}
		id, known := bc.parent.client.topicID(pc.topic)
		identified = identified && known
		bc.fetch.want(pc, want, id)
	}
	if bc.fetch.idle() {
		return false
	}
	if !bc.link.isOpen() {
		_ = bc.link.Open(bc.parent.conf) // the fetch reports why it failed
	}
	conf := &bc.parent.conf.Consumer
	patience := nextPatience(bc.patience, conf.MaxWaitTime, settled, anyFull)
	if bc.patience = 0; anyFull {
		bc.patience = patience
	}
	request := &bc.call.request
	*request = FetchRequest{
		Version:     bc.link.fetchVersion(bc.parent.ctx, identified),
		MinBytes:    conf.Fetch.Min,
		MaxWaitTime: int32(patience / time.Millisecond),
		MaxBytes:    min(conf.Fetch.MaxBytes, bc.parent.memory.perBroker()),
		Isolation:   conf.IsolationLevel,
		RackID:      bc.parent.conf.RackID,
	}
	if bc.copies {
		request.MaxBytes = min(request.MaxBytes, copiedAnswer)
	} else {
		bc.call.memory = nil
	}
	bc.fetch.fill(request)
	bc.parent.meter.fetched(bc.fetch.topics)
	return true
}

// nextPatience is how long the next fetch waits for records, after one that waited for last, since which nothing has changed
// (0: something has).
func nextPatience(last, longest time.Duration, settled, anyFull bool) time.Duration {
	switch {
	case !settled:
		return min(shortWait, longest)
	case anyFull:
		return min(max(2*last, shortWait), longest)
	default:
		return longest
	}
}

// exchange sends the request and waits for the answer; false: nobody wants it any more.
func (bc *brokerConsumer) exchange() (fetched, bool) {
	if !bc.beginReading() {
		return fetched{}, false
	}
	bc.begin = bc.parent.told.now()
	if attended := bc.link.startFetch(bc.parent.ctx, &bc.call, bc.done); attended != nil {
		attended.Attend()
	}
	result := <-bc.answered
	select {
	case <-bc.wake:
		bc.patience = 0
	default:
	}
	if !bc.endReading() {
		bc.fetch.reset() // its epoch is not known any more
		return fetched{}, false
	}
	return result, true
}

// fetchDone is told of the answer, or of the lack of one.
func (bc *brokerConsumer) fetchDone(result fetched) {
	if result.err == nil {
		bc.parent.told.fetched(bc.begin)
	}
	bc.answered <- result
}

// beginReading returns false if nobody wants anything read.
func (bc *brokerConsumer) beginReading() bool {
	bc.mu.Lock()
	defer bc.mu.Unlock()
	bc.reading = len(bc.subs) > 0
	return bc.reading
}

// endReading returns false if nobody wants what was read.
func (bc *brokerConsumer) endReading() bool {
	bc.mu.Lock()
	discarded := bc.discarded
	bc.reading, bc.discarded = false, nil
	bc.mu.Unlock()
	if discarded != nil {
		<-discarded // or the next connection might be closed in its place
	}
	return discarded == nil
}

// disconnected has all partitions look for a broker anew, after a fetch has failed as a whole.
func (bc *brokerConsumer) disconnected(err error) {
	bc.fetch.reset()
	if bc.parent.ctx.Err() != nil {
		return
	}
	bc.parent.conf.log().Printf("consumer/broker/%d disconnecting due to error processing FetchRequest: %s\n", logBroker{bc.broker}, err)
	subscriptions, _ := bc.subscriptions()
	for _, pc := range subscriptions {
		if bc.remove(pc) {
			pc.abandon(bc, err)
		}
	}
}

// distribute gives partitions what was fetched for them.
func (bc *brokerConsumer) distribute(result *fetched) {
	response := result.response
	blocks := protocol.FetchedBlocks(response)
	defer clear(blocks) // or records would be kept until there are as many partitions in an answer again
	bc.parent.meter.responseSize.Update(int64(result.size()))
	if code := KError(response.ErrorCode); code != ErrNoError {
		if isSessionError(code) && bc.refusals == 0 {
			bc.parent.conf.debugLog().Printf("consumer/broker/%d begins a new fetch session: %v\n", logBroker{bc.broker}, code)
			bc.fetch.reset()
			bc.refusals++
			return
		}
		bc.disconnected(code)
		return
	}
	bc.refusals = 0
	bc.fetch.answered(response)
	known, brought := 0, 0
	for i := range blocks {
		b := &blocks[i]
		brought += len(b.Records)
		pc, want, ok := bc.fetch.asked(b)
		if !ok {
			continue
		}
		known++
		if err := pc.take(bc, b, want, response.NodeEndpoints); err != nil && bc.remove(pc) {
			pc.abandon(bc, err)
		}
	}
	if brought == 0 {
		for _, pc := range bc.all {
			pc.rest()
		}
	}
	bc.keepMemory(result.frame)
	if known == 0 && len(blocks) > 0 {
		bc.disconnected(ErrIncompleteResponse) // such an answer may come again and again, at once
	}
}

// keepMemory has the next fetch read into the memory of this one, of which nobody has anything, if it is likely to be of use.
func (bc *brokerConsumer) keepMemory(frame []byte) {
	tooLarge := cap(frame) > copiedAnswer+copiedAnswer/8 // a single batch may be
	if bc.copies && !tooLarge && len(frame) >= cap(frame)/8 {
		bc.call.memory = frame
	}
}

// isSessionError tells whether a new session is all that a refused fetch needs.
func isSessionError(code KError) bool {
	return code == ErrFetchSessionIDNotFound || code == ErrInvalidFetchSessionEpoch || code == ErrFetchSessionTopicIDError
}

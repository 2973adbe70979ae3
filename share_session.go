package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

const (
	defaultShareRecords = 500
	// shareAcknowledgePause is how long acknowledgements wait for more of them, while records wait to be taken.
	shareAcknowledgePause = 20 * time.Millisecond
	shareFinalEpoch       = -1
)

// shareSession fetches from one broker, and acknowledges to it: one request at a time, over a connection of its own.
type shareSession struct {
	consumer *ShareConsumer
	wake     chan struct{} // holds a token when there is something to do

	// What follows is run's own.
	link     *Broker
	epoch    int32                   // of the next request
	known    map[topicPartition]Uuid // what the broker has in its session
	queue    []*ShareMessage         // not taken yet
	failures int

	mu        sync.Mutex         // guards what follows
	broker    *Broker            // as the client knows it now
	gone      bool               // it has left the cluster
	interrupt context.CancelFunc // ends the fetch that is waited for; nil: there was none yet
	wanted    map[topicPartition]Uuid
	acks      map[topicPartition]*shareAcks
	commits   []chan error // that wait for what is acknowledged
	ended     bool
	renews    bool // the broker knows of renewals, as far as was heard
}

// shareAcks are the acknowledgements of a partition.
type shareAcks struct {
	id    Uuid
	kinds map[int64]int8
}

func newShareSession(c *ShareConsumer, broker *Broker) *shareSession {
	return &shareSession{
		consumer: c, broker: broker, link: broker.another(), wake: make(chan struct{}, 1),
		known: make(map[topicPartition]Uuid), acks: make(map[topicPartition]*shareAcks),
	}
}

// goOn has the session go on with a broker as the client knows it now, which may be at another address. It returns false if the
// session ends.
func (s *shareSession) goOn(broker *Broker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return false
	}
	moved := s.broker.Addr() != broker.Addr()
	s.broker = broker
	if moved {
		s.leaveHereLocked()
	}
	return true
}

// leave ends the session of a broker that has left the cluster.
func (s *shareSession) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		s.gone = true
		s.leaveHereLocked()
	}
}

func (s *shareSession) leaveHereLocked() {
	if s.interrupt != nil {
		s.interrupt()
	}
	s.signal()
}

// isHere tells whether the broker is where the session's connection leads.
func (s *shareSession) isHere() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isHereLocked()
}

func (s *shareSession) isHereLocked() bool { return !s.gone && s.broker.Addr() == s.link.Addr() }

// follow goes to where the broker is now, with a new session. It returns false if the broker has left the cluster.
func (s *shareSession) follow() bool {
	s.mu.Lock()
	broker, gone, here := s.broker, s.gone, s.isHereLocked()
	s.mu.Unlock()
	if gone {
		return false
	}
	if !here {
		s.consumer.conf.log().Printf("share-group/%s follows broker %d to %s\n", logGroup(s.consumer.group), logBroker{broker}, logAddress{broker})
		_ = s.link.Close()
		s.link = broker.another()
		s.reset()
	}
	return true
}

// interruptible returns a context for a fetch, which ends, too, when the broker is not here any more.
func (s *shareSession) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.interrupt = cancel; !s.isHereLocked() {
		cancel()
	}
	return ctx, cancel
}

func (s *shareSession) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// want says what is to be fetched.
func (s *shareSession) want(partitions map[topicPartition]Uuid) {
	s.mu.Lock()
	same := maps.Equal(s.wanted, partitions)
	s.wanted = partitions
	s.mu.Unlock()
	if !same {
		s.signal()
	}
}

func (s *shareSession) wants() map[topicPartition]Uuid {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted
}

// acknowledge notes an acknowledgement.
func (s *shareSession) acknowledge(id Uuid, tp topicPartition, offset int64, what int8) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended && s.gone:
		lost := map[topicPartition]*shareAcks{tp: {id: id, kinds: map[int64]int8{offset: what}}}
		return &ConsumerError{Topic: tp.topic, Partition: tp.partition, Err: s.lost(lost, ErrShareSessionNotFound)}
	case s.ended:
		return ErrClosedShareConsumer
	}
	s.noteLocked(id, tp, offset, what)
	s.signal() // which waits for nobody
	return nil
}

func (s *shareSession) noteLocked(id Uuid, tp topicPartition, offset int64, what int8) {
	if s.acks[tp] == nil {
		s.acks[tp] = &shareAcks{id: id, kinds: make(map[int64]int8)}
	}
	s.acks[tp].kinds[offset] = what
}

// commit returns what tells that all that is acknowledged was sent.
func (s *shareSession) commit() <-chan error {
	done := make(chan error, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		done <- nil
		return done
	}
	s.commits = append(s.commits, done)
	s.signal()
	return done
}

// takeAcks returns what is to be acknowledged, and who waits for that.
func (s *shareSession) takeAcks() (map[topicPartition]*shareAcks, []chan error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acks, commits := s.acks, s.commits
	s.acks, s.commits = make(map[topicPartition]*shareAcks), nil
	return acks, commits
}

// waiting tells whether there is something to acknowledge, and whether somebody waits for it.
func (s *shareSession) waiting() (acks, commits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acks) > 0, len(s.commits) > 0
}

// run is one per broker; it owns the share session, and ends with the consumer's Close, when all is acknowledged or released, or
// when the broker has left the cluster.
func (s *shareSession) run() {
	defer func() { _ = s.link.Close() }()
	ctx := s.consumer.ctx
	for ctx.Err() == nil && s.follow() {
		switch acks, commits := s.waiting(); {
		case len(s.queue) > 0:
			s.deliver(ctx)
		case acks || commits:
			s.sendAcks()
		case len(s.wants()) > 0:
			s.fetch(ctx)
		default:
			select {
			case <-s.wake:
			case <-ctx.Done():
			}
		}
	}
	s.end()
}

// end acknowledges the last, and closes the session at the broker, which releases the rest.
func (s *shareSession) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	acks, commits := s.takeAcks()
	var err error
	switch {
	case s.epoch > 0:
		s.epoch = shareFinalEpoch
		err = s.exchangeAcks(acks)
	case len(acks) > 0:
		err = s.lost(acks, ErrShareSessionNotFound)
	}
	s.settle(commits, err)
}

// settle tells those who wait for acknowledgements what became of them, or if nobody does, who waits next.
func (s *shareSession) settle(commits []chan error, err error) {
	for _, done := range commits {
		done <- err
	}
	if err != nil && len(commits) == 0 {
		s.consumer.refused(err)
	}
}

// deliver gives messages to the user, and sends acknowledgements meanwhile.
func (s *shareSession) deliver(ctx context.Context) {
	var due <-chan time.Time
	for len(s.queue) > 0 {
		select {
		case s.consumer.messages <- s.queue[0]:
			s.queue[0] = nil
			s.queue = s.queue[1:]
		case <-s.wake:
			if !s.isHere() {
				return
			}
			acks, commits := s.waiting()
			if commits {
				s.sendAcks()
			} else if acks && due == nil {
				due = time.After(shareAcknowledgePause)
			}
		case <-due:
			due = nil
			s.sendAcks()
		case <-ctx.Done():
			return
		}
	}
}

// sendAcks sends what is acknowledged; Close waits for that. In a session that has not begun there is nothing to acknowledge any
// more.
func (s *shareSession) sendAcks() {
	acks, commits := s.takeAcks()
	var err error
	switch {
	case len(acks) == 0:
	case s.epoch == 0:
		err = s.lost(acks, ErrShareSessionNotFound)
	default:
		err = s.exchangeAcks(acks)
	}
	s.settle(commits, err)
}

// lost is the error of acknowledgements that nobody took.
func (s *shareSession) lost(acks map[topicPartition]*shareAcks, why error) error {
	n := 0
	for _, a := range acks {
		n += len(a.kinds)
	}
	if n == 0 {
		return s.consumer.failure(brokerError(s.link, why))
	}
	return s.consumer.failure(fmt.Errorf("acknowledging %d records: %w", n, brokerError(s.link, why)))
}

// exchangeAcks sends acknowledgements alone.
func (s *shareSession) exchangeAcks(acks map[topicPartition]*shareAcks) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.consumer.conf.Net.ReadTimeout)
	defer cancel()
	request := &ShareAcknowledgeRequest{
		Version: s.consumer.version(protocol.KeyShareAcknowledge), GroupID: &s.consumer.group, MemberID: &s.consumer.memberID,
		ShareSessionEpoch: s.epoch, Topics: shareTopics(nil, acks),
	}
	for _, a := range acks {
		for _, kind := range a.kinds {
			request.IsRenewAck = request.IsRenewAck || kind == protocol.AcknowledgeRenew
		}
	}
	response, err := askContext[protocol.ShareAcknowledgeResponse](ctx, s.link, request)
	if err == nil && response.ErrorCode != ErrNoError {
		err = response.ErrorCode
	}
	if err != nil {
		s.reset()
		return s.lost(acks, err)
	}
	s.advance()
	var failures []error
	for _, topic := range response.Responses {
		for _, p := range topic.Partitions {
			if p.ErrorCode != ErrNoError {
				failures = append(failures, s.refused(acks, topic.TopicID, p.PartitionIndex, p.ErrorCode))
			}
		}
	}
	return errors.Join(failures...)
}

// refused is the error of a partition's acknowledgements.
func (s *shareSession) refused(acks map[topicPartition]*shareAcks, id Uuid, partition int32, code KError) error {
	for tp, a := range acks {
		if a.id == id && tp.partition == partition {
			return &ConsumerError{Topic: tp.topic, Partition: partition, Err: s.lost(map[topicPartition]*shareAcks{tp: a}, code)}
		}
	}
	return s.lost(nil, code)
}

// advance counts a request that the broker took.
func (s *shareSession) advance() {
	switch s.epoch {
	case shareFinalEpoch:
	case 1<<31 - 1:
		s.epoch = 1 // 0 would be a new session
	default:
		s.epoch++
	}
}

// reset begins a new session with the next fetch. What is not acknowledged is given out again.
func (s *shareSession) reset() {
	s.epoch, s.queue = 0, nil
	clear(s.known)
}

// fetch acquires records.
func (s *shareSession) fetch(ctx context.Context) {
	wanted := s.wants()
	ctx, done := s.interruptible(ctx)
	defer done()
	if !s.link.isOpen() {
		_ = s.link.Open(s.consumer.conf) // the fetch reports why it failed
	}
	s.learnRenewals(ctx)
	request := s.request(wanted)
	response, err := askContext[ShareFetchResponse](ctx, s.link, request)
	if ctx.Err() != nil {
		return
	}
	if err == nil && response.ErrorCode != ErrNoError {
		err = response.ErrorCode
	}
	if err != nil {
		s.failed(ctx, err)
		return
	}
	s.advance()
	s.known = maps.Clone(wanted)
	stale := false
	for _, topic := range response.Responses {
		for i := range topic.Partitions {
			stale = s.take(topic.TopicID, &topic.Partitions[i]) || stale
		}
	}
	if !stale {
		s.failures = 0
		return
	}
	s.pause(ctx)
	s.refresh(ctx)
}

// lowestRenewal is the first version of ShareAcknowledge with renewals; of one before, a broker refuses all that is acknowledged
// along with them.
const lowestRenewal = 2

// learnRenewals notes whether the broker knows of renewals.
func (s *shareSession) learnRenewals(ctx context.Context) {
	l, err := s.link.connected(ctx)
	if err != nil {
		return // the fetch reports it
	}
	version, err := l.version(protocol.KeyShareAcknowledge)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renews = err == nil && version >= lowestRenewal
}

func (s *shareSession) canRenew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renews
}

// failed has the session begun anew after a while.
func (s *shareSession) failed(ctx context.Context, err error) {
	s.reset()
	if errors.Is(err, ErrShareSessionNotFound) || errors.Is(err, ErrInvalidShareSessionEpoch) {
		s.consumer.conf.log().Printf("share-group/%s begins a new session with broker %d: %v\n", logGroup(s.consumer.group), logBroker{s.link}, err)
		if s.failures == 0 {
			s.failures++
			return
		}
	} else {
		s.consumer.report(s.lost(nil, err))
	}
	s.pause(ctx)
	s.refresh(ctx)
}

func (s *shareSession) pause(ctx context.Context) {
	_ = wait(ctx, s.consumer.backoff(s.failures))
	s.failures++
}

// refresh looks for leaders anew.
func (s *shareSession) refresh(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if err := s.consumer.client.refreshMetadata(ctx, s.consumer.topics...); err != nil && ctx.Err() == nil {
		s.consumer.report(s.consumer.failure(err))
	}
	s.consumer.route()
}

// request is the next fetch: it tells what has changed since the last one.
func (s *shareSession) request(wanted map[topicPartition]Uuid) *ShareFetchRequest {
	conf := &s.consumer.conf.Consumer
	records := conf.Share.MaxRecords
	if records == 0 {
		records = defaultShareRecords
	}
	added := make(map[topicPartition]Uuid)
	for tp, id := range wanted {
		if s.known[tp] != id || s.epoch == 0 {
			added[tp] = id
		}
	}
	request := &ShareFetchRequest{
		Version: s.consumer.version(protocol.KeyShareFetch), GroupID: &s.consumer.group, MemberID: &s.consumer.memberID,
		ShareSessionEpoch: s.epoch, MaxWait: conf.MaxWaitTime, MinBytes: conf.Fetch.Min, MaxBytes: conf.Fetch.MaxBytes,
		MaxRecords: records, BatchSize: records, Topics: shareTopics(added, nil),
	}
	for tp, id := range s.known {
		if wanted[tp] != id {
			request.ForgottenTopicsData = append(request.ForgottenTopicsData,
				protocol.TopicIDPartitions{TopicID: id, Partitions: []int32{tp.partition}})
		}
	}
	return request
}

// take queues the records of a partition that were acquired, and acknowledges offsets that have none. It tells whether another
// broker leads the partition.
func (s *shareSession) take(id Uuid, p *protocol.ShareFetchPartitionResponse) (stale bool) {
	tp, ok := s.find(id, p.PartitionIndex)
	if !ok {
		return false
	}
	if p.ErrorCode != ErrNoError {
		if !protocol.NeedsMetadata(p.ErrorCode) {
			s.consumer.report(&ConsumerError{Topic: tp.topic, Partition: tp.partition, Err: s.lost(nil, p.ErrorCode)})
		}
		return true
	}
	if len(p.AcquiredRecords) == 0 {
		return false
	}
	if !plausible(p.AcquiredRecords) {
		s.consumer.report(&ConsumerError{Topic: tp.topic, Partition: tp.partition, Err: s.lost(nil, ErrIncompleteResponse)})
		return false
	}
	slices.SortFunc(p.AcquiredRecords, func(a, b protocol.ShareAcquiredRecords) int {
		return int(min(max(a.FirstOffset-b.FirstOffset, -1), 1))
	})
	acquired := acquiredOffsets{ranges: p.AcquiredRecords}
	decoder := newRecordDecoder(tp, false)
	decoder.offset = p.AcquiredRecords[0].FirstOffset
	decoder.reset(&fetchedRecords{offset: decoder.offset, data: p.Records})
	for {
		messages, err := decoder.next()
		for i := range messages {
			count, gaps, ok := acquired.pass(messages[i].Offset)
			s.gaps(id, tp, gaps, protocol.AcknowledgeGap)
			if ok {
				s.queue = append(s.queue, &ShareMessage{ConsumerMessage: messages[i], DeliveryCount: count, session: s, id: id})
			}
		}
		var batch *BatchError
		switch {
		case errors.As(err, &batch): // what is behind it may be as it should
			s.damaged(id, tp, acquired.before(batch.Next), err)
		case err != nil:
			s.damaged(id, tp, acquired.rest(), err)
			return false
		case messages == nil:
			s.gaps(id, tp, acquired.rest(), protocol.AcknowledgeGap)
			return false
		}
	}
}

// damaged rejects what cannot be read: it would come again and again.
func (s *shareSession) damaged(id Uuid, tp topicPartition, offsets []int64, err error) {
	s.consumer.report(&ConsumerError{Topic: tp.topic, Partition: tp.partition, Err: err})
	s.gaps(id, tp, offsets, protocol.AcknowledgeReject)
}

func (s *shareSession) gaps(id Uuid, tp topicPartition, offsets []int64, kind int8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, offset := range offsets {
		s.noteLocked(id, tp, offset, kind)
	}
}

func (s *shareSession) find(id Uuid, partition int32) (topicPartition, bool) {
	for tp, known := range s.known {
		if known == id && tp.partition == partition {
			return tp, true
		}
	}
	return topicPartition{}, false
}

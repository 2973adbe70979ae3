package sarama

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// ErrAlreadyAcknowledged is returned when a message of a share group is acknowledged that was accepted, released or rejected
// before.
var ErrAlreadyAcknowledged = errors.New("kafka: message was acknowledged already")

// ErrClosedShareConsumer is returned when something is asked of a ShareConsumer that is closed.
var ErrClosedShareConsumer = errors.New("kafka: tried to use a share consumer that was closed")

// ShareConsumer is a member of a share group (KIP-932, Kafka 4.1): the records of its topics are given out one by one, to
// whichever member takes them, several members may read one partition, and each record is acknowledged by itself. What is not
// acknowledged within the group's share.record.lock.duration.ms, 30 s by default, is given out again, up to
// group.share.delivery.count.limit times.
//
// A group begins with the records that are written after it was made, unless its share.auto.offset.reset is earliest.
//
// It is safe for concurrent use. Close it.
type ShareConsumer struct {
	client   clusterClient
	conf     *Config
	group    string
	topics   []string
	memberID string
	messages chan *ShareMessage
	errors   chan error
	ctx      context.Context // ends with Close
	cancel   context.CancelCauseFunc
	work     sync.WaitGroup // heartbeats
	loops    sync.WaitGroup // brokers'; added to while mu is held and ctx has not ended
	once     sync.Once
	left     chan struct{} // closed when Close is over

	// What follows is heartbeats' own.
	unnamed *ShareGroupAssignment // not all of it could be taken
	unheard bool                  // the last answer, which may have had an assignment: to who tells all of itself it is sent again

	mu       sync.Mutex // guards what follows
	assigned map[topicPartition]Uuid
	sessions map[int32]*shareSession // by the broker's id; until they have ended
	commits  map[*shareCommit]struct{}
	untold   []error // of acknowledgements, since the last Commit
}

// shareCommit is a call of Commit.
type shareCommit struct {
	refused []error // besides what it has sent itself; guarded by the consumer's mu
}

// mostUntold is how many failures are kept for a Commit that may never come.
const mostUntold = 100

// ShareMessage is a record that was given to a member of a share group. Acknowledge it: Accept, Release or Reject it once. The
// acknowledgement is sent soon after; Commit waits for that.
type ShareMessage struct {
	ConsumerMessage
	// DeliveryCount is how often the record has been given out, this time included.
	DeliveryCount int16

	session *shareSession
	id      Uuid
	mu      sync.Mutex // guards settled
	settled bool
}

// Accept tells that the record was processed. It returns ErrAlreadyAcknowledged for one that was acknowledged before,
// ErrClosedShareConsumer after Close, and ErrShareSessionNotFound if the broker that gave it has left the cluster: it is given out again.
// So do the others.
func (m *ShareMessage) Accept() error { return m.acknowledge(protocol.AcknowledgeAccept) }

// Release tells that the record is to be given out again, to whoever comes.
func (m *ShareMessage) Release() error { return m.acknowledge(protocol.AcknowledgeRelease) }

// Reject tells that the record cannot be processed: it is not given out again.
func (m *ShareMessage) Reject() error { return m.acknowledge(protocol.AcknowledgeReject) }

// Renew tells that the record is still being processed: the time to acknowledge it starts anew (KIP-1222, Kafka 4.2). It returns
// ErrUnsupportedVersion if Config.Version or the broker is older.
func (m *ShareMessage) Renew() error {
	if !m.session.canRenew() {
		return ErrUnsupportedVersion
	}
	return m.acknowledge(protocol.AcknowledgeRenew)
}

func (m *ShareMessage) acknowledge(what int8) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.settled {
		return ErrAlreadyAcknowledged
	}
	err := m.session.acknowledge(m.id, topicPartition{m.Topic, m.Partition}, m.Offset, what)
	m.settled = err == nil && what != protocol.AcknowledgeRenew
	return err
}

// NewShareConsumer connects to the cluster that addrs (host:port) belong to, and returns a member of a share group that reads
// topics. A nil config is NewConfig(). It needs Config.Version 4.1.
func NewShareConsumer(addrs []string, groupID string, topics []string, config *Config) (*ShareConsumer, error) {
	client, err := newClient(addrs, config)
	if err != nil {
		return nil, err
	}
	c, err := newShareConsumer(client, groupID, topics)
	if err != nil {
		_ = client.Close()
	}
	return c, err
}

// NewShareConsumerFromClient returns a member of a share group that uses a client, which stays yours to close, after the member.
func NewShareConsumerFromClient(client Client, groupID string, topics []string) (*ShareConsumer, error) {
	if client.Closed() {
		return nil, ErrClosedClient
	}
	return newShareConsumer(newNopCloserClient(client), groupID, topics)
}

func newShareConsumer(client clusterClient, groupID string, topics []string) (*ShareConsumer, error) {
	c := &ShareConsumer{
		client: client, conf: client.Config(), group: groupID,
		topics:   slices.Compact(slices.Sorted(slices.Values(topics))),
		memberID: newShareMemberID(),
		messages: make(chan *ShareMessage), // what waits in a channel would be locked for nothing
		errors:   make(chan error, client.Config().ChannelBufferSize),
		left:     make(chan struct{}),
		assigned: make(map[topicPartition]Uuid),
		sessions: make(map[int32]*shareSession),
		commits:  make(map[*shareCommit]struct{}),
	}
	switch {
	case groupID == "" || len(topics) == 0:
		return nil, ConfigurationError("a share consumer needs a group and topics")
	case c.version(protocol.KeyShareFetch) < 1:
		return nil, fmt.Errorf("share groups need Config.Version 4.1: %w", ErrUnsupportedVersion)
	}
	meterOf(client).hasConsumer()
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.work.Add(1)
	go withRecover(func() {
		defer c.work.Done()
		c.heartbeats()
	})
	return c, nil
}

// newShareMemberID makes an id up, as members of share groups do.
func newShareMemberID() string {
	var id Uuid
	_, _ = rand.Read(id[:]) // it never fails
	return id.String()
}

// version is the one to ask with, -1 if Config.Version does not have the API.
func (c *ShareConsumer) version(key int16) int16 { return protocol.MaxVersionFor(key, c.conf.Version) }

// Messages gives the records until Close. At most Config.Consumer.Share.MaxRecords of each broker wait to be taken.
func (c *ShareConsumer) Messages() <-chan *ShareMessage { return c.messages }

// Errors gives what went wrong, if Config.Consumer.Return.Errors is true: fetches and heartbeats that failed and are tried again,
// and acknowledgements that came too late. Otherwise it is logged. Errors that find the channel full are logged, too.
func (c *ShareConsumer) Errors() <-chan error { return c.errors }

// MemberID returns the member's id, which it has made up.
func (c *ShareConsumer) MemberID() string { return c.memberID }

// Commit sends what was acknowledged, and waits until brokers have taken it, or ctx ends. It returns what was refused since the last
// Commit, also of what was sent before, which Errors has told then: ErrInvalidRecordState for example for records that were
// acknowledged too late; those are given out again.
func (c *ShareConsumer) Commit(ctx context.Context) error {
	commit, waits := c.beginCommit()
	var failures []error
	for _, done := range waits {
		select {
		case err := <-done:
			failures = append(failures, err)
			continue
		case <-ctx.Done():
			failures = append(failures, context.Cause(ctx))
		}
		break
	}
	return errors.Join(append(c.endCommit(commit), failures...)...)
}

func (c *ShareConsumer) beginCommit() (commit *shareCommit, waits []<-chan error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	commit = &shareCommit{refused: c.untold}
	c.untold = nil
	c.commits[commit] = struct{}{}
	for _, s := range c.sessions {
		waits = append(waits, s.commit())
	}
	return commit, waits
}

func (c *ShareConsumer) endCommit(commit *shareCommit) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.commits, commit)
	return commit.refused
}

// refused takes note of acknowledgements that no Commit has sent. One that has begun while they were under way is to tell.
func (c *ShareConsumer) refused(err error) {
	c.mu.Lock()
	for commit := range c.commits {
		commit.refused = append(commit.refused, err)
	}
	told := len(c.commits) > 0
	if !told && len(c.untold) < mostUntold {
		c.untold = append(c.untold, err)
	}
	c.mu.Unlock()
	if !told {
		c.report(err)
	}
}

// Close sends what was acknowledged, releases what was not, leaves the group, and closes Messages and Errors. It can be called
// more than once.
func (c *ShareConsumer) Close() error {
	c.once.Do(func() {
		defer close(c.left)
		c.cancel(ErrClosedShareConsumer)
		c.work.Wait()
		close(c.messages)
		close(c.errors)
		_ = c.client.Close()
	})
	<-c.left
	return nil
}

func (c *ShareConsumer) report(err error) {
	if err == nil {
		return
	}
	if !c.conf.Consumer.Return.Errors {
		c.conf.log().Println(err)
		return
	}
	select {
	case c.errors <- err:
	default:
		c.conf.log().Println(err)
	}
}

// backoff is how long to wait after a failure.
func (c *ShareConsumer) backoff(failures int) time.Duration {
	return backoffOf(c.conf.Metadata.Retry.Backoff, c.conf.Metadata.Retry.BackoffFunc)(failures, failures)
}

// assign takes what the group gives the member, has it fetched, and tells whether that is not possible for all of it.
func (c *ShareConsumer) assign(assigned map[topicPartition]Uuid) (missing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assigned = assigned
	return c.routeLocked()
}

// route has each partition fetched from its leader, as last heard, and tells whether there are some without.
func (c *ShareConsumer) route() (missing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.routeLocked()
}

func (c *ShareConsumer) routeLocked() (missing bool) {
	if c.ctx.Err() != nil {
		return false
	}
	byBroker := make(map[int32]map[topicPartition]Uuid)
	for tp, id := range c.assigned {
		leader, _, err := c.client.leaderOf(tp.topic, tp.partition)
		if err != nil {
			missing = true
			continue
		}
		broker := leader.ID()
		if byBroker[broker] == nil {
			byBroker[broker] = make(map[topicPartition]Uuid)
		}
		byBroker[broker][tp] = id
		if s := c.sessions[broker]; s == nil || !s.goOn(leader) {
			c.startLocked(leader)
		}
	}
	for broker, s := range c.sessions {
		s.want(byBroker[broker])
	}
	if !missing { // else a broker that is not known for the moment may lead what is missing
		c.endGoneLocked(byBroker)
	}
	return missing
}

// endGoneLocked ends the sessions of brokers that have left the cluster: what they gave out others give out again.
func (c *ShareConsumer) endGoneLocked(used map[int32]map[topicPartition]Uuid) {
	var known []*Broker
	for id, s := range c.sessions {
		if used[id] != nil {
			continue
		}
		if known == nil {
			known = c.client.Brokers()
		}
		if !slices.ContainsFunc(known, func(b *Broker) bool { return b.ID() == id }) {
			s.leave()
		}
	}
}

// startLocked begins to fetch from a broker.
func (c *ShareConsumer) startLocked(broker *Broker) {
	s := newShareSession(c, broker)
	c.sessions[broker.ID()] = s
	c.loops.Add(1)
	go withRecover(func() {
		defer c.loops.Done()
		s.run()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.sessions[broker.ID()] == s {
			delete(c.sessions, broker.ID())
		}
	})
}

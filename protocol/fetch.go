package protocol

import (
	"math"
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// IsolationLevel tells which transactional records a consumer sees (KIP-98).
type IsolationLevel int8

const (
	// ReadUncommitted shows all records, those of open and aborted transactions too.
	ReadUncommitted IsolationLevel = iota
	// ReadCommitted shows records below the last stable offset, without those of aborted transactions.
	ReadCommitted
)

// fetchTopicIDs is the first version of Fetch with topic ids in place of names.
const fetchTopicIDs = 13

// FetchRequest asks a leader, or a follower close by, for records (API Fetch).
type FetchRequest struct {
	Version      int16
	MaxWaitTime  int32          // milliseconds that the broker may wait for MinBytes
	MinBytes     int32          // bytes that the broker waits for
	MaxBytes     int32          // bytes of the whole response, v3; a first batch above it comes whole (KIP-74)
	Isolation    IsolationLevel // v4
	SessionID    int32          // v7, 0 for a new session (KIP-227)
	SessionEpoch int32          // v7, -1 for no session, 0 for a new one
	RackID       string         // v11, of the consumer (KIP-392)
	// TopicIDs are the ids of the topics, which v13 sends in place of their names
	// (KIP-516). What is read at v13 has the ids' text for names.
	TopicIDs    map[string]Uuid
	ClusterID   *string       // v12, checked by controllers only
	Replica     *FetchReplica // the broker that asks, nil for a consumer
	UnknownTags map[uint32][]byte
	blocks      map[string]map[int32]*fetchRequestBlock
	wanted      []FetchPartition // instead of blocks: what SetFetchPartitions was given
	forgotten   map[string][]int32
}

// FetchReplica is a broker that fetches as a follower.
type FetchReplica struct {
	ID          int32
	Epoch       int64 // v15 (KIP-903)
	UnknownTags map[uint32][]byte
}

func (r *FetchReplica) walk(c *wire.Codec) {
	c.Int32(&r.ID)
	c.Int64(&r.Epoch)
	c.Tags(&r.UnknownTags)
}

// AddBlock asks for the records of a partition from an offset on: at most maxBytes,
// and only of a leader with leaderEpoch (v9, -1 for any, KIP-320).
func (r *FetchRequest) AddBlock(topic string, partitionID int32, fetchOffset int64, maxBytes int32, leaderEpoch int32) {
	r.wanted = nil
	putBlock(&r.blocks, topic, partitionID, &fetchRequestBlock{
		offset: fetchOffset, maxBytes: maxBytes, leaderEpoch: leaderEpoch, lastFetchedEpoch: -1,
	})
}

// SetFetchTopicID tells the id of a topic of the request, for v13 and later.
func SetFetchTopicID(r *FetchRequest, topic string, id Uuid) { setTopicID(&r.TopicIDs, topic, id) }

// ForgetFetchPartition takes a partition out of the request's fetch session (v7, KIP-227).
func ForgetFetchPartition(r *FetchRequest, topic string, partition int32) {
	if r.forgotten == nil {
		r.forgotten = make(map[string][]int32)
	}
	r.forgotten[topic] = append(r.forgotten[topic], partition)
}

// FetchPartition is what a Fetch request asks of a partition.
type FetchPartition struct {
	Topic       string
	TopicID     Uuid // in place of Topic from v13 on
	Partition   int32
	Offset      int64
	MaxBytes    int32
	LeaderEpoch int32
}

// SetFetchPartitions asks for partitions, those of a topic side by side, in place of all that AddBlock was told. The list belongs
// to the request until it is written.
func SetFetchPartitions(r *FetchRequest, wanted []FetchPartition) { r.wanted, r.blocks = wanted, nil }

func (p *FetchPartition) place() (topic *string, id *Uuid, partition *int32) {
	return &p.Topic, &p.TopicID, &p.Partition
}

func (p *FetchPartition) allot([]FetchPartition) {}

// walkPartition writes what a fetchRequestBlock of a consumer would, which had to be made first.
func (p *FetchPartition) walkPartition(c *wire.Codec) {
	noEpoch, noStart := int32(-1), int64(0)
	if c.Version >= 9 {
		c.Int32(&p.LeaderEpoch)
	}
	c.Int64(&p.Offset)
	if c.Version >= 12 {
		c.Int32(&noEpoch)
	}
	if c.Version >= 5 {
		c.Int64(&noStart)
	}
	c.Int32(&p.MaxBytes)
	c.Tags(nil)
}

// RequestedPartitions returns what a request asks for, by topic and partition.
func RequestedPartitions(r *FetchRequest) []FetchPartition {
	all := slices.Clone(r.wanted)
	for topic, blocks := range r.blocks {
		for partition, b := range blocks {
			all = append(all, FetchPartition{topic, r.TopicIDs[topic], partition, b.offset, b.maxBytes, b.leaderEpoch})
		}
	}
	slices.SortFunc(all, func(a, b FetchPartition) int {
		return comparePartitions(a.Topic, a.Partition, b.Topic, b.Partition)
	})
	return all
}

// ForgottenPartitions returns the partitions that a request takes out of its fetch session, by topic.
func ForgottenPartitions(r *FetchRequest) map[string][]int32 { return r.forgotten }

func (r *FetchRequest) identity() identity { return request(KeyFetch, &r.Version) }

func (r *FetchRequest) walk(c *wire.Codec) {
	if c.Version <= 14 {
		r.walkReplicaID(c)
	}
	c.Int32(&r.MaxWaitTime)
	c.Int32(&r.MinBytes)
	if c.Version >= 3 {
		c.Int32(&r.MaxBytes)
	}
	if c.Version >= 4 {
		c.Int8((*int8)(&r.Isolation))
	}
	if c.Version >= 7 {
		c.Int32(&r.SessionID)
		c.Int32(&r.SessionEpoch)
	}
	r.walkWanted(c)
	if c.Version >= 7 {
		mapped(c, &r.forgotten, func(topic *string, partitions *[]int32) {
			topicKey(c, fetchTopicIDs, topic, &r.TopicIDs)
			c.Int32s(partitions)
			c.Tags(nil)
		})
	}
	if c.Version >= 11 {
		c.String(&r.RackID)
	}
	r.walkTags(c)
}

func (r *FetchRequest) walkWanted(c *wire.Codec) {
	if c.Reading() {
		r.wanted = nil
	}
	if r.wanted != nil {
		opaqueTopics(c, fetchTopicIDs, &r.wanted)
		return
	}
	identifiedPartitions(c, fetchTopicIDs, &r.blocks, &r.TopicIDs)
}

// walkReplicaID carries the broker's id, -1 for a consumer.
func (r *FetchRequest) walkReplicaID(c *wire.Codec) {
	id := int32(-1)
	if r.Replica != nil {
		id = r.Replica.ID
	}
	c.Int32(&id)
	if !c.Reading() {
		return
	}
	r.Replica = nil
	if id != -1 {
		r.Replica = &FetchReplica{ID: id, Epoch: -1}
	}
}

func (r *FetchRequest) walkTags(c *wire.Codec) {
	if c.Version < 12 {
		return
	}
	if c.Reading() {
		r.ClusterID = nil
	} else if r.ClusterID == nil && r.Replica == nil { // a consumer
		c.Tags(&r.UnknownTags)
		return
	}
	cluster := wire.Tag{ID: 0, Set: r.ClusterID != nil, Walk: func(c *wire.Codec) { c.NullString(&r.ClusterID) }}
	if c.Version < 15 {
		c.Tags(&r.UnknownTags, cluster)
		return
	}
	if c.Reading() {
		r.Replica = nil
	}
	c.Tags(&r.UnknownTags, cluster, wire.Tag{
		ID: 1, Set: r.Replica != nil,
		Walk: func(c *wire.Codec) { present(c, &r.Replica) },
	})
}

type fetchRequestBlock struct {
	leaderEpoch      int32 // v9
	offset           int64
	lastFetchedEpoch int32 // v12, of a follower's log (KIP-595)
	logStartOffset   int64 // v5, of a follower
	maxBytes         int32
	directoryID      Uuid   // v17, of a follower (KIP-853)
	highWatermark    *int64 // v18, that the follower knows, nil for the largest number (KIP-1166)
	unknownTags      map[uint32][]byte
}

func (b *fetchRequestBlock) walk(c *wire.Codec) {
	if c.Version >= 9 {
		c.Int32(&b.leaderEpoch)
	}
	c.Int64(&b.offset)
	if c.Version >= 12 {
		c.Int32(&b.lastFetchedEpoch)
	}
	if c.Version >= 5 {
		c.Int64(&b.logStartOffset)
	}
	c.Int32(&b.maxBytes)
	b.walkTags(c)
}

func (b *fetchRequestBlock) walkTags(c *wire.Codec) {
	if c.Version < 17 {
		c.Tags(&b.unknownTags)
		return
	}
	directory := wire.Tag{ID: 0, Set: b.directoryID != Uuid{}, Walk: b.directoryID.walk}
	if c.Version < 18 {
		c.Tags(&b.unknownTags, directory)
		return
	}
	c.Tags(&b.unknownTags, directory, wire.Tag{ID: 1, Set: b.highWatermark != nil, Walk: b.walkHighWatermark})
}

func (b *fetchRequestBlock) walkHighWatermark(c *wire.Codec) {
	if !c.Reading() {
		c.Int64(b.highWatermark)
		return
	}
	var v int64
	c.Int64(&v)
	b.highWatermark = nil
	if v != math.MaxInt64 {
		b.highWatermark = &v
	}
}

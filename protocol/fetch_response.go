package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// FetchResponse answers a FetchRequest, partition by partition.
type FetchResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds, v1
	ErrorCode    int16         // v7, of the fetch session
	SessionID    int32         // v7, 0 if there is no fetch session
	// Blocks are the partitions by topic. UnmarshalOpaque leaves it nil: FetchedBlocks has them then.
	Blocks map[string]map[int32]*FetchResponseBlock

	LogAppendTime bool      // for the Add methods: records have Timestamp as the time of their append
	Timestamp     time.Time // for the Add methods

	NodeEndpoints []*BrokerAddress // v16, the brokers that a block's CurrentLeader names (KIP-951)
	// TopicIDs are the ids of the topics, which v13 sends in place of their names
	// (KIP-516). What is read at v13 has the ids' text for names.
	TopicIDs    map[string]Uuid
	UnknownTags map[uint32][]byte
	fetched     []FetchedBlock // instead of Blocks: what UnmarshalOpaque read
}

// FetchedBlock is a partition of a response, its records not decoded.
type FetchedBlock struct {
	Topic     string // empty from v13 on
	TopicID   Uuid   // v13
	Partition int32
	Block     *FetchResponseBlock
	Records   []byte // of the memory that was read: batches, the last one maybe cut off; nil is null
}

// FetchedBlocks returns the partitions of a response that UnmarshalOpaque has read, in the order of the wire. The next that is read
// into the same response takes the list's memory, but not that of the blocks.
func FetchedBlocks(r *FetchResponse) []FetchedBlock { return r.fetched }

// SetFetchedBlocks makes a response of partitions whose records are encoded already, those of a topic side by side: for
// brokers that are played by tests.
func SetFetchedBlocks(r *FetchResponse, blocks []FetchedBlock) { r.fetched = blocks }

func (b *FetchedBlock) place() (topic *string, id *Uuid, partition *int32) {
	return &b.Topic, &b.TopicID, &b.Partition
}

func (b *FetchedBlock) allot(entries []FetchedBlock) {
	blocks := make([]FetchResponseBlock, len(entries))
	for i := range entries {
		entries[i].Block = &blocks[i]
	}
}

func (b *FetchedBlock) walkPartition(c *wire.Codec) {
	b.Block.walkHead(c)
	c.Alias(&b.Records)
	b.Block.walkTags(c)
}

func (r *FetchResponse) identity() identity { return response(KeyFetch, &r.Version) }

func (r *FetchResponse) walk(c *wire.Codec) {
	if c.Version >= 1 {
		c.Millis(&r.ThrottleTime)
	}
	if c.Version >= 7 {
		c.Int16(&r.ErrorCode)
		c.Int32(&r.SessionID)
	}
	answeredPartitions(c, fetchTopicIDs, &r.Blocks, &r.TopicIDs, &r.fetched)
	if c.Reading() {
		r.NodeEndpoints = nil
	}
	if c.Version < 16 {
		c.Tags(&r.UnknownTags)
		return
	}
	if c.NoTags(&r.UnknownTags) {
		return
	}
	c.Tags(&r.UnknownTags, wire.Tag{
		ID: 0, Set: len(r.NodeEndpoints) > 0,
		Walk: func(c *wire.Codec) { structs(c, &r.NodeEndpoints) },
	})
}

// GetBlock returns the answer for a partition, nil if there is none.
func (r *FetchResponse) GetBlock(topic string, partition int32) *FetchResponseBlock {
	if b := entryOf(r.fetched, topic, partition); b != nil {
		return b.Block
	}
	return blockOf(r.Blocks, topic, partition)
}

// FetchResponseBlock is the answer for one partition.
type FetchResponseBlock struct {
	Err                  KError
	HighWaterMarkOffset  int64
	LastStableOffset     int64                        // v4, below which each transaction has ended
	LogStartOffset       int64                        // v5
	DivergingEpoch       *FetchResponseDivergingEpoch // v12 (KIP-595)
	CurrentLeader        *FetchResponseCurrentLeader  // v12, the leader that the broker knows, if it is not itself
	SnapshotID           *FetchResponseSnapshotID     // v12, of the snapshot that a follower has to fetch (KIP-630)
	AbortedTransactions  []*AbortedTransaction        // v4, nil with ReadUncommitted
	PreferredReadReplica int32                        // v11, the replica to fetch from, -1 for this one (KIP-392)
	// RecordsSet are the records, batch by batch; messages of the formats before Kafka 0.11 are one set. UnmarshalOpaque
	// leaves the fields of records alone.
	RecordsSet  []*Records
	Partial     bool     // the broker sent less than a first batch: ask with a larger limit
	Records     *Records // the first of RecordsSet; kept for older programs
	UnknownTags map[uint32][]byte
}

func (b *FetchResponseBlock) walk(c *wire.Codec) {
	b.walkHead(c)
	b.walkRecords(c)
	b.walkTags(c)
}

// walkHead carries what precedes the records.
func (b *FetchResponseBlock) walkHead(c *wire.Codec) {
	c.Int16((*int16)(&b.Err))
	c.Int64(&b.HighWaterMarkOffset)
	if c.Version >= 4 {
		c.Int64(&b.LastStableOffset)
	}
	if c.Version >= 5 {
		c.Int64(&b.LogStartOffset)
	}
	if c.Version >= 4 {
		nullStructs(c, &b.AbortedTransactions)
	}
	switch {
	case c.Version >= 11:
		c.Int32(&b.PreferredReadReplica)
	case c.Reading():
		b.PreferredReadReplica = -1
	}
}

func (b *FetchResponseBlock) walkTags(c *wire.Codec) {
	if c.Version < 12 {
		return
	}
	if c.Reading() {
		b.DivergingEpoch, b.CurrentLeader, b.SnapshotID = nil, nil, nil
	}
	if c.NoTags(&b.UnknownTags) {
		return
	}
	c.Tags(&b.UnknownTags,
		wire.Tag{ID: 0, Set: b.DivergingEpoch != nil, Walk: func(c *wire.Codec) { present(c, &b.DivergingEpoch) }},
		wire.Tag{ID: 1, Set: b.CurrentLeader != nil, Walk: func(c *wire.Codec) { present(c, &b.CurrentLeader) }},
		wire.Tag{ID: 2, Set: b.SnapshotID != nil, Walk: func(c *wire.Codec) { present(c, &b.SnapshotID) }},
	)
}

// AbortedTransaction is a transaction whose records a ReadCommitted consumer leaves out.
type AbortedTransaction struct {
	ProducerID  int64
	FirstOffset int64
	UnknownTags map[uint32][]byte
}

func (t *AbortedTransaction) walk(c *wire.Codec) {
	c.Int64(&t.ProducerID)
	c.Int64(&t.FirstOffset)
	c.Tags(&t.UnknownTags)
}

// FetchResponseDivergingEpoch is where a follower's log leaves the leader's (KIP-595).
type FetchResponseDivergingEpoch struct {
	Epoch       int32
	EndOffset   int64
	UnknownTags map[uint32][]byte
}

func (e *FetchResponseDivergingEpoch) walk(c *wire.Codec) {
	c.Int32(&e.Epoch)
	c.Int64(&e.EndOffset)
	c.Tags(&e.UnknownTags)
}

// FetchResponseCurrentLeader names a partition's leader, each number -1 if unknown.
type FetchResponseCurrentLeader struct {
	LeaderID    int32
	LeaderEpoch int32
	UnknownTags map[uint32][]byte
}

func (l *FetchResponseCurrentLeader) walk(c *wire.Codec) {
	c.Int32(&l.LeaderID)
	c.Int32(&l.LeaderEpoch)
	c.Tags(&l.UnknownTags)
}

// FetchResponseSnapshotID names a snapshot of the metadata log (KIP-630).
type FetchResponseSnapshotID struct {
	EndOffset   int64
	Epoch       int32
	UnknownTags map[uint32][]byte
}

func (s *FetchResponseSnapshotID) walk(c *wire.Codec) {
	c.Int64(&s.EndOffset)
	c.Int32(&s.Epoch)
	c.Tags(&s.UnknownTags)
}

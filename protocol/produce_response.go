package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ProduceResponse answers a ProduceRequest, partition by partition. A request
// with NoResponse has no answer.
type ProduceResponse struct {
	// Blocks are the partitions by topic. UnmarshalOpaque leaves it nil: ProducedBlocks has them then.
	Blocks        map[string]map[int32]*ProduceResponseBlock
	Version       int16
	ThrottleTime  time.Duration                  // whole milliseconds, v1
	NodeEndpoints []*ProduceResponseNodeEndpoint // v10, the brokers that a block's CurrentLeader names (KIP-951)
	// TopicIDs are the ids of the topics, which v13 sends in place of their names
	// (KIP-516). What is read at v13 has the ids' text for names.
	TopicIDs    map[string]Uuid
	UnknownTags map[uint32][]byte
	produced    []ProducedBlock // instead of Blocks: what UnmarshalOpaque read
}

// ProducedBlock is a partition of a response.
type ProducedBlock struct {
	Topic     string // empty from v13 on
	TopicID   Uuid   // v13
	Partition int32
	Block     ProduceResponseBlock
}

// ProducedBlocks returns the partitions of a response that UnmarshalOpaque has read, in the order of the wire. The next that is
// read into the same response takes their memory.
func ProducedBlocks(r *ProduceResponse) []ProducedBlock { return r.produced }

func (b *ProducedBlock) place() (topic *string, id *Uuid, partition *int32) {
	return &b.Topic, &b.TopicID, &b.Partition
}

func (b *ProducedBlock) allot([]ProducedBlock) {}

func (b *ProducedBlock) walkPartition(c *wire.Codec) {
	b.Block.walk(c)
}

func (r *ProduceResponse) identity() identity { return response(KeyProduce, &r.Version) }

func (r *ProduceResponse) walk(c *wire.Codec) {
	answeredPartitions(c, produceTopicIDs, &r.Blocks, &r.TopicIDs, &r.produced)
	if c.Version >= 1 {
		c.Millis(&r.ThrottleTime)
	}
	if c.Reading() {
		r.NodeEndpoints = nil
	}
	if c.Version < 10 {
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
func (r *ProduceResponse) GetBlock(topic string, partition int32) *ProduceResponseBlock {
	if b := entryOf(r.produced, topic, partition); b != nil {
		return &b.Block
	}
	return blockOf(r.Blocks, topic, partition)
}

// AddTopicPartition sets the answer for a partition: for brokers that are played by tests.
func (r *ProduceResponse) AddTopicPartition(topic string, partition int32, err KError) {
	block := &ProduceResponseBlock{Err: err}
	if r.Version >= 2 {
		block.Timestamp = time.Now()
	}
	putBlock(&r.Blocks, topic, partition, block)
}

// ProduceResponseBlock is the answer for one partition.
type ProduceResponseBlock struct {
	Err          KError
	Offset       int64                        // of the batch's first record
	Timestamp    time.Time                    // v2, set if the topic has the time of the append; zero otherwise
	StartOffset  int64                        // v5, the partition's first offset
	RecordErrors []ProduceResponseRecordError // v8, the records for which the batch was refused (KIP-467)
	ErrorMessage *string                      // v8 (KIP-467)
	// CurrentLeader is the leader that the broker knows, if it is not itself (v10, KIP-951).
	CurrentLeader *ProduceResponseCurrentLeader
	UnknownTags   map[uint32][]byte
}

func (b *ProduceResponseBlock) walk(c *wire.Codec) {
	c.Int16((*int16)(&b.Err))
	c.Int64(&b.Offset)
	if c.Version >= 2 {
		c.Time(&b.Timestamp)
	}
	if c.Version >= 5 {
		c.Int64(&b.StartOffset)
	}
	if c.Version >= 8 {
		values(c, &b.RecordErrors)
		emptyAsNil(c, &b.RecordErrors)
		c.NullString(&b.ErrorMessage)
	}
	if c.Version < 10 {
		c.Tags(&b.UnknownTags)
		return
	}
	if c.Reading() {
		b.CurrentLeader = nil
	}
	if c.NoTags(&b.UnknownTags) {
		return
	}
	c.Tags(&b.UnknownTags, wire.Tag{
		ID: 0, Set: b.CurrentLeader != nil,
		Walk: func(c *wire.Codec) { present(c, &b.CurrentLeader) },
	})
}

// ProduceResponseCurrentLeader names a partition's leader, each number -1 if unknown (KIP-951).
type ProduceResponseCurrentLeader struct {
	LeaderID    int32
	LeaderEpoch int32
	UnknownTags map[uint32][]byte
}

func (l *ProduceResponseCurrentLeader) walk(c *wire.Codec) {
	c.Int32(&l.LeaderID)
	c.Int32(&l.LeaderEpoch)
	c.Tags(&l.UnknownTags)
}

// ProduceResponseNodeEndpoint tells where to reach a broker that a CurrentLeader names (KIP-951).
type ProduceResponseNodeEndpoint struct {
	NodeID      int32
	Host        string
	Port        int32
	Rack        *string
	UnknownTags map[uint32][]byte
}

func (e *ProduceResponseNodeEndpoint) walk(c *wire.Codec) {
	c.Int32(&e.NodeID)
	c.String(&e.Host)
	c.Int32(&e.Port)
	c.NullString(&e.Rack)
	c.Tags(&e.UnknownTags)
}

// ProduceResponseRecordError is a record for which its batch was refused (KIP-467).
type ProduceResponseRecordError struct {
	BatchIndex             int32 // of the record in its batch
	BatchIndexErrorMessage *string
}

func (e *ProduceResponseRecordError) walk(c *wire.Codec) {
	c.Int32(&e.BatchIndex)
	c.NullString(&e.BatchIndexErrorMessage)
	c.Tags(nil)
}

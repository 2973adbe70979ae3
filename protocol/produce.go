package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// RequiredAcks tells how many replicas must have a batch before the leader answers.
type RequiredAcks int16

const (
	// NoResponse asks for no answer: what is lost is lost silently.
	NoResponse RequiredAcks = 0
	// WaitForLocal asks the leader to answer when it has written the batch itself.
	WaitForLocal RequiredAcks = 1
	// WaitForAll asks the leader to answer when all in-sync replicas have the batch; the
	// topic's min.insync.replicas says how many these must be.
	WaitForAll RequiredAcks = -1
)

// produceTopicIDs is the first version of Produce with topic ids in place of names.
const produceTopicIDs = 13

// ProduceRequest carries batches of records to their partitions' leader (API Produce).
type ProduceRequest struct {
	TransactionalID *string // v3 (KIP-98)
	RequiredAcks    RequiredAcks
	Timeout         int32 // milliseconds that the leader waits for other replicas
	Version         int16
	// TopicIDs are the ids of the topics, which v13 sends in place of their names
	// (KIP-516). What is read at v13 has the ids' text for names.
	TopicIDs    map[string]Uuid
	UnknownTags map[uint32][]byte
	records     map[string]map[int32]Records
	opaque      []ProducePartition // instead of records: what UnmarshalOpaque read
}

// ProducePartition is what a Produce request carries to one partition.
type ProducePartition struct {
	Topic     string
	TopicID   Uuid // in place of Topic from v13 on
	Partition int32
	Records   []byte // encoded record batches, or a message set before v3; nil is null
}

// ProducedPartitions returns the partitions of a request that UnmarshalOpaque
// has read, in the order of the wire. Their records share the memory that was read.
func ProducedPartitions(r *ProduceRequest) []ProducePartition { return r.opaque }

func (r *ProduceRequest) identity() identity { return request(KeyProduce, &r.Version) }

func (r *ProduceRequest) walk(c *wire.Codec) {
	if c.Version >= 3 {
		c.NullString(&r.TransactionalID)
	}
	c.Int16((*int16)(&r.RequiredAcks))
	c.Int32(&r.Timeout)
	r.walkTopics(c)
	c.Tags(&r.UnknownTags)
}

func (p *ProducePartition) place() (topic *string, id *Uuid, partition *int32) {
	return &p.Topic, &p.TopicID, &p.Partition
}

func (p *ProducePartition) allot([]ProducePartition) {}

func (p *ProducePartition) walkPartition(c *wire.Codec) {
	c.Alias(&p.Records)
	c.Tags(nil)
}

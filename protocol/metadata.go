package protocol

import (
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// MetadataRequest asks for brokers, topics, partitions and their leaders (API Metadata).
// Without topics it asks for all of them.
type MetadataRequest struct {
	Version                            int16
	Topics                             []string
	AllowAutoTopicCreation             bool // v4; before, brokers create as they are configured
	IncludeClusterAuthorizedOperations bool // v8 to v10
	IncludeTopicAuthorizedOperations   bool // v8
	// TopicIDs are the ids of Topics, index by index (v10, KIP-516); a topic
	// asked for by its id alone has no name, or no element in Topics at all.
	TopicIDs []Uuid
	// NoTopics, without any topic given, asks for the brokers alone (v1).
	NoTopics    bool
	UnknownTags map[uint32][]byte
}

// NewMetadataRequest returns a request for topics, all of them if there are
// none, at the version that brokers of a Kafka version know, 11 at most.
func NewMetadataRequest(version KafkaVersion, topics []string) *MetadataRequest {
	return &MetadataRequest{Version: versionFor(KeyMetadata, version, 11), Topics: topics}
}

func (r *MetadataRequest) identity() identity { return request(KeyMetadata, &r.Version) }

func (r *MetadataRequest) walk(c *wire.Codec) {
	r.walkTopics(c)
	if c.Version >= 4 {
		c.Bool(&r.AllowAutoTopicCreation)
	}
	if c.Version >= 8 && c.Version <= 10 {
		c.Bool(&r.IncludeClusterAuthorizedOperations)
	}
	if c.Version >= 8 {
		c.Bool(&r.IncludeTopicAuthorizedOperations)
	}
	c.Tags(&r.UnknownTags)
}

// walkTopics carries the topics: from v1 on null means all of them, before that none at all does.
func (r *MetadataRequest) walkTopics(c *wire.Codec) {
	n := len(r.Topics)
	if c.Version >= 10 {
		n = max(n, len(r.TopicIDs))
	}
	if n == 0 && c.Version >= 1 && !r.NoTopics {
		n = -1
	}
	n = c.ArrayLength(n, 2)
	if c.Reading() {
		r.Topics, r.TopicIDs, r.NoTopics = slices.Grow[[]string](nil, max(n, 0)), nil, n == 0 && c.Version >= 1
	}
	for i := 0; i < n && c.Err() == nil; i++ {
		r.walkTopic(c, i)
	}
}

func (r *MetadataRequest) walkTopic(c *wire.Codec, i int) {
	name, id := namedTopic(r.Topics, r.TopicIDs, i)
	if c.Version >= 10 {
		c.UUID((*[16]byte)(&id))
		nameOrNull(c, &name, id)
	} else {
		c.String(&name)
	}
	c.Tags(nil)
	addNamedTopic(c, &r.Topics, &r.TopicIDs, name, id)
}

// PartitionMetadata is a partition's leader and replicas.
type PartitionMetadata struct {
	Version         int16 // the version of the response
	Err             KError
	ID              int32
	Leader          int32 // -1 if there is none
	LeaderEpoch     int32 // v7 (KIP-320)
	Replicas        []int32
	Isr             []int32
	OfflineReplicas []int32 // v5
	UnknownTags     map[uint32][]byte
}

func (p *PartitionMetadata) walk(c *wire.Codec) {
	if c.Reading() {
		p.Version = c.Version
	}
	c.Int16((*int16)(&p.Err))
	c.Int32(&p.ID)
	c.Int32(&p.Leader)
	if c.Version >= 7 {
		c.Int32(&p.LeaderEpoch)
	}
	c.Int32s(&p.Replicas)
	c.Int32s(&p.Isr)
	if c.Version >= 5 {
		c.Int32s(&p.OfflineReplicas)
	}
	c.Tags(&p.UnknownTags)
}

// TopicMetadata is a topic and its partitions.
type TopicMetadata struct {
	Version                   int16 // the version of the response
	Err                       KError
	Name                      string // from v12 on empty if the topic was asked for by an id that the broker does not know
	Uuid                      Uuid   // v10 (KIP-516)
	IsInternal                bool   // v1
	Partitions                []*PartitionMetadata
	TopicAuthorizedOperations int32 // v8, bits by AclOperation; the smallest number if not asked for (KIP-430)
	UnknownTags               map[uint32][]byte
}

func (t *TopicMetadata) walk(c *wire.Codec) {
	if c.Reading() {
		t.Version = c.Version
	}
	c.Int16((*int16)(&t.Err))
	if c.Version >= 12 {
		c.EmptyAsNull(&t.Name)
	} else {
		c.String(&t.Name)
	}
	if c.Version >= 10 {
		t.Uuid.walk(c)
	}
	if c.Version >= 1 {
		c.Bool(&t.IsInternal)
	}
	structs(c, &t.Partitions)
	if c.Version >= 8 {
		c.Int32(&t.TopicAuthorizedOperations)
	}
	c.Tags(&t.UnknownTags)
}

// MetadataResponse answers a MetadataRequest.
type MetadataResponse struct {
	Version                     int16
	ThrottleTimeMs              int32 // milliseconds, v3
	Brokers                     []*BrokerAddress
	ClusterID                   *string // v2
	ControllerID                int32   // v1, -1 if there is none
	Topics                      []*TopicMetadata
	ClusterAuthorizedOperations int32  // v8 to v10, bits by AclOperation
	Err                         KError // v13, ErrRebootstrapRequired (KIP-1102)
	UnknownTags                 map[uint32][]byte
}

func (r *MetadataResponse) identity() identity { return response(KeyMetadata, &r.Version) }

func (r *MetadataResponse) walk(c *wire.Codec) {
	if c.Version >= 3 {
		c.Int32(&r.ThrottleTimeMs)
	}
	structs(c, &r.Brokers)
	if c.Version >= 2 {
		c.NullString(&r.ClusterID)
	}
	if c.Version >= 1 {
		c.Int32(&r.ControllerID)
	}
	structs(c, &r.Topics)
	if c.Version >= 8 && c.Version <= 10 {
		c.Int32(&r.ClusterAuthorizedOperations)
	}
	if c.Version >= 13 {
		c.Int16((*int16)(&r.Err))
	}
	c.Tags(&r.UnknownTags)
}

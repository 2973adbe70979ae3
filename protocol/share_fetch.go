package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// How many records a ShareFetchRequest may acquire (v2, KIP-1206).
const (
	ShareAcquireBatchOptimized int8 = 0 // whole batches: MaxRecords may be exceeded
	ShareAcquireRecordLimit    int8 = 1 // MaxRecords and no more
)

// ShareFetchRequest acquires records of partitions for a member of a share group, and acknowledges what it acquired
// before (API ShareFetch, KIP-932). Partitions stay in the share session from one request to the next.
type ShareFetchRequest struct {
	Version             int16
	GroupID             *string
	MemberID            *string
	ShareSessionEpoch   int32               // 0 to open a session, -1 to close it, otherwise one more with each request
	MaxWait             time.Duration       // whole milliseconds that the broker may wait for MinBytes
	MinBytes            int32               // bytes that the broker waits for
	MaxBytes            int32               // bytes of the whole response; a first batch above it comes whole (KIP-74)
	MaxRecords          int32               // records of the whole response, 0 to acknowledge only
	BatchSize           int32               // records in a batch of AcquiredRecords at best
	ShareAcquireMode    int8                // v2, ShareAcquireBatchOptimized or ShareAcquireRecordLimit (KIP-1206)
	IsRenewAck          bool                // v2, there is an AcknowledgeRenew below (KIP-1222)
	Topics              []ShareTopic        // added to the session, or with something to acknowledge
	ForgottenTopicsData []TopicIDPartitions // taken out of the session
	UnknownTags         map[uint32][]byte
}

func (r *ShareFetchRequest) identity() identity { return request(KeyShareFetch, &r.Version) }

func (r *ShareFetchRequest) walk(c *wire.Codec) {
	c.NullString(&r.GroupID)
	c.NullString(&r.MemberID)
	c.Int32(&r.ShareSessionEpoch)
	c.Millis(&r.MaxWait)
	c.Int32(&r.MinBytes)
	c.Int32(&r.MaxBytes)
	c.Int32(&r.MaxRecords)
	c.Int32(&r.BatchSize)
	if c.Version >= 2 {
		c.Int8(&r.ShareAcquireMode)
		c.Bool(&r.IsRenewAck)
	}
	values(c, &r.Topics)
	values(c, &r.ForgottenTopicsData)
	c.Tags(&r.UnknownTags)
}

// ShareFetchResponse answers a ShareFetchRequest, partition by partition.
type ShareFetchResponse struct {
	Version                int16
	ThrottleTime           time.Duration // whole milliseconds
	ErrorCode              KError        // of the share session
	ErrorMessage           *string
	AcquisitionLockTimeout time.Duration // whole milliseconds that records stay acquired
	Responses              []ShareFetchTopicResponse
	NodeEndpoints          []BrokerAddress // the brokers that a partition's CurrentLeader names
	UnknownTags            map[uint32][]byte
}

func (r *ShareFetchResponse) identity() identity { return response(KeyShareFetch, &r.Version) }

func (r *ShareFetchResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	c.Millis(&r.AcquisitionLockTimeout)
	values(c, &r.Responses)
	values(c, &r.NodeEndpoints)
	c.Tags(&r.UnknownTags)
}

// ShareFetchTopicResponse is the answer for one topic.
type ShareFetchTopicResponse struct {
	TopicID     Uuid
	Partitions  []ShareFetchPartitionResponse
	UnknownTags map[uint32][]byte
}

func (t *ShareFetchTopicResponse) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// ShareFetchPartitionResponse is the answer for one partition.
type ShareFetchPartitionResponse struct {
	PartitionIndex          int32
	ErrorCode               KError // of the fetch
	ErrorMessage            *string
	AcknowledgeErrorCode    KError // of what the request acknowledged
	AcknowledgeErrorMessage *string
	CurrentLeader           FetchResponseCurrentLeader // with ErrNotLeaderForPartition
	// Records are batches of the memory that was read, not decoded and not copied, the last one maybe cut off. They may
	// hold more than was acquired.
	Records         []byte
	AcquiredRecords []ShareAcquiredRecords
	UnknownTags     map[uint32][]byte
}

func (p *ShareFetchPartitionResponse) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	c.Int16((*int16)(&p.AcknowledgeErrorCode))
	c.NullString(&p.AcknowledgeErrorMessage)
	p.CurrentLeader.walk(c)
	if c.Reading() {
		c.Alias(&p.Records)
	} else {
		c.Bytes(&p.Records) // null has no place from v1 on
	}
	values(c, &p.AcquiredRecords)
	c.Tags(&p.UnknownTags)
}

// ShareAcquiredRecords are the offsets, the first and the last included, that the member has to acknowledge before the
// lock on them ends.
type ShareAcquiredRecords struct {
	FirstOffset   int64
	LastOffset    int64
	DeliveryCount int16 // 1 for what is delivered for the first time
	UnknownTags   map[uint32][]byte
}

func (a *ShareAcquiredRecords) walk(c *wire.Codec) {
	c.Int64(&a.FirstOffset)
	c.Int64(&a.LastOffset)
	c.Int16(&a.DeliveryCount)
	c.Tags(&a.UnknownTags)
}

package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// What a member of a share group says of an offset in the AcknowledgeTypes of a batch.
const (
	AcknowledgeGap     int8 = 0 // there is no record
	AcknowledgeAccept  int8 = 1 // processed
	AcknowledgeRelease int8 = 2 // to be delivered again
	AcknowledgeReject  int8 = 3 // never to be delivered again
	AcknowledgeRenew   int8 = 4 // still in work: the lock starts anew (v2, KIP-1222)
)

// ShareAcknowledgeRequest tells what has become of the records that a member of a share group acquired (API
// ShareAcknowledge, KIP-932). A ShareFetchRequest can tell it too.
type ShareAcknowledgeRequest struct {
	Version           int16
	GroupID           *string
	MemberID          *string
	ShareSessionEpoch int32 // one more with each request of the session; -1 closes it, and releases what is left
	IsRenewAck        bool  // v2, there is an AcknowledgeRenew below (KIP-1222)
	Topics            []ShareTopic
	UnknownTags       map[uint32][]byte
}

func (r *ShareAcknowledgeRequest) identity() identity {
	return request(KeyShareAcknowledge, &r.Version)
}

func (r *ShareAcknowledgeRequest) walk(c *wire.Codec) {
	c.NullString(&r.GroupID)
	c.NullString(&r.MemberID)
	c.Int32(&r.ShareSessionEpoch)
	if c.Version >= 2 {
		c.Bool(&r.IsRenewAck)
	}
	values(c, &r.Topics)
	c.Tags(&r.UnknownTags)
}

// ShareTopic are partitions to fetch or to acknowledge records of.
type ShareTopic struct {
	TopicID     Uuid
	Partitions  []SharePartition
	UnknownTags map[uint32][]byte
}

func (t *ShareTopic) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// SharePartition is a partition to fetch or to acknowledge records of.
type SharePartition struct {
	PartitionIndex         int32
	AcknowledgementBatches []ShareAcknowledgementBatch
	UnknownTags            map[uint32][]byte
}

func (p *SharePartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	values(c, &p.AcknowledgementBatches)
	c.Tags(&p.UnknownTags)
}

// ShareAcknowledgementBatch acknowledges the offsets from the first to the last, both included.
type ShareAcknowledgementBatch struct {
	FirstOffset      int64
	LastOffset       int64
	AcknowledgeTypes []int8 // AcknowledgeAccept and so on: one for each offset, or a single one for all
	UnknownTags      map[uint32][]byte
}

func (b *ShareAcknowledgementBatch) walk(c *wire.Codec) {
	c.Int64(&b.FirstOffset)
	c.Int64(&b.LastOffset)
	c.Int8s(&b.AcknowledgeTypes)
	c.Tags(&b.UnknownTags)
}

// ShareAcknowledgeResponse answers a ShareAcknowledgeRequest, partition by partition.
type ShareAcknowledgeResponse struct {
	Version                int16
	ThrottleTime           time.Duration // whole milliseconds
	ErrorCode              KError        // of the share session
	ErrorMessage           *string
	AcquisitionLockTimeout time.Duration // whole milliseconds that records stay acquired, v2
	Responses              []ShareAcknowledgeTopicResponse
	NodeEndpoints          []BrokerAddress // the brokers that a partition's CurrentLeader names
	UnknownTags            map[uint32][]byte
}

func (r *ShareAcknowledgeResponse) identity() identity {
	return response(KeyShareAcknowledge, &r.Version)
}

func (r *ShareAcknowledgeResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	if c.Version >= 2 {
		c.Millis(&r.AcquisitionLockTimeout)
	}
	values(c, &r.Responses)
	values(c, &r.NodeEndpoints)
	c.Tags(&r.UnknownTags)
}

// ShareAcknowledgeTopicResponse is the answer for one topic.
type ShareAcknowledgeTopicResponse struct {
	TopicID     Uuid
	Partitions  []ShareAcknowledgePartitionResponse
	UnknownTags map[uint32][]byte
}

func (t *ShareAcknowledgeTopicResponse) walk(c *wire.Codec) {
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// ShareAcknowledgePartitionResponse is the answer for one partition.
type ShareAcknowledgePartitionResponse struct {
	PartitionIndex int32
	ErrorCode      KError
	ErrorMessage   *string
	CurrentLeader  FetchResponseCurrentLeader // with ErrNotLeaderForPartition
	UnknownTags    map[uint32][]byte
}

func (p *ShareAcknowledgePartitionResponse) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	p.CurrentLeader.walk(c)
	c.Tags(&p.UnknownTags)
}

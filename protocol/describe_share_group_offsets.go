package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeShareGroupOffsetsRequest asks where share groups start in partitions (API DescribeShareGroupOffsets, KIP-932).
type DescribeShareGroupOffsetsRequest struct {
	Version     int16
	Groups      []DescribeShareGroupOffsetsRequestGroup
	UnknownTags map[uint32][]byte
}

func (r *DescribeShareGroupOffsetsRequest) identity() identity {
	return request(KeyDescribeShareGroupOffsets, &r.Version)
}

func (r *DescribeShareGroupOffsetsRequest) walk(c *wire.Codec) {
	values(c, &r.Groups)
	c.Tags(&r.UnknownTags)
}

// DescribeShareGroupOffsetsRequestGroup is a share group to describe.
type DescribeShareGroupOffsetsRequestGroup struct {
	GroupID     string
	Topics      []DescribeShareGroupOffsetsRequestTopic // nil for all topics
	UnknownTags map[uint32][]byte
}

func (g *DescribeShareGroupOffsetsRequestGroup) walk(c *wire.Codec) {
	c.String(&g.GroupID)
	nullValues(c, &g.Topics)
	c.Tags(&g.UnknownTags)
}

// DescribeShareGroupOffsetsRequestTopic are partitions of a topic to describe.
type DescribeShareGroupOffsetsRequestTopic struct {
	TopicName   string
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (t *DescribeShareGroupOffsetsRequestTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

// DescribeShareGroupOffsetsResponse answers a DescribeShareGroupOffsetsRequest, group by group.
type DescribeShareGroupOffsetsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Groups       []DescribeShareGroupOffsetsResponseGroup
	UnknownTags  map[uint32][]byte
}

func (r *DescribeShareGroupOffsetsResponse) identity() identity {
	return response(KeyDescribeShareGroupOffsets, &r.Version)
}

func (r *DescribeShareGroupOffsetsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Groups)
	c.Tags(&r.UnknownTags)
}

// DescribeShareGroupOffsetsResponseGroup is the answer for one group.
type DescribeShareGroupOffsetsResponseGroup struct {
	GroupID      string
	Topics       []DescribeShareGroupOffsetsResponseTopic
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (g *DescribeShareGroupOffsetsResponseGroup) walk(c *wire.Codec) {
	c.String(&g.GroupID)
	values(c, &g.Topics)
	c.Int16((*int16)(&g.ErrorCode))
	c.NullString(&g.ErrorMessage)
	c.Tags(&g.UnknownTags)
}

// DescribeShareGroupOffsetsResponseTopic is the answer for one topic.
type DescribeShareGroupOffsetsResponseTopic struct {
	TopicName   string
	TopicID     Uuid
	Partitions  []DescribeShareGroupOffsetsResponsePartition
	UnknownTags map[uint32][]byte
}

func (t *DescribeShareGroupOffsetsResponseTopic) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	t.TopicID.walk(c)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// DescribeShareGroupOffsetsResponsePartition tells where a group starts in a partition.
type DescribeShareGroupOffsetsResponsePartition struct {
	PartitionIndex int32
	StartOffset    int64 // the first offset that is not done with
	LeaderEpoch    int32
	Lag            int64 // v1, records from StartOffset on that are not done with, -1 if unknown (KIP-1226)
	ErrorCode      KError
	ErrorMessage   *string
	UnknownTags    map[uint32][]byte
}

func (p *DescribeShareGroupOffsetsResponsePartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.StartOffset)
	c.Int32(&p.LeaderEpoch)
	switch {
	case c.Version >= 1:
		c.Int64(&p.Lag)
	case c.Reading():
		p.Lag = -1
	}
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	c.Tags(&p.UnknownTags)
}

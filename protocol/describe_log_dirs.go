package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DescribeLogDirsRequest asks a broker for its log directories and what lies in them (API DescribeLogDirs, KIP-113).
type DescribeLogDirsRequest struct {
	Version        int16
	DescribeTopics []DescribeLogDirsRequestTopic // empty for all topics
	UnknownTags    map[uint32][]byte
}

func (r *DescribeLogDirsRequest) identity() identity {
	return request(KeyDescribeLogDirs, &r.Version)
}

func (r *DescribeLogDirsRequest) walk(c *wire.Codec) {
	topics := r.DescribeTopics
	if len(topics) == 0 {
		topics = nil // as null, which asks for all topics
	}
	nullValues(c, &topics)
	if c.Reading() {
		r.DescribeTopics = topics
		if topics == nil {
			r.DescribeTopics = []DescribeLogDirsRequestTopic{}
		}
	}
	c.Tags(&r.UnknownTags)
}

// DescribeLogDirsRequestTopic is partitions of a topic.
type DescribeLogDirsRequestTopic struct {
	Topic        string
	PartitionIDs []int32
	UnknownTags  map[uint32][]byte
}

func (t *DescribeLogDirsRequestTopic) walk(c *wire.Codec) {
	c.String(&t.Topic)
	c.Int32s(&t.PartitionIDs)
	c.Tags(&t.UnknownTags)
}

// DescribeLogDirsResponse answers a DescribeLogDirsRequest, directory by directory.
type DescribeLogDirsResponse struct {
	ThrottleTime time.Duration // whole milliseconds
	Version      int16
	LogDirs      []DescribeLogDirsResponseDirMetadata
	ErrorCode    KError // v3
	UnknownTags  map[uint32][]byte
}

func (r *DescribeLogDirsResponse) identity() identity {
	return response(KeyDescribeLogDirs, &r.Version)
}

func (r *DescribeLogDirsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	if c.Version >= 3 {
		c.Int16((*int16)(&r.ErrorCode))
	}
	values(c, &r.LogDirs)
	c.Tags(&r.UnknownTags)
}

// DescribeLogDirsResponseDirMetadata is a log directory.
type DescribeLogDirsResponseDirMetadata struct {
	ErrorCode   KError
	Path        string // absolute
	Topics      []DescribeLogDirsResponseTopic
	TotalBytes  int64 // of the directory's volume, -1 if not known (v4, KIP-827)
	UsableBytes int64 // of the directory's volume, -1 if not known (v4, KIP-827)
	IsCordoned  bool  // no new replicas are placed there (v5, KIP-1066)
	UnknownTags map[uint32][]byte
}

func (d *DescribeLogDirsResponseDirMetadata) walk(c *wire.Codec) {
	c.Int16((*int16)(&d.ErrorCode))
	c.String(&d.Path)
	values(c, &d.Topics)
	if c.Version >= 4 {
		c.Int64(&d.TotalBytes)
		c.Int64(&d.UsableBytes)
	}
	if c.Version >= 5 {
		c.Bool(&d.IsCordoned)
	}
	c.Tags(&d.UnknownTags)
}

// DescribeLogDirsResponseTopic is a topic with replicas in a log directory.
type DescribeLogDirsResponseTopic struct {
	Topic       string
	Partitions  []DescribeLogDirsResponsePartition
	UnknownTags map[uint32][]byte
}

func (t *DescribeLogDirsResponseTopic) walk(c *wire.Codec) {
	c.String(&t.Topic)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// DescribeLogDirsResponsePartition is a replica in a log directory.
type DescribeLogDirsResponsePartition struct {
	PartitionID int32
	Size        int64 // of its segments, in bytes
	OffsetLag   int64 // to the high watermark; of a temporary replica to the one that it will replace
	IsTemporary bool  // it was made by an AlterReplicaLogDirsRequest and will replace the replica in another directory
}

func (p *DescribeLogDirsResponsePartition) walk(c *wire.Codec) {
	c.Int32(&p.PartitionID)
	c.Int64(&p.Size)
	c.Int64(&p.OffsetLag)
	c.Bool(&p.IsTemporary)
	c.Tags(nil) // the struct is comparable: it has no room for unknown ones
}

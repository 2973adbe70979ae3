package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// AlterReplicaLogDirsRequest moves replicas of the broker that is asked to other
// log directories of its own (API AlterReplicaLogDirs, KIP-113).
type AlterReplicaLogDirsRequest struct {
	Version     int16
	Dirs        []AlterReplicaLogDir
	UnknownTags map[uint32][]byte
}

func (r *AlterReplicaLogDirsRequest) identity() identity {
	return request(KeyAlterReplicaLogDirs, &r.Version)
}

func (r *AlterReplicaLogDirsRequest) walk(c *wire.Codec) {
	values(c, &r.Dirs)
	c.Tags(&r.UnknownTags)
}

// AlterReplicaLogDir is a log directory and the replicas to move there.
type AlterReplicaLogDir struct {
	Path        string // absolute
	Topics      []AlterReplicaLogDirTopic
	UnknownTags map[uint32][]byte
}

func (d *AlterReplicaLogDir) walk(c *wire.Codec) {
	c.String(&d.Path)
	values(c, &d.Topics)
	c.Tags(&d.UnknownTags)
}

// AlterReplicaLogDirTopic is partitions of a topic.
type AlterReplicaLogDirTopic struct {
	Name        string
	Partitions  []int32
	UnknownTags map[uint32][]byte
}

func (t *AlterReplicaLogDirTopic) walk(c *wire.Codec) {
	c.String(&t.Name)
	c.Int32s(&t.Partitions)
	c.Tags(&t.UnknownTags)
}

// AlterReplicaLogDirsResponse answers an AlterReplicaLogDirsRequest, topic by topic.
// A success tells that the broker begins to copy, not that it is done.
type AlterReplicaLogDirsResponse struct {
	Version      int16
	ThrottleTime time.Duration // whole milliseconds
	Results      []AlterReplicaLogDirTopicResult
	UnknownTags  map[uint32][]byte
}

func (r *AlterReplicaLogDirsResponse) identity() identity {
	return response(KeyAlterReplicaLogDirs, &r.Version)
}

func (r *AlterReplicaLogDirsResponse) walk(c *wire.Codec) {
	c.Millis(&r.ThrottleTime)
	values(c, &r.Results)
	c.Tags(&r.UnknownTags)
}

// AlterReplicaLogDirTopicResult is the answer for one topic.
type AlterReplicaLogDirTopicResult struct {
	TopicName   string
	Partitions  []AlterReplicaLogDirPartitionResult
	UnknownTags map[uint32][]byte
}

func (t *AlterReplicaLogDirTopicResult) walk(c *wire.Codec) {
	c.String(&t.TopicName)
	values(c, &t.Partitions)
	c.Tags(&t.UnknownTags)
}

// AlterReplicaLogDirPartitionResult is the answer for one partition; ErrNoError is success.
type AlterReplicaLogDirPartitionResult struct {
	PartitionIndex int32
	ErrorCode      KError
	UnknownTags    map[uint32][]byte
}

func (p *AlterReplicaLogDirPartitionResult) walk(c *wire.Codec) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags(&p.UnknownTags)
}

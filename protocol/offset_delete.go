package protocol

import (
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// DeleteOffsetsRequest deletes committed offsets of a group (API OffsetDelete, KIP-496).
type DeleteOffsetsRequest struct {
	Version    int16
	Group      string
	partitions map[string][]int32
}

// AddPartition deletes the offset of a partition.
func (r *DeleteOffsetsRequest) AddPartition(topic string, partitionID int32) {
	addPartition(&r.partitions, topic, partitionID)
}

// DeletedOffsets returns the partitions whose offsets a request deletes, by topic.
func DeletedOffsets(r *DeleteOffsetsRequest) map[string][]int32 { return r.partitions }

func (r *DeleteOffsetsRequest) identity() identity { return request(KeyOffsetDelete, &r.Version) }

func (r *DeleteOffsetsRequest) walk(c *wire.Codec) {
	c.String(&r.Group)
	partitionLists(c, &r.partitions)
}

// DeleteOffsetsResponse answers a DeleteOffsetsRequest, partition by partition.
type DeleteOffsetsResponse struct {
	Version      int16
	ErrorCode    KError                      // of the group as a whole
	ThrottleTime time.Duration               // whole milliseconds
	Errors       map[string]map[int32]KError // by topic and partition; ErrNoError is success
}

// AddError sets the outcome for a partition: for brokers that are played by tests.
func (r *DeleteOffsetsResponse) AddError(topic string, partition int32, errorCode KError) {
	putCode(&r.Errors, topic, partition, errorCode)
}

func (r *DeleteOffsetsResponse) identity() identity { return response(KeyOffsetDelete, &r.Version) }

func (r *DeleteOffsetsResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Millis(&r.ThrottleTime)
	partitionCodes(c, noTopicIDs, &r.Errors, nil)
}

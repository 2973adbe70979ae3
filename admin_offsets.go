package sarama

import (
	"context"
	"errors"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// Special times for ClusterAdmin.ListOffsets and Admin.ListOffsets, besides OffsetNewest and OffsetOldest. Brokers that do
// not know one are not asked: the error is ErrUnsupportedVersion.
const (
	// OffsetMaxTimestamp stands for the record with the highest timestamp (Kafka 3.0, KIP-734).
	OffsetMaxTimestamp int64 = -3
	// OffsetEarliestLocal stands for the first record that is on the broker's own disks, where others are in remote storage
	// (Kafka 3.6, KIP-405).
	OffsetEarliestLocal int64 = -4
	// OffsetLatestTiered stands for the last record that is in remote storage (Kafka 3.9, KIP-1005).
	OffsetLatestTiered int64 = -5
	// OffsetEarliestPendingUpload stands for the first record that is not in remote storage yet (Kafka 4.2, KIP-1023).
	OffsetEarliestPendingUpload int64 = -6
)

// offsetVersions are the first versions of ListOffsets that know special times.
var offsetVersions = map[int64]int16{
	OffsetMaxTimestamp: 7, OffsetEarliestLocal: 8, OffsetLatestTiered: 9, OffsetEarliestPendingUpload: 11,
}

// ListOffsetsOptions is how ListOffsets looks for offsets.
type ListOffsetsOptions struct {
	// IsolationLevel makes OffsetNewest the last stable offset, with ReadCommitted (Kafka 0.11). Default: ReadUncommitted.
	IsolationLevel IsolationLevel
}

// OffsetResult is an offset, or why there is none.
type OffsetResult struct {
	// Offset is -1 if there is no such record.
	Offset int64
	// Timestamp is the record's, in milliseconds since the epoch; -1 for OffsetOldest and OffsetNewest.
	Timestamp int64
	// LeaderEpoch is the record's (KIP-320), or -1.
	LeaderEpoch int32
	// Err is why there is no offset.
	Err error
}

// remoteOffsetsTimeout is how long a broker may look for offsets in remote storage.
const remoteOffsetsTimeout = 10 * time.Second

// ListOffsets implements ClusterAdmin.
func (c clusterAdmin) ListOffsets(partitions map[string]map[int32]int64, options *ListOffsetsOptions) (map[string]map[int32]*OffsetResult, error) {
	if len(partitions) == 0 {
		return nil, ConfigurationError("no partitions provided")
	}
	if options == nil {
		options = &ListOffsetsOptions{}
	}
	results, outcomes := c.listOffsets(c.ctx, partitions, *options)
	var unreached []error
	for _, tp := range partitionKeys(partitions) {
		switch o := outcomes[tp]; {
		case o.err == nil:
		case o.stage == stageRequest:
			unreached = append(unreached, o.err)
		default:
			putPartition(results, tp, failedOffset(results[tp.topic][tp.partition], o.err))
		}
	}
	return results, errors.Join(distinct(unreached)...)
}

// failedOffset keeps what a broker answered besides the error.
func failedOffset(answered *OffsetResult, err error) *OffsetResult {
	if answered == nil {
		return &OffsetResult{Err: err}
	}
	return answered
}

// listOffsets keeps the answers, also where they are errors.
func (a *adminCore) listOffsets(
	ctx context.Context, partitions map[string]map[int32]int64, options ListOffsetsOptions,
) (map[string]map[int32]*OffsetResult, map[topicPartition]partitionOutcome) {
	var found syncPartitions[*OffsetResult]
	outcomes := a.toLeaders(ctx, partitionKeys(partitions), func(ctx context.Context, leader *Broker, own []topicPartition) (map[topicPartition]error, error) {
		request := &OffsetRequest{
			Version: a.latest(protocol.KeyListOffsets), IsolationLevel: options.IsolationLevel, Timeout: remoteOffsetsTimeout,
		}
		least := int16(0)
		for _, tp := range own {
			time := partitions[tp.topic][tp.partition]
			request.AddBlock(tp.topic, tp.partition, time, 1)
			least = max(least, offsetVersions[time])
		}
		answer, err := put(ctx, leader, question[OffsetResponse]{req: request, least: least})
		if err != nil {
			return nil, err
		}
		refused := make(map[topicPartition]error)
		for _, tp := range own {
			result := offsetResult(answer.GetBlock(tp.topic, tp.partition))
			refused[tp] = result.Err
			if result.Err == nil {
				result.Err = ErrNoError // which callers compare with ==
			}
			found.put(tp, result)
		}
		return refused, nil
	})
	return found.byTopic(), outcomes
}

// offsetResult has a nil Err for success.
func offsetResult(block *OffsetResponseBlock) *OffsetResult {
	if block == nil {
		return &OffsetResult{Err: ErrIncompleteResponse}
	}
	result := &OffsetResult{Offset: block.Offset, Timestamp: block.Timestamp, LeaderEpoch: block.LeaderEpoch, Err: codeOrNil(block.Err)}
	if len(block.Offsets) > 0 {
		result.Offset = block.Offsets[0]
	}
	return result
}

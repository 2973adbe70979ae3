package sarama

import (
	"math"
	"time"
)

// Places in a partition that are not an offset. Consumer.ConsumePartition, Config.Consumer.Offsets.Initial and
// Config.Consumer.Offsets.Reset take them, and what OffsetAt and OffsetSince return.
const (
	// OffsetNewest stands for the end of a partition: the offset that its next record will get.
	OffsetNewest int64 = -1
	// OffsetOldest stands for the start of a partition: the offset of its oldest record that is still kept.
	OffsetOldest int64 = -2
	// OffsetNone stands for no place: as Config.Consumer.Offsets.Initial it makes it an error, ErrNoOffset, that nothing was
	// committed, and as Offsets.Reset it ends a partition whose offset is not in the log any more (auto.offset.reset=none).
	OffsetNone int64 = math.MinInt64
)

// Times and durations are kept in numbers that are no offsets: milliseconds from a point of their own, about 18 million years
// either way.
const (
	offsetAtBase    = math.MinInt64 / 2
	offsetSinceBase = math.MinInt64 / 4
	offsetReach     = int64(1) << 59
)

// OffsetAt stands for a partition's first record with that time or a later one, by the timestamps that the broker keeps; for
// the end if there is none. It needs Kafka 0.10.1 (KIP-79).
func OffsetAt(t time.Time) int64 {
	return offsetAtBase + min(max(t.UnixMilli(), -offsetReach), offsetReach-1)
}

// OffsetSince is OffsetAt for the time that lies a duration before the moment at which reading starts
// (auto.offset.reset=by_duration, KIP-1106). Parts of milliseconds and negative durations count as nothing.
func OffsetSince(d time.Duration) int64 {
	return offsetSinceBase + max(d.Milliseconds(), 0)
}

// offsetTime returns the time that OffsetAt or OffsetSince was given, in milliseconds since the epoch.
func offsetTime(offset int64, now time.Time) (ms int64, ok bool) {
	switch {
	case offset >= offsetAtBase-offsetReach && offset < offsetAtBase+offsetReach:
		return offset - offsetAtBase, true
	case offset >= offsetSinceBase && offset < offsetSinceBase+offsetReach:
		return now.UnixMilli() - (offset - offsetSinceBase), true
	}
	return 0, false
}

// isPlace tells whether an offset stands for a place that reading can start at.
func isPlace(offset int64) bool {
	_, isTime := offsetTime(offset, time.Time{})
	return offset == OffsetNewest || offset == OffsetOldest || isTime
}

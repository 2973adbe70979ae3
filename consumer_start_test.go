package sarama

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestPlacesAreNoOffsets(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	for offset, want := range map[int64]int64{
		OffsetAt(now):                      now.UnixMilli(),
		OffsetAt(time.UnixMilli(0)):        0,
		OffsetAt(time.UnixMilli(-5)):       -5,
		OffsetSince(0):                     now.UnixMilli(),
		OffsetSince(time.Hour):             now.UnixMilli() - 3_600_000,
		OffsetSince(-time.Hour):            now.UnixMilli(),
		OffsetSince(math.MaxInt64):         now.UnixMilli() - math.MaxInt64/1_000_000,
		OffsetAt(time.Unix(1<<62, 0)):      OffsetAt(time.Unix(1<<62, 0)) - offsetAtBase,
		OffsetAt(time.Unix(-(1 << 62), 0)): OffsetAt(time.Unix(-(1<<62), 0)) - offsetAtBase,
	} {
		ms, ok := offsetTime(offset, now)
		require.True(t, ok, offset)
		require.Equal(t, want, ms)
		require.True(t, isPlace(offset))
	}
	for _, offset := range []int64{OffsetNone, math.MaxInt64, 0, -3, -4, -5} {
		require.False(t, isPlace(offset), offset)
	}
}

func TestConsumerStartsAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 60)
		consumer := c.consumer()
		// Record n is of n seconds after the epoch.
		first := func(offset int64) int {
			pc := c.partition(consumer, 0, offset)
			c.fill(0, 1)
			msg := <-pc.Messages()
			require.NoError(t, pc.Close())
			return int(msg.Offset)
		}
		require.Equal(t, 20, first(OffsetAt(time.UnixMilli(20_000))))
		require.Equal(t, 21, first(OffsetAt(time.UnixMilli(20_001))))
		require.Equal(t, 62, first(OffsetAt(time.UnixMilli(10_000_000))), "there is none so late")
		require.Equal(t, 0, first(OffsetAt(time.UnixMilli(-1))))
		require.Equal(t, 30, first(OffsetSince(time.Since(time.UnixMilli(30_000)))))
		require.Equal(t, 0, first(OffsetSince(math.MaxInt64)))
		_, err := consumer.ConsumePartition("orders", 0, OffsetNone)
		require.ErrorIs(t, err, ErrNoOffset)
		_, err = consumer.ConsumePartition("orders", 0, -3)
		require.Equal(t, ErrOffsetOutOfRange, err)
		require.NoError(t, consumer.Close())
	})
}

func TestResetTellsWhereToGoOn(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Consumer.Offsets.Reset = OffsetAt(time.UnixMilli(2000))
		c.fill(0, 9)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, 99)
		moved := requireMoved(t, pc, ErrOffsetOutOfRange)
		require.EqualValues(t, 99, moved.From)
		require.EqualValues(t, 2, moved.To)
		expect(t, pc, 2, 7)

		c.logs.mu.Lock()
		c.logs.logs[0].values = c.logs.logs[0].values[:5] // the log was cut
		c.logs.mu.Unlock()
		moved = requireMoved(t, pc, ErrOffsetOutOfRange)
		require.EqualValues(t, 9, moved.From)
		require.EqualValues(t, 2, moved.To)
		expect(t, pc, 2, 3)
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

// requireMoved returns what the next error of a partition tells.
func requireMoved(t *testing.T, pc PartitionConsumer, why error) *OffsetMovedError {
	t.Helper()
	err := <-pc.Errors()
	var moved *OffsetMovedError
	require.ErrorAs(t, err, &moved)
	require.ErrorIs(t, err, why)
	return moved
}

// A new leader lacks what the old one had given out: what it has in its place is read, after it was told so.
func TestTruncationIsTold(t *testing.T) {
	for _, version := range []KafkaVersion{V2_3_0_0, V2_8_0_0, V4_0_0_0} {
		for _, hints := range []bool{false, true} {
			t.Run(fmt.Sprint(version, hints), func(t *testing.T) {
				bubble(t, func(t *testing.T, net *scriptedNetwork) {
					c := newConsuming(t, net, 1)
					c.conf.Version = version
					c.fetches.hints = hints
					c.fill(0, 10)
					consumer := c.consumer()
					pc := c.partition(consumer, 0, OffsetOldest)
					expect(t, pc, 0, 10)
					c.logs.cut(0, 2, 6)
					for i := range 8 {
						c.logs.add(0, numbered(6+i)+" anew")
					}
					moved := requireMoved(t, pc, ErrLogTruncated)
					require.EqualValues(t, 10, moved.From)
					require.EqualValues(t, 6, moved.To)
					for i := range int64(8) {
						msg := <-pc.Messages()
						require.Equal(t, 6+i, msg.Offset)
						require.Equal(t, numbered(int(msg.Offset))+" anew", string(msg.Value))
						require.EqualValues(t, c.logs.epoch, msg.leaderEpoch())
					}
					// A leader that has all is read on from as if nothing had been.
					c.logs.move(0, 1)
					c.logs.add(0, numbered(14))
					expect(t, pc, 14, 1)
					require.NoError(t, pc.Close())
					require.NoError(t, consumer.Close())
				})
			})
		}
	}
}

// Brokers before 2.3 tell consumers nothing without rights on the cluster.
func TestOldBrokersAreNotAskedForEpochs(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Version = V2_2_0_0
		c.fill(0, 10)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 10)
		c.logs.move(0, 2)
		c.fill(0, 1)
		<-pc.Messages()
		require.Empty(t, c.brokers[1].received(protocol.KeyOffsetForLeaderEpoch))
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

func TestTruncationEndsThePartitionIfWished(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Consumer.Offsets.Reset = OffsetNone
		c.fill(0, 10)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 10)
		c.logs.cut(0, 2, 6)
		moved := requireMoved(t, pc, ErrLogTruncated)
		require.EqualValues(t, -1, moved.To)
		_, open := <-pc.Messages()
		require.False(t, open)
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

// Who starts after a record of an epoch reads on where that epoch's records end.
func TestStartAfterATruncatedRecord(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 10)
		c.logs.cut(0, 2, 6)
		reader := c.consumer().(*consumer)
		start := func(offset int64, epoch int32) (*partitionConsumer, error) {
			return reader.consume(t.Context(), topicPartition{"orders", 0}, offset, epoch)
		}
		pc, err := start(10, 1)
		require.NoError(t, err)
		moved := requireMoved(t, pc, ErrLogTruncated)
		require.EqualValues(t, 10, moved.From)
		require.EqualValues(t, 6, moved.To)
		c.fill(0, 1)
		require.EqualValues(t, 6, (<-pc.Messages()).Offset)
		require.NoError(t, pc.Close())

		pc, err = start(5, 1)
		require.NoError(t, err)
		require.EqualValues(t, 5, (<-pc.Messages()).Offset)
		require.NoError(t, pc.Close())

		c.conf.Consumer.Offsets.Reset = OffsetNone
		_, err = start(10, 1)
		require.ErrorIs(t, err, ErrLogTruncated)
		c.brokers[1].on(protocol.KeyOffsetForLeaderEpoch, func(r *scriptedRequest) protocol.Message {
			c.logs.move(0, 1) // it is not the leader any more
			return c.fetches.epochEnds(r)
		})
		pc, err = start(5, 1)
		require.NoError(t, err)
		require.EqualValues(t, 5, (<-pc.Messages()).Offset)
		require.NoError(t, pc.Close())
		require.NoError(t, reader.Close())
	})
}

// A leader that can not tell for now is asked again; one that does not want to is read from all the same.
func TestLeadersThatDoNotTellOfEpochs(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 3)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 3)
		codes := []KError{ErrUnknownLeaderEpoch, ErrTopicAuthorizationFailed}
		c.brokers[1].on(protocol.KeyOffsetForLeaderEpoch, func(r *scriptedRequest) protocol.Message {
			code := codes[0]
			codes = codes[1:]
			return &OffsetForLeaderEpochResponse{Blocks: map[string]map[int32]*OffsetForLeaderEpochResponseBlock{
				"orders": {0: {Err: code, LeaderEpoch: -1, EndOffset: -1}},
			}}
		})
		c.logs.move(0, 2)
		c.logs.add(0, numbered(3))
		expect(t, pc, 3, 1)
		require.Empty(t, codes)
		require.Empty(t, pc.Errors())
		c.brokers[0].on(protocol.KeyOffsetForLeaderEpoch, answer(&OffsetForLeaderEpochResponse{}))
		c.logs.move(0, 1)
		require.ErrorIs(t, <-pc.Errors(), ErrIncompleteResponse)
		c.brokers[0].on(protocol.KeyOffsetForLeaderEpoch, c.fetches.epochEnds)
		c.logs.add(0, numbered(4))
		expect(t, pc, 4, 1)
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

func TestTruncated(t *testing.T) {
	for _, c := range []struct {
		end    *OffsetForLeaderEpochResponseBlock
		offset int64
		want   bool
	}{
		{nil, 5, false},
		{&OffsetForLeaderEpochResponseBlock{LeaderEpoch: 1, EndOffset: 5}, 5, false},
		{&OffsetForLeaderEpochResponseBlock{LeaderEpoch: 1, EndOffset: 4}, 5, true},
		{&OffsetForLeaderEpochResponseBlock{LeaderEpoch: 1, EndOffset: 0}, 5, true},
		{&OffsetForLeaderEpochResponseBlock{LeaderEpoch: -1, EndOffset: -1}, 5, false},
	} {
		require.Equal(t, c.want, truncated(c.end, c.offset))
	}
}

func TestDecompressionIsBounded(t *testing.T) {
	require.EqualValues(t, 0, MaxDecompressedBatchSize)
	defer func() { MaxDecompressedBatchSize = 0 }()
	for set, want := range map[int32]int{0: 256 << 20, -1: 0, 1000: 1000} {
		MaxDecompressedBatchSize = set
		require.Equal(t, want, decompressionLimit())
	}
}

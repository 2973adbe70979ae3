package sarama

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// fetchesAt counts the fetches that a broker got.
func (c *consuming) fetchesAt(broker int) int {
	return len(c.brokers[broker].received(protocol.KeyFetch))
}

// TestPreferredReplicaIsReadFrom until its lease is over, and then the leader is asked again (KIP-392).
func TestPreferredReplicaIsReadFrom(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.RackID = "here"
		c.conf.Metadata.RefreshFrequency = 5 * time.Minute
		c.fetches.prefer = 2
		c.fill(0, 10)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		began := time.Now()
		expect(t, pc, 0, 10)
		require.Less(t, time.Since(began), time.Second, "no backoff")
		require.Equal(t, 1, c.fetchesAt(0), "the leader is asked once")
		require.Equal(t, "here", c.brokers[0].received(protocol.KeyFetch)[0].Body.(*FetchRequest).RackID)
		<-time.After(4 * time.Minute)
		require.Equal(t, 1, c.fetchesAt(0))
		<-time.After(2 * time.Minute)
		require.Equal(t, 2, c.fetchesAt(0), "after the lease")
		c.logs.add(0, numbered(10))
		expect(t, pc, 10, 1)
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

// TestPreferredReplicaUnknown: a replica that the metadata does not have is not asked for again and again, at once.
func TestPreferredReplicaUnknown(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fetches.prefer = 9
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		<-time.After(time.Minute)
		require.InDelta(t, 30, c.fetchesAt(0), 5, "one in each Consumer.Retry.Backoff")
		c.fetches.mu.Lock()
		c.fetches.prefer = 0
		c.fetches.mu.Unlock()
		c.fill(0, 3)
		expect(t, pc, 0, 3)
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

// TestLeaderHintIsFollowedAtOnce: an answer that names the next leader costs no backoff and no metadata (KIP-951).
func TestLeaderHintIsFollowedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Version = MaxVersion
		c.fetches.hints = true
		c.fill(0, 5)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		expect(t, pc, 0, 5)
		asked := len(c.brokers[0].received(protocol.KeyMetadata)) + len(c.brokers[1].received(protocol.KeyMetadata))
		c.logs.move(0, 2)
		c.logs.add(0, numbered(5))
		began := time.Now()
		expect(t, pc, 5, 1)
		require.Less(t, time.Since(began), time.Second)
		require.Equal(t, asked, len(c.brokers[0].received(protocol.KeyMetadata))+len(c.brokers[1].received(protocol.KeyMetadata)))
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	})
}

// TestBatchesThatCannotBeDecodedExhaustRetries: that fetches succeed is no success yet.
func TestBatchesThatCannotBeDecodedExhaustRetries(t *testing.T) {
	defer func(limit int32) { MaxDecompressedBatchSize = limit }(MaxDecompressedBatchSize)
	MaxDecompressedBatchSize = 5
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Consumer.Retry.Max = 2
		c.fetches.codec = CompressionGZIP
		c.fill(0, 5)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		var errs []error
		for err := range pc.Errors() {
			errs = append(errs, err.Err)
		}
		require.Len(t, errs, 4)
		for _, err := range errs[:3] {
			require.ErrorIs(t, err, ErrDecompressedBatchTooLarge)
			require.ErrorContains(t, err, "orders-0 at offset 0")
			var batch *BatchError
			require.ErrorAs(t, err, &batch)
			require.Equal(t, BatchError{"orders", 0, 0, 5, batch.Err}, *batch)
		}
		require.Equal(t, ErrConsumerRetriesExhausted, errs[3])
		require.NoError(t, consumer.Close())
	})
}

// TestRefusedFetchesWait: a broker that refuses whole fetches is not asked again at once, whatever its reason.
func TestRefusedFetchesWait(t *testing.T) {
	for _, code := range []KError{
		ErrFetchSessionIDNotFound, ErrInvalidFetchSessionEpoch, ErrFetchSessionTopicIDError, ErrUnknownTopicID,
		ErrInconsistentTopicID, ErrUnknown,
	} {
		t.Run(code.Error(), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				c := newConsuming(t, net, 1)
				c.conf.Consumer.Return.Errors = false
				c.brokers[0].on(protocol.KeyFetch, answer(&FetchResponse{ErrorCode: int16(code)}))
				consumer := c.consumer()
				pc := c.partition(consumer, 0, OffsetOldest)
				<-time.After(time.Minute - c.conf.Consumer.Retry.Backoff/2) // between two tries, each of one fetch or two
				require.InDelta(t, 30, c.fetchesAt(0), 31)
				require.Greater(t, c.fetchesAt(0), 20)
				c.brokers[0].on(protocol.KeyFetch, c.fetches.fetch)
				c.fill(0, 3)
				expect(t, pc, 0, 3)
				require.NoError(t, pc.Close())
				require.NoError(t, consumer.Close())
			})
		})
	}
}

// TestTopicIsMadeAnew: a topic of the same name and another id is read, though the broker has the old id in the session.
func TestTopicIsMadeAnew(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 3)
		c.conf.Version = MaxVersion
		c.fill(0, 3)
		c.fill(2, 3)
		consumer := c.consumer()
		pc, other := c.partition(consumer, 0, OffsetOldest), c.partition(consumer, 2, OffsetOldest)
		expect(t, pc, 0, 3)
		expect(t, other, 0, 3)
		c.logs.mu.Lock()
		c.logs.topicID++
		c.logs.announce()
		c.logs.mu.Unlock()
		<-time.After(10 * time.Second)
		c.logs.add(0, numbered(3))
		c.logs.add(2, numbered(3))
		expect(t, pc, 3, 1)
		expect(t, other, 3, 1)
		require.NoError(t, pc.Close(), "no error is told")
		require.NoError(t, other.Close())
		require.NoError(t, consumer.Close())
	})
}

// TestClosedPartitionIsNotFetched, not even if it was about to find its leader when it was closed.
func TestClosedPartitionIsNotFetched(t *testing.T) {
	for round := range 100 {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			c := newConsuming(t, net, 1)
			c.conf.Consumer.Return.Errors = false
			c.conf.Consumer.Retry.Backoff = time.Millisecond
			failing := true
			c.fetches.fault = func() scriptedFault {
				if failing {
					return scriptedFault{code: ErrUnknown}
				}
				return scriptedFault{}
			}
			c.fill(0, 1)
			reading := c.consumer()
			pc := c.partition(reading, 0, OffsetOldest)
			<-time.After(time.Duration(1+round%10) * time.Millisecond) // when the backoff ends, too
			c.logs.mu.Lock()
			failing = false
			c.logs.mu.Unlock()
			require.NoError(t, pc.Close())
			<-time.After(time.Minute)
			own := reading.(*consumer)
			own.mu.Lock()
			require.Empty(t, own.brokers)
			own.mu.Unlock()
			require.NoError(t, reading.Close())
		})
	}
}

// TestConsumeEndsWithItsContext is what consumer groups build on.
func TestConsumeEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 9)
		reading := c.consumer()
		ctx, cancel := context.WithCancel(t.Context())
		pc, err := reading.(*consumer).consume(ctx, topicPartition{"orders", 0}, 4, 1)
		require.NoError(t, err)
		expect(t, pc, 4, 5)
		cancel()
		_, open := <-pc.Messages()
		require.False(t, open)
		_, err = reading.(*consumer).consume(ctx, topicPartition{"orders", 0}, 4, 1)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, reading.Close())
		_, err = reading.ConsumePartition("orders", 0, OffsetOldest)
		require.Equal(t, ErrClosedClient, err)
	})
}

// TestConsumeMindsTheLeaderEpoch: metadata from before the record that was read last is refreshed (KIP-320).
func TestConsumeMindsTheLeaderEpoch(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.fill(0, 5)
		reading := c.consumer()
		expect(t, c.partition(reading, 0, OffsetOldest), 0, 5)
		require.NoError(t, reading.(*consumer).children[topicPartition{"orders", 0}].Close())
		refreshes := len(c.brokers[0].received(protocol.KeyMetadata)) + len(c.brokers[1].received(protocol.KeyMetadata))
		pc, err := reading.(*consumer).consume(t.Context(), topicPartition{"orders", 0}, 0, 2)
		require.NoError(t, err)
		expect(t, pc, 0, 5)
		require.Equal(t, refreshes+1, len(c.brokers[0].received(protocol.KeyMetadata))+len(c.brokers[1].received(protocol.KeyMetadata)))
		require.NoError(t, pc.Close())
		require.NoError(t, reading.Close())
	})
}

func TestNextPatience(t *testing.T) {
	const longest = 100 * time.Millisecond
	for _, c := range []struct {
		last             time.Duration
		settled, anyFull bool
		want             time.Duration
	}{
		{0, false, false, shortWait},
		{longest, false, true, shortWait},
		{0, true, true, shortWait},
		{shortWait, true, true, 2 * shortWait},
		{80 * time.Millisecond, true, true, longest},
		{shortWait, true, false, longest},
	} {
		require.Equal(t, c.want, nextPatience(c.last, longest, c.settled, c.anyFull), c)
	}
	require.Equal(t, time.Millisecond, nextPatience(0, time.Millisecond, false, false))
}

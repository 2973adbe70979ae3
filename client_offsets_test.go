package sarama

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

func TestGetOffset(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
		offsets := func(r *scriptedRequest) protocol.Message {
			asked := protocol.RequestedOffsets(r.Body.(*OffsetRequest))
			response := new(OffsetResponse)
			response.AddTopicPartition(asked[0].Topic, asked[0].Partition, 1000+asked[0].Timestamp)
			return response
		}
		c := testClient(t, net.config(), b)
		b.on(protocol.KeyListOffsets, offsets)
		offset, err := c.GetOffset("orders", 0, OffsetNewest)
		require.NoError(t, err)
		require.EqualValues(t, 999, offset)
		require.Equal(t, 1, metadataRequests(b))

		refusal := new(OffsetResponse)
		refusal.AddTopicPartition("orders", 0, -1)
		refusal.GetBlock("orders", 0).Err = ErrNotLeaderForPartition
		refused := false
		b.on(protocol.KeyListOffsets, func(r *scriptedRequest) protocol.Message {
			if !refused {
				refused = true
				return refusal
			}
			return offsets(r)
		})
		offset, err = c.GetOffset("orders", 0, OffsetOldest)
		require.NoError(t, err)
		require.EqualValues(t, 998, offset)
		require.Equal(t, 2, metadataRequests(b), "asked again after a refresh")

		b.on(protocol.KeyListOffsets, answer(refusal))
		_, err = c.GetOffset("orders", 0, OffsetOldest)
		require.Equal(t, ErrNotLeaderForPartition, err, "callers compare with ==")

		b.on(protocol.KeyListOffsets, answer(new(OffsetResponse)))
		_, err = c.GetOffset("orders", 0, OffsetOldest)
		require.ErrorIs(t, err, ErrIncompleteResponse)

		b.on(protocol.KeyListOffsets, func(r *scriptedRequest) protocol.Message {
			b.on(protocol.KeyListOffsets, offsets)
			return r.cut()
		})
		offset, err = c.GetOffset("orders", 0, OffsetNewest)
		require.NoError(t, err)
		require.EqualValues(t, 999, offset)
	})
}

func TestOffsetOf(t *testing.T) {
	for name, tt := range map[string]struct {
		block *OffsetResponseBlock
		want  int64
		err   error
	}{
		"none":       {nil, -1, ErrIncompleteResponse},
		"error":      {&OffsetResponseBlock{Err: ErrNotLeaderForPartition, Offsets: []int64{-1}}, -1, ErrNotLeaderForPartition},
		"no offset":  {&OffsetResponseBlock{}, -1, ErrOffsetOutOfRange},
		"one offset": {&OffsetResponseBlock{Offsets: []int64{5}}, 5, nil},
	} {
		t.Run(name, func(t *testing.T) {
			offset, err := offsetOf(tt.block)
			require.Equal(t, tt.want, offset)
			require.Equal(t, tt.err, err)
		})
	}
}

// refusingOffsets answers with a code as often as times says, and then with offset 42.
func refusingOffsets(code KError, times int) scriptedHandler {
	return func(r *scriptedRequest) protocol.Message {
		asked := protocol.RequestedOffsets(r.Body.(*OffsetRequest))[0]
		response := new(OffsetResponse)
		response.AddTopicPartition(asked.Topic, asked.Partition, 42)
		if times--; times >= 0 {
			response.GetBlock(asked.Topic, asked.Partition).Err = code
		}
		return response
	}
}

// A topic that was created just now has brokers that do not know yet what they lead.
func TestGetOffsetSitsOutWhatPasses(t *testing.T) {
	for name, test := range map[string]struct {
		code    KError
		refused int
		asked   int
		waited  int // times the backoff
		err     error
	}{
		"at once":       {ErrNotLeaderForPartition, 1, 2, 0, nil},
		"not leader":    {ErrNotLeaderForPartition, 4, 5, 3, nil},
		"no leader":     {ErrLeaderNotAvailable, 3, 4, 2, nil},
		"not known":     {ErrUnknownTopicOrPartition, 2, 3, 1, nil},
		"no offset yet": {ErrOffsetNotAvailable, 2, 3, 1, nil},
		"no end":        {ErrNotLeaderForPartition, 99, 5, 3, ErrNotLeaderForPartition},
		"does not pass": {ErrTopicAuthorizationFailed, 99, 2, 0, ErrTopicAuthorizationFailed},
		"refused once":  {ErrTopicAuthorizationFailed, 1, 2, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				b := net.broker(1)
				newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
				b.on(protocol.KeyListOffsets, refusingOffsets(test.code, test.refused))
				conf := net.config()
				conf.Metadata.Retry.Max = 3
				conf.Metadata.Retry.Backoff = time.Second
				c := testClient(t, conf, b)
				before, start := metadataRequests(b), time.Now()
				offset, err := c.GetOffset("orders", 0, OffsetNewest)
				require.Equal(t, test.err, err, "callers compare with ==")
				if err == nil {
					require.EqualValues(t, 42, offset)
				} else {
					require.EqualValues(t, -1, offset)
				}
				require.Len(t, b.received(protocol.KeyListOffsets), test.asked)
				require.Equal(t, test.asked-1, metadataRequests(b)-before, "a refresh before each")
				require.Equal(t, time.Duration(test.waited)*time.Second, time.Since(start))
			})
		})
	}
}

func TestGetOffsetFindsTheNewLeader(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		cluster.setTopic("orders", 1, ledBy(0, 1, 0))
		b1.on(protocol.KeyListOffsets, refusingOffsets(ErrNotLeaderForPartition, 99))
		b2.on(protocol.KeyListOffsets, refusingOffsets(ErrNoError, 0))
		c := testClient(t, net.config(), b1)
		elected := time.AfterFunc(400*time.Millisecond, func() { cluster.setTopic("orders", 1, ledBy(0, 2, 1)) })
		defer elected.Stop()
		offset, err := c.GetOffset("orders", 0, OffsetNewest)
		require.NoError(t, err)
		require.EqualValues(t, 42, offset)
		require.Len(t, b2.received(protocol.KeyListOffsets), 1)
	})
}

func TestGetOffsetEndsWithItsClient(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
		b.on(protocol.KeyListOffsets, refusingOffsets(ErrNotLeaderForPartition, 99))
		conf := net.config()
		conf.Metadata.Retry.Backoff = time.Hour
		c := testClient(t, conf, b)
		result := make(chan error)
		go func() {
			_, err := c.GetOffset("orders", 0, OffsetNewest)
			result <- err
		}()
		synctest.Wait()
		require.NoError(t, c.Close())
		require.Equal(t, ErrClosedClient, <-result)
	})
}

// ConsumePartition starts on a topic that was created just now.
func TestConsumePartitionSitsOutWhatPasses(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		newScriptedCluster(b).setTopic("orders", 1, ledBy(0, 1, 0))
		b.on(protocol.KeyListOffsets, refusingOffsets(ErrNotLeaderForPartition, 3))
		b.on(protocol.KeyFetch, hang)
		c := testClient(t, net.config(), b)
		consumer, err := NewConsumerFromClient(c)
		require.NoError(t, err)
		pc, err := consumer.ConsumePartition("orders", 0, OffsetNewest)
		require.NoError(t, err)
		require.EqualValues(t, 42, pc.HighWaterMarkOffset())
		b.setDown(true)
		require.NoError(t, consumer.Close())
	})
}

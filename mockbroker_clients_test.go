package sarama

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestMockBrokerIsEnoughForClients runs each kind of client against the answers of NewMockResponses, at old and new versions.
func TestMockBrokerIsEnoughForClients(t *testing.T) {
	for _, version := range []KafkaVersion{V0_10_2_1, V0_11_0_0, DefaultVersion, MaxVersion} {
		t.Run(version.String(), func(t *testing.T) {
			b := NewMockBroker(t, 5)
			defer b.Close()
			answers := NewMockResponses(t, b, map[string]int32{"topic": 2})
			answers["FetchRequest"] = NewMockFetchResponse(t, 2).SetHighWaterMark("topic", 1, 3).
				SetMessage("topic", 1, 0, StringEncoder("a")).SetMessageWithKey("topic", 1, 1, StringEncoder("k"), StringEncoder("b")).
				SetMessage("topic", 1, 2, StringEncoder("c"))
			b.SetHandlerByMap(answers)
			config := NewConfig()
			config.Version = version
			config.Producer.Return.Successes = true
			config.Consumer.Offsets.Initial = OffsetOldest
			client, err := NewClient([]string{b.Addr()}, config)
			require.NoError(t, err)
			defer func() { require.NoError(t, client.Close()) }()
			topics, err := client.Topics()
			require.NoError(t, err)
			require.Equal(t, []string{"topic"}, topics)
			controller, err := client.Controller()
			require.NoError(t, err)
			require.EqualValues(t, 5, controller.ID())
			_, err = client.Partitions("another")
			require.ErrorIs(t, err, ErrUnknownTopicOrPartition)

			produceOnMock(t, client)
			if version.IsAtLeast(V0_11_0_0) {
				transactOnMock(t, b.Addr(), version)
			}
			consumeOnMock(t, client)
			joinOnMock(t, client, b)
		})
	}
}

func produceOnMock(t *testing.T, client Client) {
	producer, err := NewSyncProducerFromClient(client)
	require.NoError(t, err)
	_, _, err = producer.SendMessage(&ProducerMessage{Topic: "topic", Value: StringEncoder("a")})
	require.NoError(t, err)
	require.NoError(t, producer.Close())
}

func transactOnMock(t *testing.T, addr string, version KafkaVersion) {
	config := NewConfig()
	config.Version = version
	config.Producer.Return.Successes = true
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = WaitForAll
	config.Net.MaxOpenRequests = 1
	config.Producer.Transaction.ID = "tx"
	producer, err := NewSyncProducer([]string{addr}, config)
	require.NoError(t, err)
	require.NoError(t, producer.BeginTxn())
	_, _, err = producer.SendMessage(&ProducerMessage{Topic: "topic", Value: StringEncoder("a")})
	require.NoError(t, err)
	require.NoError(t, producer.AddOffsetsToTxn(map[string][]*PartitionOffsetMetadata{"topic": {{Partition: 1, Offset: 4}}}, "group"))
	require.NoError(t, producer.CommitTxn())
	require.NoError(t, producer.Close())
}

func consumeOnMock(t *testing.T, client Client) {
	consumer, err := NewConsumerFromClient(client)
	require.NoError(t, err)
	pc, err := consumer.ConsumePartition("topic", 1, OffsetOldest)
	require.NoError(t, err)
	for offset, value := range []string{"a", "b", "c"} {
		m := <-pc.Messages()
		require.EqualValues(t, offset, m.Offset)
		require.Equal(t, value, string(m.Value))
	}
	require.EqualValues(t, 3, pc.HighWaterMarkOffset())
	require.NoError(t, pc.Close())
	require.NoError(t, consumer.Close())
}

// untilLast ends the session when the last message of a partition has come.
type untilLast struct {
	last   int64
	cancel context.CancelFunc
	values []string
}

func (h *untilLast) Setup(ConsumerGroupSession) error   { return nil }
func (h *untilLast) Cleanup(ConsumerGroupSession) error { return nil }
func (h *untilLast) ConsumeClaim(s ConsumerGroupSession, claim ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		h.values = append(h.values, string(m.Value))
		s.MarkMessage(m, "")
		if m.Offset == h.last {
			h.cancel()
		}
	}
	return nil
}

func joinOnMock(t *testing.T, client Client, b *MockBroker) {
	group, err := NewConsumerGroupFromClient("group", client)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	h := &untilLast{last: 2, cancel: cancel}
	err = group.Consume(ctx, []string{"topic"}, h)
	if err != nil {
		require.ErrorIs(t, err, context.Canceled)
	}
	require.NoError(t, group.Close())
	require.Equal(t, []string{"a", "b", "c"}, h.values)
	var committed []int64
	for _, exchange := range b.History() {
		if commit, ok := exchange.Request.(*OffsetCommitRequest); ok && commit.ConsumerGroup == "group" {
			for _, p := range protocol.CommittedOffsets(commit) {
				committed = append(committed, p.Offset)
			}
		}
	}
	require.Equal(t, int64(3), committed[len(committed)-1])
}

func TestAnEmptyListOfAPIsIsNoRestriction(t *testing.T) {
	b := NewMockBroker(t, 1)
	defer b.Close()
	b.Returns(new(ApiVersionsResponse))
	broker := NewBroker(b.Addr())
	require.NoError(t, broker.Open(NewConfig()))
	b.Returns(&HeartbeatResponse{Err: ErrUnknownMemberId})
	answer, err := broker.Heartbeat(&HeartbeatRequest{GroupId: "g"})
	require.NoError(t, err)
	require.Equal(t, ErrUnknownMemberId, answer.Err)
	require.NoError(t, broker.Close())
}

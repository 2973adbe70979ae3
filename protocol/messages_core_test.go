package protocol

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bodyOf writes a message that must be writable.
func bodyOf(t *testing.T, m Message) []byte {
	t.Helper()
	b, err := Marshal(m)
	require.NoError(t, err)
	return b
}

// KIP-511: a broker that does not know the request's version answers at version 0.
func TestApiVersionsAnswersAtVersion0ToAnUnknownVersion(t *testing.T) {
	for _, asked := range []int16{0, 3, 5} {
		sent := &ApiVersionsResponse{
			Version:   asked,
			ErrorCode: int16(ErrUnsupportedVersion),
			ApiKeys:   []ApiVersionsResponseKey{{ApiKey: KeyApiVersions, MaxVersion: 4}},
		}
		b := bodyOf(t, sent)
		require.Equal(t, []byte{0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4}, b)
		got := &ApiVersionsResponse{Version: asked}
		require.NoError(t, Unmarshal(b, got))
		require.Zero(t, got.Version)
		require.Equal(t, sent.ApiKeys, got.ApiKeys)
	}
	empty := &ApiVersionsResponse{Version: 3}
	require.NoError(t, Unmarshal([]byte{0, 35, 0, 0, 0, 0}, empty), "as Kafka before 2.4 answers")
	require.Empty(t, empty.ApiKeys)
}

func TestApiVersionsKeysHaveTheVersionOfTheResponse(t *testing.T) {
	got := &ApiVersionsResponse{Version: 4}
	require.NoError(t, Unmarshal(bodyOf(t, &ApiVersionsResponse{Version: 4, ApiKeys: []ApiVersionsResponseKey{{ApiKey: 1}}}), got))
	require.Equal(t, []ApiVersionsResponseKey{{Version: 4, ApiKey: 1}}, got.ApiKeys)
	require.Zero(t, got.FinalizedFeaturesEpoch, "an epoch of 0 is known")
	require.NoError(t, Unmarshal(bodyOf(t, &ApiVersionsResponse{Version: 4, FinalizedFeaturesEpoch: -1}), got))
	require.EqualValues(t, -1, got.FinalizedFeaturesEpoch)
}

func TestMetadataRequestAsksForAllSomeOrNone(t *testing.T) {
	for version := int16(0); version <= 13; version++ {
		for name, in := range map[string]*MetadataRequest{
			"all":      {},
			"no slice": {Topics: []string{}},
			"some":     {Topics: []string{"a", "b"}},
			"none":     {NoTopics: true},
			"ids":      {TopicIDs: []Uuid{{1}, {2}}},
			"mixed":    {Topics: []string{"a", "", "c"}, TopicIDs: []Uuid{{}, {2}}},
		} {
			in.Version = version
			ids := len(in.TopicIDs) > 0
			if version == 0 && name == "none" || version < 10 && ids {
				continue
			}
			got := &MetadataRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, in), got))
			want := in.Topics
			switch name {
			case "no slice":
				want = nil
			case "ids":
				want = []string{"", ""}
			}
			require.Equal(t, want, got.Topics, "v%d %s", version, name)
			require.Equal(t, in.TopicIDs, got.TopicIDs, "v%d %s", version, name)
			require.Equal(t, in.NoTopics, got.NoTopics, "v%d %s", version, name)
		}
	}
}

func TestConsumerMetadataRequestFindsAGroupsCoordinator(t *testing.T) {
	for version := int16(0); version <= 6; version++ {
		b := bodyOf(t, &ConsumerMetadataRequest{Version: version, ConsumerGroup: "group"})
		require.Equal(t, bodyOf(t, &FindCoordinatorRequest{Version: version, CoordinatorKey: "group"}), b)
		got := &ConsumerMetadataRequest{Version: version}
		require.NoError(t, Unmarshal(b, got))
		require.Equal(t, "group", got.ConsumerGroup)
	}
}

func TestFindCoordinatorReadsTheFirstOfManyAsTheOne(t *testing.T) {
	text := "no"
	first := &CoordinatorAddress{Key: "a", Coordinator: BrokerAddress{ID: 3, Host: "h", Port: 9092}, Err: ErrNotCoordinatorForConsumer, ErrMsg: &text}
	in := &FindCoordinatorResponse{Version: 4, Coordinators: []*CoordinatorAddress{first, {Key: "b"}}}
	got := &FindCoordinatorResponse{Version: 4}
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	require.Equal(t, in.Coordinators, got.Coordinators)
	require.Equal(t, &first.Coordinator, got.Coordinator)
	require.Equal(t, first.Err, got.Err)
	require.Equal(t, first.ErrMsg, got.ErrMsg)

	got = &FindCoordinatorResponse{Version: 3}
	require.NoError(t, Unmarshal(bodyOf(t, &FindCoordinatorResponse{Version: 3}), got))
	require.Equal(t, &BrokerAddress{ID: -1, Port: -1}, got.Coordinator, "no coordinator")
}

func TestTopicsKnownByTheirIDsGoByTheIDsText(t *testing.T) {
	id := Uuid{1, 2, 3}
	r := &FetchRequest{Version: 13}
	r.AddBlock("topic", 4, 100, 1<<20, 7)
	SetFetchTopicID(r, "topic", id)
	ForgetFetchPartition(r, "topic", 5)
	got := &FetchRequest{Version: 13}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, []FetchPartition{{id.String(), id, 4, 100, 1 << 20, 7}}, RequestedPartitions(got))
	require.Equal(t, map[string][]int32{id.String(): {5}}, ForgottenPartitions(got))
	require.Equal(t, map[string]Uuid{id.String(): id}, got.TopicIDs)
	require.Equal(t, bodyOf(t, r), bodyOf(t, got))
}

func TestFetchRequestIsAConsumersUnlessItSaysOtherwise(t *testing.T) {
	for _, version := range []int16{0, 14, 18} {
		for _, replica := range []*FetchReplica{nil, {ID: 0, Epoch: -1}, {ID: 5, Epoch: -1}} {
			got := &FetchRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, &FetchRequest{Version: version, Replica: replica}), got))
			require.Equal(t, replica, got.Replica)
		}
	}
	require.Equal(t, []byte{0xff, 0xff, 0xff, 0xff}, bodyOf(t, &FetchRequest{})[:4])
}

func TestOffsetRequestReplica(t *testing.T) {
	r := NewOffsetRequest(V2_0_0_0)
	require.EqualValues(t, -1, r.ReplicaID())
	for _, id := range []int32{-2, 0, 7} {
		r.SetReplicaID(id)
		require.Equal(t, id, r.ReplicaID())
		got := &OffsetRequest{Version: r.Version}
		require.NoError(t, Unmarshal(bodyOf(t, r), got))
		require.Equal(t, id, got.ReplicaID())
	}
	r.AddBlock("b", 1, -1, 1)
	r.AddBlock("a", 2, 1000, 1)
	require.Equal(t, []OffsetPartition{{"a", 2, 1000, -1, 1}, {"b", 1, -1, -1, 1}}, RequestedOffsets(r))
}

func TestOffsetResponseKeepsTheOffsetInBothPlaces(t *testing.T) {
	r := &OffsetResponse{Version: 5}
	r.AddTopicPartition("t", 0, 42)
	got := &OffsetResponse{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, []int64{42}, got.GetBlock("t", 0).Offsets)
	require.EqualValues(t, 42, got.GetBlock("t", 0).Offset)
	require.Nil(t, got.GetBlock("t", 1))
	require.Nil(t, (&OffsetResponse{}).GetBlock("t", 0))
}

func TestProduceResponseTimestampIsSetFromVersion2On(t *testing.T) {
	r := new(ProduceResponse)
	r.AddTopicPartition("t", 0, ErrNoError)
	require.Zero(t, r.GetBlock("t", 0).Timestamp)
	r.Version = 2
	r.AddTopicPartition("t", 0, ErrNotLeaderForPartition)
	require.WithinDuration(t, time.Now(), r.GetBlock("t", 0).Timestamp, time.Minute)
	got := &ProduceResponse{Version: 2}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, r.GetBlock("t", 0).Timestamp.UnixMilli(), got.GetBlock("t", 0).Timestamp.UnixMilli())
	require.ErrorIs(t, got.GetBlock("t", 0).Err, ErrNotLeaderForPartition)

	r.GetBlock("t", 0).Timestamp = time.Time{}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Zero(t, got.GetBlock("t", 0).Timestamp)
}

func TestTopicErrorsAreErrors(t *testing.T) {
	text := "because"
	require.EqualError(t, &TopicError{Err: ErrTopicAlreadyExists}, ErrTopicAlreadyExists.Error())
	require.EqualError(t, &TopicError{Err: ErrTopicAlreadyExists, ErrMsg: &text}, ErrTopicAlreadyExists.Error()+" - because")
	require.ErrorIs(t, &TopicError{Err: ErrTopicAlreadyExists}, ErrTopicAlreadyExists)
	require.EqualError(t, &TopicPartitionError{Err: ErrInvalidPartitions, ErrMsg: &text}, ErrInvalidPartitions.Error()+" - because")
	require.ErrorIs(t, &TopicPartitionError{Err: ErrInvalidPartitions}, ErrInvalidPartitions)
}

func TestCreateTopicsResponseNeedsAResultForEachTopic(t *testing.T) {
	r := &CreateTopicsResponse{Version: 5, TopicErrors: map[string]*TopicError{"t": {}}}
	_, err := Marshal(r)
	require.ErrorContains(t, err, "expected TopicResult for topic, t, for V5 protocol")
	r.TopicResults = map[string]*CreatableTopicResult{"t": {NumPartitions: 3}}
	got := &CreateTopicsResponse{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, r, got)
}

func TestConfigSourceNames(t *testing.T) {
	require.Equal(t, "Topic", SourceTopic.String())
	require.Equal(t, "Default", SourceDefault.String())
	require.Equal(t, "Source Invalid: 6", (SourceDefault + 1).String())
	require.Equal(t, "Source Invalid: -1", ConfigSource(-1).String())
}

func TestFetchPartitionsAreWrittenAsBlocksAre(t *testing.T) {
	ids := map[string]Uuid{"a": {1}, "b": {2}}
	wanted := []FetchPartition{
		{"a", ids["a"], 3, 100, 1 << 20, 7}, {"a", ids["a"], 4, 0, 1 << 10, -1}, {"b", ids["b"], 0, 1 << 40, 1, 0},
	}
	for version := int16(0); version <= 18; version++ {
		blocks, list := &FetchRequest{Version: version, TopicIDs: ids}, &FetchRequest{Version: version, TopicIDs: ids}
		for _, p := range wanted {
			blocks.AddBlock(p.Topic, p.Partition, p.Offset, p.MaxBytes, p.LeaderEpoch)
		}
		SetFetchPartitions(list, wanted)
		require.Equal(t, wanted, RequestedPartitions(list))
		require.Equal(t, wanted, RequestedPartitions(blocks))
		require.Len(t, bodyOf(t, list), len(bodyOf(t, blocks)), "v%d: maps have no order", version)
		for _, p := range wanted {
			block, one := &FetchRequest{Version: version, TopicIDs: ids}, &FetchRequest{Version: version, TopicIDs: ids}
			block.AddBlock(p.Topic, p.Partition, p.Offset, p.MaxBytes, p.LeaderEpoch)
			SetFetchPartitions(one, []FetchPartition{p})
			require.Equal(t, bodyOf(t, block), bodyOf(t, one), "v%d", version)
		}

		list.AddBlock("a", 3, 5, 6, 7)
		require.Equal(t, []FetchPartition{{"a", ids["a"], 3, 5, 6, 7}}, RequestedPartitions(list))
	}
}

func TestProducedBlocksTakeTheMemoryOfTheLast(t *testing.T) {
	message := "why"
	first := &ProduceResponse{Version: 11, NodeEndpoints: []*ProduceResponseNodeEndpoint{{NodeID: 1, Host: "h"}}}
	first.AddTopicPartition("a", 1, ErrNoError)
	first.AddTopicPartition("a", 2, ErrInvalidRecord)
	first.Blocks["a"][2].ErrorMessage = &message
	second := &ProduceResponse{Version: 11}
	second.AddTopicPartition("b", 3, ErrNoError)

	var got ProduceResponse
	got.Version = 11
	require.NoError(t, UnmarshalOpaque(bodyOf(t, first), &got))
	require.Len(t, ProducedBlocks(&got), 2)
	require.Equal(t, ErrInvalidRecord, got.GetBlock("a", 2).Err)
	require.Equal(t, &message, got.GetBlock("a", 2).ErrorMessage)
	require.Len(t, got.NodeEndpoints, 1)
	require.Empty(t, got.Blocks)

	memory := &ProducedBlocks(&got)[0]
	require.NoError(t, UnmarshalOpaque(bodyOf(t, second), &got))
	require.Same(t, memory, &ProducedBlocks(&got)[0])
	require.Len(t, ProducedBlocks(&got), 1)
	require.Nil(t, got.GetBlock("a", 2))
	require.Zero(t, got.GetBlock("b", 3).ErrorMessage)
	require.Empty(t, got.NodeEndpoints)

	require.NoError(t, Unmarshal(bodyOf(t, first), &got))
	require.Empty(t, ProducedBlocks(&got))
	require.Len(t, got.Blocks["a"], 2)
}

package protocol

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOffsetCommitRequestIsMadeForAKafkaVersion(t *testing.T) {
	for version, want := range map[KafkaVersion]int16{
		{}: 1, V0_8_2_0: 1, V0_9_0_0: 2, V0_10_2_0: 2, V0_11_0_0: 3, V1_1_0_0: 3, V2_0_0_0: 4,
		V2_1_0_0: 6, V2_2_0_0: 6, V2_3_0_0: 7, V2_4_0_0: 8, V4_4_0_0: 8,
	} {
		kept := NewOffsetCommitRequest(version, time.Hour, "g")
		forBroker := NewOffsetCommitRequest(version, 0, "g")
		require.Equal(t, want, kept.Version, version)
		require.Equal(t, "g", kept.ConsumerGroup)
		require.EqualValues(t, GroupGenerationUndefined, kept.ConsumerGroupGeneration)
		if want >= 2 && want <= 4 {
			require.EqualValues(t, 3_600_000, kept.RetentionTime)
			require.EqualValues(t, -1, forBroker.RetentionTime)
		} else {
			require.Zero(t, kept.RetentionTime)
			require.Zero(t, forBroker.RetentionTime)
		}
	}
}

func TestOffsetCommitRequestHoldsOffsets(t *testing.T) {
	r := &OffsetCommitRequest{Version: 8}
	_, _, err := r.Offset("a", 1)
	require.EqualError(t, err, "no such offset")
	r.AddBlock("b", 0, 5, ReceiveTime, "")
	r.AddBlockWithLeaderEpoch("a", 1, 7, 3, 0, "kept")
	r.AddBlockWithLeaderEpoch("a", 0, 6, -1, 0, "")
	offset, metadata, err := r.Offset("a", 1)
	require.NoError(t, err)
	require.EqualValues(t, 7, offset)
	require.Equal(t, "kept", metadata)
	_, _, err = r.Offset("a", 2)
	require.EqualError(t, err, "no such offset")
	require.Equal(t, []OffsetCommitPartition{
		{Topic: "a", Partition: 0, Offset: 6, LeaderEpoch: -1},
		{Topic: "a", Partition: 1, Offset: 7, LeaderEpoch: 3, Metadata: "kept"},
		{Topic: "b", Partition: 0, Offset: 5, Timestamp: -1},
	}, CommittedOffsets(r))
}

func TestOffsetCommitSendsTopicIDs(t *testing.T) {
	id := Uuid{9}
	r := &OffsetCommitRequest{Version: 10, TopicIDs: map[string]Uuid{"a": id}}
	r.AddBlock("a", 1, 7, 0, "")
	got := &OffsetCommitRequest{Version: 10}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, CommittedOffsets(got)[0].Topic, id.String())
	require.Equal(t, map[string]Uuid{id.String(): id}, got.TopicIDs)
}

func TestOffsetCommitResponseHoldsErrors(t *testing.T) {
	r := &OffsetCommitResponse{Version: 8}
	got := &OffsetCommitResponse{Version: 8}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Nil(t, got.Errors)
	r.AddError("a", 1, ErrNoError)
	r.AddError("a", 2, ErrOffsetMetadataTooLarge)
	r.AddError("b", 0, ErrNoError)
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, map[string]map[int32]KError{"a": {1: ErrNoError, 2: ErrOffsetMetadataTooLarge}, "b": {0: ErrNoError}}, got.Errors)
}

func TestOffsetFetchRequestIsMadeForAKafkaVersion(t *testing.T) {
	partitions := map[string][]int32{"a": {1}}
	for version, want := range map[KafkaVersion]int16{
		{}: 0, V0_8_2_0: 1, V0_10_1_0: 1, V0_10_2_0: 2, V0_11_0_0: 3, V1_1_0_0: 3, V2_0_0_0: 4,
		V2_1_0_0: 5, V2_3_0_0: 5, V2_4_0_0: 6, V2_5_0_0: 7, V2_8_0_0: 7, V3_0_0_0: 8, V4_4_0_0: 8,
	} {
		r := NewOffsetFetchRequest(version, "g", partitions)
		require.Equal(t, want, r.Version, version)
		require.Equal(t, []OffsetFetchRequestGroup{{GroupId: "g", Partitions: partitions}}, OffsetFetchGroups(r))
	}
}

func TestOffsetFetchRequestGoesOutAtALowerVersion(t *testing.T) {
	added := NewOffsetFetchRequest(V4_0_0_0, "g", nil)
	added.AddPartition("a", 1)
	for name, r := range map[string]*OffsetFetchRequest{
		"made with partitions": NewOffsetFetchRequest(V4_0_0_0, "g", map[string][]int32{"a": {1}}),
		"partitions added":     added,
		"groups alone":         {Groups: []OffsetFetchRequestGroup{{GroupId: "g", Partitions: map[string][]int32{"a": {1}}}}},
	} {
		for version := int16(0); version <= 10; version++ {
			r.Version = version
			if version == 10 {
				r.Groups[0].TopicIDs = map[string]Uuid{"a": {1}}
			}
			got := &OffsetFetchRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, r), got), name)
			groups := OffsetFetchGroups(got)
			require.Len(t, groups, 1)
			require.Equal(t, "g", groups[0].GroupId)
			if version == 10 {
				require.Equal(t, map[string][]int32{Uuid{1}.String(): {1}}, groups[0].Partitions)
			} else {
				require.Equal(t, map[string][]int32{"a": {1}}, groups[0].Partitions, "%s v%d", name, version)
			}
		}
	}
}

func TestOffsetFetchRequestAsksForAllOrNone(t *testing.T) {
	for version := int16(2); version <= 10; version++ {
		all := &OffsetFetchRequest{Version: version, ConsumerGroup: "g"}
		if version >= 8 {
			all.Groups = []OffsetFetchRequestGroup{{GroupId: "g"}}
		}
		got := &OffsetFetchRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, all), got))
		require.Nil(t, OffsetFetchGroups(got)[0].Partitions, "v%d", version)

		none := &OffsetFetchRequest{Version: version, ConsumerGroup: "g"}
		none.ZeroPartitions()
		require.NoError(t, Unmarshal(bodyOf(t, none), got))
		require.Equal(t, map[string][]int32{}, OffsetFetchGroups(got)[0].Partitions, "v%d", version)
		require.Equal(t, "g", OffsetFetchGroups(got)[0].GroupId)
	}
}

func TestOffsetFetchRequestAddsToGroups(t *testing.T) {
	r := &OffsetFetchRequest{Version: 8, ConsumerGroup: "g"}
	r.AddPartition("a", 1)
	r.AddGroupPartition("h", "b", 2)
	r.AddGroupPartition("g", "a", 3)
	want := []OffsetFetchRequestGroup{
		{GroupId: "g", Partitions: map[string][]int32{"a": {1, 3}}},
		{GroupId: "h", Partitions: map[string][]int32{"b": {2}}},
	}
	require.Equal(t, want, r.Groups)
	r.Groups[1].Member = &OffsetFetchMember{Epoch: 4}
	r.Version = 9
	got := &OffsetFetchRequest{Version: 9}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, r.Groups, got.Groups)

	old := &OffsetFetchRequest{Version: 1, ConsumerGroup: "g"}
	old.ZeroPartitions()
	old.AddPartition("a", 1)
	require.Equal(t, map[string][]int32{"a": {1}}, OffsetFetchGroups(old)[0].Partitions)
}

func TestOffsetFetchRequestRefusesWhatAVersionLacks(t *testing.T) {
	for text, r := range map[string]*OffsetFetchRequest{
		"requireStable is not supported. use version 7 or later": {Version: 6, RequireStable: true},
		"version 8 or later requires Groups to be populated":     {Version: 8, ConsumerGroup: "g"},
		"multiple groups require version 8 or later":             {Version: 7, Groups: make([]OffsetFetchRequestGroup, 2)},
	} {
		_, err := Marshal(r)
		var refused PacketEncodingError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, text, refused.Info)
	}
	r := &OffsetFetchRequest{Version: 7, ConsumerGroup: "g"}
	RequireStableIfKnown(r)
	got := &OffsetFetchRequest{Version: 7}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.True(t, got.RequireStable)
	r.Version, got.Version = 6, 6
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
}

func TestOffsetFetchResponseHoldsGroups(t *testing.T) {
	block := func(offset int64) *OffsetFetchResponseBlock {
		return &OffsetFetchResponseBlock{Offset: offset, LeaderEpoch: -1}
	}
	old := &OffsetFetchResponse{Version: 7, Err: ErrNotCoordinatorForConsumer}
	require.Nil(t, old.GetBlock("a", 1))
	old.AddGroupBlock("whatever", "a", 1, block(3))
	require.Equal(t, block(3), old.GetBlock("a", 1))
	require.Equal(t, ErrNotCoordinatorForConsumer, old.GroupError())
	require.Nil(t, old.GetGroup("whatever"))
	require.Nil(t, old.GetGroupBlock("whatever", "a", 1))

	r := &OffsetFetchResponse{Version: 8}
	require.Equal(t, ErrNoError, r.GroupError())
	require.Nil(t, r.GetBlock("a", 1))
	r.AddBlock("a", 1, block(1))
	r.Groups[0].GroupId, r.Groups[0].Err = "g", ErrUnknownMemberId
	r.AddGroupBlock("h", "a", 1, block(2))
	r.AddGroupBlock("g", "b", 0, block(4))
	got := &OffsetFetchResponse{Version: 8}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, r.Groups, got.Groups)
	require.Equal(t, r.Groups[0].Blocks, got.Blocks)
	require.Equal(t, ErrUnknownMemberId, got.Err)
	require.Equal(t, ErrUnknownMemberId, got.GroupError())
	require.Equal(t, block(1), got.GetBlock("a", 1))
	require.Equal(t, block(2), got.GetGroupBlock("h", "a", 1))
	require.Nil(t, got.GetGroupBlock("nobody", "a", 1))
}

func TestOffsetFetchResponseReadsMaps(t *testing.T) {
	got := &OffsetFetchResponse{Version: 7}
	require.NoError(t, Unmarshal(bodyOf(t, &OffsetFetchResponse{Version: 7}), got))
	require.Nil(t, got.Blocks)
	require.NoError(t, Unmarshal(bodyOf(t, &OffsetFetchResponse{
		Version: 7, Blocks: map[string]map[int32]*OffsetFetchResponseBlock{"a": {}},
	}), got))
	require.Equal(t, map[string]map[int32]*OffsetFetchResponseBlock{"a": nil}, got.Blocks)
	got.Version = 8
	require.NoError(t, Unmarshal(bodyOf(t, &OffsetFetchResponse{Version: 8}), got))
	require.Nil(t, got.Groups)
	require.Nil(t, got.Blocks, "what an earlier message had is gone")
	require.NoError(t, Unmarshal(bodyOf(t, &OffsetFetchResponse{Version: 8, Groups: make([]OffsetFetchResponseGroup, 1)}), got))
	require.Equal(t, map[string]map[int32]*OffsetFetchResponseBlock{}, got.Blocks)
	got.Version = 4
	require.NoError(t, Unmarshal(bodyOf(t, &OffsetFetchResponse{
		Version: 4, Blocks: map[string]map[int32]*OffsetFetchResponseBlock{"a": {1: {}}},
	}), got))
	require.EqualValues(t, -1, got.GetBlock("a", 1).LeaderEpoch, "no epoch is known below v5")
}

func TestDeleteOffsets(t *testing.T) {
	r := &DeleteOffsetsRequest{Group: "g"}
	got := new(DeleteOffsetsRequest)
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Nil(t, DeletedOffsets(got))
	r.AddPartition("a", 1)
	r.AddPartition("a", 2)
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, map[string][]int32{"a": {1, 2}}, DeletedOffsets(got))

	answer := &DeleteOffsetsResponse{ThrottleTime: time.Second}
	answer.AddError("a", 1, ErrGroupSubscribedToTopic)
	answer.AddError("a", 2, ErrNoError)
	back := new(DeleteOffsetsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, answer), back))
	require.Equal(t, answer, back)
}

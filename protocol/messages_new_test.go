package protocol

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/seed20e6684a/sarama/internal/wire"
	"github.com/stretchr/testify/require"
)

// TestShareFetchLeavesRecordsInPlace: records are a part of what was read; null, which v1 has no place for, is not written.
func TestShareFetchLeavesRecordsInPlace(t *testing.T) {
	in := &ShareFetchResponse{Version: 1, Responses: []ShareFetchTopicResponse{{
		Partitions: []ShareFetchPartitionResponse{{Records: []byte("batch")}, {}},
	}}}
	body, err := Marshal(in)
	require.NoError(t, err)
	for _, read := range []func([]byte, Message) error{Unmarshal, UnmarshalOpaque} {
		var out ShareFetchResponse
		SetVersion(&out, 1)
		require.NoError(t, read(body, &out))
		partitions := out.Responses[0].Partitions
		require.Equal(t, []byte("batch"), partitions[0].Records)
		require.Equal(t, []byte{}, partitions[1].Records)
		at := bytes.Index(body, []byte("batch"))
		require.Same(t, &body[at], &partitions[0].Records[0], "the records were copied")
	}
}

// TestWhatAVersionLacksReadsAsKafkasDefault covers the fields whose default is not the zero value.
func TestWhatAVersionLacksReadsAsKafkasDefault(t *testing.T) {
	carry := func(in, out Message) {
		t.Helper()
		body, err := Marshal(in)
		require.NoError(t, err)
		SetVersion(out, VersionOf(in))
		require.NoError(t, Unmarshal(body, out))
	}
	var quorum DescribeQuorumResponse
	carry(&DescribeQuorumResponse{Topics: []DescribeQuorumResponseTopic{{
		Partitions: []DescribeQuorumResponsePartition{{CurrentVoters: []QuorumReplicaState{{ReplicaID: 1}}}},
	}}}, &quorum)
	voter := quorum.Topics[0].Partitions[0].CurrentVoters[0]
	require.Equal(t, int64(-1), voter.LastFetchTimestamp)
	require.Equal(t, int64(-1), voter.LastCaughtUpTimestamp)

	var add AddRaftVoterRequest
	carry(&AddRaftVoterRequest{}, &add)
	require.True(t, add.AckWhenCommitted)

	var list ListConfigResourcesResponse
	carry(&ListConfigResourcesResponse{ConfigResources: []ListedConfigResource{{ResourceName: "m"}}}, &list)
	require.Equal(t, ClientMetricsResource, list.ConfigResources[0].ResourceType)

	var offsets DescribeShareGroupOffsetsResponse
	carry(&DescribeShareGroupOffsetsResponse{Groups: []DescribeShareGroupOffsetsResponseGroup{{
		Topics: []DescribeShareGroupOffsetsResponseTopic{{Partitions: []DescribeShareGroupOffsetsResponsePartition{{}}}},
	}}}, &offsets)
	require.Equal(t, int64(-1), offsets.Groups[0].Topics[0].Partitions[0].Lag)

	var write WriteShareGroupStateRequest
	carry(&WriteShareGroupStateRequest{Topics: []WriteShareGroupStateTopic{{
		Partitions: []WriteShareGroupStatePartition{{}},
	}}}, &write)
	require.Equal(t, int32(-1), write.Topics[0].Partitions[0].DeliveryCompleteCount)

	var summary ReadShareGroupStateSummaryResponse
	carry(&ReadShareGroupStateSummaryResponse{Results: []ReadShareGroupStateSummaryResult{{
		Partitions: []ReadShareGroupStateSummaryPartitionResult{{}},
	}}}, &summary)
	require.Equal(t, int32(-1), summary.Results[0].Partitions[0].DeliveryCompleteCount)
}

func TestStreamsHeartbeatLagOfTwoWidths(t *testing.T) {
	for _, version := range []int16{0, 1} {
		in := &StreamsGroupHeartbeatResponse{Version: version, AcceptableRecoveryLag: 10000, TaskOffsetInterval: time.Minute}
		body, err := Marshal(in)
		require.NoError(t, err)
		out := &StreamsGroupHeartbeatResponse{Version: version}
		require.NoError(t, Unmarshal(body, out))
		require.Equal(t, in.AcceptableRecoveryLag, out.AcceptableRecoveryLag)
		require.Equal(t, in.TaskOffsetInterval, out.TaskOffsetInterval)
	}
	_, err := Marshal(&StreamsGroupHeartbeatResponse{AcceptableRecoveryLag: math.MaxInt32 + 1})
	require.ErrorAs(t, err, new(PacketEncodingError))
	require.ErrorContains(t, err, wire.ErrTooLong.Error())
}

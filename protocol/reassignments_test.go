package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestElectLeadersInSomeNoOrAllPartitions(t *testing.T) {
	some := map[string][]int32{"t": {1, 2}}
	for version := int16(0); version <= 2; version++ {
		for name, in := range map[string]*ElectLeadersRequest{
			"some":               {TopicPartitions: some},
			"none":               {},
			"empty":              {TopicPartitions: map[string][]int32{}},
			"all":                {AllPartitions: true},
			"all and partitions": {AllPartitions: true, TopicPartitions: some},
		} {
			in.Version, in.TimeoutMs = version, 5
			got := &ElectLeadersRequest{Version: version, AllPartitions: true}
			require.NoError(t, Unmarshal(bodyOf(t, in), got))
			want := &ElectLeadersRequest{Version: version, TimeoutMs: 5, AllPartitions: in.AllPartitions}
			if name == "some" {
				want.TopicPartitions = some
			}
			require.Equal(t, want, got, "v%d %s", version, name)
		}
	}
	none := bodyOf(t, &ElectLeadersRequest{})
	require.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 0}, none, "a request without partitions elects nowhere")
}

func TestReassignmentsOfARequest(t *testing.T) {
	for version := int16(0); version <= 1; version++ {
		in := &AlterPartitionReassignmentsRequest{Version: version, TimeoutMs: 7, AllowReplicationFactorChange: version == 1}
		in.AddBlock("a", 0, []int32{1, 2})
		in.AddBlock("a", 1, nil)
		in.AddBlock("b", 0, []int32{})
		got := &AlterPartitionReassignmentsRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, in), got))
		require.Equal(t, in, got)
		require.Equal(t, map[string]map[int32][]int32{"a": {0: {1, 2}, 1: nil}, "b": {0: {}}}, RequestedReassignments(got))
	}
	got := new(AlterPartitionReassignmentsRequest)
	require.NoError(t, Unmarshal(bodyOf(t, new(AlterPartitionReassignmentsRequest)), got))
	require.Empty(t, RequestedReassignments(got))
}

func TestReassignmentErrors(t *testing.T) {
	text := "no"
	in := &AlterPartitionReassignmentsResponse{Version: 1, AllowReplicationFactorChange: true}
	empty := &AlterPartitionReassignmentsResponse{Version: 1}
	require.NoError(t, Unmarshal(bodyOf(t, in), empty))
	require.Nil(t, empty.Errors)
	in.AddError("t", 3, ErrNoReassignmentInProgress, &text)
	in.AddError("t", 4, ErrNoError, nil)
	got := &AlterPartitionReassignmentsResponse{Version: 1}
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	require.Equal(t, in, got)
}

func TestPartitionsWhoseReassignmentsAreListed(t *testing.T) {
	first := make([]int32, 1, 8)
	in := new(ListPartitionReassignmentsRequest)
	in.AddBlock("a", first)
	in.AddBlock("a", []int32{1, 2})
	in.AddBlock("b", []int32{3})
	require.Zero(t, first[:2][1], "the caller's slice is its own")
	got := new(ListPartitionReassignmentsRequest)
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	require.Equal(t, map[string][]int32{"a": {0, 1, 2}, "b": {3}}, PartitionsToList(got))
	require.False(t, got.AllPartitions)

	in.AllPartitions = true
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	require.Equal(t, &ListPartitionReassignmentsRequest{AllPartitions: true}, got)
	require.Empty(t, PartitionsToList(got))

	res, none := new(ListPartitionReassignmentsResponse), new(ListPartitionReassignmentsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, res), none))
	require.NotNil(t, none.TopicStatus)
	res.AddBlock("t", 1, []int32{1}, []int32{2}, []int32{3})
	read := new(ListPartitionReassignmentsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, res), read))
	require.Equal(t, res, read)
}

func TestDescribeLogDirsOfAllTopicsIsNull(t *testing.T) {
	for version := int16(0); version <= 5; version++ {
		for _, topics := range [][]DescribeLogDirsRequestTopic{nil, {}} {
			b := bodyOf(t, &DescribeLogDirsRequest{Version: version, DescribeTopics: topics})
			want := []byte{0xff, 0xff, 0xff, 0xff}
			if version >= 2 {
				want = []byte{0, 0}
			}
			require.Equal(t, want, b, "v%d", version)
			got := &DescribeLogDirsRequest{Version: version}
			require.NoError(t, Unmarshal(b, got))
			require.Equal(t, []DescribeLogDirsRequestTopic{}, got.DescribeTopics)
		}
	}
}

func TestDescribeDelegationTokensOfAllSomeOrNoOwners(t *testing.T) {
	for version := int16(0); version <= 3; version++ {
		for _, owners := range [][]KafkaPrincipal{nil, {}, {{PrincipalType: "User", PrincipalName: "n"}}} {
			got := &DescribeDelegationTokenRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, &DescribeDelegationTokenRequest{Version: version, Owners: owners}), got))
			require.Equal(t, owners, got.Owners, "v%d", version)
		}
	}
}

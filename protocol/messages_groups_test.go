package protocol

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestJoinGroupRequestIsMadeForAKafkaVersion(t *testing.T) {
	for version, want := range map[KafkaVersion]int16{
		{}: 0, V0_9_0_0: 0, V0_10_1_0: 1, V0_11_0_0: 2, V2_0_0_0: 3, V2_1_0_0: 3, V2_2_0_0: 4,
		V2_3_0_0: 5, V2_4_0_0: 6, V2_5_0_0: 7, V3_1_0_0: 7, V3_2_0_0: 8, V4_4_0_0: 8,
	} {
		require.Equal(t, want, NewJoinGroupRequest(version).Version, version)
	}
}

func TestJoinGroupRequestHasItsProtocolsInTwoForms(t *testing.T) {
	r := &JoinGroupRequest{Version: 8, GroupId: "g"}
	got := &JoinGroupRequest{Version: 8}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Nil(t, got.GroupProtocols)
	require.Nil(t, got.OrderedGroupProtocols)

	require.NoError(t, r.AddGroupProtocolMetadata("sticky", &ConsumerGroupMemberMetadata{Topics: []string{"a"}}))
	r.AddGroupProtocol("range", nil)
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	metadata := []byte{0, 0, 0, 0, 0, 1, 0, 1, 'a', 255, 255, 255, 255}
	require.Equal(t, []*GroupProtocol{{Name: "sticky", Metadata: metadata}, {Name: "range", Metadata: []byte{}}}, got.OrderedGroupProtocols)
	require.Equal(t, map[string][]byte{"sticky": metadata, "range": {}}, got.GroupProtocols)

	again := &JoinGroupRequest{Version: 8}
	require.NoError(t, Unmarshal(bodyOf(t, got), again), "what was read can be written")
	require.Equal(t, got, again)
	unordered := &JoinGroupRequest{Version: 8, GroupId: "g", GroupProtocols: map[string][]byte{"range": nil}}
	require.NoError(t, Unmarshal(bodyOf(t, unordered), again))
	require.Equal(t, []*GroupProtocol{{Name: "range", Metadata: []byte{}}}, again.OrderedGroupProtocols)
}

func TestJoinGroupRequestRefusesContradictions(t *testing.T) {
	for name, protocols := range map[string]map[string][]byte{
		"another name": {"b": {1}}, "other metadata": {"a": {2}}, "one more": {"a": {1}, "b": {1}},
	} {
		r := &JoinGroupRequest{GroupProtocols: protocols}
		r.AddGroupProtocol("a", []byte{1})
		_, err := Marshal(r)
		var refused PacketEncodingError
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, "cannot specify both GroupProtocols and OrderedGroupProtocols on JoinGroupRequest", refused.Info)
	}
}

func TestJoinGroupResponseHasMembers(t *testing.T) {
	got := &JoinGroupResponse{Version: 9}
	require.NoError(t, Unmarshal(bodyOf(t, &JoinGroupResponse{Version: 9, SkipAssignment: true}), got))
	require.True(t, got.SkipAssignment)
	require.Nil(t, got.Members)
	members, err := got.GetMembers()
	require.NoError(t, err)
	require.Equal(t, map[string]ConsumerGroupMemberMetadata{}, members)

	metadata := ConsumerGroupMemberMetadata{Version: 2, Topics: []string{"a"}, GenerationID: 3}
	b, err := EncodeSubscription(&metadata)
	require.NoError(t, err)
	got.Members = []GroupMember{{MemberId: "m", Metadata: b}, {MemberId: "n"}}
	members, err = got.GetMembers()
	require.NoError(t, err)
	require.Equal(t, map[string]ConsumerGroupMemberMetadata{"m": metadata, "n": {}}, members)

	got.Members[1].Metadata = []byte{0}
	_, err = got.GetMembers()
	require.ErrorIs(t, err, ErrInsufficientData)
}

func TestSyncGroupAssigns(t *testing.T) {
	r := &SyncGroupRequest{Version: 5}
	got := &SyncGroupRequest{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Nil(t, got.GroupAssignments)
	assignment := &ConsumerGroupMemberAssignment{Version: 1, Topics: map[string][]int32{"a": {1, 2}}}
	require.NoError(t, r.AddGroupAssignmentMember("m", assignment))
	r.AddGroupAssignment("n", []byte{})
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, r.GroupAssignments, got.GroupAssignments)

	answer := &SyncGroupResponse{Version: 5, MemberAssignment: got.GroupAssignments[0].Assignment}
	back := &SyncGroupResponse{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, answer), back))
	read, err := back.GetMemberAssignment()
	require.NoError(t, err)
	require.Equal(t, assignment, read)
	back.MemberAssignment = back.MemberAssignment[:3]
	_, err = back.GetMemberAssignment()
	require.ErrorIs(t, err, ErrInsufficientData)
	read, err = new(SyncGroupResponse).GetMemberAssignment()
	require.NoError(t, err)
	require.Equal(t, &ConsumerGroupMemberAssignment{}, read)
}

func TestGroupRequestsRefuseWhatCannotBeWritten(t *testing.T) {
	long := strings.Repeat("a", 1<<15)
	join, sync := new(JoinGroupRequest), new(SyncGroupRequest)
	var refused PacketEncodingError
	require.ErrorAs(t, join.AddGroupProtocolMetadata("range", &ConsumerGroupMemberMetadata{Topics: []string{long}}), &refused)
	require.ErrorAs(t, sync.AddGroupAssignmentMember("m", &ConsumerGroupMemberAssignment{Topics: map[string][]int32{long: nil}}), &refused)
	require.Empty(t, join.OrderedGroupProtocols)
	require.Empty(t, sync.GroupAssignments)
}

// Bytes that cannot be null are never written as null, and a peer that does so is understood.
func TestGroupBytesAreNotNull(t *testing.T) {
	require.Equal(t, []byte{0, 0, 0, 0, 0, 0}, bodyOf(t, &SyncGroupResponse{}))
	got := new(SyncGroupResponse)
	require.NoError(t, Unmarshal([]byte{0, 0, 0, 0, 0, 0}, got))
	require.Equal(t, []byte{}, got.MemberAssignment)
	require.NoError(t, Unmarshal([]byte{0, 0, 255, 255, 255, 255}, got))
	require.Nil(t, got.MemberAssignment)
}

func TestLeaveGroupNamesMembers(t *testing.T) {
	r := &LeaveGroupRequest{GroupId: "g", MemberId: "m", Members: []MemberIdentity{{MemberId: "n"}}}
	for version := int16(0); version <= 5; version++ {
		r.Version = version
		got := &LeaveGroupRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, r), got))
		if version < 3 {
			require.Equal(t, &LeaveGroupRequest{Version: version, GroupId: "g", MemberId: "m"}, got)
		} else {
			require.Equal(t, &LeaveGroupRequest{Version: version, GroupId: "g", Members: r.Members}, got)
		}
	}
	none := &LeaveGroupResponse{Version: 3}
	require.NoError(t, Unmarshal(bodyOf(t, none), none))
	require.Equal(t, []MemberResponse{}, none.Members)
}

func TestDescribeGroupsTellsErrorsAndMembers(t *testing.T) {
	request := new(DescribeGroupsRequest)
	request.AddGroup("g")
	request.AddGroup("h")
	require.Equal(t, []string{"g", "h"}, request.Groups)

	assignment := &ConsumerGroupMemberAssignment{Topics: map[string][]int32{"a": {1}}}
	metadata := &ConsumerGroupMemberMetadata{Topics: []string{"a"}}
	assigned, err := EncodeAssignment(assignment)
	require.NoError(t, err)
	subscribed, err := EncodeSubscription(metadata)
	require.NoError(t, err)
	got := &DescribeGroupsResponse{Version: 6}
	require.NoError(t, Unmarshal(bodyOf(t, &DescribeGroupsResponse{Version: 6, Groups: []*GroupDescription{
		{GroupId: "g", Members: map[string]*GroupMemberDescription{
			"m": {MemberId: "m", MemberAssignment: assigned, MemberMetadata: subscribed}, "n": {MemberId: "n"},
		}},
		{GroupId: "h", ErrorCode: int16(ErrNotCoordinatorForConsumer)},
	}}), got))
	require.Len(t, got.Groups, 2)
	require.Equal(t, ErrNoError, got.Groups[0].Err)
	require.EqualValues(t, 6, got.Groups[0].Version)
	require.Equal(t, ErrNotCoordinatorForConsumer, got.Groups[1].Err)
	require.Nil(t, got.Groups[1].Members)

	member := got.Groups[0].Members["m"]
	require.EqualValues(t, 6, member.Version)
	readAssignment, err := member.GetMemberAssignment()
	require.NoError(t, err)
	require.Equal(t, assignment, readAssignment)
	readMetadata, err := member.GetMemberMetadata()
	require.NoError(t, err)
	require.Equal(t, metadata, readMetadata)

	waiting := got.Groups[0].Members["n"]
	readAssignment, err = waiting.GetMemberAssignment()
	require.NoError(t, err)
	require.Nil(t, readAssignment)
	readMetadata, err = waiting.GetMemberMetadata()
	require.NoError(t, err)
	require.Nil(t, readMetadata)

	waiting.MemberAssignment, waiting.MemberMetadata = []byte{0}, []byte{0}
	_, err = waiting.GetMemberAssignment()
	require.ErrorIs(t, err, ErrInsufficientData)
	_, err = waiting.GetMemberMetadata()
	require.ErrorIs(t, err, ErrInsufficientData)

	require.NoError(t, Unmarshal(bodyOf(t, &DescribeGroupsResponse{Version: 6}), got))
	require.Nil(t, got.Groups)
}

func TestListGroupsTellsWhatTheVersionHas(t *testing.T) {
	data := GroupData{GroupState: "Stable", GroupType: "consumer"}
	r := &ListGroupsResponse{Groups: map[string]string{"g": "consumer"}, GroupsData: map[string]GroupData{"g": data}}
	for version := int16(0); version <= 5; version++ {
		r.Version = version
		got := &ListGroupsResponse{Version: version, GroupsData: map[string]GroupData{"old": data}}
		require.NoError(t, Unmarshal(bodyOf(t, r), got))
		require.Equal(t, r.Groups, got.Groups)
		switch version {
		case 5:
			require.Equal(t, r.GroupsData, got.GroupsData)
		case 4:
			require.Equal(t, map[string]GroupData{"g": {GroupState: "Stable"}}, got.GroupsData)
		default:
			require.Nil(t, got.GroupsData)
		}
	}
	got := &ListGroupsResponse{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, got), got))
	require.Nil(t, got.Groups)
	require.Nil(t, got.GroupsData)
}

func TestDeleteGroupsTellsMessages(t *testing.T) {
	request := new(DeleteGroupsRequest)
	request.AddGroup("g")
	require.Equal(t, []string{"g"}, request.Groups)

	message := "still has members"
	r := &DeleteGroupsResponse{
		GroupErrorCodes:    map[string]KError{"g": ErrNonEmptyGroup, "h": ErrNoError},
		GroupErrorMessages: map[string]*string{"g": &message},
	}
	for version := int16(0); version <= 3; version++ {
		r.Version = version
		got := &DeleteGroupsResponse{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, r), got))
		require.Equal(t, r.GroupErrorCodes, got.GroupErrorCodes)
		if version == 3 {
			require.Equal(t, r.GroupErrorMessages, got.GroupErrorMessages)
		} else {
			require.Nil(t, got.GroupErrorMessages)
		}
	}
	got := new(DeleteGroupsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, got), got))
	require.Nil(t, got.GroupErrorCodes)
}

func TestConsumerGroupDescribe(t *testing.T) {
	for version, want := range map[KafkaVersion]int16{{}: 0, V3_8_0_0: 0, V3_9_0_0: 0, V4_0_0_0: 1, V4_4_0_0: 1} {
		require.Equal(t, want, NewConsumerGroupDescribeRequest(version).Version)
	}
	r := &ConsumerGroupDescribeResponse{Groups: []ConsumerGroupDescription{{Members: make([]ConsumerGroupMemberDescription, 1)}, {}}}
	got := new(ConsumerGroupDescribeResponse)
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.EqualValues(t, -1, got.Groups[0].Members[0].MemberType, "it is not known below v1")
	require.Equal(t, []ConsumerGroupMemberDescription{}, got.Groups[1].Members)
	require.Nil(t, got.Groups[0].Members[0].SubscribedTopicNames)
	require.Equal(t, []ConsumerGroupTopicPartitions{}, got.Groups[0].Members[0].Assignment.TopicPartitions)
}

func TestConsumerGroupHeartbeatTellsChangesAlone(t *testing.T) {
	unchanged := &ConsumerGroupHeartbeatRequest{Version: 1, GroupID: "g", MemberID: "m", MemberEpoch: 3, RebalanceTimeoutMs: -1}
	got := &ConsumerGroupHeartbeatRequest{Version: 1}
	require.NoError(t, Unmarshal(bodyOf(t, unchanged), got))
	require.Equal(t, unchanged, got)
	none := &ConsumerGroupHeartbeatRequest{
		Version: 1, SubscribedTopicNames: []string{}, TopicPartitions: []ConsumerGroupHeartbeatTopicPartitions{},
	}
	require.NoError(t, Unmarshal(bodyOf(t, none), got))
	require.Equal(t, none, got)

	answer := &ConsumerGroupHeartbeatResponse{Version: 1, HeartbeatIntervalMs: 5000}
	back := &ConsumerGroupHeartbeatResponse{Version: 1, Assignment: new(ConsumerGroupHeartbeatAssignment)}
	require.NoError(t, Unmarshal(bodyOf(t, answer), back))
	require.Equal(t, answer, back)
	answer.Assignment = &ConsumerGroupHeartbeatAssignment{TopicPartitions: []ConsumerGroupHeartbeatTopicPartitions{
		{TopicID: Uuid{1}, Partitions: []int32{0, 1}},
	}}
	require.NoError(t, Unmarshal(bodyOf(t, answer), back))
	require.Equal(t, answer, back)
}

// The same call is the same bytes: topics and partitions go in order.
func TestDeleteRecordsWritesInOrder(t *testing.T) {
	r := &DeleteRecordsRequest{
		Timeout: time.Second,
		Topics: map[string]*DeleteRecordsRequestTopic{
			"b": {}, "a": {PartitionOffsets: map[int32]int64{3: 30, 1: -1, 2: 20}},
		},
	}
	want := []byte{
		0, 0, 0, 2, 0, 1, 'a', 0, 0, 0, 3,
		0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255,
		0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 20,
		0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 30,
		0, 1, 'b', 0, 0, 0, 0, 0, 0, 3, 232,
	}
	for range 10 {
		require.Equal(t, want, bodyOf(t, r))
	}
	got := new(DeleteRecordsRequest)
	require.NoError(t, Unmarshal(want, got))
	require.Equal(t, r, got)

	answer := &DeleteRecordsResponse{Topics: map[string]*DeleteRecordsResponseTopic{
		"a": {Partitions: map[int32]*DeleteRecordsResponsePartition{1: {LowWatermark: -1, Err: ErrOffsetOutOfRange}}}, "b": {},
	}}
	back := new(DeleteRecordsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, answer), back))
	require.Equal(t, answer, back)
}

func TestListTransactionsRefusesWhatAVersionLacks(t *testing.T) {
	for version, want := range map[KafkaVersion]int16{{}: 0, V3_0_0_0: 0, V3_7_0_0: 0, V3_8_0_0: 1, V4_4_0_0: 1} {
		r := NewListTransactionsRequest(version)
		require.Equal(t, want, r.Version)
		require.EqualValues(t, -1, r.DurationFilter)
		got := &ListTransactionsRequest{Version: want}
		require.NoError(t, Unmarshal(bodyOf(t, r), got))
		require.EqualValues(t, -1, got.DurationFilter)
	}
	pattern := "payments-.*"
	for text, r := range map[string]*ListTransactionsRequest{
		"DurationFilter is not supported. use version 1 or later":         {},
		"TransactionalIDPattern is not supported. use version 2 or later": {Version: 1, TransactionalIDPattern: &pattern},
	} {
		_, err := Marshal(r)
		var refused PacketEncodingError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, text, refused.Info)
	}
}

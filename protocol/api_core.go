package protocol

// coreAPIs are the rows for producing, consuming, groups, transactions and topics.
var coreAPIs = []api{
	{KeyProduce, "Produce", 0, 13, 9, toLeader, releases{r0_8, r0_9, r0_10_0, r0_11, r1_0, r1_0, r2_0, r2_1, r2_4, r2_8, r3_7, r3_8, r4_0, r4_1}, func() Message { return new(ProduceRequest) }, func() Message { return new(ProduceResponse) }},
	{KeyFetch, "Fetch", 0, 18, 12, toLeader, releases{r0_8, r0_9, r0_10_0, r0_10_1, r0_11, r0_11, r1_0, r1_1, r2_0, r2_1, r2_1, r2_3, r2_7, r3_1, r3_5, r3_5, r3_7, r3_9, r4_1}, func() Message { return new(FetchRequest) }, func() Message { return new(FetchResponse) }},
	{KeyListOffsets, "ListOffsets", 0, 11, 6, toLeader, releases{r0_8, r0_10_1, r0_11, r2_0, r2_1, r2_2, r2_8, r3_0, r3_5, r3_9, r4_0, r4_2}, func() Message { return new(OffsetRequest) }, func() Message { return new(OffsetResponse) }},
	{KeyMetadata, "Metadata", 0, 13, 9, toAny, releases{r0_8, r0_10_0, r0_10_1, r0_11, r0_11, r1_0, r2_0, r2_1, r2_3, r2_4, r2_8, r2_8, r3_1, r4_0}, func() Message { return new(MetadataRequest) }, func() Message { return new(MetadataResponse) }},
	{KeyOffsetCommit, "OffsetCommit", 0, 10, 8, toGroupCoordinator, releases{r0_8, r0_8, r0_9, r0_11, r2_0, r2_1, r2_1, r2_3, r2_4, r3_7, r4_2}, func() Message { return new(OffsetCommitRequest) }, func() Message { return new(OffsetCommitResponse) }},
	{KeyOffsetFetch, "OffsetFetch", 0, 10, 6, toGroupCoordinator, releases{r0_8, r0_8, r0_10_2, r0_11, r2_0, r2_1, r2_4, r2_5, r3_0, r3_7, r4_2}, func() Message { return new(OffsetFetchRequest) }, func() Message { return new(OffsetFetchResponse) }},
	{KeyFindCoordinator, "FindCoordinator", 0, 6, 3, toAny, releases{r0_8, r0_11, r2_0, r2_4, r3_0, r3_8, r3_9}, func() Message { return new(FindCoordinatorRequest) }, func() Message { return new(FindCoordinatorResponse) }},
	{KeyJoinGroup, "JoinGroup", 0, 9, 6, toGroupCoordinator, releases{r0_8, r0_10_1, r0_11, r2_0, r2_2, r2_3, r2_4, r2_5, r3_2, r3_2}, func() Message { return new(JoinGroupRequest) }, func() Message { return new(JoinGroupResponse) }},
	{KeyHeartbeat, "Heartbeat", 0, 4, 4, toGroupCoordinator, releases{r0_8, r0_11, r2_0, r2_3, r2_4}, func() Message { return new(HeartbeatRequest) }, func() Message { return new(HeartbeatResponse) }},
	{KeyLeaveGroup, "LeaveGroup", 0, 5, 4, toGroupCoordinator, releases{r0_9, r0_11, r2_0, r2_4, r2_4, r3_2}, func() Message { return new(LeaveGroupRequest) }, func() Message { return new(LeaveGroupResponse) }},
	{KeySyncGroup, "SyncGroup", 0, 5, 4, toGroupCoordinator, releases{r0_9, r0_11, r2_0, r2_3, r2_4, r2_5}, func() Message { return new(SyncGroupRequest) }, func() Message { return new(SyncGroupResponse) }},
	{KeyDescribeGroups, "DescribeGroups", 0, 6, 5, toGroupCoordinator, releases{r0_9, r0_11, r2_0, r2_3, r2_4, r2_4, r4_0}, func() Message { return new(DescribeGroupsRequest) }, func() Message { return new(DescribeGroupsResponse) }},
	{KeyListGroups, "ListGroups", 0, 5, 3, toEachBroker, releases{r0_9, r0_11, r2_0, r2_4, r2_6, r3_8}, func() Message { return new(ListGroupsRequest) }, func() Message { return new(ListGroupsResponse) }},
	{KeySaslHandshake, "SaslHandshake", 0, 1, never, toAny, releases{r0_10_0, r1_0}, func() Message { return new(SaslHandshakeRequest) }, func() Message { return new(SaslHandshakeResponse) }},
	{KeyApiVersions, "ApiVersions", 0, 5, 3, toAny, releases{r0_10_0, r0_11, r2_0, r2_4, r3_9, r4_4}, func() Message { return new(ApiVersionsRequest) }, func() Message { return new(ApiVersionsResponse) }},
	{KeyCreateTopics, "CreateTopics", 0, 7, 5, toController, releases{r0_10_1, r0_10_2, r0_11, r2_0, r2_4, r2_4, r2_7, r2_8}, func() Message { return new(CreateTopicsRequest) }, func() Message { return new(CreateTopicsResponse) }},
	{KeyDeleteTopics, "DeleteTopics", 0, 6, 4, toController, releases{r0_10_1, r0_11, r2_0, r2_1, r2_4, r2_7, r2_8}, func() Message { return new(DeleteTopicsRequest) }, func() Message { return new(DeleteTopicsResponse) }},
	{KeyDeleteRecords, "DeleteRecords", 0, 2, 2, toLeader, releases{r0_11, r2_0, r2_6}, func() Message { return new(DeleteRecordsRequest) }, func() Message { return new(DeleteRecordsResponse) }},
	{KeyInitProducerId, "InitProducerId", 0, 6, 2, toTransactionCoordinator, releases{r0_11, r2_0, r2_4, r2_5, r2_7, r3_8}, func() Message { return new(InitProducerIDRequest) }, func() Message { return new(InitProducerIDResponse) }},
	{KeyAddPartitionsToTxn, "AddPartitionsToTxn", 0, 5, 3, toTransactionCoordinator, releases{r0_11, r2_0, r2_7, r2_8, r3_6, r3_8}, func() Message { return new(AddPartitionsToTxnRequest) }, func() Message { return new(AddPartitionsToTxnResponse) }},
	{KeyAddOffsetsToTxn, "AddOffsetsToTxn", 0, 4, 3, toTransactionCoordinator, releases{r0_11, r2_0, r2_7, r2_8, r3_8}, func() Message { return new(AddOffsetsToTxnRequest) }, func() Message { return new(AddOffsetsToTxnResponse) }},
	{KeyEndTxn, "EndTxn", 0, 5, 3, toTransactionCoordinator, releases{r0_11, r2_0, r2_7, r2_8, r3_8, r4_0}, func() Message { return new(EndTxnRequest) }, func() Message { return new(EndTxnResponse) }},
	{KeyTxnOffsetCommit, "TxnOffsetCommit", 0, 6, 3, toGroupCoordinator, releases{r0_11, r2_0, r2_1, r2_5, r3_8, r4_0, r4_4}, func() Message { return new(TxnOffsetCommitRequest) }, func() Message { return new(TxnOffsetCommitResponse) }},
	{KeySaslAuthenticate, "SaslAuthenticate", 0, 2, 2, toAny, releases{r1_0, r2_2, r2_5}, func() Message { return new(SaslAuthenticateRequest) }, func() Message { return new(SaslAuthenticateResponse) }},
}

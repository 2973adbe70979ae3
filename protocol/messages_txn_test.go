package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddPartitionsToTxnBatches(t *testing.T) {
	one := &AddPartitionsToTxnRequest{
		TransactionalID: "t", ProducerID: 7, ProducerEpoch: 2,
		TopicPartitions: map[string][]int32{"a": {1, 2}},
	}
	for version := int16(0); version <= 5; version++ {
		one.Version = version
		got := &AddPartitionsToTxnRequest{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, one), got))
		if version >= 4 {
			require.Equal(t, []*AddPartitionsToTxnTransaction{{
				TransactionalID: "t", ProducerID: 7, ProducerEpoch: 2, TopicPartitions: one.TopicPartitions,
			}}, got.Transactions)
			got.Transactions = nil
		}
		require.Equal(t, one, got, "v%d", version)
	}

	both := &AddPartitionsToTxnRequest{Version: 4, TransactionalID: "not this one", Transactions: []*AddPartitionsToTxnTransaction{
		{TransactionalID: "first", VerifyOnly: true, TopicPartitions: map[string][]int32{}},
		{TransactionalID: "second", TopicPartitions: map[string][]int32{"b": {0}}},
	}}
	got := &AddPartitionsToTxnRequest{Version: 4}
	require.NoError(t, Unmarshal(bodyOf(t, both), got))
	require.Equal(t, both.Transactions, got.Transactions)
	require.Equal(t, "first", got.TransactionalID)

	none := &AddPartitionsToTxnRequest{Version: 4, TransactionalID: "t", Transactions: []*AddPartitionsToTxnTransaction{}}
	require.NoError(t, Unmarshal(bodyOf(t, none), got))
	require.Empty(t, got.Transactions)
	require.Empty(t, got.TransactionalID, "what an earlier message had is gone")
}

func TestAddPartitionsToTxnAnswersWithTheFirstResult(t *testing.T) {
	failed := map[string][]*PartitionError{"a": {{Partition: 2, Err: ErrInvalidTxnState}}}
	got := &AddPartitionsToTxnResponse{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, &AddPartitionsToTxnResponse{Version: 5, Results: []*AddPartitionsToTxnResult{
		{TransactionalID: "t", Errors: failed}, {TransactionalID: "u"},
	}}), got))
	require.Equal(t, failed, got.Errors)
	require.Len(t, got.Results, 2)

	require.NoError(t, Unmarshal(bodyOf(t, &AddPartitionsToTxnResponse{Version: 5, Err: ErrNotCoordinatorForConsumer}), got))
	require.Equal(t, ErrNotCoordinatorForConsumer, got.Err)
	require.Equal(t, map[string][]*PartitionError{}, got.Errors)
}

func TestTxnOffsetCommitSendsTopicIDs(t *testing.T) {
	id := Uuid{1, 2, 3}
	offsets := []*PartitionOffsetMetadata{{Partition: 1, Offset: 10, LeaderEpoch: 4}}
	sent := &TxnOffsetCommitRequest{
		Version: 6, Topics: map[string][]*PartitionOffsetMetadata{"a": offsets}, TopicIDs: map[string]Uuid{"a": id},
	}
	got := &TxnOffsetCommitRequest{Version: 6}
	require.NoError(t, Unmarshal(bodyOf(t, sent), got))
	require.Equal(t, map[string][]*PartitionOffsetMetadata{id.String(): offsets}, got.Topics)
	require.Equal(t, map[string]Uuid{id.String(): id}, got.TopicIDs)

	sent.Version, got = 5, &TxnOffsetCommitRequest{Version: 5}
	require.NoError(t, Unmarshal(bodyOf(t, sent), got))
	require.Equal(t, sent.Topics, got.Topics)
	require.Nil(t, got.TopicIDs)
}

func TestEndTxnAnswersWithTheNextEpoch(t *testing.T) {
	sent := &EndTxnResponse{ProducerID: 7, ProducerEpoch: 3}
	for version := int16(0); version <= 5; version++ {
		sent.Version = version
		got := &EndTxnResponse{Version: version}
		require.NoError(t, Unmarshal(bodyOf(t, sent), got))
		if version < 5 {
			require.Equal(t, &EndTxnResponse{Version: version}, got)
		} else {
			require.Equal(t, sent, got)
		}
	}
}

// What the API holds in maps is null or empty in the same places for its callers.
func TestTransactionMessagesReadMaps(t *testing.T) {
	add := new(AddPartitionsToTxnRequest)
	require.NoError(t, Unmarshal(bodyOf(t, &AddPartitionsToTxnRequest{}), add))
	require.Equal(t, map[string][]int32{}, add.TopicPartitions)
	added := new(AddPartitionsToTxnResponse)
	require.NoError(t, Unmarshal(bodyOf(t, added), added))
	require.Equal(t, map[string][]*PartitionError{}, added.Errors)
	commit := new(TxnOffsetCommitRequest)
	require.NoError(t, Unmarshal(bodyOf(t, commit), commit))
	require.Equal(t, map[string][]*PartitionOffsetMetadata{}, commit.Topics)
	committed := new(TxnOffsetCommitResponse)
	require.NoError(t, Unmarshal(bodyOf(t, committed), committed))
	require.Equal(t, map[string][]*PartitionError{}, committed.Topics)
}

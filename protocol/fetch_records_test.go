package protocol

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// refetch sends a response to the other end.
func refetch(t *testing.T, in *FetchResponse) *FetchResponse {
	t.Helper()
	got := &FetchResponse{Version: in.Version}
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	return got
}

// fetched is the answer for a partition whose record data is given.
func fetched(t *testing.T, data []byte) (*FetchResponseBlock, error) {
	t.Helper()
	in := &FetchResponse{Version: 11, fetched: []FetchedBlock{{Topic: "t", Records: data, Block: new(FetchResponseBlock)}}}
	got := &FetchResponse{Version: 11}
	err := Unmarshal(bodyOf(t, in), got)
	return got.GetBlock("t", 0), err
}

func TestFetchResponsesBuiltByTests(t *testing.T) {
	key, value := StringEncoder("k"), ByteEncoder("v")
	for version := int16(0); version <= 18; version++ {
		r := &FetchResponse{Version: version, Timestamp: at, TopicIDs: map[string]Uuid{"m": {1}, "r": {2}, "b": {3}, "e": {4}}}
		r.AddMessage("m", 0, key, value, 5)
		r.AddMessageWithTimestamp("m", 0, nil, value, 6, at, 1)
		r.AddRecord("r", 1, key, nil, 7)
		r.AddRecord("r", 1, nil, value, 8)
		r.SetLastOffsetDelta("r", 1, 8)
		r.SetLastOffsetDelta("r", 2, 4)
		r.AddRecordBatchWithTimestamp("b", 0, key, value, 9, 1000, true, at)
		r.AddControlRecord("b", 0, 10, 1000, ControlRecordCommit)
		r.AddControlRecordWithTimestamp("b", 0, 11, 1001, ControlRecordAbort, at)
		r.SetLastStableOffset("b", 0, 12)
		r.AddError("e", 0, ErrNotLeaderForPartition)
		got := refetch(t, r)
		block := func(topic string, partition int32) *FetchResponseBlock {
			if version >= fetchTopicIDs {
				topic = r.TopicIDs[topic].String()
			}
			b := got.GetBlock(topic, partition)
			require.NotNil(t, b, "v%d", version)
			return b
		}

		set := block("m", 0).RecordsSet[0].MsgSet
		require.Equal(t, []*MessageBlock{
			{Offset: 5, Msg: &SetMessage{Key: []byte("k"), Value: []byte("v")}},
			{Offset: 6, Msg: &SetMessage{Value: []byte("v"), Version: 1, Timestamp: at}},
		}, set.Messages)

		batch := block("r", 1).RecordsSet[0].RecordBatch
		require.EqualValues(t, 8, batch.LastOffset())
		require.Equal(t, at, batch.MaxTimestamp)
		require.Zero(t, batch.FirstTimestamp)
		require.Len(t, batch.Records, 2)
		require.Equal(t, &Record{Key: []byte("k"), OffsetDelta: 7, Headers: []*RecordHeader{}}, batch.Records[0])
		require.Empty(t, block("r", 2).RecordsSet, "a batch without records is passed over")

		b := block("b", 0)
		require.Len(t, b.RecordsSet, 3)
		require.Same(t, b.RecordsSet[0], b.Records)
		require.True(t, b.RecordsSet[0].RecordBatch.IsTransactional)
		require.False(t, b.RecordsSet[0].RecordBatch.Control)
		for i, want := range []ControlRecordType{ControlRecordCommit, ControlRecordAbort} {
			marker := b.RecordsSet[1+i]
			require.True(t, marker.RecordBatch.Control && marker.RecordBatch.IsTransactional)
			require.EqualValues(t, 1000+i, marker.RecordBatch.ProducerID)
			cr, err := ControlRecordOf(marker)
			require.NoError(t, err)
			require.Equal(t, ControlRecord{Type: want}, cr)
		}
		require.EqualValues(t, -1, b.PreferredReadReplica)
		if version >= 4 {
			require.EqualValues(t, 12, b.LastStableOffset)
		}
		require.Equal(t, ErrNotLeaderForPartition, block("e", 0).Err)
	}
}

func TestFetchResponsesWithTheTimeOfTheAppend(t *testing.T) {
	r := &FetchResponse{Version: 4, LogAppendTime: true, Timestamp: at}
	r.AddMessageWithTimestamp("m", 0, nil, nil, 1, at.Add(-time.Hour), 1)
	r.AddRecordBatch("b", 0, nil, nil, 1, 2, false)
	got := refetch(t, r)
	m := got.GetBlock("m", 0).RecordsSet[0].MsgSet.Messages[0].Msg
	require.Equal(t, at, m.Timestamp)
	require.True(t, m.LogAppendTime)
	batch := got.GetBlock("b", 0).RecordsSet[0].RecordBatch
	require.True(t, batch.LogAppendTime)
	require.Equal(t, at, batch.MaxTimestamp)
}

func TestFetchedDataThatIsCutOff(t *testing.T) {
	whole := plainBatch(t, CompressionNone, 1)
	for n := 1; n < len(whole); n++ {
		b, err := fetched(t, whole[:n])
		require.NoError(t, err)
		switch {
		case n < RecordBatchOverhead:
			require.True(t, b.Partial, "%d bytes", n)
			require.Empty(t, b.RecordsSet)
		default:
			require.True(t, b.RecordsSet[0].RecordBatch.PartialTrailingRecord, "%d bytes", n)
			require.Empty(t, b.RecordsSet[0].RecordBatch.Records)
		}
		b, err = fetched(t, append(bytes.Clone(whole), whole[:n]...))
		require.NoError(t, err)
		require.Len(t, b.RecordsSet, 1, "what is cut off behind a whole batch is left out")
		require.False(t, b.Partial)
	}
	set := plainSet(1, 4, 2)
	b, err := fetched(t, set[:len(set)-1])
	require.NoError(t, err)
	require.True(t, b.RecordsSet[0].MsgSet.PartialTrailingMessage)
	require.Len(t, b.RecordsSet[0].MsgSet.Messages, 1)
}

func TestFetchedSetsAndBatchesMix(t *testing.T) {
	b, err := fetched(t, append(plainSet(1, 4, 2), plainBatch(t, CompressionSnappy, 3)...))
	require.NoError(t, err)
	require.Len(t, b.RecordsSet, 2)
	require.Len(t, b.RecordsSet[0].MsgSet.Messages, 2)
	require.Len(t, b.RecordsSet[1].RecordBatch.Records, 3)
}

func TestFetchedDataThatIsDamaged(t *testing.T) {
	badCRC := plainBatch(t, CompressionNone, 1)
	badCRC[len(badCRC)-1] ^= 1
	badSet := plainSet(0, 0, 1)
	badSet[len(badSet)-1] ^= 1
	seal := func(records []byte, attributes int16, n int32) []byte {
		batch := append(make([]byte, RecordBatchOverhead), records...)
		h := BatchHeader{Attributes: attributes, NumRecords: n}
		h.Put(batch)
		return batch
	}
	record := AppendRecord(nil, 0, 0, nil, []byte("v"), nil)
	for name, c := range map[string]struct {
		data []byte
		text string
	}{
		"CRC of a batch":     {badCRC, "CRC didn't match expected"},
		"CRC of a message":   {badSet, "CRC didn't match expected"},
		"bytes left over":    {seal(append(bytes.Clone(record), 0), 0, 1), "invalid length"},
		"negative count":     {seal(record, 0, -1), "invalid length"},
		"unknown codec":      {seal(record, 5, 1), "invalid compression specified (5)"},
		"not gzip":           {seal(record, 1, 1), "gzip"},
		"a record that lies": {seal([]byte{12, 0, 0, 0, 99, 1, 0}, 0, 1), "fit its length"},
	} {
		_, err := fetched(t, c.data)
		var want PacketDecodingError
		require.ErrorAs(t, err, &want, name)
		require.ErrorContains(t, err, c.text, name)
		require.ErrorContains(t, err, "decoding Fetch v11 response", name)
	}
	b, err := fetched(t, seal(record, 0, 1000))
	require.NoError(t, err)
	require.True(t, b.RecordsSet[0].RecordBatch.PartialTrailingRecord, "more records announced than there are")
}

func TestDecompressionLimitOfUnmarshal(t *testing.T) {
	defer LimitDecompression(decompressionLimit)
	limit := int32(50)
	LimitDecompression(&limit)
	batch := plainBatch(t, CompressionZSTD, 100)
	set, err := AppendCompressedSet(nil, 1, 0, 0, plainSet(1, 0, 10), CompressionGZIP, 1)
	require.NoError(t, err)
	for set, effective := range map[int32]int{0: 256 << 20, 70: 70, -1: 0} {
		limit = set
		require.Equal(t, effective, currentLimit())
	}
	for _, data := range [][]byte{batch, set} {
		limit = 50
		_, err := fetched(t, data)
		require.ErrorIs(t, err, ErrDecompressedBatchTooLarge)
		require.ErrorContains(t, err, "batch decompressed to more than 50 bytes")
		limit = 0
		_, err = fetched(t, data)
		require.NoError(t, err)
	}
}

func TestRecordsThatCannotBeSent(t *testing.T) {
	for name, c := range map[string]struct {
		records Records
		text    string
	}{
		"both forms":       {Records{MsgSet: new(MessageSet), RecordBatch: new(RecordBatch)}, "both MsgSet and RecordBatch are set"},
		"version":          {Records{RecordBatch: &RecordBatch{Version: 1}}, "unsupported record batch version (1)"},
		"before 1970":      {Records{RecordBatch: &RecordBatch{Version: 2, FirstTimestamp: time.UnixMilli(-1)}}, "invalid timestamp"},
		"unknown codec":    {Records{RecordBatch: &RecordBatch{Version: 2, Codec: 5}}, "unsupported compression codec (5)"},
		"level":            {Records{RecordBatch: &RecordBatch{Version: 2, Codec: CompressionLZ4, CompressionLevel: 40}}, "lz4 has 0 to 17, not 40"},
		"message of v1":    {Records{MsgSet: &MessageSet{Messages: []*MessageBlock{{Msg: &SetMessage{Version: 1, Timestamp: time.UnixMilli(-5)}}}}}, "invalid timestamp"},
		"codec of message": {Records{MsgSet: &MessageSet{Messages: []*MessageBlock{{Msg: &SetMessage{Codec: 5, Value: []byte{1}}}}}}, "unsupported compression codec"},
	} {
		r := &ProduceRequest{Version: 3}
		r.setRecords("t", 0, c.records)
		_, err := Marshal(r)
		require.ErrorContains(t, err, c.text, name)
		require.ErrorContains(t, err, "encoding Produce v3 request", name)
	}
}

func TestProducedMessagesGatherInASet(t *testing.T) {
	r := new(ProduceRequest)
	for i := range 2 {
		r.AddMessage("t", 0, &SetMessage{Value: fmt.Append(nil, i)})
	}
	inner := ProducedRecords(r)["t"][0].MsgSet
	require.Len(t, inner.Messages, 2)
	outer := new(ProduceRequest)
	outer.AddMessage("t", 0, &SetMessage{Codec: CompressionSnappy, Set: inner})
	got := new(ProduceRequest)
	require.NoError(t, Unmarshal(bodyOf(t, outer), got))
	block := ProducedRecords(got)["t"][0].MsgSet.Messages[0]
	require.Equal(t, inner.Messages, block.Messages())
	single := &MessageBlock{Msg: new(SetMessage)}
	require.Equal(t, []*MessageBlock{single}, single.Messages())
}

func TestProduceRequestsWithoutRecords(t *testing.T) {
	r := &ProduceRequest{Version: 9}
	r.setRecords("t", 1, Records{})
	got := &ProduceRequest{Version: 9}
	require.NoError(t, Unmarshal(bodyOf(t, r), got))
	require.Equal(t, map[string]map[int32]Records{"t": {1: {}}}, ProducedRecords(got))

	two := append(plainBatch(t, CompressionNone, 1), plainBatch(t, CompressionNone, 1)...)
	body := bodyOf(t, &ProduceRequest{Version: 9, opaque: []ProducePartition{{Topic: "t", Records: two}}})
	require.ErrorContains(t, Unmarshal(body, got), "bytes behind a partition's records")
}

func TestControlRecords(t *testing.T) {
	for typ := ControlRecordAbort; typ <= ControlRecordUnknown; typ++ {
		want := ControlRecord{Version: 3, CoordinatorEpoch: 99, Type: typ}
		key, value := AppendControlRecord(nil, nil, want)
		got, err := ReadControlRecord(key, value)
		require.NoError(t, err)
		if typ == ControlRecordUnknown {
			want.CoordinatorEpoch = 0 // the value of what is not known is not read
		}
		require.Equal(t, want, got)
		_, err = ReadControlRecord(key[:3], value)
		require.ErrorIs(t, err, ErrInsufficientData)
		if typ != ControlRecordUnknown {
			_, err = ReadControlRecord(key, value[:5])
			require.ErrorIs(t, err, ErrInsufficientData)
		}
	}
	key, value := AppendControlRecord(nil, nil, ControlRecord{Type: ControlRecordCommit, CoordinatorEpoch: 5})
	require.Equal(t, []byte{0, 0, 0, 1}, key)
	require.Equal(t, []byte{0, 0, 0, 0, 0, 5}, value)
	_, err := ControlRecordOf(&Records{RecordBatch: new(RecordBatch)})
	require.EqualError(t, err, "cannot get control record, record batch is empty")
}

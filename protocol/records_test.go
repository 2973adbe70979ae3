package protocol

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at is a time that a record can hold.
var at = time.UnixMilli(1_700_000_000_123)

// TestProducedRecordsComeBack sends batches and message sets of each codec to the other end.
func TestProducedRecordsComeBack(t *testing.T) {
	for version := int16(0); version <= 13; version++ {
		for codec := CompressionNone; codec <= CompressionZSTD; codec++ {
			in := &ProduceRequest{Version: version, RequiredAcks: WaitForAll, TopicIDs: map[string]Uuid{"t": {1}}}
			var want Records
			if version >= 3 {
				want = batchRecords(codec)
				in.AddBatch("t", 3, want.RecordBatch)
			} else {
				want = Records{MsgSet: compressedSet(t, int8(min(version, 2)/2), codec)}
				in.AddSet("t", 3, want.MsgSet)
			}
			got := &ProduceRequest{Version: version}
			require.NoError(t, Unmarshal(bodyOf(t, in), got))
			topic := "t"
			if version >= 13 {
				topic = Uuid{1}.String()
			}
			require.Equal(t, map[string]map[int32]Records{topic: {3: want}}, ProducedRecords(got), "v%d %v", version, codec)
		}
	}
}

func batchRecords(codec CompressionCodec) Records {
	return Records{RecordBatch: &RecordBatch{
		FirstOffset: 7, PartitionLeaderEpoch: 3, Version: 2, Codec: codec, LastOffsetDelta: 1,
		FirstTimestamp: at, MaxTimestamp: at.Add(time.Second),
		ProducerID: 1 << 40, ProducerEpoch: 5, FirstSequence: 99, IsTransactional: true,
		Records: []*Record{
			{Key: []byte("k"), Value: []byte("v"), Headers: []*RecordHeader{{Key: []byte("h"), Value: nil}, {Key: []byte{}, Value: []byte("x")}}},
			{OffsetDelta: 1, TimestampDelta: time.Second, Value: []byte{}, Headers: []*RecordHeader{}},
		},
	}}
}

func compressedSet(t *testing.T, version int8, codec CompressionCodec) *MessageSet {
	t.Helper()
	set := new(MessageSet)
	for i := range 3 {
		m := &SetMessage{Key: []byte("key"), Value: []byte(fmt.Sprint("value", i)), Version: version}
		if version > 0 {
			m.Timestamp = at
		}
		set.Messages = append(set.Messages, &MessageBlock{Offset: int64(i), Msg: m})
	}
	if codec == CompressionNone {
		return set
	}
	value, err := set.append(nil)
	require.NoError(t, err)
	outer := &SetMessage{Codec: codec, Value: value, Set: set, Version: version}
	if version > 0 {
		outer.Timestamp = at
	}
	return &MessageSet{Messages: []*MessageBlock{{Offset: 12, Msg: outer}}}
}

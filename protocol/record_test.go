package protocol

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAppendRecordLayout(t *testing.T) {
	headers := []RecordHeader{{Key: []byte("h"), Value: []byte("12")}, {Key: nil, Value: nil}}
	for name, c := range map[string]struct {
		want string
		got  []byte
	}{
		"null key and value": {"0c 00 00 00 01 01 00", AppendRecord(nil, 0, 0, nil, nil, nil)},
		"empty":              {"0c 00 00 00 00 00 00", AppendRecord(nil, 0, 0, []byte{}, []byte{}, nil)},
		"numbers":            {"16 00 ac02 8001 026b 0476 31 00", AppendRecord(nil, 64, 150, []byte("k"), []byte("v1"), nil)},
		"before the first":   {"0c 00 01 00 01 01 00", AppendRecord(nil, 0, -1, nil, nil, nil)},
		"headers":            {"1a 00 00 00 01 01 04 0268 043132 00 01", AppendRecord(nil, 0, 0, nil, nil, headers)},
	} {
		want, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(c.want), []byte(" "), nil)))
		require.NoError(t, err)
		require.Equal(t, want, c.got, name)
	}
}

func randomBytes(rng *rand.Rand) []byte {
	n := rng.IntN(300)
	switch rng.IntN(4) {
	case 0:
		return nil
	case 1:
		return []byte{}
	case 2:
		n = rng.IntN(20_000)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// randomNumber has any width.
func randomNumber(rng *rand.Rand) int64 { return int64(rng.Uint64()) >> rng.IntN(64) }

func TestRecordsReadAsWritten(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		offset, timestamp := int32(randomNumber(rng)), randomNumber(rng)
		key, value := randomBytes(rng), randomBytes(rng)
		headers := []RecordHeader{}
		for range rng.IntN(4) {
			headers = append(headers, RecordHeader{Key: append([]byte{}, randomBytes(rng)...), Value: randomBytes(rng)})
		}
		b := AppendRecord([]byte("before"), offset, timestamp, key, value, headers)
		require.Len(t, b, 6+RecordSize(offset, timestamp, key, value, headers))
		require.Equal(t, "before", string(b[:6]))
		b = b[6:]
		var v RecordView
		rest, err := ReadRecord(append(b, "rest"...), &v)
		require.NoError(t, err)
		require.Equal(t, "rest", string(rest))
		require.Equal(t, timestamp, v.TimestampDelta)
		require.EqualValues(t, offset, v.OffsetDelta)
		require.Equal(t, key, v.Key)
		require.Equal(t, value, v.Value)
		require.Equal(t, len(headers), v.NumHeaders)
		got, err := v.AppendHeaders([]RecordHeader{})
		require.NoError(t, err)
		require.Equal(t, headers, got)
		n := rng.IntN(len(b))
		_, err = ReadRecord(b[:n:n], &v)
		require.ErrorIs(t, err, ErrInsufficientData)
	}
}

func TestRecordsThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"negative length":         "01",
		"length of many bytes":    "ffffffffffffffffffffff",
		"too short":               "080000000101",
		"key beyond the end":      "0c000000100100",
		"value beyond the end":    "0c000000011000",
		"negative key":            "0c000000030100",
		"bytes behind":            "0e00000001010000",
		"negative headers":        "0c000000010101",
		"more headers than fit":   "0c0000000101fe",
		"one header, no bytes":    "0c000000010102",
		"no attributes":           "00",
		"timestamp without end":   "0c00ffffffffffff",
		"header count beyond all": "1600000001 01ffffffff0f00000000",
	} {
		b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(text), []byte(" "), nil)))
		require.NoError(t, err)
		_, err = ReadRecord(b, new(RecordView))
		var damaged PacketDecodingError
		require.ErrorAs(t, err, &damaged, name)
	}
}

func TestHeadersThatAreNone(t *testing.T) {
	for name, raw := range map[string][]byte{
		"nothing":          {},
		"key beyond":       {8, 'a', 0, 0},
		"no value":         {2, 'a'},
		"value beyond":     {2, 'a', 8, 'b'},
		"bytes left over":  {2, 'a', 0, 0},
		"length below -1":  {3, 0},
		"endless length":   {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		"length of 2 GiB+": {0xfe, 0xff, 0xff, 0xff, 0x1f, 0},
	} {
		v := RecordView{NumHeaders: 1, headers: raw}
		_, err := v.AppendHeaders(nil)
		var damaged PacketDecodingError
		require.ErrorAs(t, err, &damaged, name)
	}
}

func TestBatchHeaderComesBack(t *testing.T) {
	batch := AppendRecord(make([]byte, RecordBatchOverhead), 0, 0, nil, []byte("v"), nil)
	in := BatchHeader{
		BaseOffset: math.MaxInt64, PartitionLeaderEpoch: -1, Attributes: transactionalMask | controlMask | logAppendTimeMask | 4,
		LastOffsetDelta: 3, FirstTimestamp: -1, MaxTimestamp: 1 << 50, ProducerID: 1 << 40, ProducerEpoch: 7, BaseSequence: 9, NumRecords: 1,
	}
	in.Put(batch)
	got, err := ReadBatchHeader(batch)
	require.NoError(t, err)
	require.Equal(t, in, got)
	require.EqualValues(t, 2, got.Magic)
	require.EqualValues(t, len(batch)-12, got.Length)
	require.True(t, got.IsTransactional() && got.IsControl() && got.LogAppendTime())
	require.Equal(t, CompressionZSTD, got.Codec())
	plain := BatchHeader{}
	require.False(t, plain.IsTransactional() || plain.IsControl() || plain.LogAppendTime())

	want := bytes.Clone(batch)
	in.ProducerID, in.ProducerEpoch, in.BaseSequence = -1, 8, 0
	in.Put(want)
	PatchProducer(batch, -1, 8, 0)
	require.Equal(t, want, batch)

	for n := range batch {
		_, err = ReadBatchHeader(batch[:n:n])
		require.ErrorIs(t, err, ErrInsufficientData)
	}
	for name, spoil := range map[string]func([]byte){
		"magic":           func(b []byte) { b[magicOffset] = 3 },
		"short length":    func(b []byte) { copy(b[lengthOffset:], []byte{0, 0, 0, 48}) },
		"negative length": func(b []byte) { b[lengthOffset] = 0xff },
	} {
		damaged := bytes.Clone(batch)
		spoil(damaged)
		_, err = ReadBatchHeader(damaged)
		var want PacketDecodingError
		require.ErrorAs(t, err, &want, name)
	}
}

func TestNothingIsAllocatedPerRecord(t *testing.T) {
	headers := []RecordHeader{{Key: []byte("h"), Value: []byte("v")}}
	dst := make([]byte, 0, 1000)
	value := make([]byte, 100)
	var v RecordView
	scratch := make([]RecordHeader, 0, 1)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		b := AppendRecord(dst, 3, 100, value[:10], value, headers)
		if _, err := ReadRecord(b, &v); err != nil {
			t.Error(err)
		}
		if _, err := v.AppendHeaders(scratch); err != nil {
			t.Error(err)
		}
	}))
}

func BenchmarkAppendRecord(b *testing.B) {
	value := make([]byte, 100)
	dst := make([]byte, 0, 1<<20)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if cap(dst)-len(dst) < 200 {
			dst = dst[:0]
		}
		dst = AppendRecord(dst, int32(i)&8191, int64(i)&1023, nil, value, nil)
	}
}

func BenchmarkReadRecord(b *testing.B) {
	var data []byte
	for i := range 8192 {
		data = AppendRecord(data, int32(i), int64(i/10), nil, make([]byte, 100), nil)
	}
	var v RecordView
	var err error
	rest := data
	b.ReportAllocs()
	for b.Loop() {
		if len(rest) == 0 {
			rest = data
		}
		if rest, err = ReadRecord(rest, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	batch := make([]byte, 1<<20)
	h := BatchHeader{NumRecords: 1}
	b.SetBytes(int64(len(batch)))
	for b.Loop() {
		h.Put(batch)
	}
}

package protocol

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainSet is messages with offsets from first on, the i-th with timestamp 1000+i.
func plainSet(version int8, first int64, n int) []byte {
	var b []byte
	for i := range n {
		b = AppendSetMessage(b, version, first+int64(i), 1000+int64(i), []byte("key"), fmt.Append(nil, "value", i))
	}
	return b
}

func plainBatch(t testing.TB, codec CompressionCodec, n int) []byte {
	t.Helper()
	var records []byte
	for i := range n {
		records = AppendRecord(records, int32(i), int64(i), nil, fmt.Append(nil, "value", i), nil)
	}
	batch, err := AppendCompressed(make([]byte, RecordBatchOverhead), records, codec, CompressionLevelDefault)
	require.NoError(t, err)
	h := BatchHeader{BaseOffset: 500, Attributes: int16(codec), LastOffsetDelta: int32(n - 1), NumRecords: int32(n)}
	h.Put(batch)
	return batch
}

func TestBatchReaderGoesThroughAllFormats(t *testing.T) {
	set, err := AppendCompressedSet(nil, 1, 102, 1002, plainSet(1, 0, 3), CompressionGZIP, 5)
	require.NoError(t, err)
	parts := [][]byte{plainSet(0, 7, 1), plainSet(1, 8, 1), set, plainBatch(t, CompressionNone, 2), plainBatch(t, CompressionLZ4, 1)}
	data := bytes.Join(parts, nil)
	var r BatchReader
	r.Reset(data)
	var offsets []int64
	var magics []int8
	for i := 0; r.Next(); i++ {
		require.Equal(t, parts[i], r.Data)
		require.NoError(t, r.VerifyCRC())
		offsets, magics = append(offsets, r.Header.BaseOffset), append(magics, r.Header.Magic)
	}
	require.NoError(t, r.Err())
	require.False(t, r.Partial() || r.Overflow())
	require.Equal(t, []int64{7, 8, 102, 500, 500}, offsets)
	require.Equal(t, []int8{0, 1, 1, 2, 2}, magics)
	require.False(t, r.Next())
	require.Equal(t, CompressionLZ4, r.Header.Codec())
}

func TestBatchReaderStopsWhereDataIsCutOff(t *testing.T) {
	for _, whole := range [][]byte{plainSet(0, 7, 1), plainSet(1, 7, 1), plainBatch(t, CompressionNone, 1)} {
		for n := 1; n < len(whole); n++ {
			var r BatchReader
			r.Reset(append(bytes.Clone(whole), whole[:n]...))
			require.True(t, r.Next())
			require.False(t, r.Next())
			require.False(t, r.Next())
			require.NoError(t, r.Err())
			require.True(t, r.Partial())
			if n < lengthEnd {
				require.Zero(t, r.Needed())
			} else {
				require.Equal(t, len(whole), r.Needed())
			}
		}
	}
}

func TestBatchReaderSeesOverflow(t *testing.T) {
	overflow := binary.BigEndian.AppendUint64(nil, ^uint64(0)) // offset -1
	overflow = append(overflow, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 0)
	var r BatchReader
	r.Reset(append(plainSet(1, 7, 1), overflow...))
	require.True(t, r.Next())
	require.False(t, r.Next())
	require.True(t, r.Overflow())
	require.False(t, r.Partial())
	require.NoError(t, r.Err())
}

func TestBatchReaderRefusesDamage(t *testing.T) {
	var want PacketDecodingError
	for _, whole := range [][]byte{plainSet(0, 7, 1), plainSet(1, 7, 1), plainBatch(t, CompressionNone, 1)} {
		damaged := bytes.Clone(whole)
		damaged[len(damaged)-1] ^= 1
		var r BatchReader
		r.Reset(damaged)
		require.True(t, r.Next())
		require.ErrorAs(t, r.VerifyCRC(), &want)
		require.ErrorContains(t, r.VerifyCRC(), "CRC didn't match expected")

		for _, spoil := range []struct {
			at int
			b  byte
		}{{magicOffset, 9}, {magicOffset, 0x80}, {lengthOffset, 0x80}, {lengthOffset + 3, 3}} {
			damaged := bytes.Clone(whole)
			damaged[spoil.at] = spoil.b
			r.Reset(damaged)
			require.False(t, r.Next(), spoil)
			require.ErrorAs(t, r.Err(), &want, spoil)
			require.False(t, r.Partial())
		}
	}
}

// read collects the messages of a set.
func read(t *testing.T, data []byte, limit int) ([]SetRecord, error) {
	t.Helper()
	var s SetReader
	if err := s.Reset(data, limit); err != nil {
		return nil, err
	}
	var all []SetRecord
	for {
		var m SetRecord
		ok, err := s.Next(&m)
		if !ok || err != nil {
			return all, err
		}
		all = append(all, m)
	}
}

func TestSetReaderYieldsMessages(t *testing.T) {
	want := func(first int64, version int8) (all []SetRecord) {
		for i := range 3 {
			m := SetRecord{Offset: first + int64(i), Timestamp: -1, Key: []byte("key"), Value: fmt.Append(nil, "value", i)}
			if version > 0 {
				m.Timestamp = 1000 + int64(i)
			}
			all = append(all, m)
		}
		return all
	}
	for codec := CompressionGZIP; codec <= CompressionZSTD; codec++ {
		for version := int8(0); version <= 1; version++ {
			// Offsets within a set of v1 count from 0 and the set has the last one's; within v0 they are the real ones.
			inner := plainSet(version, 0, 3)
			if version == 0 {
				inner = plainSet(version, 100, 3)
			}
			set, err := AppendCompressedSet([]byte("x"), version, 102, 1002, inner, codec, CompressionLevelDefault)
			require.NoError(t, err)
			got, err := read(t, set[1:], len(inner))
			require.NoError(t, err)
			require.Equal(t, want(100, version), got, "v%d %v", version, codec)
			_, err = read(t, set[1:], len(inner)-1)
			require.ErrorIs(t, err, ErrDecompressedBatchTooLarge)
		}
	}
	for version := int8(0); version <= 1; version++ {
		got, err := read(t, plainSet(version, 100, 1), 0)
		require.NoError(t, err)
		require.Equal(t, want(100, version)[:1], got)
		require.Len(t, plainSet(version, 100, 1), SetMessageSize(version, []byte("key"), []byte("value0")))
	}
	null := AppendSetMessage(nil, 1, 4, -1, nil, nil)
	got, err := read(t, null, 0)
	require.NoError(t, err)
	require.Equal(t, []SetRecord{{Offset: 4, Timestamp: -1}}, got)
}

func TestSetReaderTakesTheTimeOfTheAppendFromTheSet(t *testing.T) {
	set, err := AppendCompressedSet(nil, 1, 2, 77_000, plainSet(1, 0, 3), CompressionSnappy, 0)
	require.NoError(t, err)
	set[magicOffset+1] |= logAppendTimeMask
	finishSetMessage(set, 2)
	got, err := read(t, set, 0)
	require.NoError(t, err)
	for _, m := range got {
		require.EqualValues(t, 77_000, m.Timestamp)
		require.True(t, m.LogAppendTime)
	}
}

func TestSetReaderRefusesDamage(t *testing.T) {
	pack := func(version int8, inner []byte) []byte {
		set, err := AppendCompressedSet(nil, version, 2, 0, inner, CompressionZSTD, 1)
		require.NoError(t, err)
		return set
	}
	badCRC := plainSet(0, 0, 2)
	badCRC[len(badCRC)-1] ^= 1
	for name, data := range map[string][]byte{
		"a set within a set": pack(0, pack(0, plainSet(0, 0, 1))),
		"CRC within":         pack(0, badCRC),
		"cut off within":     pack(0, plainSet(0, 0, 2)[:50]),
		"cut off, v1":        pack(1, plainSet(1, 0, 2)[:70]),
		"a batch within":     pack(0, plainBatch(t, CompressionNone, 1)),
		"no codec":           appendSetMessage(nil, 1, 6, 0, 0, nil, []byte("x")),
		"not zstd":           appendSetMessage(nil, 1, 4, 0, 0, nil, []byte("xyz")),
	} {
		_, err := read(t, data, 0)
		var want PacketDecodingError
		require.ErrorAs(t, err, &want, name)
		require.NotErrorIs(t, err, ErrInsufficientData, name)
	}
}

func TestSetsOfV0HaveTheHeaderThatOldBrokersReadOfLZ4(t *testing.T) {
	for version, checksum := range []byte{0x1a, 0x82} {
		set, err := AppendCompressedSet(nil, int8(version), 0, 0, plainSet(0, 0, 1), CompressionLZ4, 3)
		require.NoError(t, err)
		require.Contains(t, string(set), string([]byte{0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, checksum}))
	}
}

func TestCompressionErrors(t *testing.T) {
	var encoding PacketEncodingError
	_, err := AppendCompressed(nil, nil, 5, 0)
	require.ErrorAs(t, err, &encoding)
	require.EqualError(t, err, "kafka: error encoding packet: unsupported compression codec (5)")
	require.ErrorAs(t, CheckCompressionLevel(CompressionGZIP, 10), &encoding)
	require.NoError(t, CheckCompressionLevel(CompressionGZIP, CompressionLevelDefault))
	_, err = AppendCompressedSet([]byte("kept"), 1, 0, 0, nil, CompressionLZ4, 99)
	require.ErrorAs(t, err, &encoding)
	_, err = AppendDecompressed(nil, nil, 5, 0)
	require.EqualError(t, err, "kafka: error decoding packet: invalid compression specified (5)")
	_, err = AppendDecompressed(nil, []byte("x"), CompressionNone, 0)
	require.NoError(t, err)
	require.Equal(t, 3, DecompressedSizeHint([]byte("abc"), CompressionNone)-DecompressedSizeHint(nil, CompressionNone))
}

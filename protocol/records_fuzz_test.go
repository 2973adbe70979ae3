package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// decompressible bounds in tests what a batch may grow to.
	decompressible = 4 << 10
	// decompressing may take this much besides: a block of zstd beyond the limit, the steps up to there, and what a decoder
	// keeps for the next time; three blocks in all, as internal/compress holds itself to.
	decompressing = 3 * 128 << 10
)

// FuzzBatches reads any bytes as a fetched partition: nothing panics, and memory is taken for what is there.
func FuzzBatches(f *testing.F) {
	for _, records := range golden(f) {
		f.Add(records)
	}
	for codec := CompressionNone; codec <= CompressionZSTD; codec++ {
		f.Add(plainBatch(f, codec, 3))
		for version := int8(0); version <= 1 && codec != CompressionNone; version++ {
			set, err := AppendCompressedSet(nil, version, 2, 9, plainSet(version, 0, 3), codec, CompressionLevelDefault)
			require.NoError(f, err)
			f.Add(set)
			var s SetReader
			require.NoError(f, s.Reset(set, 0)) // makes what is kept from one call to the next
		}
	}
	f.Add(append(plainSet(0, 0, 2), plainSet(1, 2, 2)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		var r BatchReader
		batches := 0
		for r.Reset(data); r.Next(); batches++ {
			_ = r.VerifyCRC() // damage on purpose is read on
			if r.Header.Magic < 2 {
				drainSet(r.Data)
			} else {
				drainBatch(&r)
			}
		}
		used := allocated() - before
		bound := 64<<10 + 16*len(data) + batches*(4*decompressible+decompressing)
		require.LessOrEqual(t, used, uint64(bound), "%d bytes, %d batches", len(data), batches)
	})
}

func drainSet(data []byte) {
	var s SetReader
	var m SetRecord
	if s.Reset(data, decompressible) != nil {
		return
	}
	for {
		if ok, err := s.Next(&m); !ok || err != nil {
			return
		}
	}
}

func drainBatch(r *BatchReader) {
	records, err := AppendDecompressed(nil, r.Records(), r.Header.Codec(), decompressible)
	var v RecordView
	var headers []RecordHeader
	for err == nil && len(records) > 0 {
		if records, err = ReadRecord(records, &v); err == nil {
			headers, err = v.AppendHeaders(headers[:0])
		}
	}
}

// FuzzRecords reads any bytes as the API's own types, and what can be read can be written and read again.
func FuzzRecords(f *testing.F) {
	for _, records := range golden(f) {
		f.Add(records)
	}
	for codec := CompressionNone; codec <= CompressionZSTD; codec++ {
		f.Add(plainBatch(f, codec, 3))
	}
	f.Add(plainSet(0, 0, 2))
	set, err := AppendCompressedSet(nil, 1, 2, 9, plainSet(1, 0, 3), CompressionLZ4, 0)
	require.NoError(f, err)
	f.Add(set)
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, again Records
		before := allocated()
		_, err := got.decode(data, decompressible)
		require.LessOrEqual(t, allocated()-before, uint64(memoryBesides+recordsBound(data)))
		if err != nil || got.RecordBatch != nil && got.partial() {
			return // of a batch that is cut off the header alone is known, and that may name any codec
		}
		written, err := got.append(nil)
		require.NoError(t, err)
		if len(written) == 0 {
			return // a set whose first message is cut off
		}
		_, err = again.decode(written, decompressible)
		require.NoError(t, err)
		require.Equal(t, got.count(), again.count())
	})
}

// recordsBound is how much memory records may take as the API's own types: each message of 26 bytes or more may be a
// compressed set.
func recordsBound(data []byte) int {
	return memoryPerByte*len(data) + (1+len(data)/26)*(memoryPerByte*decompressible+decompressing)
}

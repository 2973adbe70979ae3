package protocol

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPutWithChecksum: whatever was added before, the batch is the one that Put makes of all at once.
func TestPutWithChecksum(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		size := RecordBatchOverhead + rnd.IntN(3<<rnd.IntN(18))
		batch := make([]byte, size)
		for i := range batch {
			batch[i] = byte(rnd.Uint32())
		}
		whole := BatchHeader{Attributes: 16, LastOffsetDelta: 9, ProducerID: rnd.Int64(), BaseSequence: rnd.Int32(), NumRecords: 10}
		piecewise := whole
		want := append([]byte(nil), batch...)
		whole.Put(want)

		var sum RecordsChecksum
		for sum.Size() < size-RecordBatchOverhead && rnd.IntN(5) > 0 {
			at := RecordBatchOverhead + sum.Size()
			sum.Add(batch[at : at+rnd.IntN(size-at+1)])
		}
		piecewise.PutWithChecksum(batch, sum)
		require.Equal(t, want, batch)
		require.Equal(t, whole, piecewise)
		require.Equal(t, crc32.Checksum(batch[attributesOffset:], castagnoli), piecewise.CRC)
	}
}

func BenchmarkPutWithChecksum(b *testing.B) {
	batch := make([]byte, 1_000_000)
	var sum RecordsChecksum
	sum.Add(batch[RecordBatchOverhead:])
	for b.Loop() {
		new(BatchHeader).PutWithChecksum(batch, sum)
	}
}

package sarama

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// TestABatchIsEncodedAnewForAnotherCodec has a batch go to a broker that knows its codec, and then to one that does not. Records
// that do not get smaller are among those that do.
func TestABatchIsEncodedAnewForAnotherCodec(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 20_000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	for _, value := range [][]byte{make([]byte, 20_000), noise} {
		format := batchFormat{magic: 2, maxBytes: 1 << 20}
		var scratch []byte
		b := newRecordBatch(1)
		for range 3 {
			msg := &ProducerMessage{Topic: "orders", Key: StringEncoder("k"), Value: ByteEncoder(value)}
			b.append(&format, msg, 1_700_000_000_000)
		}
		raw := len(b.buf)
		b.since = 5
		for _, codec := range []CompressionCodec{CompressionZSTD, CompressionLZ4, CompressionLZ4, CompressionNone, CompressionSnappy} {
			format.codec = codec
			require.NoError(t, b.encode(&format, &scratch))
			require.Equal(t, raw, b.rawSize)
			require.EqualValues(t, 5, b.since)
			var reader protocol.BatchReader
			reader.Reset(b.payload)
			require.True(t, reader.Next())
			require.NoError(t, reader.VerifyCRC())
			require.Equal(t, codec, reader.Header.Codec())
			require.EqualValues(t, 3, reader.Header.NumRecords)
			rest, err := protocol.AppendDecompressed(nil, reader.Records(), codec, 0)
			require.NoError(t, err)
			for range 3 {
				var record protocol.RecordView
				rest, err = protocol.ReadRecord(rest, &record)
				require.NoError(t, err)
				require.Equal(t, "k", string(record.Key))
				require.Equal(t, value, record.Value)
			}
			require.Empty(t, rest)
		}
	}
}

// TestABatchGrowsIntoBuffersThatAreThere: records stay what they are when the buffer is exchanged for a larger one, and the
// checksum is that of all of them, up to batches that are larger than any buffer that is kept.
func TestABatchGrowsIntoBuffersThatAreThere(t *testing.T) {
	format := batchFormat{magic: 2, maxBytes: 4 << 20}
	var scratch []byte
	for _, n := range []int{1, 5, 60, 2500} {
		b := newRecordBatch(1)
		for i := range n {
			msg := &ProducerMessage{Topic: "orders", Key: StringEncoder(numbered(i)), Value: ByteEncoder(make([]byte, 1000))}
			msg.size = int32(msg.ByteSize(2))
			b.append(&format, msg, 1_700_000_000_000)
		}
		require.NoError(t, b.encode(&format, &scratch))
		var reader protocol.BatchReader
		reader.Reset(b.payload)
		require.True(t, reader.Next())
		require.NoError(t, reader.VerifyCRC())
		rest := reader.Records()
		for i := range n {
			var record protocol.RecordView
			var err error
			rest, err = protocol.ReadRecord(rest, &record)
			require.NoError(t, err)
			require.Equal(t, numbered(i), string(record.Key))
			require.Len(t, record.Value, 1000)
		}
		require.Empty(t, rest)
		b.recycle()
	}
}

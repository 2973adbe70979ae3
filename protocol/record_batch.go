package protocol

import (
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// RecordBatch is a batch of records of format v2 (Kafka 0.11, KIP-98).
type RecordBatch struct {
	FirstOffset           int64
	PartitionLeaderEpoch  int32
	Version               int8 // 2
	Codec                 CompressionCodec
	CompressionLevel      int // of what is written; 0 is a level, CompressionLevelDefault is the codec's default
	Control               bool
	LogAppendTime         bool // MaxTimestamp is when the broker appended the batch
	LastOffsetDelta       int32
	FirstTimestamp        time.Time // zero if there is none
	MaxTimestamp          time.Time
	ProducerID            int64
	ProducerEpoch         int16
	FirstSequence         int32
	Records               []*Record
	PartialTrailingRecord bool // what was read ended within the batch; it has no Records then
	IsTransactional       bool
}

// LastOffset is the offset of the last record that the batch was written with.
func (b *RecordBatch) LastOffset() int64 { return b.FirstOffset + int64(b.LastOffsetDelta) }

func (b *RecordBatch) append(dst []byte) ([]byte, error) {
	if b.Version != 2 {
		return dst, PacketEncodingError{Info: fmt.Sprintf("unsupported record batch version (%d)", b.Version)}
	}
	h := BatchHeader{
		BaseOffset:           b.FirstOffset,
		PartitionLeaderEpoch: b.PartitionLeaderEpoch,
		Attributes:           b.attributes(),
		LastOffsetDelta:      b.LastOffsetDelta,
		ProducerID:           b.ProducerID,
		ProducerEpoch:        b.ProducerEpoch,
		BaseSequence:         b.FirstSequence,
		NumRecords:           int32(len(b.Records)),
	}
	var err error
	if h.FirstTimestamp, err = timestampMillis(b.FirstTimestamp); err != nil {
		return dst, err
	}
	if h.MaxTimestamp, err = timestampMillis(b.MaxTimestamp); err != nil {
		return dst, err
	}
	at := len(dst)
	dst = append(dst, make([]byte, RecordBatchOverhead)...)
	if dst, err = b.appendRecords(dst); err != nil {
		return dst, err
	}
	h.Put(dst[at:])
	return dst, nil
}

func (b *RecordBatch) appendRecords(dst []byte) ([]byte, error) {
	if b.Codec == CompressionNone {
		for _, r := range b.Records {
			dst = r.append(dst)
		}
		return dst, nil
	}
	raw := make([]byte, 0, b.recordsSize())
	for _, r := range b.Records {
		raw = r.append(raw)
	}
	return AppendCompressed(dst, raw, b.Codec, b.CompressionLevel)
}

// recordsSize is how many bytes the records take before they are compressed.
func (b *RecordBatch) recordsSize() int {
	n := 0
	for _, r := range b.Records {
		n += r.size()
	}
	return n
}

func (b *RecordBatch) attributes() int16 {
	attributes := int16(b.Codec) & codecMask
	for _, a := range []struct {
		set  bool
		mask int16
	}{{b.Control, controlMask}, {b.LogAppendTime, logAppendTimeMask}, {b.IsTransactional, transactionalMask}} {
		if a.set {
			attributes |= a.mask
		}
	}
	return attributes
}

// decode reads the batch that data begins with. One that is cut off is no error once its header is there.
func (b *RecordBatch) decode(data []byte, limit int) (rest []byte, err error) {
	h, err := ReadBatchHeader(data)
	if err != nil && (!errors.Is(err, ErrInsufficientData) || len(data) < RecordBatchOverhead) {
		return data, err
	}
	*b = RecordBatch{
		FirstOffset:          h.BaseOffset,
		PartitionLeaderEpoch: h.PartitionLeaderEpoch,
		Version:              h.Magic,
		Codec:                h.Codec(),
		Control:              h.IsControl(),
		LogAppendTime:        h.LogAppendTime(),
		LastOffsetDelta:      h.LastOffsetDelta,
		FirstTimestamp:       timestampOf(h.FirstTimestamp),
		MaxTimestamp:         timestampOf(h.MaxTimestamp),
		ProducerID:           h.ProducerID,
		ProducerEpoch:        h.ProducerEpoch,
		FirstSequence:        h.BaseSequence,
		IsTransactional:      h.IsTransactional(),
	}
	if err != nil {
		if b.Codec > CompressionZSTD { // more of it would not help
			return data, PacketDecodingError{Info: fmt.Sprintf("invalid compression specified (%d)", b.Codec)}
		}
		b.PartialTrailingRecord = true
		return nil, nil
	}
	end := lengthEnd + int(h.Length)
	batch := data[:end:end]
	if crc := crc32.Checksum(batch[attributesOffset:], castagnoli); crc != h.CRC {
		return data, crcError(h.CRC, crc)
	}
	err = b.decodeRecords(batch[RecordBatchOverhead:], int(h.NumRecords), limit)
	if errors.Is(err, ErrInsufficientData) {
		b.PartialTrailingRecord = true
		b.Records = nil
		err = nil
	}
	return data[end:], err
}

// recordMin is the size of the smallest record.
const recordMin = 7

func (b *RecordBatch) decodeRecords(data []byte, n, limit int) (err error) {
	if b.Codec != CompressionNone {
		if data, err = AppendDecompressed(nil, data, b.Codec, limit); err != nil {
			return err
		}
	}
	if n > len(data)/recordMin {
		return ErrInsufficientData
	}
	if n >= 0 {
		b.Records = make([]*Record, n)
	}
	records := make([]Record, max(n, 0)) // they share data's memory, and so none is kept alone
	for i := range records {
		if data, err = records[i].decode(data); err != nil {
			return err
		}
		b.Records[i] = &records[i]
	}
	if len(data) > 0 {
		return PacketDecodingError{Info: fmt.Sprintf("invalid length: %d bytes behind the last record of a batch", len(data))}
	}
	return nil
}

package protocol

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// RecordBatchOverhead is the size of the header of a record batch of format v2.
const RecordBatchOverhead = 61

// The bits of a batch's attributes, and of a message's (its first four).
const (
	codecMask         = 0x07
	logAppendTimeMask = 0x08
	transactionalMask = 0x10
	controlMask       = 0x20
)

// Where fields lie in a batch of format v2. The magic has its place in all formats.
const (
	lengthOffset     = 8
	lengthEnd        = 12 // what the length does not count ends here
	magicOffset      = 16
	crcOffset        = 17
	attributesOffset = 21 // the CRC is of what begins here
	producerIDOffset = 43
	epochOffset      = 51
	sequenceOffset   = 53
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// BatchHeader is the header of a record batch of format v2 (KIP-98). Of a message of an older format it holds what there
// is of it: see [BatchReader].
type BatchHeader struct {
	BaseOffset           int64
	Length               int32 // of the batch behind this field
	PartitionLeaderEpoch int32
	Magic                int8 // the format
	CRC                  uint32
	Attributes           int16
	LastOffsetDelta      int32
	FirstTimestamp       int64 // milliseconds since 1970, -1 for none
	MaxTimestamp         int64
	ProducerID           int64
	ProducerEpoch        int16
	BaseSequence         int32
	NumRecords           int32
}

// Codec is how the records are compressed.
func (h *BatchHeader) Codec() CompressionCodec { return CompressionCodec(h.Attributes & codecMask) }

// IsTransactional tells whether the records belong to a transaction.
func (h *BatchHeader) IsTransactional() bool { return h.Attributes&transactionalMask != 0 }

// IsControl tells whether the records are markers of a transaction's end and not an application's.
func (h *BatchHeader) IsControl() bool { return h.Attributes&controlMask != 0 }

// LogAppendTime tells whether MaxTimestamp is the time at which the broker appended the batch, and of all its records.
func (h *BatchHeader) LogAppendTime() bool { return h.Attributes&logAppendTimeMask != 0 }

// LastOffset is the offset of the last record that the batch was written with, compaction or not.
func (h *BatchHeader) LastOffset() int64 { return h.BaseOffset + int64(h.LastOffsetDelta) }

// Put writes the header into the first [RecordBatchOverhead] bytes of a batch whose records, compressed if the attributes
// say so, are already behind them. Length and CRC are computed, and set in h too; the magic is 2.
func (h *BatchHeader) Put(batch []byte) { h.PutWithChecksum(batch, RecordsChecksum{}) }

func (h *BatchHeader) putFields(batch []byte) {
	_ = batch[RecordBatchOverhead-1]
	h.Magic = 2
	h.Length = int32(len(batch) - lengthEnd)
	binary.BigEndian.PutUint64(batch, uint64(h.BaseOffset))
	binary.BigEndian.PutUint32(batch[lengthOffset:], uint32(h.Length))
	binary.BigEndian.PutUint32(batch[12:], uint32(h.PartitionLeaderEpoch))
	batch[magicOffset] = byte(h.Magic)
	binary.BigEndian.PutUint16(batch[attributesOffset:], uint16(h.Attributes))
	binary.BigEndian.PutUint32(batch[23:], uint32(h.LastOffsetDelta))
	binary.BigEndian.PutUint64(batch[27:], uint64(h.FirstTimestamp))
	binary.BigEndian.PutUint64(batch[35:], uint64(h.MaxTimestamp))
	binary.BigEndian.PutUint32(batch[57:], uint32(h.NumRecords))
	putProducer(batch, h.ProducerID, h.ProducerEpoch, h.BaseSequence)
}

// PatchProducer gives a finished batch another producer and sequence, and the CRC that goes with them (KIP-360).
func PatchProducer(batch []byte, id int64, epoch int16, sequence int32) {
	putProducer(batch, id, epoch, sequence)
	binary.BigEndian.PutUint32(batch[crcOffset:], crc32.Checksum(batch[attributesOffset:], castagnoli))
}

func putProducer(batch []byte, id int64, epoch int16, sequence int32) {
	_ = batch[RecordBatchOverhead-1]
	binary.BigEndian.PutUint64(batch[producerIDOffset:], uint64(id))
	binary.BigEndian.PutUint16(batch[epochOffset:], uint16(epoch))
	binary.BigEndian.PutUint32(batch[sequenceOffset:], uint32(sequence))
}

// ReadBatchHeader reads the header of the batch of format v2 that b begins with. [ErrInsufficientData] says that b does
// not hold all of the batch; the header is set as far as it is there. Other errors are a [PacketDecodingError].
func ReadBatchHeader(b []byte) (BatchHeader, error) {
	var h BatchHeader
	err := h.read(b)
	return h, err
}

func (h *BatchHeader) read(b []byte) error {
	if len(b) > magicOffset && b[magicOffset] != 2 {
		return PacketDecodingError{Info: fmt.Sprintf("unknown magic byte (%v)", int8(b[magicOffset]))}
	}
	if len(b) < RecordBatchOverhead {
		return ErrInsufficientData
	}
	*h = BatchHeader{
		BaseOffset:           int64(binary.BigEndian.Uint64(b)),
		Length:               int32(binary.BigEndian.Uint32(b[lengthOffset:])),
		PartitionLeaderEpoch: int32(binary.BigEndian.Uint32(b[12:])),
		Magic:                int8(b[magicOffset]),
		CRC:                  binary.BigEndian.Uint32(b[crcOffset:]),
		Attributes:           int16(binary.BigEndian.Uint16(b[attributesOffset:])),
		LastOffsetDelta:      int32(binary.BigEndian.Uint32(b[23:])),
		FirstTimestamp:       int64(binary.BigEndian.Uint64(b[27:])),
		MaxTimestamp:         int64(binary.BigEndian.Uint64(b[35:])),
		ProducerID:           int64(binary.BigEndian.Uint64(b[producerIDOffset:])),
		ProducerEpoch:        int16(binary.BigEndian.Uint16(b[epochOffset:])),
		BaseSequence:         int32(binary.BigEndian.Uint32(b[sequenceOffset:])),
		NumRecords:           int32(binary.BigEndian.Uint32(b[57:])),
	}
	switch {
	case h.Length < RecordBatchOverhead-lengthEnd:
		return PacketDecodingError{Info: fmt.Sprintf("record batch of length %d", h.Length)}
	case int64(h.Length) > int64(len(b)-lengthEnd):
		return ErrInsufficientData
	}
	return nil
}

func crcError(expected, got uint32) error {
	return PacketDecodingError{Info: fmt.Sprintf("CRC didn't match expected %#x got %#x", expected, got)}
}

package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// BatchReader goes through the record data of a fetched partition, batch by batch, without copying anything:
//
//	for r.Reset(data); r.Next(); {
//		// r.Header, r.Data
//	}
//	// r.Err(), r.Partial()
//
// A message of format v0 or v1 counts as a batch, be it one message or a compressed set of them: a [SetReader] reads it.
type BatchReader struct {
	// Header is the batch's header. Of a message of format v0 or v1 it has the offset (the last one of a compressed set),
	// the length, magic, CRC, attributes, the timestamp as both first and max (-1 for v0); the rest is 0.
	Header BatchHeader
	// Data is the whole batch, header included.
	Data []byte

	rest     []byte
	err      error
	needed   int
	partial  bool
	overflow bool
}

// Reset starts over with other data, which the reader shares and never changes.
func (r *BatchReader) Reset(data []byte) { *r = BatchReader{rest: data} }

// Next goes on to the next batch and reports whether there is one.
func (r *BatchReader) Next() bool {
	if len(r.rest) == 0 || r.err != nil || r.partial || r.overflow {
		return false
	}
	err := r.read()
	switch {
	case err == nil:
		end := lengthEnd + int(r.Header.Length)
		r.Data = r.rest[:end:end]
		r.rest = r.rest[end:]
		return true
	case !errors.Is(err, ErrInsufficientData):
		r.err = err
	case len(r.rest) > magicOffset && r.rest[magicOffset] < 2 && int64(binary.BigEndian.Uint64(r.rest)) == -1:
		r.overflow = true
	default:
		r.cutOff()
	}
	r.Data = nil
	return false
}

func (r *BatchReader) read() error {
	if len(r.rest) <= magicOffset {
		return ErrInsufficientData
	}
	if r.rest[magicOffset] >= 2 {
		return r.Header.read(r.rest)
	}
	e, _, err := readSetEntry(r.rest)
	r.Header = BatchHeader{
		BaseOffset:     e.offset,
		Length:         e.length,
		Magic:          e.magic,
		CRC:            e.crc,
		Attributes:     int16(e.attributes),
		FirstTimestamp: e.timestamp,
		MaxTimestamp:   e.timestamp,
	}
	return err
}

func (r *BatchReader) cutOff() {
	r.partial = true
	if len(r.rest) >= lengthEnd {
		if length := int32(binary.BigEndian.Uint32(r.rest[lengthOffset:])); length > 0 {
			r.needed = lengthEnd + int(length)
		}
	}
}

// Err returns why Next has stopped before the end of the data: a [PacketDecodingError], or nil.
func (r *BatchReader) Err() error { return r.err }

// Partial tells that the data ends within a batch, which brokers do where the limit of a fetch is reached.
func (r *BatchReader) Partial() bool { return r.partial }

// Needed is the size of the batch that is cut off, 0 if its length is cut off too.
func (r *BatchReader) Needed() int { return r.needed }

// Overflow tells that the data ends with what a broker puts in place of a batch that it had no room to convert to an
// older format: no more is to be had of this answer, and a larger limit would not help.
func (r *BatchReader) Overflow() bool { return r.overflow }

// Records are the records of a batch of format v2, as they were sent: compressed if Header.Codec says so.
func (r *BatchReader) Records() []byte { return r.Data[RecordBatchOverhead:] }

// VerifyCRC compares the batch's checksum with what it is of. The error is a [PacketDecodingError].
func (r *BatchReader) VerifyCRC() error {
	var crc uint32
	if r.Header.Magic >= 2 {
		crc = crc32.Checksum(r.Data[attributesOffset:], castagnoli)
	} else {
		crc = crc32.ChecksumIEEE(r.Data[magicOffset:])
	}
	if crc != r.Header.CRC {
		return fmt.Errorf("batch at offset %d: %w", r.Header.BaseOffset, crcError(r.Header.CRC, crc))
	}
	return nil
}

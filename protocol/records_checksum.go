package protocol

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// RecordsChecksum is the checksum of a batch's records as far as they have been added. To add them while they are in the processor's
// caches costs half of what it costs to read all of them again at the end.
type RecordsChecksum struct {
	crc  uint32
	size int
}

// Add adds the records that follow.
func (c *RecordsChecksum) Add(records []byte) {
	c.crc = crc32.Update(c.crc, castagnoli, records)
	c.size += len(records)
}

// Size is how many bytes have been added.
func (c *RecordsChecksum) Size() int { return c.size }

// PutWithChecksum is [BatchHeader.Put] for a batch whose first records have been added to a checksum.
func (h *BatchHeader) PutWithChecksum(batch []byte, records RecordsChecksum) {
	h.putFields(batch)
	if records.size == 0 {
		h.CRC = crc32.Checksum(batch[attributesOffset:], castagnoli)
	} else {
		records.Add(batch[RecordBatchOverhead+records.size:])
		h.CRC = joinCRC(crc32.Checksum(batch[attributesOffset:RecordBatchOverhead], castagnoli), records.crc, records.size)
	}
	binary.BigEndian.PutUint32(batch[crcOffset:], h.CRC)
}

// joinCRC returns the CRC-32C of two pieces, one behind the other, from those of each and the size of the second. A CRC is a
// polynomial over GF(2), the remainder of a division: zeros behind the first piece multiply it by a power of x.
func joinCRC(first, second uint32, size int) uint32 {
	for k := 0; size > 0; k, size = k+1, size>>1 {
		if size&1 != 0 {
			first = multiplyCRC(first, byteShifts[k])
		}
	}
	return first ^ second
}

// byteShifts are what 1, 2, 4, ... bytes of zeros multiply a CRC by.
var byteShifts = func() (powers [bits.UintSize - 1]uint32) {
	powers[0] = 1 << (31 - 8) // x to the power of 8: the highest bit is that of x to the power of 0
	for k := range len(powers) - 1 {
		powers[k+1] = multiplyCRC(powers[k], powers[k])
	}
	return powers
}()

// multiplyCRC multiplies two polynomials modulo that of CRC-32C.
func multiplyCRC(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a>>31 != 0 {
			product ^= b
		}
		b = b>>1 ^ crc32.Castagnoli&-(b&1)
	}
	return product
}

package sarama

import "encoding/binary"

// murmur2 is the hash that Java's clients choose partitions by: MurmurHash2 of 32 bits with a seed of Kafka's own.
func murmur2(key []byte) uint32 {
	const (
		seed  = 0x9747b28c
		mix   = 0x5bd1e995
		shift = 24
	)
	h := uint32(seed) ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		k := binary.LittleEndian.Uint32(key)
		k *= mix
		k ^= k >> shift
		h = h*mix ^ k*mix
	}
	for i, b := range key { // three at most
		h ^= uint32(b) << (8 * i)
	}
	if len(key) > 0 {
		h *= mix
	}
	h ^= h >> 13
	h *= mix
	return h ^ h>>15
}

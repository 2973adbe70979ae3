package sarama

import (
	"hash"
	"hash/crc32"
	"math/rand/v2"
	"unsafe"
)

// Partitioner chooses the partition of each message of one topic. A producer makes one per topic and calls it from one
// goroutine.
type Partitioner interface {
	// Partition returns a number from 0 to numPartitions-1. With an error the message fails.
	Partition(message *ProducerMessage, numPartitions int32) (int32, error)

	// RequiresConsistency tells whether the same key must always give the same partition. If so, numPartitions counts all
	// partitions; if not, only those that have a leader at the moment, and the result is an index among them.
	RequiresConsistency() bool
}

// DynamicConsistencyPartitioner is a Partitioner that needs consistency for some messages only: hash partitioners for those
// with a key.
type DynamicConsistencyPartitioner interface {
	Partitioner

	// MessageRequiresConsistency is asked in the place of RequiresConsistency, for each message.
	MessageRequiresConsistency(message *ProducerMessage) bool
}

// PartitionerConstructor makes the Partitioner of a topic.
type PartitionerConstructor func(topic string) Partitioner

// HashPartitionerOption changes a partitioner of NewCustomPartitioner.
type HashPartitionerOption func(*hashPartitioner)

// WithAbsFirst drops the sign of the hash before it is divided by the number of partitions, as Java's clients do, rather
// than that of the remainder.
func WithAbsFirst() HashPartitionerOption {
	return func(p *hashPartitioner) { p.referenceAbs = true }
}

// WithHashUnsigned takes the hash as a number without sign, as librdkafka does with CRC-32. WithAbsFirst prevails.
func WithHashUnsigned() HashPartitionerOption {
	return func(p *hashPartitioner) { p.unsigned = true }
}

// WithCustomHashFunction hashes keys with what hasher returns, called once per topic, rather than with FNV-1a.
func WithCustomHashFunction(hasher func() hash.Hash32) HashPartitionerOption {
	return func(p *hashPartitioner) { p.hasher, p.sum = hasher(), nil }
}

// WithCustomFallbackPartitioner partitions messages without a key; the default is at random. All topics of the producer
// share it.
func WithCustomFallbackPartitioner(randomHP Partitioner) HashPartitionerOption {
	return func(p *hashPartitioner) { p.random = randomHP }
}

type manualPartitioner struct{}

// NewManualPartitioner returns a Partitioner that takes each message's own Partition.
func NewManualPartitioner(string) Partitioner { return manualPartitioner{} }

func (manualPartitioner) Partition(message *ProducerMessage, _ int32) (int32, error) {
	return message.Partition, nil
}

func (manualPartitioner) RequiresConsistency() bool { return true }

type randomPartitioner struct{}

// NewRandomPartitioner returns a Partitioner that chooses at random for each message.
func NewRandomPartitioner(string) Partitioner { return randomPartitioner{} }

func (randomPartitioner) Partition(_ *ProducerMessage, numPartitions int32) (int32, error) {
	return rand.Int32N(numPartitions), nil
}

func (randomPartitioner) RequiresConsistency() bool { return false }

type roundRobinPartitioner struct {
	next int32
}

// NewRoundRobinPartitioner returns a Partitioner that goes from one partition to the next with each message.
func NewRoundRobinPartitioner(string) Partitioner { return &roundRobinPartitioner{} }

func (p *roundRobinPartitioner) Partition(_ *ProducerMessage, numPartitions int32) (int32, error) {
	if p.next >= numPartitions {
		p.next = 0
	}
	partition := p.next
	p.next++
	return partition, nil
}

func (p *roundRobinPartitioner) RequiresConsistency() bool { return false }

// hashPartitioner hashes keys, and leaves messages without one to random.
type hashPartitioner struct {
	random       Partitioner
	sum          func(key []byte) uint32 // the hash function, unless there is a hasher
	hasher       hash.Hash32
	referenceAbs bool
	unsigned     bool
}

// NewHashPartitioner returns the default Partitioner: the FNV-1a hash of the key, divided by the number of partitions, and
// the remainder without its sign. Messages without a key go to random partitions.
func NewHashPartitioner(topic string) Partitioner {
	return &hashPartitioner{random: NewRandomPartitioner(topic), sum: fnv1a}
}

// NewReferenceHashPartitioner is NewHashPartitioner with WithAbsFirst: it differs in the partitions of keys whose hash is
// negative.
func NewReferenceHashPartitioner(topic string) Partitioner {
	return &hashPartitioner{random: NewRandomPartitioner(topic), sum: fnv1a, referenceAbs: true}
}

// NewConsistentCRCHashPartitioner returns a Partitioner that chooses as librdkafka's consistent_random does: by the CRC-32
// of the key, and at random without a key.
func NewConsistentCRCHashPartitioner(topic string) Partitioner {
	return &hashPartitioner{random: NewRandomPartitioner(topic), sum: crc32.ChecksumIEEE, unsigned: true}
}

// NewMurmur2Partitioner returns a Partitioner that chooses as Java's clients do: by the murmur2 hash of the key. Messages
// without a key go to random partitions.
func NewMurmur2Partitioner(topic string) Partitioner {
	return &hashPartitioner{random: NewRandomPartitioner(topic), sum: murmur2, referenceAbs: true}
}

// NewCustomHashPartitioner is NewHashPartitioner with another hash function. hasher is called once per topic.
func NewCustomHashPartitioner(hasher func() hash.Hash32) PartitionerConstructor {
	return NewCustomPartitioner(WithCustomHashFunction(hasher))
}

// NewCustomPartitioner is NewHashPartitioner with options.
func NewCustomPartitioner(options ...HashPartitionerOption) PartitionerConstructor {
	return func(topic string) Partitioner {
		p := &hashPartitioner{random: NewRandomPartitioner(topic), sum: fnv1a}
		for _, option := range options {
			option(p)
		}
		return p
	}
}

// Partition implements Partitioner.
func (p *hashPartitioner) Partition(message *ProducerMessage, numPartitions int32) (int32, error) {
	if message.Key == nil {
		return p.random.Partition(message, numPartitions)
	}
	key, err := encoded(message.Key)
	if err != nil {
		return -1, err
	}
	sum, err := p.hash(key)
	if err != nil {
		return -1, err
	}
	switch {
	case p.referenceAbs:
		return int32(sum&0x7fffffff) % numPartitions, nil
	case p.unsigned:
		return int32(sum % uint32(numPartitions)), nil
	default:
		remainder := int32(sum) % numPartitions
		return max(remainder, -remainder), nil
	}
}

func (p *hashPartitioner) hash(key []byte) (uint32, error) {
	if p.hasher == nil {
		return p.sum(key), nil
	}
	p.hasher.Reset()
	if _, err := p.hasher.Write(key); err != nil {
		return 0, err
	}
	return p.hasher.Sum32(), nil
}

// RequiresConsistency implements Partitioner.
func (p *hashPartitioner) RequiresConsistency() bool { return true }

// MessageRequiresConsistency implements DynamicConsistencyPartitioner: messages with a key do.
func (p *hashPartitioner) MessageRequiresConsistency(message *ProducerMessage) bool {
	return message.Key != nil
}

// stringBytes returns the string's own bytes, not a copy, to read only. They are not nil.
func stringBytes(s StringEncoder) []byte {
	if len(s) == 0 {
		return []byte{}
	}
	return unsafe.Slice(unsafe.StringData(string(s)), len(s))
}

// fnv1a is the hash of fnv.New32a, without the object.
func fnv1a(key []byte) uint32 {
	const (
		offset = 2166136261
		prime  = 16777619
	)
	h := uint32(offset)
	for _, b := range key {
		h = (h ^ uint32(b)) * prime
	}
	return h
}

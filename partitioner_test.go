package sarama

import (
	"errors"
	"hash"
	"hash/crc32"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// The values of Kafka's own test of its hash.
func TestMurmur2(t *testing.T) {
	for key, want := range map[string]int32{
		"":                           275646681,
		"21":                         -973932308,
		"foobar":                     -790332482,
		"abc":                        479470107,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
	} {
		require.Equal(t, want, int32(murmur2([]byte(key))), key)
	}
}

func TestFNV1a(t *testing.T) {
	for n := range 50 {
		key := make([]byte, n)
		for i := range key {
			key[i] = byte(rand.Uint32())
		}
		h := fnv.New32a()
		_, _ = h.Write(key)
		require.Equal(t, h.Sum32(), fnv1a(key))
	}
}

type brokenEncoder struct{ Encoder }

func (brokenEncoder) Encode() ([]byte, error) { return nil, errors.New("no bytes") }

type brokenHash struct{ hash.Hash32 }

func (brokenHash) Write([]byte) (int, error) { return 0, errors.New("no hash") }

func partitionOf(t *testing.T, p Partitioner, key Encoder, n int32) int32 {
	t.Helper()
	partition, err := p.Partition(&ProducerMessage{Key: key, Partition: 99}, n)
	require.NoError(t, err)
	return partition
}

func TestHashPartitioners(t *testing.T) {
	for name, test := range map[string]struct {
		made Partitioner
		want func(key string, n int32) int32
	}{
		"hash": {NewHashPartitioner("t"), func(key string, n int32) int32 {
			remainder := int32(fnv1a([]byte(key))) % n
			if remainder < 0 {
				return -remainder
			}
			return remainder
		}},
		"reference": {NewReferenceHashPartitioner("t"), func(key string, n int32) int32 {
			return int32(fnv1a([]byte(key))&0x7fffffff) % n
		}},
		"absolute first": {NewCustomPartitioner(WithAbsFirst(), WithHashUnsigned())("t"), func(key string, n int32) int32 {
			return int32(fnv1a([]byte(key))&0x7fffffff) % n
		}},
		"crc": {NewConsistentCRCHashPartitioner("t"), func(key string, n int32) int32 {
			return int32(crc32.ChecksumIEEE([]byte(key)) % uint32(n))
		}},
		"custom crc": {NewCustomPartitioner(WithCustomHashFunction(crc32.NewIEEE), WithHashUnsigned())("t"), func(key string, n int32) int32 {
			return int32(crc32.ChecksumIEEE([]byte(key)) % uint32(n))
		}},
		"murmur2": {NewMurmur2Partitioner("t"), func(key string, n int32) int32 {
			return int32(murmur2([]byte(key))&0x7fffffff) % n
		}},
		"custom hash": {NewCustomHashPartitioner(func() hash.Hash32 { return fnv.New32a() })("t"), func(key string, n int32) int32 {
			return partitionOf(t, NewHashPartitioner("t"), StringEncoder(key), n)
		}},
	} {
		for i := range 1000 {
			key, n := "key-"+strconv.Itoa(i), int32(1+i%17)
			require.Equal(t, test.want(key, n), partitionOf(t, test.made, StringEncoder(key), n), "%s %s", name, key)
			require.Equal(t, test.want(key, n), partitionOf(t, test.made, ByteEncoder(key), n), "%s %s", name, key)
		}
		require.Equal(t, test.want("", 7), partitionOf(t, test.made, StringEncoder(""), 7), name)

		_, err := test.made.Partition(&ProducerMessage{Key: brokenEncoder{}}, 3)
		require.EqualError(t, err, "no bytes")
		dynamic, ok := test.made.(DynamicConsistencyPartitioner)
		require.True(t, ok, name)
		require.True(t, dynamic.RequiresConsistency())
		require.True(t, dynamic.MessageRequiresConsistency(&ProducerMessage{Key: StringEncoder("k")}))
		require.False(t, dynamic.MessageRequiresConsistency(&ProducerMessage{}))
		requireAllPartitions(t, test.made)
	}
	broken := NewCustomHashPartitioner(func() hash.Hash32 { return brokenHash{fnv.New32a()} })("t")
	_, err := broken.Partition(&ProducerMessage{Key: StringEncoder("k")}, 3)
	require.EqualError(t, err, "no hash")
}

// requireAllPartitions sends without a key until each partition had a message.
func requireAllPartitions(t *testing.T, p Partitioner) {
	t.Helper()
	seen := map[int32]bool{}
	for i := 0; i < 2000 && len(seen) < 5; i++ {
		partition := partitionOf(t, p, nil, 5)
		require.True(t, partition >= 0 && partition < 5)
		seen[partition] = true
	}
	require.Len(t, seen, 5)
}

func TestSimplePartitioners(t *testing.T) {
	manual := NewManualPartitioner("t")
	require.Equal(t, int32(99), partitionOf(t, manual, nil, 3))
	require.True(t, manual.RequiresConsistency())

	random := NewRandomPartitioner("t")
	require.False(t, random.RequiresConsistency())
	requireAllPartitions(t, random)

	robin := NewRoundRobinPartitioner("t")
	require.False(t, robin.RequiresConsistency())
	var dealt []int32
	for _, n := range []int32{3, 3, 3, 3, 3, 1, 2} {
		dealt = append(dealt, partitionOf(t, robin, nil, n))
	}
	require.Equal(t, []int32{0, 1, 2, 0, 1, 0, 1}, dealt)

	fallback := NewCustomPartitioner(WithCustomFallbackPartitioner(manual))("t")
	require.Equal(t, int32(99), partitionOf(t, fallback, nil, 3))
}

func TestPartitionersDoNotAllocate(t *testing.T) {
	keys := map[string]*ProducerMessage{
		"string": {Key: StringEncoder("a key of some length, more than 32 bytes of it")},
		"bytes":  {Key: ByteEncoder("a key of some length, more than 32 bytes of it")},
		"none":   {},
	}
	for name, message := range keys {
		for _, made := range []PartitionerConstructor{
			NewHashPartitioner, NewReferenceHashPartitioner, NewConsistentCRCHashPartitioner, NewMurmur2Partitioner,
			NewManualPartitioner, NewRandomPartitioner, NewRoundRobinPartitioner, NewCustomHashPartitioner(fnv.New32a),
		} {
			p := made("t")
			require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = p.Partition(message, 7) }), name)
		}
	}
}

func BenchmarkPartitioners(b *testing.B) {
	message := &ProducerMessage{Key: StringEncoder("user-123456789")}
	for name, made := range map[string]PartitionerConstructor{
		"hash": NewHashPartitioner, "murmur2": NewMurmur2Partitioner, "crc": NewConsistentCRCHashPartitioner,
		"random": NewRandomPartitioner,
	} {
		b.Run(name, func(b *testing.B) {
			p := made("t")
			for b.Loop() {
				_, _ = p.Partition(message, 12)
			}
		})
	}
}

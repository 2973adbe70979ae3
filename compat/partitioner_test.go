package compat

import (
	"fmt"
	"hash/crc32"
	"testing"

	theirs "github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	ours "github.com/seed20e6684a/sarama"
)

// TestPartitionersAgree sends the same keys to each partitioner of both libraries.
func TestPartitionersAgree(t *testing.T) {
	for name, pair := range map[string]struct {
		our   ours.PartitionerConstructor
		their theirs.PartitionerConstructor
	}{
		"hash":         {ours.NewHashPartitioner, theirs.NewHashPartitioner},
		"reference":    {ours.NewReferenceHashPartitioner, theirs.NewReferenceHashPartitioner},
		"crc":          {ours.NewConsistentCRCHashPartitioner, theirs.NewConsistentCRCHashPartitioner},
		"murmur2":      {ours.NewMurmur2Partitioner, theirs.NewMurmur2Partitioner},
		"custom crc":   {ours.NewCustomHashPartitioner(crc32.NewIEEE), theirs.NewCustomHashPartitioner(crc32.NewIEEE)},
		"abs unsigned": {ours.NewCustomPartitioner(ours.WithAbsFirst(), ours.WithHashUnsigned()), theirs.NewCustomPartitioner(theirs.WithAbsFirst(), theirs.WithHashUnsigned())},
		"unsigned":     {ours.NewCustomPartitioner(ours.WithHashUnsigned()), theirs.NewCustomPartitioner(theirs.WithHashUnsigned())},
	} {
		our, their := pair.our("t"), pair.their("t")
		for i := range 3000 {
			key, n := fmt.Sprintf("%0*d", i%23, i), int32(1+i%31)
			got, err := our.Partition(&ours.ProducerMessage{Key: ours.StringEncoder(key)}, n)
			require.NoError(t, err)
			want, err := their.Partition(&theirs.ProducerMessage{Key: theirs.StringEncoder(key)}, n)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s %q of %d", name, key, n)
		}
	}
}

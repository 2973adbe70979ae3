package protocol

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAppendProduceBodyWritesWhatMarshalWrites(t *testing.T) {
	id := "tx"
	parts := []ProducePartition{
		{Topic: "a", Partition: 1, Records: []byte("first")},
		{Topic: "a", Partition: 2, Records: nil},
		{Topic: "a", Partition: 3, Records: []byte{}},
		{Topic: "b", Partition: 0, Records: bytes.Repeat([]byte{7}, 300)},
	}
	byID := slices.Clone(parts)
	for i := range byID {
		byID[i].TopicID, byID[i].Topic = Uuid{byID[i].Topic[0]}, ""
	}
	var scratch []byte
	for version := int16(0); version <= 13; version++ {
		for _, tx := range []*string{nil, &id} {
			t.Run(fmt.Sprintf("v%d tx %v", version, tx != nil), func(t *testing.T) {
				in := parts
				if version >= 13 {
					in = byID
				}
				want := &ProduceRequest{Version: version, RequiredAcks: WaitForAll, Timeout: 1500, opaque: in}
				if version >= 3 {
					want.TransactionalID = tx
				}
				body, err := Marshal(want)
				require.NoError(t, err)
				var bufs net.Buffers
				bufs, scratch, err = AppendProduceBody(nil, scratch, version, tx, -1, 1500, in)
				require.NoError(t, err)
				require.Equal(t, body, bytes.Join(bufs, nil))
				got := &ProduceRequest{Version: version}
				require.NoError(t, UnmarshalOpaque(body, got))
				require.Equal(t, in, ProducedPartitions(got))
			})
		}
	}
}

func TestAppendProduceBodyReusesItsScratch(t *testing.T) {
	parts := []ProducePartition{{Topic: "a", Records: []byte("r")}, {Topic: "b", Records: []byte("s")}}
	bufs, scratch, err := AppendProduceBody(nil, nil, 9, nil, 1, 1, parts)
	require.NoError(t, err)
	allocs := testing.AllocsPerRun(100, func() {
		bufs, scratch, err = AppendProduceBody(bufs[:0], scratch, 9, nil, 1, 1, parts)
	})
	require.NoError(t, err)
	require.Zero(t, allocs)
}

func TestAppendProduceBodyRefusesWhatDoesNotFit(t *testing.T) {
	long := strings.Repeat("x", 1<<15)
	for name, try := range map[string]func() error{
		"version": func() error { _, _, err := AppendProduceBody(nil, nil, 14, nil, 1, 1, nil); return err },
		"topic": func() error {
			_, _, err := AppendProduceBody(nil, nil, 9, nil, 1, 1, []ProducePartition{{Topic: long}})
			return err
		},
		"transactional id": func() error { _, _, err := AppendProduceBody(nil, nil, 9, &long, 1, 1, nil); return err },
	} {
		var want PacketEncodingError
		require.ErrorAs(t, try(), &want, name)
	}
}

func TestFetchedBlocksKeepTheOrderOfTheWire(t *testing.T) {
	for version := int16(0); version <= 18; version++ {
		in := &FetchResponse{Version: version}
		partitions := rand.Perm(100) // in no order, and none twice
		for i := range 6 {
			b := FetchedBlock{
				Partition: int32(partitions[i]), Records: []byte{byte(i)},
				Block: &FetchResponseBlock{HighWaterMarkOffset: int64(i), PreferredReadReplica: -1},
			}
			if version >= 13 {
				b.TopicID = Uuid{byte(9 - i/2)}
			} else {
				b.Topic = string(rune('z' - i/2))
			}
			in.fetched = append(in.fetched, b)
		}
		body, err := Marshal(in)
		require.NoError(t, err)
		got := &FetchResponse{Version: version}
		require.NoError(t, UnmarshalOpaque(body, got))
		require.Equal(t, in.fetched, FetchedBlocks(got))
		last := FetchedBlocks(got)[5]
		require.Same(t, last.Block, got.GetBlock(topicOf(last.Topic, last.TopicID), last.Partition))
		require.Nil(t, got.GetBlock("none", 0))
	}
}

package sarama

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// changes counts how often n keyless messages of 100 bytes change the partition, and how many go to each.
func changes(t *testing.T, p Partitioner, n int, partitions int32) (changed int, each map[int32]int) {
	t.Helper()
	each = make(map[int32]int)
	last := int32(-1)
	for range n {
		got, err := p.Partition(&ProducerMessage{Value: ByteEncoder(make([]byte, 100-recordOverhead))}, partitions)
		require.NoError(t, err)
		require.GreaterOrEqual(t, got, int32(0))
		require.Less(t, got, partitions)
		if got != last {
			changed++
		}
		last = got
		each[got]++
	}
	return changed, each
}

func TestStickyPartitionersStay(t *testing.T) {
	changed, _ := changes(t, NewStickyPartitioner("t"), 10_000, 8)
	require.Equal(t, 1, changed, "nobody tells of complete batches")
	changed, each := changes(t, NewCustomStickyPartitioner(WithStickyBytes(1000), WithoutAdaption())("t"), 10_000, 8)
	require.Equal(t, 1000, changed, "1000 bytes are ten messages, and the next partition is another")
	require.Len(t, each, 8)
	for partition, n := range each {
		require.InDelta(t, 1250, n, 500, "partition %d", partition)
	}
	for _, p := range []Partitioner{NewUniformStickyPartitioner("t"), NewRackAwarePartitioner("t"), NewCustomStickyPartitioner(WithStickyBytes(-1))("t")} {
		changed, _ := changes(t, p, 10_000, 8)
		require.LessOrEqual(t, changed, 1+10_000/163, "16 KiB are 164 messages")
		require.Greater(t, changed, 1)
		changed, _ = changes(t, p, 1, 1)
		require.Equal(t, 1, changed)
	}
}

func TestStickyPartitionersGoByKeys(t *testing.T) {
	sticky, hash := NewUniformStickyPartitioner("t"), NewHashPartitioner("t")
	java, murmur := NewCustomStickyPartitioner(WithKeyPartitioner(NewMurmur2Partitioner))("t"), NewMurmur2Partitioner("t")
	random := NewCustomStickyPartitioner(WithKeyPartitioner(NewRandomPartitioner))("t")
	keyed := &ProducerMessage{Key: StringEncoder("k")}
	for _, p := range []Partitioner{sticky, java, random} {
		require.True(t, p.RequiresConsistency())
		require.False(t, p.(DynamicConsistencyPartitioner).MessageRequiresConsistency(&ProducerMessage{}))
		require.Equal(t, p != random, p.(DynamicConsistencyPartitioner).MessageRequiresConsistency(keyed))
	}
	for i := range 100 {
		msg := &ProducerMessage{Key: StringEncoder(fmt.Sprint(i))}
		for _, pair := range [][2]Partitioner{{sticky, hash}, {java, murmur}} {
			got, err := pair[0].Partition(msg, 7)
			require.NoError(t, err)
			want, err := pair[1].Partition(msg, 7)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}

// batches returns the number of batches and of records that brokers were sent.
func batches(t *testing.T, net *scriptedNetwork) (n, records int) {
	for _, b := range net.brokers {
		for _, r := range b.received(protocol.KeyProduce) {
			for _, part := range protocol.ProducedPartitions(r.Body.(*ProduceRequest)) {
				h, err := protocol.ReadBatchHeader(part.Records)
				require.NoError(t, err)
				n++
				records += int(h.NumRecords)
			}
		}
	}
	return n, records
}

// TestStickyPartitionerChangesWithTheBatch: so that messages which come one by one go together, and then elsewhere.
func TestStickyPartitionerChangesWithTheBatch(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 8)
		p.conf.Producer.Partitioner = NewStickyPartitioner
		p.conf.Producer.Flush.Messages = 10
		p.conf.ChannelBufferSize = 0 // one by one
		producer := p.startExtended(t)
		for range 50 {
			partitions := make(map[int32]bool)
			for range 10 {
				producer.Input() <- toOrders("x")
				synctest.Wait()
			}
			for range 10 {
				partitions[(<-producer.Successes()).Partition] = true
			}
			require.Len(t, partitions, 1)
		}
		require.NoError(t, producer.Close())
		n, records := batches(t, net)
		require.Equal(t, 500, records)
		require.Equal(t, 50, n)
		used := 0
		for partition := range int32(8) {
			if len(p.logs.values(partition)) > 0 {
				used++
			}
		}
		require.Greater(t, used, 4)
	})
}

// TestUniformStickyPartitionerAvoidsSlowBrokers: where records wait fewer go.
func TestUniformStickyPartitionerAvoidsSlowBrokers(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 4)
		p.conf.Producer.Partitioner = NewCustomStickyPartitioner(WithStickyBytes(400))
		slow := net.brokers["b1:9092"]
		gate := make(chan struct{})
		slow.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
			<-gate
			return p.logs.produce(r)
		})
		producer := p.startExtended(t)
		outcomes := make(chan outcome)
		go func() { outcomes <- collect(producer) }()
		for i := range 4000 {
			producer.Input() <- toOrders("0123456789012345678901234567890123456789")
			if i%20 == 0 {
				synctest.Wait() // the other broker keeps up
			}
		}
		close(gate)
		producer.AsyncClose()
		require.Len(t, (<-outcomes).succeeded, 4000)
		require.NoError(t, producer.Close())
		slowly, fast := len(p.logs.values(0))+len(p.logs.values(2)), len(p.logs.values(1))+len(p.logs.values(3))
		require.Greater(t, fast, 2*slowly, "the slow broker leads 0 and 2")
	})
}

// TestRackAwarePartitionerPrefersNearLeaders: and does with others where there are none.
func TestRackAwarePartitionerPrefersNearLeaders(t *testing.T) {
	for rack, near := range map[string]bool{"here": true, "nowhere": false, "": false} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 4)
			racks := map[string]string{"b1:9092": "there", "b2:9092": "here"}
			for addr, b := range net.brokers {
				b.address.Rack = new(racks[addr])
			}
			p.conf.RackID = rack
			p.conf.Producer.Partitioner = NewCustomStickyPartitioner(WithRackAwareness(), WithStickyBytes(100))
			o := p.run(t, 400)
			require.Len(t, o.succeeded, 400)
			far := len(p.logs.values(0)) + len(p.logs.values(2))
			if near {
				require.Zero(t, far)
			} else {
				require.Positive(t, far)
			}
		})
	}
}

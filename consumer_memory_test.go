package sarama

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// A decoder that is made in a bubble of testing/synctest serves no other.
func init() {
	packed, err := protocol.AppendCompressed(nil, []byte("x"), CompressionZSTD, CompressionLevelDefault)
	if err == nil {
		_, err = protocol.AppendDecompressed(nil, packed, CompressionZSTD, 0)
	}
	if err != nil {
		panic(err)
	}
}

// rawLogs are partitions of equal batches, as the brokers that lead them in turn send them: with as many bytes as is asked for.
type rawLogs struct {
	batch   []byte // its base offset is set when it is sent
	records int64  // in a batch
	batches int64  // in a partition
}

// newRawLogs is of batches of so many records each.
func newRawLogs(t *testing.T, codec CompressionCodec, records int32, value []byte) *rawLogs {
	var unpacked []byte
	for i := range records {
		unpacked = protocol.AppendRecord(unpacked, i, 0, nil, value, nil)
	}
	batch, err := protocol.AppendCompressed(make([]byte, protocol.RecordBatchOverhead), unpacked, codec, CompressionLevelDefault)
	require.NoError(t, err)
	h := protocol.BatchHeader{Attributes: int16(codec), LastOffsetDelta: records - 1, NumRecords: records, ProducerID: -1}
	h.Put(batch)
	return &rawLogs{batch: batch, records: int64(records)}
}

func (l *rawLogs) serve(b *scriptedBroker) {
	b.on(protocol.KeyListOffsets, func(r *scriptedRequest) protocol.Message {
		response := &OffsetResponse{Blocks: make(map[string]map[int32]*OffsetResponseBlock)}
		for _, asked := range protocol.RequestedOffsets(r.Body.(*OffsetRequest)) {
			block := &OffsetResponseBlock{Timestamp: -1}
			if asked.Timestamp == OffsetNewest {
				block.Offset = l.records * l.batches
			}
			block.Offsets = []int64{block.Offset}
			if response.Blocks[asked.Topic] == nil {
				response.Blocks[asked.Topic] = make(map[int32]*OffsetResponseBlock)
			}
			response.Blocks[asked.Topic][asked.Partition] = block
		}
		return response
	})
	b.on(protocol.KeyFetch, l.fetch)
}

// fetch answers without sessions. Records are given as bytes: an answer that was read opaquely is written so, too.
func (l *rawLogs) fetch(r *scriptedRequest) protocol.Message {
	request := r.Body.(*FetchRequest)
	response := &FetchResponse{Version: r.Version}
	var blocks []protocol.FetchedBlock
	left := int(request.MaxBytes)
	for _, i := range rand.Perm(len(protocol.RequestedPartitions(request))) {
		p := protocol.RequestedPartitions(request)[i]
		var data []byte
		for at := p.Offset / l.records; at < l.batches; at++ {
			if n := len(data) + len(l.batch); n > int(p.MaxBytes) || n > left {
				if len(blocks) > 0 || len(data) > 0 {
					break
				}
			}
			batch := bytes.Clone(l.batch)
			h, err := protocol.ReadBatchHeader(batch)
			require.NoError(r.Broker.t, err)
			h.BaseOffset = at * l.records
			h.Put(batch)
			data = append(data, batch...)
		}
		if len(data) == 0 {
			continue
		}
		left -= len(data)
		blocks = append(blocks, protocol.FetchedBlock{
			Topic: p.Topic, Partition: p.Partition, Records: data,
			Block: &FetchResponseBlock{HighWaterMarkOffset: l.records * l.batches, PreferredReadReplica: -1},
		})
	}
	if len(blocks) == 0 {
		select {
		case <-time.After(time.Duration(request.MaxWaitTime) * time.Millisecond):
		case <-r.Broker.stopped:
			return r.cut()
		}
	}
	protocol.SetFetchedBlocks(response, blocks)
	return response
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// 64 partitions of batches that grow to a hundred times their size, whose handlers stand still, stay below the bound; and one
// that goes on is not kept by the others.
func TestMemoryIsBounded(t *testing.T) {
	const partitions, bound, records = 64, 48 << 20, 100
	value := bytes.Repeat([]byte("0123456789"), 100)
	for _, codec := range []CompressionCodec{CompressionZSTD, CompressionNone} {
		t.Run(codec.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				b1, b2 := net.broker(1), net.broker(2)
				cluster := newScriptedCluster(b1, b2)
				var leaders []*PartitionMetadata
				for p := range int32(partitions) {
					leaders = append(leaders, ledBy(p, 1+p%2, 1))
				}
				cluster.setTopic("big", 0, leaders...)
				logs := newRawLogs(t, codec, records, value)
				logs.batches = 30
				if codec != CompressionNone {
					require.Less(t, 100*len(logs.batch), records*len(value))
				}
				logs.serve(b1)
				logs.serve(b2)

				conf := net.config()
				conf.Version = V2_8_0_0
				conf.Consumer.MaxBufferBytes = bound
				before := heapInUse()
				opened, err := NewConsumer(addresses([]*scriptedBroker{b1, b2}), conf)
				require.NoError(t, err)
				bounded := opened.(*consumer)
				var all []PartitionConsumer
				for p := range int32(partitions) {
					pc, err := bounded.ConsumePartition("big", p, OffsetOldest)
					require.NoError(t, err)
					all = append(all, pc)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				held := heapInUse() - before
				t.Logf("%d MiB held", held>>20)
				require.Less(t, held, int64(bound*11/10))
				require.Greater(t, held, int64(bound/8), "there is something to bound")

				for i := range int64(records * 30) {
					require.Equal(t, i, (<-all[7].Messages()).Offset)
				}
				require.Less(t, heapInUse()-before, int64(bound*11/10))
				for _, pc := range all {
					if pc != all[7] {
						for i := range int64(records * 30) {
							require.Equal(t, i, (<-pc.Messages()).Offset)
						}
					}
				}
				for _, pc := range all {
					require.NoError(t, pc.Close())
				}
				require.Zero(t, bounded.memory.used)
				require.NoError(t, bounded.Close())
			})
		})
	}
}

// Without a bound, partitions that nobody reads hold Fetch.Default each only if they are few.
func TestManyPartitionsShareWhatIsFetchedAhead(t *testing.T) {
	const partitions, records = 512, 10
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		var leaders []*PartitionMetadata
		for p := range int32(partitions) {
			leaders = append(leaders, ledBy(p, 1, 1))
		}
		cluster.setTopic("wide", 0, leaders...)
		logs := newRawLogs(t, CompressionNone, records, make([]byte, 100))
		logs.batches = 2 << 20 / int64(len(logs.batch))
		logs.serve(b)

		conf := net.config()
		conf.Version = V2_8_0_0
		before := heapInUse()
		opened, err := NewConsumer([]string{b.addr()}, conf)
		require.NoError(t, err)
		all := make([]PartitionConsumer, partitions)
		for p := range all {
			all[p], err = opened.ConsumePartition("wide", int32(p), OffsetOldest)
			require.NoError(t, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		ahead := 0
		for _, pc := range all {
			pc := pc.(*partitionConsumer)
			pc.mu.Lock()
			require.NotZero(t, pc.undelivered, "partition %d", pc.partition)
			ahead += pc.undelivered
			pc.mu.Unlock()
		}
		held := heapInUse() - before
		t.Logf("%d MiB fetched ahead, %d MiB held", ahead>>20, held>>20)
		require.Less(t, ahead, 128<<20) // the first ones had more, before the last ones came
		require.Less(t, held, int64(256<<20))
		for offset := range logs.batches * records {
			require.Equal(t, offset, (<-all[7].Messages()).Offset)
		}
		for _, pc := range all {
			require.NoError(t, pc.Close())
		}
		require.NoError(t, opened.Close())
	})
}

// TestNothingIsKeptOfWhatWasDelivered when there is nothing more to fetch.
func TestNothingIsKeptOfWhatWasDelivered(t *testing.T) {
	for _, bound := range []int64{0, 1 << 20} { // with a bound partitions get memory of their own
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			c := newConsuming(t, net, 3) // 0 and 2 have the same leader
			c.conf.Consumer.MaxBufferBytes = bound
			consumer := c.consumer()
			var all []PartitionConsumer
			for _, p := range []int32{0, 2} {
				c.fill(p, 3)
				all = append(all, c.partition(consumer, p, OffsetOldest))
			}
			var kept []weak.Pointer[byte]
			for range 3 {
				for _, pc := range all {
					kept = append(kept, weak.Make(&(<-pc.Messages()).Value[0]))
				}
			}
			time.Sleep(time.Second)
			synctest.Wait()
			runtime.GC()
			for i, value := range kept {
				require.Nil(t, value.Value(), "message %d, bound %d", i, bound)
			}
			for _, pc := range all {
				require.NoError(t, pc.Close())
			}
			require.NoError(t, consumer.Close())
		})
	}
}

// TestFullPartitionIsFetchedAgainWhenOthersEnd: they make its share grow, so that it has room before it has delivered anything.
func TestFullPartitionIsFetchedAgainWhenOthersEnd(t *testing.T) {
	const others = 2 * fewPartitions
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		b1, b2 := net.broker(1), net.broker(2)
		cluster := newScriptedCluster(b1, b2)
		leaders := []*PartitionMetadata{ledBy(0, 1, 1)}
		for p := range int32(others) {
			leaders = append(leaders, ledBy(1+p, 2, 1))
		}
		cluster.setTopic("wide", 0, leaders...)
		logs := newRawLogs(t, CompressionNone, 10, make([]byte, 100))
		empty := *logs
		empty.serve(b2)
		logs.batches = 1 << 20 / int64(len(logs.batch))
		logs.serve(b1)

		conf := net.config()
		conf.Version = V2_8_0_0
		consumer, err := NewConsumer(addresses([]*scriptedBroker{b1, b2}), conf)
		require.NoError(t, err)
		all := make([]PartitionConsumer, 1+others)
		for p := others; p >= 0; p-- {
			all[p], err = consumer.ConsumePartition("wide", int32(p), OffsetOldest)
			require.NoError(t, err)
		}
		time.Sleep(time.Second)
		for _, pc := range all[1:] {
			require.NoError(t, pc.Close())
		}
		for offset := range logs.batches * logs.records {
			select {
			case msg := <-all[0].Messages():
				require.Equal(t, offset, msg.Offset)
			case <-time.After(time.Minute):
				require.FailNow(t, "not fetched any more", "at offset %d", offset)
			}
		}
		require.NoError(t, all[0].Close())
		require.NoError(t, consumer.Close())
	})
}

func TestShareOfWhatIsFetchedAhead(t *testing.T) {
	for name, of := range map[string]struct {
		partitions, largest int
		usual               int32
		asks, limit         int
	}{
		"one":                         {1, 100, 1 << 20, 1 << 20, 1 << 19},
		"few":                         {64, 100, 1 << 20, 1 << 20, 1 << 19},
		"many":                        {512, 100, 1 << 20, 1 << 17, 1 << 16},
		"very many":                   {5000, 100, 1 << 20, leastAhead, leastAhead / 2},
		"large batches":               {512, 1 << 16, 1 << 20, 1 << 19, 1 << 18},
		"batches as large as a fetch": {512, 1 << 20, 1 << 20, 1 << 20, 1 << 19},
		"a batch of nonsense":         {512, math.MaxInt32, 1 << 20, 1 << 20, 1 << 19},
		"not much is to be asked for": {512, 100, 1 << 14, 1 << 14, 1 << 13},
		"much is, of few":             {64, 100, 1 << 25, 1 << 25, 1 << 24},
		"much is, of many":            {512, 100, 1 << 25, 1 << 22, 1 << 21},
	} {
		t.Run(name, func(t *testing.T) {
			conf := NewConfig()
			conf.Consumer.Fetch.Default = of.usual
			c := &consumer{conf: conf, memory: newMemoryBound(conf)}
			c.memory.count(int64(of.partitions), 0)
			pc := &partitionConsumer{parent: c, conf: conf, largest: of.largest, replica: noReplica}
			want, wish := pc.wants()
			require.Equal(t, wishRecords, wish)
			require.EqualValues(t, of.asks, want.size)
			require.Equal(t, of.limit, pc.limitLocked())
			pc.undelivered = of.limit
			_, wish = pc.wants()
			require.Equal(t, wishRoom, wish)
			pc.largest = 0
			c.memory.batch.Store(int64(of.largest))
			require.Equal(t, of.limit, pc.limitLocked(), "nothing is known of it, but of others")
			pc.grown = 1 << 27
			pc.undelivered = 0
			want, _ = pc.wants()
			require.EqualValues(t, 1<<27, want.size, "a batch that needs more gets it")
		})
	}
}

// A batch that is larger than a partition's share is asked for whole, within Fetch.Max; only beyond that it is left out.
func TestBatchesBeyondAShareAreAskedFor(t *testing.T) {
	for name, of := range map[string]struct {
		bound         int64
		size, maximum int32
		asks          []int32 // one after the other, until it is there; 0: it is left out
	}{
		"many partitions":                   {0, 300_000, 0, []int32{1 << 17, 300_000}},
		"and no more than is usual allowed": {0, 300_000, 1 << 20, []int32{1 << 17, 300_000}},
		"as large as is usual and allowed":  {0, 1 << 20, 1 << 20, []int32{1 << 17, 1 << 20}},
		"larger than is usual":              {0, 3 << 20, 0, []int32{1 << 17, 3 << 20}},
		"larger than is allowed":            {0, 3 << 20, 1 << 20, []int32{1 << 17, 1 << 20, 0}},
		"with a bound":                      {16 << 20, 300_000, 1 << 20, []int32{leastFetch, 300_000}},
	} {
		t.Run(name, func(t *testing.T) {
			conf := NewConfig()
			conf.Consumer.MaxBufferBytes, conf.Consumer.Fetch.Max = of.bound, of.maximum
			conf.Consumer.Return.Errors = true
			c := &consumer{conf: conf, memory: newMemoryBound(conf), ctx: t.Context()}
			c.memory.count(512, 1)
			bc := &brokerConsumer{parent: c, copies: true}
			pc := newPartitionConsumer(t.Context(), c, topicPartition{"wide", 7})
			pc.broker = bc
			batch := make([]byte, of.size)
			h := protocol.BatchHeader{LastOffsetDelta: fewRecords, NumRecords: fewRecords + 1, ProducerID: -1} // not decoded at once
			h.Put(batch)
			for _, ask := range of.asks {
				want, _ := pc.wants()
				if ask == 0 {
					require.EqualValues(t, 1, want.offset)
					require.ErrorIs(t, <-pc.errors, ErrMessageTooLarge)
					return
				}
				require.Zero(t, want.offset)
				require.Equal(t, ask, want.size)
				block := &protocol.FetchedBlock{Block: &FetchResponseBlock{PreferredReadReplica: -1}, Records: batch[:min(ask, of.size)]}
				require.NoError(t, pc.take(bc, block, want, nil))
				require.Equal(t, ask >= of.size, len(pc.fetched) == 1)
			}
			require.EqualValues(t, fewRecords+1, pc.offset)
		})
	}
}

func TestMemoryIsTaken(t *testing.T) {
	m := memoryBound{size: 1600}
	m.count(4, 0)
	take := func(held, more int64) bool {
		ok, most := m.take(held, more, 0)
		require.EqualValues(t, 1200, most)
		return ok
	}
	require.False(t, take(0, 1201), "more than there is")
	require.True(t, take(0, 1200), "nobody else has anything")
	m.give(1200)
	require.True(t, take(0, 400))
	require.True(t, take(0, 200), "the half for all is used up")
	require.False(t, take(0, 151), "more than its own part")
	require.True(t, take(0, 150))
	require.True(t, take(0, 150))
	require.False(t, take(150, 1))
	m.give(600)
	require.True(t, take(150, 1))
	require.EqualValues(t, leastFetch, m.perBroker())
	m.size = 1 << 20
	require.EqualValues(t, 1<<17, m.perBroker())
	m.count(0, 2)
	require.EqualValues(t, 1<<16, m.perBroker())
	require.EqualValues(t, 1<<14, m.perPartition())
}

func TestBatchBeyondTheBoundIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 1)
		c.conf.Consumer.MaxBufferBytes = 64
		c.conf.Consumer.Retry.Max = 1
		c.fetches.codec = CompressionGZIP
		c.fetches.perFetch = 20
		c.fill(0, 20)
		consumer := c.consumer()
		pc := c.partition(consumer, 0, OffsetOldest)
		err := <-pc.Errors()
		require.ErrorIs(t, err, ErrDecompressedBatchTooLarge)
		var batch *BatchError
		require.ErrorAs(t, err, &batch)
		require.EqualValues(t, 20, batch.Next)
		for range pc.Errors() {
		}
		require.NoError(t, consumer.Close())
	})
}

// The bound changes nothing of what comes, whatever fails.
func TestBoundedConsumerReadsEachRecordOnce(t *testing.T) {
	for seed := range uint64(20) {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			c := newConsuming(t, net, 3)
			rnd := rand.New(rand.NewPCG(seed, 1))
			c.conf.Consumer.Return.Errors = false
			c.conf.Consumer.MaxBufferBytes = 20000
			c.conf.ChannelBufferSize = rnd.IntN(3)
			c.fetches.codec = CompressionCodec(rnd.IntN(4))
			c.fetches.perFetch = 1 + rnd.IntN(20)
			c.fetches.fault = fetchFaults(rnd, 20, 0.2)
			var work sync.WaitGroup
			reader := c.consumer().(*consumer)
			for p := range int32(3) {
				c.fill(p, 200)
				pc := c.partition(reader, p, OffsetOldest)
				work.Go(func() {
					expect(t, pc, 0, 200)
					require.NoError(t, pc.Close())
				})
			}
			work.Wait()
			require.Zero(t, reader.memory.used)
			require.NoError(t, reader.Close())
		})
	}
}

// Partitions that are many get memory of their own, and the next answer is read where the one before was: whoever keeps messages
// keeps what they hold.
func TestManyPartitionsKeepTheirRecords(t *testing.T) {
	const partitions, records = 2*uncopiedPartitions + 10, 60
	for seed := range uint64(10) {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			c := newConsuming(t, net, partitions)
			rnd := rand.New(rand.NewPCG(seed, 2))
			c.conf.Consumer.Return.Errors = false
			c.conf.ChannelBufferSize = rnd.IntN(3)
			c.fetches.codec = CompressionCodec(rnd.IntN(2))
			c.fetches.perFetch = 1 + rnd.IntN(20)
			c.fetches.fault = fetchFaults(rnd, 20, 0.02)
			var all [partitions][]*ConsumerMessage
			var work sync.WaitGroup
			reader := c.consumer()
			for p := range int32(partitions) {
				for i := range records {
					c.logs.add(p, fmt.Sprintf("record %d of partition %d", i, p))
				}
				pc := c.partition(reader, p, OffsetOldest)
				work.Go(func() {
					for len(all[p]) < records {
						select {
						case msg := <-pc.Messages():
							all[p] = append(all[p], msg)
						case <-time.After(time.Hour):
							t.Errorf("partition %d stands still after %d records", p, len(all[p]))
							return
						}
					}
					require.NoError(t, pc.Close())
				})
			}
			work.Wait()
			require.NoError(t, reader.Close())
			for p := range all {
				for i, msg := range all[p] {
					require.EqualValues(t, i, msg.Offset)
					require.Equal(t, fmt.Sprintf("record %d of partition %d", i, p), string(msg.Value))
				}
			}
		})
	}
}

// Whoever opens and closes leaves nothing, with brokers up, down and half open: each goroutine is begun by
// withRecover. Requests that hang at brokers are theirs.
func TestOpenAndCloseLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		c := newConsuming(t, net, 2)
		c.conf.Metadata.Retry.Max = 1
		c.conf.Net.ReadTimeout = time.Second
		c.fill(0, 100)
		half := net.brokerAt(9, "half")
		half.on(protocol.KeyApiVersions, hang)
		dead := func(addrs ...string) {
			_, err := NewConsumer(addrs, c.conf)
			require.ErrorIs(t, err, ErrOutOfBrokers)
		}
		for i := range 200 {
			dead(half.addr())
			dead("gone:9092")
			consumer := c.consumer()
			pc := c.partition(consumer, 0, OffsetOldest)
			other := c.partition(consumer, 1, OffsetNewest)
			switch i % 4 {
			case 0:
				expect(t, pc, 0, 100)
			case 1:
				c.brokers[0].setDown(true)
				time.Sleep(time.Second)
			case 2:
				c.brokers[0].on(protocol.KeyFetch, hang)
				time.Sleep(time.Second)
			}
			if i%2 == 0 {
				pc.AsyncClose()
				require.NoError(t, other.Close())
			}
			require.NoError(t, consumer.Close())
			c.brokers[0].setDown(false)
			c.brokers[0].on(protocol.KeyFetch, c.fetches.fetch)
		}
		synctest.Wait()
		stacks := make([]byte, 4<<20)
		require.NotContains(t, string(stacks[:runtime.Stack(stacks, true)]), "sarama.withRecover")
	})
}

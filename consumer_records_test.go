package sarama

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// Bits of a batch's attributes.
const (
	logAppendTimeBit = 1 << 3
	transactionalBit = 1 << 4
	controlBit       = 1 << 5
)

// wireBatch is a batch of format v2 as a broker sends it, with numbered values.
type wireBatch struct {
	base       int64
	values     int
	last       int32 // delta; 0: of the last value
	attributes int16 // the codec's included
	producer   int64
	headers    int // of each record
	times      [2]int64
	marker     *ControlRecord
}

func (w wireBatch) bytes(t testing.TB) []byte {
	var headers []RecordHeader
	for i := range w.headers {
		headers = append(headers, RecordHeader{Key: []byte(fmt.Sprint("h", i)), Value: []byte(fmt.Sprint(i))})
	}
	var records []byte
	for i := range w.values {
		value := []byte(numbered(int(w.base) + i))
		records = protocol.AppendRecord(records, int32(i), int64(i), nil, value, headers)
	}
	last, n := int32(w.values-1), w.values
	if w.marker != nil {
		key, value := protocol.AppendControlRecord(nil, nil, *w.marker)
		records = protocol.AppendRecord(nil, 0, 0, key, value, nil)
		last, n = 0, 1
	}
	if w.last != 0 {
		last = w.last
	}
	batch, err := protocol.AppendCompressed(make([]byte, protocol.RecordBatchOverhead), records,
		CompressionCodec(w.attributes&7), CompressionLevelDefault)
	require.NoError(t, err)
	h := protocol.BatchHeader{
		BaseOffset: w.base, Attributes: w.attributes, LastOffsetDelta: last, FirstTimestamp: w.times[0], MaxTimestamp: w.times[1],
		ProducerID: w.producer, NumRecords: int32(n),
	}
	h.Put(batch)
	return batch
}

func wireBatches(t testing.TB, batches ...wireBatch) []byte {
	var data []byte
	for _, b := range batches {
		data = append(data, b.bytes(t)...)
	}
	return data
}

// decodeAll returns what a decoder makes of a fetch, and where it is then.
func decodeAll(d *recordDecoder, f *fetchedRecords) (all []ConsumerMessage, err error) {
	d.reset(f)
	for {
		msgs, err := d.next()
		all = append(all, msgs...)
		if msgs == nil || err != nil {
			return all, err
		}
	}
}

// requireNumbered requires messages with the given offsets, whose values are numbered alike.
func requireNumbered(t testing.TB, msgs []ConsumerMessage, offsets ...int64) {
	t.Helper()
	var got []int64
	for _, m := range msgs {
		got = append(got, m.Offset)
		require.Equal(t, numbered(int(m.Offset)), string(m.Value))
		require.Equal(t, "orders", m.Topic)
		require.EqualValues(t, 3, m.Partition)
	}
	require.Equal(t, offsets, got)
}

func offsetsFrom(first, n int64) (all []int64) {
	for i := range n {
		all = append(all, first+i)
	}
	return all
}

var decoded = topicPartition{"orders", 3}

func TestDecoderReadsBatchesOfEachCodec(t *testing.T) {
	for codec := CompressionNone; codec <= CompressionZSTD; codec++ {
		data := wireBatches(t,
			wireBatch{base: 100, values: 150, attributes: int16(codec), headers: 3, times: [2]int64{5000, 5149}},
			wireBatch{base: 250, values: 1, attributes: int16(codec), headers: 3, times: [2]int64{6000, 6000}},
			wireBatch{base: 251, values: 0, last: 48, times: [2]int64{-1, -1}}, // compacted away
			wireBatch{base: 300, values: 10, last: 40, attributes: int16(codec), headers: 3, times: [2]int64{7000, 7009}},
		)
		d := newRecordDecoder(decoded, false)
		msgs, err := decodeAll(&d, &fetchedRecords{offset: 120, data: data})
		require.NoError(t, err)
		requireNumbered(t, msgs, append(offsetsFrom(120, 131), offsetsFrom(300, 10)...)...)
		require.EqualValues(t, 341, d.offset, "behind what compaction has left of the last batch")
		require.Equal(t, time.UnixMilli(5020), msgs[0].Timestamp)
		for _, m := range msgs {
			require.Len(t, m.Headers, 3)
			for i, h := range m.Headers {
				require.Equal(t, RecordHeader{Key: []byte(fmt.Sprint("h", i)), Value: []byte(fmt.Sprint(i))}, *h)
			}
			require.Equal(t, 3, cap(m.Headers), "who appends to them touches no other message's")
		}
		again, err := decodeAll(&d, &fetchedRecords{offset: 120, data: data})
		require.NoError(t, err)
		require.Empty(t, again, "what was delivered")
	}
}

func TestDecoderTakesTheTimeOfTheAppend(t *testing.T) {
	d := newRecordDecoder(decoded, false)
	msgs, err := decodeAll(&d, &fetchedRecords{data: wireBatch{values: 2, attributes: logAppendTimeBit, times: [2]int64{5, 9}}.bytes(t)})
	require.NoError(t, err)
	require.Equal(t, []time.Time{time.UnixMilli(9), time.UnixMilli(9)}, []time.Time{msgs[0].Timestamp, msgs[1].Timestamp})
	d = newRecordDecoder(decoded, false)
	msgs, err = decodeAll(&d, &fetchedRecords{data: wireBatch{values: 1, times: [2]int64{-1, -1}}.bytes(t)})
	require.NoError(t, err)
	require.True(t, msgs[0].Timestamp.IsZero(), "none")
}

func TestDecoderLeavesOutAbortedTransactions(t *testing.T) {
	data := wireBatches(t,
		wireBatch{base: 0, values: 2, producer: 7, attributes: transactionalBit}, // aborted
		wireBatch{base: 2, values: 2, producer: 8, attributes: transactionalBit}, // committed
		wireBatch{base: 4, values: 1, producer: 7},                               // of no transaction
		wireBatch{base: 5, producer: 7, attributes: transactionalBit | controlBit, // ends it
			marker: &ControlRecord{Type: ControlRecordAbort}},
		wireBatch{base: 6, values: 2, producer: 7, attributes: transactionalBit}, // committed
		wireBatch{base: 8, producer: 8, attributes: transactionalBit | controlBit, marker: &ControlRecord{Type: ControlRecordCommit}},
		wireBatch{base: 9, producer: 7, attributes: transactionalBit | controlBit, marker: &ControlRecord{Type: ControlRecordCommit}},
		wireBatch{base: 10, values: 2, producer: 7, attributes: transactionalBit}, // aborted
		wireBatch{base: 12, values: 2, producer: 8, attributes: transactionalBit}, // aborted, its end not fetched
		wireBatch{base: 14, producer: 7, attributes: transactionalBit | controlBit, marker: &ControlRecord{Type: ControlRecordAbort}},
		wireBatch{base: 15, values: 1, producer: 9, attributes: transactionalBit},
	)
	aborted := []*protocol.AbortedTransaction{ // brokers do not sort them
		{ProducerID: 8, FirstOffset: 12}, {ProducerID: 7, FirstOffset: 0}, {ProducerID: 7, FirstOffset: 10},
	}
	d := newRecordDecoder(decoded, true)
	msgs, err := decodeAll(&d, &fetchedRecords{data: data, aborted: aborted})
	require.NoError(t, err)
	requireNumbered(t, msgs, 2, 3, 4, 6, 7, 15)
	require.EqualValues(t, 16, d.offset)

	d = newRecordDecoder(decoded, true)
	msgs, err = decodeAll(&d, &fetchedRecords{offset: 1, data: data, aborted: aborted})
	require.NoError(t, err)
	requireNumbered(t, msgs, 2, 3, 4, 6, 7, 15)

	d = newRecordDecoder(decoded, false)
	msgs, err = decodeAll(&d, &fetchedRecords{data: data, aborted: aborted})
	require.NoError(t, err)
	requireNumbered(t, msgs, 0, 1, 2, 3, 4, 6, 7, 10, 11, 12, 13, 15)
}

func TestDecoderReadsMessageSets(t *testing.T) {
	for version := range int8(2) {
		for _, codec := range []CompressionCodec{CompressionNone, CompressionGZIP, CompressionSnappy, CompressionLZ4} {
			var data []byte
			for first := int64(10); first < 310; first += 100 {
				var set []byte
				for i := range int64(100) {
					offset := first + i
					if codec != CompressionNone && version == 1 {
						offset = i // relative within a compressed set (KIP-31)
					}
					set = protocol.AppendSetMessage(set, version, offset, 1000+i, nil, []byte(numbered(int(first+i))))
				}
				if codec != CompressionNone {
					var err error
					set, err = protocol.AppendCompressedSet(nil, version, first+99, 1099, set, codec, CompressionLevelDefault)
					require.NoError(t, err)
				}
				data = append(data, set...)
			}
			d := newRecordDecoder(decoded, true)
			msgs, err := decodeAll(&d, &fetchedRecords{offset: 50, data: data})
			require.NoError(t, err)
			requireNumbered(t, msgs, offsetsFrom(50, 260)...)
			require.EqualValues(t, 310, d.offset)
			if version == 1 {
				require.Equal(t, time.UnixMilli(1040), msgs[0].Timestamp)
			}
			if version == 1 && codec != CompressionNone {
				require.Equal(t, time.UnixMilli(1099), msgs[0].BlockTimestamp)
			}
		}
	}
}

// TestDecoderTellsDamage: what comes before is delivered, and the place is named.
func TestDecoderTellsDamage(t *testing.T) {
	good := wireBatch{base: 5, values: 70, headers: 1}.bytes(t)
	bad := wireBatch{base: 75, values: 10, headers: 1}.bytes(t)
	recrc := func(change func(batch []byte)) []byte {
		batch := append([]byte(nil), bad...)
		change(batch)
		h, err := protocol.ReadBatchHeader(batch)
		require.NoError(t, err)
		h.Put(batch)
		return batch
	}
	crc := append([]byte(nil), bad...)
	crc[len(crc)-1]++
	for name, batch := range map[string][]byte{
		"crc":      crc,
		"codec":    recrc(func(b []byte) { b[22] |= byte(CompressionZSTD) }),
		"records":  recrc(func(b []byte) { b[60]++ }), // one more than there are
		"header":   recrc(func(b []byte) { b[len(b)-2] = 0x7f }),
		"no codec": recrc(func(b []byte) { b[22] |= 7 }),
	} {
		d := newRecordDecoder(decoded, false)
		msgs, err := decodeAll(&d, &fetchedRecords{offset: 5, data: append(append([]byte(nil), good...), batch...)})
		require.Error(t, err, name)
		require.ErrorContains(t, err, fmt.Sprintf("orders-3 at offset %d", d.offset), name)
		requireNumbered(t, msgs, offsetsFrom(5, d.offset-5)...)
		require.GreaterOrEqual(t, d.offset, int64(75), name)
		require.LessOrEqual(t, d.offset, int64(85), name)
	}
}

// TestDecoderAllocatesForManyAtOnce: for each record is no memory of its own.
func TestDecoderAllocatesForManyAtOnce(t *testing.T) {
	var singles []wireBatch
	for i := range int64(1000) {
		singles = append(singles, wireBatch{base: i, values: 1, headers: 2})
	}
	var set []byte
	for i := range 1000 {
		set = protocol.AppendSetMessage(set, 1, int64(i), 0, nil, []byte(numbered(i)))
	}
	for name, data := range map[string][]byte{
		"one batch":      wireBatch{values: 1000}.bytes(t),
		"headers":        wireBatch{values: 1000, headers: 5}.bytes(t),
		"snappy":         wireBatch{values: 1000, headers: 5, attributes: int16(CompressionSnappy)}.bytes(t),
		"message set":    set,
		"batches of one": wireBatches(t, singles...),
	} {
		n := 0
		allocations := testing.AllocsPerRun(10, func() {
			d := newRecordDecoder(decoded, false)
			d.reset(&fetchedRecords{data: data})
			for n = 0; ; {
				msgs, err := d.next()
				if msgs == nil || err != nil {
					break
				}
				n += len(msgs)
			}
		})
		require.Equal(t, 1000, n, name)
		require.LessOrEqual(t, allocations, 55.0, name)
	}
}

func TestFetchedTo(t *testing.T) {
	one := wireBatch{base: 10, values: 5}.bytes(t)
	two := wireBatches(t, wireBatch{base: 10, values: 5}, wireBatch{base: 15, values: 3, last: 9})
	control := wireBatch{base: 10, attributes: controlBit | transactionalBit, marker: &ControlRecord{Type: ControlRecordCommit}}.bytes(t)
	garbage := append(append([]byte(nil), one...), make([]byte, 100)...)
	for name, c := range map[string]struct {
		data   []byte
		offset int64
		next   int64
		needs  int
		any    bool
	}{
		"nothing":           {nil, 10, 10, 0, false},
		"one":               {one, 10, 15, 0, true},
		"from its middle":   {one, 12, 15, 0, true},
		"two":               {two, 10, 25, 0, true},
		"second cut off":    {two[:len(two)-1], 10, 15, 0, true},
		"cut off":           {one[:len(one)-1], 10, 10, len(one), false},
		"length cut off":    {one[:7], 10, 10, 8, false},
		"marker":            {control, 10, 11, 0, true},
		"compacted":         {wireBatch{base: 10, last: 7}.bytes(t), 10, 18, 0, true},
		"no batch":          {garbage, 10, 15, 0, true},
		"no batch at first": {make([]byte, 100), 10, 10, 0, true},
	} {
		extent := extentOf(c.data, c.offset)
		require.Equal(t, c.next, extent.next, name)
		require.Equal(t, c.needs, extent.needs, name)
		require.Equal(t, c.any, extent.any, name)
	}
}

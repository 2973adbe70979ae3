package sarama

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/seed20e6684a/sarama/internal/memory"
	"github.com/seed20e6684a/sarama/protocol"
)

// slabSize is how many messages are allocated at once, at most: as long as one of them is in use, all are kept.
const slabSize = 64

// recordDecoder turns what was fetched of a partition into messages, without an allocation for each. It does no I/O.
type recordDecoder struct {
	topicPartition
	committed bool  // leave out the records of aborted transactions
	offset    int64 // of the next message to deliver

	batches protocol.BatchReader
	batch   recordBatchView
	set     protocol.SetReader
	inSet   bool // a message set is being read, not a batch
	setMax  time.Time
	size    int // bytes of the fetch
	opened  int // of them, up to the end of the batch being read
	passed  int // of them, in batches read to their end

	// Memory for what is to come. It is of one fetch, as the records are: who keeps one keeps no other fetch's.
	slab     []ConsumerMessage
	headers  []RecordHeader
	pointers []*RecordHeader

	// With a bound on memory each batch waits until some was set aside for it.
	bounded bool
	waits   bool // the batch that the reader has come to waits
	granted int  // bytes that it may take
	most    int  // that any may
	held    int  // that it takes
	asked   int  // that were too few
	usual   int  // that the last ones took, or a little more

	aborted   []*protocol.AbortedTransaction // not begun yet, ascending
	producers map[int64]struct{}             // whose transaction is an aborted one, here
}

// recordBatchView is a batch of format 2 being read.
type recordBatchView struct {
	header protocol.BatchHeader
	rest   []byte // decompressed
	left   int32
}

func newRecordDecoder(tp topicPartition, committed bool) recordDecoder {
	return recordDecoder{topicPartition: tp, committed: committed}
}

// reset starts on what a fetch brought.
func (d *recordDecoder) reset(f *fetchedRecords) {
	d.offset = max(d.offset, f.offset)
	d.batches.Reset(f.data)
	d.batch, d.inSet = recordBatchView{}, false
	d.size, d.opened, d.passed = len(f.data), 0, 0
	d.waits, d.asked, d.granted, d.held = false, 0, 0, 0
	d.slab, d.headers, d.pointers = nil, nil, nil
	d.producers, d.aborted = nil, nil
	if d.committed && len(f.aborted) > 0 {
		d.aborted = slices.SortedFunc(slices.Values(f.aborted), func(a, b *protocol.AbortedTransaction) int {
			return int(min(max(a.FirstOffset-b.FirstOffset, -1), 1))
		})
	}
}

// next returns the next messages, in memory of their own; nil: there are none left. With an error offset is where it is.
func (d *recordDecoder) next() ([]ConsumerMessage, error) {
	for {
		var msgs []ConsumerMessage
		var err error
		switch {
		case d.inSet:
			msgs, err = d.fromSet()
		case d.batch.left > 0:
			msgs, err = d.fromBatch()
		case d.waits:
			err = d.unpack(&d.batches.Header)
		case !d.batches.Next():
			return nil, d.batches.Err()
		default:
			err = d.open()
		}
		if err != nil || len(msgs) > 0 {
			return msgs, err
		}
	}
}

// open starts on the batch that the reader has come to.
func (d *recordDecoder) open() error {
	h := &d.batches.Header
	d.passed = d.opened
	d.opened += len(d.batches.Data)
	if err := d.batches.VerifyCRC(); err != nil {
		return d.damaged(err)
	}
	if h.Magic < 2 {
		return d.unpack(h)
	}
	return d.openBatch(h)
}

func (d *recordDecoder) openBatch(h *protocol.BatchHeader) error {
	for len(d.aborted) > 0 && d.aborted[0].FirstOffset <= h.LastOffset() {
		if d.producers == nil {
			d.producers = make(map[int64]struct{})
		}
		d.producers[d.aborted[0].ProducerID] = struct{}{}
		d.aborted = d.aborted[1:]
	}
	if d.skips(h) {
		d.offset = max(d.offset, h.LastOffset()+1)
		return nil
	}
	return d.unpack(h)
}

// errNoRoom says that memory is to be set aside before the next batch is read.
var errNoRoom = errors.New("no room for the next batch")

// roomToAsk returns how much memory to set aside for the batch that waits.
func (d *recordDecoder) roomToAsk() int {
	if d.asked > 0 {
		return 4 * d.asked // it was too little
	}
	records, codec := d.batches.Data, d.batches.Header.Codec()
	if codec == CompressionNone {
		return len(records)
	}
	if d.batches.Header.Magic >= 2 {
		records = d.batches.Records()
	}
	if d.usual > 0 {
		return max(d.usual, len(records))
	}
	return protocol.DecompressedSizeHint(records, codec)
}

// unpack decompresses a batch or a set, within the memory that was set aside for it.
func (d *recordDecoder) unpack(h *protocol.BatchHeader) error {
	limit := decompressionLimit()
	if d.bounded {
		if d.granted == 0 {
			d.waits = true
			return errNoRoom
		}
		if limit == 0 || d.granted < limit {
			limit = d.granted
		}
	}
	err := d.unpackWithin(h, limit)
	if errors.Is(err, ErrDecompressedBatchTooLarge) && d.bounded && limit == d.granted && d.granted < d.most {
		d.asked = d.granted
		d.held = 0
		return errNoRoom
	}
	d.waits, d.asked = false, 0
	if err != nil {
		return d.damaged(err)
	}
	return nil
}

func (d *recordDecoder) unpackWithin(h *protocol.BatchHeader, limit int) error {
	if h.Magic < 2 {
		d.setMax = timeOf(h.MaxTimestamp)
		if err := d.set.Reset(d.batches.Data, limit); err != nil {
			return err
		}
		d.inSet, d.held = true, d.granted
		return nil
	}
	records := d.batches.Records()
	if codec := h.Codec(); codec != CompressionNone {
		room := protocol.DecompressedSizeHint(records, codec)
		if limit > 0 {
			room = min(room, limit)
		}
		var err error
		if records, err = protocol.AppendDecompressed(memory.Uncleared(room)[:0], records, codec, limit); err != nil {
			return err
		}
		if d.bounded && cap(records) > len(records)+len(records)/8 {
			records = bytes.Clone(records)
		}
		d.usual = len(records) + len(records)/16
	}
	if d.bounded {
		d.held = len(records)
	}
	d.batch = recordBatchView{header: *h, rest: records, left: h.NumRecords}
	if h.NumRecords <= 0 {
		d.offset = max(d.offset, h.LastOffset()+1)
	}
	return nil
}

func decompressionLimit() int {
	if MaxDecompressedBatchSize == 0 {
		return protocol.DefaultDecompressionLimit
	}
	return max(int(MaxDecompressedBatchSize), 0)
}

// skips tells whether a batch holds nothing for the user, and notes what it says of transactions.
func (d *recordDecoder) skips(h *protocol.BatchHeader) bool {
	if h.IsControl() {
		if _, ok := d.producers[h.ProducerID]; ok && d.isAbortMarker() {
			delete(d.producers, h.ProducerID)
		}
		return true
	}
	if !h.IsTransactional() {
		return false
	}
	_, aborted := d.producers[h.ProducerID]
	return aborted
}

func (d *recordDecoder) isAbortMarker() bool {
	var record protocol.RecordView
	if _, err := protocol.ReadRecord(d.batches.Records(), &record); err != nil {
		return false
	}
	marker, err := protocol.ReadControlRecord(record.Key, record.Value)
	return err == nil && marker.Type == ControlRecordAbort
}

// fromBatch decodes the next records of a batch.
func (d *recordDecoder) fromBatch() ([]ConsumerMessage, error) {
	b := &d.batch
	h := &b.header
	// A record takes seven bytes at least: what the header claims is not believed beyond that.
	slab := d.room(min(int(b.left), len(b.rest)/7+1))
	defer func() { d.slab = d.slab[len(slab):] }()
	var record protocol.RecordView
	var appended time.Time
	if h.LogAppendTime() {
		appended = timeOf(h.MaxTimestamp)
	}
	for b.left > 0 && len(slab) < cap(slab) {
		rest, err := protocol.ReadRecord(b.rest, &record)
		if err != nil {
			b.left = 0
			return slab, d.damaged(err)
		}
		b.rest = rest
		b.left--
		offset := h.BaseOffset + record.OffsetDelta
		if offset < d.offset {
			continue
		}
		// The memory is new. To write field by field, not the whole, spares the collector's looking at what was there.
		slab = slab[:len(slab)+1]
		msg := &slab[len(slab)-1]
		msg.Topic, msg.Partition, msg.Offset = d.topic, d.partition, offset
		msg.epoch = h.PartitionLeaderEpoch + 1
		msg.Key, msg.Value = record.Key, record.Value
		if msg.Timestamp = appended; !h.LogAppendTime() {
			msg.Timestamp = timeOf(h.FirstTimestamp + record.TimestampDelta)
		}
		if record.NumHeaders > 0 {
			if msg.Headers, err = d.headersOf(&record); err != nil {
				b.left = 0
				slab = slab[:len(slab)-1]
				return slab, d.damaged(err)
			}
		}
		d.offset = offset + 1
	}
	if b.left == 0 {
		d.offset = max(d.offset, h.LastOffset()+1)
		b.rest = nil
	}
	return slab, nil
}

// leastBatch is how many bytes a batch with one record takes at least.
const leastBatch = protocol.RecordBatchOverhead + 7

// room returns memory for the next messages, for one at least and most at most. Of one piece several batches may have some.
func (d *recordDecoder) room(most int) []ConsumerMessage {
	if len(d.slab) == 0 {
		d.slab = make([]ConsumerMessage, min(slabSize, most+(d.size-d.opened)/leastBatch))
	}
	return d.slab[:0:min(most, len(d.slab))]
}

// headersOf decodes a record's headers into memory for those of the records that follow, too, if they have as many. A header
// takes two bytes at least.
func (d *recordDecoder) headersOf(record *protocol.RecordView) ([]*RecordHeader, error) {
	n := record.NumHeaders
	if cap(d.headers)-len(d.headers) < n {
		behind := d.size - d.opened
		likely := n * min(int(d.batch.left)+1+behind/leastBatch, slabSize)
		likely = max(n, min(likely, (len(d.batch.rest)+behind)/2))
		d.headers, d.pointers = make([]RecordHeader, 0, likely), make([]*RecordHeader, 0, likely)
	}
	first := len(d.headers)
	headers, err := record.AppendHeaders(d.headers)
	if err != nil {
		return nil, err
	}
	d.headers = headers
	for i := first; i < len(headers); i++ {
		d.pointers = append(d.pointers, &headers[i])
	}
	return d.pointers[first:len(headers):len(headers)], nil
}

// fromSet decodes the next messages of a message set.
func (d *recordDecoder) fromSet() ([]ConsumerMessage, error) {
	most := 1
	if d.batches.Header.Codec() != CompressionNone {
		most = slabSize
	}
	slab := d.room(most)
	defer func() { d.slab = d.slab[len(slab):] }()
	var record protocol.SetRecord
	for len(slab) < cap(slab) {
		more, err := d.set.Next(&record)
		if err != nil {
			d.inSet = false
			return slab, d.damaged(err)
		}
		if !more {
			d.inSet = false
			d.offset = max(d.offset, d.batches.Header.BaseOffset+1)
			break
		}
		if record.Offset < d.offset {
			continue
		}
		slab = append(slab, ConsumerMessage{
			Topic: d.topic, Partition: d.partition, Offset: record.Offset, Key: record.Key, Value: record.Value,
			Timestamp: timeOf(record.Timestamp), BlockTimestamp: d.setMax,
		})
		d.offset = record.Offset + 1
	}
	return slab, nil
}

// damaged names the place of what can not be decoded. A batch is sent as a whole, so that too few bytes are no cut.
func (d *recordDecoder) damaged(err error) error {
	if errors.Is(err, ErrInsufficientData) {
		err = PacketDecodingError{Info: err.Error()}
	}
	h := &d.batches.Header
	next := h.BaseOffset + 1
	if h.Magic >= 2 {
		next = h.LastOffset() + 1
	}
	return &BatchError{Topic: d.topic, Partition: d.partition, Offset: d.offset, Next: max(next, d.offset), Err: err}
}

// timeOf returns the time of a timestamp in milliseconds; that of none is zero.
func timeOf(ms int64) time.Time {
	if ms < 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// fetchedExtent is what a fetch brought, without decoding it.
type fetchedExtent struct {
	next  int64 // the offset to fetch next
	epoch int32 // of the leader that wrote the record before that; -1: not known
	needs int   // bytes that the next batch needs, if it did not fit
	any   bool  // there is something to decode

	largest    int // bytes of the largest batch, which may be the one that did not fit
	records    int // that there are at most
	compressed bool
}

// extentOf looks over what a fetch from an offset brought.
func extentOf(data []byte, offset int64) fetchedExtent {
	var r protocol.BatchReader
	e := fetchedExtent{next: offset, epoch: -1}
	for r.Reset(data); r.Next(); {
		last, epoch := r.Header.BaseOffset, int32(-1)
		e.largest = max(e.largest, len(r.Data))
		if r.Header.Magic >= 2 {
			last, epoch = r.Header.LastOffset(), r.Header.PartitionLeaderEpoch
			e.records += int(max(r.Header.NumRecords, 0))
		} else {
			e.records++
		}
		e.compressed = e.compressed || r.Header.Codec() != CompressionNone
		if last >= e.next {
			e.next, e.epoch, e.any = last+1, epoch, true
		}
	}
	if r.Partial() {
		e.largest = max(e.largest, r.Needed())
	}
	switch {
	case r.Err() != nil, e.any:
		e.any = true // decoding finds what is wrong, where it is told in order
	case r.Partial():
		e.needs = max(r.Needed(), len(data)+1)
	case len(data) > 0 && !r.Overflow():
		e.next, e.any = decodedTo(data, offset), true
	}
	return e
}

// decodedTo is the offset to fetch next where batches' headers do not reach the offset that was asked for, which those of
// brokers do, but not those that tests have made up: it lies behind the last record, and one further in any case.
func decodedTo(data []byte, offset int64) int64 {
	d := recordDecoder{offset: offset}
	d.reset(&fetchedRecords{offset: offset, data: data})
	for {
		msgs, err := d.next()
		if msgs == nil || err != nil {
			return max(d.offset, offset+1)
		}
	}
}

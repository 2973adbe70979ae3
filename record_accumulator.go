package sarama

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// batchFormat is how records are written for the brokers of a Config.
type batchFormat struct {
	magic         int8 // 2 since Kafka 0.11; before, message sets of format 1 (0.10) or 0
	codec         CompressionCodec
	level         int
	maxBytes      int // of a batch, uncompressed
	maxMessages   int // of a batch; 0: no limit
	transactional bool
}

// transactionalBatch is the bit of a batch's attributes that makes it part of a transaction (KIP-98).
const transactionalBatch = 0x10

func newBatchFormat(conf *Config) batchFormat {
	f := batchFormat{
		codec: conf.Producer.Compression, level: conf.Producer.CompressionLevel,
		maxBytes: conf.Producer.MaxMessageBytes, maxMessages: conf.Producer.Flush.MaxMessages,
		transactional: conf.Producer.Transaction.ID != "",
	}
	switch {
	case conf.Version.IsAtLeast(V0_11_0_0):
		f.magic = 2
	case conf.Version.IsAtLeast(V0_10_0_0):
		f.magic = 1
	}
	return f
}

// recordBatch is what one partition sends at once: records, encoded as they came, and the messages that they came from.
// It belongs to one at a time: to its partition while it is open, to a request, to the settling of its messages.
type recordBatch struct {
	msgs    []*ProducerMessage
	buf     []byte                   // room for the header, then records
	sum     protocol.RecordsChecksum // of the records in buf, as far as that pays
	payload []byte                   // what is sent: buf, once it is encoded; nil before
	codec   CompressionCodec         // of payload
	rawSize int                      // of buf before it was compressed
	err     error                    // what the batch is settled with
	refusal batchRefusal             // the words of the broker that err is from
	reason  error                    // of its last failure, while it is tried again
	doomed  error                    // what it fails with in the place of another try
	since   int64                    // when its first message came, in milliseconds

	contexts []func() bool   // stop the watches of messages' contexts
	watched  <-chan struct{} // the last of those
	flushes  []*flushMark    // of Flush calls that wait for it

	firstTimestamp, maxTimestamp int64

	retries   int  // that have been counted against Retry.Max
	turns     int  // how often the coordinator was not done with the transaction before
	doubtful  bool // a broker may have written it: an answer never came
	sequenced bool // identity and sequence are given
	identity  producerIdentity
	sequence  int32
	charge    int // bytes that it has taken of the producer's memory
	reserved  retryShare
	tried     bool // a request has had it
	flying    bool // a request has it
	orphan    bool // its messages were given back while a request had it
	routed    bool // its messages have got as far as to a partition
	extras    bool // some of its messages have extra: those of all others have not to be looked at again
}

// Batches are kept by how much memory their buffers have, so that a partition with few records does not hold on to the
// buffer of one with many.
const (
	smallestBatchBits = 11 // 2 KiB
	largestBatchBits  = 20 // 1 MiB; larger buffers are not kept
)

var batchPools [largestBatchBits - smallestBatchBits + 1]sync.Pool

// newRecordBatch returns an empty batch, with room for about size bytes.
func newRecordBatch(size int) *recordBatch {
	class := min(max(bits.Len(uint(max(size, 1)-1)), smallestBatchBits), largestBatchBits)
	if b, ok := batchPools[class-smallestBatchBits].Get().(*recordBatch); ok {
		return b
	}
	return &recordBatch{buf: make([]byte, 0, 1<<class)}
}

// grow makes room for size more bytes: with another batch's buffer, in exchange for that of this one. What is larger than any
// that is kept is left to append.
func (b *recordBatch) grow(size int) {
	need := len(b.buf) + size
	if need <= cap(b.buf) || need > 1<<largestBatchBits {
		return
	}
	other := newRecordBatch(need)
	b.buf, other.buf = append(other.buf[:0], b.buf...), b.buf
	other.recycle()
}

// unwatch stops the watches of messages' contexts.
func (b *recordBatch) unwatch() {
	for _, stop := range b.contexts {
		stop()
	}
	b.contexts, b.watched = nil, nil
}

// recycle gives the batch's memory to later ones.
func (b *recordBatch) recycle() {
	class := bits.Len(uint(cap(b.buf))) - 1
	if class < smallestBatchBits || class > largestBatchBits {
		return
	}
	clear(b.msgs)
	*b = recordBatch{msgs: b.msgs[:0], buf: b.buf[:0]}
	batchPools[class-smallestBatchBits].Put(b)
}

// fits tells whether a message that takes at most size bytes goes into the batch. An empty one takes any.
func (b *recordBatch) fits(f *batchFormat, size int) bool {
	if len(b.msgs) == 0 {
		return true
	}
	return len(b.buf)+size <= f.maxBytes && (f.maxMessages <= 0 || len(b.msgs) < f.maxMessages)
}

// sumStep is how many bytes are added to a batch's checksum at a time: enough for the CRC to be quick, few enough to be in the
// processor's caches still.
const sumStep = 8 << 10

// append encodes a message into the batch; now stands in for a zero timestamp.
func (b *recordBatch) append(f *batchFormat, msg *ProducerMessage, now int64) {
	key, value := msg.bytes()
	timestamp := now
	if !msg.Timestamp.IsZero() {
		timestamp = msg.Timestamp.UnixMilli()
	}
	if len(b.msgs) == 0 {
		b.since, b.routed = now, true
		b.buf, b.sum = b.buf[:0], protocol.RecordsChecksum{}
		if f.magic >= 2 {
			b.buf = append(b.buf, make([]byte, protocol.RecordBatchOverhead)...)
		}
		b.firstTimestamp, b.maxTimestamp = timestamp, timestamp
	}
	b.grow(int(msg.size))
	if f.magic >= 2 {
		b.buf = protocol.AppendRecord(b.buf, int32(len(b.msgs)), timestamp-b.firstTimestamp, key, value, msg.Headers)
		if behind := len(b.buf) - protocol.RecordBatchOverhead - b.sum.Size(); behind >= sumStep && f.codec == CompressionNone {
			b.sum.Add(b.buf[len(b.buf)-behind:])
		}
	} else {
		// Inner offsets of a compressed set count from 0 in format 1 (KIP-31); brokers assign all others anew.
		b.buf = protocol.AppendSetMessage(b.buf, f.magic, int64(len(b.msgs)), timestamp, key, value)
	}
	b.maxTimestamp = max(b.maxTimestamp, timestamp)
	b.msgs = append(b.msgs, msg)
	b.extras = b.extras || msg.extra != nil
}

// encode makes the payload, once: a batch that is sent again has the same bytes, unless the broker does not know the codec.
// Records are compressed into scratch, which may grow, and take their own place then: batches wait by the dozen, and none shall
// have memory of two.
func (b *recordBatch) encode(f *batchFormat, scratch *[]byte) error {
	if b.payload != nil {
		if b.codec == f.codec {
			return nil
		}
		b.rewrite(f)
	}
	b.codec, b.rawSize = f.codec, len(b.buf)
	if f.codec != CompressionNone {
		if err := b.compress(f, scratch); err != nil {
			return err
		}
	}
	b.payload = b.buf
	if f.magic >= 2 {
		header := b.header(f)
		header.PutWithChecksum(b.payload, b.sum)
	}
	return nil
}

func (b *recordBatch) compress(f *batchFormat, scratch *[]byte) (err error) {
	packed, kept := (*scratch)[:0], 0
	if f.magic >= 2 {
		kept = protocol.RecordBatchOverhead
		packed, err = protocol.AppendCompressed(packed, b.buf[kept:], f.codec, f.level)
	} else {
		packed, err = protocol.AppendCompressedSet(packed, f.magic, int64(len(b.msgs)-1), b.firstTimestamp, b.buf, f.codec, f.level)
	}
	if err != nil {
		return fmt.Errorf("compressing %d records with %v: %w", len(b.msgs), f.codec, err)
	}
	*scratch = packed
	b.buf, b.sum = append(b.buf[:kept], packed...), protocol.RecordsChecksum{}
	return nil
}

// rewrite makes the records of a compressed batch anew.
func (b *recordBatch) rewrite(f *batchFormat) {
	msgs, now, since := b.msgs, b.firstTimestamp, b.since
	b.msgs, b.payload = b.msgs[:0], nil
	for _, msg := range msgs {
		b.append(f, msg, now)
	}
	b.since = since
}

func (b *recordBatch) header(f *batchFormat) protocol.BatchHeader {
	h := protocol.BatchHeader{
		PartitionLeaderEpoch: -1,
		Attributes:           int16(f.codec),
		LastOffsetDelta:      int32(len(b.msgs) - 1),
		FirstTimestamp:       b.firstTimestamp,
		MaxTimestamp:         b.maxTimestamp,
		ProducerID:           -1,
		ProducerEpoch:        -1,
		BaseSequence:         -1,
		NumRecords:           int32(len(b.msgs)),
	}
	if b.sequenced {
		h.ProducerID, h.ProducerEpoch, h.BaseSequence = b.identity.id, b.identity.epoch, b.sequence
	}
	if f.transactional {
		h.Attributes |= transactionalBatch
	}
	return h
}

// assign gives the batch its place in the producer's sequence of the partition; a batch that is encoded already is
// patched, and keeps its records' bytes.
func (b *recordBatch) assign(identity producerIdentity, sequence int32) {
	b.identity, b.sequence, b.sequenced = identity, sequence, true
	if b.payload != nil {
		protocol.PatchProducer(b.payload, identity.id, identity.epoch, sequence)
	}
}

// sequenceAfter is the sequence number that follows n records from sequence on; after the largest comes 0.
func sequenceAfter(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) & math.MaxInt32)
}

// halve returns the messages as two batches.
func (b *recordBatch) halve(f *batchFormat) []*recordBatch {
	half := (len(b.msgs) + 1) / 2
	halves := make([]*recordBatch, 0, 2)
	for _, msgs := range [][]*ProducerMessage{b.msgs[:half], b.msgs[half:]} {
		part := newRecordBatch(len(b.buf) / 2)
		for _, msg := range msgs {
			part.append(f, msg, b.firstTimestamp)
			part.charge += int(msg.size) + messageMemory
		}
		part.retries, part.doubtful, part.tried, part.since, part.reason = b.retries, b.doubtful, true, b.since, b.reason
		part.flushes = slices.Clone(b.flushes)
		halves = append(halves, part)
	}
	for _, mark := range b.flushes {
		mark.left.Add(1) // two have it in the place of one
	}
	return halves
}

// acknowledge tells the messages where the broker put them.
func (b *recordBatch) acknowledge(offset int64, appendTime time.Time) {
	for i, msg := range b.msgs {
		msg.Offset = offset + int64(i)
	}
	if appendTime.IsZero() {
		return
	}
	for _, msg := range b.msgs {
		msg.Timestamp = appendTime
	}
}

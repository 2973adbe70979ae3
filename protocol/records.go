package protocol

import (
	"errors"
	"fmt"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// Records are the records of a partition, in one of two forms: a message set of the formats before Kafka 0.11, or a
// batch. One of the fields is set, or none.
type Records struct {
	MsgSet      *MessageSet
	RecordBatch *RecordBatch
}

func (r *Records) append(dst []byte) ([]byte, error) {
	switch {
	case r.MsgSet != nil && r.RecordBatch != nil:
		return dst, errors.New("both MsgSet and RecordBatch are set, but record type is unknown")
	case r.MsgSet != nil:
		return r.MsgSet.append(dst)
	case r.RecordBatch != nil:
		return r.RecordBatch.append(dst)
	}
	return dst, nil
}

// decode reads a batch, or messages up to the first batch, and returns what is behind.
func (r *Records) decode(data []byte, limit int) (rest []byte, err error) {
	*r = Records{}
	if len(data) <= magicOffset {
		return data, ErrInsufficientData
	}
	if data[magicOffset] < 2 {
		r.MsgSet = new(MessageSet)
		return r.MsgSet.decode(data, false, limit)
	}
	r.RecordBatch = new(RecordBatch)
	return r.RecordBatch.decode(data, limit)
}

// size is how many bytes the records take if they are not compressed.
func (r *Records) size() int {
	if r.RecordBatch == nil {
		return 0
	}
	return RecordBatchOverhead + r.RecordBatch.recordsSize()
}

// walk carries the records of a Produce request's partition, which are one batch or one message set.
func (r *Records) walk(c *wire.Codec) {
	if !c.Reading() {
		c.Append(r.size(), r.append)
		return
	}
	var data []byte
	c.Alias(&data)
	*r = Records{}
	if len(data) == 0 || c.Err() != nil {
		return
	}
	rest, err := r.decode(data, currentLimit())
	if err == nil && len(rest) > 0 {
		err = PacketDecodingError{Info: fmt.Sprintf("%d bytes behind a partition's records", len(rest))}
	}
	if err != nil {
		c.Fail(err)
	}
}

// count is how many records there are; of messages a compressed set is one.
func (r *Records) count() int {
	switch {
	case r.MsgSet != nil:
		return len(r.MsgSet.Messages)
	case r.RecordBatch != nil:
		return len(r.RecordBatch.Records)
	}
	return 0
}

func (r *Records) partial() bool {
	return r.MsgSet != nil && r.MsgSet.PartialTrailingMessage || r.RecordBatch != nil && r.RecordBatch.PartialTrailingRecord
}

func (r *Records) overflow() bool { return r.MsgSet != nil && r.MsgSet.OverflowMessage }

// walkRecords carries the records of a Fetch response's partition: batches, the last of which may be cut off. Batches
// that compaction has emptied are passed over.
func (b *FetchResponseBlock) walkRecords(c *wire.Codec) {
	if !c.Reading() {
		b.writeRecords(c)
		return
	}
	var data []byte
	c.Alias(&data)
	b.Records, b.RecordsSet, b.Partial = nil, []*Records{}, false
	if err := b.decodeRecords(data); err != nil {
		c.Fail(err)
	}
}

func (b *FetchResponseBlock) writeRecords(c *wire.Codec) {
	set := b.RecordsSet
	if len(set) == 0 && b.Records != nil {
		set = []*Records{b.Records}
	}
	size := 0
	for _, records := range set {
		size += records.size()
	}
	c.Append(size, func(dst []byte) (_ []byte, err error) {
		for _, records := range set {
			if dst, err = records.append(dst); err != nil {
				break
			}
		}
		return dst, err
	})
}

func (b *FetchResponseBlock) decodeRecords(data []byte) error {
	for len(data) > 0 {
		records := new(Records)
		rest, err := records.decode(data, currentLimit())
		switch {
		case errors.Is(err, ErrInsufficientData):
			b.Partial = len(b.RecordsSet) == 0
			return nil
		case err != nil:
			return err
		}
		if records.count() > 0 || records.partial() && len(b.RecordsSet) == 0 {
			b.RecordsSet = append(b.RecordsSet, records)
			if b.Records == nil {
				b.Records = records
			}
		}
		if records.partial() || records.overflow() {
			return nil
		}
		data = rest
	}
	return nil
}

package protocol

import "time"

// The methods of FetchResponse in this file build answers, for brokers that are played by tests.

func (r *FetchResponse) block(topic string, partition int32) *FetchResponseBlock {
	block := r.GetBlock(topic, partition)
	if block == nil {
		block = &FetchResponseBlock{PreferredReadReplica: -1}
		putBlock(&r.Blocks, topic, partition, block)
	}
	return block
}

// bytesOf are an Encoder's bytes, nil for none. What it fails with is of no use to a test's answer.
func bytesOf(e Encoder) []byte {
	if e == nil {
		return nil
	}
	b, _ := e.Encode()
	return b
}

// AddError sets a partition's error.
func (r *FetchResponse) AddError(topic string, partition int32, err KError) {
	r.block(topic, partition).Err = err
}

// AddMessage adds a message of format v0 to a partition.
func (r *FetchResponse) AddMessage(topic string, partition int32, key, value Encoder, offset int64) {
	r.AddMessageWithTimestamp(topic, partition, key, value, offset, time.Time{}, 0)
}

// AddMessageWithTimestamp adds a message of format v0 or v1, as version says, to a partition.
func (r *FetchResponse) AddMessageWithTimestamp(topic string, partition int32, key, value Encoder, offset int64, timestamp time.Time, version int8) {
	b := r.block(topic, partition)
	if r.LogAppendTime {
		timestamp = r.Timestamp
	}
	if len(b.RecordsSet) == 0 {
		b.RecordsSet = []*Records{{MsgSet: new(MessageSet)}}
	}
	set := b.RecordsSet[0].MsgSet
	set.Messages = append(set.Messages, &MessageBlock{Offset: offset, Msg: &SetMessage{
		Key: bytesOf(key), Value: bytesOf(value), LogAppendTime: r.LogAppendTime, Timestamp: timestamp, Version: version,
	}})
}

// AddRecord adds a record to a partition's one batch, which begins at offset 0: offset is the record's distance from there.
func (r *FetchResponse) AddRecord(topic string, partition int32, key, value Encoder, offset int64) {
	r.AddRecordWithTimestamp(topic, partition, key, value, offset, time.Time{})
}

// AddRecordWithTimestamp is AddRecord with a timestamp; the first record's is the batch's first.
func (r *FetchResponse) AddRecordWithTimestamp(topic string, partition int32, key, value Encoder, offset int64, timestamp time.Time) {
	b := r.block(topic, partition)
	if len(b.RecordsSet) == 0 {
		b.RecordsSet = []*Records{{RecordBatch: r.newBatch(timestamp)}}
	}
	batch := b.RecordsSet[0].RecordBatch
	batch.Records = append(batch.Records, &Record{
		Key: bytesOf(key), Value: bytesOf(value), OffsetDelta: offset, TimestampDelta: timestamp.Sub(batch.FirstTimestamp),
	})
}

// AddRecordBatch adds a batch of one record to a partition, a transaction's or not.
func (r *FetchResponse) AddRecordBatch(topic string, partition int32, key, value Encoder, offset int64, producerID int64, isTransactional bool) {
	r.AddRecordBatchWithTimestamp(topic, partition, key, value, offset, producerID, isTransactional, time.Time{})
}

// AddRecordBatchWithTimestamp is AddRecordBatch with a timestamp.
func (r *FetchResponse) AddRecordBatchWithTimestamp(topic string, partition int32, key, value Encoder, offset int64, producerID int64, isTransactional bool, timestamp time.Time) {
	batch := r.newBatch(timestamp)
	batch.FirstOffset, batch.ProducerID, batch.IsTransactional = offset, producerID, isTransactional
	batch.Records = []*Record{{Key: bytesOf(key), Value: bytesOf(value)}}
	r.addBatch(topic, partition, batch)
}

// AddControlRecord adds the marker of a transaction's end to a partition.
func (r *FetchResponse) AddControlRecord(topic string, partition int32, offset int64, producerID int64, recordType ControlRecordType) {
	r.AddControlRecordWithTimestamp(topic, partition, offset, producerID, recordType, time.Time{})
}

// AddControlRecordWithTimestamp is AddControlRecord with a timestamp.
func (r *FetchResponse) AddControlRecordWithTimestamp(topic string, partition int32, offset int64, producerID int64, recordType ControlRecordType, timestamp time.Time) {
	batch := r.newBatch(timestamp)
	batch.FirstOffset, batch.ProducerID, batch.IsTransactional, batch.Control = offset, producerID, true, true
	key, value := AppendControlRecord(nil, nil, ControlRecord{Type: recordType})
	batch.Records = []*Record{{Key: key, Value: value}}
	r.addBatch(topic, partition, batch)
}

func (r *FetchResponse) newBatch(timestamp time.Time) *RecordBatch {
	return &RecordBatch{Version: 2, LogAppendTime: r.LogAppendTime, FirstTimestamp: timestamp, MaxTimestamp: r.Timestamp}
}

func (r *FetchResponse) addBatch(topic string, partition int32, batch *RecordBatch) {
	b := r.block(topic, partition)
	b.RecordsSet = append(b.RecordsSet, &Records{RecordBatch: batch})
}

// SetLastOffsetDelta sets the distance of the last offset of a partition's first batch from its first.
func (r *FetchResponse) SetLastOffsetDelta(topic string, partition int32, offset int32) {
	b := r.block(topic, partition)
	if len(b.RecordsSet) == 0 {
		b.RecordsSet = []*Records{{RecordBatch: &RecordBatch{Version: 2}}}
	}
	b.RecordsSet[0].RecordBatch.LastOffsetDelta = offset
}

// SetLastStableOffset sets a partition's last stable offset, below which each transaction has ended.
func (r *FetchResponse) SetLastStableOffset(topic string, partition int32, offset int64) {
	r.block(topic, partition).LastStableOffset = offset
}

package main

import (
	"time"

	"github.com/seed20e6684a/sarama"
)

// idleBeforeLook is how long nothing comes of a partition before it is asked whether anything will.
const idleBeforeLook = 500 * time.Millisecond

// partitionEnd is where the reading of a partition ends with -exit-at-end. That no record has the last offset is usual: marks of
// transactions have offsets too, compaction leaves holes, and what was aborted is not delivered. So the end is reached with the
// last offset, or when the leader has nothing to deliver before it.
type partitionEnd struct {
	client    sarama.Client
	topic     string
	partition int32
	from, to  int64 // what is left: offsets from from on, before to; a negative to is no end
}

// endless is the end of what does not end.
var endless = partitionEnd{to: -1}

// findEnd asks for a partition's end, and for its beginning if start is that.
func findEnd(client sarama.Client, topic string, partition int32, start int64) (partitionEnd, error) {
	end := partitionEnd{client: client, topic: topic, partition: partition, from: start}
	var err error
	if end.to, err = client.GetOffset(topic, partition, sarama.OffsetNewest); err != nil {
		return end, err
	}
	switch start {
	case sarama.OffsetNewest:
		end.from = end.to
	case sarama.OffsetOldest:
		end.from, err = client.GetOffset(topic, partition, sarama.OffsetOldest)
	}
	return end, err
}

func (e *partitionEnd) reached() bool { return e.to >= 0 && e.from >= e.to }

// cut takes note of messages, and returns those before the end.
func (e *partitionEnd) cut(msgs []*sarama.ConsumerMessage) []*sarama.ConsumerMessage {
	if e.to < 0 {
		return msgs
	}
	for i, msg := range msgs {
		if msg.Offset >= e.to {
			e.from = msg.Offset
			return msgs[:i]
		}
	}
	e.from = msgs[len(msgs)-1].Offset + 1
	return msgs
}

// look asks the leader whether records are left, and tells whether the end is reached. Where it cannot be asked, records may
// be left, and the consumer tells what is wrong.
func (e *partitionEnd) look() bool {
	if e.to < 0 || e.reached() {
		return e.reached()
	}
	for at := e.from; at < e.to; {
		block, err := e.fetch(at)
		if err != nil {
			return false
		}
		last, found := deliverable(block, at)
		switch {
		case found || block.Partial:
			return false
		case last < at:
			return true // no more, or none before an open transaction ends
		}
		at = last + 1
	}
	return true
}

// fetch reads the leader's batches from an offset on.
func (e *partitionEnd) fetch(offset int64) (*sarama.FetchResponseBlock, error) {
	leader, epoch, err := e.client.LeaderAndEpoch(e.topic, e.partition)
	if err != nil {
		return nil, err
	}
	conf := e.client.Config()
	request := &sarama.FetchRequest{MaxBytes: 1 << 20, Isolation: conf.Consumer.IsolationLevel, SessionEpoch: -1}
	switch {
	case conf.Version.IsAtLeast(sarama.V2_1_0_0):
		request.Version = 10 // below that, brokers do not give zstd
	case conf.Version.IsAtLeast(sarama.V0_11_0_0):
		request.Version = 4 // with transactions
	}
	request.AddBlock(e.topic, e.partition, offset, 1<<20, epoch)
	response, err := leader.Fetch(request)
	if err != nil {
		return nil, err
	}
	block := response.GetBlock(e.topic, e.partition)
	if block == nil {
		return nil, sarama.ErrIncompleteResponse
	}
	if block.Err != sarama.ErrNoError {
		return nil, block.Err
	}
	return block, nil
}

// deliverable tells whether a fetched block holds a record from from on that a consumer gets, and up to which offset it looked:
// from-1 where nothing is.
func deliverable(block *sarama.FetchResponseBlock, from int64) (last int64, found bool) {
	last = from - 1
	aborted := make(map[int64][]int64) // first offsets of a producer's transactions, ascending
	for _, t := range block.AbortedTransactions {
		aborted[t.ProducerID] = append(aborted[t.ProducerID], t.FirstOffset)
	}
	for _, records := range block.RecordsSet {
		if records.RecordBatch == nil {
			if reaches(records.MsgSet, from) {
				return last, true
			}
			continue
		}
		batch := records.RecordBatch
		last = max(last, batch.LastOffset())
		open := aborted[batch.ProducerID]
		inAborted := batch.IsTransactional && len(open) > 0 && open[0] <= batch.FirstOffset
		switch {
		case batch.Control && inAborted:
			aborted[batch.ProducerID] = open[1:]
		case batch.Control || inAborted:
		case holds(batch, from):
			return last, true
		}
	}
	return last, false
}

// reaches tells whether a set of the formats before Kafka 0.11 has a message from an offset on.
func reaches(set *sarama.MessageSet, from int64) bool {
	return set != nil && len(set.Messages) > 0 && set.Messages[len(set.Messages)-1].Offset >= from
}

// holds tells whether a batch has a record from an offset on.
func holds(batch *sarama.RecordBatch, from int64) bool {
	return len(batch.Records) > 0 && batch.FirstOffset+batch.Records[len(batch.Records)-1].OffsetDelta >= from
}

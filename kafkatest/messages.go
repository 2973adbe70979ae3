package kafkatest

import (
	"context"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama"
)

const fetchBytes = 1 << 20

// Messages returns all that a topic holds, partition by partition and in the order of offsets. What belongs to open and to
// aborted transactions is left out.
func (c *Cluster) Messages(topic string) []*sarama.ConsumerMessage {
	c.t.Helper()
	if c.fake.TopicInfo(topic) == nil {
		c.t.Fatalf("kafkatest: reading %s: there is no such topic", topic)
	}
	client, err := sarama.NewClient(c.Addrs(), c.Config())
	if err != nil {
		c.t.Fatalf("kafkatest: reading %s: %v", topic, err)
	}
	defer func() { _ = client.Close() }()
	var all []*sarama.ConsumerMessage
	for _, partition := range c.fake.PartitionInfos(topic) {
		r := &reader{topic: topic, partition: partition.Partition, next: partition.LogStartOffset}
		for r.next < partition.LastStableOffset {
			if err := r.fetch(client); err != nil {
				c.t.Fatalf("kafkatest: reading %s/%d: %v", topic, partition.Partition, err)
			}
		}
		all = append(all, r.messages...)
	}
	return all
}

// WaitForMessages waits until a topic holds at least n messages, and returns them as Messages does. If ctx ends before, the
// test fails.
func (c *Cluster) WaitForMessages(ctx context.Context, topic string, n int) []*sarama.ConsumerMessage {
	c.t.Helper()
	for {
		messages := c.Messages(topic)
		if len(messages) >= n {
			return messages
		}
		timer := time.NewTimer(5 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			c.t.Fatalf("kafkatest: %s holds %d messages, not %d: %v", topic, len(messages), n, context.Cause(ctx))
		}
	}
}

// reader reads a partition from an offset on, with read_committed.
type reader struct {
	topic     string
	partition int32
	next      int64
	aborted   map[int64][]int64 // first offsets of aborted transactions in what is fetched, by producer id
	messages  []*sarama.ConsumerMessage
}

func (r *reader) fetch(client sarama.Client) error {
	leader, err := client.Leader(r.topic, r.partition)
	if err != nil {
		return err
	}
	request := &sarama.FetchRequest{Version: 11, MaxBytes: fetchBytes, Isolation: sarama.ReadCommitted, SessionEpoch: -1}
	request.AddBlock(r.topic, r.partition, r.next, fetchBytes, -1)
	response, err := leader.Fetch(request)
	if err != nil {
		return err
	}
	block := response.GetBlock(r.topic, r.partition)
	if block == nil {
		return sarama.ErrIncompleteResponse
	}
	if block.Err != sarama.ErrNoError {
		return block.Err
	}
	before := r.next
	r.aborted = make(map[int64][]int64)
	for _, transaction := range block.AbortedTransactions {
		r.aborted[transaction.ProducerID] = append(r.aborted[transaction.ProducerID], transaction.FirstOffset)
	}
	for _, records := range block.RecordsSet {
		if records.RecordBatch != nil {
			r.take(records.RecordBatch)
		}
	}
	if r.next == before {
		return fmt.Errorf("nothing comes at offset %d", before)
	}
	return nil
}

func (r *reader) take(batch *sarama.RecordBatch) {
	aborted := r.aborted[batch.ProducerID]
	skipped := batch.IsTransactional && len(aborted) > 0 && batch.FirstOffset >= aborted[0]
	if batch.Control && skipped {
		r.aborted[batch.ProducerID] = aborted[1:] // it ends here
	}
	for _, record := range batch.Records {
		offset := batch.FirstOffset + record.OffsetDelta
		if batch.Control || skipped || offset < r.next {
			continue
		}
		r.messages = append(r.messages, &sarama.ConsumerMessage{
			Topic: r.topic, Partition: r.partition, Offset: offset, Key: record.Key, Value: record.Value, Headers: record.Headers,
			Timestamp: batch.FirstTimestamp.Add(record.TimestampDelta),
		})
	}
	r.next = max(r.next, batch.FirstOffset+int64(batch.LastOffsetDelta)+1)
}

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rcrowley/go-metrics"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// keys is how many keys the synchronous producer's records have.
const keys = 100

// sendAndReceive produces in each way, consumes everything back and checks it.
func sendAndReceive(addrs []string, topic string, o options, out io.Writer) ([]row, error) {
	var rows []row
	want := newLedger(o.partitions)
	for _, codec := range codecs {
		r, err := sendAsync(addrs, topic, codec, o, want, out)
		if err != nil {
			return nil, fmt.Errorf("producing with %v: %w", codec, err)
		}
		rows = append(rows, r)
	}
	r, err := sendSync(addrs, topic, o, want, out)
	if err != nil {
		return nil, fmt.Errorf("producing with keys: %w", err)
	}
	rows = append(rows, r)
	r, err = receive(addrs, topic, o, want, out)
	if err != nil {
		return nil, err
	}
	return append(rows, r), nil
}

// event is a record's value: what an application might send, with a number by which it is found again.
func event(run string, i int) string {
	return fmt.Sprintf(`{"run":%q,"number":%d,"user":"user-%d","action":"view","path":"/products/%d","agent":"quickstart/1.0"}`,
		run, i, i%977, i%31)
}

// sendAsync sends records through the asynchronous producer, and waits for their outcomes.
func sendAsync(addrs []string, topic string, codec sarama.CompressionCodec, o options, want *ledger, out io.Writer) (row, error) {
	conf, err := config(o)
	if err != nil {
		return row{}, err
	}
	conf.Producer.Compression = codec
	conf.Producer.Partitioner = sarama.NewRoundRobinPartitioner
	conf.Producer.Flush.Frequency = 5 * time.Millisecond
	producer, err := sarama.NewAsyncProducer(addrs, conf)
	if err != nil {
		return row{}, err
	}
	r := row{step: "async " + codec.String(), records: o.records}
	progress := cli.StartProgress(out, "producing "+codec.String(), int64(o.records))
	go func() {
		for i := range o.records {
			value := event(codec.String(), i)
			r.bytes += int64(len(value))
			producer.Input() <- &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}
		}
		producer.AsyncClose()
	}()
	failed := make(chan error, 1)
	go func() {
		var first error
		for e := range producer.Errors() {
			if first == nil {
				first = e
			}
		}
		failed <- first
	}()
	for msg := range producer.Successes() {
		want.sent(msg.Partition, msg.Offset, string(msg.Value.(sarama.StringEncoder)))
		progress.Add(1)
	}
	r.took = progress.Finish(true)
	r.ratio = compression(conf)
	return r, <-failed
}

// compression is the mean ratio that a producer's metrics tell, 0 if it did not compress.
func compression(conf *sarama.Config) float64 {
	if h, ok := conf.MetricRegistry.Get("compression-ratio").(metrics.Histogram); ok && h.Count() > 0 {
		return h.Mean() / 100
	}
	return 0
}

// sendSync sends records with keys through the synchronous producer, a hundred at a time.
func sendSync(addrs []string, topic string, o options, want *ledger, out io.Writer) (row, error) {
	conf, err := config(o)
	if err != nil {
		return row{}, err
	}
	producer, err := sarama.NewSyncProducer(addrs, conf)
	if err != nil {
		return row{}, err
	}
	defer cli.Close(producer)
	r := row{step: "sync, keys", records: o.records}
	progress := cli.StartProgress(out, "producing with keys", int64(o.records))
	defer progress.Finish(true)
	for i := 0; i < o.records; {
		var batch []*sarama.ProducerMessage
		for ; i < o.records && len(batch) < 100; i++ {
			value := event("sync", i)
			r.bytes += int64(len(value))
			batch = append(batch, &sarama.ProducerMessage{
				Topic: topic, Key: sarama.StringEncoder("key-" + strconv.Itoa(i%keys)), Value: sarama.StringEncoder(value),
				Headers: []sarama.RecordHeader{{Key: []byte("number"), Value: []byte(strconv.Itoa(i))}},
			})
		}
		if err := producer.SendMessages(batch); err != nil {
			return r, firstOf(err)
		}
		for _, msg := range batch {
			want.sent(msg.Partition, msg.Offset, string(msg.Value.(sarama.StringEncoder)))
		}
		progress.Add(len(batch))
	}
	r.took = progress.Elapsed()
	return r, nil
}

// firstOf is the first of a call's failures, which tells more than their number.
func firstOf(err error) error {
	if failed, ok := err.(sarama.ProducerErrors); ok && len(failed) > 0 {
		return failed[0]
	}
	return err
}

// receive consumes all partitions from their start and checks each record.
func receive(addrs []string, topic string, o options, want *ledger, out io.Writer) (row, error) {
	conf, err := config(o)
	if err != nil {
		return row{}, err
	}
	consumer, err := sarama.NewConsumer(addrs, conf)
	if err != nil {
		return row{}, err
	}
	defer cli.Close(consumer)
	r := row{step: "consume", records: want.total()}
	progress := cli.StartProgress(out, "consuming", int64(r.records))
	results := make(chan result)
	for partition := range int32(o.partitions) {
		pc, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		if err != nil {
			return r, fmt.Errorf("consuming %s/%d: %w", topic, partition, err)
		}
		defer cli.Close(pc)
		go func() { results <- check(pc, want.partitions[partition], o.timeout, progress) }()
	}
	var problems []string
	for range o.partitions {
		res := <-results
		r.bytes += res.bytes
		if res.problem != "" {
			problems = append(problems, res.problem)
		}
	}
	r.took = progress.Finish(true)
	fmt.Fprintln(out)
	if len(problems) > 0 {
		return r, fmt.Errorf("what came back is not what was sent:\n  %s", strings.Join(problems, "\n  "))
	}
	return r, nil
}

// result is what came of a partition.
type result struct {
	bytes   int64
	problem string
}

// check reads a partition and compares it, record by record, with what was sent to it.
func check(pc sarama.PartitionConsumer, want []string, patience time.Duration, progress *cli.Progress) (res result) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for offset := range want {
		select {
		case msg := <-pc.Messages():
			if msg.Offset != int64(offset) || string(msg.Value) != want[offset] {
				res.problem = fmt.Sprintf("partition %d: at offset %d came offset %d, %q in place of %q",
					msg.Partition, offset, msg.Offset, msg.Value, want[offset])
				return res
			}
			res.bytes += int64(len(msg.Value))
			progress.Add(1)
			timer.Reset(patience)
		case err := <-pc.Errors():
			res.problem = err.Error()
			return res
		case <-timer.C:
			res.problem = fmt.Sprintf("no record for %v after %d of %d", patience, offset, len(want))
			return res
		}
	}
	return res
}

// ledger is what was sent, by partition and offset.
type ledger struct {
	partitions [][]string
}

func newLedger(partitions int) *ledger { return &ledger{make([][]string, partitions)} }

// sent notes where a record was put.
func (l *ledger) sent(partition int32, offset int64, value string) {
	p := &l.partitions[partition]
	for int64(len(*p)) <= offset {
		*p = append(*p, "")
	}
	(*p)[offset] = value
}

func (l *ledger) total() (n int) {
	for _, p := range l.partitions {
		n += len(p)
	}
	return n
}

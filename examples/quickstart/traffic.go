package main

import (
	"context"
	"errors"
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

// errInterrupted is how a signal ends the work.
var errInterrupted = errors.New("interrupted")

// sendAndReceive produces in each way, consumes everything back and checks it.
func sendAndReceive(
	ctx context.Context, addrs []string, topic string, codecs []sarama.CompressionCodec, o options, out io.Writer,
) ([]row, error) {
	var rows []row
	want := newLedger(o.partitions)
	for _, codec := range codecs {
		r, err := sendAsync(ctx, addrs, topic, codec, o, want, out)
		if err != nil {
			return nil, fmt.Errorf("producing with %v: %w", codec, err)
		}
		rows = append(rows, r)
	}
	r, err := sendSync(ctx, addrs, topic, o, want, out)
	if err != nil {
		return nil, fmt.Errorf("producing with keys: %w", err)
	}
	rows = append(rows, r)
	r, err = receive(ctx, addrs, topic, o, want, out)
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
func sendAsync(
	ctx context.Context, addrs []string, topic string, codec sarama.CompressionCodec, o options, want *ledger, out io.Writer,
) (row, error) {
	conf, err := config(o)
	if err != nil {
		return row{}, err
	}
	conf.Producer.Compression = codec
	conf.Producer.Partitioner = sarama.NewRoundRobinPartitioner
	conf.Producer.Flush.Frequency = 5 * time.Millisecond
	// Registered here, it outlives the producer, whose own metrics end with it.
	ratios := metrics.GetOrRegisterHistogram("compression-ratio", conf.MetricRegistry, metrics.NewUniformSample(1000))
	producer, err := sarama.NewAsyncProducer(addrs, conf)
	if err != nil {
		return row{}, err
	}
	r := row{step: "async " + codec.String(), records: o.records}
	progress := cli.StartProgress(out, "producing "+codec.String(), int64(o.records))
	first := want.handOut(o.records)
	go func() {
		for i := range o.records {
			if ctx.Err() != nil {
				break
			}
			value := event(codec.String(), i)
			r.bytes += int64(len(value))
			producer.Input() <- &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value), Metadata: first + i}
		}
		producer.AsyncClose()
	}()
	failed := make(chan error, 1)
	go func() { failed <- firstError(producer.Errors()) }()
	for msg := range producer.Successes() {
		want.sent(msg)
		progress.Add(1)
	}
	r.took = progress.Finish()
	r.ratio = ratios.Mean() / 100
	err = <-failed
	switch {
	case ctx.Err() != nil:
		return r, errInterrupted
	case err == nil && progress.Done() != int64(o.records):
		err = fmt.Errorf("%d records have %d outcomes", o.records, progress.Done())
	}
	return r, err
}

// firstError reads errors to their end and returns the first.
func firstError(errs <-chan *sarama.ProducerError) error {
	var first error
	for err := range errs {
		if first == nil {
			first = err
		}
	}
	return first
}

// sendSync sends records with keys through the synchronous producer, a hundred at a time.
func sendSync(ctx context.Context, addrs []string, topic string, o options, want *ledger, out io.Writer) (row, error) {
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
	defer progress.Finish()
	first := want.handOut(o.records)
	for i := 0; i < o.records; {
		if ctx.Err() != nil {
			return r, errInterrupted
		}
		var batch []*sarama.ProducerMessage
		for ; i < o.records && len(batch) < 100; i++ {
			value := event("sync", i)
			r.bytes += int64(len(value))
			msg := &sarama.ProducerMessage{
				Topic: topic, Key: sarama.StringEncoder("key-" + strconv.Itoa(i%keys)), Value: sarama.StringEncoder(value),
				Metadata: first + i,
			}
			if conf.Version.IsAtLeast(sarama.V0_11_0_0) { // from which on records have headers
				msg.Headers = []sarama.RecordHeader{{Key: []byte("number"), Value: []byte(strconv.Itoa(i))}}
			}
			batch = append(batch, msg)
		}
		if err := producer.SendMessages(batch); err != nil {
			return r, firstOf(err)
		}
		for _, msg := range batch {
			want.sent(msg)
		}
		progress.Add(len(batch))
	}
	r.took = progress.Finish()
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
func receive(ctx context.Context, addrs []string, topic string, o options, want *ledger, out io.Writer) (row, error) {
	if problems := want.problems(); len(problems) > 0 {
		return row{}, wrong("the brokers did not store what was sent", problems)
	}
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
	defer progress.Finish()
	results := make(chan result, o.partitions) // with room for all: an early return leaves no reader
	for partition := range int32(o.partitions) {
		pc, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		if err != nil {
			return r, fmt.Errorf("consuming %s/%d: %w", topic, partition, err)
		}
		defer cli.Close(pc)
		go func() { results <- check(ctx, pc, partition, want.partitions[partition], o.timeout, progress) }()
	}
	var problems []string
	for range o.partitions {
		res := <-results
		r.bytes += res.bytes
		if res.problem != "" {
			problems = append(problems, res.problem)
		}
	}
	r.took = progress.Finish()
	fmt.Fprintln(out)
	switch {
	case ctx.Err() != nil:
		return r, errInterrupted
	case len(problems) > 0:
		return r, wrong("what came back is not what was sent", problems)
	}
	return r, nil
}

func wrong(what string, problems []string) error {
	return fmt.Errorf("%s:\n  %s", what, strings.Join(problems, "\n  "))
}

// result is what came of a partition.
type result struct {
	bytes   int64
	problem string
}

// check reads a partition and compares it, record by record, with what was sent to it.
func check(
	ctx context.Context, pc sarama.PartitionConsumer, partition int32, want []record, patience time.Duration, progress *cli.Progress,
) (res result) {
	problem := func(format string, args ...any) result {
		res.problem = fmt.Sprintf("partition %d: ", partition) + fmt.Sprintf(format, args...)
		return res
	}
	for offset, r := range want {
		msg, err := next(ctx, pc, patience)
		switch {
		case err != nil:
			return problem("after %d of %d records: %v", offset, len(want), err)
		case msg.Offset != int64(offset) || string(msg.Value) != r.value:
			return problem("at offset %d came offset %d, %q in place of %q", offset, msg.Offset, msg.Value, r.value)
		}
		res.bytes += int64(len(msg.Value))
		progress.Add(1)
	}
	if end := pc.HighWaterMarkOffset(); len(want) > 0 && end != int64(len(want)) {
		return problem("has %d records, but %d were sent", end, len(want))
	}
	return res
}

// next is the next record of a partition. The errors on the way to it are of interest if it does not come.
func next(ctx context.Context, pc sarama.PartitionConsumer, patience time.Duration) (*sarama.ConsumerMessage, error) {
	select { // most are there already
	case msg, ok := <-pc.Messages():
		if ok {
			return msg, nil
		}
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	err := fmt.Errorf("no other one came in %v", patience)
	errs := pc.Errors()
	for {
		select {
		case msg, ok := <-pc.Messages():
			if ok {
				return msg, nil
			}
			for e := range pc.Errors() {
				err = e.Err
			}
			return nil, fmt.Errorf("the partition's consumer has ended: %w", err)
		case e, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			err = e.Err
		case <-ctx.Done():
			return nil, errInterrupted
		case <-timer.C:
			return nil, err
		}
	}
}

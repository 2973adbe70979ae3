package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// produceOptions are the flags of produce.
type produceOptions struct {
	connection
	topic      string
	separator  string
	partition  int
	headers    headers
	codec      sarama.CompressionCodec
	level      int
	acks       string
	idempotent bool
	maxBytes   int
	retries    int
}

// headers is a flag that may be repeated: key=value.
type headers []sarama.RecordHeader

func (h *headers) String() string { return "" }

func (h *headers) Set(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%q is not key=value", s)
	}
	*h = append(*h, sarama.RecordHeader{Key: []byte(key), Value: []byte(value)})
	return nil
}

var acksByName = map[string]sarama.RequiredAcks{"none": sarama.NoResponse, "local": sarama.WaitForLocal, "all": sarama.WaitForAll}

func (o *produceOptions) parse(args []string, t terminal) error {
	flags := flagsFor("produce", "Sends each line of standard input as a record.", t, &o.connection)
	flags.StringVar(&o.topic, "topic", "", "`name` of the topic (required)")
	flags.StringVar(&o.separator, "key-separator", "", "what ends the key within a line; empty: lines have no keys")
	flags.IntVar(&o.partition, "partition", -1, "`number` of the partition; -1: by key, or at random")
	flags.Var(&o.headers, "header", "header of all records, `key=value`; may be repeated")
	flags.TextVar(&o.codec, "codec", sarama.CompressionNone, "none, gzip, snappy, lz4 or zstd")
	flags.IntVar(&o.level, "level", sarama.CompressionLevelDefault, "compression level; the default is the codec's own")
	flags.StringVar(&o.acks, "acks", "all", "what to wait for: none, local or all")
	flags.BoolVar(&o.idempotent, "idempotent", false, "write each record once, over retries too; needs -acks all")
	flags.IntVar(&o.maxBytes, "max-message-bytes", sarama.NewConfig().Producer.MaxMessageBytes, "largest record, in `bytes`")
	flags.IntVar(&o.retries, "retries", 120, "how often a record is tried again, four times a second")
	if err := cli.Parse(flags, args); err != nil {
		return err
	}
	return o.check(flags)
}

func (o *produceOptions) check(flags *flag.FlagSet) error {
	switch {
	case flags.NArg() > 0:
		return cli.UsageError("unexpected argument " + flags.Arg(0))
	case o.topic == "":
		return cli.UsageError("-topic is required")
	}
	if _, ok := acksByName[o.acks]; !ok {
		return cli.UsageError("-acks is none, local or all")
	}
	return nil
}

// producer connects; closeAll is for after the producer's own end.
func (o *produceOptions) producer(t terminal) (producer sarama.AsyncProducer, closeAll func(), err error) {
	addrs, conf, err := o.config(t)
	if err != nil {
		return nil, nil, err
	}
	conf.Producer.Compression, conf.Producer.CompressionLevel = o.codec, o.level
	conf.Metadata.AllowAutoTopicCreation = true // where the brokers allow it
	conf.Producer.RequiredAcks, conf.Producer.Idempotent = acksByName[o.acks], o.idempotent
	conf.Producer.MaxMessageBytes = o.maxBytes
	// Half a minute by default: brokers need some ten seconds to find that a partition's leader is gone.
	conf.Producer.Retry.Max, conf.Producer.Retry.Backoff = o.retries, 250*time.Millisecond
	conf.Producer.Flush.Frequency = 5 * time.Millisecond
	conf.Producer.Flush.Bytes = 1 << 20
	conf.Producer.Return.Successes = true
	if o.partition >= 0 {
		conf.Producer.Partitioner = sarama.NewManualPartitioner
	}
	client, err := cli.Connect(addrs, conf, o.timeout)
	if err != nil {
		return nil, nil, err
	}
	if producer, err = sarama.NewAsyncProducerFromClient(client); err != nil {
		cli.Close(client)
		return nil, nil, err
	}
	return producer, func() { cli.Close(client) }, nil
}

// produce sends lines until they end, or the context does.
func produce(ctx context.Context, args []string, t terminal) error {
	var o produceOptions
	if err := o.parse(args, t); err != nil {
		return err
	}
	producer, closeAll, err := o.producer(t)
	if err != nil {
		return err
	}
	defer closeAll()
	progress := cli.StartProgress(t.err, "sent to "+o.topic, 0)
	outcome := make(chan failures)
	go func() { outcome <- collect(producer, progress) }()
	readErr := o.send(ctx, producer, t.in)
	producer.AsyncClose()
	failed := <-outcome
	progress.Finish()
	return errors.Join(readErr, failed.err())
}

// send gives the producer each line.
func (o *produceOptions) send(ctx context.Context, producer sarama.AsyncProducer, in io.Reader) error {
	chunks := make(chan chunk)
	// One per command: reads, and ends with the input or, once what it waits for has come, with ctx: nothing can interrupt
	// the reading itself.
	go readChunks(ctx, in, o.maxBytes, chunks)
	for {
		select {
		case c := <-chunks:
			for _, line := range c.lines {
				select {
				case producer.Input() <- o.message(line):
				case <-ctx.Done():
					return nil
				}
			}
			if c.end {
				return c.err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (o *produceOptions) message(line []byte) *sarama.ProducerMessage {
	msg := &sarama.ProducerMessage{Topic: o.topic, Headers: o.headers, Partition: int32(max(o.partition, 0))}
	if o.separator != "" {
		if key, value, ok := bytes.Cut(line, []byte(o.separator)); ok {
			msg.Key, line = sarama.ByteEncoder(key), value
		}
	}
	msg.Value = sarama.ByteEncoder(line)
	return msg
}

// failures are the records that were not sent.
type failures struct {
	count      int
	first      *sarama.ProducerError
	partitions map[int32]int // how many of each
}

// shownPartitions is how many partitions an error tells at most.
const shownPartitions = 10

func (f *failures) add(e *sarama.ProducerError) {
	if f.count++; f.first == nil {
		f.first, f.partitions = e, make(map[int32]int)
	}
	f.partitions[e.Msg.Partition]++
}

func (f failures) err() error {
	if f.count == 0 {
		return nil
	}
	topic := f.first.Msg.Topic
	var counts []string
	for _, p := range slices.Sorted(maps.Keys(f.partitions)) {
		if len(counts) == shownPartitions {
			counts = append(counts, "...")
			break
		}
		counts = append(counts, fmt.Sprintf("%s/%d: %d", topic, p, f.partitions[p]))
	}
	return fmt.Errorf("records that were not sent: %d (%s); the first, for %s/%d: %w",
		f.count, strings.Join(counts, ", "), topic, f.first.Msg.Partition, f.first.Err)
}

// collect counts outcomes until the producer has closed.
func collect(producer sarama.AsyncProducer, progress *cli.Progress) failures {
	var f failures
	successes, errs := producer.Successes(), producer.Errors()
	for successes != nil || errs != nil {
		select {
		case _, ok := <-successes:
			if !ok {
				successes = nil
				continue
			}
			progress.Add(1)
		case e, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			f.add(e)
		}
	}
	return f
}

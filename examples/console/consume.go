package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// consumeOptions are the flags of consume.
type consumeOptions struct {
	connection
	topic     string
	offset    string
	partition int
	count     int
	format    string
	atEnd     bool
	committed bool
}

func (o *consumeOptions) parse(args []string, t terminal) error {
	flags := flagsFor("consume", "Prints records, until Ctrl-C, -count or -exit-at-end.", t, &o.connection)
	flags.StringVar(&o.topic, "topic", "", "`name` of the topic (required)")
	flags.StringVar(&o.offset, "offset", "oldest", "where to start: oldest, newest or a `number`")
	flags.IntVar(&o.partition, "partition", -1, "`number` of the partition; -1: all")
	flags.IntVar(&o.count, "count", 0, "how many records to print; 0: no limit")
	flags.StringVar(&o.format, "format", `%s\n`, "how to print: %t topic, %p partition, %o offset, %k key, %s value, %h headers, "+
		"%T timestamp in ms, %K and %S sizes of key and value (-1: null), %%; \\n, \\t, \\0")
	flags.BoolVar(&o.atEnd, "exit-at-end", false, "end where the partitions end at the start")
	flags.BoolVar(&o.committed, "committed", false, "leave out the records of transactions that were aborted, or are open")
	if err := cli.Parse(flags, args); err != nil {
		return err
	}
	return o.check(flags)
}

func (o *consumeOptions) check(flags *flag.FlagSet) error {
	switch {
	case flags.NArg() > 0:
		return cli.UsageError("unexpected argument " + flags.Arg(0))
	case o.topic == "":
		return cli.UsageError("-topic is required")
	}
	_, err := o.start()
	return err
}

// start is the offset to start at.
func (o *consumeOptions) start() (int64, error) {
	switch o.offset {
	case "oldest":
		return sarama.OffsetOldest, nil
	case "newest":
		return sarama.OffsetNewest, nil
	}
	offset, err := strconv.ParseInt(o.offset, 10, 64)
	if err != nil || offset < 0 {
		return 0, cli.UsageError("-offset is oldest, newest or a number")
	}
	return offset, nil
}

// consume prints records.
func consume(ctx context.Context, args []string, t terminal) (err error) {
	var o consumeOptions
	if err := o.parse(args, t); err != nil {
		return err
	}
	print, err := compile(o.format)
	if err != nil {
		return err
	}
	addrs, conf, err := o.config(t)
	if err != nil {
		return err
	}
	conf.Consumer.Return.Errors = true
	if o.committed {
		conf.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	client, err := sarama.NewClient(addrs, conf)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer cli.Close(consumer)
	out := bufio.NewWriterSize(t.out, 1<<16)
	defer func() {
		if flushErr := out.Flush(); err == nil {
			err = flushErr
		}
	}()
	r := reading{consumeOptions: o, client: client, consumer: consumer, print: print, out: out, live: cli.IsTerminal(t.out)}
	if !r.live {
		r.progress = cli.StartProgress(t.err, "read from "+o.topic, 0)
		defer r.progress.Finish(false)
	}
	return r.run(ctx)
}

// reading is a consume command at work.
type reading struct {
	consumeOptions
	client   sarama.Client
	consumer sarama.Consumer
	print    func(*bufio.Writer, *sarama.ConsumerMessage)
	out      *bufio.Writer
	live     bool // a person watches
	progress *cli.Progress
	open     sync.WaitGroup
}

// incoming is what a partition gives: a record, an error, or its end.
type incoming struct {
	msgs []*sarama.ConsumerMessage
	err  error
	end  bool
}

func (r *reading) run(ctx context.Context) error {
	partitions, err := r.client.Partitions(r.topic)
	if err != nil {
		return fmt.Errorf("topic %s: %w", r.topic, err)
	}
	if r.partition >= 0 {
		if !slices.Contains(partitions, int32(r.partition)) {
			return cli.UsageError(fmt.Sprintf("topic %s has no partition %d, but %d partitions", r.topic, r.partition, len(partitions)))
		}
		partitions = []int32{int32(r.partition)}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer r.open.Wait()
	defer cancel()
	events := make(chan incoming)
	for _, p := range partitions {
		if err := r.follow(ctx, p, events); err != nil {
			return err
		}
	}
	return r.printAll(ctx, len(partitions), events)
}

// follow starts to read a partition.
func (r *reading) follow(ctx context.Context, partition int32, events chan<- incoming) error {
	start, _ := r.start()
	end := int64(-1)
	if r.atEnd {
		var err error
		if end, err = r.client.GetOffset(r.topic, partition, sarama.OffsetNewest); err != nil {
			return fmt.Errorf("%s/%d: %w", r.topic, partition, err)
		}
	}
	pc, err := r.consumer.ConsumePartition(r.topic, partition, start)
	if err != nil {
		return fmt.Errorf("%s/%d from offset %s: %w", r.topic, partition, r.offset, err)
	}
	r.open.Go(func() {
		defer cli.Close(pc)
		forward(ctx, pc, r.nothingBefore(partition, end), end, events)
	})
	return nil
}

// nothingBefore tells whether a partition has nothing to print up to its end.
func (r *reading) nothingBefore(partition int32, end int64) bool {
	start, _ := r.start()
	if end < 0 {
		return false
	}
	if start == sarama.OffsetNewest || start >= end {
		return true
	}
	oldest, err := r.client.GetOffset(r.topic, partition, sarama.OffsetOldest)
	return err == nil && oldest >= end
}

// forward passes on what a partition gives, as much as waits there at once.
func forward(ctx context.Context, pc sarama.PartitionConsumer, ended bool, end int64, events chan<- incoming) {
	for {
		var e incoming
		switch {
		case ended:
			e.end = true
		default:
			select {
			case msg, ok := <-pc.Messages():
				if !ok {
					return
				}
				e.msgs = append(e.msgs, msg)
				for n := len(pc.Messages()); n > 0; n-- {
					e.msgs = append(e.msgs, <-pc.Messages())
				}
				e.msgs, ended = upTo(e.msgs, end)
			case err := <-pc.Errors():
				e.err = err
			case <-ctx.Done():
				return
			}
		}
		select {
		case events <- e:
		case <-ctx.Done():
			return
		}
		if e.end {
			return
		}
	}
}

// upTo cuts off what came after the partition's end, and tells whether that is reached.
func upTo(msgs []*sarama.ConsumerMessage, end int64) ([]*sarama.ConsumerMessage, bool) {
	if end < 0 {
		return msgs, false
	}
	for i, msg := range msgs {
		if msg.Offset >= end-1 {
			if msg.Offset == end-1 {
				i++
			}
			return msgs[:i], true
		}
	}
	return msgs, false
}

// printAll prints until the partitions have ended, the count is reached, or ctx ends.
func (r *reading) printAll(ctx context.Context, partitions int, events <-chan incoming) error {
	printed := 0
	for partitions > 0 {
		select {
		case <-ctx.Done():
			return nil
		case e := <-events:
			switch {
			case e.err != nil:
				return e.err
			case e.end:
				partitions--
			}
			for _, msg := range e.msgs {
				r.print(r.out, msg)
				if printed++; printed == r.count {
					return nil
				}
			}
			r.shown(len(e.msgs))
		}
	}
	return nil
}

// shown has a person see what was printed at once.
func (r *reading) shown(n int) {
	if r.live {
		_ = r.out.Flush()
	} else {
		r.progress.Add(n)
	}
}

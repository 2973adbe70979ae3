package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

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
	conf.Consumer.Retry.Max = 15 // half a minute without the partition's leader
	if o.committed {
		conf.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	client, err := cli.Connect(addrs, conf, o.timeout)
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
	r := reading{consumeOptions: o, client: client, consumer: consumer, print: print, out: out, warnings: t.err}
	if !cli.IsTerminal(t.out) { // there, a person sees the records
		r.progress = cli.StartProgress(t.err, "read from "+o.topic, 0)
		defer r.progress.Finish()
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
	warnings io.Writer
	progress *cli.Progress // nil: not shown
	open     sync.WaitGroup
}

// incoming is what a partition gives: records, an error, or its end, by itself if there is an error with it.
type incoming struct {
	msgs []*sarama.ConsumerMessage
	err  error
	end  bool
}

func (r *reading) run(ctx context.Context) error {
	partitions, err := r.client.Partitions(r.topic)
	if err != nil {
		return fmt.Errorf("looking up partitions: %w", err)
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
	end := endless
	if r.atEnd {
		var err error
		if end, err = findEnd(r.client, r.topic, partition, start); err != nil {
			return fmt.Errorf("%s/%d: %w", r.topic, partition, err)
		}
	}
	pc, err := r.consumer.ConsumePartition(r.topic, partition, start)
	if err != nil {
		return fmt.Errorf("%s/%d from offset %s: %w", r.topic, partition, r.offset, err)
	}
	r.open.Go(func() {
		defer cli.Close(pc)
		forward(ctx, pc, end, events)
	})
	return nil
}

// forward passes on what a partition gives, as much as waits there at once, until its end or ctx's.
func forward(ctx context.Context, pc sarama.PartitionConsumer, end partitionEnd, events chan<- incoming) {
	idle := time.NewTicker(idleBeforeLook)
	defer idle.Stop()
	errs, last := pc.Errors(), errors.New("ended by itself")
	for e := (incoming{end: end.reached()}); ; {
		if e.msgs != nil || e.err != nil || e.end {
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
		if e.end {
			return
		}
		e = incoming{}
		select {
		case msg, ok := <-pc.Messages():
			if !ok {
				e.end, e.err = true, lastError(errs, last)
				continue
			}
			e.msgs = append(e.msgs, msg)
			for n := len(pc.Messages()); n > 0; n-- {
				e.msgs = append(e.msgs, <-pc.Messages())
			}
			e.msgs = end.cut(e.msgs)
			e.end = end.reached()
			idle.Reset(idleBeforeLook)
		case err, ok := <-errs:
			if !ok {
				errs = nil // Messages is closed, too
				continue
			}
			e.err, last = err, err
		case <-idle.C:
			e.end = end.look()
		case <-ctx.Done():
			return
		}
	}
}

// lastError is the last of the errors that are left, or else the one before.
func lastError(errs <-chan *sarama.ConsumerError, last error) error {
	if errs != nil {
		for err := range errs {
			last = err
		}
	}
	return last
}

// printAll prints until the partitions have ended, the count is reached, or ctx ends.
func (r *reading) printAll(ctx context.Context, partitions int, events <-chan incoming) error {
	printed := 0
	for partitions > 0 {
		e, err := r.next(ctx, events)
		if err != nil || ctx.Err() != nil {
			return err
		}
		for _, msg := range e.msgs {
			r.print(r.out, msg)
			r.progress.Add(1)
			if printed++; printed == r.count {
				return nil
			}
		}
		switch {
		case e.end && e.err != nil:
			return e.err
		case e.end:
			partitions--
		case e.err != nil:
			// The library tries again.
			fmt.Fprintf(r.warnings, "console consume: %v\n", e.err)
		}
	}
	return nil
}

// next is the next event. Before it waits, whoever reads the output gets what there is.
func (r *reading) next(ctx context.Context, events <-chan incoming) (e incoming, err error) {
	select {
	case e = <-events:
		return e, nil
	default:
	}
	if err := r.out.Flush(); err != nil {
		return e, fmt.Errorf("writing: %w", err)
	}
	select {
	case e = <-events:
	case <-ctx.Done():
	}
	return e, nil
}

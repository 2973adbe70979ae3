// Kafka-console-consumer prints the records of partitions of a topic, until it is interrupted.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"strconv"
	"strings"
	"sync"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func main() { command.Main(run) }

// consumer is the tool's flags and streams.
type consumer struct {
	ctx            context.Context
	stdout, stderr io.Writer

	brokers           command.Brokers
	tls               command.TLS
	topic, partitions string
	offset            string
	buffer            int
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := consumer{ctx: ctx, stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("kafka-console-consumer", flag.ContinueOnError)
	c.brokers.Register(flags)
	c.tls.Register(flags)
	command.Verbose(flags, stderr)
	flags.StringVar(&c.topic, "topic", "", "REQUIRED: the `topic` to consume")
	flags.StringVar(&c.partitions, "partitions", "all", "the partitions to consume: all, or numbers separated by commas")
	flags.StringVar(&c.offset, "offset", "newest", "where to begin: oldest or newest")
	flags.IntVar(&c.buffer, "buffer-size", 256, "how many `records` wait to be printed at most")
	return command.Run(flags, args, stderr, c.consume)
}

func (c *consumer) consume() error {
	addrs, err := c.brokers.Addresses()
	if err != nil {
		return err
	}
	if c.topic == "" {
		return command.Usage("-topic is required")
	}
	if c.buffer < 0 {
		return command.Usage("-buffer-size is %d", c.buffer)
	}
	start, ok := map[string]int64{"oldest": sarama.OffsetOldest, "newest": sarama.OffsetNewest}[c.offset]
	if !ok {
		return command.Usage("-offset is oldest or newest, and not %q", c.offset)
	}
	conf := sarama.NewConfig()
	if err := c.tls.Apply(conf); err != nil {
		return err
	}
	client, err := sarama.NewConsumer(addrs, conf)
	if err != nil {
		return command.Unavailable("connecting the consumer: %w", err)
	}
	logger := log.New(c.stderr, "", log.LstdFlags)
	defer func() {
		if err := client.Close(); err != nil {
			logger.Println("Failed to close the consumer:", err)
		}
	}()
	partitions, err := c.list(client)
	if err != nil {
		return err
	}
	if err := c.print(client, partitions, start); err != nil {
		return err
	}
	logger.Println("Done consuming topic", c.topic)
	return nil
}

// list returns the partitions that the flag names.
func (c *consumer) list(client sarama.Consumer) ([]int32, error) {
	if c.partitions == "all" {
		partitions, err := client.Partitions(c.topic)
		if err != nil {
			return nil, command.Unavailable("listing the partitions of %s: %w", c.topic, err)
		}
		return partitions, nil
	}
	var partitions []int32
	for number := range strings.SplitSeq(c.partitions, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
		if err != nil {
			return nil, command.Usage("-partitions is all or a list of numbers, and %q is none", number)
		}
		partitions = append(partitions, int32(n))
	}
	return partitions, nil
}

// print prints what partitions have, until the context ends.
func (c *consumer) print(client sarama.Consumer, partitions []int32, start int64) error {
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	messages := make(chan *sarama.ConsumerMessage, c.buffer)
	var readers sync.WaitGroup
	var failed error
	for _, partition := range partitions {
		pc, err := client.ConsumePartition(c.topic, partition, start)
		if err != nil {
			failed = command.Unavailable("consuming partition %d: %w", partition, err)
			stop()
			break
		}
		context.AfterFunc(ctx, pc.AsyncClose)
		readers.Go(func() {
			for message := range pc.Messages() {
				messages <- message
			}
		})
	}
	go func() { readers.Wait(); close(messages) }()
	if err := drain(c.stdout, messages, stop); failed == nil {
		failed = err
	}
	return failed
}

// drain prints messages until there are no more. When that fails it calls stop, and only takes the rest.
func drain(w io.Writer, messages <-chan *sarama.ConsumerMessage, stop func()) error {
	out := bufio.NewWriter(w)
	for message := range messages {
		fmt.Fprintf(out, "Partition:\t%d\nOffset:\t%d\nKey:\t%s\nValue:\t%s\n\n",
			message.Partition, message.Offset, message.Key, message.Value)
		if len(messages) == 0 && out.Flush() != nil {
			stop()
		}
	}
	if err := out.Flush(); err != nil {
		return command.Unavailable("printing: %w", err)
	}
	return nil
}

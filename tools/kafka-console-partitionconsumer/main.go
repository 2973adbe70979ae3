// Kafka-console-partitionconsumer prints the records of one partition, from any offset on, until it is interrupted.
// kafka-console-consumer does the same for several partitions.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func main() { command.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var brokers command.Brokers
	flags := flag.NewFlagSet("kafka-console-partitionconsumer", flag.ContinueOnError)
	brokers.Register(flags)
	command.Verbose(flags, stderr)
	topic := flags.String("topic", "", "REQUIRED: the `topic` to consume")
	partition := flags.Int("partition", -1, "REQUIRED: the `partition` to consume")
	offset := flags.String("offset", "newest", "where to begin: oldest, newest, or an `offset`")
	return command.Run(flags, args, stderr, func() error {
		addrs, err := brokers.Addresses()
		switch {
		case err != nil:
			return err
		case *topic == "":
			return command.Usage("-topic is required")
		case *partition < 0:
			return command.Usage("-partition is required")
		}
		start, err := parseOffset(*offset)
		if err != nil {
			return err
		}
		return consume(ctx, addrs, *topic, int32(*partition), start, stdout)
	})
}

func parseOffset(text string) (int64, error) {
	switch text {
	case "oldest":
		return sarama.OffsetOldest, nil
	case "newest":
		return sarama.OffsetNewest, nil
	}
	offset, err := strconv.ParseInt(text, 10, 64)
	if err != nil || offset < 0 {
		return 0, command.Usage("-offset is oldest, newest, or a number, and not %q", text)
	}
	return offset, nil
}

func consume(ctx context.Context, addrs []string, topic string, partition int32, start int64, stdout io.Writer) (err error) {
	client, err := sarama.NewConsumer(addrs, nil)
	if err != nil {
		return command.Unavailable("connecting the consumer: %w", err)
	}
	defer func() {
		if closing := client.Close(); err == nil && closing != nil {
			err = command.Unavailable("closing the consumer: %w", closing)
		}
	}()
	pc, err := client.ConsumePartition(topic, partition, start)
	if err != nil {
		return command.Unavailable("consuming partition %d of %s: %w", partition, topic, err)
	}
	stop := context.AfterFunc(ctx, pc.AsyncClose)
	defer stop()
	out := bufio.NewWriter(stdout)
	for message := range pc.Messages() {
		fmt.Fprintf(out, "Offset:\t%d\nKey:\t%s\nValue:\t%s\n\n", message.Offset, message.Key, message.Value)
		if len(pc.Messages()) == 0 && out.Flush() != nil {
			pc.AsyncClose()
		}
	}
	if err := out.Flush(); err != nil {
		return command.Unavailable("printing: %w", err)
	}
	return nil
}

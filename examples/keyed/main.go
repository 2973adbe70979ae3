// Keyed processes the records of a topic concurrently, in the order of each key: slow work, such as calls of another service, goes
// on for many keys of one partition at a time. On SIGINT or SIGTERM it finishes what it has begun, commits, and leaves the group.
//
//	go run ./examples/keyed -brokers localhost:9092 -topic orders -group billing -workers 64
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func main() { cli.Main(run) }

type options struct {
	brokers, topic, group string
	workers               int
	work, grace           time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("keyed", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.brokers, "brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers, `host:port,...`")
	flags.StringVar(&o.topic, "topic", "orders", "`name` of the topic")
	flags.StringVar(&o.group, "group", "keyed", "`name` of the group")
	flags.IntVar(&o.workers, "workers", 64, "records of one partition that are processed at a time")
	flags.DurationVar(&o.work, "work", 10*time.Millisecond, "how long a record takes")
	flags.DurationVar(&o.grace, "grace", 10*time.Second, "how long to finish what has begun, at the end")
	return cli.Run("keyed", stderr, func() error {
		if err := cli.Parse(flags, args); err != nil {
			return err
		}
		return keyed(ctx, o, stdout)
	})
}

func keyed(ctx context.Context, o options, stdout io.Writer) error {
	brokers, err := cli.Brokers(o.brokers)
	if err != nil {
		return err
	}
	handler, err := sarama.NewKeyedHandler(sarama.KeyedHandlerConfig{
		Workers: o.workers,
		Handle: func(_ context.Context, msg *sarama.ConsumerMessage) error {
			<-time.After(o.work) // here goes what is to be done
			_, err := fmt.Fprintf(stdout, "%s-%d@%d %s = %s\n", msg.Topic, msg.Partition, msg.Offset, msg.Key, msg.Value)
			return err
		},
	})
	if err != nil {
		return err
	}
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	group, err := sarama.NewConsumerGroup(brokers, o.group, config)
	if err != nil {
		return err
	}
	managed := group.(sarama.ManagedConsumerGroup)
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), o.grace)
		defer cancel()
		drained <- managed.Drain(grace)
	})
	if err := managed.Run(context.WithoutCancel(ctx), []string{o.topic}, handler); err != nil && stop() {
		cli.Close(group)
		return err
	}
	return <-drained
}

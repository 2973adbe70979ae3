// Deadletters processes a topic whose records may fail: they go to a retry topic, wait there, are tried again, and what fails then
// is a dead letter. Each step is a transaction, so that each failed record is sent on once, whatever happens meanwhile.
//
//	go run ./examples/deadletters -brokers localhost:9092 -topic orders -group billing
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func main() { cli.Main(run) }

type options struct {
	brokers, topic, group, instance string
	delay                           time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("deadletters", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.brokers, "brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers, `host:port,...`")
	flags.StringVar(&o.topic, "topic", "orders", "`name` of the topic; NAME.retry and NAME.dead are used, too, and have to be there")
	flags.StringVar(&o.group, "group", "deadletters", "`name` of the group")
	flags.StringVar(&o.instance, "instance", "0", "what tells this process from others of the group")
	flags.DurationVar(&o.delay, "delay", 10*time.Second, "how long a record waits before it is tried again")
	return cli.Run("deadletters", stderr, func() error {
		if err := cli.Parse(flags, args); err != nil {
			return err
		}
		return process(ctx, o, stdout)
	})
}

// handle is what is to be done with a record: those with "bad" in them fail.
func handle(msg *sarama.ConsumerMessage) error {
	if bytes.Contains(msg.Value, []byte("bad")) {
		return errors.New("it is bad")
	}
	return nil
}

func process(ctx context.Context, o options, stdout io.Writer) error {
	brokers, err := cli.Brokers(o.brokers)
	if err != nil {
		return err
	}
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Producer.Return.Successes = true
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Transaction.ID = o.group + "-" + o.instance
	producer, err := sarama.NewSyncProducer(brokers, config)
	if err != nil {
		return err
	}
	defer cli.Close(producer)
	retry, dead := o.topic+".retry", o.topic+".dead"
	handler, err := sarama.NewRetryHandler(sarama.RetryHandlerConfig{
		GroupID: o.group, Producer: producer,
		Retries:     []sarama.RetryTopic{{Topic: retry, Delay: o.delay}},
		DeadLetters: dead,
		Handle: func(_ context.Context, msg *sarama.ConsumerMessage) error {
			err := handle(msg)
			fmt.Fprintf(stdout, "%s-%d@%d %s: %v\n", msg.Topic, msg.Partition, msg.Offset, msg.Value, err)
			return err
		},
	})
	if err != nil {
		return err
	}
	group, err := sarama.NewConsumerGroup(brokers, o.group, config)
	if err != nil {
		return err
	}
	defer cli.Close(group)
	return group.(sarama.ManagedConsumerGroup).Run(ctx, []string{o.topic, retry}, handler)
}

// Sharegroup processes a topic as a member of a share group (KIP-932, Kafka 4.2): start as many as you like, more than the topic has
// partitions. Each record goes to one of them, and is accepted; those with "later" in them are released once, those with "bad" in
// them rejected.
//
//	go run ./examples/sharegroup -brokers localhost:9092 -topic jobs -group workers
//
// A group begins with what is written after it was made, unless told otherwise:
//
//	kafka-configs.sh --bootstrap-server localhost:9092 --alter --group workers --add-config share.auto.offset.reset=earliest
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func main() { cli.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("sharegroup", flag.ContinueOnError)
	flags.SetOutput(stderr)
	list := flags.String("brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers, `host:port,...`")
	topic := flags.String("topic", "jobs", "`name` of the topic")
	group := flags.String("group", "workers", "`name` of the share group")
	return cli.Run("sharegroup", stderr, func() error {
		if err := cli.Parse(flags, args); err != nil {
			return err
		}
		brokers, err := cli.Brokers(*list)
		if err != nil {
			return err
		}
		config := sarama.NewConfig()
		config.Version = sarama.MaxVersion
		consumer, err := sarama.NewShareConsumer(brokers, *group, []string{*topic}, config)
		if err != nil {
			return err
		}
		defer cli.Close(consumer)
		return work(ctx, consumer, stdout)
	})
}

func work(ctx context.Context, consumer *sarama.ShareConsumer, stdout io.Writer) error {
	for {
		select {
		case msg := <-consumer.Messages():
			what, err := process(msg)
			if err != nil {
				return err
			}
			fmt.Fprintf(stdout, "%s %s-%d@%d %s, given out %d times\n", what, msg.Topic, msg.Partition, msg.Offset, msg.Value, msg.DeliveryCount)
		case <-ctx.Done():
			return consumer.Commit(context.WithoutCancel(ctx))
		}
	}
}

func process(msg *sarama.ShareMessage) (what string, err error) {
	switch {
	case bytes.Contains(msg.Value, []byte("bad")):
		return "rejected", msg.Reject()
	case bytes.Contains(msg.Value, []byte("later")) && msg.DeliveryCount == 1:
		return "released", msg.Release()
	default:
		return "accepted", msg.Accept()
	}
}

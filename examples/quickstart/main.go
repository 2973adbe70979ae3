// Quickstart sends records through a Kafka cluster and back, with each compression codec, and checks that each comes once
// and in order. Without -brokers it starts a Kafka of its own inside the program.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -brokers localhost:9092,localhost:9093
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

// options are the flags.
type options struct {
	brokers    string
	version    string
	topic      string
	records    int
	partitions int
	keep       bool
	timeout    time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return cli.Run("quickstart", stderr, func() error {
		o, err := parse(args, stderr)
		if err != nil {
			return err
		}
		return quickstart(ctx, o, stdout)
	})
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "Sends records through Kafka and back, and checks each of them.\n\nUsage: quickstart [flags]\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.brokers, "brokers", "", "brokers to use, `host:port,...`; empty: an embedded Kafka is started")
	flags.StringVar(&o.version, "version", sarama.DefaultVersion.String(), "Kafka `version` to speak, at most the brokers'")
	flags.StringVar(&o.topic, "topic", "", "`name` of the topic to create; empty: a name of its own")
	flags.IntVar(&o.records, "records", 20000, "records for each codec and each producer")
	flags.IntVar(&o.partitions, "partitions", 6, "partitions of the topic")
	flags.BoolVar(&o.keep, "keep", false, "leave the topic in the cluster")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "how long to wait for the first connection, and for the next record")
	if err := cli.Parse(flags, args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, cli.UsageError("unexpected argument " + flags.Arg(0))
	case o.records < 1 || o.partitions < 1:
		return o, cli.UsageError("-records and -partitions must be at least 1")
	}
	return o, nil
}

// Package local gives examples a Kafka: the user's, or one inside the program.
package local

import (
	"flag"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// partitions are those of the topic in a Kafka inside the program.
const partitions = 3

// Options are the flags that these examples have in common.
type Options struct {
	Brokers string
	Topic   string
}

// Parse reads a command's flags, these among them; about is what -h says of the command.
func (o *Options) Parse(flags *flag.FlagSet, args []string, stderr io.Writer, about string) error {
	flags.SetOutput(stderr)
	flags.StringVar(&o.Brokers, "brokers", "", "brokers to use, `host:port,...`; empty: a Kafka inside the program is started")
	flags.StringVar(&o.Topic, "topic", flags.Name(), "`topic` to use; it has to exist unless brokers create topics")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "%s\n\nUsage: %s [flags]\n\n", about, flags.Name())
		flags.PrintDefaults()
	}
	if err := cli.Parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return cli.UsageError("unexpected argument " + flags.Arg(0))
	}
	return nil
}

// Start returns the brokers to use; stop ends them, if they are in the program. Those have the topic, and others if named.
func (o *Options) Start(out io.Writer, others ...string) (addrs []string, stop func(), err error) {
	if o.Brokers != "" {
		addrs, err = cli.Brokers(o.Brokers)
		return addrs, func() {}, err
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(partitions, append(others, o.Topic)...))
	if err != nil {
		return nil, nil, fmt.Errorf("starting a Kafka inside the program: %w", err)
	}
	fmt.Fprintln(out, "started a Kafka inside the program (-brokers uses yours)")
	return cluster.ListenAddrs(), cluster.Close, nil
}

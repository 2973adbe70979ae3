// Console is Kafka on the command line: it produces lines from standard input, prints records, and lists topics.
//
//	go run ./examples/console produce -topic lines < file
//	go run ./examples/console consume -topic lines -exit-at-end
//	go run ./examples/console topics
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

const usage = `Kafka on the command line.

Usage: console COMMAND [flags]

  produce   send the lines of standard input
  consume   print records
  topics    list topics, partitions and replicas

console COMMAND -h tells a command's flags.
`

func main() {
	cli.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return run(ctx, args, os.Stdin, stdout, stderr)
	})
}

// terminal is what a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := terminal{stdin, stdout, stderr}
	commands := map[string]func(context.Context, []string, terminal) error{
		"produce": produce, "consume": consume, "topics": topics,
	}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return cli.ExitUsage
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, usage)
		return cli.ExitOK
	}
	command, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(stderr, "console: there is no command %q\n\n%s", args[0], usage)
		return cli.ExitUsage
	}
	return cli.Run("console "+args[0], stderr, func() error { return command(ctx, args[1:], t) })
}

// connection is the flags of all commands.
type connection struct {
	brokers string
	version string
	timeout time.Duration
	verbose bool
}

// flagsFor returns a command's flags, those of the connection among them.
func flagsFor(name, about string, t terminal, c *connection) *flag.FlagSet {
	flags := flag.NewFlagSet("console "+name, flag.ContinueOnError)
	flags.SetOutput(t.err)
	flags.Usage = func() {
		fmt.Fprintf(t.err, "%s\n\nUsage: console %s [flags]\n\n", about, name)
		flags.PrintDefaults()
	}
	flags.StringVar(&c.brokers, "brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"),
		"brokers to start from, `host:port,...`; default from KAFKA_BROKERS")
	flags.StringVar(&c.version, "version", sarama.DefaultVersion.String(), "Kafka `version` to speak, at most the brokers'")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "how long to try to connect")
	flags.BoolVar(&c.verbose, "v", false, "tell what the library does, on standard error")
	return flags
}

// config is the configuration that the flags ask for, and the brokers.
func (c *connection) config(t terminal) ([]string, *sarama.Config, error) {
	addrs, err := cli.Brokers(c.brokers)
	if err != nil {
		return nil, nil, err
	}
	version, err := sarama.ParseKafkaVersion(c.version)
	if err != nil {
		return nil, nil, cli.UsageError("-version: " + err.Error())
	}
	if c.verbose {
		sarama.Logger = logger(t.err)
	}
	conf := sarama.NewConfig()
	conf.ClientID = "console"
	conf.Version = version
	conf.Net.DialTimeout = c.timeout / 2
	conf.Metadata.Timeout = c.timeout
	conf.Metadata.AllowAutoTopicCreation = false // to look at a topic must not make it
	return addrs, conf, nil
}

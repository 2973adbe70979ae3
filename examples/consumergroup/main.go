// Consumergroup reads topics as a member of a group, prints the records, and ends in good order on a signal: what is being
// printed is finished and committed, and the partitions go to the other members at once. Start it several times.
//
//	go run ./examples/consumergroup -group printers orders payments
//	go run ./examples/consumergroup -group printers -strategy cooperative-sticky orders
//	go run ./examples/consumergroup -group printers -strategy consumer '^orders-.*'
//	go run ./examples/consumergroup -group printers -instance printer-1 orders
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

const usage = `Reads topics as a member of a group.

Usage: consumergroup [flags] TOPIC...

A TOPIC that begins with "^" is a regular expression for the names of topics, those to come included.

`

func main() {
	cli.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return cli.Run("consumergroup", stderr, func() error { return run(ctx, args, stdout, stderr) })
	})
}

// options is what the flags say.
type options struct {
	addrs  []string
	group  string
	topics []string
	conf   *sarama.Config
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	o, err := parse(args, errs)
	if err != nil {
		return err
	}
	client, err := cli.Connect(o.addrs, o.conf, 10*time.Second)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	group, err := sarama.NewConsumerGroupFromClient(o.group, client)
	if err != nil {
		return err
	}
	p := &printer{out: out, notes: errs}
	for ctx.Err() == nil {
		// One call is one session. It returns when the partitions are to be shared anew.
		if err := group.Consume(ctx, o.topics, p); err != nil && ctx.Err() == nil {
			return errors.Join(err, group.Close())
		}
	}
	return group.Close() // leaves the group, so that others need not wait until this member is missed
}

func parse(args []string, errs io.Writer) (*options, error) {
	flags := flag.NewFlagSet("consumergroup", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, usage)
		flags.PrintDefaults()
	}
	brokers := flags.String("brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"),
		"brokers to start from, `host:port,...`; default from KAFKA_BROKERS")
	version := flags.String("version", sarama.DefaultVersion.String(), "Kafka `version` to speak, at most the brokers'")
	group := flags.String("group", "examples", "the `name` of the group")
	strategy := flags.String("strategy", "range",
		"how members share partitions: range, roundrobin, sticky, cooperative-sticky, or consumer, which leaves it to the brokers (-version 4.0.0)")
	instance := flags.String("instance", "", "a `name` for a static member, which keeps its partitions over a restart")
	oldest := flags.Bool("oldest", true, "start with the oldest record where nothing is committed, not with the next one")
	if err := cli.Parse(flags, args); err != nil {
		return nil, err
	}
	o := &options{group: *group, topics: flags.Args(), conf: sarama.NewConfig()}
	if len(o.topics) == 0 {
		return nil, cli.UsageError("a topic is needed")
	}
	var err error
	if o.addrs, err = cli.Brokers(*brokers); err != nil {
		return nil, err
	}
	if o.conf.Version, err = sarama.ParseKafkaVersion(*version); err != nil {
		return nil, cli.UsageError("-version: " + err.Error())
	}
	if *oldest {
		o.conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	}
	o.conf.ClientID = "consumergroup"
	o.conf.Consumer.Group.InstanceId = *instance
	return o, share(o.conf, *strategy)
}

// share sets how partitions are shared.
func share(conf *sarama.Config, strategy string) error {
	group := &conf.Consumer.Group
	switch strategy {
	case "range":
	case "roundrobin":
		group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRoundRobin()}
	case "sticky":
		group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategySticky()}
	case "cooperative-sticky":
		group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	case "consumer":
		group.Protocol = sarama.ConsumerGroupProtocolConsumer
	default:
		return cli.UsageError(fmt.Sprintf("there is no strategy %q", strategy))
	}
	return nil
}

// printer prints the records of all partitions, and what becomes of the member.
type printer struct {
	mu    sync.Mutex // guards out and notes
	out   io.Writer
	notes io.Writer
}

func (p *printer) print(w io.Writer, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(w, format+"\n", args...)
}

// Setup implements sarama.ConsumerGroupHandler.
func (p *printer) Setup(s sarama.ConsumerGroupSession) error {
	p.print(p.notes, "member %s, generation %d: %v", s.MemberID(), s.GenerationID(), s.Claims())
	return nil
}

// Cleanup implements sarama.ConsumerGroupHandler.
func (p *printer) Cleanup(s sarama.ConsumerGroupSession) error {
	p.print(p.notes, "the session ended: %v", context.Cause(s.Context()))
	return nil
}

// ConsumeClaim implements sarama.ConsumerGroupHandler. It is called for each partition, on a goroutine of its own.
func (p *printer) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	p.print(p.notes, "+ %s/%d from offset %d", claim.Topic(), claim.Partition(), claim.InitialOffset())
	for msg := range claim.Messages() {
		p.print(p.out, "%s/%d/%d: %s", msg.Topic, msg.Partition, msg.Offset, msg.Value)
		s.MarkMessage(msg, "") // committed within a second, and when the partition goes
	}
	p.print(p.notes, "- %s/%d", claim.Topic(), claim.Partition())
	return nil
}

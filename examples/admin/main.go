// Admin looks at a Kafka cluster and changes it: topics, groups and their lag, configurations, ACLs, users, quotas,
// transactions, nodes.
//
//	go run ./examples/admin topics
//	go run ./examples/admin groups -lag orders-readers
//	go run ./examples/admin configs -topic orders -set retention.ms=3600000
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

const usage = `Looks at a Kafka cluster, and changes it.

Usage: admin COMMAND [flags] [NAME...]

  topics         list topics, or -create, -delete those named
  groups         list groups, -lag of those named, or -delete them
  configs        show what is not default of -topic, -broker or -group, or -set, -unset entries
  acls           list ACLs
  users          list users with SCRAM credentials
  quotas         list quotas
  transactions   list transactions, describe those named, or -fence them
  cluster        show nodes, features and the controllers' quorum

admin COMMAND -h tells a command's flags.
`

func main() { cli.Main(run) }

// command is one of the program's.
type command struct {
	about string
	// prepare adds flags, and returns what is done with them.
	prepare func(flags *flag.FlagSet) func(context.Context, sarama.Admin, []string) (any, error)
}

var commands = map[string]command{
	"topics":       {"Lists topics, or creates or deletes those named.", topics},
	"groups":       {"Lists groups, tells the lag of those named, or deletes them.", groups},
	"configs":      {"Shows or changes a configuration.", configs},
	"acls":         {"Lists ACLs.", acls},
	"users":        {"Lists users with SCRAM credentials.", users},
	"quotas":       {"Lists quotas.", quotas},
	"transactions": {"Lists, describes or fences transactions.", transactions},
	"cluster":      {"Shows nodes, features and the controllers' quorum.", showCluster},
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return cli.ExitUsage
	}
	if slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		fmt.Fprint(stdout, usage)
		return cli.ExitOK
	}
	c, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(stderr, "admin: there is no command %q\n\n%s", args[0], usage)
		return cli.ExitUsage
	}
	name := "admin " + args[0]
	return cli.Run(name, stderr, func() error { return c.run(ctx, name, args[1:], stdout, stderr) })
}

// run reads flags, connects, and prints what comes of it: also what succeeded beside what failed.
func (c command) run(ctx context.Context, name string, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "%s\n\nUsage: %s [flags] [NAME...]\n\n", c.about, name)
		flags.PrintDefaults()
	}
	brokers := flags.String("brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers to start from, `host:port,...`; default from KAFKA_BROKERS")
	version := flags.String("version", sarama.MaxVersion.String(), "Kafka `version` to speak, at most the brokers'")
	timeout := flags.Duration("timeout", 30*time.Second, "how long to try")
	asJSON := flags.Bool("json", false, "print JSON in place of a table")
	do := c.prepare(flags)
	if err := cli.Parse(flags, args); err != nil {
		return err
	}
	addrs, err := cli.Brokers(*brokers)
	if err != nil {
		return err
	}
	conf := sarama.NewConfig()
	conf.ClientID = "admin"
	if conf.Version, err = sarama.ParseKafkaVersion(*version); err != nil {
		return cli.UsageError("-version: " + err.Error())
	}
	conf.Metadata.AllowAutoTopicCreation = false // to look at a topic must not make it
	client, err := cli.Connect(addrs, conf, min(*timeout, 10*time.Second))
	if err != nil {
		return err
	}
	admin := sarama.NewAdminFromClient(client)
	defer cli.Close(admin)
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	result, err := do(ctx, admin, flags.Args())
	var usageError cli.UsageError
	if result != nil && !errors.As(err, &usageError) {
		if failed := show(stdout, result, *asJSON); failed != nil {
			return failed
		}
	}
	return explain(err)
}

// show prints a result: a table, or anything as JSON.
func show(w io.Writer, result any, asJSON bool) error {
	t, isTable := result.(table)
	if asJSON {
		if isTable {
			result = t.objects()
		}
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	if isTable {
		return t.print(w)
	}
	_, err := fmt.Fprintln(w, result)
	return err
}

// table is rows under titles, which are the keys in JSON.
type table struct {
	titles []string
	rows   [][]any
}

func newTable(titles ...string) table { return table{titles: titles} }

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

func (t table) print(w io.Writer) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tabs, strings.ToUpper(strings.Join(t.titles, "\t")))
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.Trim(fmt.Sprint(cell), "[]")
			if cells[i] == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(tabs, strings.Join(cells, "\t"))
	}
	return tabs.Flush()
}

func (t table) objects() []map[string]any {
	objects := make([]map[string]any, 0, len(t.rows))
	for _, row := range t.rows {
		object := make(map[string]any, len(row))
		for i, title := range t.titles {
			object[title] = row[i]
		}
		objects = append(objects, object)
	}
	return objects
}

// explain adds what may help to what brokers refused.
func explain(err error) error {
	for _, advice := range []struct {
		cause error
		text  string
	}{
		{sarama.ErrNotAuthorized, "the client's user needs an ACL for that"},
		{sarama.ErrSecurityDisabled, "the brokers have no authorizer"},
		{sarama.ErrNonEmptyGroup, "stop its members first"},
		{sarama.ErrUnsupportedVersion, "the brokers, or -version, are too old for that"},
	} {
		if errors.Is(err, advice.cause) {
			return fmt.Errorf("%w\n  (%s)", err, advice.text)
		}
	}
	return err
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// topics lists topics.
func topics(_ context.Context, args []string, t terminal) error {
	var c connection
	flags := flagsFor("topics", "Lists topics with their partitions' leaders and replicas.", t, &c)
	only := flags.String("topic", "", "`name` of the only topic to list")
	brief := flags.Bool("brief", false, "one line for each topic")
	if err := cli.Parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return cli.UsageError("unexpected argument " + flags.Arg(0))
	}
	addrs, conf, err := c.config(t)
	if err != nil {
		return err
	}
	client, err := cli.Connect(addrs, conf, c.timeout)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	names, err := topicNames(client, *only)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	if *brief {
		fmt.Fprintln(w, "TOPIC\tPARTITIONS")
	} else {
		fmt.Fprintln(w, "TOPIC\tPARTITION\tLEADER\tREPLICAS\tIN SYNC\tFROM\tTO")
	}
	for _, name := range names {
		if err := listTopic(client, w, name, *brief); err != nil {
			return err
		}
	}
	return w.Flush()
}

func topicNames(client sarama.Client, only string) ([]string, error) {
	if only != "" {
		return []string{only}, nil
	}
	names, err := client.Topics()
	slices.Sort(names)
	return names, err
}

func listTopic(client sarama.Client, w *tabwriter.Writer, name string, brief bool) error {
	partitions, err := client.Partitions(name)
	if err != nil {
		return fmt.Errorf("looking up partitions: %w", err)
	}
	if brief {
		fmt.Fprintf(w, "%s\t%d\n", name, len(partitions))
		return nil
	}
	for _, p := range partitions {
		leader := "none"
		if b, err := client.Leader(name, p); err == nil {
			leader = fmt.Sprintf("%d (%s)", b.ID(), b.Addr())
		}
		replicas, _ := client.Replicas(name, p)
		inSync, _ := client.InSyncReplicas(name, p)
		from, to := offsetText(client, name, p, sarama.OffsetOldest), offsetText(client, name, p, sarama.OffsetNewest)
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", name, p, leader, ids(replicas), ids(inSync), from, to)
	}
	return nil
}

func offsetText(client sarama.Client, topic string, partition int32, time int64) string {
	offset, err := client.GetOffset(topic, partition, time)
	if err != nil {
		return "?"
	}
	return fmt.Sprint(offset)
}

func ids(list []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

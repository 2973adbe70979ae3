package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/twmb/franz-go/pkg/kfake"
)

// codecs are all of them, zstd last.
var codecs = []sarama.CompressionCodec{
	sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD,
}

// row is what one step has done, for the table at the end.
type row struct {
	step    string
	records int
	bytes   int64
	took    time.Duration
	ratio   float64 // of compression; 0: not known
}

func quickstart(ctx context.Context, o options, out io.Writer) (err error) {
	began := time.Now()
	addrs, stop, err := brokersFor(o, out)
	if err != nil {
		return err
	}
	defer stop()
	conf, err := config(o)
	if err != nil {
		return err
	}
	client, err := cli.Connect(addrs, conf, o.timeout)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	topic := o.topic
	if topic == "" {
		topic = fmt.Sprintf("quickstart-%08x", rand.Uint32())
	}
	if err := createTopic(client, topic, o); err != nil {
		return err
	}
	if !hasZSTD(conf) {
		fmt.Fprintln(out, "zstd is left out: it needs -version 2.1.0 or later")
	}
	fmt.Fprintf(out, "created topic %s with %d partitions\n", topic, o.partitions)
	if !o.keep {
		defer func() { err = errors.Join(err, deleteTopic(client, topic)) }()
	}
	rows, err := sendAndReceive(ctx, addrs, topic, codecsFor(conf), o, out)
	if err != nil {
		return err
	}
	printTable(out, rows)
	fmt.Fprintf(out, "\nevery record came back once, and in order. All in %v.\n", time.Since(began).Round(time.Millisecond))
	return nil
}

// brokersFor returns the brokers to use: those asked for, or embedded ones, which end with stop.
func brokersFor(o options, out io.Writer) (addrs []string, stop func(), err error) {
	if o.brokers != "" {
		addrs, err = cli.Brokers(o.brokers)
		return addrs, func() {}, err
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		return nil, nil, fmt.Errorf("starting an embedded Kafka: %w", err)
	}
	fmt.Fprintf(out, "started an embedded Kafka with 3 brokers (-brokers uses yours)\n")
	return cluster.ListenAddrs(), cluster.Close, nil
}

// config is what all clients here are made with.
func config(o options) (*sarama.Config, error) {
	version, err := sarama.ParseKafkaVersion(o.version)
	if err != nil {
		return nil, cli.UsageError(err.Error())
	}
	conf := sarama.NewConfig()
	conf.ClientID = "quickstart"
	conf.Version = version
	conf.Net.DialTimeout = o.timeout / 2
	conf.Metadata.Timeout = o.timeout
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Idempotent = version.IsAtLeast(sarama.V0_11_0_0)
	conf.Producer.Return.Successes = true
	conf.Consumer.Return.Errors = true
	return conf, nil
}

// codecsFor returns the codecs that the version knows.
func codecsFor(conf *sarama.Config) []sarama.CompressionCodec {
	if hasZSTD(conf) {
		return codecs
	}
	return codecs[:len(codecs)-1]
}

// hasZSTD tells whether the version knows zstd (KIP-110).
func hasZSTD(conf *sarama.Config) bool { return conf.Version.IsAtLeast(sarama.V2_1_0_0) }

func createTopic(client sarama.Client, topic string, o options) error {
	controller, err := client.Controller()
	if err != nil {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	replicas := int16(min(len(client.Brokers()), 3))
	detail := map[string]*sarama.TopicDetail{topic: {NumPartitions: int32(o.partitions), ReplicationFactor: replicas}}
	response, err := controller.CreateTopics(sarama.NewCreateTopicsRequest(client.Config().Version, detail, o.timeout, false))
	if err != nil {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	if topicErr := response.TopicErrors[topic]; topicErr != nil && topicErr.Err != sarama.ErrNoError {
		return fmt.Errorf("creating topic %s: %w", topic, topicErr)
	}
	return client.RefreshMetadata(topic)
}

func deleteTopic(client sarama.Client, topic string) error {
	controller, err := client.Controller()
	if err != nil {
		return fmt.Errorf("deleting topic %s: %w", topic, err)
	}
	response, err := controller.DeleteTopics(sarama.NewDeleteTopicsRequest(client.Config().Version, []string{topic}, 10*time.Second))
	if err != nil {
		return fmt.Errorf("deleting topic %s: %w", topic, err)
	}
	if code := response.TopicErrorCodes[topic]; code != sarama.ErrNoError {
		return fmt.Errorf("deleting topic %s: %w", topic, code)
	}
	return nil
}

func printTable(out io.Writer, rows []row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "step\trecords\trecords/s\tMB/s\tcompressed to\t")
	for _, r := range rows {
		ratio := "-"
		if r.ratio > 0 {
			ratio = fmt.Sprintf("%.0f %%", 100/r.ratio)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%.1f\t%s\t\n", r.step, r.records, cli.Rate(int64(r.records), r.took),
			float64(r.bytes)/1e6/r.took.Seconds(), ratio)
	}
	_ = w.Flush()
}

// Kafka-console-producer sends one message, whose value is a flag or standard input, and prints where it was put.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rcrowley/go-metrics"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func main() {
	var stdin io.Reader
	// A terminal is no input: nobody types a value without having been asked for it.
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeCharDevice == 0 {
		stdin = os.Stdin
	}
	os.Exit(run(os.Args[1:], stdin, os.Stdout, os.Stderr))
}

// producer is the tool's flags and streams.
type producer struct {
	stdin          io.Reader // nil if there is none
	stdout, stderr io.Writer

	brokers            command.Brokers
	tls                command.TLS
	topic, key, value  string
	headers            string
	partitioner        string
	partition          int
	showMetrics, quiet bool
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := producer{stdin: stdin, stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("kafka-console-producer", flag.ContinueOnError)
	p.brokers.Register(flags)
	p.tls.Register(flags)
	command.Verbose(flags, stderr)
	flags.StringVar(&p.topic, "topic", "", "REQUIRED: the `topic` to produce to")
	flags.StringVar(&p.key, "key", "", "the message's `key`; none if empty")
	flags.StringVar(&p.value, "value", "", "the message's `value`; standard input, all of it, stands in for it")
	flags.StringVar(&p.headers, "headers", "", "the message's headers, as in `name:value,name:value`")
	flags.StringVar(&p.partitioner, "partitioner", "", "how the partition is chosen: hash, random or manual; by default hash, or manual with -partition")
	flags.IntVar(&p.partition, "partition", -1, "the `partition` to produce to")
	flags.BoolVar(&p.showMetrics, "metrics", false, "print the library's metrics on standard error at the end")
	flags.BoolVar(&p.quiet, "silent", false, "do not print where the message was put")
	return command.Run(flags, args, stderr, p.produce)
}

func (p *producer) produce() error {
	addrs, err := p.brokers.Addresses()
	if err != nil {
		return err
	}
	conf, err := p.config()
	if err != nil {
		return err
	}
	message, err := p.message()
	if err != nil {
		return err
	}
	client, err := sarama.NewSyncProducer(addrs, conf)
	if err != nil {
		return command.Unavailable("connecting the producer: %w", err)
	}
	partition, offset, err := client.SendMessage(message)
	if err == nil && p.showMetrics {
		metrics.WriteOnce(conf.MetricRegistry, p.stderr) // they end with the producer
	}
	if closing := client.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return command.Unavailable("producing: %w", err)
	}
	if !p.quiet {
		fmt.Fprintf(p.stdout, "topic=%s\tpartition=%d\toffset=%d\n", p.topic, partition, offset)
	}
	return nil
}

func (p *producer) config() (*sarama.Config, error) {
	conf := sarama.NewConfig()
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Return.Successes = true
	manual := p.partition >= 0
	switch {
	case p.partitioner == "manual" && !manual:
		return nil, command.Usage("-partitioner manual needs a -partition")
	case p.partitioner == "manual", p.partitioner == "" && manual:
		conf.Producer.Partitioner = sarama.NewManualPartitioner
	case p.partitioner == "random":
		conf.Producer.Partitioner = sarama.NewRandomPartitioner
	case p.partitioner == "hash", p.partitioner == "":
		conf.Producer.Partitioner = sarama.NewHashPartitioner
	default:
		return nil, command.Usage("there is no partitioner %q", p.partitioner)
	}
	return conf, p.tls.Apply(conf)
}

func (p *producer) message() (*sarama.ProducerMessage, error) {
	if p.topic == "" {
		return nil, command.Usage("-topic is required")
	}
	headers, err := parseHeaders(p.headers)
	if err != nil {
		return nil, err
	}
	message := &sarama.ProducerMessage{Topic: p.topic, Partition: int32(p.partition), Headers: headers}
	if p.key != "" {
		message.Key = sarama.StringEncoder(p.key)
	}
	switch {
	case p.value != "":
		message.Value = sarama.StringEncoder(p.value)
	case p.stdin == nil:
		return nil, command.Usage("there is neither a -value nor anything on standard input")
	default:
		value, err := io.ReadAll(p.stdin)
		if err != nil {
			return nil, &command.Failure{Code: command.ExitNoInput, Err: fmt.Errorf("reading standard input: %w", err)}
		}
		message.Value = sarama.ByteEncoder(value)
	}
	return message, nil
}

// parseHeaders reads name:value,name:value.
func parseHeaders(list string) ([]sarama.RecordHeader, error) {
	if list == "" {
		return nil, nil
	}
	var headers []sarama.RecordHeader
	for pair := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(pair, ":")
		if !ok || strings.Contains(value, ":") {
			return nil, command.Usage("-headers has to be as in name:value,name:value, and %q is not", pair)
		}
		headers = append(headers, sarama.RecordHeader{Key: []byte(name), Value: []byte(value)})
	}
	return headers, nil
}

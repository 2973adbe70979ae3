// Kafka-producer-performance sends random messages as fast as it may, and prints how that goes each five seconds and at the
// end.
package main

import (
	"context"
	"flag"
	"io"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

func main() { command.Main(run) }

// settings are the flags that are not the configuration's own.
type settings struct {
	brokers                          command.Brokers
	tls                              command.TLS
	security                         string
	sync                             bool
	topic                            string
	partition                        int
	load, size, throughput, routines int

	acks                              int
	compression, partitioner, version string

	values []sarama.ByteEncoder // to send
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s settings
	conf := sarama.NewConfig()
	conf.Producer.Return.Successes = true
	flags := flag.NewFlagSet("kafka-producer-performance", flag.ContinueOnError)
	s.brokers.Register(flags)
	command.Verbose(flags, stderr)
	s.registerLoad(flags)
	s.registerSecurity(flags)
	s.registerProducer(flags, conf)
	return command.Run(flags, args, stderr, func() error {
		if err := s.check(); err != nil {
			return err
		}
		if err := s.apply(conf); err != nil {
			return err
		}
		return s.send(ctx, conf, stdout)
	})
}

func (s *settings) registerLoad(flags *flag.FlagSet) {
	flags.BoolVar(&s.sync, "sync", false, "send with a SyncProducer")
	flags.StringVar(&s.topic, "topic", "", "REQUIRED: the `topic` to send to")
	flags.IntVar(&s.partition, "partition", -1, "the `partition` to send to, with -partitioner manual")
	flags.IntVar(&s.load, "message-load", 0, "REQUIRED: how many `messages` to send")
	flags.IntVar(&s.size, "message-size", 0, "REQUIRED: `bytes` of each message")
	flags.IntVar(&s.throughput, "throughput", 0, "`messages` a second at most, of each routine; 0: no limit")
	flags.IntVar(&s.routines, "routines", 1, "how many `goroutines` send, with -sync")
}

func (s *settings) registerSecurity(flags *flag.FlagSet) {
	flags.StringVar(&s.security, "security-protocol", "PLAINTEXT", "PLAINTEXT or SSL")
	flags.StringVar(&s.tls.CACerts, "tls-ca-certs", "", "PEM `file` with the root certificates to trust, with SSL; by default the system's")
	s.tls.RegisterClient(flags)
}

func (s *settings) registerProducer(flags *flag.FlagSet, conf *sarama.Config) {
	flags.IntVar(&conf.Net.MaxOpenRequests, "max-open-requests", 5, "unanswered `requests` of a connection at most")
	flags.IntVar(&conf.Producer.MaxMessageBytes, "max-message-bytes", 1000000, "`bytes` of a message at most")
	flags.IntVar(&s.acks, "required-acks", 1, "acknowledgements to wait for: -1: all in-sync replicas, 1: the leader, 0: none")
	flags.DurationVar(&conf.Producer.Timeout, "timeout", 10*time.Second, "how long brokers wait for -required-acks")
	flags.StringVar(&s.partitioner, "partitioner", "roundrobin", "how partitions are chosen: hash, manual, random or roundrobin")
	flags.StringVar(&s.compression, "compression", "none", "none, gzip, snappy, lz4 or zstd")
	flags.DurationVar(&conf.Producer.Flush.Frequency, "flush-frequency", 0, "how long records wait for more")
	flags.IntVar(&conf.Producer.Flush.Bytes, "flush-bytes", 0, "`bytes` that end the wait")
	flags.IntVar(&conf.Producer.Flush.Messages, "flush-messages", 0, "`messages` that end the wait")
	flags.IntVar(&conf.Producer.Flush.MaxMessages, "flush-max-messages", 0, "`messages` of a request at most; 0: no limit")
	flags.StringVar(&conf.ClientID, "client-id", "sarama", "the client's `name` in requests")
	flags.IntVar(&conf.ChannelBufferSize, "channel-buffer-size", 256, "`messages` that channels hold")
	flags.StringVar(&s.version, "version", "0.8.2.0", "Kafka `version` to speak")
}

func (s *settings) check() error {
	switch {
	case s.topic == "":
		return command.Usage("-topic is required")
	case s.load <= 0:
		return command.Usage("-message-load must be greater than 0")
	case s.size <= 0:
		return command.Usage("-message-size must be greater than 0")
	case s.routines < 1 || s.routines > s.load:
		return command.Usage("-routines must be greater than 0 and not greater than -message-load")
	case s.security != "PLAINTEXT" && s.security != "SSL":
		return command.Usage("-security-protocol %q is not supported", s.security)
	case s.partitioner == "manual" && s.partition < 0:
		return command.Usage("-partitioner manual needs a -partition")
	}
	return nil
}

// apply puts into the configuration what is not there yet.
func (s *settings) apply(conf *sarama.Config) error {
	conf.Producer.RequiredAcks = sarama.RequiredAcks(s.acks)
	if err := conf.Producer.Compression.UnmarshalText([]byte(s.compression)); err != nil {
		return command.Usage("-compression: %w", err)
	}
	var ok bool
	conf.Producer.Partitioner, ok = map[string]sarama.PartitionerConstructor{
		"manual": sarama.NewManualPartitioner, "hash": sarama.NewHashPartitioner,
		"random": sarama.NewRandomPartitioner, "roundrobin": sarama.NewRoundRobinPartitioner,
	}[s.partitioner]
	if !ok {
		return command.Usage("there is no partitioner %q", s.partitioner)
	}
	var err error
	if conf.Version, err = sarama.ParseKafkaVersion(s.version); err != nil {
		return command.Usage("-version: %w", err)
	}
	s.tls.Enabled = s.security == "SSL"
	if err := s.tls.Apply(conf); err != nil {
		return err
	}
	if err := conf.Validate(); err != nil {
		return command.Usage("%w", err)
	}
	return nil
}

// Scram sends a record over connections that are authenticated with SASL SCRAM, by a SCRAM client of its own
// (Config.Net.SASL.SCRAMClientGeneratorFunc). Programs that are content with the library's leave that function out. The
// password comes from the environment, where other users of the machine do not see it.
//
//	KAFKA_PASSWORD=secret go run ./examples/scram -brokers localhost:9094 -user alice -topic orders
//	KAFKA_PASSWORD=secret go run ./examples/scram -brokers kafka:9093 -user alice -mechanism SCRAM-SHA-512 -ca ca.pem -topic orders
package main

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func main() { cli.Main(run) }

type options struct {
	addrs        []string
	topic, value string
	config       *sarama.Config
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return cli.Run("scram", stderr, func() error {
		o, err := parse(args, stderr)
		if err != nil {
			return err
		}
		return send(ctx, o, stdout)
	})
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{config: sarama.NewConfig()}
	flags := flag.NewFlagSet("scram", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "Sends a record over connections with SASL SCRAM.\n\nUsage: scram [flags]\n\nKAFKA_PASSWORD is the password.\n\n")
		flags.PrintDefaults()
	}
	brokers := flags.String("brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers to start from, `host:port,...`")
	user := flags.String("user", "", "the `name` of the user")
	mechanism := flags.String("mechanism", sarama.SASLTypeSCRAMSHA256, "SCRAM-SHA-256 or SCRAM-SHA-512")
	ca := flags.String("ca", "", "use TLS, and trust the certificates in this `file`")
	flags.StringVar(&o.topic, "topic", "scram", "`topic` to send to")
	flags.StringVar(&o.value, "value", "hello", "the record's `value`")
	if err := cli.Parse(flags, args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, cli.UsageError("unexpected argument " + flags.Arg(0))
	}
	var err error
	if o.addrs, err = cli.Brokers(*brokers); err != nil {
		return nil, err
	}
	o.config.ClientID = "scram"
	o.config.Producer.RequiredAcks = sarama.WaitForAll
	o.config.Producer.Return.Successes = true // a SyncProducer needs it
	if err := secure(o.config, *user, os.Getenv("KAFKA_PASSWORD"), *mechanism); err != nil {
		return nil, err
	}
	return o, encrypt(o.config, *ca)
}

// secure has connections authenticated. There is a SCRAM client for each conversation: it keeps what was said.
func secure(config *sarama.Config, user, password, mechanism string) error {
	s := &config.Net.SASL
	s.Enable = true
	s.User, s.Password = user, password
	s.Mechanism = sarama.SASLMechanism(mechanism)
	switch mechanism {
	case sarama.SASLTypeSCRAMSHA256:
		s.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &client{hash: sha256.New} }
	case sarama.SASLTypeSCRAMSHA512:
		s.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &client{hash: sha512.New} }
	default:
		return cli.UsageError("there is no mechanism " + mechanism)
	}
	return nil
}

// encrypt has connections use TLS if there is a file of certificates to trust.
func encrypt(config *sarama.Config, file string) error {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the certificates to trust: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("there are no certificates in %s", file)
	}
	config.Net.TLS.Enable = true
	config.Net.TLS.Config = &tls.Config{RootCAs: pool}
	return nil
}

func send(ctx context.Context, o *options, out io.Writer) error {
	connection, err := cli.Connect(o.addrs, o.config, 10*time.Second)
	if err != nil {
		return err
	}
	defer cli.Close(connection)
	producer, err := sarama.NewSyncProducerFromClient(connection)
	if err != nil {
		return err
	}
	message := &sarama.ProducerMessage{Topic: o.topic, Value: sarama.StringEncoder(o.value)}
	partition, offset, err := producer.(sarama.ExtendedSyncProducer).SendMessageContext(ctx, message)
	if err := errors.Join(err, producer.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s/%d/%d: sent as %s with %s\n", o.topic, partition, offset, o.config.Net.SASL.User, o.config.Net.SASL.Mechanism)
	return nil
}

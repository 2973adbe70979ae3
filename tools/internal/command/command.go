// Package command is what the tools have in common: their flags for brokers and TLS, and their exit codes.
package command

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/seed20e6684a/sarama"
)

// Exit codes, as sysexits.h has them.
const (
	ExitOK          = 0
	ExitUsage       = 64 // a flag is wrong or missing
	ExitNoInput     = 66 // standard input cannot be read
	ExitUnavailable = 69 // Kafka did not do what it was asked for
)

// Failure is an error with the exit code that it ends a tool with.
type Failure struct {
	Code int
	Err  error
}

// Error implements error.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Usage is a mistake in the flags.
func Usage(format string, values ...any) error {
	return &Failure{ExitUsage, fmt.Errorf(format, values...)}
}

// Unavailable is for what Kafka refused or could not do.
func Unavailable(format string, values ...any) error {
	return &Failure{ExitUnavailable, fmt.Errorf(format, values...)}
}

// Main runs a tool until it ends, or is interrupted, and exits with its code. A second signal ends the program at once.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Run parses a tool's arguments, runs it, and returns its exit code. What it failed with goes to stderr, and after a mistake
// in the flags what flags there are.
func Run(flags *flag.FlagSet, args []string, stderr io.Writer, tool func() error) int {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	flags.SetOutput(stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stderr, "Usage of %s:\n", flags.Name())
		flags.PrintDefaults()
		return ExitOK
	case err != nil:
		err = Usage("%w", err)
	case flags.NArg() > 0:
		err = Usage("unexpected argument %q", flags.Arg(0))
	default:
		err = tool()
	}
	if err == nil {
		return ExitOK
	}
	fmt.Fprintf(stderr, "ERROR: %v\n", err)
	code := ExitUnavailable
	var failure *Failure
	if errors.As(err, &failure) {
		code = failure.Code
	}
	if code == ExitUsage {
		fmt.Fprintln(stderr, "\nAvailable command line options:")
		flags.PrintDefaults()
	}
	return code
}

// Brokers is the flag for where to find the cluster.
type Brokers struct {
	list string
}

// Register adds the flag, whose default is the environment variable KAFKA_PEERS.
func (b *Brokers) Register(flags *flag.FlagSet) {
	flags.StringVar(&b.list, "brokers", os.Getenv("KAFKA_PEERS"),
		"comma-separated addresses (`host:port`) of brokers of the cluster; the environment variable KAFKA_PEERS stands in for it")
}

// Addresses returns the brokers' addresses.
func (b *Brokers) Addresses() ([]string, error) {
	if b.list == "" {
		return nil, Usage("there is no -brokers, and the environment variable KAFKA_PEERS is not set")
	}
	return strings.Split(b.list, ","), nil
}

// TLS is the flags for encrypted connections.
type TLS struct {
	Enabled    bool
	SkipVerify bool
	CACerts    string
	ClientCert string
	ClientKey  string
}

// Register adds the flags of the console tools.
func (t *TLS) Register(flags *flag.FlagSet) {
	flags.BoolVar(&t.Enabled, "tls-enabled", false, "connect with TLS")
	flags.BoolVar(&t.SkipVerify, "tls-skip-verify", false, "do not verify the brokers' certificates")
	t.RegisterClient(flags)
}

// RegisterClient adds the flags of the client's own certificate.
func (t *TLS) RegisterClient(flags *flag.FlagSet) {
	flags.StringVar(&t.ClientCert, "tls-client-cert", "", "PEM `file` with the client's certificate, with -tls-client-key")
	flags.StringVar(&t.ClientKey, "tls-client-key", "", "PEM `file` with the client's private key, with -tls-client-cert")
}

// Apply makes a configuration use TLS if the flags say so.
func (t *TLS) Apply(conf *sarama.Config) error {
	if (t.ClientCert == "") != (t.ClientKey == "") {
		return Usage("-tls-client-cert and -tls-client-key go together")
	}
	if !t.Enabled {
		return nil
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.SkipVerify} //nolint:gosec // as asked for
	if t.ClientCert != "" {
		certificate, err := tls.LoadX509KeyPair(t.ClientCert, t.ClientKey)
		if err != nil {
			return Unavailable("loading the client's certificate from %s and its key from %s: %w", t.ClientCert, t.ClientKey, err)
		}
		secure.Certificates = []tls.Certificate{certificate}
	}
	if t.CACerts != "" {
		pem, err := os.ReadFile(t.CACerts)
		if err != nil {
			return Unavailable("reading root certificates: %w", err)
		}
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(pem) {
			return Unavailable("there is no certificate in %s", t.CACerts)
		}
	}
	conf.Net.TLS.Enable, conf.Net.TLS.Config = true, secure
	return nil
}

// Verbose has the library tell what it does on stderr.
func Verbose(flags *flag.FlagSet, stderr io.Writer) {
	flags.BoolFunc("verbose", "tell what the library does, on standard error", func(value string) error {
		if value != "false" {
			sarama.Logger = log.New(stderr, "", log.LstdFlags)
		}
		return nil
	})
}

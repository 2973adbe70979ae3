// Package cli is what the examples have in common: flags for brokers, causes of errors one by one, progress.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/seed20e6684a/sarama"
)

// Exit codes of the examples.
const (
	ExitOK      = 0
	ExitFailure = 1
	ExitUsage   = 2
)

// Command is a command without its name; it returns its exit code. It ends early, in good order, when ctx does.
type Command func(ctx context.Context, args []string, stdout, stderr io.Writer) int

// Main runs a command until it ends, or is interrupted, and exits with its code. A second signal ends the program at once.
func Main(run Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// UsageError is a mistake in the command's flags or arguments.
type UsageError string

// Error implements error.
func (err UsageError) Error() string { return string(err) }

// Run runs a command and returns its exit code; what it failed with goes to stderr.
func Run(name string, stderr io.Writer, command func() error) int {
	err := command()
	var usage UsageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return ExitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %s (-h tells the flags)\n", name, usage)
		return ExitUsage
	default:
		PrintError(stderr, name, err)
		return ExitFailure
	}
}

// Parse reads flags; a mistake is a UsageError.
func Parse(flags *flag.FlagSet, args []string) error {
	output, usage := flags.Output(), flags.Usage
	flags.SetOutput(io.Discard)
	flags.Usage = func() {} // it is written below, once
	err := flags.Parse(args)
	flags.SetOutput(output)
	flags.Usage = usage
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.Usage()
		return err
	case err != nil:
		return UsageError(err.Error())
	}
	return nil
}

// PrintError writes an error and, a line each, the brokers that it blames, with the causes.
func PrintError(w io.Writer, name string, err error) {
	blamed := brokerErrors(err)
	if len(blamed) == 0 {
		fmt.Fprintf(w, "%s: %v\n", name, err)
		return
	}
	text, _, _ := strings.Cut(err.Error(), ": broker ")
	text, _, _ = strings.Cut(text, "broker "+blamed[0].Addr)
	fmt.Fprintf(w, "%s: %s\n", name, strings.TrimSuffix(strings.TrimSpace(text), ":"))
	seen := make(map[string]bool)
	for _, b := range blamed {
		line := fmt.Sprintf("  %s: %v", b.Addr, b.Err)
		if !seen[line] {
			fmt.Fprintln(w, line)
		}
		seen[line] = true
	}
}

// brokerErrors returns the broker errors in an error's tree.
func brokerErrors(err error) []*sarama.BrokerError {
	if b, ok := err.(*sarama.BrokerError); ok {
		return []*sarama.BrokerError{b}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return brokerErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*sarama.BrokerError
		for _, cause := range e.Unwrap() {
			all = append(all, brokerErrors(cause)...)
		}
		return all
	}
	return nil
}

// Close ends what has done its work: how that goes changes nothing any more.
func Close(c io.Closer) { _ = c.Close() }

// Brokers splits a list of addresses.
func Brokers(list string) ([]string, error) {
	var addrs []string
	for addr := range strings.SplitSeq(list, ",") {
		if addr = strings.TrimSpace(addr); addr != "" {
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) == 0 {
		return nil, UsageError("-brokers needs at least one host:port")
	}
	return addrs, nil
}

// Environment returns an environment variable, or what stands in for it.
func Environment(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// Withkafka runs a command beside Apache Kafka: brokers of its own, which end with the command. The command finds their
// addresses, host:port,..., in the environment, as KAFKA_PEERS and KAFKA_BROKERS, and in each variable that -as names.
//
//	go run ./withkafka -brokers 3 -as MY_BROKERS -property auto.create.topics.enable=false go test ./...
//
// With -embedded there is an embedded cluster in place of Kafka, which starts at once and needs no Java.
//
// It exits with the command's code, or with 125 if there is no Kafka to be had.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

const exitNoKafka = 125

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("withkafka", flag.ContinueOnError)
	brokers := flags.Int("brokers", 1, "how many brokers there are, 1 to 9")
	embedded := flags.Bool("embedded", false, "an embedded cluster, not Kafka's code")
	version := flags.String("version", "", "Kafka's `version`; by default KAFKA_VERSION or 4.4.0")
	names := []string{"KAFKA_PEERS", "KAFKA_BROKERS"}
	flags.Func("as", "one more `variable` that has the addresses; may be repeated", func(name string) error {
		names = append(names, name)
		return nil
	})
	properties := make(map[string]string)
	flags.Func("property", "a property of the brokers, `key=value`; may be repeated", func(text string) error {
		key, value, found := strings.Cut(text, "=")
		if !found {
			return errors.New("it has no =")
		}
		properties[key] = value
		return nil
	})
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "withkafka: a command is needed, after flags if any")
		return exitNoKafka
	}
	// An interrupt is for the command to act on; the brokers end after it.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	code, start := exitNoKafka, cluster.Run
	if *embedded {
		start = runEmbedded
	}
	err := start(cluster.Options{Brokers: *brokers, Version: *version, Properties: properties}, func(addrs []string) error {
		var err error
		code, err = command(flags.Args(), names, addrs, signals)
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "withkafka:", err)
	}
	return code
}

func runEmbedded(o cluster.Options, do func(addrs []string) error) error {
	fake, err := kfake.NewCluster(kfake.NumBrokers(o.Brokers), kfake.BrokerConfigs(o.Properties), kfake.AllowAutoTopicCreation())
	if err != nil {
		return err
	}
	defer fake.Close()
	return do(fake.ListenAddrs())
}

// command runs a command, passes signals on to it, and returns its exit code.
func command(args, names, addrs []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = os.Environ()
	for _, name := range names {
		cmd.Env = append(cmd.Env, name+"="+strings.Join(addrs, ","))
	}
	if err := cmd.Start(); err != nil {
		return exitNoKafka, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have ended just now
		case err := <-ended:
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				return max(failed.ExitCode(), 1), nil // -1 stands for a signal
			}
			return 0, err
		}
	}
}

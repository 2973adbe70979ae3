// Sync sends with one SyncProducer from many goroutines: each waits for its own message, with a context, and what they send at
// the same time goes out in one request.
//
//	go run ./examples/sync
//	go run ./examples/sync -brokers localhost:9092 -workers 64 -timeout 2s
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
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

func main() { cli.Main(run) }

type options struct {
	local.Options
	workers, records int
	timeout          time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("sync", flag.ContinueOnError)
	flags.IntVar(&o.workers, "workers", 16, "goroutines that send")
	flags.IntVar(&o.records, "records", 500, "records that each of them sends, one after another")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Second, "how long each may take")
	return cli.Run("sync", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Sends records with a SyncProducer from many goroutines."); err != nil {
			return err
		}
		return send(ctx, o, stdout)
	})
}

func send(ctx context.Context, o options, out io.Writer) error {
	addrs, stop, err := o.Start(out)
	if err != nil {
		return err
	}
	defer stop()
	config := sarama.NewConfig()
	config.ClientID = "sync"
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Producer.Return.Successes = true // a SyncProducer needs it
	producer, err := sarama.NewSyncProducer(addrs, config)
	if err != nil {
		return err
	}
	began := time.Now()
	errs := make([]error, o.workers)
	var workers sync.WaitGroup
	for w := range o.workers {
		workers.Go(func() { errs[w] = work(ctx, producer.(sarama.ExtendedSyncProducer), w, o) })
	}
	workers.Wait()
	took := time.Since(began)
	n := o.workers * o.records
	if err := errors.Join(errors.Join(errs...), producer.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d goroutines sent %d records in %v, %.0f a second\n", o.workers, n, took.Round(time.Millisecond), float64(n)/took.Seconds())
	return nil
}

// work sends the records of one goroutine. Those with the same key keep their order.
func work(ctx context.Context, producer sarama.ExtendedSyncProducer, worker int, o options) error {
	for i := range o.records {
		message := &sarama.ProducerMessage{
			Topic: o.Topic, Key: sarama.StringEncoder(fmt.Sprint("worker ", worker)), Value: sarama.StringEncoder(fmt.Sprint(i)),
		}
		limited, cancel := context.WithTimeout(ctx, o.timeout)
		_, _, err := producer.SendMessageContext(limited, message)
		cancel()
		var failed *sarama.ProducerError
		switch {
		case err == nil:
		case errors.As(err, &failed) && failed.PossiblyWritten:
			return fmt.Errorf("worker %d, record %d may be written or not: %w", worker, i, err)
		default:
			return fmt.Errorf("worker %d, record %d is not written: %w", worker, i, err)
		}
	}
	return nil
}

// Async sends with an AsyncProducer from one goroutine, which also sees to the outcomes: a select loop over Input, Successes and
// Errors never stands still, since it takes what comes back while Input is full.
//
//	go run ./examples/async
//	go run ./examples/async -brokers localhost:9092 -topic numbers -records 1000000
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

func main() { cli.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o local.Options
	flags := flag.NewFlagSet("async", flag.ContinueOnError)
	records := flags.Int("records", 100_000, "records to send")
	return cli.Run("async", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Sends records with an AsyncProducer in a select loop."); err != nil {
			return err
		}
		return send(ctx, o, *records, stdout)
	})
}

func send(ctx context.Context, o local.Options, records int, out io.Writer) error {
	addrs, stop, err := o.Start(out)
	if err != nil {
		return err
	}
	defer stop()
	config := sarama.NewConfig()
	config.ClientID = "async"
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewUniformStickyPartitioner
	producer, err := sarama.NewAsyncProducer(addrs, config)
	if err != nil {
		return err
	}
	began := time.Now()
	sent, failed := loop(ctx, producer, o.Topic, records)
	took := time.Since(began)
	fmt.Fprintf(out, "%d records delivered in %v, %.0f a second\n", sent, took.Round(time.Millisecond), float64(sent)/took.Seconds())
	if len(failed) > 0 {
		return fmt.Errorf("%d records failed, the first: %w", len(failed), failed[0])
	}
	if sent < records {
		return fmt.Errorf("interrupted after %d of %d records: %w", sent, records, context.Cause(ctx))
	}
	return nil
}

// loop sends records and takes their outcomes, until each has one.
func loop(ctx context.Context, producer sarama.AsyncProducer, topic string, records int) (sent int, failed []error) {
	input := producer.Input()
	next := number(topic, 0)
	done := ctx.Done()
	successes, errs := producer.Successes(), producer.Errors()
	close := func() {
		input, done = nil, nil // a nil channel is never ready: those arms of the select rest
		producer.AsyncClose()  // what is in Input is still sent; then Successes and Errors are closed
	}
	if records < 1 {
		close()
	}
	for given := 0; successes != nil || errs != nil; {
		select {
		case input <- next:
			if given++; given == records {
				close()
				continue
			}
			next = number(topic, given)
		case _, ok := <-successes:
			if !ok {
				successes = nil
				continue
			}
			sent++
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			failed = append(failed, err)
		case <-done:
			close()
		}
	}
	return sent, failed
}

func number(topic string, n int) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprint("record ", n))}
}

// Shutdown is a service that sends as it is asked to, and ends in good order: on a signal, or after -for, it takes no more work,
// sends what it has, and gives up what is not delivered in -patience. Nothing is lost without being told.
//
//	go run ./examples/shutdown
//	go run ./examples/shutdown -brokers localhost:9092 -for 1h     # and Ctrl-C
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

func main() { cli.Main(run) }

type options struct {
	local.Options
	workers       int
	duration      time.Duration
	pause         time.Duration
	patience      time.Duration
	deliveryLimit time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("shutdown", flag.ContinueOnError)
	flags.IntVar(&o.workers, "workers", 4, "goroutines that have something to send")
	flags.DurationVar(&o.duration, "for", 2*time.Second, "how long to run; a signal ends it earlier")
	flags.DurationVar(&o.pause, "pause", time.Millisecond, "how often each of them has")
	flags.DurationVar(&o.patience, "patience", 10*time.Second, "how long the end may take")
	flags.DurationVar(&o.deliveryLimit, "delivery-timeout", 30*time.Second, "how long a record may take")
	return cli.Run("shutdown", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Sends records until a signal, and ends without losing one."); err != nil {
			return err
		}
		if o.pause <= 0 {
			return cli.UsageError("-pause must be more than 0")
		}
		return serve(ctx, o, stdout)
	})
}

func serve(ctx context.Context, o options, out io.Writer) error {
	addrs, stop, err := o.Start(out)
	if err != nil {
		return err
	}
	defer stop()
	config := sarama.NewConfig()
	config.ClientID = "shutdown"
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Producer.DeliveryTimeout = o.deliveryLimit
	config.Producer.Return.Successes = true
	made, err := sarama.NewAsyncProducer(addrs, config)
	if err != nil {
		return err
	}
	producer := made.(sarama.ExtendedAsyncProducer)
	outcomes := count(producer)

	running, end := context.WithTimeout(ctx, o.duration)
	defer end()
	var accepted atomic.Int64
	var workers sync.WaitGroup
	for range o.workers {
		workers.Go(func() { work(running, producer, o, &accepted) })
	}
	workers.Wait() // nobody sends any more
	fmt.Fprintf(out, "ending: %d records were accepted\n", accepted.Load())

	// The signal that has ended ctx must not end this, too.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.patience)
	defer cancel()
	began := time.Now()
	flushErr := producer.Flush(patience) // all that was accepted has its outcome, or patience has ended
	producer.AsyncClose()                // the outcomes end when the last was read
	select {
	case <-outcomes.done:
	case <-patience.Done():
		err := producer.CloseContext(patience) // what is left fails, and comes back here
		<-outcomes.done
		outcomes.add(err)
	}
	fmt.Fprintf(out, "%d delivered and %d failed, %d of which may be written; the end took %v\n",
		outcomes.delivered, outcomes.failed, outcomes.doubtful, time.Since(began).Round(time.Millisecond))
	if outcomes.failed > 0 {
		return errors.Join(fmt.Errorf("%d records were not delivered", outcomes.failed), flushErr)
	}
	return nil
}

// work sends until ctx ends.
func work(ctx context.Context, producer sarama.ExtendedAsyncProducer, o options, accepted *atomic.Int64) {
	ticker := time.NewTicker(o.pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			message := &sarama.ProducerMessage{Topic: o.Topic, Value: sarama.StringEncoder(now.String())}
			if err := producer.SendContext(ctx, message); err != nil {
				return // not accepted: whoever asked for it is told so
			}
			accepted.Add(1)
		}
	}
}

// outcomes are those of all records; they may be read when done is closed.
type outcomes struct {
	delivered, failed, doubtful int
	done                        chan struct{}
}

// count reads a producer's outcomes until there are no more.
func count(producer sarama.AsyncProducer) *outcomes {
	o := &outcomes{done: make(chan struct{})}
	var readers sync.WaitGroup
	readers.Go(func() {
		for range producer.Successes() {
			o.delivered++
		}
	})
	readers.Go(func() {
		for err := range producer.Errors() {
			o.count(err)
		}
	})
	go func() {
		defer close(o.done)
		readers.Wait()
	}()
	return o
}

func (o *outcomes) count(err *sarama.ProducerError) {
	o.failed++
	if err.PossiblyWritten {
		o.doubtful++
	}
}

// add counts what closing the producer has returned.
func (o *outcomes) add(err error) {
	var failed sarama.ProducerErrors
	if errors.As(err, &failed) {
		for _, err := range failed {
			o.count(err)
		}
	}
}

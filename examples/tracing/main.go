// Tracing makes OpenTelemetry spans of what is sent and processed: a producer's span lasts from the message to its
// acknowledgement, travels in the record's headers (W3C Trace Context), and is the parent of the consumer's. The spans are written
// as JSON; give the provider another exporter for Jaeger, Tempo or a collector.
//
//	go run ./examples/tracing
//	go run ./examples/tracing -brokers localhost:9092 -topic orders -records 3
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/trace"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
	otelsarama "github.com/seed20e6684a/sarama/otel"
)

func main() { cli.Main(run) }

type options struct {
	local.Options
	records int
	timeout time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("tracing", flag.ContinueOnError)
	flags.IntVar(&o.records, "records", 2, "records to send and read")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "how long to wait for a record")
	return cli.Run("tracing", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Sends and reads records, and writes OpenTelemetry spans of that."); err != nil {
			return err
		}
		exporter, err := stdouttrace.New(stdouttrace.WithWriter(stdout), stdouttrace.WithPrettyPrint())
		if err != nil {
			return err
		}
		provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter))
		defer func() { _ = provider.Shutdown(context.WithoutCancel(ctx)) }()
		return sendAndRead(ctx, o, provider, stderr)
	})
}

func sendAndRead(ctx context.Context, o options, provider trace.TracerProvider, log io.Writer) error {
	telemetry, err := otelsarama.New(otelsarama.WithTracerProvider(provider))
	if err != nil {
		return err
	}
	addrs, stop, err := o.Start(log)
	if err != nil {
		return err
	}
	defer stop()
	config := sarama.NewConfig()
	config.ClientID = "tracing"
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	telemetry.Instrument(config)
	client, err := sarama.NewClient(addrs, config)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer cli.Close(consumer)
	records, err := consumer.ConsumePartition(o.Topic, 0, sarama.OffsetNewest)
	if err != nil {
		return fmt.Errorf("reading %s/0: %w", o.Topic, err)
	}
	defer cli.Close(records)
	if err := send(ctx, client, o, provider.Tracer("tracing")); err != nil {
		return err
	}
	for range o.records {
		select {
		case msg := <-records.Messages():
			_, end := telemetry.StartProcess(ctx, msg, "") // pass its context on to what processes the record
			fmt.Fprintf(log, "%s/%d@%d %s\n", msg.Topic, msg.Partition, msg.Offset, msg.Value)
			end(nil)
		case <-time.After(o.timeout):
			return fmt.Errorf("no record within %v", o.timeout)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// send sends records as parts of one operation, which is the parent of their spans.
func send(ctx context.Context, client sarama.Client, o options, tracer trace.Tracer) error {
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return err
	}
	defer cli.Close(producer)
	ctx, span := tracer.Start(ctx, "checkout")
	defer span.End()
	for i := range o.records {
		message := &sarama.ProducerMessage{Topic: o.Topic, Value: sarama.StringEncoder(fmt.Sprint("order ", i))}
		message.SetContext(ctx) // which is how the operation is found
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
	}
	return nil
}

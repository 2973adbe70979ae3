// Idempotent sends numbered records through connections that are cut again and again, and reads back: each is there once, and in
// its order, since brokers drop what retries bring twice (KIP-98). Without -idempotent=true duplicates are counted.
//
//	go run ./examples/idempotent
//	go run ./examples/idempotent -idempotent=false
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

func main() { cli.Main(run) }

type options struct {
	local.Options
	idempotent bool
	records    int
	cut        time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("idempotent", flag.ContinueOnError)
	flags.BoolVar(&o.idempotent, "idempotent", true, "have brokers drop what comes twice")
	flags.IntVar(&o.records, "records", 200_000, "records to send")
	flags.DurationVar(&o.cut, "cut", 5*time.Millisecond, "how often to cut the connections")
	return cli.Run("idempotent", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Sends records through connections that are cut, and counts what is there."); err != nil {
			return err
		}
		if o.cut <= 0 {
			return cli.UsageError("-cut must be more than 0")
		}
		return sendAndCount(ctx, o, stdout)
	})
}

func sendAndCount(ctx context.Context, o options, out io.Writer) error {
	addrs, stop, err := o.Start(out)
	if err != nil {
		return err
	}
	defer stop()
	scissors := &scissors{conns: make(map[net.Conn]bool)}
	config := sarama.NewConfig()
	config.ClientID = "idempotent"
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, scissors
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = o.idempotent
	config.Producer.Partitioner = sarama.NewManualPartitioner // all to partition 0, so that their order is one
	config.Producer.Retry.Max = math.MaxInt                   // what ends a message is its time
	config.Producer.Retry.Backoff = 5 * time.Millisecond
	config.Producer.DeliveryTimeout = time.Minute
	began := time.Now()
	if err := send(ctx, addrs, config, o, scissors); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records sent in %v, %d connections cut\n", o.records, time.Since(began).Round(time.Millisecond), scissors.count())
	return count(ctx, addrs, o, out)
}

func send(ctx context.Context, addrs []string, config *sarama.Config, o options, scissors *scissors) error {
	producer, err := sarama.NewAsyncProducer(addrs, config)
	if err != nil {
		return err
	}
	cutting, stopCutting := context.WithCancel(ctx)
	defer stopCutting()
	go scissors.cut(cutting, o.cut)
	extended := producer.(sarama.ExtendedAsyncProducer)
	for i := range o.records {
		message := &sarama.ProducerMessage{Topic: o.Topic, Value: sarama.StringEncoder(fmt.Sprint(i))}
		if err := extended.SendContext(ctx, message); err != nil {
			cli.Close(producer)
			return fmt.Errorf("record %d: %w", i, err)
		}
	}
	return producer.Close() // what failed
}

// count reads all records back.
func count(ctx context.Context, addrs []string, o options, out io.Writer) error {
	config := sarama.NewConfig()
	client, err := sarama.NewClient(addrs, config)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	seen := make(map[string]bool)
	twice, next := 0, 0
	err = local.Read(ctx, client, o.Topic, func(msg *sarama.ConsumerMessage) error {
		switch value := string(msg.Value); {
		case seen[value]:
			twice++
		case value != fmt.Sprint(next):
			return fmt.Errorf("record %s stands where %d belongs", value, next)
		default:
			seen[value] = true
			next++
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records are there, in order, and %d of them a second time\n", len(seen), twice)
	switch {
	case len(seen) != o.records:
		return fmt.Errorf("%d records are missing", o.records-len(seen))
	case o.idempotent && twice > 0:
		return fmt.Errorf("%d records came twice in spite of idempotence", twice)
	}
	return nil
}

// scissors is a dialer whose connections can be cut.
type scissors struct {
	mu    sync.Mutex // guards what follows
	conns map[net.Conn]bool
	cuts  int
}

// Dial implements proxy.Dialer.
func (s *scissors) Dial(network, addr string) (net.Conn, error) {
	conn, err := net.DialTimeout(network, addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = true
	return conn, nil
}

// cut closes all connections from time to time, until ctx ends.
func (s *scissors) cut(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		s.cuts += len(s.conns)
		for conn := range s.conns {
			cli.Close(conn)
		}
		clear(s.conns)
		s.mu.Unlock()
	}
}

func (s *scissors) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cuts
}

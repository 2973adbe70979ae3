// Transactional writes in transactions, some of which it aborts, and reads back what is committed: all of a transaction, or
// nothing of it (KIP-98). It does what each error asks for: retry, abort, or end.
//
//	go run ./examples/transactional
//	go run ./examples/transactional -brokers localhost:9092 -id shop-1 -abort 0
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/examples/internal/local"
)

func main() { cli.Main(run) }

type options struct {
	local.Options
	id                           string
	transactions, records, abort int
}

// errUnwanted is why this program aborts a transaction.
var errUnwanted = errors.New("this one is to be aborted")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("transactional", flag.ContinueOnError)
	flags.StringVar(&o.id, "id", "transactional-0", "transactional `id`: one for each process that runs at a time")
	flags.IntVar(&o.transactions, "transactions", 20, "transactions")
	flags.IntVar(&o.records, "records", 100, "records in each")
	flags.IntVar(&o.abort, "abort", 4, "abort each of that number; 0: none")
	return cli.Run("transactional", stderr, func() error {
		if err := o.Parse(flags, args, stderr, "Writes in transactions, aborts some, and counts what is committed."); err != nil {
			return err
		}
		return transact(ctx, o, stdout)
	})
}

func transact(ctx context.Context, o options, out io.Writer) error {
	addrs, stop, err := o.Start(out)
	if err != nil {
		return err
	}
	defer stop()
	config := sarama.NewConfig()
	config.ClientID = "transactional"
	config.Producer.Transaction.ID = o.id
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	client, err := sarama.NewClient(addrs, config)
	if err != nil {
		return err
	}
	defer cli.Close(client)
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return err
	}
	defer cli.Close(producer)
	committed := 0
	for t := range o.transactions {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch err := one(producer, o, t); {
		case err == nil:
			committed++
		case !errors.Is(err, errUnwanted):
			return fmt.Errorf("transaction %d: %w", t, err)
		}
	}
	fmt.Fprintf(out, "%d transactions committed, %d aborted\n", committed, o.transactions-committed)
	return check(ctx, client, o, committed, out)
}

// one runs a transaction until it is committed, or aborted because that is wanted.
func one(producer sarama.SyncProducer, o options, t int) error {
	for {
		err := attempt(producer, o, t)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, sarama.ErrTxnFatal):
			return err // another producer has the id: this one writes nothing more
		}
		if abortErr := producer.AbortTxn(); abortErr != nil && !errors.Is(abortErr, sarama.ErrTxnAlreadyCommitted) {
			return errors.Join(err, abortErr)
		} else if abortErr != nil {
			return nil // the answer to the commit was lost, but not the commit
		}
		if errors.Is(err, errUnwanted) {
			return err
		}
	}
}

func attempt(producer sarama.SyncProducer, o options, t int) error {
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	messages := make([]*sarama.ProducerMessage, o.records)
	for i := range messages {
		messages[i] = &sarama.ProducerMessage{Topic: o.Topic, Value: sarama.StringEncoder(fmt.Sprintf("%s/%d/%d", o.id, t, i))}
	}
	if err := producer.SendMessages(messages); err != nil {
		var failed sarama.ProducerErrors
		if errors.As(err, &failed) {
			return failed[0] // as good as any: the transaction has to be aborted
		}
		return err
	}
	if o.abort > 0 && t%o.abort == o.abort-1 {
		return errUnwanted
	}
	return producer.CommitTxn()
}

// check reads what is committed.
func check(ctx context.Context, client sarama.Client, o options, committed int, out io.Writer) error {
	records := make(map[string]int) // by transaction
	total := 0
	err := local.Read(ctx, client, o.Topic, func(msg *sarama.ConsumerMessage) error {
		transaction, _, _ := strings.Cut(strings.TrimPrefix(string(msg.Value), o.id+"/"), "/")
		records[transaction]++
		total++
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records of %d transactions are read with ReadCommitted\n", total, len(records))
	if o.Brokers != "" {
		return nil // the topic may have been in use before
	}
	for transaction, n := range records {
		if n != o.records {
			return fmt.Errorf("transaction %s has %d records in place of %d", transaction, n, o.records)
		}
	}
	if len(records) != committed {
		return fmt.Errorf("%d transactions are there, %d were committed", len(records), committed)
	}
	return nil
}

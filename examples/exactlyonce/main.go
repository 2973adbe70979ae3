// Exactlyonce reads a topic as a member of a group, and writes what it makes of each record to another topic, exactly once: records
// and offsets are committed in one transaction (KIP-447). Kill it at any time, start it again, start several: who reads the output
// with ReadCommitted sees one record for each of the input.
//
//	go run ./examples/exactlyonce -brokers localhost:9092 -from words -to upper -group shout
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func main() { cli.Main(run) }

type options struct {
	brokers, from, to, group, instance string
	batch                              int
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("exactlyonce", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.brokers, "brokers", cli.Environment("KAFKA_BROKERS", "localhost:9092"), "brokers, `host:port,...`")
	flags.StringVar(&o.from, "from", "words", "`topic` to read")
	flags.StringVar(&o.to, "to", "upper", "`topic` to write")
	flags.StringVar(&o.group, "group", "exactlyonce", "`name` of the group")
	flags.StringVar(&o.instance, "instance", "0", "what tells this process from others of the group")
	flags.IntVar(&o.batch, "batch", 500, "records in a transaction at most")
	return cli.Run("exactlyonce", stderr, func() error {
		if err := cli.Parse(flags, args); err != nil {
			return err
		}
		return transform(ctx, o, stdout)
	})
}

func transform(ctx context.Context, o options, stdout io.Writer) error {
	brokers, err := cli.Brokers(o.brokers)
	if err != nil {
		return err
	}
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false // transactions commit
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	group, err := sarama.NewConsumerGroup(brokers, o.group, config)
	if err != nil {
		return err
	}
	defer cli.Close(group)
	return group.(sarama.ManagedConsumerGroup).Run(ctx, []string{o.from}, &handler{brokers: brokers, options: o, out: stdout})
}

// handler has a producer for each claim, since a producer has one transaction at a time.
type handler struct {
	options
	brokers []string
	out     io.Writer
}

func (*handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	config := sarama.NewConfig()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Transaction.ID = fmt.Sprintf("%s-%s-%s-%d", h.group, h.instance, claim.Topic(), claim.Partition())
	producer, err := sarama.NewSyncProducer(h.brokers, config)
	if err != nil {
		return err
	}
	defer cli.Close(producer)
	for {
		batch := next(claim, h.batch)
		if len(batch) == 0 {
			return nil
		}
		if err := h.process(session, producer, batch); err != nil {
			return err // the session ends, and the batch comes again
		}
		fmt.Fprintf(h.out, "%s-%d: up to offset %d\n", claim.Topic(), claim.Partition(), batch[len(batch)-1].Offset)
	}
}

// next waits for a message, and takes what comes soon after; none: the claim has ended.
func next(claim sarama.ConsumerGroupClaim, most int) []*sarama.ConsumerMessage {
	msg, ok := <-claim.Messages()
	if !ok {
		return nil
	}
	batch := []*sarama.ConsumerMessage{msg}
	soon := time.After(20 * time.Millisecond)
	for len(batch) < most {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return batch
			}
			batch = append(batch, msg)
		case <-soon:
			return batch
		}
	}
	return batch
}

// process writes what comes of a batch, and its offset, in one transaction.
func (h *handler) process(session sarama.ConsumerGroupSession, producer sarama.SyncProducer, batch []*sarama.ConsumerMessage) error {
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	if err := h.fill(session, producer, batch); err != nil {
		return errors.Join(err, producer.AbortTxn())
	}
	if err := producer.CommitTxn(); err != nil {
		return errors.Join(err, producer.AbortTxn())
	}
	return nil
}

func (h *handler) fill(session sarama.ConsumerGroupSession, producer sarama.SyncProducer, batch []*sarama.ConsumerMessage) error {
	out := make([]*sarama.ProducerMessage, len(batch))
	for i, msg := range batch {
		out[i] = &sarama.ProducerMessage{Topic: h.to, Value: sarama.ByteEncoder(bytes.ToUpper(msg.Value))}
		if msg.Key != nil {
			out[i].Key = sarama.ByteEncoder(msg.Key)
		}
	}
	if err := producer.SendMessages(out); err != nil {
		return err
	}
	// Brokers refuse the offset of who is no member of the group any more: a member that was thought dead does no harm.
	member := sarama.NewConsumerGroupMetadata(h.group)
	member.MemberID, member.GenerationID = session.MemberID(), session.GenerationID()
	return producer.AddMessageToTxnWithGroupMetadata(batch[len(batch)-1], member, nil)
}

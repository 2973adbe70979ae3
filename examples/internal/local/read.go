package local

import (
	"context"
	"fmt"
	"time"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

// quiet is how long to wait for another record. The end of a log may be no record, but that of a transaction, so that the last
// offset does not tell.
const quiet = time.Second

// Read gives each record of a topic to use, a partition after another, until none comes any more.
func Read(ctx context.Context, client sarama.Client, topic string, use func(*sarama.ConsumerMessage) error) error {
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer cli.Close(consumer)
	partitions, err := client.Partitions(topic)
	if err != nil {
		return fmt.Errorf("partitions of %s: %w", topic, err)
	}
	for _, partition := range partitions {
		records, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		if err != nil {
			return fmt.Errorf("reading %s/%d: %w", topic, partition, err)
		}
		err = readPartition(ctx, records, use)
		cli.Close(records)
		if err != nil {
			return fmt.Errorf("reading %s/%d: %w", topic, partition, err)
		}
	}
	return nil
}

func readPartition(ctx context.Context, records sarama.PartitionConsumer, use func(*sarama.ConsumerMessage) error) error {
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		timer.Reset(quiet)
		select {
		case msg := <-records.Messages():
			if err := use(msg); err != nil {
				return err
			}
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

package otelsarama_test

import (
	"context"
	"log"

	"github.com/seed20e6684a/sarama"
	otelsarama "github.com/seed20e6684a/sarama/otel"
)

func Example() {
	ctx, addrs := context.Background(), []string{"localhost:9092"}
	telemetry, err := otelsarama.New() // OpenTelemetry's global providers
	if err != nil {
		log.Fatal(err)
	}
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	telemetry.Instrument(config)
	producer, err := sarama.NewSyncProducer(addrs, config)
	if err != nil {
		log.Fatal(err)
	}
	message := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("two apples")}
	message.SetContext(ctx) // its span is the parent of the message's
	if _, _, err := producer.SendMessage(message); err != nil {
		log.Fatal(err)
	}

	group, err := sarama.NewConsumerGroup(addrs, "billing", sarama.NewConfig())
	if err != nil {
		log.Fatal(err)
	}
	bill := func(ctx context.Context, msg *sarama.ConsumerMessage) error {
		return nil // ctx has the span: what is called with it belongs to the same trace
	}
	for ctx.Err() == nil {
		if err := group.Consume(ctx, []string{"orders"}, telemetry.NewHandler("billing", bill)); err != nil {
			log.Fatal(err)
		}
	}
}

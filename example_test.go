package sarama_test

import (
	"fmt"
	"log"

	"github.com/seed20e6684a/sarama"
)

// A producer that returns when Kafka has the record.
func ExampleNewSyncProducer() {
	config := sarama.NewConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Producer.Return.Successes = true

	producer, err := sarama.NewSyncProducer([]string{"localhost:9092"}, config)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = producer.Close() }()

	partition, offset, err := producer.SendMessage(&sarama.ProducerMessage{
		Topic: "orders", Key: sarama.StringEncoder("customer-7"), Value: sarama.StringEncoder("two apples"),
	})
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Printf("orders/%d at offset %d\n", partition, offset)
}

// A producer for many records: what was sent, and what was not, comes back through channels.
func ExampleNewAsyncProducer() {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true

	producer, err := sarama.NewAsyncProducer([]string{"localhost:9092"}, config)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for i := range 1000 {
			producer.Input() <- &sarama.ProducerMessage{Topic: "numbers", Value: sarama.StringEncoder(fmt.Sprint(i))}
		}
		producer.AsyncClose()
	}()
	go func() {
		for err := range producer.Errors() {
			log.Print(err)
		}
	}()
	sent := 0
	for range producer.Successes() {
		sent++
	}
	fmt.Println(sent, "sent")
}

// Records that are visible together, or not at all.
func ExampleSyncProducer_transaction() {
	config := sarama.NewConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Producer.Transaction.ID = "transfers-1"
	config.Producer.Return.Successes = true

	producer, err := sarama.NewSyncProducer([]string{"localhost:9092"}, config)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = producer.Close() }()

	if err := producer.BeginTxn(); err != nil {
		log.Fatal(err)
	}
	err = producer.SendMessages([]*sarama.ProducerMessage{
		{Topic: "debits", Value: sarama.StringEncoder("10")},
		{Topic: "credits", Value: sarama.StringEncoder("10")},
	})
	if err != nil {
		err = producer.AbortTxn()
	} else {
		err = producer.CommitTxn()
	}
	if err != nil {
		log.Print(err)
	}
}

// A partition, from its oldest record on.
func ExampleNewConsumer() {
	consumer, err := sarama.NewConsumer([]string{"localhost:9092"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = consumer.Close() }()

	partition, err := consumer.ConsumePartition("orders", 0, sarama.OffsetOldest)
	if err != nil {
		log.Print(err)
		return
	}
	defer func() { _ = partition.Close() }()

	for message := range partition.Messages() {
		fmt.Printf("%d: %s = %s\n", message.Offset, message.Key, message.Value)
	}
}

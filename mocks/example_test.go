package mocks_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/mocks"
)

// reporter stands for the *testing.T of a test, which examples do not have.
type reporter struct{}

func (reporter) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// The first message is stored, the second is not: how does the program take it?
func ExampleNewSyncProducer() {
	producer := mocks.NewSyncProducer(reporter{}, nil)
	producer.ExpectSendMessageAndSucceed()
	producer.ExpectSendMessageAndFail(sarama.ErrNotEnoughReplicas)

	message := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("two apples")}
	_, offset, err := producer.SendMessage(message)
	fmt.Println(offset, err)
	_, _, err = producer.SendMessage(message)
	fmt.Println(errors.Is(err, sarama.ErrNotEnoughReplicas), producer.Close())
	// Output:
	// 1 <nil>
	// true <nil>
}

// Outcomes come on channels, as of a real producer.
func ExampleNewAsyncProducer() {
	config := mocks.NewTestConfig()
	config.Producer.Return.Successes = true
	producer := mocks.NewAsyncProducer(reporter{}, config)
	producer.ExpectInputAndSucceed()
	producer.ExpectInputAndFail(sarama.ErrMessageSizeTooLarge)

	for range 2 {
		producer.Input() <- &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("two apples")}
	}
	fmt.Println((<-producer.Successes()).Topic)
	fmt.Println(errors.Is(<-producer.Errors(), sarama.ErrMessageSizeTooLarge), producer.Close())
	// Output:
	// orders
	// true <nil>
}

// A partition has one record for the program to read.
func ExampleNewConsumer() {
	consumer := mocks.NewConsumer(reporter{}, mocks.NewTestConfig())
	expected := consumer.ExpectConsumePartition("orders", 0, sarama.OffsetOldest)
	expected.YieldMessage(&sarama.ConsumerMessage{Value: []byte("two apples")})
	expected.ExpectMessagesDrainedOnClose()

	partition, err := consumer.ConsumePartition("orders", 0, sarama.OffsetOldest)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", (<-partition.Messages()).Value)
	fmt.Println(partition.Close(), consumer.Close())
	// Output:
	// two apples
	// <nil> <nil>
}

package sarama_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/seed20e6684a/sarama"
)

// reporter stands for the *testing.T of a test, which examples do not have.
type reporter struct{}

func (reporter) Error(args ...any)                 { log.Print(args...) }
func (reporter) Errorf(format string, args ...any) { log.Printf(format, args...) }
func (reporter) Fatal(args ...any)                 { log.Fatal(args...) }
func (reporter) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
func (reporter) Helper()                           {}

// A topic is created. The broker is a mock here, which refuses names that begin with an underscore.
func ExampleClusterAdmin() {
	broker := sarama.NewMockBroker(reporter{}, 1)
	defer broker.Close()
	answers := sarama.NewMockResponses(reporter{}, broker, nil)
	answers["CreateTopicsRequest"] = sarama.NewMockCreateTopicsResponse(reporter{})
	broker.SetHandlerByMap(answers)

	admin, err := sarama.NewClusterAdmin([]string{broker.Addr()}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = admin.Close() }()

	detail := &sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 1}
	fmt.Println(admin.CreateTopic("orders", detail, false))
	err = admin.CreateTopic("_orders", detail, false)
	fmt.Println(errors.Is(err, sarama.ErrTopicAuthorizationFailed), errors.Is(err, sarama.ErrNotAuthorized))
	// Output:
	// <nil>
	// true true
}

// Several topics at once, with a context, and what became of each.
func ExampleAdmin() {
	admin, err := sarama.NewAdmin([]string{"localhost:9092"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = admin.Close() }()

	created, err := admin.CreateTopics(context.Background(), map[string]*sarama.TopicDetail{
		"orders":   {NumPartitions: 12, ReplicationFactor: 3},
		"payments": {NumPartitions: 12, ReplicationFactor: 3},
	}, false)
	fmt.Println(len(created), "created")
	for _, failed := range sarama.AdminErrors(err) {
		fmt.Println(failed.Resource, failed.Err)
	}
}

// A broker for a test: the first attempt to write fails, and the producer tries again.
func ExampleMockBroker() {
	broker := sarama.NewMockBroker(reporter{}, 1) // in a test: NewMockBroker(t, 1)
	defer broker.Close()
	answers := sarama.NewMockResponses(reporter{}, broker, map[string]int32{"orders": 1})
	answers["ProduceRequest"] = sarama.NewMockSequence(
		sarama.NewMockProduceResponse(reporter{}).SetError("orders", 0, sarama.ErrNotEnoughReplicas),
		sarama.NewMockProduceResponse(reporter{}),
	)
	broker.SetHandlerByMap(answers)

	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	config.Producer.Retry.Backoff = 0
	producer, err := sarama.NewSyncProducer([]string{broker.Addr()}, config)
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("two apples")})
	fmt.Println(err, producer.Close())

	written := 0
	for _, call := range broker.History() {
		if _, ok := call.Request.(*sarama.ProduceRequest); ok {
			written++
		}
	}
	fmt.Println("tried", written, "times")
	// Output:
	// <nil> <nil>
	// tried 2 times
}

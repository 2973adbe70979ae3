package sarama_test

import (
	"fmt"
	"log"

	"github.com/seed20e6684a/sarama"
)

// What a client knows of a cluster. Producers and consumers may share it, and its connections.
func ExampleNewClient() {
	mock := sarama.NewMockBroker(reporter{}, 1)
	defer mock.Close()
	mock.SetHandlerByMap(sarama.NewMockResponses(reporter{}, mock, map[string]int32{"orders": 2}))

	client, err := sarama.NewClient([]string{mock.Addr()}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	partitions, err := client.Partitions("orders")
	fmt.Println(partitions, err)
	leader, err := client.Leader("orders", 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("led by broker", leader.ID())
	// Output:
	// [0 1] <nil>
	// led by broker 1
}

// One request to one broker: each type of request is a method.
func ExampleBroker() {
	mock := sarama.NewMockBroker(reporter{}, 1)
	defer mock.Close()
	mock.SetHandlerByMap(sarama.NewMockResponses(reporter{}, mock, map[string]int32{"orders": 2}))

	broker := sarama.NewBroker(mock.Addr())
	if err := broker.Open(sarama.NewConfig()); err != nil {
		log.Fatal(err)
	}
	defer func() { _ = broker.Close() }()

	answer, err := broker.GetMetadata(&sarama.MetadataRequest{Version: 1, Topics: []string{"orders"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, topic := range answer.Topics {
		fmt.Println(topic.Name, len(topic.Partitions))
	}
	// Output:
	// orders 2
}

// stamp is an interceptor that gives each message a header.
type stamp struct{ origin string }

func (s stamp) OnSend(msg *sarama.ProducerMessage) {
	msg.Headers = append(msg.Headers, sarama.RecordHeader{Key: []byte("origin"), Value: []byte(s.origin)})
}

// Interceptors see each message before it is sent, in the order in which they stand.
func ExampleProducerInterceptor() {
	mock := sarama.NewMockBroker(reporter{}, 1)
	defer mock.Close()
	mock.SetHandlerByMap(sarama.NewMockResponses(reporter{}, mock, map[string]int32{"orders": 1}))

	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	config.Producer.Interceptors = []sarama.ProducerInterceptor{stamp{origin: "shop-1"}}
	producer, err := sarama.NewSyncProducer([]string{mock.Addr()}, config)
	if err != nil {
		log.Fatal(err)
	}
	message := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("two apples")}
	_, _, err = producer.SendMessage(message)
	fmt.Printf("%s %v %v\n", message.Headers[0].Value, err, producer.Close())
	// Output:
	// shop-1 <nil> <nil>
}

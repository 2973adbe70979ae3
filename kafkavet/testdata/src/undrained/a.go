package main

import "github.com/seed20e6684a/sarama"

func main() {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	config.Consumer.Return.Errors = true
	producer, _ := sarama.NewAsyncProducer(nil, config) // want `nobody reads Successes\(\)` `nobody reads Errors\(\)`
	producer.Input() <- &sarama.ProducerMessage{}
	_ = producer.Close()
	group, _ := sarama.NewConsumerGroup(nil, "g", config) // want `nobody reads Errors\(\)`
	_ = group.Close()
}

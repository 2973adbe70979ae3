package main

import "github.com/IBM/sarama"

func main() {
	config := sarama.NewConfig()
	config.Producer.Return.Errors = false
	producer, _ := sarama.NewAsyncProducer(nil, config)
	producer.Input() <- &sarama.ProducerMessage{}
}

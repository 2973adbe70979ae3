package main

import (
	"flag"

	"github.com/IBM/sarama"
)

var successes = flag.Bool("successes", false, "")

func main() {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = *successes
	producer, _ := sarama.NewAsyncProducer(nil, config)
	for range producer.Errors() {
	}
}

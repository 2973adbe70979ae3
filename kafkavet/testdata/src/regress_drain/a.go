package main

import (
	"io"

	"github.com/IBM/sarama"
)

// The synchronous producer needs what the other one, which has a configuration of its own, leaves off.
func main() {
	forSync := sarama.NewConfig()
	forSync.Producer.Return.Successes = true
	_, _ = sarama.NewSyncProducer(nil, forSync)

	forAsync := sarama.NewConfig()
	producer, _ := sarama.NewAsyncProducer(nil, forAsync)
	for range producer.Errors() {
	}
}

type service struct{ closer io.Closer }

// given may have been told to return no errors.
func given(config *sarama.Config) service {
	producer, _ := sarama.NewAsyncProducer(nil, config)
	return service{producer}
}

package passedon

import "github.com/IBM/sarama"

// Open gives the producer to who drains it.
func Open() (sarama.AsyncProducer, error) {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	return sarama.NewAsyncProducer(nil, config)
}

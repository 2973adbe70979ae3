package main

import "github.com/IBM/sarama"

func bad() {
	a := sarama.NewConfig()
	a.Producer.Idempotent = true
	a.Producer.RequiredAcks = sarama.WaitForAll
	_, _ = sarama.NewAsyncProducer(nil, a) // want `Net.MaxOpenRequests to be 1 at most`
}

func good() {
	a := sarama.NewConfig()
	a.Producer.Idempotent = true
	a.Producer.RequiredAcks = sarama.WaitForAll
	a.Net.MaxOpenRequests = 1
	_, _ = sarama.NewAsyncProducer(nil, a)
}

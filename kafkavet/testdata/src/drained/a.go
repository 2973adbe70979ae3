package main

import "github.com/IBM/sarama"

type pipeline struct{ producer sarama.AsyncProducer }

func main() {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	producer, _ := sarama.NewAsyncProducer(nil, config)
	p := pipeline{producer}
	go p.drain()
	for {
		select {
		case p.producer.Input() <- &sarama.ProducerMessage{}:
		case <-p.producer.Errors():
		}
	}
}

func (p *pipeline) drain() {
	for range p.producer.Successes() {
	}
}

package main

import (
	"context"

	"github.com/IBM/sarama"
)

func main() {
	for {
		outer(nil)
	}
}

func outer(group sarama.ConsumerGroup) { inner(group) }

func inner(group sarama.ConsumerGroup) { _ = group.Consume(context.Background(), nil, nil) }

func again(group sarama.ConsumerGroup) {
	_ = group.Consume(context.Background(), nil, nil)
	again(group)
}

func jumps(group sarama.ConsumerGroup) {
start:
	if group.Consume(context.Background(), nil, nil) == nil {
		goto start
	}
}

type runner interface{ run() }

type member struct{ group sarama.ConsumerGroup }

func (m *member) run() { _ = m.group.Consume(context.Background(), nil, nil) }

func drive(r runner) {
	for {
		r.run()
	}
}

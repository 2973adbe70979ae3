package main

import (
	"context"

	"github.com/seed20e6684a/sarama"
)

func main() {
	group, _ := sarama.NewConsumerGroup(nil, "g", nil)
	_ = group.Consume(context.Background(), nil, nil) // want `Consume returns when the group rebalances`
	consume(group)
	go func() {
		_ = group.Consume(context.Background(), nil, nil) // want `call it in a loop`
	}()
}

func consume(group sarama.ConsumerGroup) {
	if err := group.Consume(context.Background(), nil, nil); err != nil { // want `Consume returns`
		panic(err)
	}
}

package marks

import (
	"context"
	"sync"

	"github.com/IBM/sarama"
)

func work(*sarama.ConsumerMessage) error { return nil }

func observe(int64) {}

type measured struct{}

func (measured) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		if err := work(msg); err != nil {
			return err
		}
		if msg.Offset%2 == 0 {
			session.MarkMessage(msg, "")
			observe(msg.Offset)
		}
	}
	return nil
}

type atMostOnce struct{}

func (atMostOnce) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		session.MarkMessage(msg, "")
		session.Commit() // on purpose: rather lost than twice
		_ = work(msg)
	}
	return nil
}

type offsets struct{}

func (offsets) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		session.MarkOffset("t", 0, msg.Offset+1, "") // want `msg is marked before the work`
		_ = work(msg)
	}
	return nil
}

type handsOver struct{ work chan *sarama.ConsumerMessage }

func (h handsOver) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		session.MarkMessage(msg, "") // want `msg is marked before the work`
		h.work <- msg
	}
	return nil
}

type spawns struct{}

func (spawns) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		go func() { _ = work(msg) }()
		session.MarkMessage(msg, "") // want `msg is marked while a goroutine still works with it`
	}
	return nil
}

type waits struct{}

func (waits) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		var group sync.WaitGroup
		group.Add(1)
		go func() { defer group.Done(); _ = work(msg) }()
		group.Wait()
		session.MarkMessage(msg, "")

		done := make(chan error)
		go func() { done <- work(msg) }()
		if err := <-done; err != nil {
			return err
		}
		session.MarkMessage(msg, "")
	}
	return nil
}

type both struct{}

func (both) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		ctx, cancel := context.WithCancel(session.Context())
		go func() { <-ctx.Done(); observe(msg.Offset) }()
		_ = work(msg)
		cancel()
		session.MarkMessage(msg, "")
	}
	return nil
}

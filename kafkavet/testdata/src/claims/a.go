package claims

import (
	"time"

	"github.com/IBM/sarama"
)

type handler struct{}

func work(*sarama.ConsumerMessage) {}

func (handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		msg := <-claim.Messages() // want `receive msg, ok, and return if !ok`
		work(msg)
		time.Sleep(2 * time.Second) // want `a sleep in ConsumeClaim holds up rebalances`
	}
}

type selecting struct{}

func (selecting) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case msg := <-claim.Messages(): // want `Messages is closed when the claim ends`
			work(msg)
		case <-session.Context().Done():
			return nil
		}
	}
}

type good struct{}

func (good) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			work(msg)
		case <-session.Context().Done():
			return nil
		}
	}
}

type checking struct{}

func (checking) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		msg := <-claim.Messages()
		if msg == nil {
			return nil
		}
		work(msg)
		time.Sleep(time.Millisecond)
	}
}

type ranging struct{}

func (ranging) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	first := <-claim.Messages()
	work(first)
	for msg := range claim.Messages() {
		work(msg)
	}
	return nil
}

type unrelated struct{}

func (unrelated) ConsumeClaim(wait time.Duration) { time.Sleep(time.Hour) }

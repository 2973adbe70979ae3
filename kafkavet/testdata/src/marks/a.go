package marks

import (
	"fmt"
	"log"

	"github.com/IBM/sarama"
)

type handler struct{}

func work(*sarama.ConsumerMessage) error { return nil }

func (handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		session.MarkMessage(msg, "") // want `msg is marked before the work with it is done`
		if err := work(msg); err != nil {
			return err
		}
	}
	return nil
}

type spawning struct{}

func (spawning) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			session.MarkMessage(msg, "") // want `mark it last`
			go func() { _ = work(msg) }()
		case <-session.Context().Done():
			return nil
		}
	}
}

type good struct{}

func (good) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		if err := work(msg); err != nil {
			session.MarkMessage(msg, "skipped")
			continue
		}
		session.MarkMessage(msg, "")
		log.Printf("processed %d", msg.Offset)
		fmt.Println(string(msg.Value))
	}
	return nil
}

type twice struct{}

func (twice) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	var last *sarama.ConsumerMessage
	for msg := range claim.Messages() {
		if last != nil {
			session.MarkMessage(last, "")
		}
		_ = work(msg)
		last = msg
	}
	return nil
}

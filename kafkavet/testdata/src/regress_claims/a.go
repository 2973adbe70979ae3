package claims

import "github.com/IBM/sarama"

type other struct{}

func (other) ConsumeClaim() {}

type delegating struct{}

func (delegating) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		msg := <-claim.Messages()
		if !process(msg) {
			return nil
		}
	}
}

func process(msg *sarama.ConsumerMessage) bool { return msg != nil }

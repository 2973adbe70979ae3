// Package sarama has as much of the API as the programs beside it need.
package sarama

import (
	"context"
	"time"
)

type RequiredAcks int16

const (
	NoResponse   RequiredAcks = 0
	WaitForLocal RequiredAcks = 1
	WaitForAll   RequiredAcks = -1
)

type SASLMechanism string

const (
	SASLTypeOAuth       = "OAUTHBEARER"
	SASLTypeSCRAMSHA512 = "SCRAM-SHA-512"
)

type Config struct {
	Net struct {
		MaxOpenRequests int
		SASL            struct {
			Enable         bool
			Mechanism      SASLMechanism
			User, Password string
		}
	}
	Producer struct {
		RequiredAcks RequiredAcks
		Idempotent   bool
		Transaction  struct{ ID string }
		Return       struct{ Successes, Errors bool }
		Retry        struct{ Max int }
	}
	Consumer struct {
		Return struct{ Errors bool }
		Group  struct {
			Session   struct{ Timeout time.Duration }
			Heartbeat struct{ Interval time.Duration }
		}
	}
}

func NewConfig() *Config { return nil }

type ProducerMessage struct{ Topic string }

type ConsumerMessage struct {
	Value  []byte
	Offset int64
}

type AsyncProducer interface {
	Input() chan<- *ProducerMessage
	Successes() <-chan *ProducerMessage
	Errors() <-chan error
	Close() error
}

type SyncProducer interface {
	SendMessage(msg *ProducerMessage) (partition int32, offset int64, err error)
	SendMessages(msgs []*ProducerMessage) error
	CommitTxn() error
	Close() error
}

func NewAsyncProducer(addrs []string, conf *Config) (AsyncProducer, error) { return nil, nil }
func NewSyncProducer(addrs []string, conf *Config) (SyncProducer, error)   { return nil, nil }

type Client interface{ Close() error }

func NewClient(addrs []string, conf *Config) (Client, error) { return nil, nil }

type ConsumerGroupHandler interface {
	Setup(ConsumerGroupSession) error
	Cleanup(ConsumerGroupSession) error
	ConsumeClaim(ConsumerGroupSession, ConsumerGroupClaim) error
}

type ConsumerGroupSession interface {
	MarkMessage(msg *ConsumerMessage, metadata string)
	MarkOffset(topic string, partition int32, offset int64, metadata string)
	Commit()
	Context() context.Context
}

type ConsumerGroupClaim interface {
	Messages() <-chan *ConsumerMessage
}

type ConsumerGroup interface {
	Consume(ctx context.Context, topics []string, handler ConsumerGroupHandler) error
	Errors() <-chan error
	Close() error
}

func NewConsumerGroup(addrs []string, group string, conf *Config) (ConsumerGroup, error) {
	return nil, nil
}

type ExtendedSyncProducer interface {
	SyncProducer
	SendMessageContext(ctx context.Context, msg *ProducerMessage) (partition int32, offset int64, err error)
}

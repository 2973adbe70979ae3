// Package sarama has as much of the API as the programs beside it need.
package sarama

import (
	"context"
	"crypto/tls"
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

type KafkaVersion struct{ version [4]uint }

var (
	V0_9_0_0       = KafkaVersion{[4]uint{0, 9}}
	V0_10_1_0      = KafkaVersion{[4]uint{0, 10, 1}}
	V2_0_0_0       = KafkaVersion{[4]uint{2}}
	V3_6_0_0       = KafkaVersion{[4]uint{3, 6}}
	V4_0_0_0       = KafkaVersion{[4]uint{4}}
	MinVersion     = V0_9_0_0
	DefaultVersion = KafkaVersion{[4]uint{2, 8}}
)

func ParseKafkaVersion(s string) (KafkaVersion, error) { return DefaultVersion, nil }

type CompressionCodec int8

const (
	CompressionNone CompressionCodec = iota
	CompressionGZIP
	CompressionSnappy
	CompressionLZ4
	CompressionZSTD
)

type IsolationLevel int8

const (
	ReadUncommitted IsolationLevel = iota
	ReadCommitted
)

type Config struct {
	Version KafkaVersion
	Net     struct {
		MaxOpenRequests int
		TLS             struct {
			Enable bool
			Config *tls.Config
		}
		SASL struct {
			Enable         bool
			Mechanism      SASLMechanism
			User, Password string
			TokenProvider  any
		}
		Proxy struct {
			Enable bool
			Dialer any
		}
	}
	Producer struct {
		Compression CompressionCodec
		Flush       struct {
			Bytes, Messages, MaxMessages int
			Frequency                    time.Duration
		}
		RequiredAcks RequiredAcks
		Idempotent   bool
		Transaction  struct{ ID string }
		Return       struct{ Successes, Errors bool }
		Retry        struct{ Max int }
	}
	Consumer struct {
		Return         struct{ Errors bool }
		IsolationLevel IsolationLevel
		Group          struct {
			InstanceId, Protocol string
			Session              struct{ Timeout time.Duration }
			Heartbeat            struct{ Interval time.Duration }
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

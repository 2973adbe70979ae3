package sarama

import (
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/rcrowley/go-metrics"
	"golang.org/x/net/proxy"
)

// defaultClientID is refused by nobody, but tells a broker's administrator nothing.
const defaultClientID = "sarama"

// Config is how clients, producers, consumers and admins behave. Start from NewConfig, change what you need, and leave it
// alone once something was made with it. One Config may serve many clients.
//
// Times are rounded down to milliseconds where they are sent to brokers. A Config may be printed and marshalled to JSON:
// passwords and tokens are left out.
type Config struct {
	// Admin is for ClusterAdmin.
	Admin struct {
		// Retry is for requests that failed for a reason that passes, such as a controller that has moved.
		Retry struct {
			// Max is how often to try again. Default: 5.
			Max int
			// Backoff is how long to wait before that. Default: 100 ms.
			Backoff time.Duration
		}
		// Timeout is how long brokers may take over an operation. Default: 3 s.
		Timeout time.Duration
	}

	// Net is for the connections of every Broker.
	Net struct {
		// MaxOpenRequests is how many requests a connection may have unanswered; the next waits
		// (max.in.flight.requests.per.connection). Default: 5. Messages of one partition keep their order after failures
		// with Producer.Idempotent, which allows 1 to 5, or with 1.
		MaxOpenRequests int

		// DialTimeout is how long to wait for a connection. Default: 30 s.
		DialTimeout time.Duration
		// ReadTimeout is how long to wait for a response. Default: 30 s.
		ReadTimeout time.Duration
		// WriteTimeout is how long to wait until a request is handed to the network. Default: 30 s.
		WriteTimeout time.Duration
		// UnreachableTimeout is how long the host of a broker that is waited for may acknowledge nothing on the level of TCP
		// until the connection counts as lost: the host is down, or the way to it is cut, and nobody has said so. A host that is
		// there acknowledges for a broker that takes its time, however long. Not looked at where the operating system does not
		// tell (it is told by Linux), behind a Proxy with connections of its own, and at 0 or less. Default: 3 s, at least 1 s.
		UnreachableTimeout time.Duration

		// ResolveCanonicalBootstrapServers replaces each bootstrap address by the canonical names of the hosts behind it
		// (client.dns.lookup=resolve_canonical_bootstrap_servers_only), for Kerberos behind an alias. Default: false.
		ResolveCanonicalBootstrapServers bool

		// TLS encrypts connections.
		TLS struct {
			// Enable switches it on. Default: false.
			Enable bool
			// Config is how; nil is the defaults of crypto/tls, which begin with TLS 1.2. An empty ServerName is set to
			// each broker's host. Certificates that change are for its callbacks GetClientCertificate and VerifyConnection.
			Config *tls.Config
		}

		// SASL authenticates connections.
		SASL struct {
			// Enable switches it on. Default: false.
			Enable bool
			// Mechanism is one of the SASLType constants. Validate sets an empty one to PLAIN.
			Mechanism SASLMechanism
			// Mechanisms, if set, takes the place of Mechanism: several, most wanted first. The first that a broker has is
			// used. Without TLS a broker that lacks the first is not given a secret by PLAIN or OAUTHBEARER in its place.
			// Default: none.
			Mechanisms []SASLMechanism
			// Version is SASLHandshakeV0 or SASLHandshakeV1. Default: SASLHandshakeV1 (Kafka 1.0). Version 0 needs
			// ApiVersionsRequest to be false.
			Version int16
			// Handshake tells the broker the mechanism first. Default: true. Proxies that speak SASL alone want false.
			Handshake bool
			// AuthIdentity is whom to act as, with PLAIN, if not User (RFC 4616).
			AuthIdentity string
			// User is the name to authenticate with, for PLAIN and SCRAM.
			User string
			// Password is the password, for PLAIN and SCRAM.
			Password string
			// SCRAMAuthzID is whom to act as, with SCRAM, if not User.
			SCRAMAuthzID string
			// SCRAMClientGeneratorFunc, if set, makes the client of one SCRAM conversation in the place of the built-in one.
			SCRAMClientGeneratorFunc func() SCRAMClient
			// DelegationToken says that User is the id of a delegation token and Password its HMAC in base64, with SCRAM
			// (Kafka 1.1, KIP-48). Default: false. A SCRAMClient of your own must add "tokenauth=true" by itself.
			DelegationToken bool
			// TokenProvider gives the tokens for OAUTHBEARER
			TokenProvider AccessTokenProvider

			// GSSAPI is for Kerberos.
			GSSAPI GSSAPIConfig
		}

		// KeepAlive is the period of TCP keep-alives; 0 is the system's, negative is none. Default: 0.
		KeepAlive time.Duration

		// LocalAddr is the address to connect from; nil leaves it to the system. Default: nil.
		LocalAddr net.Addr

		// Proxy is a way around direct connections.
		Proxy struct {
			// Enable switches it on. Default: false.
			Enable bool
			// Dialer makes the connections. Those of types of its own are read while an answer is awaited, and for a moment
			// before they are used again after a pause: their Read may hold up others.
			Dialer proxy.Dialer
		}
	}

	// Metadata is what a Client knows of topics and brokers.
	Metadata struct {
		// Retry is for metadata that could not be had or names no leader yet.
		Retry struct {
			// Max is how often to ask again. Default: 3.
			Max int
			// Backoff is how long to wait before that. Default: 250 ms.
			Backoff time.Duration
			// BackoffFunc, if set, is asked for the wait in the place of Backoff. NewExponentialBackoff makes one.
			BackoffFunc func(retries, maxRetries int) time.Duration
		}
		// RefreshFrequency is how often to ask even if nothing has failed (metadata.max.age.ms). Default: 10 min; 0 is
		// never.
		RefreshFrequency time.Duration

		// Full keeps the metadata of all topics of the cluster, rather than of those in use. Default: true.
		Full bool

		// Timeout is how long one refresh may take with all its retries. Default: 0, no limit of its own.
		Timeout time.Duration

		// AllowAutoTopicCreation lets brokers create the topics that are asked for, if they are configured so
		// (auto.create.topics.enable). Default: true.
		AllowAutoTopicCreation bool

		// SingleFlight has those who want a refresh at the same time share one. Default: true.
		SingleFlight bool
	}

	// Producer is for AsyncProducer and SyncProducer.
	Producer struct {
		// MaxMessageBytes is the largest message, and the largest batch before compression, in bytes (max.request.size).
		// Default: 1 MiB. Larger messages fail at once. Keep it below MaxRequestSize; a broker's message.max.bytes holds
		// for batches after compression.
		MaxMessageBytes int
		// RequiredAcks is who must have a batch before it counts as delivered: NoResponse (nobody), WaitForLocal (the
		// leader) or WaitForAll (all in-sync replicas) (acks). Default: WaitForLocal.
		RequiredAcks RequiredAcks
		// Timeout is how long the leader may wait for the replicas. Default: 10 s.
		Timeout time.Duration
		// Compression is the codec. Default: CompressionNone. LZ4 needs Version 0.10, ZSTD 2.1.
		Compression CompressionCodec
		// CompressionLevel is the codec's level. Default: CompressionLevelDefault.
		CompressionLevel int
		// Partitioner makes the partitioner of each topic. Default: NewHashPartitioner.
		Partitioner PartitionerConstructor
		// Idempotent has brokers drop what arrives twice and keep the order (Kafka 0.11, KIP-98). Default: false. It needs
		// RequiredAcks WaitForAll, Retry.Max of 1 or more, and Net.MaxOpenRequests of 5 or less.
		Idempotent bool
		// Transaction makes the producer transactional. It needs Idempotent.
		Transaction struct {
			// ID tells the producer apart through restarts: a new one with the same id fences the old
			// (transactional.id). Default: empty, no transactions.
			ID string
			// Timeout is how long a transaction may stay open before the coordinator aborts it (transaction.timeout.ms).
			// Default: 1 min.
			Timeout time.Duration

			// Retry is for requests to the transaction coordinator.
			Retry struct {
				// Max is how often to try again. Default: 50.
				Max int
				// Backoff is how long to wait before that. Default: 100 ms.
				Backoff time.Duration
				// BackoffFunc, if set, is asked for the wait in the place of Backoff. NewExponentialBackoff makes one.
				BackoffFunc func(retries, maxRetries int) time.Duration
			}
		}

		// Return says which outcomes come back on channels. Whatever is on must be read, or the producer stands still.
		// SyncProducer needs both and reads them itself.
		Return struct {
			// Successes sends delivered messages to Successes. Default: false.
			Successes bool
			// Errors sends failed messages to Errors; otherwise they are logged. Default: true.
			Errors bool
		}

		// Flush says when to send. By default a batch goes as soon as its broker is free, and what comes in the meantime
		// is the next batch.
		Flush struct {
			// Bytes is how many bytes to wait for. Default: 0, do not wait.
			Bytes int
			// Messages is how many messages to wait for. Default: 0, do not wait.
			Messages int
			// Frequency is how long to wait at most (linger.ms). Default: 0: with Bytes or Messages set there is no limit.
			Frequency time.Duration
			// MaxMessages is the most messages in one request. Default: 0, no limit.
			MaxMessages int
		}

		// Retry is for messages that failed for a reason that passes, such as a leader that has moved.
		Retry struct {
			// Max is how often to send a message again (retries). Default: 3.
			Max int
			// Backoff is how long to wait before that (retry.backoff.ms). Default: 100 ms.
			Backoff time.Duration
			// BackoffFunc, if set, is asked for the wait in the place of Backoff. NewExponentialBackoff makes one.
			BackoffFunc func(retries, maxRetries int) time.Duration
			// MaxBufferLength is the most messages that wait to be sent again; beyond it they fail with
			// ErrProducerRetryBufferOverflow. Default: 0, no limit; 1 to 4095 count as 4096.
			MaxBufferLength int
			// MaxBufferBytes is the same in bytes. Default: 0, no limit; less than 32 MiB counts as 32 MiB.
			MaxBufferBytes int64
		}

		// DeliveryTimeout is how long a message may take from when it has left Input to its outcome, retries included; it fails
		// with ErrDeliveryTimeout then (delivery.timeout.ms, KIP-91). Default: 0, no limit but Retry.Max and the timeouts of each
		// try. Set Retry.Max high to have it count alone. Not less than Flush.Frequency.
		DeliveryTimeout time.Duration
		// MaxBufferBytes bounds the messages that have no outcome yet: from there on the producer takes none from Input, and Send
		// methods wait, until there is room (buffer.memory). A message counts as 200 bytes and its size before compression; key and
		// value as you gave them are yours, and not counted. Default: 0, which stands for 32 MiB. Where Flush asks to wait for more
		// than that, it is sent before.
		MaxBufferBytes int64

		// Interceptors see each message before it is sent, in this order (KIP-42). One that is also a
		// ProducerAcknowledgementInterceptor sees what became of it, too.
		Interceptors []ProducerInterceptor
		// FailOnInterceptorPanic has a message fail with a CallbackPanicError if an interceptor's OnSend panics. Default: false,
		// the panic is logged and the message goes on.
		FailOnInterceptorPanic bool
	}

	// Consumer is for Consumer, ConsumerGroup and OffsetManager.
	Consumer struct {
		// Group is for ConsumerGroup.
		Group struct {
			// Protocol is how members come to their partitions (group.protocol): ConsumerGroupProtocolClassic, which empty
			// stands for, or ConsumerGroupProtocolConsumer (Kafka 4.0, KIP-848), with which the coordinator decides on
			// partitions, and on the times of sessions and heartbeats.
			Protocol ConsumerGroupProtocol
			// RemoteAssignor is the coordinator's way to assign partitions with the consumer protocol
			// (group.remote.assignor): "uniform" or "range" with Kafka 4.4. Default: empty, the coordinator's choice.
			RemoteAssignor string

			// Session is what keeps a member in its group.
			Session struct {
				// Timeout is how long the coordinator waits for a sign of life before it gives the member up
				// (session.timeout.ms). Default: 10 s. Brokers bound it by group.min.session.timeout.ms and
				// group.max.session.timeout.ms.
				Timeout time.Duration
			}
			// Heartbeat is the sign of life.
			Heartbeat struct {
				// Interval is how often to give it (heartbeat.interval.ms), and so how soon a member learns of a
				// rebalance. Default: 3 s; a third of Session.Timeout at most is good.
				Interval time.Duration
			}
			// Rebalance is how partitions are shared among the members.
			Rebalance struct {
				// Strategy is the one strategy to offer.
				//
				// Deprecated: use GroupStrategies. If set, it takes their place.
				Strategy BalanceStrategy

				// GroupStrategies are offered in this order; the group uses the first that all of its members offer
				// (partition.assignment.strategy). Default: NewBalanceStrategyRange alone.
				GroupStrategies []BalanceStrategy

				// Timeout is how long members may take to finish what they do and to join again, before they are left
				// out (rebalance.timeout.ms). Default: 60 s.
				Timeout time.Duration

				// Retry is for joins that fail, because the group changes in the meantime for example.
				Retry struct {
					// Max is how often to join again. Default: 4.
					Max int
					// Backoff is how long to wait before that. Default: 2 s.
					Backoff time.Duration
				}
			}
			// Member is what a member tells of itself.
			Member struct {
				// UserData goes into ConsumerGroupMemberMetadata, unless the strategy has data of its own there.
				UserData []byte
			}

			// InstanceId makes a static member, which keeps its partitions over a restart within Session.Timeout
			// (group.instance.id, Kafka 2.3, KIP-345). Default: empty, none.
			InstanceId string

			// ResetInvalidOffsets starts at Offsets.Initial where the committed offset is no longer in the log; otherwise
			// the session ends with ErrOffsetOutOfRange. Default: true.
			ResetInvalidOffsets bool
		}

		// Retry is for partitions that could not be read.
		Retry struct {
			// Backoff is how long to wait before trying again. Default: 2 s.
			Backoff time.Duration
			// BackoffFunc, if set, is asked for the wait in the place of Backoff.
			BackoffFunc func(retries int) time.Duration
			// Max is how many failures in a row end a partition's consumer with ErrConsumerRetriesExhausted. Default: 0,
			// it goes on for ever.
			Max int
		}

		// Fetch is how much to ask for at once.
		Fetch struct {
			// Min is how many bytes the broker waits for, MaxWaitTime at most (fetch.min.bytes). Default: 1.
			Min int32
			// Default is how many bytes of one partition to ask for (max.partition.fetch.bytes). Default: 1 MiB. A larger
			// record doubles it for its partition until it fits. A consumer of more than 64 partitions asks for less of
			// each, but for 8 batches at least: they share what 64 would have.
			Default int32
			// Max is the most bytes that Default may grow to; a larger record ends in ErrMessageTooLarge. Default: 0, no
			// limit but MaxResponseSize.
			Max int32
			// MaxBytes is the most bytes in one response, whatever the number of partitions, but for a single batch that
			// is larger (fetch.max.bytes, Kafka 0.10.1, KIP-74). Default: 50 MiB. Keep it below MaxResponseSize. Of a
			// broker with more than 16 partitions to read no more than 8 MiB are asked for: each gets a copy of its own, so
			// that what one has not delivered does not keep the whole response in memory.
			MaxBytes int32
		}
		// Share is for ShareConsumer.
		Share struct {
			// MaxRecords is how many records of one broker a member holds at a time, whole batches at least
			// (max.poll.records). Default: 0, which stands for 500.
			MaxRecords int32
		}
		// MaxBufferBytes bounds the memory of all that one consumer, or one member of a group, has fetched and you have not
		// taken yet, decompressed batches included. Default: 0, no bound but Fetch.Default for each of 64 partitions, which
		// more of them share, and what one batch of each takes decompressed. With a bound partitions share it: give it four
		// times as much as the largest batch takes, and several hundred KiB for each partition to keep its speed. A batch
		// that takes more than half of it decompressed may fail with ErrDecompressedBatchTooLarge.
		MaxBufferBytes int64
		// MaxWaitTime is how long the broker waits for Fetch.Min bytes before it answers with less (fetch.max.wait.ms).
		// Default: 500 ms. Below 100 ms brokers are asked very often.
		MaxWaitTime time.Duration

		// MaxProcessingTime is how long your code is expected to take for one message. Default: 100 ms. A partition whose
		// messages are read more slowly is left out of fetches until they are; other partitions go on.
		MaxProcessingTime time.Duration

		// Return says what comes back on channels. Whatever is on must be read, or the consumer stands still.
		Return struct {
			// Errors sends errors to Errors; otherwise they are logged. Default: false.
			Errors bool
		}

		// Offsets is where consuming starts, and how progress is kept.
		Offsets struct {
			// CommitInterval is without effect.
			//
			// Deprecated: use AutoCommit.
			CommitInterval time.Duration

			// AutoCommit commits what was marked from time to time.
			AutoCommit struct {
				// Enable switches it on (enable.auto.commit). Default: true. When off, call Commit before a claim or a
				// session ends: what was marked and not committed is lost then.
				Enable bool

				// Interval is how often (auto.commit.interval.ms). Default: 1 s.
				Interval time.Duration
			}

			// Initial is where to start if nothing was committed: OffsetNewest, OffsetOldest, what OffsetAt or OffsetSince
			// returns, or OffsetNone for an error (auto.offset.reset). Default: OffsetNewest.
			Initial int64

			// Reset is where a partition that is being read goes on if its offset is not in the log any more: OffsetNewest,
			// OffsetOldest, what OffsetAt or OffsetSince returns, or OffsetNone; an OffsetMovedError tells of it. Default:
			// 0: the partition ends with ErrOffsetOutOfRange, but where a log was cut off while the leader changed
			// (KIP-320), reading goes on where the logs parted. With OffsetNone the partition ends there, too.
			Reset int64

			// Retention is how long the broker keeps what is committed. Default: 0, as the broker is configured
			// (offsets.retention.minutes). Brokers no longer take it since Kafka 2.1 (KIP-211).
			Retention time.Duration

			// Retry is for the last commit, at Close.
			Retry struct {
				// Max is how often to try again. Default: 3.
				Max int
			}
		}

		// IsolationLevel is ReadUncommitted (all records) or ReadCommitted (without those of open and aborted
		// transactions, Kafka 0.11) (isolation.level). Default: ReadUncommitted.
		IsolationLevel IsolationLevel

		// Interceptors see each message before you do, in this order (KIP-42).
		Interceptors []ConsumerInterceptor
	}

	// ClientID is the name in the brokers' logs, metrics and quotas (client.id). Default: "sarama"; use your application's.
	ClientID string
	// RackID is where the client is, in the terms of the brokers' broker.rack: consumers read from replicas there
	// (client.rack, Kafka 2.4, KIP-392), and members of groups get partitions that are there (Version 3.5, KIP-881). Default: empty.
	RackID string
	// Telemetry is what clients tell their cluster of themselves, so that its operators see how they fare.
	Telemetry struct {
		// Enable has each client push to a broker those of its metrics that the cluster subscribes to, as often as that says
		// (enable.metrics.push, Kafka 3.7, KIP-714): latencies, throttling and numbers of connections, never records nor names
		// of topics. Close waits a second at most for the last push. Default: false, unlike Java's clients.
		Enable bool
	}
	// Slog, if set, takes what clients of this configuration have to say, in the place of Logger and DebugLogger: at levels Info,
	// Warn (where there is an error) and Debug, with attributes client_id, component, error, and what a line is about: broker,
	// broker_id, topic, partition, group, member, instance, generation, member_epoch, transactional_id. Few lines that belong to no
	// client go to Logger still. Default: nil.
	Slog *slog.Logger
	// ChannelBufferSize is the capacity of the channels between your code and the library, in messages. Default: 256.
	ChannelBufferSize int
	// ApiVersionsRequest asks each broker which versions of the APIs it knows (Kafka 0.10, KIP-35), so that requests fit
	// brokers older than Version. Default: true.
	ApiVersionsRequest bool
	// Version is the Kafka version whose features may be used. Default: DefaultVersion. Brokers accept what was good for
	// older versions, so that an older Version only leaves features out.
	Version KafkaVersion
	// MetricRegistry collects metrics; the package's doc lists them. Default: a registry of this Config's own. Nil, or
	// metrics.UseNilMetrics set before the first client is made, is no metrics.
	MetricRegistry metrics.Registry
}

// NewConfig returns the defaults.
func NewConfig() *Config {
	c := &Config{
		ClientID:           defaultClientID,
		ChannelBufferSize:  256,
		ApiVersionsRequest: true,
		Version:            DefaultVersion,
		MetricRegistry:     metrics.NewRegistry(),
	}
	c.setConnectionDefaults()
	c.setProducerDefaults()
	c.setConsumerDefaults()
	return c
}

func (c *Config) setConnectionDefaults() {
	c.Admin.Retry.Max = 5
	c.Admin.Retry.Backoff = 100 * time.Millisecond
	c.Admin.Timeout = 3 * time.Second

	c.Net.MaxOpenRequests = 5
	c.Net.DialTimeout = 30 * time.Second
	c.Net.ReadTimeout = 30 * time.Second
	c.Net.UnreachableTimeout = 3 * time.Second
	c.Net.WriteTimeout = 30 * time.Second
	c.Net.SASL.Handshake = true
	c.Net.SASL.Version = SASLHandshakeV1

	c.Metadata.Retry.Max = 3
	c.Metadata.Retry.Backoff = 250 * time.Millisecond
	c.Metadata.RefreshFrequency = 10 * time.Minute
	c.Metadata.Full = true
	c.Metadata.AllowAutoTopicCreation = true
	c.Metadata.SingleFlight = true
}

func (c *Config) setProducerDefaults() {
	c.Producer.MaxMessageBytes = 1 << 20
	c.Producer.RequiredAcks = WaitForLocal
	c.Producer.Timeout = 10 * time.Second
	c.Producer.CompressionLevel = CompressionLevelDefault
	c.Producer.Partitioner = NewHashPartitioner
	c.Producer.Return.Errors = true
	c.Producer.Retry.Max = 3
	c.Producer.Retry.Backoff = 100 * time.Millisecond

	c.Producer.Transaction.Timeout = time.Minute
	c.Producer.Transaction.Retry.Max = 50
	c.Producer.Transaction.Retry.Backoff = 100 * time.Millisecond
}

func (c *Config) setConsumerDefaults() {
	c.Consumer.Fetch.Min = 1
	c.Consumer.Fetch.Default = 1 << 20
	c.Consumer.Fetch.MaxBytes = 50 << 20
	c.Consumer.Retry.Backoff = 2 * time.Second
	c.Consumer.MaxWaitTime = 500 * time.Millisecond
	c.Consumer.MaxProcessingTime = 100 * time.Millisecond
	c.Consumer.Offsets.AutoCommit.Enable = true
	c.Consumer.Offsets.AutoCommit.Interval = time.Second
	c.Consumer.Offsets.Initial = OffsetNewest
	c.Consumer.Offsets.Retry.Max = 3

	c.Consumer.Group.Session.Timeout = 10 * time.Second
	c.Consumer.Group.Heartbeat.Interval = 3 * time.Second
	c.Consumer.Group.Rebalance.GroupStrategies = []BalanceStrategy{NewBalanceStrategyRange()}
	c.Consumer.Group.Rebalance.Timeout = time.Minute
	c.Consumer.Group.Rebalance.Retry.Max = 4
	c.Consumer.Group.Rebalance.Retry.Backoff = 2 * time.Second
	c.Consumer.Group.ResetInvalidOffsets = true
}

// groupStrategies returns the strategies to offer: the deprecated single one if it is set.
func (c *Config) groupStrategies() []BalanceStrategy {
	if strategy := c.Consumer.Group.Rebalance.Strategy; strategy != nil {
		return []BalanceStrategy{strategy}
	}
	return c.Consumer.Group.Rebalance.GroupStrategies
}

// dialer makes the connections to brokers: the proxy's if there is one.
func (c *Config) dialer() proxy.Dialer {
	if c.Net.Proxy.Enable {
		c.log().Println("using proxy")
		return c.Net.Proxy.Dialer
	}
	return &net.Dialer{Timeout: c.Net.DialTimeout, KeepAlive: c.Net.KeepAlive, LocalAddr: c.Net.LocalAddr}
}

package sarama

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// lying is an encoder whose Length is not that of its bytes.
type lying struct {
	length, bytes int
}

func (l lying) Encode() ([]byte, error) { return make([]byte, l.bytes), nil }
func (l lying) Length() int             { return l.length }

// panicking is an encoder that panics.
type panicking struct{ inLength bool }

func (p panicking) Encode() ([]byte, error) { panic("no bytes") }

func (p panicking) Length() int {
	if p.inLength {
		panic("no length")
	}
	return 1
}

// TestBadMessagesFailAlone: each with an error of its own that says what to do, while its neighbours are delivered.
func TestBadMessagesFailAlone(t *testing.T) {
	broken := errors.New("no bytes")
	tooLarge := ConfigurationError("")
	var panicked *CallbackPanicError
	for name, c := range map[string]struct {
		msg  *ProducerMessage
		is   error
		as   any
		text string
		took time.Duration
	}{
		"no topic":                {&ProducerMessage{}, ErrInvalidTopic, nil, "1 to 249 of the characters", 0},
		"illegal topic":           {&ProducerMessage{Topic: "a/b"}, ErrInvalidTopic, nil, "topic a/b", 0},
		"dots":                    {&ProducerMessage{Topic: ".."}, ErrInvalidTopic, nil, "is not '.' or '..'", 0},
		"long topic":              {&ProducerMessage{Topic: strings.Repeat("t", 250)}, ErrInvalidTopic, nil, "249", 0},
		"unknown topic":           {&ProducerMessage{Topic: "nope"}, ErrUnknownTopicOrPartition, nil, "create the topic", 750 * time.Millisecond},
		"unauthorised topic":      {&ProducerMessage{Topic: "secret"}, ErrTopicAuthorizationFailed, nil, "WRITE to the topic", 0},
		"no such partition":       {&ProducerMessage{Topic: "orders", Partition: 9}, ErrInvalidPartition, nil, "invalid partition", 0},
		"above the limit":         {&ProducerMessage{Topic: "orders", Value: ByteEncoder(make([]byte, 2000))}, nil, &tooLarge, "Producer.MaxMessageBytes: 2036 > 1000", 0},
		"above, when encoded":     {&ProducerMessage{Topic: "orders", Value: lying{1, 2000}}, nil, &tooLarge, "Producer.MaxMessageBytes: 2036 > 1000", 0},
		"less than nothing":       {&ProducerMessage{Topic: "orders", Value: lying{-1 << 40, 2000}}, nil, &tooLarge, "2036 > 1000", 0},
		"encoder fails":           {&ProducerMessage{Topic: "orders", Value: custom{err: broken}}, broken, nil, "topic orders: no bytes", 0},
		"encoder of a key fails":  {&ProducerMessage{Topic: "orders", Key: custom{err: broken}}, broken, nil, "no bytes", 0},
		"encoder panics":          {&ProducerMessage{Topic: "orders", Value: panicking{}}, nil, &panicked, "panicked: no bytes", 0},
		"length panics":           {&ProducerMessage{Topic: "orders", Value: panicking{true}}, nil, &panicked, "panicked: no length", 0},
		"nil pointer for encoder": {&ProducerMessage{Topic: "orders", Value: (*custom)(nil)}, nil, &panicked, "nil *custom pointer", 0},
		"partitioner panics":      {&ProducerMessage{Topic: "unlucky"}, nil, &panicked, "panicked: unlucky", 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				p.logs.cluster.setTopicError("secret", ErrTopicAuthorizationFailed)
				p.conf.Producer.MaxMessageBytes = 1000
				p.conf.Producer.Partitioner = func(topic string) Partitioner {
					if topic == "unlucky" {
						panic("unlucky")
					}
					return NewManualPartitioner(topic)
				}
				check := func(failed *ProducerError) {
					t.Helper()
					require.Same(t, c.msg, failed.Msg)
					require.False(t, failed.PossiblyWritten)
					if c.is != nil {
						require.ErrorIs(t, failed.Err, c.is)
					} else {
						require.ErrorAs(t, failed, c.as)
					}
					require.Contains(t, failed.Error(), c.text)
				}
				producer := p.startExtended(t)
				producer.Input() <- toOrders("before")
				began := time.Now()
				producer.Input() <- c.msg
				producer.Input() <- toOrders("behind")
				check(<-producer.Errors())
				require.Equal(t, c.took, time.Since(began))
				<-producer.Successes()
				<-producer.Successes()
				require.NoError(t, producer.Close())

				synchronous := p.startSync(t)
				err := synchronous.SendMessages([]*ProducerMessage{toOrders("3"), c.msg, toOrders("4")})
				var failed ProducerErrors
				require.ErrorAs(t, err, &failed)
				require.Len(t, failed, 1)
				check(failed[0])
				require.NoError(t, synchronous.Close())
				require.Equal(t, []string{"before", "behind", "3", "4"}, p.logs.values(0))
			})
		})
	}
}

func TestNilMessages(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		producer := p.startSync(t)
		_, _, err := producer.SendMessage(nil)
		require.Equal(t, ErrNilMessage, err)
		msgs := []*ProducerMessage{nil, toOrders("1"), nil}
		err = producer.SendMessages(msgs)
		require.Len(t, err, 2)
		require.Equal(t, "kafka: Failed to produce message: kafka: nil is no message to send", err.(ProducerErrors)[0].Error())
		require.Len(t, msgs, 3)
		require.Error(t, producer.SendMessages([]*ProducerMessage{nil}))
		require.Equal(t, []string{"1"}, p.logs.values(0))
		require.NoError(t, producer.Close())
		_, _, err = producer.SendMessage(toOrders("late"))
		require.Equal(t, ErrShuttingDown, err)
	})
}

// TestEncodersThatLieAreTakenAtTheirBytes: if those fit.
func TestEncodersThatLieAreTakenAtTheirBytes(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.MaxMessageBytes = 1000
		p.conf.Producer.Flush.Messages = 10
		producer := p.startExtended(t)
		for i := range 10 {
			producer.Input() <- &ProducerMessage{Topic: "orders", Value: lying{1, 500}, Metadata: i}
		}
		for i := range 10 {
			require.Equal(t, i, (<-producer.Successes()).Metadata)
		}
		for _, r := range net.brokers["b1:9092"].received(protocol.KeyProduce) {
			for _, part := range protocol.ProducedPartitions(r.Body.(*ProduceRequest)) {
				require.LessOrEqual(t, len(part.Records), 1000, "no batch is larger than the largest message")
			}
		}
		require.NoError(t, producer.Close())
	})
}

// TestUnauthorisedByTheLeader: what metadata lets pass the leader may refuse.
func TestUnauthorisedByTheLeader(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		p.logs.fault = func() scriptedFault { return scriptedFault{code: ErrTopicAuthorizationFailed} }
		producer := p.startExtended(t)
		msg := toOrders("1")
		msg.Partition = 1
		producer.Input() <- msg
		failed := <-producer.Errors()
		require.Equal(t, ErrTopicAuthorizationFailed, failed.Err)
		require.False(t, failed.PossiblyWritten)
		require.Equal(t, "kafka: Failed to produce message to topic orders: "+ErrTopicAuthorizationFailed.Error()+
			" (partition 1); allow the client's principal to WRITE to the topic", failed.Error())
		require.NoError(t, producer.Close())
	})
}

// recorder is an interceptor that sees messages and what becomes of them.
type recorder struct {
	panics string // of which method: "send", "acknowledgement"

	mu   sync.Mutex // guards acks
	acks []string
}

func (r *recorder) OnSend(*ProducerMessage) {
	if r.panics == "send" {
		panic(errors.New("in OnSend"))
	}
}

func (r *recorder) OnAcknowledgement(msg *ProducerMessage, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks = append(r.acks, fmt.Sprint(msg.Value, " ", msg.Partition, " ", msg.Offset, " ", err))
	if r.panics == "acknowledgement" {
		panic("in OnAcknowledgement")
	}
}

func TestInterceptorsSeeAcknowledgements(t *testing.T) {
	for _, panics := range []string{"", "send", "acknowledgement"} {
		for _, successes := range []bool{false, true} {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				r := &recorder{panics: panics}
				p.conf.Producer.Interceptors = []ProducerInterceptor{r}
				p.conf.Producer.Return.Successes = successes
				producer := p.startExtended(t)
				producer.Input() <- toOrders("1")
				require.NoError(t, producer.Flush(t.Context()))
				producer.Input() <- &ProducerMessage{Topic: "orders", Partition: 5, Value: StringEncoder("2")}
				require.Equal(t, ErrInvalidPartition, (<-producer.Errors()).Err)
				require.NoError(t, producer.Close())
				require.Equal(t, []string{"1 0 0 <nil>", "2 5 0 " + ErrInvalidPartition.Error()}, r.acks)
			})
		}
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 1)
			r := &recorder{panics: panics}
			p.conf.Producer.Interceptors = []ProducerInterceptor{r}
			producer := p.startSync(t)
			_, _, err := producer.SendMessage(toOrders("1"))
			require.NoError(t, err)
			require.Equal(t, []string{"1 0 0 <nil>"}, r.acks)
			require.NoError(t, producer.Close())
		})
	}
}

func TestInterceptorsThatPanicMayFailTheirMessage(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Interceptors = []ProducerInterceptor{&recorder{panics: "send"}}
		p.conf.Producer.FailOnInterceptorPanic = true
		producer := p.startSync(t)
		_, _, err := producer.SendMessage(toOrders("1"))
		var panicked *CallbackPanicError
		require.ErrorAs(t, err, &panicked)
		require.EqualError(t, errors.Unwrap(err), "in OnSend")
		require.Contains(t, string(panicked.Stack), "OnSend")
		require.NoError(t, producer.Close())
	})
}

// TestRecordThatFitsOnlyCompressed: the broker's limit is for what it gets.
func TestRecordThatFitsOnlyCompressed(t *testing.T) {
	for _, codec := range []CompressionCodec{CompressionGZIP, CompressionSnappy, CompressionLZ4, CompressionZSTD} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 1)
			p.conf.Producer.Compression = codec
			p.logs.limit = 60_000
			for _, b := range net.brokers {
				b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
					parts := protocol.ProducedPartitions(r.Body.(*ProduceRequest))
					require.Less(t, len(parts[0].Records), p.logs.limit)
					return &ProduceResponse{Blocks: map[string]map[int32]*ProduceResponseBlock{"orders": {0: {Offset: 3}}}}
				})
			}
			producer := p.startSync(t)
			_, offset, err := producer.SendMessage(&ProducerMessage{Topic: "orders", Value: ByteEncoder(make([]byte, 1_000_000))})
			require.NoError(t, err)
			require.EqualValues(t, 3, offset)
			require.NoError(t, producer.Close())
		})
	}
}

// TestOldBrokersGetACodecThatTheyKnow: zstd came with version 7 of Produce.
func TestOldBrokersGetACodecThatTheyKnow(t *testing.T) {
	for version, want := range map[int16]CompressionCodec{6: CompressionLZ4, 7: CompressionZSTD, 9: CompressionZSTD} {
		bubble(t, func(t *testing.T, net *scriptedNetwork) {
			p := newProducing(t, net, 1)
			p.conf.Producer.Compression = CompressionZSTD
			got := make(chan CompressionCodec, 1)
			for _, b := range net.brokers {
				b.on(protocol.KeyApiVersions, func(*scriptedRequest) protocol.Message {
					all := allAPIVersions()
					for i := range all.ApiKeys {
						if all.ApiKeys[i].ApiKey == protocol.KeyProduce {
							all.ApiKeys[i].MaxVersion = version
						}
					}
					return all
				})
				b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
					h, err := protocol.ReadBatchHeader(protocol.ProducedPartitions(r.Body.(*ProduceRequest))[0].Records)
					require.NoError(t, err)
					got <- CompressionCodec(h.Attributes & 7)
					return &ProduceResponse{Blocks: map[string]map[int32]*ProduceResponseBlock{"orders": {0: {}}}}
				})
			}
			producer := p.startSync(t)
			_, _, err := producer.SendMessage(toOrders(strings.Repeat("x", 1000)))
			require.NoError(t, err)
			require.Equal(t, want, <-got)
			require.NoError(t, producer.Close())
		})
	}
}

package sarama

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// startExtended starts an asynchronous producer.
func (p *producing) startExtended(t *testing.T) ExtendedAsyncProducer {
	t.Helper()
	producer, err := NewAsyncProducer([]string{p.addr}, p.conf)
	require.NoError(t, err)
	return producer.(ExtendedAsyncProducer)
}

// startSync starts a synchronous producer.
func (p *producing) startSync(t *testing.T) ExtendedSyncProducer {
	t.Helper()
	producer, err := NewSyncProducer([]string{p.addr}, p.conf)
	require.NoError(t, err)
	return producer.(ExtendedSyncProducer)
}

// TestRefusedRecordsAreToldApart: of a batch that a broker refuses for some of its records each message has what is said of it.
func TestRefusedRecordsAreToldApart(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Version = V2_4_0_0
		whole, of := "the batch has bad records", "record 1 has no key"
		p.brokers[0].on(protocol.KeyProduce, func(*scriptedRequest) protocol.Message {
			return &ProduceResponse{Blocks: map[string]map[int32]*ProduceResponseBlock{"orders": {0: {
				Err: ErrInvalidRecord, Offset: -1, ErrorMessage: &whole,
				RecordErrors: []ProduceResponseRecordError{{BatchIndex: 1, BatchIndexErrorMessage: &of}, {BatchIndex: 3}},
			}}}}
		})
		producer := p.startSync(t)
		four := func() (msgs []*ProducerMessage) {
			for i := range 4 {
				msgs = append(msgs, &ProducerMessage{Topic: "orders", Value: StringEncoder(numbered(i))})
			}
			return msgs
		}
		var failed ProducerErrors
		require.ErrorAs(t, producer.SendMessages(four()), &failed)
		require.Len(t, failed, 4)
		const begin = "kafka: Failed to produce message to topic orders: " +
			"kafka server: This record has failed the validation on broker and hence will be rejected: "
		end := " (partition 0); " + producerAdvice[ErrInvalidRecord]
		for i, said := range []string{
			"not this record, but 2 of the 4 in its batch, is refused: " + whole, of,
			"not this record, but 2 of the 4 in its batch, is refused: " + whole, whole,
		} {
			require.EqualError(t, failed[i], begin+said+end)
			require.Equal(t, ErrInvalidRecord, failed[i].Err)
			require.False(t, failed[i].PossiblyWritten)
		}
		_, err := producer.SendMessagesContext(t.Context(), four())
		require.ErrorContains(t, err, begin+"not this record")
		require.NoError(t, producer.Close())
	})
}

// stall has Produce requests wait until release is called, or the test ends.
func (p *producing) stall(net *scriptedNetwork) (release func()) {
	gate := make(chan struct{})
	for _, b := range net.brokers {
		b.on(protocol.KeyProduce, func(r *scriptedRequest) protocol.Message {
			select {
			case <-gate:
				return p.logs.produce(r)
			case <-r.Broker.stopped:
				return r.cut()
			}
		})
	}
	return sync.OnceFunc(func() { close(gate) })
}

func toOrders(value string) *ProducerMessage {
	return &ProducerMessage{Topic: "orders", Value: StringEncoder(value)}
}

func TestFlushWaitsForWhatWasSentBefore(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		p.conf.Producer.Flush.Frequency = time.Hour
		p.conf.Producer.Flush.Messages = 1000
		p.logs.delay = func() time.Duration { return time.Second }
		producer := p.startExtended(t)
		for i := range 10 {
			msg := toOrders(numbered(i))
			msg.Partition = int32(i % 2)
			producer.Input() <- msg
		}
		began := time.Now()
		require.NoError(t, producer.Flush(context.Background()))
		require.Equal(t, time.Second, time.Since(began))
		require.Len(t, p.logs.values(0), 5)
		require.Len(t, p.logs.values(1), 5)
		require.NoError(t, producer.Flush(context.Background()), "there is nothing")
		require.Equal(t, time.Second, time.Since(began))

		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		producer.Input() <- toOrders("late")
		err := producer.Flush(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "flushing the producer: ")
		require.NoError(t, producer.Close())
		require.NoError(t, producer.Flush(context.Background()), "there is nothing any more")
	})
}

// TestFlushIsNotKeptByWhatComesLater: it ends while messages go on coming in.
func TestFlushIsNotKeptByWhatComesLater(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Return.Successes = false
		p.logs.delay = func() time.Duration { return time.Second }
		producer := p.startExtended(t)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for tick := time.NewTicker(100 * time.Millisecond); ; {
				select {
				case <-tick.C:
					producer.Input() <- toOrders("x")
				case <-stop:
					return
				}
			}
		}()
		<-time.After(5 * time.Second)
		began := time.Now()
		require.NoError(t, producer.Flush(context.Background()))
		require.LessOrEqual(t, time.Since(began), 2*time.Second)
		close(stop)
		<-stopped
		require.NoError(t, producer.Close())
	})
}

// TestFlushWaitsForTopicsThatAreLookedUp and for batches that are split and sent again.
func TestFlushWaitsForTopicsThatAreLookedUp(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		producer := p.startExtended(t)
		producer.Input() <- &ProducerMessage{Topic: "nope"}
		began := time.Now()
		require.NoError(t, producer.Flush(context.Background()))
		require.Equal(t, 750*time.Millisecond, time.Since(began), "Metadata.Retry")
		require.ErrorIs(t, <-producer.Errors(), ErrUnknownTopicOrPartition)
		require.NoError(t, producer.Close())
	})
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Flush.Messages = 64
		p.logs.limit = 400
		producer := p.startExtended(t)
		for i := range 64 {
			producer.Input() <- toOrders(numbered(i))
		}
		require.NoError(t, producer.Flush(context.Background()))
		require.Len(t, p.logs.values(0), 64)
		require.NoError(t, producer.Close())
	})
}

func TestTrySendNeverWaitsAndNeverPanics(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.ChannelBufferSize = 0
		producer := p.startExtended(t)
		require.Equal(t, ErrNilMessage, producer.TrySend(nil))
		synctest.Wait()
		require.NoError(t, producer.TrySend(toOrders("1")))
		<-producer.Successes()
		sent := make(chan int)
		for range 4 {
			go func() {
				n := 0
				for {
					err := producer.TrySend(toOrders("x"))
					switch {
					case err == nil:
						n++
					case errors.Is(err, ErrInputFull):
						<-time.After(time.Microsecond)
					case errors.Is(err, ErrShuttingDown):
						sent <- n
						return
					default:
						sent <- -1
						return
					}
				}
			}()
		}
		outcomes := make(chan outcome)
		go func() { outcomes <- collect(producer) }()
		<-time.After(time.Millisecond)
		producer.AsyncClose()
		accepted := 0
		for range 4 {
			n := <-sent
			require.GreaterOrEqual(t, n, 0)
			accepted += n
		}
		o := <-outcomes
		require.Len(t, append(o.succeeded, o.failed...), accepted, "each that was accepted has an outcome")
		require.Positive(t, accepted)
		require.NoError(t, producer.Close())
		require.Equal(t, ErrShuttingDown, producer.TrySend(toOrders("late")))
		require.Equal(t, ErrShuttingDown, producer.SendContext(context.Background(), toOrders("late")))
	})
}

func TestSendContextWaitsForRoom(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.ChannelBufferSize = 0
		release := p.stall(net)
		producer := p.startExtended(t)
		producer.(*asyncProducer).ledger.setLimit(1) // the first message takes all
		require.NoError(t, producer.SendContext(context.Background(), toOrders("1")))
		synctest.Wait()
		require.Equal(t, ErrInputFull, producer.TrySend(toOrders("no")))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		err := producer.SendContext(ctx, toOrders("no"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "handing a message of topic orders to the producer: ")
		require.Equal(t, time.Second, time.Since(began))
		waiting := make(chan error)
		go func() { waiting <- producer.SendContext(context.Background(), toOrders("2")) }()
		synctest.Wait()
		release()
		<-producer.Successes() // what is not taken is held, too
		require.NoError(t, <-waiting)
		<-producer.Successes()
		require.Equal(t, []string{"1", "2"}, p.logs.values(0))
		require.NoError(t, producer.Close())
	})
}

// TestContextOfAMessageEndsIt before it is sent, and not afterwards.
func TestContextOfAMessageEndsIt(t *testing.T) {
	for name, custom := range map[string]bool{"plain": false, "custom encoder": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *scriptedNetwork) {
				p := newProducing(t, net, 1)
				p.conf.Producer.Flush.Frequency = time.Minute
				producer := p.startExtended(t)
				gone := errors.New("gone")
				ctx, cancel := context.WithCancelCause(context.Background())
				var sent []*ProducerMessage
				for i := range 6 {
					msg := toOrders(numbered(i))
					if custom {
						msg.Value = customText(numbered(i))
					}
					if i%2 == 0 {
						msg.SetContext(ctx)
						require.Equal(t, ctx, msg.Context())
					}
					sent = append(sent, msg)
					producer.Input() <- msg
				}
				synctest.Wait()
				began := time.Now()
				cancel(gone)
				for i := range 3 {
					failed := <-producer.Errors()
					require.Equal(t, sent[2*i], failed.Msg)
					require.ErrorIs(t, failed.Err, gone)
					require.ErrorIs(t, failed.Err, context.Canceled)
					require.False(t, failed.PossiblyWritten)
				}
				require.Zero(t, time.Since(began))
				for i := range 3 {
					require.Equal(t, sent[2*i+1], <-producer.Successes())
					require.EqualValues(t, i, sent[2*i+1].Offset)
				}
				require.Equal(t, []string{numbered(1), numbered(3), numbered(5)}, p.logs.values(0))
				producer.Input() <- sent[0] // it has its context still
				require.ErrorIs(t, (<-producer.Errors()).Err, gone)
				sent[0].SetContext(context.Background())
				producer.Input() <- sent[0]
				require.Equal(t, sent[0], <-producer.Successes())
				require.NoError(t, producer.Close())
			})
		})
	}
}

// customText is an encoder of the user's.
type customText string

func (c customText) Encode() ([]byte, error) { return []byte(c), nil }
func (c customText) Length() int             { return len(c) }

func TestSendMessageContext(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 2)
		producer := p.startSync(t)
		msg := toOrders("1")
		msg.Partition = 1
		partition, offset, err := producer.SendMessageContext(context.Background(), msg)
		require.NoError(t, err)
		require.EqualValues(t, 1, partition)
		require.Zero(t, offset)
		_, _, err = producer.SendMessageContext(context.Background(), nil)
		require.ErrorIs(t, err, ErrNilMessage)

		release := p.stall(net)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		msg.Value = StringEncoder("2")
		began := time.Now()
		partition, offset, err = producer.SendMessageContext(ctx, msg)
		require.Equal(t, time.Second, time.Since(began))
		require.EqualValues(t, -1, partition)
		require.EqualValues(t, -1, offset)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var failed *ProducerError
		require.ErrorAs(t, err, &failed)
		require.True(t, failed.PossiblyWritten, "it is on its way")
		require.ErrorContains(t, err, "topic orders: sent, and not acknowledged yet: ")
		require.Same(t, msg, failed.Msg)
		msg.Offset, msg.Topic = 17, "" // it is the caller's
		release()
		require.NoError(t, producer.Close())
		require.Equal(t, []string{"1", "2"}, p.logs.values(1))
		require.EqualValues(t, 17, msg.Offset)
	})
}

// TestSendMessageContextBeforeItIsSent: what has not left when ctx ends does not leave any more.
func TestSendMessageContextBeforeItIsSent(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.conf.Producer.Flush.Frequency = time.Minute
		producer := p.startSync(t)
		for _, topic := range []string{"orders", "nope"} {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			_, _, err := producer.SendMessageContext(ctx, &ProducerMessage{Topic: topic})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			var failed *ProducerError
			require.ErrorAs(t, err, &failed)
			require.False(t, failed.PossiblyWritten)
			require.ErrorContains(t, err, "topic "+topic+": not sent, its context has ended: ")
			cancel()
		}
		require.NoError(t, producer.Close())
		require.Empty(t, p.logs.values(0))
	})
}

func TestSendMessagesContextTellsOfEach(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		producer := p.startSync(t)
		results, err := producer.SendMessagesContext(context.Background(), nil)
		require.NoError(t, err)
		require.Empty(t, results)
		msgs := []*ProducerMessage{toOrders("0"), nil, {Topic: "orders", Partition: 7}, toOrders("1"), {Topic: "no topic"}}
		results, err = producer.SendMessagesContext(context.Background(), msgs)
		var failed ProducerErrors
		require.ErrorAs(t, err, &failed)
		require.Len(t, failed, 3)
		require.Len(t, results, len(msgs))
		for i, want := range []error{nil, ErrNilMessage, ErrInvalidPartition, nil, ErrInvalidTopic} {
			require.ErrorIs(t, results[i].Err, want, i)
		}
		require.EqualValues(t, 0, results[0].Offset)
		require.EqualValues(t, 1, results[3].Offset)
		require.EqualValues(t, 1, msgs[3].Offset)
		require.NoError(t, producer.Close())
		_, err = producer.SendMessagesContext(context.Background(), msgs[:1])
		require.ErrorIs(t, err.(ProducerErrors)[0], ErrShuttingDown)
	})
}

// TestCloseContextGivesUp: what is left fails, in time, however the brokers do.
func TestCloseContextGivesUp(t *testing.T) {
	for _, shared := range []bool{false, true} {
		for _, idempotent := range []bool{false, true} {
			t.Run(fmt.Sprintf("shared client %v, idempotent %v", shared, idempotent), func(t *testing.T) {
				bubble(t, func(t *testing.T, net *scriptedNetwork) {
					p := newProducing(t, net, 2)
					p.conf.Producer.Idempotent = idempotent
					release := p.stall(net)
					client, err := NewClient([]string{p.addr}, p.conf)
					require.NoError(t, err)
					producer := p.startExtended(t)
					if shared {
						require.NoError(t, producer.Close())
						made, err := NewAsyncProducerFromClient(client)
						require.NoError(t, err)
						producer = made.(ExtendedAsyncProducer)
					}
					for i := range 100 {
						msg := toOrders(numbered(i))
						msg.Partition = int32(i % 2)
						producer.Input() <- msg
						synctest.Wait()
					}
					producer.Input() <- &ProducerMessage{Topic: "nope"}
					gone := errors.New("gone")
					ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, gone)
					defer cancel()
					began := time.Now()
					err = producer.CloseContext(ctx)
					require.Equal(t, 100*time.Millisecond, time.Since(began))
					require.ErrorIs(t, err, gone)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					var failed ProducerErrors
					require.ErrorAs(t, err, &failed)
					require.Len(t, failed, 101)
					doubtful := 0
					for _, f := range failed {
						require.ErrorIs(t, f.Err, ErrShuttingDown)
						require.ErrorIs(t, f.Err, gone)
						if f.PossiblyWritten {
							doubtful++
						}
					}
					require.Positive(t, doubtful)
					require.Less(t, doubtful, 100)
					release()
					synctest.Wait()
					require.Len(t, append(p.logs.values(0), p.logs.values(1)...), doubtful, "the broker had what was on its way")
					require.NoError(t, client.Close())
				})
			})
		}
	}
}

func TestCloseContextOfASyncProducer(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		p := newProducing(t, net, 1)
		p.stall(net)
		producer := p.startSync(t)
		outcome := make(chan error)
		go func() {
			_, _, err := producer.SendMessage(toOrders("1"))
			outcome <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		closed := make(chan error)
		go func() { closed <- producer.CloseContext(ctx) }()
		require.ErrorIs(t, <-outcome, ErrShuttingDown)
		require.ErrorIs(t, <-closed, context.DeadlineExceeded)
		require.NoError(t, producer.Close())
	})
}

package theirs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/IBM/sarama"
	"github.com/IBM/sarama/mocks"

	"github.com/seed20e6684a/sarama/compat/programs/script"
)

// Log is where the library logs to.
var Log script.Log

func init() { sarama.Logger = &Log }

// steps is a SCRAM client that answers whatever it is asked, twice.
type steps struct{ n int }

func (s *steps) Begin(user, password, authz string) error { return nil }

func (s *steps) Step(challenge string) (string, error) {
	s.n++
	return "answer " + strconv.Itoa(s.n) + " to " + challenge, nil
}

func (s *steps) Done() bool { return s.n > 2 }

func login(e *script.Env, mechanism sarama.SASLMechanism) {
	c := config()
	c.Net.SASL.Enable, c.Net.SASL.Mechanism, c.Net.SASL.User, c.Net.SASL.Password = true, mechanism, "u", "secret"
	c.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &steps{} }
	b := sarama.NewBroker(e.Addr)
	e.Err("close", b.Close())
	_, err := b.GetMetadata(&sarama.MetadataRequest{Version: 7, Topics: []string{script.Topic}})
	e.Err("metadata", err)
	e.Err("open", b.Open(c))
	connected, err := b.Connected()
	e.Note("connected %t", connected)
	e.Err("connected", err)
	if connected {
		e.Err("open", b.Open(c))
	}
	m, err := b.GetMetadata(&sarama.MetadataRequest{Version: 7, Topics: []string{script.Topic}})
	e.Err("metadata", err)
	if err == nil {
		e.Note("%d brokers, %d topics", len(m.Brokers), len(m.Topics))
		h, err := b.Heartbeat(&sarama.HeartbeatRequest{GroupId: "g", MemberId: "m"})
		e.Err("heartbeat", err)
		e.Note("heartbeat %v", h.Err)
	}
	if connected {
		e.Err("close", b.Close())
	}
	e.Err("close", b.Close())
}

func plain(e *script.Env) { login(e, sarama.SASLTypePlaintext) }

func scram(e *script.Env) { login(e, sarama.SASLTypeSCRAMSHA256) }

func plainRefused(e *script.Env) {
	e.Broker.Fail(36, 58)
	login(e, sarama.SASLTypePlaintext)
}

func noMechanism(e *script.Env) {
	e.Broker.Fail(17, 33)
	login(e, sarama.SASLTypePlaintext)
}

// reporter keeps what a test would fail with, up to what may be told of the expectation.
type reporter struct{ env *script.Env }

func (r reporter) Errorf(format string, args ...any) {
	r.env.Note("%s", strings.TrimSpace(strings.SplitN(fmt.Sprintf(format, args...), "\n", 2)[0]))
}

func mocked(e *script.Env) {
	bad := errors.New("a bad outcome")
	p := mocks.NewSyncProducer(reporter{e}, config())
	p.ExpectSendMessageAndSucceed()
	p.ExpectSendMessageAndFail(bad)
	p.ExpectSendMessageWithCheckerFunctionAndSucceed(func([]byte) error { return bad })
	for range 4 {
		partition, offset, err := p.SendMessage(message("a"))
		e.Note("sent %d %d", partition, offset)
		e.Err("send", err)
	}
	p.ExpectSendMessageAndSucceed()
	e.Err("messages", p.SendMessages([]*sarama.ProducerMessage{message("a"), message("b")}))
	e.Err("close", p.Close())

	c := mocks.NewConsumer(reporter{e}, config())
	_, err := c.ConsumePartition(script.Topic, 0, 0)
	e.Err("unexpected", err)
	c.ExpectConsumePartition(script.Topic, 0, 5)
	c.ExpectConsumePartition(script.Topic, 1, 0)
	pc, err := c.ConsumePartition(script.Topic, 0, 6)
	e.Err("other offset", err)
	_, err = c.ConsumePartition(script.Topic, 0, 5)
	e.Err("twice", err)
	if pc != nil {
		e.Err("close", pc.Close())
	}
	_, err = c.Topics()
	e.Err("topics", err)
	_, err = c.Partitions(script.Topic)
	e.Err("partitions", err)
	e.Err("close", c.Close())
}

// choice is a partitioner that errs.
type choice struct {
	partition int32
	err       error
}

func (c choice) Partition(*sarama.ProducerMessage, int32) (int32, error) { return c.partition, c.err }

func (c choice) RequiresConsistency() bool { return false }

func partitioners(e *script.Env) {
	for _, made := range []choice{{1, nil}, {-1, nil}, {0, errors.New("no choice")}} {
		c := config()
		c.Producer.Partitioner = func(string) sarama.Partitioner { return made }
		p := newSync(e, c)
		send(e, p, message("a"))
		e.Err("close", p.Close())
	}
	c := config()
	c.Producer.Partitioner = sarama.NewManualPartitioner
	p := newSync(e, c)
	for _, partition := range []int32{0, 1} {
		m := message("a")
		m.Partition = partition
		send(e, p, m)
	}
	m := message("a")
	m.Value = failing{}
	send(e, p, m)
	e.Err("close", p.Close())
}

// failing is an encoder.
type failing struct{}

func (failing) Encode() ([]byte, error) { return nil, errors.New("no bytes") }

func (failing) Length() int { return 3 }

func pauses(e *script.Env) {
	fill(e)
	consumer, err := sarama.NewConsumer([]string{e.Addr}, config())
	e.Err("consumer", err)
	pc, err := consumer.ConsumePartition(script.Topic, 0, 0)
	e.Err("partition", err)
	pc.Pause()
	e.Note("paused %t", pc.IsPaused())
	pc.Resume()
	consumer.PauseAll()
	e.Note("paused %t", pc.IsPaused())
	consumer.ResumeAll()
	consumer.Pause(map[string][]int32{script.Topic: {0}, "missing": {1}})
	e.Note("paused %t", pc.IsPaused())
	consumer.Resume(map[string][]int32{script.Topic: {0}})
	e.Note("paused %t", pc.IsPaused())
	m := <-pc.Messages()
	e.Note("read %d", m.Offset)
	topics, err := consumer.Topics()
	e.Note("topics %v %v", topics, err)
	e.Note("marks %v", consumer.HighWaterMarks())
	e.Err("close", pc.Close())
	e.Err("close", consumer.Close())
}

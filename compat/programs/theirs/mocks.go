package theirs

import (
	"errors"

	"github.com/IBM/sarama"
	"github.com/IBM/sarama/mocks"

	"github.com/seed20e6684a/sarama/compat/programs/script"
)

// mockedAsync uses the mock of an asynchronous producer.
func mockedAsync(e *script.Env) {
	bad := errors.New("a bad outcome")
	p := mocks.NewAsyncProducer(reporter{e}, config())
	p.ExpectInputAndSucceed()
	p.ExpectInputAndFail(bad)
	p.ExpectInputWithCheckerFunctionAndSucceed(func([]byte) error { return nil })
	p.ExpectInputWithMessageCheckerFunctionAndFail(func(m *sarama.ProducerMessage) error { return nil }, bad)
	for range 4 {
		p.Input() <- message("a")
		select {
		case m := <-p.Successes():
			e.Note("success %v %d", m.Metadata, m.Offset)
		case f := <-p.Errors():
			e.Err("error", f)
			e.Err("reason", f.Err)
		}
	}
	p.ExpectInputAndSucceed().ExpectInputAndSucceed()
	e.Err("close", p.Close())

	c := config()
	c.Producer.Partitioner = func(string) sarama.Partitioner { return choice{0, errors.New("no choice")} }
	p = mocks.NewAsyncProducer(reporter{e}, c)
	p.ExpectInputAndSucceed()
	p.Input() <- message("a")
	e.Err("error", <-p.Errors())
	e.Err("close", p.Close())
}

// mockedSync uses the mock of a synchronous producer beyond what mocked does.
func mockedSync(e *script.Env) {
	bad := errors.New("a bad outcome")
	c := config()
	c.Producer.Partitioner = func(string) sarama.Partitioner { return choice{0, errors.New("no choice")} }
	p := mocks.NewSyncProducer(reporter{e}, c)
	p.ExpectSendMessageAndSucceed()
	send(e, p, message("a"))
	p.ExpectSendMessageAndSucceed()
	e.Err("messages", p.SendMessages([]*sarama.ProducerMessage{message("a")}))
	p.ExpectSendMessageAndSucceed().ExpectSendMessageAndFail(bad)
	e.Err("close", p.Close())

	c = config()
	c.Producer.Transaction.ID, c.Producer.Idempotent, c.Net.MaxOpenRequests, c.Producer.RequiredAcks = "t", true, 1, sarama.WaitForAll
	p = mocks.NewSyncProducer(reporter{e}, c)
	e.Note("transactional %t, status %d", p.IsTransactional(), p.TxnStatus())
	p.ExpectSendMessageAndSucceed()
	send(e, p, message("a"))
	e.Err("begin", p.BeginTxn())
	e.Note("status %d", p.TxnStatus())
	send(e, p, message("a"))
	p.ExpectSendMessageWithCheckerFunctionAndSucceed(func([]byte) error { return bad }).ExpectSendMessageAndSucceed()
	e.Err("messages", p.SendMessages([]*sarama.ProducerMessage{message("a"), message("b")}))
	p.ExpectSendMessageAndFail(bad)
	e.Err("messages", p.SendMessages([]*sarama.ProducerMessage{message("a")}))
	p.ExpectSendMessageWithCheckerFunctionAndSucceed(func([]byte) error { return nil })
	m := message("a")
	m.Value = failing{}
	send(e, p, m)
	e.Err("commit", p.CommitTxn())
	e.Err("close", p.Close())

	c = config()
	c.Producer.Retry.Max = -1
	_ = mocks.NewSyncProducer(reporter{e}, c)
	_ = mocks.NewAsyncProducer(reporter{e}, c)
	_ = mocks.NewConsumer(reporter{e}, c)
}

// mockedConsumer uses the mock of a consumer beyond what mocked does.
func mockedConsumer(e *script.Env) {
	c := mocks.NewConsumer(reporter{e}, config())
	c.SetTopicMetadata(map[string][]int32{script.Topic: {0, 1}})
	topics, err := c.Topics()
	e.Note("topics %v %v", topics, err)
	partitions, err := c.Partitions(script.Topic)
	e.Note("partitions %v %v", partitions, err)
	_, err = c.Partitions("missing")
	e.Err("partitions", err)
	first := c.ExpectConsumePartition(script.Topic, 0, sarama.OffsetOldest)
	first.ExpectMessagesDrainedOnClose().ExpectErrorsDrainedOnClose()
	first.YieldMessage(&sarama.ConsumerMessage{Value: []byte("a")}).YieldMessage(&sarama.ConsumerMessage{Value: []byte("b")})
	first.YieldError(sarama.ErrOutOfBrokers)
	first.YieldError(sarama.ErrOutOfBrokers)
	c.ExpectConsumePartition(script.Topic, 1, mocks.AnyOffset)
	pc, err := c.ConsumePartition(script.Topic, 0, sarama.OffsetOldest)
	e.Err("consume", err)
	m := <-pc.Messages()
	e.Note("read %s/%d %d %s", m.Topic, m.Partition, m.Offset, m.Value)
	f := <-pc.Errors()
	e.Note("%s/%d %v", f.Topic, f.Partition, f.Err)
	e.Err("error", f)
	c.PauseAll()
	e.Note("paused %t", pc.IsPaused())
	first.YieldMessage(&sarama.ConsumerMessage{Value: []byte("c")})
	e.Note("high water mark %d %v", pc.HighWaterMarkOffset(), c.HighWaterMarks()[script.Topic][0])
	c.ResumeAll()
	e.Note("paused %t, high water mark %d", pc.IsPaused(), pc.HighWaterMarkOffset())
	e.Err("close", pc.Close())
	e.Err("close", c.Close())
}

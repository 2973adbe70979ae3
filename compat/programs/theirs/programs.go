// Package theirs holds programs that use sarama's API. Package ours is the same with another import path: see TestInStep.
package theirs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"github.com/seed20e6684a/sarama/compat/programs/script"
)

// Programs are run on a broker each.
func Programs() map[string]func(*script.Env) {
	return map[string]func(*script.Env){
		"client": client, "client 0.11": clientAt(sarama.V0_11_0_0), "client 1.0": clientAt(sarama.V1_0_0_0),
		"client 2.8": clientAt(sarama.V2_8_0_0), "client 3.9": clientAt(sarama.V3_9_0_0), "client 4.0": clientAt(sarama.V4_0_0_0),
		"sync producer": syncProducer, "produce errors": produceErrors, "async producer": asyncProducer,
		"idempotent producer": idempotent, "transaction": transaction, "interceptors": interceptors, "interceptors and a retry": interceptorsRetried,
		"consumer": consumer, "consumer whose leader moves": leaderMoves, "consumer out of range": outOfRange, "offsets": offsets, "group": group, "admin": admin,
		"plain": plain, "plain, refused": plainRefused, "no mechanism": noMechanism, "scram": scram,
		"mocks": mocked, "partitioners": partitioners, "pauses": pauses,
		"admin, configs": configs, "admin, acls": acls, "admin, groups": groups, "admin, cluster": cluster,
		"mock broker": mockBroker, "mock broker, in order": mockReturns, "mock broker, group": mockGroup,
		"flush": flush, "metrics": measured, "commits": commits, "automatic commits": automatic, "lookups": lookups, "wrong": wrong,
		"mocks, async": mockedAsync, "mocks, sync": mockedSync, "mocks, consumer": mockedConsumer,
	}
}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.ClientID = "compat"
	c.Version = sarama.V2_1_0_0
	c.Metadata.RefreshFrequency = 0
	c.Metadata.Retry.Max, c.Metadata.Retry.Backoff = 1, time.Millisecond
	c.Producer.Retry.Max, c.Producer.Retry.Backoff = 2, time.Millisecond
	c.Producer.Return.Successes, c.Producer.Return.Errors = true, true
	c.Admin.Retry.Max, c.Admin.Retry.Backoff = 1, time.Millisecond
	c.Consumer.Retry.Backoff = time.Millisecond
	c.Consumer.Return.Errors = true
	c.Consumer.Group.Rebalance.Retry.Backoff = time.Millisecond
	return c
}

var stamp = time.UnixMilli(1700000000000)

func message(value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{
		Topic: script.Topic, Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(value), Timestamp: stamp, Metadata: value,
		Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte("v")}},
	}
}

func client(e *script.Env) { useClient(e, config()) }

func clientAt(v sarama.KafkaVersion) func(*script.Env) {
	return func(e *script.Env) {
		c := config()
		c.Version = v
		useClient(e, c)
	}
}

func useClient(e *script.Env, conf *sarama.Config) {
	c, err := sarama.NewClient([]string{e.Addr}, conf)
	e.Err("new", err)
	if err != nil {
		return
	}
	topics, err := c.Topics()
	e.Note("topics %v %v", topics, err)
	for _, topic := range []string{script.Topic, "missing", "leaderless"} {
		all, err := c.Partitions(topic)
		e.Note("partitions %v", all)
		e.Err("partitions", err)
		writable, err := c.WritablePartitions(topic)
		e.Note("writable %v", writable)
		e.Err("writable", err)
		leader, err := c.Leader(topic, 0)
		e.Note("leader %t", leader != nil)
		e.Err("leader", err)
	}
	_, err = c.Leader(script.Topic, 7)
	e.Err("leader of 7", err)
	replicas, err := c.Replicas(script.Topic, 0)
	e.Note("replicas %v %v", replicas, err)
	e.Err("refresh", c.RefreshMetadata())
	e.Err("refresh missing", c.RefreshMetadata("missing"))
	controller, err := c.Controller()
	e.Note("controller %t %v", controller != nil, err)
	coordinator, err := c.Coordinator("g")
	e.Note("coordinator %t %v", coordinator != nil, err)
	for _, at := range []int64{sarama.OffsetOldest, sarama.OffsetNewest, 1700000000000} {
		offset, err := c.GetOffset(script.Topic, 0, at)
		e.Note("offset %d %v", offset, err)
	}
	e.Broker.Fail(2, 29)
	_, err = c.GetOffset(script.Topic, 0, sarama.OffsetNewest)
	e.Err("offset", err)
	e.Err("close", c.Close())
	e.Err("close", c.Close())
	_, err = c.Topics()
	e.Err("topics", err)
	e.Err("refresh", c.RefreshMetadata())
}

// batches is a config with which three messages make a batch.
func batches() *sarama.Config {
	c := config()
	c.Producer.Flush.Messages, c.Producer.Flush.Frequency = 3, time.Minute
	return c
}

// send tells how one message fared.
func send(e *script.Env, p sarama.SyncProducer, m *sarama.ProducerMessage) {
	partition, offset, err := p.SendMessage(m)
	e.Note("sent %d %d", partition, offset)
	e.Note("%v", errors.Unwrap(err))
	e.Err("send", err)
}

func newSync(e *script.Env, c *sarama.Config) sarama.SyncProducer {
	p, err := sarama.NewSyncProducer([]string{e.Addr}, c)
	if err != nil {
		panic(err)
	}
	return p
}

func syncProducer(e *script.Env) {
	c := config()
	p := newSync(e, c)
	send(e, p, message("a"))
	send(e, p, &sarama.ProducerMessage{Topic: script.Topic, Timestamp: stamp})
	batch := newSync(e, batches())
	e.Err("messages", batch.SendMessages([]*sarama.ProducerMessage{message("b"), message("c"), message("d")}))
	e.Err("close", batch.Close())
	var names []string
	c.MetricRegistry.Each(func(name string, _ any) { names = append(names, name) })
	slices.Sort(names)
	for _, name := range names {
		e.Note("metric %s", name)
	}
	e.Err("close", p.Close())
}

func produceErrors(e *script.Env) {
	c := config()
	c.Producer.MaxMessageBytes = 1000
	p := newSync(e, c)
	for _, code := range []int16{3, 5, 6, 7, 19, 20} { // tried again
		e.Broker.Fail(0, code)
		send(e, p, message("retried"))
	}
	for _, code := range []int16{2, 10, 17, 29, 35, 47, 87, 999} {
		e.Note("code %d", code)
		e.Broker.Fail(0, code, code, code)
		send(e, p, message("fatal"))
		e.Broker.Fail(0)
	}
	e.Broker.Fail(0, 7, 7, 7)
	send(e, p, message("too often"))
	send(e, p, message(string(make([]byte, 2000))))
	missing := message("a")
	missing.Topic = "missing"
	send(e, p, missing)
	e.Err("close", p.Close())
}

func asyncProducer(e *script.Env) {
	p, err := sarama.NewAsyncProducer([]string{e.Addr}, batches())
	e.Err("new", err)
	for i, code := range []int16{0, 87, 7, 0} {
		e.Broker.Fail(0, code)
		for _, v := range []string{"a", "b", "c"} {
			p.Input() <- message(v)
		}
		for range 3 {
			select {
			case m := <-p.Successes():
				e.Note("%d success %v at %d", i, m.Metadata, m.Offset)
			case f := <-p.Errors():
				e.Note("%d error %v", i, f.Msg.Metadata)
				e.Err("error", f.Err)
			}
		}
	}
	e.Err("close", p.Close())
}

func idempotent(e *script.Env) {
	c := config()
	c.Producer.Idempotent, c.Producer.RequiredAcks, c.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
	p := newSync(e, c)
	send(e, p, message("a"))
	e.Broker.Fail(0, 7)
	send(e, p, message("b"))
	e.Broker.Fail(0, 46) // it was there before
	send(e, p, message("c"))
	send(e, p, message("d"))
	e.Err("close", p.Close())
}

func transaction(e *script.Env) {
	c := config()
	c.Producer.Idempotent, c.Producer.RequiredAcks, c.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
	c.Producer.Transaction.ID = "tx"
	c.Producer.Transaction.Retry.Backoff = time.Millisecond
	p := newSync(e, c)
	e.Note("transactional %t", p.IsTransactional())
	e.Err("commit", p.CommitTxn())
	e.Err("begin", p.BeginTxn())
	e.Err("begin", p.BeginTxn())
	send(e, p, message("a"))
	meta := "m"
	offset := &sarama.PartitionOffsetMetadata{Partition: 0, Offset: 5, Metadata: &meta}
	e.Err("offsets", p.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{script.Topic: {offset}}, "g"))
	e.Err("commit", p.CommitTxn())
	e.Note("status %d", p.TxnStatus())
	e.Err("begin", p.BeginTxn())
	send(e, p, message("b"))
	e.Err("abort", p.AbortTxn())
	e.Note("status %d", p.TxnStatus())
	e.Err("close", p.Close())
}

type interceptor struct {
	name string
	env  *script.Env
	bad  bool
	mark bool // the message, with a header
}

func (i *interceptor) OnSend(m *sarama.ProducerMessage) {
	i.env.Note("%s sees %v", i.name, m.Metadata)
	if i.mark {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(i.name)})
	}
	if i.bad {
		panic("a bad interceptor")
	}
}

func (i *interceptor) OnConsume(m *sarama.ConsumerMessage) {
	i.env.Note("%s sees %s", i.name, m.Value)
	if i.bad {
		panic("a bad interceptor")
	}
}

func interceptors(e *script.Env) { intercept(e, true) }

func interceptorsRetried(e *script.Env) {
	e.Broker.Fail(0, 7)
	intercept(e, false)
}

func intercept(e *script.Env, mark bool) {
	c := config()
	for _, i := range []*interceptor{{"first", e, false, mark}, {"bad", e, true, mark}, {"last", e, false, mark}} {
		c.Producer.Interceptors = append(c.Producer.Interceptors, i)
		c.Consumer.Interceptors = append(c.Consumer.Interceptors, i)
	}
	p := newSync(e, c)
	send(e, p, message("a"))
	e.Err("close", p.Close())
	read(e, c, 0, 1)
}

// read consumes n messages from an offset on.
func read(e *script.Env, c *sarama.Config, from int64, n int) {
	consumer, err := sarama.NewConsumer([]string{e.Addr}, c)
	e.Err("consumer", err)
	pc, err := consumer.ConsumePartition(script.Topic, 0, from)
	if err != nil {
		e.Err("partition", err)
	} else {
		for range n {
			m := <-pc.Messages()
			e.Note("read %d %s=%s %v headers %d", m.Offset, m.Key, m.Value, m.Timestamp.UTC(), len(m.Headers))
		}
		_, err = consumer.ConsumePartition(script.Topic, 0, from)
		e.Err("twice", err)
		e.Note("high water mark %d, paused %t", pc.HighWaterMarkOffset(), pc.IsPaused())
		e.Err("close", pc.Close())
	}
	e.Err("close", consumer.Close())
}

// fill sends three messages.
func fill(e *script.Env) {
	p := newSync(e, config())
	for _, v := range []string{"a", "b", "c"} {
		send(e, p, message(v))
	}
	e.Err("close", p.Close())
}

func consumer(e *script.Env) {
	c := config()
	fill(e)
	read(e, c, sarama.OffsetOldest, 3)
	read(e, c, 1, 2)
	read(e, c, sarama.OffsetNewest, 0)
	read(e, c, 99, 0)
	consumer, err := sarama.NewConsumer([]string{e.Addr}, c)
	e.Err("consumer", err)
	_, err = consumer.ConsumePartition("missing", 0, 0)
	e.Err("missing", err)
	e.Err("close", consumer.Close())
}

func leaderMoves(e *script.Env) {
	fill(e)
	e.Broker.Fail(1, 6)
	read(e, config(), 0, 3)
}

func outOfRange(e *script.Env) {
	fill(e)
	e.Broker.Fail(1, 1)
	consumer, err := sarama.NewConsumer([]string{e.Addr}, config())
	e.Err("consumer", err)
	pc, err := consumer.ConsumePartition(script.Topic, 0, 0)
	e.Err("partition", err)
	f := <-pc.Errors()
	e.Note("topic %s partition %d", f.Topic, f.Partition)
	e.Err("error", f)
	_, open := <-pc.Messages()
	e.Note("open %t", open)
	e.Err("close", pc.Close())
	e.Err("close", consumer.Close())
}

// newManager returns the offset manager of a group, and its client.
func newManager(e *script.Env, c *sarama.Config) (sarama.Client, sarama.OffsetManager) {
	client, err := sarama.NewClient([]string{e.Addr}, c)
	e.Err("client", err)
	m, err := sarama.NewOffsetManagerFromClient("g", client)
	e.Err("manager", err)
	return client, m
}

func offsets(e *script.Env) {
	c := config()
	c.Consumer.Offsets.AutoCommit.Enable = false
	client, m := newManager(e, c)
	e.Broker.Fail(9, 14) // the coordinator loads
	pm, err := m.ManagePartition(script.Topic, 0)
	e.Err("manage", err)
	_, err = m.ManagePartition(script.Topic, 0)
	e.Err("twice", err)
	tell := func() {
		next, meta := pm.NextOffset()
		e.Note("next %d %q", next, meta)
	}
	tell()
	m.Commit()
	pm.MarkOffset(5, "five")
	tell()
	m.Commit()
	pm.MarkOffset(3, "back")
	tell()
	pm.ResetOffset(2, "reset")
	tell()
	m.Commit()
	e.Broker.Fail(8, 12) // the metadata are too large
	pm.MarkOffset(8, "large")
	m.Commit()
	e.Note("reason %t", errors.Is(<-pm.Errors(), sarama.ErrOffsetMetadataTooLarge))
	pm.AsyncClose()
	e.Err("close", m.Close())
	e.Err("close", client.Close())
}

type handler struct {
	env   *script.Env
	want  int
	await func() // returns when a heartbeat was sent; a session that ends before has none
}

// reader returns a handler that ends its claim after some messages.
func reader(e *script.Env, want int) *handler {
	return &handler{env: e, want: want, await: e.Broker.AwaitHeartbeat}
}

func (h *handler) Setup(s sarama.ConsumerGroupSession) error {
	h.env.Note("setup %v %s %d", s.Claims(), s.MemberID(), s.GenerationID())
	return nil
}

func (h *handler) Cleanup(s sarama.ConsumerGroupSession) error {
	h.env.Note("cleanup, done %t", s.Context().Err() != nil)
	return nil
}

func (h *handler) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	h.env.Note("claim %s/%d from %d", c.Topic(), c.Partition(), c.InitialOffset())
	for m := range c.Messages() {
		h.env.Note("read %d %s", m.Offset, m.Value)
		s.MarkMessage(m, "done")
		if h.want--; h.want == 0 {
			break
		}
	}
	h.await()
	return nil
}

func group(e *script.Env) {
	c := config()
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	p := newSync(e, c)
	send(e, p, message("a"))
	send(e, p, message("b"))
	e.Err("close", p.Close())
	g, err := sarama.NewConsumerGroup([]string{e.Addr}, "g", c)
	e.Err("group", err)
	e.Err("no topics", g.Consume(context.Background(), nil, &handler{env: e}))
	e.Err("consume", g.Consume(context.Background(), []string{script.Topic}, reader(e, 2)))
	e.Broker.Fail(14, 27) // a rebalance
	e.Err("consume", g.Consume(context.Background(), []string{script.Topic}, reader(e, 1)))
	e.Broker.Fail(11, 30) // not allowed
	e.Err("consume", g.Consume(context.Background(), []string{script.Topic}, reader(e, 1)))
	_ = g.Close() // sarama's may tell of the connection that it closes
	e.Err("close", g.Close())
	e.Err("consume", g.Consume(context.Background(), []string{script.Topic}, reader(e, 1)))
}

func admin(e *script.Env) {
	a, err := sarama.NewClusterAdmin([]string{e.Addr}, config())
	e.Err("admin", err)
	detail := &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}
	e.Err("create", a.CreateTopic("t", detail, false))
	e.Err("create nothing", a.CreateTopic("", detail, false))
	e.Err("create without detail", a.CreateTopic("t", nil, false))
	for _, code := range []int16{17, 29, 36, 37, 44} {
		e.Broker.Fail(19, code)
		e.Err("create", a.CreateTopic("t", detail, true))
	}
	e.Broker.Fail(19, 41) // another controller
	e.Err("create", a.CreateTopic("t", detail, false))
	e.Err("delete", a.DeleteTopic("t"))
	e.Err("delete nothing", a.DeleteTopic(""))
	for _, code := range []int16{3, 29} {
		e.Broker.Fail(20, code)
		e.Err("delete", a.DeleteTopic("t"))
	}
	e.Err("delete group", a.DeleteConsumerGroup("g"))
	for _, code := range []int16{68, 69} {
		e.Broker.Fail(42, code)
		e.Err("delete group", a.DeleteConsumerGroup("g"))
	}
	topics, err := a.DescribeTopics([]string{script.Topic, "missing"})
	for _, t := range topics {
		e.Note("topic %s %v, %d partitions", t.Name, t.Err, len(t.Partitions))
	}
	e.Err("describe", err)
	e.Err("close", a.Close())
}

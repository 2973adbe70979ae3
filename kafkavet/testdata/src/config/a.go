package main

import (
	"time"

	"github.com/seed20e6684a/sarama"
)

func bad() {
	a := sarama.NewConfig()
	a.Producer.Idempotent = true
	_, _ = sarama.NewAsyncProducer(nil, a) // want `NewAsyncProducer refuses this configuration: Producer.Idempotent needs Producer.RequiredAcks to be WaitForAll`

	b := sarama.NewConfig()
	b.Producer.Idempotent = true
	b.Producer.RequiredAcks = sarama.WaitForAll
	b.Net.MaxOpenRequests = 6
	_, _ = sarama.NewClient(nil, b) // want `MaxOpenRequests to be 5 at most`

	c := sarama.NewConfig()
	_, _ = sarama.NewSyncProducer(nil, c) // want `a SyncProducer needs Producer.Return.Successes`

	d := sarama.NewConfig()
	d.Producer.Return.Successes = true
	d.Producer.Return.Errors = false
	producer, err := sarama.NewSyncProducer(nil, d) // want `a SyncProducer needs Producer.Return.Errors`
	_, _ = producer, err

	e := sarama.NewConfig()
	e.Producer.Transaction.ID = "t"
	if _, err := sarama.NewClient(nil, e); err != nil { // want `Transaction.ID needs Producer.Idempotent`
		return
	}

	f := sarama.NewConfig()
	f.Consumer.Group.Session.Timeout = 2 * time.Second
	_, _ = sarama.NewConsumerGroup(nil, "g", f) // want `Heartbeat.Interval \(3s\) must be less than Session.Timeout \(2s\)`

	g := sarama.NewConfig()
	g.Producer.Idempotent = true
	g.Producer.RequiredAcks = sarama.WaitForAll
	g.Producer.Retry.Max = 0
	_, _ = sarama.NewClient(nil, g) // want `Producer.Retry.Max to be more than 0`
}

func good(acks sarama.RequiredAcks, exactlyOnce bool) {
	a := sarama.NewConfig()
	a.Producer.Idempotent = true
	a.Producer.RequiredAcks = acks
	_, _ = sarama.NewAsyncProducer(nil, a)

	b := sarama.NewConfig()
	b.Producer.Idempotent = true
	b.Producer.RequiredAcks = sarama.WaitForAll
	b.Net.MaxOpenRequests = 5
	_, _ = sarama.NewClient(nil, b)

	c := sarama.NewConfig()
	if exactlyOnce {
		c.Producer.Return.Successes = true
	}
	_, _ = sarama.NewSyncProducer(nil, c)

	d := sarama.NewConfig()
	complete(d)
	_, _ = sarama.NewSyncProducer(nil, d)

	e := sarama.NewConfig()
	func() { e.Producer.Return.Successes = true }()
	_, _ = sarama.NewSyncProducer(nil, e)

	f := sarama.NewConfig()
	f.Producer.Return.Successes = true
	_, _ = sarama.NewSyncProducer(nil, f)

	var g *sarama.Config
	_, _ = sarama.NewSyncProducer(nil, g)
}

func complete(c *sarama.Config) { c.Producer.Return.Successes = true }

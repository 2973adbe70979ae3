// Code generated from package theirs. DO NOT EDIT.

package ours

import (
	"errors"

	"github.com/seed20e6684a/sarama"

	"github.com/seed20e6684a/sarama/compat/programs/script"
)

// lookups asks a client for what there is and what there is not.
func lookups(e *script.Env) {
	conf := config()
	c, err := sarama.NewClient([]string{e.Addr}, conf)
	e.Err("new", err)
	e.Note("its config %t, closed %t", c.Config() == conf, c.Closed())
	for _, b := range c.Brokers() {
		e.Note("broker %d %s %q", b.ID(), b.Addr(), b.Rack())
	}
	for _, id := range []int32{1, 9} {
		b, err := c.Broker(id)
		e.Note("broker %t", b != nil)
		e.Err("broker", err)
	}
	for _, topic := range []string{script.Topic, "missing", "leaderless", "refused", "illegal", ""} {
		e.Note("topic %q", topic)
		for _, partition := range []int32{0, 7, -1} {
			leader, epoch, err := c.LeaderAndEpoch(topic, partition)
			e.Note("leader %t %d", leader != nil, epoch)
			e.Err("leader", err)
			isr, err := c.InSyncReplicas(topic, partition)
			e.Note("in sync %v", isr)
			e.Err("in sync", err)
			offline, err := c.OfflineReplicas(topic, partition)
			e.Note("offline %v", offline)
			e.Err("offline", err)
			replicas, err := c.Replicas(topic, partition)
			e.Note("replicas %v", replicas)
			e.Err("replicas", err)
			_, err = c.GetOffset(topic, partition, sarama.OffsetNewest)
			e.Err("offset", err)
			e.Note("not readable %t", c.PartitionNotReadable(topic, partition))
		}
		err = c.RefreshMetadata(topic)
		e.Err("refresh", err)
		for _, code := range []sarama.KError{
			sarama.ErrUnknownTopicOrPartition, sarama.ErrLeaderNotAvailable, sarama.ErrTopicAuthorizationFailed, sarama.ErrInvalidTopic,
		} {
			e.Note("is %d: %t", code, errors.Is(err, code))
		}
		var code sarama.KError
		e.Note("as %t %d", errors.As(err, &code), code)
	}
	e.Err("refresh several", c.RefreshMetadata(script.Topic, "missing"))
	e.Err("refresh brokers", c.RefreshBrokers([]string{e.Addr}))
	coordinators(e, c)
	e.Err("close", c.Close())
	e.Note("closed %t, brokers %d", c.Closed(), len(c.Brokers()))
	closed(e, c)
}

func coordinators(e *script.Env, c sarama.Client) {
	controller, err := c.RefreshController()
	e.Note("controller %t %v", controller != nil, err)
	for _, code := range []int16{0, 15, 30} { // the second is tried again
		e.Broker.Fail(10, code)
		e.Err("refresh coordinator", c.RefreshCoordinator("g"))
		e.Broker.Fail(10, code)
		e.Err("refresh transaction coordinator", c.RefreshTransactionCoordinator("t"))
	}
	b, err := c.TransactionCoordinator("t")
	e.Note("transaction coordinator %t %v", b != nil, err)
	for _, code := range []int16{0, 31} {
		e.Broker.Fail(22, code)
		id, err := c.InitProducerID()
		e.Err("producer id", err)
		if err == nil {
			e.Note("producer %d %d", id.ProducerID, id.ProducerEpoch)
		}
	}
	e.Note("least loaded %t", c.LeastLoadedBroker() != nil)
}

func closed(e *script.Env, c sarama.Client) {
	_, err := c.Partitions(script.Topic)
	e.Err("partitions", err)
	_, err = c.WritablePartitions(script.Topic)
	e.Err("writable", err)
	_, err = c.Leader(script.Topic, 0)
	e.Err("leader", err)
	_, err = c.Replicas(script.Topic, 0)
	e.Err("replicas", err)
	_, err = c.GetOffset(script.Topic, 0, sarama.OffsetNewest)
	e.Err("offset", err)
	_, err = c.Controller()
	e.Err("controller", err)
	_, err = c.Coordinator("g")
	e.Err("coordinator", err)
	e.Err("refresh coordinator", c.RefreshCoordinator("g"))
	_, err = c.Broker(1)
	e.Err("broker", err)
	_, err = c.InitProducerID()
	e.Err("producer id", err)
	_, err = sarama.NewConsumerFromClient(c)
	e.Err("consumer", err)
	_, err = sarama.NewSyncProducerFromClient(c)
	e.Err("producer", err)
	_, err = sarama.NewAsyncProducerFromClient(c)
	e.Err("async producer", err)
	_, err = sarama.NewConsumerGroupFromClient("g", c)
	e.Err("group", err)
	_, err = sarama.NewClusterAdminFromClient(c)
	e.Err("admin", err)
}

// wrong are constructors with what they can not work with.
func wrong(e *script.Env) {
	for _, change := range []func(*sarama.Config){
		func(*sarama.Config) {},
		func(c *sarama.Config) { c.Producer.Return.Successes = false },
		func(c *sarama.Config) { c.Producer.Return.Errors = false },
		func(c *sarama.Config) { c.Version = sarama.V0_9_0_0 },
		func(c *sarama.Config) { c.ClientID = "" },
		func(c *sarama.Config) { c.ChannelBufferSize = -1 },
		func(c *sarama.Config) { c.Producer.Idempotent = true },
		func(c *sarama.Config) { c.Producer.Compression = sarama.CompressionZSTD },
		func(c *sarama.Config) { c.Consumer.Group.InstanceId = "not good" },
		func(c *sarama.Config) { c.Consumer.Group.Heartbeat.Interval = c.Consumer.Group.Session.Timeout },
		func(c *sarama.Config) { c.Net.SASL.Enable = true },
	} {
		for _, addrs := range [][]string{nil, {e.Addr}} {
			c := config()
			c.Version = sarama.V1_0_0_0
			change(c)
			p, err := sarama.NewSyncProducer(addrs, c)
			e.Err("sync producer", err)
			if err == nil {
				e.Err("close", p.Close())
			}
			g, err := sarama.NewConsumerGroup(addrs, "g", c)
			e.Err("group", err)
			if err == nil {
				e.Err("close", g.Close())
			}
			a, err := sarama.NewClusterAdmin(addrs, c)
			e.Err("admin", err)
			if err == nil {
				e.Err("close", a.Close())
			}
		}
	}
}

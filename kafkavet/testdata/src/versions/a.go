package main

import "github.com/seed20e6684a/sarama"

// Each needs a Version that is later.
func bad() {
	a := sarama.NewConfig()
	a.Version = sarama.V2_0_0_0
	a.Producer.Compression = sarama.CompressionZSTD
	_, _ = sarama.NewAsyncProducer(nil, a) // want `NewAsyncProducer refuses this configuration: zstd needs V2_1_0_0, and Version is 2.0.0`

	b := sarama.NewConfig()
	b.Producer.Compression = sarama.CompressionLZ4
	b.Version = sarama.V0_9_0_0
	_, _ = sarama.NewAsyncProducer(nil, b) // want `lz4 needs V0_10_0_0, and Version is 0.9.0.0`

	c := sarama.NewConfig()
	c.Version = sarama.V0_10_1_0
	c.Producer.Idempotent = true
	_, _ = sarama.NewAsyncProducer(nil, c) // want `Producer.Idempotent needs V0_11_0_0, and Version is 0.10.1.0`

	d := sarama.NewConfig()
	d.Version = sarama.V2_0_0_0
	d.Consumer.Group.InstanceId = "a"
	_, _ = sarama.NewConsumerGroup(nil, "g", d) // want `Consumer.Group.InstanceId needs V2_3_0_0, and Version is 2.0.0`

	h := sarama.NewConfig()
	h.Consumer.Group.Protocol = "consumer"
	_, _ = sarama.NewConsumerGroup(nil, "g", h) // want `Consumer.Group.Protocol "consumer" needs V4_0_0_0, and Version is 2.8.0`

	e := sarama.NewConfig()
	e.Version = sarama.V3_6_0_0
	e.Consumer.Group.Protocol = "consumer"
	_, _ = sarama.NewConsumerGroup(nil, "g", e) // want `Consumer.Group.Protocol "consumer" needs V4_0_0_0, and Version is 3.6.0`

	f := sarama.NewConfig()
	f.Version = sarama.V0_10_1_0
	f.Consumer.IsolationLevel = sarama.ReadCommitted
	_, _ = sarama.NewClient(nil, f) // want `ReadCommitted needs V0_11_0_0, and Version is 0.10.1.0`

	g := sarama.NewConfig()
	g.Version = sarama.V0_10_1_0
	_, _ = sarama.NewConsumerGroup(nil, "g", g) // want `a group needs Version to be V0_10_2_0 at least, and it is 0.10.1.0`
}

func good(text string, codec sarama.CompressionCodec, id string) {
	a := sarama.NewConfig()
	a.Producer.Compression = sarama.CompressionZSTD // the default is enough
	_, _ = sarama.NewAsyncProducer(nil, a)

	b := sarama.NewConfig()
	b.Version = sarama.V4_0_0_0
	b.Consumer.Group.Protocol = "consumer"
	b.Consumer.Group.InstanceId = "a"
	_, _ = sarama.NewConsumerGroup(nil, "g", b)

	c := sarama.NewConfig()
	c.Version, _ = sarama.ParseKafkaVersion(text)
	c.Consumer.Group.InstanceId = "a"
	_, _ = sarama.NewConsumerGroup(nil, "g", c)

	d := sarama.NewConfig()
	version, err := sarama.ParseKafkaVersion(text)
	if err != nil {
		return
	}
	d.Version = version
	d.Consumer.Group.InstanceId = "a"
	_, _ = sarama.NewConsumerGroup(nil, "g", d)

	e := sarama.NewConfig()
	e.Version = sarama.MinVersion // whichever that is
	e.Producer.Compression = codec
	_, _ = sarama.NewAsyncProducer(nil, e)

	f := sarama.NewConfig()
	f.Consumer.Group.InstanceId = id // it may be empty
	_, _ = sarama.NewConsumerGroup(nil, "g", f)

	g := sarama.NewConfig()
	g.Version = sarama.DefaultVersion
	g.Producer.Compression = sarama.CompressionZSTD
	_, _ = sarama.NewAsyncProducer(nil, g)
}

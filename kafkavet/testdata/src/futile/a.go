package main

import (
	"crypto/tls"
	"time"

	"github.com/seed20e6684a/sarama"
)

func bad() {
	a := sarama.NewConfig()
	a.Producer.Flush.Messages = 100
	_, _ = sarama.NewAsyncProducer(nil, a) // want `NewAsyncProducer takes this configuration, but messages may wait for ever`

	b := sarama.NewConfig()
	b.Net.TLS.Config = &tls.Config{}
	_, _ = sarama.NewClient(nil, b) // want `connections are not encrypted: Net.TLS.Config needs Net.TLS.Enable`

	c := sarama.NewConfig()
	c.Net.SASL.User, c.Net.SASL.Password = "u", "p"
	_, _ = sarama.NewClient(nil, c) // want `nobody logs in: Net.SASL.User needs Net.SASL.Enable`

	d := sarama.NewConfig()
	d.Producer.Flush.Messages = 10
	d.Producer.Flush.MaxMessages = 5
	_, _ = sarama.NewClient(nil, d) // want `NewClient refuses this configuration: Producer.Flush.MaxMessages must not be less than Producer.Flush.Messages`

	e := sarama.NewConfig()
	e.Net.Proxy.Enable = true
	_, _ = sarama.NewClient(nil, e) // want `Net.Proxy.Enable needs Net.Proxy.Dialer`

	f := sarama.NewConfig()
	f.Net.SASL.Enable = true
	f.Net.SASL.Mechanism = sarama.SASLTypeOAuth
	_, _ = sarama.NewClient(nil, f) // want `OAUTHBEARER needs Net.SASL.TokenProvider`
}

func good(config *tls.Config, secure bool, provider, dialer any, wait time.Duration) {
	a := sarama.NewConfig()
	a.Producer.Flush.Messages = 100
	a.Producer.Flush.Frequency = wait
	_, _ = sarama.NewAsyncProducer(nil, a)

	b := sarama.NewConfig()
	b.Net.TLS.Config = config
	b.Net.TLS.Enable = secure
	_, _ = sarama.NewClient(nil, b)

	c := sarama.NewConfig()
	c.Net.TLS.Config = nil
	_, _ = sarama.NewClient(nil, c)

	d := sarama.NewConfig()
	d.Producer.Flush.Messages = 10
	d.Producer.Flush.Frequency = time.Second
	d.Producer.Flush.MaxMessages = 10
	_, _ = sarama.NewClient(nil, d)

	e := sarama.NewConfig()
	e.Net.Proxy.Enable = true
	e.Net.Proxy.Dialer = dialer
	_, _ = sarama.NewClient(nil, e)

	f := sarama.NewConfig()
	f.Net.SASL.Enable = true
	f.Net.SASL.Mechanism = sarama.SASLTypeOAuth
	f.Net.SASL.TokenProvider = provider
	_, _ = sarama.NewClient(nil, f)
}

package main

import "github.com/seed20e6684a/sarama"

func sasl(user string, mechanism sarama.SASLMechanism) {
	a := sarama.NewConfig()
	a.Net.SASL.Enable = true
	_, _ = sarama.NewClient(nil, a) // want `Net.SASL.User must not be empty`

	b := sarama.NewConfig()
	b.Net.SASL.Enable = true
	b.Net.SASL.User = user
	b.Net.SASL.Mechanism = sarama.SASLTypeSCRAMSHA512
	_, _ = sarama.NewClient(nil, b) // want `Net.SASL.Password must not be empty`

	c := sarama.NewConfig()
	c.Net.SASL.Enable = true
	c.Net.SASL.Mechanism = sarama.SASLTypeOAuth
	c.Net.SASL.TokenProvider = user
	_, _ = sarama.NewClient(nil, c)

	d := sarama.NewConfig()
	d.Net.SASL.Enable = true
	d.Net.SASL.Mechanism = mechanism
	_, _ = sarama.NewClient(nil, d)

	e := sarama.NewConfig()
	e.Net.SASL.Enable = true
	e.Net.SASL.User, e.Net.SASL.Password = user, user
	_, _ = sarama.NewClient(nil, e)

	f := sarama.NewConfig()
	f.Net.SASL.Enable = user != ""
	_, _ = sarama.NewClient(nil, f)
}

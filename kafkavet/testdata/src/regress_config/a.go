package main

import (
	"flag"

	"github.com/seed20e6684a/sarama"
)

type options struct{ config *sarama.Config }

func apply(options) {}

var shared *sarama.Config

func setShared() { shared.Producer.Return.Successes = true }

// Each of these configurations may be changed on a way that is not followed.
func good(other sarama.Config, parse func() (bool, error)) {
	a := sarama.NewConfig()
	flag.BoolVar(&a.Producer.Return.Successes, "successes", true, "")
	_, _ = sarama.NewSyncProducer(nil, a)

	b := sarama.NewConfig()
	alias := b
	alias.Producer.Return.Successes = true
	_, _ = sarama.NewSyncProducer(nil, b)

	c := sarama.NewConfig()
	returns := &c.Producer.Return
	returns.Successes = true
	_, _ = sarama.NewSyncProducer(nil, c)

	d := sarama.NewConfig()
	*d = other
	_, _ = sarama.NewSyncProducer(nil, d)

	e := sarama.NewConfig()
	apply(options{e})
	_, _ = sarama.NewSyncProducer(nil, e)

	f := sarama.NewConfig()
	var err error
	f.Producer.Return.Successes, err = parse()
	_ = err
	_, _ = sarama.NewSyncProducer(nil, f)

	g := sarama.NewConfig()
	g.Producer.Return = other.Producer.Return
	_, _ = sarama.NewSyncProducer(nil, g)

	h := sarama.NewConfig()
	h.Producer.Idempotent = true
	h.Producer.RequiredAcks = sarama.WaitForAll
	h.Net.MaxOpenRequests += 6
	h.Net.MaxOpenRequests -= 6
	_, _ = sarama.NewClient(nil, h)

	shared = sarama.NewConfig()
	setShared()
	_, _ = sarama.NewSyncProducer(nil, shared)
}

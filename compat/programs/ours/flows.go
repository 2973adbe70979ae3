// Code generated from package theirs. DO NOT EDIT.

package ours

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed20e6684a/sarama"

	"github.com/rcrowley/go-metrics"
	"github.com/seed20e6684a/sarama/compat/programs/script"
)

// Debug is what DebugLogger gets.
var Debug script.Log

func init() { sarama.DebugLogger = &Debug }

// flush has batches sealed by each of the settings: which messages came together shows in the requests.
func flush(e *script.Env) {
	settings := map[string]func(*sarama.Config){
		"messages": func(c *sarama.Config) { c.Producer.Flush.Messages = 2 },
		"bytes":    func(c *sarama.Config) { c.Producer.Flush.Bytes = 1000 },
		"at most":  func(c *sarama.Config) { c.Producer.Flush.MaxMessages, c.Producer.Flush.Messages = 3, 3 },
		"size":     func(c *sarama.Config) { c.Producer.MaxMessageBytes = 1200 }, // a batch is full before it is time
	}
	for _, name := range []string{"messages", "bytes", "at most", "size"} {
		c := config()
		c.Producer.Flush.Frequency = time.Second // longer than it takes to send all on a machine that is busy
		settings[name](c)
		p, err := sarama.NewAsyncProducer([]string{e.Addr}, c)
		e.Err("producer", err)
		for range 6 {
			p.Input() <- message(strings.Repeat(name[:1], 450))
		}
		for range 6 {
			m := <-p.Successes()
			e.Note("%s: %d", name, m.Offset)
		}
		e.Err("close", p.Close())
	}
	c := config()
	c.Producer.Flush.Frequency = 500 * time.Millisecond
	p, err := sarama.NewAsyncProducer([]string{e.Addr}, c)
	e.Err("producer", err)
	before := time.Now()
	for _, v := range []string{"a", "b", "c"} {
		p.Input() <- message(v)
	}
	for range 3 {
		e.Note("frequency: %d", (<-p.Successes()).Offset)
	}
	e.Note("late %t", time.Since(before) >= 490*time.Millisecond)
	p.Input() <- message("d") // is sent at the end
	p.AsyncClose()
	for m := range p.Successes() {
		e.Note("last: %d", m.Offset)
	}
	for f := range p.Errors() {
		e.Err("last", f)
	}
}

// measured tells what is in the registry after messages were sent and read, by a group too.
func measured(e *script.Env) {
	c := config()
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Producer.Compression = sarama.CompressionGZIP
	p := newSync(e, c)
	send(e, p, message("a"))
	send(e, p, message("b"))
	consumer, err := sarama.NewConsumer([]string{e.Addr}, c)
	e.Err("consumer", err)
	pc, err := consumer.ConsumePartition(script.Topic, 0, 0)
	e.Err("partition", err)
	for range 2 {
		e.Note("read %d", (<-pc.Messages()).Offset)
	}
	g, err := sarama.NewConsumerGroup([]string{e.Addr}, "g", c)
	e.Err("group", err)
	e.Err("consume", g.Consume(context.Background(), []string{script.Topic}, reader(e, 2)))
	tellMetrics(e, c.MetricRegistry)
	e.Err("close", pc.Close())
	e.Err("close", consumer.Close())
	_ = g.Close() // sarama's may tell of the connection that it closes
	e.Err("close", p.Close())
}

func tellMetrics(e *script.Env, registry metrics.Registry) {
	all := make(map[string]any)
	registry.Each(func(name string, m any) { all[name] = m })
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		kind, counted := "", int64(0)
		switch m := all[name].(type) {
		case metrics.Meter:
			kind, counted = "meter", m.Snapshot().Count()
		case metrics.Histogram:
			kind, counted = "histogram", m.Snapshot().Count()
		case metrics.Counter:
			kind, counted = "counter", m.Count()
		}
		if strings.HasPrefix(name, "requests-in-flight") { // a fetch may be, or not
			e.Note("metric %s is a %s", name, kind)
			continue
		}
		e.Note("metric %s is a %s, counted some: %t", name, kind, counted > 0)
		switch { // those that do not depend on who asks how often
		case strings.HasPrefix(name, "record"), strings.HasPrefix(name, "batch"), strings.HasPrefix(name, "consumer-group"),
			strings.HasPrefix(name, "compression"):
			e.Note("metric %s: %d", name, counted)
		}
	}
	if h, ok := all["records-per-request"].(metrics.Histogram); ok {
		e.Note("records per request %d to %d", h.Min(), h.Max())
	}
}

// commits are refused in each of the ways there are.
func commits(e *script.Env) {
	c := config()
	c.Consumer.Offsets.AutoCommit.Enable = false
	client, m := newManager(e, c)
	pm, err := m.ManagePartition(script.Topic, 0)
	e.Err("manage", err)
	next := int64(1)
	for _, code := range []int16{12, 28, 3, 29, 30, 22, 25, 82} {
		e.Broker.Fail(8, code)
		pm.MarkOffset(next, "m")
		m.Commit()
		f := <-pm.Errors()
		e.Note("code %d: %s/%d %t", code, f.Topic, f.Partition, errors.Is(f, sarama.KError(code)))
		m.Commit() // succeeds
		next++
	}
	m.Commit() // there is nothing to commit
	offset, meta := pm.NextOffset()
	e.Note("next %d %q", offset, meta)
	pm.MarkOffset(100, "last")
	e.Broker.Fail(8, 29)
	m.Commit()
	pm.AsyncClose() // sarama's Close waits for a commit that does not come
	e.Err("close", m.Close())
	for f := range pm.Errors() {
		e.Note("%s/%d %t", f.Topic, f.Partition, errors.Is(f, sarama.ErrTopicAuthorizationFailed))
	}
	e.Err("close", m.Close())
	e.Err("close", client.Close())
	_, err = sarama.NewOffsetManagerFromClient("g", client)
	e.Err("manager", err)
}

// onlyCode leaves the code of an error, without what it is wrapped in.
func onlyCode(err error) error {
	var code sarama.KError
	if errors.As(err, &code) {
		return code
	}
	return err
}

// automatic commits come at their interval, and when the manager is closed.
func automatic(e *script.Env) {
	c := config()
	c.Consumer.Offsets.AutoCommit.Interval = 20 * time.Millisecond
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	client, m := newManager(e, c)
	pm, err := m.ManagePartition(script.Topic, 0)
	e.Err("manage", err)
	offset, meta := pm.NextOffset()
	e.Note("next %d %q", offset, meta)
	e.Broker.Fail(8, 12)
	pm.MarkOffset(5, "five")
	e.Note("reason %t", errors.Is(<-pm.Errors(), sarama.ErrOffsetMetadataTooLarge))
	pm.MarkOffset(6, "six")
	e.Err("close", pm.Close())
	e.Err("close", m.Close())
	for _, code := range []int16{3, 29, 30} {
		m, err := sarama.NewOffsetManagerFromClient("g", client)
		e.Err("manager", err)
		e.Broker.Fail(9, code)
		_, err = m.ManagePartition(script.Topic, 0)
		e.Err("manage", onlyCode(err))
		e.Err("close", m.Close())
	}
	e.Err("close", client.Close())
}

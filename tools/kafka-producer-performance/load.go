package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rcrowley/go-metrics"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/tools/internal/command"
)

const reportEvery = 5 * time.Second

// send sends all messages, or as many as the context's time allows, and reports.
func (s *settings) send(ctx context.Context, conf *sarama.Config, stdout io.Writer) error {
	addrs, err := s.brokers.Addresses()
	if err != nil {
		return err
	}
	s.makeValues()
	start := s.startAsync
	if s.sync {
		start = s.startSync
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done, producer, err := start(ctx, stop, addrs, conf)
	if err != nil {
		return command.Unavailable("connecting the producer: %w", err)
	}
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	for running := true; running; {
		select {
		case <-report.C:
		case <-done:
			running = false
		}
		s.report(stdout, conf.MetricRegistry) // the last one before Close, with which the metrics end
	}
	err = context.Cause(ctx)
	if closing := producer.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return command.Unavailable("sending: %w", err)
	}
	return nil
}

// startAsync starts to send; done is closed when every message that was sent has its outcome. The first error stops it.
func (s *settings) startAsync(
	ctx context.Context, stop context.CancelCauseFunc, addrs []string, conf *sarama.Config,
) (done <-chan struct{}, producer io.Closer, err error) {
	p, err := sarama.NewAsyncProducer(addrs, conf)
	if err != nil {
		return nil, nil, err
	}
	sent := make(chan int, 1)
	go func() {
		n := 0
		defer func() { sent <- n }()
		for i := range s.paced(ctx, s.load) {
			select {
			case p.Input() <- s.message(i):
				n++
			case <-ctx.Done():
				return
			}
		}
	}()
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		all := -1 // not known yet
		for n := 0; n != all; {
			select {
			case all = <-sent:
			case <-p.Successes():
				n++
			case err := <-p.Errors():
				n++
				stop(err)
			}
		}
	}()
	return settled, p, nil
}

// startSync is startAsync with a SyncProducer and the goroutines that use it.
func (s *settings) startSync(
	ctx context.Context, stop context.CancelCauseFunc, addrs []string, conf *sarama.Config,
) (done <-chan struct{}, producer io.Closer, err error) {
	p, err := sarama.NewSyncProducer(addrs, conf)
	if err != nil {
		return nil, nil, err
	}
	var routines sync.WaitGroup
	for routine := range s.routines {
		load := s.load / s.routines
		if routine < s.load%s.routines {
			load++
		}
		routines.Go(func() {
			for i := range s.paced(ctx, load) {
				if _, _, err := p.SendMessage(s.message(i)); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	settled := make(chan struct{})
	go func() { routines.Wait(); close(settled) }()
	return settled, p, nil
}

// paced yields n times, no more than the throughput allows, unless the context ends before.
func (s *settings) paced(ctx context.Context, n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		var second <-chan time.Time
		if s.throughput > 0 {
			ticker := time.NewTicker(time.Second)
			defer ticker.Stop()
			second = ticker.C
		}
		for i := range n {
			if ctx.Err() != nil || !yield(i) {
				return
			}
			if second == nil || (i+1)%s.throughput != 0 || i+1 == n {
				continue
			}
			select {
			case <-second:
			case <-ctx.Done():
				return
			}
		}
	}
}

// payloads is how many different values are sent: made ahead, so that making them is not measured, and few enough to be in
// memory at once.
const payloads = 1000

// makeValues makes values of random bytes.
func (s *settings) makeValues() {
	s.values = make([]sarama.ByteEncoder, min(s.load, payloads))
	for i := range s.values {
		s.values[i] = make([]byte, s.size)
		_, _ = rand.Read(s.values[i]) // it never fails
	}
}

func (s *settings) message(i int) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: s.topic, Partition: int32(s.partition), Value: s.values[i%len(s.values)]}
}

// report prints a line of what the registry has.
func (s *settings) report(w io.Writer, registry metrics.Registry) {
	records, ok1 := registry.Get("record-send-rate").(metrics.Meter)
	latency, ok2 := registry.Get("request-latency-in-ms").(metrics.Histogram)
	bytes, ok3 := registry.Get("outgoing-byte-rate").(metrics.Meter)
	inFlight, ok4 := registry.Get("requests-in-flight").(metrics.Counter)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return
	}
	const mib = 1 << 20
	rate := records.Snapshot()
	times := latency.Snapshot()
	p := times.Percentiles([]float64{0.5, 0.75, 0.95, 0.99, 0.999})
	fmt.Fprintf(w, "%d records sent, %.1f records/sec (%.2f MiB/sec ingress, %.2f MiB/sec egress), "+
		"%.1f ms avg latency, %.1f ms stddev, %.1f ms 50th, %.1f ms 75th, %.1f ms 95th, %.1f ms 99th, %.1f ms 99.9th, "+
		"%d total req. in flight\n",
		rate.Count(), rate.RateMean(), rate.RateMean()*float64(s.size)/mib, bytes.Snapshot().RateMean()/mib,
		times.Mean(), times.StdDev(), p[0], p[1], p[2], p[3], p[4], inFlight.Count())
}

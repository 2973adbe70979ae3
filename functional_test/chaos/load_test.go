package chaos

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
)

// load is records of one producer, spread over a span of time. The i-th record of a partition holds i.
type load struct {
	topic string
	n     int
	span  time.Duration
	done  chan struct{} // closed when each record has its outcome; what follows is complete then

	sent, acknowledged atomic.Int64
	outcomes           [partitions][]uint8 // how often each record came back
	failed             [partitions][]bool
	unwritten          [partitions][]bool // failed, and not written by what the error says
	longest            time.Duration      // without any acknowledgement
}

func newLoad(topic string, n int, span time.Duration) *load {
	perPartition := (n + partitions - 1) / partitions
	l := &load{topic: topic, n: perPartition * partitions, span: span, done: make(chan struct{})}
	for p := range partitions {
		l.outcomes[p], l.failed[p] = make([]uint8, perPartition), make([]bool, perPartition)
		l.unwritten[p] = make([]bool, perPartition)
	}
	return l
}

func (l *load) String() string { return fmt.Sprintf("%d of %d", l.acknowledged.Load(), l.n) }

func (l *load) start(t *testing.T, addrs []string, conf *sarama.Config) {
	producer, err := sarama.NewAsyncProducer(addrs, conf)
	require.NoError(t, err)
	go l.feed(producer)
	go l.collect(producer)
}

// feed sends, at each tick, what is due by then.
func (l *load) feed(producer sarama.AsyncProducer) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	began := time.Now()
	for i := 0; i < l.n; {
		<-ticker.C
		due := l.n
		if passed := time.Since(began); passed < l.span {
			due = int(float64(l.n) * float64(passed) / float64(l.span))
		}
		for ; i < due; i++ {
			producer.Input() <- &sarama.ProducerMessage{
				Topic: l.topic, Partition: int32(i % partitions), Metadata: i / partitions,
				Value: sarama.ByteEncoder(binary.BigEndian.AppendUint64(make([]byte, 0, 100), uint64(i/partitions))[:100]),
			}
			l.sent.Add(1)
		}
	}
	producer.AsyncClose()
}

func (l *load) collect(producer sarama.AsyncProducer) {
	defer close(l.done)
	last := time.Now()
	successes, errs := producer.Successes(), producer.Errors()
	for successes != nil || errs != nil {
		select {
		case msg, ok := <-successes:
			if !ok {
				successes = nil
				continue
			}
			l.outcomes[msg.Partition][msg.Metadata.(int)]++
			l.acknowledged.Add(1)
			l.longest = max(l.longest, time.Since(last))
			last = time.Now()
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			p, i := err.Msg.Partition, err.Msg.Metadata.(int)
			l.outcomes[p][i]++
			l.failed[p][i], l.unwritten[p][i] = true, !err.PossiblyWritten
			fmt.Println("failed:", err)
		}
	}
}

// findings are what reading has found.
type findings struct {
	records                                         int
	lost, duplicated, reordered, unreported, failed int
	longest                                         time.Duration
}

func (f findings) String() string {
	return fmt.Sprintf("%d records, %d lost, %d duplicated, %d reordered, %d unreported, %d failed, longest pause %v",
		f.records, f.lost, f.duplicated, f.reordered, f.unreported, f.failed, f.longest.Round(10*time.Millisecond))
}

// check reads all partitions.
func (l *load) check(t *testing.T, addrs []string, conf *sarama.Config) findings {
	t.Helper()
	f := findings{records: l.n, longest: l.longest}
	for p := range int32(partitions) {
		seen := make([]int, l.n/partitions)
		next := 0 // above all that have been seen
		readAll(t, addrs, conf, l.topic, p, func(msg *sarama.ConsumerMessage) {
			i := int(binary.BigEndian.Uint64(msg.Value))
			if seen[i]++; seen[i] > 1 {
				f.duplicated++
			} else if i < next {
				f.reordered++
			}
			next = max(next, i+1)
		})
		for i, n := range seen {
			switch {
			case l.outcomes[p][i] != 1:
				f.unreported++
			case l.failed[p][i]:
				f.failed++
				if n > 0 && l.unwritten[p][i] {
					f.unreported++
				}
			case n == 0:
				f.lost++
			}
		}
	}
	return f
}

// readAll reads a partition up to its end.
func readAll(t *testing.T, addrs []string, conf *sarama.Config, topic string, partition int32, take func(*sarama.ConsumerMessage)) {
	t.Helper()
	client, err := sarama.NewClient(addrs, conf)
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	end, err := client.GetOffset(topic, partition, sarama.OffsetNewest)
	require.NoError(t, err)
	consumer, err := sarama.NewConsumerFromClient(client)
	require.NoError(t, err)
	defer func() { require.NoError(t, consumer.Close()) }()
	if end == 0 {
		return
	}
	pc, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
	require.NoError(t, err)
	limit := time.NewTimer(settleLimit)
	defer limit.Stop()
	for {
		select {
		case msg := <-pc.Messages():
			take(msg)
			if msg.Offset+1 >= end {
				require.NoError(t, pc.Close())
				return
			}
		case <-limit.C:
			t.Fatalf("partition %d of %s: its end, %d, is not reached", partition, topic, end)
		}
	}
}

//go:build unix

package functional_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// deadLetterMember names the environment variable by which this binary becomes a member that sends dead letters and is killed on
// the way; more is the moment.
const deadLetterMember = "FUNCTIONAL_DEAD_LETTERS"

func init() { asChild(deadLetterMember, beDeadly) }

// The moments of its third dead letter at which a process is killed.
var deadlyMoments = []string{
	"sent",                                                      // the record is in its topic, the offset is not in the transaction
	"offsets",                                                   // both are
	"commit 0", "commit 1", "commit 2", "commit 5", "commit 10", // so many milliseconds after the commit began
	"committed", // nothing is marked yet
}

// deadlyProducer ends its process by kill -9 in the course of its third transaction.
type deadlyProducer struct {
	sarama.SyncProducer
	moment string
	txn    int
}

func (p *deadlyProducer) dieAt(moment string) {
	if p.txn == 3 && p.moment == moment {
		die()
	}
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// BeginTxn implements sarama.SyncProducer.
func (p *deadlyProducer) BeginTxn() error {
	p.txn++
	return p.SyncProducer.BeginTxn()
}

// SendMessage implements sarama.SyncProducer.
func (p *deadlyProducer) SendMessage(msg *sarama.ProducerMessage) (int32, int64, error) {
	partition, offset, err := p.SyncProducer.SendMessage(msg)
	p.dieAt("sent")
	return partition, offset, err
}

// AddMessageToTxnWithGroupMetadata implements sarama.SyncProducer.
func (p *deadlyProducer) AddMessageToTxnWithGroupMetadata(
	msg *sarama.ConsumerMessage, group *sarama.ConsumerGroupMetadata, metadata *string,
) error {
	err := p.SyncProducer.AddMessageToTxnWithGroupMetadata(msg, group, metadata)
	p.dieAt("offsets")
	return err
}

// CommitTxn implements sarama.SyncProducer.
func (p *deadlyProducer) CommitTxn() error {
	if after, ok := strings.CutPrefix(p.moment, "commit "); ok && p.txn == 3 {
		ms, err := strconv.Atoi(after)
		if err != nil {
			return err
		}
		time.AfterFunc(time.Duration(ms)*time.Millisecond, die)
		_ = p.SyncProducer.CommitTxn()
		select {} // if it is over so soon, nobody hears of it
	}
	err := p.SyncProducer.CommitTxn()
	p.dieAt("committed")
	return err
}

func isDeadLetter(msg *sarama.ConsumerMessage) bool { return bytes.HasPrefix(msg.Value, []byte("bad")) }

// beDeadly is the member's process. It ends when it has had all records.
func beDeadly(task childTask) error {
	conf, err := task.config()
	if err != nil {
		return err
	}
	conf.Consumer.IsolationLevel = sarama.ReadCommitted
	if conf.Consumer.Group.Protocol != sarama.ConsumerGroupProtocolConsumer {
		conf.Consumer.Group.InstanceId = "only" // the successor need not wait for the session's timeout
	}
	conf.Producer.Return.Successes = true
	conf.Producer.Idempotent = true
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Transaction.ID = task.topic
	producer, err := sarama.NewSyncProducer(task.addrs(), conf)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	handler, err := sarama.NewRetryHandler(sarama.RetryHandlerConfig{
		GroupID: task.group, Producer: &deadlyProducer{SyncProducer: producer, moment: task.more}, DeadLetters: task.topic + ".dead",
		Handle: func(_ context.Context, msg *sarama.ConsumerMessage) error {
			fmt.Printf("%s\n", msg.Value)
			switch {
			case isDeadLetter(msg):
				return errors.New("it is bad")
			case string(msg.Value) == "end":
				cancel()
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	group, err := sarama.NewConsumerGroup(task.addrs(), task.group, conf)
	if err != nil {
		return err
	}
	return errors.Join(group.(sarama.ManagedConsumerGroup).Run(ctx, []string{task.topic}, handler), group.Close(), producer.Close())
}

// TestDeadLettersOnce: a process is killed at each step between the sending of a dead letter and the end of its transaction,
// again and again. For who reads what is committed, each record that failed is there once.
func TestDeadLettersOnce(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		killWithDeadLetters(t, c, assignments()[0], deadlyMoments) // they differ in how partitions are shared, of which there is one
	})
}

func killWithDeadLetters(t *testing.T, c cluster.Cluster, a assignment, moments []string) {
	topic := c.NewTopic(t, 1)
	c.CreateTopic(t, topic+".dead", sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: int16(min(3, len(c.Addrs())))})
	const n = 120 // of them a third fail
	var batch []*sarama.ProducerMessage
	wanted := make(map[string]int)
	for i := range n {
		value := fmt.Sprint("good ", i)
		if i%3 == 1 {
			value = fmt.Sprint("bad ", i)
			wanted[value] = 1
		}
		batch = append(batch, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)})
	}
	batch = append(batch, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("end")})
	producer, err := sarama.NewSyncProducer(c.Addrs(), config(c))
	require.NoError(t, err)
	require.NoError(t, producer.SendMessages(batch))
	require.NoError(t, producer.Close())

	handled := make(map[string]int)
	kills := 0
	began := time.Now()
	for ended := false; !ended; {
		task := newChildTask(c, topic, topic, a)
		task.more = "never"
		if kills < len(moments) {
			task.more = moments[kills]
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		cmd := task.command(ctx, t, deadLetterMember)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		cancel()
		for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			handled[line]++
		}
		var exit *exec.ExitError
		switch {
		case err == nil:
			ended = true
		case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && ctx.Err() != context.DeadlineExceeded:
			kills++
		default:
			t.Fatalf("%s: %v\n%s", task.more, err, errs.String())
		}
	}
	require.Equal(t, len(moments), kills)
	again := 0
	for i := range n {
		value := fmt.Sprint("good ", i)
		if i%3 == 1 {
			value = fmt.Sprint("bad ", i)
		}
		require.Positive(t, handled[value], value)
		again += handled[value] - 1
	}
	dead, all := deadLettersOf(t, c, topic)
	t.Logf("%d processes killed in %v; %d records handled, %d of them again; %d dead letters written, %d of %d committed",
		kills, time.Since(began).Round(time.Millisecond), n, again, all, len(dead), len(wanted))
	require.Equal(t, wanted, dead)
}

// deadLettersOf returns what is committed of a topic of dead letters, with how often it is there, and how much was written.
func deadLettersOf(t *testing.T, c cluster.Cluster, topic string) (dead map[string]int, all int) {
	t.Helper()
	end := "end of " + topic
	producer, err := sarama.NewSyncProducer(c.Addrs(), config(c))
	require.NoError(t, err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic + ".dead", Value: sarama.StringEncoder(end)})
	require.NoError(t, err)
	require.NoError(t, producer.Close())
	dead = make(map[string]int)
	for _, level := range []sarama.IsolationLevel{sarama.ReadUncommitted, sarama.ReadCommitted} {
		conf := config(c)
		conf.Consumer.IsolationLevel = level
		consumer, err := sarama.NewConsumer(c.Addrs(), conf)
		require.NoError(t, err)
		pc, err := consumer.ConsumePartition(topic+".dead", 0, sarama.OffsetOldest)
		require.NoError(t, err)
		limit := time.NewTimer(patience)
		defer limit.Stop()
		for reading := true; reading; {
			select {
			case msg := <-pc.Messages():
				switch {
				case string(msg.Value) == end:
					reading = false
				case level == sarama.ReadCommitted:
					dead[string(msg.Value)]++
				default:
					all++
				}
			case err := <-pc.Errors():
				t.Fatal(err)
			case <-limit.C:
				t.Fatalf("%v: the end is not read after %v", level, patience)
			}
		}
		require.NoError(t, pc.Close())
		require.NoError(t, consumer.Close())
	}
	return dead, all
}

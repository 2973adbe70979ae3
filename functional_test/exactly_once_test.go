package functional_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

// transactional is the configuration of a transactional producer.
func transactional(c cluster.Cluster, id string) *sarama.Config {
	conf := config(c)
	conf.Producer.Idempotent = true
	conf.Producer.Transaction.ID = id
	conf.Producer.Transaction.Retry.Max = 300
	conf.Net.MaxOpenRequests = 5
	return conf
}

// TestExactlyOnce: who reads what is committed sees the committed transactions, whole and in order, and the offsets of the
// group are those of the last of them. Kafka's own consumer sees the same, record by record.
func TestExactlyOnce(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic, input := c.NewTopic(t, partitions), c.NewTopic(t, 1)
		group := "group of " + topic
		producer, err := sarama.NewSyncProducer(c.Addrs(), transactional(c, topic))
		require.NoError(t, err)
		var l ledger
		committed := int64(0)
		for txn := range 30 {
			require.NoError(t, producer.BeginTxn())
			batch := batchOf(topic, txn)
			require.NoError(t, producer.SendMessages(batch))
			offset := int64(txn + 1)
			require.NoError(t, producer.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{
				input: {{Partition: 0, Offset: offset, LeaderEpoch: -1}},
			}, group))
			if txn%4 == 3 {
				require.NoError(t, producer.AbortTxn())
				continue
			}
			require.NoError(t, producer.CommitTxn())
			l.note(batch)
			committed = offset
		}
		require.NoError(t, producer.Close())
		requireGroupAt(t, c, group, input, committed)
		s := &stage{t: t, topic: topic, conf: transactional(c, "")}
		s.requireCommittedOn(c, &l)
		if c.Kind() == cluster.KindEmbedded {
			return
		}
		all := slices.Concat(l.committed[0], l.committed[1], l.committed[2])
		lines := cluster.ConsoleConsume(t, c, topic, len(all)+partitions, "--isolation-level", "read_committed",
			"--formatter-property", "print.partition=true")
		seen := make([][]string, partitions)
		for _, line := range lines {
			var p int
			_, err := fmt.Sscanf(line, "Partition:%d", &p)
			require.NoError(t, err, line)
			seen[p] = append(seen[p], line[len(fmt.Sprintf("Partition:%d\t", p)):])
		}
		for p := range partitions {
			require.Equal(t, append(slices.Clone(l.committed[p]), "last"), seen[p], "Kafka's consumer, partition %d", p)
		}
	})
}

// batchOf are the records of a transaction.
func batchOf(topic string, txn int) []*sarama.ProducerMessage {
	var batch []*sarama.ProducerMessage
	for i := range 10 * partitions {
		batch = append(batch, &sarama.ProducerMessage{
			Topic: topic, Partition: int32(i % partitions),
			Value: sarama.StringEncoder(fmt.Sprintf("transaction %06d record %02d", txn, i)),
		})
	}
	return batch
}

// note remembers records that are committed.
func (l *ledger) note(batch []*sarama.ProducerMessage) {
	l.commits++
	for _, msg := range batch {
		value, _ := msg.Value.Encode()
		l.committed[msg.Partition] = append(l.committed[msg.Partition], string(value))
	}
}

// requireGroupAt requires what a group has committed of a topic's partition 0. It asks as a member does that reads what is committed:
// a transaction has ended before the coordinator of the group has been told of it, so that who takes any offset may get the one before.
func requireGroupAt(t *testing.T, c cluster.Cluster, group, topic string, offset int64) {
	t.Helper()
	conf := config(c)
	conf.Consumer.IsolationLevel = sarama.ReadCommitted
	client, err := sarama.NewClient(c.Addrs(), conf)
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	manager, err := sarama.NewOffsetManagerFromClient(group, client)
	require.NoError(t, err)
	defer func() { require.NoError(t, manager.Close()) }()
	of, err := manager.ManagePartition(topic, 0)
	require.NoError(t, err)
	committed, metadata := of.NextOffset()
	require.Equal(t, offset, committed)
	require.Empty(t, metadata)
	require.NoError(t, of.Close())
}

// TestFencedProducer: a producer whose transactional id another one has taken fails for good on its next call, whichever that
// is, and what it had sent is not to be seen.
func TestFencedProducer(t *testing.T) {
	cluster.Each(t, func(t *testing.T, c cluster.Cluster) {
		topic := c.NewTopic(t, partitions)
		for name, call := range map[string]func(sarama.SyncProducer) error{
			"commit": sarama.SyncProducer.CommitTxn,
			"abort":  sarama.SyncProducer.AbortTxn,
			"send": func(p sarama.SyncProducer) error {
				err := p.SendMessages(batchOf(topic, 1))
				return errors.Join(p.CommitTxn(), err)
			},
		} {
			if name == "abort" && c.Kind() == cluster.KindEmbedded {
				t.Log("NOT TESTED: the embedded cluster takes the abort of a producer of the epoch before for one that is repeated")
				continue
			}
			conf := transactional(c, topic+" "+name)
			old, err := sarama.NewSyncProducer(c.Addrs(), conf)
			require.NoError(t, err)
			require.NoError(t, old.BeginTxn())
			require.NoError(t, old.SendMessages(batchOf(topic, 0)))
			next, err := sarama.NewSyncProducer(c.Addrs(), conf)
			require.NoError(t, err)
			require.ErrorIs(t, call(old), sarama.ErrTxnFatal, name)
			require.ErrorIs(t, old.BeginTxn(), sarama.ErrTxnFatal, name)
			require.NoError(t, old.Close())
			require.NoError(t, next.BeginTxn())
			require.NoError(t, next.CommitTxn())
			require.NoError(t, next.Close())
		}
		s := &stage{t: t, topic: topic, conf: transactional(c, "")}
		s.requireCommittedOn(c, &ledger{})
	})
}

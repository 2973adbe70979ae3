package chaos

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/functional_test/cluster"
)

const (
	perTransaction = 10 * partitions
	endMark        = "end" // the last record of each partition, after all transactions
)

// transactionLoad is transactions, one after another, spread over a span of time.
type transactionLoad struct {
	topic string
	n     int
	span  time.Duration
	done  chan struct{} // closed when all have ended; what follows is complete then

	ended     atomic.Int64
	committed map[int]bool
	forced    int // aborted for an error
	longest   time.Duration
	hung      int // took longer than the transaction's timeout
	err       error
}

func newTransactions(topic string, n int, span time.Duration) *transactionLoad {
	return &transactionLoad{topic: topic, n: n, span: span, done: make(chan struct{}), committed: make(map[int]bool)}
}

func (l *transactionLoad) String() string {
	return fmt.Sprintf("%d of %d transactions", l.ended.Load(), l.n)
}

func (l *transactionLoad) start(t *testing.T, addrs []string, conf *sarama.Config) {
	producer, err := sarama.NewSyncProducer(addrs, conf)
	require.NoError(t, err)
	go func() {
		defer close(l.done)
		began := time.Now()
		for i := 0; i < l.n && l.err == nil; i++ {
			pass(time.Until(began.Add(l.span * time.Duration(i) / time.Duration(l.n))))
			at := time.Now()
			l.err = l.transact(producer, i, i%4 != 3)
			took := time.Since(at)
			if l.longest = max(l.longest, took); took > transactionTimeout {
				l.hung++
			}
			l.ended.Add(1)
		}
		l.err = errors.Join(l.err, producer.Close())
	}()
}

func (l *transactionLoad) transact(producer sarama.SyncProducer, i int, commit bool) error {
	if err := producer.BeginTxn(); err != nil {
		return fmt.Errorf("transaction %d: begin: %w", i, err)
	}
	var batch []*sarama.ProducerMessage
	for r := range perTransaction {
		batch = append(batch, &sarama.ProducerMessage{
			Topic: l.topic, Partition: int32(r % partitions), Value: sarama.StringEncoder(fmt.Sprintf("%d %d", i, r)),
		})
	}
	err := producer.SendMessages(batch)
	if err != nil && producer.TxnStatus()&sarama.ProducerTxnFlagInError == 0 {
		return fmt.Errorf("transaction %d: messages failed, the transaction did not: %w", i, err)
	}
	committed, err := l.end(producer, commit)
	if err != nil {
		return fmt.Errorf("transaction %d: %w", i, err)
	}
	l.committed[i] = committed
	if commit && !committed {
		l.forced++
	}
	return nil
}

// end does what errors say until the transaction has ended.
func (l *transactionLoad) end(producer sarama.SyncProducer, commit bool) (committed bool, err error) {
	for {
		call := producer.AbortTxn
		if commit {
			call = producer.CommitTxn
		}
		switch err := call(); {
		case err == nil:
			return commit, nil
		case errors.Is(err, sarama.ErrTxnAlreadyCommitted):
			return true, nil
		case errors.Is(err, sarama.ErrTxnRetriable):
			fmt.Println("again:", err)
		case errors.Is(err, sarama.ErrTxnMustAbort):
			fmt.Println("aborted:", err)
			commit = false
		default:
			return false, err
		}
	}
}

// txnFindings are what reading what is committed has found.
type txnFindings struct {
	transactions, committed, forced int
	torn, aborted, lost, hung       int
	longest                         time.Duration
}

func (f txnFindings) String() string {
	return fmt.Sprintf("%d, %d committed, %d aborted for an error, %d torn, %d aborted ones read, %d lost, %d hung, longest %v; Kafka's consumer agrees",
		f.transactions, f.committed, f.forced, f.torn, f.aborted, f.lost, f.hung, f.longest.Round(10*time.Millisecond))
}

// check reads what is committed, with this library and with Kafka's consumer, which must see the same.
func (l *transactionLoad) check(t *testing.T, c *cluster.Real, conf *sarama.Config) txnFindings {
	t.Helper()
	l.mark(t, c.Addrs(), conf)
	isolated := *conf
	isolated.Consumer.IsolationLevel = sarama.ReadCommitted
	seen := make([][]string, partitions)
	all := 0
	for p := range int32(partitions) {
		readAll(t, c.Addrs(), &isolated, l.topic, p, func(msg *sarama.ConsumerMessage) {
			seen[p] = append(seen[p], string(msg.Value))
		})
		all += len(seen[p])
	}
	theirs := make([][]string, partitions)
	for _, line := range cluster.ConsoleConsume(t, c, l.topic, all, "--isolation-level", "read_committed",
		"--formatter-property", "print.partition=true") {
		where, value, _ := strings.Cut(line, "\t")
		var p int
		_, err := fmt.Sscanf(where, "Partition:%d", &p)
		require.NoError(t, err, line)
		theirs[p] = append(theirs[p], value)
	}
	require.Equal(t, theirs, seen, "Kafka's consumer sees something else")
	return l.judge(seen)
}

// mark writes the last record of each partition.
func (l *transactionLoad) mark(t *testing.T, addrs []string, conf *sarama.Config) {
	producer, err := sarama.NewSyncProducer(addrs, conf)
	require.NoError(t, err)
	for p := range int32(partitions) {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: l.topic, Partition: p, Value: sarama.StringEncoder(endMark)})
		require.NoError(t, err)
	}
	require.NoError(t, producer.Close())
}

func (l *transactionLoad) judge(seen [][]string) txnFindings {
	f := txnFindings{transactions: l.n, forced: l.forced, longest: l.longest, hung: l.hung}
	counts := make(map[int]int)
	for p, values := range seen {
		last := -1 // transaction * perTransaction + record
		for _, v := range values {
			if v == endMark {
				continue
			}
			var txn, r int
			if n, err := fmt.Sscanf(v, "%d %d", &txn, &r); n != 2 || err != nil || r%partitions != p {
				f.torn++
				continue
			}
			if at := txn*perTransaction + r; at <= last {
				f.torn++
			} else {
				last = at
			}
			counts[txn]++
		}
	}
	for txn := range l.n {
		switch n := counts[txn]; {
		case l.committed[txn]:
			f.committed++
			if n == 0 {
				f.lost++
			} else if n != perTransaction {
				f.torn++
			}
		case n > 0:
			f.aborted++
		}
	}
	return f
}

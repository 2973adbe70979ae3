package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
	"github.com/seed20e6684a/sarama/kafkatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const records = 2000

// until calls a function once, when n lines were written.
type until struct {
	mu   sync.Mutex
	n    int
	then func()
	text bytes.Buffer
}

func (u *until) Write(b []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.text.Write(b)
	if u.n--; u.n == 0 {
		u.then()
	}
	return len(b), nil
}

// TestEndsInGoodOrder with each way to share: all is printed once, over two runs with a signal between them.
func TestEndsInGoodOrder(t *testing.T) {
	for _, flags := range [][]string{
		{"-strategy", "range", "orders"}, {"-strategy", "roundrobin", "orders"}, {"-strategy", "sticky", "^ord.*"},
		{"-strategy", "cooperative-sticky", "-instance", "one", "orders"}, {"-strategy", "consumer", "-version", "4.0.0", "orders"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "orders"))
			require.NoError(t, err)
			defer cluster.Close()
			produce(t, cluster.ListenAddrs(), records)
			seen := make(map[string]int)
			for range 2 {
				if len(seen) == records {
					break // it was fast
				}
				var notes bytes.Buffer
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				out := &until{n: min(records/2, records-len(seen)), then: cancel} // some more may be printed while it ends
				args := append([]string{"-brokers", strings.Join(cluster.ListenAddrs(), ",")}, flags...)
				require.NoError(t, run(ctx, args, out, &notes), notes.String())
				require.Contains(t, notes.String(), "the session ended: context canceled")
				for line := range strings.SplitSeq(strings.TrimSpace(out.text.String()), "\n") {
					seen[line]++
				}
			}
			for line, n := range seen {
				require.Equal(t, 1, n, line)
			}
			require.Len(t, seen, records)
		})
	}
}

func produce(t *testing.T, addrs []string, n int) {
	t.Helper()
	conf := sarama.NewConfig()
	conf.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer(addrs, conf)
	require.NoError(t, err)
	var batch []*sarama.ProducerMessage
	for i := range n {
		batch = append(batch, &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder(fmt.Sprint("order ", i))})
	}
	require.NoError(t, producer.SendMessages(batch))
	require.NoError(t, producer.Close())
}

func TestHandlerInRebalances(t *testing.T) {
	kafkatest.Exercise(t, func() sarama.ConsumerGroupHandler { return &printer{out: io.Discard, notes: io.Discard} })
}

func TestMistakesInFlags(t *testing.T) {
	for _, args := range [][]string{{}, {"-strategy", "x", "t"}, {"-version", "x", "t"}, {"-brokers", ",", "t"}, {"-instance", "..", "t"}} {
		var usage cli.UsageError
		require.ErrorAs(t, run(context.Background(), args, &bytes.Buffer{}, &bytes.Buffer{}), &usage, args)
	}
}

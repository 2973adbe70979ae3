package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"github.com/seed20e6684a/sarama"
	"github.com/seed20e6684a/sarama/examples/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// console runs commands against an embedded cluster with topics one (one partition) and three (three of them).
type console struct {
	t       *testing.T
	brokers string
	cluster *kfake.Cluster
}

func newConsole(t *testing.T) console {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.AllowAutoTopicCreation(), kfake.SeedTopics(1, "one"), kfake.SeedTopics(3, "three"),
		kfake.SeedTopics(1, "lines-none", "lines-gzip", "lines-snappy", "lines-lz4", "lines-zstd"))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return console{t, strings.Join(cluster.ListenAddrs(), ","), cluster}
}

func (c console) run(input, command string, args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	args = append([]string{command, "-brokers", c.brokers}, args...)
	code = run(context.Background(), args, strings.NewReader(input), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func (c console) ok(input, command string, args ...string) string {
	c.t.Helper()
	code, out, errs := c.run(input, command, args...)
	require.Equal(c.t, cli.ExitOK, code, errs)
	return out
}

func TestLinesComeBackByteForByte(t *testing.T) {
	c := newConsole(t)
	input := "first\n\n with spaces \t\r\n\xff\x00binary\n" + strings.Repeat("long", 100_000) + "\nno end"
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		topic := "lines-" + codec
		c.ok(input, "produce", "-topic", topic, "-codec", codec, "-partition", "0", "-idempotent")
		require.Equal(t, input+"\n", c.ok("", "consume", "-topic", topic, "-exit-at-end", "-partition", "0"), codec)
	}
}

func TestManyLinesKeepTheirOrder(t *testing.T) {
	c := newConsole(t)
	var input strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&input, "%d\n", i)
	}
	c.ok(input.String(), "produce", "-topic", "one")
	require.Equal(t, input.String(), c.ok("", "consume", "-topic", "one", "-exit-at-end"))
	require.Equal(t, "49998\n49999\n", c.ok("", "consume", "-topic", "one", "-exit-at-end", "-offset", "49998"))
	require.Equal(t, "0\n1\n2\n", c.ok("", "consume", "-topic", "one", "-count", "3"))
	require.Empty(t, c.ok("", "consume", "-topic", "one", "-exit-at-end", "-offset", "newest"))
}

func TestKeysHeadersAndFormats(t *testing.T) {
	c := newConsole(t)
	c.ok("k1:v1\nno key\nk2:v:2\n", "produce", "-topic", "one", "-key-separator", ":", "-header", "a=1", "-header", "b=x=y")
	require.Equal(t, "one/0@0 k1=v1 a=1,b=x=y\none/0@1 =no key a=1,b=x=y\none/0@2 k2=v:2 a=1,b=x=y\n",
		c.ok("", "consume", "-topic", "one", "-exit-at-end", "-format", `%t/%p@%o %k=%s %h\n`))
	require.Equal(t, "2 2 %\t-1 6 %\t2 3 %\t", c.ok("", "consume", "-topic", "one", "-exit-at-end", "-format", `%K %S %%\t`))
}

func TestPartitions(t *testing.T) {
	c := newConsole(t)
	c.ok("a\nb\n", "produce", "-topic", "three", "-partition", "2")
	c.ok("c\n", "produce", "-topic", "three", "-partition", "0")
	require.Equal(t, "a\nb\n", c.ok("", "consume", "-topic", "three", "-exit-at-end", "-partition", "2"))
	require.Empty(t, c.ok("", "consume", "-topic", "three", "-exit-at-end", "-partition", "1"))
	all := strings.Fields(c.ok("", "consume", "-topic", "three", "-exit-at-end"))
	require.ElementsMatch(t, []string{"a", "b", "c"}, all)
	code, _, errs := c.run("", "consume", "-topic", "three", "-exit-at-end", "-partition", "7")
	require.Equal(t, cli.ExitUsage, code)
	require.Contains(t, errs, "has no partition 7")
}

func TestTopics(t *testing.T) {
	c := newConsole(t)
	c.ok("a\nb\n", "produce", "-topic", "one")
	require.Regexp(t, `^TOPIC +PARTITIONS\n(lines-\w+ +1\n){5}one +1\nthree +3\n$`, c.ok("", "topics", "-brief"))
	table := c.ok("", "topics", "-topic", "one")
	require.Regexp(t, `one\s+0\s+0 \(127\.0\.0\.1:\d+\)\s+0\s+0\s+0\s+2\n`, table)
}

func TestWhatIsTooLongIsNamed(t *testing.T) {
	c := newConsole(t)
	code, _, errs := c.run("short\n"+strings.Repeat("x", 200_000)+"\n", "produce", "-topic", "one", "-max-message-bytes", "1000")
	require.Equal(t, cli.ExitFailure, code)
	require.Contains(t, errs, "standard input, line 2: longer than -max-message-bytes (1000)")
	require.Equal(t, "short\n", c.ok("", "consume", "-topic", "one", "-exit-at-end"))
	for _, end := range []string{"", "\n"} { // just too long, and just not
		code, _, errs = c.run(strings.Repeat("x", 1001)+end, "produce", "-topic", "one", "-max-message-bytes", "1000")
		require.Equal(t, cli.ExitFailure, code)
		require.Contains(t, errs, "standard input, line 1: longer")
		c.ok(strings.Repeat("x", 900)+end, "produce", "-topic", "one", "-max-message-bytes", "1000")
	}
}

func TestErrorsNameBrokersAndCauses(t *testing.T) {
	c := console{t: t, brokers: "127.0.0.1:1"}
	for _, command := range [][]string{{"produce", "-topic", "t"}, {"consume", "-topic", "t"}, {"topics"}} {
		code, _, errs := c.run("x\n", command[0], command[1:]...)
		require.Equal(t, cli.ExitFailure, code)
		require.Contains(t, errs, "  127.0.0.1:1: ")
		require.Contains(t, errs, "connection refused")
	}
}

func TestWhoLooksMakesNoTopic(t *testing.T) {
	c := newConsole(t)
	for _, args := range [][]string{{"consume", "-exit-at-end"}, {"topics"}} {
		code, _, errs := c.run("", args[0], append(args[1:], "-topic", "typo")...)
		require.Equal(t, cli.ExitFailure, code)
		require.Contains(t, errs, "looking up partitions: typo: "+sarama.ErrUnknownTopicOrPartition.Error())
		require.NotContains(t, c.ok("", "topics"), "typo")
	}
	c.ok("a\n", "produce", "-topic", "new")
	require.Equal(t, "a\n", c.ok("", "consume", "-topic", "new", "-exit-at-end"))
}

func TestWhatIsNotSentIsCountedByPartition(t *testing.T) {
	c := newConsole(t)
	code, _, errs := c.run("a\nb\n", "produce", "-topic", "three", "-partition", "7")
	require.Equal(t, cli.ExitFailure, code)
	require.Contains(t, errs, "not sent: 2 (three/7: 2); the first, for three/7: ")
	var f failures
	for i := range int32(12) {
		f.add(&sarama.ProducerError{Msg: &sarama.ProducerMessage{Topic: "t", Partition: i}, Err: sarama.ErrNotLeaderForPartition})
		f.add(&sarama.ProducerError{Msg: &sarama.ProducerMessage{Topic: "t", Partition: i}, Err: sarama.ErrTopicAuthorizationFailed})
	}
	require.ErrorIs(t, f.err(), sarama.ErrNotLeaderForPartition)
	require.ErrorContains(t, f.err(), "not sent: 24 (t/0: 2, t/1: 2, t/2: 2,")
	require.ErrorContains(t, f.err(), "t/9: 2, ...); the first, for t/0: ")
}

func TestUsage(t *testing.T) {
	c := console{t: t, brokers: "127.0.0.1:1"}
	for _, args := range [][]string{
		{"produce"}, {"produce", "-topic", "t", "-acks", "some"}, {"produce", "-topic", "t", "-codec", "zip"}, {"produce", "-topic", "t", "x"},
		{"produce", "-topic", "t", "-acks", "local", "-idempotent"}, {"produce", "-topic", "t", "-codec", "zstd", "-version", "1.0.0"},
		{"consume"}, {"consume", "-topic", "t", "-offset", "middle"}, {"consume", "-topic", "t", "-format", "%z"},
		{"consume", "-topic", "t", "-format", `\`}, {"topics", "x"}, {"nonsense"},
	} {
		code, _, errs := c.run("", args[0], args[1:]...)
		require.Equal(t, cli.ExitUsage, code, args)
		require.NotEmpty(t, errs)
	}
	for _, command := range []string{"produce", "consume", "topics"} {
		code, _, errs := c.run("", command, "-h")
		require.Equal(t, cli.ExitOK, code)
		require.Contains(t, errs, "-brokers")
	}
	require.Equal(t, cli.ExitUsage, run(context.Background(), nil, nil, new(bytes.Buffer), new(bytes.Buffer)))
}

func TestConsumeEndsWithTheContext(t *testing.T) {
	c := newConsole(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int)
	var out, errs bytes.Buffer
	go func() {
		done <- run(ctx, []string{"consume", "-brokers", c.brokers, "-topic", "one"}, nil, &out, &errs)
	}()
	cancel()
	require.Equal(t, cli.ExitOK, <-done, errs.String())
}

func TestProduceSendsLinesAsTheyComeAndEndsWithTheContext(t *testing.T) {
	c := newConsole(t)
	in, stdin := io.Pipe()
	defer stdin.Close() // the reading of standard input ends here, as otherwise with the program
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan int)
	var out, errs bytes.Buffer
	go func() {
		done <- run(ctx, []string{"produce", "-brokers", c.brokers, "-topic", "one"}, in, &out, &errs)
	}()
	_, err := stdin.Write([]byte("first\nsecond\nand the begin"))
	require.NoError(t, err)
	require.Equal(t, "first\nsecond\n", c.ok("", "consume", "-topic", "one", "-count", "2"))
	cancel()
	require.Equal(t, cli.ExitOK, <-done, errs.String())
	require.Contains(t, errs.String(), "2 records")
}

func TestConsumeShowsRecordsAsTheyCome(t *testing.T) {
	c := newConsole(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	shown, stdout := io.Pipe()
	done := make(chan int)
	var errs bytes.Buffer
	go func() {
		done <- run(ctx, []string{"consume", "-brokers", c.brokers, "-topic", "one"}, nil, stdout, &errs)
	}()
	c.ok("hello\n", "produce", "-topic", "one")
	line := make([]byte, 100)
	n, err := shown.Read(line)
	require.NoError(t, err)
	require.Equal(t, "hello\n", string(line[:n]))
	cancel()
	require.Equal(t, cli.ExitOK, <-done, errs.String())
}

func TestConsumeEndsWhereItCannotWrite(t *testing.T) {
	c := newConsole(t)
	c.ok("hello\n", "produce", "-topic", "one")
	nobody, stdout := io.Pipe()
	nobody.CloseWithError(errors.New("disk full"))
	var errs bytes.Buffer
	require.Equal(t, cli.ExitFailure, run(context.Background(), []string{"consume", "-brokers", c.brokers, "-topic", "one"}, nil, stdout, &errs))
	require.Contains(t, errs.String(), "disk full")
}

func TestEndsWithoutARecordOfTheirOwn(t *testing.T) {
	c := newConsole(t)
	conf := sarama.NewConfig()
	conf.Producer.Return.Successes = true
	conf.Producer.Idempotent, conf.Producer.RequiredAcks, conf.Producer.Transaction.ID = true, sarama.WaitForAll, "t"
	producer, err := sarama.NewSyncProducer(strings.Split(c.brokers, ","), conf)
	require.NoError(t, err)
	transaction := func(value string, end func() error) {
		require.NoError(t, producer.BeginTxn())
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: "one", Value: sarama.StringEncoder(value)})
		require.NoError(t, err)
		require.NoError(t, end())
	}
	transaction("first", producer.CommitTxn) // offsets 0 and, for its mark, 1
	transaction("aborted", producer.AbortTxn)
	transaction("second", producer.CommitTxn)
	transaction("aborted too", producer.AbortTxn) // 6 and 7
	for _, version := range []string{"0.11.0.0", "2.8.0"} {
		require.Equal(t, "first\naborted\nsecond\naborted too\n", c.ok("", "consume", "-topic", "one", "-exit-at-end", "-version", version))
		require.Equal(t, "first\nsecond\n", c.ok("", "consume", "-topic", "one", "-exit-at-end", "-committed", "-version", version))
		require.Empty(t, c.ok("", "consume", "-topic", "one", "-exit-at-end", "-committed", "-offset", "5", "-version", version))
		require.Empty(t, c.ok("", "consume", "-topic", "one", "-exit-at-end", "-offset", "7", "-version", version))
	}
	require.NoError(t, producer.BeginTxn()) // and one that is still open
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "one", Value: sarama.StringEncoder("open")})
	require.NoError(t, err)
	require.Equal(t, "first\nsecond\n", c.ok("", "consume", "-topic", "one", "-exit-at-end", "-committed"))
	require.NoError(t, producer.AbortTxn())
	require.NoError(t, producer.Close())
}

func TestErrorsOnTheWayAreToldAndTriedAgain(t *testing.T) {
	c := newConsole(t)
	c.ok("a\nb\n", "produce", "-topic", "one")
	failures := 0
	c.cluster.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if failures++; failures > 1 {
			return nil, nil, false
		}
		c.cluster.KeepControl()
		fetch := req.(*kmsg.FetchRequest)
		resp := fetch.ResponseKind().(*kmsg.FetchResponse)
		resp.Topics = append(resp.Topics, kmsg.FetchResponseTopic{Topic: fetch.Topics[0].Topic, TopicID: fetch.Topics[0].TopicID,
			Partitions: []kmsg.FetchResponseTopicPartition{{ErrorCode: int16(sarama.ErrKafkaStorageError)}}})
		return resp, nil, true
	})
	code, out, errs := c.run("", "consume", "-topic", "one", "-exit-at-end")
	require.Equal(t, cli.ExitOK, code, errs)
	require.Equal(t, "a\nb\n", out)
}

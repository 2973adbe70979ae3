package sarama

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// records are what a client with a logger of its own has said.
func records(t *testing.T, text string) (all []map[string]any) {
	for line := range strings.Lines(text) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		delete(record, "time")
		all = append(all, record)
	}
	return all
}

// TestSlogTakesWhatAClientSays, and nothing of it goes to the global loggers.
func TestSlogTakesWhatAClientSays(t *testing.T) {
	var global, own bytes.Buffer
	var mu sync.Mutex
	captureLog(t, &lockedWriter{&mu, &global})
	conf := NewConfig()
	conf.ClientID = "billing"
	conf.Metadata.Retry.Max = 0
	conf.Slog = slog.New(slog.NewJSONHandler(&lockedWriter{&mu, &own}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	addr := closedPort(t)
	_, err := NewClient([]string{addr}, conf)
	require.ErrorIs(t, err, ErrOutOfBrokers)

	mu.Lock()
	defer mu.Unlock()
	require.Empty(t, global.String())
	said := records(t, own.String())
	require.Equal(t, map[string]any{"level": "DEBUG", "msg": "Initializing new client", "client_id": "billing"}, said[0])
	var refused map[string]any
	for _, record := range said {
		require.Equal(t, "billing", record["client_id"])
		if strings.HasPrefix(record["msg"].(string), "client/metadata got error from broker") {
			refused = record
		}
	}
	require.Equal(t, "WARN", refused["level"])
	require.Equal(t, "client/metadata", refused["component"])
	require.Contains(t, refused["error"], addr)
	require.Contains(t, refused["msg"], addr)
	require.Equal(t, addr, refused["broker"])
	require.NotContains(t, refused, "broker_id", "it is not known yet")
}

// TestSlogTellsWhatLinesAreAbout, in attributes, while Logger's lines are what they were.
func TestSlogTellsWhatLinesAreAbout(t *testing.T) {
	why := errors.New("why")
	broker, seed := newBrokerAt(&protocol.BrokerAddress{ID: 7, Host: "b7", Port: 9092}), NewBroker("seed:9092")
	failed := &ConsumerError{Topic: "orders", Partition: 3, Err: &BrokerError{Addr: "b9:9092", Err: why}}
	for _, test := range []struct {
		format string
		args   []any
		line   string
		about  map[string]any
	}{
		{"consumer/broker/%d abandoned %s/%d because %s\n", []any{logBroker{broker}, logTopic("orders"), logPartition(3), why},
			"consumer/broker/7 abandoned orders/3 because why", map[string]any{"broker_id": 7., "broker": "b7:9092", "topic": "orders", "partition": 3.}},
		{"registered #%d at %s", []any{logBroker{broker}, logAddress{broker}}, "registered #7 at b7:9092", map[string]any{"broker_id": 7., "broker": "b7:9092"}},
		{"#%d %s", []any{logBroker{seed}, logAddress{seed}}, "#-1 seed:9092", map[string]any{"broker": "seed:9092"}},
		{"%s member %q out of %d", []any{logGroup("g"), logMember("m"), logGeneration(4)}, `g member "m" out of 4`,
			map[string]any{"group": "g", "member": "m", "generation": 4.}},
		{"%s epoch %d", []any{logInstance("i"), logEpoch(5)}, "i epoch 5", map[string]any{"instance": "i", "member_epoch": 5.}},
		{"[%s] %v", []any{logTransaction("tx"), logNode(2)}, "[tx] 2", map[string]any{"transactional_id": "tx", "broker_id": 2.}},
		{"%s", []any{coordinatorKey{CoordinatorGroup, "g"}}, "g", map[string]any{"group": "g"}},
		{"%s", []any{coordinatorKey{CoordinatorTransaction, "t\nx"}}, `"t\nx"`, map[string]any{"transactional_id": "t\nx"}},
		{"%v", []any{failed}, failed.Error(), map[string]any{"topic": "orders", "partition": 3., "broker": "b9:9092"}},
		{"%v", []any{&ProducerError{Msg: &ProducerMessage{Topic: "t", Partition: 1}, Err: why}}, "", map[string]any{"topic": "t", "partition": 1.}},
		{"%v", []any{fmt.Errorf("%w: %w", ErrOutOfBrokers, &BrokerError{Addr: "one of several", Err: why})}, "", nil},
	} {
		var own, global bytes.Buffer
		conf := &Config{Slog: slog.New(slog.NewJSONHandler(&own, nil))}
		conf.logOfGroup("").Printf(test.format, test.args...)
		said := records(t, own.String())[0]
		for _, key := range []string{"level", "msg", "client_id", "component", "error"} {
			delete(said, key)
		}
		if test.about == nil {
			test.about = map[string]any{}
		}
		require.Equal(t, test.about, said)
		captureLog(t, &global)
		(&Config{}).log().Printf(test.format, test.args...)
		require.Contains(t, global.String(), test.line)
	}
	var own bytes.Buffer
	conf := &Config{Slog: slog.New(slog.NewJSONHandler(&own, nil))}
	conf.logOfGroup("billing").Println("Error closing", logBroker{broker}, ":", why)
	require.Equal(t, map[string]any{"level": "WARN", "msg": "Error closing 7 : why", "client_id": "", "group": "billing", "broker_id": 7., "broker": "b7:9092",
		"error": "why"}, records(t, own.String())[0])
	require.Equal(t, Logger, (&Config{}).logOfGroup("g"))
}

// TestSlogOfAClient: nothing that a client finds goes past it.
func TestSlogOfAClient(t *testing.T) {
	bubble(t, func(t *testing.T, net *scriptedNetwork) {
		var own, global bytes.Buffer
		captureLog(t, &global)
		b := net.broker(1)
		cluster := newScriptedCluster(b)
		cluster.setTopic("two\nlines", 1, ledBy(0, 1, 0))
		conf := net.config()
		conf.Slog = slog.New(slog.NewJSONHandler(&own, nil))
		c := testClient(t, conf, b)
		topics, err := c.Topics()
		require.NoError(t, err)
		require.Empty(t, topics)
		require.NoError(t, c.Close())
		require.Empty(t, global.String())
		require.Contains(t, own.String(), "leaving out topics")
	})
}

// TestSlogOfAGroup: what members and claims say has the names that their lines leave out.
func TestSlogOfAGroup(t *testing.T) {
	var own bytes.Buffer
	var mu sync.Mutex
	conf := &Config{Slog: slog.New(slog.NewJSONHandler(&lockedWriter{&mu, &own}, nil))}
	g := &consumerGroup{id: "billing", conf: conf}
	g.report(errors.New("why"), "orders", 2)
	require.Equal(t, "billing", records(t, own.String())[0]["group"])
	require.Equal(t, "orders", records(t, own.String())[0]["topic"])
	require.EqualValues(t, 2, records(t, own.String())[0]["partition"])
}

func TestLinesAboutBrokersCostNothingMore(t *testing.T) {
	conf, broker := &Config{}, NewBroker("b:9092")
	quiet := Logger
	t.Cleanup(func() { Logger = quiet })
	Logger = log.New(io.Discard, "", 0)
	var args [2]any
	allocations := testing.AllocsPerRun(100, func() {
		args[0], args[1] = logBroker{broker}, logAddress{broker}
		conf.logOfGroup("g")
	})
	require.Zero(t, allocations)
}

func TestSlogLinesBecomeRecords(t *testing.T) {
	var out bytes.Buffer
	conf := &Config{ClientID: "c", Slog: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo}))}
	conf.log().Print("a/b ", 1)
	conf.log().Printf("no component: %v\n", errors.New("why"))
	conf.log().Println("https://x is", "none either")
	conf.debugLog().Println("too little of interest")
	require.Equal(t, []map[string]any{
		{"level": "INFO", "msg": "a/b 1", "client_id": "c", "component": "a/b"},
		{"level": "WARN", "msg": "no component: why", "client_id": "c", "error": "why"},
		{"level": "INFO", "msg": "https://x is none either", "client_id": "c"},
	}, records(t, out.String()))
	require.Equal(t, Logger, (&Config{}).log())
	require.Equal(t, DebugLogger, (&Config{}).debugLog())
}

// countingHandler takes nothing, and counts how often it is given something.
type countingHandler struct {
	slog.Handler
	given int
}

func (h *countingHandler) Enabled(context.Context, slog.Level) bool        { return false }
func (h *countingHandler) Handle(ctx context.Context, r slog.Record) error { h.given++; return nil }

func TestSlogFormatsNothingThatNobodyWants(t *testing.T) {
	handler := &countingHandler{Handler: slog.NewTextHandler(io.Discard, nil)}
	conf := &Config{Slog: slog.New(handler)}
	conf.log().Printf("%v", panicsWhenPrinted{})
	require.Zero(t, handler.given)
}

type panicsWhenPrinted struct{}

func (panicsWhenPrinted) String() string { panic("printed") }

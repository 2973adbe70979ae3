package theirs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"github.com/seed20e6684a/sarama/compat/programs/script"
)

// tester is what a MockBroker and its answers report to.
type tester struct{ reporter }

func (t tester) Error(args ...any) { t.Errorf("error: %s", fmt.Sprint(args...)) }

func (t tester) Fatal(args ...any) { t.Errorf("fatal: %s", fmt.Sprint(args...)) }

func (t tester) Fatalf(format string, args ...any) { t.Errorf("fatal: "+format, args...) }

func (t tester) Helper() {}

// awaitHeartbeat returns when a MockBroker has had a heartbeat.
func awaitHeartbeat(b *sarama.MockBroker) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		for _, exchange := range b.History() {
			if _, is := exchange.Request.(*sarama.HeartbeatRequest); is {
				return
			}
		}
		<-ticker.C
	}
}

// history tells of each exchange that a MockBroker had, of what is asked again and again once. When a consumer fetches depends on
// the clock, and on the connection that it does it over.
func history(e *script.Env, b *sarama.MockBroker) {
	last := ""
	for _, exchange := range b.History() {
		switch exchange.Request.(type) {
		case *sarama.FetchRequest, *sarama.ApiVersionsRequest:
			continue
		}
		line := fmt.Sprintf("%T answered with %T", exchange.Request, exchange.Response)
		if line != last {
			e.Note("%s", line)
		}
		last = line
	}
}

// mockBroker is a test of a program with a producer, a consumer and an admin, by answers for types of requests.
func mockBroker(e *script.Env) {
	t := tester{reporter{e}}
	b := sarama.NewMockBroker(t, 7)
	e.Note("id %d, the port is that of the address: %t", b.BrokerID(), strings.HasSuffix(b.Addr(), fmt.Sprintf(":%d", b.Port())))
	var told, read, written atomic.Int64
	b.SetNotifier(func(bytesRead, bytesWritten int) {
		told.Add(1)
		read.Add(int64(bytesRead))
		written.Add(int64(bytesWritten))
	})
	b.SetHandlerByMap(map[string]sarama.MockResponse{
		"ApiVersionsRequest": sarama.NewMockApiVersionsResponse(t).SetApiKeys(keys()),
		"MetadataRequest": sarama.NewMockMetadataResponse(t).SetBroker(b.Addr(), b.BrokerID()).SetController(b.BrokerID()).
			SetLeader(script.Topic, 0, b.BrokerID()).SetLeader(script.Topic, 1, b.BrokerID()),
		"ProduceRequest": sarama.NewMockProduceResponse(t).SetError(script.Topic, 1, sarama.ErrMessageSizeTooLarge),
		"OffsetRequest": sarama.NewMockOffsetResponse(t).SetOffset(script.Topic, 0, sarama.OffsetOldest, 3).
			SetOffset(script.Topic, 0, sarama.OffsetNewest, 5),
		"FetchRequest": sarama.NewMockFetchResponse(t, 1).SetMessage(script.Topic, 0, 3, sarama.StringEncoder("three")).
			SetMessageWithKey(script.Topic, 0, 4, sarama.StringEncoder("k"), sarama.StringEncoder("four")).SetHighWaterMark(script.Topic, 0, 5),
		"CreateTopicsRequest": sarama.NewMockCreateTopicsResponse(t),
		"DeleteTopicsRequest": sarama.NewMockDeleteTopicsResponse(t).SetError(sarama.ErrTopicDeletionDisabled),
		"DescribeConfigsRequest": sarama.NewMockSequence(sarama.NewMockDescribeConfigsResponseWithErrorCode(t),
			sarama.NewMockDescribeConfigsResponse(t)),
	})
	c := config()
	c.Producer.Partitioner = sarama.NewManualPartitioner
	p, err := sarama.NewSyncProducer([]string{b.Addr()}, c)
	e.Err("producer", err)
	for partition := range int32(2) {
		m := message("a")
		m.Partition = partition
		send(e, p, m)
	}
	e.Err("close", p.Close())
	consumer, err := sarama.NewConsumer([]string{b.Addr()}, c)
	e.Err("consumer", err)
	pc, err := consumer.ConsumePartition(script.Topic, 0, sarama.OffsetOldest)
	e.Err("partition", err)
	for range 2 {
		m := <-pc.Messages()
		e.Note("read %d %s=%s, high water mark %d", m.Offset, m.Key, m.Value, pc.HighWaterMarkOffset())
	}
	e.Err("close", pc.Close())
	e.Err("close", consumer.Close())
	mockAdmin(e, b)
	history(e, b)
	e.Note("told %t, read %t, written %t", told.Load() > 5, read.Load() > 100, written.Load() > 100)
	b.Close()
}

// keys are what the mock has, in the versions that its answers are for.
func keys() []sarama.ApiVersionsResponseKey {
	var all []sarama.ApiVersionsResponseKey
	for key, version := range map[int16]int16{0: 3, 1: 4, 2: 1, 3: 5, 18: 0, 19: 2, 20: 1, 32: 1} {
		all = append(all, sarama.ApiVersionsResponseKey{ApiKey: key, MaxVersion: version})
	}
	return all
}

func mockAdmin(e *script.Env, b *sarama.MockBroker) {
	a, err := sarama.NewClusterAdmin([]string{b.Addr()}, config())
	e.Err("admin", err)
	e.Err("create", a.CreateTopic("t", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false))
	e.Err("create", a.CreateTopic("_internal", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false))
	e.Err("delete", a.DeleteTopic("t"))
	for range 2 {
		entries, err := a.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: script.Topic}) //nolint:staticcheck // sarama has it
		e.Err("configs", err)
		e.Note("there are some: %t", len(entries) > 0)
	}
	e.Err("close", a.Close())
}

// mockReturns is a test by answers in their order.
func mockReturns(e *script.Env) {
	t := tester{reporter{e}}
	b := sarama.NewMockBroker(t, 1)
	c := config()
	c.Version, c.ApiVersionsRequest = sarama.V0_11_0_0, false
	metadata := new(sarama.MetadataResponse)
	metadata.AddBroker(b.Addr(), b.BrokerID())
	metadata.AddTopicPartition(script.Topic, 0, b.BrokerID(), nil, nil, nil, sarama.ErrNoError)
	b.Returns(metadata)
	client, err := sarama.NewClient([]string{b.Addr()}, c)
	e.Err("client", err)
	partitions, err := client.Partitions(script.Topic)
	e.Note("partitions %v %v", partitions, err)
	offsets := new(sarama.OffsetResponse)
	offsets.AddTopicPartition(script.Topic, 0, 123)
	b.Returns(offsets)
	offset, err := client.GetOffset(script.Topic, 0, sarama.OffsetNewest)
	e.Note("offset %d %v", offset, err)
	b.Returns(&sarama.FindCoordinatorResponse{Coordinator: client.Brokers()[0]})
	coordinator, err := client.Coordinator("g")
	e.Note("coordinator %t %v", coordinator != nil, err)
	b.SetLatency(50 * time.Millisecond)
	b.Returns(metadata)
	before := time.Now()
	e.Err("refresh", client.RefreshMetadata())
	e.Note("late %t", time.Since(before) >= 50*time.Millisecond)
	e.Err("close", client.Close())
	history(e, b)
	b.Returns(metadata) // nobody asks for it
	b.Close()
}

// mockGroup is a test of a member of a group.
func mockGroup(e *script.Env) {
	t := tester{reporter{e}}
	b := sarama.NewMockBroker(t, 0)
	defer b.Close()
	b.SetHandlerByMap(map[string]sarama.MockResponse{
		"MetadataRequest": sarama.NewMockMetadataResponse(t).SetBroker(b.Addr(), b.BrokerID()).SetLeader(script.Topic, 0, b.BrokerID()),
		"OffsetRequest": sarama.NewMockOffsetResponse(t).SetOffset(script.Topic, 0, sarama.OffsetOldest, 0).
			SetOffset(script.Topic, 0, sarama.OffsetNewest, 1),
		"FindCoordinatorRequest": sarama.NewMockFindCoordinatorResponse(t).SetCoordinator(sarama.CoordinatorGroup, "g", b),
		"HeartbeatRequest":       sarama.NewMockHeartbeatResponse(t),
		"JoinGroupRequest":       sarama.NewMockJoinGroupResponse(t).SetGroupProtocol(sarama.RangeBalanceStrategyName).SetMemberId("m").SetLeaderId("other"),
		"SyncGroupRequest": sarama.NewMockSyncGroupResponse(t).SetMemberAssignment(&sarama.ConsumerGroupMemberAssignment{
			Topics: map[string][]int32{script.Topic: {0}},
		}),
		"OffsetFetchRequest":  sarama.NewMockOffsetFetchResponse(t).SetOffset("g", script.Topic, 0, 0, "", sarama.ErrNoError).SetError(sarama.ErrNoError),
		"OffsetCommitRequest": sarama.NewMockOffsetCommitResponse(t),
		"LeaveGroupRequest":   sarama.NewMockLeaveGroupResponse(t),
		"FetchRequest": sarama.NewMockSequence(sarama.NewMockFetchResponse(t, 1).SetMessage(script.Topic, 0, 0, sarama.StringEncoder("zero")),
			sarama.NewMockFetchResponse(t, 1)),
	})
	c := config()
	c.ApiVersionsRequest = false
	c.Consumer.Offsets.Initial, c.Consumer.Offsets.AutoCommit.Enable = sarama.OffsetOldest, false
	g, err := sarama.NewConsumerGroup([]string{b.Addr()}, "g", c)
	e.Err("group", err)
	e.Err("consume", g.Consume(context.Background(), []string{script.Topic}, &handler{env: e, want: 1, await: func() { awaitHeartbeat(b) }}))
	e.Err("close", g.Close())
	var kinds []string
	for _, exchange := range b.History() {
		if kind := fmt.Sprintf("%T", exchange.Request); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	e.Note("asked for %v", kinds)
}

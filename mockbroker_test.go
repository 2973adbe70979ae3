package sarama

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed20e6684a/sarama/protocol"
)

// failures is a TestReporter that keeps what it is told.
type failures struct {
	mu    sync.Mutex
	texts []string
}

func (f *failures) Error(args ...any) { f.Errorf("%s", fmt.Sprint(args...)) }
func (f *failures) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}
func (f *failures) Fatal(args ...any)                 { f.Error(args...); panic("fatal") }
func (f *failures) Fatalf(format string, args ...any) { f.Errorf(format, args...); panic("fatal") }
func (f *failures) Helper()                           {}

func (f *failures) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.texts...)
}

// mockClient speaks to a MockBroker by frames.
type mockClient struct {
	t    *testing.T
	conn net.Conn
}

func dialMock(t *testing.T, b *MockBroker) *mockClient {
	conn, err := net.Dial("tcp", b.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &mockClient{t, conn}
}

func (c *mockClient) send(m protocol.Message) int {
	frame, err := protocol.AppendRequest(nil, m, 7, "me")
	require.NoError(c.t, err)
	_, err = c.conn.Write(frame)
	require.NoError(c.t, err)
	return len(frame)
}

func (c *mockClient) receive(into protocol.Message) int {
	frame, err := c.frame()
	require.NoError(c.t, err)
	require.EqualValues(c.t, 7, binary.BigEndian.Uint32(frame))
	body, err := protocol.CutResponseHeader(frame[4:], protocol.KeyOf(into), protocol.VersionOf(into))
	require.NoError(c.t, err)
	require.NoError(c.t, protocol.Unmarshal(body, into))
	return len(frame) + 4
}

func (c *mockClient) frame() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(c.conn, size[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(c.conn, frame)
	return frame, err
}

func TestMockBrokerReturns(t *testing.T) {
	b := NewMockBroker(t, 3)
	defer b.Close()
	require.EqualValues(t, 3, b.BrokerID())
	require.True(t, strings.HasSuffix(b.Addr(), fmt.Sprintf(":%d", b.Port())))
	c := dialMock(t, b)
	heartbeat := &HeartbeatResponse{Err: ErrRebalanceInProgress}
	b.Returns(heartbeat)
	b.Returns(&MetadataResponse{ControllerID: 9})
	for _, version := range []int16{0, 4} {
		c.send(&ApiVersionsRequest{Version: version, ClientSoftwareName: "a", ClientSoftwareVersion: "1"}) // has an answer by itself
		apis := &ApiVersionsResponse{Version: version}
		c.receive(apis)
		require.Len(t, apis.ApiKeys, len(protocol.APIs()))
	}
	c.send(&HeartbeatRequest{Version: 4, GroupId: "g"})
	got := &HeartbeatResponse{Version: 4}
	c.receive(got)
	require.Equal(t, ErrRebalanceInProgress, got.Err)
	require.Zero(t, heartbeat.Version, "the test's own is left alone")

	c.send(&MetadataRequest{Version: 12})
	metadata := &protocol.MetadataResponse{Version: 12}
	c.receive(metadata)
	require.EqualValues(t, 9, metadata.ControllerID)

	c.send(&HeartbeatRequest{GroupId: "late"})
	b.Returns(&HeartbeatResponse{Err: ErrUnknownMemberId}) // while it is waited for, or before
	got = new(HeartbeatResponse)
	c.receive(got)
	require.Equal(t, ErrUnknownMemberId, got.Err)

	b.Returns(&ApiVersionsResponse{ErrorCode: 35})
	c.send(new(ApiVersionsRequest))
	apis := new(ApiVersionsResponse)
	c.receive(apis)
	require.EqualValues(t, 35, apis.ErrorCode)

	history := b.History()
	require.Len(t, history, 6)
	require.Equal(t, "g", history[2].Request.(*HeartbeatRequest).GroupId)
	require.Same(t, heartbeat, history[2].Response)
	require.EqualValues(t, 9, history[3].Response.(*MetadataResponse).ControllerID)
}

func TestMockBrokerReportsWhatIsLeft(t *testing.T) {
	f := new(failures)
	b := NewMockBroker(f, 1)
	b.Returns(&HeartbeatResponse{Err: ErrUnknownMemberId})
	b.Close()
	b.Close()
	require.Len(t, f.all(), 1)
	require.Contains(t, f.all()[0], "mockbroker/1: not all expectations were satisfied! Still waiting on:\n")
	require.Contains(t, f.all()[0], "HeartbeatResponse")
}

func TestMockBrokerHandlers(t *testing.T) {
	b := NewMockBroker(t, 1)
	defer b.Close()
	var read, written []int
	b.SetNotifier(func(r, w int) { read, written = append(read, r), append(written, w) })
	b.SetLatency(time.Microsecond)
	handlers := map[string]MockResponse{
		"HeartbeatRequest": NewMockSequence(
			&HeartbeatResponse{Err: ErrUnknownMemberId}, NewMockHeartbeatResponse(t), NewMockWrapper(&HeartbeatResponse{Err: ErrIllegalGeneration}),
		),
		"MetadataRequest": MockResponseFunc(func(protocol.Message) any { return (*MetadataResponse)(nil) }),
		"EndTxnRequest":   nil,
	}
	b.SetHandlerByMap(handlers)
	delete(handlers, "HeartbeatRequest")
	c := dialMock(t, b)
	var sizes, answers []int
	for _, expected := range []KError{ErrUnknownMemberId, ErrNoError, ErrIllegalGeneration, ErrIllegalGeneration} {
		c.send(new(MetadataRequest)) // is left unanswered, like the next
		c.send(new(EndTxnRequest))
		sizes = append(sizes, c.send(new(HeartbeatRequest)))
		got := new(HeartbeatResponse)
		answers = append(answers, c.receive(got))
		require.Equal(t, expected, got.Err)
	}
	b.SetHandlerFuncByMap(map[string]func(*MockRequest) any{"HeartbeatRequest": func(r *MockRequest) any {
		require.EqualValues(t, 7, r.CorrelationID)
		require.Equal(t, "me", r.ClientID)
		return &HeartbeatResponse{Err: ErrRebalanceInProgress}
	}})
	c.send(new(HeartbeatRequest))
	got := new(HeartbeatResponse)
	c.receive(got)
	require.Equal(t, ErrRebalanceInProgress, got.Err)
	b.Close()
	require.Equal(t, sizes, read[:4])
	require.Equal(t, answers, written[:4])
	require.Len(t, b.History(), 13)
	require.Nil(t, b.History()[0].Response)
}

func TestMockBrokerServesTokens(t *testing.T) {
	b := NewMockBroker(t, 1)
	defer b.Close()
	b.SetGSSAPIHandler(func(token []byte) []byte { return append([]byte("re:"), token...) })
	for _, token := range []string{"\x60token", "\x05\x04token"} {
		c := dialMock(t, b)
		frame := append(binary.BigEndian.AppendUint32(nil, uint32(len(token))), token...)
		_, err := c.conn.Write(frame)
		require.NoError(t, err)
		answer := make([]byte, len(frame)+3)
		_, err = io.ReadFull(c.conn, answer)
		require.NoError(t, err)
		require.Equal(t, "re:"+string(frame), string(answer))
	}
	require.Empty(t, b.History())
}

func TestMockBrokerSurvivesOddInput(t *testing.T) {
	heartbeat, err := protocol.AppendRequest(nil, new(HeartbeatRequest), 1, "me")
	require.NoError(t, err)
	cut := bytes.Clone(heartbeat)[:len(heartbeat)-3]
	binary.BigEndian.PutUint32(cut, uint32(len(cut)-4))
	for name, odd := range map[string]struct {
		input  []byte
		answer any
		report string // empty: none
	}{
		"nothing":              {[]byte{}, nil, ""},
		"half a size":          {[]byte{0, 0}, nil, ""},
		"half a request":       {heartbeat[:9], nil, ""},
		"too small":            {[]byte{0, 0, 0, 4, 0, 0, 0, 0}, nil, "message of length 4 too large or too small"},
		"negative":             {[]byte{255, 255, 255, 255}, nil, "message of length -1 too large or too small"},
		"too large":            {[]byte{127, 0, 0, 0}, nil, "too large or too small"},
		"unknown API":          {[]byte{0, 0, 0, 10, 99, 0, 0, 0, 0, 0, 0, 1, 255, 255}, nil, "unknown API key 25344"},
		"unknown version":      {[]byte{0, 0, 0, 11, 0, 3, 99, 0, 0, 0, 0, 1, 255, 255, 0}, nil, "Metadata has no version 25344"},
		"cut off":              {cut, nil, "Heartbeat v0 request"},
		"token":                {[]byte{0, 0, 0, 5, 0x60, 1, 2, 3, 4}, nil, "SetGSSAPIHandler"},
		"answer is a request":  {heartbeat, new(HeartbeatRequest), "failed to encode *protocol.HeartbeatRequest - it is no response"},
		"answer is no message": {heartbeat, "text", "failed to encode string - it is no message of Kafka's protocol"},
		"answer has no port":   {heartbeat, &MetadataResponse{Brokers: []*Broker{NewBroker("nowhere")}}, "failed to encode *sarama.MetadataResponse"},
		"another API's":        {heartbeat, new(MetadataResponse), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := new(failures)
			b := NewMockBroker(f, 1)
			b.SetHandlerByMap(map[string]MockResponse{"HeartbeatRequest": NewMockWrapper(odd.answer)})
			c := dialMock(t, b)
			_, err := c.conn.Write(odd.input)
			require.NoError(t, err)
			if odd.report == "" {
				if odd.answer != nil {
					_, err = c.frame()
					require.NoError(t, err)
				}
				require.NoError(t, c.conn.Close())
			} else {
				_, err = c.frame()
				require.Error(t, err)
				require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is closed, with what was not read yet or without")
			}
			b.Close()
			if odd.report == "" {
				require.Empty(t, f.all())
				return
			}
			require.Len(t, f.all(), 1)
			require.Contains(t, f.all()[0], odd.report)
		})
	}
}

func TestMockBrokerClosesAtAnyMoment(t *testing.T) {
	t.Run("while a request waits for an answer", func(t *testing.T) {
		b := NewMockBroker(t, 1)
		c := dialMock(t, b)
		c.send(new(HeartbeatRequest))
		b.Close()
		_, err := c.frame()
		require.Error(t, err)
		b.Returns(new(HeartbeatResponse)) // too late, and no panic
	})
	t.Run("while it delays a request", func(t *testing.T) {
		b := NewMockBroker(t, 1)
		b.SetLatency(time.Hour)
		c := dialMock(t, b)
		c.send(new(HeartbeatRequest))
		b.Close()
		_, err := c.frame()
		require.Error(t, err)
	})
	t.Run("while nobody reads its answers", func(t *testing.T) {
		b := NewMockBroker(t, 1)
		large := strings.Repeat("x", 30000)
		b.SetHandlerByMap(map[string]MockResponse{"SaslHandshakeRequest": NewMockSaslHandshakeResponse(t).SetEnabledMechanisms([]string{large})})
		c := dialMock(t, b)
		for range 1000 {
			c.send(&SaslHandshakeRequest{Version: 1, Mechanism: "m"})
		}
		b.Close()
	})
	t.Run("from many goroutines", func(t *testing.T) {
		b := NewMockBroker(t, 1)
		var closers sync.WaitGroup
		for range 8 {
			closers.Go(b.Close)
		}
		closers.Wait()
	})
}

func TestMockBrokerAt(t *testing.T) {
	first := NewMockBroker(t, 1)
	addr := first.Addr()
	go first.Close()
	again := NewMockBrokerAddr(t, 2, addr) // waits if need be
	require.Equal(t, addr, again.Addr())
	again.Close()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := NewMockBrokerListener(t, 3, listener)
	require.Equal(t, listener.Addr().String(), b.Addr())
	b.Close()

	f := new(failures)
	require.PanicsWithValue(t, "fatal", func() { NewMockBrokerAddr(f, 1, "256.0.0.1:0") })
	require.Len(t, f.all(), 1)
}

func TestMockSequencePanics(t *testing.T) {
	require.PanicsWithValue(t, "Unexpected response type: string", func() { NewMockSequence("text") })
	require.Panics(t, func() { NewMockSequence() })
}

// everyMockResponse has one of each, by the name of the request that it answers.
func everyMockResponse(t TestReporter) map[string][]MockResponse {
	return map[string][]MockResponse{
		"AlterConfigsRequest":                {NewMockAlterConfigsResponse(t), NewMockAlterConfigsResponseWithErrorCode(t)},
		"AlterPartitionReassignmentsRequest": {NewMockAlterPartitionReassignmentsResponse(t)},
		"ApiVersionsRequest":                 {NewMockApiVersionsResponse(t)},
		"ConsumerGroupDescribeRequest":       {NewMockConsumerGroupDescribeResponse(t).AddGroupDescription("g", ConsumerGroupDescription{})},
		"CreateAclsRequest":                  {NewMockCreateAclsResponse(t), NewMockCreateAclsResponseWithError(t)},
		"CreatePartitionsRequest":            {NewMockCreatePartitionsResponse(t)},
		"CreateTopicsRequest":                {NewMockCreateTopicsResponse(t)},
		"DeleteAclsRequest":                  {NewMockDeleteAclsResponse(t)},
		"DeleteGroupsRequest":                {NewMockDeleteGroupsRequest(t).SetDeletedGroups([]string{"g"})},
		"DeleteOffsetsRequest":               {NewMockDeleteOffsetRequest(t).SetDeletedOffset(ErrNoError, "t", 1, ErrGroupSubscribedToTopic)},
		"DeleteRecordsRequest":               {NewMockDeleteRecordsResponse(t)},
		"DeleteTopicsRequest":                {NewMockDeleteTopicsResponse(t).SetError(ErrTopicDeletionDisabled)},
		"DescribeConfigsRequest":             {NewMockDescribeConfigsResponse(t), NewMockDescribeConfigsResponseWithErrorCode(t)},
		"DescribeGroupsRequest":              {NewMockDescribeGroupsResponse(t).AddGroupDescription("g", &GroupDescription{GroupId: "g"})},
		"DescribeLogDirsRequest":             {NewMockDescribeLogDirsResponse(t).SetLogDirs("/d", map[string]int{"t": 2})},
		"DescribeProducersRequest":           {NewMockDescribeProducersResponse(t).AddProducer("t", 1, ProducerState{ProducerID: 5}).SetError("t", 2, ErrNotLeaderForPartition)},
		"DescribeTransactionsRequest":        {NewMockDescribeTransactionsResponse(t).AddTransaction("x", TransactionState{ProducerID: 5}).SetError("y", ErrTransactionalIDNotFound)},
		"ElectLeadersRequest":                {NewMockElectLeadersResponse(t)},
		"FetchRequest":                       {NewMockFetchResponse(t, 1)},
		"FindCoordinatorRequest":             {NewMockFindCoordinatorResponse(t).SetError(CoordinatorTransaction, "x", ErrNotCoordinatorForConsumer), NewMockConsumerMetadataResponse(t).SetError("x", ErrNotCoordinatorForConsumer)},
		"HeartbeatRequest":                   {NewMockHeartbeatResponse(t).SetError(ErrIllegalGeneration)},
		"IncrementalAlterConfigsRequest":     {NewMockIncrementalAlterConfigsResponse(t), NewMockIncrementalAlterConfigsResponseWithErrorCode(t)},
		"InitProducerIDRequest":              {NewMockInitProducerIDResponse(t).SetProducerID(1).SetProducerEpoch(2).SetError(ErrUnknown)},
		"JoinGroupRequest": {
			NewMockJoinGroupResponse(t),
			NewMockJoinGroupResponse(t).SetError(ErrUnknown).SetGenerationId(1).SetThrottleTime(2).SetLeaderId("l").SetMemberId("m").
				SetGroupProtocol("p").SetMember("m", &ConsumerGroupMemberMetadata{Topics: []string{"t"}}),
		},
		"LeaveGroupRequest":                 {NewMockLeaveGroupResponse(t).SetError(ErrUnknown)},
		"DescribeAclsRequest":               {NewMockListAclsResponse(t)},
		"ListGroupsRequest":                 {NewMockListGroupsResponse(t).AddGroup("g", "consumer")},
		"ListPartitionReassignmentsRequest": {NewMockListPartitionReassignmentsResponse(t)},
		"ListTransactionsRequest":           {NewMockListTransactionsResponse(t).AddTransaction("x", 1, "Ongoing").SetError(ErrUnknown)},
		"MetadataRequest":                   {NewMockMetadataResponse(t).SetBroker("a:1", 1).SetController(1).SetLeader("t", 0, 1).SetError("u", ErrInvalidTopic)},
		"OffsetCommitRequest":               {NewMockOffsetCommitResponse(t).SetError("g", "t", 1, ErrUnknown)},
		"OffsetFetchRequest":                {NewMockOffsetFetchResponse(t).SetOffset("g", "t", 1, 2, "m", ErrUnknown).SetError(ErrUnknown)},
		"OffsetRequest":                     {NewMockOffsetResponse(t).SetOffset("t", 0, OffsetNewest, 5)},
		"ProduceRequest":                    {NewMockProduceResponse(t).SetVersion(3).SetError("t", 1, ErrUnknown)},
		"SaslAuthenticateRequest":           {NewMockSaslAuthenticateResponse(t).SetAuthBytes([]byte("a")).SetError(ErrUnknown).SetSessionLifetimeMs(5)},
		"SaslHandshakeRequest":              {NewMockSaslHandshakeResponse(t).SetEnabledMechanisms([]string{"m"}).SetError(ErrUnknown)},
		"SyncGroupRequest":                  {NewMockSyncGroupResponse(t), NewMockSyncGroupResponse(t).SetError(ErrUnknown).SetMemberAssignment(&ConsumerGroupMemberAssignment{})},
		"UpdateFeaturesRequest":             {NewMockUpdateFeaturesResponse(t)},
	}
}

func TestMockResponsesAtEachVersion(t *testing.T) {
	mocks := everyMockResponse(t)
	for _, api := range protocol.APIs() {
		for version := api.MinVersion; version <= api.MaxVersion; version++ {
			request, err := protocol.NewRequest(api.Key, version)
			if err != nil {
				continue // no API of brokers
			}
			name := reflect.TypeOf(request).Elem().Name()
			for _, mock := range mocks[name] {
				response := mock.For(request)
				if name == "ProduceRequest" {
					require.Nil(t, response, "it wants no answer")
					request.(*ProduceRequest).RequiredAcks = WaitForAll
					response = mock.For(request)
				}
				frame, err := encodeMockResponse(response, version, 1)
				require.NoError(t, err, "%T v%d", mock, version)
				decoded, err := protocol.NewResponse(api.Key, version)
				require.NoError(t, err)
				body, err := protocol.CutResponseHeader(frame[8:], api.Key, version)
				require.NoError(t, err)
				require.NoError(t, protocol.Unmarshal(body, decoded), "%T v%d", mock, version)
			}
		}
	}
}

func TestMockResponsesRefuseOtherRequests(t *testing.T) {
	f := new(failures)
	n := 0
	for _, mocks := range everyMockResponse(f) {
		for _, mock := range mocks {
			require.Nil(t, mock.For(new(AlterReplicaLogDirsRequest)))
			n++
			require.Len(t, f.all(), n)
			require.Equal(t, fmt.Sprintf("%T cannot answer a *protocol.AlterReplicaLogDirsRequest", mock), f.all()[n-1])
		}
	}
	require.Greater(t, n, 40)
	require.Nil(t, NewMockHeartbeatResponse(nil).For(new(MetadataRequest)), "without a test to fail")
}

package sarama

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// MockResponse answers requests of one type, for MockBroker.SetHandlerByMap. Those of this package answer a request of
// another type with a failure of the test.
type MockResponse interface {
	// For returns the answer to a request, a pointer to a struct such as *MetadataResponse for a *MetadataRequest; nil leaves
	// the request unanswered. The answer's version is set for it.
	For(request protocol.Message) (response any)
}

// MockResponseFunc is a MockResponse that is a function.
type MockResponseFunc func(request protocol.Message) (response any)

// For calls the function.
func (f MockResponseFunc) For(request protocol.Message) any { return f(request) }

// MockWrapper gives one answer to whatever is asked.
type MockWrapper struct{ response any }

// NewMockWrapper returns what always answers with a response, such as a *MetadataResponse.
func NewMockWrapper(response any) *MockWrapper { return &MockWrapper{response} }

// For returns the response.
func (mw *MockWrapper) For(protocol.Message) any { return mw.response }

// MockSequence gives one answer after another, and the last one from then on.
type MockSequence struct {
	mu        sync.Mutex // guards what follows
	responses []MockResponse
}

// NewMockSequence returns a sequence of answers, each a MockResponse or a response, such as a *MetadataResponse. It panics if
// one is neither, or if there is none.
func NewMockSequence(responses ...any) *MockSequence {
	if len(responses) == 0 {
		panic("NewMockSequence needs a response")
	}
	sequence := new(MockSequence)
	for _, response := range responses {
		mock, ok := response.(MockResponse)
		if !ok {
			if _, err := messageOf(response); err != nil {
				panic(fmt.Sprintf("Unexpected response type: %T", response))
			}
			mock = NewMockWrapper(response)
		}
		sequence.responses = append(sequence.responses, mock)
	}
	return sequence
}

// For returns the next answer.
func (mc *MockSequence) For(request protocol.Message) any {
	mc.mu.Lock()
	next := mc.responses[0]
	if len(mc.responses) > 1 {
		mc.responses = mc.responses[1:]
	}
	mc.mu.Unlock()
	return next.For(request)
}

// asked returns a request as the type that a MockResponse answers; nil, and a failure of the test, if it is another.
func asked[R any](t TestReporter, mock MockResponse, request protocol.Message) *R {
	if r, ok := any(request).(*R); ok {
		return r
	}
	report(t, "%T cannot answer a %T", mock, request)
	return nil
}

// report fails the test, if there is one.
func report(t TestReporter, format string, args ...any) {
	if t == nil {
		Logger.Printf("*** mockbroker: "+format, args...)
		return
	}
	t.Helper()
	t.Errorf(format, args...)
}

// mockPartitions are values by topic and partition.
type mockPartitions[V any] map[string]map[int32]V

func (m *mockPartitions[V]) set(topic string, partition int32, v V) {
	if *m == nil {
		*m = make(mockPartitions[V])
	}
	if (*m)[topic] == nil {
		(*m)[topic] = make(map[int32]V)
	}
	(*m)[topic][partition] = v
}

// MockApiVersionsResponse answers ApiVersionsRequests.
type MockApiVersionsResponse struct {
	mu   sync.Mutex // guards what follows
	t    TestReporter
	keys []ApiVersionsResponseKey
}

// NewMockApiVersionsResponse returns an answer by which the broker has all APIs, Produce in versions 5 to 8 and Fetch in
// versions 7 to 11.
func NewMockApiVersionsResponse(t TestReporter) *MockApiVersionsResponse {
	keys := everyAPIVersion().ApiKeys
	for i := range keys {
		switch keys[i].ApiKey {
		case protocol.KeyProduce:
			keys[i].MinVersion, keys[i].MaxVersion = 5, 8
		case protocol.KeyFetch:
			keys[i].MinVersion, keys[i].MaxVersion = 7, 11
		}
	}
	return &MockApiVersionsResponse{t: t, keys: keys}
}

// SetApiKeys sets the APIs that the broker has. Clients send no request of another one, unless there are none at all.
func (m *MockApiVersionsResponse) SetApiKeys(apiKeys []ApiVersionsResponseKey) *MockApiVersionsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys = apiKeys
	return m
}

// For returns the answer to an *ApiVersionsRequest.
func (m *MockApiVersionsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	if asked[ApiVersionsRequest](m.t, m, request) == nil {
		return nil
	}
	return &ApiVersionsResponse{ApiKeys: m.keys, FinalizedFeaturesEpoch: -1}
}

// MockMetadataResponse answers MetadataRequests.
type MockMetadataResponse struct {
	mu         sync.Mutex // guards what follows
	t          TestReporter
	controller int32
	brokers    map[string]int32 // ids by address
	leaders    mockPartitions[int32]
	errors     map[string]KError
}

// NewMockMetadataResponse returns an answer without brokers and topics, with broker 0 as the controller.
func NewMockMetadataResponse(t TestReporter) *MockMetadataResponse {
	return &MockMetadataResponse{t: t, brokers: make(map[string]int32), errors: make(map[string]KError)}
}

// SetBroker adds a broker; each is a replica of all partitions.
func (mmr *MockMetadataResponse) SetBroker(addr string, brokerID int32) *MockMetadataResponse {
	mmr.mu.Lock()
	defer mmr.mu.Unlock()
	mmr.brokers[addr] = brokerID
	return mmr
}

// SetController sets the controller.
func (mmr *MockMetadataResponse) SetController(brokerID int32) *MockMetadataResponse {
	mmr.mu.Lock()
	defer mmr.mu.Unlock()
	mmr.controller = brokerID
	return mmr
}

// SetLeader adds a partition, and its topic if need be, or sets the leader of one that there is.
func (mmr *MockMetadataResponse) SetLeader(topic string, partition, brokerID int32) *MockMetadataResponse {
	mmr.mu.Lock()
	defer mmr.mu.Unlock()
	mmr.leaders.set(topic, partition, brokerID)
	return mmr
}

// SetError sets the error of a topic that has no partitions. A topic without either is unknown.
func (mmr *MockMetadataResponse) SetError(topic string, kerror KError) *MockMetadataResponse {
	mmr.mu.Lock()
	defer mmr.mu.Unlock()
	mmr.errors[topic] = kerror
	return mmr
}

// For returns the answer to a *MetadataRequest.
func (mmr *MockMetadataResponse) For(request protocol.Message) any {
	mmr.mu.Lock()
	defer mmr.mu.Unlock()
	req := asked[MetadataRequest](mmr.t, mmr, request)
	if req == nil {
		return nil
	}
	res := &MetadataResponse{Version: req.Version, ControllerID: mmr.controller}
	for _, addr := range slices.Sorted(maps.Keys(mmr.brokers)) {
		res.AddBroker(addr, mmr.brokers[addr])
	}
	topics := req.Topics
	if len(topics) == 0 && !req.NoTopics {
		topics = slices.Sorted(maps.Keys(mmr.leaders))
		for topic := range mmr.errors {
			if mmr.leaders[topic] == nil {
				topics = append(topics, topic)
			}
		}
	}
	for _, topic := range topics {
		mmr.addTopic(res, topic)
	}
	return res
}

func (mmr *MockMetadataResponse) addTopic(res *MetadataResponse, topic string) {
	leaders, ok := mmr.leaders[topic]
	if !ok {
		kerror, ok := mmr.errors[topic]
		if !ok {
			kerror = ErrUnknownTopicOrPartition
		}
		res.AddTopic(topic, kerror)
		return
	}
	replicas := slices.Sorted(maps.Values(mmr.brokers))
	for _, partition := range slices.Sorted(maps.Keys(leaders)) {
		res.AddTopicPartition(topic, partition, leaders[partition], replicas, replicas, nil, ErrNoError)
	}
}

// MockOffsetResponse answers OffsetRequests.
type MockOffsetResponse struct {
	mu      sync.Mutex // guards what follows
	t       TestReporter
	offsets mockPartitions[map[int64]int64] // by time
}

// NewMockOffsetResponse returns an answer without offsets: to ask for one that is not set fails the test.
func NewMockOffsetResponse(t TestReporter) *MockOffsetResponse { return &MockOffsetResponse{t: t} }

// SetOffset sets the offset of a partition at a time: milliseconds since the epoch, OffsetNewest or OffsetOldest.
func (mor *MockOffsetResponse) SetOffset(topic string, partition int32, time, offset int64) *MockOffsetResponse {
	mor.mu.Lock()
	defer mor.mu.Unlock()
	if mor.offsets[topic][partition] == nil {
		mor.offsets.set(topic, partition, make(map[int64]int64))
	}
	mor.offsets[topic][partition][time] = offset
	return mor
}

// For returns the answer to an *OffsetRequest.
func (mor *MockOffsetResponse) For(request protocol.Message) any {
	mor.mu.Lock()
	defer mor.mu.Unlock()
	req := asked[OffsetRequest](mor.t, mor, request)
	if req == nil {
		return nil
	}
	res := &OffsetResponse{Version: req.Version}
	for _, p := range protocol.RequestedOffsets(req) {
		offset, ok := mor.offsets[p.Topic][p.Partition][p.Timestamp]
		switch {
		case ok:
		case mor.offsets[p.Topic] == nil:
			report(mor.t, "missing topic: %s", p.Topic)
		case mor.offsets[p.Topic][p.Partition] == nil:
			report(mor.t, "missing partition: %d", p.Partition)
		default:
			report(mor.t, "missing time: %d", p.Timestamp)
		}
		res.AddTopicPartition(p.Topic, p.Partition, offset)
	}
	return res
}

// MockProduceResponse answers ProduceRequests, but for those that want no answer.
type MockProduceResponse struct {
	mu     sync.Mutex // guards what follows
	t      TestReporter
	errors mockPartitions[KError]
}

// NewMockProduceResponse returns an answer by which all partitions succeed.
func NewMockProduceResponse(t TestReporter) *MockProduceResponse { return &MockProduceResponse{t: t} }

// SetVersion does nothing: an answer has the version of its request.
func (mr *MockProduceResponse) SetVersion(int16) *MockProduceResponse { return mr }

// SetError sets the outcome for a partition.
func (mr *MockProduceResponse) SetError(topic string, partition int32, kerror KError) *MockProduceResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	mr.errors.set(topic, partition, kerror)
	return mr
}

// For returns the answer to a *ProduceRequest.
func (mr *MockProduceResponse) For(request protocol.Message) any {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	req := asked[ProduceRequest](mr.t, mr, request)
	if req == nil || req.RequiredAcks == NoResponse {
		return nil
	}
	res := &ProduceResponse{Version: req.Version}
	for topic, partitions := range protocol.ProducedRecords(req) {
		for partition := range partitions {
			res.AddTopicPartition(topic, partition, mr.errors[topic][partition])
		}
	}
	return res
}

// MockFetchResponse answers FetchRequests.
type MockFetchResponse struct {
	mu        sync.Mutex // guards what follows
	t         TestReporter
	batchSize int
	messages  mockPartitions[map[int64]mockMessage] // by offset
	marks     mockPartitions[int64]
}

type mockMessage struct{ key, value Encoder }

// NewMockFetchResponse returns an answer without messages. An answer has up to batchSize messages of a partition.
func NewMockFetchResponse(t TestReporter, batchSize int) *MockFetchResponse {
	return &MockFetchResponse{t: t, batchSize: batchSize}
}

// SetMessage sets the message at an offset, without a key.
func (mfr *MockFetchResponse) SetMessage(topic string, partition int32, offset int64, msg Encoder) *MockFetchResponse {
	return mfr.SetMessageWithKey(topic, partition, offset, nil, msg)
}

// SetMessageWithKey sets the message at an offset.
func (mfr *MockFetchResponse) SetMessageWithKey(topic string, partition int32, offset int64, key, msg Encoder) *MockFetchResponse {
	mfr.mu.Lock()
	defer mfr.mu.Unlock()
	if mfr.messages[topic][partition] == nil {
		mfr.messages.set(topic, partition, make(map[int64]mockMessage))
	}
	mfr.messages[topic][partition][offset] = mockMessage{key, msg}
	return mfr
}

// SetHighWaterMark sets the high water mark of a partition; without it, it is 0.
func (mfr *MockFetchResponse) SetHighWaterMark(topic string, partition int32, offset int64) *MockFetchResponse {
	mfr.mu.Lock()
	defer mfr.mu.Unlock()
	mfr.marks.set(topic, partition, offset)
	return mfr
}

// For returns the answer to a *FetchRequest.
func (mfr *MockFetchResponse) For(request protocol.Message) any {
	mfr.mu.Lock()
	defer mfr.mu.Unlock()
	req := asked[FetchRequest](mfr.t, mfr, request)
	if req == nil {
		return nil
	}
	res := &FetchResponse{Version: req.Version, TopicIDs: req.TopicIDs}
	for _, p := range protocol.RequestedPartitions(req) {
		res.AddError(p.Topic, p.Partition, ErrNoError)
		res.GetBlock(p.Topic, p.Partition).HighWaterMarkOffset = mfr.marks[p.Topic][p.Partition]
		messages := mfr.messages[p.Topic][p.Partition]
		offsets := slices.DeleteFunc(slices.Sorted(maps.Keys(messages)), func(o int64) bool { return o < p.Offset })
		for _, offset := range offsets[:min(len(offsets), max(mfr.batchSize, 0))] {
			res.AddMessage(p.Topic, p.Partition, messages[offset].key, messages[offset].value, offset)
		}
	}
	return res
}

// MockInitProducerIDResponse answers InitProducerIDRequests.
type MockInitProducerIDResponse struct {
	mu  sync.Mutex // guards what follows
	t   TestReporter
	res InitProducerIDResponse
}

// NewMockInitProducerIDResponse returns an answer with producer id 0 and epoch 0.
func NewMockInitProducerIDResponse(t TestReporter) *MockInitProducerIDResponse {
	return &MockInitProducerIDResponse{t: t, res: InitProducerIDResponse{OngoingTxnProducerID: -1, OngoingTxnProducerEpoch: -1}}
}

// SetProducerID sets the producer id.
func (m *MockInitProducerIDResponse) SetProducerID(id int) *MockInitProducerIDResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.res.ProducerID = int64(id)
	return m
}

// SetProducerEpoch sets the epoch.
func (m *MockInitProducerIDResponse) SetProducerEpoch(epoch int) *MockInitProducerIDResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.res.ProducerEpoch = int16(epoch)
	return m
}

// SetError sets the error.
func (m *MockInitProducerIDResponse) SetError(err KError) *MockInitProducerIDResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.res.Err = err
	return m
}

// For returns the answer to an *InitProducerIDRequest.
func (m *MockInitProducerIDResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	if asked[InitProducerIDRequest](m.t, m, request) == nil {
		return nil
	}
	res := m.res
	return &res
}

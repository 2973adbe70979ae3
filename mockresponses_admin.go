package sarama

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// MockCreateTopicsResponse answers CreateTopicsRequests.
type MockCreateTopicsResponse struct{ t TestReporter }

// NewMockCreateTopicsResponse returns an answer by which topics are created, but for names that begin with an underscore (version 1 and later).
func NewMockCreateTopicsResponse(t TestReporter) *MockCreateTopicsResponse {
	return &MockCreateTopicsResponse{t}
}

// For returns the answer to a *CreateTopicsRequest.
func (mr *MockCreateTopicsResponse) For(request protocol.Message) any {
	req := asked[CreateTopicsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &CreateTopicsResponse{
		Version: req.Version, TopicErrors: make(map[string]*TopicError), TopicResults: make(map[string]*CreatableTopicResult),
	}
	for topic := range req.TopicDetails {
		res.TopicErrors[topic] = new(TopicError)
		res.TopicResults[topic] = &CreatableTopicResult{NumPartitions: -1, ReplicationFactor: -1} // it does not tell
		if req.Version >= 1 && strings.HasPrefix(topic, "_") {
			message := "insufficient permissions to create topic with reserved prefix"
			res.TopicErrors[topic] = &TopicError{Err: ErrTopicAuthorizationFailed, ErrMsg: &message}
		}
	}
	return res
}

// MockCreatePartitionsResponse answers CreatePartitionsRequests.
type MockCreatePartitionsResponse struct{ t TestReporter }

// NewMockCreatePartitionsResponse returns an answer by which partitions are created, but for topics whose names begin with an underscore.
func NewMockCreatePartitionsResponse(t TestReporter) *MockCreatePartitionsResponse {
	return &MockCreatePartitionsResponse{t}
}

// For returns the answer to a *CreatePartitionsRequest.
func (mr *MockCreatePartitionsResponse) For(request protocol.Message) any {
	req := asked[CreatePartitionsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &CreatePartitionsResponse{Version: req.Version, TopicPartitionErrors: make(map[string]*TopicPartitionError)}
	for topic := range req.TopicPartitions {
		res.TopicPartitionErrors[topic] = new(TopicPartitionError)
		if strings.HasPrefix(topic, "_") {
			message := "insufficient permissions to create partition on topic with reserved prefix"
			res.TopicPartitionErrors[topic] = &TopicPartitionError{Err: ErrTopicAuthorizationFailed, ErrMsg: &message}
		}
	}
	return res
}

// MockAlterPartitionReassignmentsResponse answers AlterPartitionReassignmentsRequests.
type MockAlterPartitionReassignmentsResponse struct{ t TestReporter }

// NewMockAlterPartitionReassignmentsResponse returns an answer without errors.
func NewMockAlterPartitionReassignmentsResponse(t TestReporter) *MockAlterPartitionReassignmentsResponse {
	return &MockAlterPartitionReassignmentsResponse{t}
}

// For returns the answer to an *AlterPartitionReassignmentsRequest.
func (mr *MockAlterPartitionReassignmentsResponse) For(request protocol.Message) any {
	req := asked[AlterPartitionReassignmentsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	return &AlterPartitionReassignmentsResponse{Version: req.Version, AllowReplicationFactorChange: true}
}

// MockListPartitionReassignmentsResponse answers ListPartitionReassignmentsRequests.
type MockListPartitionReassignmentsResponse struct{ t TestReporter }

// NewMockListPartitionReassignmentsResponse returns an answer by which each partition that is asked for has replica 0, gets 1 and loses 2.
func NewMockListPartitionReassignmentsResponse(t TestReporter) *MockListPartitionReassignmentsResponse {
	return &MockListPartitionReassignmentsResponse{t}
}

// For returns the answer to a *ListPartitionReassignmentsRequest.
func (mr *MockListPartitionReassignmentsResponse) For(request protocol.Message) any {
	req := asked[ListPartitionReassignmentsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &ListPartitionReassignmentsResponse{Version: req.Version}
	for topic, partitions := range protocol.PartitionsToList(req) {
		for _, partition := range partitions {
			res.AddBlock(topic, partition, []int32{0}, []int32{1}, []int32{2})
		}
	}
	return res
}

// MockElectLeadersResponse answers ElectLeadersRequests.
type MockElectLeadersResponse struct{ t TestReporter }

// NewMockElectLeadersResponse returns an answer by which all elections succeed.
func NewMockElectLeadersResponse(t TestReporter) *MockElectLeadersResponse {
	return &MockElectLeadersResponse{t}
}

// For returns the answer to an *ElectLeadersRequest.
func (mr *MockElectLeadersResponse) For(request protocol.Message) any {
	req := asked[ElectLeadersRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &ElectLeadersResponse{Version: req.Version, ReplicaElectionResults: make(map[string]map[int32]*PartitionResult)}
	for topic, partitions := range req.TopicPartitions {
		res.ReplicaElectionResults[topic] = make(map[int32]*PartitionResult)
		for _, partition := range partitions {
			res.ReplicaElectionResults[topic][partition] = new(PartitionResult)
		}
	}
	return res
}

// MockDeleteRecordsResponse answers DeleteRecordsRequests.
type MockDeleteRecordsResponse struct{ t TestReporter }

// NewMockDeleteRecordsResponse returns an answer by which records are deleted.
func NewMockDeleteRecordsResponse(t TestReporter) *MockDeleteRecordsResponse {
	return &MockDeleteRecordsResponse{t}
}

// For returns the answer to a *DeleteRecordsRequest.
func (mr *MockDeleteRecordsResponse) For(request protocol.Message) any {
	req := asked[DeleteRecordsRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &DeleteRecordsResponse{Version: req.Version, Topics: make(map[string]*DeleteRecordsResponseTopic)}
	for topic, wanted := range req.Topics {
		partitions := make(map[int32]*DeleteRecordsResponsePartition)
		for partition := range wanted.PartitionOffsets {
			partitions[partition] = new(DeleteRecordsResponsePartition)
		}
		res.Topics[topic] = &DeleteRecordsResponseTopic{Partitions: partitions}
	}
	return res
}

// MockUpdateFeaturesResponse answers UpdateFeaturesRequests.
type MockUpdateFeaturesResponse struct{ t TestReporter }

// NewMockUpdateFeaturesResponse returns an answer by which all features are updated.
func NewMockUpdateFeaturesResponse(t TestReporter) *MockUpdateFeaturesResponse {
	return &MockUpdateFeaturesResponse{t}
}

// For returns the answer to an *UpdateFeaturesRequest.
func (mr *MockUpdateFeaturesResponse) For(request protocol.Message) any {
	req := asked[UpdateFeaturesRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &UpdateFeaturesResponse{Version: req.Version}
	for _, update := range req.FeatureUpdates {
		res.Results = append(res.Results, UpdatableFeatureResult{Feature: update.Feature})
	}
	return res
}

// MockDeleteTopicsResponse answers DeleteTopicsRequests.
type MockDeleteTopicsResponse struct {
	mu  sync.Mutex // guards what follows
	t   TestReporter
	err KError
}

// NewMockDeleteTopicsResponse returns an answer by which topics are deleted.
func NewMockDeleteTopicsResponse(t TestReporter) *MockDeleteTopicsResponse {
	return &MockDeleteTopicsResponse{t: t}
}

// SetError sets the outcome for all topics.
func (m *MockDeleteTopicsResponse) SetError(kerror KError) *MockDeleteTopicsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = kerror
	return m
}

// For returns the answer to a *DeleteTopicsRequest.
func (m *MockDeleteTopicsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DeleteTopicsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &DeleteTopicsResponse{Version: req.Version, TopicErrorCodes: make(map[string]KError)}
	for _, topic := range req.Topics {
		res.TopicErrorCodes[topic] = m.err
	}
	return res
}

// MockDescribeLogDirsResponse answers DescribeLogDirsRequests.
type MockDescribeLogDirsResponse struct {
	mu   sync.Mutex // guards what follows
	t    TestReporter
	dirs []DescribeLogDirsResponseDirMetadata
}

// NewMockDescribeLogDirsResponse returns an answer without directories.
func NewMockDescribeLogDirsResponse(t TestReporter) *MockDescribeLogDirsResponse {
	return &MockDescribeLogDirsResponse{t: t}
}

// SetLogDirs makes a directory the only one, with topics by their number of partitions, each 1234 bytes large.
func (m *MockDescribeLogDirsResponse) SetLogDirs(logDirPath string, topicPartitions map[string]int) *MockDescribeLogDirsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir := DescribeLogDirsResponseDirMetadata{Path: logDirPath}
	for _, topic := range slices.Sorted(maps.Keys(topicPartitions)) {
		entry := DescribeLogDirsResponseTopic{Topic: topic}
		for partition := range int32(topicPartitions[topic]) {
			entry.Partitions = append(entry.Partitions, DescribeLogDirsResponsePartition{PartitionID: partition, Size: 1234})
		}
		dir.Topics = append(dir.Topics, entry)
	}
	m.dirs = []DescribeLogDirsResponseDirMetadata{dir}
	return m
}

// For returns the answer to a *DescribeLogDirsRequest.
func (m *MockDescribeLogDirsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DescribeLogDirsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	return &DescribeLogDirsResponse{Version: req.Version, LogDirs: m.dirs}
}

// MockDescribeProducersResponse answers DescribeProducersRequests.
type MockDescribeProducersResponse struct {
	mu        sync.Mutex // guards what follows
	t         TestReporter
	producers mockPartitions[[]ProducerState]
	errors    mockPartitions[KError]
}

// NewMockDescribeProducersResponse returns an answer by which partitions have no producers.
func NewMockDescribeProducersResponse(t TestReporter) *MockDescribeProducersResponse {
	return &MockDescribeProducersResponse{t: t}
}

// AddProducer adds an active producer of a partition.
func (m *MockDescribeProducersResponse) AddProducer(topic string, partition int32, producer ProducerState) *MockDescribeProducersResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.producers.set(topic, partition, append(m.producers[topic][partition], producer))
	return m
}

// SetError sets the error of a partition.
func (m *MockDescribeProducersResponse) SetError(topic string, partition int32, kerror KError) *MockDescribeProducersResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errors.set(topic, partition, kerror)
	return m
}

// For returns the answer to a *DescribeProducersRequest.
func (m *MockDescribeProducersResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DescribeProducersRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &DescribeProducersResponse{Version: req.Version}
	for _, topic := range req.Topics {
		answer := DescribeProducersResponseTopic{Name: topic.Name}
		for _, partition := range topic.PartitionIndexes {
			answer.Partitions = append(answer.Partitions, DescribeProducersResponsePartition{
				PartitionIndex:  partition,
				ErrorCode:       m.errors[topic.Name][partition],
				ActiveProducers: slices.Clone(m.producers[topic.Name][partition]),
			})
		}
		res.Topics = append(res.Topics, answer)
	}
	return res
}

// MockDescribeTransactionsResponse answers DescribeTransactionsRequests.
type MockDescribeTransactionsResponse struct {
	mu     sync.Mutex // guards what follows
	t      TestReporter
	states map[string]TransactionState
}

// NewMockDescribeTransactionsResponse returns an answer by which transactions have no state.
func NewMockDescribeTransactionsResponse(t TestReporter) *MockDescribeTransactionsResponse {
	return &MockDescribeTransactionsResponse{t: t, states: make(map[string]TransactionState)}
}

// AddTransaction sets the state of a transaction.
func (m *MockDescribeTransactionsResponse) AddTransaction(transactionalID string, state TransactionState) *MockDescribeTransactionsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	state.TransactionalID = transactionalID
	m.states[transactionalID] = state
	return m
}

// SetError sets the error of a transaction.
func (m *MockDescribeTransactionsResponse) SetError(transactionalID string, kerror KError) *MockDescribeTransactionsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := m.states[transactionalID]
	state.ErrorCode = kerror
	m.states[transactionalID] = state
	return m
}

// For returns the answer to a *DescribeTransactionsRequest.
func (m *MockDescribeTransactionsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DescribeTransactionsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &DescribeTransactionsResponse{Version: req.Version}
	for _, id := range req.TransactionalIDs {
		state := m.states[id]
		state.TransactionalID = id
		res.TransactionStates = append(res.TransactionStates, state)
	}
	return res
}

// MockListTransactionsResponse answers ListTransactionsRequests, and keeps the last of them.
type MockListTransactionsResponse struct {
	mu           sync.Mutex // guards what follows
	t            TestReporter
	err          KError
	transactions []ListTransactionsResponseTransactionState
	last         ListTransactionsRequest
}

// NewMockListTransactionsResponse returns an answer without transactions.
func NewMockListTransactionsResponse(t TestReporter) *MockListTransactionsResponse {
	return &MockListTransactionsResponse{t: t}
}

// AddTransaction adds a transaction; the filters of requests have no effect.
func (m *MockListTransactionsResponse) AddTransaction(transactionalID string, producerID int64, state string) *MockListTransactionsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.transactions = append(m.transactions, ListTransactionsResponseTransactionState{
		TransactionalID: transactionalID, ProducerID: producerID, TransactionState: state,
	})
	return m
}

// SetError sets the error.
func (m *MockListTransactionsResponse) SetError(kerror KError) *MockListTransactionsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = kerror
	return m
}

// For returns the answer to a *ListTransactionsRequest.
func (m *MockListTransactionsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[ListTransactionsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	m.last = *req
	return &ListTransactionsResponse{Version: req.Version, ErrorCode: m.err, TransactionStates: slices.Clone(m.transactions)}
}

// LastRequest returns the request that was answered last.
func (m *MockListTransactionsResponse) LastRequest() ListTransactionsRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

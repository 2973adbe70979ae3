package sarama

import (
	"maps"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// MockListGroupsResponse answers ListGroupsRequests.
type MockListGroupsResponse struct {
	mu     sync.Mutex // guards what follows
	t      TestReporter
	groups map[string]string // types of protocols
}

// NewMockListGroupsResponse returns an answer without groups.
func NewMockListGroupsResponse(t TestReporter) *MockListGroupsResponse {
	return &MockListGroupsResponse{t: t, groups: make(map[string]string)}
}

// AddGroup adds a group.
func (m *MockListGroupsResponse) AddGroup(groupID, protocolType string) *MockListGroupsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups[groupID] = protocolType
	return m
}

// For returns the answer to a *ListGroupsRequest.
func (m *MockListGroupsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[ListGroupsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	return &ListGroupsResponse{Version: req.Version, Groups: maps.Clone(m.groups)}
}

// MockDescribeGroupsResponse answers DescribeGroupsRequests.
type MockDescribeGroupsResponse struct {
	mu     sync.Mutex // guards what follows
	t      TestReporter
	groups map[string]*GroupDescription
}

// NewMockDescribeGroupsResponse returns an answer by which groups do not exist: their state is "Dead".
func NewMockDescribeGroupsResponse(t TestReporter) *MockDescribeGroupsResponse {
	return &MockDescribeGroupsResponse{t: t, groups: make(map[string]*GroupDescription)}
}

// AddGroupDescription sets the description of a group.
func (m *MockDescribeGroupsResponse) AddGroupDescription(groupID string, description *GroupDescription) *MockDescribeGroupsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups[groupID] = description
	return m
}

// For returns the answer to a *DescribeGroupsRequest.
func (m *MockDescribeGroupsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DescribeGroupsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &DescribeGroupsResponse{Version: req.Version}
	for _, id := range req.Groups {
		group := m.groups[id]
		if group == nil {
			group = &GroupDescription{GroupId: id, State: "Dead"}
		}
		res.Groups = append(res.Groups, group)
	}
	return res
}

// authorizedOperationsUnknown is for operations that were not asked for (KIP-430).
const authorizedOperationsUnknown = -1 << 31

// MockConsumerGroupDescribeResponse answers ConsumerGroupDescribeRequests.
type MockConsumerGroupDescribeResponse struct {
	mu     sync.Mutex // guards what follows
	t      TestReporter
	groups map[string]ConsumerGroupDescription
}

// NewMockConsumerGroupDescribeResponse returns an answer by which groups do not exist.
func NewMockConsumerGroupDescribeResponse(t TestReporter) *MockConsumerGroupDescribeResponse {
	return &MockConsumerGroupDescribeResponse{t: t, groups: make(map[string]ConsumerGroupDescription)}
}

// AddGroupDescription sets the description of a group.
func (m *MockConsumerGroupDescribeResponse) AddGroupDescription(groupID string, description ConsumerGroupDescription) *MockConsumerGroupDescribeResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	description.GroupID = groupID
	m.groups[groupID] = description
	return m
}

// For returns the answer to a *ConsumerGroupDescribeRequest.
func (m *MockConsumerGroupDescribeResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[ConsumerGroupDescribeRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &ConsumerGroupDescribeResponse{Version: req.Version}
	for _, id := range req.GroupIDs {
		group, ok := m.groups[id]
		if !ok {
			group = ConsumerGroupDescription{GroupID: id, ErrorCode: ErrGroupIDNotFound}
		}
		if !ok || !req.IncludeAuthorizedOperations {
			group.AuthorizedOperations = authorizedOperationsUnknown
		}
		res.Groups = append(res.Groups, group)
	}
	return res
}

// MockDeleteGroupsResponse answers DeleteGroupsRequests.
type MockDeleteGroupsResponse struct {
	mu      sync.Mutex // guards what follows
	t       TestReporter
	deleted []string
}

// NewMockDeleteGroupsRequest returns an answer that names no groups.
func NewMockDeleteGroupsRequest(t TestReporter) *MockDeleteGroupsResponse {
	return &MockDeleteGroupsResponse{t: t}
}

// SetDeletedGroups sets the groups that are deleted, asked for or not.
func (m *MockDeleteGroupsResponse) SetDeletedGroups(groups []string) *MockDeleteGroupsResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deleted = groups
	return m
}

// For returns the answer to a *DeleteGroupsRequest.
func (m *MockDeleteGroupsResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DeleteGroupsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &DeleteGroupsResponse{Version: req.Version, GroupErrorCodes: make(map[string]KError)}
	for _, group := range m.deleted {
		res.GroupErrorCodes[group] = ErrNoError
	}
	return res
}

// MockDeleteOffsetResponse answers DeleteOffsetsRequests.
type MockDeleteOffsetResponse struct {
	mu           sync.Mutex // guards what follows
	t            TestReporter
	err          KError
	topic        string
	partition    int32
	partitionErr KError
}

// NewMockDeleteOffsetRequest returns an answer that SetDeletedOffset has to fill.
func NewMockDeleteOffsetRequest(t TestReporter) *MockDeleteOffsetResponse {
	return &MockDeleteOffsetResponse{t: t}
}

// SetDeletedOffset sets the error of the whole, and the one partition of the answer with its outcome.
func (m *MockDeleteOffsetResponse) SetDeletedOffset(errorCode KError, topic string, partition int32, errorPartition KError) *MockDeleteOffsetResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.topic, m.partition, m.partitionErr = errorCode, topic, partition, errorPartition
	return m
}

// For returns the answer to a *DeleteOffsetsRequest.
func (m *MockDeleteOffsetResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[DeleteOffsetsRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &DeleteOffsetsResponse{Version: req.Version, ErrorCode: m.err}
	res.AddError(m.topic, m.partition, m.partitionErr)
	return res
}

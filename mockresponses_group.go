package sarama

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// mockMember is the member id that a group's first member gets, if a test says nothing of it.
const mockMember = "member-1"

// mockCoordinator is a coordinator, or why there is none.
type mockCoordinator struct {
	broker *MockBroker
	err    KError
}

// of returns the broker as a response names it, nil for none.
func (c mockCoordinator) of() *Broker {
	if c.broker == nil {
		return nil
	}
	return &Broker{id: c.broker.BrokerID(), addr: c.broker.Addr()}
}

// MockConsumerMetadataResponse answers ConsumerMetadataRequests.
type MockConsumerMetadataResponse struct {
	mu           sync.Mutex // guards what follows
	t            TestReporter
	coordinators map[string]mockCoordinator
}

// NewMockConsumerMetadataResponse returns an answer without coordinators.
func NewMockConsumerMetadataResponse(t TestReporter) *MockConsumerMetadataResponse {
	return &MockConsumerMetadataResponse{t: t, coordinators: make(map[string]mockCoordinator)}
}

// SetCoordinator sets a group's coordinator.
func (mr *MockConsumerMetadataResponse) SetCoordinator(group string, broker *MockBroker) *MockConsumerMetadataResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	mr.coordinators[group] = mockCoordinator{broker: broker}
	return mr
}

// SetError sets why a group has no coordinator.
func (mr *MockConsumerMetadataResponse) SetError(group string, kerror KError) *MockConsumerMetadataResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	mr.coordinators[group] = mockCoordinator{err: kerror}
	return mr
}

// For returns the answer to a *ConsumerMetadataRequest; such a request comes to a MockBroker as a *FindCoordinatorRequest.
func (mr *MockConsumerMetadataResponse) For(request protocol.Message) any {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	var group string
	if find, ok := request.(*FindCoordinatorRequest); ok {
		group = find.CoordinatorKey
	} else if req := asked[ConsumerMetadataRequest](mr.t, mr, request); req != nil {
		group = req.ConsumerGroup
	} else {
		return nil
	}
	found := mr.coordinators[group]
	res := &ConsumerMetadataResponse{Version: protocol.VersionOf(request), Err: found.err, Coordinator: found.of()}
	if res.Coordinator == nil {
		res.Coordinator = NoNode
	}
	return res
}

// MockFindCoordinatorResponse answers FindCoordinatorRequests.
type MockFindCoordinatorResponse struct {
	mu           sync.Mutex // guards what follows
	t            TestReporter
	coordinators map[CoordinatorType]map[string]mockCoordinator
	others       *MockBroker // the coordinator of all else
}

// NewMockFindCoordinatorResponse returns an answer without coordinators.
func NewMockFindCoordinatorResponse(t TestReporter) *MockFindCoordinatorResponse {
	return &MockFindCoordinatorResponse{t: t, coordinators: make(map[CoordinatorType]map[string]mockCoordinator)}
}

// SetCoordinator sets the coordinator of a group or of a transactional id.
func (mr *MockFindCoordinatorResponse) SetCoordinator(coordinatorType CoordinatorType, group string, broker *MockBroker) *MockFindCoordinatorResponse {
	return mr.set(coordinatorType, group, mockCoordinator{broker: broker})
}

// SetError sets why a group or a transactional id has no coordinator.
func (mr *MockFindCoordinatorResponse) SetError(coordinatorType CoordinatorType, group string, kerror KError) *MockFindCoordinatorResponse {
	return mr.set(coordinatorType, group, mockCoordinator{err: kerror})
}

func (mr *MockFindCoordinatorResponse) set(coordinatorType CoordinatorType, key string, c mockCoordinator) *MockFindCoordinatorResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	if mr.coordinators[coordinatorType] == nil {
		mr.coordinators[coordinatorType] = make(map[string]mockCoordinator)
	}
	mr.coordinators[coordinatorType][key] = c
	return mr
}

// For returns the answer to a *FindCoordinatorRequest.
func (mr *MockFindCoordinatorResponse) For(request protocol.Message) any {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	req := asked[FindCoordinatorRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	keys := req.CoordinatorKeys
	if len(keys) == 0 {
		keys = []string{req.CoordinatorKey}
	}
	res := &FindCoordinatorResponse{Version: req.Version}
	for i, key := range keys {
		found, ok := mr.coordinators[req.CoordinatorType][key]
		if !ok {
			found = mockCoordinator{broker: mr.others}
		}
		if i == 0 {
			res.Coordinator, res.Err = found.of(), found.err
		}
		res.Coordinators = append(res.Coordinators, &CoordinatorOfKey{Key: key, Coordinator: found.of(), Err: found.err})
	}
	return res
}

// MockJoinGroupResponse answers JoinGroupRequests. Unless something is set, the one who asks is the group's only member and its
// leader, and the protocol is the first that it offers.
type MockJoinGroupResponse struct {
	mu sync.Mutex // held by the methods; the fields can be set by themselves before the first request
	t  TestReporter

	ThrottleTime  int32 // milliseconds
	Err           KError
	GenerationId  int32
	GroupProtocol string
	LeaderId      string
	MemberId      string
	Members       []GroupMember
}

// NewMockJoinGroupResponse returns an answer of a group with one member.
func NewMockJoinGroupResponse(t TestReporter) *MockJoinGroupResponse {
	return &MockJoinGroupResponse{t: t, Members: []GroupMember{}}
}

// For returns the answer to a *JoinGroupRequest.
func (m *MockJoinGroupResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[JoinGroupRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &JoinGroupResponse{
		Version: req.Version, ThrottleTime: m.ThrottleTime, Err: m.Err, GenerationId: m.GenerationId,
		GroupProtocol: m.GroupProtocol, LeaderId: m.LeaderId, MemberId: m.MemberId, Members: slices.Clone(m.Members),
	}
	if req.ProtocolType != "" {
		res.ProtocolType = &req.ProtocolType
	}
	if m.Err == ErrNoError && m.GroupProtocol == "" && m.LeaderId == "" && m.MemberId == "" && len(m.Members) == 0 {
		alone(req, res)
	}
	return res
}

// alone makes a member the only one of its group.
func alone(req *JoinGroupRequest, res *JoinGroupResponse) {
	res.MemberId = req.MemberId
	if res.MemberId == "" {
		res.MemberId = mockMember
	}
	res.LeaderId = res.MemberId
	offers := req.OrderedGroupProtocols
	if len(offers) == 0 {
		protocols := req.GroupProtocols //nolint:staticcheck // deprecated, and still what a request may have that never was on the wire
		for _, name := range slices.Sorted(maps.Keys(protocols)) {
			offers = append(offers, &GroupProtocol{Name: name, Metadata: protocols[name]})
		}
	}
	if len(offers) > 0 {
		res.GroupProtocol = offers[0].Name
		res.Members = []GroupMember{{MemberId: res.MemberId, GroupInstanceId: req.GroupInstanceId, Metadata: offers[0].Metadata}}
	}
}

func (m *MockJoinGroupResponse) set(change func()) *MockJoinGroupResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
	return m
}

// SetThrottleTime sets the throttle time in milliseconds.
func (m *MockJoinGroupResponse) SetThrottleTime(t int32) *MockJoinGroupResponse {
	return m.set(func() { m.ThrottleTime = t })
}

// SetError sets the error.
func (m *MockJoinGroupResponse) SetError(kerr KError) *MockJoinGroupResponse {
	return m.set(func() { m.Err = kerr })
}

// SetGenerationId sets the generation.
func (m *MockJoinGroupResponse) SetGenerationId(id int32) *MockJoinGroupResponse {
	return m.set(func() { m.GenerationId = id })
}

// SetGroupProtocol sets the name of the strategy that the group uses.
func (m *MockJoinGroupResponse) SetGroupProtocol(proto string) *MockJoinGroupResponse {
	return m.set(func() { m.GroupProtocol = proto })
}

// SetLeaderId sets which member is the leader.
func (m *MockJoinGroupResponse) SetLeaderId(id string) *MockJoinGroupResponse {
	return m.set(func() { m.LeaderId = id })
}

// SetMemberId sets which member the one who asks is.
func (m *MockJoinGroupResponse) SetMemberId(id string) *MockJoinGroupResponse {
	return m.set(func() { m.MemberId = id })
}

// SetMember adds a member. It panics if the metadata cannot be encoded.
func (m *MockJoinGroupResponse) SetMember(id string, meta *ConsumerGroupMemberMetadata) *MockJoinGroupResponse {
	encoded, err := protocol.EncodeSubscription(meta)
	if err != nil {
		panic(fmt.Sprintf("error encoding member metadata: %v", err))
	}
	return m.set(func() { m.Members = append(m.Members, GroupMember{MemberId: id, Metadata: encoded}) })
}

// MockSyncGroupResponse answers SyncGroupRequests. Unless something is set, a leader gets what it assigns itself.
type MockSyncGroupResponse struct {
	mu sync.Mutex // held by the methods; the fields can be set by themselves before the first request
	t  TestReporter

	Err              KError
	MemberAssignment []byte
}

// NewMockSyncGroupResponse returns an answer that gives a leader what it assigns itself.
func NewMockSyncGroupResponse(t TestReporter) *MockSyncGroupResponse {
	return &MockSyncGroupResponse{t: t}
}

// SetError sets the error.
func (m *MockSyncGroupResponse) SetError(kerr KError) *MockSyncGroupResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Err = kerr
	return m
}

// SetMemberAssignment sets the assignment. It panics if that cannot be encoded.
func (m *MockSyncGroupResponse) SetMemberAssignment(assignment *ConsumerGroupMemberAssignment) *MockSyncGroupResponse {
	encoded, err := protocol.EncodeAssignment(assignment)
	if err != nil {
		panic(fmt.Sprintf("error encoding member assignment: %v", err))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.MemberAssignment = encoded
	return m
}

// For returns the answer to a *SyncGroupRequest.
func (m *MockSyncGroupResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[SyncGroupRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &SyncGroupResponse{
		Version: req.Version, Err: m.Err, MemberAssignment: m.MemberAssignment,
		ProtocolType: req.ProtocolType, ProtocolName: req.ProtocolName,
	}
	for _, a := range req.GroupAssignments {
		if m.Err == ErrNoError && m.MemberAssignment == nil && a.MemberId == req.MemberId {
			res.MemberAssignment = a.Assignment
		}
	}
	return res
}

// MockHeartbeatResponse answers HeartbeatRequests.
type MockHeartbeatResponse struct {
	mu sync.Mutex // held by the methods; the field can be set by itself before the first request
	t  TestReporter

	Err KError
}

// NewMockHeartbeatResponse returns an answer by which all is well.
func NewMockHeartbeatResponse(t TestReporter) *MockHeartbeatResponse {
	return &MockHeartbeatResponse{t: t}
}

// SetError sets the error.
func (m *MockHeartbeatResponse) SetError(kerr KError) *MockHeartbeatResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Err = kerr
	return m
}

// For returns the answer to a *HeartbeatRequest.
func (m *MockHeartbeatResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	if asked[HeartbeatRequest](m.t, m, request) == nil {
		return nil
	}
	return &HeartbeatResponse{Err: m.Err}
}

// MockLeaveGroupResponse answers LeaveGroupRequests.
type MockLeaveGroupResponse struct {
	mu sync.Mutex // held by the methods; the field can be set by itself before the first request
	t  TestReporter

	Err KError
}

// NewMockLeaveGroupResponse returns an answer by which the members have left.
func NewMockLeaveGroupResponse(t TestReporter) *MockLeaveGroupResponse {
	return &MockLeaveGroupResponse{t: t}
}

// SetError sets the error.
func (m *MockLeaveGroupResponse) SetError(kerr KError) *MockLeaveGroupResponse {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Err = kerr
	return m
}

// For returns the answer to a *LeaveGroupRequest.
func (m *MockLeaveGroupResponse) For(request protocol.Message) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := asked[LeaveGroupRequest](m.t, m, request)
	if req == nil {
		return nil
	}
	res := &LeaveGroupResponse{Err: m.Err}
	for _, member := range req.Members {
		res.Members = append(res.Members, MemberResponse{MemberId: member.MemberId, GroupInstanceId: member.GroupInstanceId})
	}
	return res
}

package sarama

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed20e6684a/sarama/protocol"
)

// scriptedGroup is the coordinator of one group of the classic protocol, on scripted brokers, as Kafka's is.
type scriptedGroup struct {
	// fault chooses what goes wrong with a request; nil: nothing does.
	fault func(r *scriptedRequest) scriptedFault

	mu         sync.Mutex // guards what follows
	members    map[string]*scriptedMember
	named      map[string]bool // ids that were given and not used yet (KIP-394)
	nextID     int
	generation int32
	leader     string
	protocol   string
	state      scriptedGroupState
	deadline   *time.Timer
	history    []scriptedGeneration
	reasons    []string
	left       []string
}

type scriptedGroupState uint8

const (
	groupEmpty scriptedGroupState = iota
	groupPreparing
	groupCompleting
	groupStable
)

// scriptedGeneration is one generation as its leader made it.
type scriptedGeneration struct {
	protocol string
	claims   map[string]map[string][]int32
}

type scriptedMember struct {
	id         string
	instance   string
	session    time.Duration
	rebalance  time.Duration
	expiry     *time.Timer
	protocols  []*GroupProtocol
	joining    chan *JoinGroupResponse // nil: it has not joined the next generation
	syncing    chan *SyncGroupResponse
	assignment []byte
}

func newScriptedGroup(brokers ...*scriptedBroker) *scriptedGroup {
	g := &scriptedGroup{members: make(map[string]*scriptedMember), named: make(map[string]bool)}
	for _, b := range brokers {
		b.on(protocol.KeyJoinGroup, g.serve(g.join))
		b.on(protocol.KeySyncGroup, g.serve(g.sync))
		b.on(protocol.KeyHeartbeat, g.serve(g.heartbeat))
		b.on(protocol.KeyLeaveGroup, g.serve(g.leave))
	}
	return g
}

func (g *scriptedGroup) serve(handler scriptedHandler) scriptedHandler {
	return func(r *scriptedRequest) protocol.Message {
		g.mu.Lock()
		var fault scriptedFault
		if g.fault != nil {
			fault = g.fault(r)
		}
		g.mu.Unlock()
		if fault.cut && !fault.appended {
			return r.cut()
		}
		if fault.code != ErrNoError {
			switch r.Key {
			case protocol.KeyJoinGroup:
				return &JoinGroupResponse{Err: fault.code}
			case protocol.KeySyncGroup:
				return &SyncGroupResponse{Err: fault.code}
			default:
				return &HeartbeatResponse{Err: fault.code}
			}
		}
		answer := handler(r)
		if fault.cut {
			return r.cut()
		}
		return answer
	}
}

// faulty sets fault.
func (g *scriptedGroup) faulty(fault func(r *scriptedRequest) scriptedFault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fault = fault
}

func (g *scriptedGroup) join(r *scriptedRequest) protocol.Message {
	request := r.Body.(*JoinGroupRequest)
	instance := ""
	if request.GroupInstanceId != nil {
		instance = *request.GroupInstanceId
	}
	g.mu.Lock()
	if request.Reason != nil {
		g.reasons = append(g.reasons, *request.Reason)
	}
	id := request.MemberId
	switch {
	case id == "" && instance != "":
		id = g.replaceLocked(instance)
		if m := g.members[id]; m != nil && g.state == groupStable {
			defer g.mu.Unlock()
			m.protocols = request.OrderedGroupProtocols
			return g.answerJoinLocked(m, r.Version >= 9)
		}
	case id == "" && r.Version >= 4:
		defer g.mu.Unlock()
		id = g.newIDLocked()
		g.named[id] = true
		return &JoinGroupResponse{Err: ErrMemberIdRequired, MemberId: id}
	case id == "":
		id = g.newIDLocked()
	case g.members[id] == nil && !g.named[id]:
		defer g.mu.Unlock()
		if g.fencedLocked(id, instance) {
			return &JoinGroupResponse{Err: ErrFencedInstancedId}
		}
		return &JoinGroupResponse{Err: ErrUnknownMemberId}
	}
	m := g.members[id]
	if m == nil {
		m = &scriptedMember{id: id, instance: instance}
		g.members[id] = m
		delete(g.named, id)
	}
	m.session = time.Duration(request.SessionTimeout) * time.Millisecond
	m.rebalance = time.Duration(request.RebalanceTimeout) * time.Millisecond
	m.protocols = request.OrderedGroupProtocols
	answer := make(chan *JoinGroupResponse, 1)
	m.joining = answer
	if m.expiry != nil {
		m.expiry.Stop()
	}
	g.prepareLocked()
	g.completeLocked(false)
	g.mu.Unlock()
	select {
	case response := <-answer:
		return response
	case <-r.Broker.stopped:
		return r.cut()
	}
}

func (g *scriptedGroup) newIDLocked() string {
	g.nextID++
	return fmt.Sprintf("member-%d", g.nextID)
}

// replaceLocked gives a static member that comes again another id, and its old assignment.
func (g *scriptedGroup) replaceLocked(instance string) string {
	id := g.newIDLocked()
	for old, m := range g.members {
		if m.instance == instance {
			delete(g.members, old)
			if m.expiry != nil {
				m.expiry.Stop()
			}
			if g.leader == old {
				g.leader = id
			}
			if m.joining != nil {
				m.joining <- &JoinGroupResponse{Err: ErrFencedInstancedId}
			}
			n := *m
			n.id, n.joining, n.syncing = id, nil, nil
			g.members[id] = &n
			g.touchLocked(&n)
		}
	}
	return id
}

func (g *scriptedGroup) fencedLocked(id, instance string) bool {
	for other, m := range g.members {
		if instance != "" && m.instance == instance && other != id {
			return true
		}
	}
	return false
}

// prepareLocked begins a rebalance.
func (g *scriptedGroup) prepareLocked() {
	if g.state == groupPreparing {
		return
	}
	if g.state == groupCompleting {
		for _, m := range g.members {
			if m.syncing != nil {
				m.syncing <- &SyncGroupResponse{Err: ErrRebalanceInProgress}
				m.syncing = nil
			}
		}
	}
	g.state = groupPreparing
	longest := time.Duration(0)
	for _, m := range g.members {
		longest = max(longest, m.rebalance)
	}
	g.deadline = time.AfterFunc(longest, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.completeLocked(true)
	})
}

// completeLocked begins the next generation when all members have joined, or with force those that have.
func (g *scriptedGroup) completeLocked(force bool) {
	if g.state != groupPreparing {
		return
	}
	for id, m := range g.members {
		if m.joining == nil {
			if !force {
				return
			}
			delete(g.members, id)
			if m.expiry != nil {
				m.expiry.Stop()
			}
		}
	}
	g.deadline.Stop()
	if len(g.members) == 0 {
		g.state = groupEmpty
		return
	}
	g.generation++
	g.state = groupCompleting
	if g.members[g.leader] == nil {
		g.leader = slices.Min(keysOf(g.members))
	}
	g.protocol = g.commonLocked()
	for _, m := range g.members {
		m.joining <- g.answerJoinLocked(m, false)
		m.joining = nil
		g.touchLocked(m)
	}
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// commonLocked is the protocol that all members offer and the leader likes best.
func (g *scriptedGroup) commonLocked() string {
	for _, p := range g.members[g.leader].protocols {
		all := true
		for _, m := range g.members {
			all = all && slices.ContainsFunc(m.protocols, func(o *GroupProtocol) bool { return o.Name == p.Name })
		}
		if all {
			return p.Name
		}
	}
	return ""
}

func (g *scriptedGroup) answerJoinLocked(m *scriptedMember, skip bool) *JoinGroupResponse {
	response := &JoinGroupResponse{
		GenerationId: g.generation, GroupProtocol: g.protocol, LeaderId: g.leader, MemberId: m.id,
		SkipAssignment: skip && g.leader == m.id,
	}
	if m.id == g.leader {
		for _, id := range keysOf(g.members) {
			for _, p := range g.members[id].protocols {
				if p.Name == g.protocol {
					response.Members = append(response.Members, GroupMember{MemberId: id, Metadata: p.Metadata})
				}
			}
		}
	}
	return response
}

// touchLocked has a member live for another session timeout.
func (g *scriptedGroup) touchLocked(m *scriptedMember) {
	if m.expiry != nil {
		m.expiry.Stop()
	}
	m.expiry = time.AfterFunc(m.session, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.members[m.id] == m && m.joining == nil {
			g.removeLocked(m.id)
		}
	})
}

func (g *scriptedGroup) removeLocked(id string) {
	m := g.members[id]
	if m.expiry != nil {
		m.expiry.Stop()
	}
	if m.joining != nil {
		m.joining <- &JoinGroupResponse{Err: ErrUnknownMemberId}
	}
	delete(g.members, id)
	g.prepareLocked()
	g.completeLocked(false)
}

func (g *scriptedGroup) sync(r *scriptedRequest) protocol.Message {
	request := r.Body.(*SyncGroupRequest)
	g.mu.Lock()
	m, code := g.checkLocked(request.MemberId, request.GenerationId, request.GroupInstanceId)
	switch {
	case code != ErrNoError:
	case g.state == groupPreparing:
		code = ErrRebalanceInProgress
	case g.state == groupStable:
		defer g.mu.Unlock()
		return &SyncGroupResponse{MemberAssignment: m.assignment}
	}
	if code != ErrNoError {
		defer g.mu.Unlock()
		return &SyncGroupResponse{Err: code}
	}
	answer := make(chan *SyncGroupResponse, 1)
	m.syncing = answer
	if m.id == g.leader {
		g.assignLocked(request)
	}
	g.mu.Unlock()
	select {
	case response := <-answer:
		return response
	case <-r.Broker.stopped:
		return r.cut()
	}
}

// assignLocked takes the leader's assignment.
func (g *scriptedGroup) assignLocked(request *SyncGroupRequest) {
	g.state = groupStable
	generation := scriptedGeneration{protocol: g.protocol, claims: make(map[string]map[string][]int32)}
	for _, a := range request.GroupAssignments {
		if m := g.members[a.MemberId]; m != nil {
			m.assignment = a.Assignment
		}
		var assignment ConsumerGroupMemberAssignment
		if protocol.DecodeAssignment(a.Assignment, &assignment) == nil {
			generation.claims[a.MemberId] = assignment.Topics
		}
	}
	g.history = append(g.history, generation)
	for _, m := range g.members {
		if m.syncing != nil {
			m.syncing <- &SyncGroupResponse{MemberAssignment: m.assignment}
			m.syncing = nil
		}
	}
}

func (g *scriptedGroup) checkLocked(id string, generation int32, instance *string) (*scriptedMember, KError) {
	m := g.members[id]
	switch {
	case m == nil && instance != nil && g.fencedLocked(id, *instance):
		return nil, ErrFencedInstancedId
	case m == nil:
		return nil, ErrUnknownMemberId
	case generation != g.generation:
		return nil, ErrIllegalGeneration
	}
	return m, ErrNoError
}

func (g *scriptedGroup) heartbeat(r *scriptedRequest) protocol.Message {
	request := r.Body.(*HeartbeatRequest)
	g.mu.Lock()
	defer g.mu.Unlock()
	m, code := g.checkLocked(request.MemberId, request.GenerationId, request.GroupInstanceId)
	if code != ErrNoError {
		return &HeartbeatResponse{Err: code}
	}
	g.touchLocked(m)
	if g.state == groupPreparing {
		code = ErrRebalanceInProgress
	}
	return &HeartbeatResponse{Err: code}
}

func (g *scriptedGroup) leave(r *scriptedRequest) protocol.Message {
	request := r.Body.(*LeaveGroupRequest)
	g.mu.Lock()
	defer g.mu.Unlock()
	ids := []string{request.MemberId}
	if r.Version >= 3 {
		ids = nil
		for _, m := range request.Members {
			ids = append(ids, m.MemberId)
			if m.Reason != nil {
				g.reasons = append(g.reasons, *m.Reason)
			}
		}
	}
	for _, id := range ids {
		if g.members[id] == nil {
			return &LeaveGroupResponse{Err: ErrUnknownMemberId}
		}
		g.left = append(g.left, id)
		g.removeLocked(id)
	}
	return &LeaveGroupResponse{}
}

// refuse has offsets refused that are not of the present generation, as scriptedOffsets.refuse.
func (g *scriptedGroup) refuse(r *scriptedRequest, _ topicPartition) KError {
	request := r.Body.(*OffsetCommitRequest)
	g.mu.Lock()
	defer g.mu.Unlock()
	_, code := g.checkLocked(request.ConsumerID, request.ConsumerGroupGeneration, request.GroupInstanceId)
	if code == ErrNoError && g.state == groupCompleting {
		code = ErrRebalanceInProgress
	}
	return code
}

// size returns how many members there are, and the generation.
func (g *scriptedGroup) size() (int, int32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.members), g.generation
}

// stop ends timers.
func (g *scriptedGroup) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.deadline != nil {
		g.deadline.Stop()
	}
	for _, m := range g.members {
		if m.expiry != nil {
			m.expiry.Stop()
		}
	}
}

// expel takes a member out, as an administrator does.
func (g *scriptedGroup) expel(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.removeLocked(id)
}

// last returns the last generation.
func (g *scriptedGroup) last() scriptedGeneration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.history[len(g.history)-1]
}

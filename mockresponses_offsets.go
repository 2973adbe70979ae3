package sarama

import (
	"sync"

	"github.com/seed20e6684a/sarama/protocol"
)

// MockOffsetCommitResponse answers OffsetCommitRequests.
type MockOffsetCommitResponse struct {
	mu     sync.Mutex // guards what follows
	t      TestReporter
	errors map[string]*mockPartitions[KError] // by group
}

// NewMockOffsetCommitResponse returns an answer by which all partitions succeed.
func NewMockOffsetCommitResponse(t TestReporter) *MockOffsetCommitResponse {
	return &MockOffsetCommitResponse{t: t, errors: make(map[string]*mockPartitions[KError])}
}

// SetError sets the outcome for a partition.
func (mr *MockOffsetCommitResponse) SetError(group, topic string, partition int32, kerror KError) *MockOffsetCommitResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	if mr.errors[group] == nil {
		mr.errors[group] = new(mockPartitions[KError])
	}
	mr.errors[group].set(topic, partition, kerror)
	return mr
}

// For returns the answer to an *OffsetCommitRequest.
func (mr *MockOffsetCommitResponse) For(request protocol.Message) any {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	req := asked[OffsetCommitRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &OffsetCommitResponse{Version: req.Version, TopicIDs: req.TopicIDs}
	for _, p := range protocol.CommittedOffsets(req) {
		var kerror KError
		if errs := mr.errors[req.ConsumerGroup]; errs != nil {
			kerror = (*errs)[p.Topic][p.Partition]
		}
		res.AddError(p.Topic, p.Partition, kerror)
	}
	return res
}

// MockOffsetFetchResponse answers OffsetFetchRequests.
type MockOffsetFetchResponse struct {
	mu      sync.Mutex // guards what follows
	t       TestReporter
	err     KError
	offsets map[string]*mockPartitions[OffsetFetchResponseBlock] // by group
}

// NewMockOffsetFetchResponse returns an answer by which nothing is committed: partitions have offset -1.
func NewMockOffsetFetchResponse(t TestReporter) *MockOffsetFetchResponse {
	return &MockOffsetFetchResponse{t: t, offsets: make(map[string]*mockPartitions[OffsetFetchResponseBlock])}
}

// SetOffset sets what a group has committed for a partition, which the answer has whether or not it was asked for.
func (mr *MockOffsetFetchResponse) SetOffset(group, topic string, partition int32, offset int64, metadata string, kerror KError) *MockOffsetFetchResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	if mr.offsets[group] == nil {
		mr.offsets[group] = new(mockPartitions[OffsetFetchResponseBlock])
	}
	mr.offsets[group].set(topic, partition, OffsetFetchResponseBlock{Offset: offset, Metadata: metadata, Err: kerror})
	return mr
}

// SetError sets the error of groups as a whole, which answers have from version 2 on.
func (mr *MockOffsetFetchResponse) SetError(kerror KError) *MockOffsetFetchResponse {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	mr.err = kerror
	return mr
}

// For returns the answer to an *OffsetFetchRequest.
func (mr *MockOffsetFetchResponse) For(request protocol.Message) any {
	mr.mu.Lock()
	defer mr.mu.Unlock()
	req := asked[OffsetFetchRequest](mr.t, mr, request)
	if req == nil {
		return nil
	}
	res := &OffsetFetchResponse{Version: req.Version}
	for _, group := range protocol.OffsetFetchGroups(req) {
		answer := OffsetFetchResponseGroup{GroupId: group.GroupId, Err: mr.err, TopicIDs: group.TopicIDs}
		mr.fill(&answer, group)
		res.Groups = append(res.Groups, answer)
	}
	if req.Version < 8 && len(res.Groups) > 0 {
		res.Blocks, res.Groups = res.Groups[0].Blocks, nil
		if req.Version >= 2 {
			res.Err = mr.err
		}
	}
	return res
}

func (mr *MockOffsetFetchResponse) fill(answer *OffsetFetchResponseGroup, group OffsetFetchRequestGroup) {
	for topic, partitions := range group.Partitions {
		for _, partition := range partitions {
			answer.AddBlock(topic, partition, &OffsetFetchResponseBlock{Offset: -1, LeaderEpoch: -1})
		}
	}
	offsets := mr.offsets[group.GroupId]
	if offsets == nil {
		return
	}
	for topic, partitions := range *offsets {
		for partition, block := range partitions {
			answer.AddBlock(topic, partition, &block)
		}
	}
}

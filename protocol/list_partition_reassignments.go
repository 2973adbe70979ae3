package protocol

import (
	"maps"
	"slices"

	"github.com/seed20e6684a/sarama/internal/wire"
)

// ListPartitionReassignmentsRequest asks which partitions are on their way to other
// brokers (API ListPartitionReassignments, KIP-455).
type ListPartitionReassignmentsRequest struct {
	TimeoutMs     int32 // milliseconds that the controller may take
	Version       int16
	AllPartitions bool // asks for the whole cluster; what AddBlock added is not written then
	UnknownTags   map[uint32][]byte
	blocks        map[string][]int32
}

// AddBlock asks for partitions of a topic.
func (r *ListPartitionReassignmentsRequest) AddBlock(topic string, partitionIDs []int32) {
	if r.blocks == nil {
		r.blocks = make(map[string][]int32)
	}
	r.blocks[topic] = slices.Concat(r.blocks[topic], partitionIDs)
}

// PartitionsToList returns the partitions that a request asks for, by topic.
func PartitionsToList(r *ListPartitionReassignmentsRequest) map[string][]int32 {
	return maps.Clone(r.blocks)
}

func (r *ListPartitionReassignmentsRequest) identity() identity {
	return request(KeyListPartitionReassignments, &r.Version)
}

func (r *ListPartitionReassignmentsRequest) walk(c *wire.Codec) {
	c.Int32(&r.TimeoutMs)
	walkSelection(c, &r.blocks, &r.AllPartitions)
	c.Tags(&r.UnknownTags)
}

// ListPartitionReassignmentsResponse answers a ListPartitionReassignmentsRequest.
// Partitions that are not being reassigned are left out.
type ListPartitionReassignmentsResponse struct {
	Version        int16
	ThrottleTimeMs int32 // milliseconds
	ErrorCode      KError
	ErrorMessage   *string
	TopicStatus    map[string]map[int32]*PartitionReplicaReassignmentsStatus // by topic and partition
	UnknownTags    map[uint32][]byte
}

// AddBlock sets the state of a partition: for brokers that are played by tests.
func (r *ListPartitionReassignmentsResponse) AddBlock(topic string, partition int32, replicas, addingReplicas, removingReplicas []int32) {
	putBlock(&r.TopicStatus, topic, partition, &PartitionReplicaReassignmentsStatus{
		Replicas: replicas, AddingReplicas: addingReplicas, RemovingReplicas: removingReplicas,
	})
}

func (r *ListPartitionReassignmentsResponse) identity() identity {
	return response(KeyListPartitionReassignments, &r.Version)
}

func (r *ListPartitionReassignmentsResponse) walk(c *wire.Codec) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	partitions(c, &r.TopicStatus)
	nilAsEmpty(c, &r.TopicStatus)
	c.Tags(&r.UnknownTags)
}

// PartitionReplicaReassignmentsStatus is the brokers of a partition that is being reassigned.
type PartitionReplicaReassignmentsStatus struct {
	Replicas         []int32 // all that have a replica now, those that get or lose it included
	AddingReplicas   []int32
	RemovingReplicas []int32
	UnknownTags      map[uint32][]byte
}

func (p *PartitionReplicaReassignmentsStatus) walk(c *wire.Codec) {
	c.Int32s(&p.Replicas)
	c.Int32s(&p.AddingReplicas)
	c.Int32s(&p.RemovingReplicas)
	c.Tags(&p.UnknownTags)
}

package protocol

import "github.com/seed20e6684a/sarama/internal/wire"

// AlterPartitionReassignmentsRequest moves partitions to other brokers, or ends
// such a move (API AlterPartitionReassignments, KIP-455).
type AlterPartitionReassignmentsRequest struct {
	TimeoutMs int32 // milliseconds that the controller waits for the reassignments to begin
	Version   int16
	// AllowReplicationFactorChange lets partitions get more or fewer replicas than they have
	// (v1, KIP-860); without it the controller refuses that. Version 0 always allows it.
	AllowReplicationFactorChange bool
	UnknownTags                  map[uint32][]byte
	blocks                       map[string]map[int32]*reassignablePartition
}

// AddBlock sets the brokers that a partition is to have replicas on, the preferred
// leader first; nil ends a reassignment that is under way.
func (r *AlterPartitionReassignmentsRequest) AddBlock(topic string, partitionID int32, replicas []int32) {
	putBlock(&r.blocks, topic, partitionID, &reassignablePartition{replicas: replicas})
}

// RequestedReassignments returns the replicas that a request asks for, by topic and partition.
func RequestedReassignments(r *AlterPartitionReassignmentsRequest) map[string]map[int32][]int32 {
	all := make(map[string]map[int32][]int32, len(r.blocks))
	for topic, blocks := range r.blocks {
		all[topic] = make(map[int32][]int32, len(blocks))
		for partition, b := range blocks {
			all[topic][partition] = b.replicas
		}
	}
	return all
}

func (r *AlterPartitionReassignmentsRequest) identity() identity {
	return request(KeyAlterPartitionReassignments, &r.Version)
}

func (r *AlterPartitionReassignmentsRequest) walk(c *wire.Codec) {
	c.Int32(&r.TimeoutMs)
	if c.Version >= 1 {
		c.Bool(&r.AllowReplicationFactorChange)
	}
	partitions(c, &r.blocks)
	c.Tags(&r.UnknownTags)
}

type reassignablePartition struct {
	replicas    []int32 // nil ends the reassignment
	unknownTags map[uint32][]byte
}

func (p *reassignablePartition) walk(c *wire.Codec) {
	c.NullInt32s(&p.replicas)
	c.Tags(&p.unknownTags)
}

// AlterPartitionReassignmentsResponse answers an AlterPartitionReassignmentsRequest.
// A success tells that a reassignment has begun, not that it is done.
type AlterPartitionReassignmentsResponse struct {
	Version                      int16
	ThrottleTimeMs               int32 // milliseconds
	ErrorCode                    KError
	ErrorMessage                 *string
	Errors                       map[string]map[int32]*ReassignablePartitionResponse // by topic and partition
	AllowReplicationFactorChange bool                                                // as the request had it (v1)
	UnknownTags                  map[uint32][]byte
}

// AddError sets the answer for a partition: for brokers that are played by tests.
func (r *AlterPartitionReassignmentsResponse) AddError(topic string, partition int32, kerror KError, message *string) {
	putBlock(&r.Errors, topic, partition, &ReassignablePartitionResponse{ErrorCode: kerror, ErrorMessage: message})
}

func (r *AlterPartitionReassignmentsResponse) identity() identity {
	return response(KeyAlterPartitionReassignments, &r.Version)
}

func (r *AlterPartitionReassignmentsResponse) walk(c *wire.Codec) {
	c.Int32(&r.ThrottleTimeMs)
	if c.Version >= 1 {
		c.Bool(&r.AllowReplicationFactorChange)
	}
	c.Int16((*int16)(&r.ErrorCode))
	c.NullString(&r.ErrorMessage)
	partitions(c, &r.Errors)
	c.Tags(&r.UnknownTags)
}

// ReassignablePartitionResponse is the answer for one partition; ErrNoError is success.
type ReassignablePartitionResponse struct {
	ErrorCode    KError
	ErrorMessage *string
	UnknownTags  map[uint32][]byte
}

func (p *ReassignablePartitionResponse) walk(c *wire.Codec) {
	c.Int16((*int16)(&p.ErrorCode))
	c.NullString(&p.ErrorMessage)
	c.Tags(&p.UnknownTags)
}

package sarama

import "github.com/seed20e6684a/sarama/protocol"

// ConsumerGroupMemberMetadata is what a member of a consumer group tells when it joins: the topics it subscribes to, and
// the data of the strategy.
type ConsumerGroupMemberMetadata = protocol.ConsumerGroupMemberMetadata

// OwnedPartition are the partitions of one topic that a member has when it joins (KIP-429).
type OwnedPartition = protocol.OwnedPartition

// ConsumerGroupMemberAssignment is what a member of a consumer group gets from the group's leader.
type ConsumerGroupMemberAssignment = protocol.ConsumerGroupMemberAssignment

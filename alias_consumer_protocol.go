package sarama

import "github.com/seed20e6684a/sarama/protocol"

// ConsumerGroupMemberMetadata is what a member of a consumer group tells when it joins: the topics it subscribes to, and
// the data of the strategy.
type ConsumerGroupMemberMetadata = protocol.ConsumerGroupMemberMetadata

// OwnedPartition are the partitions of one topic that a member has when it joins (KIP-429).
type OwnedPartition = protocol.OwnedPartition

// ConsumerGroupMemberAssignment is what a member of a consumer group gets from the group's leader.
type ConsumerGroupMemberAssignment = protocol.ConsumerGroupMemberAssignment

// StickyAssignorUserData is what a member of a group with the sticky strategy tells of its partitions: a
// StickyAssignorUserDataV0 or a StickyAssignorUserDataV1.
type StickyAssignorUserData = protocol.StickyAssignorUserData

// StickyAssignorUserDataV0 tells partitions by topic.
type StickyAssignorUserDataV0 = protocol.StickyAssignorUserDataV0

// StickyAssignorUserDataV1 tells partitions by topic, and the generation in which they were given (KIP-341).
type StickyAssignorUserDataV1 = protocol.StickyAssignorUserDataV1
